// Rows that this part makes itself, as a relation of the engine.
import { storable } from '#kit/storable'
import { duckType } from '#parts/sql/dialect/types'
import { type Cell, type ColumnInfo, Fields } from '#parts/sql/ports'
import { identifier, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import { parseType } from '#wire/trino/type'

/** Rows as a DuckDB table expression with typed columns: texts, which the engine reads a column at a time. */
export function renderRows(columns: readonly ColumnInfo[], rows: readonly (readonly Cell[])[]): Sql {
  const named = columns.map((c) => ({ name: identifier(c.name), type: duckType(parseType(c.type)) }))
  if (rows.length === 0) return sql`(SELECT ${join(named.map(({ name, type }) => sql`CAST(NULL AS ${type}) AS ${name}`))} WHERE FALSE)`
  const typed = join(named.map(({ name, type }) => sql`CAST(${name} AS ${type}) AS ${name}`))
  const values = join(rows.map((row) => sql`(${join(columns.map((_, i) => cell(row[i])))})`))
  return sql`(SELECT ${typed} FROM (VALUES ${values}) AS v(${join(named.map(({ name }) => name))}))`
}

const cell = (value: Cell): Sql => (value === null || value === undefined ? sql`CAST(NULL AS VARCHAR)` : literal(textOf(value)))

/** As the engine reads it. Texts of others, such as past statements, are shown even with characters that the engine cannot carry. */
function textOf(value: NonNullable<Cell>): string {
  if (value instanceof Date) return value.toISOString()
  if (Buffer.isBuffer(value)) return value.toString('hex').replace(/../g, '\\x$&')
  if (value instanceof Map) return `{${[...value].map(([key, inner]) => `${within(key)}=${within(inner)}`).join(', ')}}`
  if (value instanceof Fields) return `(${value.values.map(within).join(', ')})`
  if (Array.isArray(value)) return `[${value.map(within).join(', ')}]`
  return Object.is(value, -0) ? '-0.0' : storable(String(value))
}

function within(value: Cell): string {
  if (value === null || value === undefined) return 'NULL'
  const text = textOf(value)
  const isNested = value instanceof Map || value instanceof Fields || Array.isArray(value)
  return isNested ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}
