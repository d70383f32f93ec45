// Code flow, refresh, single sign-on, logout and client credentials, driven by openid-client.
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printMetrics } from '#kit/metrics'
import {
  Browser,
  COCKPIT_CALLBACK,
  COCKPIT_HOME,
  claimsOf,
  seed,
  startTestIdentity,
  type TestIdentity,
  USER,
} from '#parts/identity/test-identity'

const LAB = 'https://lab.akko.localhost:8443/hub/oauth_callback'
let identity: TestIdentity

beforeAll(async () => {
  identity = await startTestIdentity({ lifetimes: { authorizationCode: 2 } })
  await seed(identity)
})
afterAll(() => identity?.stop())

function discover(clientId: string, secret?: string): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(identity.issuer), clientId, secret, secret ? undefined : oidc.None(), {
    [oidc.customFetch]: identity.fetch as oidc.CustomFetch,
  })
}

async function start(config: oidc.Configuration, redirect = COCKPIT_CALLBACK, extra: Record<string, string> = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const expectedState = oidc.randomState()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    ...extra,
  })
  return { url, checks: { pkceCodeVerifier, expectedState } }
}

async function logIn(browser: Browser, url: URL, fields: Record<string, string> = USER) {
  return browser.submit(await browser.go(url), fields)
}

async function tokensOf(browser: Browser) {
  const config = await discover('cockpit', 'cockpit-secret')
  const { url, checks } = await start(config)
  const back = await logIn(browser, url)
  return { config, tokens: await oidc.authorizationCodeGrant(config, back.url, checks), back, checks }
}

const USER_CLAIMS = {
  preferred_username: 'user@demo',
  email: 'user@demo.akko.localhost',
  email_verified: true,
  name: 'Ugo User',
  given_name: 'Ugo',
  family_name: 'User',
  realm_access: { roles: ['akko-user'] },
  groups: [],
}

