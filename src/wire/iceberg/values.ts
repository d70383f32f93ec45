// Single values of Iceberg's primitive types as this code holds them, their order, and their reading from literals and texts.
import type { PrimitiveType } from '#wire/iceberg/types'

/**
 * int, long, date (days), time, timestamp and timestamptz (microseconds), decimal (unscaled): bigint. float, double: number.
 * string, uuid (lower case): string. fixed, binary: Buffer.
 */
export type Value = bigint | number | string | boolean | Buffer

export function decimalOf(type: PrimitiveType): { readonly precision: number; readonly scale: number } | undefined {
  const match = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type)
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined
}

export function fixedLength(type: PrimitiveType): number | undefined {
  const match = /^fixed\[\s*(\d+)\s*\]$/.exec(type)
  return match ? Number(match[1]) : undefined
}

/** -1, 0, 1. Strings compare by their UTF-8 bytes, as the format does. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** A value from its plain text (`2020-01-31`, `0001-01-31 (BC)`, `2020-01-31 10:00:00.5+00`, `12.30`); undefined when it is not one of the type, exactly. */
export function parseValue(text: string, type: PrimitiveType): Value | undefined {
  switch (type) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'int':
    case 'long':
      return parseScaled(text, 0)
    case 'float':
    case 'double':
      return /^-?(\d+(\.\d*)?(e[+-]?\d+)?|inf(inity)?)$/i.test(text) ? Number(text.replace(/inf(inity)?/i, 'Infinity')) : undefined
    case 'date':
      return parseDays(text)
    case 'time':
      return parseTime(text)
    case 'timestamp':
    case 'timestamptz':
      return parseMicros(text, type === 'timestamptz')
    case 'string':
      return text
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : undefined
    default: {
      const decimal = decimalOf(type)
      return decimal ? parseScaled(text, decimal.scale) : undefined
    }
  }
}

function parseScaled(text: string, scale: number): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text)
  if (!match) return undefined
  const digits = (match[3] ?? '').replace(/0+$/, '')
  if (digits.length > scale) return undefined
  const unscaled = BigInt(`${match[2]}${digits.padEnd(scale, '0')}`)
  return match[1] === '-' ? -unscaled : unscaled
}

const DAY_MS = 86_400_000
const DAY_MICROS = 86_400_000_000n

function parseDays(text: string): bigint | undefined {
  const match = /^(\d{4,6})-(\d{2})-(\d{2})( \(BC\))?$/.exec(text)
  if (!match) return undefined
  const date = new Date(0)
  const year = Number(match[1])
  date.setUTCFullYear(match[4] ? 1 - year : year, Number(match[2]) - 1, Number(match[3]))
  const days = Math.round(date.getTime() / DAY_MS)
  return Number.isNaN(days) ? undefined : BigInt(days)
}

function parseTime(text: string): bigint | undefined {
  const match = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?$/.exec(text)
  if (!match) return undefined
  const seconds = (Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3] ?? 0)
  return BigInt(seconds) * 1_000_000n + BigInt((match[4] ?? '').padEnd(6, '0'))
}

function parseMicros(text: string, zoned: boolean): bigint | undefined {
  const match = /^(\d{4,6}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?))?\s*(UTC|Z|[+-]\d{2}(?::?\d{2})?)?( \(BC\))?$/.exec(
    text,
  )
  if (!match || (match[3] !== undefined && !zoned)) return undefined
  const days = parseDays(`${match[1]}${match[4] ?? ''}`)
  const time = match[2] === undefined ? 0n : parseTime(match[2])
  if (days === undefined || time === undefined) return undefined
  return days * DAY_MICROS + time - offsetMicros(match[3])
}

function offsetMicros(zone: string | undefined): bigint {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone ?? '')
  if (!match) return 0n
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  return BigInt(match[1] === '-' ? -minutes : minutes) * 60_000_000n
}
