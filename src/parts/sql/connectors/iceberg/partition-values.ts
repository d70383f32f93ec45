// The partition of a file as a row of Trino: the fields of all specs whose columns are still there, each once.

import { isoTime, plainDay, plainDecimal, plainMoment } from '#parts/sql/connectors/iceberg/shown'
import { trinoType } from '#parts/sql/connectors/iceberg/types'
import { type Cell, Fields } from '#parts/sql/ports'
import { partitionTypes } from '#wire/iceberg/manifest/schemas'
import type { DataFile } from '#wire/iceberg/manifest/types'
import { currentSchema } from '#wire/iceberg/metadata'
import { fieldById } from '#wire/iceberg/schema'
import type { PartitionSpec, PrimitiveType, TableMetadata } from '#wire/iceberg/types'
import { decimalOf, type Value } from '#wire/iceberg/values'
import { printType, rowOf } from '#wire/trino/type'

export interface PartitionRow {
  readonly type: string
  readonly of: (file: DataFile, spec: PartitionSpec) => Cell
}

/** Undefined where a table is not partitioned, and never was by a column that it has. */
export function partitionRow(m: TableMetadata): PartitionRow | undefined {
  const schema = currentSchema(m)
  const fields = new Map<number, readonly [name: string, type: PrimitiveType]>()
  for (const spec of m['partition-specs']) {
    const types = partitionTypes(spec, schema)
    for (const [i, field] of spec.fields.entries())
      if (!fields.has(field['field-id']) && fieldById(schema, field['source-id']))
        fields.set(field['field-id'], [field.name, types[i] as PrimitiveType])
  }
  if (fields.size === 0) return undefined
  const all = [...fields.values()]
  return {
    type: printType(
      rowOf(
        all.map(([, type]) => trinoType(type)),
        all.map(([name]) => name),
      ),
    ),
    of: (file, spec) =>
      new Fields([...fields].map(([id, [, type]]) => valueCell(file.partition[spec.fields.findIndex((f) => f['field-id'] === id)], type))),
  }
}

/** A value of a column of this type in a row that is made here. */
export function valueCell(value: Value | null | undefined, type: PrimitiveType): Cell {
  if (typeof value !== 'bigint') return value
  switch (type) {
    case 'date':
      return plainDay(value)
    case 'time':
      return isoTime(value)
    case 'timestamp':
      return plainMoment(value)
    case 'timestamptz':
      return `${plainMoment(value)}+00`
    default: {
      const decimal = decimalOf(type)
      return decimal ? plainDecimal(value, decimal.scale) : value
    }
  }
}
