import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTpchConnector } from '#parts/sql/connectors/tpch/index'
import { rowsOf } from '#parts/sql/connectors/tpch/rows'
import { COLUMNS, SCHEMAS, TABLES } from '#parts/sql/connectors/tpch/tables'
import { createTextPool } from '#parts/sql/connectors/tpch/text'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'
import { ROLES } from '#platform/names'
import { createPolicy } from '#runtime/policy'
import { CHECKED, type Checked, checksumStatement, checksums, keyOf } from '#test/tpch/checksums'
import { print } from '#wire/duckdb/sql'

const ROLE_OF: Readonly<Record<string, string>> = { ann: ROLES.analyst, ada: ROLES.admin, vic: ROLES.viewer }
/** Less than the tables of `tiny` take. */
const KEEP_BYTES = 200_000

let bench: Bench
let connector: ReturnType<typeof createTpchConnector>
let sql: Awaited<ReturnType<typeof startSql>>
const folder = () => join(bench.root, 'tpch')
const kept = () => (existsSync(folder()) ? readdirSync(folder()).sort() : [])
const run = (text: string, user = 'ann', headers = {}) => ask(sql.url, text, { 'x-trino-user': user, ...headers })
const rows = async (text: string, user?: string) => {
  const { rows, error } = await run(text, user)
  if (error) throw new Error(`${text}: ${error.errorName}: ${error.message}`)
  return rows
}
const refusal = async (text: string, user?: string) => {
  const { error } = await run(text, user)
  return error && `${error.errorName}: ${error.message}`
}

beforeAll(async () => {
  bench = await openBench()
  const authoriser = createPolicy().authoriser
  const { engine, files } = bench
  connector = createTpchConnector({ catalog: 'tpch', folder: folder(), files, engine, authoriser, keepBytes: KEEP_BYTES, maxScale: 1 })
  sql = await startSql(bench, {
    authoriser,
    connectors: { tpch: connector },
    personNow: async (user) => ({ roles: [ROLE_OF[user] ?? 'nobody'] }),
  })
}, 60_000)
afterAll(async () => {
  await sql.stop()
  await connector.close()
  await bench.close()
})

