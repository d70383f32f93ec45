// One statement by the protocol over a given fetch: start, follow nextUri, cancel. For Node and browsers: needs neither.
import { printClientHeaders, type SessionState, updateSession } from '#wire/trino/headers'
import { parseExact } from '#wire/trino/json'
import type { Row, TrinoColumn, TrinoError, TrinoResults, TrinoStats } from '#wire/trino/protocol'

/** What is read of a Response. */
export interface Reply {
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}

export interface Call {
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal?: AbortSignal
  readonly keepalive?: boolean
}

/** `fetch`, or anything that answers like it. */
export type Send = (url: string, call: Call) => Promise<Reply>

export interface StatementOptions {
  readonly sql: string
  readonly user: string
  /** The server's base; without one, the page's own origin. */
  readonly url?: string
  readonly source?: string | undefined
  readonly timeZone?: string | undefined
  readonly session?: SessionState | undefined
  /** Sent with each request: authorization, traceparent. */
  readonly headers?: Readonly<Record<string, string>>
  /** Under which logs speak of it, until an answer names another. */
  readonly requestId?: string
  readonly signal?: AbortSignal | undefined
  /** Rows after which the query is cancelled and the result marked as cut. */
  readonly maxRows?: number | undefined
  readonly send?: Send | undefined
  /** The error for an answer that is none of the protocol. */
  readonly refusal: (reply: Reply) => Promise<Error>
  readonly onUpdate?: ((update: StatementUpdate) => void) | undefined
}

export interface StatementUpdate {
  readonly queryId: string
  readonly columns: readonly TrinoColumn[] | undefined
  /** Rows that came with this answer. */
  readonly rows: readonly Row[]
  readonly stats: TrinoStats
}

export interface StatementOutcome {
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
  /** What the next statement is to be sent with. */
  readonly session: SessionState
}

/** The engine refused or lost the statement. */
export class QueryError extends Error {
  readonly error: TrinoError
  readonly queryId: string
  readonly requestId: string

  constructor(error: TrinoError, queryId: string, requestId: string) {
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

const RETRY_STATUS = new Set([429, 502, 503, 504])
/** How long the end of a statement waits for its first answer. */
const LATE_MS = 10_000
const RETRY_DELAYS_MS = [100, 200, 400, 800, 1600, 3200]

/** Runs it to its end. Rejects with QueryError, QueryCancelled, or what `refusal` gives. */
export async function runStatement(options: StatementOptions): Promise<StatementOutcome> {
  const server = connect(options)
  let rowCount = 0
  try {
    let reply = await server.start(options.sql)
    let columns: readonly TrinoColumn[] | undefined
    for (;;) {
      const answer = parseExact<TrinoResults>(await reply.text())
      const next = server.take(reply, answer)
      columns ??= answer.columns
      if (answer.error) throw new QueryError(answer.error, answer.id, server.requestId())
      const room = (options.maxRows ?? Number.POSITIVE_INFINITY) - rowCount
      const data = answer.data ?? []
      const cut = data.length > room
      const rows = cut ? data.slice(0, room) : data
      rowCount += rows.length
      options.onUpdate?.({ queryId: answer.id, columns, rows, stats: answer.stats ?? {} })
      if (cut) await server.cancel()
      if (cut || next === undefined) return { ...outcomeOf(answer), columns: columns ?? [], cut, rowCount, ...server.told() }
      reply = await server.follow(next)
    }
  } catch (error) {
    if (!options.signal?.aborted) throw error
    await server.cancel()
    throw new QueryCancelled()
  }
}

function outcomeOf({ id, stats, updateType, updateCount, warnings }: TrinoResults) {
  return {
    queryId: id,
    stats: stats ?? {},
    ...(updateType === undefined ? {} : { updateType }),
    ...(updateCount === undefined ? {} : { updateCount }),
    warnings: (warnings ?? []).map((w) => w.message),
  }
}

/** The requests of one statement, and what their answers said of the next. */
function connect(options: StatementOptions) {
  const send: Send = options.send ?? fetch
  const url = options.url ?? ''
  const headers = { 'x-trino-user': options.user, ...options.headers }
  const signal = options.signal ? { signal: options.signal } : {}
  let session = options.session ?? {}
  let requestId = options.requestId ?? ''
  let next: string | undefined

  /** The first request: without its answer nobody could say which query is to end, so it is not cut short. */
  let unanswered: Promise<Reply> | undefined

  const take = (reply: Reply, answer: TrinoResults): string | undefined => {
    requestId = reply.headers.get('x-request-id') ?? requestId
    session = updateSession(session, reply.headers)
    next = answer.nextUri === undefined ? undefined : url + pathOf(answer.nextUri)
    return next
  }
  const accept = async (reply: Reply): Promise<Reply> => {
    if (!reply.ok) throw await options.refusal(reply)
    return reply
  }
  return {
    requestId: () => requestId,
    told: () => ({ session, requestId }),
    start: async (sql: string) => {
      const client = {
        source: options.source,
        timeZone: options.timeZone,
        capabilities: new Set(['PARAMETRIC_DATETIME']),
        ...session,
      }
      const all = { ...headers, 'content-type': 'text/plain; charset=utf-8', ...printClientHeaders(client) }
      options.signal?.throwIfAborted()
      unanswered = send(`${url}/v1/statement`, { method: 'POST', body: sql, headers: all })
      const reply = await unlessAborted(unanswered, options.signal)
      unanswered = undefined
      return accept(reply)
    },
    take,
    /** Again while the server is busy or away (the protocol allows it: an answer is kept until the next is asked for). */
    follow: async (at: string): Promise<Reply> => {
      for (const delay of RETRY_DELAYS_MS) {
        const reply = await send(at, { method: 'GET', headers, ...signal }).catch(whenUnreached(options.signal))
        if (reply && !RETRY_STATUS.has(reply.status)) return accept(reply)
        await sleep(reply ? (retryAfterMs(reply) ?? delay) : delay, options.signal)
      }
      return accept(await send(at, { method: 'GET', headers, ...signal }))
    },
    cancel: async (): Promise<void> => {
      const late = unanswered && (await withinMs(LATE_MS, unanswered))
      if (late?.ok) take(late, parseExact<TrinoResults>(await late.text()))
      if (next !== undefined) await send(next, { method: 'DELETE', headers, keepalive: true }).catch(() => undefined)
    },
  }
}

/** The path and query of a nextUri: it names the host by which the server was told it is reached; another origin is never followed. */
export function pathOf(uri: string): string {
  const { pathname, search } = new URL(uri, 'http://origin.invalid')
  return pathname + search
}

/** Undefined where it fails, or does not come in time. */
async function withinMs<T>(ms: number, begun: Promise<T>): Promise<T | undefined> {
  const enough = new AbortController()
  const late = sleep(ms, enough.signal).catch(() => undefined)
  const first = await Promise.race([begun.catch(() => undefined), late])
  enough.abort()
  return first ?? undefined
}

/** Rejects at the abort; what was begun goes on. */
async function unlessAborted<T>(begun: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return begun
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([begun, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** fetch rejects with TypeError when no answer came. */
function whenUnreached(signal: AbortSignal | undefined) {
  return (error: unknown): undefined => {
    if (signal?.aborted || !(error instanceof TypeError)) throw error
  }
}

function retryAfterMs(reply: Reply): number | undefined {
  const seconds = Number(reply.headers.get('retry-after'))
  return seconds > 0 ? seconds * 1000 : undefined
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
