// Tables and views of each connector with hostile names, rows and conditions: each statement answers as with harmless ones.
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPostgresConnector } from '#parts/sql/connectors/postgresql/index'
import { DATABASE, LAKE } from '#parts/sql/dialect/test-lake'
import { nested, type Shape, shapeOf } from '#parts/sql/dialect/test-spelling'
import { shape } from '#parts/sql/dialect/test-statements'
import { drawLiterals, HARMLESS, HOSTILE, random, replaced, sorted } from '#parts/sql/dialect/test-words'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const SEED = Number(process.env.AKKO_SEED ?? Date.now() % 1_000_000)
const NAMED = ['zn0z', 'zn1z', 'zn2z', 'zn3z', 'zn4z']
/** Queries drawn for each connector. */
const DRAWN = 100
const WORDS = HOSTILE.filter((word) => word.trim() !== '')

let lake: TestLake
let server: TempPostgres
let admin: pg.Pool
beforeAll(async () => {
  server = await startTempPostgres()
  admin = new pg.Pool({ connectionString: server.url('postgres') })
  admin.on('error', () => {})
  lake = await startTestLake(
    { roleGrants: { engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true } }, masks: {}, classified: [], rowFilters: [] },
    () => ['engineer'],
    (authoriser) => ({ pg: createPostgresConnector({ catalog: 'pg', pool: admin, authoriser }) }),
  )
  await lake.rows('CREATE TABLE iceberg.ns.copied (id integer, word varchar, other varchar)')
}, 120_000)
afterAll(async () => {
  await lake?.stop()
  await admin?.end()
  await server?.stop()
})

interface Answer {
  readonly rows: readonly unknown[]
  /** Names and types; how long a text may be is not compared. */
  readonly columns: readonly string[]
  readonly count: number | undefined
}

const described = ({ name, type }: { name: string; type: string }): string =>
  `${name.toLowerCase()} ${type.replaceAll(/varchar\(\d+\)/g, 'varchar')}`

/** The answers of the statements, one by one; an error is one of the test. */
async function live(shapes: readonly Shape[], literals: readonly string[], names: readonly string[]): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const drawn of shapes) {
    const statement = drawn.spell(literals, names)
    const { rows, columns, error, updateCount } = await lake.ask(statement)
    expect(error, `seed ${SEED}: ${statement}\nfrom ${drawn.text}`).toBeUndefined()
    answers.push({ rows, columns: columns.map(described), count: updateCount })
  }
  return answers
}

