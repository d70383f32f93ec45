// akko table maintain: what tables are due for, done by the statements that do it on a schedule too, with the rights of who asks.
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { bytesText } from '#cli/storage/progress'
import { inSql, printTableName, sizeOf, type TableName, type TableSize, TableUsage, tablesIn } from '#cli/table/lake'
import { isDueTold } from '#parts/sql/maintenance-terms'
import type { SqlClient } from '#wire/trino/client'

export interface Due {
  /** Behind EXECUTE. */
  readonly call: string
  readonly items: number
  readonly bytes: number
}

interface Kept {
  readonly table: string
  readonly due: readonly Due[]
  readonly before?: TableSize
  readonly after?: TableSize
  readonly error?: string
}

export async function dueFor(client: SqlClient, name: TableName): Promise<readonly Due[]> {
  if (!isDueTold(name.table))
    throw TableUsage({ problem: `a table with $ or @ in its name, as ${printTableName(name)}, does not tell what it is due for` })
  const { rows } = await client.query(`SELECT call, items, bytes FROM ${inSql(name, 'maintenance')}`)
  return rows.map(([call, items, bytes]) => ({ call: String(call), items: Number(items), bytes: Number(bytes) }))
}

export async function maintain(client: SqlClient, flags: Flags, name: TableName | undefined): Promise<void> {
  const dryRun = flags.dryRun === true
  const kept: Kept[] = []
  for (const table of name ? [name] : await tablesIn(client)) {
    const done = await (dryRun ? planned(client, table) : keep(client, table)).catch((error: unknown): Kept => {
      // Of many tables, one that is not this person's to keep does not end the rest.
      if (name) throw error
      return { table: printTableName(table), due: [], error: (error as Error).message }
    })
    kept.push(done)
    if (!flags.json) tell(done, dryRun)
  }
  if (flags.json) printJson({ dryRun, tables: kept })
  else if (kept.every(({ due, error }) => due.length === 0 && error === undefined)) say('nothing is due')
  if (kept.some(({ error }) => error !== undefined)) process.exitCode = 1
}

async function planned(client: SqlClient, name: TableName): Promise<Kept> {
  return { table: printTableName(name), due: await dueFor(client, name) }
}

async function keep(client: SqlClient, name: TableName): Promise<Kept> {
  const due = await dueFor(client, name)
  const table = printTableName(name)
  if (due.length === 0) return { table, due }
  const before = await sizeOf(client, name)
  for (const { call } of due) await client.query(`ALTER TABLE ${inSql(name)} EXECUTE ${call}`)
  return { table, due, before, after: await sizeOf(client, name) }
}

function tell({ table, due, before, after, error }: Kept, dryRun: boolean): void {
  if (error !== undefined) say(`${table}: ${error}`)
  if (due.length === 0) return
  printTable(
    [table, 'ITEMS', 'BYTES'],
    due.map(({ call, items, bytes }) => [call, String(items), bytesText(bytes)]),
    [1, 2],
  )
  if (dryRun || !before || !after) return
  const size = (s: TableSize) => `${s.files + s.deleteFiles} files, ${bytesText(s.bytes)}, ${s.snapshots} snapshots`
  say(`${table}: ${size(before)} -> ${size(after)}`)
}
