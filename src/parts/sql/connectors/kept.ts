// Files of rows that this part keeps itself, in a folder of its own. A query reads them as hard links in its own folder: who takes one away takes none from it.
import { randomUUID } from 'node:crypto'
import { link, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathList } from '#parts/sql/connectors/fields'
import type { PreparedScan } from '#parts/sql/ports'
import { identifier, join as joinSql, sql } from '#wire/duckdb/sql'

/** Undefined when there is no such file (any more). */
export async function linkInto(spool: string, file: string): Promise<string | undefined> {
  const path = join(spool, `kept-${randomUUID()}.parquet`)
  try {
    await link(file, path)
    return path
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** These columns of files that were linked, of one at least. */
export async function readKept(paths: readonly string[], columns: readonly string[]): Promise<PreparedScan> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return {
    relation: sql`(SELECT ${joinSql(columns.map(identifier))} FROM read_parquet(${pathList(paths)}))`,
    scannedBytes: () => bytes,
    splits: paths.length,
    close: async () => {},
  }
}
