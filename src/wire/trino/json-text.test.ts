import { describe, expect, it } from 'vitest'
import { canonicalJson, HalfCharacter, jsonAt, jsonScalar, readJson, writeJson } from '#wire/trino/json-text'

describe('a JSON text', () => {
  it.each([
    ['{"b":1,"a":[1, 2.50 ,null]}', '{"a":[1,2.5,null],"b":1}'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['12345678901234567890123', '12345678901234567890123'],
    ['1e2', '100.0'],
    ['"\\u001f\\\\u001f"', '"\\u001F\\\\u001f"'],
    [' "\\u00e9\\/" ', '"é/"'],
    ['[[],{}]', '[[],{}]'],
    ['{"__proto__":{"x":1}}', '{"__proto__":{"x":1}}'],
    ['{"😀":"é\\ud83d\\ude00"}', '{"\\uD83D\\uDE00":"é\\uD83D\\uDE00"}'],
  ])('%s is kept as %s', (text, kept) => {
    expect(canonicalJson(text)).toBe(kept)
  })

  it.each(['', '{', '[1,]', '01', '1.', 'NaN', '"\u0001"', "'a'", '{"a" 1}', 'true false', '['.repeat(1100)])('%s is none', (text) => {
    expect(readJson(text)).toBeUndefined()
  })

  it.each(['"\\ud83d"', '{"\\udc00":1}', '["\\ude00\\ud83d"]'])('with half of a character, %s, is refused', (text) => {
    expect(() => canonicalJson(text)).toThrow(HalfCharacter)
  })

  it('gives the first field of a name, and the token of a number', () => {
    const value = readJson('{"a":{"b":[0.10, 1]},"a":2}')
    expect(value).toBeDefined()
    const found = value && jsonAt(value, ['a', 'b', 0])
    expect(jsonScalar(found)).toBe('0.10')
    expect(found && writeJson(found)).toBe('0.1')
    expect(value && jsonAt(value, ['a', 'c'])).toBeUndefined()
  })
})
