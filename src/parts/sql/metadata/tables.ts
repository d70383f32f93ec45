// Tables that this part makes itself: information_schema of every catalogue, and the catalogue `system`.
import type { Caller } from '#kit/access'
import { parseType } from '#wire/trino/type'
import { duckType, quoteName, quoteText } from '../dialect/types.ts'
import type { ColumnInfo, Pushdown } from '../ports.ts'
import type { ExecutorDeps } from '../query/context.ts'
import { INFORMATION_SCHEMA } from './information-schema.ts'
import { SYSTEM } from './system.ts'

export type Cell = string | number | bigint | boolean | Date | null | undefined | readonly string[]

export interface MetadataDeps extends ExecutorDeps {
  readonly caller: Caller
  /** The catalogue in whose name the table is read. */
  readonly catalog: string
}

export interface MetadataSource {
  readonly columns: readonly ColumnInfo[]
  /** What the caller may know; conditions may be used to do less. */
  rows(deps: MetadataDeps, predicates: readonly Pushdown[]): Promise<readonly (readonly Cell[])[]>
}

export function metadataTable(catalog: string, schema: string, table: string): MetadataSource | undefined {
  if (schema === 'information_schema') return INFORMATION_SCHEMA[table]
  return catalog === 'system' ? SYSTEM[schema]?.[table] : undefined
}

export function metadataTables(catalog: string, schema: string): Readonly<Record<string, MetadataSource>> {
  if (schema === 'information_schema') return INFORMATION_SCHEMA
  return (catalog === 'system' ? SYSTEM[schema] : undefined) ?? {}
}

/** Rows as a DuckDB table expression with typed columns. */
export function renderRows(columns: readonly ColumnInfo[], rows: readonly (readonly Cell[])[]): string {
  const types = columns.map((c) => duckType(parseType(c.type)))
  const names = columns.map((c) => quoteName(c.name)).join(', ')
  const list = columns.map((c, i) => `CAST(${quoteName(c.name)} AS ${types[i]}) AS ${quoteName(c.name)}`).join(', ')
  if (rows.length === 0) {
    const nulls = columns.map((c, i) => `CAST(NULL AS ${types[i]}) AS ${quoteName(c.name)}`).join(', ')
    return `(SELECT ${nulls} WHERE FALSE)`
  }
  const text = rows.map((row) => `(${columns.map((_, i) => cell(row[i])).join(', ')})`).join(', ')
  return `(SELECT ${list} FROM (VALUES ${text}) AS v(${names}))`
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return 'NULL'
  if (value instanceof Date) return quoteText(value.toISOString())
  if (typeof value === 'string') return quoteText(value)
  if (Array.isArray(value)) return `CAST([${value.map(quoteText).join(', ')}] AS VARCHAR[])`
  return String(value)
}
