// Regular expressions: what the engine's RE2 decides as Trino does is left to it; the rest is for functions of our own, which try within bounds.

import type { Given } from '#parts/sql/dialect/given'
import { atRun } from '#parts/sql/dialect/tries'
import { canCoerce, coerce, isText, type Typed, typed } from '#parts/sql/dialect/types'
import { sqlError } from '#parts/sql/errors'
import { integer, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

export interface PatternUse {
  /** Groups of a literal pattern. */
  readonly groups?: number
  /** RE2 may decide otherwise than Trino, or has no such form. */
  readonly ours: boolean
}

const FORMS = /\(\?(?:[=!>]|<)|[*+?}]\+|&&|\[[^\]]*\[(?!:)/
const ESCAPES = /[1-9bBkueZ]/

/** How a pattern is to be tried. Those that a statement does not tell may have any form. */
export function patternUse(pattern: Typed | undefined, name: string): PatternUse {
  if (typeof pattern?.literal !== 'string') return { ours: true }
  const shape = shapeOf(pattern.literal)
  const escapes = [...pattern.literal.matchAll(/\\(.)/gs)].map((match) => match[1] as string)
  const isForm = FORMS.test(pattern.literal.replace(/\\./gs, 'x')) || escapes.some((c) => ESCAPES.test(c))
  const isEmpty = shape?.empty === true && name !== 'regexp_extract' && name !== 'regexp_like'
  // What is malformed is told when it runs: RE2 would tell before.
  return { ours: !shape || isForm || isEmpty || shape.ends, ...(shape ? { groups: shape.groups } : {}) }
}

/** A call that RE2 does not decide as Trino does; undefined for those that it does, after a look at the group that they ask for. */
export function regexpCall({ args, name }: { readonly args: readonly Typed[]; readonly name: string }): Typed | undefined {
  const [text, pattern, ...others] = args
  if (!text || !pattern || !isText(text.type) || !isText(pattern.type)) return undefined
  const { ours: isForm, groups } = patternUse(pattern, name)
  const group = others[0]?.literal
  const ours = isForm || (others.length > 0 && typeof group !== 'bigint')
  if (/extract/.test(name) && groups !== undefined && typeof group === 'bigint' && (group < 0n || group > BigInt(groups)))
    throw sqlError('INVALID_FUNCTION_ARGUMENT', undefined, `Pattern has ${groups} groups. Cannot access group ${group}`)
  const made = OURS.get(name)
  if (!made || !ours || others.length > (/extract/.test(name) ? 1 : 0) || !others.every((n) => canCoerce(n.type, t.BIGINT)))
    return undefined
  const own = t.simple('varchar', ...text.type.numbers)
  return made(
    coerce(text, t.VARCHAR).sql,
    coerce(pattern, t.VARCHAR).sql,
    own,
    others.map((n) => coerce(n, t.BIGINT).sql),
  )
}

/** Of a group that the pattern may not have. */
export function regexpGroup(given: Given, result: (own: TrinoType) => TrinoType): Typed | undefined {
  const [text] = given.args
  return (
    text &&
    atRun(
      given.ctx,
      result(t.simple('varchar', ...text.type.numbers)),
      given.args.map((arg) => arg.sql),
      () => regexpCall(given),
    )
  )
}

type Made = (text: Sql, pattern: Sql, own: TrinoType, numbers: readonly Sql[]) => Typed

const OURS: ReadonlyMap<string, Made> = new Map<string, Made>([
  ['regexp_like', (x, p) => typed(sql`trino_regexp_like(${x}, ${p})`, t.BOOLEAN)],
  ['regexp_count', (x, p) => typed(sql`trino_regexp_count(${x}, ${p})`, t.BIGINT)],
  ['regexp_split', (x, p, own) => typed(sql`trino_regexp_split(${x}, ${p})`, t.arrayOf(own))],
  ['regexp_extract', (x, p, own, [group = integer(0)]) => typed(sql`trino_regexp_extract(${x}, ${p}, ${group})`, own)],
  ['regexp_extract_all', (x, p, own, [group = integer(0)]) => typed(sql`trino_regexp_extract_all(${x}, ${p}, ${group})`, t.arrayOf(own))],
  ['regexp_position', (x, p) => typed(sql`trino_regexp_position(${x}, ${p}, 1, 1)`, t.INTEGER)],
])

interface Shape {
  readonly groups: number
  /** It may match no character. */
  readonly empty: boolean
  /** It asks for the end, which for Trino is before a last line break too, and for RE2 is not. */
  readonly ends: boolean
}

/** What alternatives and sequences around a place are known to be. */
interface Level {
  /** One of the alternatives that are over may be empty. */
  alternative: boolean
  /** So may all of this one, but for its last part. */
  sequence: boolean
}

/** A class, a quoted part, an escape, the opening of a group, what repeats, or any other character. */
const PART =
  /\[\^?\]?(?:\\.|[^\]\\])*\]|\\Q.*?(?:\\E|$)|\\.|\((?:\?(?:P?<\w+>|[a-zA-Z-]*:|<?[=!]|[a-zA-Z-]+\)))?|(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?|./sy

/**
 * Read once from left to right, without being tried: a regular expression of the user's is for the engine's RE2 alone, since that of
 * this process tries every way to match. Undefined for what is malformed.
 */
function shapeOf(pattern: string): Shape | undefined {
  const levels: Level[] = [{ alternative: false, sequence: true }]
  let groups = 0
  let ends = false
  /** Whether the part before may be empty; undefined at the beginning of an alternative. */
  let last: boolean | undefined
  PART.lastIndex = 0
  for (let part = PART.exec(pattern)?.[0]; part !== undefined; part = PART.exec(pattern)?.[0]) {
    const level = levels.at(-1) as Level
    const end = () => {
      level.sequence &&= last ?? true
      last = undefined
    }
    if (part === '[') return undefined
    if (part.startsWith('(?') && part.endsWith(')')) continue // flags
    if (part.startsWith('(')) {
      end()
      if (part === '(' || /^\(\?P?<\w/.test(part)) groups++
      levels.push({ alternative: false, sequence: true })
    } else if (part === '|') {
      end()
      level.alternative ||= level.sequence
      level.sequence = true
    } else if (part === ')') {
      end()
      levels.pop()
      if (levels.length === 0) return undefined
      last = level.alternative || level.sequence
    } else if (/^(?:[*+?]|\{\d)/.test(part)) {
      if (last === undefined) return undefined
      if (/^(?:[*?]|\{0+[,}])/.test(part)) last = true
    } else {
      end()
      ends ||= part === '$'
      last = part === '^' || part === '$' || /^\\[AzZ]/.test(part)
    }
  }
  const [whole, ...open] = levels
  if (!whole || open.length > 0) return undefined
  return { groups, ends, empty: whole.alternative || (whole.sequence && (last ?? true)) }
}

/** Java's `$1` and `\$` as RE2's `\1` and `$`. */
export function javaReplacement(text: string): string {
  return text.replace(/\\(.)|\$(\d)|\$\{(\w+)\}/gs, (_, escaped: string | undefined, group: string | undefined) => {
    if (escaped !== undefined) return escaped === '\\' ? '\\\\' : escaped
    return `\\${group ?? '0'}`
  })
}
