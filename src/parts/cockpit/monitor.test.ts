import { expect, it } from 'vitest'
import { createMonitor } from '#parts/cockpit/monitor'

it('a part that is slow once or twice is degraded, not down; the third time in a row it is', async () => {
  let slow = false
  const target = {
    ...{ name: 'sql', title: 'SQL', layer: 'compute', needs: [] },
    probe: () => (slow ? new Promise<never>(() => {}) : Promise.resolve({ healthy: true })),
  }
  const monitor = createMonitor([target], { everyMs: 60, timeoutMs: 50 })
  const seen: string[] = []
  monitor.onChange(() => seen.push(...monitor.watched().map(({ state, healthy }) => `${state} ${healthy}`)))
  monitor.start()
  try {
    await expect.poll(() => seen).toEqual(['up true'])
    slow = true
    await expect.poll(() => seen).toEqual(['up true', 'up false', 'down false'])
    expect(monitor.activity().map(({ text }) => text)).toEqual(['SQL is down: no answer within 0.05 s'])
  } finally {
    monitor.stop()
  }
})
