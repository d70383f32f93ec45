// Arithmetic and comparison with Trino's result types and Trino's errors.

import type { Session } from '#parts/sql/dialect/analysis'
import { type Context, failure, mismatch, unserved } from '#parts/sql/dialect/context'
import { decimalArithmetic } from '#parts/sql/dialect/decimals'
import type { Overload } from '#parts/sql/dialect/functions/overloads'
import { trinoOverloads } from '#parts/sql/dialect/functions/trino-functions'
import { OPERATORS } from '#parts/sql/dialect/functions/trino-operators'
import { isNested, orderOfNested } from '#parts/sql/dialect/nested-order'
import { withTypedNulls } from '#parts/sql/dialect/nulls'
import {
  canCoerce,
  coerce,
  commonType,
  duckType,
  isApproximate,
  isDigest,
  isNumeric,
  isOpaque,
  isText,
  precision,
  type Typed,
  typed,
} from '#parts/sql/dialect/types'
import { holdsZone, inSession, instantOf, isMoment, microsOf, movedTo, zoneOf } from '#parts/sql/dialect/zoned'
import { addToTime, isZonedTime, timeBetween, timeInSession } from '#parts/sql/dialect/zoned-times'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { CompareOp, Position } from '#parts/sql/syntax/ast'
import { bool, integer, join, nothing, type Sql, sql, token } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

type Op = '+' | '-' | '*' | '/' | '%' | '||'

export function arithmetic(ctx: Context, op: Op, first: Typed, second: Typed, pos: Position): Typed {
  const refuse = () => mismatch(pos, `Cannot apply operator: ${t.printType(first.type)} ${op} ${t.printType(second.type)}`)
  const overloads = op === '||' ? trinoOverloads('concat') : (OPERATORS.get(op) as readonly Overload[])
  const refuseNulls = () => (op === '||' ? noConcat(first.type, second.type, pos) : refuse())
  const [left, right] = withTypedNulls(overloads, [first, second], pos, refuseNulls) as [Typed, Typed]
  if (op === '||') return concat(left, right, pos)
  const [a, b] = [left.type, right.type]
  if (isTime(a) || isTime(b)) return temporal(ctx, op, left, right, refuse)
  const type = isNumeric(a) && isNumeric(b) ? commonType(a, b) : undefined
  if (!type) throw refuse()
  if (type.base === 'decimal') return decimalArithmetic(ctx, op, left, right)
  const [l, r] = [coerce(left, type), coerce(right, type)]
  if (isApproximate(type)) {
    if (op !== '/' && op !== '%') return typed(sql`(${l.sql} ${token(op)} ${r.sql})`, type)
    if (typeof right.literal === 'bigint' && right.literal !== 0n) return typed(sql`(${l.sql} ${token(op)} ${r.sql})`, type)
    // By a nought below zero the other way.
    const sided = sql`CASE WHEN (${l.sql} < 0) = signbit(${r.sql}) THEN 'Infinity' ELSE '-Infinity' END`
    const isNumber = sql`${l.sql} <> 0 AND NOT isnan(${l.sql})`
    const endless = sql`CASE WHEN ${op === '%' ? bool(false) : isNumber} THEN ${sided} WHEN ${l.sql} IS NOT NULL THEN 'NaN' END`
    return typed(sql`CASE WHEN ${r.sql} = 0 THEN CAST(${endless} AS ${duckType(type)}) ELSE ${l.sql} ${token(op)} ${r.sql} END`, type)
  }
  if (op !== '/' && op !== '%') return typed(sql`(${l.sql} ${token(op)} ${r.sql})`, type)
  const divided = sql`${l.sql} ${token(op === '/' ? '//' : '%')} ${r.sql}`
  if (typeof right.literal === 'bigint' && right.literal !== 0n) return typed(sql`(${divided})`, type)
  const zero = failure(ctx, 'DIVISION_BY_ZERO', 'Division by zero', duckType(type))
  return typed(sql`CASE WHEN ${r.sql} = 0 THEN CASE WHEN ${l.sql} IS NOT NULL THEN ${zero} END ELSE ${divided} END`, type)
}

