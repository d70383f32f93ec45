// The rows of one query on their way to its client: bounded, so that a slow reader slows the engine and nothing piles up.

export class RowBuffer {
  #batches: { rows: readonly string[]; bytes: number }[] = []
  #bytes = 0
  #ended = false
  #wakeReader: (() => void)[] = []
  #wakeWriter: (() => void)[] = []
  readonly #limit: number

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get ended(): boolean {
    return this.#ended
  }
  /** Of the rows that were not taken yet. */
  get bytes(): number {
    return this.#bytes
  }
  get empty(): boolean {
    return this.#batches.length === 0
  }

  /** Takes rows as JSON array texts; resolves when there is room for more. */
  async push(rows: readonly string[]): Promise<void> {
    if (rows.length === 0 || this.#ended) return
    const bytes = rows.reduce((sum, row) => sum + row.length + 1, 0)
    this.#batches.push({ rows, bytes })
    this.#bytes += bytes
    this.#wake(this.#wakeReader)
    while (this.#bytes >= this.#limit && !this.#ended) await new Promise<void>((resolve) => this.#wakeWriter.push(resolve))
  }

  /** No more rows; a waiting writer and a waiting reader go on. */
  end(discard = false): void {
    this.#ended = true
    if (discard) {
      this.#batches = []
      this.#bytes = 0
    }
    this.#wake(this.#wakeReader)
    this.#wake(this.#wakeWriter)
  }

  /** Resolves when there is something to take, when all has ended, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.empty || this.#ended) return
    await this.#news(ms)
  }

  /** Resolves when all has ended, when there are `bytes` to take, or after `ms`: so that a quick answer is one page. */
  async settle(bytes: number, ms: number): Promise<void> {
    const until = performance.now() + ms
    while (!this.#ended && this.#bytes < bytes) {
      const left = until - performance.now()
      if (left <= 0) return
      await this.#news(left)
    }
  }

  async #news(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
      this.#wakeReader.push(resolve)
    })
    clearTimeout(timer)
  }

  /** About `bytes` of rows, at least one batch's part; splits big batches. */
  take(bytes: number): string[] {
    const page: string[] = []
    let size = 0
    while (this.#batches.length > 0 && size < bytes) {
      const batch = this.#batches[0] as { rows: readonly string[]; bytes: number }
      let i = 0
      while (i < batch.rows.length && size < bytes) {
        const row = batch.rows[i++] as string
        page.push(row)
        size += row.length + 1
      }
      if (i === batch.rows.length) this.#batches.shift()
      else this.#batches[0] = { rows: batch.rows.slice(i), bytes: batch.rows.slice(i).reduce((sum, row) => sum + row.length + 1, 0) }
    }
    this.#bytes -= size
    if (this.#bytes < this.#limit) this.#wake(this.#wakeWriter)
    return page
  }

  #wake(waiting: (() => void)[]): void {
    for (const wake of waiting.splice(0)) wake()
  }
}