describe('the catalogue tpch', () => {
  it('shows what Trino’s connector shows', async () => {
    expect((await rows('SHOW SCHEMAS FROM tpch')).flat()).toEqual(['information_schema', ...SCHEMAS])
    expect((await rows('SHOW TABLES FROM tpch.sf30000')).flat()).toEqual(TABLES)
    expect(await rows('DESCRIBE tpch."sf0.1".region')).toEqual([
      ['regionkey', 'bigint', '', ''],
      ['name', 'varchar(25)', '', ''],
      ['comment', 'varchar(152)', '', ''],
    ])
    expect(await rows('SHOW CREATE TABLE tpch.tiny.orders')).toEqual([
      [
        'CREATE TABLE tpch.tiny.orders (\n   orderkey bigint NOT NULL,\n   custkey bigint NOT NULL,\n   orderstatus varchar(1) NOT NULL,\n   totalprice double NOT NULL,\n   orderdate date NOT NULL,\n   orderpriority varchar(15) NOT NULL,\n   clerk varchar(15) NOT NULL,\n   shippriority integer NOT NULL,\n   comment varchar(79) NOT NULL\n)',
      ],
    ])
    expect(await rows("SELECT connector_name FROM system.metadata.catalogs WHERE catalog_name = 'tpch'")).toEqual([['tpch']])
    for (const absent of ['sf0', 'sf0.00', 'foo', 'sf-1', 'sfx'])
      expect(await refusal(`SELECT * FROM tpch."${absent}".region`)).toBe(`SCHEMA_NOT_FOUND: line 1:15: Schema '${absent}' does not exist`)
    expect(await refusal('SELECT * FROM tpch.sf1.xx')).toBe("TABLE_NOT_FOUND: line 1:15: Table 'tpch.sf1.xx' does not exist")
  })

  it('has every row of tiny as the real Trino has it', async () => {
    const wanted = checksums()
    for (const checked of CHECKED.filter(({ schema }) => schema === 'tiny'))
      expect([keyOf(checked), ...((await rows(checksumStatement(checked)))[0] ?? [])]).toEqual([
        keyOf(checked),
        ...(wanted[keyOf(checked)] ?? []),
      ])
    expect(await rows('SELECT row_number, name FROM tpch.tiny.nation WHERE nationkey = 18')).toEqual([[18, 'CHINA']])
  }, 120_000)

  it('has the first rows of sf1 as the real Trino has them', () => {
    const pool = createTextPool()
    const wanted = checksums()
    for (const checked of CHECKED.filter(({ first }) => first !== undefined))
      expect([keyOf(checked), ...comesTo(checked, pool)]).toEqual([keyOf(checked), ...(wanted[keyOf(checked)] ?? [])])
  }, 120_000)

  it('tells the planner how many rows a table has', async () => {
    const caller = { sub: 'ann', roles: [ROLES.analyst], via: 'bearer', requestId: 'r' } as const
    const { spool } = await bench.files.open(caller, 'planned')
    const { signal } = new AbortController()
    const context = { queryId: 'planned', caller, spool, signal, over: signal }
    const { relation } = await connector.scan(context, { schema: 'tiny', table: 'orders', columns: ['orderkey'], predicates: [] })
    const duck = await (await DuckDBInstance.create(':memory:')).connect()
    const plan = await duck.runAndReadAll(`EXPLAIN SELECT * FROM ${print(relation, { maxLength: 10_000 })}`)
    expect(String(plan.getRows())).toMatch(/~15,000 rows/)
    duck.closeSync()
    await bench.files.release(caller, 'planned')
  })

  it('refuses by name what is not made here, and every change', async () => {
    expect(await refusal('SELECT * FROM tpch.sf100.orders')).toBe(
      'NOT_SUPPORTED: making the rows of tpch.sf100 (scales from 0.001 to 1 are made here) is not supported (an administrator raises sql.tpchScale)',
    )
    expect(await refusal('SELECT * FROM tpch."sf0.0001".orders')).toMatch(/^NOT_SUPPORTED/)
    for (const [statement, what] of [
      ['CREATE SCHEMA tpch.x', 'creating schemas'],
      ['CREATE TABLE tpch.tiny.x (a integer)', 'creating tables'],
      ['CREATE TABLE tpch.tiny.x AS SELECT 1 AS x', 'creating tables with data'],
      ['INSERT INTO tpch.tiny.region SELECT * FROM tpch.tiny.region', 'inserts'],
      ['DELETE FROM tpch.tiny.region', 'modifying table rows'],
      ["UPDATE tpch.tiny.region SET name = 'x'", 'modifying table rows'],
      ['TRUNCATE TABLE tpch.tiny.region', 'truncating tables'],
      ['DROP TABLE tpch.tiny.region', 'dropping tables'],
      ['ALTER TABLE tpch.tiny.region RENAME TO x', 'renaming tables'],
      ['ALTER TABLE tpch.tiny.region ADD COLUMN x integer', 'adding columns'],
      ['ALTER TABLE tpch.tiny.region DROP COLUMN name', 'dropping columns'],
      ['ALTER TABLE tpch.tiny.region RENAME COLUMN name TO x', 'renaming columns'],
      ['ALTER TABLE tpch.tiny.region ALTER COLUMN name SET DATA TYPE varchar', 'setting column types'],
      ['ALTER TABLE tpch.tiny.region ALTER COLUMN name DROP NOT NULL', 'dropping a not null constraint'],
      ["COMMENT ON TABLE tpch.tiny.region IS 'x'", 'setting table comments'],
      ["COMMENT ON COLUMN tpch.tiny.region.name IS 'x'", 'setting column comments'],
      ['CREATE VIEW tpch.tiny.v AS SELECT 1 AS x', 'creating views'],
    ] as const)
      expect([statement, await refusal(statement, 'ada')]).toEqual([statement, `NOT_SUPPORTED: This connector does not support ${what}`])
    expect(await refusal('SELECT * FROM tpch.tiny.region FOR VERSION AS OF 1')).toMatch(/^NOT_SUPPORTED.*versioned tables/)
  })

  it('is for those whose grants cover it', async () => {
    expect(await rows('SELECT count(*) FROM tpch.tiny.region', 'ada')).toEqual([[5]])
    expect(await rows('SHOW TABLES FROM tpch.tiny', 'ann')).toHaveLength(TABLES.length)
    expect(await refusal('SHOW TABLES FROM tpch.tiny', 'vic')).toMatch(/^SCHEMA_NOT_FOUND/)
    expect(await refusal('SELECT * FROM tpch.tiny.region', 'vic')).toMatch(/^SCHEMA_NOT_FOUND/)
  })
})

describe('its files', () => {
  it('are made once for all who wait, and not for nobody', async () => {
    const limited = await run('SELECT count(*) FROM tpch."sf0.9".lineitem', 'ann', { 'x-trino-session': 'query_max_run_time=1s' })
    expect(limited.error?.errorName).toBe('EXCEEDED_TIME_LIMIT')
    const counts = await Promise.all(['ann', 'ada', 'ann'].map((user) => rows('SELECT count(*) FROM tpch."sf0.002".orders', user)))
    expect(counts).toEqual([[[3000]], [[3000]], [[3000]]])
    expect(kept()).not.toContain('0.9-lineitem.parquet')
    expect(kept()).toContain('0.002-orders.parquet')
  }, 120_000)

  it('that were not used for longest go where they are too many', async () => {
    for (const table of TABLES) await rows(`SELECT count(*) FROM tpch.tiny.${table}`)
    expect(kept().filter((name) => name.startsWith('0.01-')).length).toBeLessThan(TABLES.length)
    expect(await rows('SELECT count(*) FROM tpch.tiny.customer')).toEqual([[1500]])
  }, 120_000)
})

/** The same as `checksumStatement` of a beginning, over what is made. */
function comesTo({ table, first = 0 }: Checked, pool: Buffer): string[] {
  const types = ['bigint', ...COLUMNS[table].map((c) => c.type)]
  let sum = 0n
  let count = 0
  for (const lines of rowsOf(table, { pool, scale: 1 })) {
    if (Number.parseInt(lines, 10) > first) break
    for (const line of lines.slice(0, -1).split('\n')) {
      const texts = line.split('|').map((field, i) => (types[i] === 'double' ? String(Math.round(Number(field) * 100)) : field))
      sum ^= createHash('md5').update(texts.join('|')).digest().readBigInt64BE()
      count++
    }
  }
  return [String(count), String(sum)]
}
