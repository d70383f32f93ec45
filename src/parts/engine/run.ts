// One query in the engine: binds it, runs it, sends its rows through a pipe, and ends it on demand.
import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { mayHold } from '#parts/engine/apart'
import { Cancelled, ExceededMemory, ExceededPlanning, fromDuckDB } from '#parts/engine/errors'
import { holdFifo, releaseFifo, releaseFifos } from '#parts/engine/fifos'
import type { Tenant } from '#parts/engine/instance'
import { copyToParquet, makeFolder } from '#parts/engine/output'
import type { ProcessUse } from '#parts/engine/processes'
import { renderRows } from '#parts/engine/render'
import type { Session } from '#parts/engine/session'
import type { Tenants } from '#parts/engine/tenants'
import type { Watched } from '#parts/engine/watchdog'
import { quoteText as literal } from '#wire/duckdb/quote'
import type { ControlLine, ParquetOutput, Progress, RunRequest } from '#wire/engine/protocol'

/** Where the answer goes; `row` bytes are whole lines. Resolves when more may be written. */
export interface RunSink {
  control(line: ControlLine): void
  rows(bytes: Buffer): Promise<void> | undefined
}

export interface RunDeps {
  readonly tenants: Tenants
  readonly limitText: string
  /** Binding and planning one statement; milliseconds. */
  readonly planLimitMs: number
  /** What was ended and still holds a thread after so long is `stuck`; milliseconds. In a process of its owner's, that ends sooner. */
  readonly patienceMs: number
  readonly apartPatienceMs: number
  readonly stuck: () => void
}

export interface Run extends Watched {
  /** Rejects with ExceededPlanning while DuckDB still plans: an interrupt does not reach it there. */
  execute(sink: RunSink): Promise<number>
  /** Resolves when nothing of the run is left in DuckDB. */
  left(): Promise<unknown>
  /** Interrupts; whoever waits at a pipe is let go. */
  cancel(): void
  /** 0..100, while known. */
  percent(): number | undefined
  /** Of itself, where it runs in a process alone; its memory is what that has grown by. */
  used(): Pick<Progress, 'memoryBytes' | 'cpuMs'> | undefined
}

const REPEAT_MS = 20
/** How often a query with a limit of its own is measured. */
const LOOK_MS = 50

/** A field separator that JSON text never holds unescaped, so that CSV has nothing to quote. */
const ROW_FORMAT = `(FORMAT csv, HEADER false, DELIMITER '\u001f', QUOTE '', ESCAPE '', USE_TMP_FILE false)`

type Ended = 'cancelled' | 'memory' | 'limit' | 'planning'

