// What happens to objects, told to those who asked for it: kept with the change that it tells of, until its target has it.
import type { Database } from 'lmdb'
import type { NotificationRule } from '#parts/storage/records'

/** Who did it, and by which request. */
export interface Cause {
  readonly who: string
  readonly requestId: string
  /** From where, where a server knows it. */
  readonly address?: string | undefined
}

/** By S3's names, without `s3:`. */
export const EVENTS = [
  'ObjectCreated:Put',
  'ObjectCreated:Copy',
  'ObjectCreated:CompleteMultipartUpload',
  'ObjectRemoved:Delete',
  'ObjectRemoved:DeleteMarkerCreated',
  'LifecycleExpiration:Delete',
  'LifecycleExpiration:DeleteMarkerCreated',
  'ObjectTagging:Put',
  'ObjectTagging:Delete',
] as const
export type EventName = (typeof EVENTS)[number]

export interface Made {
  readonly event: EventName
  readonly cause: Cause
}

/** Whoever does what nobody asked for by this door. */
export const PLATFORM: Cause = { who: 'akko', requestId: '' }
export const ENGINE_MADE: Made = { event: 'ObjectCreated:Put', cause: PLATFORM }

export interface Happened {
  readonly event: EventName
  readonly bucket: string
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly cause: Cause
  /** Absent where the bucket keeps none. */
  readonly version?: string | undefined
  readonly size?: number | undefined
  readonly etag?: string | undefined
}

export interface QueuedEvent extends Happened {
  /** Of the rule that asked for it. */
  readonly rule: string
  /** Later ones have greater numbers. */
  readonly order: number
}

/** Of one target; more are counted and forgotten, since a target that is gone for good must not fill the disk. */
export const MOST_QUEUED = 100_000

/** Behind what is unsettled, beside the ids of files. */
export const QUEUE = '~~' as const
type QueueKey = [typeof QUEUE, target: string, order: number]

export interface EventQueue {
  /** Inside the transaction of the change. */
  add(rules: readonly NotificationRule[], happened: Happened): void
  /** The oldest ones. */
  next(target: string, limit: number): readonly QueuedEvent[]
  /** Inside a transaction. */
  remove(target: string, orders: readonly number[]): void
  count(target: string): number
  /** How many were forgotten since the start. */
  readonly forgotten: number
  /** Called when there is something new. */
  listen(listener: () => void): void
}

/** `most`: of one target. */
export function openEventQueue(database: Database<unknown, never>, most = MOST_QUEUED): EventQueue {
  const queue = database as unknown as Database<QueuedEvent, QueueKey>
  const of = (target: string) => ({ start: [QUEUE, target, 0] as QueueKey, end: [QUEUE, target, Number.MAX_SAFE_INTEGER] as QueueKey })
  const counts = new Map<string, number>()
  const recount = (target: string): number => {
    const found = queue.getKeysCount(of(target))
    counts.set(target, found)
    return found
  }
  const count = (target: string): number => counts.get(target) ?? recount(target)
  let listener = () => {}
  let last = 0
  let forgotten = 0
  return {
    add: (rules, happened) => {
      for (const { id, target } of rules.filter((rule) => isAskedFor(rule, happened))) {
        // What is counted may have been of a transaction that failed.
        if (count(target) >= most && recount(target) >= most) {
          forgotten++
          continue
        }
        last = Math.max(last + 1, happened.at * 1000)
        queue.put([QUEUE, target, last], { ...happened, rule: id, order: last })
        counts.set(target, count(target) + 1)
        listener()
      }
    },
    next: (target, limit) => [...queue.getRange({ ...of(target), limit })].map(({ value }) => value),
    remove: (target, orders) => {
      for (const order of orders) queue.remove([QUEUE, target, order])
      counts.set(target, Math.max(0, count(target) - orders.length))
    },
    count,
    get forgotten() {
      return forgotten
    },
    listen: (to) => {
      listener = to
    },
  }
}

function isAskedFor({ events, prefix, suffix }: NotificationRule, { event, key }: Happened): boolean {
  const kind = `${event.slice(0, event.indexOf(':'))}:*`
  return (events.includes(event) || events.includes(kind)) && key.startsWith(prefix) && key.endsWith(suffix)
}
