// A query made ready for the engine: analysed, authorised, its scans prepared, its SQL complete.
import { parseType, printType, type TrinoType } from '#wire/trino/type'
import { Analysis, type TableScan } from '../dialect/analysis.ts'
import { cast } from '../dialect/casts.ts'
import type { Context } from '../dialect/context.ts'
import { query as analyseQuery } from '../dialect/query.ts'
import { duckType, isUnknown, quoteName } from '../dialect/types.ts'
import { renderRows } from '../metadata/source.ts'
import { metadataTables } from '../metadata/tables.ts'
import type { PreparedScan, QueryContext } from '../ports.ts'
import type { Expression, Query as QueryTree } from '../syntax/ast.ts'
import type { ExecutorDeps } from './context.ts'
import type { Query } from './query.ts'
import { type Defaults, type FoundTable, resolveTables } from './resolve.ts'

export interface AnalysedQuery {
  readonly columns: readonly { readonly name: string; readonly type: TrinoType }[]
  /** With marks where relations go. */
  readonly sql: string
  readonly scans: readonly TableScan[]
  /** Puts relations where the marks are. */
  readonly fill: (sql: string, relation: (scan: number) => string) => string
}

/** Analyses without touching any data. */
export async function analyse(
  deps: ExecutorDeps,
  query: Query,
  tree: QueryTree,
  defaults: Defaults,
  parameters: readonly Expression[] = [],
): Promise<AnalysedQuery> {
  const lookup = await resolveTables(deps, query.caller, [tree, parameters], defaults)
  const session = { caller: query.caller, catalog: defaults.catalog, schema: defaults.schema, now: query.created, version: deps.version }
  const analysis = new Analysis(session, lookup, parameters)
  const result = analyseQuery(tree, analysis, undefined)
  for (const field of result.fields) field.use()
  const columns = result.fields.map((field, i) => ({ name: field.name ?? `_col${i}`, type: field.type }))
  const present = new Set(analysis.marksIn(result.sql))
  return {
    columns,
    sql: result.sql,
    scans: analysis.scans.filter((scan) => present.has(scan.id)),
    fill: (sql, relation) => analysis.fillMarks(sql, relation),
  }
}

/** Casts of values need no scope. */
const PLAIN = {} as Context

/** Columns of a target: the same rows with these types, by position, under these names. */
export function castColumns(plan: AnalysedQuery, targets: readonly { readonly name: string; readonly type: TrinoType }[]): string {
  const columns = plan.columns.map((column, i) => {
    const target = targets[i] as { name: string; type: TrinoType }
    const value = { sql: `t.c${i}`, type: column.type }
    const stored = cast(PLAIN, value, target.type, { line: 1, column: 1 })
    return `CAST(${stored.sql} AS ${duckType(target.type)}) AS ${quoteName(target.name)}`
  })
  return `SELECT ${columns.join(', ')} FROM (${plan.sql}) AS t`
}

export interface PreparedQuery {
  readonly sql: string
  readonly scans: readonly PreparedScan[]
}

/** Asks each source for its relation and puts them into the SQL. Closes what it opened when one refuses. */
export async function prepare(
  deps: ExecutorDeps,
  context: QueryContext,
  plan: { readonly sql: string; readonly scans: readonly TableScan[]; readonly fill: AnalysedQuery['fill'] },
): Promise<PreparedQuery> {
  const opened: PreparedScan[] = []
  const relations = new Map<number, string>()
  const hoisted: string[] = []
  try {
    for (const scan of plan.scans) {
      const relation = await relationOf(deps, context, scan, opened)
      if (scan.repeated) {
        hoisted.push(`scan${scan.id} AS MATERIALIZED (SELECT * FROM ${relation} AS s)`)
        relations.set(scan.id, `scan${scan.id}`)
      } else relations.set(scan.id, relation)
    }
  } catch (error) {
    await Promise.allSettled(opened.map((scan) => scan.close()))
    throw error
  }
  const body = plan.fill(plan.sql, (id) => relations.get(id) as string)
  return { sql: hoisted.length > 0 ? `WITH ${hoisted.join(', ')} SELECT * FROM (${body}) AS q` : body, scans: opened }
}

async function relationOf(deps: ExecutorDeps, context: QueryContext, scan: TableScan, opened: PreparedScan[]): Promise<string> {
  const source = scan.source as FoundTable
  const names = source.columns.map((c) => c.name)
  const used = names.filter((name) => scan.used.has(name))
  const columns = used.length > 0 ? used : names.slice(0, 1)
  let relation: string
  if (source.metadata)
    relation = renderRows(
      source.metadata.columns,
      await source.metadata.rows({ ...deps, caller: context.caller, catalog: source.catalog, made: metadataTables }, scan.predicates),
    )
  else if (source.connector) {
    const prepared = await source.connector.scan(context, {
      schema: source.schema,
      table: source.table,
      columns,
      predicates: scan.predicates,
    })
    opened.push(prepared)
    relation = prepared.relation
  } else throw new Error(`no source for ${source.table}`)
  const list = source.columns.map((column) =>
    columns.includes(column.name)
      ? quoteName(column.name)
      : `CAST(NULL AS ${duckType(parseType(column.type))}) AS ${quoteName(column.name)}`,
  )
  return `(SELECT ${list.join(', ')} FROM ${relation} AS s)`
}

export const columnTypes = (plan: AnalysedQuery): string[] => plan.columns.map((c) => (isUnknown(c.type) ? 'unknown' : printType(c.type)))
