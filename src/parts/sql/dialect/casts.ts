// CAST as Trino means it, for each pair of types that is served.

import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'
import type { Position } from '../syntax/ast.ts'
import { type Context, failure, mismatch } from './context.ts'
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
  quoteName,
  quoteText,
  type Typed,
} from './types.ts'

export function cast(ctx: Context, value: Typed, to: TrinoType, pos: Position): Typed {
  const from = value.type
  const refuse = () => mismatch(pos, `Cannot cast ${t.printType(from)} to ${t.printType(to)}`)
  if (isUnknown(from)) return coerce(value, to)
  if (t.sameType(from, to)) return value
  const done = (sql: string): Typed => ({ sql, type: to })
  const plain = () => done(`CAST(${value.sql} AS ${duckType(to)})`)
  const x = value.sql
  if (to.base === 'varchar' || to.base === 'char') return toText(ctx, value, to, refuse)
  if (from.base === 'json') return fromJson(value, to)
  if (to.base === 'json') {
    if (from.base === 'varbinary' || (from.base === 'row' && from.children.some((_, i) => from.names?.[i] === undefined))) throw refuse()
    if (from.base === 'timestamp' || from.base === 'timestamp with time zone') return done(`to_json(${printText(value)})`)
    return done(`to_json(${x})`)
  }
  if (isNumeric(to)) {
    if (isText(from)) return done(numberFromText(ctx, x, to))
    if (from.base === 'boolean') return plain()
    if (!isNumeric(from)) throw refuse()
    if (isInteger(to) && isApproximate(from)) return done(`CAST(round(${x}) AS ${duckType(to)})`)
    return plain()
  }
  switch (to.base) {
    case 'boolean':
      if (isText(from)) {
        const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', 'Cannot cast value to BOOLEAN', 'BOOLEAN')
        return done(
          `CASE WHEN lower(${x}) IN ('t', 'true', '1') THEN TRUE WHEN lower(${x}) IN ('f', 'false', '0') THEN FALSE WHEN ${x} IS NOT NULL THEN ${bad} END`,
        )
      }
      if (isNumeric(from)) return done(`(${x} <> 0)`)
      throw refuse()
    case 'date':
      if (isText(from)) return done(`CAST(${guard(ctx, x, '\\s*\\d{4,}-\\d{1,2}-\\d{1,2}\\s*', 'date')} AS DATE)`)
      if (from.base === 'timestamp' || from.base === 'timestamp with time zone') return plain()
      throw refuse()
    case 'time':
      if (isText(from) || from.base.startsWith('time')) return plain()
      throw refuse()
    case 'timestamp':
    case 'timestamp with time zone':
      return toTimestamp(value, to, refuse)
    case 'varbinary':
      if (isText(from)) return done(`encode(${x})`)
      if (from.base === 'uuid') return done(`unhex(replace(CAST(${x} AS VARCHAR), '-', ''))`)
      throw refuse()
    case 'uuid':
      if (isText(from)) return plain()
      throw refuse()
    case 'array': {
      if (from.base !== 'array') throw refuse()
      const inner = cast(ctx, { sql: 'e0', type: from.children[0] as TrinoType }, to.children[0] as TrinoType, pos)
      return done(`list_transform(${x}, lambda e0: ${inner.sql})`)
    }
    case 'map':
      if (from.base !== 'map') throw refuse()
      return plain()
    case 'row': {
      if (from.base !== 'row' || from.children.length !== to.children.length) throw refuse()
      const fields = to.children.map((child, i) => {
        const field = { sql: `struct_extract_at(${x}, ${i + 1})`, type: from.children[i] as TrinoType }
        return `${quoteName(fieldName(to, i))} := ${cast(ctx, field, child, pos).sql}`
      })
      return done(`CASE WHEN ${x} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`)
    }
    default:
      throw refuse()
  }
}

function guard(ctx: Context, x: string, pattern: string, name: string): string {
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', `Value cannot be cast to ${name}`, 'VARCHAR')
  return `CASE WHEN regexp_full_match(${x}, ${quoteText(pattern)}) THEN ${x} WHEN ${x} IS NOT NULL THEN ${bad} END`
}

function numberFromText(ctx: Context, x: string, to: TrinoType): string {
  if (isInteger(to)) return `CAST(${guard(ctx, x, '\\s*[+-]?\\d+\\s*', to.base)} AS ${duckType(to)})`
  if (to.base === 'decimal')
    return `CAST(${guard(ctx, x, '\\s*[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?\\s*', 'decimal')} AS ${duckType(to)})`
  return `CAST(${guard(ctx, x, '\\s*[+-]?((\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?|NaN|Infinity)\\s*', to.base)} AS ${duckType(to)})`
}

function toText(ctx: Context, value: Typed, to: TrinoType, refuse: () => Error): Typed {
  const from = value.type
  const length = to.numbers[0]
  const whole = isText(from) ? coerce(value, t.VARCHAR).sql : textOf(value, refuse)
  if (to.base === 'char') {
    if (!isText(from)) throw refuse()
    return { sql: `rtrim(substr(${whole}, 1, ${length}), ' ')`, type: to }
  }
  const keep = value.literal === undefined || !isText(from) ? {} : { literal: value.literal }
  if (length === undefined) return { sql: whole, type: to, ...keep }
  if (isText(from)) {
    const fits = from.base === 'varchar' && from.numbers[0] !== undefined && from.numbers[0] <= length
    return { sql: fits ? whole : `substr(${whole}, 1, ${length})`, type: to }
  }
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', `Value cannot be represented as varchar(${length})`, 'VARCHAR')
  return { sql: `CASE WHEN length(${whole}) > ${length} THEN ${bad} ELSE ${whole} END`, type: to }
}

