import { expect, it } from 'vitest'
import { backOff, createLive, parseStatus } from '~/lib/live'

it('backs off from half a second to a quarter of a minute', () => {
  expect([0, 1, 2, 5, 30].map((n) => backOff(n, 0))).toEqual([500, 1000, 2000, 15_000, 15_000])
  expect(backOff(0, 1)).toBe(625)
})

it('takes status messages and leaves what it does not know', () => {
  const message = { type: 'status', at: '2026-11-20T12:00:00Z', parts: [] }
  expect(parseStatus(JSON.stringify(message))).toEqual({ ...message, attention: [], activity: [] })
  expect([parseStatus('{"type":"hello"}'), parseStatus('not json'), parseStatus(new ArrayBuffer(1))]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

it('rests as long as it is told, however soon it would try again', async () => {
  const live = createLive('ws://127.0.0.1:9/', () => {})
  live.rest(60_000)
  const lost = new Promise<void>((resolve) => live.subscribe(() => live.getSnapshot().connection === 'lost' && resolve()))
  await lost
  expect((live.getSnapshot().retryAt ?? 0) - Date.now()).toBeGreaterThan(50_000)
  live.refuse() // no timer stays behind
})
