// CAST as Trino means it, for each pair of types that is served.

import { addressBytes, addressText, toAddress } from '#parts/sql/dialect/addresses'
import { castText, javaText, toDecimal, toReal } from '#parts/sql/dialect/approximate'
import { type Context, failure, mismatch, unserved } from '#parts/sql/dialect/context'
import { fromJson } from '#parts/sql/dialect/from-json'
import { hasJson, toJson } from '#parts/sql/dialect/json-casts'
import { isDate } from '#parts/sql/dialect/literals'
import { tried } from '#parts/sql/dialect/tries'
import {
  coerce,
  duckType,
  fieldName,
  isApproximate,
  isDigest,
  isInteger,
  isNumeric,
  isOpaque,
  isText,
  isUnknown,
  ofNoPlace,
  precision,
  type Typed,
  typed,
} from '#parts/sql/dialect/types'
import { constantMoment, holdsZone, inSession, instantOf, isMoment, localOf, movedTo, zoneOf } from '#parts/sql/dialect/zoned'
import {
  isZonedTime,
  localTime,
  ofClock,
  sessionOffset,
  textToZonedTime,
  timeInSession,
  withDigits,
  zonedTimeText,
} from '#parts/sql/dialect/zoned-times'
import { NotSupported } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { identifier, integer, join, literal, nothing, type Sql, sql } from '#wire/duckdb/sql'
import { readMoment } from '#wire/trino/moments'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

/** TRY_CAST: null where the cast fails, not where its value does. */
export function tryCast(ctx: Context, value: Typed, to: TrinoType, pos: Position): Typed {
  const inside = { ...ctx, safe: (ctx.safe ?? 0) + 1 }
  const isGroup = ctx.groups && !ctx.inAggregate // The engine's TRY can read none.
  if (value.literal !== undefined || (value.plain && !isGroup)) {
    const made = cast(inside, value, to, pos)
    return typed(tried(made.sql), made.type)
  }
  const made = cast(inside, typed(sql`u0`, value.type), to, pos)
  return typed(sql`list_transform([${value.sql}], lambda u0: ${tried(made.sql)})[1]`, made.type)
}

/** A day that is written in the one plain way. */
const isDay = (text: unknown): text is string => typeof text === 'string' && /^[1-9]\d{3}-\d\d-\d\d$/.test(text) && isDate(text)

/** A real that is too large becomes the largest, as in Java. */
function roundedBigint(ctx: Context, x: Sql, clamped: boolean): Sql {
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', 'Cannot cast the number to bigint', sql`BIGINT`)
  const made = sql`TRY_CAST(round(${x}) AS BIGINT)`
  const edges = sql`WHEN ${x} >= 9223372036854775807 AND NOT isnan(${x}) THEN 9223372036854775807 WHEN ${x} <= -9223372036854775808 THEN -9223372036854775808`
  return sql`CASE ${clamped ? edges : nothing} WHEN ${made} IS NULL AND ${x} IS NOT NULL THEN ${bad} ELSE ${made} END`
}

