// Which snapshots of a table running queries have opened: what expires leaves them out.
import type { QueryContext } from '#parts/sql/ports'
import type { Long } from '#wire/iceberg/types'

export interface Held {
  /** Until the query is over. */
  hold(context: QueryContext, location: string, snapshot: Long | undefined): void
  of(location: string): ReadonlySet<bigint>
}

export function createHeld(): Held {
  /** By folder, since that is one table's: snapshots, each as often as it is opened. */
  const held = new Map<string, Map<bigint, number>>()
  const add = (location: string, id: bigint, more: number) => {
    const ids = held.get(location) ?? new Map<bigint, number>()
    const count = (ids.get(id) ?? 0) + more
    if (count > 0) ids.set(id, count)
    else ids.delete(id)
    if (ids.size > 0) held.set(location, ids)
    else held.delete(location)
  }
  return {
    hold({ over }, location, snapshot) {
      if (snapshot === undefined || over.aborted) return
      const id = BigInt(snapshot)
      add(location, id, 1)
      over.addEventListener('abort', () => add(location, id, -1), { once: true })
    },
    of: (location) => new Set(held.get(location)?.keys()),
  }
}
