// Every error of the SQL part. `sql.x_y` is Trino's X_Y; the values `line` and `column` become its location.

import { AuditUnavailable } from '#kit/audit'
import { AccessDenied, AkkoError, defineError, NotAuthenticated } from '#kit/errors'
import { own } from '#kit/own'
import type { Position } from '#parts/sql/syntax/ast'
import { ERROR_CODES, type ErrorName } from '#wire/trino/error-codes'
import type { QueryError } from '#wire/trino/results'

const at = 'line {line}:{column}: '

export const BadSyntax = defineError('sql.syntax_error', 400, `${at}{text}`)
export const ColumnNotFound = defineError('sql.column_not_found', 400, `${at}Column '{name}' cannot be resolved`)
export const TableNotFound = defineError('sql.table_not_found', 404, `${at}Table '{name}' does not exist`)
export const SchemaNotFound = defineError('sql.schema_not_found', 404, `${at}Schema '{name}' does not exist`)
export const CatalogNotFound = defineError('sql.catalog_not_found', 404, `${at}Catalog '{name}' not found`)
export const FunctionNotFound = defineError('sql.function_not_found', 400, `${at}Function '{name}' not registered`)
export const FunctionNotServed = defineError('sql.not_supported', 400, `${at}function {name} is not served here yet`)
export const NotSupported = defineError('sql.not_supported', 400, `${at}{text}`)
export const TypeNotFound = defineError('sql.type_not_found', 400, `${at}Unknown type: {name}`)
export const TypeMismatch = defineError('sql.type_mismatch', 400, `${at}{text}`)
export const AmbiguousName = defineError('sql.ambiguous_name', 400, `${at}Column '{name}' is ambiguous`)
export const MissingCatalog = defineError('sql.missing_catalog_name', 400, `${at}Catalog must be specified when session catalog is not set`)
export const MissingSchema = defineError('sql.missing_schema_name', 400, `${at}Schema must be specified when session schema is not set`)
export const TableExists = defineError('sql.table_already_exists', 409, `${at}Table '{name}' already exists`)
export const SchemaExists = defineError('sql.schema_already_exists', 409, `${at}Schema '{name}' already exists`)
export const NotFound = defineError('sql.not_found', 404, '{text}')
export const BadHeader = defineError('sql.bad_header', 400, 'Invalid {header} header')
export const DivisionByZero = defineError('sql.division_by_zero', 400, 'Division by zero')
export const InvalidCast = defineError('sql.invalid_cast_argument', 400, '{text}')
export const InvalidArgument = defineError('sql.invalid_function_argument', 400, '{text}')
export const OutOfRange = defineError('sql.numeric_value_out_of_range', 400, '{text}')
export const SubqueryRows = defineError('sql.subquery_multiple_rows', 400, 'Scalar sub-query has returned multiple rows')
export const UserCanceled = defineError('sql.user_canceled', 409, 'Query was canceled')
export const AdministrativelyKilled = defineError('sql.administratively_killed', 409, 'Query killed. {why}')
export const AccountClosed = defineError(
  'sql.permission_denied',
  403,
  'Access Denied: the account of {user} is closed, which ended its queries',
)
export const RightsNarrowed = defineError(
  'sql.permission_denied',
  403,
  'Access Denied: the rights of {user} are narrower than when this query began, which ended it: run it again',
)
export const Abandoned = defineError('sql.abandoned_query', 408, 'Query {id} was abandoned by the client: no request for {seconds} s')
export const QueueFull = defineError('sql.query_queue_full', 503, 'Too many queued queries for "{group}"', {
  retryable: true,
  blame: 'caller-retry',
})
/** No resource group takes the query. */
export const QueryRejected = defineError('sql.query_rejected', 403, '{text}')
export const NotFetched = defineError(
  'sql.abandoned_query',
  408,
  'Query {id} was abandoned: its results were not fetched, and the room was needed',
)
export const TooManyQueries = defineError(
  'sql.query_queue_full',
  503,
  'Too many queries of {user}: {limit} wait, run or wait to be fetched',
  {
    retryable: true,
    blame: 'caller-retry',
  },
)
export const TextTooLarge = defineError(
  'sql.query_text_too_large',
  413,
  'Query text length exceeds the maximum length ({limit}); the request has {bytes} bytes',
)
export const PlanningTimeLimit = defineError(
  'sql.exceeded_time_limit',
  408,
  'Query exceeded the maximum planning time limit of {seconds} s',
)
export const TimeLimit = defineError('sql.exceeded_time_limit', 408, 'Query exceeded maximum time limit of {limit}')
export const ExecutionTimeLimit = defineError('sql.exceeded_time_limit', 408, 'Query exceeded the maximum execution time limit of {limit}')
export const CpuLimit = defineError('sql.exceeded_cpu_limit', 408, 'Exceeded CPU limit of {limit}')
export const ScanLimit = defineError('sql.exceeded_scan_limit', 400, 'Exceeded scan limit of {limit}')
export const MemoryLimit = defineError('sql.exceeded_global_memory_limit', 400, 'Query exceeded distributed user memory limit of {limit}')
/** The engine died or restarts. Trino's own clients and dbt treat NO_NODES_AVAILABLE as a fault of the cluster: run again. */
export const EngineGone = defineError('sql.no_nodes_available', 503, 'The SQL engine went away while the query ran: {text}', {
  retryable: true,
  blame: 'us',
  hint: 'the engine starts again by itself; run the query again',
})
export const ShuttingDown = defineError('sql.server_shutting_down', 503, 'The SQL front is shutting down', { retryable: true, blame: 'us' })
/** What stands for a fault of the engine whose text may hold a value. */
export const EngineFailed = defineError('sql.generic_internal_error', 500, 'the SQL engine failed inside: {text}')
export const OutOfMemory = defineError('sql.exceeded_local_memory_limit', 400, '{text}')

