// 2,000 random statements of two seeds that are no queries, run with hostile words: each answers, and has done, what it does with harmless ones.
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definition } from '#parts/sql/dialect/test-definitions'
import { effect } from '#parts/sql/dialect/test-effects'
import { meaning } from '#parts/sql/dialect/test-trees'
import { drawLiterals, drawNames, HARMLESS, HOSTILE, NAMED, random, replaced, SEEDS, sorted } from '#parts/sql/dialect/test-words'
import { createWorld, type Words, type World } from '#parts/sql/test-world'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'

/** Of each seed. */
const STATEMENTS = 1_000
/** Of each with other words. */
const SPELLINGS = 4
/** Of each name, as the client sends it along. */
const PREPARED = 'SELECT ?, ?'

/** As a name is kept; without the dot, which would part a catalogue from its session property. */
const kept = (name: string): string => name.toLowerCase().replaceAll('.', '')

let bench: Bench
let world: World
let sql: Awaited<ReturnType<typeof startSql>>
beforeAll(async () => {
  bench = await openBench()
  world = createWorld(await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect(), { literals: HARMLESS, names: NAMED })
  const words = HOSTILE.flatMap((word) => [word, ...[0, 1, 2].map((i) => `n${i}${word}`)])
  const catalogs = ['c', ...NAMED, ...words.map(kept)]
  sql = await startSql(bench, { connectors: Object.fromEntries(catalogs.map((name) => [name, world.connector])) })
})
afterAll(async () => {
  await sql?.stop()
  await bench?.close()
})

const parts = (value: string): unknown[] => value.split('=').map((part) => meaning(decodeURIComponent(part.replaceAll('+', ' '))))

/** What a statement answers and has done; of an error what does not depend on the words. */
async function answer(statement: string, words: Words): Promise<string> {
  world.words = words
  const pairs = words.names.map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(PREPARED)}`)
  const session = { 'x-trino-catalog': 'c', 'x-trino-schema': 's', 'x-trino-prepared-statement': pairs.join(',') }
  const { columns, rows, error, updateType, updateCount, headers } = await ask(sql.url, statement, session)
  const told = world.told()
  if (error) return JSON.stringify({ error: error.errorName })
  const set = [...headers].flatMap(([name, value]) =>
    /^x-trino-(?:set|clear|added|deallocated)/.test(name) ? [[name, ...parts(value)]] : [],
  )
  const shown = /^EXPLAIN/.test(statement)
    ? rows.length
    : rows.map((row) => row.map((cell) => (typeof cell === 'string' ? meaning(cell) : cell)))
  const described = columns.map(({ name, type }) => `${name} ${type}`)
  return JSON.stringify({ described, shown, updateType, updateCount, told, set }).replaceAll(/varchar\(\d+\)/g, 'varchar')
}

interface Answer {
  readonly error?: string
  readonly updateType?: string
  readonly shown: readonly unknown[] | number
  readonly told: readonly (readonly unknown[])[]
}

/** Rows, shown or written, in an order of their own. */
const inOrder = (answer: Answer): Answer => {
  if (answer.error) return answer
  const rows = (value: unknown) => (Array.isArray(value) && value.every(Array.isArray) ? sorted(value) : value)
  return { ...answer, shown: rows(answer.shown) as Answer['shown'], told: answer.told.map((what) => what.map(rows)) }
}

describe.each(SEEDS)('with the seed %i', (seed) => {
  it('1,000 random statements that are no queries do and answer what they do with harmless words', { timeout: 600_000 }, async () => {
    const below = random(seed)
    const done = new Map<string, number>()
    let refused = 0
    let drawn = effect(below)
    let known = ''
    for (let i = 0; i < STATEMENTS; i++) {
      if (i % SPELLINGS === 0) {
        drawn = below(3) === 0 ? definition(below, true) : effect(below)
        known = await answer(drawn.spell(HARMLESS, NAMED), { literals: HARMLESS, names: NAMED })
      }
      const [literals, names] = [drawLiterals(below, true), drawNames(below).map(kept)]
      const statement = drawn.spell(literals, names)
      const found = await answer(statement, { literals, names })
      const [actual, expected] = [inOrder(JSON.parse(found)), inOrder(replaced(known, literals, names) as Answer)]
      expect(actual, `seed ${seed}, statement ${i}: ${statement}\nfrom ${drawn.text}`).toEqual(expected)
      if (actual.error) refused++
      else if (actual.updateType) done.set(actual.updateType, (done.get(actual.updateType) ?? 0) + 1)
    }
    expect(refused).toBeLessThan(STATEMENTS / 2)
    expect([...done.keys()]).toEqual(
      expect.arrayContaining(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'CREATE TABLE', 'CREATE VIEW', 'COMMENT', 'PREPARE']),
    )
  })
})
