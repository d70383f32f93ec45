// Attacks on the code flow itself (OAuth 2.0 Security Best Current Practice, RFC 9700): where its answer goes, who uses it, and for what.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Browser, COCKPIT_CALLBACK, seed, startTestIdentity, type TestIdentity, USER } from '#parts/identity/test-identity'

const LAB = 'https://lab.akko.localhost:8443/hub/oauth_callback'
let identity: TestIdentity
const fetched: string[] = []
const lure = http.createServer(({ url }, res) => {
  fetched.push(url ?? '')
  res.end('{}')
})

beforeAll(async () => {
  identity = await startTestIdentity()
  await seed(identity)
  await new Promise<void>((done) => lure.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  lure.close()
  await identity?.stop()
})

const clients = { cockpit: 'cockpit-secret', jupyterhub: 'lab-secret' }
const discover = (id: keyof typeof clients | 'cli') =>
  oidc.discovery(new URL(identity.issuer), id, id === 'cli' ? undefined : clients[id], id === 'cli' ? oidc.None() : undefined, {
    [oidc.customFetch]: identity.fetch as oidc.CustomFetch,
  })

async function begun(id: keyof typeof clients | 'cli', redirect: string, extra: Record<string, string> = {}) {
  const config = await discover(id)
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  })
  return { config, url, checks: { pkceCodeVerifier } }
}

async function loggedIn(
  id: keyof typeof clients | 'cli',
  redirect: string,
  extra: Record<string, string> = {},
  browser = new Browser(identity),
) {
  const { config, url, checks } = await begun(id, redirect, extra)
  return { config, checks, back: await browser.submit(await browser.go(url), USER) }
}

it.each([
  'https://akko.localhost:8443/auth/callback/..',
  'https://akko.localhost:8443/auth/callback/../../evil',
  'https://akko.localhost:8443/auth/%63allback',
  'https://akko.localhost:8443/auth/callback#fragment',
  'https://akko.localhost:8443/auth/callback?next=https://evil.example',
  'https://akko.localhost/auth/callback',
  'http://akko.localhost:8443/auth/callback',
  'https://akko.localhost:8443@evil.example/auth/callback',
  'https://akko.localhost:8443.evil.example/auth/callback',
  'https://AKKO.localhost:8443/auth/callback',
  'https://evil.example\\@akko.localhost:8443/auth/callback',
  'javascript:alert(1)',
  'data:text/html,x',
  '//evil.example/auth/callback',
  LAB,
])('the answer does not go to %s', async (redirect) => {
  const { url } = await begun('cockpit', COCKPIT_CALLBACK)
  url.searchParams.set('redirect_uri', redirect)
  const answer = await new Browser(identity).go(url)
  expect(answer).toMatchObject({ status: 400 })
  expect(answer.url.origin).toBe(new URL(identity.issuer).origin)
})

it('a program on this machine gets it at any port of loopback, and nowhere else', async () => {
  const at = async (redirect: string) => {
    const { url } = await begun('cli', 'http://127.0.0.1/callback')
    url.searchParams.set('redirect_uri', redirect)
    return (await new Browser(identity).go(url)).status
  }
  expect(await at('http://127.0.0.1:5000/callback')).toBe(200)
  for (const other of [
    'http://127.0.0.2:5000/callback',
    'http://127.0.0.1:5000/other',
    'http://127.0.0.1.evil.example/callback',
    'https://127.0.0.1:5000/callback',
    'http://10.0.0.1/callback',
  ])
    expect([other, await at(other)]).toEqual([other, 400])
})

it('it names its issuer, by which a client tells it from that of another (RFC 9207)', async () => {
  const { back } = await loggedIn('cockpit', COCKPIT_CALLBACK)
  expect(back.url.searchParams.get('iss')).toBe(identity.issuer)
})

