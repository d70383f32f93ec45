// xxHash64 with seed 0, as Trino's functions and checksums have it.

export const PRIME_1 = 0x9e3779b185ebca87n
const PRIME_2 = 0xc2b2ae3d27d4eb4fn
const PRIME_3 = 0x165667b19e3779f9n
const PRIME_4 = 0x85ebca77c2b2ae63n
const PRIME_5 = 0x27d4eb2f165667c5n

const cut = (value: bigint): bigint => BigInt.asUintN(64, value)
const rotate = (value: bigint, by: bigint): bigint => cut((value << by) | (value >> (64n - by)))
const round = (sum: bigint, input: bigint): bigint => cut(rotate(cut(sum + input * PRIME_2), 31n) * PRIME_1)
const merge = (hash: bigint, sum: bigint): bigint => cut((hash ^ round(0n, sum)) * PRIME_1 + PRIME_4)

function finish(hash: bigint): bigint {
  const first = cut((hash ^ (hash >> 33n)) * PRIME_2)
  const second = cut((first ^ (first >> 29n)) * PRIME_3)
  return second ^ (second >> 32n)
}

/** Of the eight bytes of a whole number. */
export function xxhash64OfLong(value: bigint): bigint {
  const hash = cut(PRIME_5 + 8n) ^ round(0n, cut(value))
  return finish(cut(rotate(hash, 27n) * PRIME_1 + PRIME_4))
}

export function xxhash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  let hash = PRIME_5
  if (bytes.length >= 32) {
    const sums = [cut(PRIME_1 + PRIME_2), PRIME_2, 0n, cut(-PRIME_1)]
    for (; at + 32 <= bytes.length; at += 32)
      for (let i = 0; i < 4; i++) sums[i] = round(sums[i] as bigint, view.getBigUint64(at + 8 * i, true))
    hash = cut([1n, 7n, 12n, 18n].reduce((sum, by, i) => sum + rotate(sums[i] as bigint, by), 0n))
    for (const sum of sums) hash = merge(hash, sum)
  }
  hash = cut(hash + BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8) hash = cut(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * PRIME_1 + PRIME_4)
  if (at + 4 <= bytes.length) {
    hash = cut(rotate(hash ^ cut(BigInt(view.getUint32(at, true)) * PRIME_1), 23n) * PRIME_2 + PRIME_3)
    at += 4
  }
  for (; at < bytes.length; at++) hash = cut(rotate(hash ^ cut(BigInt(bytes[at] as number) * PRIME_5), 11n) * PRIME_1)
  return finish(hash)
}