export function cast(ctx: Context, value: Typed, to: TrinoType, pos: Position): Typed {
  const from = value.type
  const refuse = () => mismatch(pos, `Cannot cast ${t.printType(from)} to ${t.printType(to)}`)
  if (isUnknown(from)) return coerce(ofNoPlace(value), to)
  if (from.base === 'char' && !isText(to) && to.base !== 'varbinary' && to.base !== 'json') throw refuse()
  const isClock = /^time( |$)/.test(from.base) && to.base.startsWith('timestamp')
  if (isClock && value.literal === null) return coerce({ ...value, type: t.UNKNOWN }, to)
  if (isClock) throw NotSupported({ ...pos, text: `cast of ${from.base} to ${to.base} is not served here yet` })
  if (t.sameType(from, to)) return value
  if (isOpaque(from) || isOpaque(to)) return ofOpaque(value, to, pos, refuse)
  if (isZonedTime(to)) return toZonedTime(ctx, value, to, pos, refuse)
  if (isZonedTime(from) && to.base === 'time') {
    if (precision(to) > 6) throw NotSupported({ ...pos, text: `cast of ${t.printType(from)} to ${t.printType(to)} is not served here yet` })
    return localTime(precision(from) <= precision(to) ? value : withDigits(value, precision(to)), precision(to))
  }
  if (isMoment(to)) return toMoment(ctx, value, to, pos, refuse)
  if (from.zoned && CLOCK.has(to.base)) return cast(ctx, localOf(value), to, pos)
  const done = (made: Sql): Typed => ({ sql: made, type: to })
  const plain = () => done(sql`CAST(${value.sql} AS ${duckType(to)})`)
  const x = value.sql
  if (from.base === 'json' && to.base === 'varchar') {
    const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', 'Cannot cast JSON arrays and objects to varchar', sql`VARCHAR`)
    const text = sql`CASE WHEN json_type(${x}) IN ('ARRAY', 'OBJECT') THEN ${bad} ELSE ${printText(value)} END`
    return cast(ctx, typed(text, t.VARCHAR), to, pos)
  }
  if ((from.base === 'uuid' || from.base === 'ipaddress') && (to.numbers.length > 0 || to.base === 'char')) throw refuse()
  if (to.base === 'varchar' || to.base === 'char') return toText(ctx, value, to, refuse)
  if (from.base === 'json') return fromJson(ctx, value, to, pos, refuse, cast)
  if (to.base === 'json') {
    if (!hasJson(from)) throw refuse()
    return done(toJson(value, pos, printText))
  }
  if (isNumeric(to)) {
    if (isText(from)) return done(numberFromText(ctx, x, to))
    if (from.base === 'boolean') return plain()
    if (!isNumeric(from)) throw refuse()
    if (to.base === 'decimal' && isApproximate(from)) return done(toDecimal(javaText(x, from), duckType(to)))
    if (to.base === 'real' && from.base === 'double') return done(toReal(x))
    if (isInteger(to) && isApproximate(from))
      return done(to.base === 'bigint' ? roundedBigint(ctx, x, from.base === 'real') : sql`CAST(round(${x}) AS ${duckType(to)})`)
    return plain()
  }
  switch (to.base) {
    case 'boolean':
      if (isText(from)) {
        const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', 'Cannot cast value to BOOLEAN', sql`BOOLEAN`)
        return done(
          sql`CASE WHEN lower(${x}) IN ('t', 'true', '1') THEN TRUE WHEN lower(${x}) IN ('f', 'false', '0') THEN FALSE WHEN ${x} IS NOT NULL THEN ${bad} END`,
        )
      }
      if (isNumeric(from)) return done(sql`(${x} <> 0)`)
      throw refuse()
    case 'date':
      // A constant: sources skip files by it.
      if (from.base === 'varchar' && isDay(value.literal))
        return { sql: sql`DATE ${literal(value.literal)}`, type: to, literal: value.literal }
      if (isText(from)) return done(sql`CAST(${guard(ctx, x, '\\s*\\d{4}-\\d{1,2}-\\d{1,2}\\s*', 'date')} AS DATE)`)
      if (from.base === 'timestamp' || from.base === 'timestamp with time zone') return plain()
      throw refuse()
    case 'time':
      if (isText(from)) return done(toTime(typed(guard(ctx, x, TIME_TEXT, 'time'), t.VARCHAR), to))
      if (isMoment(from)) return done(toTime(typed(sql`timezone('UTC', ${x})`, t.timestamp(precision(from))), to))
      if (from.base === 'timestamp' && precision(to) < Math.min(6, precision(from))) {
        const made = toTime(value, to)
        const late = sql`(CAST(${x} AS TIME) >= TIME '23:59:59.5' AND ${made} = TIME '00:00:00')`
        const other = unserved(
          ctx,
          `a cast of ${t.printType(from)} so late in the day to ${t.printType(to)} is not served here yet`,
          sql`TIME`,
        )
        return done(sql`CASE WHEN ${late} THEN ${other} ELSE ${made} END`)
      }
      if (from.base.startsWith('time')) return done(toTime(value, to))
      throw refuse()
    case 'timestamp':
      return toTimestamp(isText(from) ? typed(timestampGuard(ctx, x, to), t.VARCHAR) : value, to, refuse)
    case 'varbinary':
      if (from.base === 'varchar') return done(sql`encode(${x})`)
      if (from.base === 'ipaddress') return done(addressBytes(x))
      if (from.base === 'uuid') return done(sql`unhex(replace(CAST(${x} AS VARCHAR), '-', ''))`)
      throw refuse()
    case 'ipaddress': {
      const address = toAddress(ctx, value)
      if (!address) throw refuse()
      return address
    }
    case 'uuid':
      if (from.base === 'varbinary') {
        const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', 'Invalid UUID binary length', sql`VARCHAR`)
        return done(sql`CAST(CASE WHEN octet_length(${x}) = 16 THEN hex(${x}) WHEN ${x} IS NOT NULL THEN ${bad} END AS UUID)`)
      }
      if (from.base === 'varchar')
        return done(sql`CAST(${guard(ctx, x, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', 'uuid')} AS UUID)`)
      throw refuse()
    case 'array': {
      if (from.base !== 'array') throw refuse()
      const inner = cast(ctx, { sql: sql`e0`, type: from.children[0] as TrinoType }, to.children[0] as TrinoType, pos)
      return { sql: sql`list_transform(${x}, lambda e0: ${inner.sql})`, type: t.arrayOf(inner.type) }
    }
    case 'map':
      if (from.base !== 'map') throw refuse()
      if (holdsZone(from))
        throw NotSupported({ ...pos, text: `cast of ${t.printType(from)} with a zone other than UTC is not served here yet` })
      return plain()
    case 'row': {
      if (from.base !== 'row' || from.children.length !== to.children.length) throw refuse()
      const twice = new Set(to.children.map((_, i) => fieldName(to, i))).size < to.children.length
      if (twice) throw NotSupported({ ...pos, text: 'a row with two fields of one name is not served here yet' })
      const inner = to.children.map((child, i) =>
        cast(ctx, { sql: sql`struct_extract_at(${x}, ${integer(i + 1)})`, type: from.children[i] as TrinoType }, child, pos),
      )
      const fields = inner.map((field, i) => sql`${identifier(fieldName(to, i))} := ${field.sql}`)
      const type = { ...to, children: inner.map((field) => field.type) }
      return { sql: sql`CASE WHEN ${x} IS NULL THEN NULL ELSE struct_pack(${join(fields)}) END`, type }
    }
    default:
      throw refuse()
  }
}

