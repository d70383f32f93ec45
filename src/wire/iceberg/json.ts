// JSON that keeps 64-bit integers: JSON.parse would round snapshot ids.
import type { Long } from '#wire/iceberg/types'

const LONG_DIGITS = /\d{16}/
const INTEGER = /^-?\d+$/

/** Parses JSON; integers beyond 2^53 become bigint. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  if (!LONG_DIGITS.test(text)) return JSON.parse(text)
  const revive = (_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && context.source !== undefined && INTEGER.test(context.source)
      ? BigInt(context.source)
      : value
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown)
}

/** Prints JSON; a bigint becomes a plain integer. */
export function printJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? rawJson(item.toString()) : item))
}

/** The canonical form: a number where safe, else a bigint. */
export function toLong(value: bigint | number | string): Long {
  const big = BigInt(value)
  return big >= BigInt(Number.MIN_SAFE_INTEGER) && big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : big
}

/** Printed as it stands; the text of a number. */
export function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}
