// The alerts that fire, as last told by who looks at them.
import type { FiringAlert } from '#kit/alert'

export interface AlertFeed {
  start(): void
  stop(): void
  current(): readonly FiringAlert[]
}

const EVERY_MS = 5000

/** Without an answer nothing is said to fire: what does not answer is shown as down. */
export function createAlertFeed(ask: () => Promise<readonly FiringAlert[]>, everyMs = EVERY_MS): AlertFeed {
  let current: readonly FiringAlert[] = []
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    current = await ask().catch(() => [])
  }
  return {
    start: () => {
      void look()
      timer = setInterval(() => void look(), everyMs)
      timer.unref()
    },
    stop: () => clearInterval(timer),
    current: () => current,
  }
}
