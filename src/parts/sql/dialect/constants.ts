// Long rows of constants go to the engine as one text: a tree of each would be made, looked through and bound there.
import { duckType, isInteger, type Typed } from '#parts/sql/dialect/types'
import type { Expression } from '#parts/sql/syntax/ast'
import { literal, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

/** As many constants as the engine may look into one by one: it can skip files by them. */
const MANY = 1000

/**
 * The constants as a list of the engine's, in their order, NULL where they are; undefined where they are few, or one is more than a plain number
 * or text. All are of `type` already.
 */
export function constantList(values: readonly Typed[], type: TrinoType): Sql | undefined {
  if (values.length <= MANY) return undefined
  const whole = isInteger(type)
  if (!whole && type.base !== 'decimal' && type.base !== 'varchar') return undefined
  const texts: (string | null)[] = []
  for (const value of values) {
    const text = textOf(value, type)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return listOf(texts, type)
}

/** Whole numbers or texts in their order, with the type that they have in common. */
export interface Constants {
  readonly type: TrinoType
  readonly texts: readonly string[]
}

/** The same as `constantList` tells of literals that are not looked at one by one: all whole numbers without a sign, or all texts. */
export function plainConstants(items: readonly Expression[]): Constants | undefined {
  if (items.length <= MANY) return undefined
  const kind = items[0]?.k
  if (kind !== 'integer' && kind !== 'string') return undefined
  const texts: string[] = []
  let most = 0
  for (const item of items) {
    if (item.k !== kind || !(kind === 'integer' ? SHORT_WHOLE.test(item.value) : isCarried(item.value))) return undefined
    texts.push(item.value)
    most = Math.max(most, kind === 'integer' ? Number(item.value) : lengthOf(item.value))
  }
  return { texts, type: kind === 'string' ? t.varchar(most) : most > LARGEST_INTEGER ? t.BIGINT : t.INTEGER }
}

/** Them as a list of the engine's in a type that all can be coerced to; undefined where that changes more than their width. */
export function plainList({ texts, type: own }: Constants, type: TrinoType): Sql | undefined {
  const fits = own.base === 'varchar' ? type.base === 'varchar' : isInteger(type) || type.base === 'decimal'
  return fits ? listOf(texts, type) : undefined
}

/** Below 10 to the 18th, as JSON writes it. */
const SHORT_WHOLE = /^(?:0|[1-9]\d{0,17})$/
const LARGEST_INTEGER = 2147483647

const isCarried = (text: string): boolean => text.isWellFormed() && !text.includes('\0')
const lengthOf = (text: string): number => (/[\ud800-\udfff]/.test(text) ? [...text].length : text.length)

function listOf(texts: readonly (string | null)[], type: TrinoType): Sql {
  if (type.base === 'varchar') return sql`from_json(${literal(JSON.stringify(texts))}, '["VARCHAR"]')`
  // Digits as they are: JSON's whole numbers are exact, its others would become doubles.
  if (isInteger(type)) return sql`CAST(from_json(${literal(`[${texts.map(String).join()}]`)}, '["BIGINT"]') AS ${duckType(type)}[])`
  return sql`CAST(from_json(${literal(JSON.stringify(texts))}, '["VARCHAR"]') AS ${duckType(type)}[])`
}

const WHOLE = /^-?\d+$/
const NUMBER = /^-?\d+(\.\d+)?$/

function textOf({ literal: value }: Typed, type: TrinoType): string | null | undefined {
  if (value === null) return null
  if (type.base === 'varchar') return typeof value === 'string' && isCarried(value) ? value : undefined
  if (typeof value !== 'bigint' && typeof value !== 'string') return undefined
  const text = String(value)
  return (isInteger(type) ? WHOLE : NUMBER).test(text) ? text : undefined
}
