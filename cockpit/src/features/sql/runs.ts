// What is running or was run in each tab. Lives outside the components: a query goes on while one looks at another page.
import type { QueryClient } from '@tanstack/react-query'
import type { SessionState } from '#wire/trino/headers'
import type { Row, TrinoColumn, TrinoStats } from '#wire/trino/protocol'
import { QueryCancelled, QueryError, type StatementOutcome } from '#wire/trino/statement'
import { announce } from '~/lib/announce'
import { formatCount, formatDuration } from '~/lib/format'
import type { Statement } from '~/lib/sql/split'
import { createStore } from '~/lib/store'
import { runQuery } from '~/lib/trino/client'

/** Rows that the browser keeps of one result; more is for a client with a disk. */
export const MAX_ROWS = 100_000

export type RunState = 'waiting' | 'running' | 'finished' | 'failed' | 'cancelled'

export interface StatementRun {
  readonly statement: Statement
  readonly state: RunState
  readonly columns: readonly TrinoColumn[]
  /** Grows in place while the query runs; `rowCount` tells how far it may be read. */
  readonly rows: readonly Row[]
  readonly rowCount: number
  readonly stats: TrinoStats
  readonly startedAt?: number
  readonly endedAt?: number
  readonly queryId?: string
  readonly requestId?: string
  readonly error?: unknown
  readonly outcome?: StatementOutcome
}

export interface Run {
  readonly id: number
  readonly statements: readonly StatementRun[]
  /** Which statement's result is shown. */
  readonly shown: number
  /** The text from which it was started: errors are only underlined while it stands. */
  readonly document: string
  readonly catalog?: string | undefined
  readonly schema?: string | undefined
}

export const runs = createStore<Readonly<Record<string, Run>>>({})

const aborts = new Map<string, AbortController>()
/** What `SET SESSION` and `PREPARE` left behind, by tab; lost with the page. */
const sessions = new Map<string, SessionState>()
let lastRun = 0
const NOTIFY_MS = 80

export interface RunRequest {
  readonly tabId: string
  readonly statements: readonly Statement[]
  readonly document: string
  readonly user: string
  readonly catalog?: string | undefined
  readonly schema?: string | undefined
  readonly client: QueryClient
  /** `USE` in a statement moves the tab's session. */
  readonly onSession: (session: { catalog?: string; schema?: string }) => void
}

export function isRunning(run: Run | undefined): boolean {
  return run?.statements.some((s) => s.state === 'running') ?? false
}

/** Runs the statements one after the other; stops at the first that fails or is cancelled. */
export async function startRun(request: RunRequest): Promise<void> {
  const { tabId, statements, user } = request
  aborts.get(tabId)?.abort()
  const abort = new AbortController()
  aborts.set(tabId, abort)
  const id = ++lastRun
  let session: SessionState = { ...sessions.get(tabId), catalog: request.catalog, schema: request.schema }
  const waiting = statements.map(
    (statement): StatementRun => ({ statement, state: 'waiting', columns: [], rows: [], rowCount: 0, stats: {} }),
  )
  runs.update((all) => ({
    ...all,
    [tabId]: { id, statements: waiting, shown: 0, document: request.document, catalog: request.catalog, schema: request.schema },
  }))
  announce('Query started')

  for (let index = 0; index < statements.length; index++) {
    const rows: Row[] = []
    let pending: Partial<StatementRun> = {}
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = (change: Partial<StatementRun>) => {
      clearTimeout(timer)
      timer = undefined
      patch(tabId, id, index, { ...pending, ...change, rowCount: rows.length })
      pending = {}
    }
    patch(tabId, id, index, { state: 'running', rows, startedAt: Date.now() }, index)
    try {
      const outcome = await runQuery({
        sql: statements[index]!.text,
        user,
        session,
        signal: abort.signal,
        maxRows: MAX_ROWS,
        onUpdate: (update) => {
          for (const row of update.rows) rows.push(row)
          pending = { ...pending, stats: update.stats, queryId: update.queryId, ...(update.columns ? { columns: update.columns } : {}) }
          timer ??= setTimeout(() => flush({}), NOTIFY_MS)
        },
      })
      flush({
        state: 'finished',
        endedAt: Date.now(),
        outcome,
        columns: outcome.columns,
        stats: outcome.stats,
        queryId: outcome.queryId,
        requestId: outcome.requestId,
      })
      if (outcome.session !== session) {
        session = outcome.session
        sessions.set(tabId, session)
        request.onSession({
          ...(session.catalog === undefined ? {} : { catalog: session.catalog }),
          ...(session.schema === undefined ? {} : { schema: session.schema }),
        })
      }
      if (outcome.updateType && outcome.updateType !== 'USE') void request.client.invalidateQueries({ queryKey: ['names'] })
      announce(`Query finished: ${formatCount(rows.length)} rows in ${formatDuration(outcome.stats.elapsedTimeMillis)}`)
    } catch (error) {
      const cancelled = error instanceof QueryCancelled
      flush({
        state: cancelled ? 'cancelled' : 'failed',
        endedAt: Date.now(),
        ...(cancelled ? {} : { error }),
        ...(error instanceof QueryError ? { requestId: error.requestId, ...(error.queryId ? { queryId: error.queryId } : {}) } : {}),
      })
      announce(cancelled ? 'Query cancelled' : `Query failed: ${error instanceof Error ? error.message : String(error)}`)
      break
    }
  }
  if (aborts.get(tabId) === abort) aborts.delete(tabId)
  void request.client.invalidateQueries({ queryKey: ['history'] })
}

export function cancelRun(tabId: string): void {
  aborts.get(tabId)?.abort()
}

/** Forgets a closed tab's results; what still runs there is cancelled. */
export function dropRun(tabId: string): void {
  cancelRun(tabId)
  sessions.delete(tabId)
  runs.update(({ [tabId]: _, ...rest }) => rest)
}

export function showStatement(tabId: string, shown: number): void {
  runs.update((all) => (all[tabId] ? { ...all, [tabId]: { ...all[tabId], shown } } : all))
}

function patch(tabId: string, id: number, index: number, change: Partial<StatementRun>, shown?: number): void {
  runs.update((all) => {
    const run = all[tabId]
    if (run?.id !== id) return all
    const statements = run.statements.map((s, i) => (i === index ? { ...s, ...change } : s))
    return { ...all, [tabId]: { ...run, statements, shown: shown ?? run.shown } }
  })
}
