import { describe, expect, it } from 'vitest'
import { Misses } from '#runtime/supervisor/patience'

const patience = { everyMs: 2000, lookMs: 5000, degradedAfter: 3, stuckMs: 60_000 }
const looks = (misses: Misses, from: number, step: number, times: number) =>
  Array.from({ length: times }, (_, i) => misses.miss(from + i * step))

describe('looks without a good answer', () => {
  it('one or two are waited for, then degraded, after a minute stuck', () => {
    expect(looks(new Misses(patience), 0, 6000, 11)).toEqual(['waited', 'waited', ...Array(8).fill('degraded'), 'stuck'])
  })

  it('a good one between them begins anew', () => {
    const misses = new Misses(patience)
    looks(misses, 0, 10_000, 6)
    misses.forget()
    expect(looks(misses, 60_000, 10_000, 3)).toEqual(['waited', 'waited', 'degraded'])
  })

  it('an hour of sleep is not an hour of silence', () => {
    const misses = new Misses(patience)
    expect(misses.miss(0)).toBe('waited')
    expect(looks(misses, 3_600_000, 2000, 2)).toEqual(['waited', 'degraded'])
  })
})
