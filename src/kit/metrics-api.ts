// What the page of metrics shows, by OpenTelemetry's API too: the same names and values; loaded where an SDK records them.
import { type Histogram, type Meter, type MeterProvider, metrics } from '@opentelemetry/api'
import { type Described, followMetrics, readMetric } from '#kit/metrics'

export const SCOPE = 'akko'

let told: MeterProvider | undefined

/** To the SDK that is registered now: counters and gauges when it looks, times as they are observed from now on. */
export function emitMetrics(): void {
  const provider = metrics.getMeterProvider()
  if (provider === told) return
  told = provider
  const meter = provider.getMeter(SCOPE)
  const times = new Map<string, Histogram>()
  followMetrics({
    made: (metric) => {
      if (metric.type === 'histogram') times.set(metric.name, timesOf(meter, metric))
      else observe(meter, metric)
    },
    observed: (name, labels, value) => times.get(name)?.record(value, labels),
  })
}

function timesOf(meter: Meter, { name, help, buckets = [] }: Described): Histogram {
  return meter.createHistogram(name, { description: help, advice: { explicitBucketBoundaries: [...buckets] } })
}

function observe(meter: Meter, { name, help, type }: Described): void {
  const options = { description: help }
  const instrument = type === 'counter' ? meter.createObservableCounter(name, options) : meter.createObservableGauge(name, options)
  instrument.addCallback(async (result) => {
    for (const { labels, value } of await readMetric(name)) result.observe(value, labels)
  })
}
