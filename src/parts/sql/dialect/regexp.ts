// Regular expressions: what the engine's RE2 decides as Java does, and the refusal of the rest.

import type { Typed } from '#parts/sql/dialect/types'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'

/**
 * The number of groups of a literal pattern. What RE2 decides otherwise than Java is refused: where it may match nothing, and at
 * the borders of words.
 */
export function regularExpression(pattern: Typed | undefined, name: string, pos: Position): number | undefined {
  if (typeof pattern?.literal !== 'string') return undefined
  const refused = (what: string) => NotSupported({ ...pos, text: `${name} with ${what} is not served here yet` })
  if (/\\[bB]/.test(pattern.literal)) throw refused('the border of a word in its pattern')
  const shape = shapeOf(pattern.literal)
  if (shape?.empty && name !== 'regexp_extract') throw refused('a pattern that may match no character')
  return shape?.groups
}

interface Shape {
  readonly groups: number
  /** It may match no character. */
  readonly empty: boolean
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
  /** Whether the part before may be empty; undefined at the beginning of an alternative. */
  let last: boolean | undefined
  PART.lastIndex = 0
  for (let part = PART.exec(pattern)?.[0]; part !== undefined; part = PART.exec(pattern)?.[0]) {
    const level = levels.at(-1) as Level
    const end = () => {
      level.sequence &&= last ?? true
      last = undefined
    }
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
      last = part === '^' || part === '$' || /^\\[AzZ]/.test(part)
    }
  }
  const [whole, ...open] = levels
  if (!whole || open.length > 0) return undefined
  return { groups, empty: whole.alternative || (whole.sequence && (last ?? true)) }
}

/** Refuses a group that a literal pattern has not. */
export function regexpGroups({
  args,
  name,
  pos,
}: {
  readonly args: readonly Typed[]
  readonly name: string
  readonly pos: Position
}): undefined {
  const groups = regularExpression(args[1], name, pos)
  const group = args[2]?.literal
  if (groups === undefined || typeof group !== 'bigint') return
  if (group < 0n || group > BigInt(groups))
    throw sqlError('INVALID_FUNCTION_ARGUMENT', undefined, `Pattern has ${groups} groups. Cannot access group ${group}`)
}

/** Java's `$1` and `\$` as RE2's `\1` and `$`. */
export function javaReplacement(text: string): string {
  return text.replace(/\\(.)|\$(\d)|\$\{(\w+)\}/gs, (_, escaped: string | undefined, group: string | undefined) => {
    if (escaped !== undefined) return escaped === '\\' ? '\\\\' : escaped
    return `\\${group ?? '0'}`
  })
}
