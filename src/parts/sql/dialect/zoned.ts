// Timestamps with time zone. In UTC the engine holds the instant alone; else the instant `t` and the id of the zone `z`.
import type { Session } from '#parts/sql/dialect/analysis'
import type { Typed } from '#parts/sql/dialect/types'
import { integer, literal, type Sql, sql } from '#wire/duckdb/sql'
import { printMicros } from '#wire/trino/moments'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'
import { isOffset, minutesOf } from '#wire/trino/zones'

/** Instant and zone of a value that is not in UTC, where they need not be taken out of it. */
export interface Moment {
  readonly instant: Sql
  readonly zone: Sql
  /** The zone's id, where the statement tells it. */
  readonly id?: string
}

export const isMoment = (type: TrinoType): boolean => type.base === 'timestamp with time zone'

/** Whether some value in it is held with its zone. */
export const holdsZone = (type: TrinoType): boolean => type.zoned === true || type.children.some(holdsZone)

export const UTC = literal('UTC')

/** What decides which of two is earlier, and whether they are equal: the instant, whatever the zone. Other values decide themselves. */
export const instantOf = (value: Typed): Sql =>
  value.type.zoned ? (value.moment?.instant ?? sql`struct_extract(${value.sql}, 't')`) : value.sql

export const zoneOf = (value: Typed): Sql => (value.type.zoned ? (value.moment?.zone ?? sql`struct_extract(${value.sql}, 'z')`) : UTC)

export const microsOf = (value: Typed): Sql => sql`epoch_us(${instantOf(value)})`

/** What the clocks of the zone show, as a timestamp. */
export function localOf(value: Typed): Typed {
  const type = t.timestamp(value.type.numbers[0] ?? 3)
  if (!value.type.zoned) return { sql: sql`timezone('UTC', ${value.sql})`, type }
  const id = value.moment?.id
  if (id !== undefined && isOffset(id))
    return { sql: sql`(timezone('UTC', ${instantOf(value)}) + to_minutes(${integer(minutesOf(id))}))`, type }
  return { sql: sql`make_timestamp(trino_local(${microsOf(value)}, ${zoneOf(value)}))`, type }
}

/** A value of an instant and a zone; null with its instant. */
export function momentIn(instant: Sql, zone: Sql, digits: number): Typed {
  return {
    sql: sql`CASE WHEN ${instant} IS NOT NULL THEN struct_pack(t := ${instant}, z := ${zone}) END`,
    type: t.zonedTimestamp(digits),
    moment: { instant, zone },
  }
}

/** A value in a zone that the statement names by its id. */
export function momentAt(instant: Sql, id: string, digits: number): Typed {
  if (id === 'UTC') return { sql: instant, type: t.timestampTz(digits) }
  const made = momentIn(instant, literal(id), digits)
  return { ...made, moment: { ...(made.moment as Moment), id } }
}

/** A value in UTC, held as those of other zones are. */
export function withZone(value: Typed): Typed {
  const { literal: given, type } = value
  const made = momentIn(value.sql, UTC, type.numbers[0] ?? 3)
  const packed = given === undefined || given === null ? made.sql : sql`struct_pack(t := ${value.sql}, z := ${UTC})`
  return { ...made, sql: packed, moment: { instant: value.sql, zone: UTC, id: 'UTC' }, ...(given === undefined ? {} : { literal: given }) }
}

/** The same zone at another instant. */
export function movedTo(value: Typed, instant: Sql, digits = value.type.numbers[0] ?? 3): Typed {
  if (!value.type.zoned) return { sql: instant, type: t.timestampTz(digits) }
  const id = value.moment?.id
  return id === undefined ? momentIn(instant, zoneOf(value), digits) : momentAt(instant, id, digits)
}

/** A literal of an instant. */
export function constantMoment(micros: bigint, id: string, digits: number): Typed {
  const text = printMicros(micros)
  const made = momentAt(sql`CAST(${literal(`${text}+00:00`)} AS TIMESTAMPTZ)`, id, digits)
  const packed = made.moment && sql`struct_pack(t := ${made.moment.instant}, z := ${made.moment.zone})`
  return { ...made, ...(packed ? { sql: packed } : {}), literal: `${text} UTC` }
}

/** A date or a timestamp as what the clocks of the session's zone show. */
export function inSession({ timeZone }: Session, value: Typed, digits: number): Typed {
  const keep = value.literal === undefined ? {} : { literal: value.literal }
  if (timeZone === 'UTC') return { ...keep, sql: sql`CAST(${value.sql} AS TIMESTAMPTZ)`, type: t.timestampTz(digits) }
  const micros = sql`epoch_us(CAST(${value.sql} AS TIMESTAMP))`
  return momentAt(sql`make_timestamptz(trino_instant(${micros}, ${literal(timeZone)}))`, timeZone, digits)
}
