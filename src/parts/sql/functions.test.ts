// Every function that is served has a test of its meaning: recorded from Trino 476 in the corpus, or here, by Trino's documentation.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aggregates, SPECIALS, scalars, windows } from '#parts/sql/dialect/functions/index'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'
import { ANSWERS_FILE } from '#test/sql-judge/answers'

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

/** Function -> an expression with it, and what Trino says: type and value. Of those without one value, what is true of every value. */
const DOCUMENTED: Readonly<Record<string, readonly [expression: string, type: string, value: unknown]>> = {
  ceiling: ["ceiling(DOUBLE '-1.5')", 'double', -1],
  pow: ['pow(2, 10)', 'double', 1024],
  is_infinite: ["is_infinite(CAST('Infinity' AS double)) AND NOT is_infinite(DOUBLE '1')", 'boolean', true],
  lower: ["lower('GRÖSSE Ünd')", 'varchar', 'grösse ünd'],
  rpad: ["rpad('hi', 7, 'xyz') || '|' || rpad('hello', 2, 'x')", 'varchar', 'hixyzxy|he'],
  hamming_distance: ["hamming_distance('karolin', 'kathrin')", 'bigint', 3],
  normalize: ["normalize('e\u0301') = '\u00e9'", 'boolean', true],
  random: ['random() >= 0 AND random() < 1', 'boolean', true],
  rand: ['rand() >= 0 AND rand() < 1', 'boolean', true],
  shuffle: ['array_sort(shuffle(ARRAY[3, 1, 2]))', 'array(integer)', [1, 2, 3]],
  to_base: ['to_base(-255, 16)', 'varchar', '-ff'],
  to_big_endian_32: ['to_hex(to_big_endian_32(258))', 'varchar', '00000102'],
  to_big_endian_64: ["to_hex(to_big_endian_64(BIGINT '-2'))", 'varchar', 'FFFFFFFFFFFFFFFE'],
  to_ieee754_32: ["to_hex(to_ieee754_32(REAL '1.5'))", 'varchar', '3FC00000'],
  to_ieee754_64: ["to_hex(to_ieee754_64(DOUBLE '1.5'))", 'varchar', '3FF8000000000000'],
  to_base64url: ["to_base64url(X'FBFF')", 'varchar', '-_8='],
  to_base32: ["to_base32(X'68656C6C6F21')", 'varchar', 'NBSWY3DPEE======'],
  uuid: ["typeof(uuid()) = 'uuid' AND uuid() <> uuid()", 'boolean', true],
  approx_percentile: [
    '(SELECT approx_percentile(x, ARRAY[0.0, 0.25, 0.5, 0.7, 1.0]) FROM (VALUES 4, 2, NULL, 3, 1) t(x))',
    'array(bigint)',
    [1, 2, 3, 3, 4],
  ],
  transform_keys: ["transform_keys(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> k || CAST(v AS varchar))['b2']", 'integer', 2],
  transform_values: [
    "transform_values(MAP(ARRAY['a', 'b'], ARRAY[1, NULL]), (k, v) -> concat(k, CAST(v AS varchar)))['a']",
    'varchar',
    'a1',
  ],
  version: ["version() LIKE '476%'", 'boolean', true],
}

describe('a function that is served', () => {
  it.each(Object.entries(DOCUMENTED))('%s means what Trino says', async (_, [expression, type, value]) => {
    const { error, columns, rows } = await ask(sql.url, `SELECT ${expression} AS x`)
    expect(error?.message).toBeUndefined()
    expect(columns[0]?.type.replace(/^varchar\(\d+\)$/, 'varchar')).toBe(type)
    expect(rows).toEqual([[value]])
  })

  it('has a case in the corpus, in the answers of the judge, or above where neither has one', () => {
    const corpus = new URL('./dialect/corpus.ndjson', import.meta.url)
    const [recorded, judged] = [corpus, ANSWERS_FILE].map((file) => readFileSync(file, 'utf8').toLowerCase()) as [string, string]
    const isIn = (text: string) => (name: string) => new RegExp(`\\b${name}\\s*\\(`).test(text)
    const served = [...new Set([...scalars.keys(), ...aggregates.keys(), ...windows.keys(), ...SPECIALS.map(([name]) => name)])]
    expect(served.length).toBeGreaterThan(100)
    expect(served.filter((name) => !isIn(recorded)(name) && !isIn(judged)(name) && !(name in DOCUMENTED))).toEqual([])
    expect(Object.keys(DOCUMENTED).filter(isIn(recorded))).toEqual([])
  })
})
