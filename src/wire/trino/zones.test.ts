// Rules of time zones beside the moments that Joda's and Java's zones give for them.
import { describe, expect, it } from 'vitest'
import { readMoment } from '#wire/trino/moments'
import { ZONE_NAMES } from '#wire/trino/zone-names'
import { instantOf, instantsOf, offsetAt, zoneId } from '#wire/trino/zones'

const at = (text: string): number => Date.parse(`${text}Z`) / 1000

describe('a zone', () => {
  it.each([
    ['Europe/Paris', 'Europe/Paris'],
    ['europe/paris', undefined],
    ['utc', undefined],
    ['Z', 'UTC'],
    ['Etc/GMT+5', '-05:00'],
    ['GMT+5', '+05:00'],
    ['UTC-03:30', '-03:30'],
    ['+14:00', '+14:00'],
    ['+14:01', undefined],
    ['-00:00', 'UTC'],
    ['Nowhere/City', undefined],
    ['EST', undefined],
  ])('is known by its name: %s', (text, id) => {
    expect(zoneId(text)).toBe(id)
  })

  it('has rules here, whichever it is', () => {
    for (const name of ZONE_NAMES) expect(Math.abs(offsetAt(name, 0)), name).toBeLessThanOrEqual(15 * 3600)
  })
})

describe('the offset', () => {
  it.each([
    ['Europe/Paris', '2024-03-31T00:59:59', 3600],
    ['Europe/Paris', '2024-03-31T01:00:00', 7200],
    ['Europe/Paris', '1900-01-01T00:00:00', 561],
    ['Australia/Lord_Howe', '2024-07-01T00:00:00', 37_800],
    ['-03:30', '2024-07-01T00:00:00', -12_600],
  ])('of %s at %s is %d', (zone, instant, offset) => {
    expect(offsetAt(zone, at(instant))).toBe(offset)
  })
})

describe('the instant of a reading', () => {
  it('of the hour that is skipped lies as much later', () => {
    expect(instantOf('Europe/Paris', at('2024-03-31T02:30:00'))).toBe(at('2024-03-31T01:30:00'))
    expect(instantOf('America/New_York', at('2024-03-10T02:30:00'))).toBe(at('2024-03-10T07:30:00'))
    expect(instantsOf('Europe/Paris', at('2024-03-31T02:30:00'))).toEqual([])
  })

  it('of the hour that comes twice is the one with the offset of the instant before', () => {
    const twice = at('2024-10-27T02:30:00')
    const both = [at('2024-10-27T00:30:00'), at('2024-10-27T01:30:00')]
    expect(instantsOf('Europe/Paris', twice)).toEqual(both)
    expect(instantOf('Europe/Paris', twice, at('2024-10-26T00:00:00'))).toBe(both[0])
    expect(instantOf('Europe/Paris', twice, at('2024-10-28T00:00:00'))).toBe(both[1])
  })
})

describe('a text', () => {
  it('is a moment in its zone, rounded', () => {
    expect(readMoment('2024-07-01 14:00:00.4567 Europe/Paris', 3, undefined)).toEqual({
      micros: 1719835200457000n,
      zone: 'Europe/Paris',
      digits: 4,
    })
    expect(readMoment('2024-07-01 14:00+02:00', 3, undefined)).toEqual({ micros: 1719835200000000n, zone: '+02:00', digits: 0 })
  })

  it.each([
    ['2024-02-30 00:00 UTC', 'invalid'],
    ['2024-03-31 02:30 Europe/Paris', 'skipped'],
    ['2024-01-01 00:00 Nowhere/City', 'invalid'],
    ['12024-01-01 00:00 UTC', 'unserved'],
  ])('%s is %s', (text, fault) => {
    expect(readMoment(text, 3, undefined, true)).toBe(fault)
  })
})
