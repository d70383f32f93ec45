// Device flow, token exchange, introspection and revocation.
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, Browser, claimsOf, seed, startTestIdentity, type TestIdentity, USER } from '#parts/identity/test-identity'

let identity: TestIdentity

beforeAll(async () => {
  identity = await startTestIdentity()
  await seed(identity)
})
afterAll(() => identity?.stop())

function discover(clientId: string, secret?: string): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(identity.issuer), clientId, secret, secret ? undefined : oidc.None(), {
    [oidc.customFetch]: identity.fetch as oidc.CustomFetch,
  })
}

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

describe('device flow', () => {
  it('connects a terminal after the person confirmed its code', async () => {
    const cli = await discover('cli')
    const device = await oidc.initiateDeviceAuthorization(cli, { scope: 'openid' })
    expect(device.verification_uri).toBe('https://localhost:8443/realms/akko/device')
    const browser = new Browser(identity)
    const linked = await browser.go(device.verification_uri_complete as string)
    expect(linked.page).toContain(device.user_code)
    expect(linked.page).not.toContain('<script')
    const confirm = await browser.submit(linked, { user_code: device.user_code })
    expect(confirm.page).toContain('Command line')
    expect(confirm.page).toContain(device.user_code)
    const login = await browser.submit(confirm, { confirm: 'yes' })
    const done = await browser.submit(login, USER)
    expect(done.page).toContain('Device connected')
    const tokens = await oidc.pollDeviceAuthorizationGrant(cli, { ...device, interval: 0.1 })
    expect(claimsOf(tokens.access_token)).toMatchObject({ preferred_username: 'user@demo', azp: 'cli' })
    expect(claimsOf((await oidc.refreshTokenGrant(cli, tokens.refresh_token as string)).access_token).azp).toBe('cli')
  })

  it('tells the terminal when the person cancels, and the person when the code is wrong', async () => {
    const cli = await discover('cli')
    const device = await oidc.initiateDeviceAuthorization(cli, { scope: 'openid' })
    const browser = new Browser(identity)
    const empty = await browser.go(device.verification_uri)
    const wrong = await browser.submit(empty, { user_code: 'BBBB-BBBB' })
    expect(wrong.page).toContain('There is no such code')
    const confirm = await browser.submit(wrong, { user_code: device.user_code })
    const cancelled = await browser.submit(confirm, { abort: 'yes' })
    expect(cancelled.page).toContain('was not connected')
    await expect(oidc.pollDeviceAuthorizationGrant(cli, { ...device, interval: 0.1 })).rejects.toMatchObject({ error: 'access_denied' })
  })

  it.each([
    ['none', 'application/x-www-form-urlencoded', ''],
    ['one without our mark', 'application/x-www-form-urlencoded', 'user_code=BBBB-BBBB&confirm=yes'],
    ['one of another kind', 'application/json', '{"user_code":"BBBB-BBBB"}'],
    ['one that is too large', 'application/x-www-form-urlencoded', 'x'.repeat(100_000)],
  ])('refuses a form that no page was shown for, as the sender’s fault: %s', async (_what, type, body) => {
    const answer = await fetch(`${identity.base}/realms/akko/device`, { method: 'POST', headers: { 'content-type': type }, body })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8'])
    expect(await answer.text()).toContain('expired or was finished already')
  })
})

