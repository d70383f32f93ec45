// What the engine does for its one client.
import type { ServerResponse } from 'node:http'
import { describeError } from '#kit/errors'
import { sendJson } from '#kit/http'
import type { Log } from '#kit/log'
import type { Admission } from '#parts/engine/admission'
import { EngineFault, ExceededPlanning, fromDuckDB, StatementRefused, toWire } from '#parts/engine/errors'
import { createRun, type Run } from '#parts/engine/run'
import { SHARED_BY_ALL, type Tenants } from '#parts/engine/tenants'
import type { ControlLine, RunRequest } from '#wire/engine/protocol'

export interface HandlerDeps {
  readonly tenants: Tenants
  readonly admission: Admission
  readonly runs: Map<string, { readonly run: Run; readonly cancel: () => void; readonly settled: Promise<void> }>
  readonly limitText: string
  readonly planLimitMs: number
  readonly patienceMs: number
  readonly apartPatienceMs: number
  readonly stuck: () => void
  readonly version: string
  readonly log: Log
  /** It has said goodbye: nothing is begun any more. */
  readonly retiring: () => boolean
  /** A run began, or an answer was sent to its end. */
  readonly changed: () => void
  readonly recycle: () => boolean
  readonly lifelines: Set<ServerResponse>
  /** Answers that are not sent to their end yet. */
  readonly answers: Set<ServerResponse>
}

export type Handlers = ReturnType<typeof createHandlers>

const PROGRESS_MS = 100
const GATHER_MS = 3

export function createHandlers(deps: HandlerDeps) {
  /** False: its connection was cut, and nothing is to be begun. */
  const accept = (res: ServerResponse): boolean => {
    if (deps.retiring()) {
      res.destroy()
      return false
    }
    deps.answers.add(res)
    res.on('close', () => {
      deps.answers.delete(res)
      deps.changed()
    })
    return true
  }

  return {
    async describe(sql: string, res: ServerResponse): Promise<void> {
      if (!accept(res)) return
      try {
        const columns = await deps.tenants.use(SHARED_BY_ALL, async (tenant) => {
          const session = await tenant.take()
          let spent = true
          try {
            await session.admit(sql, '')
            const found = await session.describe(sql)
            spent = false
            return found
          } finally {
            tenant.give(session, spent)
          }
        })
        sendJson(res, 200, { columns })
      } catch (error) {
        fail(res, fromDuckDB(error, deps.limitText))
      }
    },

    async run(request: RunRequest, res: ServerResponse): Promise<void> {
      if (!accept(res)) return
      const gone = new AbortController()
      const run = createRun(deps, request)
      let settle: () => void = () => {}
      const settled = new Promise<void>((resolve) => {
        settle = resolve
      })
      gone.signal.addEventListener('abort', () => run.cancel(), { once: true })
      deps.runs.set(request.runId, { run, cancel: () => gone.abort(), settled })
      res.on('close', () => {
        if (!res.writableFinished) gone.abort()
      })
      res.writeHead(200, { 'content-type': 'application/x-ndjson' })
      const send = gather(res)
      res.flushHeaders()
      const progress = reportProgress(run, res, deps.tenants.residentBytes)
      let leave: (() => void) | undefined
      try {
        leave = await deps.admission.enter(gone.signal)
        deps.changed()
        const rows = await run.execute({ control: (line) => control(res, line), rows: (bytes) => write(res, bytes, send) })
        const used = run.used()
        if (used) control(res, { progress: { percent: 100, ...used } })
        control(res, { done: { rows } })
      } catch (error) {
        if (EngineFault.is(error)) deps.log.error({ queryId: request.queryId, error: describeError(error) }, 'engine fault')
        if (StatementRefused.is(error)) deps.log.error({ queryId: request.queryId, error: describeError(error) }, 'statement refused')
        control(res, { error: toWire(error) })
        // Its client is answered; its place is free when DuckDB has let go of it.
        if (ExceededPlanning.is(error)) res.end()
      } finally {
        progress()
        await run.left()
        leave?.()
        deps.runs.delete(request.runId)
        if (deps.runs.size === 0) deps.tenants.prepare()
        settle()
        res.end()
        send()
        deps.changed()
      }
    },

    async cancel(runId: string, res: ServerResponse): Promise<void> {
      const found = deps.runs.get(runId)
      found?.cancel()
      await found?.settled
      res.writeHead(204).end()
    },

    health(res: ServerResponse): void {
      const { running, queued } = deps.admission
      sendJson(res, 200, {
        version: deps.version,
        running,
        queued,
        instances: deps.tenants.size,
        processes: deps.tenants.processes,
        memoryBytes: deps.tenants.residentBytes(),
      })
    },

    /** Never ends: its end tells the client that the process is gone. */
    lifeline(res: ServerResponse): void {
      if (deps.retiring()) return void res.destroy()
      deps.lifelines.add(res)
      res.on('close', () => deps.lifelines.delete(res))
      res.writeHead(200, { 'content-type': 'text/plain' })
      res.flushHeaders()
    },

    recycle(res: ServerResponse): void {
      const accepted = deps.recycle()
      sendJson(res, accepted ? 202 : 409, { accepted, running: deps.admission.running })
    },
  }
}

function fail(res: ServerResponse, error: ReturnType<typeof fromDuckDB>): void {
  sendJson(res, error.status, { error: toWire(error) })
}

function control(res: ServerResponse, line: ControlLine): void {
  if (!res.destroyed) res.write(`${JSON.stringify(line)}\n`)
}

/** What is written within a moment goes out at once: most answers are small. Returns what sends it sooner. */
function gather(res: ServerResponse): () => void {
  const { socket } = res
  socket?.cork()
  const send = () => {
    clearTimeout(timer)
    if (held) socket?.uncork()
    held = false
  }
  let held = true
  const timer = setTimeout(send, GATHER_MS)
  return send
}

function write(res: ServerResponse, bytes: Buffer, send: () => void): Promise<void> | undefined {
  if (res.destroyed || res.write(bytes)) return undefined
  send()
  return new Promise((resolve) => {
    const go = () => {
      res.off('drain', go)
      res.off('close', go)
      resolve()
    }
    res.on('drain', go)
    res.on('close', go)
  })
}

/** Sends a line when the engine's figures changed and nothing waits to be sent. */
function reportProgress(run: Run, res: ServerResponse, residentBytes: () => number): () => void {
  let last = ''
  const timer = setInterval(() => {
    if (res.writableNeedDrain) return
    const percent = run.percent()
    const progress = { percent, ...(run.used() ?? { memoryBytes: residentBytes() }) }
    const key = JSON.stringify(progress)
    if (key !== last) control(res, { progress })
    last = key
  }, PROGRESS_MS)
  return () => clearInterval(timer)
}
