// The SQL engine: DuckDB in a process of its own behind a private Unix socket. It knows no user, catalogue or key.
import { mkdirSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { version as duckdbVersion } from '@duckdb/node-api'
import { callSocket, type Served, serve } from '#kit/http'
import type { Log } from '#kit/log'
import type { Part } from '#kit/part'
import { createAdmission } from '#parts/engine/admission'
import { createHandlers, type HandlerDeps } from '#parts/engine/handlers'
import { createRoutes, HEALTH_PATH } from '#parts/engine/routes'
import { createTenants, SHARED_BY_ALL, type Tenants } from '#parts/engine/tenants'
import { createWatchdog } from '#parts/engine/watchdog'
import { GOODBYE } from '#wire/engine/protocol'

export interface EngineDeps {
  readonly name: string
  readonly socket: string
  readonly log: Log
  /** DuckDB's own limit; the spawner's `prlimit --data` lies above it. */
  readonly memoryLimitBytes: number
  /** Resident size at which the watchdog interrupts; default: the limit and 768 MiB for the process itself. */
  readonly rssLimitBytes?: number
  readonly threads: number
  /** Queries at once; each holds a thread of libuv's pool, so `UV_THREADPOOL_SIZE` must be at least this and 4. Default 8. */
  readonly maxConcurrent?: number
  readonly maxQueued?: number
  /** The folder above all tenants' folders, in which lie the spools of their queries. */
  readonly spoolRoot: string
  /** A private folder with a short path, emptied at start: pipes and temporary files. */
  readonly workDir: string
  readonly tempLimitBytes: number
  /** Instances of tenants kept while they are idle, and for how long. Default 16, a minute. */
  readonly keepInstances?: number
  readonly instanceIdleMs?: number
  /** Idle for a while and above this resident size: `recycle` is called. */
  readonly recycleAboveBytes?: number
  /** That while: whoever goes on asking does not meet it. Default 20 s. */
  readonly recycleAfterMs?: number
  /** Binding and planning one statement. Default 20 s, as the SQL front's own planning. */
  readonly planLimitMs?: number
  /** A query that was ended and holds its thread for so long costs the process; default 20 s. One in a process of its owner's costs that, default 3 s. */
  readonly patienceMs?: number
  readonly apartPatienceMs?: number
  /** Ends the process, for the spawner to start it again. Called when idle and fat, when asked to, when memory or a thread cannot be won back. */
  readonly recycle?: (reason: RecycleReason) => void
}

/** After `memory` and `stuck` threads are still in DuckDB, which a process that exits waits for: only a signal ends it. */
export type RecycleReason = 'idle' | 'asked' | 'memory' | 'stuck'

export function createEngine(deps: EngineDeps): Part {
  const { log, socket } = deps
  let served: Served | undefined
  let tenants: Tenants | undefined
  let stopWatchdog = () => {}
  let endRuns = async () => {}
  let retiring = false
  let idle: NodeJS.Timeout | undefined
  const lifelines = new Set<ServerResponse>()
  const answers = new Set<ServerResponse>()

  /** Says goodbye, begins nothing more, and goes: a request that comes in meanwhile is cut off, and asked again of the next process. */
  async function retire(reason: RecycleReason): Promise<void> {
    const last = served
    if (!last || !deps.recycle) return
    served = undefined
    retiring = true
    for (const line of lifelines) line.end(GOODBYE)
    await last.close()
    deps.recycle(reason)
  }

  async function start(): Promise<void> {
    rmSync(deps.workDir, { recursive: true, force: true })
    mkdirSync(deps.workDir, { recursive: true, mode: 0o700 })
    mkdirSync(deps.spoolRoot, { recursive: true, mode: 0o700 })
    const slots = concurrency(deps)
    const admission = createAdmission(slots, deps.maxQueued ?? 200)
    const runs: HandlerDeps['runs'] = new Map()
    const { memoryLimitBytes, threads, tempLimitBytes } = deps
    tenants = createTenants({
      spoolRoot: deps.spoolRoot,
      workDir: deps.workDir,
      slots,
      keep: deps.keepInstances ?? 16,
      idleMs: deps.instanceIdleMs ?? 60_000,
      bounds: { memoryLimitBytes, threads, tempLimitBytes },
    })
    await tenants.use(SHARED_BY_ALL, async () => {})
    const watchdog = createWatchdog({
      limitBytes: () => (deps.rssLimitBytes ?? deps.memoryLimitBytes + 768 * MIB) + (tenants?.processes ?? 0) * APART_BYTES,
      rss: () => tenants?.residentBytes() ?? 0,
      runs: () => [...runs.values()].map((r) => r.run),
      spilled: () => tenants?.spilled() ?? 0,
      spillLimitBytes: tempLimitBytes,
      shortBytes: process.memoryUsage.rss() + memoryLimitBytes / 2,
      short: () => tenants?.share(),
      hopeless: () => {
        log.error({ rss: process.memoryUsage.rss() }, 'memory is not coming back; the engine starts anew')
        deps.recycle?.('memory')
      },
    })
    stopWatchdog = watchdog.stop
    endRuns = async () => {
      await Promise.all(
        [...runs.values()].map(({ cancel, settled }) => {
          cancel()
          return settled
        }),
      )
    }
    const slim = () => {
      const rss = process.memoryUsage.rss()
      if (answers.size > 0 || deps.recycleAboveBytes === undefined || rss <= deps.recycleAboveBytes) return
      log.info({ rss }, 'idle and above the size to recycle at')
      void retire('idle')
    }
    const changed = () => {
      clearTimeout(idle)
      if (runs.size > 0) return watchdog.start()
      watchdog.stop()
      if (answers.size === 0 && deps.recycleAboveBytes !== undefined) idle = setTimeout(slim, deps.recycleAfterMs ?? 20_000).unref()
    }
    const handlers = createHandlers({
      tenants,
      admission,
      runs,
      limitText: `${Math.round(deps.memoryLimitBytes / MIB)} MiB`,
      planLimitMs: deps.planLimitMs ?? 20_000,
      patienceMs: deps.patienceMs ?? 20_000,
      apartPatienceMs: deps.apartPatienceMs ?? 3000,
      stuck: () => {
        log.error({ running: admission.running }, 'a query that was ended does not end; the engine starts anew')
        deps.recycle?.('stuck')
      },
      version: duckdbVersion(),
      log,
      retiring: () => retiring,
      changed,
      lifelines,
      answers,
      recycle: () => {
        if (answers.size > 0 || !deps.recycle) return false
        setImmediate(() => void retire('asked'))
        return true
      },
    })
    served = await serve({ listen: { socket }, log, part: deps.name, probes: [HEALTH_PATH], handler: createRoutes(handlers, log) })
    log.info({ threads: deps.threads, slots, memoryLimitBytes: deps.memoryLimitBytes }, 'engine ready')
  }

  return {
    name: deps.name,
    start,
    async health() {
      const { version, memoryBytes, running } = await callSocket<{ version: string; memoryBytes: number; running: number }>(socket, {
        path: HEALTH_PATH,
        timeoutMs: 2000,
      })
      return { healthy: true, version, detail: `${running} running, ${Math.round(memoryBytes / MIB)} MiB` }
    },
    async stop() {
      clearTimeout(idle)
      stopWatchdog()
      await endRuns()
      for (const line of lifelines) line.end()
      await served?.close()
      served = undefined
      await tenants?.close()
      tenants = undefined
      rmSync(deps.workDir, { recursive: true, force: true })
    },
  }
}

const MIB = 1024 * 1024
/** Of a process of an owner, before it has done anything. */
const APART_BYTES = 96 * MIB

/** Leaves threads of libuv's pool to files and sockets, whatever was asked for. */
function concurrency({ maxConcurrent = 8, log }: EngineDeps): number {
  const pool = Number(process.env.UV_THREADPOOL_SIZE ?? 4)
  const most = Math.max(1, pool - 2)
  if (most < maxConcurrent) log.warn({ pool, maxConcurrent, used: most }, 'UV_THREADPOOL_SIZE is too small for the queries at once')
  return Math.min(maxConcurrent, most)
}
