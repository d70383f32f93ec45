// Logging in and out in a browser: one OpenID code flow for the cockpit, one on behalf of each guarded host.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticator } from '#kit/access'
import { requestId } from '#kit/trace'
import { type CookieNames, clearCookie, parseCookies, readCookie, setCookie } from '#parts/gateway/cookies'
import { LoginLost, LoginRefused } from '#parts/gateway/errors'
import { answered, createFlow, on } from '#parts/gateway/flow'
import type { OidcClient, Provider } from '#parts/gateway/oidc'
import { sendLogoutQuestion } from '#parts/gateway/pages'
import { isSameOrigin } from '#parts/gateway/same-origin'
import type { LoginSealer } from '#parts/gateway/seal'
import { bindingOf, type Sessions } from '#parts/gateway/sessions/sessions'
import type { ClientName, Session } from '#parts/gateway/sessions/store'

/** How long a person may take to log in, seconds. */
export const LOGIN_LIFETIME = 1800
const MOST_LOGINS_AT_ONCE = 6

export const COCKPIT_CALLBACK = '/auth/callback'
export const GATEWAY_CALLBACK = '/oauth2/callback'
/** On every guarded host: where its one-time code becomes its cookie. */
export const HOST_CALLBACK = '/-/session'

/** What the browser keeps, sealed, while a login is under way. */
export interface PendingLogin extends Record<string, unknown> {
  readonly client: ClientName
  readonly returnTo: string
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Only for a guarded host: its label, and the browser's binding there. */
  readonly host?: string
  readonly binding?: string
}

export interface LoginDeps {
  readonly provider: Provider
  readonly clients: Readonly<Record<ClientName, OidcClient>>
  readonly sessions: Sessions
  readonly sealer: LoginSealer<PendingLogin>
  readonly cookies: CookieNames
  readonly authenticator: Authenticator
  /** `https://lab.akko.localhost:8443`; the apex for ''. */
  readonly origin: (label: string) => string
  readonly isGuarded: (label: string) => boolean
}

export interface LoginFlow {
  /** Sends the browser to log in, for the apex or a guarded host. */
  begin(req: IncomingMessage, res: ServerResponse, host: string, returnTo: string): Promise<void>
  /** Handles the paths of the flow on the apex; false for any other path. */
  onApex(req: IncomingMessage, res: ServerResponse, url: URL, session: () => Promise<Session | undefined>): Promise<boolean>
  /** Handles the path of the flow on a guarded host; false for any other path. */
  onHost(req: IncomingMessage, res: ServerResponse, url: URL, host: string): Promise<boolean>
}

