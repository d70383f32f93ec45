// The first 64 bits of MurmurHash3 of 128 bits, as Trino's sketches take them.

const [C1, C2] = [0x87c37b91114253d5n, 0x4cf5ad432745937fn]
const wrap = (n: bigint): bigint => BigInt.asUintN(64, n)
const rotate = (n: bigint, by: bigint): bigint => wrap((n << by) | (n >> (64n - by)))

const mixFirst = (k: bigint): bigint => wrap(rotate(wrap(k * C1), 31n) * C2)
const mixSecond = (k: bigint): bigint => wrap(rotate(wrap(k * C2), 33n) * C1)

function finish(h: bigint): bigint {
  let k = h
  k = wrap((k ^ (k >> 33n)) * 0xff51afd7ed558ccdn)
  k = wrap((k ^ (k >> 33n)) * 0xc4ceb9fe1a85ec53n)
  return k ^ (k >> 33n)
}

/** Up to eight bytes as a number, the lowest first. */
function tail(bytes: Uint8Array, from: number, to: number): bigint {
  let made = 0n
  for (let i = Math.min(to, bytes.length) - 1; i >= from; i--) made = (made << 8n) | BigInt(bytes[i] as number)
  return made
}

export function murmur64(bytes: Uint8Array): bigint {
  let [h1, h2, at] = [0n, 0n, 0]
  for (; at + 16 <= bytes.length; at += 16) {
    h1 = wrap(wrap(rotate(h1 ^ mixFirst(tail(bytes, at, at + 8)), 27n) + h2) * 5n + 0x52dce729n)
    h2 = wrap(wrap(rotate(h2 ^ mixSecond(tail(bytes, at + 8, at + 16)), 31n) + h1) * 5n + 0x38495ab5n)
  }
  if (bytes.length - at > 8) h2 ^= mixSecond(tail(bytes, at + 8, at + 16))
  if (bytes.length > at) h1 ^= mixFirst(tail(bytes, at, at + 8))
  const length = BigInt(bytes.length)
  h2 ^= length
  h1 = wrap((h1 ^ length) + h2)
  h2 = wrap(h2 + h1)
  return wrap(finish(h1) + finish(h2))
}