/** Bytes of digests are those of Trino. */
function ofOpaque(value: Typed, to: TrinoType, pos: Position, refuse: () => Error): Typed {
  const { type: from } = value
  if (isDigest(from) && to.base === 'varbinary') return typed(value.sql, to)
  if (isDigest(to) && (from.base === 'varbinary' || isDigest(from)))
    throw NotSupported({ ...pos, text: `cast of ${t.printType(from)} to ${t.printType(to)} is not served here yet` })
  throw refuse()
}

/** Of what has no zone it is in that of the session. */
function toZonedTime(ctx: Context, value: Typed, to: TrinoType, pos: Position, refuse: () => Error): Typed {
  const { type: from } = value
  const digits = precision(to)
  if (isZonedTime(from)) return withDigits(value, digits)
  if (from.base === 'varchar') return textToZonedTime(ctx, value.sql, digits)
  if (from.base === 'time') return withDigits(timeInSession(ctx.analysis.session, value, precision(from)), digits)
  if (isMoment(from)) throw NotSupported({ ...pos, text: `cast of ${t.printType(from)} to ${t.printType(to)} is not served here yet` })
  if (from.base !== 'timestamp') throw refuse()
  const [unit, length] = precision(from) > 6 ? [sql`epoch_ns`, 1000n] : [sql`epoch_us`, 1_000_000n]
  const day = integer(86_400_000_000_000_000n / length)
  const clock = sql`((${unit}(${value.sql}) % ${day} + ${day}) % ${day} * ${integer(length)})`
  return ofClock(clock, sessionOffset(ctx.analysis.session), digits)
}

const CLOCK: ReadonlySet<string> = new Set(['date', 'time', 'timestamp'])

/** To a timestamp with time zone: of a text it is that of the text, of a date or timestamp that of the session. */
function toMoment(ctx: Context, value: Typed, to: TrinoType, pos: Position, refuse: () => Error): Typed {
  const { type: from } = value
  const digits = precision(to)
  if (digits > 6 && (isText(from) || precision(from) > 6))
    throw NotSupported({ ...pos, text: `cast of ${t.printType(from)} to ${t.printType(to)} is not served here yet` })
  const { session } = ctx.analysis
  if (isText(from)) return textToMoment(ctx, value, to)
  if (from.zoned) return movedTo(value, toTimestamp(typed(instantOf(value), t.timestampTz(precision(from))), to, refuse).sql, digits)
  if (isMoment(from) || session.timeZone === 'UTC') return toTimestamp(value, to, refuse)
  return inSession(session, cast(ctx, value, t.timestamp(digits), pos), digits)
}

