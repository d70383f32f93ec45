// LIKE in time linear in the text. The engine's own tries every split at each `%` when there is a `_`, an escape or a pattern that is
// known at run time only; its regular expressions do not.

import { MANY, ONE, wildcard } from '#kit/wildcard'
import { type Context, failure } from '#parts/sql/dialect/context'
import { atRun } from '#parts/sql/dialect/tries'
import { type Typed, typed } from '#parts/sql/dialect/types'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Like, Position } from '#parts/sql/syntax/ast'
import { literal, nothing, type Sql, sql } from '#wire/duckdb/sql'
import * as t from '#wire/trino/type'

/** One element of a pattern: `%`, `_`, or a character that stands for itself. */
type Token = { readonly wild: '%' | '_' } | { readonly char: string }

const ESCAPES = "Escape character must be followed by '%', '_' or the escape character itself"

function tokensOf(pattern: string, mark: string | undefined): Token[] {
  const tokens: Token[] = []
  const chars = [...pattern]
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] as string
    if (char === mark) {
      const next = chars[++i]
      if (next !== '%' && next !== '_' && next !== mark) throw sqlError('INVALID_FUNCTION_ARGUMENT', undefined, ESCAPES)
      tokens.push({ char: next })
    } else tokens.push(char === '%' || char === '_' ? { wild: char } : { char })
  }
  return tokens
}

const regexOf = (tokens: readonly Token[]): string =>
  tokens.map((token) => ('char' in token ? token.char.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : token.wild === '%' ? '.*' : '.')).join('')

/** The texts that the LIKE of a SHOW statement names. */
export function matcherOf({ pattern, escape: mark }: Like): (text: string) => boolean {
  const tokens = tokensOf(pattern, mark === undefined ? undefined : markOf(mark))
  return wildcard(tokens.map((token) => ('char' in token ? token.char : token.wild === '%' ? MANY : ONE)))
}

/** `value LIKE pattern`, all of varchar; a null among them makes null. */
export function like(ctx: Context, value: Typed, pattern: Typed, escaped: Typed | undefined, negated: boolean, pos: Position): Typed {
  const given = [value, pattern, ...(escaped ? [escaped] : [])].map((one) => one.sql)
  return atRun(ctx, t.BOOLEAN, given, () => matched(ctx, value, pattern, escaped, negated, pos))
}

function matched(ctx: Context, value: Typed, pattern: Typed, escaped: Typed | undefined, negated: boolean, pos: Position): Typed {
  const not = negated ? sql`NOT ` : nothing
  const done = (test: Sql) => typed(test, t.BOOLEAN)
  const whole = (regex: Sql) => done(sql`(${not}regexp_full_match(${value.sql}, ${regex}, 's'))`)
  const escaping = escapeOf(escaped, pos)
  if (escaping === null) return done(sql`CAST(NULL AS BOOLEAN)`)
  if (typeof pattern.literal !== 'string') return whole(regexAtRun(ctx, pattern.sql, escaping))
  const tokens = tokensOf(pattern.literal, escaping)
  const plain = escaping === undefined && tokens.every((token) => !('wild' in token) || token.wild === '%')
  return plain ? done(sql`(${value.sql} ${not}LIKE ${pattern.sql})`) : whole(literal(regexOf(tokens)))
}

/** The escape character, undefined for none, null when it is NULL. */
function escapeOf(given: Typed | undefined, pos: Position): string | undefined | null {
  if (!given) return undefined
  if (given.literal === null) return null
  if (typeof given.literal !== 'string') throw NotSupported({ ...pos, text: 'LIKE is served with a literal escape character only' })
  return markOf(given.literal)
}

function markOf(given: string): string {
  if ([...given].length !== 1) throw sqlError('INVALID_FUNCTION_ARGUMENT', undefined, 'Escape string must be a single character')
  return given
}

/** The regular expression of a pattern that is a value of the query. */
function regexAtRun(ctx: Context, pattern: Sql, mark: string | undefined): Sql {
  const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', ESCAPES, sql`VARCHAR`)
  const each = sql`CASE WHEN k = '%' THEN '.*' WHEN k = '_' THEN '.' WHEN length(k) = 1 THEN regexp_escape(k)`
  const one =
    mark === undefined
      ? sql`${each} END`
      : sql`CASE WHEN k = ${literal(mark)} THEN ${bad} WHEN length(k) = 2 AND substr(k, 2) NOT IN ('%', '_', ${literal(mark)}) THEN ${bad} WHEN length(k) = 2 THEN regexp_escape(substr(k, 2)) ELSE ${each} END END`
  const quoted = mark === undefined ? undefined : `\\x{${(mark.codePointAt(0) as number).toString(16)}}`
  const pieces = literal(quoted === undefined ? '.' : `${quoted}.|.`)
  return sql`array_to_string(list_transform(regexp_extract_all(${pattern}, ${pieces}, 0, 's'), lambda k: ${one}), '')`
}
