// What is kept about a table, as Trino's metadata tables: `t$snapshots`, `t$history`, `t$refs`, `t$properties`.
import { sqlError } from '#parts/sql/errors'
import type { Cell, Details } from '#parts/sql/ports'
import type { Long, TableMetadata } from '#wire/iceberg/types'

type Rows = (m: TableMetadata) => readonly (readonly Cell[])[]

const MOMENT = 'timestamp(3) with time zone'

const KINDS: ReadonlyMap<string, readonly [columns: readonly (readonly [name: string, type: string])[], rows: Rows]> = new Map([
  [
    'snapshots',
    [
      [
        ['committed_at', MOMENT],
        ['snapshot_id', 'bigint'],
        ['parent_id', 'bigint'],
        ['operation', 'varchar'],
        ['manifest_list', 'varchar'],
        ['summary', 'map(varchar, varchar)'],
      ],
      snapshots,
    ],
  ],
  [
    'history',
    [
      [
        ['made_current_at', MOMENT],
        ['snapshot_id', 'bigint'],
        ['parent_id', 'bigint'],
        ['is_current_ancestor', 'boolean'],
      ],
      history,
    ],
  ],
  [
    'refs',
    [
      [
        ['name', 'varchar'],
        ['type', 'varchar'],
        ['snapshot_id', 'bigint'],
        ['max_reference_age_in_ms', 'bigint'],
        ['min_snapshots_to_keep', 'integer'],
        ['max_snapshot_age_in_ms', 'bigint'],
      ],
      refs,
    ],
  ],
  [
    'properties',
    [
      [
        ['key', 'varchar'],
        ['value', 'varchar'],
      ],
      properties,
    ],
  ],
])

/** Those of Trino that are not served: they show values, bounds and counts of single files. */
const UNSERVED: ReadonlySet<string> = new Set([
  'files',
  'partitions',
  'manifests',
  'all_manifests',
  'entries',
  'all_entries',
  'metadata_log_entries',
])

/** The table and the kind that a name like `t$snapshots` stands for. */
export function detailOf(name: string): { readonly table: string; readonly kind: string } | undefined {
  const [, table, kind] = /^([^$@]+)\$([a-z_]+)$/.exec(name) ?? []
  if (table === undefined || kind === undefined) return undefined
  if (UNSERVED.has(kind)) throw sqlError('NOT_SUPPORTED', undefined, `Metadata table '${name}' is not served here`)
  return KINDS.has(kind) ? { table, kind } : undefined
}

export function detailsOf(m: TableMetadata, kind: string): Details {
  const [columns, rows] = KINDS.get(kind) as NonNullable<ReturnType<typeof KINDS.get>>
  return { columns: columns.map(([name, type]) => ({ name, type, nullable: true })), rows: rows(m) }
}

const id = (value: Long | undefined): bigint | undefined => (value === undefined ? undefined : BigInt(value))

function snapshots(m: TableMetadata): Cell[][] {
  return m.snapshots.map((s) => {
    const { operation, ...summary } = s.summary ?? {}
    const about = new Map(Object.entries(summary).map(([key, value]) => [key, String(value)]))
    const [own, parent] = [id(s['snapshot-id']), id(s['parent-snapshot-id'])]
    return [new Date(s['timestamp-ms']), own, parent, operation, s['manifest-list'], about]
  })
}

function history(m: TableMetadata): Cell[][] {
  const parents = new Map(m.snapshots.map((s) => [BigInt(s['snapshot-id']), id(s['parent-snapshot-id'])]))
  const ancestors = new Set<bigint>()
  for (let at = id(m['current-snapshot-id']); at !== undefined && parents.has(at) && !ancestors.has(at); at = parents.get(at))
    ancestors.add(at)
  return m['snapshot-log'].map((e) => {
    const own = BigInt(e['snapshot-id'])
    return [new Date(e['timestamp-ms']), own, parents.get(own), ancestors.has(own)]
  })
}

function refs(m: TableMetadata): Cell[][] {
  return Object.entries(m.refs).map(([name, ref]) => [
    name,
    ref.type.toUpperCase(),
    id(ref['snapshot-id']),
    ref['max-ref-age-ms'],
    ref['min-snapshots-to-keep'],
    ref['max-snapshot-age-ms'],
  ])
}

function properties(m: TableMetadata): Cell[][] {
  const order = m['sort-orders'].find((o) => o['order-id'] === m['default-sort-order-id'])
  const schema = m.schemas.find((s) => s['schema-id'] === m['current-schema-id'])
  if (order?.fields.length || schema?.['identifier-field-ids']?.length)
    throw sqlError('NOT_SUPPORTED', undefined, 'The properties of a table with a sort order or identifier fields are not served here')
  return [
    ['format', `iceberg/${m.properties['write.format.default'] ?? 'parquet'}`],
    ['provider', 'iceberg'],
    ['current-snapshot-id', String(m['current-snapshot-id'] ?? 'none')],
    ['location', m.location],
    ['format-version', String(m['format-version'])],
    ...Object.entries(m.properties).map(([key, value]) => [key, value]),
  ]
}
