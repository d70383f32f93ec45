// What may be wrong with a change of a table, as the pure codecs find it.
import { defineError } from '#kit/errors'

/** The change contradicts the metadata or the format; sending it again cannot help. */
export const BadUpdate = defineError('catalog.bad_request', 400, '{reason}')

/** A metadata file is not what the format says; Trino's ICEBERG_INVALID_METADATA. */
export const InvalidMetadata = defineError('catalog.iceberg_invalid_metadata', 422, 'the table metadata is not valid: {reason}', {
  hint: 'nothing was read from it; write it again with a tool that keeps to the format',
})

/** A manifest or manifest list is not what the format says, or names files that are not the table's; Trino's ICEBERG_BAD_DATA. */
export const BadData = defineError('catalog.iceberg_bad_data', 422, 'the files of the table are not valid: {reason}', {
  hint: 'nothing was read; go back to a snapshot whose manifests are whole',
})

/** What the change itself carries was planned on an older state: planned again, it may do. */
export const StaleUpdate = defineError('catalog.commit_conflict', 409, 'Validation failed, please retry: {reason}', {
  retryable: true,
  hint: 'another commit came first and nothing of this one was kept: load the table again, plan again, commit again',
})

/** Same, of a view; clients look for its kind, and have no files to clean up. */
export const BadViewUpdate = defineError('catalog.bad_view', 400, '{reason}')

/** A requirement of the commit no longer holds; `detail` is in the words of the Java library's UpdateRequirement. */
export const CommitConflict = defineError('catalog.commit_conflict', 409, 'Requirement failed: {detail}', {
  retryable: true,
  hint: 'another commit of {table} came first and nothing of this one was kept: load the table again, plan again, commit again',
})
