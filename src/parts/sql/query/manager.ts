// All queries of this server: admission, execution, paging by token, cancel, and the end of those whose client went away.
import type { Caller } from '#kit/access'
import { describeError, toAkkoError } from '#kit/errors'
import type { Log } from '#kit/log'
import { currentTrace, runInTrace, traceFrom } from '#kit/trace'
import type { ClientContext } from '#wire/trino/headers'
import type { ResultColumn } from '#wire/trino/results'
import { Abandoned, QueueFull, ShuttingDown, TimeLimit, UserCanceled } from '../errors.ts'
import type { HistoryStore } from '../history.ts'
import { createQueryIds, Query } from './query.ts'

export interface Limits {
  /** Queries that run at once; the others wait. */
  readonly concurrent: number
  readonly queued: number
  /** Seconds without a request of its client after which a query is abandoned. */
  readonly clientTimeoutSeconds: number
  readonly runTimeSeconds: number
  /** About this many bytes of rows in one answer. */
  readonly pageBytes: number
  /** Longest wait of one request for news; milliseconds. */
  readonly pollMs: number
  /** Finished queries that stay listed. */
  readonly kept: number
}

export const DEFAULT_LIMITS: Limits = {
  concurrent: 8,
  queued: 200,
  clientTimeoutSeconds: 300,
  runTimeSeconds: 3600,
  pageBytes: 1024 * 1024,
  pollMs: 1000,
  kept: 200,
}

/** One answer to a client: what was taken from the buffer for this token. */
export interface Page {
  readonly token: number
  readonly rows: readonly string[]
  readonly columns: readonly ResultColumn[] | undefined
  readonly last: boolean
}

/** How long a page that is not full waits for the end of its query. */
const SETTLE_MS = 10

interface Paging {
  token: number
  page: Promise<Page> | undefined
}

export type Execute = (query: Query) => Promise<void>

export class QueryManager {
  readonly #queries = new Map<string, Query>()
  readonly #paging = new WeakMap<Query, Paging>()
  /** Those whose client has had the last page. */
  readonly #delivered = new WeakSet<Query>()
  readonly #waiting: (() => void)[] = []
  readonly #execute: Execute
  readonly #history: HistoryStore
  readonly #limits: Limits
  readonly #log: Log
  readonly #nextId = createQueryIds()
  readonly #running = new Set<Promise<void>>()
  #active = 0
  #stopping = false
  #sweeper: NodeJS.Timeout | undefined

  constructor(options: { execute: Execute; history: HistoryStore; limits: Limits; log: Log }) {
    this.#execute = options.execute
    this.#history = options.history
    this.#limits = options.limits
    this.#log = options.log
  }

  start(): void {
    this.#stopping = false
    this.#sweeper = setInterval(() => this.#sweep(), 1000)
    this.#sweeper.unref()
  }

  /** Lets what runs end within `graceMs`, then fails it. */
  async stop(graceMs = 2000): Promise<void> {
    this.#stopping = true
    clearInterval(this.#sweeper)
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      Promise.allSettled(this.#running),
      new Promise((resolve) => {
        timer = setTimeout(resolve, graceMs)
      }),
    ])
    clearTimeout(timer)
    for (const query of this.#queries.values()) query.fail(ShuttingDown())
    await Promise.allSettled(this.#running)
  }

  list(): Query[] {
    return [...this.#queries.values()]
  }

  get(id: string): Query | undefined {
    return this.#queries.get(id)
  }

  get counts(): { running: number; queued: number } {
    return { running: this.#active, queued: this.#waiting.length }
  }

  submit(sql: string, caller: Caller, client: ClientContext): Query {
    if (this.#stopping) throw ShuttingDown()
    if (this.#waiting.length >= this.#limits.queued) throw QueueFull({ limit: this.#limits.queued })
    const query = new Query(this.#nextId(), sql, caller, client, this.#limits.pageBytes * 4)
    this.#queries.set(query.id, query)
    this.#paging.set(query, { token: 0, page: undefined })
    const trace = currentTrace() ?? traceFrom(undefined)
    const run = runInTrace(trace, () => this.#run(query))
    this.#running.add(run)
    void run.finally(() => this.#running.delete(run))
    return query
  }

  async #run(query: Query): Promise<void> {
    const began = this.#history.began(query).catch((error: unknown) => this.#lost(query, error))
    try {
      await this.#admit(query)
      if (!query.done) {
        query.started = new Date()
        query.state = 'PLANNING'
        await this.#execute(query)
        query.finish()
      }
    } catch (error) {
      const known = toAkkoError(error)
      if (known.blame === 'us' && !query.done) this.#log.error({ queryId: query.id, error: describeError(error) }, 'query failed inside')
      query.fail(known)
    } finally {
      this.#leave()
    }
    await began
    await this.#history.ended(query).catch((error: unknown) => this.#lost(query, error))
  }

  #lost(query: Query, error: unknown): void {
    this.#log.warn({ queryId: query.id, error: describeError(error) }, 'history not written')
  }

  async #admit(query: Query): Promise<void> {
    if (this.#active >= this.#limits.concurrent) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        query.abort.signal.addEventListener('abort', () => {
          const at = this.#waiting.indexOf(resolve)
          if (at < 0) return
          this.#waiting.splice(at, 1)
          this.#active++
          resolve()
        })
      })
    } else this.#active++
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#active--
  }

  /**
   * The answer for a token. The next one advances; the last one given may be asked for again; any other is gone (undefined).
   */
  page(query: Query, token: number): Promise<Page> | undefined {
    const paging = this.#paging.get(query) as Paging
    query.lastContact = Date.now()
    if (token === paging.token && paging.page) return paging.page
    if (token !== paging.token + 1) return undefined
    paging.token = token
    paging.page = this.#take(query, token)
    return paging.page
  }

  async #take(query: Query, token: number): Promise<Page> {
    await query.rows.wait(this.#limits.pollMs)
    if (!query.rows.empty) await query.rows.settle(this.#limits.pageBytes, SETTLE_MS)
    query.lastContact = Date.now()
    const rows = query.state === 'FAILED' ? [] : query.rows.take(this.#limits.pageBytes)
    const last = query.done && query.rows.empty
    if (last) this.#delivered.add(query)
    return { token, rows, columns: query.columns, last }
  }

  cancel(query: Query): void {
    query.fail(UserCanceled())
  }

  #sweep(): void {
    const now = Date.now()
    const { clientTimeoutSeconds, runTimeSeconds, kept } = this.#limits
    for (const query of this.#queries.values()) {
      if (query.done) continue
      if (now - query.lastContact > clientTimeoutSeconds * 1000) query.fail(Abandoned({ id: query.id, seconds: clientTimeoutSeconds }))
      else if (now - query.created.getTime() > runTimeSeconds * 1000) query.fail(TimeLimit({ seconds: runTimeSeconds }))
    }
    const over = this.list().filter((q) => q.done && (this.#delivered.has(q) || now - q.lastContact > clientTimeoutSeconds * 1000))
    for (const query of over.slice(0, Math.max(0, over.length - kept))) this.#queries.delete(query.id)
    for (const query of over) if (!query.rows.empty) this.#queries.delete(query.id)
  }
}
