// Moments in time zones: what the clocks show, the instant of what they show, and fields that are cut or moved in a zone.
import { BIGINT, INTEGER, VARCHAR } from '@duckdb/node-api'
import type { Scalar } from '#parts/engine/scalars/scalar'
import { readMoment } from '#wire/trino/moments'
import { printZonedTime, readZonedTime } from '#wire/trino/zoned-times'
import { instantOf, offsetAt, offsetZone, zoneId } from '#wire/trino/zones'

const SECOND = 1_000_000n
const DAY = 86_400n * SECOND

const restOf = (value: bigint, unit: bigint): bigint => ((value % unit) + unit) % unit
const floorTo = (value: bigint, unit: bigint): bigint => value - restOf(value, unit)
const secondsOf = (micros: bigint): number => Number(floorTo(micros, SECOND) / SECOND)

const offsetOf = (micros: bigint, zone: string): bigint => BigInt(offsetAt(zone, secondsOf(micros))) * SECOND
const toLocal = (micros: bigint, zone: string): bigint => micros + offsetOf(micros, zone)
const toInstant = (local: bigint, zone: string, near = local): bigint =>
  BigInt(instantOf(zone, secondsOf(local), secondsOf(near))) * SECOND + restOf(local, SECOND)

/** Units that are of one length; of the others the calendar decides. */
const LENGTHS: ReadonlyMap<string, bigint> = new Map([
  ['millisecond', 1000n],
  ['second', SECOND],
  ['minute', 60n * SECOND],
  ['hour', 3600n * SECOND],
])
const DAYS: ReadonlyMap<string, bigint> = new Map([
  ['day', DAY],
  ['week', 7n * DAY],
])
const MONTHS: ReadonlyMap<string, number> = new Map([
  ['month', 1],
  ['quarter', 3],
  ['year', 12],
])

const dateOf = (local: bigint): Date => new Date(Number(floorTo(local, DAY) / 1000n))

function microsOf(year: number, month: number, day: number): bigint {
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  return BigInt(date.getTime()) * 1000n
}

/** The same day so many months later, or the last of that month. */
function addMonths(local: bigint, months: number): bigint {
  const date = dateOf(local)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const last = dateOf(microsOf(year, month + 1, 0)).getUTCDate()
  return microsOf(year, month, Math.min(date.getUTCDate(), last)) + restOf(local, DAY)
}

function add(micros: bigint, zone: string, unit: string, count: bigint): bigint {
  const length = LENGTHS.get(unit)
  if (length !== undefined) return micros + count * length
  const local = toLocal(micros, zone)
  const days = DAYS.get(unit)
  const moved = days === undefined ? addMonths(local, Number(count) * (MONTHS.get(unit) as number)) : local + count * days
  return toInstant(moved, zone, micros)
}

function cutDate(local: bigint, unit: string): bigint {
  const date = dateOf(local)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  if (unit === 'week') return floorTo(local, DAY) - BigInt((date.getUTCDay() + 6) % 7) * DAY
  const months = MONTHS.get(unit)
  return months === undefined ? floorTo(local, DAY) : microsOf(year, month - (month % months), 1)
}

function cut(micros: bigint, zone: string, unit: string): bigint {
  const length = LENGTHS.get(unit)
  const local = toLocal(micros, zone)
  return length === undefined ? toInstant(cutDate(local, unit), zone, micros) : floorTo(local, length) - (local - micros)
}

/** `micros zone`, or why it is none. */
function read(text: string, digits: number, session: string): string {
  const moment = readMoment(text.trim(), digits, session)
  return typeof moment === 'string' ? moment : `${moment.micros} ${moment.zone}`
}

/** `picos minutes` of a time with an offset; empty where it is none. */
function readTime(text: string, digits: number, otherwise: number): string {
  const time = readZonedTime(text, digits, otherwise)
  return time ? `${time.utc} ${time.offset}` : ''
}

export const ZONES: readonly Scalar[] = [
  { name: 'trino_print_zoned_time', parameters: [BIGINT, INTEGER, INTEGER], result: VARCHAR, of: printZonedTime },
  { name: 'trino_read_zoned_time', parameters: [VARCHAR, INTEGER, INTEGER], result: VARCHAR, of: readTime },
  { name: 'trino_local', parameters: [BIGINT, VARCHAR], result: BIGINT, of: toLocal },
  { name: 'trino_instant', parameters: [BIGINT, VARCHAR], result: BIGINT, of: (local: bigint, zone: string) => toInstant(local, zone) },
  { name: 'trino_offset', parameters: [BIGINT, VARCHAR], result: BIGINT, of: (at: bigint, zone: string) => offsetOf(at, zone) / SECOND },
  { name: 'trino_moment_add', parameters: [BIGINT, VARCHAR, VARCHAR, BIGINT], result: BIGINT, of: add },
  { name: 'trino_moment_trunc', parameters: [BIGINT, VARCHAR, VARCHAR], result: BIGINT, of: cut },
  { name: 'trino_zone', parameters: [VARCHAR], result: VARCHAR, of: zoneId },
  { name: 'trino_offset_zone', parameters: [BIGINT], result: VARCHAR, of: (minutes: bigint) => offsetZone(Number(minutes)) },
  { name: 'trino_read_moment', parameters: [VARCHAR, INTEGER, VARCHAR], result: VARCHAR, of: read },
]
