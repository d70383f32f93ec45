// A query made ready for the engine: analysed, authorised, its scans prepared, its SQL complete.
import { inSpan } from '#kit/telemetry'
import type { Session, TableScan } from '#parts/sql/dialect/analysis'
import type { Context } from '#parts/sql/dialect/context'
import { columnName } from '#parts/sql/dialect/names'
import { storedAs } from '#parts/sql/dialect/stored'
import { duckType, isUnknown } from '#parts/sql/dialect/types'
import { metadataTables } from '#parts/sql/metadata/tables'
import type { PreparedChange, PreparedScan, QueryContext } from '#parts/sql/ports'
import type { AnalysedQuery } from '#parts/sql/query/analyse'
import type { ExecutorDeps } from '#parts/sql/query/context'
import { sessionZone } from '#parts/sql/query/properties'
import type { Query } from '#parts/sql/query/query'
import { type Defaults, type FoundTable, resolveTables } from '#parts/sql/query/resolve'
import { renderRows } from '#parts/sql/rows'
import type { Expression, Query as QueryTree } from '#parts/sql/syntax/ast'
import { bind, identifier, join, type Sql, sql } from '#wire/duckdb/sql'
import { parseType, printHeldType, type TrinoType } from '#wire/trino/type'

/** Analyses without touching any data. */
export async function analyse(
  deps: ExecutorDeps,
  query: Query,
  tree: QueryTree,
  defaults: Defaults,
  parameters: readonly Expression[] = [],
  options: Pick<Session, 'forDisplay' | 'forDescription' | 'replaces'> = {},
): Promise<AnalysedQuery> {
  return inSpan('sql.plan', { 'sql.query_id': query.id }, async () => {
    const found = await resolveTables(deps, query.caller, deps.planner.names(tree, parameters), defaults, {
      now: query.created,
      timeZone: sessionZone(query.client),
    })
    const { catalog, schema } = defaults
    const timeZone = sessionZone(query.client)
    const session = { caller: query.caller, catalog, schema, timeZone, now: query.created, version: deps.version, ...options }
    return deps.planner.analyse(tree, session, found, parameters)
  })
}

/** Casts of values need the session's zone and no scope. */
const plainContext = (timeZone: string) => ({ analysis: { session: { timeZone } } }) as Context

/** Columns of a target: the same rows with these types, by position, under these names. */
export function castColumns(
  plan: AnalysedQuery,
  targets: readonly { readonly name: string; readonly type: TrinoType }[],
  timeZone: string,
): Sql {
  const ctx = plainContext(timeZone)
  const columns = plan.columns.map((column, i) => {
    const target = targets[i] as { name: string; type: TrinoType }
    const value = { sql: sql`t.${identifier(`c${i}`)}`, type: column.type }
    return sql`${storedAs(ctx, value, target.type, { line: 1, column: 1 })} AS ${identifier(target.name)}`
  })
  return sql`SELECT ${join(columns)} FROM (${plan.sql}) AS t`
}

export interface PreparedQuery {
  readonly sql: Sql
  readonly guarded: boolean
  readonly scans: readonly PreparedScan[]
}

/**
 * Asks all sources for their relations and puts these into the SQL. Closes what it opened when one refuses; of several refusals the first is
 * told. `changed` reads the table to be changed.
 */
export async function prepare(
  deps: ExecutorDeps,
  context: QueryContext,
  plan: Pick<AnalysedQuery, 'sql' | 'scans' | 'guarded'>,
  changed?: Pick<PreparedChange, 'scan'>,
): Promise<PreparedQuery> {
  const asked = await Promise.allSettled(plan.scans.map((scan) => relationOf(deps, context, scan, changed)))
  const sources = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const scans = sources.flatMap(({ prepared }) => (prepared ? [prepared] : []))
  const failed = asked.find((one) => one.status === 'rejected')
  if (failed) {
    await Promise.allSettled(scans.map((scan) => scan.close()))
    throw failed.reason
  }
  const relations = new Map<number, Sql>()
  const hoisted: Sql[] = []
  for (const { scan, relation } of sources) {
    if (scan.repeated) {
      const name = identifier(`scan${scan.id}`)
      hoisted.push(sql`${name} AS MATERIALIZED (SELECT * FROM ${relation} AS s)`)
      relations.set(scan.id, name)
    } else relations.set(scan.id, relation)
  }
  const body = bind(plan.sql, (id) => relations.get(id) as Sql)
  return { sql: hoisted.length > 0 ? sql`WITH ${join(hoisted)} SELECT * FROM (${body}) AS q` : body, scans, guarded: plan.guarded }
}

interface Source {
  readonly scan: TableScan
  readonly relation: Sql
  readonly prepared?: PreparedScan
}

async function relationOf(
  deps: ExecutorDeps,
  context: QueryContext,
  scan: TableScan,
  changed: Pick<PreparedChange, 'scan'> | undefined,
): Promise<Source> {
  const source = scan.source as FoundTable
  const all = [...source.columns, ...(source.hidden ?? []).filter((c) => scan.used.has(c.name))]
  const names = all.map((c) => c.name)
  const used = names.filter((name) => scan.used.has(name))
  const visible = new Set(source.visibleColumns ?? names)
  const columns = used.length > 0 ? used : names.filter((name) => visible.has(name)).slice(0, 1)
  let relation: Sql
  let prepared: PreparedScan | undefined
  if (source.metadata)
    relation = renderRows(
      source.metadata.columns,
      await source.metadata.rows({ ...deps, caller: context.caller, catalog: source.catalog, made: metadataTables }, scan.predicates),
    )
  else if (source.connector) {
    const { schema, table, reader, snapshot } = source
    const how = { ...(reader ? { reader } : {}), ...(snapshot === undefined ? {} : { snapshot }) }
    const request = { schema, table, columns, predicates: scan.predicates, ...how }
    prepared = await (scan.place && changed ? changed.scan(request, scan.place) : source.connector.scan(context, request))
    relation = prepared.relation
  } else throw new Error(`no source for ${source.table}`)
  const list = all.map((column) =>
    columns.includes(column.name)
      ? sql`${identifier(column.name)} AS ${columnName(column.name)}`
      : sql`CAST(NULL AS ${duckType(parseType(column.type))}) AS ${columnName(column.name)}`,
  )
  const place = scan.place ? [scan.place.file, scan.place.position].map(identifier) : []
  return { scan, relation: sql`(SELECT ${join([...list, ...place])} FROM ${relation} AS s)`, ...(prepared ? { prepared } : {}) }
}

export const columnTypes = (plan: AnalysedQuery): string[] =>
  plan.columns.map((c) => (isUnknown(c.type) ? 'unknown' : printHeldType(c.type)))
