// What is kept about a table, as Trino's metadata tables: `t$snapshots`, `t$files` and others; and what it is due for, `t$maintenance`, which Trino does not have.
import { entryKind, fileKind, manifestKind, referencedManifestKind } from '#parts/sql/connectors/iceberg/file-details'
import { type Column, type Kind, kind, type TableState } from '#parts/sql/connectors/iceberg/kinds'
import { partitionKind } from '#parts/sql/connectors/iceberg/partition-details'
import { sortedBy } from '#parts/sql/connectors/iceberg/sorting'
import { maintenanceKind } from '#parts/sql/connectors/iceberg/upkeep'
import { sqlError } from '#parts/sql/errors'
import type { Cell, ColumnInfo } from '#parts/sql/ports'
import type { Long, MetadataLogEntry, Snapshot, SnapshotLogEntry, SnapshotRef, TableMetadata } from '#wire/iceberg/types'

const MOMENT = 'timestamp(3) with time zone'

const KINDS: ReadonlyMap<string, (m: TableMetadata) => Kind> = new Map([
  ['snapshots', () => kind(SNAPSHOT, ({ metadata }) => metadata.snapshots)],
  ['history', history],
  ['refs', () => kind(REF, ({ metadata }) => Object.entries(metadata.refs))],
  ['properties', () => kind(PROPERTY, ({ metadata }) => properties(metadata))],
  ['metadata_log_entries', metadataLog],
  ['files', fileKind],
  ['entries', (m) => entryKind(m, 'current')],
  ['all_entries', (m) => entryKind(m, 'all')],
  ['manifests', manifestKind],
  ['all_manifests', referencedManifestKind],
  ['partitions', partitionKind],
  ['maintenance', maintenanceKind],
])

export interface Detail {
  readonly table: string
  readonly kind: string
}

/** The table and the kind that a name like `t$snapshots` stands for. */
export function detailOf(name: string): Detail | undefined {
  const [, table, kind] = /^([^$@]+)\$([a-z_]+)$/.exec(name) ?? []
  return table !== undefined && kind !== undefined && KINDS.has(kind) ? { table, kind } : undefined
}

const kindOf = (name: string, m: TableMetadata): Kind => (KINDS.get(name) as NonNullable<ReturnType<typeof KINDS.get>>)(m)

export const detailColumns = (m: TableMetadata, kind: string): readonly ColumnInfo[] => kindOf(kind, m).columns

/** The columns asked for, and the rows of these. */
export async function detailRows(
  state: TableState,
  kind: string,
  names: readonly string[],
): Promise<readonly [columns: readonly ColumnInfo[], rows: readonly (readonly Cell[])[]]> {
  const { columns, rows } = kindOf(kind, state.metadata)
  return [names.map((name) => columns.find((c) => c.name === name) as ColumnInfo), await rows(state, names)]
}

const id = (value: Long | undefined): bigint | undefined => (value === undefined ? undefined : BigInt(value))

const SNAPSHOT: readonly Column<Snapshot>[] = [
  ['committed_at', MOMENT, (s) => new Date(s['timestamp-ms'])],
  ['snapshot_id', 'bigint', (s) => id(s['snapshot-id'])],
  ['parent_id', 'bigint', (s) => id(s['parent-snapshot-id'])],
  ['operation', 'varchar', (s) => s.summary?.operation],
  ['manifest_list', 'varchar', (s) => s['manifest-list']],
  [
    'summary',
    'map(varchar, varchar)',
    ({ summary = {} }) => new Map(Object.entries(summary).flatMap(([key, value]) => (key === 'operation' ? [] : [[key, String(value)]]))),
  ],
]

function history(m: TableMetadata): Kind {
  const parents = new Map(m.snapshots.map((s) => [BigInt(s['snapshot-id']), id(s['parent-snapshot-id'])]))
  const ancestors = new Set<bigint>()
  for (let at = id(m['current-snapshot-id']); at !== undefined && parents.has(at) && !ancestors.has(at); at = parents.get(at))
    ancestors.add(at)
  const columns: readonly Column<SnapshotLogEntry>[] = [
    ['made_current_at', MOMENT, (e) => new Date(e['timestamp-ms'])],
    ['snapshot_id', 'bigint', (e) => id(e['snapshot-id'])],
    ['parent_id', 'bigint', (e) => parents.get(BigInt(e['snapshot-id']))],
    ['is_current_ancestor', 'boolean', (e) => ancestors.has(BigInt(e['snapshot-id']))],
  ]
  return kind(columns, ({ metadata }) => metadata['snapshot-log'])
}

const REF: readonly Column<readonly [name: string, ref: SnapshotRef]>[] = [
  ['name', 'varchar', ([name]) => name],
  ['type', 'varchar', ([, ref]) => ref.type.toUpperCase()],
  ['snapshot_id', 'bigint', ([, ref]) => id(ref['snapshot-id'])],
  ['max_reference_age_in_ms', 'bigint', ([, ref]) => ref['max-ref-age-ms']],
  ['min_snapshots_to_keep', 'integer', ([, ref]) => ref['min-snapshots-to-keep']],
  ['max_snapshot_age_in_ms', 'bigint', ([, ref]) => ref['max-snapshot-age-ms']],
]

const PROPERTY: readonly Column<readonly [key: string, value: string]>[] = [
  ['key', 'varchar', ([key]) => key],
  ['value', 'varchar', ([, value]) => value],
]

function properties(m: TableMetadata): (readonly [string, string])[] {
  const sorted = sortedBy(m)
  if (!sorted)
    throw sqlError('NOT_SUPPORTED', undefined, 'The properties of a table that is sorted by more than its columns are not served here')
  return [
    ['format', `iceberg/${m.properties['write.format.default'] ?? 'parquet'}`],
    ['provider', 'iceberg'],
    ['current-snapshot-id', String(m['current-snapshot-id'] ?? 'none')],
    ['location', m.location],
    ['format-version', String(m['format-version'])],
    ...(sorted.length > 0 ? [['sort-order', sorted.join(', ')] as const] : []),
    ...Object.entries(m.properties),
  ]
}

/** Of each metadata file, the last one too, the snapshot that was current when it was made. */
function metadataLog(m: TableMetadata): Kind {
  const byId = new Map(m.snapshots.map((s) => [BigInt(s['snapshot-id']), s]))
  const latest = (e: MetadataLogEntry) => id(m['snapshot-log'].findLast((s) => s['timestamp-ms'] <= e['timestamp-ms'])?.['snapshot-id'])
  const snapshot = (e: MetadataLogEntry) => byId.get(latest(e) ?? -1n)
  const columns: readonly Column<MetadataLogEntry>[] = [
    ['timestamp', MOMENT, (e) => new Date(e['timestamp-ms'])],
    ['file', 'varchar', (e) => e['metadata-file']],
    ['latest_snapshot_id', 'bigint', latest],
    ['latest_schema_id', 'integer', (e) => snapshot(e)?.['schema-id']],
    ['latest_sequence_number', 'bigint', (e) => id(snapshot(e)?.['sequence-number'])],
  ]
  return kind(columns, ({ metadata, metadataFile }) => [
    ...metadata['metadata-log'],
    ...(metadataFile === undefined ? [] : [{ 'timestamp-ms': metadata['last-updated-ms'], 'metadata-file': metadataFile }]),
  ])
}
