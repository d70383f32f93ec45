// Every place of the syntax tree that holds a text or a name is one in which the drawn statements have hostile words.
import { expect, it } from 'vitest'
import { definition } from '#parts/sql/dialect/test-definitions'
import { effect } from '#parts/sql/dialect/test-effects'
import { DATABASE, LAKE } from '#parts/sql/dialect/test-lake'
import { PLACES, placesIn } from '#parts/sql/dialect/test-nodes'
import { shape } from '#parts/sql/dialect/test-statements'
import { HARMLESS, NAMED, random } from '#parts/sql/dialect/test-words'
import { parseStatement } from '#parts/sql/syntax/statements'

const DRAWN = 700
/** Numbers, bytes and words of the grammar alone; and what stands for a query that the planner's thread keeps. */
const NO_WORDS = [
  ...['binary.value', 'decimal.value', 'double.value', 'elsewhere.names', 'elsewhere.sql', 'explain.format', 'explain.type'],
  ...['extract.field', 'integer.value', 'interval.from', 'interval.to', 'special.name', 'unsupported.what'],
]

it('no place is left out', () => {
  const below = random(1)
  const drawn = Array.from({ length: DRAWN }, () => [shape(below), definition(below), effect(below)]).flat()
  const found = new Set<string>()
  for (const one of [...drawn, ...LAKE, ...DATABASE]) {
    const statement = one.spell(HARMLESS, [...NAMED, 'zn3z', 'zn4z'])
    try {
      placesIn(parseStatement(statement), found)
    } catch (error) {
      if (!one.fails) throw error
    }
  }
  expect(PLACES.size).toBeGreaterThan(80)
  expect([...PLACES].filter((place) => !found.has(place)).sort()).toEqual(NO_WORDS)
})
