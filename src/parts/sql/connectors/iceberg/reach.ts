// Which files snapshots of a table name: lists of manifests, manifests, data and delete files.
import { readEntries, readManifestLists, specsOf, type TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import { currentSchema } from '#wire/iceberg/metadata'
import type { Snapshot, TableMetadata } from '#wire/iceberg/types'

/** By kind, so that what names is removed after what it names; with their bytes where they are told. */
export interface Reached {
  readonly files: ReadonlyMap<string, number>
  readonly manifests: ReadonlyMap<string, number>
  readonly lists: ReadonlySet<string>
}

export async function reachedBy(metadata: TableMetadata, snapshots: readonly Snapshot[], files: TableFiles): Promise<Reached> {
  const manifests = new Map((await readManifestLists(snapshots, files)).flat().map((m) => [m.path, m]))
  const found = new Map<string, number>()
  for (const list of await readEntries([...manifests.values()], files, specsOf(metadata, currentSchema(metadata))))
    for (const { file } of list) found.set(file.path, file.sizeBytes)
  return {
    files: found,
    manifests: new Map([...manifests.values()].map((m) => [m.path, m.length])),
    lists: new Set(snapshots.map((s) => s['manifest-list'])),
  }
}

/** Files beside the snapshots' own that belong to some of them, or to all. */
export function statisticsOf({ statistics = [], 'partition-statistics': partitions = [] }: TableMetadata) {
  return [...statistics, ...partitions].map((s) => ({ snapshot: BigInt(s['snapshot-id']), path: s['statistics-path'] }))
}

/** The same of all spellings: other clients name a place by another scheme, or with more slashes. */
export const placeOf = (uri: string): string => uri.replace(/^[a-z][a-z0-9+.-]*:/i, '').replaceAll(/\/+/g, '/')
