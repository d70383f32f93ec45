// The fields of a row as columns: `row.*` where the row is no table's.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench)
})
afterAll(async () => {
  await sql?.stop()
  await bench?.close()
})

const FROM = `FROM (VALUES (1, 'a', 2e0), (2, 'b', 3e0)) AS t(id, v, w)`

it.each([
  [
    `SELECT CAST(ROW(v, id) AS ROW(x varchar, y bigint)).* ${FROM} ORDER BY 1`,
    ['x', 'y'],
    [
      ['a', 1],
      ['b', 2],
    ],
  ],
  [
    `SELECT CAST(ROW(v, id) AS ROW(x varchar, y bigint)).* AS (p, q), id ${FROM} ORDER BY id`,
    ['p', 'q', 'id'],
    [
      ['a', 1, 1],
      ['b', 2, 2],
    ],
  ],
  [`SELECT ROW(1, 'x').*`, ['_col0', '_col1'], [[1, 'x']]],
  [`SELECT CAST(ROW(max(id), count(*)) AS ROW(most bigint, "all" bigint)).* ${FROM}`, ['most', 'all'], [[2, 2]]],
  [`SELECT CAST(CAST(NULL AS ROW(x varchar)) AS ROW(x varchar)).* ${FROM}`, ['x'], [[null], [null]]],
  [
    `SELECT t.* ${FROM} ORDER BY id`,
    ['id', 'v', 'w'],
    [
      [1, 'a', 2],
      [2, 'b', 3],
    ],
  ],
])('%s', async (statement, names, rows) => {
  const answer = await ask(sql.url, statement)
  expect(answer.error).toBeUndefined()
  expect([answer.columns.map(({ name }) => name), answer.rows]).toEqual([names, rows])
})

it.each([
  [`SELECT CAST(ROW(v, id) AS ROW(x varchar, y bigint)).* AS (p) ${FROM}`, 'MISMATCHED_COLUMN_ALIASES'],
  [`SELECT concat(v, 'x').* ${FROM}`, 'TYPE_MISMATCH'],
  [`SELECT ROW(id, 1).*, count(*) ${FROM}`, 'EXPRESSION_NOT_AGGREGATE'],
])('%s is refused', async (statement, errorName) => {
  expect((await ask(sql.url, statement)).error?.errorName).toBe(errorName)
})
