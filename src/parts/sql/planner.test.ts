// What the planner and its templates refuse at once, each by Trino's name, and what LIKE answers whatever its pattern.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ExceededPlanning } from '#parts/engine/errors'
import { errorNameOf } from '#parts/sql/errors'
import { fromEngine } from '#parts/sql/query/run'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
const run = (statement: string) => ask(sql.url, statement)
const value = async (expression: string) => {
  const answer = await run(`SELECT ${expression}`)
  expect(answer.error, expression).toBeUndefined()
  return answer.rows[0]?.[0]
}

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench)
})
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

const names = Array.from({ length: 30 }, (_, i) => `c${i}`)
const wide = `(VALUES (${names.map((_, i) => i).join(', ')})) AS t(${names.join(', ')})`

describe('refused at once', () => {
  it.each([
    [
      'a statement that multiplies',
      `SELECT ${'CAST(CAST('.repeat(20)}x${' AS varchar) AS double)'.repeat(20)} FROM (VALUES 1.5e0) AS t(x)`,
      'QUERY_TEXT_TOO_LARGE',
    ],
    ['CUBE of 30 columns', `SELECT count(*) FROM ${wide} GROUP BY CUBE (${names.join(', ')})`, 'TOO_MANY_GROUPING_SETS'],
    [
      'a product of grouping sets',
      `SELECT count(*) FROM ${wide} GROUP BY CUBE (c0, c1, c2, c3, c4, c5), CUBE (c6, c7, c8, c9, c10, c11)`,
      'TOO_MANY_GROUPING_SETS',
    ],
    ['a precision of a cast', `SELECT CAST('2025-01-01' AS timestamp(400000000))`, 'TYPE_MISMATCH'],
    ['a precision of a time', `SELECT CAST('10:00:00' AS time(13))`, 'TYPE_MISMATCH'],
    ['a precision of now', `SELECT current_timestamp(400000000)`, 'NUMERIC_VALUE_OUT_OF_RANGE'],
    ['a length', `SELECT CAST('a' AS varchar(99999999999))`, 'TYPE_MISMATCH'],
    ['a parameter of a type without', `SELECT CAST(1 AS bigint(3))`, 'TYPE_MISMATCH'],
    ['an interval', `SELECT INTERVAL '99999999999999999999' DAY`, 'INVALID_LITERAL'],
    ['a width', `SELECT format('%99999999999d', 1)`, 'NOT_SUPPORTED'],
    ['a share of a sample', `SELECT * FROM ${wide} TABLESAMPLE BERNOULLI (200)`, 'TYPE_MISMATCH'],
  ])('%s', async (_, statement, error) => {
    expect((await run(statement)).error?.errorName).toBe(error)
  })

  it('more than 2,048 grouping sets, and not as many', async () => {
    const sets = (count: number) => `GROUPING SETS (${Array.from({ length: count }, (_, i) => `(c${i % 30})`).join(', ')})`
    const planned = (groups: string) => run(`EXPLAIN (TYPE VALIDATE) SELECT count(*) FROM ${wide} GROUP BY ${groups}`)
    expect((await planned(`ROLLUP (c0), ${sets(1024)}`)).error).toBeUndefined()
    expect((await planned(`ROLLUP (c0, c1), ${sets(683)}`)).error?.message).toMatch(/has 2049 grouping sets but can contain at most 2048/)
  })

  it('but fewer grouping sets are served', async () => {
    const answer = await run(`SELECT count(*) FROM (SELECT count(*) FROM ${wide} GROUP BY CUBE (${names.slice(0, 5).join(', ')}))`)
    expect([answer.error, answer.rows]).toEqual([undefined, [[32]]])
  })
})

it('planning that takes too long in the engine ends by the same error as planning before it', () => {
  const error = fromEngine(ExceededPlanning({ seconds: 20 }))
  expect([errorNameOf(error), error.message]).toEqual(['EXCEEDED_TIME_LIMIT', 'Query exceeded the maximum planning time limit of 20 s'])
})

