// What shows a moment in another zone, and what tells of its zone.

import { MOMENT, printText, readOf } from '#parts/sql/dialect/casts'
import { type Context, failure, mismatch } from '#parts/sql/dialect/context'
import type { Given } from '#parts/sql/dialect/given'
import { canCoerce, coerce, isText, isUnknown, precision, type Typed, typed } from '#parts/sql/dialect/types'
import { inSession, instantOf, isMoment, localOf, microsOf, momentAt, momentIn, zoneOf } from '#parts/sql/dialect/zoned'
import { atOffset, isZonedTime, localTime, offsetNow, offsetOf as offsetOfTime, timeInSession } from '#parts/sql/dialect/zoned-times'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { integer, literal, type Sql, sql } from '#wire/duckdb/sql'
import { CAUGHT } from '#wire/engine/raised'
import type { ErrorName } from '#wire/trino/error-codes'
import * as t from '#wire/trino/type'
import { offsetZone, zoneId } from '#wire/trino/zones'

/** A moment; what has no zone has that of the session. */
export function momentOf(ctx: Context, value: Typed): Typed {
  if (isUnknown(value.type)) return coerce(value, t.timestampTz(3))
  return isMoment(value.type) ? value : inSession(ctx.analysis.session, value, value.type.numbers[0] ?? 0)
}

export function momentArgument(value: Typed | undefined, name: string, pos: Position): Typed {
  if (!value || !(isUnknown(value.type) || value.type.base === 'date' || value.type.base.startsWith('timestamp')))
    throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters (${value ? t.printType(value.type) : ''}) for function ${name}`)
  return value
}

/** A zone as SQL, with its id where the statement tells it. */
interface Zone {
  readonly sql: Sql
  readonly id?: string
}

function zoneArgument(ctx: Context, zone: Typed, pos: Position, errorName: ErrorName): Zone {
  if (zone.milliseconds !== undefined) {
    const id = offsetZone(zone.milliseconds / 60_000)
    if (id !== undefined && zone.milliseconds % 60_000 === 0) return { sql: literal(id), id }
  }
  if (zone.type.base === 'interval day to second') {
    const ms = sql`CAST(epoch_ms(${zone.sql}) AS BIGINT)`
    return offsetOf(ctx, sql`CASE WHEN ${ms} % 60000 = 0 THEN ${ms} // 60000 WHEN ${ms} IS NOT NULL THEN ${NO_OFFSET} END`)
  }
  if (isUnknown(zone.type)) return { sql: sql`CAST(NULL AS VARCHAR)` }
  if (!isText(zone.type)) throw mismatch(pos, 'Type of time zone must be a varchar or an interval')
  const text = coerce(zone, t.VARCHAR).sql
  const bad = failure(ctx, errorName, 'this is not a valid time zone', sql`VARCHAR`)
  const asked = { sql: sql`CASE WHEN trino_zone(${text}) IS NULL AND ${text} IS NOT NULL THEN ${bad} ELSE trino_zone(${text}) END` }
  if (typeof zone.literal !== 'string') return asked
  const id = zoneId(zone.literal)
  if (id === undefined && (ctx.safe || CAUGHT.has(errorName))) return asked
  if (id === undefined) throw sqlError(errorName, pos, `'${zone.literal}' is not a valid time zone`)
  return { sql: literal(id), id }
}

/** Minutes that are no offset. */
const NO_OFFSET = integer(6000)

function offsetOf(ctx: Context, minutes: Sql): Zone {
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Invalid offset of a time zone', sql`VARCHAR`)
  return {
    sql: sql`CASE WHEN trino_offset_zone(${minutes}) IS NULL AND (${minutes}) IS NOT NULL THEN ${bad} ELSE trino_offset_zone(${minutes}) END`,
  }
}

/** The value of an instant that may follow from the zone. A zone that may be wrong is computed once, so that TRY has it inside. */
function made(ctx: Context, instant: (zone: Sql) => Sql, zone: Zone, digits: number): Typed {
  if (zone.id !== undefined) return momentAt(instant(zone.sql), zone.id, digits)
  const z = ctx.analysis.fresh('z')
  const each = sql`CASE WHEN ${z} IS NOT NULL THEN ${momentIn(instant(z), z, digits).sql} END`
  return typed(sql`list_transform([${zone.sql}], lambda ${z}: ${each})[1]`, t.zonedTimestamp(digits))
}

