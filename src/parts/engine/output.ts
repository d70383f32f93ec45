// Rows that stay: the fresh folder of a write, and the COPY that fills it. Nothing that exists is ever written to.
import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { StatementRefused } from '#parts/engine/errors'
import { quoteName as identifier, quoteText as literal } from '#wire/duckdb/quote'
import type { FieldId, ParquetOutput } from '#wire/engine/protocol'

/** Makes the announced folder below the spool's `out`. Throws StatementRefused when there is something of that name. */
export function makeFolder(spool: string, { folder }: ParquetOutput): string {
  if (spool === '') throw StatementRefused({ text: 'a write needs a spool' })
  const out = join(spool, 'out')
  if (!isNew(out) && !lstatSync(out).isDirectory()) throw StatementRefused({ text: 'out is no folder' })
  const path = join(out, folder)
  if (!isNew(path)) throw StatementRefused({ text: `the folder ${folder} exists` })
  return path
}

function isNew(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 })
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code === 'ENOENT') throw StatementRefused({ text: 'the spool was not opened' }, error)
    throw error
  }
}

/** The COPY that writes the rows of `sql` into the folder. */
export function copyToParquet(sql: string, folder: string, { fieldIds, partitionBy = [] }: ParquetOutput): string {
  const options = ['FORMAT parquet', 'COMPRESSION zstd', `FIELD_IDS {${fieldIds.map(fieldId).join(', ')}}`]
  if (partitionBy.length > 0)
    options.push(`PARTITION_BY (${partitionBy.map(identifier).join(', ')})`, 'WRITE_PARTITION_COLUMNS false', "FILENAME_PATTERN '{uuid}'")
  const target = partitionBy.length > 0 ? folder : join(folder, '0.parquet')
  return `COPY (${sql}\n) TO ${literal(target)} (${options.join(', ')})`
}

function fieldId({ name, id, children }: FieldId): string {
  return `${identifier(name)}: ${children ? `{__duckdb_field_id: ${id}, ${children.map(fieldId).join(', ')}}` : id}`
}
