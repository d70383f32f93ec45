// A second factor and the account page, as a person has them in a browser; otplib is his authenticator app.
import * as oidc from 'openid-client'
import { generate } from 'otplib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Audit, createLogAudit } from '#kit/audit'
import { createLog } from '#kit/log'
import { Browser, COCKPIT_CALLBACK, seed, startTestIdentity, type TestIdentity, USER } from '#parts/identity/test-identity'

let identity: TestIdentity

let atRecord: (() => Promise<unknown>) | undefined

beforeAll(async () => {
  const audit = createLogAudit(createLog('identity'))
  const record: Audit['record'] = async (event) => {
    await atRecord?.()
    await audit.record(event)
  }
  identity = await startTestIdentity({ secondFactorRoles: ['akko-engineer'], audit: { ...audit, record } })
  await seed(identity)
}, 120_000)
afterAll(() => identity?.stop())

const PASSWORD = 'of ten characters'

async function person(username: string, more: object = {}): Promise<string> {
  const body = { username, enabled: true, credentials: [{ type: 'password', value: PASSWORD }], ...more }
  return (await identity.admin('POST', '/akko/users', body)).location?.split('/').at(-1) as string
}

const config = () =>
  oidc.discovery(new URL(identity.issuer), 'cockpit', 'cockpit-secret', undefined, {
    [oidc.customFetch]: identity.fetch as oidc.CustomFetch,
  })

