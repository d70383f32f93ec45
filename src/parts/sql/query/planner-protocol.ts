// What goes between the SQL front and its planner thread: values that can be cloned.
import { AkkoError, toAkkoError } from '#kit/errors'
import type { Names, ResolvedTable, Session, TableScan } from '#parts/sql/dialect/analysis'
import { tablesBelow } from '#parts/sql/dialect/names'
import type { AnalysedQuery } from '#parts/sql/query/analyse'
import type { FoundTable, FoundTables } from '#parts/sql/query/resolve'
import type { Expression, Position, QualifiedName, Query, Statement } from '#parts/sql/syntax/ast'
import type { Flat } from '#wire/duckdb/sql'

export interface ParseRequest {
  readonly do: 'parse'
  readonly sql: string
}

export interface AnalyseRequest {
  readonly do: 'analyse'
  readonly sql: string
  readonly session: Session
  /** Those that could not be resolved are packed errors. */
  readonly tables: Names
  readonly parameters: readonly Expression[]
}

export type Request = ParseRequest | AnalyseRequest

export type FlatPlan =
  | (Omit<AnalysedQuery, 'sql' | 'scans'> & { readonly sql: Flat; readonly scans: readonly FlatScan[] })
  | { readonly missing: QualifiedName; readonly pos: Position }

/** `source` is the place in `tablesBelow` the request's names. */
export type FlatScan = Omit<TableScan, 'source'> & { readonly source: number }

export type AnswerTo<R extends Request> = R extends ParseRequest ? Statement : FlatPlan
export type Answer = { readonly result: Statement | FlatPlan } | { readonly error: PackedError }

export type PackedError = Pick<AkkoError, 'code' | 'status' | 'retryable' | 'blame' | 'message' | 'hint' | 'values'>

export function packError({ code, status, retryable, blame, message, hint, values }: AkkoError): PackedError {
  return { code, status, retryable, blame, message, hint, values: { ...values } }
}

/** The same error. Its texts are whole already: they are put in as values and not looked through again. */
export function unpackError({ code, status, retryable, blame, message, hint, values }: PackedError): AkkoError {
  const spec = { code, status, retryable, blame, message: '{message}', ...(hint === undefined ? {} : { hint: '{hint}' }) }
  return new AkkoError(spec, { ...values, message, ...(hint === undefined ? {} : { hint }) })
}

/** The same tables without what stays at the front: connectors, and errors in one piece. What is shared stays shared. */
export function portable(found: FoundTables): Names {
  const copies = new Map<FoundTable, ResolvedTable>()
  const copy = (table: FoundTable): ResolvedTable => {
    const known = copies.get(table)
    if (known) return known
    const { connector: _, metadata: __, view, ...rest } = table
    const made: ResolvedTable = view ? { ...rest, view: { ...view, tables: all(view.tables) } } : rest
    copies.set(table, made)
    return made
  }
  const all = (tables: FoundTables): Names =>
    new Map([...tables].map(([key, entry]) => [key, 'error' in entry ? { error: packError(toAkkoError(entry.error)) } : copy(entry)]))
  return all(found)
}

/** Errors as errors again, in the names of views; those of the statement itself are known at the front. */
export function unpackViews(names: Names): void {
  for (const table of tablesBelow(names))
    for (const entry of table.view?.tables.values() ?? [])
      if ('error' in entry && !(entry.error instanceof AkkoError))
        (entry as { error: unknown }).error = unpackError(entry.error as PackedError)
}

/** The query that a statement is planned for. */
export function queryIn(s: Statement): Query | undefined {
  if (s.k === 'explain') return queryIn(s.statement)
  return s.k === 'query' || s.k === 'createTableAs' || s.k === 'createView' || s.k === 'insert' || s.k === 'change' ? s.query : undefined
}

/** The statement with another query in the place of its own. */
export function withQuery(s: Statement, query: Query): Statement {
  if (s.k === 'explain') return { ...s, statement: withQuery(s.statement, query) }
  return s.k === 'query' || s.k === 'createTableAs' || s.k === 'createView' || s.k === 'insert' || s.k === 'change' ? { ...s, query } : s
}
