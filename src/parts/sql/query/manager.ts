// All queries of this server: admission, execution, paging by token, cancel, and the end of those whose client went away.
import type { Caller } from '#kit/access'
import { AkkoError, describeError, toAkkoError } from '#kit/errors'
import type { Log } from '#kit/log'
import { counter, gauge } from '#kit/metrics'
import { currentTrace, runInTrace, traceFrom } from '#kit/trace'
import {
  Abandoned,
  AccountClosed,
  NotFetched,
  QueueFull,
  RightsNarrowed,
  ShuttingDown,
  TooManyQueries,
  UserCanceled,
} from '#parts/sql/errors'
import { limitsOf } from '#parts/sql/groups/limits'
import type { ChosenGroup, SelectGroup } from '#parts/sql/groups/select'
import { createResourceGroups, type ResourceGroups } from '#parts/sql/groups/tree'
import type { HistoryStore } from '#parts/sql/history'
import type { LossOf } from '#parts/sql/ports'
import { priorityOf } from '#parts/sql/query/properties'
import { createQueryIds, Query, type Statement } from '#parts/sql/query/query'
import type { ResultColumn } from '#wire/trino/results'

export interface Limits {
  /** Queries that run at once, of all resource groups; the others wait. */
  readonly concurrent: number
  /** Queries of one person that wait, run, or whose results were not fetched to the end. */
  readonly perPerson: number
  /** Bytes of rows that finished queries hold for clients that have not fetched them: of all, and of one person. */
  readonly heldBytes: number
  readonly heldBytesPerPerson: number
  /** Seconds without a request of its client after which a query is abandoned. */
  readonly clientTimeoutSeconds: number
  /** Of a query whose groups declare no other. */
  readonly runTime: string
  /** About this many bytes of rows in one answer. */
  readonly pageBytes: number
  /** Longest wait of one request for news; milliseconds. */
  readonly pollMs: number
  /** Between two looks at what queries have used and when their clients came last; milliseconds. */
  readonly sweepMs: number
  /** Finished queries that stay listed, and the characters of their statements. */
  readonly kept: number
  readonly keptText: number
  /** Seconds for which the last page can be asked for again. */
  readonly lastPageSeconds: number
}

export const DEFAULT_LIMITS: Limits = {
  concurrent: 8,
  perPerson: 100,
  heldBytes: 64 * 1024 * 1024,
  heldBytesPerPerson: 32 * 1024 * 1024,
  clientTimeoutSeconds: 300,
  runTime: '1h',
  pageBytes: 1024 * 1024,
  pollMs: 1000,
  sweepMs: 1000,
  kept: 200,
  keptText: 8_000_000,
  lastPageSeconds: 30,
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
  /** The last page was given. */
  ended: boolean
}

export type Execute = (query: Query) => Promise<void>

export interface ManagerOptions {
  readonly execute: Execute
  readonly history: HistoryStore
  readonly limits: Limits
  readonly selectGroup: SelectGroup
  readonly lossOf: LossOf
  readonly log: Log
}

export class QueryManager {
  readonly #queries = new Map<string, Query>()
  readonly #paging = new WeakMap<Query, Paging>()
  /** Those that hold something for a client yet: it has not had the last page, nor were the rows given up. Of all that are known they are few. */
  readonly #open = new Set<Query>()
  readonly #execute: Execute
  readonly #history: HistoryStore
  readonly #limits: Limits
  readonly #log: Log
  readonly #nextId = createQueryIds()
  readonly #running = new Set<Promise<void>>()
  readonly #selectGroup: SelectGroup
  readonly #groups: ResourceGroups
  readonly #lossOf: LossOf
  /** Whose account was closed at the last look: a new one may be heard of a moment late. */
  readonly #leaving = new WeakSet<Query>()
  #stopping = false
  #sweeper: NodeJS.Timeout | undefined

  constructor(options: ManagerOptions) {
    this.#execute = options.execute
    this.#history = options.history
    this.#limits = options.limits
    this.#log = options.log
    this.#selectGroup = options.selectGroup
    this.#lossOf = options.lossOf
    this.#groups = createResourceGroups(options.limits.concurrent)
    this.#count()
  }

