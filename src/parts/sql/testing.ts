// For this part's tests: the real engine in a temporary folder, lake files that are plain folders, and a connector over DuckDB tables.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as pathJoin } from 'node:path'
import type { Authoriser, Caller } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { createLog, type Log } from '#kit/log'
import { own } from '#kit/own'
import { createEngineClient, type EngineClient } from '#parts/engine/client'
import { createEngine } from '#parts/engine/index'
import type { GroupsDeclaration } from '#parts/sql/groups/declaration'
import type { HistoryEntry, HistoryStore } from '#parts/sql/history'
import { createSql, type SqlPart, type SqlPartDeps } from '#parts/sql/index'
import type { ColumnInfo, Connector, LakeFiles, ScanRequest } from '#parts/sql/ports'
import { identifier, join, sql } from '#wire/duckdb/sql'
import { testSql } from '#wire/duckdb/testing'

export interface Bench {
  readonly engine: EngineClient
  readonly files: LakeFiles
  readonly root: string
  close(): Promise<void>
}

export async function openBench(): Promise<Bench> {
  const root = mkdtempSync(pathJoin(tmpdir(), 'sqlp-'))
  const spool = pathJoin(root, 'spool')
  const part = createEngine({
    name: 'engine',
    socket: pathJoin(root, 'engine.sock'),
    log: createLog('engine'),
    memoryLimitBytes: 512 * 1024 * 1024,
    threads: 2,
    spoolRoot: spool,
    workDir: pathJoin(root, 'work'),
    tempLimitBytes: 1024 * 1024 * 1024,
  })
  await part.start()
  const engine = createEngineClient(pathJoin(root, 'engine.sock'))
  return {
    engine,
    root,
    files: folders(spool),
    async close() {
      engine.close()
      await part.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Only `open` and `release` are needed here: this part never touches an object itself. */
function folders(root: string): LakeFiles {
  const refuse = async (): Promise<never> => {
    throw new Error('no objects in this test')
  }
  return {
    lease: refuse,
    adopt: refuse,
    settle: refuse,
    discard: refuse,
    list: () => {
      throw new Error('no objects in this test')
    },
    remove: refuse,
    async open(_caller, queryId) {
      const spool = pathJoin(root, 'tenant', queryId)
      mkdirSync(spool, { recursive: true, mode: 0o700 })
      return { spool }
    },
    async release(_caller, queryId) {
      rmSync(pathJoin(root, 'tenant', queryId), { recursive: true, force: true })
    },
  }
}

export interface FixtureTable {
  readonly columns: readonly ColumnInfo[]
  /** A DuckDB query with these columns. */
  readonly sql: string
}

/** A connector whose tables are DuckDB queries; it remembers what it was asked. */
export function fixtureConnector(
  schemas: Readonly<Record<string, Readonly<Record<string, FixtureTable>>>>,
): Connector & { readonly asked: ScanRequest[] } {
  const asked: ScanRequest[] = []
  return {
    asked,
    name: 'fixture',
    listSchemas: async () => Object.keys(schemas),
    listTables: async (_caller, schema) => Object.keys(own(schemas, schema) ?? {}).map((name) => ({ name, kind: 'table' })),
    async table(_caller, schema, table) {
      const found = own(own(schemas, schema) ?? {}, table)
      return found && { schema, table, kind: 'table', columns: found.columns }
    },
    async scan(_context, request) {
      asked.push(request)
      const found = own(own(schemas, request.schema) ?? {}, request.table) as FixtureTable
      return {
        relation: sql`(SELECT ${join(request.columns.map(identifier))} FROM (${testSql(found.sql)}))`,
        scannedBytes: () => 100,
        splits: 1,
        close: async () => {},
      }
    },
  }
}

export const columns = (text: string): ColumnInfo[] =>
  text.split(';').map((part) => {
    const [name, ...type] = part.trim().split(' ') as [string, ...string[]]
    return { name, type: type.join(' '), nullable: true }
  })

export const allowAll: Authoriser = { decide: async () => ({ allow: true }) }

/** Remembers in this process; PostgreSQL's store has a test of its own. */
export function memoryHistory(): HistoryStore & { readonly entries: HistoryEntry[] } {
  const entries: HistoryEntry[] = []
  return {
    entries,
    start: async () => {},
    began: async () => {},
    async ended(q) {
      entries.unshift({
        queryId: q.id,
        user: q.caller.sub,
        source: q.source,
        state: q.state,
        query: q.sql,
        created: q.created,
        ended: q.ended,
        elapsedMs: q.elapsedMs,
        rows: q.rowCount,
        scannedBytes: q.scannedBytes,
        errorName: q.errorName,
        errorMessage: q.error?.message,
        requestId: q.caller.requestId,
      })
    },
    list: async ({ user, limit }) => entries.filter((e) => user === undefined || e.user === user).slice(0, limit),
  }
}

/** Runs for as long as it may. */
export const ENDLESS = `SELECT count(*) FROM ${['a', 'b', 'c'].map((t) => `UNNEST(sequence(1, 10000)) AS ${t}(${t})`).join(' CROSS JOIN ')} WHERE a * b % 7 = c`

/** A relation of the numbers 1 to 10,000 times `times`, which are more than one sequence may have. */
export const numbers = (times: number): string =>
  `(SELECT 10000 * (h - 1) + l AS x FROM UNNEST(sequence(1, 10000)) AS low(l) CROSS JOIN UNNEST(sequence(1, ${times})) AS high(h)) AS t`

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Everybody in a group of his own below one; by default as where nothing is declared. */
export function groupOfEach({ atOnce = 8, ofOne = 6, waiting = 200 } = {}): GroupsDeclaration {
  const root = { name: 'global', hardConcurrencyLimit: atOnce, maxQueued: waiting, schedulingPolicy: 'weighted_fair' } as const
  const own = { name: `\${USER}`, hardConcurrencyLimit: ofOne, maxQueued: waiting }
  return { rootGroups: [{ ...root, subGroups: [own] }], selectors: [{ group: `global.\${USER}` }] }
}

/** A running part on a free port. Without an authoriser everything is allowed. */
export async function startSql(bench: Bench, options: Partial<SqlPartDeps> = {}): Promise<SqlPart & { readonly url: string }> {
  const part = createSql({
    name: 'sql',
    host: '127.0.0.1',
    port: 0,
    engine: bench.engine,
    files: bench.files,
    ownerOf: ({ sub }) => Buffer.from(sub).toString('base64url'),
    connectors: {},
    authoriser: allowAll,
    authenticator: {
      async bearer(): Promise<Caller> {
        throw NotAuthenticated({ reason: 'no tokens here' })
      },
    },
    authentication: 'none',
    personNow: async () => ({ roles: [] }),
    ownerRoles: async () => [],
    history: memoryHistory(),
    resourceGroups: groupOfEach(),
    log: quiet,
    ...options,
  })
  await part.start()
  return Object.defineProperty(part, 'url', { get: () => `http://127.0.0.1:${part.port}` }) as SqlPart & { url: string }
}

export interface Answer {
  readonly id: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  readonly error:
    | {
        readonly errorName: string
        readonly message: string
        readonly errorType: string
        readonly errorLocation?: { lineNumber: number; columnNumber: number }
      }
    | undefined
  readonly updateType: string | undefined
  readonly updateCount: number | undefined
  /** Figures of the whole query. */
  readonly stats: Readonly<Record<string, unknown>>
  readonly headers: Headers
}

/** Runs a statement as the smallest client there is. */
export async function ask(url: string, sql: string, headers: Record<string, string> = {}): Promise<Answer> {
  let response = await fetch(`${url}/v1/statement`, { method: 'POST', body: sql, headers: { 'x-trino-user': 'test', ...headers } })
  const rows: unknown[][] = []
  let found: Answer['columns'] = []
  for (;;) {
    if (!response.ok) throw new Error(`status ${response.status}: ${await response.text()}`)
    const body = (await response.json()) as {
      id: string
      nextUri?: string
      columns?: Answer['columns']
      data?: unknown[][]
      error?: Answer['error']
      updateType?: string
      updateCount?: number
      stats: Answer['stats']
    }
    if (body.columns) found = body.columns
    rows.push(...(body.data ?? []))
    if (!body.nextUri)
      return {
        id: body.id,
        columns: found,
        rows,
        error: body.error,
        updateType: body.updateType,
        updateCount: body.updateCount,
        stats: body.stats,
        headers: response.headers,
      }
    response = await fetch(body.nextUri, { headers: { 'x-trino-user': 'test', ...headers } })
  }
}
