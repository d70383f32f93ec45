// Percentiles of weighted values, t-digests and sketches of sets.
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  type DuckDBBlobValue,
  type DuckDBListValue,
  type DuckDBStructValue,
  LIST,
  listValue,
  MAP,
  mapValue,
  SMALLINT,
  STRUCT,
} from '@duckdb/node-api'
import { cardinality, hashCounts, hyperLogLog, mergeSetDigests, mergeSketches, setDigest } from '#parts/engine/digests/sketches'
import { TDigest } from '#parts/engine/digests/tdigest'
import { bytesOf } from '#parts/engine/scalars/bytes'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { murmur64 } from '#wire/trino/murmur'

const itemsOf = <T>({ items }: DuckDBListValue): T[] => (items as (T | null)[]).filter((item) => item !== null)
const isShare = (n: number | null): n is number => n !== null && n >= 0 && n <= 1
const MOST = 1_000_000
const MOST_SHARES = 10_000

function checkNumber(value: number): number {
  if (!Number.isFinite(value)) throw new BadArgument('value must be finite')
  return value
}

function checkWeight(weight: number): number {
  if (!(Number.isFinite(weight) && weight >= 1)) throw new BadArgument('weight must be finite and >= 1')
  return weight
}

function assertFew({ length }: { readonly length: number }): void {
  if (length > MOST) throw new BadArgument('a digest of so many values is not served here yet', 'NOT_SUPPORTED')
}

interface Row {
  readonly x: number | null
  readonly w: number | null
  readonly p: DuckDBListValue | null
}

/** Of rows of a value, its weight and the shares that are asked for; which must be the same in all. */
function weighted(list: DuckDBListValue): DuckDBListValue | undefined {
  assertFew(list.items)
  const rows = itemsOf<DuckDBStructValue>(list)
    .map(({ entries }) => entries as unknown as Row)
    .filter(({ x, w, p }) => x !== null && w !== null && p !== null)
  if (rows.length === 0) return undefined
  const values = rows.map(({ x, w }) => ({ mean: checkNumber(x as number), weight: checkWeight(w as number) }))
  const shares = rows.map(({ p }) => (p as DuckDBListValue).items as (number | null)[])
  if (shares.every((row) => !row.every(isShare))) throw new BadArgument('Percentile must be between 0 and 1')
  const [first] = shares as [number[]]
  if (first.length > MOST_SHARES) throw new BadArgument('approx_percentile of so many percentages is not served here yet', 'NOT_SUPPORTED')
  if (shares.some((row) => row.length !== first.length || row.some((share, i) => share !== first[i])))
    throw new BadArgument('approx_percentile with other percentages in other rows is not served here yet', 'NOT_SUPPORTED')
  const sorted = [...first].sort((a, b) => a - b)
  const found = TDigest.of(values).valuesAt(sorted)
  const at = new Map(sorted.map((share, i) => [share, found[i] as number]))
  return listValue(first.map((share) => at.get(share) as number))
}

interface AccurateRow extends Row {
  readonly a: number | null
}

/** By Trino's older digest, which is not followed here: what it complains of. */
function accurate(list: DuckDBListValue): undefined {
  assertFew(list.items)
  const rows = itemsOf<DuckDBStructValue>(list)
    .map(({ entries }) => entries as unknown as AccurateRow)
    .filter(({ x, w, p, a }) => x !== null && w !== null && p !== null && a !== null)
  if (rows.length === 0) return undefined
  if (rows.some(({ w }) => !((w as number) > 0))) throw new BadArgument('percentile weight must be > 0')
  if (rows.every(({ a }) => !((a as number) > 0 && (a as number) < 1)))
    throw new BadArgument('Percentile accuracy must be strictly between 0 and 1')
  if (rows.every(({ p }) => !(p as DuckDBListValue).items.every((share) => isShare(share as number | null))))
    throw new BadArgument('Percentile must be between 0 and 1')
  throw new BadArgument('approx_percentile with an accuracy is not served here yet', 'NOT_SUPPORTED')
}

/** The digest itself is not made here: what its functions complain of, and none of no values. */
function qdigestOf(list: DuckDBListValue): undefined {
  const rows = itemsOf<DuckDBStructValue>(list)
    .map(({ entries }) => entries as unknown as { readonly x: boolean; readonly w: bigint | null; readonly a: number | null })
    .filter(({ x, w, a }) => x && w !== null && a !== null)
  if (rows.length === 0) return undefined
  if (rows.some(({ w }) => (w as bigint) <= 0n)) throw new BadArgument('weight must be > 0')
  if (rows.every(({ a }) => !((a as number) > 0 && (a as number) < 1)))
    throw new BadArgument('Percentile accuracy must be exclusively between 0 and 1')
  throw new BadArgument('qdigest_agg of values is not served here yet', 'NOT_SUPPORTED')
}

function unread(): never {
  throw new BadArgument('functions of a qdigest are not served here yet', 'NOT_SUPPORTED')
}

