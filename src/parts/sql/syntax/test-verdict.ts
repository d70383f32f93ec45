// Our parser's verdict on a statement beside that of Trino's own.
import type { AkkoError } from '#kit/errors'
import { errorNameOf } from '#parts/sql/errors'
import { tokenize } from '#parts/sql/syntax/lexer'
import { parseStatement } from '#parts/sql/syntax/statements'

export interface Judged {
  readonly sql: string
  /** Of Trino's error; undefined where it takes the statement. */
  readonly line?: number
  readonly column?: number
  readonly message?: string
}

export interface Ours {
  readonly name: 'taken' | string
  readonly line?: number
  readonly column?: number
  readonly message?: string
}

export function parse(sql: string): Ours {
  try {
    return { name: parseStatement(sql).k === 'unsupported' ? 'NOT_SUPPORTED' : 'taken' }
  } catch (error) {
    const { values, message } = error as AkkoError
    return { name: errorNameOf(error as AkkoError), line: values.line as number, column: values.column as number, message }
  }
}

/** What begins a part of a statement that Trino looks through as a whole before it takes it; where that fails, it blames the beginning. */
const LOOKED_THROUGH: ReadonlySet<string> = new Set([
  '.',
  '(',
  'IN',
  'NOT',
  'OVER',
  'ALL',
  'ANY',
  'SOME',
  'WITH',
  'WITHOUT',
  'TO',
  'FILTER',
])

/** Whose body reaches as far as it can, where Trino tries where else it might end. */
const LAMBDA_OPERAND = /\b(?:BETWEEN|POSITION)\b.*->/is
/** For the page of differences. */
export const LAMBDA_DIFFERENCE =
  'A lambda that is an operand of BETWEEN or position() reaches as far as it can; Trino tries where else it might end. Such a statement may be a SYNTAX_ERROR where Trino takes it, or have it at another place. It is never taken where Trino refuses it.'

export type Verdict = 'same' | 'not supported' | 'unread' | 'place near' | 'lambda' | 'differs'

export function compare(theirs: Judged, ours: Ours): Verdict {
  const found = side(theirs, ours)
  return found === 'differs' && ours.name === 'SYNTAX_ERROR' && LAMBDA_OPERAND.test(theirs.sql) ? 'lambda' : found
}

function side(theirs: Judged, ours: Ours): Verdict {
  if (ours.name === 'NOT_SUPPORTED') return theirs.line === undefined ? 'not supported' : 'unread'
  // A final semicolon is taken here, as Trino's own client takes it away.
  if (/;$/.test(theirs.sql) && ours.name === 'taken') return 'same'
  if (theirs.line === undefined) return ours.name === 'taken' ? 'same' : 'differs'
  if (ours.name !== 'SYNTAX_ERROR') return 'differs'
  if (theirs.line === ours.line && theirs.column === ours.column) return 'same'
  // Of several texts that fit the grammar and mean nothing, each may be the one that is named.
  if (![theirs.message, ours.message].some((text) => /mismatched input/.test(text ?? ''))) return 'place near'
  const tokens = tokenize(theirs.sql)
  const indexOf = (place: { line?: number; column?: number }) =>
    tokens.findIndex((token) => token.pos.line === place.line && token.pos.column === place.column)
  const [their, our] = [indexOf(theirs), indexOf(ours)]
  if (their < 0 || our < 0) return 'differs'
  const mode = /^(?:RUNNING|FINAL)$/.test(tokens[their - 1]?.value ?? '')
  if (their < our) return mode || LOOKED_THROUGH.has(tokens[their]?.value ?? '') ? 'place near' : 'differs'
  // A name that can be none is refused by both; Trino may see more of the statement first.
  return their === our + 1 || /identifiers/.test(ours.message ?? '') ? 'place near' : 'differs'
}
