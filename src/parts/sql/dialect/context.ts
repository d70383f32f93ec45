// What an expression may refer to, and where it stands.

import type { AkkoError } from '#kit/errors'
import type { Analysis, Scope } from '#parts/sql/dialect/analysis'
import type { Typed } from '#parts/sql/dialect/types'
import { sqlError } from '#parts/sql/errors'
import type { Position, Window } from '#parts/sql/syntax/ast'
import { join, keyOf, literal, type Sql, sql } from '#wire/duckdb/sql'
import { printRaised } from '#wire/engine/raised'
import type { ErrorName } from '#wire/trino/error-codes'

export interface Context {
  readonly analysis: Analysis
  readonly scope: Scope
  /** Where aggregates are refused, the clause that refuses them: `WHERE clause`. */
  readonly noAggregates?: string
  readonly noWindows?: string
  /** A condition in which the engine may be given a query of ours. */
  readonly mayQuery?: true
  /** Where a clause that refuses aggregates begins, and the item of a grouped query: where Trino points to. */
  readonly at?: Position
  /** The place of the aggregate around. */
  readonly inAggregate?: Position
  /** In a grouped query, what may be used outside of aggregates, by its SQL. */
  readonly groups?: ReadonlyMap<string, Typed>
  /** Whether a group is more than a column, so that larger expressions have to be compared too. */
  readonly wideGroups?: boolean
  readonly lambdas?: ReadonlyMap<string, Typed>
  /** Inside TRY: failures must be such that DuckDB's TRY catches them; what is not served is collected, since it must not become null. */
  readonly safe?: Refusal[]
  readonly windows?: ReadonlyMap<string, Window>
  /** In ORDER BY: the select list by name. */
  readonly outputs?: ReadonlyMap<string, Typed>
}

/** When a value is refused by name, and the text of that. */
export interface Refusal {
  readonly when: Sql
  readonly text: string
}

/** Types to which any text casts well. */
const TEXTS: ReadonlySet<string> = new Set([keyOf(sql`VARCHAR`), keyOf(sql`BLOB`)])

/**
 * An error of the statement that is known only when it runs: `AKKO:NAME:text`. `as` is the DuckDB type of the value that it
 * stands for; inside TRY it must be an error that DuckDB's TRY catches, which is a failing cast.
 */
export function failure(ctx: Context, name: ErrorName, text: string, as: Sql): Sql {
  const message = literal(printRaised({ name, text }))
  if (!ctx.safe) return sql`error(${message})`
  return TEXTS.has(keyOf(as)) ? sql`CAST(CAST(CAST(${message} AS INTEGER) AS VARCHAR) AS ${as})` : sql`CAST(${message} AS ${as})`
}

/** What stands for a value that is not served `when`; used under that same condition. */
export function unserved(ctx: Context, when: Sql, text: string, as: Sql): Sql {
  ctx.safe?.push({ when, text })
  return failure(ctx, 'NOT_SUPPORTED', text, as)
}

/** `TRY(value)`, but for what is refused by name. */
export function tried(value: Sql, refusals: readonly Refusal[]): Sql {
  const [first] = refusals
  if (!first) return sql`TRY(${value})`
  const error = literal(printRaised({ name: 'NOT_SUPPORTED', text: first.text }))
  const whens = join(
    refusals.map(({ when }) => when),
    ' OR ',
  )
  return sql`CASE WHEN ${whens} THEN error(${error}) ELSE TRY(${value}) END`
}

export function mismatch(pos: Position, text: string): AkkoError {
  return sqlError('TYPE_MISMATCH', pos, text)
}
