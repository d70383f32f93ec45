// Calls that Trino's parser itself has rules for, before any function is looked up.
import type { Call, Expression, Name } from '#parts/sql/syntax/ast'

export function call(name: Name, args: readonly Expression[]): Expression {
  return { k: 'call', pos: name.pos, name: [name], args, star: false, distinct: false, orderBy: [] }
}

const COUNTS: ReadonlyMap<string, readonly [least: number, most: number, text: string]> = new Map([
  ['if', [2, 3, "Invalid number of arguments for 'if' function"]],
  ['nullif', [2, 2, "Invalid number of arguments for 'nullif' function"]],
  ['coalesce', [2, Number.POSITIVE_INFINITY, "The 'coalesce' function must have at least two arguments"]],
  ['try', [1, 1, "The 'try' function must have exactly one argument"]],
  ['format', [2, Number.POSITIVE_INFINITY, "The 'format' function must have at least two arguments"]],
])

/** Whether it only looks like a function. */
export const isForm = ({ name }: Call): boolean => name.length === 1 && COUNTS.has((name[0] as Name).lower)

/** What is wrong with a call of a form that looks like a function (`if`, `nullif`, ..); undefined for all others. */
export function checkCall(e: Call): string | undefined {
  const name = e.name.length === 1 ? (e.name[0] as Name).lower : ''
  const rule = COUNTS.get(name)
  if (!rule) return undefined
  const [least, most, text] = rule
  if (e.args.length < least || e.args.length > most) return text
  if (e.over) return `OVER clause not valid for '${name}' function`
  if (e.distinct) return `DISTINCT not valid for '${name}' function`
  if (e.nulls) return `Null treatment clause not valid for '${name}' function`
  if (e.filter) return `FILTER not valid for '${name}' function`
  return undefined
}