describe('a type of more than twelve levels', () => {
  const nest = (open: string, inner: string, close: string, levels: number) => open.repeat(levels) + inner + close.repeat(levels)
  it.each([
    ['a cast to arrays', (n: number) => `SELECT CAST(NULL AS ${nest('array(', 'bigint', ')', n)})`],
    ['a cast to rows', (n: number) => `SELECT CAST(NULL AS ${nest('row(a ', 'bigint', ')', n)})`],
    ['a cast to maps', (n: number) => `SELECT CAST(NULL AS ${nest('map(bigint, ', 'bigint', ')', n)})`],
    ['arrays', (n: number) => `SELECT ${nest('ARRAY[', '1', ']', n)}`],
    ['rows', (n: number) => `SELECT ${nest('ROW(', '1', ')', n)}`],
    ['maps', (n: number) => `SELECT ${nest('MAP(ARRAY[1], ARRAY[', '1', '])', n)}`],
    [
      'aggregates of aggregates',
      (n: number) => Array.from({ length: n }).reduce<string>((from) => `SELECT array_agg(x) AS x FROM (${from})`, 'SELECT 1 AS x'),
    ],
  ])('is refused, whatever it is made by: %s', async (_, statement) => {
    const most = await run(statement(11))
    expect(most.error?.message).toBeUndefined()
    const more = await run(statement(12))
    expect([more.error?.errorName, more.error?.message]).toEqual(['NOT_SUPPORTED', expect.stringContaining('more than 12 levels')])
  })
})

describe("a user's word that every object knows", () => {
  it.each([
    ['SELECT constructor(1)', 'FUNCTION_NOT_FOUND'],
    ['SELECT "__proto__"(1)', 'FUNCTION_NOT_FOUND'],
    ['SELECT tostring()', 'FUNCTION_NOT_FOUND'],
    ['SELECT hasownproperty(1) OVER ()', 'FUNCTION_NOT_FOUND'],
    ['SELECT constructor', 'COLUMN_NOT_FOUND'],
    ['SELECT * FROM constructor.constructor.constructor', 'CATALOG_NOT_FOUND'],
    ['SELECT * FROM "__proto__".tostring.valueof', 'CATALOG_NOT_FOUND'],
    ['SELECT * FROM system.constructor.queries', 'TABLE_NOT_FOUND'],
    ['SELECT * FROM system.runtime.constructor', 'TABLE_NOT_FOUND'],
    ['SHOW SCHEMAS FROM constructor', 'CATALOG_NOT_FOUND'],
    ['SHOW TABLES FROM "__proto__".x', 'CATALOG_NOT_FOUND'],
    ['USE constructor.tostring', 'CATALOG_NOT_FOUND'],
    ['CREATE TABLE constructor.a.b (x integer)', 'CATALOG_NOT_FOUND'],
    ['DROP TABLE constructor.a.b', 'TABLE_NOT_FOUND'],
    ['CREATE SCHEMA constructor.a', 'CATALOG_NOT_FOUND'],
    ['SELECT CAST(1 AS constructor)', 'TYPE_MISMATCH'],
    [`SELECT constructor '1'`, 'TYPE_NOT_FOUND'],
    ["SELECT extract(constructor FROM DATE '2025-01-01')", 'SYNTAX_ERROR'],
    [`SELECT date_trunc('constructor', DATE '2025-01-01')`, 'INVALID_FUNCTION_ARGUMENT'],
    ['EXECUTE constructor', 'NOT_FOUND'],
    ['EXECUTE "__proto__"', 'NOT_FOUND'],
    ['SET SESSION constructor = 1', 'INVALID_SESSION_PROPERTY'],
    ['SHOW CREATE TABLE constructor.a.b', 'CATALOG_NOT_FOUND'],
  ])('%s', async (statement, error) => {
    const answer = await run(statement)
    expect(answer.error?.errorName, answer.error?.message).toBe(error)
  })
})