/** The same instant in another zone. */
export function shownIn(ctx: Context, value: Typed, zone: Typed, pos: Position): Typed {
  return made(ctx, () => instantOf(value), zoneArgument(ctx, zone, pos, 'INVALID_FUNCTION_ARGUMENT'), value.type.numbers[0] ?? 3)
}

/** The same time of day of UTC, by the clocks that a zone has when the query begins. */
export function timeShownIn(ctx: Context, value: Typed, zone: Typed, pos: Position): Typed {
  const { session } = ctx.analysis
  const to = zoneArgument(ctx, zone, pos, 'INVALID_FUNCTION_ARGUMENT')
  const offset =
    to.id === undefined
      ? sql`CAST(trino_offset(${integer(BigInt(session.now.getTime()) * 1000n)}, ${to.sql}) // 60 AS INTEGER)`
      : sql`CAST(${integer(offsetNow(session, to.id))} AS INTEGER)`
  return atOffset(isZonedTime(value.type) ? value : timeInSession(session, value, precision(value.type)), offset)
}

/** The moment at which the clocks of a zone show a timestamp. */
export function withTimezone({ args: [value, zone], name, pos, ctx }: Given): Typed {
  if (!value || !zone || !canCoerce(value.type, t.timestamp(value.type.numbers[0] ?? 3)) || !isText(zone.type))
    throw sqlError('FUNCTION_NOT_FOUND', pos, `Unexpected parameters for function ${name}. Expected: timestamp, varchar`)
  const digits = value.type.numbers[0] ?? 3
  if (digits > 6) throw NotSupported({ ...pos, text: `with_timezone of ${t.printType(value.type)} is not served here yet` })
  const to = zoneArgument(ctx, zone, pos, 'INVALID_FUNCTION_ARGUMENT')
  const local = sql`epoch_us(${coerce(value, t.timestamp(digits)).sql})`
  return made(ctx, (of) => sql`make_timestamptz(trino_instant(${local}, ${of}))`, to, digits)
}

/** Whole hours, or minutes of the hour, of the offset. */
export function offsetField(value: Typed | undefined, unit: 3600 | 60): Typed | undefined {
  if (value && isZonedTime(value.type)) return minuteOffsetField(value, unit)
  if (!value || !isMoment(value.type)) return undefined
  const offset = sql`trino_offset(${microsOf(value)}, ${zoneOf(value)})`
  return typed(unit === 60 ? sql`((${offset} // 60) % 60)` : sql`(${offset} // 3600)`, t.BIGINT)
}

function minuteOffsetField(value: Typed, unit: 3600 | 60): Typed {
  const minutes = sql`CAST(${offsetOfTime(value)} AS BIGINT)`
  return typed(unit === 60 ? sql`(${minutes} % 60)` : sql`(${minutes} // 60)`, t.BIGINT)
}

/** The zone of a moment, or the offset of a time. */
export function zoneName({ args: [value] }: Given): Typed | undefined {
  if (value && isZonedTime(value.type)) return typed(sql`trino_offset_zone(CAST(${offsetOfTime(value)} AS BIGINT))`, t.VARCHAR)
  if (!value || !isMoment(value.type)) return undefined
  return typed(sql`CASE WHEN ${instantOf(value)} IS NOT NULL THEN ${zoneOf(value)} END`, t.VARCHAR)
}

