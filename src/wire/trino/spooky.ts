// SpookyHash V2 of Bob Jenkins (public domain), in 64 bits and with the seed 0.

const MASK = 2n ** 64n - 1n
const FILL = 0xdeadbeefdeadbeefn
const LONG = 192
const BLOCK = 96

const rotated = (value: bigint, by: bigint): bigint => ((value << by) & MASK) | (value >> (64n - by))

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

type Four = [bigint, bigint, bigint, bigint]

const SHORT_MIX = [50n, 52n, 30n, 41n, 54n, 48n, 38n, 37n, 62n, 34n, 5n, 36n]
const SHORT_END = [15n, 52n, 26n, 51n, 28n, 9n, 47n, 54n, 32n, 25n, 63n]

function shortMix(h: Four): void {
  for (const [i, by] of SHORT_MIX.entries()) {
    const [at, next, other] = [(i + 2) % 4, (i + 3) % 4, i % 4] as const
    h[at] = (rotated(h[at] as bigint, by) + (h[next] as bigint)) & MASK
    h[other] = (h[other] as bigint) ^ (h[at] as bigint)
  }
}

function shortEnd(h: Four): void {
  for (const [i, by] of SHORT_END.entries()) {
    const [at, from] = [(i + 3) % 4, (i + 2) % 4] as const
    h[at] = (h[at] as bigint) ^ (h[from] as bigint)
    h[from] = rotated(h[from] as bigint, by)
    h[at] = ((h[at] as bigint) + (h[from] as bigint)) & MASK
  }
}

/** Up to eight bytes as a number, the first the smallest. */
function partOf(bytes: Uint8Array, from: number, to: number): bigint {
  let made = 0n
  for (let i = to - 1; i >= from; i--) made = (made << 8n) | BigInt(bytes[i] as number)
  return made
}

function shortHash(bytes: Uint8Array): bigint {
  const view = viewOf(bytes)
  const word = (at: number) => view.getBigUint64(at, true)
  const h: Four = [0n, 0n, FILL, FILL]
  let at = 0
  for (; at + 32 <= bytes.length; at += 32) {
    h[2] = (h[2] + word(at)) & MASK
    h[3] = (h[3] + word(at + 8)) & MASK
    shortMix(h)
    h[0] = (h[0] + word(at + 16)) & MASK
    h[1] = (h[1] + word(at + 24)) & MASK
  }
  if (bytes.length - at >= 16) {
    h[2] = (h[2] + word(at)) & MASK
    h[3] = (h[3] + word(at + 8)) & MASK
    shortMix(h)
    at += 16
  }
  h[3] = (h[3] + (BigInt(bytes.length) << 56n)) & MASK
  if (at === bytes.length) {
    h[2] = (h[2] + FILL) & MASK
    h[3] = (h[3] + FILL) & MASK
  } else {
    h[2] = (h[2] + partOf(bytes, at, Math.min(at + 8, bytes.length))) & MASK
    h[3] = (h[3] + partOf(bytes, at + 8, bytes.length)) & MASK
  }
  shortEnd(h)
  return h[0]
}

const MIX = [11n, 32n, 43n, 31n, 17n, 28n, 39n, 57n, 55n, 54n, 22n, 46n]
const END = [44n, 15n, 34n, 21n, 38n, 33n, 10n, 13n, 38n, 53n, 42n, 54n]

function mix(state: bigint[], word: (i: number) => bigint): void {
  for (const [i, by] of MIX.entries()) {
    const [two, ten, eleven, one] = [(i + 2) % 12, (i + 10) % 12, (i + 11) % 12, (i + 1) % 12] as const
    state[i] = ((state[i] as bigint) + word(i)) & MASK
    state[two] = (state[two] as bigint) ^ (state[ten] as bigint)
    state[eleven] = (state[eleven] as bigint) ^ (state[i] as bigint)
    state[i] = rotated(state[i] as bigint, by)
    state[eleven] = ((state[eleven] as bigint) + (state[one] as bigint)) & MASK
  }
}

function endPart(state: bigint[]): void {
  for (const [i, by] of END.entries()) {
    const [eleven, one, two] = [(i + 11) % 12, (i + 1) % 12, (i + 2) % 12] as const
    state[eleven] = ((state[eleven] as bigint) + (state[one] as bigint)) & MASK
    state[two] = (state[two] as bigint) ^ (state[eleven] as bigint)
    state[one] = rotated(state[one] as bigint, by)
  }
}

function longHash(bytes: Uint8Array): bigint {
  const state = Array.from({ length: 12 }, (_, i): bigint => (i % 3 === 2 ? FILL : 0n))
  const view = viewOf(bytes)
  let at = 0
  for (; at + BLOCK <= bytes.length; at += BLOCK) mix(state, (i) => view.getBigUint64(at + 8 * i, true))
  const last = new Uint8Array(BLOCK)
  last.set(bytes.subarray(at))
  last[BLOCK - 1] = bytes.length - at
  const rest = viewOf(last)
  for (let i = 0; i < 12; i++) state[i] = ((state[i] as bigint) + rest.getBigUint64(8 * i, true)) & MASK
  for (let i = 0; i < 3; i++) endPart(state)
  return state[0] as bigint
}

export const spooky64 = (bytes: Uint8Array): bigint => (bytes.length < LONG ? shortHash(bytes) : longHash(bytes))
