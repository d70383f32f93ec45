// Federated SQL: the Trino client protocol and Trino's dialect in front of a disposable DuckDB process.

import type http from 'node:http'
import type { Authenticator, Authoriser, Caller } from '#kit/access'
import { createApiPart } from '#kit/api-part'
import { dictionary } from '#kit/dictionary'
import type { Log } from '#kit/log'
import type { Part } from '#kit/part'
import type { Secret } from '#kit/secret'
import { beginPipes } from '#parts/sql/connectors/pipes'
import type { GroupsDeclaration } from '#parts/sql/groups/declaration'
import { createSelectGroup } from '#parts/sql/groups/select'
import type { HistoryStore } from '#parts/sql/history'
import { createMaintenance, type Maintenance, type MaintenanceSettings } from '#parts/sql/maintenance'
import type { Connector, Engine, LakeFiles, LossOf, OwnerRoles, PersonNow } from '#parts/sql/ports'
import { createExecutor } from '#parts/sql/query/execute'
import { DEFAULT_LIMITS, type Limits, QueryManager } from '#parts/sql/query/manager'
import { createPlanner, type PlannerOptions } from '#parts/sql/query/planner'
import { createRoutes, INFO_PATH } from '#parts/sql/routes'
import { print, sql } from '#wire/duckdb/sql'

export { createPostgresHistory, type HistoryEntry, type HistoryStore } from '#parts/sql/history'
export type { Limits } from '#parts/sql/query/manager'

export interface SqlPartDeps {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly engine: Engine
  readonly files: LakeFiles
  /** An opaque name of a person with these rights: 1 to 128 letters, digits, `-` or `_`. */
  readonly ownerOf: (caller: Caller) => string
  /** SQL catalogues by name; `system` is served by this part itself. */
  readonly connectors: Readonly<Record<string, Connector>>
  readonly authoriser: Authoriser
  readonly authenticator: Authenticator
  /** The gateway's: only who shows it tells under which address the client reaches us. */
  readonly gatewayKey?: Secret
  /** `none` believes `X-Trino-User`: loopback only, for tests of compatibility. */
  readonly authentication: 'token' | 'none'
  /** For those who are named in place of a token's user, or without one. */
  readonly personNow: PersonNow
  /** Without it nobody’s is. */
  readonly lossOf?: LossOf
  /** For views that are read with their owner's rights. */
  readonly ownerRoles: OwnerRoles
  readonly history: HistoryStore
  /** Without problems. */
  readonly resourceGroups: GroupsDeclaration
  readonly log: Log
  /** Scheme, host and port of this server as the client sees it; by default from X-Forwarded-Proto, -Host, -Port, else Host. */
  readonly publicUrl?: (req: http.IncomingMessage) => string
  readonly limits?: Partial<Limits>
  readonly planner?: PlannerOptions
  /** Of the tables of one catalogue. Default: they are left to themselves. */
  readonly maintenance?: { readonly catalog: string; readonly settings: MaintenanceSettings }
  /** What /v1/info, version() and system.runtime.nodes say. */
  readonly version?: string
}

export interface SqlPart extends Part {
  /** The port that was bound. */
  readonly port: number
  readonly counts: { readonly running: number; readonly queued: number }
  readonly maintenance: Maintenance | undefined
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

export function createSql(deps: SqlPartDeps): SqlPart {
  if (deps.authentication === 'none' && !LOOPBACK.has(deps.host))
    throw new Error(`authentication "none" is for loopback addresses only, not ${deps.host}`)
  const { log, engine, files, authoriser, history } = deps
  const connectors = dictionary(deps.connectors)
  const limits = { ...DEFAULT_LIMITS, ...deps.limits }
  const version = deps.version ?? '476-akko'
  const started = new Date()
  const planner = createPlanner(deps.planner)
  const manager: QueryManager = new QueryManager({
    execute: createExecutor({
      engine,
      files,
      ownerOf: deps.ownerOf,
      connectors,
      authoriser,
      history,
      ownerRoles: deps.ownerRoles,
      version,
      started,
      planner,
      queries: () => manager.list(),
    }),
    history,
    limits,
    selectGroup: createSelectGroup(deps.resourceGroups),
    lossOf: deps.lossOf ?? (() => undefined),
    log,
  })
  const maintenance = deps.maintenance && createMaintenance({ ...deps.maintenance, manager, log })
  const { authentication, authenticator, personNow } = deps
  const routes = { doors: { authentication, authenticator, authoriser, personNow }, manager, publicUrl: deps.publicUrl ?? publicUrlOf }
  const part = createApiPart({
    name: deps.name,
    listen: { host: deps.host, port: deps.port },
    log,
    forwarder: deps.gatewayKey,
    raw: true,
    probes: [INFO_PATH],
    open: async () => {
      if (authentication === 'none') log.warn({}, 'authentication is off: every client is believed to be the user that it names')
      beginPipes()
      await history.start()
      manager.start()
      maintenance?.start()
      return createRoutes({ ...routes, version, started }, log)
    },
    health: async (ask) => {
      try {
        const { status } = await ask(INFO_PATH)
        if (status !== 200) return { healthy: false, detail: `status ${status}`, version }
        await engine.describe(print(sql`SELECT 1`, { maxLength: 100 }))
        return { healthy: true, version }
      } catch (error) {
        return { healthy: false, detail: `the SQL engine does not answer: ${(error as Error).message}`, version }
      }
    },
    drain: async () => {
      await maintenance?.stop()
      await manager.stop()
      await planner.close()
    },
  })
  return {
    ...part,
    maintenance,
    get port() {
      return part.port() || deps.port
    },
    get counts() {
      return manager.counts
    },
  }
}

/** Behind the gateway the forwarded address counts; from anybody else these headers do not come this far. */
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
