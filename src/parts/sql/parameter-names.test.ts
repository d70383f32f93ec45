// Columns of a table that are called as a parameter of a lambda of ours, with members of the same names: each keeps its own values.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, type Bench, columns, fixtureConnector, openBench, startSql } from '#parts/sql/testing'

/** What lambdas call their parameters, and the members of those. */
const NAMES = ['own', ...[...'abcdefghijklmnopqrstuvyz'].flatMap((letter) => [`${letter}0`, `${letter}1`])]
const MEMBERS = [...'cfiklnprsvwx', 'key', 'value', 'error', 'v1', 'v2']

const decoys = {
  columns: columns(
    `x double; w varchar; ${NAMES.map((name) => `${name} row(${MEMBERS.map((m) => `${m} double`).join(', ')})`).join('; ')}`,
  ),
  sql: `SELECT * FROM (VALUES (1::DOUBLE, 'running'), (2::DOUBLE, 'walked')) t(x, w), (SELECT ${NAMES.map((name) => `{${MEMBERS.map((m) => `'${m}': 77::DOUBLE`).join(', ')}} AS ${name}`).join(', ')}) d`,
}

const SCALARS = [
  'contains(ARRAY[x, 3e0], 1e0)',
  'array_position(ARRAY[0e0, x], 2e0)',
  'array_sort(ARRAY[x, 0e0, 1.5e0], (a, b) -> IF(a < b, 1, IF(a = b, 0, -1)))',
  'array_distinct(ARRAY[x, x, 0e0])',
  'array_union(ARRAY[x], ARRAY[0e0])',
  'ARRAY[ARRAY[x]] < ARRAY[ARRAY[1.5e0]]',
  'reduce(ARRAY[x, 2e0], 0e0, (s, y) -> s + y, s -> s * 2)',
  'transform_values(MAP(ARRAY[x], ARRAY[w]), (k, v) -> v || CAST(k AS varchar))',
  'map_filter(MAP(ARRAY[x], ARRAY[w]), (k, v) -> k > 1)',
  'map_zip_with(MAP(ARRAY[x], ARRAY[w]), MAP(ARRAY[2e0], ARRAY[w]), (k, a, b) -> a)',
  'CAST(JSON \'{"a":1}\' AS map(varchar, bigint))',
  'CAST(MAP(ARRAY[w], ARRAY[x]) AS json)',
  'TRY(word_stem(w)), TRY(1 / CAST(x - 1 AS integer))',
  'multimap_from_entries(ARRAY[ROW(w, x)])',
]
const AGGREGATES = [
  'map_agg(w, x)',
  'multimap_agg(w, x)',
  'histogram(w)',
  'max(w, 1), min(w, 1)',
  'max_by(x, w, 1), min_by(x, w, 1)',
  'corr(x, x * x)',
  'array_agg(combinations(ARRAY[x, 2e0], 2))',
  'approx_percentile(x, 0.5e0), approx_percentile(x, ARRAY[0.1e0, 0.9e0])',
  'TRY(1 / (sum(CAST(x AS integer)) - 3))',
  "sum(DECIMAL '12345678901234567890.5' * CAST(x AS decimal(10, 2)))",
]

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench, { connectors: { lake: fixtureConnector({ s: { decoys } }) } })
})
afterAll(async () => {
  await sql?.stop()
  await bench?.close()
})

/** Read by the statement, so that they stand beside what it computes. */
const BESIDE = `WHERE coalesce(${NAMES.join(', ')}) IS NOT NULL`

it.each([...SCALARS, ...AGGREGATES])('%s', async (what) => {
  const [plain, beside] = [
    await ask(sql.url, `SELECT ${what} FROM lake.s.decoys `),
    await ask(sql.url, `SELECT ${what} FROM lake.s.decoys ${BESIDE} `),
  ]
  expect([plain.error?.message, beside.error?.message]).toEqual([undefined, undefined])
  expect(plain.rows.length).toBeGreaterThan(0)
  expect(beside.rows).toEqual(plain.rows)
})
