// CAST as Trino means it, for each pair of types that is served.

import { type Context, failure, mismatch } from '#parts/sql/dialect/context'
import {
  coerce,
  duckType,
  fieldName,
  isApproximate,
  isInteger,
  isNumeric,
  isText,
  isUnknown,
  precision,
  type Typed,
} from '#parts/sql/dialect/types'
import type { Position } from '#parts/sql/syntax/ast'
import { identifier, integer, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

export function cast(ctx: Context, value: Typed, to: TrinoType, pos: Position): Typed {
  const from = value.type
  const refuse = () => mismatch(pos, `Cannot cast ${t.printType(from)} to ${t.printType(to)}`)
  if (isUnknown(from)) return coerce(value, to)
  if (t.sameType(from, to)) return value
  const done = (made: Sql): Typed => ({ sql: made, type: to })
  const plain = () => done(sql`CAST(${value.sql} AS ${duckType(to)})`)
  const x = value.sql
  if (to.base === 'varchar' || to.base === 'char') return toText(ctx, value, to, refuse)
  if (from.base === 'json') return fromJson(value, to)
  if (to.base === 'json') {
    if (from.base === 'varbinary' || (from.base === 'row' && from.children.some((_, i) => from.names?.[i] === undefined))) throw refuse()
    if (from.base === 'timestamp' || from.base === 'timestamp with time zone') return done(sql`to_json(${printText(value)})`)
    return done(sql`to_json(${x})`)
  }
  if (isNumeric(to)) {
    if (isText(from)) return done(numberFromText(ctx, x, to))
    if (from.base === 'boolean') return plain()
    if (!isNumeric(from)) throw refuse()
    if (isInteger(to) && isApproximate(from)) return done(sql`CAST(round(${x}) AS ${duckType(to)})`)
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
      if (isText(from)) return done(sql`CAST(${guard(ctx, x, '\\s*\\d{4,}-\\d{1,2}-\\d{1,2}\\s*', 'date')} AS DATE)`)
      if (from.base === 'timestamp' || from.base === 'timestamp with time zone') return plain()
      throw refuse()
    case 'time':
      if (isText(from) || from.base.startsWith('time')) return plain()
      throw refuse()
    case 'timestamp':
    case 'timestamp with time zone':
      return toTimestamp(value, to, refuse)
    case 'varbinary':
      if (isText(from)) return done(sql`encode(${x})`)
      if (from.base === 'uuid') return done(sql`unhex(replace(CAST(${x} AS VARCHAR), '-', ''))`)
      throw refuse()
    case 'uuid':
      if (isText(from)) return plain()
      throw refuse()
    case 'array': {
      if (from.base !== 'array') throw refuse()
      const inner = cast(ctx, { sql: sql`e0`, type: from.children[0] as TrinoType }, to.children[0] as TrinoType, pos)
      return done(sql`list_transform(${x}, lambda e0: ${inner.sql})`)
    }
    case 'map':
      if (from.base !== 'map') throw refuse()
      return plain()
    case 'row': {
      if (from.base !== 'row' || from.children.length !== to.children.length) throw refuse()
      const fields = to.children.map((child, i) => {
        const field = { sql: sql`struct_extract_at(${x}, ${integer(i + 1)})`, type: from.children[i] as TrinoType }
        return sql`${identifier(fieldName(to, i))} := ${cast(ctx, field, child, pos).sql}`
      })
      return done(sql`CASE WHEN ${x} IS NULL THEN NULL ELSE struct_pack(${join(fields)}) END`)
    }
    default:
      throw refuse()
  }
}

function guard(ctx: Context, x: Sql, pattern: string, name: string): Sql {
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', `Value cannot be cast to ${name}`, sql`VARCHAR`)
  return sql`CASE WHEN regexp_full_match(${x}, ${literal(pattern)}) THEN ${x} WHEN ${x} IS NOT NULL THEN ${bad} END`
}

function numberFromText(ctx: Context, x: Sql, to: TrinoType): Sql {
  if (isInteger(to)) return sql`CAST(${guard(ctx, x, '\\s*[+-]?\\d+\\s*', to.base)} AS ${duckType(to)})`
  if (to.base === 'decimal')
    return sql`CAST(${guard(ctx, x, '\\s*[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?\\s*', 'decimal')} AS ${duckType(to)})`
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
  if (isApproximate(type)) return approximateText(x)
  switch (type.base) {
    case 'timestamp':
      return timestampText(x, precision(type))
    case 'timestamp with time zone':
      return sql`(${timestampText(sql`timezone('UTC', ${x})`, precision(type))} || ' UTC')`
    case 'json':
      return sql`json_extract_string(${x}, '$')`
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

function intervalText(x: Sql): Sql {
  const ms = sql`CAST(epoch_ms(${x}) AS BIGINT)`
  const a = sql`abs(${ms})`
  return sql`(CASE WHEN ${ms} < 0 THEN '-' ELSE '' END || printf('%d %02d:%02d:%02d.%03d', ${a} // 86400000, (${a} // 3600000) % 24, (${a} // 60000) % 60, (${a} // 1000) % 60, ${a} % 1000))`
}

function timestampText(x: Sql, digits: number): Sql {
  if (digits > 6) return sql`strftime(${x}, '%Y-%m-%d %H:%M:%S.%n')`
  const base = sql`strftime(${x}, '%Y-%m-%d %H:%M:%S.%f')`
  return digits === 6 ? base : sql`left(${base}, ${integer(digits === 0 ? 19 : 20 + digits)})`
}

function timeText(x: Sql, digits: number): Sql {
  const base = sql`strftime(DATE '2000-01-01' + ${x}, '%H:%M:%S.%f')`
  return digits === 6 ? base : sql`left(${base}, ${integer(digits === 0 ? 8 : 9 + digits)})`
}

/** Java's scientific form, `1.2345E2`, from the shortest digits that DuckDB prints. */
function approximateText(x: Sql): Sql {
  const mantissa = sql`split_part(s, 'e', 1)`
  const power = sql`coalesce(TRY_CAST(nullif(split_part(s, 'e', 2), '') AS INTEGER), 0)`
  const whole = sql`split_part(${mantissa}, '.', 1)`
  const fraction = sql`split_part(${mantissa}, '.', 2)`
  const exponent = sql`(${power} + CASE WHEN ${whole} = '0' THEN -1 - (length(${fraction}) - length(ltrim(${fraction}, '0'))) ELSE length(${whole}) - 1 END)`
  const digits = sql`rtrim(ltrim(${whole} || ${fraction}, '0'), '0')`
  const scientific = sql`list_transform([CAST(abs(${x}) AS VARCHAR)], lambda s: left(${digits}, 1) || '.' || CASE WHEN length(${digits}) > 1 THEN substr(${digits}, 2) ELSE '0' END || 'E' || CAST(${exponent} AS VARCHAR))[1]`
  return sql`CASE WHEN isnan(${x}) THEN 'NaN' WHEN isinf(${x}) THEN CASE WHEN ${x} > 0 THEN 'Infinity' ELSE '-Infinity' END WHEN ${x} = 0 THEN '0E0' ELSE CASE WHEN ${x} < 0 THEN '-' ELSE '' END || ${scientific} END`
}

function fromJson(value: Typed, to: TrinoType): Typed {
  const x = value.sql
  if (to.base === 'array' || to.base === 'map' || to.base === 'row') return { sql: sql`CAST(${x} AS ${duckType(to)})`, type: to }
  return { sql: sql`CAST(json_extract_string(${x}, '$') AS ${duckType(to)})`, type: to }
}

function toTimestamp(value: Typed, to: TrinoType, refuse: () => Error): Typed {
  const from = value.type
  if (!isText(from) && from.base !== 'date' && !from.base.startsWith('timestamp')) throw refuse()
  const digits = precision(to)
  const source = from.base.startsWith('timestamp') ? precision(from) : isText(from) ? 6 : 0
  const target = duckType(to)
  const whole = sql`CAST(${value.sql} AS ${target})`
  const keep = value.literal === undefined ? {} : { literal: value.literal }
  if (digits >= Math.min(source, 6) || digits > 6) return { sql: whole, type: to, ...keep }
  const unit = 10 ** (6 - digits)
  const micros = sql`epoch_us(${whole})`
  const rounded = sql`(CAST(floor((${micros} + ${integer(unit / 2)}) / CAST(${integer(unit)} AS DOUBLE)) AS BIGINT) * ${integer(unit)})`
  const made = sql`make_timestamp(${rounded})`
  return { sql: to.base === 'timestamp' ? made : sql`timezone('UTC', ${made})`, type: to }
}