describe('TABLESAMPLE', () => {
  it('takes a share of the rows of a table', async () => {
    const rows = '(VALUES 1, 2, 3) AS t(x)'
    expect((await run(`SELECT sum(t.x) FROM ${rows} TABLESAMPLE BERNOULLI (100)`)).rows).toEqual([[6]])
    expect((await run(`SELECT count(*) FROM ${rows} TABLESAMPLE BERNOULLI (0) WHERE t.x > 0`)).rows).toEqual([[0]])
  })
})

describe('a long row of terms', () => {
  const row = (count: number, term: (i: number) => string, separator: string) =>
    Array.from({ length: count }, (_, i) => term(i)).join(separator)

  it.each(['OR', 'AND'])('means what a short one does: %s', async (operator) => {
    const [rest, decisive] = operator === 'OR' ? ['false', 'true'] : ['true', 'false']
    const of = (...last: string[]) =>
      `(${[row(300, (i) => `x + ${i} ${operator === 'OR' ? '<' : '>='} x`, ` ${operator} `), ...last].join(` ${operator} `)})`
    const values = [of(), of('x IS NULL AND NOT (x IS NULL)'), of('y = 1'), of('y = 1', decisive), of(rest), `NOT ${of()}`]
    const { rows, error } = await run(`SELECT ${values.join(', ')} FROM (VALUES (1, CAST(NULL AS integer))) AS t(x, y)`)
    const [plain, other] = [operator === 'AND', operator === 'OR']
    expect([error, rows]).toEqual([undefined, [[plain, false, null, other, plain, other]]])
  })

  it('is planned in a time that grows with its length', { timeout: 60_000 }, async () => {
    const pairs = row(3000, (i) => `(a = ${i} AND b = ${i + 1})`, ' OR ')
    const { rows, error } = await run(`SELECT count(*) FROM UNNEST(sequence(1, 10), sequence(2, 11)) AS t(a, b) WHERE ${pairs}`)
    expect([error, rows]).toEqual([undefined, [[10]]])
  })

  it('joins by the terms at its beginning', async () => {
    const more = row(1000, (i) => `a <> b + ${i + 1}`, ' AND ')
    const { rows, error } = await run(
      `SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS s(a) CROSS JOIN UNNEST(sequence(1, 10000)) AS t(b) WHERE a = b AND ${more}`,
    )
    expect([error, rows]).toEqual([undefined, [[10000]]])
  })
})

describe("a lambda's result", () => {
  it.each([
    [`filter(ARRAY[1, 2], x -> CAST(NULL AS boolean))`, []],
    [`any_match(ARRAY[1, 2], x -> CAST(NULL AS boolean))`, null],
    [`transform(ARRAY[1, 2], x -> x + 0.5)`, ['1.5', '2.5']],
  ])('is coerced: %s', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected)
  })

  it('of another type finds no function', async () => {
    expect((await run(`SELECT filter(ARRAY[1, 2], x -> x)`)).error?.errorName).toBe('FUNCTION_NOT_FOUND')
    expect((await run('SELECT filter(ARRAY[1, 2], x -> NULL)')).error?.errorName).toBe('FUNCTION_NOT_FOUND')
    expect((await run('SELECT any_match(ARRAY[1, 2], x -> NULL)')).error?.errorName).toBe('FUNCTION_NOT_FOUND')
    expect((await run(`SELECT any_match(ARRAY['a'], x -> x)`)).error?.errorName).toBe('FUNCTION_NOT_FOUND')
  })
})

describe('JOIN USING', () => {
  it.each([
    ['nan()', 'double', 0],
    ['ARRAY[1, NULL]', 'array(integer)', 0],
    ['ARRAY[1, 2]', 'array(integer)', 1],
    ['CAST(ROW(1, NULL) AS ROW(a integer, b integer))', 'row(a integer, b integer)', 0],
    ['2.5e0', 'double', 1],
  ])('of %s joins what ON joins', async (key, type, count) => {
    const one = `(SELECT CAST(${key} AS ${type}) AS x)`
    const using = await run(`SELECT count(*) FROM ${one} AS a JOIN ${one} AS b USING (x)`)
    const on = await run(`SELECT count(*) FROM ${one} AS a JOIN ${one} AS b ON a.x = b.x`)
    expect([using.error, using.rows, on.rows]).toEqual([undefined, [[count]], [[count]]])
    const left = await run(`SELECT count(*), count(b.y) FROM ${one} AS a LEFT JOIN (SELECT *, 1 AS y FROM ${one} AS c) AS b USING (x)`)
    expect([left.error, left.rows]).toEqual([undefined, [[1, count]]])
  })
})

