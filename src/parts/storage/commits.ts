// Group commit: changes that come while one is on its way to the disk share the next transaction and its sync.
import { statfsSync } from 'node:fs'
import type { RootDatabase } from 'lmdb'
import { InsufficientStorage } from '#parts/storage/errors'

/** Runs a change in a transaction; durable when it resolves. The change must look before it writes, and must not throw. */
export type Durably = <T>(change: () => T) => Promise<T>

interface Waiting {
  readonly change: () => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Below this many free bytes, a failed commit is blamed on the full disk: LMDB itself only says "Input/output error". */
const FULL = 1024 * 1024

/**
 * The synchronous transaction is taken on purpose: the asynchronous one of lmdb leaves rejections that nobody can handle when
 * the disk is full, and may never resolve `flushed` then.
 */
export function createGroupCommit(env: RootDatabase, folder: string): Durably {
  let queue: Waiting[] = []

  const commit = (batch: readonly Waiting[]) => {
    const results = env.transactionSync(() => batch.map(({ change }) => change()))
    batch.forEach(({ resolve }, i) => {
      resolve(results[i])
    })
  }

  const run = () => {
    const batch = queue
    queue = []
    try {
      commit(batch)
    } catch {
      for (const one of batch) {
        try {
          commit([one])
        } catch (error) {
          one.reject(explain(error, folder))
        }
      }
    }
  }

  return <T>(change: () => T) =>
    new Promise<T>((resolve, reject) => {
      if (queue.length === 0) setImmediate(run)
      queue.push({ change, resolve: resolve as (result: unknown) => void, reject })
    })
}

function explain(error: unknown, folder: string): unknown {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize < FULL ? InsufficientStorage({}, error) : error
}
