// Long rows of constants go to the engine as one text: a tree of each would be made, looked through and bound there.
import { duckType, isInteger, type Typed } from '#parts/sql/dialect/types'
import { literal, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'

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
  if (type.base === 'varchar') return sql`from_json(${literal(JSON.stringify(texts))}, '["VARCHAR"]')`
  // Digits as they are: JSON's whole numbers are exact, its others would become doubles.
  if (whole) return sql`CAST(from_json(${literal(`[${texts.map(String).join()}]`)}, '["BIGINT"]') AS ${duckType(type)}[])`
  return sql`CAST(from_json(${literal(JSON.stringify(texts))}, '["VARCHAR"]') AS ${duckType(type)}[])`
}

const WHOLE = /^-?\d+$/
const NUMBER = /^-?\d+(\.\d+)?$/

function textOf({ literal: value }: Typed, type: TrinoType): string | null | undefined {
  if (value === null) return null
  if (type.base === 'varchar') return typeof value === 'string' && value.isWellFormed() && !value.includes('\0') ? value : undefined
  if (typeof value !== 'bigint' && typeof value !== 'string') return undefined
  const text = String(value)
  return (isInteger(type) ? WHOLE : NUMBER).test(text) ? text : undefined
}