export const MOMENT = sql`STRUCT(t TIMESTAMPTZ, z VARCHAR)`

/** What a function of the engine read: `micros zone`, or why there is none. */
export function readOf(ctx: Context, read: Sql, bad: Sql, form: string, digits: number): Typed {
  const other = unserved(ctx, form, MOMENT)
  const made = sql`struct_pack(t := make_timestamptz(CAST(split_part(m0, ' ', 1) AS BIGINT)), z := split_part(m0, ' ', 2))`
  const each = sql`CASE WHEN m0 IS NULL THEN NULL WHEN m0 = 'invalid' THEN ${bad} WHEN contains(m0, ' ') THEN ${made} ELSE ${other} END`
  return typed(sql`list_transform([${read}], lambda m0: ${each})[1]`, t.zonedTimestamp(digits))
}

function textToMoment(ctx: Context, value: Typed, to: TrinoType): Typed {
  const digits = precision(to)
  const { timeZone } = ctx.analysis.session
  const known = typeof value.literal === 'string' ? readMoment(value.literal.trim(), digits, timeZone) : undefined
  if (known !== undefined && typeof known !== 'string') return constantMoment(known.micros, known.zone, digits)
  const read = sql`trino_read_moment(${value.sql}, ${integer(digits)}, ${literal(timeZone)})`
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', 'Value cannot be cast to timestamp with time zone', MOMENT)
  const form = 'this form of text is not served in a cast to timestamp with time zone yet'
  return readOf(ctx, read, bad, form, digits)
}

const FAR_YEAR = '\\s*([+-]\\d+|\\d{5,})-\\d.*'

function guard(ctx: Context, x: Sql, pattern: string, name: string): Sql {
  const form = /date|timestamp/.test(name)
    ? FAR_YEAR
    : /real|double/.test(name)
      ? '\\s*[+-]?(0[xX].*|[0-9.eE+-]+[dDfF])\\s*'
      : '[^\\x00-\\x7f].*'
  const [served, known] = [pattern, form].map((p) => sql`regexp_full_match(${x}, ${literal(p)})`) as [Sql, Sql]
  const far = sql`trino_far_text(${x}, ${literal(name)})`
  const isFar = /date|timestamp|double/.test(name)
  const other = unserved(ctx, `this form of text is not served in a cast to ${name} yet`, sql`VARCHAR`)
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', `Value cannot be cast to ${name}`, sql`VARCHAR`)
  return sql`CASE WHEN ${served} THEN ${x} WHEN ${known} THEN ${isFar ? sql`CASE WHEN ${far} IS NULL THEN ${other} ELSE ${far} END` : other} WHEN ${x} IS NOT NULL THEN ${bad} END`
}

function numberFromText(ctx: Context, x: Sql, to: TrinoType): Sql {
  if (isInteger(to)) return sql`CAST(${guard(ctx, x, '\\s*[+-]?\\d+\\s*', to.base)} AS ${duckType(to)})`
  if (to.base === 'decimal') return toDecimal(guard(ctx, x, '[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?', 'decimal'), duckType(to))
  return sql`CAST(${guard(ctx, x, '\\s*[+-]?((\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?|NaN|Infinity)\\s*', to.base)} AS ${duckType(to)})`
}

function toText(ctx: Context, value: Typed, to: TrinoType, refuse: () => Error): Typed {
  const from = value.type
  const length = to.numbers[0]
  const limit = integer(length ?? 0)
  const whole = isText(from) ? coerce(value, t.VARCHAR).sql : textOf(value, refuse)
  if (to.base === 'char') {
    if (!isText(from)) throw refuse()
    return { sql: sql`rtrim(substr(${whole}, 1, ${limit}), ' ')`, type: to }
  }
  const keep = value.literal === undefined || !isText(from) ? {} : { literal: value.literal }
  if (length === undefined) return { sql: whole, type: to, ...keep }
  if (isText(from)) {
    const fits = from.base === 'varchar' && from.numbers[0] !== undefined && from.numbers[0] <= length
    return { sql: fits ? whole : sql`substr(${whole}, 1, ${limit})`, type: to }
  }
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', `Value cannot be represented as varchar(${length})`, sql`VARCHAR`)
  return { sql: sql`CASE WHEN length(${whole}) > ${limit} THEN ${bad} ELSE ${whole} END`, type: to }
}

