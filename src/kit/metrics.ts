// What this process counts: one registry, one text (OpenMetrics), whoever asks. Labels have few values; none names a person or a thing of his.
import { readdirSync } from 'node:fs'
import type { OpenMetricsContentType } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import Histogram from 'prom-client/lib/histogram.js'
import Registry from 'prom-client/lib/registry.js'
import { requestId } from '#kit/trace'

/** Where a process tells what it counts: on its control socket, and where one port does for the whole machine. */
export const METRICS_PATH = '/metrics'
export const METRICS_TYPE: OpenMetricsContentType = Registry.OPENMETRICS_CONTENT_TYPE

// OpenMetrics, for its exemplars: a bucket of times names a request by its id.
const registry = new Registry<OpenMetricsContentType>()
registry.setContentType(METRICS_TYPE)
const registers = [registry]
const BORN = Date.now() / 1000 - process.uptime()

export interface Named<L extends string> {
  readonly name: string
  readonly help: string
  readonly labels?: readonly L[]
}

/** What a metric is, beside its values. */
export interface Described {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly buckets?: readonly number[]
}

/** Who is told what there is and what is observed, to pass it on. */
export interface Follower {
  made(metric: Described): void
  observed(name: string, labels: Readonly<Record<string, string>>, value: number): void
}

const known = new Map<string, Described>()
let follower: Follower | undefined

/** In the place of an earlier one; of what was observed before it is told nothing. */
export function followMetrics(next: Follower): void {
  follower = next
  for (const metric of known.values()) next.made(metric)
}

export interface Value {
  readonly labels: Readonly<Partial<Record<string, string | number>>>
  readonly value: number
}

/** What a counter or gauge says now. */
export async function readMetric(name: string): Promise<readonly Value[]> {
  return (await registry.getSingleMetric(name)?.get())?.values ?? []
}

function describe(metric: Described): void {
  if (known.has(metric.name)) return
  known.set(metric.name, metric)
  follower?.made(metric)
}

/** Goes up only, and its name ends in `_total`. A second one of the name is the first. */
export function counter<L extends string = never>({ name, help, labels = [] }: Named<L>): Counter<L> {
  const made = (registry.getSingleMetric(name) as Counter<L> | undefined) ?? new Counter({ name, help, labelNames: labels, registers })
  describe({ name, help, type: 'counter' })
  return made
}

export interface Times<L extends string> {
  observe(labels: Readonly<Record<L, string>>, value: number): void
  /** Known before the first one. */
  zero(labels: Readonly<Record<L, string>>): void
}

/** Of seconds or bytes; with `exemplars` a bucket names the last request in it. A second one of the name is the first. */
export function histogram<L extends string = never>(
  options: Named<L> & { readonly buckets: readonly number[]; readonly exemplars?: true },
): Times<L> {
  const { name, help, labels = [], buckets, exemplars = false } = options
  const earlier = registry.getSingleMetric(name) as Histogram<L> | undefined
  const made = earlier ?? new Histogram({ name, help, labelNames: labels, buckets: [...buckets], enableExemplars: exemplars, registers })
  describe({ name, help, type: 'histogram', buckets })
  return {
    observe(of, value) {
      if (exemplars) made.observe({ labels: of, value, exemplarLabels: { trace_id: requestId() } } as never)
      else made.observe(of, value)
      follower?.observed(name, of, value)
    },
    zero: (of) => made.zero(of),
  }
}

export interface Reading<L extends string> {
  readonly labels?: Readonly<Record<L, string>>
  readonly value: number
}

/** Asked when somebody looks; without an answer it is left out. A part that starts again takes the place of its earlier self. */
export function gauge<L extends string = never>(
  { name, help, labels = [] }: Named<L>,
  read: () => readonly Reading<L>[] | Promise<readonly Reading<L>[]>,
): void {
  registry.removeSingleMetric(name)
  describe({ name, help, type: 'gauge' })
  new Gauge<L>({
    name,
    help,
    labelNames: labels,
    registers,
    async collect() {
      const readings = await Promise.resolve()
        .then(read)
        .catch((): Reading<L>[] => (labels.length === 0 ? [{ value: Number.NaN }] : []))
      this.reset()
      for (const { labels: of, value } of readings) {
        if (of) this.set(of, value)
        else this.set(value)
      }
    },
  })
}

/** A counter that is kept elsewhere: asked when somebody looks. */
export function reading<L extends string = never>({ name, help, labels = [] }: Named<L>, read: () => readonly Reading<L>[]): void {
  registry.removeSingleMetric(name)
  describe({ name, help, type: 'counter' })
  new Counter<L>({
    name,
    help,
    labelNames: labels,
    registers,
    collect() {
      this.reset()
      for (const { labels: of, value } of read()) {
        if (of) this.inc(of, value)
        else this.inc(value)
      }
    },
  })
}

/** The text of this process. */
export async function printMetrics(): Promise<string> {
  return registry.metrics()
}

/** `part` is counted under its own name, from none on; probes are not requests of anybody. */
export function requestTimer(part: string): (status: number, seconds: number) => void {
  const times = histogram({
    name: 'akko_http_request_seconds',
    help: 'Time until a request was answered, by part and class of status',
    labels: ['part', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 30],
  })
  times.zero({ part, status: '2xx' })
  return (status, seconds) => times.observe({ part, status: `${Math.floor(status / 100)}xx` }, seconds)
}

gauge({ name: 'process_start_time_seconds', help: 'When the process started, Unix time' }, () => [{ value: BORN }])
gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory' }, () => [{ value: process.memoryUsage.rss() }])
gauge({ name: 'process_open_fds', help: 'Open files and sockets' }, () => [{ value: readdirSync('/proc/self/fd').length }])
reading({ name: 'process_cpu_seconds_total', help: 'Time on processors, of user and system' }, () => {
  const { user, system } = process.cpuUsage()
  return [{ value: (user + system) / 1e6 }]
})
