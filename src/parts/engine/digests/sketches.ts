// Sketches of sets in the bytes of Airlift, as long as these hold every value: HyperLogLog in its sparse form, and the set digest over it.
import { BadArgument } from '#parts/engine/scalars/scalar'

/** What the sparse form may hold before it becomes another. */
const MOST_ENTRIES = 400
const PREFIX = 26n

/** The place of a hash among 2^26, and the zeros that follow. */
function entryOf(hash: bigint): number {
  const rest = BigInt.asUintN(64, hash << PREFIX) | (1n << (PREFIX - 1n))
  const zeros = 64 - rest.toString(2).length
  return Number(hash >> (64n - PREFIX)) * 64 + zeros
}

/** With the entry of the most zeros at each place. */
function sparse(given: Iterable<number>, indexBits: number): Uint8Array {
  const best = new Map<number, number>()
  for (const entry of given) {
    const place = Math.floor(entry / 64)
    best.set(place, Math.max(best.get(place) ?? 0, entry))
  }
  if (best.size > MOST_ENTRIES) throw new BadArgument('a sketch of so many values is not served here yet', 'NOT_SUPPORTED')
  const entries = [...best.values()].sort((a, b) => a - b)
  const bytes = Buffer.alloc(4 + 4 * entries.length)
  bytes.writeUInt8(2, 0)
  bytes.writeUInt8(indexBits, 1)
  bytes.writeUInt16LE(entries.length, 2)
  for (const [i, entry] of entries.entries()) bytes.writeUInt32LE(entry, 4 + 4 * i)
  return bytes
}

export const hyperLogLog = (hashes: readonly bigint[], indexBits: number): Uint8Array => sparse(hashes.map(entryOf), indexBits)

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

function* entriesOf(sketches: readonly Uint8Array[], indexBits: number | undefined): Generator<number> {
  for (const bytes of sketches) {
    if (bytes[0] !== 2 || bytes[1] !== indexBits)
      throw new BadArgument('merge of sketches of this form is not served here yet', 'NOT_SUPPORTED')
    const view = viewOf(bytes)
    for (let i = view.getUint16(2, true); i > 0; i--) yield view.getUint32(4 * i, true)
  }
}

/** Of at least one. */
export function mergeSketches(sketches: readonly Uint8Array[]): Uint8Array {
  const indexBits = sketches[0]?.[1]
  return sparse(entriesOf(sketches, indexBits), indexBits as number)
}

/** Of a sparse one: by the share of places that are empty. */
export function cardinality(bytes: Uint8Array): bigint {
  if (bytes[0] !== 2) throw new BadArgument('a sketch of this form is not served here yet', 'NOT_SUPPORTED')
  const total = 2 ** Number(PREFIX)
  const entries = viewOf(bytes).getUint16(2, true)
  return BigInt(Math.round(total * Math.log(total / (total - entries))))
}

const MOST_HASHES = 8192

const MOST_TIMES = 32_767

function written(sketch: Uint8Array, counts: ReadonlyMap<bigint, number>): Uint8Array {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  const bytes = Buffer.alloc(13 + sketch.length + 10 * sorted.length)
  bytes.writeUInt8(1, 0)
  bytes.writeInt32LE(sketch.length, 1)
  bytes.set(sketch, 5)
  bytes.writeInt32LE(MOST_HASHES, 5 + sketch.length)
  bytes.writeInt32LE(sorted.length, 9 + sketch.length)
  const start = 13 + sketch.length
  for (const [i, [hash, count]] of sorted.entries()) {
    bytes.writeBigInt64LE(hash, start + 8 * i)
    bytes.writeInt16LE(count, start + 8 * sorted.length + 2 * i)
  }
  return bytes
}

function counted(times: Iterable<readonly [hash: bigint, count: number]>): Map<bigint, number> {
  const counts = new Map<bigint, number>()
  for (const [hash, count] of times) counts.set(hash, Math.min(MOST_TIMES, (counts.get(hash) ?? 0) + count))
  return counts
}

export const setDigest = (hashes: readonly bigint[]): Uint8Array =>
  written(hyperLogLog(hashes, 11), counted(hashes.map((hash) => [BigInt.asIntN(64, hash), 1])))

/** Of at least one. */
export function mergeSetDigests(digests: readonly Uint8Array[]): Uint8Array {
  const sketches = digests.map((bytes) => bytes.subarray(5, 5 + viewOf(bytes).getInt32(1, true)))
  return written(mergeSketches(sketches), counted(digests.flatMap((bytes) => [...hashCounts(bytes)])))
}

/** Hashes and how often each came. */
export function hashCounts(bytes: Uint8Array): Map<bigint, number> {
  const view = viewOf(bytes)
  const at = 9 + view.getInt32(1, true)
  const count = view.getInt32(at, true)
  return new Map(
    Array.from(
      { length: count },
      (_, i) => [view.getBigInt64(at + 4 + 8 * i, true), view.getInt16(at + 4 + 8 * count + 2 * i, true)] as const,
    ),
  )
}
