import { describe, expect, it } from 'vitest'
import { isoMoment } from '#wire/trino/iso-moments'
import { formatJoda } from '#wire/trino/joda-format'

const local = Date.UTC(2024, 11, 30, 0, 5, 9, 45)
const print = (pattern: string): string => formatJoda(local, 19_800, '+05:30', pattern)

describe("Joda's patterns", () => {
  it.each([
    ['yyyy-MM-dd HH:mm:ss.SSS', '2024-12-30 00:05:09.045'],
    ['yy y M d H k h K m s a', '24 2024 12 30 0 24 12 0 5 9 AM'],
    ['EEE, dd MMM; EEEE MMMM', 'Mon, 30 Dec; Monday December'],
    ["xxxx-'W'ww-e DDD", '2025-W01-1 365'],
    ["Z ZZ ZZZ ''", "+0530 +05:30 +05:30 '"],
    ['S SSSSS', '0 04500'],
  ])('%s writes %s', (pattern, text) => {
    expect(print(pattern)).toBe(text)
  })

  it.each(['', 'A', "'open", 'G', 'z'])('%j is refused', (pattern) => {
    expect(() => print(pattern)).toThrow()
  })
})

describe('texts of ISO 8601', () => {
  it.each([
    ['2024-07-01T14:00:00.1239+02:00', `${Date.UTC(2024, 6, 1, 12, 0, 0, 123)}000 +02:00`],
    ['2024-07-01T14:00Z', `${Date.UTC(2024, 6, 1, 14)}000 UTC`],
    ['2024-07-01', `${Date.UTC(2024, 5, 30, 22)}000 Europe/Paris`],
    ['2024-W01T10', `${Date.UTC(2024, 0, 1, 9)}000 Europe/Paris`],
    ['hello', 'invalid'],
    ['2024-02-30', 'invalid'],
    ['2024-07-01T25:00', 'invalid'],
    ['T10:00', 'unserved'],
    ['12024-01-01', 'unserved'],
  ])('%s in Paris is %s', (text, moment) => {
    expect(isoMoment(text, 'Europe/Paris')).toBe(moment)
  })
})
