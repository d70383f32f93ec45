// Tables and views of each connector with hostile names, rows and conditions: each statement answers as with harmless ones.
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPostgresConnector } from '#parts/sql/connectors/postgresql/index'
import { DATABASE, LAKE } from '#parts/sql/dialect/test-lake'
import type { Shape } from '#parts/sql/dialect/test-spelling'
import { drawLiterals, HARMLESS, HOSTILE, random, replaced, sorted } from '#parts/sql/dialect/test-words'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const SEED = Number(process.env.AKKO_SEED ?? Date.now() % 1_000_000)
const NAMED = ['zn0z', 'zn1z', 'zn2z', 'zn3z', 'zn4z']
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

/** The answers of the statements, one by one; an error is one of the test. */
async function live(shapes: readonly Shape[], literals: readonly string[], names: readonly string[]): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const drawn of shapes) {
    const statement = drawn.spell(literals, names)
    const { rows, columns, error, updateCount } = await lake.ask(statement)
    expect(error, `seed ${SEED}: ${statement}\nfrom ${drawn.text}`).toBeUndefined()
    const described = columns.map(({ name, type }) => `${name.toLowerCase()} ${type.replaceAll(/varchar\(\d+\)/g, 'varchar')}`)
    answers.push({ rows, columns: described, count: updateCount })
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