it('a code, and a refresh token, are worth nothing to another client', async () => {
  const { config, checks, back } = await loggedIn('cockpit', COCKPIT_CALLBACK)
  const lab = await discover('jupyterhub')
  await expect(oidc.authorizationCodeGrant(lab, back.url, checks)).rejects.toMatchObject({ error: 'invalid_grant' })
  const again = await loggedIn('cockpit', COCKPIT_CALLBACK)
  const tokens = await oidc.authorizationCodeGrant(config, again.back.url, again.checks)
  const stolen = tokens.refresh_token as string
  await expect(oidc.refreshTokenGrant(lab, stolen)).rejects.toMatchObject({ error: 'invalid_grant' })
  await expect(oidc.refreshTokenGrant(await discover('cli'), stolen)).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('a refresh token that several use at once works for each; later it counts as stolen, and everything from it ends', async () => {
  const browser = new Browser(identity)
  const { config, checks, back: asked } = await loggedIn('cli', 'http://127.0.0.1:5000/callback', {}, browser)
  const back = await browser.submit(asked, {})
  const { refresh_token: first } = await oidc.authorizationCodeGrant(config, back.url, checks)
  const refresh = (token: string | undefined) => oidc.refreshTokenGrant(config, token as string)
  const together = await Promise.all([1, 2, 3, 4].map(() => refresh(first)))
  const next = together.map(({ refresh_token }) => refresh_token)
  expect(new Set([first, ...next]).size).toBe(5)
  for (const token of next) expect((await refresh(token)).access_token).toBeTruthy()
  const { db } = identity.store
  await db.run(`UPDATE ${db.t.oidc_rows} SET consumed_at = consumed_at - 11 WHERE model = 'RefreshToken' AND consumed_at IS NOT NULL`)
  await expect(refresh(first)).rejects.toMatchObject({ error: 'invalid_grant' })
  for (const token of next) await expect(refresh(token)).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('a refresh asks for no more than the login did', async () => {
  const { config, checks, back } = await loggedIn('cockpit', COCKPIT_CALLBACK)
  const tokens = await oidc.authorizationCodeGrant(config, back.url, checks)
  await expect(oidc.refreshTokenGrant(config, tokens.refresh_token as string, { scope: 'openid offline_access' })).rejects.toMatchObject({
    error: 'invalid_scope',
  })
})

it('tokens never come in an address', async () => {
  for (const type of ['token', 'id_token', 'id_token token', 'code token', 'code id_token']) {
    const { url } = await begun('cockpit', COCKPIT_CALLBACK, { nonce: 'n' })
    url.searchParams.set('response_type', type)
    const answer = await new Browser(identity).go(url)
    expect([type, answer.url.href]).toEqual([type, expect.not.stringMatching(/(access|id)_token=/)])
    expect(`${answer.page}${new URLSearchParams(answer.url.hash.slice(1))}${answer.url.search}`).toMatch(
      /unsupported_response_type|unauthorized_client|response_type/,
    )
  }
})

it('nothing is fetched that a request, a client or a registration points to', async () => {
  const { port } = lure.address() as AddressInfo
  for (const extra of [{ request_uri: `http://127.0.0.1:${port}/request` }, { request: `${'a'.repeat(20)}.b.c` }]) {
    const { url } = await begun('cockpit', COCKPIT_CALLBACK)
    for (const [name, value] of Object.entries(extra)) url.searchParams.set(name, value)
    const answer = await new Browser(identity).go(url)
    expect(`${answer.url.search}${answer.page}`).toMatch(/not_supported|invalid_request/)
  }
  expect(fetched).toEqual([])
})

it('a session begins with a login: what a browser brought before it is worth nothing after', async () => {
  const victim = new Browser(identity)
  const { url } = await begun('cockpit', COCKPIT_CALLBACK)
  const page = await victim.go(url)
  const before = victim.cookies.map(({ name, value }) => `${name}=${value}`)
  await victim.submit(page, USER)
  const sessions = victim.cookies.filter(({ name }) => name.endsWith('session')).map(({ name, value }) => `${name}=${value}`)
  expect(sessions).not.toEqual([])
  for (const one of sessions) expect(before).not.toContain(one)
  // Who planted them gets the login page.
  const { url: next } = await begun('cockpit', COCKPIT_CALLBACK)
  const answer = await identity.fetch(next, { headers: { accept: 'text/html', cookie: before.join('; ') } })
  const location = answer.headers.get('location') ?? ''
  expect(location).toContain('/login-actions/')
})
