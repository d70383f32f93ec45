// The second line behind the limits of each DuckDB instance: watches what all together hold, has it shared out, and interrupts the query that most likely grew it.

export interface Watched {
  /** Resident bytes of the process when it began. */
  readonly startRss: number
  readonly startedAt: number
  exceed(): void
}

export interface WatchdogOptions {
  readonly limitBytes: () => number
  /** Bytes that all instances have spilled, and their limit. */
  readonly spilled: () => number
  readonly spillLimitBytes: number
  readonly runs: () => Iterable<Watched>
  /** Size from which on `short` is called at each tick: the memory is to be shared out. */
  readonly shortBytes: number
  readonly short: () => void
  /** The size did not come down after an interrupt: the process has to go. */
  readonly hopeless: () => void
  readonly rss?: () => number
}

const PERIOD_MS = 50
const PATIENCE_MS = 3000

/** Ticks while queries run; returns its stop. */
export function createWatchdog(options: WatchdogOptions): { tick(): void; start(): void; stop(): void } {
  const rss = options.rss ?? (() => process.memoryUsage.rss())
  let timer: NodeJS.Timeout | undefined
  let overSince: number | undefined
  const tick = () => {
    const now = rss()
    if (now > options.shortBytes) options.short()
    if (now <= options.limitBytes() && options.spilled() <= options.spillLimitBytes) {
      overSince = undefined
      return
    }
    const first = overSince === undefined
    overSince ??= performance.now()
    if (first) fattest([...options.runs()], now)?.exceed()
    else if (performance.now() - overSince > PATIENCE_MS) options.hopeless()
  }
  return {
    tick,
    start: () => {
      timer ??= setInterval(tick, PERIOD_MS)
    },
    stop: () => {
      clearInterval(timer)
      timer = undefined
      overSince = undefined
    },
  }
}

/** The youngest query during which at least half of all growth happened: DuckDB does not say which query holds what. */
export function fattest<T extends Watched>(runs: readonly T[], rss: number): T | undefined {
  const byAge = [...runs].sort((a, b) => a.startedAt - b.startedAt)
  const oldest = byAge[0]
  if (!oldest) return undefined
  const growth = rss - Math.min(...byAge.map((r) => r.startRss))
  return byAge.reverse().find((r) => rss - r.startRss >= growth / 2) ?? oldest
}
