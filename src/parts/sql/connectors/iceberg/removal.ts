// Data files that leave a table: the manifests that name them, written anew.
import { WriteConflict } from '#parts/sql/connectors/errors'
import type { FileChange } from '#parts/sql/connectors/iceberg/commit'
import type { ManifestStore } from '#parts/sql/connectors/iceberg/manifests'
import { readEntries, type SpecEntry, type SpecOf, type TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import type { DataFile, ManifestFile } from '#wire/iceberg/manifest/types'

interface Remaining {
  /** As they were. */
  readonly manifests: readonly ManifestFile[]
  /** Written anew. */
  readonly made: readonly ManifestFile[]
  readonly removed: readonly DataFile[]
}

export async function withoutFiles(
  { removed, dataFiles, table }: FileChange,
  before: readonly ManifestFile[],
  files: TableFiles,
  specOf: SpecOf,
  store: ManifestStore,
): Promise<Remaining> {
  if (removed !== 'all' && !removed?.size) return { manifests: before, made: [], removed: [] }
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
  const deletes = isEmptied ? before.filter((m) => m.content === 'deletes') : []
  const dropped = await readEntries(deletes, files, specOf)
  const made: ManifestFile[] = []
  for (const { manifest, list } of hit) made.push(await rewrite(manifest, list, goes))
  for (const [i, manifest] of deletes.entries()) made.push(await rewrite(manifest, dropped[i] as SpecEntry[], () => true))
  const touched = new Set([...hit.map((h) => h.manifest), ...deletes])
  return {
    manifests: before.filter((m) => !touched.has(m)),
    made,
    removed: [...gone, ...dropped.flat()].map((e) => e.file),
  }
}
