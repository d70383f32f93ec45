// Tables that keep themselves healthy: what is due is told, done by the part's own person behind people, and done once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser, Caller } from '#kit/access'
import { createLog } from '#kit/log'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'
import { createMaintenance, type Maintenance } from '#parts/sql/maintenance'
import { queryFor } from '#parts/sql/resource-kinds'
import { ask, ENDLESS } from '#parts/sql/testing'
import { send } from '#parts/storage/fixture'

const NO_AGE = 'iceberg.expire_snapshots_min_retention=0s'
const settings = { enabled: false, everyHours: 1, afterMinutes: 1, maxMinutes: 1, maxGigabytes: 1 }
const recorded: string[] = []
const record: NonNullable<Authoriser['record']> = async ({ sub }, action, { kind, path }, { allow }) => {
  if (sub === 'maintenance') recorded.push(`${allow ? 'may' : 'may not'} ${action} ${kind} ${path.slice(0, 3).join('.')}`)
}
let lake: TestLake
let maintenance: Maintenance
beforeAll(async () => {
  lake = await startTestLake(
    {
      roleGrants: {
        engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true },
        clerk: { read: ['iceberg.*'], filtered: true },
        admin: { all: true },
      },
      masks: {},
      classified: [],
      rowFilters: [{ schemas: ['iceberg.ns'], column: 'hidden', filter: 'NOT {column}' }],
    },
    (user) => ({ ada: ['engineer'], carl: ['clerk'], root: ['admin'] })[user] ?? [],
    undefined,
    { keepMs: 0, record, maintenance: { catalog: 'iceberg', settings } },
  )
  maintenance = lake.sql.maintenance as Maintenance
}, 120_000)
afterAll(() => lake?.stop())

const count = async (of: string) => Number((await lake.rows(`SELECT count(*) FROM ${of}`))[0]?.[0])
const due = async (table: string) =>
  (await lake.rows(`SELECT call, items FROM "${table}$maintenance"`)).map(([call, items]) => `${call}: ${items}`)
const fill = async (table: string, times: number) => {
  for (let i = 0; i < times; i++) await lake.rows(`INSERT INTO ${table} VALUES (${i}, 'row ${i}')`)
}
/** The path of the table's folder in the storage. */
const folderOf = async (table: string) => {
  const [file] = (await lake.rows(`SELECT file_path FROM "${table}$files" LIMIT 1`)) as [[string]]
  return file[0].replace('s3:/', '').replace(/\/data\/.*/, '')
}
const put = (path: string) => send(lake.storage.endpoint, { method: 'PUT', path, body: 'x' })
const theirs = (table: string) => lake.pyiceberg(`print(sorted(map(str, c.load_table('ns.${table}').scan().to_arrow().to_pylist())))`)
const state = async (table: string) => [
  await count(`"${table}$files"`),
  await count(`"${table}$snapshots"`),
  await count(`"${table}$manifests"`),
]

describe('what a table is due for', () => {
  it('is told, and nothing is done by asking', async () => {
    await lake.rows('CREATE TABLE busy (id integer, name varchar)')
    await lake.rows('CREATE TABLE alone (id integer, name varchar)')
    expect(await due('busy')).toEqual([])
    await fill('busy', 6)
    await lake.rows('DELETE FROM busy WHERE id = 2')
    await put(`${await folderOf('busy')}/data/stray.parquet`)
    await fill('alone', 6)
    await lake.pyiceberg("t = c.load_table('ns.alone')\nwith t.transaction() as x: x.set_properties({'akko.maintenance.enabled': 'false'})")
    const before = await state('busy')
    expect(await due('busy')).toEqual([
      'optimize: 5',
      'optimize_manifests: 6',
      "expire_snapshots(retention_threshold => '0ms'): 6",
      "remove_orphan_files(retention_threshold => '0ms'): 1",
    ])
    expect(await state('busy')).toEqual(before)
    expect(await due('alone')).toEqual([])
  })

  it('is told to who may see all of the table', async () => {
    await lake.rows('CREATE TABLE marked AS SELECT 1 AS id, true AS hidden')
    expect((await lake.ask('SELECT * FROM "marked$maintenance"', 'carl')).error?.errorName).toBe('PERMISSION_DENIED')
  })
})

