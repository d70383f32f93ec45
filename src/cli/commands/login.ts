// akko login: the browser's login for the terminal (RFC 8252 loopback redirect with PKCE, or RFC 8628 device code).
import { setTimeout as delay } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import type { Flags } from '#cli/flags'
import { moment, printJson, say } from '#cli/output'
import { defineError, describeError } from '#kit/errors'
import { serve } from '#kit/http'
import type { Log } from '#kit/log'
import { createPrivateApi, type PrivateHandler } from '#kit/private-api'
import { identitySettings } from '#platform/services/identity'
import { requireRunning } from '#runtime/client'
import { keepLogin, type Login, loginOf, TERMINAL_CLIENT } from '#runtime/login'
import type { Machine } from '#runtime/machine'
import { issuerUrl } from '#runtime/tokens'
import { trustLocalCa } from '#runtime/trust'

const SCOPE = 'openid profile email'
/** The terminal is a person's. */
const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
/** How long the terminal waits for the browser; the page itself lives longer. */
const BROWSER_MS = 10 * 60_000
const NobodyCame = defineError('login.nobody_came', 408, 'nobody logged in within {minutes} minutes')
const LoginFailed = defineError('login.failed', 401, 'the login did not succeed: {reason}', { hint: 'run `akko login` again' })

export async function login(machine: Machine, flags: Flags): Promise<void> {
  await requireRunning(machine)
  trustLocalCa(machine)
  const tokens = await logIn(issuerUrl(machine), flags.device === true)
  const user = String(decodeJwt(tokens.access_token).preferred_username)
  const kept = loginOf(user, tokens)
  await keepLogin(machine, kept)
  if (flags.json) printJson({ user, expiresAt: new Date(kept.expiresAt).toISOString() })
  else say(`logged in as ${user}, for ${lifetime(machine)} from the sign-in in the browser, or until \`akko logout\``)
}

/** Of a session: while it lasts, commands renew their token. */
function lifetime({ config }: Machine): string {
  const { sessionHours } = identitySettings.of(config)
  return `${sessionHours} ${sessionHours === 1 ? 'hour' : 'hours'}`
}

/** The code flow in a browser on this machine, or that with a code. @throws LoginFailed */
export async function logIn(issuer: string, device: boolean): Promise<oidc.TokenEndpointResponse> {
  try {
    const config = await discoverRealm(issuer)
    return await (device ? deviceFlow(config) : browserFlow(config))
  } catch (error) {
    throw LoginFailed({ reason: reasonOf(error) }, error)
  }
}

function clock(fromNowMs: number): string {
  return `${moment(Date.now() + fromNowMs)} (${Math.round(fromNowMs / 60_000)} minutes)`
}

/** As the terminal's own client, which has no secret. */
export function discoverRealm(issuer: string): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(issuer), TERMINAL_CLIENT, undefined, oidc.None())
}

/** By the refresh token the grant ends, and with it every token that was made from it. */
export async function endGrant(issuer: string, { refreshToken, accessToken }: Login): Promise<void> {
  await oidc.tokenRevocation(await discoverRealm(issuer), refreshToken ?? accessToken)
}

async function browserFlow(config: oidc.Configuration): Promise<oidc.TokenEndpointResponse> {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const expectedState = oidc.randomState()
  const answered = Promise.withResolvers<string>()
  const callback: PrivateHandler = ({ req: { url = '' }, res }) => {
    const text = /[?&]code=/.test(url) ? 'You are logged in; this window can be closed.' : 'The login was refused; see the terminal.'
    res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${text}\n`)
    answered.resolve(url)
  }
  const handler = createPrivateApi({ log: QUIET, routes: { 'GET /callback': callback } })
  const served = await serve({ listen: { host: '127.0.0.1', port: 0 }, log: QUIET, handler })
  const home = `http://127.0.0.1:${served.port}`
  const redirect = `${home}/callback`
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: SCOPE,
    state: expectedState,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  say(
    `open this address in a browser on this machine until ${clock(BROWSER_MS)}, and allow the program at ${new URL(redirect).host}:\n\n  ${url}\n\n(no browser here? akko login --device)`,
  )
  const late = new AbortController()
  try {
    const came = await Promise.race([answered.promise, delay(BROWSER_MS, undefined, { signal: late.signal })])
    if (!came) throw NobodyCame({ minutes: BROWSER_MS / 60_000 })
    return await oidc.authorizationCodeGrant(config, new URL(came, home), { pkceCodeVerifier, expectedState })
  } finally {
    late.abort()
    await served.close(200)
  }
}

async function deviceFlow(config: oidc.Configuration): Promise<oidc.TokenEndpointResponse> {
  const started = await oidc.initiateDeviceAuthorization(config, { scope: SCOPE })
  const page = started.verification_uri_complete ?? started.verification_uri
  const until = clock(started.expires_in * 1000)
  say(`open ${page} in any browser that reaches this machine until ${until}, and confirm the code ${started.user_code}`)
  return oidc.pollDeviceAuthorizationGrant(config, started)
}

function reasonOf(error: unknown): string {
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError)
    return error.error_description ?? error.error
  return describeError(error)
}
