// Files, entries and manifests of a table as rows of Trino's metadata tables.
import { PATH_ID, POSITION_ID } from '#parts/sql/connectors/iceberg/deletes'
import { type Column, type Kind, kind, type TableState } from '#parts/sql/connectors/iceberg/kinds'
import { partitionRow } from '#parts/sql/connectors/iceberg/partition-values'
import { shownResult, shownValue, valueJson } from '#parts/sql/connectors/iceberg/shown'
import {
  readAllEntries,
  readEntries,
  readManifestLists,
  readManifests,
  type SpecEntry,
  specsOf,
} from '#parts/sql/connectors/iceberg/snapshot'
import { type Cell, Fields } from '#parts/sql/ports'
import { decodeValue } from '#wire/iceberg/bounds'
import { ABSENT, type DataFile, type ManifestFile } from '#wire/iceberg/manifest/types'
import { currentSchema } from '#wire/iceberg/metadata'
import { allFields } from '#wire/iceberg/schema'
import type { Long, PrimitiveType, TableMetadata } from '#wire/iceberg/types'
import { jsonString } from '#wire/trino/json-text'

const CONTENTS = ['data', 'position-deletes', 'equality-deletes']
const STATUSES = ['existing', 'added', 'deleted']
const COUNTS = 'map(integer, bigint)'
const SHOWN = 'map(integer, varchar)'

/** Those of the current schema at any depth that hold one value, by their dotted names. */
function leavesOf(m: TableMetadata): readonly { readonly id: number; readonly path: string; readonly type: PrimitiveType }[] {
  return allFields(currentSchema(m)).flatMap(({ id, path, type }) => (typeof type === 'string' ? [{ id, path, type }] : []))
}

/** Java's order of texts, by their UTF-16 units. */
const byPath = (a: { readonly path: string }, b: { readonly path: string }): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)

/** Bounds are shown of the fields that are told, by id. */
function columnsOfFile(m: TableMetadata, others: readonly (readonly [id: number, type: PrimitiveType])[]): readonly Column<SpecEntry>[] {
  const types = new Map([...leavesOf(m).map(({ id, type }) => [id, type] as const), ...others])
  const shown = (bounds: DataFile['lowerBounds']): Cell => {
    if (bounds === ABSENT) return null
    const texts = [...bounds].flatMap(([id, bytes]) => {
      const type = types.get(id)
      return type === undefined ? [] : [[id, shownValue(decodeValue(bytes, type), type)] as const]
    })
    return new Map(texts)
  }
  const counted = (counts: ReadonlyMap<number, number> = ABSENT): Cell => (counts === ABSENT ? null : counts)
  const partition = partitionRow(m)
  return [
    ['content', 'integer', ({ file }) => CONTENTS.indexOf(file.content)],
    ['file_path', 'varchar', ({ file }) => file.path],
    ['file_format', 'varchar', ({ file }) => file.format],
    ['spec_id', 'integer', ({ spec }) => spec['spec-id']],
    ...(partition ? [['partition', partition.type, ({ file, spec }) => partition.of(file, spec)] satisfies Column<SpecEntry>] : []),
    ['record_count', 'bigint', ({ file }) => file.recordCount],
    ['file_size_in_bytes', 'bigint', ({ file }) => file.sizeBytes],
    ['column_sizes', COUNTS, ({ file }) => counted(file.columnSizes)],
    ['value_counts', COUNTS, ({ file }) => counted(file.valueCounts)],
    ['null_value_counts', COUNTS, ({ file }) => counted(file.nullCounts)],
    ['nan_value_counts', COUNTS, ({ file }) => counted(file.nanCounts)],
    ['lower_bounds', SHOWN, ({ file }) => shown(file.lowerBounds)],
    ['upper_bounds', SHOWN, ({ file }) => shown(file.upperBounds)],
    ['key_metadata', 'varbinary', ({ file }) => file.keyMetadata],
    ['split_offsets', 'array(bigint)', ({ file }) => file.splitOffsets],
    ['equality_ids', 'array(integer)', ({ file }) => file.equalityIds],
    ['sort_order_id', 'integer', ({ file }) => file.sortOrderId],
  ]
}

/** Counts and bounds under the names of columns. */
function readable(m: TableMetadata): Column<SpecEntry> {
  const leaves = leavesOf(m).toSorted(byPath)
  return [
    'readable_metrics',
    'json',
    ({ file }) => {
      const members = leaves.map(({ id, path, type }) => {
        const bound = (bytes: Buffer | undefined) => (bytes === undefined ? 'null' : valueJson(decodeValue(bytes, type), type))
        const metrics = [
          ['column_size', file.columnSizes.get(id)],
          ['value_count', file.valueCounts.get(id)],
          ['null_value_count', file.nullCounts.get(id)],
          ['nan_value_count', file.nanCounts?.get(id)],
          ['lower_bound', bound(file.lowerBounds.get(id))],
          ['upper_bound', bound(file.upperBounds.get(id))],
        ]
        return `${jsonString(path)}:{${metrics.map(([name, value]) => `"${name}":${value ?? null}`).join(',')}}`
      })
      return `{${members.join(',')}}`
    },
  ]
}

