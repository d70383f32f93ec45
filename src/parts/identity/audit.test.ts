// What the identity part leaves in the audit: sign-ins, logouts, exchanges, revocations, changes of the realm; and what it does while there is none.
import * as oidc from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Audit, type AuditEvent, AuditUnavailable, auditedAuthoriser } from '#kit/audit'
import {
  adminToken,
  Browser,
  COCKPIT_CALLBACK,
  COCKPIT_HOME,
  seed,
  startTestIdentity,
  type TestIdentity,
  USER,
} from '#parts/identity/test-identity'
import { createPolicy } from '#runtime/policy'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const events: AuditEvent[] = []
let isAway = false
/** Remembers in this process; the stores have tests of their own. */
const audit: Audit = {
  record: async (event) => {
    if (isAway) throw AuditUnavailable({ action: event.what.action })
    events.push(event)
  },
  note: (event) => void events.push(event),
}
let identity: TestIdentity
beforeAll(async () => {
  identity = await startTestIdentity({ audit, authoriser: auditedAuthoriser(createPolicy().authoriser, { part: 'identity', audit }) })
  await seed(identity)
})
afterAll(() => identity?.stop())
beforeEach(() => {
  events.length = 0
  isAway = false
})

const discover = (clientId: string, secret: string): Promise<oidc.Configuration> =>
  oidc.discovery(new URL(identity.issuer), clientId, secret, undefined, { [oidc.customFetch]: identity.fetch as oidc.CustomFetch })

async function logIn(browser: Browser, fields: Record<string, string> = USER) {
  const config = await discover('cockpit', 'cockpit-secret')
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const expectedState = oidc.randomState()
  const url = oidc.buildAuthorizationUrl(config, {
    ...{ redirect_uri: COCKPIT_CALLBACK, scope: 'openid', code_challenge_method: 'S256', state: expectedState },
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
  })
  return { config, back: await browser.submit(await browser.go(url), fields), checks: { pkceCodeVerifier, expectedState } }
}

const told = () => events.map(({ who, what, outcome }) => `${outcome}: ${who.sub} ${what.action} ${what.kind} ${what.path.join('/')}`)

describe('the audit of identity', () => {
  it('has a sign-in, the logout, and the sign-in that was refused', async () => {
    const browser = new Browser(identity)
    const { config, back, checks } = await logIn(browser)
    const tokens = await oidc.authorizationCodeGrant(config, back.url, checks)
    await browser.go(oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token as string, post_logout_redirect_uri: COCKPIT_HOME }))
    await expect.poll(told).toEqual(['allowed: user@demo login realm akko', 'allowed: user@demo logout realm akko'])
    expect(events[0]?.who.roles).toEqual(['akko-user'])
    events.length = 0
    await logIn(new Browser(identity), { ...USER, username: 'nobody@demo' })
    expect(told()).toEqual(['denied: nobody@demo login realm akko'])
    expect(events[0]).toMatchObject({ who: { via: 'password' }, reason: 'name and password do not match', address: '127.0.0.1' })
  })

  it('has who got a token of whom, and who did not; and the revocation', async () => {
    const trino = await discover('trino', 'trino-secret')
    const { access_token } = await oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject: 'user@demo' })
    const actor = 'service-account-trino'
    expect(told()).toEqual([`allowed: ${actor} impersonate user user@demo`])
    events.length = 0
    await oidc.genericGrantRequest(trino, EXCHANGE, { subject_token: access_token })
    expect(told()).toEqual(['allowed: user@demo exchange user user@demo'])
    expect(events[0]?.reason).toBe('by the client trino')
    events.length = 0
    await oidc.tokenRevocation(trino, access_token)
    expect(told()).toEqual(['allowed: trino revoke token akko/user@demo'])
    events.length = 0
    const mcp = await discover('mcp', 'mcp-secret')
    await expect(oidc.genericGrantRequest(mcp, EXCHANGE, { requested_subject: 'user@demo' })).rejects.toMatchObject({
      error: 'access_denied',
    })
    expect(told()).toEqual(['denied: service-account-mcp impersonate user user@demo'])
  })

  it('has changes of the realm with what was changed, and no reads', async () => {
    const { body } = await identity.admin<{ id: string }[]>('GET', '/akko/users?username=user@demo')
    expect(told().filter((line) => !line.includes(' login '))).toEqual([])
    await identity.admin('PUT', `/akko/users/${body[0]?.id}`, { firstName: 'Ugo' })
    await identity.admin('PUT', `/akko/users/${body[0]?.id}/reset-password`, { value: USER.password })
    await identity.admin('POST', '/akko/users', { username: 'gone' })
    const { body: gone } = await identity.admin<{ id: string }[]>('GET', '/akko/users?username=gone')
    await identity.admin('DELETE', `/akko/users/${gone[0]?.id}`)
    expect(told().filter((line) => !line.includes(' login '))).toEqual([
      'allowed: admin manage realm akko/users/user@demo',
      'allowed: admin manage realm akko/users/user@demo/reset-password',
      'allowed: admin manage realm akko/users',
      'allowed: admin drop realm akko/users/gone',
    ])
  })

  it('while it cannot be written nobody signs in or exchanges, and a token can be revoked', async () => {
    const trino = await discover('trino', 'trino-secret')
    const { access_token } = await oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject: 'user@demo' })
    isAway = true
    await expect(oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject: 'user@demo' })).rejects.toMatchObject({
      error: 'temporarily_unavailable',
    })
    const { back } = await logIn(new Browser(identity))
    expect(back.page).toContain('cannot be recorded')
    await expect(adminToken(identity.base)).rejects.toThrow('temporarily_unavailable')
    events.length = 0
    await oidc.tokenRevocation(trino, access_token)
    expect(told()).toEqual(['allowed: trino revoke token akko/user@demo'])
    expect(await oidc.tokenIntrospection(trino, access_token)).toEqual({ active: false })
  })
})
