// Statements of an editor's text: where each begins and ends, and where a server's error lies in it.
import { tokenize } from '~/lib/sql/lexer'

export interface Statement {
  /** Without the final semicolon and the white space around. */
  readonly text: string
  readonly from: number
  readonly to: number
}

/** The statements of a text, in order; empty ones and those of comments alone are left out. */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = []
  let first: number | undefined
  let last = 0
  let real = false
  const end = () => {
    if (first !== undefined && real) statements.push({ text: sql.slice(first, last), from: first, to: last })
    first = undefined
    real = false
  }
  for (const token of tokenize(sql)) {
    if (token.kind === 'symbol' && token.text === ';') {
      end()
      continue
    }
    if (token.kind === 'comment' && !real) continue
    first ??= token.from
    last = token.to
    real ||= token.kind !== 'comment'
  }
  end()
  return statements
}

/** The statement at a position: the one that holds it, else the nearest before it, else the first. */
export function statementAt(statements: readonly Statement[], position: number): Statement | undefined {
  return statements.findLast((s) => s.from <= position) ?? statements[0]
}

/** Offset of a one-based line and column of `text`, kept inside it. */
export function offsetAt(text: string, line: number, column: number): number {
  let at = 0
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', at)
    if (next < 0) return text.length
    at = next + 1
  }
  return Math.min(at + Math.max(0, column - 1), text.length)
}

/** What to underline for an error at `offset`: the token there, else one character. */
export function errorSpan(text: string, offset: number): { from: number; to: number } {
  const token = tokenize(text).find((t) => t.from <= offset && offset < t.to)
  if (token) return { from: token.from, to: token.to }
  const from = Math.max(0, Math.min(offset, text.length - 1))
  return { from, to: Math.min(text.length, from + 1) }
}

/** A short name of a statement, for tabs and lists: one line, without comments. */
export function summarize(sql: string, length = 80): string {
  const line = tokenize(sql)
    .filter((t) => t.kind !== 'comment')
    .reduce((text, t, i, all) => text + (i > 0 && sql.slice(all[i - 1]!.to, t.from) !== '' ? ' ' : '') + t.text, '')
  const flat = line.replace(/\s+/g, ' ')
  return flat.length > length ? `${flat.slice(0, length - 1)}…` : flat
}
