// A view in FROM: its text analysed with its own names, checked against the columns that are kept of it, and shut off where it lends rights.
import type { Analysis, Field, QueryResult, ResolvedTable, ResolvedView } from '#parts/sql/dialect/analysis'
import { lookupIn } from '#parts/sql/dialect/names'
import { canCoerce, coerce } from '#parts/sql/dialect/types'
import { AkkoError, errorNameOf, sqlError } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { parseStatement } from '#parts/sql/syntax/statements'
import { identifier, join, nothing, type Sql, sql } from '#wire/duckdb/sql'
import { parseType, printType } from '#wire/trino/type'

export interface Rows {
  /** A relation of the engine, to be called `alias`. */
  readonly sql: Sql
  readonly alias: Sql
  readonly fields: readonly Field[]
  /** Further columns, that no statement can name. */
  readonly places?: readonly string[]
}

/** Characters of a view's text that count as one expression, before it is read. */
const CHARACTERS_PER_STEP = 10

/** The rows of a view; `barrier` ends a relation that nothing of the statement may be moved into. */
export function viewRows(source: ResolvedTable, view: ResolvedView, pos: Position, analysis: Analysis, barrier: Sql): Rows {
  const name = `${source.catalog}.${source.schema}.${source.table}`
  if (analysis.session.replaces === name) throw sqlError('VIEW_IS_RECURSIVE', pos, 'Statement would create a recursive view')
  const result = analysis.within(lookupIn(view.tables), () => {
    const before = analysis.lending
    if (view.lent) analysis.lending++
    try {
      return rowsOf(view, name, pos, analysis)
    } finally {
      analysis.lending = before
    }
  })
  const fault = staleness(source, result)
  if (fault) throw sqlError('VIEW_IS_STALE', pos, `View '${name}' is stale or in invalid state: ${fault}`)
  if (view.lent) analysis.lent = true
  const inner = analysis.fresh('r')
  const alias = analysis.fresh('r')
  const columns: Sql[] = []
  const qualifier = [source.catalog, source.schema, source.table] as const
  const fields = source.columns.map((column, i): Field => {
    const stored = result.fields[i] as QueryResult['fields'][number]
    const type = { ...parseType(column.type), ...(stored.type.zoned ? { zoned: true as const } : {}) }
    const at = identifier(`c${i}`)
    columns.push(sql`${coerce({ sql: sql`${inner}.${at}`, type: stored.type }, type).sql} AS ${at}`)
    return {
      name: column.name,
      qualifier,
      origin: qualifier,
      type,
      sql: sql`${alias}.${at}`,
      use: stored.use,
    }
  })
  return { sql: sql`(SELECT ${join(columns)} FROM (${result.sql}) AS ${inner}${view.lent ? barrier : nothing})`, alias, fields }
}

/** What is wrong inside of it is told of the view, but for what may pass, and for rights. */
function rowsOf(view: ResolvedView, name: string, pos: Position, analysis: Analysis): QueryResult {
  try {
    analysis.step(Math.ceil(view.sql.length / CHARACTERS_PER_STEP))
    const statement = parseStatement(view.sql)
    if (statement.k !== 'query') throw sqlError('INVALID_VIEW', undefined, 'its text is not a query')
    return analysis.subquery(statement.query, undefined)
  } catch (error) {
    if (!(error instanceof AkkoError) || error.retryable || errorNameOf(error) === 'PERMISSION_DENIED') throw error
    throw sqlError('INVALID_VIEW', pos, `Failed analyzing stored view '${name}': ${error.message}`)
  }
}

/** Why the query does not give the columns any more that are kept of the view; as Trino says it. */
function staleness({ columns }: ResolvedTable, { fields }: QueryResult): string | undefined {
  if (columns.length !== fields.length)
    return `stored view column count (${columns.length}) does not match column count derived from the view query analysis (${fields.length})`
  for (const [i, column] of columns.entries()) {
    const field = fields[i] as QueryResult['fields'][number]
    const type = printType(field.type)
    if (field.name === undefined) return `a column of type ${type} projected from query view at position ${i} has no name`
    const kept = `column [${column.name}] of type ${column.type} stored in view definition`
    const given = `column [${field.name}] of type ${type} projected from query view at position ${i}`
    if (column.name.toLowerCase() !== field.name.toLowerCase()) return `${given} has a different name from ${kept}`
    if (!canCoerce(field.type, parseType(column.type))) return `${given} cannot be coerced to ${kept}`
  }
  return undefined
}
