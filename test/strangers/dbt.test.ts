// dbt-trino as a stranger: a project with each kind of model, built on two days, with its tests, its snapshot and its documents.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dbt } from '#test/support/judges'
import { platform, run } from '#test/support/platform'
import { ask, type SqlServer } from '#test/support/trino'

const TABLES = ['dbt_orders', 'dbt_append', 'dbt_merge', 'dbt_delete_insert', 'dbt_history']
let env: Record<string, string>
let ours: SqlServer
let dir: string

const rows = async (sql: string) => {
  const answer = await ask(ours, sql)
  expect(answer.error, sql).toBeUndefined()
  return answer.rows
}
const all = (table: string) => rows(`SELECT * FROM iceberg.staging.${table} ORDER BY 1, 2, 3`)

/** What dbt printed; a model or a test of it that fails is one of ours. */
async function shop(days: number, ...args: string[]): Promise<string> {
  const where = ['--project-dir', dir, '--profiles-dir', dir]
  const quiet = { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', DO_NOT_TRACK: '1' }
  const result = await run(dbt(), ['--no-use-colors', ...args, ...where], {
    // The client takes no authority from the profile beside a token.
    env: { ...process.env, ...quiet, SHOP_DAYS: String(days), REQUESTS_CA_BUNDLE: env.AKKO_CA_FILE },
  })
  expect(result.code, result.stdout + result.stderr).toBe(0)
  return result.stdout
}

const clean = async () => {
  await rows('DROP VIEW IF EXISTS iceberg.staging.dbt_days')
  for (const table of TABLES) await rows(`DROP TABLE IF EXISTS iceberg.staging.${table}`)
}

beforeAll(async () => {
  env = await platform().env()
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(env.AKKO_CA_FILE as string, 'utf8')])
  ours = { url: env.AKKO_SQL_URL as string, user: env.AKKO_SQL_USER as string, token: env.AKKO_SQL_TOKEN as string }
  dir = mkdtempSync(join(tmpdir(), 'akko-dbt-'))
  cpSync(join(import.meta.dirname, 'dbt'), dir, { recursive: true })
  const url = new URL(ours.url)
  const target = {
    ...{ type: 'trino', method: 'jwt', user: ours.user, jwt_token: ours.token, threads: 2 },
    ...{ host: url.hostname, port: Number(url.port), http_scheme: 'https', database: 'iceberg', schema: 'staging' },
  }
  writeFileSync(join(dir, 'profiles.yml'), JSON.stringify({ akko: { target: 'dev', outputs: { dev: target } } }), { mode: 0o600 })
  await clean()
})
afterAll(async () => {
  if (ours) await clean()
  if (dir) rmSync(dir, { recursive: true, force: true })
})

describe('a dbt project', () => {
  it('is built: table, view, incremental models, snapshot and tests', async () => {
    expect(await shop(1, 'build')).toContain('PASS=12 WARN=0 ERROR=0 SKIP=0')
    const first = [
      [1, '10.50', 1],
      [2, '4.50', 1],
    ]
    for (const table of ['dbt_append', 'dbt_merge', 'dbt_delete_insert']) expect(await all(table), table).toEqual(first)
    expect(await all('dbt_days')).toEqual([['2026-01-01', 2, '15.00']])
  })

  it('is built again with what came since', async () => {
    expect(await shop(2, 'build')).toContain('PASS=12 WARN=0 ERROR=0 SKIP=0')
    expect(await all('dbt_orders')).toEqual([
      [1, '2026-01-01', '21.00'],
      [2, '2026-01-01', '4.50'],
      [3, '2026-01-02', '7.00'],
    ])
    expect(await all('dbt_days')).toEqual([
      ['2026-01-01', 2, '25.50'],
      ['2026-01-02', 1, '7.00'],
    ])
    const now = [
      [1, '21.00', 2],
      [2, '4.50', 2],
      [3, '7.00', 2],
    ]
    for (const table of ['dbt_merge', 'dbt_delete_insert']) expect(await all(table), table).toEqual(now)
    expect(await rows('SELECT run, count(*), sum(amount) FROM iceberg.staging.dbt_append GROUP BY run ORDER BY run')).toEqual([
      [1, 2, '15.00'],
      [2, 3, '32.50'],
    ])
    const history = 'SELECT id, amount, dbt_valid_to IS NULL FROM iceberg.staging.dbt_history ORDER BY id, dbt_valid_from'
    expect(await rows(history)).toEqual([
      [1, '10.50', false],
      [1, '21.00', true],
      [2, '4.50', true],
      [3, '7.00', true],
    ])
  })

  it('is documented, in the lake and from it', async () => {
    await shop(2, 'docs', 'generate', '--no-compile')
    const { nodes, errors } = JSON.parse(readFileSync(join(dir, 'target/catalog.json'), 'utf8'))
    expect(errors).toBeNull()
    expect(nodes['model.shop.dbt_orders']).toMatchObject({
      metadata: { type: 'BASE TABLE', comment: "orders, it's all" },
      columns: { id: { type: 'integer', comment: 'key' }, day: { type: 'date', comment: 'when' } },
    })
    expect(nodes['model.shop.dbt_days']).toMatchObject({
      metadata: { type: 'VIEW', comment: 'by day' },
      columns: { day: { comment: 'when' } },
    })
    expect(Object.keys(nodes)).toHaveLength(6)
  })
})
