// One query as its client and its owner see it: state, columns, rows, counters, error.
import { randomBytes } from 'node:crypto'
import type { Caller } from '#kit/access'
import type { AkkoError } from '#kit/errors'
import { errorNameOf } from '#parts/sql/errors'
import { RowBuffer } from '#parts/sql/query/pages'
import type { ClientContext, SessionUpdates } from '#wire/trino/headers'
import type { QueryState, ResultColumn, StatementStats } from '#wire/trino/results'

/** What is running below a query; asked whenever its progress is. */
export interface Work {
  progress(): { readonly percent: number | undefined; readonly rows: number; readonly memoryBytes: number }
  scannedBytes(): number
  readonly splits: number
}

export class Query {
  readonly id: string
  readonly slug = randomBytes(16).toString('hex')
  readonly sql: string
  readonly caller: Caller
  readonly client: ClientContext
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
  #percent: number | undefined
  #processedRows = 0

  constructor(id: string, sql: string, caller: Caller, client: ClientContext, bufferBytes: number) {
    this.id = id
    this.sql = sql
    this.caller = caller
    this.client = client
    this.rows = new RowBuffer(bufferBytes)
  }

  get done(): boolean {
    return this.state === 'FINISHED' || this.state === 'FAILED'
  }

  attach(work: Work): void {
    this.#work.push(work)
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
      cpuTimeMillis: 0,
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
    for (const work of this.#work) {
      const now = work.progress()
      percent = now.percent === undefined ? percent : Math.max(percent ?? 0, now.percent)
      rows += now.rows
      scanned += work.scannedBytes()
      this.#peakMemory = Math.max(this.#peakMemory, now.memoryBytes)
    }
    this.#percent = percent === undefined ? this.#percent : Math.min(100, Math.max(this.#percent ?? 0, percent))
    this.#processedRows = Math.max(this.#processedRows, rows)
    this.#scanned = Math.max(this.#scanned, scanned)
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
