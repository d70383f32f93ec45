// Random queries whose literals and names are hostile, each with the answer that it has with harmless ones: 8,000 of two seeds; 2,000 other statements,
// read alone (hostile-definitions.test.ts runs such).
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { AkkoError } from '#kit/errors'
import { registerFunctions } from '#parts/engine/functions'
import { Analysis, type ResolvedTable, type Session } from '#parts/sql/dialect/analysis'
import { query } from '#parts/sql/dialect/query'
import { definition } from '#parts/sql/dialect/test-definitions'
import { shape } from '#parts/sql/dialect/test-statements'
import { bare } from '#parts/sql/dialect/test-trees'
import { drawLiterals, drawNames, HARMLESS, HOSTILE, NAMED, random, replaced, SEEDS, sorted } from '#parts/sql/dialect/test-words'
import { errorNameOf } from '#parts/sql/errors'
import { pointerOf } from '#parts/sql/query/versions'
import type { QualifiedName } from '#parts/sql/syntax/ast'
import { parseStatement } from '#parts/sql/syntax/statements'
import { bind, identifier, join, literal, print, type Sql, sql } from '#wire/duckdb/sql'
import { quoteName, quoteText } from '#wire/trino/names'

/** Of each seed. */
const QUERIES = 4_000
const DEFINITIONS = 1_000
/** Of each statement with other words. */
const SPELLINGS = 4

const session: Session = {
  caller: { sub: 'ada', roles: [], via: 'bearer', requestId: 'r' },
  catalog: 'c',
  schema: 's',
  now: new Date(0),
  version: '1',
  timeZone: 'UTC',
}

/**
 * The engine's SQL of a statement over tables whose columns have these names: `guarded` has a filter and a mask with these literals, and one
 * has these names for its catalogue, schema and its own.
 */
function translate(statement: string, literals: readonly string[], names: readonly string[], asked?: true): string {
  const [text, mark, ...rest] = names.map(quoteName)
  const table = (name: QualifiedName): ResolvedTable => {
    if (name.length === 3) expect(name.map((n) => n.text)).toEqual(names)
    const version = name.at(-1)?.version
    if (version) expect(pointerOf(version, session)).toEqual({ ref: literals[0] })
    const [own, schema = 's', catalog = 'c'] = name.map((n) => n.lower).reverse()
    const guarded = own === 'guarded'
    return {
      catalog,
      schema,
      table: own as string,
      columns: names.map((column) => ({ name: column, type: 'varchar', nullable: true })),
      rowFilters: guarded ? [`${text} <> ${quoteText(literals[1] as string)} OR ${rest[0]} = ${quoteText(literals[2] as string)}`] : [],
      columnMasks: guarded ? { [names[1] as string]: `${mark} || ${quoteText(literals[0] as string)}` } : {},
    }
  }
  const using = parseStatement(`EXECUTE p USING ${literals.map(quoteText)}`)
  const analysis = new Analysis(session, table, asked && using.k === 'execute' ? using.using : [])
  const tree = parseStatement(statement)
  if (tree.k !== 'query') throw new Error('not a query')
  const result = query(tree.query, analysis, undefined)
  for (const field of result.fields) field.use()
  const columns = names.map((name, i) => sql`${literal(literals[i] as string)} AS ${identifier(name)}`)
  const relation: Sql = sql`(SELECT ${join(columns)})`
  return print(
    bind(result.sql, () => relation),
    { maxLength: 1_000_000 },
  )
}

type Answer = { readonly rows: string } | { readonly error: string }

/** Statements and what they answer, from an engine of its own. */
async function answering(): Promise<(...statement: Parameters<typeof translate>) => Promise<Answer>> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  registerFunctions(connection)
  await connection.run('SET GLOBAL integer_division = true')
  // What it is asked is the same; a quarter of the time is its own.
  await connection.run('PRAGMA disable_optimizer')
  return async (...statement) => {
    try {
      return { rows: JSON.stringify((await connection.runAndReadAll(translate(...statement))).getRowsJson()) }
    } catch (error) {
      return { error: `${error instanceof AkkoError ? errorNameOf(error) : 'engine'}: ${(error as Error).message}` }
    }
  }
}

/** What of an error does not depend on the words. */
const category = (answer: Answer): string => ('error' in answer ? answer.error.replace(/:.*/s, '') : 'none')

describe.each(SEEDS)('with the seed %i', (seed) => {
  it('4,000 random queries answer as with harmless words', { timeout: 600_000 }, async () => {
    const answer = await answering()
    const below = random(seed)
    const harmless = new Map<string, Answer>()
    let [rows, errors] = [0, 0]
    let drawn = shape(below)
    for (let i = 0; i < QUERIES; i++) {
      if (i % SPELLINGS === 0) drawn = shape(below)
      const [literals, names] = [drawLiterals(below), drawNames(below)]
      const plain = literals.map((text) => HARMLESS[literals.indexOf(text)] as string)
      const spelled = drawn.spell(literals, names)
      const context = `seed ${seed}, statement ${i}: ${spelled}\nfrom ${drawn.text}`
      const key = `${drawn.text}\u0000${plain.join()}`
      const known = harmless.get(key) ?? (await answer(drawn.spell(plain, NAMED), plain, NAMED, drawn.asked))
      harmless.set(key, known)
      const actual = await answer(spelled, literals, names, drawn.asked)
      if (drawn.fails || 'error' in known || 'error' in actual) {
        expect(drawn.fails, `${context}\n${JSON.stringify([known, actual])}`).toBe(true)
        expect(actual, context).toEqual({ error: expect.any(String) })
        expect(category(actual), context).toEqual(category(known))
        errors++
        continue
      }
      const found = sorted(JSON.parse(actual.rows) as unknown[])
      const expected = sorted(replaced(known.rows, literals, names) as unknown[])
      rows += found.length
      if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found, context).toEqual(expected)
    }
    expect(rows).toBeGreaterThan(QUERIES)
    expect(errors).toBeGreaterThan(QUERIES / 50)
  })

  it('1,000 random statements of other kinds mean what they mean with harmless words', () => {
    const below = random(seed)
    const kinds = new Set<string>()
    for (let i = 0; i < DEFINITIONS; i++) {
      const drawn = definition(below)
      const [literals, names] = [[0, 1, 2].map(() => HOSTILE[below(HOSTILE.length)] as string), drawNames(below)]
      const context = `seed ${seed}, statement ${i}: ${drawn.spell(literals, names)}\nfrom ${drawn.text}`
      try {
        const tree = parseStatement(drawn.spell(literals, names))
        kinds.add(tree.k)
        const expected = replaced(bare(parseStatement(drawn.spell(HARMLESS, NAMED))), literals, names)
        const found = bare(tree)
        if (found !== JSON.stringify(expected)) expect(JSON.parse(found), context).toEqual(expected)
      } catch (error) {
        throw new Error(`${context}\n${(error as Error).message}`, { cause: error })
      }
    }
    expect(kinds.size).toBeGreaterThan(20)
  })
})