describe('token exchange', () => {
  it('a client that may impersonate gets a token of the user, with who did it', async () => {
    const trino = await discover('trino', 'trino-secret')
    const tokens = await oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject: 'user@demo' })
    expect(tokens).toMatchObject({ issued_token_type: ACCESS_TOKEN, expires_in: 3600 })
    expect(claimsOf(tokens.access_token)).toMatchObject({
      preferred_username: 'user@demo',
      realm_access: { roles: ['akko-user'] },
      azp: 'trino',
      act: { sub: 'service-account-trino', client_id: 'trino' },
    })
    expect((await oidc.fetchUserInfo(trino, tokens.access_token, oidc.skipSubjectCheck)).preferred_username).toBe('user@demo')
  })

  it('a client that may not, or without the flow, is refused', async () => {
    const mcp = await discover('mcp', 'mcp-secret')
    await expect(oidc.genericGrantRequest(mcp, EXCHANGE, { requested_subject: 'user@demo' })).rejects.toMatchObject({
      error: 'access_denied',
    })
    const polaris = await discover('polaris', 'polaris-secret')
    await expect(oidc.genericGrantRequest(polaris, EXCHANGE, { requested_subject: 'user@demo' })).rejects.toMatchObject({
      error: 'invalid_request',
    })
  })

  it('the subject token’s own rights count, not its client’s; a forged one counts nothing', async () => {
    const trino = await discover('trino', 'trino-secret')
    const user = await oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject: 'user@demo' })
    const as = (subject_token: string) =>
      oidc.genericGrantRequest(trino, EXCHANGE, {
        subject_token,
        subject_token_type: ACCESS_TOKEN,
        requested_subject: 'admin@demo',
      })
    await expect(as(user.access_token)).rejects.toMatchObject({ error: 'access_denied' })
    const [header, payload] = user.access_token.split('.')
    await expect(as(`${header}.${payload}.AAAA`)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('a token is for whom its client is, or for the one part that was asked for', async () => {
    const trino = await discover('trino', 'trino-secret')
    const aud = async (more: [string, string][]) =>
      claimsOf(
        (await oidc.genericGrantRequest(trino, EXCHANGE, new URLSearchParams([['requested_subject', 'user@demo'], ...more]))).access_token,
      ).aud
    expect(await aud([])).toEqual(['account', 'trino'])
    expect(await aud([['audience', 'polaris']])).toEqual(['account', 'polaris'])
    const several: [string, string][] = ['polaris', 'trino', 'realm-management'].map((name) => ['audience', name])
    expect(await aud(several)).toEqual(['account', 'polaris', 'trino', 'realm-management'])
    await expect(aud([['audience', 'nobody']])).rejects.toMatchObject({ error: 'invalid_request' })
  })

  it('with a token of its own user a client gets no further than its mappers, and with another client’s token nowhere', async () => {
    const trino = await discover('trino', 'trino-secret')
    const mcp = await discover('mcp', 'mcp-secret')
    const token = async (audience: string) =>
      (await oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject: 'admin@demo', audience })).access_token
    const asMcp = (subject_token: string, more: Record<string, string> = {}) =>
      oidc.genericGrantRequest(mcp, EXCHANGE, {
        subject_token,
        subject_token_type: ACCESS_TOKEN,
        ...more,
      })
    const given = await token('mcp')
    expect(claimsOf((await asMcp(given)).access_token)).toMatchObject({
      aud: ['account', 'mcp', 'trino'],
      preferred_username: 'admin@demo',
    })
    expect(claimsOf((await asMcp(given, { audience: 'trino' })).access_token).aud).toEqual(['account', 'trino'])
    await expect(asMcp(given, { audience: 'polaris' })).rejects.toMatchObject({ error: 'invalid_request' })
    const foreign = await token('polaris')
    await expect(asMcp(foreign)).rejects.toMatchObject({ error: 'access_denied' })
    // An administrator's rights do not help a client for which the token was never meant.
    await expect(asMcp(foreign, { requested_subject: 'user@demo' })).rejects.toMatchObject({ error: 'access_denied' })
  })

  it('asked for one’s own name is an exchange like any: no further than the mappers, and ends with the token it was made from', async () => {
    const trino = await discover('trino', 'trino-secret')
    const mcp = await discover('mcp', 'mcp-secret')
    const given = (await oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject: 'user@demo', audience: 'mcp' })).access_token
    const own = (more: Record<string, string> = {}) =>
      oidc.genericGrantRequest(mcp, EXCHANGE, {
        subject_token: given,
        subject_token_type: ACCESS_TOKEN,
        requested_subject: 'User@demo',
        ...more,
      })
    await expect(own({ audience: 'polaris' })).rejects.toMatchObject({ error: 'invalid_request' })
    const { access_token } = await own({ audience: 'trino' })
    expect((await oidc.tokenIntrospection(trino, access_token)).active).toBe(true)
    await oidc.tokenRevocation(trino, given)
    expect((await oidc.tokenIntrospection(trino, access_token)).active).toBe(false)
  })

  it('a token ends with the one that it was made from, however often it was exchanged since', async () => {
    const trino = await discover('trino', 'trino-secret')
    const mcp = await discover('mcp', 'mcp-secret')
    const exchange = async (subject_token: string) =>
      (await oidc.genericGrantRequest(mcp, EXCHANGE, { subject_token, subject_token_type: ACCESS_TOKEN, audience: 'mcp' })).access_token
    const first = (await oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject: 'user@demo', audience: 'mcp' })).access_token
    const second = await exchange(first)
    const third = await exchange(second)
    const active = async (token: string) => (await oidc.tokenIntrospection(mcp, token)).active
    expect([await active(second), await active(third)]).toEqual([true, true])
    await oidc.tokenRevocation(trino, first)
    expect([await active(first), await active(second), await active(third)]).toEqual([false, false, false])
  })

  it('a token is exchanged, and that again, eight times', async () => {
    const trino = await discover('trino', 'trino-secret')
    const mcp = await discover('mcp', 'mcp-secret')
    let token = (await oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject: 'user@demo', audience: 'mcp' })).access_token
    const next = async () =>
      (await oidc.genericGrantRequest(mcp, EXCHANGE, { subject_token: token, subject_token_type: ACCESS_TOKEN, audience: 'mcp' }))
        .access_token
    for (let times = 1; times <= 8; times++) token = await next()
    expect(claimsOf(token).akko_from).toHaveLength(8)
    await expect(next()).rejects.toMatchObject({ error: 'invalid_request' })
  })

  it('nobody becomes a service account or a user who does not exist', async () => {
    const trino = await discover('trino', 'trino-secret')
    for (const requested_subject of ['service-account-polaris', 'nobody']) {
      await expect(oidc.genericGrantRequest(trino, EXCHANGE, { requested_subject })).rejects.toMatchObject({ error: 'invalid_request' })
    }
  })
})

