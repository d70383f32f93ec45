// Instances: apart at DuckDB's own level (nothing here passes the door), kept while in use, closed when idle.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { QueryFailed, StatementRefused } from '#parts/engine/errors'
import type { Tenant } from '#parts/engine/instance'
import type { OwnSession, Session } from '#parts/engine/session'
import { createTenants, type Tenants } from '#parts/engine/tenants'

const MIB = 1024 * 1024
let home: string
let tenants: Tenants
const make = (options: { keep?: number; idleMs?: number; threads?: number } = {}) =>
  createTenants({
    spoolRoot: join(home, 'spool'),
    workDir: join(home, 'work'),
    slots: 2,
    keep: options.keep ?? 2,
    idleMs: options.idleMs ?? 60_000,
    bounds: { memoryLimitBytes: 256 * MIB, threads: options.threads ?? 1, tempLimitBytes: 256 * MIB },
  })
const spool = (tenant: string, query = 'q') => {
  const path = join(home, 'spool', tenant, query)
  mkdirSync(path, { recursive: true })
  return path
}

const use = <T>(spool: string, work: (tenant: Tenant) => Promise<T>, apart = false) =>
  tenants.use({ spool, apart, ...(spool === '' && apart ? { owner: 'ana' } : {}) }, work)

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'akko-ten-'))
  mkdirSync(join(home, 'spool'))
})
afterEach(async () => {
  await tenants.close()
  rmSync(home, { recursive: true, force: true })
})

async function run(tenant: Tenant, sql: string): Promise<unknown> {
  const session = (await tenant.take()) as OwnSession | Session
  try {
    // To a process only what the engine says is said: the statement stands behind one that is described.
    return 'connection' in session
      ? (await session.connection.runAndReadAll(sql)).getRowsJson()
      : await session.describe(`select 1; ${sql}`)
  } finally {
    tenant.give(session, false)
  }
}
/** DuckDB's kind of error. */
const kind = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: Error) =>
      QueryFailed.is(error) ? String(error.values.type) : (/"exception_type":"([^"]+)"/.exec(error.message)?.[1] ?? error.message),
  )

describe.each([
  ['an instance', false],
  ['an instance in a process of its owner', true],
])('%s', (_where, apart) => {
  it("opens the tenant's folder and no other's, the shared one none", async () => {
    tenants = make()
    for (const name of ['ana', 'bob']) writeFileSync(join(spool(name), 'x.csv'), 'a\n1\n')
    const read = (from: string, path: string) => kind(use(from, (t) => run(t, `from read_csv('${path}')`), apart))
    const [ana, bob] = [spool('ana'), spool('bob')]
    expect(await read(ana, `${ana}/x.csv`)).toBe('none')
    expect(await read(bob, `${bob}/x.csv`)).toBe('none')
    for (const path of [`${bob}/x.csv`, `${ana}/../../bob/q/x.csv`, `${home}/spool/*/q/x.csv`, '/etc/hostname'])
      expect(await read(ana, path)).toBe('Permission')
    for (const path of [`${ana}/x.csv`, `${home}/spool/*/*/x.csv`]) expect(await read('', path)).toBe('Permission')
    const copy = (from: string, path: string) => kind(use(from, (t) => run(t, `copy (select 1) to '${path}'`), apart))
    expect(await copy(ana, `${bob}/y.csv`)).toBe('Permission')
    expect(await copy('', `${ana}/y.csv`)).toBe('Permission')
    expect(readdirSync(bob)).toEqual(['x.csv'])
  })

  it("keeps tenants' pipes apart", async () => {
    tenants = make()
    const pipe = await use(spool('bob'), async ({ fifos }) => await fifos.take(), apart)
    expect(existsSync(pipe)).toBe(true)
    for (const from of [spool('ana'), ''])
      expect(await kind(use(from, (t) => run(t, `copy (select 1) to '${pipe}'`), apart))).toBe('Permission')
  })

  it('is locked: no setting, no extension, no other database', async () => {
    tenants = make()
    for (const from of [spool('ana'), '']) {
      for (const sql of [
        "set temp_directory = '/tmp'",
        "set allowed_directories = ['/']",
        'set enable_external_access = true',
        'set lock_configuration = false',
      ])
        expect(await kind(use(from, (t) => run(t, sql), apart))).toBe('Invalid Input')
      for (const sql of ['install httpfs', "load '/tmp/x.duckdb_extension'", `attach '${home}/x.db'`])
        expect(await kind(use(from, (t) => run(t, sql), apart))).toMatch(/Permission|Invalid/)
    }
  })

  it('shares nothing that was made in it', async () => {
    tenants = make()
    const ask = (from: string, sql: string) => kind(use(from, (t) => run(t, sql), apart))
    expect(await ask(spool('ana'), 'create table only_here as select 1')).toBe('none')
    expect(await ask(spool('ana'), 'from only_here')).toBe('none')
    for (const from of [spool('bob'), '']) expect(await ask(from, 'from only_here')).toBe('Catalog')
    expect(tenants.processes > 0).toBe(apart)
  })
})

