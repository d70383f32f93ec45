import { describe, expect, it } from 'vitest'
import { chosenOverload, type Given, type Overload } from '#parts/sql/dialect/functions/overloads'
import { trinoOverloads } from '#parts/sql/dialect/functions/trino-functions'
import { OPERATORS } from '#parts/sql/dialect/functions/trino-operators'
import { parseType, printType } from '#wire/trino/type'

/** What the real Trino makes of each call is in the judge; here is why. */
const CALLS: readonly (readonly [name: string, args: readonly string[], chosen: readonly string[] | 'ambiguous' | 'none'])[] = [
  ['sum', ['unknown'], 'ambiguous'],
  ['count', ['unknown'], ['unknown']],
  ['bool_and', ['unknown'], ['boolean']],
  ['stddev', ['unknown'], ['bigint']],
  ['abs', ['unknown'], ['tinyint']],
  ['year', ['unknown'], ['timestamp(3)']],
  ['length', ['unknown'], ['varchar(0)']],
  ['concat', ['varchar(1)', 'unknown'], ['varchar(1)', 'array(varchar(1))']],
  ['concat', ['array(integer)', 'array(unknown)'], 'ambiguous'],
  ['contains', ['array(unknown)', 'integer'], ['array(integer)', 'integer']],
  ['regexp_like', ['unknown', 'unknown'], ['varchar(0)', 'joniregexp']],
  ['transform', ['unknown', 'function'], ['array(unknown)', 'function']],
  ['strpos', ['unknown', 'boolean'], 'none'],
  ['+', ['unknown', 'unknown'], 'ambiguous'],
  ['+', ['integer', 'unknown'], ['integer', 'integer']],
  ['+', ['date', 'unknown'], ['date', 'interval year to month']],
  ['-', ['unknown', 'time(3)'], ['time(3)', 'time(3)']],
  ['-', ['date', 'unknown'], ['date', 'interval year to month']],
  ['*', ['unknown', 'interval day to second'], ['bigint', 'interval day to second']],
  ['*', ['decimal(4,2)', 'unknown'], ['decimal(4,2)', 'decimal(1,0)']],
  ['negation', ['unknown'], 'ambiguous'],
]

const given = (text: string): Given => (text === 'function' ? text : parseType(text))
const overloadsOf = (name: string): readonly Overload[] => OPERATORS.get(name) ?? trinoOverloads(name)

describe('of the overloads that would take a null of no type', () => {
  it.each(CALLS)('%s of %j: %j', (name, args, wanted) => {
    const chosen = chosenOverload(overloadsOf(name), args.map(given))
    expect(typeof chosen === 'string' ? chosen : chosen.types.map((type) => (type === 'function' ? type : printType(type)))).toEqual(wanted)
  })
})
