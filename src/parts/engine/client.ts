// The engine as its client sees it: describe, run, cancel over the private socket; its death is told at once as EngineLost.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { callSocket, openSocketRequest, RemoteError, type SocketRequest } from '#kit/http'
import { Cancelled, EngineFault, EngineLost, fromWire } from '#parts/engine/errors'
import {
  type ControlLine,
  type Engine,
  type EngineColumn,
  type EngineRun,
  GOODBYE,
  type Progress,
  type RunRequest,
  type WireError,
} from '#wire/engine/protocol'

/** Bytes of rows kept before the engine has to wait for the reader. */
const BUFFER_BYTES = 1024 * 1024

export interface EngineClient extends Engine {
  health(): Promise<{
    readonly version: string
    readonly running: number
    readonly queued: number
    readonly instances: number
    readonly processes: number
    readonly memoryBytes: number
  }>
  /** Asks an idle engine to start anew; false when it is busy. */
  recycle(): Promise<boolean>
  close(): void
}

/** `patienceMs` is how long a call waits while nobody listens. */
export function createEngineClient(socket: string, patienceMs = PATIENCE_MS): EngineClient {
  const patiently = waitingFor(patienceMs)
  const active = new Set<(error: unknown) => void>()
  let lifeline: Promise<Lifeline> | undefined

  const lose = (cause?: unknown) => {
    lifeline = undefined
    for (const fail of [...active]) fail(EngineLost({}, cause))
  }
  const tie = (): Promise<Lifeline> => {
    lifeline ??= patiently(() => openSocketRequest(socket, { path: '/lifeline' }), isReset).then(
      (res) => {
        let goodbye = false
        res.on('data', (data: Buffer) => {
          goodbye ||= String(data).includes(GOODBYE)
          if (goodbye) lifeline = undefined
        })
        const over = new Promise<boolean>((resolve) => res.once('close', () => resolve(goodbye)))
        void over.then(() => goodbye || lose())
        res.on('error', () => {})
        ;(res.socket as import('node:net').Socket | null)?.unref()
        return { over, end: () => res.destroy() }
      },
      (error: unknown) => {
        lose(error)
        throw EngineLost({}, error)
      },
    )
    return lifeline
  }

  return {
    async describe(sql) {
      try {
        const request: SocketRequest = { path: '/describe', body: { sql } }
        return (await patiently(() => callSocket<{ columns: EngineColumn[] }>(socket, request), isReset)).columns
      } catch (error) {
        throw remote(error)
      }
    },
    run: (request) => openRun(socket, { ...request, runId: randomUUID() }, tie, patiently, active),
    health: () => callSocket(socket, { path: '/health', timeoutMs: 2000 }),
    async recycle() {
      try {
        return (await callSocket<{ accepted: boolean }>(socket, { method: 'POST', path: '/recycle' })).accepted
      } catch (error) {
        if (error instanceof RemoteError && error.status === 409) return false
        throw remote(error)
      }
    },
    close() {
      lifeline?.then(({ end }) => end()).catch(() => {})
    },
  }
}

/** The connection that the engine's process holds open for as long as it lives. */
interface Lifeline {
  /** It is closed; true when the engine had said goodbye: what it had not begun by then, it never began. */
  readonly over: Promise<boolean>
  end(): void
}

/** A recycled engine is back in a moment: while nobody listens, nothing was begun, and asking again is safe. Milliseconds. */
const PATIENCE_MS = 15_000
const RETRY_MS = 50
/** A run that was cancelled leaves the engine sooner, or the engine leaves. */
const LEAVE_MS = 60_000
/** From a broken connection to the end of the process behind it. */
const GOODBYE_MS = 2000

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''
const isGone = (error: unknown): boolean => ['ECONNREFUSED', 'ENOENT'].includes(codeOf(error))
/** The connection broke before an answer: what only reads may be asked again. */
const isReset = (error: unknown): boolean => ['ECONNRESET', 'EPIPE'].includes(codeOf(error))

/** Asks again while nobody listens, and after the other errors of which `again` knows that nothing was begun. */
type Patiently = <T>(open: () => Promise<T>, again: (error: unknown) => boolean | Promise<boolean>) => Promise<T>

const waitingFor =
  (patienceMs: number): Patiently =>
  async (open, again) => {
    const deadline = performance.now() + patienceMs
    for (;;) {
      try {
        return await open()
      } catch (error) {
        if (performance.now() > deadline || !(isGone(error) || (await again(error)))) throw error
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

/** Whether this process of the engine leaves in good order. */
function saidGoodbye({ over }: Lifeline): Promise<boolean> {
  return Promise.race([over, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), GOODBYE_MS).unref())])
}

