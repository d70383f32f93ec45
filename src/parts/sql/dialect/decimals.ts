// Arithmetic of decimals: over the whole numbers of their digits, which are had without text where they surely fit.

import { type Context, failure } from '#parts/sql/dialect/context'
import { asDecimal, coerce, duckType, isUnknown, type Product, type Typed, typed } from '#parts/sql/dialect/types'
import { bool, integer, join, literal, mentions, nothing, type Sql, sql, token } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

export function decimalArithmetic(ctx: Context, op: '+' | '-' | '*' | '/' | '%', left: Typed, right: Typed): Typed {
  const [a, b] = [left, right].map((v) => (isUnknown(v.type) ? t.decimal(1, 0) : asDecimal(v.type))) as [TrinoType, TrinoType]
  const [p1, s1] = a.numbers as [number, number]
  const [p2, s2] = b.numbers as [number, number]
  const [l, r] = [coerce(left, a), coerce(right, b)]
  if (op === '*') {
    const type = t.decimal(Math.min(38, p1 + p2), s1 + s2)
    return product(l, r, type)
  }
  if (op === '+' || op === '-') {
    const scale = Math.max(s1, s2)
    const type = t.decimal(Math.min(38, 1 + scale + Math.max(p1 - s1, p2 - s2)), scale)
    return sum(ctx, op, l, r, type)
  }
  return once([l, r], (x, y) => (op === '%' ? remainder(ctx, x, y) : quotient(ctx, x, y)))
}

/** A value that is named more than once is computed once, where it is large or drawn anew each time. */
function once([left, right]: readonly [Typed, Typed], made: (left: Typed, right: Typed) => Typed): Typed {
  if (!isHeavy(left) && !isHeavy(right)) return made(left, right)
  const { sql: body, type } = made(typed(sql`struct_extract(f1, 'l')`, left.type), typed(sql`struct_extract(f1, 'r')`, right.type))
  return typed(sql`list_transform([struct_pack(l := ${left.sql}, r := ${right.sql})], lambda f1: ${body})[1]`, type)
}

/** Characters of the engine's text. */
const HEAVY = 400

const isHeavy = ({ sql: value, product }: Typed): boolean => (!product && value.length > HEAVY) || mentions(value, 'random()')

function sum(ctx: Context, op: '+' | '-', left: Typed, right: Typed, type: TrinoType): Typed {
  const d = duckType(type)
  const add = (l: Typed, r: Typed): Typed => typed(sql`CAST(${fitting(ctx, l, type)} ${token(op)} ${fitting(ctx, r, type)} AS ${d})`, type)
  if (!fitsIn(left.type, type) || !fitsIn(right.type, type)) return once([left, right], add)
  const made = add(left, right)
  const scale = type.numbers[1] as number
  const by = digitsIn(left, scale) ?? digitsIn(right, scale)
  if (by === undefined) return made
  return { ...made, offset: { of: left.literal === undefined ? left : right, by, narrow: sql`(${left.sql} ${token(op)} ${right.sql})` } }
}

function remainder(ctx: Context, left: Typed, right: Typed): Typed {
  const [[p1, s1], [p2, s2]] = [left, right].map(({ type }) => type.numbers) as [[number, number], [number, number]]
  const scale = Math.max(s1, s2)
  const type = t.decimal(Math.min(38, Math.min(p2 - s2, p1 - s1) + scale), scale)
  const [x, y] = [digitsOf(left, scale - s1), digitsOf(right, scale - s2)]
  const rest = sql`${x.sql} % ${y.sql}`
  return unlessZero(ctx, left, right, x.exact && y.exact ? decimalOf(rest, type) : rescaled(rest, type), type)
}

