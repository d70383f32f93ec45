// Table metadata as a whole: a new table's, the reading of files of v1 to v3, and the printing (spec, "Table Metadata").

import { overgrown, overlong } from '#wire/iceberg/budget'
import { withPrintedDefaults } from '#wire/iceberg/defaults'
import { BadUpdate, InvalidMetadata } from '#wire/iceberg/errors'
import { parseJson, printJson } from '#wire/iceberg/json'
import type { CreateTableRequest } from '#wire/iceberg/rest'
import { assertSchema, assertTransforms, highestFieldId, withFreshIds } from '#wire/iceberg/schema'
import { implausible, metadataFile, misshapen } from '#wire/iceberg/shapes'
import type {
  FormatVersion,
  MetadataLogEntry,
  PartitionField,
  PartitionSpec,
  Schema,
  Snapshot,
  SnapshotLogEntry,
  SnapshotRef,
  SortOrder,
  TableMetadata,
  TableUpdate,
} from '#wire/iceberg/types'
import { assertMetadata } from '#wire/iceberg/validate'

/** Partition field ids count from here. */
export const FIRST_PARTITION_ID = 1000
export const MAIN_BRANCH = 'main'
const DEFAULT_FORMAT_VERSION = 2
/** Asks for a format version in `properties` of a create; is not kept as a property. */
const FORMAT_VERSION_PROPERTY = 'format-version'

export interface NewTable {
  readonly uuid: string
  readonly location: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Metadata of a table that does not exist yet. Field ids are given afresh, as every catalogue does. */
export function createMetadata(request: CreateTableRequest, { uuid, location, now }: NewTable): TableMetadata {
  const { [FORMAT_VERSION_PROPERTY]: wanted, ...properties } = request.properties ?? {}
  const formatVersion = assertFormatVersion(wanted === undefined ? DEFAULT_FORMAT_VERSION : Number(wanted))
  assertSchema(request.schema, formatVersion)
  const { schema, ids } = withFreshIds(request.schema)
  const specFields = (request['partition-spec']?.fields ?? []).map(
    (f, i): PartitionField => ({
      'source-id': ids.get(f['source-id']) ?? unknownSource(f['source-id']),
      'field-id': FIRST_PARTITION_ID + i,
      name: f.name,
      transform: f.transform,
    }),
  )
  const sortFields = (request['write-order']?.fields ?? []).map((f) => ({
    ...f,
    'source-id': ids.get(f['source-id']) ?? unknownSource(f['source-id']),
  }))
  assertTransforms(schema, specFields)
  assertTransforms(schema, sortFields)
  const orderId = sortFields.length === 0 ? 0 : 1
  const metadata: TableMetadata = {
    'format-version': formatVersion,
    'table-uuid': uuid,
    location,
    'last-sequence-number': 0,
    ...(formatVersion === 3 ? { 'next-row-id': 0 } : {}),
    'last-updated-ms': now,
    'last-column-id': highestFieldId(schema),
    'current-schema-id': 0,
    schemas: [{ ...schema, type: 'struct', 'schema-id': 0 }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: specFields }],
    'last-partition-id': FIRST_PARTITION_ID - 1 + specFields.length,
    'default-sort-order-id': orderId,
    'sort-orders': [{ 'order-id': orderId, fields: sortFields }],
    properties,
    snapshots: [],
    refs: {},
    'snapshot-log': [],
    'metadata-log': [],
  }
  const much = overgrown(undefined, metadata)
  if (much) throw BadUpdate({ reason: `the table is refused: ${much}` })
  assertMetadata(metadata)
  return metadata
}

