// Values of manifests as Iceberg's Java library shows them to people: bounds, partition values, paths of partitions.
import { floorDiv, parseTransform } from '#wire/iceberg/transforms'
import type { PrimitiveType, Transform } from '#wire/iceberg/types'
import { decimalOf, type Value } from '#wire/iceberg/values'
import { javaDouble } from '#wire/trino/java-numbers'
import { jsonString } from '#wire/trino/json-text'

const DAY_MICROS = 86_400_000_000n

/** A value of a column, as `toHumanString` of the identity transform. */
export function shownValue(value: Value, type: PrimitiveType): string {
  if (Buffer.isBuffer(value)) return value.toString('base64')
  switch (type) {
    case 'float':
      return javaFloat(value as number)
    case 'double':
      return javaDouble(value as number)
    case 'date':
      return plainDay(value as bigint)
    case 'time':
      return localTime(value as bigint)
    case 'timestamp':
      return isoMoment(value as bigint)
    case 'timestamptz':
      return `${isoMoment(value as bigint)}+00:00`
    default: {
      const decimal = decimalOf(type)
      return decimal ? bigDecimal(value as bigint, decimal.scale) : String(value)
    }
  }
}

/** As its single-value JSON. */
export function valueJson(value: Value, type: PrimitiveType): string {
  if (Buffer.isBuffer(value)) return `"${value.toString('hex').toUpperCase()}"`
  if (typeof value === 'boolean' || type === 'int' || type === 'long') return String(value)
  const decimal = decimalOf(type)
  if (decimal) return `"${plainDecimal(value as bigint, decimal.scale)}"`
  if (type === 'time') return `"${isoTime(value as bigint)}"`
  if (type === 'date') return `"${isoDay(value as bigint)}"`
  const text = shownValue(value, type)
  return typeof value === 'number' && Number.isFinite(value) ? text : jsonString(text)
}

/** The result of a transform, which has the type given. */
export function shownResult(value: Value | null, transform: Transform, type: PrimitiveType): string {
  if (value === null) return 'null'
  switch (parseTransform(transform).kind) {
    case 'void':
      return 'null'
    case 'year':
      return padded(1970n + (value as bigint))
    case 'month': {
      const months = value as bigint
      return `${padded(1970n + floorDiv(months, 12n))}-${two(months - 12n * floorDiv(months, 12n) + 1n)}`
    }
    case 'day':
      return plainDay(value as bigint)
    case 'hour': {
      const hours = value as bigint
      return `${plainDay(floorDiv(hours, 24n))}-${two(hours - 24n * floorDiv(hours, 24n))}`
    }
    default:
      return shownValue(value, type)
  }
}

/** As URLEncoder of the Java library does it. */
export function urlEncoded(text: string): string {
  const escaped = (c: string) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text.toWellFormed())
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, escaped)
}

const two = (n: bigint | number): string => String(n).padStart(2, '0')
/** `%04d`, where a sign counts. */
const padded = (n: bigint): string => (n < 0n ? `-${String(-n).padStart(3, '0')}` : String(n).padStart(4, '0'))

function civil(days: bigint): readonly [year: number, month: number, day: number] {
  const date = new Date(Number(days) * 86_400_000)
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
}

/** Days since 1970. */
export function plainDay(days: bigint): string {
  const [year, month, day] = civil(days)
  return `${padded(BigInt(year))}-${two(month)}-${two(day)}`
}

function isoDay(days: bigint): string {
  const [year, month, day] = civil(days)
  const size = String(Math.abs(year)).padStart(4, '0')
  return `${year < 0 ? '-' : year > 9999 ? '+' : ''}${size}-${two(month)}-${two(day)}`
}

/** `LocalTime.toString`: no seconds where there are none, and digits in threes. */
function localTime(micros: bigint): string {
  const [clock, fraction] = isoTime(micros).split('.') as [string, string | undefined]
  if (fraction) return `${clock}.${fraction.padEnd(fraction.length > 3 ? 6 : 3, '0')}`
  return clock.replace(/:00$/, '')
}

export function isoTime(micros: bigint): string {
  const [seconds, rest] = [micros / 1_000_000n, micros % 1_000_000n]
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(6, '0').replace(/0+$/, '')}`
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${fraction}`
}

/** Microseconds since 1970. */
export function plainMoment(micros: bigint): string {
  const days = floorDiv(micros, DAY_MICROS)
  return `${plainDay(days)} ${isoTime(micros - days * DAY_MICROS)}`
}

function isoMoment(micros: bigint): string {
  const days = floorDiv(micros, DAY_MICROS)
  return `${isoDay(days)}T${isoTime(micros - days * DAY_MICROS)}`
}

/** `Float.toString`: the fewest digits that no other float has. */
function javaFloat(value: number): string {
  if (!Number.isFinite(value) || value === 0) return javaDouble(value)
  let digits = 1
  while (Math.fround(Number(value.toPrecision(digits))) !== value) digits++
  return javaDouble(Number(value.toPrecision(digits)))
}

/** `BigDecimal.toString`: with an exponent where more than six zeros would follow the point. */
function bigDecimal(unscaled: bigint, scale: number): string {
  const digits = String(unscaled).replace('-', '')
  const exponent = digits.length - 1 - scale
  if (exponent >= -6) return plainDecimal(unscaled, scale)
  return `${unscaled < 0n ? '-' : ''}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}E${exponent}`
}

export function plainDecimal(unscaled: bigint, scale: number): string {
  const digits = String(unscaled)
    .replace('-', '')
    .padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`
}
