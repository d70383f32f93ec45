// As whom a command works: a user who is not there, a login that is renewed, one that has ended; never as another.
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as oidc from 'openid-client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { askedUser, tokenFor } from '#cli/as-user'
import { Secret } from '#kit/secret'
import { ADMIN, Browser, seed, startTestIdentity, type TestIdentity, USER } from '#parts/identity/test-identity'
import { EVERY_PART } from '#platform/audiences'
import { SQL_CLIENT, secretName } from '#platform/names'
import { frontService, serviceNamed } from '#platform/registry'
import { loadMachine } from '#runtime/home'
import type { Machine } from '#runtime/machine'
import { createFileSecretStore } from '#runtime/secrets'

let identity: TestIdentity
let machine: Machine
const identityPort = serviceNamed('identity').machine?.ports.main ?? 0
const frontPort = frontService().machine?.ports.main ?? 0
const dir = mkdtempSync(join(tmpdir(), 'akko-as-user-'))

beforeAll(async () => {
  identity = await startTestIdentity({ origin: (at) => `https://localhost:${frontPort + at - identityPort}` })
  await seed(identity)
  for (const name of EVERY_PART) await identity.admin('POST', '/akko/clients', { clientId: name }).catch(() => undefined)
  const secrets = createFileSecretStore(dir)
  await secrets.put(secretName.client(SQL_CLIENT), new Secret('trino-secret'))
  await secrets.put(secretName.identityAdmin, new Secret(ADMIN.password))
  const loaded = loadMachine(dir)
  const portOffset = Number(new URL(identity.base).port) - identityPort
  machine = { ...loaded, config: { ...loaded.config, portOffset }, paths: { ...loaded.paths, secrets: dir, records: dir } }
})
afterAll(async () => {
  await identity?.stop()
  rmSync(dir, { recursive: true, force: true })
})

it('is told so, with those who are', async () => {
  expect((await tokenFor(machine, { user: USER.username })).user).toBe(USER.username)
  await expect(tokenFor(machine, { user: 'nope' })).rejects.toMatchObject({
    code: 'user.unknown',
    message: 'there is no user nope',
    hint: expect.stringContaining('admin@demo, user@demo'),
  })
})

it('what single sign-on says of a secret that is not the client’s is told', async () => {
  const secrets = createFileSecretStore(dir)
  await secrets.put(secretName.client(SQL_CLIENT), new Secret('another & its %'))
  try {
    await expect(tokenFor(machine, { user: USER.username })).rejects.toMatchObject({
      code: 'token.refused',
      message: expect.stringMatching(/^single sign-on refused a token for user@demo: client authentication failed/),
    })
  } finally {
    await secrets.put(secretName.client(SQL_CLIENT), new Secret('trino-secret'))
  }
})

it('one who may not log in is no unknown one', async () => {
  await identity.admin('POST', '/akko/users', { username: 'closed', enabled: false })
  await expect(tokenFor(machine, { user: 'closed' })).rejects.toMatchObject({
    code: 'user.disabled',
    hint: expect.stringContaining('akko user enable closed'),
  })
})

