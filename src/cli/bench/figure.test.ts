import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { benchBeside, pair } from '#cli/bench/beside'
import { createFigure, inTurn, rate, toReading } from '#cli/bench/figure'

describe('a reading', () => {
  it('is the median and the nearest rank at 95', () => {
    const samples = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(toReading(samples)).toEqual({ value: 50, p95: 95, samples: 100 })
    expect(toReading([3, 1, 2])).toEqual({ value: 2, samples: 3 })
    expect(() => toReading([])).toThrow('nothing was measured')
  })

  it('is taken in turn with its floor, and leaves the first tenth out', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const calls: string[] = []
    const [ours, floor] = await inTurn(
      20,
      async (n) => {
        calls.push(`ours ${n}`)
        // Slow in the two rounds that go before, and in one that is measured.
        if (n < 2 || n === 5) vi.advanceTimersByTime(300)
      },
      async (n) => calls.push(`floor ${n}`),
    )
    expect(calls).toEqual(Array.from({ length: 22 }, (_, n) => [`ours ${n}`, `floor ${n}`]).flat())
    expect([ours.samples, floor.samples]).toEqual([20, 20])
    // The 19th of 20: with one slow round it is a quick one, with the two before it would be a slow one.
    expect(ours.p95).toBe(0)
    expect(floor.p95).toBe(0)
  })

  it('keeps to the concurrency and the count', async () => {
    let now = 0
    let most = 0
    let calls = 0
    const began = performance.now()
    const reading = await rate(40, 4, async () => {
      most = Math.max(most, ++now)
      await new Promise((r) => setTimeout(r, 1))
      now--
      calls++
    })
    expect(most).toBe(4)
    expect(calls).toBe(44)
    expect(reading.samples).toBe(40)
    const seconds = (performance.now() - began) / 1000
    expect(reading.value).toBeGreaterThan(40 / seconds)
    expect(reading.value).toBeLessThan(4 * 1100) // four at a time, each a timer of a millisecond
  })
})

describe('a figure', () => {
  it('is a ratio to its floor', () => {
    const figure = createFigure({
      name: 'x',
      unit: 'ms',
      ours: { value: 3, samples: 1 },
      floor: { value: 2, samples: 1 },
      against: 'a floor',
    })
    expect(figure.ratio).toBe(1.5)
    expect(figure.floor).toEqual({ what: 'a floor', value: 2, samples: 1 })
  })
})

describe('two checkouts', () => {
  const figure = (name: string, value: number) =>
    createFigure({ name, unit: 'ms', ours: { value, samples: 1 }, floor: { value: 1, samples: 1 }, against: 'nothing' })

  it('are compared by the medians of what both measured', () => {
    const here = [figure('a', 1), figure('new', 9), figure('a', 30), figure('a', 3)]
    const beside = [figure('a', 6), figure('gone', 9), figure('a', 2), figure('a', 8)]
    expect(pair(here, beside)).toEqual([{ name: 'a', unit: 'ms', here: 3, beside: 6, ratio: 0.5 }])
  })

  it('that are none are refused', async () => {
    await expect(benchBeside('/nowhere', 'sql', true)).rejects.toMatchObject({ code: 'bench.no_checkout' })
  })
})
