// Functions of numbers and texts that are short in Trino and that DuckDB lacks.
import {
  BIGINT,
  BLOB,
  blobValue,
  DOUBLE,
  type DuckDBBlobValue,
  type DuckDBListValue,
  HUGEINT,
  INTEGER,
  LIST,
  listValue,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api'
import { bytesOf } from '#parts/engine/scalars/bytes'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { searchFor, splitAt } from '#parts/engine/scalars/search'
import { isoMoment } from '#wire/trino/iso-moments'
import { BadFormat, formatJoda } from '#wire/trino/joda-format'
import { parseJoda, parseMysql } from '#wire/trino/joda-parse'
import { PRIME_1, xxhash64, xxhash64OfLong } from '#wire/trino/xxhash'

const UNITS: readonly (readonly [name: string, seconds: bigint])[] = [
  ['week', 604_800n],
  ['day', 86_400n],
  ['hour', 3600n],
  ['minute', 60n],
  ['second', 1n],
]
const LARGEST = 2n ** 63n - 1n

/** `1 hour, 2 minutes`, of the whole seconds, whatever the sign. */
function readableSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) throw new BadArgument('Invalid argument found')
  const whole = Math.floor(Math.abs(seconds) + 0.5)
  let rest = whole >= 2 ** 63 ? LARGEST : BigInt(whole)
  const parts: string[] = []
  for (const [name, length] of UNITS) {
    const count = rest / length
    rest %= length
    if (count > 0n) parts.push(`${count} ${name}${count === 1n ? '' : 's'}`)
  }
  return parts.length === 0 ? '0 seconds' : parts.join(', ')
}

const RADIUS = 6371.01
const radians = (degrees: number): number => degrees * (Math.PI / 180)

/** In kilometres. */
export function greatCircle(latitude1: number, longitude1: number, latitude2: number, longitude2: number): number {
  if ([latitude1, latitude2].some((l) => !(Math.abs(l) <= 90))) throw new BadArgument('Latitude must be between -90 and 90')
  if ([longitude1, longitude2].some((l) => !(Math.abs(l) <= 180))) throw new BadArgument('Longitude must be between -180 and 180')
  const [a, b] = [radians(latitude1), radians(latitude2)]
  const [sin1, cos1, sin2, cos2] = [Math.sin(a), Math.cos(a), Math.sin(b), Math.cos(b)]
  const delta = radians(longitude1) - radians(longitude2)
  const t1 = cos2 * Math.sin(delta)
  const t2 = cos1 * sin2 - sin1 * cos2 * Math.cos(delta)
  const t3 = sin1 * sin2 + cos1 * cos2 * Math.cos(delta)
  return Math.atan2(Math.sqrt(t1 * t1 + t2 * t2), t3) * RADIUS
}

function bytesOfLong(value: bigint, littleEndian: boolean): DuckDBBlobValue {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), littleEndian)
  return blobValue(bytes)
}

const share = (hash: bigint): bigint => BigInt.asIntN(64, hash * PRIME_1)

/** Keys and values in turn. */
function entries(text: string, between: string, inside: string): DuckDBListValue {
  if (between === '' || inside === '') throw new BadArgument('The delimiters must not be empty')
  if (between === inside) throw new BadArgument('entryDelimiter and keyValueDelimiter must not be the same')
  const key = searchFor(inside)
  const pairs = splitAt(text, searchFor(between)).flatMap((entry, i, { length }) => {
    if (entry === '' && i === length - 1)
      throw new BadArgument('a split to a map of a text without a last entry is not served here yet', 'NOT_SUPPORTED')
    const at = key.in(entry)
    if (at < 0 || key.in(entry, at + inside.length) >= 0)
      throw new BadArgument('Key-value delimiter must appear exactly once in each entry')
    return [entry.slice(0, at), entry.slice(at + inside.length)]
  })
  return listValue(pairs)
}

/** What a pattern may be refused for, as the error that it is. */
function ofPattern<T>(made: () => T): T {
  try {
    return made()
  } catch (error) {
    if (!(error instanceof BadFormat)) throw error
    throw new BadArgument(error.message, error.illegal ? 'INVALID_FUNCTION_ARGUMENT' : 'NOT_SUPPORTED', error.detail)
  }
}

const formatMoment = (micros: bigint, offset: bigint, zone: string, pattern: string): string =>
  ofPattern(() => formatJoda(Number(micros / 1000n) - (micros % 1000n < 0n ? 1 : 0), Number(offset), zone, pattern))

/** Nine digits beside a zone are not held here: what is no moment at all. */
function isoNanos(text: string): never {
  if (isoMoment(text, 'UTC') === 'invalid') throw new BadArgument('Invalid ISO 8601 text')
  throw new BadArgument('from_iso8601_timestamp_nanos is not served here yet', 'NOT_SUPPORTED')
}

export const MISC: readonly Scalar[] = [
  { name: 'trino_readable_seconds', parameters: [DOUBLE], result: VARCHAR, of: readableSeconds },
  { name: 'trino_great_circle', parameters: [DOUBLE, DOUBLE, DOUBLE, DOUBLE], result: DOUBLE, of: greatCircle },
  { name: 'trino_xxhash64', parameters: [BLOB], result: BLOB, of: (v: DuckDBBlobValue) => bytesOfLong(xxhash64(bytesOf(v)), false) },
  { name: 'trino_checksum_long', parameters: [BIGINT], result: BIGINT, of: (v: bigint) => share(xxhash64OfLong(v)) },
  { name: 'trino_checksum_bytes', parameters: [BLOB], result: BIGINT, of: (v: DuckDBBlobValue) => share(xxhash64(bytesOf(v))) },
  { name: 'trino_checksum', parameters: [HUGEINT], result: BLOB, of: (sum: bigint) => bytesOfLong(sum, true) },
  { name: 'trino_entries', parameters: [VARCHAR, VARCHAR, VARCHAR], result: LIST(VARCHAR), of: entries },
  { name: 'trino_iso_moment', parameters: [VARCHAR, VARCHAR], result: VARCHAR, of: isoMoment },
  { name: 'trino_iso_nanos', parameters: [VARCHAR], result: TIMESTAMPTZ, of: isoNanos },
  {
    name: 'trino_parse_datetime',
    parameters: [VARCHAR, VARCHAR, VARCHAR, INTEGER],
    result: VARCHAR,
    of: (text: string, pattern: string, session: string, year: number) => ofPattern(() => parseJoda(text, pattern, session, year)),
  },
  {
    name: 'trino_date_parse',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    of: (text: string, pattern: string) => ofPattern(() => parseMysql(text, pattern)),
  },
  { name: 'trino_format_moment', parameters: [BIGINT, BIGINT, VARCHAR, VARCHAR], result: VARCHAR, of: formatMoment },
]
