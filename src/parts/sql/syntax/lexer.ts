// Splits Trino SQL into tokens with their positions (grammar SqlBase.g4, lexer rules).
import { BadSyntax } from '../errors.ts'
import type { Position } from './ast.ts'

export type TokenKind = 'word' | 'quoted' | 'string' | 'binary' | 'integer' | 'decimal' | 'double' | 'op' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** The meaning: unescaped text of strings and quoted names, upper case of words, the operator itself. */
  readonly value: string
  /** As written. */
  readonly raw: string
  readonly pos: Position
  readonly start: number
  readonly end: number
}

const OPERATORS = [
  '<=',
  '>=',
  '<>',
  '!=',
  '||',
  '->',
  '=>',
  '<',
  '>',
  '=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
  ';',
  '?',
  ':',
]
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.(?:\d[\d_]*)?)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y

/** All tokens, the last of kind `end`. Throws BadSyntax with the place. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  let line = 1
  let lineStart = 0
  const push = (kind: TokenKind, value: string, end: number) => {
    tokens.push({ kind, value, raw: sql.slice(at, end), pos: { line, column: at - lineStart + 1 }, start: at, end })
    advance(end)
  }
  const advance = (end: number) => {
    for (let i = at; i < end; i++) {
      if (sql.charCodeAt(i) === 10) {
        line++
        lineStart = i + 1
      }
    }
    at = end
  }
  while (at < sql.length) {
    const c = sql[at] as string
    if (/\s/.test(c)) {
      advance(at + 1)
      continue
    }
    if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at)
      advance(end < 0 ? sql.length : end)
      continue
    }
    if (sql.startsWith('/*', at)) {
      const end = sql.indexOf('*/', at + 2)
      if (end < 0) throw BadSyntax({ line, column: at - lineStart + 2, text: `mismatched input '*'` })
      advance(end + 2)
      continue
    }
    const prefix = /^(?:[uU]&|[xX])'/.exec(sql.slice(at, at + 3))
    if (c === "'" || prefix) {
      const open = at + (prefix ? prefix[0].length - 1 : 0)
      const end = quoteEnd(sql, open)
      if (end < 0) throw BadSyntax({ line, column: at - lineStart + 1, text: `mismatched input '${sql.slice(at, at + 20)}'` })
      const text = sql.slice(open + 1, end).replaceAll("''", "'")
      if (!prefix) push('string', text, end + 1)
      else if (prefix[0].length === 2) {
        const digits = text.replaceAll(/\s/g, '')
        if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits))
          throw BadSyntax({
            line,
            column: at - lineStart + 1,
            text: 'Binary literal must contain an even number of digits, all hexadecimal',
          })
        push('binary', digits, end + 1)
      } else push('string', unicode(text), end + 1)
      continue
    }
    if (c === '"') {
      const end = quoteEnd(sql, at)
      if (end < 0) throw BadSyntax({ line, column: at - lineStart + 1, text: `mismatched input '${sql.slice(at, at + 20)}'` })
      push('quoted', sql.slice(at + 1, end).replaceAll('""', '"'), end + 1)
      continue
    }
    WORD.lastIndex = at
    const word = WORD.exec(sql)
    if (word) {
      push('word', word[0].toUpperCase(), at + word[0].length)
      continue
    }
    NUMBER.lastIndex = at
    const number = /[\d.]/.test(c) ? NUMBER.exec(sql) : null
    if (number) {
      const text = number[0].replaceAll('_', '')
      const based = /^0[xob]/i.test(text)
      const kind = based ? 'integer' : /e/i.test(text) ? 'double' : text.includes('.') ? 'decimal' : 'integer'
      push(kind, based ? BigInt(text.toLowerCase()).toString() : text, at + number[0].length)
      continue
    }
    const op = OPERATORS.find((o) => sql.startsWith(o, at))
    if (!op) throw BadSyntax({ line, column: at - lineStart + 1, text: `mismatched input '${c}'` })
    push('op', op === '!=' ? '<>' : op, at + op.length)
  }
  tokens.push({ kind: 'end', value: '<EOF>', raw: '<EOF>', pos: { line, column: at - lineStart + 1 }, start: at, end: at })
  return tokens
}

function quoteEnd(sql: string, open: number): number {
  const quote = sql[open] as string
  for (let i = open + 1; i < sql.length; i++) {
    if (sql[i] !== quote) continue
    if (sql[i + 1] === quote) i++
    else return i
  }
  return -1
}

function unicode(text: string): string {
  return text.replace(/\\(\\|\+[0-9a-fA-F]{6}|[0-9a-fA-F]{4})/g, (_, code: string) =>
    code === '\\' ? '\\' : String.fromCodePoint(Number.parseInt(code.replace('+', ''), 16)),
  )
}
