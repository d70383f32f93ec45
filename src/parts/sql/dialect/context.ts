// What an expression may refer to, and where it stands.
import type { AkkoError } from '#kit/errors'
import type { ErrorName } from '#wire/trino/error-codes'
import { sqlError } from '../errors.ts'
import type { Position, Window } from '../syntax/ast.ts'
import type { Analysis, Scope } from './analysis.ts'
import { quoteText, type Typed } from './types.ts'

export interface Context {
  readonly analysis: Analysis
  readonly scope: Scope
  /** Where aggregates are refused, the clause that refuses them: `WHERE clause`. */
  readonly noAggregates?: string
  readonly noWindows?: string
  /** Where a clause that refuses aggregates begins, and the item of a grouped query: where Trino points to. */
  readonly at?: Position
  /** The place of the aggregate around. */
  readonly inAggregate?: Position
  /** In a grouped query, what may be used outside of aggregates, by its SQL. */
  readonly groups?: ReadonlyMap<string, Typed>
  /** Whether a group is more than a column, so that larger expressions have to be compared too. */
  readonly wideGroups?: boolean
  readonly lambdas?: ReadonlyMap<string, Typed>
  /** Inside TRY: failures must be such that DuckDB's TRY catches them. */
  readonly safe?: boolean
  readonly windows?: ReadonlyMap<string, Window>
  /** In ORDER BY: the select list by name. */
  readonly outputs?: ReadonlyMap<string, Typed>
}

/**
 * An error of the statement that is known only when it runs: `AKKO:NAME:text`. `as` is the DuckDB type of the value that it
 * stands for; inside TRY it must be an error that DuckDB's TRY catches, which is a failing cast.
 */
export function failure(ctx: Context, name: ErrorName, text: string, as: string): string {
  const message = quoteText(`AKKO:${name}:${text}`)
  if (!ctx.safe) return `error(${message})`
  return as === 'VARCHAR' || as === 'BLOB' ? `CAST(CAST(CAST(${message} AS INTEGER) AS VARCHAR) AS ${as})` : `CAST(${message} AS ${as})`
}

export function mismatch(pos: Position, text: string): AkkoError {
  return sqlError('TYPE_MISMATCH', pos, text)
}
