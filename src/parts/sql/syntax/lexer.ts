// Splits Trino SQL into tokens with their positions (grammar SqlBase.g4, lexer rules). Never refuses: the parser does, at the place.
import type { Position } from '#parts/sql/syntax/ast'

export type TokenKind =
  | 'word'
  | 'quoted'
  | 'backquoted'
  | 'digits'
  | 'string'
  | 'unicode'
  | 'binary'
  | 'integer'
  | 'decimal'
  | 'double'
  | 'op'
  | 'unknown'
  | 'end'

export interface Token {
  readonly kind: TokenKind
  /** The meaning: text without its quotes, upper case of words, the operator itself. */
  readonly value: string
  /** As written. */
  readonly raw: string
  readonly pos: Position
  readonly start: number
  readonly end: number
}

const LINE_COMMENT = /--[^\r\n]*\r?\n?/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const OPERATOR = /<=|>=|<>|!=|\|\||->|=>|[<>=\-.]/y
const DIGITS = /[0-9][A-Za-z0-9_]+/y
const DOUBLE = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+/y
const DECIMAL = /[0-9](?:_?[0-9])*\.(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*/y
/** An integer of digits alone: nothing behind it can make it something else. */
const PLAIN = /[0-9]+(?![0-9A-Za-z_.])/y
const INTEGER = /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[0-9](?:_?[0-9])*/y

/** `0b` and 64 digits; what is longer fits no integer and stays as written. */
const LONGEST_BASED = 66

const QUOTES: ReadonlyMap<string, TokenKind> = new Map([
  ["'", 'string'],
  ['"', 'quoted'],
  ['`', 'backquoted'],
])
/** Operators that nothing can make longer. */
const SINGLE: ReadonlySet<string> = new Set('+*/%()[],;?:')

/** All tokens, the last of kind `end`. */
export const tokenize = (sql: string): Token[] => [...scan(sql)]

/**
 * The tokens as they are asked for: a parser that refuses early leaves the rest unread. What begins no token is one of kind `unknown`.
 * Every step looks at a character a bounded number of times.
 */
export function* scan(sql: string): Generator<Token, undefined> {
  let found: Token | undefined
  const lastClose = sql.lastIndexOf('*/')
  let line = 1
  /** What a column is counted from: the line's start, moved by one for each character that takes two units. */
  let origin = 0
  let at = 0
  const match = (pattern: RegExp): number => {
    pattern.lastIndex = at
    return pattern.test(sql) ? pattern.lastIndex : 0
  }
  const advance = (end: number) => {
    for (; at < end; at++) {
      const unit = sql.charCodeAt(at)
      if (unit === 10) {
        line++
        origin = at + 1
      } else if (unit >= 0xdc00 && unit <= 0xdfff) origin++
    }
  }
  const push = (kind: TokenKind, end: number, value?: string) => {
    const raw = sql.slice(at, end)
    found = { kind, value: value ?? raw, raw, pos: { line, column: at - origin + 1 }, start: at, end }
    advance(end)
  }
  const quoted = (kind: TokenKind, open: number): boolean => {
    const end = kind === 'binary' ? sql.indexOf("'", open + 1) : quoteEnd(sql, open)
    if (end < 0) return false
    const quote = sql[open] as string
    const text = sql.slice(open + 1, end)
    push(kind, end + 1, text.includes(quote) ? text.replaceAll(quote + quote, quote) : text)
    return true
  }
  const number = (): boolean => {
    const plain = match(PLAIN)
    if (plain > 0) {
      push('integer', plain)
      return true
    }
    const found: readonly (readonly [TokenKind, number])[] = [
      ['integer', match(INTEGER)],
      ['decimal', match(DECIMAL)],
      ['double', match(DOUBLE)],
      ['digits', match(DIGITS)],
    ]
    // The longest; of two as long, the first.
    const [kind, end] = found.reduce((best, next) => (next[1] > best[1] ? next : best))
    if (end === 0) return false
    if (kind === 'digits') push(kind, end)
    else {
      const plain = sql.slice(at, end).replaceAll('_', '')
      const fits = plain.length <= LONGEST_BASED && /^0[xob]/i.test(plain)
      push(kind, end, fits ? BigInt(plain.toLowerCase()).toString() : plain)
    }
    return true
  }
  const step = (): void => {
    const c = sql[at] as string
    if (isSpace(c)) {
      advance(at + 1)
      return
    }
    const comment = c === '-' ? match(LINE_COMMENT) : 0
    if (comment > 0) {
      advance(comment)
      return
    }
    if (c === '/' && sql[at + 1] === '*' && at + 2 <= lastClose) {
      advance(sql.indexOf('*/', at + 2) + 2)
      return
    }
    if (SINGLE.has(c)) {
      push('op', at + 1)
      return
    }
    const kind = QUOTES.get(c)
    if (kind !== undefined && quoted(kind, at)) return
    if ((c === 'u' || c === 'U') && sql[at + 1] === '&' && sql[at + 2] === "'" && quoted('unicode', at + 2)) return
    if ((c === 'x' || c === 'X') && sql[at + 1] === "'" && quoted('binary', at + 1)) return
    if (((c >= '0' && c <= '9') || c === '.') && number()) return
    const word = match(WORD)
    if (word > 0) {
      push('word', word, sql.slice(at, word).toUpperCase())
      return
    }
    const operator = match(OPERATOR)
    if (operator > 0) push('op', operator, sql.startsWith('!=', at) ? '<>' : undefined)
    else push('unknown', at + ((sql.codePointAt(at) as number) > 0xffff ? 2 : 1))
  }
  while (at < sql.length) {
    found = undefined
    step()
    if (found) yield found
  }
  yield { kind: 'end', value: '<EOF>', raw: '<EOF>', pos: { line, column: at - origin + 1 }, start: at, end: at }
}

const isSpace = (c: string): boolean => c === ' ' || c === '\n' || c === '\t' || c === '\r'

/** Where the quote that begins at `open` ends; a doubled one goes on. Of an odd row of quotes at the end of the text, the last is left over. */
function quoteEnd(sql: string, open: number): number {
  const quote = sql[open] as string
  let candidate = -1
  for (let i = sql.indexOf(quote, open + 1); i >= 0; i = sql.indexOf(quote, i + 2)) {
    candidate = i
    if (sql[i + 1] !== quote) return i
  }
  return candidate
}
