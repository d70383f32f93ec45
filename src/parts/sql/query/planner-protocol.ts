// What goes between the SQL front and its planner thread: values that can be cloned.
import { AkkoError } from '#kit/errors'
import type { ResolvedTable, Session, TableScan } from '#parts/sql/dialect/analysis'
import type { AnalysedQuery } from '#parts/sql/query/analyse'
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
  /** By key of the name; undefined where the name could not be resolved. */
  readonly tables: readonly (readonly [key: string, table: ResolvedTable | undefined])[]
  readonly parameters: readonly Expression[]
}

export type Request = ParseRequest | AnalyseRequest

export type FlatPlan =
  | (Omit<AnalysedQuery, 'sql' | 'scans'> & { readonly sql: Flat; readonly scans: readonly FlatScan[] })
  | { readonly missing: QualifiedName; readonly pos: Position }

export type FlatScan = Omit<TableScan, 'source'> & { readonly key: string }

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

/** The query that a statement is planned for. */
export function queryIn(s: Statement): Query | undefined {
  if (s.k === 'explain') return queryIn(s.statement)
  return s.k === 'query' || s.k === 'createTableAs' || s.k === 'insert' || s.k === 'change' ? s.query : undefined
}

/** The statement with another query in the place of its own. */
export function withQuery(s: Statement, query: Query): Statement {
  if (s.k === 'explain') return { ...s, statement: withQuery(s.statement, query) }
  return s.k === 'query' || s.k === 'createTableAs' || s.k === 'insert' || s.k === 'change' ? { ...s, query } : s
}
