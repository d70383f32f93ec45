// A null of no type gets the one that the chosen overload asks for; where several would do, Trino asks for a cast, and so does this.

import { chosenOverload, type Given, isNullOf, isOfText, type Overload } from '#parts/sql/dialect/functions/overloads'
import type { Argument } from '#parts/sql/dialect/functions/signature'
import { coerce, isUnknown, type Typed } from '#parts/sql/dialect/types'
import { sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

const holdsUnknown = (type: TrinoType): boolean => isUnknown(type) || type.children.some(holdsUnknown)

/** The arguments as the overload takes them that Trino chooses; `refuse` is for those that none takes. */
export function withTypedNulls<A extends Argument>(
  overloads: readonly Overload[],
  args: readonly A[],
  pos: Position,
  refuse: () => Error,
): readonly A[] {
  if (!args.some((arg) => !('lambda' in arg) && holdsUnknown(arg.type))) return args
  const chosen = chosenOverload(
    overloads,
    args.map((arg): Given => ('lambda' in arg ? 'function' : arg.type)),
  )
  if (chosen === 'none') throw refuse()
  if (chosen === 'ambiguous')
    throw sqlError('AMBIGUOUS_FUNCTION_CALL', pos, 'Could not choose a best candidate operator. Explicit type casts must be added.')
  return args.map((arg, i) => {
    const type = chosen.types[i] as Given
    return 'lambda' in arg || type === 'function' || !holdsUnknown(arg.type) ? arg : (coerce(arg as Typed, held(type)) as A)
  })
}

/** The null that a call is whatever the function does, if its type is known: it is not while a lambda may have part in it. */
export function nullCall(overloads: readonly Overload[], args: readonly Argument[]): Typed | undefined {
  if (args.some((arg) => 'lambda' in arg) || !args.some((arg) => 'type' in arg && isUnknown(arg.type))) return undefined
  const given = args.map((arg): Given => ('lambda' in arg ? 'function' : arg.type))
  const chosen = chosenOverload(overloads, given)
  if (typeof chosen === 'string' || !isNullOf(chosen, given) || UNBOUND.test(chosen.result)) return undefined
  return coerce({ sql: sql`NULL`, type: t.UNKNOWN, literal: null }, t.parseType(chosen.result))
}

/** A length or digits that follow from those of the arguments by a rule of the function. */
const UNBOUND = /\b(decimal|varchar|char)\([^)]*[a-z]/

const held = (type: TrinoType): TrinoType => (isOfText(type) ? t.VARCHAR : type)