/** The text of a value, as Trino's cast to varchar writes it. */
export function printText(value: Typed): Sql {
  return textOf(value, () => new Error(`no text of ${t.printType(value.type)}`))
}

function textOf(value: Typed, refuse: () => Error): Sql {
  const { type, sql: x } = value
  if (isText(type)) return coerce(value, t.VARCHAR).sql
  if (isApproximate(type)) return castText(x, type)
  switch (type.base) {
    case 'date':
      return dateText(x)
    case 'timestamp':
      return timestampText(x, precision(type))
    case 'timestamp with time zone':
      return momentText(value)
    case 'time with time zone':
      return zonedTimeText(value)
    case 'ipaddress':
      return addressText(x)
    case 'json':
      return jsonText(x)
    case 'time':
      return timeText(x, precision(type))
    case 'varbinary':
    case 'array':
    case 'map':
    case 'row':
      throw refuse()
    case 'interval day to second':
      return intervalText(x)
    case 'interval year to month': {
      const m = sql`CAST(date_part('year', ${x}) * 12 + date_part('month', ${x}) AS BIGINT)`
      return sql`(CASE WHEN ${m} < 0 THEN '-' ELSE '' END || printf('%d-%d', abs(${m}) // 12, abs(${m}) % 12))`
    }
    case 'decimal': {
      const [p, s] = type.numbers as [number, number]
      return p === s && p < 38 ? sql`CAST(CAST(${x} AS DECIMAL(${integer(p + 1)},${integer(s)})) AS VARCHAR)` : sql`CAST(${x} AS VARCHAR)`
    }
    default:
      return sql`CAST(${x} AS VARCHAR)`
  }
}

/** A number that is not written as a whole one is a double's text. */
function jsonText(x: Sql): Sql {
  const written = sql`CAST(${x} AS VARCHAR)`
  const isDouble = sql`json_type(${x}) = 'DOUBLE' AND NOT regexp_full_match(${written}, '-?[0-9]+')`
  return sql`CASE WHEN ${isDouble} THEN ${castText(sql`CAST(${written} AS DOUBLE)`, t.DOUBLE)} ELSE json_extract_string(${x}, '$') END`
}

const momentText = (value: Typed): Sql => sql`(${nearTimestamp(localOf(value).sql, precision(value.type))} || ' ' || ${zoneOf(value)})`

function intervalText(x: Sql): Sql {
  const ms = sql`CAST(epoch_ms(${x}) AS BIGINT)`
  const a = sql`abs(${ms})`
  return sql`(CASE WHEN ${ms} < 0 THEN '-' ELSE '' END || printf('%d %02d:%02d:%02d.%03d', ${a} // 86400000, (${a} // 3600000) % 24, (${a} // 60000) % 60, (${a} // 1000) % 60, ${a} % 1000))`
}

/**
 * What `strftime` wrote, as Trino writes a year before 0, of four digits at least, and one after 9999, with a plus. It names its text once: that is an
 * expression, and what stands in it several times is planned several times. Without `year()`, for which DuckDB makes a table of all days at each of its calls.
 */
function farYear(text: Sql): Sql {
  const padded = ['(\\d{3})', '(\\d{2})', '(\\d)'].reduce(
    (made, digits, i) => sql`regexp_replace(${made}, ${literal(`^-${digits}-`)}, ${literal(`-${'0'.repeat(i + 1)}\\1-`)})`,
    text,
  )
  return sql`regexp_replace(${padded}, '^(\\d{5})', '+\\1')`
}

const dateText = (x: Sql): Sql =>
  sql`CASE WHEN ${x} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN CAST(${x} AS VARCHAR) ELSE ${farYear(sql`strftime(${x}, '%Y-%m-%d')`)} END`

/** Whether a timestamp is of a year from 1 to 9999. */
export const isNear = (x: Sql): Sql => sql`${x} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999'`

function timestampText(x: Sql, digits: number): Sql {
  const near = nearTimestamp(x, digits)
  if (digits > 6) return near
  return sql`CASE WHEN ${isNear(x)} THEN ${near} ELSE ${farYear(near)} END`
}

