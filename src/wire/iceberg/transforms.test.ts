import { describe, expect, it } from 'vitest'
import { decodeValue, encodeValue, lowerBound, upperBound } from '#wire/iceberg/bounds'
import { applyTransform, hashValue } from '#wire/iceberg/transforms'
import { parseValue, type Value } from '#wire/iceberg/values'

const value = (text: string, type: string): Value => parseValue(text, type) as Value

describe('the 32-bit hash (spec, Appendix B)', () => {
  const cases: [string, Value, number][] = [
    ['int', 34n, 2017239379],
    ['long', 34n, 2017239379],
    ['decimal(9, 2)', value('14.20', 'decimal(9, 2)'), -500754589],
    ['date', value('2017-11-16', 'date'), -653330422],
    ['time', value('22:31:08', 'time'), -662762989],
    ['timestamp', value('2017-11-16T22:31:08', 'timestamp'), -2047944441],
    ['timestamp', value('2017-11-16T22:31:08.000001', 'timestamp'), -1207196810],
    ['timestamptz', value('2017-11-16T14:31:08-08:00', 'timestamptz'), -2047944441],
    ['string', 'iceberg', 1210000089],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 1488055340],
    ['fixed[4]', Buffer.from([0, 1, 2, 3]), -188683207],
    ['binary', Buffer.from([0, 1, 2, 3]), -188683207],
    ['boolean', true, 1392991556],
    ['double', 1, -142385009],
    ['double', -0, 1669671676],
    ['string', '', 0],
  ]
  it.each(cases)('%s %s', (type, v, hash) => expect(hashValue(v, type)).toBe(hash))
})

describe('transforms', () => {
  const cases: [string, string, string, Value][] = [
    ['year', 'date', '1969-12-31', -1n],
    ['month', 'date', '1969-12-31', -1n],
    ['month', 'timestamptz', '2026-03-31 23:30:00-01:00', 675n],
    ['day', 'timestamp', '1969-12-31 23:59:59.999999', -1n],
    ['hour', 'timestamp', '1969-12-31 23:59:59.999999', -1n],
    ['hour', 'timestamp', '1970-01-01 01:00:00', 1n],
    ['truncate[10]', 'int', '-1', -10n],
    ['truncate[10]', 'long', '19', 10n],
    ['truncate[50]', 'decimal(9, 2)', '-10.65', -1100n],
    ['truncate[3]', 'string', 'é😀bcd', 'é😀b'],
    ['bucket[16]', 'string', 'iceberg', 9n],
  ]
  it.each(cases)('%s of %s %s', (transform, type, text, expected) => {
    expect(applyTransform(transform, value(text, type), type)).toEqual(expected)
  })
  it('null stays null', () => expect(applyTransform('bucket[4]', null, 'int')).toBeNull())
})

describe('single values', () => {
  it.each([
    ['int', -5n, 'fbffffff'],
    ['long', 1n, '0100000000000000'],
    ['decimal(9, 2)', 1420n, '058c'],
    ['decimal(9, 2)', -1n, 'ff'],
    ['decimal(9, 2)', 128n, '0080'],
    ['double', 1.5, '000000000000f83f'],
    ['string', 'é', 'c3a9'],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
    ['boolean', true, '01'],
  ] as [string, Value, string][])('%s %s', (type, v, hex) => {
    expect(encodeValue(v, type).toString('hex')).toBe(hex)
    expect(decodeValue(Buffer.from(hex, 'hex'), type)).toEqual(v)
  })
  it('reads bounds from before a promotion', () => {
    expect(decodeValue(Buffer.from('fbffffff', 'hex'), 'long')).toBe(-5n)
    expect(decodeValue(Buffer.from('0000c03f', 'hex'), 'double')).toBe(1.5)
  })
  it('text bounds are cut, the upper one raised', () => {
    expect(lowerBound('abcdefghijklmnopq', 'string').toString()).toBe('abcdefghijklmnop')
    expect(upperBound('abcdefghijklmnopq', 'string')?.toString()).toBe('abcdefghijklmnoq')
    expect(upperBound('short', 'string')?.toString()).toBe('short')
    expect(upperBound(`abcdefghijklmno\u{10ffff}x`, 'string')?.toString()).toBe('abcdefghijklmnp')
    expect(upperBound('\u{10ffff}'.repeat(17), 'string')).toBeUndefined()
    expect(upperBound(`abcdefghijklmno\ud7ffx`, 'string')?.toString()).toBe('abcdefghijklmno\ue000')
  })
})

describe('values from text', () => {
  it.each([
    ['date', '2026-02-30x'],
    ['int', '1.5'],
    ['decimal(9, 2)', '1.234'],
    ['timestamp', '2026-01-01 00:00:00+01'],
    ['timestamp', '2026-01-01 00:00:00.1234567'],
    ['boolean', 'yes'],
  ])('%s: %s is none', (type, text) => expect(parseValue(text, type)).toBeUndefined())
  it('decimals are exact', () => expect(parseValue('1.2300', 'decimal(9, 2)')).toBe(123n))
})
