// Flags that are settings: which one counts, and what is no pair.
import { expect, it } from 'vitest'
import { configFlags, moment } from '#cli/flags'

it('a setting’s own flag goes before --set, and takes nothing from it when it is not given', () => {
  expect(configFlags({ set: ['portOffset=5', 'demo=true'] })).toEqual({
    portOffset: { value: '5', flag: '--set portOffset' },
    demo: { value: 'true', flag: '--set demo' },
  })
  expect(configFlags({ set: ['portOffset=5'], portOffset: 7 })).toEqual({ portOffset: { value: 7, flag: '--port-offset' } })
})

it('--set without a value is refused by name', () => {
  expect(() => configFlags({ set: ['sql.memoryMb'] })).toThrow('--set sql.memoryMb sets nothing')
  expect(() => configFlags({ set: ['=1'] })).toThrow('--set =1 sets nothing')
})

it('a moment is so long ago, or a date', () => {
  expect(Math.round((Date.now() - moment('90m').getTime()) / 60_000)).toBe(90)
  expect(Math.round((Date.now() - moment('7d').getTime()) / 86_400_000)).toBe(7)
  expect(moment('2026-11-28').toISOString()).toBe('2026-11-28T00:00:00.000Z')
  for (const wrong of ['soon', '7w', '']) expect(() => moment(wrong)).toThrow(/It is 90m/)
})
