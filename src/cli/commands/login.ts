// akko login: the browser's login for the terminal (RFC 8252 loopback redirect with PKCE, or RFC 8628 device code).
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import type { Flags } from '#cli/flags'
import { printJson, say } from '#cli/output'
import { defineError } from '#kit/errors'
import { REALM } from '#platform/names'
import { requireRunning } from '#runtime/client'
import { clientUrl, type Machine } from '#runtime/machine'
import { loginFile } from '#runtime/tokens'
import { trustLocalCa } from '#runtime/trust'

const CLIENT = 'cli'
const SCOPE = 'openid profile email'
const LoginFailed = defineError('login.failed', 401, 'the login did not succeed: {reason}', { hint: 'run `akko login` again' })

interface TokenAnswer {
  readonly access_token?: string
  readonly expires_in?: number
  readonly error?: string
  readonly error_description?: string
}

export async function login(machine: Machine, flags: Flags): Promise<void> {
  await requireRunning(machine)
  trustLocalCa(machine)
  const base = clientUrl(machine, `/realms/${REALM}/protocol/openid-connect`)
  const answer = flags.device ? await deviceFlow(base) : await browserFlow(base)
  if (!answer.access_token) throw LoginFailed({ reason: answer.error_description ?? answer.error ?? 'no token came back' })
  const user = String(decodeJwt(answer.access_token).preferred_username)
  const expiresAt = Date.now() + (answer.expires_in ?? 60) * 1000
  writeFileSync(loginFile(machine), JSON.stringify({ user, accessToken: answer.access_token, expiresAt }), { mode: 0o600 })
  if (flags.json) printJson({ user, expiresAt: new Date(expiresAt).toISOString() })
  else say(`logged in as ${user} until ${new Date(expiresAt).toLocaleTimeString()}`)
}

async function browserFlow(base: string): Promise<TokenAnswer> {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const redirect = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
  const code = new Promise<string>((resolve, reject) => {
    server.on('request', (req, res) => {
      const url = new URL(req.url ?? '/', redirect)
      if (url.pathname !== '/callback') return res.writeHead(404).end()
      res
        .writeHead(200, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
        .end('You are logged in; this window can be closed.\n')
      if (url.searchParams.get('state') !== state) return reject(LoginFailed({ reason: 'the answer belongs to another login' }))
      const value = url.searchParams.get('code')
      return value ? resolve(value) : reject(LoginFailed({ reason: url.searchParams.get('error_description') ?? 'refused' }))
    })
  })
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const query = new URLSearchParams({
    client_id: CLIENT,
    response_type: 'code',
    redirect_uri: redirect,
    scope: SCOPE,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  say(`open this address in a browser on this machine:\n\n  ${base}/auth?${query}\n\n(no browser here? akko login --device)`)
  try {
    return await requestToken(base, { grant_type: 'authorization_code', code: await code, redirect_uri: redirect, code_verifier: verifier })
  } finally {
    server.close()
  }
}

async function deviceFlow(base: string): Promise<TokenAnswer> {
  const started = (await (
    await fetch(`${base}/auth/device`, { method: 'POST', body: new URLSearchParams({ client_id: CLIENT, scope: SCOPE }) })
  ).json()) as {
    device_code: string
    user_code: string
    verification_uri: string
    verification_uri_complete?: string
    interval?: number
    expires_in: number
  }
  say(
    `open ${started.verification_uri_complete ?? started.verification_uri} in any browser that reaches this machine, and confirm the code ${started.user_code}`,
  )
  const deadline = Date.now() + started.expires_in * 1000
  let interval = started.interval ?? 5
  while (Date.now() < deadline) {
    await new Promise((r) => setTimeout(r, interval * 1000))
    const answer = await requestToken(base, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: started.device_code,
    })
    if (answer.error === 'slow_down') interval += 5
    else if (answer.error !== 'authorization_pending') return answer
  }
  throw LoginFailed({ reason: 'the code has expired' })
}

async function requestToken(base: string, form: Record<string, string>): Promise<TokenAnswer> {
  const response = await fetch(`${base}/token`, { method: 'POST', body: new URLSearchParams({ client_id: CLIENT, ...form }) })
  return (await response.json()) as TokenAnswer
}
