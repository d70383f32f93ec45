// The Avro schemas of manifests and manifest lists, format version 2, with the field ids that the spec gives.

import type { AvroSchema } from '#wire/iceberg/manifest/avro'
import { fieldById } from '#wire/iceberg/schema'
import { transformType } from '#wire/iceberg/transforms'
import type { PartitionSpec, PrimitiveType, StructType } from '#wire/iceberg/types'
import { decimalOf, fixedLength } from '#wire/iceberg/values'

/** The type of each partition field of a spec, by position. */
export function partitionTypes(spec: PartitionSpec, schema: StructType): readonly PrimitiveType[] {
  return spec.fields.map((f) => {
    const source = fieldById(schema, f['source-id'])
    return transformType(f.transform, typeof source?.type === 'string' ? source.type : 'string')
  })
}

/** The least number of bytes that holds a decimal's unscaled value. */
export function decimalBytes(precision: number): number {
  let length = 1
  while (10n ** BigInt(precision) > 1n << BigInt(length * 8 - 1)) length++
  return length
}

function avroType(type: PrimitiveType): unknown {
  const decimal = decimalOf(type)
  if (decimal) {
    const { precision, scale } = decimal
    const size = decimalBytes(precision)
    return { type: 'fixed', name: `decimal_${precision}_${scale}`, size, logicalType: 'decimal', precision, scale }
  }
  const length = fixedLength(type)
  if (length !== undefined) return { type: 'fixed', name: `fixed_${length}`, size: length }
  switch (type) {
    case 'date':
      return { type: 'int', logicalType: 'date' }
    case 'time':
      return { type: 'long', logicalType: 'time-micros' }
    case 'timestamp':
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': type === 'timestamptz' }
    case 'uuid':
      return { type: 'fixed', name: 'uuid_fixed', size: 16, logicalType: 'uuid' }
    case 'binary':
      return 'bytes'
    default:
      return type
  }
}

const required = (name: string, type: unknown, id: number) => ({ name, type, 'field-id': id })
const optional = (name: string, type: unknown, id: number) => ({ name, type: ['null', type], default: null, 'field-id': id })
const list = (element: string, id: number) => ({ type: 'array', items: element, 'element-id': id })

/** A map with int keys, as the spec has it: an array of key-value records. */
const intMap = (keyId: number, valueId: number, value: string) => ({
  type: 'array',
  logicalType: 'map',
  items: {
    type: 'record',
    name: `k${keyId}_v${valueId}`,
    fields: [required('key', 'int', keyId), required('value', value, valueId)],
  },
})

/**
 * An Avro name: letters, digits and underscores, as the Java library sanitises others. One that a JavaScript object cannot have for a field is
 * written otherwise; readers go by the field's id.
 */
export function avroName(name: string): string {
  if (name === '__proto__') return '_x5F_proto__'
  const safe = [...name].map((c) => (/[A-Za-z0-9_]/.test(c) ? c : `_x${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}`)).join('')
  return /^\d/.test(safe) ? `_${safe}` : safe
}

export function manifestSchema(spec: PartitionSpec, types: readonly PrimitiveType[]): AvroSchema {
  const named = new Set<string>()
  const partition = spec.fields.map((f, i) => {
    const type = avroType(types[i] as PrimitiveType)
    const name = (type as { name?: string }).name
    const again = name !== undefined && named.has(name)
    if (name !== undefined) named.add(name)
    return optional(avroName(f.name), again ? name : type, f['field-id'])
  })
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      required('status', 'int', 0),
      optional('snapshot_id', 'long', 1),
      optional('sequence_number', 'long', 3),
      optional('file_sequence_number', 'long', 4),
      required(
        'data_file',
        {
          type: 'record',
          name: 'r2',
          fields: [
            required('content', 'int', 134),
            required('file_path', 'string', 100),
            required('file_format', 'string', 101),
            required('partition', { type: 'record', name: 'r102', fields: partition }, 102),
            required('record_count', 'long', 103),
            required('file_size_in_bytes', 'long', 104),
            optional('column_sizes', intMap(117, 118, 'long'), 108),
            optional('value_counts', intMap(119, 120, 'long'), 109),
            optional('null_value_counts', intMap(121, 122, 'long'), 110),
            optional('nan_value_counts', intMap(138, 139, 'long'), 137),
            optional('lower_bounds', intMap(126, 127, 'bytes'), 125),
            optional('upper_bounds', intMap(129, 130, 'bytes'), 128),
            optional('key_metadata', 'bytes', 131),
            optional('split_offsets', list('long', 133), 132),
            optional('equality_ids', list('int', 136), 135),
            optional('sort_order_id', 'int', 140),
          ],
        },
        2,
      ),
    ],
  }
}

export const MANIFEST_LIST_SCHEMA: AvroSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    required('manifest_path', 'string', 500),
    required('manifest_length', 'long', 501),
    required('partition_spec_id', 'int', 502),
    required('content', 'int', 517),
    required('sequence_number', 'long', 515),
    required('min_sequence_number', 'long', 516),
    required('added_snapshot_id', 'long', 503),
    required('added_files_count', 'int', 504),
    required('existing_files_count', 'int', 505),
    required('deleted_files_count', 'int', 506),
    required('added_rows_count', 'long', 512),
    required('existing_rows_count', 'long', 513),
    required('deleted_rows_count', 'long', 514),
    optional(
      'partitions',
      {
        type: 'array',
        'element-id': 508,
        items: {
          type: 'record',
          name: 'r508',
          fields: [
            required('contains_null', 'boolean', 509),
            optional('contains_nan', 'boolean', 518),
            optional('lower_bound', 'bytes', 510),
            optional('upper_bound', 'bytes', 511),
          ],
        },
      },
      507,
    ),
    optional('key_metadata', 'bytes', 519),
  ],
}
