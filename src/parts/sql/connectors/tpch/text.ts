// The text that comments are cut from: 300 MiB of sentences after the grammar of the specification (4.2.2.14), the same for every scale.
import { Stream } from '#parts/sql/connectors/tpch/random'
import {
  ADJECTIVES,
  ADVERBS,
  AUXILIARIES,
  NOUN_PHRASES,
  NOUNS,
  PREPOSITIONS,
  SENTENCES,
  TERMINATORS,
  VERB_PHRASES,
  VERBS,
  type Words,
} from '#parts/sql/connectors/tpch/words'

/** Bytes. */
const SIZE = 300 * 1024 * 1024
const LONGEST_SENTENCE = 1024
const SPACE = 0x20
const COMMA = 0x2c

/** Each with a space behind it. */
type Drawn = readonly Uint8Array[]
/** A word of a phrase: what it is drawn from, and whether a comma follows. */
interface Step {
  readonly words: Drawn
  readonly comma: boolean
}
type Phrases = readonly (readonly Step[])[]

function bytesOf({ values, drawn }: Words): Drawn {
  const bytes = new Map(values.map((word) => [word, Buffer.from(`${word} `, 'latin1')]))
  return drawn.map((word) => bytes.get(word) as Buffer)
}

/** Forms such as `D J, N`, letters of which stand for words. */
function phrasesOf({ values, drawn }: Words, letters: ReadonlyMap<string, Drawn>): Phrases {
  const steps = new Map(
    values.map((form) => [
      form,
      form.split(' ').map((part) => ({ words: letters.get(part.charAt(0)) as Drawn, comma: part.endsWith(',') })),
    ]),
  )
  return drawn.map((form) => steps.get(form) as readonly Step[])
}

/** Takes some seconds and holds all of it: for a thread that ends when the rows are made. */
export function createTextPool(): Buffer {
  const adverbs = bytesOf(ADVERBS)
  const nounPhrases = phrasesOf(
    NOUN_PHRASES,
    new Map([
      ['J', bytesOf(ADJECTIVES)],
      ['D', adverbs],
      ['N', bytesOf(NOUNS)],
    ]),
  )
  const verbPhrases = phrasesOf(
    VERB_PHRASES,
    new Map([
      ['X', bytesOf(AUXILIARIES)],
      ['V', bytesOf(VERBS)],
      ['D', adverbs],
    ]),
  )
  const prepositions = bytesOf(PREPOSITIONS)
  const terminators = bytesOf(TERMINATORS)
  const the = Buffer.from('the ')
  const stream = new Stream(933588178)
  const pool = Buffer.allocUnsafe(SIZE + LONGEST_SENTENCE)
  let end = 0

  const append = (word: Uint8Array) => {
    for (let i = 0; i < word.length; i++) pool[end++] = word[i] as number
  }
  const draw = <T>(from: readonly T[]): T => from[stream.between(0, from.length - 1)] as T
  const phrase = (phrases: Phrases) => {
    for (const { words, comma } of draw(phrases)) {
      append(draw(words))
      if (!comma) continue
      pool[end - 1] = COMMA
      pool[end++] = SPACE
    }
  }

  while (end < SIZE) {
    const form = draw(SENTENCES.drawn)
    for (let i = 0; i < form.length; i += 2) {
      const part = form[i]
      if (part === 'V') phrase(verbPhrases)
      else if (part === 'T') {
        end--
        append(draw(terminators))
      } else {
        if (part === 'P') {
          append(draw(prepositions))
          append(the)
        }
        phrase(nounPhrases)
      }
    }
  }
  return pool.subarray(0, SIZE)
}

/** A column of comments. */
export class Comments {
  readonly #pool: Buffer
  readonly #stream: Stream
  readonly #shortest: number
  readonly #longest: number

  /** `average`: of their lengths, which are between two fifths and eight fifths of that. */
  constructor(pool: Buffer, seed: number, average: number, perRow = 1) {
    this.#pool = pool
    this.#stream = new Stream(seed, perRow * 2)
    this.#shortest = Math.trunc(average * 0.4)
    this.#longest = Math.trunc(average * 1.6)
  }

  next(): string {
    const from = this.#stream.between(0, this.#pool.length - this.#longest)
    return this.#pool.toString('latin1', from, from + this.#stream.between(this.#shortest, this.#longest))
  }

  endRow(): void {
    this.#stream.endRow()
  }
}
