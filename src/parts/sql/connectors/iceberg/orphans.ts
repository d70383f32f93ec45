// Files in a table's folder that nothing of the table names: EXECUTE remove_orphan_files.
import { placeOf, reachedBy, statisticsOf } from '#parts/sql/connectors/iceberg/reach'
import type { TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import type { StoredFile } from '#parts/sql/ports'
import type { LoadTableResult } from '#wire/iceberg/rest'

/**
 * Those that were last written before then (milliseconds since the epoch); younger ones may be of a write that is on its way. The table is
 * looked at after its folder: what came into it meanwhile is none of them.
 */
export async function orphansOf(load: () => Promise<LoadTableResult>, files: TableFiles, before: number): Promise<StoredFile[]> {
  const old: StoredFile[] = []
  for await (const file of files.list()) if (file.modified < before) old.push(file)
  if (old.length === 0) return []
  const { metadata, 'metadata-location': metadataFile } = await load()
  const reached = await reachedBy(metadata, metadata.snapshots, files)
  const named = new Set(
    [
      ...reached.files.keys(),
      ...reached.manifests.keys(),
      ...reached.lists,
      ...statisticsOf(metadata).map((s) => s.path),
      ...metadata['metadata-log'].map((e) => e['metadata-file']),
      ...(metadataFile === undefined ? [] : [metadataFile]),
      `${metadata.location}/metadata/version-hint.text`,
    ].map(placeOf),
  )
  return old.filter(({ uri }) => !named.has(placeOf(uri)))
}
