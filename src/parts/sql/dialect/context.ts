// What an expression may refer to, and where it stands.

import type { AkkoError } from '#kit/errors'
import type { Analysis, Scope } from '#parts/sql/dialect/analysis'
import type { Typed } from '#parts/sql/dialect/types'
import { sqlError } from '#parts/sql/errors'
import type { Position, Window } from '#parts/sql/syntax/ast'
import { keyOf, literal, type Sql, sql } from '#wire/duckdb/sql'
import { CAUGHT, printRaised, printThrough } from '#wire/engine/raised'
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
  /** The number of parameters of the lambdas around, hidden ones too: what those of another are numbered from. */
  readonly parameters?: number
  /** The number of TRY around, where there are any: DuckDB's has to catch what Trino's does, and nothing else. */
  readonly safe?: number
  /** Inside TRY: a value that is computed outside of it, in its place inside. */
  readonly beside?: (value: Typed) => Typed
  readonly windows?: ReadonlyMap<string, Window>
  /** In ORDER BY: the select list by name. */
  readonly outputs?: ReadonlyMap<string, Typed>
}

/** Types to which any text casts well. */
const TEXTS: ReadonlySet<string> = new Set([keyOf(sql`VARCHAR`), keyOf(sql`BLOB`)])

/**
 * An error of the statement that is known only when it runs. `as` is the DuckDB type of the value that it stands for; `detail` is told instead
 * of the text where no policy hides a value.
 */
export function failure(ctx: Context, name: ErrorName, text: string, as: Sql, detail?: string): Sql {
  const raised = { name, text, ...(detail === undefined ? {} : { detail }) }
  // Of no type, it would make the engine hold what is around it for a null.
  if (!ctx.safe) return sql`CAST(error(${literal(printRaised(raised))}) AS ${as})`
  if (!CAUGHT.has(name)) return sql`CAST(json_deserialize_sql(${literal(printThrough(raised))}) AS ${as})`
  const message = literal(printRaised(raised))
  return TEXTS.has(keyOf(as)) ? sql`CAST(CAST(CAST(${message} AS INTEGER) AS VARCHAR) AS ${as})` : sql`CAST(${message} AS ${as})`
}

/** What stands for a value that is not served. */
export const unserved = (ctx: Context, text: string, as: Sql): Sql => failure(ctx, 'NOT_SUPPORTED', text, as)

export function mismatch(pos: Position, text: string): AkkoError {
  return sqlError('TYPE_MISMATCH', pos, text)
}
