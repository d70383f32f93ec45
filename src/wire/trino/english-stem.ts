// The stem of an English word by Snowball's Porter2, as Lucene has it.

const VOWEL = /[aeiouy]/
const SPECIAL: ReadonlyMap<string, string> = new Map(
  `skis:ski skies:sky dying:die lying:lie tying:tie idly:idl gently:gentl ugly:ugli early:earli only:onli singly:singl
   sky:sky news:news howe:howe atlas:atlas cosmos:cosmos bias:bias andes:andes`
    .split(/\s+/)
    .map((pair) => pair.split(':') as [string, string]),
)
const KEPT: ReadonlySet<string> = new Set('inning outing canning herring earring proceed exceed succeed'.split(' '))
const DOUBLE = /(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/

/** Longest first; `R1` of the word must hold the ending. */
const SECOND: readonly (readonly [ending: string, by: string])[] =
  `ational:ate tional:tion enci:ence anci:ance abli:able entli:ent izer:ize ization:ize ation:ate ator:ate alism:al aliti:al alli:al
   fulness:ful ousli:ous ousness:ous iveness:ive iviti:ive biliti:ble bli:ble ogi:og fulli:ful lessli:less li:`
    .split(/\s+/)
    .map((pair) => pair.split(':') as [string, string])
    .sort(([a], [b]) => b.length - a.length)
const THIRD: readonly (readonly [ending: string, by: string])[] =
  'ational:ate tional:tion alize:al icate:ic iciti:ic ical:ic ful: ness: ative:'
    .split(' ')
    .map((pair) => pair.split(':') as [string, string])
    .sort(([a], [b]) => b.length - a.length)
const FOURTH: readonly string[] = 'al ance ence er ic able ible ant ement ment ent ism ate iti ous ive ize ion'
  .split(' ')
  .sort((a, b) => b.length - a.length)

/** Where the part begins that follows the first consonant after a vowel. */
function regionAfter(word: string, from: number): number {
  const found = /[aeiouy][^aeiouy]/.exec(word.slice(from))
  return found ? from + found.index + 2 : word.length
}

const isShortEnd = (word: string): boolean => /[^aeiouy][aeiouy][^aeiouywxY]$/.test(word) || /^[aeiouy][^aeiouy]$/.test(word)

class Stemmer {
  word: string
  readonly #r1: number
  readonly #r2: number

  constructor(word: string) {
    this.word = word.replace(/^y/, 'Y').replace(/(?<=[aeiouy])y/g, 'Y')
    const exception = /^(gener|commun|arsen)/.exec(this.word)?.[0].length
    this.#r1 = exception ?? regionAfter(this.word, 0)
    this.#r2 = regionAfter(this.word, this.#r1)
  }

  #cut(ending: string, by = ''): void {
    this.word = this.word.slice(0, this.word.length - ending.length) + by
  }

  #ends(endings: readonly string[]): string | undefined {
    return endings.find((ending) => this.word.endsWith(ending))
  }

  #inR1 = (ending: string): boolean => this.word.length - ending.length >= this.#r1
  #inR2 = (ending: string): boolean => this.word.length - ending.length >= this.#r2

  plurals(): void {
    const quote = this.#ends(["'s'", "'s", "'"])
    if (quote) this.#cut(quote)
    const ending = this.#ends(['sses', 'ied', 'ies', 'us', 'ss', 's'])
    if (ending === 'sses') this.#cut(ending, 'ss')
    else if (ending === 'ied' || ending === 'ies') this.#cut(ending, this.word.length > 4 ? 'i' : 'ie')
    else if (ending === 's' && VOWEL.test(this.word.slice(0, -2))) this.#cut(ending)
  }

  participles(): void {
    const ending = this.#ends(['eedly', 'ingly', 'edly', 'eed', 'ing', 'ed'])
    if (!ending) return
    if (ending.startsWith('ee')) {
      if (this.#inR1(ending)) this.#cut(ending, 'ee')
      return
    }
    if (!VOWEL.test(this.word.slice(0, -ending.length))) return
    this.#cut(ending)
    if (/(at|bl|iz)$/.test(this.word)) this.word += 'e'
    else if (DOUBLE.test(this.word) && !/^[aeo]..$/.test(this.word)) this.word = this.word.slice(0, -1)
    else if (this.word.length <= this.#r1 && isShortEnd(this.word)) this.word += 'e'
  }

  lastY(): void {
    if (/.[^aeiouy][yY]$/.test(this.word)) this.#cut('y', 'i')
  }

  suffixes(): void {
    const second = SECOND.find(([ending]) => this.word.endsWith(ending))
    if (second && this.#inR1(second[0]) && this.#maySecond(second[0])) this.#cut(...second)
    const third = THIRD.find(([ending]) => this.word.endsWith(ending))
    if (third && this.#inR1(third[0]) && (third[0] !== 'ative' || this.#inR2('ative'))) this.#cut(...third)
    const fourth = this.#ends(FOURTH)
    if (fourth && this.#inR2(fourth) && (fourth !== 'ion' || /[st]ion$/.test(this.word))) this.#cut(fourth)
  }

  #maySecond(ending: string): boolean {
    if (ending === 'ogi') return this.word.endsWith('logi')
    return ending !== 'li' || /[cdeghkmnrt]li$/.test(this.word)
  }

  lastE(): void {
    if (this.word.endsWith('e')) {
      const before = this.word.slice(0, -1)
      if (this.#inR2('e') || (this.#inR1('e') && !isShortEnd(before))) this.word = before
    } else if (this.word.endsWith('ll') && this.#inR2('l')) this.word = this.word.slice(0, -1)
  }
}

export function englishStem(word: string): string {
  const special = SPECIAL.get(word)
  if (special !== undefined) return special
  if (word.length <= 2) return word
  const stemmer = new Stemmer(word.replace(/^'/, ''))
  stemmer.plurals()
  if (!KEPT.has(stemmer.word)) {
    stemmer.participles()
    stemmer.lastY()
    stemmer.suffixes()
    stemmer.lastE()
  }
  return stemmer.word.replaceAll('Y', 'y')
}
