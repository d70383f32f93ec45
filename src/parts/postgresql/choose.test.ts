// The chain of providers: chosen once, kept, and honest about what is lacking.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { choosePostgresProvider } from '#parts/postgresql/choose'
import { type Provider, type ProviderKind, recordProvider, unavailableExtensions } from '#parts/postgresql/provider'
import { parseOsRelease } from '#parts/postgresql/providers/apt'
import { createTestHome, NEED, prepareOptions, startServer, type TestHome } from '#parts/postgresql/test-server'

let home: TestHome
beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

const choose = (preference: 'auto' | ProviderKind, more: object = {}) =>
  choosePostgresProvider({ records: home.home, preference, need: NEED, cacheDir: home.cacheDir, progress: () => {}, ...more })

describe('choosing', () => {
  it('takes one that has everything, says why, and keeps it', async () => {
    const chosen = await choose('auto')
    expect(unavailableExtensions(chosen)).toEqual([])
    expect(chosen.major).toBeGreaterThanOrEqual(15)
    expect(chosen.reason).not.toBe('')
    expect(
      execFileSync(join(chosen.bin, 'postgres'), ['--version'], { encoding: 'utf8', env: { ...process.env, ...chosen.env } }),
    ).toContain(chosen.version)
    expect(await choose('auto')).toEqual(chosen)
  }, 300_000)

  it('refuses another preference than the recorded one', async () => {
    await choose('packages')
    await expect(choose('npm')).rejects.toThrow(/uses the PostgreSQL provider packages, and the configuration now asks for npm/)
  }, 300_000)

  it('says what is gone, and takes no other in its place', async () => {
    const gone: Provider = { kind: 'packages', version: '15.1', major: 15, bin: '/nowhere/bin', env: {}, extensions: {}, reason: '' }
    recordProvider(home.home, gone)
    await expect(choose('auto')).rejects.toMatchObject({ code: 'postgresql.provider_vanished', hint: expect.stringContaining('untouched') })
  })

  it('refuses a recorded provider that has become another major', async () => {
    const provider = await choose('packages')
    recordProvider(home.home, { ...provider, major: 14, version: '14.9' })
    await expect(choose('auto')).rejects.toThrow(`it is PostgreSQL ${provider.version} now`)
  }, 300_000)
})

describe.each([
  ['pypi', ['postgis', 'pgaudit']],
  ['npm', ['postgis', 'vector', 'pgaudit']],
] as const)('%s', (kind, lacking) => {
  it('starts, and tells what it lacks', async () => {
    const provider = await choose(kind)
    expect(provider.kind).toBe(kind)
    expect(unavailableExtensions(provider)).toEqual(lacking)
    const server = await startServer(await prepareOptions(home, provider, 'postgresql-data'))
    expect(server.log()).toContain('ready to accept connections')
    await server.stop()
  }, 300_000)
})

it('knows the Debian family by os-release', () => {
  expect(parseOsRelease('ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n')).toEqual({ id: 'ubuntu', codename: 'noble', family: true })
  expect(parseOsRelease('PRETTY_NAME="Fedora"\nID=fedora\n')).toMatchObject({ family: false })
})
