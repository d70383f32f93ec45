// Errors that every connector shares.
import { defineError } from '#kit/errors'

export const TableNotFound = defineError('sql.table_not_found', 404, "Table '{table}' does not exist")
export const SchemaNotFound = defineError('sql.schema_not_found', 404, "Schema '{schema}' does not exist")
export const ColumnNotFound = defineError('sql.column_not_found', 400, "Column '{column}' does not exist in {table}")
/** The source broke while it was read: the query fails even if the engine saw an end. */
export const SourceFailed = defineError('sql.source_failed', 502, 'reading {table} failed: {text}', { blame: 'operator' })
export const NotSupported = defineError('sql.not_supported', 400, '{what} is not supported', { hint: '{hint}' })
export const TableExists = defineError('sql.table_already_exists', 409, "Table '{table}' already exists")
export const SchemaExists = defineError('sql.schema_already_exists', 409, "Schema '{schema}' already exists")
export const SchemaNotEmpty = defineError('sql.schema_not_empty', 409, "Schema '{schema}' is not empty", {
  hint: 'drop its tables first',
})
export const WriteConflict = defineError(
  'sql.transaction_conflict',
  409,
  '{table} was changed by others, {attempts} attempts to commit failed',
  {
    retryable: true,
    hint: 'nothing was written: run the statement again',
  },
)
export const MemoryLimit = defineError('sql.memory_limit_exceeded', 507, 'Memory limit [{limit}] for memory connector exceeded')
/** What a database answered to a change. */
export const DatabaseRefused = defineError('sql.jdbc_error', 400, '{text}')
export const CommitUnknown = defineError(
  'sql.jdbc_error',
  502,
  'the connection was lost while the change was committed: it is made, or it is not ({text})',
  { blame: 'operator', hint: 'look before you run the statement again' },
)
