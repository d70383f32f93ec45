// Texts by their code points, and dates of ISO 8601.
import { BIGINT, VARCHAR } from '@duckdb/node-api'
import { createBudget } from '#parts/engine/scalars/budget'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'
import { searchFor } from '#parts/engine/scalars/search'
import { englishStem } from '#wire/trino/english-stem'
import { isoDay } from '#wire/trino/iso-moments'

/** As many steps as Trino takes for a distance. */
const MOST_STEPS = 1_000_000
const budget = createBudget({ row: MOST_STEPS, chunk: 10 * MOST_STEPS })

const pointsOf = (text: string): Uint32Array => Uint32Array.from(Array.from(text, (c) => c.codePointAt(0) as number))

/** Of texts that are not ASCII alone: those the engine's own function compares. */
function levenshtein(a: string, b: string): bigint {
  const [from, to] = [pointsOf(a), pointsOf(b)]
  const steps = from.length * to.length
  if (steps > MOST_STEPS) throw new BadArgument('The combined inputs for Levenshtein distance are too large')
  budget.beginRow()
  budget.spend(steps, 'a Levenshtein distance of long texts')
  const row = Uint32Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 0; i < from.length; i++) {
    let diagonal = row[0] as number
    row[0] = i + 1
    for (let j = 0; j < to.length; j++) {
      const above = row[j + 1] as number
      const other = Math.min(above, row[j] as number) + 1
      const same = from[i] === to[j] ? diagonal : diagonal + 1
      row[j + 1] = Math.min(same, other)
      diagonal = above
    }
  }
  return BigInt(row[to.length] as number)
}

function hamming(a: string, b: string): bigint {
  const [left, right] = [[...a], [...b]]
  if (left.length !== right.length) throw new BadArgument('The input strings to hamming_distance function must have the same length')
  return BigInt(left.filter((x, i) => x !== right[i]).length)
}

/** A date of ISO 8601. */
function isoDate(text: string): string {
  const day = isoDay(text)
  if (day === undefined) throw new BadArgument('Invalid format of a date')
  return new Date(day).toISOString().slice(0, 10)
}

/** Of the letters A to Z. */
const SOUNDEX = '01230120022455012623010202'

function soundexDigit(letter: string): string {
  const digit = SOUNDEX[letter.charCodeAt(0) - 65]
  if (digit === undefined) throw new BadArgument('soundex is of letters from A to Z')
  return digit
}

function soundex(text: string): string {
  const [first, ...others] = (text.match(/\p{L}/gu) ?? []).join('').toUpperCase()
  if (first === undefined) return ''
  let code = first
  let last = soundexDigit(first)
  for (const letter of others) {
    if (code.length === 4) break
    if (letter === 'H' || letter === 'W') continue
    const digit = soundexDigit(letter)
    if (digit !== '0' && digit !== last) code += digit
    last = digit
  }
  return code.padEnd(4, '0')
}

/** Where a text stands for the nth time, from the end with a negative n. */
function strpos(text: string, part: string, instance: bigint): bigint {
  if (instance === 0n) throw new BadArgument("'instance' must be a positive or negative number.")
  if (part === '') return 1n
  const places: number[] = []
  const search = searchFor(part)
  for (let at = search.in(text); at >= 0; at = search.in(text, at + 1)) {
    if (at - (places.at(-1) ?? -part.length) < part.length)
      throw new BadArgument('strpos of a text that overlaps itself is not served here yet', 'NOT_SUPPORTED')
    places.push(at)
  }
  const at = places.at(Number(instance > 0n ? instance - 1n : instance))
  return at === undefined ? 0n : BigInt([...text.slice(0, at)].length + 1)
}

const FAR = /^\s*([+-]?)(\d{4,})-(\d{1,2})-(\d{1,2})( (?:[01]?\d|2[0-3]):[0-5]?\d(?::[0-5]?\d(?:\.\d{1,6})?)?)?\s*$/

const JAVA_NUMBER =
  /^\s*([+-]?)(?:0[xX]([\da-fA-F]*)(?:\.([\da-fA-F]*))?[pP]([+-]?\d{1,3})|((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?))[dDfF]?\s*$/

/** Java's hexadecimal digits of a number, and its letter at the end, as plain digits. */
function javaNumber(text: string): string | undefined {
  const [, sign, whole = '', fraction = '', power, decimal] = JAVA_NUMBER.exec(text) ?? []
  if (sign === undefined) return undefined
  if (decimal !== undefined) return sign + decimal
  const digits = whole + fraction
  if (digits === '' || digits.length > 13) return undefined
  return `${sign}${Number.parseInt(digits, 16) * 2 ** (Number(power) - 4 * fraction.length)}`
}

/** A date in a year with a sign or more than four digits, as DuckDB reads it; and a double. */
function farText(text: string, type: string): string | undefined {
  if (type === 'double') return javaNumber(text)
  const [, sign, digits = '', month, day, clock = ''] = FAR.exec(text) ?? []
  if (sign === undefined || Number(digits) > 200_000 || (clock !== '' && type === 'date')) return undefined
  const year = sign === '-' ? -Number(digits) : Number(digits)
  const shown = String(year < 1 ? 1 - year : year).padStart(4, '0')
  return `${shown}-${month}-${day}${year < 1 ? ' (BC)' : ''}${clock}`
}

const LANGUAGES = 'ca da de es eu fi fr hu hy ir it lt nl no pt ro ru sv tr'.split(' ')

function wordStem(word: string, language: string): string {
  if (language === 'en') return englishStem(word)
  if (LANGUAGES.includes(language)) throw new BadArgument('word_stem in this language is not served here yet', 'NOT_SUPPORTED')
  throw new BadArgument('Unknown stemmer language')
}

export const TEXT: readonly Scalar[] = [
  { name: 'trino_soundex', parameters: [VARCHAR], result: VARCHAR, of: soundex },
  { name: 'trino_strpos', parameters: [VARCHAR, VARCHAR, BIGINT], result: BIGINT, of: strpos },
  { name: 'trino_levenshtein', parameters: [VARCHAR, VARCHAR], result: BIGINT, begin: budget.beginChunk, of: levenshtein },
  { name: 'trino_hamming', parameters: [VARCHAR, VARCHAR], result: BIGINT, of: hamming },
  { name: 'trino_far_text', parameters: [VARCHAR, VARCHAR], result: VARCHAR, of: farText },
  { name: 'trino_word_stem', parameters: [VARCHAR, VARCHAR], result: VARCHAR, of: wordStem },
  { name: 'trino_java_upper', parameters: [VARCHAR], result: VARCHAR, of: (text: string) => text.toUpperCase() },
  { name: 'trino_normalize', parameters: [VARCHAR, VARCHAR], result: VARCHAR, of: (text: string, form: string) => text.normalize(form) },
  { name: 'trino_iso_date', parameters: [VARCHAR], result: VARCHAR, of: isoDate },
]
