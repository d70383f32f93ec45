// What patterns may take of the thread that computes them, for a text and for the texts of a chunk together.
import { describe, expect, it } from 'vitest'
import { PATTERNS } from '#parts/engine/scalars/patterns'

const like = PATTERNS.find(({ name }) => name === 'trino_regexp_like')
const matches = like?.of as unknown as (text: string, pattern: string) => boolean
const COSTLY = '(a|a)*b(?=c|\\1)'

describe('the steps of a pattern', () => {
  it('are bound for one text', () => {
    like?.begin?.()
    expect(matches(`${'a'.repeat(10)}bc`, COSTLY)).toBe(true)
    expect(() => matches('a'.repeat(40), COSTLY)).toThrow(/so many steps/)
  })

  it('are bound for the texts of a chunk together, and anew for the next', () => {
    const chunk = () => {
      like?.begin?.()
      for (let row = 0; row < 2048; row++) matches('a'.repeat(9), COSTLY)
    }
    expect(chunk).toThrow(/so many steps/)
    like?.begin?.()
    expect(matches('a'.repeat(9), COSTLY)).toBe(false)
  })
})
