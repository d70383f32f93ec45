// People set their own passwords: by a one-time link that a real mail server was given, at the login that a temporary one asks for, within the realm's rules.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as oidc from 'openid-client'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '#kit/secret'
import { adminToken, Browser, COCKPIT_CALLBACK, seed, startTestIdentity, type TestIdentity } from '#parts/identity/test-identity'

const LOGIN = { user: 'akko', password: 'password of the mail server' }

let identity: TestIdentity
let folder: string
let mail: SMTPServer
const letters: { to: string[]; text: string; secure: boolean; user: unknown }[] = []
let refuseLetters = false

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'akko-people-'))
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...name, ...files],
    {
      stdio: 'ignore',
    },
  )
  const ca = readFileSync(join(folder, 'cert.pem'), 'utf8')
  mail = new SMTPServer({
    ...{ key: readFileSync(join(folder, 'key.pem')), cert: ca, authMethods: ['PLAIN', 'LOGIN'], logger: false },
    onAuth: ({ username, password }, _session, done) =>
      username === LOGIN.user && password === LOGIN.password ? done(null, { user: username }) : done(new Error('no such login')),
    onRcptTo: (_address, _session, done) => done(refuseLetters ? new Error('mailbox full') : null),
    onData: (stream, { envelope, secure, user }, done) => {
      text(stream).then((letter) => {
        letters.push({
          to: envelope.rcptTo.map(({ address }) => address),
          text: letter.replaceAll('=\r\n', '').replaceAll('=3D', '='),
          secure,
          user,
        })
        done()
      }, done)
    },
  })
  mail.on('error', () => {})
  await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve))
  const port = (mail.server.address() as { port: number }).port
  const login = { user: LOGIN.user, password: new Secret(LOGIN.password) }
  identity = await startTestIdentity({
    passwordPolicy: 'length(10) and notUsername(undefined) and passwordHistory(3)',
    smtp: async () => ({ host: 'localhost', port, security: 'starttls', from: 'AKKO <akko@example.org>', ca, login }),
  })
  // The passwords of `seed` are shorter.
  await identity.admin('PUT', '/akko', { passwordPolicy: 'length(8) and notUsername(undefined)' })
  await seed(identity)
  await identity.admin('PUT', '/akko', { passwordPolicy: 'length(10) and notUsername(undefined) and passwordHistory(3)' })
}, 120_000)
afterAll(async () => {
  await identity?.stop()
  await new Promise<void>((resolve) => mail.close(() => resolve()))
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  letters.length = 0
  refuseLetters = false
})

async function person(username: string, more: object = {}): Promise<string> {
  const body = { username, email: `${username}@example.org`, enabled: true, ...more }
  return (await identity.admin('POST', '/akko/users', body)).location?.split('/').at(-1) as string
}

const first = (value: string, temporary = false) => ({ credentials: [{ type: 'password', value, temporary }] })
const link = async (id: string, query = '') =>
  (await identity.admin<{ link: string; sentTo?: string; problem?: string }>('POST', `/akko/users/${id}/action-link${query}`)).body
const both = (password: string) => ({ 'password-new': password, 'password-confirm': password })
const problemIn = (page: string) => /id="problem">([^<]*)</.exec(page)?.[1]

async function begin() {
  const config = await oidc.discovery(new URL(identity.issuer), 'cockpit', 'cockpit-secret', undefined, {
    [oidc.customFetch]: identity.fetch as oidc.CustomFetch,
  })
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const parameters = {
    redirect_uri: COCKPIT_CALLBACK,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  }
  const url = oidc.buildAuthorizationUrl(config, parameters)
  return {
    url,
    finish: async (back: URL) => (await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier })).claims()?.preferred_username,
  }
}

/** What a login with this ends at: the person whom openid-client got tokens for, or what the page says. */
async function logIn(username: string, password: string): Promise<unknown> {
  const browser = new Browser(identity)
  const { url, finish } = await begin()
  const at = await browser.submit(await browser.go(url), { username, password })
  return at.url.href.startsWith(COCKPIT_CALLBACK) ? finish(at.url) : (problemIn(at.page) ?? /<h1>([^<]*)</.exec(at.page)?.[1])
}

const NO_MATCH = expect.stringContaining('do not match')

