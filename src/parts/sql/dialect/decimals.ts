// Arithmetic of decimals: over the whole numbers of their digits, which are had without text where they surely fit.

import { type Context, failure } from '#parts/sql/dialect/context'
import { asDecimal, coerce, duckType, isUnknown, type Typed, typed } from '#parts/sql/dialect/types'
import { integer, join, literal, nothing, type Sql, sql, token } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

export function decimalArithmetic(ctx: Context, op: '+' | '-' | '*' | '/' | '%', left: Typed, right: Typed): Typed {
  const [a, b] = [left, right].map((v) => (isUnknown(v.type) ? t.decimal(1, 0) : asDecimal(v.type))) as [TrinoType, TrinoType]
  const [p1, s1] = a.numbers as [number, number]
  const [p2, s2] = b.numbers as [number, number]
  const [l, r] = [coerce(left, a), coerce(right, b)]
  if (op === '+' || op === '-') {
    const scale = Math.max(s1, s2)
    const type = t.decimal(Math.min(38, 1 + scale + Math.max(p1 - s1, p2 - s2)), scale)
    const d = duckType(type)
    const [x, y] = [fitting(ctx, l, type), fitting(ctx, r, type)]
    return typed(sql`CAST(${x} ${token(op)} ${y} AS ${d})`, type)
  }
  if (op === '*') {
    const type = t.decimal(Math.min(38, p1 + p2), s1 + s2)
    return typed(product(l, r, type), type)
  }
  const zero = failure(ctx, 'DIVISION_BY_ZERO', 'Division by zero', sql`DECIMAL(38,0)`)
  if (op === '%') {
    const scale = Math.max(s1, s2)
    const type = t.decimal(Math.min(38, Math.min(p2 - s2, p1 - s1) + scale), scale)
    const [x, y] = [digitsOf(l, scale - s1), digitsOf(r, scale - s2)]
    return typed(
      sql`CASE WHEN ${r.sql} = 0 THEN ${zero} ELSE ${x.exact && y.exact ? decimalOf(sql`${x.sql} % ${y.sql}`, type) : rescaled(sql`${x.sql} % ${y.sql}`, type)} END`,
      type,
    )
  }
  const scale = Math.max(s1, s2)
  const type = t.decimal(Math.min(38, p1 + s2 + Math.max(s2 - s1, 0)), scale)
  const [x, y] = [digitsOf(l, scale - s1 + s2), digitsOf(r, 0)]
  const quotient = halfUp(x.sql, y.sql)
  return typed(sql`CASE WHEN ${r.sql} = 0 THEN ${zero} ELSE ${x.exact ? decimalOf(quotient, type) : rescaled(quotient, type)} END`, type)
}

/** The engine keeps the product of two numbers of 64 bits in 64 bits, so that those which may not fit are multiplied wider. */
function product(left: Typed, right: Typed, type: TrinoType): Sql {
  const d = duckType(type)
  const [p1, scale] = left.type.numbers as [number, number]
  const [p2] = right.type.numbers as [number, number]
  const short = sql`CAST(${left.sql} * ${right.sql} AS ${d})`
  if (p1 + p2 <= SHORT || Math.max(p1, p2) > SHORT) return short
  const wide = sql`CAST(${left.sql} AS DECIMAL(${integer(SHORT + 1)},${integer(scale)})) * ${right.sql}`
  const share = Math.round((SHORT * p1) / (p1 + p2))
  const fit = [...atMost(left, share), ...atMost(right, SHORT - share)]
  return sql`CASE WHEN ${join(fit, ' AND ')} THEN ${short} ELSE CAST(${wide} AS ${d}) END`
}

/** Whether a decimal has so many digits at most, where its type does not say so. */
function atMost({ sql: value, type }: Typed, count: number): readonly Sql[] {
  const [precision, scale] = type.numbers as [number, number]
  if (precision <= count) return []
  const digits = '9'.repeat(count).padStart(scale, '0')
  const largest = literal(`${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`)
  const of = duckType(type)
  return [sql`${value} BETWEEN -CAST(${largest} AS ${of}) AND CAST(${largest} AS ${of})`]
}

