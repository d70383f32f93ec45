import { describe, expect, it } from 'vitest'
import { formatAgo, formatBytes, formatCount, formatDuration, formatSince, plural, shortenId } from '~/lib/format'

describe('numbers as a person reads them', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1_536_000, '1.46 MiB'],
    [1024 ** 2 - 1, '1.00 MiB'],
    [157 * 1024 ** 2, '157 MiB'],
    [20.5 * 1024 ** 3, '20.5 GiB'],
  ])('%d bytes', (n, text) => expect(formatBytes(n)).toBe(text))

  it.each([
    [0, '0 ms'],
    [0.42, '0.4 ms'],
    [12.4, '12 ms'],
    [999.6, '1.00 s'],
    [1240, '1.24 s'],
    [12_340, '12.3 s'],
    [59_960, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [7_800_000, '2 h 10 min'],
    [4 * 86_400_000 + 7_300_000, '4 d 2 h'],
  ])('%d ms', (n, text) => expect(formatDuration(n)).toBe(text))

  it('never invents a number', () => {
    expect([formatBytes(undefined), formatDuration(undefined), formatCount(Number.NaN)]).toEqual(['–', '–', '–'])
  })

  it('separates thousands by a narrow space', () => expect(formatCount(1234567)).toBe('1\u202f234\u202f567'))

  it('tells relative times', () => {
    const now = Date.UTC(2026, 10, 20, 12)
    expect([1, 12, 300, 7200, 200_000, 8e6].map((s) => formatAgo(now - s * 1000, now))).toEqual([
      'now',
      '12 s ago',
      '5 min ago',
      '2 h ago',
      '2 d ago',
      '2026-08-19',
    ])
    expect(formatSince(now - 90_000, now)).toBe('1 min')
  })

  it('shortens ids in the middle only when it helps', () => {
    expect(shortenId('4bf92f3577b34da6a3ce929d0e0e4736')).toBe('4bf92f35…0e4736')
    expect(shortenId('20261120_1')).toBe('20261120_1')
  })

  it('counts in words', () =>
    expect([plural(1, 'row'), plural(2, 'row'), plural(0, 'query', 'queries')]).toEqual(['1 row', '2 rows', '0 queries']))
})
