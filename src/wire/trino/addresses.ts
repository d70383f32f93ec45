// IP addresses as texts and as 16 bytes, an address of IPv4 as `::ffff:a.b.c.d`: their order is that of the bytes.

const BYTES = 16
const MAPPED = Uint8Array.from({ length: 12 }, (_, i) => (i < 10 ? 0 : 0xff))

const isMapped = (bytes: Uint8Array): boolean => MAPPED.every((byte, i) => bytes[i] === byte)

/** The bytes that a text names; undefined when it names none. */
export function readAddress(text: string): Uint8Array | undefined {
  const four = readFour(text)
  if (four) return Uint8Array.from([...MAPPED, ...four])
  const words = readWords(text)
  return words && Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]))
}

/** 4 or 16 bytes in their one form. */
export function addressOf(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === 4) return Uint8Array.from([...MAPPED, ...bytes])
  return bytes.length === BYTES ? bytes : undefined
}

/** As few bytes as tell it: 4 of IPv4. */
export const shortestOf = (bytes: Uint8Array): Uint8Array => (isMapped(bytes) ? bytes.subarray(12) : bytes)

export function printAddress(bytes: Uint8Array): string {
  const short = shortestOf(bytes)
  if (short.length === 4) return short.join('.')
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number))
  const { from, length } = longestZeros(words)
  const print = (list: readonly number[]) => list.map((word) => word.toString(16)).join(':')
  return length < 2 ? print(words) : `${print(words.slice(0, from))}::${print(words.slice(from + length))}`
}

/** Whether an address lies in a network such as `10.0.0.0/8`; undefined when that is none. */
export function isWithin(network: string, address: Uint8Array): boolean | undefined {
  const [, base = '', digits = ''] = /^([^/]*)\/(\d{1,3})$/.exec(network) ?? []
  const known = readAddress(base)
  if (!known) return undefined
  const [mask, own] = [shortestOf(known), shortestOf(address)]
  const bits = Number(digits)
  if (bits > mask.length * 8) return undefined
  return (
    mask.length === own.length && mask.every((byte, i) => (byte ^ (own[i] as number)) >> Math.max(0, 8 - Math.max(0, bits - 8 * i)) === 0)
  )
}

function readFour(text: string): number[] | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined
  const four = text.split('.').map(Number)
  return four.every((byte) => byte < 256) ? four : undefined
}

/** The eight words of IPv6; the last two may be written as IPv4. */
function readWords(text: string): number[] | undefined {
  const [, head = '', tail] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? []
  const four = tail === undefined ? undefined : readFour(tail)
  if (tail !== undefined && !four) return undefined
  const hex = (n: number) => n.toString(16)
  const [a, b, c, d] = four ?? [0, 0, 0, 0]
  const whole = four ? `${head}${hex(((a as number) << 8) | (b as number))}:${hex(((c as number) << 8) | (d as number))}` : text
  const halves = whole.split('::')
  if (halves.length > 2) return undefined
  const [before, after] = halves.map((half) => (half === '' ? [] : half.split(':'))) as [string[], string[] | undefined]
  const missing = 8 - before.length - (after?.length ?? 0)
  if (after ? missing < 1 : missing !== 0) return undefined
  const words = [...before, ...Array.from({ length: missing }, () => '0'), ...(after ?? [])]
  return words.every((word) => /^[0-9a-f]{1,4}$/i.test(word)) ? words.map((word) => Number.parseInt(word, 16)) : undefined
}

function longestZeros(words: readonly number[]): { readonly from: number; readonly length: number } {
  let best = { from: 0, length: 0 }
  for (let from = 0; from < words.length; from++) {
    const end = words.findIndex((word, i) => i >= from && word !== 0)
    const length = (end < 0 ? words.length : end) - from
    if (length > best.length) best = { from, length }
  }
  return best
}