function tdigestOf(list: DuckDBListValue): DuckDBBlobValue | undefined {
  assertFew(list.items)
  const rows = itemsOf<DuckDBStructValue>(list)
    .map(({ entries }) => entries as unknown as Row)
    .filter(({ x, w }) => x !== null && w !== null)
  if (rows.length === 0) return undefined
  return blobValue(TDigest.of(rows.map(({ x, w }) => ({ mean: checkNumber(x as number), weight: checkWeight(w as number) }))).write())
}

function valuesAt(digest: DuckDBBlobValue, shares: DuckDBListValue): DuckDBListValue {
  const wanted = shares.items as (number | null)[]
  if (!wanted.every(isShare)) throw new BadArgument('values_at_quantiles of such shares is not served here yet', 'NOT_SUPPORTED')
  if (wanted.some((share, i) => i > 0 && share < (wanted[i - 1] as number)))
    throw new BadArgument('percentiles must be sorted in increasing order')
  return listValue(TDigest.read(bytesOf(digest)).valuesAt(wanted))
}

const hashes = (list: DuckDBListValue): bigint[] => {
  assertFew(list.items)
  return itemsOf<DuckDBBlobValue>(list).map((value) => murmur64(bytesOf(value)))
}
const none = <T>(list: readonly T[], made: (list: readonly T[]) => Uint8Array) => (list.length === 0 ? undefined : blobValue(made(list)))

const merged = (list: DuckDBListValue, merge: (digests: readonly Uint8Array[]) => Uint8Array) => {
  assertFew(list.items)
  return none(itemsOf<DuckDBBlobValue>(list).map(bytesOf), merge)
}

/** Of one alone: how Trino's digest brings those of several together depends on their order. */
function onlyOne(digests: readonly Uint8Array[]): Uint8Array {
  if (digests.length > 1) throw new BadArgument('merge of several digests is not served here yet', 'NOT_SUPPORTED')
  return digests[0] as Uint8Array
}

/** Little-endian, as long as a value is a number. */
function eightBytes(value: bigint): DuckDBBlobValue {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, value, true)
  return blobValue(bytes)
}

function doubleBytes(value: number): DuckDBBlobValue {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return blobValue(bytes)
}

export const DIGESTS: readonly Scalar[] = [
  {
    name: 'trino_weighted_percentiles',
    parameters: [LIST(STRUCT({ x: DOUBLE, w: DOUBLE, p: LIST(DOUBLE) }))],
    result: LIST(DOUBLE),
    of: weighted,
  },
  {
    name: 'trino_accurate_percentiles',
    parameters: [LIST(STRUCT({ x: DOUBLE, w: DOUBLE, p: LIST(DOUBLE), a: DOUBLE }))],
    result: LIST(DOUBLE),
    of: accurate,
  },
  { name: 'trino_qdigest', parameters: [LIST(STRUCT({ x: BOOLEAN, w: BIGINT, a: DOUBLE }))], result: BLOB, of: qdigestOf },
  { name: 'trino_qdigest_value', parameters: [BLOB, DOUBLE], result: DOUBLE, of: unread },
  { name: 'trino_qdigest_values', parameters: [BLOB, LIST(DOUBLE)], result: LIST(DOUBLE), of: unread },
  { name: 'trino_tdigest', parameters: [LIST(STRUCT({ x: DOUBLE, w: DOUBLE }))], result: BLOB, of: tdigestOf },
  { name: 'trino_tdigest_values', parameters: [BLOB, LIST(DOUBLE)], result: LIST(DOUBLE), of: valuesAt },
  { name: 'trino_long_bytes', parameters: [BIGINT], result: BLOB, of: eightBytes },
  { name: 'trino_double_bytes', parameters: [DOUBLE], result: BLOB, of: doubleBytes },
  {
    name: 'trino_approx_set',
    parameters: [LIST(BLOB)],
    result: BLOB,
    of: (list: DuckDBListValue) => none(hashes(list), (all) => hyperLogLog(all, 12)),
  },
  { name: 'trino_merge_approx_sets', parameters: [LIST(BLOB)], result: BLOB, of: (list: DuckDBListValue) => merged(list, mergeSketches) },
  { name: 'trino_merge_set_digests', parameters: [LIST(BLOB)], result: BLOB, of: (list: DuckDBListValue) => merged(list, mergeSetDigests) },
  { name: 'trino_merge_digests', parameters: [LIST(BLOB)], result: BLOB, of: (list: DuckDBListValue) => merged(list, onlyOne) },
  { name: 'trino_empty_approx_set', parameters: [], result: BLOB, of: () => blobValue(hyperLogLog([], 12)) },
  { name: 'trino_sketch_cardinality', parameters: [BLOB], result: BIGINT, of: (sketch: DuckDBBlobValue) => cardinality(bytesOf(sketch)) },
  { name: 'trino_set_digest', parameters: [LIST(BLOB)], result: BLOB, of: (list: DuckDBListValue) => none(hashes(list), setDigest) },
  {
    name: 'trino_hash_counts',
    parameters: [BLOB],
    result: MAP(BIGINT, SMALLINT),
    of: (digest: DuckDBBlobValue) => mapValue([...hashCounts(bytesOf(digest))].map(([key, value]) => ({ key, value }))),
  },
]
