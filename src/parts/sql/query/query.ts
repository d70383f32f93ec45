// One query as its client and its owner see it: state, columns, rows, counters, error.
import { randomBytes } from 'node:crypto'
import type { Caller } from '#kit/access'
import type { AkkoError } from '#kit/errors'
import { errorNameOf } from '#parts/sql/errors'
import { exceeded, type QueryLimits } from '#parts/sql/groups/limits'
import { RowBuffer } from '#parts/sql/query/pages'
import type { Progress } from '#wire/engine/protocol'
import type { ClientContext, SessionUpdates } from '#wire/trino/headers'
import type { QueryState, ResultColumn, StatementStats } from '#wire/trino/results'

/** What is running below a query; asked whenever its progress is. */
export interface Work {
  progress(): Progress
  scannedBytes(): number
  readonly splits: number
}

/** A statement as it came: whose it is, and with which settings. */
export interface Statement extends Pick<Query, 'sql' | 'caller' | 'client'> {
  readonly userAgent?: string | undefined
}

type QueryOptions = Statement & Pick<Query, 'id' | 'group' | 'limits' | 'givesWay'>

/** Of the name of a program that does not say what it is; characters. */
const LONGEST_AGENT = 100

export class Query {
  readonly id: string
  readonly slug = randomBytes(16).toString('hex')
  readonly sql: string
  readonly caller: Caller
  readonly client: ClientContext
  /** What the client calls itself. */
  readonly source: string | undefined
  /** Its resource group, the root first; absent where none took it. */
  readonly group: readonly string[] | undefined
  readonly limits: QueryLimits
  /** It takes the processors only that nothing else wants. */
  readonly givesWay: boolean
  readonly created = new Date()
  readonly rows: RowBuffer
  readonly abort = new AbortController()
  readonly updates: SessionUpdates = {}
  state: QueryState = 'QUEUED'
  started: Date | undefined
  ended: Date | undefined
  columns: readonly ResultColumn[] | undefined
  updateType: string | undefined
  updateCount: number | undefined
  error: AkkoError | undefined
  /** Rows given to the client, or written. */
  rowCount = 0
  lastContact = Date.now()
  readonly #work: Work[] = []
  #peakMemory = 0
  #scanned = 0
  #cpuMs = 0
  #percent: number | undefined
  #processedRows = 0
  /** What is done for this one is done for that one too. */
  readonly #within: Query | undefined

  constructor({ id, sql, caller, client, group, limits, givesWay, userAgent }: QueryOptions, bufferBytes: number, within?: Query) {
    this.id = id
    this.sql = sql
    this.caller = caller
    this.client = client
    this.source = client.source ?? userAgent?.slice(0, LONGEST_AGENT)
    this.group = group
    this.limits = limits
    this.givesWay = givesWay
    this.#within = within
    this.rows = new RowBuffer(bufferBytes)
  }

  get done(): boolean {
    return this.state === 'FINISHED' || this.state === 'FAILED'
  }

  attach(work: Work): void {
    this.#work.push(work)
    this.#within?.attach(work)
  }

  /** What it has passed of its limits, as the error that ends it. */
  get exceeded(): AkkoError | undefined {
    this.#measure()
    const since = (begin: Date | undefined) => (begin ? Date.now() - begin.getTime() : 0)
    return exceeded(this.limits, {
      run: since(this.created),
      execution: since(this.started),
      cpu: this.#cpuMs,
      scan: this.#scanned,
    })
  }

  finish(): void {
    if (this.done) return
    this.state = 'FINISHED'
    this.#close(false)
  }

  fail(error: AkkoError): void {
    if (this.done) return
    this.error = error
    this.state = 'FAILED'
    this.abort.abort(error)
    this.#close(true)
  }

  /** Gives up the rows of a finished query that its client has not fetched; the client is told why. */
  drop(error: AkkoError): void {
    if (!this.done || this.rows.bytes === 0) return
    this.error ??= error
    this.state = 'FAILED'
    this.rows.end(true)
  }

  get errorName(): string | undefined {
    return this.error ? errorNameOf(this.error) : undefined
  }

  get scannedBytes(): number {
    this.#measure()
    return this.#scanned
  }

  get elapsedMs(): number {
    return (this.ended ?? new Date()).getTime() - this.created.getTime()
  }

  stats(): StatementStats {
    this.#measure()
    const splits = Math.max(
      1,
      this.#work.reduce((sum, w) => sum + w.splits, 0),
    )
    const finished = this.state === 'FINISHED'
    const percent = finished ? 100 : this.#percent
    const completed = finished ? splits : Math.floor((splits * (percent ?? 0)) / 100)
    const active = this.state === 'RUNNING' || this.state === 'FINISHING'
    const startedAt = this.started ?? this.ended ?? new Date()
    return {
      state: this.state,
      queued: this.state === 'QUEUED',
      scheduled: this.state !== 'QUEUED' && this.state !== 'PLANNING',
      ...(percent === undefined ? {} : { progressPercentage: percent, runningPercentage: active ? 100 - percent : 0 }),
      nodes: 1,
      totalSplits: splits,
      queuedSplits: this.state === 'QUEUED' ? splits : 0,
      runningSplits: active ? splits - completed : 0,
      completedSplits: completed,
      cpuTimeMillis: this.#cpuMs,
      wallTimeMillis: this.started ? this.elapsedMs - (this.started.getTime() - this.created.getTime()) : 0,
      queuedTimeMillis: startedAt.getTime() - this.created.getTime(),
      elapsedTimeMillis: this.elapsedMs,
      processedRows: Math.max(this.#processedRows, this.rowCount),
      processedBytes: this.#scanned,
      physicalInputBytes: this.#scanned,
      physicalWrittenBytes: 0,
      peakMemoryBytes: this.#peakMemory,
      spilledBytes: 0,
    }
  }

  #measure(): void {
    if (this.#work.length === 0) return
    let percent: number | undefined
    let rows = 0
    let scanned = 0
    let cpuMs = 0
    for (const work of this.#work) {
      const now = work.progress()
      percent = now.percent === undefined ? percent : Math.max(percent ?? 0, now.percent)
      rows += now.rows
      scanned += work.scannedBytes()
      cpuMs += now.cpuMs ?? 0
      this.#peakMemory = Math.max(this.#peakMemory, now.memoryBytes)
    }
    this.#percent = percent === undefined ? this.#percent : Math.min(100, Math.max(this.#percent ?? 0, percent))
    this.#processedRows = Math.max(this.#processedRows, rows)
    this.#scanned = Math.max(this.#scanned, scanned)
    this.#cpuMs = Math.max(this.#cpuMs, cpuMs)
  }

  #close(discard: boolean): void {
    this.ended = new Date()
    this.#measure()
    this.rows.end(discard)
  }
}

/** Ids as Trino makes them: `20261120_231500_00001_abcde`; the ending tells one start of the server from another. */
export function createQueryIds(now: () => Date = () => new Date()): () => string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'
  const coordinator = Array.from(randomBytes(5), (byte) => alphabet[byte % 32]).join('')
  let counter = 0
  return () => {
    const stamp = now().toISOString().replaceAll(/[-:]/g, '').replace('T', '_').slice(0, 15)
    counter = (counter + 1) % 100_000
    return `${stamp}_${String(counter).padStart(5, '0')}_${coordinator}`
  }
}
