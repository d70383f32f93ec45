// The random numbers of TPC-H's data generator: a stream for each column, of which every row takes as many as the one before.
import type { Words } from '#parts/sql/connectors/tpch/words'

const FACTOR = 16807
const MODULUS = 2147483647
/** Schrage: the next seed without a number above 31 bits, whose remainder would be slow. */
const QUOTIENT = Math.trunc(MODULUS / FACTOR)
const REST = MODULUS % FACTOR

export class Stream {
  readonly #perRow: number
  #seed: number
  #used = 0

  constructor(seed: number, perRow = 1) {
    this.#seed = seed
    this.#perRow = perRow
  }

  #step(): number {
    const high = (this.#seed / QUOTIENT) | 0
    const next = FACTOR * (this.#seed - high * QUOTIENT) - REST * high
    this.#seed = next > 0 ? next : next + MODULUS
    return this.#seed
  }

  /** A whole number from `low` to `high`. The width is one of 32 bits, and turns negative above them as it does in the generator. */
  between(low: number, high: number): number {
    this.#used++
    return low + Math.trunc((this.#step() / MODULUS) * ((high - low + 1) | 0))
  }

  of({ drawn }: Words): string {
    return drawn[this.between(0, drawn.length - 1)] as string
  }

  /** The row is done: what it did not take is passed over. */
  endRow(): void {
    for (; this.#used < this.#perRow; this.#used++) this.#step()
    this.#used = 0
  }
}

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,'
/** Numbers that the longest of such texts takes. */
export const LETTERS_PER_ROW = 9

/** A text of letters, `average` long: between two fifths and eight fifths of that. */
export function letters(stream: Stream, average: number): string {
  const length = stream.between(Math.trunc(average * 0.4), Math.trunc(average * 1.6))
  let text = ''
  let bits = 0
  for (let i = 0; i < length; i++) {
    if (i % 5 === 0) bits = stream.between(0, MODULUS)
    text += LETTERS[bits & 63]
    bits >>= 6
  }
  return text
}

export const PHONE_PER_ROW = 3

export function phone(stream: Stream, nation: number): string {
  return `${10 + (nation % 90)}-${stream.between(100, 999)}-${stream.between(100, 999)}-${stream.between(1000, 9999)}`
}

/** So many of the words, each once. */
export function sequence(stream: Stream, { values }: Words, count: number): string {
  const left = [...values]
  for (let i = 0; i < count; i++) {
    const other = stream.between(i, left.length - 1)
    ;[left[i], left[other]] = [left[other] as string, left[i] as string]
  }
  return left.slice(0, count).join(' ')
}