describe('code flow', () => {
  it('discovery shows the public issuer and Keycloak’s paths, whatever address it was asked at', async () => {
    const res = await fetch(`${identity.base}/realms/akko/.well-known/openid-configuration`)
    expect(await res.json()).toMatchObject({
      issuer: 'https://localhost:8443/realms/akko',
      authorization_endpoint: 'https://localhost:8443/realms/akko/protocol/openid-connect/auth',
      token_endpoint: 'https://localhost:8443/realms/akko/protocol/openid-connect/token',
      jwks_uri: 'https://localhost:8443/realms/akko/protocol/openid-connect/certs',
      userinfo_endpoint: 'https://localhost:8443/realms/akko/protocol/openid-connect/userinfo',
      introspection_endpoint: 'https://localhost:8443/realms/akko/protocol/openid-connect/token/introspect',
      end_session_endpoint: 'https://localhost:8443/realms/akko/protocol/openid-connect/logout',
      device_authorization_endpoint: 'https://localhost:8443/realms/akko/protocol/openid-connect/auth/device',
      pushed_authorization_request_endpoint: 'https://localhost:8443/realms/akko/protocol/openid-connect/ext/par/request',
      code_challenge_methods_supported: ['S256'],
    })
  })

  it('logs in with PKCE; both tokens carry Keycloak’s claims', async () => {
    const { config, tokens } = await tokensOf(new Browser(identity))
    expect(tokens.claims()).toMatchObject({ ...USER_CLAIMS, aud: 'cockpit' })
    const access = claimsOf(tokens.access_token)
    expect(access).toMatchObject({ ...USER_CLAIMS, iss: identity.issuer, azp: 'cockpit', typ: 'Bearer', sub: tokens.claims()?.sub })
    expect(access.aud).toEqual(['account', 'gateway', 'trino'])
    const header = JSON.parse(Buffer.from(tokens.access_token.split('.')[0] ?? '', 'base64url').toString())
    expect(header).toMatchObject({ typ: 'JWT', alg: 'RS256' })
    expect(await oidc.fetchUserInfo(config, tokens.access_token, access.sub as string)).toMatchObject(USER_CLAIMS)
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token as string)
    expect(claimsOf(refreshed.access_token)).toMatchObject(USER_CLAIMS)
  })

  it('takes a request that the application pushed before, once', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const { url, checks } = await start(config)
    const pushed = await oidc.buildAuthorizationUrlWithPAR(config, url.searchParams)
    expect([...pushed.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    const back = await logIn(new Browser(identity), pushed)
    expect((await oidc.authorizationCodeGrant(config, back.url, checks)).claims()).toMatchObject(USER_CLAIMS)
    const again = (await new Browser(identity).go(pushed)).url.searchParams
    expect([again.get('error'), again.get('code')]).toEqual(['invalid_request_uri', null])
  })

  it('a session of one application opens the next; logout ends it for all, its tokens included', async () => {
    const browser = new Browser(identity)
    const { config, tokens } = await tokensOf(browser)
    const lab = await discover('jupyterhub', 'lab-secret')
    const second = await start(lab, LAB)
    const back = await browser.go(second.url)
    expect(back.url.href).toContain(LAB)
    const labTokens = await oidc.authorizationCodeGrant(lab, back.url, second.checks)

    const out = await browser.go(
      oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token as string, post_logout_redirect_uri: COCKPIT_HOME, state: 's1' }),
    )
    expect(out.url.href).toBe(`${COCKPIT_HOME}?state=s1`)
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(oidc.refreshTokenGrant(lab, labTokens.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck)).rejects.toThrow()
    const again = await browser.go((await start(lab, LAB)).url)
    expect(again.page).toContain('name="password"')
  })

  it('an ID token says when and in which session the login was, as an access token and those after it do', async () => {
    const began = Math.floor(Date.now() / 1000)
    const { config, tokens } = await tokensOf(new Browser(identity))
    const [id, access] = [claimsOf(tokens.id_token as string), claimsOf(tokens.access_token)]
    expect(id).toMatchObject({ typ: 'ID', azp: 'cockpit', jti: expect.any(String), sid: access.sid, auth_time: access.auth_time })
    expect(id.sid).toBeTruthy()
    expect(Number(id.auth_time) - began).toBeLessThan(60)
    expect(Number(id.auth_time)).toBeGreaterThanOrEqual(began)
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token as string)
    for (const token of [next.id_token as string, next.access_token])
      expect(claimsOf(token)).toMatchObject({ sid: id.sid, auth_time: id.auth_time })
    expect(await oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck)).not.toHaveProperty('auth_time')
  })

  it.each([{}, { prompt: 'consent' }, { prompt: 'login' }])('offline tokens outlive the session, asked for with %j', async (prompt) => {
    const browser = new Browser(identity)
    const config = await discover('cockpit', 'cockpit-secret')
    const { url, checks } = await start(config, COCKPIT_CALLBACK, { scope: 'openid offline_access', ...(prompt as Record<string, string>) })
    const back = await logIn(browser, url)
    const tokens = await oidc.authorizationCodeGrant(config, back.url, checks)
    await browser.go(oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token as string }))
    expect((await browser.go((await start(config)).url)).page).toContain('name="password"')
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token as string)
    expect((await oidc.fetchUserInfo(config, refreshed.access_token, oidc.skipSubjectCheck)).preferred_username).toBe('user@demo')
  })

  it('asked for in an address with a question mark within, all of it counts', async () => {
    const { url } = await start(await discover('cockpit', 'cockpit-secret'), COCKPIT_CALLBACK, { scope: 'openid offline_access' })
    const back = await logIn(new Browser(identity), new URL(url.href.replace(/state=[^&]*/, 'state=a?b')))
    expect(back.url.searchParams.get('state')).toBe('a?b')
    expect(back.url.searchParams.get('code')).toBeTruthy()
  })

  it('without an id token logout asks first; an unregistered place to return to is refused', async () => {
    const browser = new Browser(identity)
    const { config } = await tokensOf(browser)
    const ask = await browser.go(oidc.buildEndSessionUrl(config, {}))
    expect(ask.page).toContain('Sign out?')
    const done = await browser.submit(ask, { logout: 'yes' })
    expect(done.page).toContain('You are signed out')
    const evil = await browser.go(oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: `${COCKPIT_HOME}evil` }))
    expect(evil).toMatchObject({ status: 400 })
    expect(evil.page).toContain('post_logout_redirect_uri')
  })

  it('a command line tool is called back on whatever loopback port it got, without a secret', async () => {
    const cli = await discover('cli')
    const { url, checks } = await start(cli, 'http://127.0.0.1:43517/callback')
    const browser = new Browser(identity)
    const back = await browser.submit(await logIn(browser, url), {})
    expect(back.url.port).toBe('43517')
    expect((await oidc.authorizationCodeGrant(cli, back.url, checks)).claims()?.preferred_username).toBe('user@demo')
    const other = await new Browser(identity).go((await start(cli, 'http://127.0.0.1:43517/other')).url)
    expect(other.status).toBe(400)
  })

  it('a link alone hands no code to a program on this machine: the person is asked every time, with the program and where it listens', async () => {
    const cli = await discover('cli')
    const browser = new Browser(identity)
    await tokensOf(browser)
    for (const port of ['43517', '43518']) {
      const { url } = await start(cli, `http://127.0.0.1:${port}/callback`)
      const asked = await browser.go(url)
      expect(asked.url.origin).toBe(identity.origin)
      expect(asked.page).toContain('Command line')
      expect(asked.page).toContain(`127.0.0.1:${port}`)
      expect(asked.page).toContain('user@demo')
      const forged = await browser.submit(asked, { form_token: 'made up' })
      expect(forged.status).toBe(403)
      const cancelled = await browser.submit(asked, { cancel: 'yes' })
      expect(cancelled.url.searchParams.get('error')).toBe('access_denied')
      expect(cancelled.url.searchParams.get('code')).toBeNull()
      const allowed = await browser.submit(await browser.go((await start(cli, url.searchParams.get('redirect_uri') ?? '')).url), {})
      expect(allowed.url.searchParams.get('code')).not.toBeNull()
    }
    const silent = await browser.go((await start(cli, 'http://127.0.0.1:43517/callback', { prompt: 'none' })).url)
    expect(silent.url.searchParams.get('error')).toBe('interaction_required')
  })

  it('works for a browser at the named host, and the tokens still say the one issuer', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const { url, checks } = await start(config)
    url.host = 'identity.akko.localhost:8443'
    const back = await logIn(new Browser(identity), url)
    const tokens = await oidc.authorizationCodeGrant(config, back.url, checks)
    expect(tokens.claims()?.iss).toBe(identity.issuer)
  })

  it('prompt=none answers login_required instead of a page', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const back = await new Browser(identity).go((await start(config, COCKPIT_CALLBACK, { prompt: 'none' })).url)
    expect(back.url.searchParams.get('error')).toBe('login_required')
  })

  it('tokens and sessions survive a restart', async () => {
    const browser = new Browser(identity)
    const { config, tokens } = await tokensOf(browser)
    await identity.restart()
    await oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck)
    await oidc.refreshTokenGrant(config, tokens.refresh_token as string)
    const next = await browser.go((await start(config)).url)
    expect(next.url.href).toContain(COCKPIT_CALLBACK)
  })

  it('a person who was disabled is out: no userinfo, no refresh, no session', async () => {
    const browser = new Browser(identity)
    const { config, tokens } = await tokensOf(browser)
    const { sub } = claimsOf(tokens.access_token)
    await identity.admin('PUT', `/akko/users/${sub}`, { enabled: false })
    await expect(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck)).rejects.toThrow()
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
    expect((await browser.go((await start(config)).url)).page).toContain('name="password"')
    await identity.admin('PUT', `/akko/users/${sub}`, { enabled: true })
  })
})

