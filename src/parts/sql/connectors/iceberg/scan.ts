// One read of an Iceberg table: the current snapshot's files, pruned, by field id, with deletes applied.

import { ColumnNotFound, NotSupported } from '#parts/sql/connectors/errors'
import { fieldMap, pathList } from '#parts/sql/connectors/fields'
import { type HiddenSql, hiddenIn, hiddenSql } from '#parts/sql/connectors/iceberg/hidden'
import { assertNestedNames } from '#parts/sql/connectors/iceberg/readable'
import { type PlannedFile, planFiles, type TableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import { toDuck } from '#parts/sql/connectors/iceberg/types'
import type { PlaceNames, PreparedScan, Pushdown, ScanRequest } from '#parts/sql/ports'
import { identifier, integer, join, literal, nothing, type Sql, sql } from '#wire/duckdb/sql'
import type { Condition } from '#wire/iceberg/manifest/prune'
import type { DataFile } from '#wire/iceberg/manifest/types'
import { currentSchema } from '#wire/iceberg/metadata'
import { allFields } from '#wire/iceberg/schema'
import type { Field, Schema, TableMetadata } from '#wire/iceberg/types'
import { parseValue, type Value } from '#wire/iceberg/values'

/** The relation shall also tell where each row is. */
export interface Placed {
  readonly names: PlaceNames
  /** Told of each file that is read, with its path. */
  readonly told: (path: string, file: PlannedFile) => void
}

export async function prepareIcebergScan(
  metadata: TableMetadata,
  files: TableFiles,
  request: ScanRequest,
  table: string,
  check: (metadata: TableMetadata, columns: readonly Field[], lease: () => Promise<readonly string[]>) => Promise<void>,
  placed?: Placed,
): Promise<PreparedScan> {
  const schema = currentSchema(metadata)
  const own = hiddenIn(schema).map((c) => c.name)
  const columns = request.columns.filter((name) => !own.includes(name)).map((name) => columnOf(schema, name, table))
  assertNestedNames(metadata, columns)
  const planned = await planFiles(metadata, schema, files, toConditions(schema, request.predicates))
  const hidden = hiddenSql(
    metadata,
    request.columns.filter((name) => own.includes(name)),
  )
  const relation = await relationOf(schema, columns, planned, files, hidden, placed)
  await check(metadata, columns, () => files.lease(planned.map((p) => p.file.path)))
  const bytes = planned.reduce((sum, p) => sum + bytesOf(p.file, columns), 0)
  return { relation, scannedBytes: () => bytes, splits: planned.length, close: async () => {} }
}

/** All columns of the rows of these files, in the order of the table, with deletes applied. */
export async function rowsOfFiles(metadata: TableMetadata, files: TableFiles, planned: readonly PlannedFile[]): Promise<Sql> {
  const schema = currentSchema(metadata)
  assertNestedNames(metadata, schema.fields)
  return relationOf(schema, schema.fields, planned, files, hiddenSql(metadata, []), undefined)
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

async function relationOf(
  schema: Schema,
  columns: readonly Field[],
  planned: readonly PlannedFile[],
  files: TableFiles,
  hidden: HiddenSql,
  placed: Placed | undefined,
): Promise<Sql> {
  if (planned.length === 0) {
    const none = columns.map((f) => sql`CAST(NULL AS ${toDuck(f.type)}) AS ${lower(f)}`)
    const places = placesOf(placed, sql`CAST(NULL AS VARCHAR)`, sql`CAST(NULL AS BIGINT)`)
    return sql`(SELECT ${join([...none, ...hidden.none, ...places])} WHERE false)`
  }
  const own = columns.map((f) => sql`d.${inFile(f)} AS ${lower(f)}`)
  const select = join([...own, ...hidden.columns, ...placesOf(placed, FILE, POSITION)])
  const groups = new Map<string, PlannedFile[]>()
  for (const p of planned) {
    const key = [...p.positionDeletes, ...p.equalityDeletes].map((d) => d.path).join('\n')
    groups.set(key, [...(groups.get(key) ?? []), p])
  }
  const parts = await Promise.all([...groups.values()].map((group) => partOf(schema, columns, select, group, files, hidden, placed)))
  return sql`(${join(parts, ' UNION ALL ')})`
}

async function partOf(
  schema: Schema,
  columns: readonly Field[],
  select: Sql,
  group: readonly PlannedFile[],
  files: TableFiles,
  hidden: HiddenSql,
  placed: Placed | undefined,
): Promise<Sql> {
  const paths = await files.lease(group.map((p) => p.file.path))
  if (placed) for (const [i, one] of group.entries()) placed.told(paths[i] as string, one)
  const { positionDeletes, equalityDeletes } = group[0] as PlannedFile
  const keys = equalityDeletes.flatMap((d) => d.equalityIds ?? [])
  const extra = schema.fields.filter((f) => keys.includes(f.id) && !columns.includes(f))
  const rows = rowsOf(group.map((p) => p.file))
  const read = [...columns, ...extra]
  const fields = read.length > 0 ? read : schema.fields.slice(0, 1)
  const data = sql`read_parquet(${pathList(paths)}, schema = ${fieldsMap(fields)}${rows}) d${hidden.joined(group, paths)}`
  if (positionDeletes.length === 0 && equalityDeletes.length === 0) return sql`SELECT ${select} FROM ${data}`
  const conditions: Sql[] = []
  if (positionDeletes.length > 0) {
    const names = sql`(VALUES ${join(group.map((p, i) => sql`(${literal(p.file.path)}, ${literal(paths[i] as string)})`))}) n(uri, path)`
    const deleted = sql`read_parquet(${pathList(await files.lease(positionDeletes.map((d) => d.path)))}, schema = ${POSITION_FIELDS}${rowsOf(positionDeletes)})`
    conditions.push(
      sql`NOT EXISTS (SELECT 1 FROM ${deleted} p JOIN ${names} ON p.file_path = n.uri WHERE n.path = ${FILE} AND p.pos = ${POSITION})`,
    )
  }
  for (const file of equalityDeletes) {
    const fields = schema.fields.filter((f) => file.equalityIds?.includes(f.id))
    if (fields.length !== new Set(file.equalityIds).size)
      throw NotSupported({ what: 'an equality delete by a column that was dropped, or is nested,', hint: 'rewrite the table without it' })
    const path = await files.lease([file.path])
    const same = join(
      fields.map((f) => sql`e.${inFile(f)} IS NOT DISTINCT FROM d.${inFile(f)}`),
      ' AND ',
    )
    conditions.push(
      sql`NOT EXISTS (SELECT 1 FROM read_parquet(${pathList(path)}, schema = ${fieldsMap(fields)}${rowsOf([file])}) e WHERE ${same})`,
    )
  }
  return sql`SELECT ${select} FROM ${data} WHERE ${join(conditions, ' AND ')}`
}

/** Reserved field ids of position delete files (spec, "Reserved Field IDs"). */
const POSITION_FIELDS = sql`MAP {2147483546: {name: 'file_path', type: 'VARCHAR', default_value: NULL}, 2147483545: {name: 'pos', type: 'BIGINT', default_value: NULL}}`

/** Where a row is, by the engine's virtual columns, which a column of the same name would hide. */
const FILE = sql`d.filename`
const POSITION = sql`d.file_row_number`

function placesOf(placed: Placed | undefined, file: Sql, position: Sql): Sql[] {
  return placed ? [sql`${file} AS ${identifier(placed.names.file)}`, sql`${position} AS ${identifier(placed.names.position)}`] : []
}

/** What a column is called while its files are read: no name of the table's is, so that none hides a virtual column. */
const nameInFile = (f: Field): string => `f${f.id}`
const inFile = (f: Field): Sql => identifier(nameInFile(f))
const lower = (f: Field): Sql => identifier(f.name.toLowerCase())

const fieldsMap = (fields: readonly Field[]): Sql => fieldMap(fields.map((f) => ({ id: f.id, name: nameInFile(f), type: toDuck(f.type) })))

/** For the order of joins: with a schema of its own the engine counts nothing before it reads. A wrong count makes a slow plan, not another answer. */
function rowsOf(files: readonly DataFile[]): Sql {
  const rows = files.reduce((sum, file) => sum + file.recordCount, 0)
  return rows > 0 ? sql`, explicit_cardinality = ${integer(Math.min(rows, Number.MAX_SAFE_INTEGER))}` : nothing
}

/** Bytes of the columns' chunks as the manifest tells them; of the whole file where it does not. */
function bytesOf(file: DataFile, columns: readonly Field[]): number {
  if (file.columnSizes.size === 0) return file.sizeBytes
  const ids = columns.flatMap((f) => [f.id, ...allFields({ type: 'struct', fields: [f] }).map((x) => x.id)])
  return [...new Set(ids)].reduce((sum, id) => sum + (file.columnSizes.get(id) ?? 0), 0)
}
