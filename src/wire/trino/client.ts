// A small client of the Trino protocol, for the command line and the demo.
import { AkkoError } from '#kit/errors'
import { traceparent } from '#kit/trace'

export interface SqlColumn {
  readonly name: string
  readonly type: string
}

export interface SqlStats {
  readonly state: string
  readonly elapsedTimeMillis: number
  readonly processedRows: number
  readonly processedBytes: number
  readonly progressPercentage?: number
}

export interface SqlResult {
  readonly queryId: string
  readonly columns: readonly SqlColumn[]
  readonly rows: readonly (readonly unknown[])[]
  readonly updateType?: string
  readonly updateCount?: number
  readonly stats: SqlStats
}

export interface SqlClient {
  /** Runs one statement to its end; `onStats` sees each answer. */
  query(sql: string, options?: { onStats?: (stats: SqlStats) => void; signal?: AbortSignal }): Promise<SqlResult>
}

interface Answer {
  readonly id: string
  readonly nextUri?: string
  readonly columns?: readonly SqlColumn[]
  readonly data?: readonly (readonly unknown[])[]
  readonly updateType?: string
  readonly updateCount?: number
  readonly stats: SqlStats
  readonly error?: {
    readonly message: string
    readonly errorName: string
    readonly errorLocation?: { readonly lineNumber: number; readonly columnNumber: number }
  }
}

/** `url` is the server's base, e.g. https://localhost:8443. */
export function createSqlClient(options: { url: string; user: string; token: string | undefined; source: string }): SqlClient {
  const headers = {
    'x-trino-user': options.user,
    'x-trino-source': options.source,
    'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
    ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
    // Inside a cluster TLS has ended before Trino, which takes a token only when it is told so.
    ...(options.token && options.url.startsWith('http:') ? { 'x-forwarded-proto': 'https' } : {}),
  }
  const read = async (response: Response): Promise<Answer> => {
    if (response.ok) return (await response.json()) as Answer
    throw new AkkoError({
      code: 'sql.http',
      status: response.status,
      message: `the SQL server answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
      retryable: response.status >= 502,
      blame: 'operator',
    })
  }
  return {
    query: async (sql, { onStats, signal } = {}) => {
      const init = { headers: { ...headers, traceparent: traceparent() }, ...(signal ? { signal } : {}) }
      let answer = await read(await fetch(`${options.url}/v1/statement`, { ...init, method: 'POST', body: sql }))
      let columns: readonly SqlColumn[] = []
      const rows: (readonly unknown[])[] = []
      let next: string | undefined
      for (;;) {
        if (answer.columns) columns = answer.columns
        for (const row of answer.data ?? []) rows.push(row)
        onStats?.(answer.stats)
        if (answer.error) throw sqlError(answer.error)
        next = answer.nextUri
        if (!next) break
        const { pathname, search } = new URL(next) // of the host by which the server was told it is reached
        answer = await read(await fetch(options.url + pathname + search, init))
      }
      return {
        queryId: answer.id,
        columns,
        rows,
        stats: answer.stats,
        ...(answer.updateType === undefined ? {} : { updateType: answer.updateType }),
        ...(answer.updateCount === undefined ? {} : { updateCount: answer.updateCount }),
      }
    },
  }
}

function sqlError(error: NonNullable<Answer['error']>): AkkoError {
  const at = error.errorLocation ? ` (line ${error.errorLocation.lineNumber}, column ${error.errorLocation.columnNumber})` : ''
  return new AkkoError({
    code: `sql.${error.errorName}`,
    status: 400,
    message: `${error.errorName}: ${error.message}${at}`,
    retryable: false,
    blame: 'caller',
  })
}
