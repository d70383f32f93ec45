// One read of a table: its files of now as links in the query's folder, by field id.
import { SourceFailed } from '#parts/sql/connectors/errors'
import { fieldMap, pathList } from '#parts/sql/connectors/fields'
import { linkInto } from '#parts/sql/connectors/kept'
import type { KeptColumn, KeptTable } from '#parts/sql/connectors/memory/store'
import { duckType } from '#parts/sql/dialect/types'
import type { PreparedScan, QueryContext } from '#parts/sql/ports'
import { identifier, integer, join, sql } from '#wire/duckdb/sql'
import { parseType } from '#wire/trino/type'

/** A table as a query has it: the same for each mention. */
export interface LinkedTable {
  readonly table: KeptTable
  readonly paths: readonly string[]
}

/** `now` tells the table as it is: where a file went meanwhile, it is another. `name` is for errors. */
export async function linkTable({ spool }: QueryContext, name: string, now: () => KeptTable): Promise<LinkedTable> {
  for (;;) {
    const table = now()
    const paths = await Promise.all(table.files.map((file) => linkInto(spool, file.path)))
    if (!paths.includes(undefined)) return { table, paths: paths as string[] }
    if (now() === table) throw SourceFailed({ table: name, text: 'a file of its rows is gone' })
  }
}

export function scanKept({ table, paths }: LinkedTable, columns: readonly KeptColumn[]): PreparedScan {
  const files = { bytes: 0, rows: 0 }
  for (const { bytes, rows } of table.files) {
    files.bytes += bytes
    files.rows += rows
  }
  const fields = columns.map(({ id, type }) => ({ id, name: `f${id}`, type: duckType(parseType(type)) }))
  const names = columns.map(({ name }, i) => sql`${identifier(fields[i]?.name as string)} AS ${identifier(name)}`)
  const none = columns.map(({ name }, i) => sql`CAST(NULL AS ${fields[i]?.type ?? sql`INTEGER`}) AS ${identifier(name)}`)
  return {
    relation:
      paths.length === 0
        ? sql`(SELECT ${join(none)} WHERE false)`
        : sql`(SELECT ${join(names)} FROM read_parquet(${pathList(paths)}, schema = ${fieldMap(fields)}, explicit_cardinality = ${integer(files.rows)}))`,
    scannedBytes: () => files.bytes,
    splits: paths.length,
    close: async () => {},
  }
}