describe('a kept login', () => {
  const file = join(dir, 'login.json')
  const write = (kept: object | string) => writeFileSync(file, typeof kept === 'string' ? kept : JSON.stringify(kept), { mode: 0o600 })
  const read = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  afterEach(() => rmSync(file, { force: true }))

  /** As `akko login --device` keeps it, with an access token that has ended. */
  const keepEnded = async (person: { readonly username: string; readonly password: string }) => {
    const options = { [oidc.customFetch]: identity.fetch as oidc.CustomFetch }
    const cli = await oidc.discovery(new URL(identity.issuer), 'cli', undefined, oidc.None(), options)
    const device = await oidc.initiateDeviceAuthorization(cli, { scope: 'openid' })
    const browser = new Browser(identity)
    const linked = await browser.go(device.verification_uri_complete as string)
    const confirm = await browser.submit(linked, { user_code: device.user_code })
    await browser.submit(await browser.submit(confirm, { confirm: 'yes' }), person)
    const tokens = await oidc.pollDeviceAuthorizationGrant(cli, { ...device, interval: 0.1 })
    write({ user: person.username, accessToken: tokens.access_token, refreshToken: tokens.refresh_token, expiresAt: Date.now() - 1000 })
    return { cli, refreshToken: tokens.refresh_token as string }
  }

  it('is renewed when its token ends, again and again, by many commands at once', async () => {
    const first = await keepEnded(USER)
    for (let round = 0; round < 2; round++) {
      const all = await Promise.all([1, 2, 3, 4].map(() => tokenFor(machine, {})))
      for (const token of all) expect(token).toMatchObject({ user: USER.username, accessToken: read().accessToken })
      expect(all[0]?.expiresIn).toBeGreaterThan(200)
      write({ ...read(), expiresAt: Date.now() + 29_000 })
    }
    expect(read().refreshToken).not.toBe(first.refreshToken)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('that has ended is refused by name, and never the administrator’s', async () => {
    const { cli, refreshToken } = await keepEnded(USER)
    await oidc.tokenRevocation(cli, refreshToken)
    for (let twice = 0; twice < 2; twice++)
      await expect(tokenFor(machine, {})).rejects.toMatchObject({
        code: 'login.ended',
        message: expect.stringContaining(`your login as ${USER.username} has ended`),
        hint: expect.stringMatching(/akko login[\s\S]*akko logout/),
      })
    expect((await tokenFor(machine, { user: 'admin@demo' })).user).toBe('admin@demo')
  })

  it('of somebody whose account was closed is refused by name', async () => {
    const person = { username: 'leaver', password: 'leaver-password-1' }
    const credentials = [{ type: 'password', value: person.password, temporary: false }]
    const { location } = await identity.admin('POST', '/akko/users', { username: person.username, enabled: true, credentials })
    await keepEnded(person)
    await identity.admin('PUT', `/akko/users/${location?.split('/').at(-1)}`, { enabled: false })
    await expect(tokenFor(machine, {})).rejects.toMatchObject({ code: 'login.ended' })
  })

  it('while single sign-on is not heard is refused by name', async () => {
    await keepEnded(USER)
    const elsewhere = { ...machine, config: { ...machine.config, portOffset: 50_000 } }
    await expect(tokenFor(elsewhere, {})).rejects.toMatchObject({
      code: 'login.not_renewed',
      message: expect.stringContaining(`your login as ${USER.username} could not be renewed`),
    })
  })

  it.each([
    ['nothing', ''],
    ['half of it', '{"user":"user@demo","acc'],
    ['no object', 'null'],
    ['no token', { user: 'user@demo', expiresAt: 0 }],
    ['no end', { user: 'user@demo', accessToken: 'x' }],
    ['nobody', { user: '', accessToken: 'x', expiresAt: 0 }],
  ])('that holds %s is refused', async (_, text) => {
    write(text)
    await expect(tokenFor(machine, {})).rejects.toMatchObject({ code: 'login.unreadable' })
  })

  it('that is a link to nowhere, or holds nothing to renew it, is refused', async () => {
    symlinkSync(join(dir, 'nowhere'), file)
    await expect(tokenFor(machine, {})).rejects.toMatchObject({ code: 'login.unreadable' })
    rmSync(file)
    write({ user: USER.username, accessToken: 'x', expiresAt: Date.now() + 20_000 })
    await expect(tokenFor(machine, {})).rejects.toMatchObject({ code: 'login.ended' })
  })
})

it('an empty name of a user is nobody’s', () => {
  expect(() => askedUser({ user: '' })).toThrow('--user names nobody')
  expect(() => askedUser({}, { AKKO_USER: '' })).toThrow('AKKO_USER names nobody')
  expect(askedUser({ user: 'ada' }, { AKKO_USER: '' })).toBe('ada')
  expect(askedUser({}, {})).toBeUndefined()
})
