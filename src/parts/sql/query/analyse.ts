// The analysis of a query whose tables are known: what it answers, the engine's SQL for it, what it reads. Pure, so that it may run in any thread.

import { isRestricted } from '#kit/access'
import { Analysis, type Lookup, type OutputField, originOf, type Session, type TableScan } from '#parts/sql/dialect/analysis'
import { query as analyseQuery } from '#parts/sql/dialect/query'
import { sqlError } from '#parts/sql/errors'
import type { Expression, Query as QueryTree } from '#parts/sql/syntax/ast'
import { assertTypeDepth, MAX_COLUMNS } from '#parts/sql/syntax/budget'
import { holesOf, type Sql, StatementTooLong } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'

export interface AnalysedQuery {
  readonly columns: readonly (Pick<OutputField, 'type' | 'origin' | 'aliased'> & { readonly name: string })[]
  /** With a hole for the relation of each scan. */
  readonly sql: Sql
  readonly scans: readonly TableScan[]
  /** A row filter, a mask or a view of another's hides something of it: texts of the engine may tell what. */
  readonly guarded: boolean
  /** The types that the places of parameters without a value ask for, by index. */
  readonly asked: ReadonlyMap<number, TrinoType>
}

/** What a statement may become, without the relations of its sources: nested expressions can multiply. */
export const MAX_PLANNED = 4 * 1024 * 1024

/** Analyses without touching any data; `steps` is how many expressions it may look at, where that is limited. */
export function analyseTree(
  tree: QueryTree,
  session: Session,
  lookup: Lookup,
  parameters: readonly Expression[],
  steps?: number,
): AnalysedQuery {
  const analysis = new Analysis(session, lookup, parameters, steps)
  const result = analyseQuery(tree, analysis, undefined)
  if (result.fields.length > MAX_COLUMNS)
    throw sqlError('QUERY_EXCEEDED_COMPILER_LIMIT', tree.pos, `Query exceeded maximum columns: ${result.fields.length} of ${MAX_COLUMNS}`)
  for (const field of result.fields) {
    assertTypeDepth(field.type, tree.pos)
    field.use()
  }
  analysis.assertSelectable()
  const columns = result.fields.map((field, i) => ({
    name: field.name ?? `_col${i}`,
    type: field.type,
    ...originOf(field),
    ...(field.aliased ? { aliased: field.aliased } : {}),
  }))
  if (result.sql.length > MAX_PLANNED) throw StatementTooLong({ length: result.sql.length, limit: MAX_PLANNED })
  const present = holesOf(result.sql)
  const scans = analysis.scans.filter((scan) => present.has(scan.id))
  return {
    columns,
    sql: result.sql,
    scans,
    asked: analysis.asked,
    guarded: analysis.lent || scans.some(({ source }) => isRestricted(source)),
  }
}
