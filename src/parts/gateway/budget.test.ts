import { expect, it } from 'vitest'
import { createBudget } from '#parts/gateway/budget'

it('every one is recorded, or counted in the next that is, over the hour too', () => {
  let now = 0
  const budget = createBudget({ perMinute: 2, perHour: 5, now: () => now })
  const told: (number | undefined)[] = []
  const ask = (key: string, times: number) => {
    for (let i = 0; i < times; i++) told.push(budget(key))
  }
  ask('a', 5)
  now += 60_000
  ask('a', 1)
  ask('b', 2)
  ask('c', 4) // nothing is left of the hour
  now += 3_600_000
  ask('d', 1)
  expect(told.slice(0, 6)).toEqual([0, 0, undefined, undefined, undefined, 3])
  const recorded = told.filter((skipped) => skipped !== undefined)
  expect(recorded.length + recorded.reduce((sum, skipped) => sum + skipped, 0)).toBe(told.length)
})
