// Audit events on their way to a store: in batches, through a bounded queue, that refuses changes while the store is away.
import { setTimeout as delay } from 'node:timers/promises'
import { type Audit, type AuditEvent, AuditUnavailable } from '#kit/audit'
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import { counter } from '#kit/metrics'

export interface AuditStore {
  /** Makes what it needs; called before the first batch, and again after a failure. */
  open(): Promise<void>
  /** All or, when it throws, none; one that is there already is not added again. Answers those that it can never take. */
  append(events: readonly AuditEvent[]): Promise<readonly AuditEvent[]>
  close(): Promise<void>
}

export interface QueueOptions {
  readonly store: AuditStore
  readonly log: Log
  /** Events that may wait for the store. */
  readonly capacity?: number
  readonly batch?: number
  /** How long events gather before a batch is written, and between attempts while the store is away; milliseconds. */
  readonly everyMs?: number
  /** How long a change waits for room, or for the store to come back; milliseconds. */
  readonly waitMs?: number
}

export interface QueuedAudit extends Audit {
  /** Opens the store before anybody waits for it; tried until it is there. */
  open(): void
  /** Writes what waits, for at most two seconds, and closes the store. */
  close(): Promise<void>
}

const CLOSE_MS = 2000

const lost = counter({ name: 'akko_audit_lost_total', help: 'Refusals that could not be recorded, and stand in the log only' })

export function createQueuedAudit(options: QueueOptions): QueuedAudit {
  const { store, log, capacity = 10_000, batch = 200, everyMs = 250, waitMs = 2000 } = options
  const queue: AuditEvent[] = []
  const waiting = new Set<() => void>()
  let state: 'new' | 'there' | 'away' = 'new'
  let running: Promise<void> | undefined
  let closing = false
  let isWanted = false

  const lose = (event: AuditEvent) => {
    lost.inc()
    log.warn({ audit: event }, 'an audit event could not be kept')
  }
  const isNeeded = () => queue.length > 0 || waiting.size > 0
  const wake = () => {
    for (const go of [...waiting]) go()
  }

  async function step(): Promise<void> {
    if (state !== 'there') await store.open()
    state = 'there'
    wake()
    // Taken off only when they are written: until then they count against the room.
    const events = queue.slice(0, batch)
    if (events.length > 0) (await store.append(events)).forEach(lose)
    queue.splice(0, events.length)
    wake()
  }

  async function work(): Promise<void> {
    while (isNeeded() || (isWanted && state === 'new')) {
      if (state === 'there' && queue.length < batch && !closing) await delay(everyMs)
      try {
        await step()
      } catch (error) {
        if (state !== 'away' && isNeeded()) {
          log.warn({ error: describeError(error) }, 'the database of the audit is away: changes are refused')
          state = 'away'
        }
        if (closing) return
        await delay(everyMs)
      }
    }
  }

  const start = () => {
    running ??= work().finally(() => {
      running = undefined
      // What came between the last look and the end.
      if (!closing && isNeeded()) start()
    })
  }
  const isOpen = () => state === 'there' && queue.length < capacity
  const add = (event: AuditEvent) => {
    queue.push(event)
    start()
  }

  async function untilOpen(): Promise<boolean> {
    const end = performance.now() + waitMs
    while (!isOpen()) {
      const left = end - performance.now()
      if (left <= 0 || closing) return false
      await new Promise<void>((resolve) => {
        const go = () => {
          clearTimeout(timer)
          waiting.delete(go)
          resolve()
        }
        const timer = setTimeout(go, left)
        waiting.add(go)
        start()
      })
    }
    return true
  }

  return {
    open: () => {
      isWanted = true
      start()
    },
    record: async (event) => {
      if (!isOpen() && !(await untilOpen())) {
        log.warn({ audit: { ...event, outcome: 'failed' } }, 'refused: it could not be recorded')
        throw AuditUnavailable({ action: event.what.action })
      }
      add(event)
    },
    note: (event) => {
      if (queue.length < capacity) add(event)
      else lose(event)
    },
    close: async () => {
      closing = true
      wake()
      const drained = (running ?? work())
        .then(() => store.close())
        .catch((error: Error) => log.warn({ error: error.message }, 'not closed'))
      await Promise.race([drained, delay(CLOSE_MS, undefined, { ref: false })])
      queue.splice(0).forEach(lose)
    },
  }
}
