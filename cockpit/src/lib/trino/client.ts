// The Trino client protocol: start, follow nextUri, cancel. Knows no component; tested against a speaking server.
import { HttpError, newTraceId, toHttpError, traceparent } from '~/lib/http'
import { parseExact } from '~/lib/trino/json'
import type { Row, TrinoColumn, TrinoError, TrinoResults, TrinoStats } from '~/lib/trino/types'

export interface QueryOptions {
  readonly sql: string
  readonly user: string
  readonly source?: string
  readonly catalog?: string | undefined
  readonly schema?: string | undefined
  readonly signal?: AbortSignal
  /** Rows after which the query is cancelled and the result marked as cut. */
  readonly maxRows?: number
  readonly fetch?: typeof fetch
  readonly onUpdate?: (update: QueryUpdate) => void
}

export interface QueryUpdate {
  readonly queryId: string
  readonly columns: readonly TrinoColumn[] | undefined
  /** Rows that came with this answer. */
  readonly rows: readonly Row[]
  readonly stats: TrinoStats
}

export interface QueryOutcome {
  readonly queryId: string
  readonly requestId: string
  readonly columns: readonly TrinoColumn[]
  readonly stats: TrinoStats
  readonly updateType?: string
  readonly updateCount?: number
  /** True when reading stopped at `maxRows`. */
  readonly cut: boolean
  readonly rowCount: number
  readonly warnings: readonly string[]
  /** What the answer's headers asked the session to become (`USE`). */
  readonly session: { readonly catalog?: string; readonly schema?: string }
}

/** The engine refused or lost the statement. */
export class QueryError extends Error {
  readonly error: TrinoError
  readonly queryId: string | undefined
  readonly requestId: string

  constructor(error: TrinoError, queryId: string | undefined, requestId: string) {
    super(error.message)
    this.name = 'QueryError'
    this.error = error
    this.queryId = queryId
    this.requestId = requestId
  }
}

export class QueryCancelled extends Error {
  constructor() {
    super('The query was cancelled')
    this.name = 'QueryCancelled'
  }
}

/** The path and query of a nextUri: it may be absolute, and another origin is never followed. */
export function pathOf(uri: string): string {
  const url = new URL(uri, 'http://origin.invalid')
  return url.pathname + url.search
}

const RETRY_STATUS = new Set([429, 502, 503, 504])
const RETRY_DELAYS_MS = [100, 200, 400, 800, 1600, 3200]

/** Runs one statement to its end. Rejects with QueryError, QueryCancelled or HttpError. */
export async function runQuery(options: QueryOptions): Promise<QueryOutcome> {
  const call = options.fetch ?? fetch
  const traceId = newTraceId()
  const requestHeaders = { 'x-trino-user': options.user, traceparent: traceparent(traceId) }
  let requestId = traceId
  let session: { catalog?: string; schema?: string } = {}
  let next: string | undefined
  let queryId: string | undefined
  let columns: readonly TrinoColumn[] | undefined
  let rowCount = 0
  let stats: TrinoStats = {}
  let last: TrinoResults | undefined

  const read = async (res: Response): Promise<TrinoResults> => {
    if (!res.ok) throw await toHttpError(res, requestId)
    requestId = res.headers.get('x-request-id') ?? requestId
    const catalog = res.headers.get('x-trino-set-catalog')
    const schema = res.headers.get('x-trino-set-schema')
    session = { ...session, ...(catalog ? { catalog } : {}), ...(schema ? { schema } : {}) }
    return parseExact<TrinoResults>(await res.text())
  }
  const cancel = async () => {
    if (next) await call(next, { method: 'DELETE', headers: requestHeaders, keepalive: true }).catch(() => undefined)
  }

  try {
    let answer = await read(
      await call('/v1/statement', {
        method: 'POST',
        body: options.sql,
        ...(options.signal ? { signal: options.signal } : {}),
        headers: {
          ...requestHeaders,
          'content-type': 'text/plain; charset=utf-8',
          'x-trino-source': options.source ?? 'cockpit',
          'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
          'x-trino-time-zone': Intl.DateTimeFormat().resolvedOptions().timeZone,
          ...(options.catalog ? { 'x-trino-catalog': options.catalog } : {}),
          ...(options.schema ? { 'x-trino-schema': options.schema } : {}),
        },
      }),
    )
    for (;;) {
      queryId = answer.id
      columns ??= answer.columns
      stats = answer.stats ?? stats
      next = answer.nextUri ? pathOf(answer.nextUri) : undefined
      last = answer
      if (answer.error) throw new QueryError(answer.error, queryId, requestId)
      let rows = answer.data ?? []
      const room = (options.maxRows ?? Number.POSITIVE_INFINITY) - rowCount
      const cut = rows.length > room
      if (cut) rows = rows.slice(0, room)
      rowCount += rows.length
      options.onUpdate?.({ queryId, columns, rows, stats })
      if (cut) {
        await cancel()
        return outcome(true)
      }
      if (!next) return outcome(false)
      answer = await follow(call, next, requestHeaders, options.signal, read)
    }
  } catch (error) {
    if (options.signal?.aborted) {
      await cancel()
      throw new QueryCancelled()
    }
    throw error
  }

  function outcome(cut: boolean): QueryOutcome {
    return {
      queryId: queryId ?? '',
      requestId,
      columns: columns ?? [],
      stats,
      ...(last?.updateType === undefined ? {} : { updateType: last.updateType }),
      ...(last?.updateCount === undefined ? {} : { updateCount: last.updateCount }),
      cut,
      rowCount,
      warnings: (last?.warnings ?? []).map((w) => w.message),
      session,
    }
  }
}

/** GET of nextUri; repeated while the server is busy or away (the protocol allows it: an answer is kept until the next is asked for). */
async function follow(
  call: typeof fetch,
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
  read: (res: Response) => Promise<TrinoResults>,
): Promise<TrinoResults> {
  for (let attempt = 0; ; attempt++) {
    const delay = RETRY_DELAYS_MS[attempt]
    try {
      return await read(await call(path, { headers, ...(signal ? { signal } : {}) }))
    } catch (error) {
      const retryable = error instanceof TypeError || (error instanceof HttpError && RETRY_STATUS.has(error.status))
      if (signal?.aborted || !retryable || delay === undefined) throw error
      await sleep(error instanceof HttpError ? (error.retryAfterMs ?? delay) : delay, signal)
    }
  }
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}

/** A small query whose rows are wanted at once, as objects by column name. */
export async function queryObjects(options: QueryOptions): Promise<Record<string, unknown>[]> {
  const rows: Row[] = []
  const { columns } = await runQuery({ ...options, onUpdate: (update) => void rows.push(...update.rows) })
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column.name, row[i]])))
}
