// A token dies with what it hangs on: the identity part's own endpoints on one side, a follower on the other.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Browser, COCKPIT_CALLBACK, COCKPIT_HOME, seed, startTestIdentity, type TestIdentity, USER } from '#parts/identity/test-identity'
import { type EndedTokens, followEndedTokens } from '#runtime/ended-tokens'

/** A hung follower is caught; the figure is printed. */
const CEILING_MS = 20_000

let identity: TestIdentity
let ended: EndedTokens
let dir: string
let user: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akko-ended-'))
  identity = await startTestIdentity({ endedSocket: join(dir, 'ended.sock') })
  await seed(identity)
  ended = followEndedTokens(join(dir, 'ended.sock'))
  await ended.heard
  user = (await identity.admin<{ id: string }[]>('GET', '/akko/users?username=user@demo&exact=true')).body[0]?.id as string
})
afterAll(async () => {
  ended?.close()
  await identity?.stop()
  rmSync(dir, { recursive: true, force: true })
})

const discover = (id: string, secret: string) =>
  oidc.discovery(new URL(identity.issuer), id, secret, undefined, { [oidc.customFetch]: identity.fetch as oidc.CustomFetch })

async function browserTokens() {
  const config = await discover('cockpit', 'cockpit-secret')
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: COCKPIT_CALLBACK,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const browser = new Browser(identity)
  const back = await browser.submit(await browser.go(url), USER)
  return { browser, config, tokens: await oidc.authorizationCodeGrant(config, back.url, { pkceCodeVerifier }) }
}

async function exchanged(more: Record<string, string> = { requested_subject: USER.username }): Promise<string> {
  const trino = await discover('trino', 'trino-secret')
  return (await oidc.genericGrantRequest(trino, 'urn:ietf:params:oauth:grant-type:token-exchange', more)).access_token
}

async function dies(token: string): Promise<void> {
  const started = performance.now()
  await expect.poll(() => ended.has(decodeJwt(token)), { interval: 20, timeout: CEILING_MS }).toBe(true)
  console.log(`refused after ${Math.round(performance.now() - started)} ms`)
  const { active } = await oidc.tokenIntrospection(await discover('polaris', 'polaris-secret'), token)
  expect(active).toBe(false)
}

const lives = (token: string) => expect(ended.has(decodeJwt(token))).toBe(false)

it('a logout ends the session’s tokens, and those that were made from them', async () => {
  const { browser, config, tokens } = await browserTokens()
  const other = await browserTokens()
  const derived = await exchanged({
    subject_token: tokens.access_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  })
  lives(tokens.access_token)
  lives(derived)
  await browser.go(oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: COCKPIT_HOME, id_token_hint: tokens.id_token as string }))
  await dies(tokens.access_token)
  await dies(derived)
  lives(other.tokens.access_token)
})

it('a role that is taken away ends the tokens that name it; the next one is good, and without it', async () => {
  const role = (await identity.admin<object>('GET', '/akko/roles/akko-user')).body
  const token = await exchanged()
  lives(token)
  await identity.admin('DELETE', `/akko/users/${user}/role-mappings/realm`, [role])
  await dies(token)
  const next = await exchanged()
  lives(next)
  expect(decodeJwt(next).realm_access).toEqual({ roles: [] })
  await identity.admin('POST', `/akko/users/${user}/role-mappings/realm`, [role])
  lives(next)
})

it('a role that is removed from the realm ends its holders’ tokens', async () => {
  await identity.admin('POST', '/akko/roles', { name: 'passing' })
  const role = (await identity.admin<object>('GET', '/akko/roles/passing')).body
  await identity.admin('POST', `/akko/users/${user}/role-mappings/realm`, [role])
  const token = await exchanged()
  await identity.admin('DELETE', '/akko/roles/passing')
  await dies(token)
})

it('a user who is disabled or removed loses his tokens', async () => {
  const token = await exchanged()
  await identity.admin('PUT', `/akko/users/${user}`, { enabled: false })
  await dies(token)
  await identity.admin('PUT', `/akko/users/${user}`, { enabled: true })
  lives(await exchanged())
  const { location } = await identity.admin('POST', '/akko/users', { username: 'leaver', enabled: true })
  const leaver = await exchanged({ requested_subject: 'leaver' })
  await identity.admin('DELETE', `/akko/users/${location?.split('/').at(-1)}`)
  await dies(leaver)
})

it('the client to which a token was issued revokes it, no other', async () => {
  const [token, kept] = [await exchanged(), await exchanged()]
  await expect(oidc.tokenRevocation(await discover('mcp', 'mcp-secret'), token)).rejects.toMatchObject({ error: 'unauthorized_client' })
  await expect(oidc.tokenRevocation(await discover('trino', 'wrong'), token)).rejects.toMatchObject({ status: 401 })
  lives(token)
  await oidc.tokenRevocation(await discover('trino', 'trino-secret'), token)
  await dies(token)
  lives(kept)
})

it('a revoked refresh token takes its access tokens with it', async () => {
  const { config, tokens } = await browserTokens()
  await oidc.tokenRevocation(config, tokens.refresh_token as string)
  await dies(tokens.access_token)
})

it('an administrator ends every session of a user: browsers, refresh tokens, and tokens that others got for him', async () => {
  const { config, tokens } = await browserTokens()
  const derived = await exchanged()
  await identity.admin('POST', `/akko/users/${user}/logout`)
  await dies(tokens.access_token)
  await dies(derived)
  await expect(oidc.refreshTokenGrant(config, tokens.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
  lives((await browserTokens()).tokens.access_token)
})

it('what ended before a restart, or before the follower came, is known after it', async () => {
  const token = await exchanged()
  await oidc.tokenRevocation(await discover('trino', 'trino-secret'), token)
  await identity.restart()
  const late = followEndedTokens(join(dir, 'ended.sock'))
  try {
    await late.heard
    expect(late.has(decodeJwt(token))).toBe(true)
    const next = await exchanged()
    await oidc.tokenRevocation(await discover('trino', 'trino-secret'), next)
    await dies(next)
  } finally {
    late.close()
  }
})
