// What the parser takes and refuses, and that it reads nothing twice.
import { describe, expect, it } from 'vitest'
import type { AkkoError } from '#kit/errors'
import { MAX_DEPTH, MAX_LENGTH } from '#parts/sql/syntax/budget'
import { parseStatement } from '#parts/sql/syntax/statements'

/** The tree without positions: two spellings of one meaning are equal. */
function tree(sql: string): unknown {
  return JSON.parse(JSON.stringify(parseStatement(sql), (key, value) => (key === 'pos' ? undefined : value)))
}

function refusal(sql: string): { code: string; line: unknown; column: unknown } {
  try {
    parseStatement(sql)
  } catch (error) {
    const { code, values } = error as AkkoError
    return { code, line: values.line, column: values.column }
  }
  throw new Error(`was taken: ${sql.slice(0, 100)}`)
}

/** The first expression of SELECT. */
const selected = (sql: string) =>
  (tree(sql) as { query: { body: { items: { value: { k: string } & Record<string, unknown> }[] } } }).query.body.items[0]?.value

describe('parentheses', () => {
  it('hold a query or an expression, whatever the depth at which that shows', () => {
    expect(selected('SELECT (((SELECT 1)+1)+1)')).toMatchObject({
      k: 'arithmetic',
      left: { k: 'arithmetic', left: { k: 'subquery' }, right: { k: 'integer' } },
    })
    expect(selected('SELECT ((SELECT 1), 2)')).toMatchObject({ k: 'row', items: [{ k: 'subquery' }, { k: 'integer' }] })
    expect(selected('SELECT (((SELECT 1)) = 1 AND true)')).toMatchObject({ k: 'and', left: { k: 'compare', left: { k: 'subquery' } } })
    expect(selected('SELECT ((SELECT ARRAY[1])[1])')).toMatchObject({ k: 'subscript', base: { k: 'subquery' } })
    expect(selected('SELECT ((SELECT 1) UNION SELECT 2 LIMIT 1)')).toMatchObject({ k: 'subquery', query: { body: { k: 'set' } } })
    // A condition with a query in it is not that query.
    expect(selected('SELECT (1 IN (SELECT 2))')).toMatchObject({ k: 'inQuery', value: { k: 'integer' } })
    expect(selected('SELECT (EXISTS (SELECT 1))')).toMatchObject({ k: 'exists' })
    expect(selected('SELECT (1 > ALL (SELECT 2))')).toMatchObject({ k: 'quantified', all: true })
    expect(selected('SELECT (((SELECT 1) LIMIT 1) UNION SELECT 2)')).toMatchObject({ k: 'subquery', query: { body: { k: 'set' } } })
  })

  it('behind IN hold a list when a query in parentheses is all there is, as in Trino', () => {
    expect(selected('SELECT 1 IN (SELECT 1)')).toMatchObject({ k: 'inQuery' })
    expect(selected('SELECT 1 IN ((SELECT 1))')).toMatchObject({ k: 'in', items: [{ k: 'subquery' }] })
    expect(selected('SELECT 1 IN ((SELECT 1) + 1, 2)')).toMatchObject({ k: 'in', items: [{ k: 'arithmetic' }, { k: 'integer' }] })
    expect(selected('SELECT 1 IN ((SELECT 1) EXCEPT SELECT 2)')).toMatchObject({ k: 'inQuery' })
  })

  it('in FROM hold a query, a relation, or a relation that begins with a query', () => {
    const from = (sql: string) => (tree(sql) as { query: { body: { from: unknown } } }).query.body.from
    expect(from('SELECT * FROM ((SELECT 1))')).toMatchObject({ k: 'derived' })
    expect(from('SELECT * FROM ((SELECT 1) AS a CROSS JOIN b)')).toMatchObject({ k: 'join', left: { k: 'aliased' } })
    expect(from('SELECT * FROM (((SELECT 1)) limit)')).toMatchObject({ k: 'aliased', alias: { text: 'limit' } })
    expect(from('SELECT * FROM (((SELECT 1)) LIMIT 1)')).toMatchObject({ k: 'derived', query: { limit: { k: 'integer' } } })
    expect(from('SELECT * FROM (((a JOIN b ON true)) CROSS JOIN c)')).toMatchObject({ k: 'join', left: { k: 'join' } })
  })
})

describe('precedence', () => {
  it('of || is below that of + and -', () => {
    expect(tree("SELECT 'a' || 1 + 2")).toEqual(tree("SELECT 'a' || (1 + 2)"))
  })

  it('does not let predicates follow one another', () => {
    expect(refusal('SELECT 1 = 1 = true')).toEqual({ code: 'sql.syntax_error', line: 1, column: 14 })
    expect(refusal('SELECT a IS NULL IS NULL')).toEqual({ code: 'sql.syntax_error', line: 1, column: 18 })
  })
})