describe('client credentials', () => {
  it('speak as the service account, with its roles', async () => {
    const tokens = await oidc.clientCredentialsGrant(await discover('polaris', 'polaris-secret'))
    expect(claimsOf(tokens.access_token)).toMatchObject({
      preferred_username: 'service-account-polaris',
      azp: 'polaris',
      realm_access: { roles: ['akko-engineer'] },
      iss: identity.issuer,
    })
  })

  it('want the right secret, and a client that has a service account', async () => {
    await expect(oidc.clientCredentialsGrant(await discover('polaris', 'wrong'))).rejects.toMatchObject({ error: 'invalid_client' })
    await expect(oidc.clientCredentialsGrant(await discover('cockpit', 'cockpit-secret'))).rejects.toMatchObject({
      error: 'invalid_request',
    })
  })

  it('a regenerated secret counts at once', async () => {
    const made = await identity.admin('POST', '/akko/clients', { clientId: 'rotating', serviceAccountsEnabled: true })
    const id = made.location?.split('/').at(-1)
    const before = await identity.admin<{ value: string }>('GET', `/akko/clients/${id}/client-secret`)
    await oidc.clientCredentialsGrant(await discover('rotating', before.body.value))
    const after = await identity.admin<{ value: string }>('POST', `/akko/clients/${id}/client-secret`)
    await oidc.clientCredentialsGrant(await discover('rotating', after.body.value))
    await expect(oidc.clientCredentialsGrant(await discover('rotating', before.body.value))).rejects.toMatchObject({
      error: 'invalid_client',
    })
  })
})

