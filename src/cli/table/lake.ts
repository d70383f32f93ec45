// The lake's tables by SQL, for commands: which there are, and what each is made of.
import { defineError } from '#kit/errors'
import { ICEBERG_CATALOG } from '#platform/names'
import type { SqlClient } from '#wire/trino/client'
import { quoteName, quoteText } from '#wire/trino/names'

export const TableUsage = defineError('table.usage', 400, '{problem}', {
  hint: 'akko table ls [SCHEMA] | show T | maintain [T] [--dry-run] | dropped | undrop T, where T is SCHEMA.TABLE',
})

export interface TableName {
  readonly schema: string
  readonly table: string
}

/** `SCHEMA.TABLE`, with or without the catalogue before it; a nested schema has dots of its own. */
export function tableNamed(text: string): TableName {
  const parts = text.toLowerCase().split('.')
  if (parts.length > 2 && parts[0] === ICEBERG_CATALOG) parts.shift()
  const table = parts.pop()
  if (!table || parts.length === 0 || parts.includes('')) throw TableUsage({ problem: `${JSON.stringify(text)} is not SCHEMA.TABLE` })
  return { schema: parts.join('.'), table }
}

export const printTableName = ({ schema, table }: TableName): string => `${schema}.${table}`

/** As a statement names it; `detail` is one of the tables that tell of it. */
export function inSql({ schema, table }: TableName, detail?: string): string {
  return [ICEBERG_CATALOG, schema, detail === undefined ? table : `${table}$${detail}`].map(quoteName).join('.')
}

/** All that the person may see, in order. */
export async function tablesIn(client: SqlClient, schema?: string): Promise<readonly TableName[]> {
  const only = schema === undefined ? '' : ` AND table_schema = ${quoteText(schema.toLowerCase())}`
  const { rows } = await client.query(
    `SELECT table_schema, table_name FROM ${ICEBERG_CATALOG}.information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema <> 'information_schema'${only} ORDER BY 1, 2`,
  )
  return rows.map(([found, table]) => ({ schema: String(found), table: String(table) }))
}

/** What a table is made of. */
export interface TableSize {
  readonly files: number
  readonly deleteFiles: number
  readonly bytes: number
  /** As the files tell; deleted ones among them. */
  readonly rows: number
  readonly snapshots: number
}

export async function sizeOf(client: SqlClient, name: TableName): Promise<TableSize> {
  const { rows } = await client.query(
    `SELECT count_if(content = 0), count_if(content <> 0), coalesce(sum(file_size_in_bytes), 0), coalesce(sum(record_count) FILTER (WHERE content = 0), 0),
       (SELECT count(*) FROM ${inSql(name, 'snapshots')})
     FROM ${inSql(name, 'files')}`,
  )
  const [files = 0, deleteFiles = 0, bytes = 0, count = 0, snapshots = 0] = (rows[0] ?? []).map(Number)
  return { files, deleteFiles, bytes, rows: count, snapshots }
}
