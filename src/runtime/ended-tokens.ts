// Follows what the identity part says has ended, so that a door refuses such a token within seconds.
import { setTimeout as sleep } from 'node:timers/promises'
import { callSocket } from '#kit/http'
import { createEndedSet, type EndedPage, type EndedSet } from '#wire/oidc/ended'

const RETRY_MS = 500
const TIMEOUT_MS = 4000

export interface EndedTokens {
  has: EndedSet['has']
  /** Milliseconds since the identity part was heard last; Infinity before the first time. */
  silence(): number
  /** Resolves when it was heard for the first time. */
  readonly heard: Promise<void>
  close(): void
}

export function followEndedTokens(socket: string): EndedTokens {
  const stop = new AbortController()
  let ended = createEndedSet()
  let epoch = ''
  let position = 0
  let last = Number.NEGATIVE_INFINITY
  const { promise: heard, resolve } = Promise.withResolvers<void>()

  const ask = async (): Promise<void> => {
    const path = `/ended?epoch=${epoch}&after=${position}`
    const page = await callSocket<EndedPage>(socket, { path, timeoutMs: TIMEOUT_MS, signal: stop.signal })
    const set = page.epoch === epoch ? ended : createEndedSet()
    set.add(page.entries)
    ended = set
    epoch = page.epoch
    position = page.position
    last = performance.now()
    resolve()
  }
  void (async () => {
    while (!stop.signal.aborted) {
      await ask().catch(() => sleep(RETRY_MS, undefined, { ref: false }))
    }
  })()

  return { has: (claims) => ended.has(claims), silence: () => performance.now() - last, heard, close: () => stop.abort() }
}