function quotient(ctx: Context, left: Typed, right: Typed): Typed {
  const [[p1, s1], [, s2]] = [left, right].map(({ type }) => type.numbers) as [[number, number], [number, number]]
  const scale = Math.max(s1, s2)
  const type = t.decimal(Math.min(38, p1 + s2 + Math.max(s2 - s1, 0)), scale)
  // Trino multiplies the dividend by a power of ten of at most 37 digits, whatever it is.
  if (scale - s1 + s2 >= LONG) {
    const over = failure(ctx, 'NUMERIC_VALUE_OUT_OF_RANGE', 'Decimal overflow', duckType(type))
    return unlessZero(ctx, left, right, sql`CASE WHEN ${left.sql} IS NOT NULL AND ${right.sql} IS NOT NULL THEN ${over} END`, type)
  }
  const [x, y] = [digitsOf(left, scale - s1 + s2), digitsOf(right, 0)]
  const digits = halfUp(x.sql, y.sql)
  return unlessZero(ctx, left, right, x.exact ? decimalOf(digits, type) : rescaled(digits, type), type)
}

/** Of null by nought too. */
function unlessZero(ctx: Context, { sql: of }: Typed, { sql: by }: Typed, made: Sql, type: TrinoType): Typed {
  const zero = failure(ctx, 'DIVISION_BY_ZERO', 'Division by zero', duckType(type))
  return typed(sql`CASE WHEN ${by} = 0 THEN CASE WHEN ${of} IS NOT NULL THEN ${zero} END ELSE ${made} END`, type)
}

/**
 * The engine keeps the product of numbers of 64 bits in 64 bits, so that those which may not fit are multiplied wider: fewer digits are looked
 * for in each than its type has, and products of products are one product.
 */
function product(left: Typed, right: Typed, type: TrinoType): Typed {
  const d = duckType(type)
  const [p1, s1] = left.type.numbers as [number, number]
  const [p2] = right.type.numbers as [number, number]
  const short = sql`CAST(${left.sql} * ${right.sql} AS ${d})`
  if (p1 + p2 <= SHORT) return typed(short, type)
  const wide =
    Math.max(p1, p2) > SHORT ? short : sql`CAST(CAST(${left.sql} AS DECIMAL(${integer(SHORT + 1)},${integer(s1)})) * ${right.sql} AS ${d})`
  const factors = [left, right].flatMap((side) => side.product?.factors ?? [side])
  const digits = shares(factors)
  if (!digits) return typed(wide, type)
  if (isHeavy(left) || isHeavy(right)) return once([left, right], (l, r) => product(l, r, type))
  const narrow = join(
    factors.map((f) => f.offset?.narrow ?? f.sql),
    ' * ',
  )
  const conditions = factors.flatMap((f, i) => atMost(f, digits[i] as number))
  const fits = conditions.length > 0 ? join(conditions, ' AND ') : bool(true)
  return { sql: sql`CASE WHEN ${fits} THEN CAST(${narrow} AS ${d}) ELSE ${wide} END`, type, product: { factors, fits, narrow, wide } }
}

const MOST_FACTORS = 4

/** How many digits each factor may have for a product of 64 bits; undefined where it has no room. What is computed mostly has few. */
function shares(factors: readonly Typed[]): readonly number[] | undefined {
  const types = factors.map((f) => f.type.numbers as [number, number])
  const scale = types.reduce((sum, [, s]) => sum + s, 0)
  if (factors.length > MOST_FACTORS || scale > SHORT || types.some(([p]) => p > SHORT)) return undefined
  const [[p1], [p2]] = types as [[number, number], [number, number]]
  if (factors.length === 2) {
    const share = Math.round((SHORT * p1) / (p1 + p2))
    return [share, SHORT - share]
  }
  const least = types.map(([p, s]) => Math.min(p, s + 2))
  const free = SHORT - least.reduce((sum, n) => sum + n, 0)
  if (free < 0) return undefined
  const columns = factors.filter((f) => f.column).length
  const more = Math.floor(free / (columns || factors.length))
  return least.map((n, i) => (columns === 0 || factors[i]?.column ? n + more : n))
}

/** The sum of a product, without a wide number for each row: of those that fit, and of those that do not. */
export function sumOf({ narrow, wide, fits }: Product, type: TrinoType, suffix: Sql): Sql {
  const d = duckType(type)
  const few = sql`CAST(sum(CASE WHEN ${fits} THEN ${narrow} END)${suffix} AS ${d})`
  const others = sql`CAST(sum(CASE WHEN ${fits} THEN NULL ELSE ${wide} END)${suffix} AS ${d})`
  return sql`CAST(coalesce(${few} + ${others}, ${few}, ${others}) AS ${d})`
}

