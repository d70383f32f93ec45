// One read of a PostgreSQL table: COPY to csv, through a named pipe in the query's folder, into DuckDB's read_csv.

import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { join as pathJoin } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import pg, { type Pool, type PoolClient } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { SourceFailed } from '#parts/sql/connectors/errors'
import { FORMS, ignore } from '#parts/sql/connectors/postgresql/session'
import { csvColumns, type Mapping } from '#parts/sql/connectors/postgresql/types'
import type { PreparedScan, QueryContext } from '#parts/sql/ports'
import { literal, sql } from '#wire/duckdb/sql'

const run = promisify(execFile)

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
  const path = pathJoin(context.spool, `pg-${randomUUID()}`)
  await run('mkfifo', ['-m', '600', path])
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
      remove(path)
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
      remove(path)
      sink?.destroy()
      await running?.catch(() => {})
    },
  }
}

/** The reader closed its end: a LIMIT was reached, or the query ended. */
function isEarlyEnd(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE'
}

/** The write end, once the engine has opened the read end: before that, open(2) without waiting says ENXIO. */
async function openWhenRead(path: string, given: () => boolean): Promise<Socket | undefined> {
  for (let wait = 1; !given(); wait = Math.min(wait * 1.5, 20)) {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
      return new Socket({ fd, readable: false, writable: true })
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ENOENT') return undefined
      if (code !== 'ENXIO') throw error
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
  return undefined
}

/** A backend that computes does not notice that its client is gone. */
async function stopBackend(pool: Pool, client: PoolClient): Promise<void> {
  const pid = (client as unknown as { processID: number | null }).processID
  if (pid) await pool.query('SELECT pg_cancel_backend($1)', [pid]).catch(() => {})
}

/** Takes the pipe away so that nobody is left waiting at it: who opened it sees its end, who comes later does not find it. */
function remove(path: string): void {
  try {
    const held = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    unlinkSync(path)
    closeSync(held)
  } catch {}
}
