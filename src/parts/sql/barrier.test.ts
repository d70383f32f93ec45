// A row filter is a barrier: what a statement asks is asked of the rows that pass it, and no error tells a value of another.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { ask, type Bench, columns, fixtureConnector, openBench, startSql } from '#parts/sql/testing'

const FR = `(range % 100 = 0)`
/** Rows of France are harmless, all others break whatever is computed of them. */
const rows = `SELECT range AS id, CASE WHEN ${FR} THEN 'FR' ELSE 'DE' END AS country, CAST(CASE WHEN ${FR} THEN 1 ELSE 2147483000 END AS INTEGER) AS x,
  CASE WHEN ${FR} THEN '1' ELSE 'secret(%' || range END AS s, CASE WHEN ${FR} THEN '31'::BLOB ELSE '\\xff'::BLOB END AS b FROM range(3000)`
const shape = columns('id bigint; country varchar; x integer; s varchar; b varbinary')
const tables = {
  guarded: { columns: shape, sql: rows },
  visible: { columns: shape, sql: `SELECT range * 100 AS id, 'FR' AS country, 1 AS x, '1' AS s, '31'::BLOB AS b FROM range(30)` },
  broken: { columns: shape, sql: `SELECT id, country, x, CASE WHEN id = 0 THEN 'broken-' || s ELSE s END AS s, b FROM (${rows})` },
  masked: { columns: shape, sql: rows },
}
const policy: Authoriser = {
  async decide(_caller, _action, resource) {
    const name = resource.path.at(-1)
    if (resource.kind !== 'table') return { allow: true }
    if (name === 'guarded' || name === 'broken')
      return { allow: true, rowFilters: [`regexp_like(lower(country) || CAST(x AS varchar), '^f.*')`] }
    if (name === 'masked') return { allow: true, columnMasks: { x: 'CAST(s AS integer)' } }
    return { allow: true }
  },
}

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
const connector = fixtureConnector({ public: tables })
const run = (statement: string) => ask(sql.url, statement, { 'x-trino-catalog': 'pg', 'x-trino-schema': 'public' })

beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench, { connectors: { pg: connector }, authoriser: policy })
})
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

const CONDITIONS = [
  `CAST(q.s AS integer) = 1`,
  `10 / (q.x - 2147483000) < 0`,
  `q.x + 1000 > 0`,
  `from_hex('0' || q.s) IS NOT NULL`,
  `json_parse(q.s) IS NOT NULL`,
  `date_parse('2000-01-0' || q.s, '%Y-%m-%d') IS NOT NULL`,
  `regexp_like('a1', q.s)`,
  `regexp_extract('a1', q.s) = '1'`,
  `cardinality(regexp_extract_all('a1', q.s)) = 1`,
  `regexp_replace('a1', q.s, 'x') = 'ax'`,
  `cardinality(regexp_split('a1', q.s)) = 2`,
  `hamming_distance(q.s, '1') = 0`,
  `from_utf8(q.b) = '1'`,
  `chr(q.x + 64) = 'A'`,
  `date_add('day', q.x, DATE '2000-01-01') > DATE '2000-01-01'`,
  `ARRAY[1, 2][q.x] = 1`,
  `cardinality(map(ARRAY[q.x, 2147483000], ARRAY[1, 2])) = 2`,
  `CASE WHEN q.country = 'FR' THEN true ELSE 1 / (q.x - q.x) = 1 END`,
]
const SHAPES: readonly [string, (condition: string, table: string) => string][] = [
  ['a condition', (c, t) => `SELECT count(*) FROM ${t} q WHERE ${c}`],
  ['a join', (c, t) => `SELECT count(*) FROM ${t} q JOIN (VALUES 0, 1) o(k) ON q.id >= o.k AND ${c}`],
  ['a subquery', (c, t) => `SELECT count(*) FROM (VALUES 0, 100) o(k) WHERE EXISTS (SELECT 1 FROM ${t} q WHERE q.id = o.k AND ${c})`],
  [
    'a computed column under a join',
    (c, t) => `SELECT count(*) FROM (SELECT ${c} AS z, id FROM ${t} q) y JOIN (VALUES 0, 1) o(k) ON y.id >= o.k WHERE z`,
  ],
  ['an aggregate', (c, t) => `SELECT count(*) FILTER (WHERE ${c}), bool_or(${c}) FROM ${t} q`],
  [
    'a common table',
    (c, t) =>
      `WITH w AS (SELECT * FROM ${t}) SELECT (SELECT count(*) FROM w q WHERE ${c}), (SELECT count(*) FROM w q WHERE ${c} AND q.id < 1000)`,
  ],
  ['a grouping', (c, t) => `SELECT ${c}, count(*) FROM ${t} q GROUP BY ${c} HAVING bool_and(${c})`],
  ['a window', (c, t) => `SELECT count(*) FROM (SELECT row_number() OVER (PARTITION BY ${c} ORDER BY id) AS n FROM ${t} q) WHERE n > 2`],
]

describe.each(SHAPES)('behind a filter, in %s', (_, statement) => {
  it.each(CONDITIONS)('%s', async (condition) => {
    const [guarded, visible] = [await run(statement(condition, 'guarded')), await run(statement(condition, 'visible'))]
    expect(visible.error).toBeUndefined()
    expect(guarded.error).toBeUndefined()
    expect(guarded.rows).toEqual(visible.rows)
  })
})

describe('errors', () => {
  it('of a row that is seen keep their name, and tell no value', async () => {
    for (const [call, errorName, says] of [
      ['json_parse(s)', 'INVALID_FUNCTION_ARGUMENT', 'JSON'],
      [`CAST(json_parse(concat('"', s, '"')) AS bigint)`, 'INVALID_CAST_ARGUMENT', 'withheld'],
    ])
      for (const statement of [`SELECT ${call} FROM broken`, `SELECT count(*) FROM broken WHERE ${call} IS NOT NULL`]) {
        const answer = await run(statement)
        expect(answer.error?.errorName).toBe(errorName)
        expect(answer.error?.message).toContain(says)
        expect(answer.error?.message).not.toMatch(/broken-|secret/)
      }
    expect((await run(`SELECT 1 / (x - 1) FROM guarded`)).error?.errorName).toBe('DIVISION_BY_ZERO')
  })

  it('of a mask tell nothing of what it masks', async () => {
    const answer = await run('SELECT x FROM masked')
    expect(answer.error?.errorName).toBe('INVALID_CAST_ARGUMENT')
    expect(answer.error?.message).not.toContain('secret')
  })

  it('without a policy say what is wrong', async () => {
    const answer = await run(`SELECT json_parse('broken-1') FROM visible`)
    expect(answer.error?.message).toContain('Malformed')
  })
})

describe('what a source is handed of a filtered table', () => {
  it("is the policy's own conditions and none of the statement's", async () => {
    const plain = await startSql(bench, {
      connectors: { pg: connector },
      authoriser: {
        decide: async (_caller, _action, { kind, path }) =>
          kind === 'table' && path.at(-1) === 'guarded' ? { allow: true, rowFilters: [`country = 'FR' AND x < 10`] } : { allow: true },
      },
    })
    connector.asked.length = 0
    const answer = await ask(plain.url, `SELECT count(*) FROM pg.public.guarded WHERE s = '1' AND id > 5`)
    expect(answer.rows).toEqual([[29]])
    expect(connector.asked.map(({ predicates }) => predicates.map((p) => p.column))).toEqual([['country', 'x']])
    await plain.stop()
  })
})
