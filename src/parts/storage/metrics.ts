// What the store counts, for Prometheus: requests, bytes, and what each bucket holds.
import { Counter, Gauge, Histogram, type OpenMetricsContentType, openMetricsContentType, Registry } from 'prom-client'
import { AUDIT_LOST, lostEvents } from '#kit/audit-queue'
import { requestId } from '#kit/trace'
import type { Index } from '#parts/storage/store'

export interface Metrics {
  request(operation: string, code: string, seconds: number): void
  bytes(direction: 'in' | 'out', count: number): void
  /** The text of /metrics. */
  print(): Promise<string>
  readonly contentType: string
}

export function createMetrics(index: Index): Metrics {
  // OpenMetrics, for its exemplars: each bucket of times names a request by its id.
  const registry = new Registry<OpenMetricsContentType>()
  registry.setContentType(openMetricsContentType)
  const registers = [registry]
  const requests = new Counter({ name: 'akko_s3_requests_total', help: 'Requests', labelNames: ['operation', 'code'], registers })
  const seconds = new Histogram<'operation' | 'trace_id'>({
    name: 'akko_s3_request_seconds',
    help: 'Time until the answer was sent',
    labelNames: ['operation'],
    enableExemplars: true,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  })
  const bytes = new Counter({ name: 'akko_s3_bytes_total', help: 'Bytes of bodies', labelNames: ['direction'], registers })
  new Gauge({
    name: 'akko_s3_bucket_objects',
    help: 'Objects in a bucket',
    labelNames: ['bucket'],
    registers,
    collect() {
      this.reset()
      for (const { name } of index.buckets()) this.set({ bucket: name }, index.stats(name).objects)
    },
  })
  new Gauge({
    name: 'akko_s3_bucket_bytes',
    help: 'Bytes of the objects in a bucket',
    labelNames: ['bucket'],
    registers,
    collect() {
      this.reset()
      for (const { name } of index.buckets()) this.set({ bucket: name }, index.stats(name).bytes)
    },
  })
  new Gauge({
    name: 'akko_s3_unsettled_files',
    help: 'Files that queries adopted and whose commit was not told: of running queries, or left by ones that broke off',
    registers,
    collect() {
      this.set([...index.unsettled()].length)
    },
  })
  new Counter({
    ...AUDIT_LOST,
    registers,
    collect() {
      this.reset()
      this.inc(lostEvents())
    },
  })
  return {
    request: (operation, code, time) => {
      requests.inc({ operation, code })
      seconds.observe({ labels: { operation }, value: time, exemplarLabels: { trace_id: requestId() } })
    },
    bytes: (direction, count) => bytes.inc({ direction }, count),
    print: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
