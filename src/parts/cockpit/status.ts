// What is told about the parts, from what was measured. Pure.
import type { FiringAlert } from '#kit/alert'
import type { Activity, State, Watched } from '#parts/cockpit/monitor'

export interface PartStatus {
  readonly name: string
  readonly title: string
  readonly layer: string
  readonly healthy: boolean
  readonly state: State
  readonly detail?: string
  readonly version?: string
  /** ISO time since when it is in this state. */
  readonly since: string
  /** Of the answered probes of the last 15 minutes. */
  readonly latencyMs: { readonly p50?: number; readonly p95?: number; readonly last?: number }
  /** Those latencies in time order; beyond 60, the slowest of each stretch. */
  readonly points: readonly number[]
  readonly url?: string
  readonly port?: number
  readonly needs: readonly string[]
  readonly memoryBytes?: number
}

export interface Attention {
  readonly level: 'warn' | 'bad'
  readonly part?: string
  readonly text: string
  readonly action?: string
}

export interface StatusMessage {
  readonly type: 'status'
  readonly at: string
  readonly parts: readonly PartStatus[]
  readonly attention: readonly Attention[]
  readonly activity: readonly Activity[]
}

const MOST_POINTS = 60

export function toStatus(
  watched: readonly Watched[],
  activity: readonly Activity[],
  alerts: readonly FiringAlert[],
  at: Date,
): StatusMessage {
  const attention = [...attentionOf(watched), ...alerts.map(toAttention)].sort(
    (a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'),
  )
  return { type: 'status', at: at.toISOString(), parts: watched.map(toPart), attention, activity }
}

function toPart({ target, state, healthy, since, last, latencies }: Watched): PartStatus {
  const { name, title, layer, needs, url, port } = target
  return {
    name,
    title,
    layer,
    healthy,
    state,
    since: since.toISOString(),
    latencyMs:
      latencies.length === 0 ? {} : { p50: percentile(latencies, 50), p95: percentile(latencies, 95), last: latencies.at(-1) as number },
    points: thin(latencies, MOST_POINTS),
    needs,
    ...(last?.detail === undefined ? {} : { detail: last.detail }),
    ...(last?.version === undefined ? {} : { version: last.version }),
    ...(last?.memoryBytes === undefined ? {} : { memoryBytes: last.memoryBytes }),
    ...(url === undefined ? {} : { url }),
    ...(port === undefined ? {} : { port }),
  }
}

function toAttention({ severity, part, text, action }: FiringAlert): Attention {
  return { level: severity, ...(part === undefined ? {} : { part }), text, action }
}

/** Causes before consequences: a part that is down because its need is down only says so. */
function attentionOf(watched: readonly Watched[]): Attention[] {
  const down = new Set(watched.filter((w) => w.state === 'down').map((w) => w.target.name))
  const title = (name: string) => watched.find((w) => w.target.name === name)?.target.title ?? name
  const causes: Attention[] = []
  const consequences: Attention[] = []
  for (const { target, state, last } of watched) {
    const { name } = target
    const cause = target.needs.find((need) => down.has(need))
    if (state === 'down' && cause !== undefined)
      consequences.push({ level: 'warn', part: name, text: `${target.title} is down and needs ${title(cause)}, which is down too` })
    else if (state === 'down')
      causes.push({
        level: 'bad',
        part: name,
        text: `${target.title} is down${last?.detail ? `: ${last.detail}` : ''}`,
        action: `./akko logs ${name}`,
      })
    else if (state === 'up' && last?.detail) consequences.push({ level: 'warn', part: name, text: `${target.title}: ${last.detail}` })
  }
  return [...causes, ...consequences]
}

/** Nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] as number
}

/** At most `most` values in the same order: the largest of each stretch. */
export function thin(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values]
  return Array.from({ length: most }, (_, i) =>
    Math.max(...values.slice(Math.floor((i * values.length) / most), Math.floor(((i + 1) * values.length) / most))),
  )
}
