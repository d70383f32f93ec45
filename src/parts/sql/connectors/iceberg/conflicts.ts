// Whether a change of rows still holds on a table that others changed since it was planned (Iceberg's validations for serializable isolation).
import { WriteConflict } from '#parts/sql/connectors/errors'
import { PATH_ID } from '#parts/sql/connectors/iceberg/deletes'
import {
  applies,
  type PlannedFile,
  readEntries,
  readManifests,
  type SpecEntry,
  specsOf,
  type TableFiles,
} from '#parts/sql/connectors/iceberg/snapshot'
import { decodeValue } from '#wire/iceberg/bounds'
import { type Condition, mayMatchFile } from '#wire/iceberg/manifest/prune'
import { currentSchema } from '#wire/iceberg/metadata'
import type { TableMetadata } from '#wire/iceberg/types'
import { compareValues } from '#wire/iceberg/values'

export interface PlannedChange {
  /** For texts. */
  readonly table: string
  readonly base: TableMetadata
  /** The files with rows that change. */
  readonly touched: readonly PlannedFile[]
  /** What the rows that were looked at have in common; absent where rows that came do not matter. */
  readonly conditions?: readonly Condition[]
}

/** Throws WriteConflict. */
export async function assertHolds(
  { table, base, touched, conditions }: PlannedChange,
  now: TableMetadata,
  files: TableFiles,
): Promise<void> {
  const conflict = (why: string) => WriteConflict({ table, attempts: 1 }, new Error(why))
  const entries = (await readEntries(await readManifests(now, files), files, specsOf(now, currentSchema(now)))).flat()
  const live = new Set(entries.filter((e) => e.file.content === 'data').map((e) => e.file.path))
  if (touched.some((t) => !live.has(t.file.path))) throw conflict('a file whose rows change was removed')
  const since = BigInt(base['last-sequence-number'])
  for (const entry of entries.filter((e) => e.sequenceNumber > since)) {
    if (entry.file.content === 'data') {
      if (conditions && mayMatchFile(entry.file, entry.spec, conditions)) throw conflict('rows came that the statement might have changed')
    } else if (touched.some((t) => applies(entry, t) && mayName(entry, t.file.path))) throw conflict('rows that change were deleted')
  }
}

/** A delete file with one path says so by its bounds. */
function mayName({ file }: SpecEntry, path: string): boolean {
  const [lower, upper] = [file.lowerBounds.get(PATH_ID), file.upperBounds.get(PATH_ID)]
  if (!lower || !upper) return true
  return compareValues(decodeValue(lower, 'string'), path) <= 0 && compareValues(path, decodeValue(upper, 'string')) <= 0
}
