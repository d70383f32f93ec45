import { describe, expect, it } from 'vitest'
import { printZonedTime, readZonedTime } from '#wire/trino/zoned-times'

const again = (text: string, digits = 12, otherwise?: number): string | undefined => {
  const time = readZonedTime(text, digits, otherwise)
  return time && printZonedTime(time.utc, time.offset, Math.min(digits, time.digits))
}

describe('times of day with an offset', () => {
  it.each([
    ['01:02:03.456 +02:00', '01:02:03.456+02:00'],
    ['23:59:59.999999-08:00', '23:59:59.999999-08:00'],
    ['1:2+14:00', '01:02:00+14:00'],
    ['00:00:00.123456789012 -00:30', '00:00:00.123456789012-00:30'],
  ])('%s is written %s', (text, printed) => {
    expect(again(text)).toBe(printed)
  })

  it('are at one moment of UTC or not, whatever the offset', () => {
    expect(readZonedTime('01:00+02:00', 0, undefined)?.utc).toBe(readZonedTime('23:00 +00:00', 0, undefined)?.utc)
  })

  it('are rounded, over midnight too, and have the offset that is given otherwise', () => {
    expect(again('23:59:59.9999+01:00', 3)).toBe('00:00:00.000+01:00')
    expect(again('01:02', 0, -90)).toBe('01:02:00-01:30')
  })

  it.each(['01:02:03 UTC', '01:02 +01', '24:00+00:00', '01:60+00:00', '01:02+14:01', '01:02 -08', '01:02', ''])('%j is none', (text) => {
    expect(again(text)).toBeUndefined()
  })
})
