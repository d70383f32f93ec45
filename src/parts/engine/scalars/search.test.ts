import { describe, expect, it } from 'vitest'
import { searchFor, splitAt, withoutEnd } from '#parts/engine/scalars/search'

/** Texts of two letters, by a linear congruence: the same ones each time. */
function* drawn(count: number, longest: number): Generator<string> {
  let state = 12345
  const next = () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state >> 8
  }
  for (let i = 0; i < count; i++) {
    const letters = next() % 3 === 0 ? 'ab' : 'aaab'
    yield Array.from({ length: next() % longest }, () => letters[next() % letters.length]).join('')
  }
}

describe('the search for a part', () => {
  it('finds what JavaScript finds, from every place on', () => {
    const parts = [...drawn(300, 40)]
    const texts = [...drawn(300, 200)]
    let found = 0
    for (const [i, part] of parts.entries()) {
      const text = (texts[i] as string) + part + (texts[(i * 7) % texts.length] as string) + part
      for (let from = 0; from <= text.length + 1; from++) {
        const at = searchFor(part).in(text, from)
        if (at >= 0) found++
        if (at !== text.indexOf(part, from)) expect([text, part, from, at]).toEqual([text, part, from, text.indexOf(part, from)])
      }
      if (part !== '') expect(splitAt(text, searchFor(part))).toEqual(text.split(part))
    }
    expect(found).toBeGreaterThan(10_000)
  })

  it('compares no letter more than twice, whatever the texts', () => {
    const half = 'a'.repeat(1_000_000)
    const begin = process.threadCpuUsage()
    expect(searchFor(`${half}b${half}`).in(half + half + half)).toBe(-1)
    expect(searchFor(`${half}b`).in(`${half}${half}b`)).toBe(1_000_000)
    expect(process.threadCpuUsage(begin).user).toBeLessThan(2_000_000)
  })
})

it('an end is taken off whole, and no other place', () => {
  expect(['', '==', 'a=b==', '=a'].map((text) => withoutEnd(text, '='))).toEqual(['', '', 'a=b', '=a'])
})