describe('introspection and revocation', () => {
  it('says of a good token whose it is, of any other only that it is not active', async () => {
    const polaris = await discover('polaris', 'polaris-secret')
    const { access_token } = await oidc.clientCredentialsGrant(polaris)
    expect(await oidc.tokenIntrospection(polaris, access_token)).toMatchObject({
      active: true,
      username: 'service-account-polaris',
      client_id: 'polaris',
    })
    expect(await oidc.tokenIntrospection(polaris, `${access_token.slice(0, -4)}AAAA`)).toEqual({ active: false })
    const stranger = await discover('polaris', 'wrong')
    await expect(oidc.tokenIntrospection(stranger, access_token)).rejects.toMatchObject({ status: 401 })
  })

  it('a revoked refresh token is dead', async () => {
    const cli = await discover('cli')
    const device = await oidc.initiateDeviceAuthorization(cli, { scope: 'openid' })
    const browser = new Browser(identity)
    const confirm = await browser.submit(await browser.go(device.verification_uri), { user_code: device.user_code })
    await browser.submit(await browser.submit(confirm, { confirm: 'yes' }), USER)
    const tokens = await oidc.pollDeviceAuthorizationGrant(cli, { ...device, interval: 0.1 })
    const polaris = await discover('polaris', 'polaris-secret')
    expect(await oidc.tokenIntrospection(polaris, tokens.refresh_token as string)).toMatchObject({ active: true, username: 'user@demo' })
    await oidc.tokenRevocation(cli, tokens.refresh_token as string)
    await expect(oidc.refreshTokenGrant(cli, tokens.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(await oidc.tokenIntrospection(polaris, tokens.refresh_token as string)).toEqual({ active: false })
  })
})

describe('the password grant', () => {
  it('serves admin-cli of the master realm and nobody else', async () => {
    const ask = (realm: string, client_id: string, username: string, password: string) =>
      fetch(`${identity.base}/realms/${realm}/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'password', client_id, username, password }),
      })
    expect((await ask('akko', 'cli', USER.username, USER.password)).status).toBe(400)
    const wrong = await ask('master', 'admin-cli', 'admin', 'wrong')
    expect(await wrong.json()).toMatchObject({ error: 'invalid_grant', error_description: 'Invalid user credentials' })
    expect((await ask('master', 'admin-cli', USER.username, USER.password)).status).toBe(400)
  })

  it('looks at no more guesses that come at once than at those that come in turn', async () => {
    const ask = (password: string) =>
      fetch(`${identity.base}/realms/master/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: 'admin', password }),
      })
    const failures = `SELECT failures FROM ${identity.store.db.t.login_failures} WHERE realm = 'master' AND address <> '*'`
    await identity.store.db.run(`DELETE FROM ${identity.store.db.t.login_failures}`)
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(`wrong ${i}`)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400))
    const [looked] = await identity.store.db.query<{ failures: number }>(failures)
    // Five, and one more after each second, two, four that all of them took.
    expect(looked?.failures).toBeGreaterThanOrEqual(5)
    expect(looked?.failures).toBeLessThan(9)
    expect((await ask(ADMIN.password)).status).toBe(400)
    await identity.store.db.run(`DELETE FROM ${identity.store.db.t.login_failures}`)
    expect((await ask(ADMIN.password)).status).toBe(200)
  })
})
