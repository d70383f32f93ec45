import { describe, expect, it } from 'vitest'
import { parseJson, printJson, toLong } from '#wire/iceberg/json'

describe('JSON with 64-bit integers', () => {
  it('keeps every digit, and prints what it read', () => {
    const text = '{"id":7461623487612348761,"small":12,"min":-9223372036854775808,"f":1.5,"s":"7461623487612348761"}'
    expect(parseJson(text)).toEqual({ id: 7461623487612348761n, small: 12, min: -9223372036854775808n, f: 1.5, s: '7461623487612348761' })
    expect(printJson(parseJson(text))).toBe(text)
  })
  it('has one form for each number, so that === compares', () => {
    expect(toLong('9007199254740991')).toBe(9007199254740991)
    expect(toLong(9007199254740992n)).toBe(9007199254740992n)
    expect(parseJson('[9007199254740993]')).toEqual([toLong('9007199254740993')])
  })
  it('refuses what is not JSON', () => {
    expect(() => parseJson('{"a":1234567890123456789')).toThrow(SyntaxError)
  })
})