async function makeTable(literals: readonly string[], names: readonly string[]): Promise<void> {
  const [schema, table, id] = names.map((name) => pg.escapeIdentifier(name.toLowerCase())) as [string, string, string]
  await admin.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.${table} (${id} int, ${schema} text, ${table} text)`)
  const [a, b, c] = literals
  await admin.query(`INSERT INTO ${schema}.${table} VALUES (1, $1, $2), (2, $2, $3), (3, $3, NULL), (4, 'x', $1)`, [a, b, c])
}

/** Of which each is a name in some round; `limited` are the places of those that the catalogue takes with some characters only. */
function rounds(limited: number): { literals: string[]; names: string[] }[] {
  const below = random(SEED)
  const order = WORDS.map((word) => ({ word, at: below(1_000_000) })).sort((a, b) => a.at - b.at)
  const words = order.map(({ word }) => word)
  const plain = words.filter((word) => !/[./\\\p{Cc}]/u.test(word))
  return Array.from({ length: Math.ceil(words.length / NAMED.length) }, (_, i) => {
    const names = Array.from({ length: limited }, (_, j) => plain[(i * limited + j) % plain.length] as string)
    const others = words.filter((word) => !names.includes(word))
    const free = NAMED.slice(limited).map((_, j) => others[(i * NAMED.length + j) % others.length] as string)
    return { literals: drawLiterals(below, true), names: [...names, ...free] }
  })
}

it.each([
  ['the lake', LAKE, 4, async (_: readonly string[], names: readonly string[]) => lake.createSchema((names[0] as string).toLowerCase())],
  ['PostgreSQL', DATABASE, 0, makeTable],
] as const)('a life of tables in %s is the same with hostile words', { timeout: 600_000 }, async (_, shapes, limited, prepare) => {
  await prepare(HARMLESS, NAMED)
  const harmless = await live(shapes, HARMLESS, NAMED)
  for (const { literals, names } of rounds(limited)) {
    await prepare(literals, names)
    const hostile = await live(shapes, literals, names)
    const lower = names.map((name) => name.toLowerCase())
    for (const [i, answer] of hostile.entries()) {
      const expected = replaced(JSON.stringify(harmless[i]), literals, lower) as Answer
      const context = `seed ${SEED}: ${shapes[i]?.spell(literals, names)}\nfrom ${shapes[i]?.text}`
      expect({ ...answer, rows: sorted(answer.rows) }, context).toEqual({ ...expected, rows: sorted(expected.rows) })
    }
  }
})

/** Of a schema `«3»` and a table `«4»` with the columns id, `«0»`, `«1»` and `«2»`: rows of these literals. */
const ROWS = `VALUES (1, ‹0›, ‹1›, 'x'), (2, ‹1›, ‹2›, ‹0›), (3, ‹2›, NULL, ‹1›), (4, 'x', ‹0›, ‹2›)`
const MADE: Readonly<Record<string, (literals: readonly string[], names: readonly string[]) => Promise<unknown>>> = {
  iceberg: async (literals, names) => {
    const schema = (names[3] as string).toLowerCase()
    const there = await lake.rows('SHOW SCHEMAS FROM iceberg')
    if (!there.some(([name]) => name === schema)) await lake.createSchema(schema)
    const table = shapeOf(`CREATE TABLE iceberg.«3».«4» AS SELECT * FROM (${ROWS}) AS t(id, «0», «1», «2»)`)
    await lake.rows(table.spell(literals, names))
  },
  pg: async (literals, names) => {
    const [a, b, c, schema, table] = names.map((name) => pg.escapeIdentifier(name.toLowerCase())) as [
      string,
      string,
      string,
      string,
      string,
    ]
    await admin.query(`CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE TABLE ${schema}.${table} (id int, ${a} text, ${b} text, ${c} text)`)
    const rows = ROWS.replaceAll(/‹(\d)›/g, (_, i: string) => pg.escapeLiteral(literals[Number(i)] as string))
    await admin.query(`INSERT INTO ${schema}.${table} ${rows}`)
  },
}

it.each(Object.keys(MADE))('100 random queries over tables of %s answer as with harmless words', { timeout: 600_000 }, async (catalog) => {
  const make = MADE[catalog] as (typeof MADE)[string]
  const table = `${catalog}.«3».«4»`
  const over = { rows: `${table} AS t(id, v, w, u)`, table, own: '«4»', others: [table, table] } as const
  const below = random(SEED)
  const hostile = rounds(catalog === 'iceberg' ? 2 : 0).map(({ literals, names: [own, schema, ...free] }) => ({
    literals,
    names: [...free, schema, own] as string[],
  }))
  for (const { literals, names } of [{ literals: HARMLESS, names: NAMED }, ...hostile]) await make(literals, names)
  let [rows, errors] = [0, 0]
  for (let i = 0; i < DRAWN; i++) {
    const drawn = shape(below, over)
    const run = drawn.asked ? nested('EXECUTE IMMEDIATE ', drawn.text, ' USING ‹0›, ‹1›, ‹2›') : drawn
    const { literals, names } = hostile[i % hostile.length] as (typeof hostile)[number]
    const statement = run.spell(literals, names)
    const context = `seed ${SEED}, query ${i}: ${statement}\nfrom ${run.text}`
    const [known, actual] = [await lake.ask(run.spell(HARMLESS, NAMED)), await lake.ask(statement)]
    expect([known.error !== undefined, actual.error?.errorName], `${context}\n${known.error?.message}\n${actual.error?.message}`).toEqual([
      drawn.fails === true,
      known.error?.errorName,
    ])
    if (known.error) {
      errors++
      continue
    }
    const expected = replaced(JSON.stringify({ columns: known.columns.map(described), rows: known.rows }), literals, names) as typeof known
    const lower = expected.columns.map((column) => String(column).toLowerCase())
    expect(
      actual.columns.map(described).map((column) => column.toLowerCase()),
      context,
    ).toEqual(lower)
    expect(sorted(actual.rows), context).toEqual(sorted(expected.rows))
    rows += actual.rows.length
  }
  expect(rows).toBeGreaterThan(DRAWN)
  expect(errors).toBeGreaterThan(DRAWN / 50)
})
