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
    ['TRY(truncate(d, 1) / (d - 0.01)) FROM (VALUES CAST(7.25 AS decimal(10,2)), CAST(0.01 AS decimal(10,2))) t(d)', [['0.99'], [null]]],
    [`transform(ARRAY[x], y -> TRY_CAST(y AS bigint)) ${texts('1', 'x')}`, [[[1]], [[null]]]],
  ])('SELECT %s', async (select, rows) => {
    const answer = await ask(sql.url, `SELECT ${select}`)
    expect(answer.error?.message).toBeUndefined()
    expect(answer.rows).toEqual(rows)
  })
})

describe('what is computed outside of TRY comes in', () => {
  const NUMBERS = 'FROM (VALUES (0, 1), (1, 1), (1, 2)) t(g, x)'
  it.each<[string, unknown]>([
    [
      `SELECT g, TRY(6 / g) ${NUMBERS} GROUP BY g ORDER BY TRY(6 / g)`,
      [
        [1, 6],
        [0, null],
      ],
    ],
    [
      `SELECT TRY(TRY(6 / g) + sum(x)), TRY(sum(x) / g) ${NUMBERS} GROUP BY g ORDER BY 1`,
      [
        [9, 3],
        [null, null],
      ],
    ],
    [`SELECT TRY(6 / (sum(x) OVER () - 4)) ${NUMBERS} WHERE x = 1`, [[-3], [-3]]],
    [`SELECT TRY(6 / (SELECT min(g) ${NUMBERS})), TRY(1 IN (SELECT g ${NUMBERS}))`, [[null, true]]],
    [
      `SELECT TRY(1 / grouping(g)), count(*) ${NUMBERS} GROUP BY ROLLUP (g) ORDER BY 2`,
      [
        [null, 1],
        [null, 2],
        [1, 3],
      ],
    ],
    [
      `SELECT TRY_CAST(x AS bigint), count(*) FROM (VALUES 'a', '1') t(x) GROUP BY x ORDER BY 1`,
      [
        [1, 1],
        [null, 1],
      ],
    ],
    [`SELECT TRY(json_extract_scalar(json_parse(x), '$.a')) ${texts('{"a":1}', '{')}`, [['1'], [null]]],
  ])('%s', async (text, rows) => {
    const answer = await ask(sql.url, text)
    expect(answer.error?.message).toBeUndefined()
    expect(answer.rows).toEqual(rows)
  })

  it('with its errors', async () => {
    const { error } = await ask(sql.url, `SELECT TRY(sum(1 / g)) ${NUMBERS}`)
    expect(error).toMatchObject({ errorName: 'DIVISION_BY_ZERO' })
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
    `TRY(word_stem(x, 'de')) ${texts('laufen')}`,
    `COALESCE(TRY(word_stem(word_stem(x, 'en'), 'de')), 'null') ${texts('laufen')}`,
    `transform(ARRAY[x], y -> TRY(TRY(word_stem(y, 'de')) || 'trino_x(')) ${texts('laufen')}`,
    `TRY(format('%o', -length(x))) ${texts('1')}`,
    `TRY(array_sort(ARRAY['2', x, '1'], (a, b) -> IF(a > b, 1, IF(b = '2', 2, -1)))) ${texts('3')}`,
    `TRY(x = U&'\\0000') ${texts('3')}`,
  ])('SELECT %s', async (select) => {
    const { error } = await ask(sql.url, `SELECT ${select}`)
    expect(error).toMatchObject({ errorName: 'NOT_SUPPORTED' })
  })
})

it('TRY_CAST does not hide that its value fails', async () => {
  const { error } = await ask(sql.url, `SELECT TRY_CAST(1 / length(x) AS varchar) ${texts('')}`)
  expect(error).toMatchObject({ errorName: 'DIVISION_BY_ZERO' })
})
