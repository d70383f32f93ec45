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
  let groups: number
  let empty: boolean
  try {
    const plain = pattern.literal.replace(/^\(\?[a-z]+\)/, '')
    groups = (new RegExp(`${plain}|`).exec('')?.length ?? 1) - 1
    empty = new RegExp(plain).test('')
  } catch {
    return undefined
  }
  if (empty && name !== 'regexp_extract') throw refused('a pattern that may match no character')
  return groups
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
