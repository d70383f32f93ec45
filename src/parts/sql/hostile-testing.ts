// For tests: statements over tables of a connector with hostile names, rows and conditions, each beside what it answers with harmless ones.
import { expect } from 'vitest'
import type { AccessModel } from '#kit/access-model'
import { nested, type Shape } from '#parts/sql/dialect/test-spelling'
import { shape } from '#parts/sql/dialect/test-statements'
import { drawLiterals, HARMLESS, HOSTILE, random, replaced, SEEDS, sorted } from '#parts/sql/dialect/test-words'
import type { TestLake } from '#parts/sql/lake-testing'

/** The day's. */
const SEED = SEEDS.at(-1) as number
const NAMED = ['zn0z', 'zn1z', 'zn2z', 'zn3z', 'zn4z']
const WORDS = HOSTILE.filter((word) => word.trim() !== '')
/** Queries at once: as many as the engine keeps processes for one person, or it would start one after the other. */
const IN_FLIGHT = 2

/** Everything may be read, and the lake and memory be changed. */
export const OPEN: AccessModel = {
  roleGrants: { engineer: { read: ['*.*'], write: ['iceberg.*', 'memory.*'], clear: true } },
  masks: {},
  classified: [],
  rowFilters: [],
}

/** Of a schema `«3»` and a table `«4»` with the columns id, `«0»`, `«1»` and `«2»`: rows of the literals. */
export const ROWS = `VALUES (1, ‹0›, ‹1›, 'x'), (2, ‹1›, ‹2›, ‹0›), (3, ‹2›, NULL, ‹1›), (4, 'x', ‹0›, ‹2›)`

type Make = (literals: readonly string[], names: readonly string[]) => Promise<unknown>

const described = ({ name, type }: { name: string; type: string }): string =>
  `${name.toLowerCase()} ${type.replaceAll(/varchar\(\d+\)/g, 'varchar')}`

interface Answer {
  readonly rows: readonly unknown[]
  /** Names and types; how long a text may be is not compared. */
  readonly columns: readonly string[]
  readonly count: number | undefined
}

/** The answers of the statements, one by one; an error is one of the test. */
async function live(lake: TestLake, shapes: readonly Shape[], literals: readonly string[], names: readonly string[]): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const drawn of shapes) {
    const statement = drawn.spell(literals, names)
    const { rows, columns, error, updateCount } = await lake.ask(statement)
    expect(error, `seed ${SEED}: ${statement}\nfrom ${drawn.text}`).toBeUndefined()
    answers.push({ rows, columns: columns.map(described), count: updateCount })
  }
  return answers
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

/** The statements answer with hostile words as with harmless ones, after what `prepare` makes for these; the first `limited` names are of catalogues. */
export async function sameLife(lake: TestLake, shapes: readonly Shape[], limited: number, prepare: Make): Promise<void> {
  await prepare(HARMLESS, NAMED)
  const harmless = await live(lake, shapes, HARMLESS, NAMED)
  for (const { literals, names } of rounds(limited)) {
    await prepare(literals, names)
    const hostile = await live(lake, shapes, literals, names)
    const lower = names.map((name) => name.toLowerCase())
    for (const [i, answer] of hostile.entries()) {
      const expected = replaced(JSON.stringify(harmless[i]), literals, lower) as Answer
      const context = `seed ${SEED}: ${shapes[i]?.spell(literals, names)}\nfrom ${shapes[i]?.text}`
      expect({ ...answer, rows: sorted(answer.rows) }, context).toEqual({ ...expected, rows: sorted(expected.rows) })
    }
  }
}

/** A query with hostile words and with harmless ones: how many rows both have; undefined where both end in the same error. */
async function sameAnswer(lake: TestLake, i: number, drawn: Shape, { literals, names }: ReturnType<typeof rounds>[number]) {
  const run = drawn.asked ? nested('EXECUTE IMMEDIATE ', drawn.text, ' USING ‹0›, ‹1›, ‹2›') : drawn
  const statement = run.spell(literals, names)
  const context = `seed ${SEED}, query ${i}: ${statement}\nfrom ${run.text}`
  const [known, actual] = [await lake.ask(run.spell(HARMLESS, NAMED)), await lake.ask(statement)]
  expect([known.error !== undefined, actual.error?.errorName], `${context}\n${known.error?.message}\n${actual.error?.message}`).toEqual([
    drawn.fails === true,
    known.error?.errorName,
  ])
  if (known.error) return undefined
  const expected = replaced(JSON.stringify({ columns: known.columns.map(described), rows: known.rows }), literals, names) as typeof known
  const lower = (columns: readonly unknown[]) => columns.map((column) => String(column).toLowerCase())
  expect(lower(actual.columns.map(described)), context).toEqual(lower(expected.columns))
  expect(sorted(actual.rows), context).toEqual(sorted(expected.rows))
  return actual.rows.length
}

export interface Tables {
  readonly catalog: string
  /** As `rounds` has it, of the table and its schema. */
  readonly limited: number
  /** The first literal names a state of the table. */
  readonly versioned: boolean
  /** Makes a table of ROWS. */
  readonly make: Make
}

/** So many drawn queries over the tables of a connector answer as with harmless words. */
export async function sameAnswers(lake: TestLake, count: number, { catalog, limited, versioned, make }: Tables): Promise<void> {
  const table = `${catalog}.«3».«4»`
  const over = { rows: `${table} AS t(id, v, w, u)`, table, own: '«4»', others: [table, table], versioned } as const
  const hostile = rounds(limited).map(({ literals, names: [own, schema, ...free] }) => ({
    literals: literals[0] === '__proto__' ? literals.toReversed() : literals, // The catalogue has no state of this name.
    names: [...free, schema, own] as string[],
  }))
  for (const { literals, names } of [{ literals: HARMLESS, names: NAMED }, ...hostile]) await make(literals, names)
  const below = random(SEED)
  const drawn = Array.from({ length: count }, () => shape(below, over))
  const found: (number | undefined)[] = []
  let next = 0
  const work = async () => {
    for (let i = next++; i < count; i = next++)
      found[i] = await sameAnswer(lake, i, drawn[i] as Shape, hostile[i % hostile.length] as (typeof hostile)[number])
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, work))
  const answered = found.filter((rows) => rows !== undefined)
  expect(answered.reduce((sum, rows) => sum + rows, 0)).toBeGreaterThan(count)
  expect(count - answered.length).toBeGreaterThan(count / 50)
}