export function createRun(deps: RunDeps, request: RunRequest): Run {
  const rendered = request.types && request.output === 'rows' ? renderRows(request.sql, [], request.types) : undefined
  let tenant: Tenant | undefined
  let session: Session | undefined
  let ended: Ended | undefined
  let over = false
  let closePipe: () => void = () => {}
  /** Where the request's SQL begins in what DuckDB is given. */
  let offset = 0

  const { memoryLimitBytes } = request.alone ?? {}
  /** It had as much as it may; else the engine had no more, or had to share. */
  let bounded = false
  let before: ProcessUse | undefined
  /** Of a process that is only being started: nothing, and not what the engine has. */
  let used: ReturnType<Run['used']> = request.alone && { memoryBytes: 0, cpuMs: 0 }
  const measure = () => {
    const now = tenant?.used?.()
    if (now && before)
      used = { memoryBytes: Math.max(0, now.residentBytes - before.residentBytes), cpuMs: Math.max(0, now.cpuMs - before.cpuMs) }
    return used
  }

  let again: NodeJS.Timeout | undefined
  let look: NodeJS.Timeout | undefined
  let patience: NodeJS.Timeout | undefined
  let whole: Promise<number> | undefined
  const late = Promise.withResolvers<never>()
  late.promise.catch(() => {})

  /** Repeated until the run has ended: DuckDB forgets an interrupt that comes just before a statement begins. */
  const interrupt = () => {
    session?.interrupt()
    closePipe()
    if (session && request.spool !== '') releaseFifos(request.spool)
    again ??= setInterval(interrupt, REPEAT_MS)
  }

  const end = (why: Ended) => {
    if (over) return
    ended ??= why
    if (tenant)
      patience ??= tenant.kill
        ? setTimeout(tenant.kill, why === 'memory' || why === 'limit' ? 0 : deps.apartPatienceMs)
        : setTimeout(deps.stuck, deps.patienceMs)
    interrupt()
  }

  /** Binding and planning, within their time. */
  async function planned<T>(body: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      end('planning')
      late.reject(ExceededPlanning({ seconds: deps.planLimitMs / 1000 }))
    }, deps.planLimitMs)
    try {
      return await body()
    } finally {
      clearTimeout(timer)
    }
  }

  async function rows(s: Session, { fifos }: Tenant, sink: RunSink): Promise<number> {
    const columns = request.types ? undefined : await planned(() => s.describe(request.sql))
    if (ended) throw Cancelled()
    if (columns) sink.control({ columns })
    const path = await fifos.take()
    const pipe = openPipe(path, (bytes) => sink.rows(bytes))
    closePipe = () => {
      pipe.abort()
      releaseFifo(path) // DuckDB may only now come to open its end, and would wait there for a reader for ever
    }
    if (ended) throw Cancelled()
    let settled = false
    try {
      const copy = `COPY (${rendered ?? renderRows(request.sql, columns ?? [])}) TO ${literal(path)} ${ROW_FORMAT}`
      offset = copy.indexOf(request.sql)
      const rowsChanged = await runPlanned(s, copy)
      settled = true
      await pipe.drained()
      return rowsChanged
    } catch (error) {
      settled = true
      throw error
    } finally {
      pipe.abort()
      if (settled) fifos.give(path)
    }
  }

  async function runPlanned(s: Session, copy: string): Promise<number> {
    await planned(() => s.prepare(copy))
    if (ended) throw Cancelled()
    return s.execute()
  }

  async function files(s: Session, output: ParquetOutput): Promise<number> {
    const copy = copyToParquet(request.sql, makeFolder(request.spool, output), output)
    offset = copy.indexOf(request.sql)
    return runPlanned(s, copy)
  }

  async function within(found: Tenant, sink: RunSink): Promise<number> {
    let spent = true
    try {
      if (ended) throw Cancelled()
      tenant = found
      before = found.used?.()
      if (memoryLimitBytes !== undefined)
        look = setInterval(() => (measure()?.memoryBytes ?? 0) > memoryLimitBytes && end('limit'), LOOK_MS)
      session = await found.take()
      if (ended) throw Cancelled()
      await session.admit(request.sql, request.spool)
      const { output } = request
      const count = output === 'rows' ? await rows(session, found, sink) : await files(session, output)
      spent = ended !== undefined
      return count
    } finally {
      over = true
      bounded = memoryLimitBytes !== undefined && found.memoryLimitBytes() >= memoryLimitBytes
      measure()
      clearInterval(look)
      clearInterval(again)
      clearTimeout(patience)
      if (session) found.give(session, spent)
      session = undefined
    }
  }

  return {
    startRss: deps.tenants.residentBytes(),
    startedAt: performance.now(),
    async execute(sink) {
      try {
        const apart = request.alone !== undefined || mayHold(rendered ?? request.sql)
        whole = deps.tenants.use({ ...request, ...request.alone, apart }, (found) => within(found, sink))
        return await Promise.race([whole, late.promise])
      } catch (error) {
        if (ended === 'memory' || ended === 'limit')
          throw ExceededMemory({ limit: deps.limitText, text: 'the query was stopped', own: ended === 'limit' })
        if (ended === 'cancelled') throw Cancelled({}, error)
        const known = fromDuckDB(error, deps.limitText, -offset)
        if (bounded && ExceededMemory.is(known)) throw ExceededMemory({ ...known.values, own: true })
        throw known
      }
    },
    left: async () => whole?.catch(() => {}),
    cancel: () => end('cancelled'),
    exceed: () => end('memory'),
    percent: () => session?.percent(),
    used: () => (over ? used : measure()),
  }
}

/** The read end of a pipe, cut at line ends. Its own write end is held open until `drained`, so that no writer's end is its end. */
function openPipe(path: string, deliver: (bytes: Buffer) => Promise<void> | undefined) {
  const hold = holdFifo(path)
  const socket = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false })
  let held = true
  /** Of a row whose end has not come. */
  const begun: Buffer[] = []
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
      begun.push(chunk)
      return
    }
    const whole = chunk.subarray(0, end)
    const bytes = begun.length > 0 ? Buffer.concat([...begun.splice(0), whole]) : whole
    if (end < chunk.length) begun.push(chunk.subarray(end))
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