it('gives all queries of a tenant one instance, and each tenant its own', async () => {
  tenants = make()
  const id = (from: string) => use(from, async (t) => t)
  const [one, two, other, shared] = await Promise.all([id(spool('ana')), id(spool('ana', 'q2')), id(spool('bob')), id('')])
  expect(two).toBe(one)
  expect(new Set([one, other, shared]).size).toBe(3)
  expect(tenants.size).toBe(3)
})

it('closes what was idle for its time, with its folders; the shared one stays', async () => {
  tenants = make({ idleMs: 50 })
  await use('', async () => {})
  await use(spool('ana'), (t) => run(t, 'select 1'))
  expect(tenants.size).toBe(2)
  await expect.poll(() => tenants.size).toBe(1)
  await expect.poll(() => readdirSync(join(home, 'work', 'pipes')).length).toBe(1)
  expect(readdirSync(join(home, 'work', 'tmp')).length).toBe(1)
  expect(await kind(use(spool('ana'), (t) => run(t, 'select 1')))).toBe('none')
})

it('is not closed while it works, however long', async () => {
  tenants = make({ idleMs: 10, keep: 0 })
  await use(spool('ana'), async (t) => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await kind(run(t, 'select 1'))).toBe('none')
  })
})

it('keeps the most recently used, and more while all are in use', async () => {
  tenants = make({ keep: 2 })
  const id = (name: string) => use(spool(name), async (t) => t)
  const ana = await id('ana')
  const bob = await id('bob')
  expect(await id('ana')).toBe(ana)
  await id('cleo')
  expect(tenants.size).toBe(2)
  expect(await id('ana')).toBe(ana)
  expect(await id('bob')).not.toBe(bob)
  const all = Promise.withResolvers<void>()
  let inside = 0
  const busy = ['d', 'e', 'f', 'g'].map((name) =>
    use(spool(name), async () => {
      if (++inside === 4) all.resolve()
      await all.promise
      return tenants.size
    }),
  )
  expect(await Promise.all(busy)).toContain(4)
  expect(tenants.size).toBe(2)
})

it('gives all threads to who is alone, and to all together no more than two such have', async () => {
  tenants = make({ keep: 8, threads: 5 })
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const threads = (t: Tenant) => run(t, "select current_setting('threads')") as Promise<[[string]]>
  const alone = (name: string) => use(spool(name), async (t) => Number((await threads(t))[0][0]))
  for (const name of [...names, ...names]) expect(await alone(name)).toBe(5)
  const all = Promise.withResolvers<void>()
  let inside = 0
  const told = await Promise.all(
    names.map((name) =>
      use(spool(name), async (t) => {
        if (++inside === names.length) all.resolve()
        await all.promise
        return Number((await threads(t))[0][0])
      }),
    ),
  )
  expect(told.toSorted()).toEqual([1, 1, 1, 1, 5, 5])
  for (const name of names) expect(await alone(name)).toBe(5)
})

it('an instance that does not open is an error for who asked, and the next one tries again', async () => {
  tenants = make()
  writeFileSync(join(home, 'work/pipes'), 'in the way')
  await expect(use(spool('ana'), async () => {})).rejects.toThrow(/ENOTDIR|EEXIST/)
  rmSync(join(home, 'work/pipes'))
  expect(await kind(use(spool('ana'), (t) => run(t, 'select 1')))).toBe('none')
})

it('takes no folder for a spool that is none', async () => {
  tenants = make()
  for (const path of [
    home,
    join(home, 'spool'),
    `${spool('ana')}/..`,
    join(home, 'spool', 'ana'),
    join(home, 'spool', '.shared', 'q'),
    'ana/q',
  ])
    expect(StatementRefused.is(await use(path, async () => {}).catch((error: unknown) => error))).toBe(true)
  expect(tenants.size).toBe(0)
})
