// JSON that keeps 64-bit integers: JSON.parse would round snapshot ids.
import type { Long } from '#wire/iceberg/types'

const LONG_DIGITS = /\d{16}/
const INTEGER = /^-?\d+$/
/** Those of a 128-bit integer: the digits of a longer one take the square of their number. */
const MOST_DIGITS = 39

/** Parses JSON; integers beyond 2^53 become bigint. Throws SyntaxError, also for an integer of more digits than any field has. */
export function parseJson(text: string): unknown {
  if (!LONG_DIGITS.test(text)) return JSON.parse(text)
  const revive = (_key: string, value: unknown, { source }: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value
    if (source.length > MOST_DIGITS && /^-?\d{40}/.test(source)) throw new SyntaxError(`an integer of more than ${MOST_DIGITS} digits`)
    return INTEGER.test(source) ? BigInt(source) : value
  }
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
