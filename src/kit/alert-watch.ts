// Which alerts fire: looks at samples again and again, remembers what counters did and since when a condition holds.
import { type Alert, type FiringAlert, fillIn } from '#kit/alert'
import type { Sample } from '#kit/metric-text'
import { own } from '#kit/own'

export interface WatchedAlert extends Alert {
  readonly part?: string
}

export interface AlertWatch {
  /** All samples of one moment; milliseconds of a clock that does not jump, and what it is by the calendar. */
  look(samples: readonly Sample[], at?: number, now?: Date): void
  /** Bad ones first; a milder one of the same thing is not said too. */
  firing(): readonly FiringAlert[]
}

/** How a counter grew, within the longest time that an alert looks back. */
interface Growth {
  last: number
  grown: { readonly at: number; readonly by: number }[]
}

interface Series {
  readonly labels: Readonly<Record<string, string>>
  value: number
}

interface Found {
  /** What it is about. */
  readonly of: string
  readonly alert: FiringAlert
}

/** Counters are watched from their process's birth: one that is seen first came from zero, and so did one that is lower than before. */
export function createAlertWatch(alerts: readonly WatchedAlert[]): AlertWatch {
  const growths = alerts.map(() => new Map<string, Growth & { readonly labels: Readonly<Record<string, string>> }>())
  const held = alerts.map(() => new Map<string, { readonly at: number; readonly since: Date }>())
  let firing: FiringAlert[] = []

  /** The series that an alert compares. */
  const seriesOf = (index: number, samples: readonly Sample[], at: number): Map<string, Series> => {
    const { metric, labels = {}, overSeconds, by } = alerts[index] as WatchedAlert
    const matching = samples.filter(
      (s) => s.name === metric && Object.entries(labels).every(([name, wanted]) => matches(own(s.labels, name), wanted)),
    )
    if (overSeconds === undefined) return sumBy(matching, by)
    const growth = growths[index] as (typeof growths)[number]
    for (const sample of matching) grow(growth, sample, at)
    const since = at - overSeconds * 1000
    return sumBy(
      [...growth.values()].map((g) => {
        g.grown = g.grown.filter((step) => step.at > since)
        return { labels: g.labels, value: g.grown.reduce((sum, step) => sum + step.by, 0) }
      }),
      by,
    )
  }

  return {
    firing: () => firing,
    look: (samples, at = performance.now(), now = new Date()) => {
      firing = alerts
        .flatMap((alert, index) => {
          const holding = held[index] as (typeof held)[number]
          const whole =
            alert.of === undefined
              ? undefined
              : sumBy(
                  samples.filter((s) => s.name === alert.of),
                  alert.by,
                )
          const seen = new Set<string>()
          const found: Found[] = []
          for (const [key, { labels, value }] of seriesOf(index, samples, at)) {
            const measured = whole === undefined ? value : value / (whole.get(key)?.value ?? Number.NaN)
            if (!(alert.op === '>' ? measured > alert.value : measured < alert.value)) continue
            seen.add(key)
            const start = holding.get(key) ?? { at, since: now }
            holding.set(key, start)
            if (at - start.at >= alert.forSeconds * 1000)
              found.push({ of: alert.metric + key, alert: shown(alert, labels, measured, start.since) })
          }
          for (const key of holding.keys()) if (!seen.has(key)) holding.delete(key)
          return found
        })
        .filter(
          (one, _, all) => one.alert.severity === 'bad' || !all.some((other) => other.of === one.of && other.alert.severity === 'bad'),
        )
        .map(({ alert }) => alert)
        .sort((a, b) => Number(b.severity === 'bad') - Number(a.severity === 'bad'))
    },
  }
}

const matches = (value: string | undefined, wanted: string | readonly string[]) =>
  typeof wanted === 'string' ? value === wanted : value !== undefined && wanted.includes(value)

function grow(growths: Map<string, Growth & { labels: Sample['labels'] }>, { labels, value }: Sample, at: number): void {
  const key = JSON.stringify(labels)
  const growth = growths.get(key) ?? { labels, last: 0, grown: [] }
  growths.set(key, growth)
  const by = value < growth.last ? value : value - growth.last
  if (by > 0) growth.grown.push({ at, by })
  growth.last = value
}

function sumBy(samples: readonly Pick<Sample, 'labels' | 'value'>[], by: readonly string[]): Map<string, Series> {
  const sums = new Map<string, Series>()
  for (const sample of samples) {
    const labels = Object.fromEntries(by.map((name) => [name, own(sample.labels, name) ?? '']))
    const key = JSON.stringify(labels)
    const sum = sums.get(key) ?? { labels, value: 0 }
    sum.value += sample.value
    sums.set(key, sum)
  }
  return sums
}

function shown(
  { name, severity, part, of, says, action }: WatchedAlert,
  labels: Series['labels'],
  value: number,
  since: Date,
): FiringAlert {
  const measured = of === undefined ? String(Math.round(value)) : `${Math.round(value * 1000) / 10} %`
  const text = (template: string) => fillIn(template, (word) => (word === 'value' ? measured : (own(labels, word) ?? '')))
  const whose = part ?? own(labels, 'part')
  return {
    name,
    severity,
    ...(whose === undefined ? {} : { part: whose }),
    labels,
    text: text(says),
    action: text(action),
    since: since.toISOString(),
  }
}
