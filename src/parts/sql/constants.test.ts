// Long rows of constants mean what short ones mean: type, NULL, every digit and every character.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOSTILE } from '#parts/sql/dialect/test-words'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench)
})
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

const LONG = 1200
const more = (item: (i: number) => string) => Array.from({ length: LONG }, (_, i) => item(i))
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
const rows = async (statement: string) => {
  const { error, rows: found, columns } = await ask(sql.url, statement)
  expect(error, statement.slice(0, 300)).toBeUndefined()
  return { types: columns.map((c) => c.type), rows: found }
}
const texts = [...HOSTILE, '', ' ', 'null', '[1]', '{"a": "b"}', 'é', '😀', '\t\n', '\\u0041', 'x'.repeat(3000)].map(quoted)

describe('IN of many', () => {
  const CASES: [string, string, string[], (i: number) => string][] = [
    ['integers', 'integer', ['1', '-7', '2147483647', '-2147483647'], (i) => `${5000 + i}`],
    ['integers and NULL', 'integer', ['1', 'NULL', '-7'], (i) => `${5000 + i}`],
    ['smallint and integers', 'smallint', ['1', '-7', '40000'], (i) => `${5000 + i}`],
    ['bigints', 'bigint', ['9223372036854775807', '-9223372036854775808', '0'], (i) => `${5000 + i}`],
    ['integers and decimals', 'integer', ['1', '2.0', '2.50', '-7'], (i) => `${5000 + i}.25`],
    ['integers in decimals', 'decimal(10,2)', ['1', '-7', '2.50', '-0.00'], (i) => `${5000 + i}`],
    [
      '38 digits',
      'decimal(38,37)',
      ['0.1234567890123456789012345678901234567', '-9.9999999999999999999999999999999999999'],
      (i) => `0.${5000 + i}`,
    ],
    ['texts', 'varchar', texts, (i) => `'filler ${i}'`],
    ['texts and NULL', 'varchar', [...texts, 'NULL'], (i) => `'filler ${i}'`],
    ['texts of char', 'char(5)', [`'a'`, `'a  '`, `''`], (i) => `'f${i}'`],
    ['dates', 'date', [`DATE '2024-02-29'`, `DATE '0001-01-01'`], (i) => `DATE '${3000 + i}-01-01'`],
    ['doubles', 'double', ['1e0', 'nan()', '-0e0'], (i) => `${5000 + i}e0`],
    ['what is no constant', 'integer', ['1', '1 + 1', "length('abc')"], (i) => `${5000 + i}`],
  ]
  it.each(CASES)('%s', async (_what, type, items, filler) => {
    const values = [...items, 'NULL', ...more(filler).slice(0, 2)].map((item) => `CAST(${item} AS ${type})`)
    const fitting =
      type === 'smallint'
        ? values.filter((v) => !v.includes('40000'))
        : type === 'integer'
          ? values.filter((v) => !v.includes('.'))
          : values
    const table = `(VALUES ${fitting.map((v, i) => `(${i}, ${v})`).join()}) AS t(i, x)`
    for (const condition of [
      (list: string) => `x IN (${list})`,
      (list: string) => `x NOT IN (${list})`,
      (list: string) => `(x IN (${list})) IS NULL`,
    ]) {
      const short = await rows(`SELECT i, x FROM ${table} WHERE ${condition([...items, ...more(filler).slice(0, 2)].join())} ORDER BY i`)
      const long = await rows(`SELECT i, x FROM ${table} WHERE ${condition([...items, ...more(filler)].join())} ORDER BY i`)
      expect(long).toEqual(short)
    }
  })

  const list = more((i) => `${i}`).join()
  it.each([
    [
      'in a query that looks outside',
      `SELECT count(*) FROM (VALUES 1, 2000) AS t(x) WHERE EXISTS (SELECT 1 FROM (VALUES 1) AS u(y) WHERE x IN (${list}))`,
      1,
    ],
    [
      'of what looks outside',
      `SELECT sum((SELECT count(*) FROM (VALUES 5) AS u(y) WHERE x + y NOT IN (${list}))) FROM (VALUES 1, 2000) AS t(x)`,
      1,
    ],
    ['in a CASE', `SELECT count(*) FROM (VALUES 1, 2000) AS t(x) WHERE CASE WHEN x > 5 THEN x NOT IN (${list}) ELSE x IN (${list}) END`, 2],
    ['beside OR', `SELECT count(*) FROM (VALUES 1, 2000, NULL) AS t(x) WHERE x IN (${list}) OR x IS NULL`, 2],
    ['in HAVING', `SELECT count(*) FROM (VALUES 1, 2000) AS t(x) HAVING count(*) IN (${list})`, 2],
    ['in the select list', `SELECT 3 IN (${list})`, true],
    ['in TRY', `SELECT count(*) FROM (VALUES 1, 2000) AS t(x) WHERE TRY(x IN (${list}))`, 1],
    ['in a lambda', `SELECT cardinality(filter(ARRAY[1, 2000], y -> y IN (${list})))`, 1],
    ['in a lambda of a condition', `SELECT count(*) FROM (VALUES 1) AS t(x) WHERE any_match(ARRAY[1, 2000], y -> y IN (${list}))`, 1],
    ['in ON', `SELECT count(*) FROM (VALUES 1, 2000) AS t(x) LEFT JOIN (VALUES 1, 2000) AS u(y) ON x = y AND x IN (${list})`, 2],
  ])('%s', async (_where, statement, answer) => {
    expect((await rows(statement)).rows).toEqual([[answer]])
  })

  it('is refused where a short one is', async () => {
    const error = async (items: readonly string[]) => (await ask(sql.url, `SELECT 1 WHERE 1 IN (${items.join()})`)).error
    const [short, long] = [await error([`'a'`, '1']), await error([`'a'`, ...more(() => '1')])]
    expect(short?.errorName).toBe('TYPE_MISMATCH')
    expect(long?.message).toBe(short?.message)
  })
})

describe('VALUES of many', () => {
  const table = (items: readonly string[]) => `SELECT * FROM (VALUES ${items.join()}) AS t(i, x)`
  it.each([
    ['integers', ['1', 'NULL', '2147483647'], (i: number) => `${i}`],
    ['integers and bigints', ['1', '9223372036854775807', '-9223372036854775808'], (i: number) => `${i}`],
    ['decimals', ['0.1234567890123456789', '-1', 'NULL', '12345678901234567.5'], (i: number) => `${i}.5`],
    ['texts', [...texts, 'NULL'], (i: number) => `'filler ${i}'`],
    ['nothing', ['NULL', 'NULL'], () => 'NULL'],
    ['truths', ['true', 'NULL'], () => 'false'],
    ['what is no constant', ['1 + 1', 'NULL'], (i: number) => `${i}`],
  ])('%s', async (_what, items, filler) => {
    const all = [...items, ...more(filler)].map((item, i) => `(${i}, ${item})`)
    // The same rows in parts so short that each constant is written out; a row of all types makes the types.
    const parts = Array.from({ length: 4 }, (_, part) => all.filter((_, i) => i % 4 === part || i < items.length))
    const short = await rows(`SELECT DISTINCT * FROM (${parts.map(table).join(' UNION ALL ')}) ORDER BY 1`)
    const long = await rows(`${table(all)} ORDER BY 1`)
    expect(long.rows.length).toBe(all.length)
    expect(long.rows).toEqual(short.rows)
    expect(long.types.map((t) => t.replace(/varchar\(\d+\)/, 'varchar'))).toEqual(
      short.types.map((t) => t.replace(/varchar\(\d+\)/, 'varchar')),
    )
  })
})
