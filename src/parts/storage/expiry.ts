// Uploads in parts that nobody ended: aborted when they are older than the limit, as a lifecycle's AbortIncompleteMultipartUpload does.
import { describeError } from '#kit/errors'
import { free } from '#parts/storage/handlers/shared'
import type { Store } from '#parts/storage/request'

/** Names the one lifecycle rule that there is, to clients. */
export const ABORT_RULE = 'abort-incomplete-uploads'
export const DAY_MS = 24 * 3600 * 1000

/** When an upload that began then is aborted; undefined when uploads are kept. Times in milliseconds since the epoch. */
export function expiryOf(store: Pick<Store, 'uploadDays'>, initiated: number): number | undefined {
  return store.uploadDays === 0 ? undefined : initiated + store.uploadDays * DAY_MS
}

/** Aborts what has expired; gives the number. One by one: an upload that is completed meanwhile is gone from the index, and stays. */
export async function expireUploads(store: Store): Promise<number> {
  const now = store.now().getTime()
  let aborted = 0
  for (const { name: bucket } of store.index.buckets()) {
    const expired = [...store.index.uploads(bucket)].filter(
      ({ record }) => (expiryOf(store, record.initiated) ?? Number.POSITIVE_INFINITY) <= now,
    )
    for (const { key, uploadId } of expired) {
      const put = await store.index.abortUpload(bucket, key, uploadId)
      if (put.outcome !== 'done') continue
      free(store, put.freed)
      aborted++
      store.log.info({ bucket, key, uploadId, days: store.uploadDays }, 'aborted an upload that nobody ended')
    }
  }
  return aborted
}

/** Looks at once and then every `everyMs`; `stop` waits for a look that is on its way. */
export function startExpiry(store: Store, everyMs: number): { stop(): Promise<void> } {
  let looking = Promise.resolve()
  const look = () => {
    looking = looking
      .then(() => expireUploads(store))
      .then(
        () => undefined,
        (error: unknown) => store.log.warn({ error: describeError(error) }, 'could not abort uploads that nobody ended'),
      )
  }
  look()
  const timer = setInterval(look, everyMs)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await looking
    },
  }
}