function remote(error: unknown): unknown {
  if (!(error instanceof RemoteError)) return EngineLost({}, error)
  const wire = (error.body as { error?: WireError } | undefined)?.error
  return wire?.code ? fromWire(wire) : EngineFault({ text: error.message }, error)
}

function openRun(
  socket: string,
  request: RunRequest,
  tie: () => Promise<Lifeline>,
  patiently: Patiently,
  active: Set<(error: unknown) => void>,
): EngineRun {
  const columns = Promise.withResolvers<readonly EngineColumn[]>()
  const done = Promise.withResolvers<{ rows: number }>()
  columns.promise.catch(() => {})
  done.promise.catch(() => {})
  const queue: (readonly string[])[] = []
  let queued = 0
  let wake: () => void = () => {}
  let over = false
  let progress: Progress = { percent: undefined, rows: 0, memoryBytes: 0 }
  let res: IncomingMessage | undefined

  const finish = (error: unknown, rows = 0) => {
    if (over) return
    over = true
    active.delete(fail)
    if (error === undefined) {
      progress = { ...progress, percent: 100 }
      columns.resolve([])
      done.resolve({ rows })
    } else {
      columns.reject(error)
      done.reject(error)
    }
    wake()
  }
  const fail = (error: unknown) => {
    finish(error)
    res?.destroy()
  }
  active.add(fail)

  const control = (line: ControlLine) => {
    if ('columns' in line) columns.resolve(line.columns)
    else if ('progress' in line) progress = { ...line.progress, rows: progress.rows }
    else if ('done' in line) finish(undefined, line.done.rows)
    else finish(fromWire(line.error))
  }
  const accept = (lines: string[]) => {
    const rows = lines.filter((line) => {
      if (!line.startsWith('{')) return true
      control(JSON.parse(line) as ControlLine)
      return false
    })
    if (rows.length === 0) return
    progress = { ...progress, rows: progress.rows + rows.length }
    queue.push(rows)
    queued += size(rows)
    if (queued > BUFFER_BYTES) res?.pause()
    wake()
  }

  const begin = async () => {
    try {
      const { spool, owner, alone, sql, output, types, queryId, runId } = request
      const body = { spool, owner, alone, sql, output, types, queryId, runId }
      let lifeline: Lifeline | undefined
      res = await patiently(
        async () => {
          lifeline = await tie()
          if (over) throw Cancelled()
          return openSocketRequest(socket, { path: '/runs', body })
        },
        // A query that only reads may be asked again when the connection broke before an answer; a statement may have written.
        async (error) => isReset(error) && (output === 'rows' || (lifeline !== undefined && (await saidGoodbye(lifeline)))),
      )
    } catch (error) {
      return fail(EngineLost.is(error) ? error : EngineLost({}, error))
    }
    if (over) return void res.destroy()
    /** Of a line whose end has not come. */
    const begun: string[] = []
    res.setEncoding('utf8')
    res.on('data', (text: string) => {
      const lines = text.split('\n')
      const last = lines.pop() as string
      if (lines.length > 0) lines[0] = begun.splice(0).join('') + lines[0]
      if (last !== '') begun.push(last)
      if (lines.length > 0) accept(lines)
    })
    // A request that is refused whole is answered by one line without its end.
    res.on('end', () => begun[0]?.startsWith('{') && accept([begun.join('')]))
    res.on('error', (error) => fail(EngineLost({}, error)))
    res.on('close', () => {
      if (!over) fail(EngineLost({}))
    })
  }
  void begin()

  async function* read(): AsyncGenerator<readonly string[]> {
    for (;;) {
      const batch = queue.shift()
      if (batch) {
        queued -= size(batch)
        if (queued <= BUFFER_BYTES / 2) res?.resume()
        yield batch
      } else if (over) return
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  }

  return {
    columns: columns.promise,
    rows: { [Symbol.asyncIterator]: read },
    done: done.promise,
    progress: () => progress,
    async cancel() {
      if (over) return
      queue.length = 0
      // Its end is when nothing of it is left in the engine: who asks for more of it counts until then.
      await callSocket(socket, { method: 'DELETE', path: `/runs/${request.runId}`, timeoutMs: LEAVE_MS }).catch(() => {})
      finish(Cancelled())
      res?.destroy()
    },
  }
}

const size = (rows: readonly string[]): number => rows.reduce((sum, row) => sum + row.length + 1, 0)