/** Digits of a decimal that the engine holds in 64 bits, and the most that it holds at all. */
const SHORT = 18
const LONG = 38

/** The digits of a value times 10^shift; `exact` where they surely fit a whole number. */
function digitsOf({ sql: value, type }: Typed, shift: number): { readonly sql: Sql; readonly exact: boolean } {
  const [precision, scale] = type.numbers as [number, number]
  const most = Math.max(precision + scale, precision + shift)
  if (most > LONG) return { sql: unscaled(value, shift), exact: false }
  const [width, whole] = most <= SHORT ? [SHORT, sql`BIGINT`] : [LONG, sql`HUGEINT`]
  const wide = sql`CAST(${value} AS DECIMAL(${integer(width)},${integer(scale)}))`
  const digits = scale === 0 ? wide : sql`${wide} * CAST(${power(scale)} AS DECIMAL(${integer(scale + 1)},0))`
  const times = shift > 0 ? sql` * CAST(${power(shift)} AS ${whole})` : nothing
  return { sql: sql`(CAST(${digits} AS ${whole})${times})`, exact: true }
}

const power = (n: number): Sql => integer(10n ** BigInt(n))

/** The decimal of these digits, which have their place in its type. */
function decimalOf(digits: Sql, type: TrinoType): Sql {
  const scale = type.numbers[1] as number
  if (scale === 0) return sql`CAST(${digits} AS ${duckType(type)})`
  const unit = sql`CAST(${literal(`0.${'0'.repeat(scale - 1)}1`)} AS DECIMAL(${integer(scale)},${integer(scale)}))`
  return sql`CAST(CAST(${digits} AS DECIMAL(${integer(LONG)},0)) * ${unit} AS ${duckType(type)})`
}

/** A decimal in a wider type, which it may not fit where that has no more digits before the point. */
function fitting(ctx: Context, value: Typed, type: TrinoType): Sql {
  const d = duckType(type)
  const whole = ({ numbers: [p, s] }: TrinoType) => (p as number) - (s as number)
  if (whole(type) >= whole(value.type)) return sql`CAST(${value.sql} AS ${d})`
  const over = failure(ctx, 'NUMERIC_VALUE_OUT_OF_RANGE', 'Decimal overflow', d)
  return sql`CASE WHEN TRY_CAST(${value.sql} AS ${d}) IS NULL AND ${value.sql} IS NOT NULL THEN ${over} ELSE TRY_CAST(${value.sql} AS ${d}) END`
}

/** A decimal's digits as a whole number, times 10^shift. */
export function unscaled(value: Sql, shift: number): Sql {
  return sql`CAST(replace(CAST(${value} AS VARCHAR), '.', '') || ${literal('0'.repeat(Math.max(0, shift)))} AS HUGEINT)`
}

/** Whole-number division rounded half away from zero, as Trino's decimals do. */
export function halfUp(n: Sql, d: Sql): Sql {
  return sql`(CASE WHEN (${n} < 0) <> (${d} < 0) THEN -1 ELSE 1 END) * ((2 * abs(${n}) + abs(${d})) // (2 * abs(${d})))`
}

/** The reverse of `unscaled`. */
export function rescaled(digits: Sql, type: TrinoType): Sql {
  const scale = type.numbers[1] as number
  if (scale === 0) return sql`CAST(${digits} AS ${duckType(type)})`
  const unit = sql`CAST(${integer(10n ** BigInt(scale))} AS HUGEINT)`
  const text = sql`CASE WHEN d < 0 THEN '-' ELSE '' END || CAST(abs(d) // ${unit} AS VARCHAR) || '.' || lpad(CAST(abs(d) % ${unit} AS VARCHAR), ${integer(scale)}, '0')`
  return sql`CAST(list_transform([${digits}], lambda d: ${text})[1] AS ${duckType(type)})`
}
