// akko table ls and show: the lake's tables with what they are made of.
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { bytesText } from '#cli/storage/progress'
import { inSql, printTableName, sizeOf, type TableName, type TableSize, tablesIn } from '#cli/table/lake'
import { dueFor } from '#cli/table/maintain'
import type { SqlClient } from '#wire/trino/client'

export async function list(client: SqlClient, flags: Flags, schema: string | undefined): Promise<void> {
  const tables: { table: string; size: TableSize | null }[] = []
  // Of what somebody sees in part, the files are not told.
  for (const name of await tablesIn(client, schema))
    tables.push({ table: printTableName(name), size: await sizeOf(client, name).catch(() => null) })
  if (flags.json) return printJson({ tables })
  const cell = (value: number | undefined) => (value === undefined ? '-' : value.toLocaleString('en'))
  printTable(
    ['TABLE', 'ROWS', 'FILES', 'BYTES', 'SNAPSHOTS'],
    tables.map(({ table, size }) => [
      table,
      cell(size?.rows),
      cell(size ? size.files + size.deleteFiles : undefined),
      size ? bytesText(size.bytes) : '-',
      cell(size?.snapshots),
    ]),
    [1, 2, 3, 4],
  )
}

export async function show(client: SqlClient, flags: Flags, name: TableName): Promise<void> {
  const texts = async (sql: string) =>
    (await client.query(sql)).rows.map((row) => row.map((value) => (value === null ? '' : String(value))))
  const shown = {
    table: printTableName(name),
    size: await sizeOf(client, name),
    columns: (await texts(`DESCRIBE ${inSql(name)}`)).map(([column, type]) => ({ name: column, type })),
    references: (await texts(`SELECT name, type, snapshot_id FROM ${inSql(name, 'refs')} ORDER BY name`)).map(([ref, type, snapshot]) => ({
      name: ref,
      type,
      snapshot,
    })),
    properties: Object.fromEntries(await texts(`SELECT key, value FROM ${inSql(name, 'properties')} ORDER BY key`)) as Record<
      string,
      string
    >,
    due: await dueFor(client, name),
  }
  if (flags.json) return printJson(shown)
  const { size } = shown
  printTable(
    [shown.table, ''],
    [
      ['rows', size.rows.toLocaleString('en')],
      ['files', `${size.files} of data, ${size.deleteFiles} of deleted rows, ${bytesText(size.bytes)}`],
      ['snapshots', String(size.snapshots)],
      ...shown.references.map(({ name: ref, type, snapshot }) => [`${type?.toLowerCase()} ${ref}`, String(snapshot)]),
      ...Object.entries(shown.properties),
      ...shown.due.map(({ call, items, bytes }) => [`due: ${call}`, `${items} items, ${bytesText(bytes)}`]),
    ],
  )
  printTable(
    ['COLUMN', 'TYPE'],
    shown.columns.map(({ name: column = '', type = '' }) => [column, type]),
  )
  if (shown.due.length > 0) say(`\`akko table maintain ${shown.table}\` does what is due`)
}
