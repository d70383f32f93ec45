// JSON as Trino reads and writes it: the token of a number is kept until it is written, keys may stand twice.

import { javaDouble } from '#wire/trino/java-numbers'

export type Json =
  | { readonly k: 'number' | 'word' | 'string'; readonly text: string }
  | { readonly k: 'array'; readonly items: readonly Json[] }
  | { readonly k: 'object'; readonly entries: readonly (readonly [key: string, value: Json])[] }

/** As deep as Trino reads. */
const DEEPEST = 1000
const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const STRING = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const WORD = /true|false|null/y

class NotJson extends Error {}

/** A text of JSON with one half of a character beyond U+FFFF alone: Trino keeps it, and no text of the engine can. */
export class HalfCharacter extends Error {}

export const HALF_CHARACTER = 'JSON with half of a character beyond U+FFFF is not served here'

/** Throws where a control character stands in it unescaped. */
function unquote(string: string): string {
  let text: string
  try {
    text = JSON.parse(string) as string
  } catch {
    throw new NotJson()
  }
  if (!text.isWellFormed()) throw new HalfCharacter()
  return text
}

class Reader {
  #at = 0
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }

  whole(): Json {
    const value = this.#value(0)
    if (this.#at < this.#text.length) throw new NotJson()
    return value
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#at
    const [found] = token.exec(this.#text) ?? []
    if (found !== undefined) this.#at += found.length
    return found
  }

  #accept(sign: string): boolean {
    this.#take(SPACE)
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    return true
  }

  #value(depth: number): Json {
    if (depth > DEEPEST) throw new NotJson()
    this.#take(SPACE)
    const value = this.#plain() ?? (this.#accept('[') ? this.#array(depth) : this.#accept('{') ? this.#object(depth) : undefined)
    if (!value) throw new NotJson()
    this.#take(SPACE)
    return value
  }

  #plain(): Json | undefined {
    const string = this.#take(STRING)
    if (string !== undefined) return { k: 'string', text: unquote(string) }
    const number = this.#take(NUMBER)
    if (number !== undefined) return { k: 'number', text: number }
    const word = this.#take(WORD)
    return word === undefined ? undefined : { k: 'word', text: word }
  }

  #array(depth: number): Json {
    const items: Json[] = []
    if (this.#accept(']')) return { k: 'array', items }
    do items.push(this.#value(depth + 1))
    while (this.#accept(','))
    if (!this.#accept(']')) throw new NotJson()
    return { k: 'array', items }
  }

  #object(depth: number): Json {
    const entries: (readonly [string, Json])[] = []
    if (this.#accept('}')) return { k: 'object', entries }
    do {
      this.#take(SPACE)
      const key = this.#take(STRING)
      if (key === undefined || !this.#accept(':')) throw new NotJson()
      entries.push([unquote(key), this.#value(depth + 1)])
    } while (this.#accept(','))
    if (!this.#accept('}')) throw new NotJson()
    return { k: 'object', entries }
  }
}

/** Undefined where the text is no JSON. Throws HalfCharacter. */
export function readJson(text: string): Json | undefined {
  try {
    return new Reader(text).whole()
  } catch (error) {
    if (error instanceof NotJson) return undefined
    throw error
  }
}

/** As Trino's parser keeps it: keys sorted, the last of doubles. Undefined where the text is no JSON. Throws HalfCharacter. */
export function canonicalJson(text: string): string | undefined {
  const value = readJson(text)
  return value && withoutPairs(writeJson(value, true))
}

/** Numbers that are not whole as Java writes doubles. */
export function writeJson(value: Json, sorted = false): string {
  switch (value.k) {
    case 'word':
      return value.text
    case 'string':
      return jsonString(value.text)
    case 'number':
      return /^-?\d+$/.test(value.text) ? value.text.replace(/^-0$/, '0') : jsonDouble(Number(value.text))
    case 'array':
      return `[${value.items.map((item) => writeJson(item, sorted)).join(',')}]`
    case 'object': {
      const entries = sorted ? [...new Map(value.entries)].sort(([a], [b]) => (a < b ? -1 : 1)) : value.entries
      return `{${entries.map(([key, inner]) => `${jsonString(key)}:${writeJson(inner, sorted)}`).join(',')}}`
    }
  }
}

/** JSON has no number for what is beyond a double: Java's library writes it as a text. */
const jsonDouble = (value: number): string => (Number.isFinite(value) ? javaDouble(value) : jsonString(javaDouble(value)))

/** As Java's library writes it: hexadecimal digits are capitals. */
export const jsonString = (text: string): string =>
  JSON.stringify(text).replace(/\\(u[0-9a-f]{4}|[^u])/g, (found) => (found[1] === 'u' ? `\\u${found.slice(2).toUpperCase()}` : found))

/** Both halves of a character beyond U+FFFF are escaped. */
export const withoutPairs = (json: string): string =>
  json.replace(/[\uD800-\uDFFF]/g, (half) => `\\u${half.charCodeAt(0).toString(16).toUpperCase()}`)

export const writtenString = (text: string): string => withoutPairs(jsonString(text))

/** A field (the first of its name) or a place in an array. */
export type Step = string | number

export function jsonAt(value: Json, path: readonly Step[]): Json | undefined {
  let at: Json | undefined = value
  for (const step of path) {
    if (at?.k === 'object') at = at.entries.find(([key]) => key === String(step))?.[1]
    else if (at?.k === 'array' && /^\d+$/.test(String(step))) at = at.items[Number(step)]
    else return undefined
  }
  return at
}

/** The text of a scalar, a number as it was written; nothing of the others and of null. */
export function jsonScalar(value: Json | undefined): string | undefined {
  if (value === undefined || value.k === 'array' || value.k === 'object') return undefined
  return value.k === 'word' && value.text === 'null' ? undefined : value.text
}