export function negate(given: Typed, pos: Position): Typed {
  const refuse = () => mismatch(pos, `Cannot negate ${t.printType(given.type)}`)
  const [value] = withTypedNulls(OPERATORS.get('negation') as readonly Overload[], [given], pos, refuse) as [Typed]
  if (isNumeric(value.type)) {
    const { literal: of } = value
    const negative = typeof of === 'bigint' ? -of : typeof of === 'string' ? `-${of}` : undefined
    return { sql: sql`(-${value.sql})`, type: value.type, ...(negative === undefined ? {} : { literal: negative }) }
  }
  if (value.type.base.startsWith('interval'))
    return { ...typed(sql`(-(${value.sql}))`, value.type), ...(value.wholeDays ? { wholeDays: true } : {}) }
  throw refuse()
}

const isTime = (type: TrinoType): boolean => /^(date|time|interval)/.test(type.base)

function temporal(ctx: Context, op: Op, left: Typed, right: Typed, refuse: () => Error): Typed {
  const [a, b] = [left.type.base, right.type.base]
  const interval = (base: string) => base.startsWith('interval')
  const moment = (base: string) => base === 'date' || base.startsWith('timestamp')
  if (op === '+' && interval(a) && (moment(b) || b.startsWith('time'))) return temporal(ctx, op, right, left, refuse)
  if ((op === '+' || op === '-') && (moment(a) || a.startsWith('time')) && interval(b)) {
    const sum = sql`(${left.sql} ${token(op)} ${right.sql})`
    if (/^time( |$)/.test(a) && b === 'interval year to month') throw refuse()
    if (isZonedTime(left.type)) return addToTime(op, left, right.sql)
    if (isMoment(left.type)) return addToMoment(op as '+' | '-', left, right)
    if (a.startsWith('timestamp')) {
      const digits = left.type.numbers[0] ?? 3
      if (digits > 6) return typed(addToNanos(op as '+' | '-', left, right), left.type)
      return typed(sum, b === 'interval day to second' ? t.simple(a, Math.max(digits, 3)) : left.type)
    }
    if (a !== 'date') return typed(sum, t.simple('time', Math.max(3, left.type.numbers[0] ?? 3)))
    const whole = b === 'interval year to month' || right.wholeDays === true
    const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Cannot add hour, minutes or seconds to a date', sql`DATE`)
    return typed(
      whole
        ? sql`CAST(${sum} AS DATE)`
        : sql`CASE WHEN CAST(epoch_ms(${right.sql}) AS BIGINT) % 86400000 <> 0 THEN ${bad} ELSE CAST(${sum} AS DATE) END`,
      left.type,
    )
  }
  if ((op === '+' || op === '-') && a === b && interval(a)) return typed(sql`(${left.sql} ${token(op)} ${right.sql})`, left.type)
  if (op === '-' && moment(a) && moment(b)) {
    const common = commonType(left.type, right.type)
    if (!common) throw refuse()
    if (common.base === 'date') return typed(sql`to_days(CAST(${left.sql} - ${right.sql} AS INTEGER))`, t.INTERVAL_DAY)
    const sides = inOneZone(ctx.analysis.session, [left, right])
    const [x, y] = sides.map((v) => (isMoment(v.type) ? instantOf(v) : coerce(v, common).sql))
    return typed(sql`(${x as Sql} - ${y as Sql})`, t.INTERVAL_DAY)
  }
  if (op === '-' && /^time( |$)/.test(a) && commonType(left.type, right.type)) {
    const [x, y] = inOneZone(ctx.analysis.session, [left, right]) as [Typed, Typed]
    return timeBetween(x, y)
  }
  if (op === '*' && interval(a) && isNumeric(right.type)) return typed(scaleInterval(ctx, left, right.sql), left.type)
  if (op === '*' && interval(b) && isNumeric(left.type)) return typed(scaleInterval(ctx, right, left.sql), right.type)
  if (op === '/' && interval(a) && isNumeric(right.type)) return typed(divideInterval(ctx, left, right.sql), left.type)
  throw refuse()
}

