import { describe, expect, it } from 'vitest'
import { createWatchdog, fattest } from '#parts/engine/watchdog'

const MIB = 1024 * 1024
function watched(startedAt: number, startMib: number) {
  const one = { startedAt, startRss: startMib * MIB, exceeded: 0, exceed: () => void one.exceeded++ }
  return one
}
function watch(figures: { rss: number; spilled: number }) {
  const runs = [watched(1, 100), watched(2, 120)]
  const calls = { short: 0, hopeless: 0 }
  const dog = createWatchdog({
    ...{ limitBytes: () => 1000, shortBytes: 500, spillLimitBytes: 300, rss: () => figures.rss, spilled: () => figures.spilled },
    runs: () => runs,
    short: () => void calls.short++,
    hopeless: () => void calls.hopeless++,
  })
  return { dog, runs, calls, stopped: () => runs.reduce((sum, r) => sum + r.exceeded, 0) }
}

describe('at a tick', () => {
  it('a size that was over its limit before the watch was stopped is new', async () => {
    const { dog, calls, stopped } = watch({ rss: 1001, spilled: 0 })
    dog.tick()
    dog.stop()
    await new Promise((resolve) => setTimeout(resolve, 3100))
    dog.tick()
    expect([stopped(), calls.hopeless]).toEqual([2, 0])
  })
  it('nothing happens below all limits', () => {
    const { dog, calls, stopped } = watch({ rss: 500, spilled: 300 })
    dog.tick()
    expect([calls.short, stopped()]).toEqual([0, 0])
  })
  it('memory is shared out while it is short, and nobody is stopped', () => {
    const { dog, calls, stopped } = watch({ rss: 900, spilled: 0 })
    dog.tick()
    dog.tick()
    expect([calls.short, stopped()]).toEqual([2, 0])
  })
  it.each([
    ['the resident size', { rss: 1001, spilled: 0 }],
    ['what all instances spilled', { rss: 0, spilled: 301 }],
  ])('one query is stopped when %s is over its limit, and the next only after it was below', (_what, figures) => {
    const { dog, stopped } = watch(figures)
    dog.tick()
    dog.tick()
    expect(stopped()).toBe(1)
    const over = { ...figures }
    Object.assign(figures, { rss: 0, spilled: 0 })
    dog.tick()
    Object.assign(figures, over)
    dog.tick()
    expect(stopped()).toBe(2)
  })
})

describe('the fattest', () => {
  it('is the youngest during which half of the growth happened', () => {
    const [old, young] = [watched(1, 100), watched(2, 150)]
    expect(fattest([old, young], 300 * MIB)).toBe(young)
    expect(fattest([old, young], 190 * MIB)).toBe(old)
    expect(fattest([], 300)).toBeUndefined()
  })
})
