// Single-value serialization (spec, Appendix D "Binary single-value serialization"), and the truncation of text bounds.
import { BadData } from '#wire/iceberg/errors'
import type { PrimitiveType } from '#wire/iceberg/types'
import { decimalOf, type Value } from '#wire/iceberg/values'

/** Characters that a text bound keeps (the default metrics mode, `truncate(16)`). */
const BOUND_LENGTH = 16

export function encodeValue(value: Value, type: PrimitiveType): Buffer {
  switch (type) {
    case 'boolean':
      return Buffer.from([value ? 1 : 0])
    case 'int':
    case 'date': {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32LE(Number(value))
      return bytes
    }
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz': {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(value as bigint))
      return bytes
    }
    case 'float': {
      const bytes = Buffer.alloc(4)
      bytes.writeFloatLE(value as number)
      return bytes
    }
    case 'double': {
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleLE(value as number)
      return bytes
    }
    case 'string':
      return Buffer.from(value as string, 'utf8')
    case 'uuid':
      return Buffer.from((value as string).replaceAll('-', ''), 'hex')
    default:
      return decimalOf(type) ? unscaledBytes(value as bigint) : (value as Buffer)
  }
}

/** Throws BadData. Reads also what was written before a promotion (int to long, float to double). */
export function decodeValue(bytes: Buffer, type: PrimitiveType): Value {
  const lengths = LENGTHS.get(type)
  if (lengths && !lengths.includes(bytes.length)) throw BadData({ reason: `a bound of type ${type} has ${bytes.length} bytes` })
  switch (type) {
    case 'boolean':
      return bytes[0] !== 0
    case 'int':
    case 'date':
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return bytes.length === 4 ? BigInt(bytes.readInt32LE()) : bytes.readBigInt64LE()
    case 'float':
    case 'double':
      return bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE()
    case 'string':
      return bytes.toString('utf8')
    case 'uuid':
      return uuidText(bytes)
    default:
      return decimalOf(type) ? fromUnscaledBytes(bytes) : Buffer.from(bytes)
  }
}

/** Of types whose values all have the same length; also the length before a promotion. */
const LENGTHS: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ['boolean', [1]],
  ['int', [4]],
  ['date', [4]],
  ['long', [4, 8]],
  ['time', [8]],
  ['timestamp', [8]],
  ['timestamptz', [8]],
  ['float', [4]],
  ['double', [4, 8]],
  ['uuid', [16]],
])

export function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Two's complement, big-endian, no more bytes than needed. */
export function unscaledBytes(value: bigint): Buffer {
  let length = 1
  while (value < -(1n << BigInt(length * 8 - 1)) || value >= 1n << BigInt(length * 8 - 1)) length++
  const bits = BigInt.asUintN(length * 8, value)
  return Buffer.from(bits.toString(16).padStart(length * 2, '0'), 'hex')
}

export function fromUnscaledBytes(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
}

/** A lower bound: text is cut. */
export function lowerBound(value: Value, type: PrimitiveType): Buffer {
  if (type === 'string') return encodeValue([...(value as string)].slice(0, BOUND_LENGTH).join(''), type)
  if (value === 0 && (type === 'float' || type === 'double')) return encodeValue(-0, type)
  return encodeValue(Buffer.isBuffer(value) ? value.subarray(0, BOUND_LENGTH) : value, type)
}

/** An upper bound: text that is cut is raised to stay above; undefined when nothing lies above. */
export function upperBound(value: Value, type: PrimitiveType): Buffer | undefined {
  if (type === 'string') {
    const characters = [...(value as string)]
    if (characters.length <= BOUND_LENGTH) return encodeValue(value, type)
    const raised = raise(characters.slice(0, BOUND_LENGTH))
    return raised === undefined ? undefined : encodeValue(raised, type)
  }
  if (Buffer.isBuffer(value) && value.length > BOUND_LENGTH) return raiseBytes(value.subarray(0, BOUND_LENGTH))
  return encodeValue(value === 0 ? 0 : value, type)
}

function raise(characters: string[]): string | undefined {
  for (let i = characters.length - 1; i >= 0; i--) {
    let point = (characters[i]?.codePointAt(0) ?? 0) + 1
    if (point >= 0xd800 && point <= 0xdfff) point = 0xe000
    if (point <= 0x10ffff) return characters.slice(0, i).join('') + String.fromCodePoint(point)
  }
  return undefined
}

function raiseBytes(bytes: Buffer): Buffer | undefined {
  for (let i = bytes.length - 1; i >= 0; i--) {
    const byte = bytes[i] as number
    if (byte < 0xff) return Buffer.concat([bytes.subarray(0, i), Buffer.from([byte + 1])])
  }
  return undefined
}