function nearTimestamp(x: Sql, digits: number): Sql {
  if (digits > 6) return sql`strftime(${x}, '%Y-%m-%d %H:%M:%S.%n')`
  const base = sql`strftime(${x}, '%Y-%m-%d %H:%M:%S.%f')`
  return digits === 6 ? base : sql`left(${base}, ${integer(digits === 0 ? -7 : digits - 6)})`
}

function timeText(x: Sql, digits: number): Sql {
  const base = sql`strftime(DATE '2000-01-01' + ${x}, '%H:%M:%S.%f')`
  return digits === 6 ? base : sql`left(${base}, ${integer(digits === 0 ? 8 : 9 + digits)})`
}

const TIME_TEXT = '\\s*([01]?\\d|2[0-3]):\\d{1,2}(:\\d{1,2}(\\.\\d+)?)?\\s*'
const TIMESTAMP_TEXT = '\\s*\\d{4}-\\d{1,2}-\\d{1,2}( ([01]?\\d|2[0-3]):\\d{1,2}(:\\d{1,2}(\\.\\d+)?)?)?'
const SECONDS = '[^A-Z+]*|[^:]*:[^:]*:[0-9][^:]*(:00)?'
const ZONE_TEXT = '\\s*[^ T]* ?[0-9:.]*( ?(UTC|GMT|Z|[+-]00:00))?\\s*'

/** Text that is a timestamp in UTC; one in another zone is refused by name. */
function timestampGuard(ctx: Context, x: Sql, to: TrinoType): Sql {
  const shaped = guard(ctx, x, `${TIMESTAMP_TEXT}([^T0-9].*)?`, to.base)
  const matches = (pattern: string) => sql`regexp_full_match(${x}, ${literal(pattern)})`
  const elsewhere = sql`(${matches(`${TIMESTAMP_TEXT}( .*|[+-].*)`)} AND NOT (${matches(ZONE_TEXT)} AND ${matches(SECONDS)}))`
  const zoned = unserved(ctx, 'a timestamp in a time zone other than UTC is not served here yet', sql`VARCHAR`)
  return sql`CASE WHEN ${elsewhere} THEN ${zoned} ELSE ${shaped} END`
}

/** Rounded to the digits of the type; what is rounded up to midnight is 00:00. */
function toTime(value: Typed, to: TrinoType): Sql {
  const whole = sql`CAST(${value.sql} AS TIME)`
  const digits = precision(to)
  if (digits >= 6) return whole
  const unit = integer(10 ** (6 - digits))
  return sql`CAST(make_timestamp(((epoch_us(${whole}) + ${unit} // 2) // ${unit} * ${unit}) % 86400000000) AS TIME)`
}

/** Down to a multiple of `unit`, in whole numbers: a double has not the digits of a far year. */
const floored = (x: Sql, unit: number): Sql => sql`(${x} - ((${x} % ${integer(unit)}) + ${integer(unit)}) % ${integer(unit)})`

function toTimestamp(value: Typed, to: TrinoType, refuse: () => Error): Typed {
  const from = value.type
  if (!isText(from) && from.base !== 'date' && !from.base.startsWith('timestamp')) throw refuse()
  const digits = precision(to)
  const source = from.base.startsWith('timestamp') ? precision(from) : isText(from) ? 6 : 0
  const target = duckType(to)
  const whole = sql`CAST(${value.sql} AS ${target})`
  const keep = value.literal === undefined ? {} : { literal: value.literal }
  if (source > 6 && digits <= 6 && from.base === 'timestamp') {
    const unit = 10 ** (9 - digits)
    const ns = sql`(epoch_ns(${value.sql}) + ${integer(unit / 2)})`
    const made = sql`make_timestamp(${floored(ns, unit)} // 1000)`
    return { sql: to.base === 'timestamp' ? made : sql`timezone('UTC', ${made})`, type: to }
  }
  if (digits >= Math.min(source, 6) || digits > 6) return { sql: whole, type: to, ...keep }
  const unit = 10 ** (6 - digits)
  // Whole numbers, and the value named once: the text of a cast is long.
  const width = sql`to_microseconds(${integer(unit)})`
  const plain = to.base === 'timestamp' ? whole : sql`timezone('UTC', ${whole})`
  const made = sql`time_bucket(${width}, ${plain} + to_microseconds(${integer(unit / 2)}), TIMESTAMP '1970-01-01')`
  return { sql: to.base === 'timestamp' ? made : sql`timezone('UTC', ${made})`, type: to }
}