/** What a commit with `assert-create` builds on: everything comes from its updates. */
export function emptyMetadata({ uuid, location, now }: NewTable): TableMetadata {
  return {
    'format-version': DEFAULT_FORMAT_VERSION,
    'table-uuid': uuid,
    location,
    'last-sequence-number': 0,
    'last-updated-ms': now,
    'last-column-id': 0,
    'current-schema-id': -1,
    schemas: [],
    'default-spec-id': -1,
    'partition-specs': [],
    'last-partition-id': FIRST_PARTITION_ID - 1,
    'default-sort-order-id': -1,
    'sort-orders': [],
    properties: {},
    snapshots: [],
    refs: {},
    'snapshot-log': [],
    'metadata-log': [],
  }
}

/** The updates that make a staged table; a commit of them with `assert-create` (and a snapshot) creates it. */
export function stagedUpdates(metadata: TableMetadata): readonly TableUpdate[] {
  return [
    { action: 'assign-uuid', uuid: metadata['table-uuid'] },
    { action: 'upgrade-format-version', 'format-version': metadata['format-version'] },
    ...metadata.schemas.map((schema): TableUpdate => ({ action: 'add-schema', schema, 'last-column-id': metadata['last-column-id'] })),
    { action: 'set-current-schema', 'schema-id': -1 },
    ...metadata['partition-specs'].map((spec): TableUpdate => ({ action: 'add-spec', spec })),
    { action: 'set-default-spec', 'spec-id': -1 },
    ...metadata['sort-orders'].map((order): TableUpdate => ({ action: 'add-sort-order', 'sort-order': order })),
    { action: 'set-default-sort-order', 'sort-order-id': -1 },
    { action: 'set-location', location: metadata.location },
    { action: 'set-properties', updates: metadata.properties },
  ]
}

export function currentSchema(metadata: TableMetadata): Schema {
  const found = metadata.schemas.find((s) => s['schema-id'] === metadata['current-schema-id'])
  if (!found) throw BadUpdate({ reason: `schema ${metadata['current-schema-id']} is not in the metadata` })
  return found
}

export function defaultSpec(metadata: TableMetadata): PartitionSpec {
  const found = metadata['partition-specs'].find((s) => s['spec-id'] === metadata['default-spec-id'])
  if (!found) throw BadUpdate({ reason: `partition spec ${metadata['default-spec-id']} is not in the metadata` })
  return found
}

export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata['current-snapshot-id']
  return id === undefined ? undefined : metadata.snapshots.find((s) => s['snapshot-id'] === id)
}

export function assertFormatVersion(version: number): FormatVersion {
  if (version === 1 || version === 2 || version === 3) return version
  throw BadUpdate({ reason: `format version ${version} is not served here; use format-version 2 or 3` })
}

type MetadataFile = Partial<TableMetadata> & { readonly schema?: Schema; readonly 'partition-spec'?: readonly PartitionField[] }

/** A metadata file of v1 to v3 as complete, valid metadata. Throws InvalidMetadata when it is not one. */
export function readMetadata(text: string): TableMetadata {
  const deep = overlong(text, Number.POSITIVE_INFINITY)
  if (deep) throw InvalidMetadata({ reason: deep })
  let raw: unknown
  try {
    raw = parseJson(text)
  } catch (error) {
    throw InvalidMetadata({ reason: 'it is not JSON' }, error)
  }
  try {
    const fault = implausible(raw) ?? misshapen(metadataFile, raw)
    if (fault) throw BadUpdate({ reason: `not a table metadata file of Iceberg: ${fault}` })
    const metadata = completed(raw as MetadataFile)
    assertMetadata(metadata)
    return metadata
  } catch (error) {
    throw BadUpdate.is(error) ? InvalidMetadata({ reason: error.values.reason }, error) : error
  }
}

