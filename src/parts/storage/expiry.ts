// What has had its time, by the rules of each bucket: uploads that nobody ended, objects, older versions, markers that stand alone.
import { setImmediate as turn } from 'node:timers/promises'
import { describeError } from '#kit/errors'
import { free } from '#parts/storage/handlers/shared'
import { isMarker, versionOf } from '#parts/storage/history'
import type { Item, Mark } from '#parts/storage/listing'
import type { Store } from '#parts/storage/request'
import { rulesOf } from '#parts/storage/settings/lifecycle'
import type { Deletion, ListedVersion } from '#parts/storage/store'
import { abortOf, expiryOf, isDone, isLonely, type LifecycleRule } from '#wire/s3/lifecycle'

const PAGE = 1000

/** Ends what has expired. One by one: what was changed or completed meanwhile stays. */
export async function expire(store: Store, stopped: () => boolean = () => false): Promise<void> {
  const now = store.now().getTime()
  for (const { name: bucket } of store.index.buckets()) {
    const rules = rulesOf(store, bucket).filter(({ enabled }) => enabled)
    if (rules.some(({ abortDays }) => abortDays !== undefined)) await abortUploads(store, bucket, rules, now)
    if (rules.some(({ expiration, noncurrent }) => expiration ?? noncurrent)) await expireObjects(store, bucket, rules, now, stopped)
  }
}

async function abortUploads(store: Store, bucket: string, rules: readonly LifecycleRule[], now: number): Promise<void> {
  const expired = [...store.index.uploads(bucket)].flatMap((upload) => {
    const abort = abortOf(rules, upload.key, upload.record.initiated)
    return abort && abort.at <= now ? [{ ...upload, rule: abort.rule }] : []
  })
  for (const { key, uploadId, rule } of expired) {
    const put = await store.index.abortUpload(bucket, key, uploadId)
    if (put.outcome !== 'done') continue
    free(store, put.freed)
    store.log.info({ bucket, key, uploadId, rule }, 'aborted an upload that nobody ended')
  }
}

/** Page by page, so that who asks meanwhile is answered. */
async function expireObjects(
  store: Store,
  bucket: string,
  rules: readonly LifecycleRule[],
  now: number,
  stopped: () => boolean,
): Promise<void> {
  const judge = createJudge(rules, now)
  let removed = 0
  let after: Mark | undefined
  do {
    const page = store.index.listVersions(bucket, { prefix: '', delimiter: '', after, limit: PAGE })
    const gone = [...page.items.flatMap(judge.take), ...(page.next === undefined ? judge.end() : [])]
    const puts = gone.length === 0 ? [] : await store.index.deleteObjects(bucket, gone)
    const done = puts.flatMap((put) => (put.outcome === 'done' ? [put] : []))
    removed += done.length
    free(
      store,
      done.flatMap(({ freed }) => freed),
    )
    after = page.next
    await turn()
  } while (after && !stopped())
  if (removed > 0) store.log.info({ bucket, removed }, 'removed what had expired by the rules of lifecycle')
}

interface Judge {
  /** What goes now that this one is known too. */
  take(item: Item<ListedVersion>): Deletion[]
  /** Nothing comes any more. */
  end(): Deletion[]
}

/** Sees the versions of each key from the newest to the oldest. */
function createJudge(rules: readonly LifecycleRule[], now: number): Judge {
  /** The one before, of the same key: it replaced this one. */
  let newer: { readonly key: string; readonly modified: number; readonly count: number } | undefined
  /** A marker that is the newest, as long as nothing older was seen. */
  let lonely: Deletion | undefined

  const flush = () => {
    const gone = lonely ? [lonely] : []
    lonely = undefined
    return gone
  }

  return {
    take: ({ name: key, value: { record, latest } }) => {
      const alone = newer?.key === key ? [] : flush()
      lonely = undefined
      const replaced = !latest && newer?.key === key ? newer : undefined
      newer = { key, modified: record.modified, count: (replaced?.count ?? -1) + 1 }
      const version = versionOf(record)
      if (isMarker(record)) {
        if (latest && isLonely(rules, key, record.modified, now)) lonely = { key, version, precondition: newest }
        const old = replaced && isDone(rules, { key, size: 0, tags: [] }, replaced.modified, replaced.count, now)
        return old ? [...alone, { key, version, precondition: notNewest }] : alone
      }
      const aging = { key, size: record.size, tags: record.tags ?? [] }
      if (latest) {
        const expiry = expiryOf(rules, aging, record.modified)
        if (!expiry || expiry.at > now) return alone
        const same = (current: { readonly id: string } | undefined) => (current?.id === record.id ? 'go on' : 'failed')
        return [...alone, { key, precondition: same }]
      }
      const old = replaced && isDone(rules, aging, replaced.modified, replaced.count, now)
      return old ? [...alone, { key, version, precondition: notNewest }] : alone
    },
    end: flush,
  }
}

const newest: Deletion['precondition'] = (_, isNewest) => (isNewest ? 'go on' : 'failed')

/** An older version whose newer ones were removed meanwhile is the object. */
const notNewest: Deletion['precondition'] = (_, isNewest) => (isNewest ? 'failed' : 'go on')

/** Looks at once and then every `everyMs`; `stop` waits for a look that is on its way. */
export function startExpiry(store: Store, everyMs: number): { stop(): Promise<void> } {
  let looking = Promise.resolve()
  let stopped = false
  const look = () => {
    looking = looking
      .then(() => expire(store, () => stopped))
      .catch((error: unknown) => store.log.warn({ error: describeError(error) }, 'could not end what has expired'))
  }
  look()
  const timer = setInterval(look, everyMs)
  timer.unref()
  return {
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await looking
    },
  }
}
