// The protocol for commands and the demo: a whole result at once, errors of the platform's table.
import { AkkoError, defineError } from '#kit/errors'
import { currentTrace, traceFrom, traceparent } from '#kit/trace'
import type { Row, TrinoColumn, TrinoError, TrinoStats } from '#wire/trino/protocol'
import { QueryCancelled, QueryError, type Reply, runStatement, type Send } from '#wire/trino/statement'

export interface SqlResult {
  readonly queryId: string
  readonly columns: readonly TrinoColumn[]
  readonly rows: readonly Row[]
  readonly updateType?: string
  readonly updateCount?: number
  readonly stats: TrinoStats
}

export interface SqlClient {
  /** Runs one statement to its end; `onStats` sees each answer. */
  query(sql: string, options?: { onStats?: (stats: TrinoStats) => void; signal?: AbortSignal }): Promise<SqlResult>
}

export interface SqlServer {
  /** Its base, e.g. https://localhost:8443. */
  readonly url: string
  readonly user: string
  readonly token?: string | undefined
  readonly source?: string
  readonly timeZone?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly send?: Send
}

const Cancelled = defineError('sql.cancelled', 499, 'the query was cancelled')

export function createSqlClient({ token, headers, ...server }: SqlServer): SqlClient {
  const credentials = {
    ...headers,
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    // Inside a cluster TLS has ended before Trino, which takes a token only when it is told so.
    ...(token && server.url.startsWith('http:') ? { 'x-forwarded-proto': 'https' } : {}),
  }
  return {
    query: async (sql, { onStats, signal } = {}) => {
      const trace = currentTrace() ?? traceFrom(undefined)
      const rows: Row[] = []
      const outcome = await runStatement({
        ...server,
        sql,
        headers: { ...credentials, traceparent: traceparent(trace) },
        requestId: trace.traceId,
        refusal,
        signal,
        onUpdate: (update) => {
          for (const row of update.rows) rows.push(row)
          onStats?.(update.stats)
        },
      }).catch((error: unknown) => {
        if (error instanceof QueryError) throw sqlError(error.error)
        throw error instanceof QueryCancelled ? Cancelled() : error
      })
      const { queryId, columns, updateType, updateCount, stats } = outcome
      return {
        queryId,
        columns,
        rows,
        stats,
        ...(updateType === undefined ? {} : { updateType }),
        ...(updateCount === undefined ? {} : { updateCount }),
      }
    },
  }
}

async function refusal(reply: Reply): Promise<AkkoError> {
  return new AkkoError({
    code: 'sql.http',
    status: reply.status,
    message: `the SQL server answered ${reply.status}: ${(await reply.text()).slice(0, 300)}`,
    retryable: reply.status >= 502,
    blame: reply.status === 401 ? 'caller' : 'operator',
  })
}

function sqlError(error: TrinoError): AkkoError {
  // A server that says where in its text needs no second word.
  const said = /^line \d+:\d+: /.test(error.message)
  const at = error.errorLocation && !said ? ` (line ${error.errorLocation.lineNumber}, column ${error.errorLocation.columnNumber})` : ''
  return new AkkoError({
    code: `sql.${error.errorName}`,
    status: 400,
    message: `${error.errorName}: ${error.message}${at}`,
    retryable: false,
    blame: 'caller',
  })
}