/** Whether a decimal has so many digits at most, where its type does not say so; of a sum with a constant, the other term is asked. */
function atMost(value: Typed, count: number): readonly Sql[] {
  const [precision, scale] = value.type.numbers as [number, number]
  if (precision <= count) return []
  const largest = 10n ** BigInt(count) - 1n
  const { offset } = value
  if (!offset || offset.by >= largest) return [within(value, largest)]
  const [most, own] = offset.of.type.numbers as [number, number]
  const left = (largest - offset.by) / 10n ** BigInt(scale - own)
  return left >= 10n ** BigInt(most) - 1n ? [] : [within(offset.of, left)]
}

function within({ sql: value, type }: Typed, largest: bigint): Sql {
  const scale = type.numbers[1] as number
  const digits = String(largest).padStart(scale, '0')
  const limit = literal(`${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`)
  const of = duckType(type)
  return sql`${value} BETWEEN -CAST(${limit} AS ${of}) AND CAST(${limit} AS ${of})`
}

/** The digits of a constant in a scale, without its sign. */
function digitsIn({ literal: value }: Typed, scale: number): bigint | undefined {
  if (typeof value !== 'bigint' && typeof value !== 'string') return undefined
  const [, whole, fraction = ''] = /^-?(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? []
  return whole === undefined || fraction.length > scale ? undefined : BigInt(whole + fraction.padEnd(scale, '0'))
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

const fitsIn = ({ numbers: [p, s] }: TrinoType, { numbers: [most, scale] }: TrinoType): boolean =>
  (most as number) - (scale as number) >= (p as number) - (s as number)

/** A decimal in a wider type, which it may not fit where that has no more digits before the point. */
function fitting(ctx: Context, value: Typed, type: TrinoType): Sql {
  const d = duckType(type)
  if (fitsIn(value.type, type)) return sql`CAST(${value.sql} AS ${d})`
  const over = failure(ctx, 'NUMERIC_VALUE_OUT_OF_RANGE', 'Decimal overflow', d)
  return sql`CASE WHEN TRY_CAST(${value.sql} AS ${d}) IS NULL AND ${value.sql} IS NOT NULL THEN ${over} ELSE TRY_CAST(${value.sql} AS ${d}) END`
}

/** A decimal's digits as a whole number, times 10^shift. */
export function unscaled(value: Sql, shift: number): Sql {
  return sql`CAST(replace(CAST(${value} AS VARCHAR), '.', '') || ${literal('0'.repeat(Math.max(0, shift)))} AS HUGEINT)`
}

/** Whole-number division rounded half away from zero, as Trino's decimals do. */
export function halfUp(n: Sql, d: Sql): Sql {
  const [rest, by] = [sql`abs(${n}) % abs(${d})`, sql`abs(${d})`]
  const whole = sql`(abs(${n}) // ${by} + CASE WHEN ${rest} >= ${by} - ${rest} THEN 1 ELSE 0 END)`
  return sql`(CASE WHEN (${n} < 0) <> (${d} < 0) THEN -1 ELSE 1 END) * ${whole}`
}

/** The reverse of `unscaled`. */
export function rescaled(digits: Sql, type: TrinoType): Sql {
  const scale = type.numbers[1] as number
  if (scale === 0) return sql`CAST(${digits} AS ${duckType(type)})`
  const unit = sql`CAST(${integer(10n ** BigInt(scale))} AS HUGEINT)`
  const text = sql`CASE WHEN d < 0 THEN '-' ELSE '' END || CAST(abs(d) // ${unit} AS VARCHAR) || '.' || lpad(CAST(abs(d) % ${unit} AS VARCHAR), ${integer(scale)}, '0')`
  return sql`CAST(list_transform([${digits}], lambda d: ${text})[1] AS ${duckType(type)})`
}
