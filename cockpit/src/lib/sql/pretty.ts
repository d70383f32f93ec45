// Lays a statement out: keywords in capitals, a line per clause. Changes white space and the case of keywords, nothing else.

import { RESERVED } from '#wire/trino/names'
import { own } from '~/lib/own'
import { KEYWORDS } from '~/lib/sql/complete'
import { type Token, tokenize } from '~/lib/sql/lexer'

const WORDS = new Set([...KEYWORDS, ...RESERVED].map((k) => k.toLowerCase()))
/** Begin a line of their own. */
const CLAUSE = new Set(
  'select from where group order having limit offset union except intersect with values insert create drop update set delete explain describe show use fetch'.split(
    ' ',
  ),
)
const JOIN = new Set(['join', 'left', 'right', 'full', 'inner', 'cross', 'natural'])
/** Go on after these without a line of their own: `LEFT JOIN`, `DELETE FROM`, `IS DISTINCT FROM`. */
const CONTINUES: Readonly<Record<string, readonly string[]>> = {
  from: ['delete', 'distinct', 'schemas', 'tables', 'columns'],
  join: ['left', 'right', 'full', 'inner', 'cross', 'natural', 'outer'],
  select: ['explain', 'as'],
  with: ['explain', 'as', 'time', 'timestamp'],
  values: ['explain'],
  set: ['update'],
  order: ['within'],
  insert: ['explain'],
  limit: [],
}

export function formatSql(sql: string): string {
  const tokens = tokenize(sql)
  let out = ''
  /** One entry per open parenthesis: the indentation when it holds a query, else undefined. */
  const stack: (number | undefined)[] = []
  let indent = 0
  let between = false
  let clause = ''
  const line = (extra = 0) => {
    out = `${out.trimEnd()}\n${'  '.repeat(indent + extra)}`
  }
  tokens.forEach((token, i) => {
    const before = tokens[i - 1]
    const lower = token.kind === 'word' ? token.text.toLowerCase() : ''
    const previous = before?.kind === 'word' ? before.text.toLowerCase() : ''
    const inCall = stack.length > 0 && stack.at(-1) === undefined
    const member = before?.text === '.'
    const keyword = lower !== '' && WORDS.has(lower) && !member && !(isCall(tokens, i) && !RESERVED.has(lower.toUpperCase()))
    if (out !== '') {
      if (token.text === ';') out = out.trimEnd()
      else if (before?.text === ';') out = `${out.trimEnd()}\n\n`
      else if (token.kind === 'comment' && sql.slice(before?.to, token.from).includes('\n')) line()
      else if (before?.kind === 'comment' && before.text.startsWith('--')) line()
      else if (keyword && !inCall && startsLine(lower, previous, between)) line(/^(and|or|on)$/.test(lower) ? 1 : 0)
      else if (before?.text === ',' && !inCall && clause === 'select') line(1)
      else if (spaced(before, token, keyword)) out += ' '
    }
    if (token.text === '(') {
      const query = /^(select|with)$/i.test(tokens[i + 1]?.text ?? '')
      stack.push(query ? indent : undefined)
      out += '('
      if (query) {
        indent++
        line()
      }
      return
    }
    if (token.text === ')') {
      const kept = stack.pop()
      if (kept !== undefined) {
        indent = kept
        line()
        out = out.replace(/ +$/, '  '.repeat(indent))
      }
      out += ')'
      return
    }
    if (keyword && !inCall && CLAUSE.has(lower)) clause = lower
    if (lower === 'between') between = true
    else if (lower === 'and') between = false
    if (token.text === ';') {
      indent = 0
      stack.length = 0
      clause = ''
    }
    out += keyword ? token.text.toUpperCase() : token.text
  })
  return out.trim() + (out.endsWith(';') ? '\n' : '')
}

function startsLine(word: string, previous: string, between: boolean): boolean {
  if (own(CONTINUES, word)?.includes(previous)) return false
  if (CLAUSE.has(word) || JOIN.has(word)) return true
  return (word === 'and' && !between) || word === 'or' || word === 'on'
}

function isCall(tokens: readonly Token[], i: number): boolean {
  return tokens[i + 1]?.text === '(' && tokens[i + 1]?.from === tokens[i]?.to
}

function spaced(before: Token | undefined, token: Token, keyword: boolean): boolean {
  if (!before) return false
  if (before.text === '(' || before.text === '.' || before.text === '[' || before.text === '@') return false
  if (token.text === ')' || token.text === ',' || token.text === '.' || token.text === ']') return false
  // Operators of two characters, calls, subscripts and type parameters stay as they were written.
  if (before.kind === 'symbol' && token.kind === 'symbol') return before.text === ',' || before.text === ')' || before.to !== token.from
  if (token.text === '(' || token.text === '[') return before.to !== token.from || keyword || before.text === ','
  if (before.kind === 'symbol' && before.text === '-' && token.kind === 'number') return before.to !== token.from
  return before.to !== token.from || before.text === ',' || before.text === '=' || token.text === '='
}
