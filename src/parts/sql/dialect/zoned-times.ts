// Times with time zone. The engine holds the picoseconds of UTC's clock `t`, which decide order and equality, and the offset in minutes `z`.
import type { Session } from '#parts/sql/dialect/analysis'
import { type Context, failure } from '#parts/sql/dialect/context'
import type { Typed } from '#parts/sql/dialect/types'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { integer, type Sql, sql, token } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'
import { readZonedTime } from '#wire/trino/zoned-times'
import { offsetAt } from '#wire/trino/zones'

export const isZonedTime = (type: TrinoType): boolean => type.base === 'time with time zone'

export const HELD = sql`STRUCT(t BIGINT, z INTEGER)`

const DAY = 86_400_000_000_000_000n
const DAY_SQL = integer(DAY)
const MINUTE = integer(60_000_000_000_000n)
const MICRO = integer(1_000_000n)
const digitsOf = (type: TrinoType): number => type.numbers[0] ?? 3

const utcOf = (value: Typed): Sql => value.moment?.instant ?? sql`struct_extract(${value.sql}, 't')`
/** In minutes. */
export const offsetOf = (value: Typed): Sql => value.moment?.zone ?? sql`struct_extract(${value.sql}, 'z')`
const ofDay = (picos: Sql): Sql => sql`(((${picos}) % ${DAY_SQL} + ${DAY_SQL}) % ${DAY_SQL})`
const localOf = (value: Typed): Sql => ofDay(sql`${utcOf(value)} + ${offsetOf(value)} * ${MINUTE}`)

/** Minutes that the clocks of a zone are ahead of UTC when the query begins: a time has no day of its own. */
export const offsetNow = ({ now }: Session, zone: string): number => Math.trunc(offsetAt(zone, Math.floor(now.getTime() / 1000)) / 60)

const held = (utc: Sql, offset: Sql, digits: number): Typed => ({
  sql: sql`CASE WHEN ${utc} IS NOT NULL THEN struct_pack(t := ${utc}, z := ${offset}) END`,
  type: t.zonedTime(digits),
  moment: { instant: utc, zone: offset },
})

/** What the clocks of an offset show. */
const ofLocal = (local: Sql, offset: Sql, digits: number): Typed => held(ofDay(sql`${local} - ${offset} * ${MINUTE}`), offset, digits)

function rounded(picos: Sql, digits: number): Sql {
  if (digits >= 12) return picos
  const unit = 10n ** BigInt(12 - digits)
  return sql`((${picos} + ${integer(unit / 2n)}) // ${integer(unit)} * ${integer(unit)})`
}

const constant = (utc: bigint, offset: number, digits: number): Typed => ({
  sql: sql`struct_pack(t := CAST(${integer(utc)} AS BIGINT), z := CAST(${integer(offset)} AS INTEGER))`,
  type: t.zonedTime(digits),
})

/** `TIME '01:02:03.456 +02:00'` */
export function zonedTimeLiteral(text: string, pos: Position): Typed {
  const digits = /\.(\d+)/.exec(text)?.[1]?.length ?? 0
  if (digits > 12) throw sqlError('NUMERIC_VALUE_OUT_OF_RANGE', pos, `TIME WITH TIME ZONE precision must be in range [0, 12]: ${digits}`)
  const time = readZonedTime(text, 12, undefined)
  if (!time) throw sqlError('INVALID_LITERAL', pos, `'${text}' is not a valid TIME literal`)
  return constant(time.utc, time.offset, digits)
}

/** `current_time` */
export function timeNow(session: Session, digits: number): Typed {
  const utc = (BigInt(session.now.getTime()) % 86_400_000n) * 1_000_000_000n
  return constant(utc, offsetNow(session, session.timeZone), digits)
}

/** A time as what the clocks of the session's zone show. */
export function timeInSession(session: Session, value: Typed, digits: number): Typed {
  const offset = sql`CAST(${integer(offsetNow(session, session.timeZone))} AS INTEGER)`
  return ofLocal(sql`(epoch_us(${value.sql}) * ${MICRO})`, offset, digits)
}

/** Of a time of day in any form, rounded. */
export function ofClock(picos: Sql, offset: Sql, digits: number): Typed {
  return ofLocal(rounded(picos, digits), offset, digits)
}

export function sessionOffset(session: Session): Sql {
  return sql`CAST(${integer(offsetNow(session, session.timeZone))} AS INTEGER)`
}