async function begin(scope = 'openid') {
  const client = await config()
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const challenge = { code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256' }
  const consent: Record<string, string> = scope.includes('offline_access') ? { prompt: 'consent' } : {}
  const url = oidc.buildAuthorizationUrl(client, { redirect_uri: COCKPIT_CALLBACK, scope, ...challenge, ...consent })
  return { url, finish: (back: URL) => oidc.authorizationCodeGrant(client, back, { pkceCodeVerifier }) }
}

const agent = (browser: Browser, name: string) => ({ go: (url: string | URL) => browser.go(url, { headers: { 'user-agent': name } }) })
const account = () => `${identity.issuer}/account`
const problemIn = (page: string) => /id="problem">([^<]*)</.exec(page)?.[1]
const doneIn = (page: string) => /role="status">([^<]*)</.exec(page)?.[1]
const titleOf = (page: string) => /<h1>([^<]*)</.exec(page)?.[1]
const keyOf = (page: string) => /<p class="key">([^<]*)</.exec(page)?.[1]?.replaceAll(' ', '') as string
/** The form of a page that does this. */
const form = ({ url, page }: { url: URL; page: string }, what: string, more = '') => {
  const found = page.match(/<form method="post".*?<\/form>/gs)?.find((text) => text.includes(`value="${what}"`) && text.includes(more))
  if (!found) throw new Error(`no form ${what} in ${page}`)
  return { url, page: found }
}
/** A code is taken once: who logs in again within its step shows that of the next, which is taken too. */
const codeOf = (secret: string, steps = 0) => generate({ secret, epoch: Math.floor(Date.now() / 1000) + steps * 30 })

/** Goes to the account page; logs in there. */
async function visit(username: string, password = PASSWORD) {
  const browser = new Browser(identity)
  const at = await browser.submit(await browser.go(account()), { username, password })
  return { browser, at }
}

describe('a second factor', () => {
  it('is set up on the account page by who knows the password, and asked for at the next login', async () => {
    await person('ada')
    const { browser, at } = await visit('ada')
    expect([titleOf(at.page), at.url.search]).toEqual(['Your account', ''])
    const page = await browser.go(`${account()}?totp=on`)
    const secret = keyOf(page.page)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(page.page).toContain('<svg class="qr"')
    expect(page.page).not.toMatch(/<script|style="/)
    const code = await codeOf(secret)
    expect(problemIn((await browser.submit(page, { password: 'wrong password', otp: code })).page)).toBe('That is not your password.')
    expect(problemIn((await browser.submit(page, { password: PASSWORD, otp: '000000' })).page)).toContain('not the code of now')
    expect(doneIn((await browser.submit(page, { password: PASSWORD, otp: code })).page)).toBe('The second factor is on.')

    const other = new Browser(identity)
    const { url, finish } = await begin()
    const asked = await other.submit(await other.go(url), { username: 'ada', password: PASSWORD })
    expect([titleOf(asked.page), asked.status]).toEqual(['Enter your code', 200])
    expect(titleOf((await other.go((await begin()).url)).page)).toBe('Sign in')
    // The one with which it was set up was taken already.
    const replayed = await other.submit(asked, { otp: code })
    expect([replayed.status, problemIn(replayed.page)]).toEqual([401, expect.stringContaining('was used already')])
    const next = await codeOf(secret, 1)
    const back = await other.submit(replayed, { otp: ` ${next.slice(0, 3)} ${next.slice(3)}` })
    const tokens = await finish(back.url)
    expect(tokens.claims()).toMatchObject({ preferred_username: 'ada' })

    const third = new Browser(identity)
    const again = await third.submit(await third.go((await begin()).url), { username: 'ada', password: PASSWORD })
    expect((await third.submit(again, { otp: next })).status).toBe(401)
  })

  it('is kept sealed, and taken away by an administrator', async () => {
    const id = await person('bea')
    const { browser } = await visit('bea')
    const page = await browser.go(`${account()}?totp=on`)
    const secret = keyOf(page.page)
    await browser.submit(page, { password: PASSWORD, otp: await codeOf(secret) })
    expect((await identity.admin('GET', `/akko/users/${id}`)).body).toMatchObject({ totp: true })
    const { t, query } = identity.store.db
    const [row] = await query<{ secret: Buffer }>(`SELECT secret FROM ${t.second_factors} WHERE user_id = $1`, [id])
    const plain = (await identity.store.secondFactors.secret(id)) as Uint8Array
    expect(plain).toHaveLength(20)
    expect(row?.secret.includes(Buffer.from(plain))).toBe(false)
    const stranger = await person('bob')
    await query(`INSERT INTO ${t.second_factors} (user_id, secret, last_step) VALUES ($1, $2, 0)`, [stranger, row?.secret])
    await expect(identity.store.secondFactors.secret(stranger)).rejects.toThrow()
    const credentials = (await identity.admin<{ id: string; type: string }[]>('GET', `/akko/users/${id}/credentials`)).body
    expect(credentials.map(({ type }) => type)).toEqual(['password', 'otp'])
    await identity.admin('DELETE', `/akko/users/${id}/credentials/${credentials[1]?.id}`)
    await expect(identity.admin('DELETE', `/akko/users/${id}/credentials/${credentials[1]?.id}`)).rejects.toThrow('Credential not found')
    expect(titleOf((await visit('bea')).at.page)).toBe('Your account')
  })

  it('holds back whoever guesses codes, with the right password too', async () => {
    await person('cem', { requiredActions: ['CONFIGURE_TOTP'] })
    const browser = new Browser(identity)
    const { url, finish } = await begin()
    const page = await browser.submit(await browser.go(url), { username: 'cem', password: PASSWORD })
    expect(titleOf(page.page)).toBe('Set up a second factor')
    const secret = keyOf(page.page)
    expect((await finish((await browser.submit(page, { otp: await codeOf(secret) })).url)).claims()?.preferred_username).toBe('cem')
    const thief = new Browser(identity)
    const asked = await thief.submit(await thief.go((await begin()).url), { username: 'cem', password: PASSWORD })
    for (let guess = 0; guess < 6; guess++) await thief.submit(asked, { otp: `00000${guess}` })
    expect((await identity.store.failures.of('akko', ['cem'])).failures).toBeGreaterThanOrEqual(5)
    // How long the guesses took counts for nothing: the last one is of now, and stays so.
    const { t, run } = identity.store.db
    await run(`UPDATE ${t.login_failures} SET last_at = now() + interval '1 hour' WHERE username = 'cem'`)
    expect((await thief.submit(asked, { otp: await codeOf(secret, 1) })).status).toBe(401)
    const fresh = new Browser(identity)
    expect((await fresh.submit(await fresh.go((await begin()).url), { username: 'cem', password: PASSWORD })).status).toBe(401)
  })

  it('must be set up by who has a role that needs it, who cannot turn it off', async () => {
    const id = await person('dov')
    const role = (await identity.admin<object>('GET', '/akko/roles/akko-engineer')).body
    await identity.admin('POST', `/akko/users/${id}/role-mappings/realm`, [role])
    const { browser, at } = await visit('dov')
    expect(titleOf(at.page)).toBe('Set up a second factor')
    expect(titleOf((await browser.go((await begin()).url)).page)).toBe('Sign in')
    const done = await browser.submit(at, { otp: await codeOf(keyOf(at.page)) })
    expect(done.page).toContain('Your roles need it.')
    expect(done.page).not.toContain('totp-off')
    const other = form(done, 'end-others')
    const forged = { ...other, page: other.page.replace('value="end-others"', 'value="totp-off"') }
    const refused = await browser.submit(forged, { password: PASSWORD, otp: await codeOf(keyOf(at.page), 1) })
    expect([refused.status, problemIn(refused.page)]).toEqual([403, 'Your roles need a second factor: it stays on.'])
    expect((await identity.admin('GET', `/akko/users/${id}`)).body).toMatchObject({ totp: true })
  })

  it('ends what a password alone began elsewhere, and where something is left asks for a login with the code', async () => {
    const id = await person('jon')
    const thief = await visit('jon')
    const { url, finish } = await begin('openid offline_access')
    const stolen = await finish((await thief.browser.go(url)).url)
    const { browser } = await visit('jon')
    const page = await browser.go(`${account()}?totp=on`)
    const secret = keyOf(page.page)
    const on = await browser.submit(page, { password: PASSWORD, otp: await codeOf(secret) })
    expect([doneIn(on.page), on.page.match(/<li>/g)?.length]).toEqual(['The second factor is on.', 1])
    expect(titleOf((await thief.browser.go(account())).page)).toBe('Sign in')
    await expect(oidc.refreshTokenGrant(await config(), stolen.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
    const twice = await browser.submit(page, { password: PASSWORD, otp: await codeOf(secret, 1) })
    expect([twice.status, problemIn(twice.page)]).toEqual([409, 'A second factor is on already: turn it off before you set up another.'])

    const left = await person('kim')
    const kim = await visit('kim')
    await identity.store.secondFactors.set(left, (await identity.store.secondFactors.secret(id)) as Uint8Array, 0)
    expect((await kim.browser.go(`${(await begin()).url}&prompt=none`)).url.searchParams.get('error')).toBe('login_required')
    expect(titleOf((await kim.browser.submit(form(kim.at, 'end-others'), {})).page)).toBe('Sign in')
    const login = await kim.browser.submit(await kim.browser.go(account()), { username: 'kim', password: PASSWORD })
    expect(titleOf((await kim.browser.submit(login, { otp: await codeOf(secret) })).page)).toBe('Your account')
    expect((await kim.browser.go((await begin()).url)).url.searchParams.has('code')).toBe(true)
  })

  it('is set up at the login: other sessions end', async () => {
    const id = await person('lou')
    const thief = await visit('lou')
    await identity.admin('PUT', `/akko/users/${id}`, { requiredActions: ['CONFIGURE_TOTP'] })
    const { at, browser } = await visit('lou')
    expect(titleOf((await browser.submit(at, { otp: await codeOf(keyOf(at.page)) })).page)).toBe('Your account')
    expect(titleOf((await thief.browser.go(account())).page)).toBe('Sign in')
    expect(await identity.store.sessions.list('akko', id)).toHaveLength(1)
  })

  it('and whatever else is to be done first is what a renewed token waits for, an offline one too', async () => {
    const id = await person('ira')
    const client = await config()
    const refused = { error: 'invalid_grant', error_description: 'Account is not fully set up' }
    let kept: string[] = []
    for (const scope of ['openid', 'openid offline_access']) {
      const browser = new Browser(identity)
      const { url, finish } = await begin(scope)
      const back = await browser.submit(await browser.go(url), { username: 'ira', password: PASSWORD })
      kept.push((await finish(back.url)).refresh_token as string)
    }
    const act = (requiredActions: string[]) => identity.admin('PUT', `/akko/users/${id}`, { requiredActions })
    await act(['UPDATE_PASSWORD'])
    for (const token of kept) await expect(oidc.refreshTokenGrant(client, token)).rejects.toMatchObject(refused)
    await act([])
    kept = await Promise.all(kept.map(async (token) => (await oidc.refreshTokenGrant(client, token)).refresh_token ?? token))
    const role = (await identity.admin<object>('GET', '/akko/roles/akko-engineer')).body
    await identity.admin('POST', `/akko/users/${id}/role-mappings/realm`, [role])
    for (const token of kept) await expect(oidc.refreshTokenGrant(client, token)).rejects.toMatchObject(refused)
  })
})

describe('a login page', () => {
  it('that was sent twice says that it has expired', async () => {
    await person('mia')
    const browser = new Browser(identity)
    const page = await browser.go((await begin()).url)
    // What the first click ends while the second is looked at.
    const { t, run } = identity.store.db
    atRecord = () => run(`DELETE FROM ${t.oidc_rows} WHERE model = 'Interaction'`)
    const again = await browser.submit(page, { username: 'mia', password: PASSWORD }).finally(() => {
      atRecord = undefined
    })
    expect([again.status, again.page]).toEqual([400, expect.stringContaining('This login page has expired')])
  })
})

describe('the account page', () => {
  it('changes the password of who knows the old one, and turns the second factor off', async () => {
    const id = await person('eli', { firstName: 'Eli', lastName: 'Example', email: 'eli@example.org' })
    const { browser, at } = await visit('eli')
    expect(at.page).toContain('<dd>Eli Example</dd>')
    expect(at.page).toContain('<dd>eli@example.org</dd>')
    const change = (fields: Record<string, string>) => browser.submit(form(at, 'password'), fields)
    const fresh = { 'password-new': 'another of ten', 'password-confirm': 'another of ten' }
    expect(problemIn((await change({ password: 'wrong password', ...fresh })).page)).toContain('not your password')
    expect(problemIn((await change({ password: PASSWORD, ...fresh, 'password-confirm': 'x' })).page)).toBe('The two passwords differ.')
    const short = { 'password-new': 'short', 'password-confirm': 'short' }
    expect(problemIn((await change({ password: PASSWORD, ...short })).page)).toBe('Invalid password: minimum length 8.')
    expect(doneIn((await change({ password: PASSWORD, ...fresh })).page)).toContain('Your password is changed.')
    expect(titleOf((await visit('eli', 'another of ten')).at.page)).toBe('Your account')
    const page = await browser.go(`${account()}?totp=on`)
    const on = await browser.submit(page, { password: 'another of ten', otp: await codeOf(keyOf(page.page)) })
    expect(problemIn((await browser.submit(form(on, 'totp-off'), { password: PASSWORD })).page)).toContain('not your password')
    const off = (fields: object) => browser.submit(form(on, 'totp-off'), { password: 'another of ten', ...fields })
    expect(problemIn((await off({})).page)).toContain('That code is not the one of now')
    expect(doneIn((await off({ otp: await codeOf(keyOf(page.page), 1) })).page)).toBe('The second factor is off.')
    expect((await identity.admin('GET', `/akko/users/${id}`)).body).toMatchObject({ totp: false })
  })

  it('shows sessions by browser and address, and ends one with its tokens', async () => {
    await person('fay')
    const { browser, at } = await visit('fay')
    const phone = new Browser(identity)
    const { url, finish } = await begin()
    const firefox = agent(phone, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')
    await phone.submit(await phone.go(url), { username: 'fay', password: PASSWORD })
    const tokens = await finish((await firefox.go(url)).url)
    const seen = await browser.go(account())
    expect(seen.page).toContain('Firefox on Linux')
    expect(seen.page.match(/<li>/g)).toHaveLength(2)
    expect(seen.page.match(/, this one/g)).toHaveLength(1)
    expect(seen.page).toContain(' at 127.0.0.1')
    const { sid } = tokens.claims() as { sid?: string }
    const uid = sid ?? (JSON.parse(Buffer.from(tokens.access_token.split('.')[1] as string, 'base64url').toString()) as { sid: string }).sid
    const ended = await browser.submit(form(seen, 'end', uid), {})
    expect([doneIn(ended.page), ended.page.match(/<li>/g)?.length]).toEqual(['Ended.', 1])
    expect(titleOf((await phone.go(account())).page)).toBe('Sign in')
    await expect(oidc.refreshTokenGrant(await config(), tokens.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
    const info = await identity.fetch(`${identity.issuer}/protocol/openid-connect/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    expect(info.status).toBe(401)
    const { at: another } = await visit('fay')
    expect(another.page.match(/<li>/g)).toHaveLength(2)
    expect((await browser.submit(form(at, 'end-others'), {})).page.match(/<li>/g)).toHaveLength(1)
  })

  it('takes no form of another page, session or person, and shows nothing without a login', async () => {
    await person('gil')
    const { browser, at } = await visit('gil')
    const fields = { 'password-new': 'stolen of ten', 'password-confirm': 'stolen of ten', password: PASSWORD, do: 'password' }
    const post = (headers: Record<string, string>, token: string) =>
      browser.go(account(), { method: 'POST', body: new URLSearchParams({ ...fields, form_token: token }), headers })
    const token = /name="form_token" value="([^"]+)"/.exec(at.page)?.[1] as string
    expect((await post({ origin: 'https://evil.example' }, token)).status).toBe(403)
    expect((await post({}, 'guessed')).status).toBe(403)
    const stranger = await visit(USER.username, USER.password)
    const theirs = /name="form_token" value="([^"]+)"/.exec(stranger.at.page)?.[1] as string
    expect((await post({}, theirs)).status).toBe(403)
    expect(await identity.store.sessions.end('akko', 'another', 'session')).toBe(false)
    expect(at.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(at.headers.get('cache-control')).toBe('no-store')
    expect((await identity.fetch(account())).status).toBe(303)
    const nobody = await identity.fetch(account(), { method: 'POST', body: new URLSearchParams({ ...fields, form_token: token }) })
    expect([nobody.status, nobody.headers.get('location')]).toEqual([303, expect.stringContaining('client_id=account-console')])
    expect((await identity.fetch(account().replace('/akko/', '/master/'))).status).toBe(404)
  })
})
