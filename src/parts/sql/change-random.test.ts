// Random INSERT, DELETE, UPDATE and MERGE beside the same on an array: after each the same rows, and the same counts; pyiceberg agrees at the end.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'

type Row = readonly [id: number, part: string | null, value: number | null]
type Test = (row: Row) => boolean

const STEPS = 15
const PARTS = ['a', 'b', 'c', null]

/** The same numbers for the same seed. */
function dice(seed: number) {
  let state = seed
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return { next, one: <T>(list: readonly T[]): T => list[next(list.length)] as T }
}

type Dice = ReturnType<typeof dice>

const quoted = (part: string | null): string => (part === null ? 'NULL' : `'${part}'`)
const rowText = ([id, part, value]: Row): string => `(${id}, ${quoted(part)}, ${value ?? 'NULL'})`

function condition({ next, one }: Dice): readonly [sql: string, test: Test] {
  const n = next(40)
  const part = one(['a', 'b', 'c'])
  return one<readonly [string, Test]>([
    [`id < ${n}`, ([id]) => id < n],
    [`id % 3 = ${n % 3}`, ([id]) => id % 3 === n % 3],
    [`part = '${part}'`, (row) => row[1] === part],
    ['part IS NULL', (row) => row[1] === null],
    [`value > ${n * 5}`, (row) => row[2] !== null && row[2] > n * 5],
    [`part = '${part}' AND id >= ${n}`, (row) => row[1] === part && row[0] >= n],
    ['true', () => true],
  ])
}

const rowsFrom = ({ next, one }: Dice): Row[] =>
  Array.from({ length: 1 + next(8) }, () => [next(40), one(PARTS), next(5) === 0 ? null : next(200)] as const)

/** A statement, the rows after it, and how many it changed. */
function step(random: Dice, rows: readonly Row[]): readonly [sql: string, rows: readonly Row[], count: number] {
  const kind = random.next(10)
  if (kind < 3) {
    const news = rowsFrom(random)
    return [`INSERT INTO t VALUES ${news.map(rowText).join(', ')}`, [...rows, ...news], news.length]
  }
  const [where, test] = condition(random)
  const hit = rows.filter(test)
  if (kind < 5) return [`DELETE FROM t WHERE ${where}`, rows.filter((row) => !test(row)), hit.length]
  if (kind < 7) {
    const part = random.one(PARTS)
    const changed = rows.map((row): Row => (test(row) ? [row[0], part, row[2] === null ? null : row[2] + 1] : row))
    return [`UPDATE t SET part = ${quoted(part)}, value = value + 1 WHERE ${where}`, changed, hit.length]
  }
  const source = [...new Map(rowsFrom(random).map((row) => [row[0], row])).values()]
  const of = (row: Row) => source.find(([id]) => id === row[0])
  const merged = rows.flatMap((row): Row[] => {
    const from = of(row)
    if (!from) return [row]
    if (from[1] === 'a') return []
    return from[1] === 'b' ? [[row[0], row[1], from[2]]] : [row]
  })
  const fresh = source.filter(([id, part]) => part !== 'c' && rows.every((row) => row[0] !== id))
  const count = rows.filter((row) => ['a', 'b'].includes(of(row)?.[1] ?? '')).length + fresh.length
  const sql = `MERGE INTO t USING (VALUES ${source.map(rowText).join(', ')}) AS s(id, part, value) ON t.id = s.id
    WHEN MATCHED AND s.part = 'a' THEN DELETE WHEN MATCHED AND s.part = 'b' THEN UPDATE SET value = s.value
    WHEN NOT MATCHED AND s.part IS DISTINCT FROM 'c' THEN INSERT VALUES (s.id, s.part, s.value)`
  return [sql, [...merged, ...fresh], count]
}

const sorted = (rows: readonly (readonly unknown[])[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted()

let lake: TestLake
beforeAll(async () => {
  lake = await startTestLake(
    { roleGrants: { engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true } }, masks: {}, classified: [], rowFilters: [] },
    () => ['engineer'],
  )
}, 120_000)
afterAll(() => lake?.stop())

it.each([
  ['unpartitioned', 1, ''],
  ['by a column', 2, "WITH (partitioning = ARRAY['part'])"],
  ['by buckets and a truncation', 3, "WITH (partitioning = ARRAY['bucket(id, 3)', 'truncate(part, 1)'])"],
])('%s', { timeout: 180_000 }, async (name, seed, properties) => {
  const random = dice(seed)
  await lake.rows('DROP TABLE IF EXISTS t')
  await lake.rows(`CREATE TABLE t (id integer, part varchar, value integer) ${properties}`)
  let rows: readonly Row[] = []
  for (let i = 0; i < STEPS; i++) {
    const [sql, after, count] = step(random, rows)
    const { error, updateCount } = await lake.ask(sql)
    expect(error, `${name}, step ${i}: ${sql}`).toBeUndefined()
    expect(updateCount, `${name}, step ${i}: ${sql}`).toBe(count)
    expect(sorted(await lake.rows('SELECT * FROM t')), `${name}, step ${i}: ${sql}`).toEqual(sorted(after))
    rows = after
  }
  const seen = await lake.pyiceberg(`
import json
print(json.dumps([list(r.values()) for r in c.load_table('ns.t').scan().to_arrow().to_pylist()]))`)
  expect(sorted(JSON.parse(seen) as unknown[][])).toEqual(sorted(rows))
})
