// Bytes and texts: encodings as Java's decoders read them, with its replacement of what is no UTF-8.
import { BIGINT, BLOB, blobValue, type DuckDBBlobValue, VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { withoutEnd } from '#parts/engine/scalars/search'

export const bytesOf = (value: DuckDBBlobValue | Uint8Array): Uint8Array => (value instanceof Uint8Array ? value : value.bytes)

/** Bytes of the code point that begins so; none begins with the others. */
const lengthOf = (first: number): number =>
  first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : first < 0xfc ? 5 : first < 0xfe ? 6 : 0

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000]

/** The code point at a place and its bytes; undefined where these are none. As Trino's library reads them, not as the browsers do. */
function codePointAt(bytes: Uint8Array, at: number): { readonly point: number | undefined; readonly length: number } {
  const first = bytes[at] as number
  const wanted = lengthOf(first)
  if (wanted < 2) return { point: wanted === 1 ? first : undefined, length: 1 }
  let point = first & (0xff >> (wanted + 1))
  for (let i = 1; i < wanted; i++) {
    const next = bytes[at + i]
    if (next === undefined || (next & 0xc0) !== 0x80) return { point: undefined, length: i }
    point = (point << 6) | (next & 0x3f)
  }
  const isValid = wanted <= 4 && point >= (SMALLEST[wanted] as number) && point < 0x110000 && (point < 0xd800 || point > 0xdfff)
  return { point: isValid ? point : undefined, length: wanted }
}

function fromUtf8(value: DuckDBBlobValue, instead: string): string {
  const bytes = bytesOf(value)
  if ([...instead].length > 1) throw new BadArgument('Replacement character string must empty or a single character')
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const { point, length } = codePointAt(bytes, at)
    text += point === undefined ? instead : String.fromCodePoint(point)
    at += length
  }
  return text
}

/** Padding may be left out, and only whole. */
function fromBase64(text: string, alphabet: RegExp): DuckDBBlobValue {
  const body = text.replace(/={1,2}$/, '')
  const padded = body.length < text.length
  if (!alphabet.test(body) || body.length % 4 === 1 || (padded && text.length % 4 !== 0)) throw new BadArgument('Illegal base64 text')
  return blobValue(Buffer.from(body, 'base64'))
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function toBase32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  const letters = (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
  return letters.padEnd(Math.ceil(letters.length / 8) * 8, '=')
}

function fromBase32(text: string): DuckDBBlobValue {
  const body = withoutEnd(text, '=')
  if (!/^[A-Z2-7]*$/.test(body) || [1, 3, 6].includes(body.length % 8)) throw new BadArgument('Illegal base32 text')
  let bits = ''
  for (const letter of body) bits += BASE32.indexOf(letter).toString(2).padStart(5, '0')
  return blobValue(Uint8Array.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2))))
}

/** What fills up to a length; a longer value is cut. */
function padding(value: Uint8Array, length: bigint, fill: Uint8Array): Uint8Array {
  if (length < 0n || length > 2147483647n || fill.length === 0) throw new BadArgument('Invalid length or padding')
  const missing = Math.max(0, Number(length) - value.length)
  if (missing > MOST_PADDING) throw new BadArgument('lpad and rpad of so many bytes are not served here yet', 'NOT_SUPPORTED')
  return Uint8Array.from({ length: missing }, (_, i) => fill[i % fill.length] as number)
}

const MOST_PADDING = 1_048_576

const pad = (name: string, join: (value: Uint8Array, filled: Uint8Array) => Uint8Array[]): Scalar => ({
  name: `trino_${name}`,
  parameters: [BLOB, BIGINT, BLOB],
  result: BLOB,
  of: (value: DuckDBBlobValue, length: bigint, fill: DuckDBBlobValue) => {
    const filled = padding(bytesOf(value), length, bytesOf(fill))
    return blobValue(Buffer.concat(join(bytesOf(value).subarray(0, Number(length)), filled)))
  },
})

/** From a place that is counted from 1, or from the end when it is negative. */
function substr(value: DuckDBBlobValue, start: bigint, length: bigint): DuckDBBlobValue {
  const bytes = bytesOf(value)
  const size = BigInt(bytes.length)
  const from = start < 0n ? size + start : start - 1n
  if (start === 0n || from < 0n || from >= size || length <= 0n) return blobValue(new Uint8Array())
  return blobValue(bytes.slice(Number(from), Number(length < size - from ? from + length : size)))
}

export const BYTES: readonly Scalar[] = [
  pad('lpad', (value, filled) => [filled, value]),
  pad('rpad', (value, filled) => [value, filled]),
  { name: 'trino_substr', parameters: [BLOB, BIGINT, BIGINT], result: BLOB, of: substr },
  { name: 'trino_reverse', parameters: [BLOB], result: BLOB, of: (value: DuckDBBlobValue) => blobValue(bytesOf(value).toReversed()) },
  { name: 'trino_from_utf8', parameters: [BLOB, VARCHAR], result: VARCHAR, of: fromUtf8 },
  { name: 'trino_from_base64', parameters: [VARCHAR], result: BLOB, of: (text: string) => fromBase64(text, /^[A-Za-z0-9+/]*$/) },
  { name: 'trino_from_base64url', parameters: [VARCHAR], result: BLOB, of: (text: string) => fromBase64(text, /^[\w-]*$/) },
  { name: 'trino_to_base32', parameters: [BLOB], result: VARCHAR, of: (value: DuckDBBlobValue) => toBase32(bytesOf(value)) },
  { name: 'trino_from_base32', parameters: [VARCHAR], result: BLOB, of: fromBase32 },
]
