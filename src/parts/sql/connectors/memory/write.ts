// Rows on their way into a table: the engine writes a file in the query's folder, the commit takes it into the catalogue's own.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join as pathJoin } from 'node:path'
import type { KeptColumn, KeptFile, Store } from '#parts/sql/connectors/memory/store'
import { orViolation } from '#parts/sql/connectors/not-null'
import { runRows } from '#parts/sql/connectors/runs'
import type { Engine, PreparedWrite, QueryContext } from '#parts/sql/ports'
import { identifier, join, literal, sql } from '#wire/duckdb/sql'

interface KeptWrite {
  readonly store: Pick<Store, 'adopt' | 'remove'>
  readonly engine: Pick<Engine, 'run'>
  readonly context: QueryContext
  readonly columns: readonly KeptColumn[]
  /** Puts the rows where they belong: without any, there is no file. */
  readonly keep: (files: readonly KeptFile[]) => void
}

export function prepareKeptWrite({ store, engine, context, columns, keep }: KeptWrite): PreparedWrite {
  const folder = `write-${randomUUID()}`
  const path = pathJoin(context.spool, 'out', folder, '0.parquet')
  return {
    output: { folder, fieldIds: columns.map(({ name, id }) => ({ name, id })) },
    query(select) {
      const names = join(columns.map((_, i) => identifier(`c${i}`)))
      const values = columns.map(({ name, nullable }, i) => {
        const value = sql`q.${identifier(`c${i}`)}`
        return sql`${nullable ? value : orViolation(value, name)} AS ${identifier(name)}`
      })
      return sql`SELECT ${join(values)} FROM (${select}) AS q(${names})`
    },
    async commit() {
      const [[rows] = [0]] = await runRows<[number]>(engine, context, sql`SELECT count(*) FROM read_parquet([${literal(path)}])`, [
        'bigint',
      ])
      const files = rows > 0 ? [await store.adopt(path, rows)] : []
      try {
        keep(files)
      } catch (error) {
        await Promise.all(files.map(store.remove))
        throw error
      }
      return { rows }
    },
    abort: () => rm(pathJoin(context.spool, 'out', folder), { recursive: true, force: true }),
  }
}
