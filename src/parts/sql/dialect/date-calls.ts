// Functions of dates and times whose unit or pattern is a literal, and the fields of moments and intervals.

import { cast } from '#parts/sql/dialect/casts'
import { failure, mismatch, unserved } from '#parts/sql/dialect/context'
import type { Given } from '#parts/sql/dialect/given'
import { mysqlFormat } from '#parts/sql/dialect/mysql-format'
import { unify } from '#parts/sql/dialect/operators'
import { atRun } from '#parts/sql/dialect/tries'
import { canCoerce, coerce, duckType, type Typed, typed } from '#parts/sql/dialect/types'
import { offsetField, shown } from '#parts/sql/dialect/zone-calls'
import { instantOf, isMoment, localOf, microsOf, momentAt, momentIn, movedTo, zoneOf } from '#parts/sql/dialect/zoned'
import { addUnits, isZonedTime, truncTime, unitsBetween } from '#parts/sql/dialect/zoned-times'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { integer, literal, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

export function literalText(value: Typed | undefined, name: string, pos: Position): string {
  if (typeof value?.literal !== 'string') throw NotSupported({ ...pos, text: `${name} is served with a literal unit or pattern only` })
  return value.literal
}

const UNITS = ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']

function unitOf(value: Typed | undefined, name: string, type: TrinoType, pos: Position): string {
  const unit = literalText(value, name, pos).toLowerCase()
  const allowed = type.base === 'date' ? UNITS.slice(4) : /^time( |$)/.test(type.base) ? UNITS.slice(0, 4) : UNITS
  if (!allowed.includes(unit))
    throw sqlError('INVALID_FUNCTION_ARGUMENT', undefined, `'${unit}' is not a valid ${type.base.replace(/ .*/, '').toUpperCase()} field`)
  return unit
}

function momentType(value: Typed | undefined, name: string, pos: Position): Typed {
  if (!value || !/^(date|time|timestamp)/.test(value.type.base))
    throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (${value ? t.printType(value.type) : ''}) for function ${name}`)
  return value
}

const MICROS: ReadonlyMap<string, number> = new Map([
  ['millisecond', 1000],
  ['second', 1_000_000],
  ['minute', 60_000_000],
  ['hour', 3_600_000_000],
])

export function dateTrunc(given: Given): Typed {
  const value = momentType(given.args[1], 'date_trunc', given.pos)
  if (isZonedTime(value.type) && value.literal === null) return value
  return atRun(given.ctx, value.type, [value.sql], () => truncated(given, value))
}

function truncated({ args, pos }: Given, value: Typed): Typed {
  const unit = unitOf(args[0], 'date_trunc', value.type, pos)
  if (isZonedTime(value.type)) return truncTime(value, unit)
  if (value.type.zoned)
    return movedTo(value, sql`make_timestamptz(trino_moment_trunc(${microsOf(value)}, ${zoneOf(value)}, ${literal(unit)}))`)
  if (value.type.base === 'time') {
    const micros = integer(MICROS.get(unit) as number)
    return typed(sql`CAST(make_timestamp(epoch_us(${value.sql}) // ${micros} * ${micros}) AS TIME)`, value.type)
  }
  return typed(sql`CAST(date_trunc(${literal(unit)}, ${value.sql}) AS ${duckType(value.type)})`, value.type)
}

const ADD: ReadonlyMap<string, Sql> = new Map([
  ['millisecond', sql`to_milliseconds`],
  ['second', sql`to_seconds`],
  ['minute', sql`to_minutes`],
  ['hour', sql`to_hours`],
  ['day', sql`to_days`],
  ['month', sql`to_months`],
  ['year', sql`to_years`],
])

export function dateAdd(given: Given): Typed {
  const value = momentType(given.args[2], 'date_add', given.pos)
  if (isZonedTime(value.type) && value.literal === null) return value
  return atRun(given.ctx, value.type, [value.sql, (given.args[1] as Typed).sql], () => added(given, value))
}

function added({ args, pos, ctx }: Given, value: Typed): Typed {
  const unit = unitOf(args[0], 'date_add', value.type, pos)
  const digits = value.type.numbers[0] ?? 3
  if (unit === 'millisecond' && digits < 3 && value.type.base.startsWith('time') && !value.type.base.startsWith('timestamp'))
    throw NotSupported({ ...pos, text: `date_add of milliseconds to ${t.printType(value.type)} is not served here yet` })
  const given = coerce(args[1] as Typed, t.BIGINT).sql
  const many = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'The value to add does not fit into an integer', sql`INTEGER`)
  const n = sql`CASE WHEN ${given} BETWEEN -2147483648 AND 2147483647 THEN CAST(${given} AS INTEGER) WHEN ${given} IS NOT NULL THEN ${many} END`
  if (isZonedTime(value.type)) return addUnits(value, unit, n)
  if (value.type.zoned) {
    const instant = sql`make_timestamptz(trino_moment_add(${microsOf(value)}, ${zoneOf(value)}, ${literal(unit)}, CAST(${n} AS BIGINT)))`
    const isFiner = unit === 'millisecond' && digits < 3
    return isFiner ? cast(ctx, movedTo(value, instant, 3), t.timestampTz(digits), pos) : movedTo(value, instant)
  }
  const amount =
    unit === 'quarter' ? sql`to_months(3 * ${n})` : unit === 'week' ? sql`to_days(7 * ${n})` : sql`${ADD.get(unit) as Sql}(${n})`
  const sum = sql`CAST(${value.sql} + ${amount} AS ${duckType(value.type)})`
  return unit === 'millisecond' && digits < 3 ? cast(ctx, typed(sum, t.timestamp(3)), value.type, pos) : typed(sum, value.type)
}

export function dateDiff({ args, pos, ctx }: Given): Typed {
  const [first, second] = [momentType(args[1], 'date_diff', pos), momentType(args[2], 'date_diff', pos)]
  const { type, values } = unify(ctx, [first, second], pos, 'date_diff')
  const [from, to] = values as [Typed, Typed]
  if (isZonedTime(type) && (from.literal === null || to.literal === null)) return typed(sql`CAST(NULL AS BIGINT)`, t.BIGINT)
  return atRun(ctx, t.BIGINT, [from.sql, to.sql], () => {
    const unit = unitOf(args[0], 'date_diff', type, pos)
    if (isZonedTime(type)) return unitsBetween(unit, from, to, pos)
    if (type.zoned) return momentDiff(unit, from, to)
    return typed(sql`date_sub(${literal(unit)}, ${from.sql}, ${to.sql})`, t.BIGINT)
  })
}

/** Days and longer are counted by the clocks of the first one's zone; by those of UTC, as in Trino, with more than three digits of a second. */
function momentDiff(unit: string, from: Typed, to: Typed): Typed {
  if (MICROS.has(unit) || (from.type.numbers[0] ?? 3) > 3)
    return typed(sql`date_sub(${literal(unit)}, ${instantOf(from)}, ${instantOf(to)})`, t.BIGINT)
  const other = from.moment?.id === undefined ? momentIn(instantOf(to), zoneOf(from), 3) : momentAt(instantOf(to), from.moment.id, 3)
  return typed(sql`date_sub(${literal(unit)}, ${localOf(from).sql}, ${localOf(other).sql})`, t.BIGINT)
}

function coerceMoment(value: Typed | undefined, pos: Position, name: string): Sql {
  const moment = momentType(value, name, pos)
  if (/^time( |$)/.test(moment.type.base))
    throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (${t.printType(moment.type)}) for function ${name}`)
  return moment.type.base === 'date' ? sql`CAST(${moment.sql} AS TIMESTAMP)` : toMillis(isMoment(moment.type) ? localOf(moment) : moment)
}

/** Rounded to a millisecond, as Trino does before it writes. */
function toMillis({ sql: moment, type }: Typed): Sql {
  if ((type.numbers[0] ?? 3) <= 3) return moment
  const micros = sql`(epoch_us(${moment}) + 500)`
  return sql`make_timestamp(${micros} - (${micros} % 1000 + 1000) % 1000)`
}

export function dateFormat({ args, pos, ctx }: Given): Typed {
  const [value, pattern] = args as [Typed, Typed]
  const moment = coerceMoment(value, pos, 'date_format')
  const form = literalText(pattern, 'date_format', pos)
  return atRun(ctx, t.VARCHAR, [moment], () => typed(sql`strftime(${moment}, ${literal(mysqlFormat(form, true))})`, t.VARCHAR))
}

/** By the patterns of Joda. What has no zone has none to be written. */
export function formatDatetime({ args, pos, ctx }: Given): Typed | undefined {
  const [value, pattern] = args
  if (args.length !== 2 || !value || !pattern || !canCoerce(pattern.type, t.VARCHAR)) return undefined
  if (!/^(date|timestamp)/.test(value.type.base)) return undefined
  const text = coerce(pattern, t.VARCHAR)
  if (isMoment(value.type)) {
    const offset = value.type.zoned ? sql`trino_offset(${microsOf(value)}, ${zoneOf(value)})` : integer(0)
    return typed(sql`trino_format_moment(epoch_us(${localOf(value).sql}), ${offset}, ${zoneOf(value)}, ${text.sql})`, t.VARCHAR)
  }
  const ofZone = typeof text.literal === 'string' && /[zZ]/.test(text.literal.replace(/'[^']*('|$)/g, ''))
  if (ofZone) {
    const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'format_datetime of what has no zone takes no z and no Z', sql`VARCHAR`)
    return typed(sql`CASE WHEN ${value.sql} IS NOT NULL THEN ${bad} END`, t.VARCHAR)
  }
  if (typeof text.literal !== 'string')
    throw NotSupported({ ...pos, text: 'format_datetime of what has no zone is served with a literal pattern only' })
  return typed(sql`trino_format_moment(epoch_us(CAST(${value.sql} AS TIMESTAMP)), 0, 'UTC', ${text.sql})`, t.VARCHAR)
}

export function dateParse({ args, pos, ctx }: Given): Typed {
  const [value, pattern] = args as [Typed, Typed]
  const form = literalText(pattern, 'date_parse', pos)
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Invalid format of a date in date_parse', sql`TIMESTAMP`)
  if (!form.includes('%')) {
    const same = sql`(lower(${value.sql}) = ${literal(form.toLowerCase())} AND ${value.sql} <> '')`
    return typed(sql`CASE WHEN ${same} THEN TIMESTAMP '1970-01-01' WHEN ${value.sql} IS NOT NULL THEN ${bad} END`, t.timestamp(3))
  }
  if (!form.includes('%Y')) {
    const parsed = sql`trino_date_parse(${coerce(value, t.VARCHAR).sql}, ${literal(form)})`
    const other = unserved(ctx, 'this form of text is not served in date_parse yet', sql`TIMESTAMP`)
    const each = sql`CASE WHEN m0 IS NULL THEN NULL WHEN m0 = 'invalid' THEN ${bad} WHEN m0 = 'unserved' THEN ${other} ELSE make_timestamp(CAST(m0 AS BIGINT) * 1000) END`
    return typed(sql`list_transform([${parsed}], lambda m0: ${each})[1]`, t.timestamp(3))
  }
  return atRun(ctx, t.timestamp(3), [value.sql], () => {
    const read = sql`try_strptime(${value.sql}, ${literal(mysqlFormat(form, false))})`
    return typed(sql`CASE WHEN ${read} IS NULL AND ${value.sql} IS NOT NULL THEN ${bad} ELSE ${read} END`, t.timestamp(3))
  })
}

const FIELDS: ReadonlyMap<string, Sql> = new Map([
  ['year', sql`year`],
  ['quarter', sql`quarter`],
  ['month', sql`month`],
  ['week', sql`week`],
  ['day', sql`day`],
  ['day_of_month', sql`day`],
  ['day_of_week', sql`isodow`],
  ['dow', sql`isodow`],
  ['day_of_year', sql`dayofyear`],
  ['doy', sql`dayofyear`],
  ['year_of_week', sql`isoyear`],
  ['yow', sql`isoyear`],
  ['hour', sql`hour`],
  ['minute', sql`minute`],
  ['second', sql`second`],
])

export function extract(field: string, value: Typed, pos: Position): Typed {
  if (field === 'timezone_hour' || field === 'timezone_minute') {
    const part = offsetField(value, field === 'timezone_hour' ? 3600 : 60)
    if (part) return part
    throw mismatch(pos, `Cannot extract ${field} from ${t.printType(value.type)}`)
  }
  const name = FIELDS.get(field)
  if (!name) throw sqlError('SYNTAX_ERROR', pos, `Invalid EXTRACT field: ${field}`)
  const { base } = value.type
  const clock = ['hour', 'minute', 'second'].includes(field)
  if (base === 'interval day to second' || base === 'interval year to month') return intervalField(field, value, pos)
  if (!/^(date|time)/.test(base) || (base === 'date' && clock) || (/^time( |$)/.test(base) && !clock))
    throw mismatch(pos, `Cannot extract ${field} from ${t.printType(value.type)}`)
  return typed(sql`${name}(${shown(value).sql})`, t.BIGINT)
}

function intervalField(field: string, value: Typed, pos: Position): Typed {
  const ms = sql`CAST(epoch_ms(${value.sql}) AS BIGINT)`
  const parts = new Map<string, Sql>(
    Object.entries({
      day: sql`(${ms} // 86400000)`,
      hour: sql`((${ms} // 3600000) % 24)`,
      minute: sql`((${ms} // 60000) % 60)`,
      second: sql`((${ms} // 1000) % 60)`,
      year: sql`date_part('year', ${value.sql})`,
      month: sql`date_part('month', ${value.sql})`,
    }),
  )
  const part = ['year', 'month'].includes(field) === (value.type.base === 'interval year to month') ? parts.get(field) : undefined
  if (!part) throw mismatch(pos, `Cannot extract ${field} from ${t.printType(value.type)}`)
  return typed(part, t.BIGINT)
}