/** With a zone, or with hours and minutes of an offset; without them a signature has it. */
export function fromUnixtime({ args, pos, ctx }: Given): Typed | undefined {
  const [seconds, first, second] = args
  if (!seconds || !canCoerce(seconds.type, t.DOUBLE)) return undefined
  const instant = unixInstant(ctx, coerce(seconds, t.DOUBLE).sql)
  const { timeZone } = ctx.analysis.session
  if (!first) return timeZone === 'UTC' ? undefined : momentAt(instant, timeZone, 3)
  if (!second && isText(first.type)) return made(ctx, () => instant, zoneArgument(ctx, first, pos, 'NOT_SUPPORTED'), 3)
  if (!second || ![first, second].every((n) => canCoerce(n.type, t.BIGINT))) return undefined
  const [hours, minutes] = [first, second].map((n) => coerce(n, t.BIGINT)) as [Typed, Typed]
  if (typeof hours.literal === 'bigint' && typeof minutes.literal === 'bigint') {
    const id = offsetZone(Number(hours.literal * 60n + minutes.literal))
    if (id !== undefined) return momentAt(instant, id, 3)
  }
  return made(ctx, () => instant, offsetOf(ctx, sql`${hours.sql} * 60 + ${minutes.sql}`), 3)
}

/** In the zone of the text, or the session's. */
export function fromIsoTimestamp({ args: [text], e, ctx }: Given): Typed | undefined {
  if (e.args.length !== 1 || !text || !canCoerce(text.type, t.VARCHAR)) return undefined
  const read = sql`trino_iso_moment(${coerce(text, t.VARCHAR).sql}, ${literal(ctx.analysis.session.timeZone)})`
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Invalid format of a timestamp of ISO 8601', MOMENT)
  return readOf(ctx, read, bad, 'this form of text is not served in from_iso8601_timestamp yet', 3)
}

/** By the patterns of Joda: in the zone of the text, or the session's. */
export function parseDatetime({ args, e, ctx }: Given): Typed | undefined {
  const [text, pattern] = args
  if (e.args.length !== 2 || !text || !pattern || !args.every((arg) => canCoerce(arg.type, t.VARCHAR))) return undefined
  const { timeZone, now } = ctx.analysis.session
  const [given, form] = [coerce(text, t.VARCHAR).sql, coerce(pattern, t.VARCHAR).sql]
  const read = sql`trino_parse_datetime(${given}, ${form}, ${literal(timeZone)}, ${integer(now.getUTCFullYear())})`
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Invalid format of a moment in parse_datetime', MOMENT)
  return readOf(ctx, read, bad, 'this form of text is not served in parse_datetime yet', 3)
}

const MOST_SECONDS = integer(100_000_000_000_000)

function unixInstant(ctx: Context, seconds: Sql): Sql {
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Invalid argument of from_unixtime', sql`TIMESTAMPTZ`)
  const micros = sql`CAST(floor(${seconds} * 1000 + 0.5) * 1000 AS BIGINT)`
  return sql`CASE WHEN isnan(${seconds}) THEN make_timestamptz(0) WHEN abs(${seconds}) > ${MOST_SECONDS} THEN ${bad} ELSE make_timestamptz(${micros}) END`
}

/** ISO 8601 with the offset; `Z` of none. */
export function momentToIso(ctx: Context, value: Typed): Typed {
  const digits = precision(value.type)
  const type = t.varchar(digits === 0 ? 28 : 29 + digits)
  const local = sql`replace(${printText(localOf(value))}, ' ', 'T')`
  return typed(sql`(${local} || ${offsetText(ctx, value)})`, type)
}

/** `+01:00`; `Z` of none. */
export function offsetText(ctx: Context, value: Typed): Sql {
  if (!value.type.zoned) return sql`'Z'`
  const offset = sql`trino_offset(${microsOf(value)}, ${zoneOf(value)})`
  const bad = failure(ctx, 'INVALID_ARGUMENTS', 'The offset of the time zone has seconds', sql`VARCHAR`)
  const clock = sql`printf('%02d:%02d', abs(${offset}) // 3600, abs(${offset}) // 60 % 60)`
  return sql`CASE WHEN ${offset} = 0 THEN 'Z' WHEN ${offset} % 60 <> 0 THEN ${bad} WHEN ${offset} < 0 THEN '-' || ${clock} ELSE '+' || ${clock} END`
}

/** The value with what its clocks show, for functions of fields. */
export const shown = (value: Typed): Typed => (isZonedTime(value.type) ? localTime(value) : value.type.zoned ? localOf(value) : value)
