// Brings events to the webhooks that the configuration declares, at least once each and in their order, as S3's JSON.
import { setTimeout as sleep } from 'node:timers/promises'
import { describeError } from '#kit/errors'
import type { QueuedEvent } from '#parts/storage/events'
import { ACCOUNT } from '#parts/storage/protocol/judge'
import type { Store } from '#parts/storage/request'

/** By their names: where they are, as only the operator says. */
export type Webhooks = Readonly<Record<string, string>>

/** Events of one request. */
const BATCH = 100
/** Milliseconds. */
const ANSWER_MS = 10_000
const LONGEST_PAUSE_MS = 5 * 60_000

export interface Delivery {
  stop(): Promise<void>
}

/** `pauseMs`: after a first failure; each further one doubles it. */
export function startDelivery(store: Pick<Store, 'index' | 'log' | 'region'>, webhooks: Webhooks, pauseMs = 1000): Delivery {
  const ending = new AbortController()
  let wake = Promise.withResolvers<void>()
  const { queue } = store.index
  queue.listen(() => {
    wake.resolve()
    wake = Promise.withResolvers()
  })
  ending.signal.addEventListener('abort', () => wake.resolve())

  const bring = async (target: string, url: string): Promise<void> => {
    let failures = 0
    while (!ending.signal.aborted) {
      const woken = wake.promise
      const events = queue.next(target, BATCH)
      if (events.length === 0) {
        await woken
        continue
      }
      const failure = await send(url, events, store.region, ending.signal)
      if (failure === undefined) {
        failures = 0
        await store.index.durably(() =>
          queue.remove(
            target,
            events.map(({ order }) => order),
          ),
        )
        continue
      }
      if (ending.signal.aborted) return
      if (failures === 0)
        store.log.warn({ target, error: failure, waiting: queue.count(target) }, 'a webhook does not take its events; they are kept')
      const pause = Math.min(pauseMs * 2 ** failures++, LONGEST_PAUSE_MS)
      await sleep(pause, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }
  const bringing = Object.entries(webhooks).map(([target, url]) =>
    bring(target, url).catch((error: unknown) =>
      store.log.error({ target, error: describeError(error) }, 'events are not brought any more'),
    ),
  )
  return {
    stop: async () => {
      ending.abort()
      await Promise.all(bringing)
    },
  }
}

/** What failed. A redirection is not followed: it would lead where nobody declared. */
async function send(url: string, events: readonly QueuedEvent[], region: string, ending: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ Records: events.map((event) => recordOf(event, region)) }),
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ending]),
    })
    await answer.body?.cancel()
    return answer.ok ? undefined : `status ${answer.status}`
  } catch (error) {
    return describeError(error)
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
export function recordOf({ event, bucket, key, at, cause, version, size, etag, rule, order }: QueuedEvent, region: string): object {
  return {
    eventVersion: /^Object(Created|Removed)/.test(event) ? '2.1' : '2.3',
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: new Date(at).toISOString(),
    eventName: event,
    userIdentity: { principalId: cause.who },
    requestParameters: cause.address === undefined ? {} : { sourceIPAddress: cause.address },
    responseElements: { 'x-amz-request-id': cause.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: rule,
      bucket: { name: bucket, ownerIdentity: { principalId: ACCOUNT }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
        ...(size === undefined ? {} : { size }),
        ...(etag === undefined ? {} : { eTag: etag }),
        ...(version === undefined ? {} : { versionId: version }),
        sequencer: order.toString(16).toUpperCase().padStart(16, '0'),
      },
    },
  }
}