describe('a run', () => {
  it('does it: fewer files with the same rows, once; and what a table does not want is left', async () => {
    const before = [await theirs('busy'), await state('alone')]
    const first = await maintenance.run()
    expect(first).toMatchObject({ failed: 0, left: 0, tables: 3 })
    expect(first.done).toBeGreaterThan(2)
    expect(await count('"busy$files"')).toBe(1)
    expect(await count('"busy$snapshots"')).toBeLessThanOrEqual(2)
    expect([await theirs('busy'), await state('alone')]).toEqual(before)
    await maintenance.run()
    expect(await maintenance.run()).toMatchObject({ done: 0, failed: 0, left: 0 })
    expect(await theirs('busy')).toBe(before[0])
  })

  it('is of a person that may keep tables and nothing else, on record', async () => {
    expect(recorded).toContain('may write table iceberg.ns.busy')
    const onTables = recorded.filter((line) => / (catalog|schema|table|view) /.test(line) && !/^may (list|read) /.test(line))
    expect(new Set(onTables)).toEqual(new Set(['may write table iceberg.ns.busy']))
    const history = await lake.rows("SELECT query FROM system.runtime.queries WHERE user = 'maintenance'", 'root')
    expect(history.flat().filter((text) => /^ALTER TABLE "iceberg"\."ns"\."busy" EXECUTE/.test(String(text))).length).toBeGreaterThan(2)
  })

  it('waits for people, and leaves for another time what it has no time for', async () => {
    await fill('busy', 6)
    const long = ask(lake.sql.url, ENDLESS, { 'x-trino-user': 'ada' })
    await expect.poll(() => lake.sql.counts.running, { timeout: 20_000 }).toBeGreaterThan(0)
    const before = await state('busy')
    const run = maintenance.run()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const [running] = (await lake.rows(
      "SELECT query_id FROM system.runtime.queries WHERE state = 'RUNNING' AND user = 'ada' AND query LIKE '%UNNEST%'",
    )) as [[string]]
    expect(await state('busy')).toEqual(before)
    await fetch(`${lake.sql.url}/v1/query/${running[0]}`, { method: 'DELETE', headers: { 'x-trino-user': 'ada' } })
    await long
    expect(await run).toMatchObject({ failed: 0, left: 0 })
    expect(await count('"busy$files"')).toBe(1)
  })

  it('takes no orders from a table that somebody calls as if it told of another', async () => {
    await lake.rows('CREATE TABLE "odd$name" (id integer)')
    for (const id of [1, 2]) await lake.rows(`INSERT INTO "odd$name" VALUES (${id})`)
    await lake.rows(`CREATE TABLE "odd$name$maintenance" AS SELECT 'expire_snapshots(retention_threshold => ''0s'')' AS call, 0 AS bytes`)
    expect(await maintenance.run()).toMatchObject({ failed: 0, left: 0 })
    expect(await lake.pyiceberg("print(len(c.load_table('ns.odd$name').snapshots()))")).toBe('2')
  })

  it('gives statements that are not those of a person of its name', async () => {
    const callers: Caller[] = []
    const manager = {
      list: () => [],
      cancel: () => {},
      page: async () => undefined,
      submit: ({ caller }: { caller: Caller }) => void callers.push(caller),
    }
    const alone = createMaintenance({ catalog: 'iceberg', manager: manager as never, settings, log: createLog('test') })
    await alone.run().catch(() => undefined)
    const namesake: Caller = { sub: 'maintenance', account: 'of a person', roles: [], via: 'bearer', requestId: 'r' }
    for (const action of ['list', 'read', 'manage'] as const)
      expect((await lake.policy.decide(namesake, action, queryFor(namesake, { id: 'q', caller: callers[0] as Caller }))).allow).toBe(false)
  })

  it('removes no file that it did not look at, of its own folder', async () => {
    const beside = `${await folderOf('busy')}-beside/data/x.parquet`
    await put(beside)
    await maintenance.run()
    expect((await send(lake.storage.endpoint, { path: beside })).status).toBe(200)
  })
})

describe('a snapshot that a query has opened', () => {
  it('does not expire before the query is over', async () => {
    await lake.rows('CREATE TABLE held (id integer, name varchar)')
    await fill('held', 3)
    const [old] = (await lake.rows('SELECT CAST(snapshot_id AS varchar) FROM "held$snapshots" ORDER BY committed_at LIMIT 1')) as [[string]]
    const endless = `SELECT count(*) FROM held FOR VERSION AS OF ${old[0]} AS h CROSS JOIN (${ENDLESS})`
    const long = lake.ask(endless)
    const running = async () =>
      (
        await lake.rows(
          "SELECT query_id FROM system.runtime.queries WHERE state = 'RUNNING' AND query LIKE '%VERSION AS OF%UNNEST%' AND query NOT LIKE '%runtime%'",
        )
      )[0]?.[0]
    await expect.poll(running, { timeout: 20_000 }).toBeDefined()
    const expire = () => lake.ask("ALTER TABLE held EXECUTE expire_snapshots(retention_threshold => '0s')", 'ada', NO_AGE)
    expect((await expire()).error).toBeUndefined()
    expect(await count('"held$snapshots"')).toBe(2)
    expect(await lake.rows(`SELECT id FROM held FOR VERSION AS OF ${old[0]}`)).toEqual([[0]])
    await fetch(`${lake.sql.url}/v1/query/${await running()}`, { method: 'DELETE', headers: { 'x-trino-user': 'ada' } })
    await long
    // Its client is told of the end a moment before all of it is given back.
    const left = async () => ((await expire()).error ? undefined : count('"held$snapshots"'))
    await expect.poll(left, { timeout: 10_000 }).toBe(1)
  })
})