describe('ALL and the sides of trim', () => {
  it('are names where only that fits, as in Trino', () => {
    expect(selected('SELECT ALL ()')).toMatchObject({ k: 'call', args: [] })
    expect(selected('SELECT ALL () -> 1')).toMatchObject({ k: 'lambda' })
    expect(selected('SELECT all(ALL leading -> 1)')).toMatchObject({ k: 'call', args: [{ k: 'lambda' }] })
    expect(selected('SELECT all(1) OVER w')).toMatchObject({ k: 'call', over: { text: 'w' } })
    expect(selected('SELECT ALL (1) over')).toMatchObject({ k: 'integer' })
    expect(selected('SELECT row(ALL 1)')).toMatchObject({ k: 'call', args: [{ k: 'integer' }] })
    expect(selected('SELECT row(ALL (1))')).toMatchObject({ k: 'row', items: [{ k: 'call' }] })
    expect(selected('SELECT position(ALL NULL)')).toMatchObject({ k: 'call', args: [{ k: 'null' }] })
    expect(selected('SELECT ALL OFFSET 1')).toMatchObject({ k: 'name', name: { text: 'ALL' } })
    expect(selected("SELECT trim(both 'a' || 'b')")).toMatchObject({ k: 'call', args: [{ k: 'arithmetic', left: { k: 'typed' } }] })
    expect(selected("SELECT trim(both 'a' FROM 'b')")).toMatchObject({ k: 'call', args: [{ value: 'b' }, { value: 'a' }] })
  })

  it.each(['SELECT ALL (', 'SELECT f(ALL (', 'SELECT trim(both (', 'SELECT ALL OVER ('])('are looked for in time, as in %s', (head) => {
    const open = head.slice('SELECT '.length)
    const start = performance.now()
    for (const sql of [
      `${head}${`1), ${open}`.repeat(50_000)}`,
      `SELECT ${open.repeat(50_000)}`,
      `SELECT ${open.repeat(60)}${'1,'.repeat(50_000)}`,
    ])
      expect(refusal(sql).code).toMatch(/^sql\./)
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})

describe('a budget', () => {
  const deep: Readonly<Record<string, (levels: number) => string>> = {
    parentheses: (n) => `SELECT ${'('.repeat(n)}1${')'.repeat(n)}`,
    'parentheses around a query': (n) => `SELECT ${'('.repeat(n)}SELECT 1${')'.repeat(n)}`,
    'relations in parentheses': (n) => `SELECT * FROM ${'('.repeat(n)}t${')'.repeat(n)}`,
    subqueries: (n) => `SELECT * FROM ${'(SELECT * FROM '.repeat(n)}t${')'.repeat(n)}`,
    'scalar subqueries that go on': (n) => `SELECT ${'('.repeat(n)}SELECT 1${')+1'.repeat(n)}`,
    'set operations': (n) => `${'('.repeat(n)}SELECT 1${') UNION SELECT 1'.repeat(n)}`,
    'joins to the right': (n) => `SELECT * FROM a${' JOIN a'.repeat(n)}${' ON true'.repeat(n)}`,
    'joins to the left': (n) => `SELECT * FROM a${' CROSS JOIN a'.repeat(n)}`,
    'case expressions': (n) => `SELECT ${'CASE WHEN true THEN '.repeat(n)}1${' END'.repeat(n)}`,
    calls: (n) => `SELECT ${'abs('.repeat(n)}1${')'.repeat(n)}`,
    negations: (n) => `SELECT ${'NOT '.repeat(n)}true`,
    signs: (n) => `SELECT ${'- '.repeat(n)}1`,
    sums: (n) => `SELECT 1${' + 1'.repeat(n)}`,
    subscripts: (n) => `SELECT a${'[1]'.repeat(n)}`,
    'subscripts in subscripts': (n) => `SELECT ${'a['.repeat(n)}1${']'.repeat(n)}`,
    fields: (n) => `SELECT a${'.a'.repeat(n)}`,
    'time zones': (n) => `SELECT a${" AT TIME ZONE 'UTC'".repeat(n)}`,
    arrays: (n) => `SELECT ${'ARRAY['.repeat(n)}1${']'.repeat(n)}`,
    'functions of a value': (n) => `SELECT ${'trim('.repeat(n)}a${')'.repeat(n)}`,
    lambdas: (n) => `SELECT f(${'x -> '.repeat(n)}1)`,
    types: (n) => `SELECT CAST(NULL AS ${'array('.repeat(n)}bigint${')'.repeat(n)})`,
    'types behind each other': (n) => `SELECT CAST(NULL AS bigint${' ARRAY'.repeat(n)})`,
    explanations: (n) => `${'EXPLAIN '.repeat(n)}SELECT 1`,
    'common tables': (n) => `${'WITH a AS ('.repeat(n)}SELECT 1${') SELECT 1'.repeat(n)}`,
    windows: (n) => `SELECT ${'f(1) OVER (ORDER BY '.repeat(n)}1${')'.repeat(n)}`,
  }

  it.each(Object.entries(deep))('of depth holds for %s, and names what Trino names', (_, statement) => {
    expect(parseStatement(statement(20))).toBeDefined()
    for (const levels of [MAX_DEPTH + 1, 10_000, 20_000]) expect(refusal(statement(levels)).code).toBe('sql.stack_overflow')
    // Nor is what follows read: there is no end of it that could be wrong.
    expect(refusal(`${statement(20_000)} ]`).code).toBe('sql.stack_overflow')
  })

  it('of depth does not count the terms of AND and OR, which associate', () => {
    expect(parseStatement(`SELECT * FROM t WHERE a = 1${' OR a = 1'.repeat(20_000)}`)).toBeDefined()
    expect(parseStatement(`SELECT * FROM t WHERE a = 1${' AND a = 1'.repeat(20_000)}`)).toBeDefined()
  })

  it('of length holds', () => {
    expect(parseStatement(`SELECT '${'x'.repeat(MAX_LENGTH - 9)}'`)).toBeDefined()
    expect(refusal(`SELECT '${'x'.repeat(MAX_LENGTH - 8)}'`).code).toBe('sql.query_text_too_large')
  })
})

describe('tokens', () => {
  const answer = (sql: string) => selected(`SELECT ${sql}`)?.value

  it('are those of Trino', () => {
    expect(answer("'it''s'")).toBe("it's")
    expect(answer("U&'\\0041\\+01F600\\\\'")).toBe('A\u{1F600}\\')
    expect(answer("U&'!0041' UESCAPE '!'")).toBe('A')
    expect(answer('0xFF')).toBe('255')
    expect(answer('1_000')).toBe('1000')
    expect(answer("X'0a ff'")).toBe('0aff')
    expect(tree('SELECT 1 -- to the end of the line\r+ 1 /* within /* a line */ + 1')).toEqual(tree('SELECT 1 + 1 + 1'))
  })

  it.each([
    ["SELECT U&'\\00' ", 8],
    ["SELECT U&'\\D800'", 8],
    ["SELECT X'0'", 8],
    ["SELECT X'zz'", 8],
    ['SELECT 1__0', 8],
    ['SELECT 9223372036854775808', 8],
    ['SELECT 1 LIMIT 9223372036854775808', 16],
    ['SELECT 1 AS `a`', 13],
    ['SELECT 1 AS 1a', 13],
    ["SELECT '\u{1F600}' 'a'", 12],
    ['SELECT \u00a01', 8],
    ["SELECT 'open", 8],
    ['SELECT /* open', 8],
    ['SELECT extract(era FROM a)', 8],
    ['SELECT coalesce(1)', 8],
    ['SELECT 1 AS group', 13],
  ])('%s is a syntax error at column %i', (sql, column) => {
    expect(refusal(sql)).toEqual({ code: 'sql.syntax_error', line: 1, column })
  })

  it.each(["SELECT '", 'SELECT /*', 'SELECT "', 'SELECT `', "SELECT U&'", 'SELECT 0x', 'SELECT 1_'])(
    'that begin 100,000 times like %s are read in time',
    (head) => {
      const start = performance.now()
      expect(refusal(head + head.slice(7).repeat(100_000)).code).toBe('sql.syntax_error')
      expect(performance.now() - start).toBeLessThan(10_000)
    },
  )
})

describe('the text that a statement keeps', () => {
  const list = (count: number, item: (i: number) => string) => Array.from({ length: count }, (_, i) => item(i)).join(', ')
  const texts: readonly ((count: number) => string)[] = [
    (count) => `VALUES ${list(count, String)}`,
    (count) => `VALUES ${list(count, (i) => `(${i}, 'a')`)}`,
    (count) => `SELECT ${list(count, (i) => `c${i}`)}`,
    (count) => `SELECT 1 FROM t GROUP BY ${list(count, (i) => `c${i}`)}`,
    (count) => `SELECT 1 FROM t ORDER BY ${list(count, (i) => `c${i} + 1`)}`,
  ]

  it('is all of it, however long its last list and wherever that ends', () => {
    // Tokens are forgotten by the thousand: lists of two, four and six tokens an item end there.
    const near = [167, 250, 334, 500].flatMap((count) => [-2, -1, 0, 1, 2].map((more) => count + more))
    for (const count of [1, 2, ...near, 1001])
      for (const text of texts.map((make) => make(count))) {
        expect(parseStatement(`PREPARE p FROM ${text}`)).toMatchObject({ k: 'prepare', sql: text })
        expect(parseStatement(`CREATE VIEW v AS ${text}`)).toMatchObject({ k: 'createView', text })
      }
  })
})
