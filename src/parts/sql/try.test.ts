// TRY and TRY_CAST turn Trino's complaints to null, and never what only this engine does not serve.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

const texts = (...list: string[]) => `FROM (VALUES ${list.map((text) => `VARCHAR '${text}'`).join(', ')}) t(x)`

describe('null where Trino complains', () => {
  it.each<[string, unknown]>([
    [`TRY_CAST(x AS date) ${texts('2024-01-01', 'x')}`, [['2024-01-01'], [null]]],
    [`TRY_CAST(x || '' AS bigint) ${texts('1', 'x')}`, [[1], [null]]],
    [`TRY_CAST(max(x) AS bigint) ${texts('1', 'x')}`, [[null]]],
    [`TRY_CAST(ARRAY[x] AS array(bigint)) ${texts('1', 'x')}`, [[[1]], [null]]],
    [`TRY(CAST(substr(x, 2) AS date)) ${texts('a2024-01-01', 'ax')}`, [['2024-01-01'], [null]]],
    [`TRY(TRY_CAST(x || '1' AS bigint)) ${texts('1', 'x')}`, [[11], [null]]],
    [`TRY(json_parse(x)) IS NULL ${texts('[]', '[')}`, [[false], [true]]],
    [`transform(ARRAY[x], y -> TRY_CAST(y AS bigint)) ${texts('1', 'x')}`, [[[1]], [[null]]]],
  ])('SELECT %s', async (select, rows) => {
    const answer = await ask(sql.url, `SELECT ${select}`)
    expect(answer.error?.message).toBeUndefined()
    expect(answer.rows).toEqual(rows)
  })
})

describe('not null where it is only not served', () => {
  it.each([
    `TRY_CAST(x AS date) ${texts('+202400-01-01')}`,
    `TRY_CAST(x || '' AS date) ${texts('912024-01-01')}`,
    `TRY_CAST(ARRAY[x] AS array(double)) ${texts('0x1')}`,
    `TRY(CAST(substr(x, 2) AS date)) ${texts('a+202400-01-01')}`,
    `TRY(TRY_CAST(x || '1' AS date)) ${texts('+202400-01-0')}`,
    `TRY(transform(ARRAY[x], y -> CAST(y AS date))) ${texts('+202400-01-01')}`,
    `TRY(max(x)) ${texts('1')}`,
  ])('SELECT %s', async (select) => {
    const { error } = await ask(sql.url, `SELECT ${select}`)
    expect(error).toMatchObject({ errorName: 'NOT_SUPPORTED' })
  })
})

it('TRY_CAST does not hide that its value fails', async () => {
  const { error } = await ask(sql.url, `SELECT TRY_CAST(1 / length(x) AS varchar) ${texts('')}`)
  expect(error).toMatchObject({ errorName: 'DIVISION_BY_ZERO' })
})
