// Manifest lists and manifests of format versions 1 and 2, from bytes.
import { fromUnscaledBytes, uuidText } from '#wire/iceberg/bounds'
import type { PartitionSpec, PrimitiveType } from '#wire/iceberg/types'
import { decimalOf, type Value } from '#wire/iceberg/values'
import { type AvroSchema, readContainer } from './avro.ts'
import type { Content, DataFile, ManifestEntry, ManifestFile, PartitionSummary } from './types.ts'

type Raw = Record<string, unknown>

export async function readManifestList(bytes: Buffer): Promise<ManifestFile[]> {
  const { records } = await readContainer(bytes)
  return records.map((r) => ({
    path: r.manifest_path as string,
    length: int(r.manifest_length),
    specId: int(r.partition_spec_id),
    content: int(r.content) === 1 ? 'deletes' : 'data',
    sequenceNumber: long(r.sequence_number),
    minSequenceNumber: long(r.min_sequence_number),
    addedSnapshotId: long(r.added_snapshot_id),
    addedFiles: int(r.added_files_count ?? r.added_data_files_count),
    existingFiles: int(r.existing_files_count ?? r.existing_data_files_count),
    deletedFiles: int(r.deleted_files_count ?? r.deleted_data_files_count),
    addedRows: long(r.added_rows_count),
    existingRows: long(r.existing_rows_count),
    deletedRows: long(r.deleted_rows_count),
    partitions: ((r.partitions as Raw[] | null) ?? []).map(
      (p): PartitionSummary => ({
        containsNull: p.contains_null as boolean,
        ...(typeof p.contains_nan === 'boolean' ? { containsNan: p.contains_nan } : {}),
        ...(p.lower_bound ? { lower: p.lower_bound as Buffer } : {}),
        ...(p.upper_bound ? { upper: p.upper_bound as Buffer } : {}),
      }),
    ),
    ...(r.key_metadata ? { keyMetadata: r.key_metadata as Buffer } : {}),
  }))
}

/** Live and deleted entries. `types` are the partition fields' types by position; the record is read by field id, else by name. */
export async function readManifest(
  bytes: Buffer,
  manifest: ManifestFile,
  spec: PartitionSpec,
  types: readonly PrimitiveType[],
): Promise<ManifestEntry[]> {
  const { records, schema } = await readContainer(bytes)
  const names = partitionNames(schema, spec)
  return records.map((r) => {
    const file = r.data_file as Raw
    const status = (['existing', 'added', 'deleted'] as const)[int(r.status)] ?? 'deleted'
    const partition = file.partition as Raw
    return {
      status,
      snapshotId: r.snapshot_id === null || r.snapshot_id === undefined ? manifest.addedSnapshotId : long(r.snapshot_id),
      sequenceNumber: r.sequence_number === null || r.sequence_number === undefined ? manifest.sequenceNumber : long(r.sequence_number),
      file: {
        content: (['data', 'position-deletes', 'equality-deletes'] as const)[int(file.content)] as Content,
        path: file.file_path as string,
        format: String(file.file_format).toUpperCase(),
        partition: names.map((name, i) => partitionValue(name === undefined ? null : partition[name], types[i] as PrimitiveType)),
        recordCount: int(file.record_count),
        sizeBytes: int(file.file_size_in_bytes),
        columnSizes: intMap(file.column_sizes, int),
        valueCounts: intMap(file.value_counts, int),
        nullCounts: intMap(file.null_value_counts, int),
        lowerBounds: intMap(file.lower_bounds, (v) => v as Buffer),
        upperBounds: intMap(file.upper_bounds, (v) => v as Buffer),
        ...(file.split_offsets ? { splitOffsets: (file.split_offsets as unknown[]).map(int) } : {}),
        ...(file.equality_ids ? { equalityIds: file.equality_ids as number[] } : {}),
        ...(typeof file.sort_order_id === 'number' ? { sortOrderId: file.sort_order_id } : {}),
      } satisfies DataFile,
    }
  })
}

function partitionNames(schema: AvroSchema, spec: PartitionSpec): (string | undefined)[] {
  const file = schema.fields?.find((f) => f.name === 'data_file')?.type as AvroSchema | undefined
  const fields = (file?.fields?.find((f) => f.name === 'partition')?.type as AvroSchema | undefined)?.fields ?? []
  return spec.fields.map((f) => (fields.find((x) => x['field-id'] === f['field-id']) ?? fields.find((x) => x.name === f.name))?.name)
}

function partitionValue(raw: unknown, type: PrimitiveType): Value | null {
  if (raw === null || raw === undefined) return null
  if (Buffer.isBuffer(raw) || raw instanceof Uint8Array) {
    const bytes = Buffer.from(raw)
    if (decimalOf(type)) return fromUnscaledBytes(bytes)
    return type === 'uuid' ? uuidText(bytes) : bytes
  }
  if (typeof raw === 'number') return type === 'float' || type === 'double' ? raw : BigInt(raw)
  return raw as Value
}

function intMap<T>(raw: unknown, value: (item: unknown) => T): ReadonlyMap<number, T> {
  return new Map(((raw as { key: number; value: unknown }[] | null | undefined) ?? []).map((e) => [e.key, value(e.value)]))
}

const int = (value: unknown): number => Number(value ?? 0)
const long = (value: unknown): bigint => BigInt((value as bigint | number | null | undefined) ?? 0)
