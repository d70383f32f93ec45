// What the store counts: requests, bytes, and what each bucket holds.
import { counter, gauge, histogram } from '#kit/metrics'
import type { Index } from '#parts/storage/store'

export interface Metrics {
  request(operation: string, code: string, seconds: number): void
  bytes(direction: 'in' | 'out', count: number): void
}

export function createMetrics(index: Index, webhooks: readonly string[]): Metrics {
  const requests = counter({ name: 'akko_s3_requests_total', help: 'Requests', labels: ['operation', 'code'] })
  const seconds = histogram({
    name: 'akko_s3_request_seconds',
    help: 'Time until the answer was sent',
    labels: ['operation'],
    exemplars: true,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30],
  })
  const bytes = counter({ name: 'akko_s3_bytes_total', help: 'Bytes of bodies', labels: ['direction'] })
  const ofBuckets = (what: 'objects' | 'bytes') => () =>
    index.buckets().map(({ name }) => ({ labels: { bucket: name }, value: index.stats(name)[what] }))
  gauge({ name: 'akko_s3_bucket_objects', help: 'Objects in a bucket', labels: ['bucket'] }, ofBuckets('objects'))
  gauge({ name: 'akko_s3_bucket_bytes', help: 'Bytes of the objects in a bucket', labels: ['bucket'] }, ofBuckets('bytes'))
  gauge(
    {
      name: 'akko_s3_unsettled_files',
      help: 'Files that queries adopted and whose commit was not told: of running queries, or left by ones that broke off',
    },
    () => [{ value: [...index.unsettled()].length }],
  )
  gauge({ name: 'akko_s3_queued_events', help: 'Events that a webhook has not taken yet', labels: ['target'] }, () =>
    webhooks.map((target) => ({ labels: { target }, value: index.queue.count(target) })),
  )
  gauge({ name: 'akko_s3_forgotten_events', help: 'Events that were not queued since the start, as too many were waiting' }, () => [
    { value: index.queue.forgotten },
  ])
  return {
    request: (operation, code, time) => {
      requests.inc({ operation, code })
      seconds.observe({ operation }, time)
    },
    bytes: (direction, count) => bytes.inc({ direction }, count),
  }
}