function completed(raw: MetadataFile): TableMetadata {
  const version = assertFormatVersion(raw['format-version'] as number)
  const nextRow = raw['next-row-id'] ?? undefined
  if (version === 3 && nextRow === undefined) throw BadUpdate({ reason: 'it has no next-row-id' })
  if (version > 1 && !raw['table-uuid']) throw BadUpdate({ reason: 'it has no table-uuid' })
  const schemas: readonly Schema[] =
    raw.schemas ?? (raw.schema ? [{ ...raw.schema, type: 'struct', 'schema-id': raw.schema['schema-id'] ?? 0 }] : [])
  if (schemas.length === 0) throw BadUpdate({ reason: 'the table metadata has no schema' })
  const specs: readonly PartitionSpec[] = raw['partition-specs'] ?? [{ 'spec-id': 0, fields: numbered(raw['partition-spec'] ?? []) }]
  const orders: readonly SortOrder[] = raw['sort-orders'] ?? [{ 'order-id': 0, fields: [] }]
  const current = raw['current-snapshot-id']
  const hasCurrent = current !== undefined && current !== null && current !== -1
  const highestPartition = specs.flatMap((s) => s.fields).reduce((highest, f) => Math.max(highest, f['field-id']), FIRST_PARTITION_ID - 1)
  const refs: Record<string, SnapshotRef> = { ...raw.refs }
  if (hasCurrent && !Object.hasOwn(refs, MAIN_BRANCH)) refs[MAIN_BRANCH] = { 'snapshot-id': current, type: 'branch' }
  return {
    'format-version': version,
    'table-uuid': raw['table-uuid'] ?? '',
    location: (raw.location as string).replace(/\/+$/, ''),
    'last-sequence-number': raw['last-sequence-number'] ?? 0,
    ...(version === 3 && nextRow !== undefined ? { 'next-row-id': nextRow } : {}),
    ...(raw['encryption-keys']?.length ? { 'encryption-keys': raw['encryption-keys'] } : {}),
    'last-updated-ms': raw['last-updated-ms'] ?? 0,
    'last-column-id': raw['last-column-id'] ?? schemas.map(highestFieldId).reduce((a, b) => Math.max(a, b), 0),
    'current-schema-id': raw['current-schema-id'] ?? schemas[0]?.['schema-id'] ?? 0,
    schemas,
    'default-spec-id': raw['default-spec-id'] ?? specs[0]?.['spec-id'] ?? 0,
    'partition-specs': specs,
    'last-partition-id': raw['last-partition-id'] ?? highestPartition,
    'default-sort-order-id': raw['default-sort-order-id'] ?? orders[0]?.['order-id'] ?? 0,
    'sort-orders': orders,
    properties: raw.properties ?? {},
    ...(hasCurrent ? { 'current-snapshot-id': current } : {}),
    snapshots: raw.snapshots ?? [],
    refs,
    'snapshot-log': raw['snapshot-log'] ?? ([] as SnapshotLogEntry[]),
    'metadata-log': raw['metadata-log'] ?? ([] as MetadataLogEntry[]),
    ...(raw.statistics?.length ? { statistics: raw.statistics } : {}),
    ...(raw['partition-statistics']?.length ? { 'partition-statistics': raw['partition-statistics'] } : {}),
  }
}

/** Metadata as the file and the protocol carry it: for "no snapshot" what the Java library writes, and each version's own fields. */
export function toWire(metadata: TableMetadata): object {
  const { 'current-snapshot-id': current, ...rest } = metadata
  switch (metadata['format-version']) {
    case 1:
      return {
        ...rest,
        schema: currentSchema(metadata),
        'partition-spec': defaultSpec(metadata).fields,
        'current-snapshot-id': current ?? -1,
      }
    case 2:
      return { ...rest, 'current-snapshot-id': current ?? -1 }
    case 3:
      return { ...rest, schemas: metadata.schemas.map(withPrintedDefaults), 'current-snapshot-id': current ?? null }
  }
}

export function printMetadata(metadata: TableMetadata): string {
  return printJson(toWire(metadata))
}

function numbered(fields: readonly PartitionField[]): readonly PartitionField[] {
  return fields.map((f, i) => ({ ...f, 'field-id': f['field-id'] ?? FIRST_PARTITION_ID + i }))
}

function unknownSource(id: number): never {
  throw BadUpdate({ reason: `field ${id} is not in the schema` })
}
