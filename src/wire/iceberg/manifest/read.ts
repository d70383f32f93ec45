// Manifest lists and manifests of format versions 1 and 2, from bytes.
import { fromUnscaledBytes, uuidText } from '#wire/iceberg/bounds'
import { BadData } from '#wire/iceberg/errors'
import { type AvroSchema, readContainer } from '#wire/iceberg/manifest/avro'
import {
  ABSENT,
  type Content,
  type DataFile,
  type ManifestEntry,
  type ManifestFile,
  type PartitionSummary,
} from '#wire/iceberg/manifest/types'
import type { PartitionSpec, PrimitiveType } from '#wire/iceberg/types'
import { decimalOf, type Value } from '#wire/iceberg/values'

type Raw = Record<string, unknown>

const CONTENTS = ['data', 'position-deletes', 'equality-deletes'] as const satisfies readonly Content[]
const STATUSES = ['existing', 'added', 'deleted'] as const

/** Throws BadData. `uri` is for the text. */
export function readManifestList(bytes: Buffer, uri = 'a manifest list'): Promise<ManifestFile[]> {
  return whole(uri, async () => {
    const { records } = await readContainer(bytes)
    return records.map((r) => ({
      path: text(r.manifest_path, 'manifest_path'),
      length: size(r.manifest_length, 'manifest_length'),
      specId: size(r.partition_spec_id, 'partition_spec_id'),
      content: (['data', 'deletes'] as const)[size(r.content, 'content')] ?? refuse('content'),
      sequenceNumber: long(r.sequence_number, 'sequence_number'),
      minSequenceNumber: long(r.min_sequence_number, 'min_sequence_number'),
      addedSnapshotId: long(r.added_snapshot_id, 'added_snapshot_id'),
      addedFiles: size(r.added_files_count ?? r.added_data_files_count, 'added_files_count'),
      existingFiles: size(r.existing_files_count ?? r.existing_data_files_count, 'existing_files_count'),
      deletedFiles: size(r.deleted_files_count ?? r.deleted_data_files_count, 'deleted_files_count'),
      addedRows: long(r.added_rows_count, 'added_rows_count'),
      existingRows: long(r.existing_rows_count, 'existing_rows_count'),
      deletedRows: long(r.deleted_rows_count, 'deleted_rows_count'),
      partitions: list(r.partitions, 'partitions').map((item): PartitionSummary => {
        const p = record(item, 'partitions')
        return {
          containsNull: typeof p.contains_null === 'boolean' ? p.contains_null : refuse('contains_null'),
          ...(typeof p.contains_nan === 'boolean' ? { containsNan: p.contains_nan } : {}),
          ...(p.lower_bound ? { lower: buffer(p.lower_bound, 'lower_bound') } : {}),
          ...(p.upper_bound ? { upper: buffer(p.upper_bound, 'upper_bound') } : {}),
        }
      }),
      ...(r.key_metadata ? { keyMetadata: buffer(r.key_metadata, 'key_metadata') } : {}),
    }))
  })
}

/**
 * Live and deleted entries. `types` are the partition fields' types by position; the record is read by field id, else by name.
 * Throws BadData.
 */
