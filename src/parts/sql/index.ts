// Federated SQL: the Trino client protocol and Trino's dialect in front of a disposable DuckDB process.
import type http from 'node:http'
import type { Authenticator, Authoriser } from '#kit/access'
import { type Served, serve } from '#kit/http'
import type { Log } from '#kit/log'
import type { Part } from '#kit/part'
import type { HistoryStore } from './history.ts'
import type { Connector, Engine, LakeFiles } from './ports.ts'
import { createExecutor } from './query/execute.ts'
import { DEFAULT_LIMITS, type Limits, QueryManager } from './query/manager.ts'
import { createRouter } from './routes.ts'

export { createPostgresHistory, type HistoryEntry, type HistoryStore } from './history.ts'
export type { Limits } from './query/manager.ts'

export interface SqlPartDeps {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly engine: Engine
  readonly files: LakeFiles
  /** SQL catalogues by name; `system` is served by this part itself. */
  readonly connectors: Readonly<Record<string, Connector>>
  readonly authoriser: Authoriser
  readonly authenticator: Authenticator
  /** `none` believes `X-Trino-User`: loopback only, for tests of compatibility. */
  readonly authentication: 'token' | 'none'
  readonly userRoles: (user: string) => Promise<readonly string[]>
  readonly history: HistoryStore
  readonly log: Log
  /** Scheme, host and port of this server as the client sees it; by default from X-Forwarded-Proto, -Host, -Port, else Host. */
  readonly publicUrl?: (req: http.IncomingMessage) => string
  readonly limits?: Partial<Limits>
  /** What /v1/info, version() and system.runtime.nodes say. */
  readonly version?: string
}

export interface SqlPart extends Part {
  /** The port that was bound. */
  readonly port: number
  readonly counts: { readonly running: number; readonly queued: number }
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])
const MAX_QUERY_BYTES = 16 * 1024 * 1024

export function createSql(deps: SqlPartDeps): SqlPart {
  if (deps.authentication === 'none' && !LOOPBACK.has(deps.host))
    throw new Error(`authentication "none" is for loopback addresses only, not ${deps.host}`)
  const { log, engine, files, connectors, authoriser, history } = deps
  const limits = { ...DEFAULT_LIMITS, ...deps.limits }
  const version = deps.version ?? '476-akko'
  const started = new Date()
  const manager: QueryManager = new QueryManager({
    execute: createExecutor({
      engine,
      files,
      connectors,
      authoriser,
      history,
      version,
      started,
      queries: () => manager.list(),
    }),
    history,
    limits,
    log,
  })
  const { authentication, authenticator, userRoles } = deps
  const router = createRouter(
    {
      doors: { authentication, authenticator, authoriser, userRoles },
      manager,
      publicUrl: deps.publicUrl ?? publicUrlOf,
      version,
      started,
      maxQueryBytes: MAX_QUERY_BYTES,
    },
    log,
  )
  let served: Served | undefined
  return {
    name: deps.name,
    get port() {
      return served?.port ?? deps.port
    },
    get counts() {
      return manager.counts
    },
    async start() {
      if (served) return
      if (authentication === 'none') log.warn({}, 'authentication is off: every client is believed to be the user that it names')
      await history.start()
      manager.start()
      served = await serve({ listen: { host: deps.host, port: deps.port }, log, handler: router })
    },
    async health() {
      if (!served) return { healthy: false, detail: 'not started' }
      try {
        const answer = await fetch(`http://${deps.host}:${served.port}/v1/info`, { signal: AbortSignal.timeout(2000) })
        await answer.text()
        if (!answer.ok) return { healthy: false, detail: `status ${answer.status}`, version }
        await engine.describe('SELECT 1')
        return { healthy: true, version }
      } catch (error) {
        return { healthy: false, detail: `the SQL engine does not answer: ${(error as Error).message}`, version }
      }
    },
    async stop() {
      await manager.stop()
      await served?.close()
      served = undefined
    },
  }
}

/** Behind the gateway the forwarded address counts; the gateway strips what clients send under these names. */
export function publicUrlOf(req: http.IncomingMessage): string {
  const first = (name: string) => {
    const value = req.headers[name]
    return (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim()
  }
  const proto = first('x-forwarded-proto') === 'https' ? 'https' : 'http'
  const host = first('x-forwarded-host') ?? req.headers.host ?? 'localhost'
  const port = first('x-forwarded-port')
  const standard = proto === 'https' ? '443' : '80'
  const withPort = port === undefined || /:\d+$/.test(host) || port === standard ? host : `${host}:${port}`
  return `${proto}://${withPort}`
}
