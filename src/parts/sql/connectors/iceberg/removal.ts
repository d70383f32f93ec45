// Data files that leave a table: the manifests that name them, written anew.
import { WriteConflict } from '#parts/sql/connectors/errors'
import type { FileChange } from '#parts/sql/connectors/iceberg/commit'
import type { ManifestStore } from '#parts/sql/connectors/iceberg/manifests'
import { readEntries, type SpecEntry, type SpecOf, type TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import type { DataFile, ManifestFile } from '#wire/iceberg/manifest/types'

export interface Remaining {
  /** As they were. */
  readonly manifests: readonly ManifestFile[]
  /** Written anew. */
  readonly made: readonly ManifestFile[]
  readonly removed: readonly DataFile[]
}

export async function withoutFiles(
  { removed = new Set(), removedDeletes = new Set(), dataFiles, table }: FileChange,
  before: readonly ManifestFile[],
  files: TableFiles,
  specOf: SpecOf,
  store: ManifestStore,
): Promise<Remaining> {
  if (removed !== 'all' && removed.size + removedDeletes.size === 0) return { manifests: before, made: [], removed: [] }
  const data = before.filter((m) => m.content === 'data')
  const entries = await readEntries(data, files, specOf)
  const goes = (e: SpecEntry) => removed === 'all' || removed.has(e.file.path)
  const isEmptied = dataFiles.length === 0 && entries.every((list) => list.every(goes))
  const gone = entries.flat().filter(goes)
  if (removed !== 'all' && gone.length !== removed.size)
    throw WriteConflict({ table, attempts: 1 }, new Error('a file was removed by another commit'))
  const rewrite = (manifest: ManifestFile, list: readonly SpecEntry[], test: (e: SpecEntry) => boolean) =>
    store.rewritten(
      manifest,
      list.map((e) => ({ ...e, status: test(e) ? ('deleted' as const) : ('existing' as const) })),
      specOf,
    )
  const hit = data.flatMap((manifest, i) => {
    const list = entries[i] as SpecEntry[]
    return list.some(goes) ? [{ manifest, list }] : []
  })
  // Where no data is left, deletes apply to nothing.
  const ends = (e: SpecEntry) => isEmptied || removedDeletes.has(e.file.path)
  const deletes = isEmptied || removedDeletes.size > 0 ? before.filter((m) => m.content === 'deletes') : []
  const dropped = (await readEntries(deletes, files, specOf)).flatMap((list, i) =>
    list.some(ends) ? [{ manifest: deletes[i] as ManifestFile, list }] : [],
  )
  const made: ManifestFile[] = []
  for (const { manifest, list } of hit) made.push(await rewrite(manifest, list, goes))
  for (const { manifest, list } of dropped) made.push(await rewrite(manifest, list, ends))
  const touched = new Set([...hit, ...dropped].map((h) => h.manifest))
  return {
    manifests: before.filter((m) => !touched.has(m)),
    made,
    removed: [...gone, ...dropped.flatMap(({ list }) => list.filter(ends))].map((e) => e.file),
  }
}