export function readManifest(
  bytes: Buffer,
  manifest: ManifestFile,
  spec: PartitionSpec,
  types: readonly PrimitiveType[],
): Promise<ManifestEntry[]> {
  return whole(manifest.path, async () => {
    const { records, schema } = await readContainer(bytes)
    const names = partitionNames(schema, spec)
    return records.map((r) => {
      const file = record(r.data_file, 'data_file')
      const partition = record(file.partition, 'partition')
      const content = CONTENTS[size(file.content, 'content')] ?? refuse('content')
      if ((content === 'data') !== (manifest.content === 'data')) refuse('content', `${content} in a manifest of ${manifest.content}`)
      const equalityIds = list(file.equality_ids, 'equality_ids').map((id) => size(id, 'equality_ids'))
      if (content === 'equality-deletes' && equalityIds.length === 0) refuse('equality_ids')
      return {
        status: STATUSES[size(r.status, 'status')] ?? refuse('status'),
        snapshotId: isAbsent(r.snapshot_id) ? manifest.addedSnapshotId : long(r.snapshot_id, 'snapshot_id'),
        sequenceNumber: isAbsent(r.sequence_number) ? manifest.sequenceNumber : long(r.sequence_number, 'sequence_number'),
        fileSequenceNumber: isAbsent(r.file_sequence_number)
          ? manifest.sequenceNumber
          : long(r.file_sequence_number, 'file_sequence_number'),
        file: {
          content,
          path: text(file.file_path, 'file_path'),
          format: text(file.file_format, 'file_format').toUpperCase(),
          partition: names.map((name, i) => partitionValue(name === undefined ? null : partition[name], types[i] as PrimitiveType)),
          recordCount: size(file.record_count, 'record_count'),
          sizeBytes: size(file.file_size_in_bytes, 'file_size_in_bytes'),
          columnSizes: intMap(file.column_sizes, 'column_sizes', size),
          valueCounts: intMap(file.value_counts, 'value_counts', size),
          nullCounts: intMap(file.null_value_counts, 'null_value_counts', size),
          ...(file.nan_value_counts ? { nanCounts: intMap(file.nan_value_counts, 'nan_value_counts', size) } : {}),
          lowerBounds: intMap(file.lower_bounds, 'lower_bounds', buffer),
          upperBounds: intMap(file.upper_bounds, 'upper_bounds', buffer),
          ...(file.key_metadata ? { keyMetadata: buffer(file.key_metadata, 'key_metadata') } : {}),
          ...(file.split_offsets ? { splitOffsets: list(file.split_offsets, 'split_offsets').map((o) => size(o, 'split_offsets')) } : {}),
          ...(isAbsent(file.equality_ids) ? {} : { equalityIds }),
          ...(typeof file.sort_order_id === 'number' ? { sortOrderId: file.sort_order_id } : {}),
        } satisfies DataFile,
      }
    })
  })
}

/** What the reading of a damaged or foreign file throws, as the one error. */
async function whole<T>(uri: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (BadData.is(error)) throw BadData({ reason: `${uri}: ${error.values.reason}` }, error)
    throw BadData({ reason: `${uri} cannot be read` }, error)
  }
}

function refuse(field: string, why = 'is not what the format has there'): never {
  throw BadData({ reason: `${field} ${why}` })
}

function partitionNames(schema: AvroSchema, spec: PartitionSpec): (string | undefined)[] {
  const file = schema.fields?.find((f) => f.name === 'data_file')?.type as AvroSchema | undefined
  const fields = (file?.fields?.find((f) => f.name === 'partition')?.type as AvroSchema | undefined)?.fields ?? []
  return spec.fields.map((f) => (fields.find((x) => x['field-id'] === f['field-id']) ?? fields.find((x) => x.name === f.name))?.name)
}

function partitionValue(raw: unknown, type: PrimitiveType): Value | null {
  if (isAbsent(raw)) return null
  if (raw instanceof Uint8Array) {
    const bytes = Buffer.from(raw)
    if (decimalOf(type)) return fromUnscaledBytes(bytes)
    return type === 'uuid' ? uuidText(bytes) : bytes
  }
  if (typeof raw === 'number') return type === 'float' || type === 'double' ? raw : BigInt(raw)
  return typeof raw === 'bigint' || typeof raw === 'string' || typeof raw === 'boolean' ? raw : refuse('partition')
}

function intMap<T>(raw: unknown, field: string, value: (item: unknown, field: string) => T): ReadonlyMap<number, T> {
  if (isAbsent(raw)) return ABSENT
  return new Map(
    list(raw, field).map((item) => {
      const entry = record(item, field)
      return [size(entry.key, field), value(entry.value, field)]
    }),
  )
}

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined

/** A count, length or id; 0 where there is none. */
function size(value: unknown, field: string): number {
  const n = Number(value ?? 0)
  return (isAbsent(value) || typeof value === 'number' || typeof value === 'bigint') && Number.isSafeInteger(n) && n >= 0
    ? n
    : refuse(field)
}

function long(value: unknown, field: string): bigint {
  if (isAbsent(value)) return 0n
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value as bigint | number) : refuse(field)
}

function text(value: unknown, field: string): string {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && !value.includes('\0') ? value : refuse(field)
}

function list(value: unknown, field: string): readonly unknown[] {
  return isAbsent(value) ? [] : Array.isArray(value) ? value : refuse(field)
}

function record(value: unknown, field: string): Raw {
  return typeof value === 'object' && value !== null ? (value as Raw) : refuse(field)
}

function buffer(value: unknown, field: string): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : refuse(field)
}
