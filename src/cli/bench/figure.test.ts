import { describe, expect, it } from 'vitest'
import { createFigure, inTurn, rate, toReading } from '#cli/bench/figure'

describe('a reading', () => {
  it('is the median and the nearest rank at 95', () => {
    const samples = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(toReading(samples)).toEqual({ value: 50, p95: 95, samples: 100 })
    expect(toReading([3, 1, 2])).toEqual({ value: 2, samples: 3 })
    expect(() => toReading([])).toThrow()
  })

  it('is taken in turn with its floor, and leaves the first tenth out', async () => {
    const calls: string[] = []
    const [ours, floor] = await inTurn(
      20,
      async (n) => calls.push(`ours ${n}`),
      async (n) => calls.push(`floor ${n}`),
    )
    expect(calls).toHaveLength(44)
    expect(calls.slice(0, 3)).toEqual(['ours 0', 'floor 0', 'ours 1'])
    expect([ours.samples, floor.samples]).toEqual([20, 20])
  })

  it('keeps to the concurrency and the count', async () => {
    let now = 0
    let most = 0
    let calls = 0
    const reading = await rate(40, 4, async () => {
      most = Math.max(most, ++now)
      await new Promise((r) => setTimeout(r, 1))
      now--
      calls++
    })
    expect(most).toBe(4)
    expect(calls).toBe(44)
    expect(reading.samples).toBe(40)
    expect(reading.value).toBeGreaterThan(0)
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