export function createLoginFlow(deps: LoginDeps): LoginFlow {
  const { provider, clients, sessions, sealer, cookies, authenticator, origin } = deps
  const home = origin('')
  const callback: Readonly<Record<ClientName, string>> = { cockpit: home + COCKPIT_CALLBACK, gateway: home + GATEWAY_CALLBACK }

  const toProvider = async (
    req: IncomingMessage,
    res: ServerResponse,
    login: Pick<PendingLogin, 'client' | 'returnTo' | 'host' | 'binding'>,
  ): Promise<void> => {
    const pending: PendingLogin = { ...login, state: random(), nonce: random(), verifier: random() }
    const location = await clients[login.client].authorizationUrl({ ...pending, redirectUri: callback[login.client] })
    redirect(res, location, [
      setCookie(cookies.login(keyOf(pending.state)), await sealer.seal(pending), LOGIN_LIFETIME),
      ...surplusLogins(req, cookies),
    ])
  }

  const complete = (client: ClientName) =>
    on(async (req, res, { url }) => {
      const state = url.searchParams.get('state') ?? ''
      const name = cookies.login(keyOf(state))
      const sealed = readCookie(req.headers.cookie, name)
      const pending = sealed === undefined ? undefined : await sealer.open(sealed)
      if (pending?.state !== state || pending.client !== client)
        throw LoginLost({ reason: 'it was begun in another browser, or too long ago', home })
      const refusal = url.searchParams.get('error')
      if (refusal) {
        res.appendHeader('set-cookie', clearCookie(name))
        throw LoginRefused({ reason: url.searchParams.get('error_description') ?? refusal, home })
      }
      const { tokens, providerSession } = await clients[client].exchange(url.search, { ...pending, redirectUri: callback[client] })
      const { sub: user } = await authenticator.bearer(tokens.accessToken)
      const login = { client, user, tokens, ...(providerSession ? { providerSession } : {}) }
      if (pending.host === undefined || pending.binding === undefined) {
        const secret = await sessions.begin('', login)
        return redirect(res, home + pending.returnTo, [setCookie(cookies.session, secret), clearCookie(name)])
      }
      const code = await sessions.beginElsewhere(pending.host, login, pending.binding)
      const next = new URL(origin(pending.host) + HOST_CALLBACK)
      next.searchParams.set('code', code)
      redirect(res, next.href, [clearCookie(name)])
    })

  const logIn = on((req, res, { url }) =>
    toProvider(req, res, { client: 'cockpit', returnTo: safePath(url.searchParams.get('return') ?? '/') }),
  )

  const askToLogOut = (req: IncomingMessage, res: ServerResponse): void =>
    sendLogoutQuestion(req, res, { home: `${home}/`, requestId: requestId() }, `'self' ${new URL(provider.issuer).origin}`)

  const logOut = on(async (req, res, asked) => {
    if (req.method === 'GET' && isForeign(req)) return askToLogOut(req, res)
    if (req.method === 'POST' && !isSameOrigin({ method: 'POST', headers: req.headers, upgrade: false, origin: home }))
      throw LoginRefused({ reason: 'another site asked for it', home })
    const session = await asked.session()
    if (session) await sessions.end(session)
    const client = clients[session?.client ?? 'cockpit']
    const next = await client.endSessionUrl(session?.tokens.idToken, `${home}/`).catch(() => undefined)
    const mine = parseCookies(req.headers.cookie).filter(([name]) => cookies.isLogin(name))
    redirect(res, next ?? `${home}/`, [clearCookie(cookies.session), ...mine.map(([name]) => clearCookie(name))], 303)
  })

  const startFor = on(async (req, res, { url }) => {
    const host = url.searchParams.get('host') ?? ''
    const binding = url.searchParams.get('binding') ?? ''
    if (!deps.isGuarded(host) || !/^[\w-]{43}$/.test(binding)) throw LoginLost({ reason: `${host || 'the host'} asks for no login`, home })
    await toProvider(req, res, { client: 'gateway', returnTo: '/', host, binding })
  })

  const redeem = on(async (req, res, { url, host }) => {
    const name = cookies.login('host')
    const sealed = readCookie(req.headers.cookie, name)
    const kept = sealed === undefined ? undefined : await sealer.open(sealed)
    const redeemed = kept && (await sessions.redeem(host, url.searchParams.get('code') ?? '', bindingOf(kept.verifier)))
    if (!redeemed) throw LoginLost({ reason: 'its code was used already, or belongs to another browser', home: `${origin(host)}/` })
    redirect(res, origin(host) + kept.returnTo, [setCookie(cookies.session, redeemed.secret), clearCookie(name)])
  })

  const apex = createFlow()
  apex.get(COCKPIT_CALLBACK, complete('cockpit'))
  apex.get(GATEWAY_CALLBACK, complete('gateway'))
  apex.get('/auth/login', logIn)
  apex.get('/oauth2/start', startFor)
  apex.on(['GET', 'POST'], '/auth/logout', logOut)
  const guarded = createFlow()
  guarded.get(HOST_CALLBACK, redeem)

  return {
    begin: async (req, res, host, returnTo) => {
      if (host === '') return toProvider(req, res, { client: 'cockpit', returnTo: safePath(returnTo) })
      const secret = random()
      const start = new URL(`${home}/oauth2/start`)
      start.searchParams.set('host', host)
      start.searchParams.set('binding', bindingOf(secret))
      const kept: PendingLogin = { client: 'gateway', returnTo: safePath(returnTo), state: '', nonce: '', verifier: secret }
      redirect(res, start.href, [setCookie(cookies.login('host'), await sealer.seal(kept), LOGIN_LIFETIME)])
    },

    onApex: (incoming, outgoing, url, session) => answered(apex, { incoming, outgoing, url, host: '', session }),
    onHost: (incoming, outgoing, url, host) => answered(guarded, { incoming, outgoing, url, host, session: async () => undefined }),
  }
}

/** A path of our own origin, or `/`: never another site. */
function safePath(path: string): string {
  return /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(path) && !path.startsWith('/auth/') ? path : '/'
}

/** A navigation that another site caused. */
function isForeign(req: IncomingMessage): boolean {
  const site = req.headers['sec-fetch-site']
  return site === 'cross-site' || site === 'same-site'
}

/** Logins that were never finished, beyond a few: their cookies would fill the header. */
function surplusLogins(req: IncomingMessage, cookies: CookieNames): string[] {
  const open = parseCookies(req.headers.cookie).filter(([name]) => cookies.isLogin(name))
  return open.slice(0, Math.max(0, open.length - MOST_LOGINS_AT_ONCE + 1)).map(([name]) => clearCookie(name))
}

function redirect(res: ServerResponse, location: string, setCookies: readonly string[], status = 302): void {
  for (const line of setCookies) res.appendHeader('set-cookie', line)
  res.writeHead(status, { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'content-length': 0 })
  res.end()
}

function random(): string {
  return randomBytes(32).toString('base64url')
}

function keyOf(state: string): string {
  return /^[\w-]{43}$/.test(state) ? state.slice(0, 8) : 'none'
}
