// Just enough of SQL's lexical grammar to find statements, names and the place of the cursor.

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'comment' | 'symbol'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly from: number
  readonly to: number
  /** False when the text ends inside it (an open string, quoted name or comment). */
  readonly closed: boolean
}

/** Every token but white space, in order. Never throws: an unfinished one runs to the end. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const push = (kind: TokenKind, to: number, closed = true) => {
    tokens.push({ kind, text: sql.slice(at, to), from: at, to, closed })
    at = to
  }
  while (at < sql.length) {
    const c = sql[at]!
    const two = sql.slice(at, at + 2)
    if (/\s/.test(c)) at++
    else if (two === '--') {
      const end = sql.indexOf('\n', at)
      push('comment', end < 0 ? sql.length : end)
    } else if (two === '/*') {
      const end = sql.indexOf('*/', at + 2)
      push('comment', end < 0 ? sql.length : end + 2, end >= 0)
    } else if (c === "'" || c === '"') {
      const end = endOfQuoted(sql, at, c)
      push(c === "'" ? 'string' : 'quoted', end ?? sql.length, end !== undefined)
    } else if (/[\p{L}_]/u.test(c)) push('word', at + matchLength(sql, at, /[\p{L}\p{N}_$]+/uy))
    else if (/\d/.test(c)) push('number', at + matchLength(sql, at, /\d+(\.\d+)?([eE][+-]?\d+)?/y))
    else push('symbol', at + 1)
  }
  return tokens
}

function matchLength(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 1
}

function endOfQuoted(sql: string, from: number, quote: string): number | undefined {
  for (let at = from + 1; at < sql.length; at++) {
    if (sql[at] !== quote) continue
    if (sql[at + 1] === quote) at++
    else return at + 1
  }
  return undefined
}

/** A name as the catalogue knows it: unquoted names fold to lower case. */
export function nameOf(token: Token): string {
  if (token.kind !== 'quoted') return token.text.toLowerCase()
  return token.text.slice(1, token.closed ? -1 : undefined).replaceAll('""', '"')
}
