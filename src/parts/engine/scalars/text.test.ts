// What distances and digits may take of the thread that computes them.
import { describe, expect, it } from 'vitest'
import { NUMBERS } from '#parts/engine/scalars/numbers'
import { TEXT } from '#parts/engine/scalars/text'

const scalarOf = (name: string) => [...TEXT, ...NUMBERS].find((scalar) => scalar.name === name)
const levenshtein = scalarOf('trino_levenshtein')
const distance = levenshtein?.of as unknown as (a: string, b: string) => bigint
const fromBase = scalarOf('trino_from_base')?.of as unknown as (text: string, base: bigint) => bigint

describe('levenshtein distances', () => {
  it.each([
    ['José', 'Jose', 1n],
    ['', 'é', 1n],
    ['💥', 'x', 1n],
    ['ékitten', 'ésitting', 3n],
    ['éabc', 'éabc', 0n],
    ['aé', 'éa', 2n],
    ['néedle', 'nédle and more', 9n],
  ])('from %s to %s', (a, b, expected) => {
    levenshtein?.begin?.()
    expect(distance(a, b)).toBe(expected)
    expect(distance(b, a)).toBe(expected)
  })

  it('are bound for one pair, and for the pairs of a chunk together', () => {
    levenshtein?.begin?.()
    expect(() => distance('é'.repeat(1001), 'a'.repeat(1000))).toThrow(/too large/)
    const chunk = () => {
      levenshtein?.begin?.()
      for (let row = 0; row < 2048; row++) distance('é'.repeat(1000), 'a'.repeat(1000))
    }
    expect(chunk).toThrow(/not served/)
    levenshtein?.begin?.()
    expect(distance('é'.repeat(1000), 'a'.repeat(1000))).toBe(1000n)
  })
})

describe('a number in a base', () => {
  it('of digits without end is refused at once', () => {
    const begin = process.threadCpuUsage()
    expect(() => fromBase('z'.repeat(400_000), 36n)).toThrow(/Not a valid number/)
    expect(fromBase(`${'0'.repeat(400_000)}zz`, 36n)).toBe(1295n)
    expect(process.threadCpuUsage(begin).user).toBeLessThan(1_000_000)
  })

  it.each([
    ['7fffffffffffffff', 16n, 9223372036854775807n],
    ['-8000000000000000', 16n, -9223372036854775808n],
  ])('%s', (text, base, expected) => expect(fromBase(text, base)).toBe(expected))

  it.each(['8000000000000000', '-8000000000000001'])('%s does not fit', (text) => {
    expect(() => fromBase(text, 16n)).toThrow(/Not a valid number/)
  })
})
