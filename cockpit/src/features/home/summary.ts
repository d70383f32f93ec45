// What the parts amount to, in one sentence, and their order by layer. Pure.

import { plural } from '~/lib/format'
import type { LiveState, PartStatus } from '~/lib/live'
import { own } from '~/lib/own'
import type { Level } from '~/ui/status'

/** Layers in the order in which a request passes them; unknown ones come last, by name. */
const LAYERS: Readonly<Record<string, string>> = {
  edge: 'Edge',
  identity: 'Identity and policy',
  compute: 'Compute',
  lake: 'Lake',
  data: 'Databases',
  analytics: 'Analytics',
  ai: 'AI',
  governance: 'Governance',
  observability: 'Observability',
}

export interface LayerGroup {
  readonly layer: string
  readonly title: string
  readonly parts: readonly PartStatus[]
}

export function byLayer(parts: readonly PartStatus[]): LayerGroup[] {
  const order = Object.keys(LAYERS)
  const rank = (layer: string) => (order.includes(layer) ? order.indexOf(layer) : order.length)
  const layers = [...new Set(parts.map((p) => p.layer))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
  return layers.map((layer) => ({
    layer,
    title: own(LAYERS, layer) ?? layer.charAt(0).toUpperCase() + layer.slice(1),
    parts: parts.filter((p) => p.layer === layer),
  }))
}

export function levelOf(part: PartStatus): { level: Level; word: string } {
  switch (part.state) {
    case 'up':
      return part.healthy ? { level: 'ok', word: 'Up' } : { level: 'warn', word: 'Degraded' }
    case 'starting':
      return { level: 'busy', word: 'Starting' }
    case 'down':
      return { level: 'bad', word: 'Down' }
    default:
      return { level: 'unknown', word: 'Unknown' }
  }
}

export function summaryOf({ status, connection }: Pick<LiveState, 'status' | 'connection'>): { level: Level; text: string } {
  if (connection === 'refused') return { level: 'unknown', text: 'The state of the platform is not shown to your roles' }
  if (!status) return { level: 'unknown', text: connection === 'lost' ? 'The state is not known' : 'Asking for the state' }
  const levels = status.parts.map((p) => levelOf(p).level)
  const count = (level: Level) => levels.filter((l) => l === level).length
  const total = plural(status.parts.length, 'part')
  if (connection !== 'live') return { level: 'unknown', text: 'The state is not known now' }
  if (count('bad') > 0) return { level: 'bad', text: `${count('bad')} of ${total} ${count('bad') === 1 ? 'is' : 'are'} down` }
  if (count('warn') > 0) return { level: 'warn', text: `${count('warn')} of ${total} ${count('warn') === 1 ? 'is' : 'are'} degraded` }
  if (count('busy') > 0) return { level: 'busy', text: `${count('busy')} of ${total} ${count('busy') === 1 ? 'is' : 'are'} starting` }
  if (count('unknown') > 0) return { level: 'unknown', text: `The state of ${count('unknown')} of ${total} is not known` }
  if (status.parts.length === 0) return { level: 'unknown', text: 'No part has reported yet' }
  return { level: 'ok', text: `All ${total} are up` }
}

export function attentionLevel(level: string): Level {
  if (/^(bad|error|critical)/.test(level)) return 'bad'
  return /^(warn)/.test(level) ? 'warn' : 'unknown'
}