/** Months are added to the microseconds, and what is below them is kept. */
function addToNanos(op: '+' | '-', value: Typed, interval: Typed): Sql {
  const nanos = sql`epoch_ns(${value.sql})`
  if (interval.type.base === 'interval day to second')
    return sql`make_timestamp_ns(${nanos} ${token(op)} CAST(epoch_ms(${interval.sql}) AS BIGINT) * 1000000)`
  const below = sql`((${nanos} % 1000 + 1000) % 1000)`
  const moved = sql`(make_timestamp((${nanos} - ${below}) // 1000) ${token(op)} ${interval.sql})`
  return sql`make_timestamp_ns(epoch_us(${moved}) * 1000 + ${below})`
}

/** Milliseconds are added to the instant, months to what the clocks of the zone show. */
function addToMoment(op: '+' | '-', value: Typed, interval: Typed): Typed {
  const digits = value.type.numbers[0] ?? 3
  if (interval.type.base === 'interval day to second')
    return movedTo(value, sql`(${instantOf(value)} ${token(op)} ${interval.sql})`, Math.max(digits, 3))
  if (!value.type.zoned) return typed(sql`(${value.sql} ${token(op)} ${interval.sql})`, value.type)
  const months = sql`CAST(${op === '-' ? sql`-` : nothing}${monthsOf(interval)} AS BIGINT)`
  return movedTo(value, sql`make_timestamptz(trino_moment_add(${microsOf(value)}, ${zoneOf(value)}, 'month', ${months}))`)
}

export const monthsOf = (interval: Typed): Sql => sql`(date_part('year', ${interval.sql}) * 12 + date_part('month', ${interval.sql}))`

/** Cut to whole months or milliseconds, as Trino does. */
function scaleInterval(ctx: Context, interval: Typed, factor: Sql): Sql {
  if (interval.type.base === 'interval year to month') return sql`to_months(CAST(trunc(${monthsOf(interval)} * ${factor}) AS INTEGER))`
  const made = sql`trunc(epoch_ms(${interval.sql}) * ${factor})`
  return milliseconds(ctx, made)
}

function divideInterval(ctx: Context, interval: Typed, by: Sql): Sql {
  const zero = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Cannot divide an interval by zero', sql`DOUBLE`)
  const divided = (units: Sql) => sql`trunc(${units} / CASE WHEN ${by} = 0 THEN ${zero} ELSE CAST(${by} AS DOUBLE) END)`
  if (interval.type.base === 'interval year to month') return sql`to_months(CAST(${divided(monthsOf(interval))} AS INTEGER))`
  return milliseconds(ctx, divided(sql`epoch_ms(${interval.sql})`))
}

/** To the engine NaN is above all numbers. */
function milliseconds(ctx: Context, made: Sql): Sql {
  const isFar = sql`abs(${made}) > 9000000000000000`
  const far = unserved(ctx, 'an interval of so many days is not served here yet', sql`INTERVAL`)
  return sql`CASE WHEN ${isFar} THEN ${far} ELSE to_milliseconds(CAST(${made} AS BIGINT)) END`
}

