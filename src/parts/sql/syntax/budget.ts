// What a statement may cost before it is understood: its length, its depth, its number of nodes. ADR-014.

import { sqlError } from '#parts/sql/errors'
import { eachChild, isLeaf, type Position } from '#parts/sql/syntax/ast'
import type { TrinoType } from '#wire/trino/type'

/** Characters; Trino's `query.max-length`. */
export const MAX_LENGTH = 1_000_000
/** Levels of the tree: below what the stacks of parser, analysis and engine carry. */
export const MAX_DEPTH = 250

/** Levels of a type: `array(array(bigint))` has three. The engine's work to show a value doubles with each level from about here on. */
export const MAX_TYPE_DEPTH = 12

/** Columns of an answer, and what a SELECT may list. */
export const MAX_COLUMNS = 10_000
/** Values that a prepared statement may be given. */
export const MAX_PARAMETERS = 20_000

export function assertLength(sql: string): void {
  if (sql.length > MAX_LENGTH)
    throw sqlError('QUERY_TEXT_TOO_LARGE', undefined, `Query text length (${sql.length}) exceeds the maximum length (${MAX_LENGTH})`)
}

export function tooDeep(pos: Position): Error {
  return sqlError('STACK_OVERFLOW', pos, `Statement is too large: it is nested more than ${MAX_DEPTH} levels deep`)
}

export function tooMany(pos: Position, most: number): Error {
  return sqlError('QUERY_EXCEEDED_COMPILER_LIMIT', pos, `Query exceeded maximum columns, properties and parameters: more than ${most}`)
}

const typeDepths = new WeakMap<TrinoType, number>()

/** Refuses a type of more than `MAX_TYPE_DEPTH` levels, however it came about. */
export function assertTypeDepth(type: TrinoType, pos: Position): void {
  if (depthOf(type) > MAX_TYPE_DEPTH)
    throw sqlError('NOT_SUPPORTED', pos, `A type of more than ${MAX_TYPE_DEPTH} levels is not supported: nest fewer arrays, maps and rows`)
}

function depthOf(type: TrinoType): number {
  if (type.children.length === 0) return 1
  const known = typeDepths.get(type)
  if (known !== undefined) return known
  const depth = 1 + type.children.reduce((most, child) => Math.max(most, depthOf(child)), 0)
  typeDepths.set(type, depth)
  return depth
}

/** Refuses a tree of more than `MAX_DEPTH` nodes on one way down. Keeps its own stack: a chain `1 + 1 + ..` is deep without any parenthesis. */
export function assertDepth(tree: object): void {
  let level: object[] = [tree]
  for (let depth = 0; level.length > 0; depth++) {
    const next: object[] = []
    for (const node of level) {
      if (depth > MAX_DEPTH && 'pos' in node) throw tooDeep(node.pos as Position)
      eachChild(node, (child) => collect(child, next, depth < MAX_DEPTH))
    }
    level = next
  }
}

/** Without the leaves where they cannot be too deep. */
function collect(value: object, into: object[], skipLeaves: boolean): void {
  if (Array.isArray(value)) {
    for (const item of value) if (item !== null && typeof item === 'object') collect(item, into, skipLeaves)
  } else if (!skipLeaves || !isLeaf(value)) into.push(value)
}
