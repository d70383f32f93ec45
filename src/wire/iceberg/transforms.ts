// Partition transforms (spec, "Partition Transforms" and Appendix B, 32-bit hash), on values as `values.ts` holds them.
import { unscaledBytes } from '#wire/iceberg/bounds'
import type { PrimitiveType, Transform } from '#wire/iceberg/types'
import { decimalOf, type Value } from '#wire/iceberg/values'

export type ParsedTransform =
  | { readonly kind: 'identity' | 'void' | 'year' | 'month' | 'day' | 'hour' }
  | { readonly kind: 'bucket' | 'truncate'; readonly width: number }

export function parseTransform(text: Transform): ParsedTransform {
  const match = /^(bucket|truncate)\[\s*(\d+)\s*\]$/.exec(text)
  if (match) return { kind: match[1] as 'bucket', width: Number(match[2]) }
  return { kind: text as 'identity' }
}

/** The type of a transform's results. `day` has the type date, as the Java library writes it. */
export function transformType(transform: Transform, source: PrimitiveType): PrimitiveType {
  const { kind } = parseTransform(transform)
  if (kind === 'day') return 'date'
  return kind === 'identity' || kind === 'truncate' || kind === 'void' ? source : 'int'
}

export const isIdentity = (transform: Transform): boolean => parseTransform(transform).kind === 'identity'

/** Whether a larger source never has a smaller result: then ranges of the source are ranges of the result. */
export function isMonotonic(transform: Transform): boolean {
  const { kind } = parseTransform(transform)
  return kind !== 'bucket' && kind !== 'void'
}

export function applyTransform(transform: Transform, value: Value | null, type: PrimitiveType): Value | null {
  if (value === null) return null
  const parsed = parseTransform(transform)
  switch (parsed.kind) {
    case 'identity':
      return value
    case 'void':
      return null
    case 'bucket':
      return BigInt((hashValue(value, type) & 0x7fffffff) % parsed.width)
    case 'truncate':
      return truncate(value, parsed.width)
    default:
      return calendar(parsed.kind, value as bigint, type)
  }
}

const MICROS: Readonly<Record<'day' | 'hour', bigint>> = { day: 86_400_000_000n, hour: 3_600_000_000n }

function calendar(kind: 'year' | 'month' | 'day' | 'hour', value: bigint, type: PrimitiveType): bigint {
  const micros = type === 'date' ? value * MICROS.day : value
  if (kind === 'day' || kind === 'hour') return floorDiv(micros, MICROS[kind])
  const date = new Date(Number(floorDiv(micros, 1000n)))
  const years = date.getUTCFullYear() - 1970
  return BigInt(kind === 'year' ? years : years * 12 + date.getUTCMonth())
}

function truncate(value: Value, width: number): Value {
  if (typeof value === 'string') return [...value].slice(0, width).join('')
  if (Buffer.isBuffer(value)) return value.subarray(0, width)
  const w = BigInt(width)
  const v = value as bigint
  return v - (((v % w) + w) % w)
}

export function floorDiv(a: bigint, b: bigint): bigint {
  const q = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q
}

/** The 32-bit hash of a value, signed. int and date hash as long. */
export function hashValue(value: Value, type: PrimitiveType): number {
  if (decimalOf(type)) return murmur3(unscaledBytes(value as bigint))
  if (type === 'uuid') return murmur3(Buffer.from((value as string).replaceAll('-', ''), 'hex'))
  if (typeof value === 'bigint') return hashLong(value)
  if (typeof value === 'boolean') return hashLong(value ? 1n : 0n)
  if (typeof value === 'string') return murmur3(Buffer.from(value, 'utf8'))
  if (Buffer.isBuffer(value)) return murmur3(value)
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value === 0 ? 0 : value)
  return murmur3(bytes)
}

const EIGHT = Buffer.alloc(8)

export function hashLong(value: bigint): number {
  EIGHT.writeBigInt64LE(BigInt.asIntN(64, value))
  return murmur3(EIGHT)
}

/** murmur3_x86_32 with seed 0, signed. */
export function murmur3(bytes: Uint8Array): number {
  const blocks = bytes.length & ~3
  let h = 0
  for (let i = 0; i < blocks; i += 4) {
    const k = (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24)
    h ^= scramble(k)
    h = (h << 13) | (h >>> 19)
    h = (Math.imul(h, 5) + 0xe6546b64) | 0
  }
  let k = 0
  for (let i = bytes.length - 1; i >= blocks; i--) k = (k << 8) | (bytes[i] as number)
  if (bytes.length > blocks) h ^= scramble(k)
  h ^= bytes.length
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function scramble(k: number): number {
  const a = Math.imul(k, 0xcc9e2d51)
  return Math.imul((a << 15) | (a >>> 17), 0x1b873593)
}
