import { expect, it } from 'vitest'
import { byLayer, levelOf, summaryOf } from '~/features/home/summary'
import type { PartState, PartStatus } from '~/lib/live'

const part = (name: string, layer: string, state: PartState = 'up', healthy = state === 'up'): PartStatus => ({
  name,
  title: name,
  layer,
  state,
  healthy,
  since: '2026-11-20T12:00:00Z',
})
const status = (...parts: PartStatus[]) => ({ type: 'status' as const, at: '2026-11-20T12:00:00Z', parts, attention: [], activity: [] })

it('orders layers as a request passes them, new ones last', () => {
  const groups = byLayer([
    part('pg', 'data'),
    part('x', 'quantum'),
    part('gateway', 'edge'),
    part('sql', 'compute'),
    part('cockpit', 'edge'),
  ])
  expect(groups.map((g) => [g.title, g.parts.map((p) => p.name)])).toEqual([
    ['Edge', ['gateway', 'cockpit']],
    ['Compute', ['sql']],
    ['Databases', ['pg']],
    ['Quantum', ['x']],
  ])
})

it('says the worst first', () => {
  const say = (...parts: PartStatus[]) => summaryOf({ status: status(...parts), connection: 'live' }).text
  expect(say(part('a', 'edge'), part('b', 'edge'))).toBe('All 2 parts are up')
  expect(say(part('a', 'edge', 'down'), part('b', 'edge', 'up', false))).toBe('1 of 2 parts is down')
  expect(say(part('a', 'edge', 'up', false))).toBe('1 of 1 part is degraded')
  expect(say(part('a', 'edge', 'starting'), part('b', 'edge', 'starting'))).toBe('2 of 2 parts are starting')
})

it('claims nothing once the stream has stopped', () => {
  expect(summaryOf({ status: status(part('a', 'edge')), connection: 'silent' }).level).toBe('unknown')
  expect(summaryOf({ status: undefined, connection: 'lost' }).text).toBe('The state is not known')
  expect(levelOf(part('a', 'edge', 'unknown')).word).toBe('Unknown')
})
