// Gives back what a process has left behind when it has nothing to do: V8 collects only when something is allocated.
import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

const LOOK_MS = 2000
/** A platform that is warm has started by then: while others still start, their processors are not ours. */
const SETTLED_MS = 2000
/** Part of the time in which something was done, below which a process is idle. */
const IDLE = 0.05
const WORTH_BYTES = 2 * 1024 * 1024

/** Begins when the process has settled and runs until it ends; needs Node's `--expose-gc`. */
export function collectWhenIdle(): void {
  const { gc } = globalThis
  if (!gc) return
  let seen: ReturnType<typeof performance.eventLoopUtilization>
  let kept: number | undefined
  const look = () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, seen)
    seen = now
    const { used_heap_size: used } = getHeapStatistics()
    if (utilization > IDLE || used < (kept ?? 0) + WORTH_BYTES) return
    // The first time is after the start, which leaves most behind.
    gc({ type: 'major', execution: 'sync', flavor: kept === undefined ? 'last-resort' : 'regular' })
    kept = getHeapStatistics().used_heap_size
    seen = performance.eventLoopUtilization()
  }
  const begin = () => {
    seen = performance.eventLoopUtilization()
    setInterval(look, LOOK_MS).unref()
  }
  setTimeout(begin, SETTLED_MS).unref()
}