describe('bad input', () => {
  it('a redirect URI that is not registered gets a page, never a redirect', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    for (const redirect of [`${COCKPIT_CALLBACK}/`, `${COCKPIT_CALLBACK}?x=1`, 'https://evil.example/auth/callback']) {
      const answer = await new Browser(identity).go((await start(config, redirect)).url)
      expect(answer).toMatchObject({ status: 400 })
      expect(answer.page).toContain('not registered for it')
    }
  })

  it('an unknown client gets a page', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const { url } = await start(config)
    url.searchParams.set('client_id', 'nobody')
    const answer = await new Browser(identity).go(url)
    expect(answer.status).toBe(400)
    expect(answer.page).toContain('is not known to this platform')
  })

  it('a wrong password, an unknown user and a user without a password look the same', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const message = 'That name and password do not match.'
    for (const username of ['user@demo', 'nobody', 'service-account-polaris', 'x'.repeat(5000)]) {
      const answer = await logIn(new Browser(identity), (await start(config)).url, { username, password: 'wrong' })
      expect(answer.status).toBe(401)
      expect(answer.page).toContain(message)
    }
  })

  it('who guesses does not get another address by saying so', async () => {
    await identity.admin('POST', '/master/users', {
      username: 'guessed',
      enabled: true,
      credentials: [{ type: 'password', value: 'the right one' }],
    })
    const ask = async (password: string, address: number) => {
      const answer = await fetch(`${identity.base}/realms/master/protocol/openid-connect/token`, {
        method: 'POST',
        headers: { 'x-forwarded-for': `10.0.0.${address}` },
        body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: 'guessed', password }),
      })
      return answer.status
    }
    expect(await ask('the right one', 0)).toBe(200)
    for (let i = 0; i < 6; i++) expect(await ask('wrong', i)).toBe(400)
    expect(await ask('the right one', 7)).toBe(400)
  })

  it('after five failures even the right password has to wait', async () => {
    await identity.admin('POST', '/akko/users', {
      username: 'slow',
      enabled: true,
      credentials: [{ type: 'password', value: 'the right one' }],
    })
    const config = await discover('cockpit', 'cockpit-secret')
    const browser = new Browser(identity)
    let page = await browser.go((await start(config)).url)
    for (let i = 0; i < 6; i++) page = await browser.submit(page, { username: 'slow', password: `wrong ${i}` })
    page = await browser.submit(page, { username: 'slow', password: 'the right one' })
    expect(page.status).toBe(401)
    await identity.store.db.run(`UPDATE ${identity.store.db.t.login_failures} SET last_at = last_at - interval '2 minutes'`)
    page = await browser.submit(page, { username: 'slow', password: 'the right one' })
    expect(page.url.href).toContain(COCKPIT_CALLBACK)
  })

  it('who tries many names from one address has to wait with each, and who has logged in from there has not', async () => {
    const [store, from] = [identity.store.failures, '10.7.7.7']
    await store.forget('akko', 'ada', from)
    for (let i = 0; i < 30; i++) await store.record('akko', `name ${i}`, from)
    expect(await store.wait('akko', 'another', from)).toBeGreaterThan(0)
    expect(await store.wait('akko', 'ada', from)).toBe(0)
    expect(await store.wait('akko', 'another', '10.7.7.8')).toBe(0)
    expect(await store.wait('master', 'another', from)).toBe(0)
    for (let i = 0; i < 5; i++) await store.record('akko', 'ada', from)
    expect(await store.wait('akko', 'ada', from)).toBeGreaterThan(0)
    await identity.store.db.run(`UPDATE ${identity.store.db.t.login_failures} SET last_at = last_at - interval '16 minutes'`)
    expect(await store.removeExpired()).toBeGreaterThan(30)
    for (let i = 0; i < 30; i++) await store.record('akko', `name ${i}`, from)
    expect(await store.wait('akko', 'ada', from)).toBe(0)
    const status = async (who: Record<string, string>) =>
      (await logIn(new Browser(identity), (await start(await discover('cockpit', 'cockpit-secret'))).url, who)).status
    expect(await status(USER)).toBe(302)
    const newcomer = { username: 'newcomer', password: 'the right one' }
    const credentials = [{ type: 'password', value: newcomer.password }]
    await identity.admin('POST', '/akko/users', { username: newcomer.username, enabled: true, credentials })
    for (let i = 0; i < 31; i++) await store.record('akko', `name ${i}`, '127.0.0.1')
    expect(await status(newcomer)).toBe(401)
    expect(await status(USER)).toBe(302)
    await identity.store.db.run(`DELETE FROM ${identity.store.db.t.login_failures}`)
    expect(await status(newcomer)).toBe(302)
  })

  it('PKCE is required of public clients, and only S256 counts', async () => {
    const cli = await discover('cli')
    const callback = 'http://127.0.0.1:5000/callback'
    const without = (await start(cli, callback)).url
    without.searchParams.delete('code_challenge')
    without.searchParams.delete('code_challenge_method')
    expect((await new Browser(identity).go(without)).url.searchParams.get('error')).toBe('invalid_request')
    const plain = (await start(cli, callback, { code_challenge_method: 'plain' })).url
    expect((await new Browser(identity).go(plain)).url.searchParams.get('error')).toBe('invalid_request')
  })

  it('a code works once: the second use is refused and takes the tokens of the first back', async () => {
    const { config, tokens, back, checks } = await tokensOf(new Browser(identity))
    await expect(oidc.authorizationCodeGrant(config, back.url, checks)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('two uses of a code at once: one gets tokens', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const { url, checks } = await start(config)
    const back = await logIn(new Browser(identity), url)
    const both = await Promise.allSettled([1, 2, 3, 4].map(() => oidc.authorizationCodeGrant(config, back.url, checks)))
    expect(both.filter((r) => r.status === 'fulfilled').length).toBeLessThanOrEqual(1)
  })

  it('a code that is too old, or with a wrong verifier, is refused', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const first = await start(config)
    const old = await logIn(new Browser(identity), first.url)
    await identity.store.db.run(
      `UPDATE ${identity.store.db.t.oidc_rows} SET expires_at = now() - interval '1 second' WHERE model = 'AuthorizationCode'`,
    )
    await expect(oidc.authorizationCodeGrant(config, old.url, first.checks)).rejects.toMatchObject({ error: 'invalid_grant' })
    const second = await start(config)
    const back = await logIn(new Browser(identity), second.url)
    const wrong = { ...second.checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }
    await expect(oidc.authorizationCodeGrant(config, back.url, wrong)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('a login form that is not ours is refused: wrong token, foreign origin, another browser', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const browser = new Browser(identity)
    const page = await browser.go((await start(config)).url)
    const action = new URL(/action="([^"]+)"/.exec(page.page)?.[1] ?? '', page.url)
    const token = /name="form_token" value="([^"]+)"/.exec(page.page)?.[1] as string
    const post = (from: Browser, fields: Record<string, string>, origin = identity.origin) =>
      from.go(action, { method: 'POST', body: new URLSearchParams({ ...USER, ...fields }), headers: { origin } })
    expect((await post(browser, { form_token: 'x' })).status).toBe(403)
    expect((await post(browser, { form_token: token }, 'https://evil.example')).status).toBe(403)
    expect((await post(new Browser(identity), { form_token: token })).status).toBe(400)
    expect((await post(browser, { form_token: token })).url.href).toContain(COCKPIT_CALLBACK)
  })

  it('pages allow no script, no framing and nothing from outside; cookies are for the server only and carry the port', async () => {
    const config = await discover('cockpit', 'cockpit-secret')
    const browser = new Browser(identity)
    const page = await browser.go((await start(config)).url)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(page.page).not.toMatch(/<script|style=|onload/)
    expect(browser.cookies.map((c) => c.name)).toEqual(expect.arrayContaining(['akko_8443_login']))
    const res = await identity.fetch((await start(config)).url)
    expect(res.headers.getSetCookie().length).toBeGreaterThan(0)
    for (const cookie of res.headers.getSetCookie()) expect(cookie.toLowerCase()).toMatch(/(?=.*secure)(?=.*httponly)(?=.*samesite=lax)/)
  })

  it.each(['//', '/realms/akko/%zz', '/realms/akko/login-actions/authenticate/nobody', '/admin/realms/%zz', '/realms/akko//x'])(
    'a path like %s is the caller’s mistake',
    async (path) => {
      const { status } = await fetch(`${identity.base}${path}`)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    },
  )

  it('counts logins and tokens, and tells nobody at its own door', async () => {
    const text = await printMetrics()
    expect(text).toMatch(/akko_identity_logins_total\{realm="akko",outcome="refused"\} \d+/)
    expect(text).toMatch(/akko_identity_tokens_total\{realm="akko",grant="client_credentials",outcome="issued"\} \d+/)
    expect((await fetch(`${identity.base}/metrics`)).status).toBe(404)
    expect((await identity.fetch(`${identity.origin}/metrics`)).status).toBe(404)
  })

  it('a realm that does not exist is told apart', async () => {
    const res = await fetch(`${identity.base}/realms/nope/.well-known/openid-configuration`)
    expect(res.status).toBe(404)
    expect(await res.json()).toEqual({ error: 'Realm does not exist' })
  })
})