const noConcat = (a: TrinoType, b: TrinoType, pos: Position): Error =>
  sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (${t.printType(a)}, ${t.printType(b)}) for function concat`)

function concat(left: Typed, right: Typed, pos: Position): Typed {
  const [a, b] = [left.type, right.type]
  if (a.base === 'array' || b.base === 'array') return concatArrays(left, right, pos)
  if (a.base === 'varbinary' || b.base === 'varbinary') {
    if (!canCoerce(a, t.VARBINARY) || !canCoerce(b, t.VARBINARY))
      throw mismatch(pos, `Cannot apply operator: ${t.printType(a)} || ${t.printType(b)}`)
    return typed(sql`(${coerce(left, t.VARBINARY).sql} || ${coerce(right, t.VARBINARY).sql})`, t.VARBINARY)
  }
  if (!isText(a) || !isText(b)) throw noConcat(a, b, pos)
  if ((a.base === 'char' || b.base === 'char') && a.numbers[0] !== undefined && b.numbers[0] !== undefined) {
    const padded = a.base === 'char' ? sql`rpad(${left.sql}, ${integer(a.numbers[0])}, ' ')` : left.sql
    return typed(sql`rtrim(${padded} || ${right.sql}, ' ')`, t.simple('char', a.numbers[0] + b.numbers[0]))
  }
  return typed(sql`(${coerce(left, t.VARCHAR).sql} || ${coerce(right, t.VARCHAR).sql})`, t.VARCHAR)
}

function concatArrays(left: Typed, right: Typed, pos: Position): Typed {
  const [a, b] = [left.type, right.type]
  const common = a.base === 'array' && b.base === 'array' ? commonType(a, b) : undefined
  if (common) return typed(nullIfNull(left, right, sql`list_concat(${coerce(left, common).sql}, ${coerce(right, common).sql})`), common)
  const array = a.base === 'array' ? a : b
  const element = commonType(array.children[0] as TrinoType, a.base === 'array' ? b : a)
  if (!element) throw mismatch(pos, `Cannot apply operator: ${t.printType(a)} || ${t.printType(b)}`)
  const type = t.arrayOf(element)
  const made =
    a.base === 'array'
      ? sql`list_append(${coerce(left, type).sql}, ${coerce(right, element).sql})`
      : sql`list_prepend(${coerce(left, element).sql}, ${coerce(right, type).sql})`
  return typed(nullIfNull(left, right, made), type)
}

const nullIfNull = (a: Typed, b: Typed, value: Sql) => sql`CASE WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL THEN NULL ELSE ${value} END`

/** Both sides in their common type, moments as instants; throws as Trino does when there is none. */
export function align(ctx: Context, left: Typed, right: Typed, op: string, pos: Position): readonly [Typed, Typed] {
  const common = commonType(left.type, right.type)
  if (!common) throw mismatch(pos, `Cannot apply operator: ${t.printType(left.type)} ${op} ${t.printType(right.type)}`)
  const [l, r] = inOneZone(ctx.analysis.session, [left, right]).map((v) => coerce(v, commonType(v.type, common) as TrinoType)) as [
    Typed,
    Typed,
  ]
  return [asInstant(l), asInstant(r)]
}

/** What the engine compares. */
export const asInstant = (value: Typed): Typed =>
  value.type.zoned
    ? {
        ...typed(instantOf(value), isZonedTime(value.type) ? t.BIGINT : t.timestampTz(precision(value.type))),
        ...(value.literal === undefined ? {} : { literal: value.literal }),
      }
    : value

/** Beside a moment, dates and timestamps are moments of the session's zone, and so are times beside those with a zone. */
export function inOneZone(session: Session, values: readonly Typed[]): readonly Typed[] {
  if (values.some((v) => isZonedTime(v.type)))
    return values.map((v) => (v.type.base === 'time' ? timeInSession(session, v, precision(v.type)) : v))
  if (!values.some((v) => isMoment(v.type))) return values
  return values.map((v) => (v.type.base === 'date' || v.type.base === 'timestamp' ? inSession(session, v, v.type.numbers[0] ?? 0) : v))
}

type Comparing = CompareOp | 'IS DISTINCT FROM' | 'IS NOT DISTINCT FROM'

export function compare(ctx: Context, op: Comparing, left: Typed, right: Typed, pos: Position): Typed {
  if (left.type.base === 'decimal' && right.type.base === 'decimal') {
    const far = compareFar(op, left, right)
    if (far) return far
  }
  const [l, r] = align(ctx, left, right, op, pos)
  const others = equalityOfOthers(ctx, op, l, r)
  if (others) return others
  assertComparable(l.type, op, pos)
  if (/^[<>]=?$/.test(op) && isNested(l.type))
    return typed(sql`(${orderOfNested(ctx, l, r, 'greatest', `operator ${op}`)} ${token(op)} 0)`, t.BOOLEAN)
  if (op === '=' && isNested(l.type)) return typed(equality(ctx, l, r, l.type), t.BOOLEAN)
  if (op === '<>' && isNested(l.type)) return typed(sql`(NOT ${equality(ctx, l, r, l.type)})`, t.BOOLEAN)
  if (isNested(l.type)) assertOneZone(l.type, op, pos)
  const plain = sql`${l.sql} ${token(op)} ${r.sql}`
  if (!isApproximate(l.type) || op.startsWith('IS')) return typed(sql`(${plain})`, t.BOOLEAN)
  return typed(sql`(${withoutNaN(plain, op as CompareOp, l, r)})`, t.BOOLEAN)
}

/** Decimals of which one may be too large for the digits of the other: then its sign decides. */
function compareFar(op: Comparing, left: Typed, right: Typed): Typed | undefined {
  const [[p1, s1], [p2, s2]] = [left.type.numbers, right.type.numbers] as [[number, number], [number, number]]
  const scale = Math.max(s1, s2)
  if (Math.max(p1 - s1, p2 - s2) + scale <= 38 || s1 === s2 || scale === 38) return undefined
  const d = duckType(t.decimal(38, scale))
  const far = s1 < s2 ? left.sql : right.sql
  const fits = sql`TRY_CAST(${far} AS ${d})`
  const [x, y] = s1 < s2 ? [fits, sql`CAST(${right.sql} AS ${d})`] : [sql`CAST(${left.sql} AS ${d})`, fits]
  const [a, b] = s1 < s2 ? [sql`sign(${far})`, sql`0`] : [sql`0`, sql`sign(${far})`]
  const beyond = sql`${fits} IS NULL AND ${left.sql} IS NOT NULL AND ${right.sql} IS NOT NULL`
  return typed(sql`CASE WHEN ${beyond} THEN ${a} ${token(op)} ${b} ELSE ${x} ${token(op)} ${y} END`, t.BOOLEAN)
}

/** Whether values of the type have an order in Trino. */
export const isOrderable = (type: TrinoType): boolean =>
  type.base !== 'json' && type.base !== 'map' && !isOpaque(type) && type.children.every(isOrderable)

/** Digests are not even equal to each other. */
export const isComparable = (type: TrinoType): boolean => !isDigest(type) && type.children.every(isComparable)

const holds = (type: TrinoType, base: string): boolean => type.base === base || type.children.some((child) => holds(child, base))

/** What the engine itself holds for equal or in order may not have a zone inside. */
export function assertOneZone(type: TrinoType, what: string, pos: Position): void {
  if (holdsZone(type))
    throw NotSupported({ ...pos, text: `${what} of ${t.printType(type)} in a time zone other than UTC is not served here yet` })
}

/** Elements that DuckDB orders as Trino does. */
const isPlainOrder = (type: TrinoType): boolean =>
  !isApproximate(type) && !isNested(type) && isOrderable(type) && !type.base.startsWith('interval') && !holdsZone(type)

/** JSON by its canonical text; maps by their entries in the order of their keys. */
function equalityOfOthers(ctx: Context, op: Comparing, l: Typed, r: Typed): Typed | undefined {
  if (/^[<>]=?$/.test(op)) return undefined
  if (l.type.base === 'json') {
    const [x, y] = [l, r].map(({ sql: value }) => sql`trino_json_parse(CAST(${value} AS VARCHAR))`) as [Sql, Sql]
    return typed(sql`(${x} ${token(op)} ${y})`, t.BOOLEAN)
  }
  const [key, value] = l.type.base === 'map' ? (l.type.children as [TrinoType, TrinoType]) : []
  if (!key || !value || !isPlainOrder(key) || isNested(value) || value.base === 'json' || holdsZone(value)) return undefined
  const entries = (of: Typed) => typed(sql`list_sort(map_entries(${of.sql}))`, t.arrayOf(t.rowOf([key, value])))
  const [x, y] = [entries(l), entries(r)]
  if (op.startsWith('IS')) return typed(sql`(${x.sql} ${token(op)} ${y.sql})`, t.BOOLEAN)
  const same = equality(ctx, x, y, x.type)
  return typed(op === '=' ? same : sql`(NOT ${same})`, t.BOOLEAN)
}

/** Comparisons that DuckDB decides otherwise than Trino: of maps, of JSON, and the order of what may hold a null inside. */
function assertComparable(type: TrinoType, op: string, pos: Position): void {
  const isOrder = /^[<>]=?$/.test(op)
  if (!isComparable(type) || (isOrder && !isOrderable(type)))
    throw mismatch(pos, `Cannot apply operator: ${t.printType(type)} ${op} ${t.printType(type)}`)
  if (holds(type, 'map') || holds(type, 'json'))
    throw NotSupported({ ...pos, text: `operator ${op} of ${t.printType(type)} is not served here yet` })
}

/** Rows and arrays are equal as their members are: one that is unequal decides, else one that is null. */
function equality(ctx: Context, l: Typed, r: Typed, type: TrinoType): Sql {
  if (!isNested(type)) return compare(ctx, '=', { ...l, type }, { ...r, type }, NOWHERE).sql
  if (type.base === 'row') {
    const field = (of: Typed, i: number) => typed(sql`struct_extract_at(${of.sql}, ${integer(i + 1)})`, type.children[i] as TrinoType)
    return sql`(${join(
      type.children.map((child, i) => equality(ctx, field(l, i), field(r, i), child)),
      ' AND ',
    )})`
  }
  const element = type.children[0] as TrinoType
  const pairs = sql`list_transform(list_zip(${l.sql}, ${r.sql}), lambda z: ${equality(ctx, typed(sql`z[1]`, element), typed(sql`z[2]`, element), element)})`
  return sql`CASE WHEN ${l.sql} IS NULL OR ${r.sql} IS NULL THEN NULL WHEN len(${l.sql}) <> len(${r.sql}) THEN FALSE ELSE list_transform([${pairs}], lambda q: CASE WHEN list_contains(q, FALSE) THEN FALSE WHEN len(q) > list_count(q) THEN NULL ELSE TRUE END)[1] END`
}

const NOWHERE: Position = { line: 1, column: 1 }

/** DuckDB holds NaN for equal to itself and above all numbers; in Trino every comparison with it is false. */
function withoutNaN(plain: Sql, op: CompareOp, l: Typed, r: Typed): Sql {
  const number = (v: Typed) => v.literal !== undefined
  if (op === '<>') return number(l) || number(r) ? plain : sql`${plain} OR (isnan(${l.sql}) AND ${r.sql} IS NOT NULL)`
  if (op === '=') return number(l) || number(r) ? plain : sql`${plain} AND (NOT isnan(${l.sql}) OR ${r.sql} IS NULL)`
  const [greater, less] = op === '>' || op === '>=' ? [l, r] : [r, l]
  return number(greater) ? plain : sql`${plain} AND (NOT isnan(${greater.sql}) OR ${less.sql} IS NULL)`
}

/** A condition as a boolean; throws when it is something else. */
export function condition(value: Typed, pos: Position, what: string): Typed {
  if (!canCoerce(value.type, t.BOOLEAN)) throw mismatch(pos, `${what} must evaluate to a boolean: actual type ${t.printType(value.type)}`)
  return coerce(value, t.BOOLEAN)
}

/** Values in one type, or Trino's complaint about those that differ. */
export function unify(
  ctx: Pick<Context, 'analysis'>,
  given: readonly Typed[],
  pos: Position | readonly Position[],
  what: string,
): { readonly type: TrinoType; readonly values: readonly Typed[] } {
  const values = inOneZone(ctx.analysis.session, given)
  let type: TrinoType = t.UNKNOWN
  for (const [i, value] of values.entries()) {
    const common = commonType(type, value.type)
    const at = Array.isArray(pos) ? (pos[i] as Position) : (pos as Position)
    if (!common)
      throw mismatch(
        at,
        `${what} must be the same type or coercible to a common type. Cannot find common type between ${t.printType(type)} and ${t.printType(value.type)}`,
      )
    type = common
  }
  return { type, values: values.map((value) => coerce(value, type)) }
}
