// Asks a cell again and again for what is new with it, in requests that it holds; and says how long it was not heard.
import { setTimeout as sleep } from 'node:timers/promises'
import { callSocket } from '#kit/http'

const RETRY_MS = 500
const TIMEOUT_MS = 4000

export interface Followed {
  /** Milliseconds since it was heard last; Infinity before the first time. */
  silence(): number
  /** Resolves when it was heard for the first time. */
  readonly heard: Promise<void>
  close(): void
}

/** `path` is asked for before each request, `take` is handed each answer. */
export function follow<Page>(socket: string, { path, take }: { path: () => string; take: (page: Page) => void }): Followed {
  const stop = new AbortController()
  let last = Number.NEGATIVE_INFINITY
  const { promise: heard, resolve } = Promise.withResolvers<void>()
  const ask = async (): Promise<void> => {
    take(await callSocket<Page>(socket, { path: path(), timeoutMs: TIMEOUT_MS, signal: stop.signal }))
    last = performance.now()
    resolve()
  }
  void (async () => {
    while (!stop.signal.aborted) {
      await ask().catch(() => sleep(RETRY_MS, undefined, { ref: false }))
    }
  })()
  return { silence: () => performance.now() - last, heard, close: () => stop.abort() }
}
