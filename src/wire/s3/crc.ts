// The cyclic redundancy checks of S3 that Node does not have: CRC-32C and CRC-64/NVME, eight bytes at a time.

const SLICES = 8

let castagnoli: Uint32Array[] | undefined
let nvme: { low: Uint32Array[]; high: Uint32Array[] } | undefined

/** CRC-32C (RFC 3720, appendix B.4), continued from `previous`. */
export function crc32c(data: Uint8Array, previous = 0): number {
  castagnoli ??= makeTable32(0x82f63b78)
  const [t0, t1, t2, t3, t4, t5, t6, t7] = castagnoli as Table8
  let crc = ~previous
  let i = 0
  for (const end = data.length - 7; i < end; i += 8) {
    crc ^= word(data, i)
    const next = word(data, i + 4)
    crc =
      t7[crc & 255]! ^
      t6[(crc >>> 8) & 255]! ^
      t5[(crc >>> 16) & 255]! ^
      t4[crc >>> 24]! ^
      t3[next & 255]! ^
      t2[(next >>> 8) & 255]! ^
      t1[(next >>> 16) & 255]! ^
      t0[next >>> 24]!
  }
  for (; i < data.length; i++) crc = t0[(crc ^ data[i]!) & 255]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Two halves of a 64-bit check value. */
export interface Crc64 {
  readonly high: number
  readonly low: number
}

/** CRC-64/NVME (NVM Express, section 5.2.1.3.4), continued from `previous`. */
export function crc64nvme(data: Uint8Array, previous: Crc64 = { high: 0, low: 0 }): Crc64 {
  nvme ??= makeTable64(0x9a6c9329ac4bc9b5n)
  const { low: l, high: h } = nvme
  let low = ~previous.low
  let high = ~previous.high
  let i = 0
  for (const end = data.length - 7; i < end; i += 8) {
    low ^= word(data, i)
    high ^= word(data, i + 4)
    const a = low & 255
    const b = (low >>> 8) & 255
    const c = (low >>> 16) & 255
    const d = low >>> 24
    const e = high & 255
    const f = (high >>> 8) & 255
    const g = (high >>> 16) & 255
    const k = high >>> 24
    low = l[7]![a]! ^ l[6]![b]! ^ l[5]![c]! ^ l[4]![d]! ^ l[3]![e]! ^ l[2]![f]! ^ l[1]![g]! ^ l[0]![k]!
    high = h[7]![a]! ^ h[6]![b]! ^ h[5]![c]! ^ h[4]![d]! ^ h[3]![e]! ^ h[2]![f]! ^ h[1]![g]! ^ h[0]![k]!
  }
  for (; i < data.length; i++) {
    const index = (low ^ data[i]!) & 255
    low = ((low >>> 8) | (high << 24)) ^ l[0]![index]!
    high = (high >>> 8) ^ h[0]![index]!
  }
  return { high: ~high >>> 0, low: ~low >>> 0 }
}

type Table8 = [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array]

function word(data: Uint8Array, i: number): number {
  return data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24)
}

function makeTable32(polynomial: number): Uint32Array[] {
  const tables = Array.from({ length: SLICES }, () => new Uint32Array(256))
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    tables[0]![n] = crc
  }
  for (let n = 0; n < 256; n++)
    for (let s = 1; s < SLICES; s++) {
      const before = tables[s - 1]![n]!
      tables[s]![n] = (before >>> 8) ^ tables[0]![before & 255]!
    }
  return tables
}

function makeTable64(polynomial: bigint): { low: Uint32Array[]; high: Uint32Array[] } {
  const tables = Array.from({ length: SLICES }, () => new BigUint64Array(256))
  for (let n = 0; n < 256; n++) {
    let crc = BigInt(n)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n
    tables[0]![n] = crc
  }
  for (let n = 0; n < 256; n++)
    for (let s = 1; s < SLICES; s++) {
      const before = tables[s - 1]![n]!
      tables[s]![n] = (before >> 8n) ^ tables[0]![Number(before & 255n)]!
    }
  return {
    low: tables.map((t) => Uint32Array.from(t, (v) => Number(v & 0xffffffffn))),
    high: tables.map((t) => Uint32Array.from(t, (v) => Number(v >> 32n))),
  }
}
