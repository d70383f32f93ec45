// One read of a PostgreSQL table: COPY to csv, through a named pipe in the query's folder, into DuckDB's read_csv.

import type { Socket } from 'node:net'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg, { type Pool, type PoolClient } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { SourceFailed } from '#parts/sql/connectors/errors'
import { isEarlyEnd, makePipe, openWhenRead, removePipe } from '#parts/sql/connectors/pipes'
import { FORMS, ignore } from '#parts/sql/connectors/postgresql/session'
import { csvColumns, type Mapping } from '#parts/sql/connectors/postgresql/types'
import type { PreparedScan, QueryContext } from '#parts/sql/ports'
import { literal, sql } from '#wire/duckdb/sql'

export interface PgScanOptions {
  readonly pool: Pool
  readonly context: QueryContext
  /** For error texts. */
  readonly table: string
  /** The SELECT that COPY runs. */
  readonly select: string
  /** As `pg_export_snapshot` told it. */
  readonly snapshot?: string
  readonly columns: readonly { readonly name: string; readonly mapping: Mapping }[]
}

/** One state of the database, no writes: the one of now, or the one that another transaction holds. */
const beginning = (snapshot: string | undefined): string =>
  snapshot === undefined
    ? `BEGIN READ ONLY; ${FORMS}`
    : `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ${pg.escapeLiteral(snapshot)}; ${FORMS}`

/** Verified settings: '' and NULL stay apart, quotes and line ends survive. */
const CSV = sql`header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', allow_quoted_nulls = false, nullstr = '', new_line = '\\n', max_line_size = 8388608, buffer_size = 16777216`

export async function preparePgScan(options: PgScanOptions): Promise<PreparedScan> {
  const { context, columns } = options
  const path = await makePipe(context.spool, 'pg')
  const { struct, select } = csvColumns(columns)
  const feed = createFeed(options, path)
  const onAbort = () => void feed.close()
  context.signal.addEventListener('abort', onAbort, { once: true })
  return {
    relation: sql`(SELECT ${select} FROM read_csv(${literal(path)}, columns = ${struct}, ${CSV}))`,
    feed: feed.run,
    scannedBytes: feed.bytes,
    splits: 1,
    async close() {
      context.signal.removeEventListener('abort', onAbort)
      await feed.close()
    },
  }
}

function createFeed({ pool, select, snapshot, table, context }: PgScanOptions, path: string) {
  let bytes = 0
  let closed = context.signal.aborted
  let running: Promise<void> | undefined
  let client: PoolClient | undefined
  let sink: Socket | undefined

  async function feed(): Promise<void> {
    let broken: Error | undefined
    try {
      sink = await openWhenRead(path, () => closed)
      if (!sink) return
      client = await pool.connect()
      client.on('error', ignore)
      await client.query(beginning(snapshot))
      const source = client.query(copyTo(`COPY (${select}) TO STDOUT (FORMAT csv)`))
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length
          done(null, chunk)
        },
      })
      await pipeline(source, count, sink)
      await client.query('COMMIT')
    } catch (error) {
      broken = error as Error
      if (closed || isEarlyEnd(error)) return
      throw SourceFailed({ table, text: broken.message }, error)
    } finally {
      sink?.destroy()
      removePipe(path)
      if (broken && client) await stopBackend(pool, client)
      client?.off('error', ignore)
      client?.release(broken)
      client = undefined
    }
  }

  return {
    bytes: () => bytes,
    /** Rejects when the source failed; resolves when the engine read all, needed no more, or never came. */
    run: (): Promise<void> => {
      running ??= feed()
      running.catch(() => {})
      return running
    },
    async close(): Promise<void> {
      closed = true
      removePipe(path)
      sink?.destroy()
      await running?.catch(() => {})
    },
  }
}

/** A backend that computes does not notice that its client is gone. */
async function stopBackend(pool: Pool, client: PoolClient): Promise<void> {
  const pid = (client as unknown as { processID: number | null }).processID
  if (pid) await pool.query('SELECT pg_cancel_backend($1)', [pid]).catch(() => {})
}
