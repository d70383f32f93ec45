// One read of an Iceberg table: the current snapshot's files, pruned, by field id, with deletes applied.

import type { Condition } from '#wire/iceberg/manifest/prune'
import type { DataFile } from '#wire/iceberg/manifest/types'
import { currentSchema } from '#wire/iceberg/metadata'
import { allFields } from '#wire/iceberg/schema'
import type { Field, Schema, TableMetadata } from '#wire/iceberg/types'
import { parseValue, type Value } from '#wire/iceberg/values'
import type { PreparedScan, Pushdown, ScanRequest } from '../../ports.ts'
import { duckIdentifier, duckLiteral } from '../duck.ts'
import { ColumnNotFound } from '../errors.ts'
import { assertNestedNames } from './readable.ts'
import { type PlannedFile, planFiles, type TableFiles } from './snapshot.ts'
import { toDuck } from './types.ts'

export async function prepareIcebergScan(
  metadata: TableMetadata,
  files: TableFiles,
  request: ScanRequest,
  table: string,
  check: (metadata: TableMetadata, lease: () => Promise<readonly string[]>) => Promise<void>,
): Promise<PreparedScan> {
  const schema = currentSchema(metadata)
  const columns = request.columns.map((name) => columnOf(schema, name, table))
  assertNestedNames(metadata, columns)
  const planned = await planFiles(metadata, schema, files, toConditions(schema, request.predicates))
  const relation = await relationOf(schema, columns, planned, files)
  await check(metadata, () => files.lease(planned.map((p) => p.file.path)))
  const bytes = planned.reduce((sum, p) => sum + bytesOf(p.file, columns), 0)
  return { relation, scannedBytes: () => bytes, splits: planned.length, close: async () => {} }
}

function columnOf(schema: Schema, name: string, table: string): Field {
  const field = schema.fields.find((f) => f.name.toLowerCase() === name.toLowerCase())
  if (!field) throw ColumnNotFound({ column: name, table })
  return field
}

/** Conditions that files can be told by; a value that is not plainly of the column's type is left to the engine. */
export function toConditions(schema: Schema, predicates: readonly Pushdown[]): Condition[] {
  return predicates.flatMap((p): Condition[] => {
    const field = schema.fields.find((f) => f.name.toLowerCase() === p.column.toLowerCase())
    if (!field || typeof field.type !== 'string') return []
    const type = field.type
    const values: Value[] = []
    for (const literal of p.values) {
      if (literal === null && p.op === 'in') continue
      const value = literal === null ? undefined : parseValue(String(literal), type)
      if (value === undefined) return []
      values.push(value)
    }
    if (!p.op.startsWith('is') && values.length === 0) return []
    return [{ fieldId: field.id, type, op: p.op, values }]
  })
}

async function relationOf(schema: Schema, columns: readonly Field[], planned: readonly PlannedFile[], files: TableFiles): Promise<string> {
  const select = columns.map((f) => duckIdentifier(f.name.toLowerCase())).join(', ')
  if (planned.length === 0) {
    return `(SELECT ${columns.map((f) => `CAST(NULL AS ${toDuck(f.type)}) AS ${duckIdentifier(f.name.toLowerCase())}`).join(', ')} WHERE false)`
  }
  const groups = new Map<string, PlannedFile[]>()
  for (const p of planned) {
    const key = [...p.positionDeletes, ...p.equalityDeletes].map((d) => d.path).join('\n')
    groups.set(key, [...(groups.get(key) ?? []), p])
  }
  const parts = await Promise.all([...groups.values()].map((group) => partOf(schema, columns, select, group, files)))
  return `(${parts.join(' UNION ALL ')})`
}

async function partOf(
  schema: Schema,
  columns: readonly Field[],
  select: string,
  group: readonly PlannedFile[],
  files: TableFiles,
): Promise<string> {
  const paths = await files.lease(group.map((p) => p.file.path))
  const { positionDeletes, equalityDeletes } = group[0] as PlannedFile
  const keys = equalityDeletes.flatMap((d) => d.equalityIds ?? [])
  const extra = schema.fields.filter((f) => keys.includes(f.id) && !columns.includes(f))
  const options = positionDeletes.length > 0 ? ', filename = true, file_row_number = true' : ''
  const data = `read_parquet(${list(paths)}, schema = ${fieldMap([...columns, ...extra])}${options})`
  if (positionDeletes.length === 0 && equalityDeletes.length === 0) return `SELECT ${select} FROM ${data}`
  const conditions: string[] = []
  if (positionDeletes.length > 0) {
    const names = `(VALUES ${group.map((p, i) => `(${duckLiteral(p.file.path)}, ${duckLiteral(paths[i] as string)})`).join(', ')}) n(uri, path)`
    const deleted = `read_parquet(${list(await files.lease(positionDeletes.map((d) => d.path)))}, schema = ${POSITION_FIELDS})`
    conditions.push(
      `NOT EXISTS (SELECT 1 FROM ${deleted} p JOIN ${names} ON p.file_path = n.uri WHERE n.path = d.filename AND p.pos = d.file_row_number)`,
    )
  }
  for (const file of equalityDeletes) {
    const fields = schema.fields.filter((f) => file.equalityIds?.includes(f.id))
    const path = await files.lease([file.path])
    const same = fields.map((f) => `e.${lower(f)} IS NOT DISTINCT FROM d.${lower(f)}`).join(' AND ')
    conditions.push(`NOT EXISTS (SELECT 1 FROM read_parquet(${list(path)}, schema = ${fieldMap(fields)}) e WHERE ${same})`)
  }
  return `SELECT ${select} FROM ${data} d WHERE ${conditions.join(' AND ')}`
}

/** Reserved field ids of position delete files (spec, "Reserved Field IDs"). */
const POSITION_FIELDS = `MAP {2147483546: {name: 'file_path', type: 'VARCHAR', default_value: NULL}, 2147483545: {name: 'pos', type: 'BIGINT', default_value: NULL}}`

const lower = (f: Field): string => duckIdentifier(f.name.toLowerCase())
const list = (paths: readonly string[]): string => `[${paths.map(duckLiteral).join(', ')}]`

function fieldMap(fields: readonly Field[]): string {
  const items = fields.map(
    (f) => `${f.id}: {name: ${duckLiteral(f.name.toLowerCase())}, type: ${duckLiteral(toDuck(f.type))}, default_value: NULL}`,
  )
  return `MAP {${items.join(', ')}}`
}

/** Bytes of the columns' chunks as the manifest tells them; of the whole file where it does not. */
function bytesOf(file: DataFile, columns: readonly Field[]): number {
  if (file.columnSizes.size === 0) return file.sizeBytes
  const ids = columns.flatMap((f) => [f.id, ...allFields({ type: 'struct', fields: [f] }).map((x) => x.id)])
  return [...new Set(ids)].reduce((sum, id) => sum + (file.columnSizes.get(id) ?? 0), 0)
}