  #count(): void {
    gauge({ name: 'akko_sql_queries', help: 'Queries that run, and that wait to', labels: ['state'] }, () =>
      Object.entries(this.counts).map(([state, value]) => ({ labels: { state }, value })),
    )
  }

  start(): void {
    this.#stopping = false
    this.#sweeper = setInterval(() => this.#sweep(), this.#limits.sweepMs)
    this.#sweeper.unref()
  }

  /** Lets what runs end within `graceMs`, then fails it. */
  /** Waits for what runs, twice at most for `graceMs`: before all are told to end, and after it. */
  async stop(graceMs = 2000): Promise<void> {
    this.#stopping = true
    clearInterval(this.#sweeper)
    await this.#ended(graceMs)
    for (const query of this.#queries.values()) query.fail(ShuttingDown())
    await this.#ended(graceMs)
  }

  async #ended(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, withinMs)
    })
    await Promise.race([Promise.allSettled(this.#running), late])
    clearTimeout(timer)
  }

  list(): Query[] {
    return [...this.#queries.values()]
  }

  get(id: string): Query | undefined {
    return this.#queries.get(id)
  }

  get counts(): { running: number; queued: number } {
    const { running, queued } = this.#groups
    return { running, queued }
  }

  /** Takes a statement in; one whose text was not even read comes with what it is refused for. */
  submit(statement: Statement, refusal?: AkkoError): Query {
    if (this.#stopping) throw ShuttingDown()
    this.#makeRoom(statement.caller)
    const chosen = this.#choose(statement)
    const { id: group, declared } = chosen instanceof AkkoError ? { id: undefined, declared: [] } : chosen
    const givesWay = declared.some((one) => one.givesWay === true)
    const limits = limitsOf(declared, statement.client.session, { maxRunTime: this.#limits.runTime })
    const query = new Query({ ...statement, id: this.#nextId(), group, limits, givesWay }, this.#limits.pageBytes * 4)
    this.#queries.set(query.id, query)
    this.#open.add(query)
    this.#paging.set(query, { token: 0, page: undefined, ended: false })
    if (refusal) query.fail(refusal)
    const place = this.#enter(query, chosen)
    const trace = currentTrace() ?? traceFrom(undefined)
    const run = runInTrace(trace, () => this.#run(query, place))
    this.#running.add(run)
    void run.finally(() => this.#running.delete(run))
    return query
  }

  #choose({ caller, client }: Statement): ChosenGroup | AkkoError {
    try {
      return this.#selectGroup({ user: caller.sub, roles: caller.roles, source: client.source, clientTags: client.clientTags })
    } catch (error) {
      return toAkkoError(error)
    }
  }

  /** Resolves with what gives its place back; of a query that is refused, there is none. */
  async #enter(query: Query, chosen: ChosenGroup | AkkoError): Promise<() => void> {
    if (chosen instanceof AkkoError) {
      refused.inc({ reason: 'group' })
      query.fail(chosen)
      return () => {}
    }
    const place = this.#groups.enter(chosen, priorityOf(query.client.session), query.abort.signal)
    if (place) return place
    refused.inc({ reason: 'queue' })
    query.fail(QueueFull({ group: chosen.id.join('.') }))
    return () => {}
  }

  async #run(query: Query, place: Promise<() => void>): Promise<void> {
    const began = this.#history.began(query).catch((error: unknown) => this.#lost(query, error))
    const leave = await place
    try {
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
      leave()
    }
    this.#releaseHeld()
    await Promise.all([began, this.#history.ended(query).catch((error: unknown) => this.#lost(query, error))])
  }

  #lost(query: Query, error: unknown): void {
    this.#log.warn({ queryId: query.id, error: describeError(error) }, 'history not written')
  }

  /**
   * The answer for a token. The next one advances; the last one given may be asked for again; any other is gone (undefined).
   */
  page(query: Query, token: number): Promise<Page> | undefined {
    const paging = this.#paging.get(query) as Paging
    query.lastContact = Date.now()
    if (token === paging.token && paging.page) return paging.page
    if (token !== paging.token + 1 || paging.ended) return undefined
    paging.token = token
    paging.page = this.#take(query, paging)
    return paging.page
  }

  async #take(query: Query, paging: Paging): Promise<Page> {
    const { token } = paging
    await query.rows.wait(this.#limits.pollMs)
    if (!query.rows.empty) await query.rows.settle(this.#limits.pageBytes, SETTLE_MS)
    query.lastContact = Date.now()
    const rows = query.state === 'FAILED' ? [] : query.rows.take(this.#limits.pageBytes)
    const last = query.done && query.rows.empty
    if (last) {
      this.#open.delete(query)
      paging.ended = true
    }
    return { token, rows, columns: query.columns, last }
  }

  cancel(query: Query): void {
    query.fail(UserCanceled())
    query.drop(UserCanceled())
  }

  /** One more query of this person: instead of his oldest result that nobody fetches, if he has too many. */
  #makeRoom(caller: Caller): void {
    const { perPerson } = this.#limits
    const open = [...this.#open].filter((query) => query.caller.sub === caller.sub)
    if (open.length < perPerson) return
    const oldest = open.filter((query) => query.done).sort(byContact)[0]
    if (!oldest) {
      refused.inc({ reason: 'person' })
      throw TooManyQueries({ limit: perPerson, user: caller.sub })
    }
    this.#abandon(oldest)
  }

  /** Rows of finished queries are held within limits; those go first whose clients were heard of last. */
  #releaseHeld(): void {
    const { heldBytes, heldBytesPerPerson } = this.#limits
    let all = 0
    const byPerson = new Map<string, number>()
    const holding = [...this.#open].filter((query) => query.done && query.rows.bytes > 0)
    for (const query of holding.sort(byContact).reverse()) {
      const { sub } = query.caller
      const own = (byPerson.get(sub) ?? 0) + query.rows.bytes
      if (all + query.rows.bytes > heldBytes || own > heldBytesPerPerson) {
        this.#abandon(query)
        continue
      }
      all += query.rows.bytes
      byPerson.set(sub, own)
    }
  }

  /** What runs for somebody who has left, or who may do less now, and what was not fetched yet, ends. */
  #endOfLeaver(query: Query): void {
    const loss = this.#open.has(query) ? this.#lossOf(query.caller) : undefined
    if (!loss) return void this.#leaving.delete(query)
    if (!this.#leaving.has(query)) return void this.#leaving.add(query)
    const why = (loss === 'account' ? AccountClosed : RightsNarrowed)({ user: query.caller.sub })
    query.fail(why)
    query.drop(why)
    this.#open.delete(query)
  }

  #abandon(query: Query): void {
    query.drop(NotFetched({ id: query.id }))
    this.#open.delete(query)
  }

  #sweep(): void {
    const now = Date.now()
    const { clientTimeoutSeconds, kept, keptText, lastPageSeconds } = this.#limits
    const silent = (query: Query, seconds: number) => now - query.lastContact > seconds * 1000
    for (const query of this.#queries.values()) {
      this.#endOfLeaver(query)
      if (query.done) {
        if (this.#open.has(query) && silent(query, clientTimeoutSeconds)) this.#abandon(query)
        const paging = this.#paging.get(query)
        if (paging && !this.#open.has(query) && silent(query, lastPageSeconds)) paging.page = undefined
      } else if (silent(query, clientTimeoutSeconds)) query.fail(Abandoned({ id: query.id, seconds: clientTimeoutSeconds }))
      else {
        const { exceeded } = query
        if (exceeded) query.fail(exceeded)
      }
    }
    let count = 0
    let text = 0
    for (const query of this.list().reverse()) {
      if (!query.done || this.#open.has(query)) continue
      count++
      text += query.sql.length
      if (count > kept || text > keptText) this.#queries.delete(query.id)
    }
  }
}

const refused = counter({ name: 'akko_sql_refused_queries_total', help: 'Queries that were not taken in, and why', labels: ['reason'] })

const byContact = (a: Query, b: Query): number => a.lastContact - b.lastContact