export function withDigits(value: Typed, digits: number): Typed {
  if (digits >= digitsOf(value.type)) return { ...value, type: t.zonedTime(digits) }
  return ofLocal(rounded(localOf(value), digits), offsetOf(value), digits)
}

/** What its clock shows; of the digits behind the sixth only where they are rounded. */
export function localTime(value: Typed, digits = Math.min(6, digitsOf(value.type))): Typed {
  const isCut = digitsOf(value.type) > 6 && digits === 6
  const local = isCut ? localOf(value) : rounded(localOf(value), digits)
  return { sql: sql`CAST(make_timestamp(${ofDay(local)} // ${MICRO}) AS TIME)`, type: t.simple('time', digits) }
}

export function textToZonedTime(ctx: Context, text: Sql, digits: number): Typed {
  const read = sql`trino_read_zoned_time(${text}, ${integer(digits)}, ${sessionOffset(ctx.analysis.session)})`
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', 'Value cannot be cast to time with time zone', HELD)
  const made = sql`struct_pack(t := CAST(split_part(m0, ' ', 1) AS BIGINT), z := CAST(split_part(m0, ' ', 2) AS INTEGER))`
  const each = sql`CASE WHEN m0 IS NULL THEN NULL WHEN m0 = '' THEN ${bad} ELSE ${made} END`
  return { sql: sql`list_transform([${read}], lambda m0: ${each})[1]`, type: t.zonedTime(digits) }
}

export const zonedTimeText = (value: Typed): Sql =>
  sql`trino_print_zoned_time(${utcOf(value)}, ${offsetOf(value)}, ${integer(digitsOf(value.type))})`

/** The same time at another offset. */
export function atOffset(value: Typed, offset: Sql): Typed {
  return held(utcOf(value), offset, digitsOf(value.type))
}

/** Of a group: its key, at the offset of one of its rows. */
export function ofGroup(value: Typed, key: Sql): Typed {
  return held(key, sql`first(${offsetOf(value)})`, digitsOf(value.type))
}

/** Milliseconds are added, around the clock. */
export function addToTime(op: '+' | '-', value: Typed, interval: Sql): Typed {
  const picos = sql`(CAST(epoch_ms(${interval}) AS BIGINT) % 86400000 * 1000000000)`
  return held(ofDay(sql`${utcOf(value)} ${token(op)} ${picos}`), offsetOf(value), Math.max(3, digitsOf(value.type)))
}

const picosOf = (value: Typed): Sql => (isZonedTime(value.type) ? utcOf(value) : sql`(epoch_us(${value.sql}) * ${MICRO})`)

/** Of two times, both with time zone or both without: rounded to milliseconds, halves upwards. */
export function timeBetween(left: Typed, right: Typed): Typed {
  const between = sql`(${picosOf(left)} - ${picosOf(right)})`
  const rounding = sql`CASE WHEN ${between} < 0 THEN ${integer(1 - HALF_MILLI)} ELSE ${integer(HALF_MILLI)} END`
  return { sql: sql`to_milliseconds((${between} + ${rounding}) // ${integer(2 * HALF_MILLI)})`, type: t.INTERVAL_DAY }
}

/** In picoseconds. */
const HALF_MILLI = 500_000_000

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['millisecond', 1_000_000_000n],
  ['second', 1_000_000_000_000n],
  ['minute', 60_000_000_000_000n],
  ['hour', 3_600_000_000_000_000n],
])

export function truncTime(value: Typed, unit: string): Typed {
  const length = integer(UNITS.get(unit) as bigint)
  return ofLocal(sql`(${localOf(value)} // ${length} * ${length})`, offsetOf(value), digitsOf(value.type))
}

export function addUnits(value: Typed, unit: string, count: Sql): Typed {
  const length = UNITS.get(unit) as bigint
  const picos = sql`CAST(${count} AS BIGINT) % ${integer(DAY / length)} * ${integer(length)}`
  return held(ofDay(sql`${utcOf(value)} + ${picos}`), offsetOf(value), digitsOf(value.type))
}

export function unitsBetween(unit: string, from: Typed, to: Typed, pos: Position): Typed {
  if (digitsOf(from.type) > 3) throw NotSupported({ ...pos, text: `date_diff of ${t.printType(from.type)} is not served here yet` })
  return { sql: sql`((${utcOf(to)} - ${utcOf(from)}) // ${integer(UNITS.get(unit) as bigint)})`, type: t.BIGINT }
}
