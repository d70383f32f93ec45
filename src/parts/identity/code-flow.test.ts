// Code flow, refresh, logout and client credentials, driven by openid-client.
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser, startTestIdentity, type TestIdentity } from '#parts/identity/test-identity'

const REDIRECT = 'https://akko.localhost:8443/auth/callback'
const HOME = 'https://akko.localhost:8443/'
let identity: TestIdentity

beforeAll(async () => {
  identity = await startTestIdentity()
  const { admin } = identity
  await admin('POST', '/akko/roles', { name: 'akko-user' })
  await admin('POST', '/akko/roles', { name: 'akko-engineer' })
  await admin('POST', '/akko/clients', {
    clientId: 'cockpit',
    name: 'Cockpit',
    secret: 'cockpit-secret',
    redirectUris: [REDIRECT],
    attributes: { 'post.logout.redirect.uris': HOME },
  })
  await admin('POST', '/akko/clients', { clientId: 'lab', secret: 'lab-secret', redirectUris: ['https://lab.akko.localhost:8443/cb'] })
  await admin('POST', '/akko/clients', {
    clientId: 'cli',
    publicClient: true,
    redirectUris: ['http://127.0.0.1/callback'],
    attributes: { 'oauth2.device.authorization.grant.enabled': 'true' },
  })
  const robot = await admin('POST', '/akko/clients', {
    clientId: 'polaris',
    secret: 'polaris-secret',
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
  })
  const service = await admin<{ id: string }>('GET', `/akko/clients/${robot.location?.split('/').at(-1)}/service-account-user`)
  await grant(service.body.id, 'akko-engineer')
  const user = await admin('POST', '/akko/users', {
    username: 'User@Demo',
    email: 'user@demo.akko.localhost',
    emailVerified: true,
    firstName: 'Ugo',
    lastName: 'User',
    enabled: true,
    credentials: [{ type: 'password', value: 'user-demo', temporary: false }],
  })
  await grant(user.location?.split('/').at(-1) as string, 'akko-user')
})
afterAll(() => identity?.stop())

async function grant(userId: string, role: string): Promise<void> {
  const found = await identity.admin<object>('GET', `/akko/roles/${role}`)
  await identity.admin('POST', `/akko/users/${userId}/role-mappings/realm`, [found.body])
}

function discover(clientId: string, secret?: string): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(identity.issuer), clientId, secret, secret ? undefined : oidc.None(), {
    [oidc.customFetch]: identity.fetch as oidc.CustomFetch,
  })
}

async function start(config: oidc.Configuration, redirect = REDIRECT, extra: Record<string, string> = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    ...extra,
  })
  return { url, checks: { pkceCodeVerifier: verifier, expectedState: state } }
}

async function logIn(browser: Browser, url: URL, password = 'user-demo') {
  return browser.submit(await browser.go(url), { username: 'user@demo', password })
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
}

describe('code flow', () => {
  it('logs in with PKCE; both tokens carry Keycloak’s claims', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const { url, checks } = await start(config)
    const back = await logIn(new Browser(identity), url)
    expect(back.url.href).toContain(REDIRECT)
    const tokens = await oidc.authorizationCodeGrant(config, back.url, checks)
    const expected = {
      preferred_username: 'user@demo',
      email: 'user@demo.akko.localhost',
      email_verified: true,
      name: 'Ugo User',
      realm_access: { roles: ['akko-user'] },
      groups: [],
    }
    expect(tokens.claims()).toMatchObject({ ...expected, aud: 'cockpit' })
    const access = claimsOf(tokens.access_token)
    expect(access).toMatchObject({ ...expected, iss: identity.issuer, azp: 'cockpit', typ: 'Bearer', sub: tokens.claims()?.sub })
    expect(access.aud).toEqual(['account', 'cockpit'])
    expect(JSON.parse(Buffer.from(tokens.access_token.split('.')[0] as string, 'base64url').toString())).toMatchObject({
      typ: 'JWT',
      alg: 'RS256',
    })
    const info = await oidc.fetchUserInfo(config, tokens.access_token, access.sub as string)
    expect(info.preferred_username).toBe('user@demo')
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token as string)
    expect(claimsOf(refreshed.access_token)).toMatchObject(expected)
  })

  it('client credentials speak as the service account, with its roles', async () => {
    const config = await discover('polaris', 'polaris-secret')
    const tokens = await oidc.clientCredentialsGrant(config)
    expect(claimsOf(tokens.access_token)).toMatchObject({
      preferred_username: 'service-account-polaris',
      azp: 'polaris',
      realm_access: { roles: ['akko-engineer'] },
      iss: identity.issuer,
    })
  })
})
