// What may be wrong with a change of a table, as the pure codecs find it.
import { defineError } from '#kit/errors'

/** The change contradicts the metadata or the format; sending it again cannot help. */
export const BadUpdate = defineError('catalog.bad_request', 400, '{reason}')

/** A requirement of the commit no longer holds. */
export const CommitConflict = defineError(
  'catalog.commit_conflict',
  409,
  'commit of {table} refused: {requirement} no longer holds ({detail})',
  {
    retryable: true,
    hint: 'another commit came first and nothing of this one was kept: load the table again, plan again, commit again',
  },
)