describe('LIKE', () => {
  const texts = ['', 'a', 'ab', 'a%b', 'a_b', 'a\\b', 'axxb', 'AB', 'é', 'a\nb', '$1', '[a]', 'a.b', '%', '_', 'b%']
  const patterns = ['', '%', '_', 'a%', '%b', 'a%b', 'a_b', '_%_', '%a%b%', 'a\\b', '[a]', '%.%', '_b', '$1', '__', 'a%%b', '%_%b']

  /** LIKE by its definition. */
  const reference = (text: string, pattern: string): boolean => {
    const regex = [...pattern].map((c) => (c === '%' ? '[^]*' : c === '_' ? '[^]' : c.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))).join('')
    return new RegExp(`^${regex}$`, 'u').test(text)
  }
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

  it.each(patterns)('%j, known or not', async (pattern) => {
    const rows = `(VALUES ${texts.map((text, i) => `(${i}, ${quoted(text)})`).join(', ')}) AS t(i, v)`
    const known = await run(`SELECT v LIKE ${quoted(pattern)} FROM ${rows} ORDER BY i`)
    const late = await run(`SELECT v LIKE p FROM ${rows} CROSS JOIN (VALUES ${quoted(pattern)}) AS s(p) ORDER BY i`)
    const not = await run(`SELECT NOT (v NOT LIKE ${quoted(pattern)} ESCAPE '!') FROM ${rows} ORDER BY i`)
    const lateEscaped = await run(`SELECT v LIKE p ESCAPE '!' FROM ${rows} CROSS JOIN (VALUES ${quoted(pattern)}) AS s(p) ORDER BY i`)
    const expected = texts.map((text) => [reference(text, pattern)])
    for (const answer of [known, late, not, lateEscaped]) expect([answer.error, answer.rows]).toEqual([undefined, expected])
  })

  it.each(['$', '!', '%', '\\', '[', 'é'])('with the escape %j', async (mark) => {
    for (const pattern of [`'a${mark}%b'`, `concat('a${mark}', substr('x%', 2), 'b')`])
      expect(await value(`array_join(transform(ARRAY['a%b', 'axb'], v -> CAST(v LIKE ${pattern} ESCAPE '${mark}' AS varchar)), ',')`)).toBe(
        'true,false',
      )
    const wrong = await run(`SELECT 'ab' LIKE 'a${mark}b' ESCAPE '${mark}'`)
    expect(wrong.error?.errorName).toBe('INVALID_FUNCTION_ARGUMENT')
    const late = await run(`SELECT 'ab' LIKE concat('a${mark}', 'b') ESCAPE '${mark}'`)
    expect(late.error?.errorName).toBe('INVALID_FUNCTION_ARGUMENT')
  })

  it('of null is null', async () => {
    expect(await value(`'a' LIKE NULL`)).toBeNull()
    expect(await value(`CAST(NULL AS varchar) LIKE 'a_%'`)).toBeNull()
    expect(await value(`'a' LIKE 'a' ESCAPE NULL`)).toBeNull()
  })

  it('takes a time that grows with the text, not with the ways to split it', { timeout: 20_000 }, async () => {
    const text = `repeat_a`
    const source = `(SELECT array_join(repeat('a', 2000), '') AS ${text})`
    const pattern = `${'%a_'.repeat(12)}%b`
    expect((await run(`SELECT ${text} LIKE '${pattern}' FROM ${source}`)).rows).toEqual([[false]])
    expect((await run(`SELECT ${text} LIKE concat('${pattern}', substr(${text}, 1, 0)) FROM ${source}`)).rows).toEqual([[false]])
  })
})
