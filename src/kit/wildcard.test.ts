import { describe, expect, it } from 'vitest'
import { MANY, ONE, type Wildcards, wildcard } from '#kit/wildcard'

const parse = (text: string): Wildcards => [...text].map((c) => (c === '*' ? MANY : c === '?' ? ONE : c))
const reference = (pattern: string) =>
  new RegExp(
    `^${[...pattern].map((c) => (c === '*' ? '[^]*' : c === '?' ? '[^]' : c.replace(/[\\^$.+()[\]{}|]/g, '\\$&'))).join('')}$`,
    'u',
  )

/** All words of up to `length` letters. */
const words = (letters: string, length: number): string[] =>
  length === 0 ? [''] : ['', ...words(letters, length - 1).flatMap((rest) => [...letters].map((c) => c + rest))]

describe('a pattern with wildcards', () => {
  it('describes the texts that it should', () => {
    const texts = words('ab', 5)
    for (const pattern of words('ab*?', 4)) {
      const matches = wildcard(parse(pattern))
      const regex = reference(pattern)
      expect(
        texts.filter((text) => matches(text) !== regex.test(text)),
        pattern,
      ).toEqual([])
    }
  })

  it('takes characters as people do, and none for a sign', () => {
    expect(wildcard(parse('?'))('😀')).toBe(true)
    expect(wildcard(parse('a.c'))('abc')).toBe(false)
    expect(wildcard(parse('a*'))('a\nb')).toBe(true)
  })

  it('takes a time that grows with the text, not with the ways to split it', () => {
    expect(wildcard(parse(`${'*a'.repeat(500)}*b`))('a'.repeat(2000))).toBe(false)
    expect(wildcard(parse('*'.repeat(1_000_000)))('a'.repeat(2000))).toBe(true)
  })
})
