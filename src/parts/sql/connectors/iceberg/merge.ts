// Many manifests as few: entries of one partition spec go into manifests of about the size that the table wants, those of a partition beside each other.
import type { ManifestStore } from '#parts/sql/connectors/iceberg/manifests'
import { numberProperty } from '#parts/sql/connectors/iceberg/properties'
import type { Remaining } from '#parts/sql/connectors/iceberg/removal'
import { partitionKey, readEntries, type SpecOf, type TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import type { ManifestFile } from '#wire/iceberg/manifest/types'
import type { TableMetadata } from '#wire/iceberg/types'

/** Bytes, as Iceberg's TableProperties has it. */
const TARGET = 8 * 1024 * 1024

/** Manifests of data that fewer could stand for: of one spec each. */
export function mergeable(metadata: TableMetadata, manifests: readonly ManifestFile[]): readonly (readonly ManifestFile[])[] {
  const data = manifests.filter((m) => m.content === 'data')
  return [...new Set(data.map((m) => m.specId))]
    .map((id) => data.filter((m) => m.specId === id))
    .filter((group) => group.length > neededFor(metadata, group))
}

const neededFor = (metadata: TableMetadata, group: readonly ManifestFile[]): number =>
  Math.ceil(group.reduce((sum, m) => sum + m.length, 0) / numberProperty(metadata, 'commit.manifest.target-size-bytes', TARGET))

export async function mergedManifests(
  before: readonly ManifestFile[],
  files: TableFiles,
  specOf: SpecOf,
  store: ManifestStore,
  metadata: TableMetadata,
): Promise<Remaining> {
  const groups = mergeable(metadata, before)
  const made: ManifestFile[] = []
  for (const group of groups) {
    const entries = (await readEntries(group, files, specOf))
      .flat()
      .map((entry) => ({ key: partitionKey(entry), entry: { ...entry, status: 'existing' as const } }))
      .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    const each = Math.max(1, Math.ceil(entries.length / neededFor(metadata, group)))
    for (let at = 0; at < entries.length; at += each) {
      const part = entries.slice(at, at + each).map(({ entry }) => entry)
      made.push(await store.rewritten(group[0] as ManifestFile, part, specOf))
    }
  }
  const merged = new Set(groups.flat())
  return { manifests: before.filter((m) => !merged.has(m)), made, removed: [] }
}

/** What the snapshot says of itself beside its totals, as Iceberg's RewriteManifests does. */
export function mergeSummary(before: readonly ManifestFile[], kept: readonly ManifestFile[], made: readonly ManifestFile[]) {
  return {
    'manifests-created': String(made.length),
    'manifests-kept': String(kept.length),
    'manifests-replaced': String(before.length - kept.length),
    'entries-processed': String(made.reduce((sum, m) => sum + m.existingFiles, 0)),
  }
}