/** The text of a value, as Trino's cast to varchar writes it. */
export function printText(value: Typed): string {
  return textOf(value, () => new Error(`no text of ${t.printType(value.type)}`))
}

function textOf(value: Typed, refuse: () => Error): string {
  const { type, sql: x } = value
  if (isText(type)) return coerce(value, t.VARCHAR).sql
  if (isApproximate(type)) return approximateText(x)
  switch (type.base) {
    case 'timestamp':
      return timestampText(x, precision(type))
    case 'timestamp with time zone':
      return `(${timestampText(`timezone('UTC', ${x})`, precision(type))} || ' UTC')`
    case 'json':
      return `json_extract_string(${x}, '$')`
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
      const m = `CAST(date_part('year', ${x}) * 12 + date_part('month', ${x}) AS BIGINT)`
      return `(CASE WHEN ${m} < 0 THEN '-' ELSE '' END || printf('%d-%d', abs(${m}) // 12, abs(${m}) % 12))`
    }
    case 'decimal': {
      const [p, s] = type.numbers as [number, number]
      return p === s && p < 38 ? `CAST(CAST(${x} AS DECIMAL(${p + 1},${s})) AS VARCHAR)` : `CAST(${x} AS VARCHAR)`
    }
    default:
      return `CAST(${x} AS VARCHAR)`
  }
}

function intervalText(x: string): string {
  const ms = `CAST(epoch_ms(${x}) AS BIGINT)`
  const a = `abs(${ms})`
  return `(CASE WHEN ${ms} < 0 THEN '-' ELSE '' END || printf('%d %02d:%02d:%02d.%03d', ${a} // 86400000, (${a} // 3600000) % 24, (${a} // 60000) % 60, (${a} // 1000) % 60, ${a} % 1000))`
}

function timestampText(x: string, digits: number): string {
  if (digits > 6) return `strftime(${x}, '%Y-%m-%d %H:%M:%S.%n')`
  const base = `strftime(${x}, '%Y-%m-%d %H:%M:%S.%f')`
  return digits === 6 ? base : `left(${base}, ${digits === 0 ? 19 : 20 + digits})`
}

function timeText(x: string, digits: number): string {
  const base = `strftime(DATE '2000-01-01' + ${x}, '%H:%M:%S.%f')`
  return digits === 6 ? base : `left(${base}, ${digits === 0 ? 8 : 9 + digits})`
}

/** Java's scientific form, `1.2345E2`, from the shortest digits that DuckDB prints. */
function approximateText(x: string): string {
  const mantissa = `split_part(s, 'e', 1)`
  const power = `coalesce(TRY_CAST(nullif(split_part(s, 'e', 2), '') AS INTEGER), 0)`
  const whole = `split_part(${mantissa}, '.', 1)`
  const fraction = `split_part(${mantissa}, '.', 2)`
  const exponent = `(${power} + CASE WHEN ${whole} = '0' THEN -1 - (length(${fraction}) - length(ltrim(${fraction}, '0'))) ELSE length(${whole}) - 1 END)`
  const digits = `rtrim(ltrim(${whole} || ${fraction}, '0'), '0')`
  const scientific = `list_transform([CAST(abs(${x}) AS VARCHAR)], lambda s: left(${digits}, 1) || '.' || CASE WHEN length(${digits}) > 1 THEN substr(${digits}, 2) ELSE '0' END || 'E' || CAST(${exponent} AS VARCHAR))[1]`
  return `CASE WHEN isnan(${x}) THEN 'NaN' WHEN isinf(${x}) THEN CASE WHEN ${x} > 0 THEN 'Infinity' ELSE '-Infinity' END WHEN ${x} = 0 THEN '0E0' ELSE CASE WHEN ${x} < 0 THEN '-' ELSE '' END || ${scientific} END`
}

function fromJson(value: Typed, to: TrinoType): Typed {
  const x = value.sql
  if (to.base === 'array' || to.base === 'map' || to.base === 'row') return { sql: `CAST(${x} AS ${duckType(to)})`, type: to }
  return { sql: `CAST(json_extract_string(${x}, '$') AS ${duckType(to)})`, type: to }
}

function toTimestamp(value: Typed, to: TrinoType, refuse: () => Error): Typed {
  const from = value.type
  if (!isText(from) && from.base !== 'date' && !from.base.startsWith('timestamp')) throw refuse()
  const digits = precision(to)
  const source = from.base.startsWith('timestamp') ? precision(from) : isText(from) ? 6 : 0
  const target = duckType(to)
  const whole = `CAST(${value.sql} AS ${target})`
  const keep = value.literal === undefined ? {} : { literal: value.literal }
  if (digits >= Math.min(source, 6) || digits > 6) return { sql: whole, type: to, ...keep }
  const unit = 10 ** (6 - digits)
  const micros = `epoch_us(${whole})`
  const rounded = `(CAST(floor((${micros} + ${unit / 2}) / CAST(${unit} AS DOUBLE)) AS BIGINT) * ${unit})`
  const made = `make_timestamp(${rounded})`
  return { sql: to.base === 'timestamp' ? made : `timezone('UTC', ${made})`, type: to }
}
