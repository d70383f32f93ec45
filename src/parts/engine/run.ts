// One query in the engine: binds it, runs it, sends its rows through a pipe, and ends it on demand.
import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { DuckDBConnection } from '@duckdb/node-api'
import { type Connections, describe, describeNames } from './duckdb.ts'
import { Cancelled, ExceededMemory, fromDuckDB } from './errors.ts'
import { type FifoPool, holdFifo, releaseFifo, releaseFifos } from './fifos.ts'
import type { ControlLine, RunRequest } from './protocol.ts'
import { literal } from './quote.ts'
import { renderRows } from './render.ts'
import type { Watched } from './watchdog.ts'

/** Where the answer goes; `row` bytes are whole lines. Resolves when more may be written. */
export interface RunSink {
  control(line: ControlLine): void
  rows(bytes: Buffer): Promise<void> | undefined
}

export interface RunDeps {
  readonly connections: Connections
  readonly fifos: FifoPool
  readonly limitText: string
}

export interface Run extends Watched {
  execute(sink: RunSink): Promise<number>
  /** Interrupts; whoever waits at a pipe is let go. */
  cancel(): void
  /** 0..100, while known. */
  percent(): number | undefined
}

const REPEAT_MS = 20

/** A field separator that JSON text never holds unescaped, so that CSV has nothing to quote. */
const ROW_FORMAT = `(FORMAT csv, HEADER false, DELIMITER '\u001f', QUOTE '', ESCAPE '', USE_TMP_FILE false)`

export function createRun(deps: RunDeps, request: RunRequest): Run {
  let connection: DuckDBConnection | undefined
  let ended: 'cancelled' | 'memory' | undefined
  let over = false
  let closePipe: () => void = () => {}
  /** Where the request's SQL begins in what DuckDB is given. */
  let offset = 0

  let again: NodeJS.Timeout | undefined

  /** Repeated until the run has ended: DuckDB forgets an interrupt that comes just before a statement begins. */
  const interrupt = () => {
    connection?.interrupt()
    closePipe()
    releaseFifos(request.spool)
    again ??= setInterval(interrupt, REPEAT_MS)
  }

  const end = (why: 'cancelled' | 'memory') => {
    if (over) return
    ended ??= why
    interrupt()
  }

  async function rows(c: DuckDBConnection, sink: RunSink): Promise<number> {
    const columns = request.types ? await describeNames(c, request.sql) : await describe(c, request.sql)
    sink.control({ columns })
    const path = deps.fifos.take()
    const pipe = openPipe(path, (bytes) => sink.rows(bytes))
    closePipe = () => {
      pipe.abort()
      releaseFifo(path) // DuckDB may only now come to open its end, and would wait there for a reader for ever
    }
    if (ended) throw Cancelled()
    let settled = false
    try {
      const copy = `COPY (${renderRows(request.sql, columns, request.types)}) TO ${literal(path)} ${ROW_FORMAT}`
      offset = copy.indexOf(request.sql)
      const result = await c.runAndReadAll(copy)
      settled = true
      await pipe.drained()
      return Number(result.getRows()[0]?.[0] ?? 0)
    } catch (error) {
      settled = true
      throw error
    } finally {
      pipe.abort()
      if (settled) deps.fifos.give(path)
    }
  }

  async function statement(c: DuckDBConnection): Promise<number> {
    const result = await c.runAndReadAll(request.sql)
    const at = result.columnNames().findIndex((name) => name.toLowerCase() === 'count')
    return at < 0 ? 0 : result.getRows().reduce((sum, row) => sum + Number(row[at]), 0)
  }

  return {
    startRss: process.memoryUsage.rss(),
    startedAt: performance.now(),
    async execute(sink) {
      let spent = true
      try {
        connection = await deps.connections.take()
        if (ended) throw Cancelled()
        const count = request.output === 'rows' ? await rows(connection, sink) : await statement(connection)
        spent = ended !== undefined
        return count
      } catch (error) {
        if (ended === 'memory') throw ExceededMemory({ limit: deps.limitText, text: 'the query was stopped' })
        if (ended === 'cancelled') throw Cancelled({}, error)
        throw fromDuckDB(error, deps.limitText, -offset)
      } finally {
        over = true
        clearInterval(again)
        if (connection) deps.connections.give(connection, spent)
        connection = undefined
      }
    },
    cancel: () => end('cancelled'),
    exceed: () => end('memory'),
    percent() {
      const value = connection?.progress.percentage
      return value === undefined || value < 0 ? undefined : value
    },
  }
}

/** The read end of a pipe, cut at line ends. Its own write end is held open until `drained`, so that no writer's end is its end. */
function openPipe(path: string, deliver: (bytes: Buffer) => Promise<void> | undefined) {
  const hold = holdFifo(path)
  const socket = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false })
  let held = true
  let tail: Buffer | undefined
  let failure: unknown
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const letGo = () => {
    if (held) closeSync(hold)
    held = false
  }
  socket.on('error', (error) => {
    failure = error
  })
  socket.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(10) + 1
    if (end === 0) {
      tail = tail ? Buffer.concat([tail, chunk]) : chunk
      return
    }
    const whole = chunk.subarray(0, end)
    const bytes = tail ? Buffer.concat([tail, whole]) : whole
    tail = end < chunk.length ? chunk.subarray(end) : undefined
    const wait = deliver(bytes)
    if (!wait) return
    socket.pause()
    wait.then(() => socket.resume())
  })
  return {
    async drained() {
      letGo()
      await closed
      if (failure) throw failure
    },
    abort() {
      letGo()
      socket.destroy()
    },
  }
}