describe('a one-time link', () => {
  it('comes by letter, encrypted, to the address of the account, and sets the password once', async () => {
    const id = await person('ida', { requiredActions: ['UPDATE_PASSWORD'] })
    expect(await link(id)).toMatchObject({ sentTo: 'ida@example.org' })
    expect(letters).toMatchObject([{ to: ['ida@example.org'], secure: true, user: LOGIN.user }])
    const sent = /https:\/\/\S+/.exec(letters[0]?.text ?? '')?.[0] as string
    expect(sent).toMatch(/^https:\/\/localhost:8443\/realms\/akko\/login-actions\/action-token\?key=[\w-]{43}$/)
    const browser = new Browser(identity)
    await browser.go(sent)
    const page = await browser.go(sent)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.page).toContain('At least 10 characters. Not one of your last 3.')
    const answers = []
    for (const fields of [{ ...both('long enough 1'), 'password-confirm': 'another 123' }, both('short'), both('IDA')])
      answers.push(problemIn((await browser.submit(page, fields)).page))
    expect(answers).toEqual(['The two passwords differ.', 'Invalid password: minimum length 10.', 'Invalid password: minimum length 10.'])
    expect((await browser.submit(page, both('ida of ten chars'))).page).toContain('Your password is set')
    expect(await logIn('ida', 'ida of ten chars')).toBe('ida')
    expect((await identity.admin('GET', `/akko/users/${id}`)).body).toMatchObject({ emailVerified: true, requiredActions: [] })
    const again = await browser.submit(page, both('somebody else’s'))
    expect([again.status, again.page]).toEqual([410, expect.stringContaining('This link was used')])
    expect((await browser.go(sent)).status).toBe(410)
    const rows = await identity.store.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${identity.store.db.t.action_links}`)
    expect(rows[0]?.n).toBe(0)
  })

  it('is known to the store by a hash alone; of two who use it at once, one sets the password', async () => {
    const id = await person('kit')
    const { link: url } = await link(id, '?send=false')
    const token = new URL(url).searchParams.get('key') as string
    const [row] = await identity.store.db.query<{ text: string }>(`SELECT l::text AS text FROM ${identity.store.db.t.action_links} l`)
    expect(row?.text).toContain(id)
    expect(row?.text).not.toContain(token)
    const post = (password: string) =>
      identity.fetch(url.split('?')[0] as string, { method: 'POST', body: new URLSearchParams({ key: token, ...both(password) }) })
    const statuses = (await Promise.all([post('first of ten chars'), post('second of ten chars')])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 410])
  })

  it('is ended by a newer one, by a password that is set, by a closed account and by its time', async () => {
    const id = await person('max', first('first of ten chars'))
    const status = async (url: string) => (await identity.fetch(url)).status
    const old = (await link(id, '?send=false')).link
    const newer = (await link(id, '?send=false')).link
    expect([await status(old), await status(newer)]).toEqual([410, 200])
    await identity.admin('PUT', `/akko/users/${id}/reset-password`, { type: 'password', value: 'second of ten chars' })
    expect(await status(newer)).toBe(410)
    const another = (await link(id, '?send=false')).link
    await identity.admin('PUT', `/akko/users/${id}`, { enabled: false })
    await expect(link(id)).rejects.toThrow('User is disabled')
    await identity.admin('PUT', `/akko/users/${id}`, { enabled: true })
    expect(await status(another)).toBe(410)
    const moved = (await link(id)).link
    await identity.admin('PUT', `/akko/users/${id}`, { email: 'elsewhere@example.org' })
    expect(await status(moved)).toBe(410)
    const left = (await link(id)).link
    await identity.admin('POST', `/akko/users/${id}/logout`)
    expect(await status(left)).toBe(410)
    const short = (await link(id, '?send=false&lifespan=1')).link
    await expect.poll(() => status(short), { timeout: 20_000 }).toBe(410)
  })

  it('shows nothing of another address than the one that it was sent to', async () => {
    const id = await person('una')
    const { link: url } = await link(id)
    const { t, run } = identity.store.db
    expect(await run(`UPDATE ${t.action_links} SET mailed_to = 'another@example.org' WHERE user_id = $1`, [id])).toBe(1)
    const browser = new Browser(identity)
    expect((await browser.submit(await browser.go(url), both('una of ten chars'))).page).toContain('Your password is set')
    expect((await identity.admin('GET', `/akko/users/${id}`)).body).toMatchObject({ emailVerified: false })
  })

  it('ends the sessions that the old password began', async () => {
    const id = await person('old', first('first of ten chars'))
    const browser = new Browser(identity)
    const { url } = await begin()
    expect((await browser.submit(await browser.go(url), { username: 'old', password: 'first of ten chars' })).status).toBe(302)
    expect((await browser.go((await begin()).url)).url.href).toContain(COCKPIT_CALLBACK)
    const stranger = new Browser(identity)
    await stranger.submit(await stranger.go((await link(id, '?send=false')).link), both('second of ten chars'))
    expect((await browser.go((await begin()).url)).page).toContain('<h1>Sign in</h1>')
  })

  it('that no server takes is handed over, and the page says so of a form of another’s page', async () => {
    refuseLetters = true
    const id = await person('pia')
    const { problem, sentTo, link: url } = await link(id)
    expect([problem, sentTo]).toEqual([expect.stringContaining('mailbox full'), undefined])
    expect((await identity.fetch(url)).status).toBe(200)
    const body = new URLSearchParams({ key: new URL(url).searchParams.get('key') as string, ...both('pia of ten chars') })
    const foreign = await identity.fetch(url.split('?')[0] as string, { method: 'POST', body, headers: { origin: 'https://evil.example' } })
    expect(foreign.status).toBe(403)
    expect((await identity.fetch(url)).status).toBe(200)
  })

  it('is sent as Keycloak’s admin clients ask for it', async () => {
    const id = await person('rea')
    await identity.admin('PUT', `/akko/users/${id}/execute-actions-email?lifespan=600`, ['UPDATE_PASSWORD'])
    expect(letters[0]?.to).toEqual(['rea@example.org'])
    for (const [path, body, says] of [
      ['', ['VERIFY_EMAIL'], 'requiredActions may hold UPDATE_PASSWORD, CONFIGURE_TOTP here, not VERIFY_EMAIL'],
      ['?client_id=cockpit', ['UPDATE_PASSWORD'], 'client_id is not served here'],
      ['', { a: 1 }, 'Cannot parse the JSON'],
    ] as const)
      await expect(identity.admin('PUT', `/akko/users/${id}/execute-actions-email${path}`, body)).rejects.toThrow(says)
    const nameless = await person('noa', { email: '' })
    await expect(identity.admin('PUT', `/akko/users/${nameless}/execute-actions-email`, ['UPDATE_PASSWORD'])).rejects.toThrow(
      'User email missing',
    )
  })
})

describe('a temporary password', () => {
  it('opens nothing but the page on which another is chosen', async () => {
    const id = await person('tom', first('given of ten chars', true))
    expect((await identity.admin('GET', `/akko/users/${id}`)).body).toMatchObject({ requiredActions: ['UPDATE_PASSWORD'] })
    const browser = new Browser(identity)
    const { url, finish } = await begin()
    const page = await browser.submit(await browser.go(url), { username: 'tom', password: 'given of ten chars' })
    expect(page.page).toContain('<h1>Set your password</h1>')
    expect((await browser.go((await begin()).url)).page).toContain('<h1>Sign in</h1>')
    const same = await browser.submit(page, both('given of ten chars'))
    expect(problemIn(same.page)).toContain('than the one you were given')
    const forged = await browser.submit(
      { ...page, page: page.page.replace(/name="step" value="./, 'name="step" value="x') },
      both('mine of ten chars'),
    )
    expect(forged.status).toBe(403)
    const back = await browser.submit(same, both('mine of ten chars'))
    expect(await finish(back.url)).toBe('tom')
    expect(await logIn('tom', 'given of ten chars')).toEqual(NO_MATCH)
    expect(await logIn('tom', 'mine of ten chars')).toBe('tom')
  })

  it('asks also where a session is open, and a page that is older than a change is not believed', async () => {
    const id = await person('uwe', first('first of ten chars'))
    const browser = new Browser(identity)
    await browser.submit(await browser.go((await begin()).url), { username: 'uwe', password: 'first of ten chars' })
    await identity.admin('PUT', `/akko/users/${id}`, { requiredActions: ['UPDATE_PASSWORD'] })
    const { url, finish } = await begin()
    expect((await browser.go(`${url}&prompt=none`)).url.searchParams.get('error')).toBe('interaction_required')
    const page = await browser.submit(await browser.go(url), { username: 'uwe', password: 'first of ten chars' })
    const other = new Browser(identity)
    const old = await other.submit(await other.go((await begin()).url), { username: 'uwe', password: 'first of ten chars' })
    expect(await finish((await browser.submit(page, both('second of ten chars'))).url)).toBe('uwe')
    expect((await other.submit(old, both('third of ten chars'))).status).toBe(400)
    expect(await logIn('uwe', 'second of ten chars')).toBe('uwe')
  })

  it('is refused where there is no page, in Keycloak’s words', async () => {
    await identity.admin('POST', '/master/users', { username: 'robot', enabled: true, ...first('robot of ten chars', true) })
    const ask = async () =>
      (await fetch(`${identity.base}/realms/master/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: 'robot', password: 'robot of ten chars' }),
      }).then(async (res) => ({ status: res.status, body: await res.json() }))) as { status: number; body: object }
    expect(await ask()).toMatchObject({ status: 400, body: { error: 'invalid_grant', error_description: 'Account is not fully set up' } })
    const [{ id }] = (await identity.admin<[{ id: string }]>('GET', '/master/users?username=robot')).body
    await identity.admin('PUT', `/master/users/${id}/reset-password`, { type: 'password', value: 'robot of ten chars' })
    expect((await ask()).status).toBe(200)
    expect(await adminToken(identity.base)).toMatch(/^ey/)
    await expect(identity.admin('PUT', `/master/users/${id}`, { requiredActions: ['webauthn-register'] })).rejects.toThrow(
      'requiredActions may hold UPDATE_PASSWORD, CONFIGURE_TOTP here, not webauthn-register',
    )
  })
})

