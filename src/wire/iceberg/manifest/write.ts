// Manifests and manifest lists of format version 2, to bytes.
import { encodeValue } from '#wire/iceberg/bounds'
import { printJson } from '#wire/iceberg/json'
import { writeContainer } from '#wire/iceberg/manifest/avro'
import { avroName, decimalBytes, MANIFEST_LIST_SCHEMA, manifestSchema, partitionTypes } from '#wire/iceberg/manifest/schemas'
import { ABSENT, type DataFile, type ManifestEntry, type ManifestFile, type PartitionSummary } from '#wire/iceberg/manifest/types'
import type { PartitionSpec, PrimitiveType, Schema } from '#wire/iceberg/types'
import { compareValues, decimalOf, type Value } from '#wire/iceberg/values'

export interface NewManifest {
  readonly schema: Schema
  readonly spec: PartitionSpec
  readonly snapshotId: bigint
  readonly content?: ManifestFile['content']
  /** Added; their sequence numbers are inherited from the list that will name the manifest. */
  readonly files: readonly DataFile[]
  /** Of an older manifest, with the status that they have now; removed ones are the new snapshot's. */
  readonly kept?: readonly ManifestEntry[]
}

const CONTENT = { data: 0, 'position-deletes': 1, 'equality-deletes': 2 } as const
const STATUS = { existing: 0, added: 1, deleted: 2 } as const

export function writeManifest({ schema, spec, snapshotId, content = 'data', files, kept = [] }: NewManifest): Promise<Buffer> {
  const types = partitionTypes(spec, schema)
  const header = {
    schema: printJson(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': printJson(spec.fields),
    'partition-spec-id': String(spec['spec-id']),
    'format-version': '2',
    content,
  }
  const inherited = { sequence_number: null, file_sequence_number: null }
  const records = [
    ...kept.map((e) => ({
      status: STATUS[e.status],
      snapshot_id: e.status === 'deleted' ? snapshotId : e.snapshotId,
      sequence_number: e.sequenceNumber,
      file_sequence_number: e.fileSequenceNumber,
      data_file: dataFile(e.file, spec, types),
    })),
    ...files.map((file) => ({ status: STATUS.added, snapshot_id: snapshotId, ...inherited, data_file: dataFile(file, spec, types) })),
  ]
  return writeContainer(manifestSchema(spec, types), header, records)
}

function dataFile(file: DataFile, spec: PartitionSpec, types: readonly PrimitiveType[]) {
  return {
    content: CONTENT[file.content],
    file_path: file.path,
    file_format: file.format,
    partition: Object.fromEntries(
      spec.fields.map((f, i) => [avroName(f.name), toAvro(file.partition[i] ?? null, types[i] as PrimitiveType)]),
    ),
    record_count: BigInt(file.recordCount),
    file_size_in_bytes: BigInt(file.sizeBytes),
    column_sizes: entries(file.columnSizes, BigInt),
    value_counts: entries(file.valueCounts, BigInt),
    null_value_counts: entries(file.nullCounts, BigInt),
    nan_value_counts: file.nanCounts ? entries(file.nanCounts, BigInt) : null,
    lower_bounds: entries(file.lowerBounds, (v) => v),
    upper_bounds: entries(file.upperBounds, (v) => v),
    key_metadata: file.keyMetadata ?? null,
    split_offsets: file.splitOffsets?.map(BigInt) ?? null,
    equality_ids: file.equalityIds ?? null,
    sort_order_id: file.sortOrderId ?? null,
  }
}

export interface NewManifestList {
  readonly snapshotId: bigint
  readonly parentSnapshotId: bigint | undefined
  readonly sequenceNumber: bigint
  readonly manifests: readonly ManifestFile[]
}

export function writeManifestList({ snapshotId, parentSnapshotId, sequenceNumber, manifests }: NewManifestList): Promise<Buffer> {
  const header = {
    'snapshot-id': String(snapshotId),
    'parent-snapshot-id': parentSnapshotId === undefined ? 'null' : String(parentSnapshotId),
    'sequence-number': String(sequenceNumber),
    'format-version': '2',
  }
  const records = manifests.map((m) => ({
    manifest_path: m.path,
    manifest_length: BigInt(m.length),
    partition_spec_id: m.specId,
    content: m.content === 'deletes' ? 1 : 0,
    sequence_number: m.sequenceNumber,
    min_sequence_number: m.minSequenceNumber,
    added_snapshot_id: m.addedSnapshotId,
    added_files_count: m.addedFiles,
    existing_files_count: m.existingFiles,
    deleted_files_count: m.deletedFiles,
    added_rows_count: m.addedRows,
    existing_rows_count: m.existingRows,
    deleted_rows_count: m.deletedRows,
    partitions: m.partitions.map((p) => ({
      contains_null: p.containsNull,
      contains_nan: p.containsNan ?? null,
      lower_bound: p.lower ?? null,
      upper_bound: p.upper ?? null,
    })),
    key_metadata: m.keyMetadata ?? null,
  }))
  return writeContainer(MANIFEST_LIST_SCHEMA, header, records)
}

/** What a manifest list says of the partitions in a manifest, by position of the spec's fields. */
export function summarise(files: readonly DataFile[], spec: PartitionSpec, schema: Schema): PartitionSummary[] {
  return partitionTypes(spec, schema).map((type, i) => {
    const values = files.map((f) => f.partition[i] ?? null)
    const present = values.filter((v): v is Value => v !== null && !Number.isNaN(v))
    const sorted = present.toSorted(compareValues)
    const [lower, upper] = [sorted[0], sorted.at(-1)]
    return {
      containsNull: values.includes(null),
      containsNan: values.some((v) => Number.isNaN(v)),
      ...(lower === undefined ? {} : { lower: encodeValue(lower, type) }),
      ...(upper === undefined ? {} : { upper: encodeValue(upper, type) }),
    }
  })
}

function toAvro(value: Value | null, type: PrimitiveType): unknown {
  if (value === null) return null
  const decimal = decimalOf(type)
  if (decimal) {
    const size = decimalBytes(decimal.precision)
    return Buffer.from(
      BigInt.asUintN(size * 8, value as bigint)
        .toString(16)
        .padStart(size * 2, '0'),
      'hex',
    )
  }
  if (type === 'uuid') return encodeValue(value, type)
  if (type === 'int' || type === 'date') return Number(value)
  return value
}

function entries<T, U>(map: ReadonlyMap<number, T>, value: (item: T) => U): { key: number; value: U }[] | null {
  return map === ABSENT ? null : [...map].map(([key, item]) => ({ key, value: value(item) }))
}
