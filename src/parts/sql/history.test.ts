// The history in a real PostgreSQL: every query once, with its end, and nothing lost by a second start.
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPostgresHistory } from '#parts/sql/history'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'
import { createPolicy } from '#runtime/policy'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

let bench: Bench
let server: TempPostgres
let pool: pg.Pool

beforeAll(async () => {
  ;[bench, server] = await Promise.all([openBench(), startTempPostgres()])
  pool = new pg.Pool({ connectionString: server.url('postgres'), max: 4 })
})
afterAll(async () => {
  await pool.end()
  await Promise.all([server.stop(), bench.close()])
})

it('remembers who asked what, and how it ended', async () => {
  const history = createPostgresHistory(pool)
  await Promise.all([history.start(), createPostgresHistory(pool).start()])
  const sql = await startSql(bench, { history })
  const traceparent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01'
  const good = await ask(sql.url, `SELECT 'o''k' AS x FROM UNNEST(ARRAY[1, 2])`, {
    'x-trino-user': 'anna',
    'x-trino-source': 'test',
    traceparent,
  })
  const bad = await ask(sql.url, 'SELECT 1/0', { 'x-trino-user': 'bert' })
  await sql.stop()
  const entries = await history.list({ user: undefined, limit: 10 })
  expect(entries.find((e) => e.queryId === good.id)).toMatchObject({
    user: 'anna',
    source: 'test',
    state: 'FINISHED',
    query: `SELECT 'o''k' AS x FROM UNNEST(ARRAY[1, 2])`,
    rows: 2,
    requestId: '0123456789abcdef0123456789abcdef',
    errorName: undefined,
  })
  expect(entries.find((e) => e.queryId === bad.id)).toMatchObject({ state: 'FAILED', errorName: 'DIVISION_BY_ZERO' })
  expect((await history.list({ user: 'anna', limit: 10 })).map((e) => e.queryId)).toEqual([good.id])
})

it('shows nobody the queries of the account that had his name before', async () => {
  const history = createPostgresHistory(pool)
  const accounts: Record<string, string> = { before: 'a1', after: 'b2' }
  const sql = await startSql(bench, {
    history,
    authentication: 'token',
    authenticator: {
      bearer: async (token) => ({ sub: 'dora', account: accounts[token] as string, roles: ['akko-viewer'], via: 'bearer', requestId: 'r' }),
    },
    authoriser: createPolicy().authoriser,
  })
  const as = (token: string) => ({ authorization: `Bearer ${token}`, 'x-trino-user': 'dora' })
  const first = await ask(sql.url, "SELECT 'mine alone'", as('before'))
  const seen = async (token: string) => {
    const { rows } = await ask(sql.url, 'SELECT query_id FROM system.history.queries', as(token))
    return rows.flat().includes(first.id)
  }
  const status = async (token: string) => (await fetch(`${sql.url}/v1/query/${first.id}`, { headers: as(token) })).status
  expect([await status('before'), await status('after')]).toEqual([200, 403])
  expect([await seen('before'), await seen('after')]).toEqual([true, false])
  await sql.stop()
})

it('remembers statements with characters that no row can hold', async () => {
  const history = createPostgresHistory(pool)
  const sql = await startSql(bench, { history })
  const asked = ['SELECT 11', "SELECT '\0'", 'SELECT 12 -- \0'].map((text) => ask(sql.url, text, { 'x-trino-user': 'carl' }))
  await Promise.all(asked)
  const texts = (await history.list({ user: 'carl', limit: 10 })).map(({ query, state }) => `${query} ${state}`)
  await sql.stop()
  expect(texts.sort()).toEqual(["SELECT '\uFFFD' FAILED", 'SELECT 11 FINISHED', 'SELECT 12 -- \uFFFD FINISHED'].sort())
})

it('marks what a dead server left running', async () => {
  const history = createPostgresHistory(pool)
  await pool.query(
    `INSERT INTO akko_sql.query (query_id, "user", state, query, created, request_id) VALUES ('q', 'u', 'RUNNING', 'SELECT 1', now(), 'r')`,
  )
  await history.start()
  expect((await history.list({ user: 'u', limit: 1 }))[0]).toMatchObject({ state: 'FAILED', errorName: 'SERVER_SHUTTING_DOWN' })
})