describe('the rules of a realm', () => {
  it('name what is wrong with a password, by Keycloak’s names', async () => {
    const id = await person('zoe', first('zoe-1 of ten chars'))
    const set = (value: string) => identity.admin('PUT', `/akko/users/${id}/reset-password`, { type: 'password', value })
    await set('zoe-2 of ten chars')
    await set('zoe-3 of ten chars')
    for (const used of ['zoe-3 of ten chars', 'zoe-2 of ten chars', 'zoe-1 of ten chars'])
      await expect(set(used)).rejects.toThrow('Invalid password: must not be equal to any of last 3 passwords.')
    await set('zoe-4 of ten chars')
    await set('zoe-1 of ten chars')
    const policy = (text: string) => identity.admin('PUT', '/akko', { passwordPolicy: text })
    const before = (await identity.admin<{ passwordPolicy: string }>('GET', '/akko')).body.passwordPolicy
    expect(before).toBe('length(10) and notUsername(undefined) and passwordHistory(3)')
    await policy('upperCase(1) and digits(2) and specialChars(1) and notEmail and notContainsUsername and maxLength(20)')
    for (const [value, rule] of [
      ['lower case 12', 'must contain at least 1 upper case characters.'],
      ['Upper case 1', 'must contain at least 2 numerical digits.'],
      ['Upper12', 'must contain at least 1 special characters.'],
      ['Zoe-12', 'Can not contain the username.'],
      ['A much longer password 12', 'maximum length 20.'],
    ] as const)
      await expect(set(value)).rejects.toThrow(`Invalid password: ${rule}`)
    await expect(policy('length(8) and regexPattern(a+)')).rejects.toThrow('password policy regexPattern(a+) is not served here')
    await expect(policy('length(x)')).rejects.toThrow('takes a number')
    await expect(identity.admin('PUT', '/akko', { passwordPolicy: ['length(8)'] })).rejects.toThrow('passwordPolicy is no text but a list')
    await policy('')
    const browser = new Browser(identity)
    const empty = await browser.submit(await browser.go((await link(id, '?send=false')).link), both(''))
    expect([empty.status, problemIn(empty.page)]).toEqual([400, 'Invalid password: must not be empty.'])
    await policy(before)
  })

  it('are asked before anything else of an account is changed', async () => {
    const id = await person('yan', first('yan-1 of ten chars'))
    const path = `/akko/users/${id}`
    const change = (value: string, more: object) => identity.admin('PUT', path, { firstName: 'Yan', ...first(value), ...more })
    await expect(change('short', {})).rejects.toThrow('minimum length 10')
    await expect(change('yan-1 of ten chars', {})).rejects.toThrow('last 3 passwords')
    await expect(change('yan-2 of ten chars', { username: 'zoe' })).rejects.toThrow('User exists with same username')
    const two = [...first('yan-2 of ten chars').credentials, ...first('short').credentials]
    await expect(identity.admin('PUT', path, { firstName: 'Yan', credentials: two })).rejects.toThrow('credentials')
    expect((await identity.admin('GET', path)).body).not.toHaveProperty('firstName')
    expect(await logIn('yan', 'yan-1 of ten chars')).toBe('yan')
    await change('yan-2 of ten chars', {})
    expect((await identity.admin('GET', path)).body).toMatchObject({ firstName: 'Yan' })
    expect(await logIn('yan', 'yan-2 of ten chars')).toBe('yan')
  })

  it('count guesses at a name and at its e-mail address as guesses at one account', async () => {
    await person('eva', first('eva-1 of ten chars'))
    for (const name of ['eva', 'eva@example.org', 'EVA@example.org']) expect(await logIn(name, 'guessed')).toEqual(NO_MATCH)
    expect((await identity.store.failures.of('akko', ['eva'])).failures).toBe(3)
    expect((await identity.store.failures.of('akko', ['eva@example.org'])).failures).toBe(0)
    expect(await logIn('eva@example.org', 'eva-1 of ten chars')).toBe('eva')
    expect((await identity.store.failures.of('akko', ['eva'])).failures).toBe(0)
  })

  it('are those of the settings again after a restart', async () => {
    await identity.admin('PUT', '/akko', { passwordPolicy: 'length(1)' })
    await identity.restart()
    expect((await identity.admin<{ passwordPolicy: string }>('GET', '/akko')).body.passwordPolicy).toContain('length(10)')
  })
})
