// 10,000 random statements whose literals and names are hostile, each with the answer that it has with harmless ones.
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { registerFunctions } from '#parts/engine/functions'
import { Analysis, type ResolvedTable, type Session } from '#parts/sql/dialect/analysis'
import { query } from '#parts/sql/dialect/query'
import { HOSTILE, random, shape } from '#parts/sql/dialect/test-statements'
import { parseStatement } from '#parts/sql/syntax/statements'
import { bind, identifier, join, literal, print, type Sql, sql } from '#wire/duckdb/sql'
import { quoteName, quoteText } from '#wire/trino/names'

const STATEMENTS = 10_000
/** Of each statement with other words. */
const SPELLINGS = 4
const SEED = Number(process.env.AKKO_SEED ?? Date.now() % 1_000_000)

const session: Session = {
  caller: { sub: 'ada', roles: [], via: 'bearer', requestId: 'r' },
  catalog: 'c',
  schema: 's',
  now: new Date(0),
  version: '1',
  timeZone: 'UTC',
}

/** The engine's SQL of a statement over two tables whose columns have these names; `guarded` has a filter and a mask with these literals. */
function translate(statement: string, literals: readonly string[], names: readonly string[]): string {
  const [text, mark, ...rest] = names.map(quoteName)
  const table = (name: string): ResolvedTable => ({
    catalog: 'c',
    schema: 's',
    table: name,
    columns: names.map((column) => ({ name: column, type: 'varchar', nullable: true })),
    rowFilters:
      name === 'guarded' ? [`${text} <> ${quoteText(literals[1] as string)} OR ${rest[0]} = ${quoteText(literals[2] as string)}`] : [],
    columnMasks: name === 'guarded' ? { [names[1] as string]: `${mark} || ${quoteText(literals[0] as string)}` } : {},
  })
  const analysis = new Analysis(session, (name) => table(name.at(-1)?.lower as string))
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

/** Three texts of which none holds another, unless it is the same: then no two rows of them read alike when put together. */
function draw(below: (n: number) => number): string[] {
  for (;;) {
    const texts = [0, 1, 2].map(() => HOSTILE[below(HOSTILE.length)] as string)
    if (texts.every((text) => text !== '' && texts.every((other) => other === text || !text.includes(other)))) return texts
  }
}

describe(`with the seed ${SEED}`, () => {
  it('10,000 random statements answer as with harmless words', { timeout: 600_000 }, async () => {
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
    registerFunctions(connection)
    await connection.run('SET GLOBAL integer_division = true')
    const answer = async (text: string): Promise<string> => {
      const rows = (await connection.runAndReadAll(text)).getRowsJson()
      return JSON.stringify(rows)
    }
    /** Rows in an order of their own, with harmless words replaced by those given. */
    const sorted = (json: string, word: (text: string) => string): string[] => {
      const replaced = JSON.parse(json, (_, value: unknown) => (typeof value === 'string' ? word(value) : value)) as unknown[]
      return replaced.map((row) => JSON.stringify(row)).sort()
    }
    const below = random(SEED)
    const harmless = new Map<string, string>()
    const HARMLESS = ['zq0z', 'zq1z', 'zq2z']
    let rows = 0
    let drawn = shape(below)
    for (let i = 0; i < STATEMENTS; i++) {
      if (i % SPELLINGS === 0) drawn = shape(below)
      const literals = draw(below)
      const names = [...new Set([0, 1, 2].map(() => below(HOSTILE.length - 3)))]
        .map((at) => HOSTILE[at] as string)
        .filter((name) => name !== '')
      while (names.length < 3) names.push(`n${names.length}${HOSTILE[below(40)]}`)
      const plain = literals.map((text) => HARMLESS[literals.indexOf(text)] as string)
      const context = `seed ${SEED}, statement ${i}: ${drawn.spell(literals, names)}`
      try {
        const key = `${drawn.text}\u0000${plain.join()}`
        const known = harmless.get(key) ?? (await answer(translate(drawn.spell(plain, ['na', 'nb', 'nc']), plain, ['na', 'nb', 'nc'])))
        harmless.set(key, known)
        const expected = sorted(known, (text) => text.replaceAll(/zq([012])z/g, (_, n: string) => literals[Number(n)] as string))
        const actual = sorted(await answer(translate(drawn.spell(literals, names), literals, names)), (text) => text)
        rows += actual.length
        if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual, context).toEqual(expected)
      } catch (error) {
        throw new Error(`${context}\n${(error as Error).message}`, { cause: error })
      }
    }
    expect(rows).toBeGreaterThan(STATEMENTS)
  })
})
