// Watching the parts: each is probed on its own clock, one that is slow is degraded, one that hangs is down, and 15 minutes are remembered.
import { describeError } from '#kit/errors'
import { runInTrace, traceFrom } from '#kit/trace'

export interface ProbeResult {
  readonly healthy: boolean
  readonly detail?: string
  readonly version?: string
  readonly memoryBytes?: number
  /** What the part itself took, where the probe did more than ask it; default: the whole probe. */
  readonly latencyMs?: number
  /** There is no such part here: it is not shown, and its absence is no fault. */
  readonly absent?: true
  /** It gave no answer in time. */
  readonly late?: true
}

export interface ProbeTarget {
  readonly name: string
  readonly title: string
  readonly layer: string
  readonly needs: readonly string[]
  readonly url?: string
  readonly port?: number
  /** A real question to the part; a throw means that it is down. */
  probe(signal: AbortSignal): Promise<ProbeResult>
}

/** Up but not healthy is degraded: slow. */
export type State = 'up' | 'down' | 'starting' | 'unknown'

export interface Watched {
  readonly target: ProbeTarget
  readonly state: State
  readonly healthy: boolean
  readonly since: Date
  readonly last?: ProbeResult
  /** Milliseconds of the answered probes of the last 15 minutes, oldest first. */
  readonly latencies: readonly number[]
}

export interface Activity {
  readonly at: string
  readonly text: string
  readonly part: string
}

export interface Monitor {
  start(): void
  stop(): void
  watched(): Watched[]
  /** Newest first. */
  activity(): readonly Activity[]
  onChange(listener: () => void): () => void
}

export interface MonitorOptions {
  /** Between the starts of two probes of one part, ms. */
  readonly everyMs?: number
  /** Without an answer for this long it is degraded, and down the third time in a row, ms. */
  readonly timeoutMs?: number
  /** How long a part that was never up counts as starting, ms. */
  readonly startingMs?: number
  readonly windowMs?: number
}

const KEPT_ACTIVITY = 50
/** So many answers in a row may be late before a part that was up is down. */
const LATE_ANSWERS = 2
/** A timer that is this late tells of our own machine asleep, not of the part. */
const LATE_MS = 1000

interface Watch {
  readonly target: ProbeTarget
  state: State
  healthy: boolean
  since: Date
  everUp: boolean
  last?: ProbeResult
  samples: { at: number; ms: number }[]
  hanging: boolean
  /** Answers in a row that were late. */
  late: number
  timer?: NodeJS.Timeout
}

export function createMonitor(targets: readonly ProbeTarget[], options: MonitorOptions = {}): Monitor {
  const { everyMs = 2000, timeoutMs = 1900, startingMs = 60_000, windowMs = 15 * 60_000 } = options
  const listeners = new Set<() => void>()
  const activity: Activity[] = []
  let began = Date.now()
  let running = false
  const watches = targets.map(
    (target): Watch => ({
      target,
      state: 'unknown',
      healthy: false,
      since: new Date(),
      everUp: false,
      samples: [],
      hanging: false,
      late: 0,
    }),
  )

  const settle = (watch: Watch, result: ProbeResult) => {
    const { state: before, healthy: well, since } = watch
    const shown = !watch.last?.absent
    watch.last = result
    if (result.absent) return forget(watch, shown)
    watch.healthy = result.healthy
    watch.everUp ||= result.healthy
    watch.late = result.late ? watch.late + 1 : 0
    watch.state = stateOf(watch, Date.now() - began < startingMs)
    if (watch.state === before && watch.healthy === well) return
    watch.since = new Date()
    const text = changeText(watch, before, watch.since.getTime() - since.getTime())
    if (text) {
      activity.unshift({ at: watch.since.toISOString(), text, part: watch.target.name })
      activity.length = Math.min(activity.length, KEPT_ACTIVITY)
    }
    for (const listener of listeners) listener()
  }

  /** As if it had never been watched; whoever looks on is told when it was shown until now. */
  const forget = (watch: Watch, shown: boolean) => {
    Object.assign(watch, { state: 'unknown', healthy: false, everUp: false, since: new Date(), samples: [] })
    if (shown) for (const listener of listeners) listener()
  }

  /** `stagger`: the first wait is longer by this, so that probes do not wait for each other. */
  const round = async (watch: Watch, stagger = 0): Promise<void> => {
    const started = performance.now()
    const result = watch.hanging ? hung(timeoutMs) : await ask(watch, timeoutMs)
    const ms = performance.now() - started
    if (!running) return
    if (ms < timeoutMs + LATE_MS) {
      const now = Date.now()
      if (result.healthy) watch.samples.push({ at: now, ms: Math.round((result.latencyMs ?? ms) * 100) / 100 })
      watch.samples = watch.samples.filter((s) => s.at > now - windowMs)
      settle(watch, result)
    }
    watch.timer = setTimeout(() => void round(watch), Math.max(0, everyMs - ms) + stagger)
    watch.timer.unref()
  }

  return {
    start: () => {
      running = true
      began = Date.now()
      for (const [i, watch] of watches.entries()) void round(watch, (everyMs * i) / watches.length)
    },
    stop: () => {
      running = false
      for (const watch of watches) clearTimeout(watch.timer)
    },
    watched: () =>
      watches
        .filter(({ last }) => !last?.absent)
        .map(({ target, state, healthy, since, last, samples }) => ({
          target,
          state,
          healthy,
          since,
          latencies: samples.map((s) => s.ms),
          ...(last ? { last } : {}),
        })),
    activity: () => activity,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function stateOf({ state, healthy, everUp, late }: Watch, young: boolean): State {
  if (healthy || (state === 'up' && late > 0 && late <= LATE_ANSWERS)) return 'up'
  return !everUp && young ? 'starting' : 'down'
}

/** One question, in a trace of its own, given up at the deadline even if the probe does not listen to its signal. */
async function ask(watch: Watch, timeoutMs: number): Promise<ProbeResult> {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<ProbeResult>((resolve) => {
    timer = setTimeout(() => {
      abort.abort(new Error(`no answer within ${timeoutMs} ms`))
      resolve(hung(timeoutMs))
    }, timeoutMs)
  })
  watch.hanging = true
  const answer = runInTrace(traceFrom(undefined), async () => watch.target.probe(abort.signal))
    .catch((error: unknown): ProbeResult => (abort.signal.aborted ? hung(timeoutMs) : { healthy: false, detail: describeError(error) }))
    .finally(() => {
      watch.hanging = false
    })
  try {
    return await Promise.race([answer, deadline])
  } finally {
    clearTimeout(timer)
  }
}

function hung(timeoutMs: number): ProbeResult {
  return { healthy: false, late: true, detail: `no answer within ${timeoutMs / 1000} s` }
}

function changeText(watch: Watch, before: State, lastedMs: number): string | undefined {
  if (watch.state === before) return undefined
  const { title } = watch.target
  if (watch.state === 'up')
    return before === 'down' ? `${title} is up again after ${duration(lastedMs)}` : before === 'starting' ? `${title} is up` : undefined
  if (watch.state === 'down') return `${title} is down${watch.last?.detail ? `: ${watch.last.detail}` : ''}`
  return undefined
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