export function fileKind(m: TableMetadata): Kind {
  return kind([...columnsOfFile(m, []), readable(m)], async ({ metadata, files }) =>
    (await readEntries(await readManifests(metadata, files), files, specsOf(metadata, currentSchema(metadata)))).flat(),
  )
}

/** Fields of position delete files, whose bounds are shown by entries alone. */
const PLACES = [
  [PATH_ID, 'string'],
  [POSITION_ID, 'long'],
] as const

/** Of the current snapshot, or of each manifest that some snapshot names. */
export function entryKind(m: TableMetadata, of: 'current' | 'all'): Kind {
  const inFile = columnsOfFile(m, PLACES)
  const columns: readonly Column<SpecEntry>[] = [
    ['status', 'integer', (e) => STATUSES.indexOf(e.status)],
    ['snapshot_id', 'bigint', (e) => e.snapshotId],
    ['sequence_number', 'bigint', (e) => e.sequenceNumber],
    ['file_sequence_number', 'bigint', (e) => e.fileSequenceNumber],
    [
      'data_file',
      `row(${inFile.map(([name, type]) => `${name} ${type}`).join(', ')})`,
      (e) => new Fields(inFile.map(([, , value]) => value(e))),
    ],
    readable(m),
  ]
  const manifests = async ({ metadata, files }: TableState) => {
    if (of === 'current') return readManifests(metadata, files)
    const all = (await readManifestLists(metadata.snapshots, files)).flat()
    return [...new Map(all.map((manifest) => [manifest.path, manifest])).values()]
  }
  return kind(columns, async (state) =>
    (await readAllEntries(await manifests(state), state.files, specsOf(state.metadata, currentSchema(state.metadata)))).flat(),
  )
}

const SUMMARIES = 'array(row(contains_null boolean, contains_nan boolean, lower_bound varchar, upper_bound varchar))'

function summariesOf(m: TableMetadata): (manifest: ManifestFile) => Cell {
  const specOf = specsOf(m, currentSchema(m))
  return ({ partitions, specId }) => {
    const { spec, types } = specOf(specId)
    return partitions.map((summary, i) => {
      const [type, transform] = [types[i] as PrimitiveType, spec.fields[i]?.transform ?? 'identity']
      const bound = (bytes: Buffer | undefined) => (bytes === undefined ? null : shownResult(decodeValue(bytes, type), transform, type))
      return new Fields([summary.containsNull, summary.containsNan, bound(summary.lower), bound(summary.upper)])
    })
  }
}

export function manifestKind(m: TableMetadata): Kind {
  const columns: readonly Column<ManifestFile>[] = [
    ['path', 'varchar', (f) => f.path],
    ['length', 'bigint', (f) => f.length],
    ['partition_spec_id', 'integer', (f) => f.specId],
    ['added_snapshot_id', 'bigint', (f) => f.addedSnapshotId],
    ['added_data_files_count', 'integer', (f) => f.addedFiles],
    ['added_rows_count', 'bigint', (f) => f.addedRows],
    ['existing_data_files_count', 'integer', (f) => f.existingFiles],
    ['existing_rows_count', 'bigint', (f) => f.existingRows],
    ['deleted_data_files_count', 'integer', (f) => f.deletedFiles],
    ['deleted_rows_count', 'bigint', (f) => f.deletedRows],
    ['partition_summaries', SUMMARIES, summariesOf(m)],
  ]
  return kind(columns, ({ metadata, files }) => readManifests(metadata, files))
}

/** Each manifest once for each snapshot that names it. */
export function referencedManifestKind(m: TableMetadata): Kind {
  const summaries = summariesOf(m)
  const count =
    (content: ManifestFile['content'], which: 'addedFiles' | 'existingFiles' | 'deletedFiles') =>
    ({ manifest }: Referenced): Cell =>
      manifest.content === content ? manifest[which] : 0
  const columns: readonly Column<Referenced>[] = [
    ['path', 'varchar', ({ manifest }) => manifest.path],
    ['length', 'bigint', ({ manifest }) => manifest.length],
    ['partition_spec_id', 'integer', ({ manifest }) => manifest.specId],
    ['added_snapshot_id', 'bigint', ({ manifest }) => manifest.addedSnapshotId],
    ['added_data_files_count', 'integer', count('data', 'addedFiles')],
    ['existing_data_files_count', 'integer', count('data', 'existingFiles')],
    ['deleted_data_files_count', 'integer', count('data', 'deletedFiles')],
    ['added_delete_files_count', 'integer', count('deletes', 'addedFiles')],
    ['existing_delete_files_count', 'integer', count('deletes', 'existingFiles')],
    ['deleted_delete_files_count', 'integer', count('deletes', 'deletedFiles')],
    ['partition_summaries', SUMMARIES, ({ manifest }) => summaries(manifest)],
    ['reference_snapshot_id', 'bigint', ({ snapshot }) => BigInt(snapshot)],
  ]
  return kind(columns, async ({ metadata, files }) => {
    const lists = await readManifestLists(metadata.snapshots, files)
    return metadata.snapshots.flatMap((s, i) => (lists[i] ?? []).map((manifest) => ({ manifest, snapshot: s['snapshot-id'] })))
  })
}

interface Referenced {
  readonly manifest: ManifestFile
  readonly snapshot: Long
}