/** Any row of the table with a place and a free text, for names of errors that are thrown in one spot only. */
export function sqlError(name: ErrorName, pos: Position | undefined, text: string): AkkoError {
  const spec = defineError(`sql.${name.toLowerCase()}`, 400, pos ? `${at}{text}` : '{text}')
  return spec({ ...place(pos), text })
}

export function place(pos: Position | undefined): { line?: number; column?: number } {
  return pos ? { line: pos.line, column: pos.column } : {}
}

const BY_CODE: Readonly<Record<string, ErrorName>> = {
  'engine.lost': 'NO_NODES_AVAILABLE',
  'engine.busy': 'QUERY_QUEUE_FULL',
  'engine.exceeded_memory': 'EXCEEDED_LOCAL_MEMORY_LIMIT',
  'engine.cancelled': 'USER_CANCELED',
  [AccessDenied.spec.code]: 'PERMISSION_DENIED',
  'access.authoriser_silent': 'PERMISSION_DENIED',
  'access.identity_silent': 'GENERIC_INSUFFICIENT_RESOURCES',
  'access.owner_no_person': 'PERMISSION_DENIED',
  [NotAuthenticated.spec.code]: 'PERMISSION_DENIED',
  [AuditUnavailable.spec.code]: 'GENERIC_INSUFFICIENT_RESOURCES',
}

/** Trino's name for an error: by its code, else by who is to blame. */
export function errorNameOf(error: AkkoError): ErrorName {
  const known = own(BY_CODE, error.code)
  if (known) return known
  const name = error.code.slice(error.code.lastIndexOf('.') + 1).toUpperCase()
  if (Object.hasOwn(ERROR_CODES, name)) return name as ErrorName
  if (error.status === 409 && error.retryable) return 'TRANSACTION_CONFLICT'
  if (error.blame === 'caller' || error.blame === 'caller-retry') return 'GENERIC_USER_ERROR'
  return 'GENERIC_INTERNAL_ERROR'
}

export function toQueryError(error: AkkoError): QueryError {
  const errorName = errorNameOf(error)
  const { code, type } = ERROR_CODES[errorName]
  const { line, column } = error.values
  const location = typeof line === 'number' && typeof column === 'number' ? { lineNumber: line, columnNumber: column } : undefined
  const message = error.hint ? `${error.message} (${error.hint})` : error.message
  return {
    message,
    errorCode: code,
    errorName,
    errorType: type,
    ...(location ? { errorLocation: location } : {}),
    failureInfo: {
      type: `io.trino.spi.TrinoException`,
      message,
      suppressed: [],
      stack: [],
      ...(location ? { errorLocation: location } : {}),
    },
  }
}

export { AkkoError }
