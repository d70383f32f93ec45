import { describe, expect, it } from 'vitest'
import { patternUse } from '#parts/sql/dialect/regexp'
import { literal } from '#wire/duckdb/sql'
import { VARCHAR } from '#wire/trino/type'

const readAs = (pattern: string, name = 'regexp_count') => patternUse({ sql: literal(pattern), type: VARCHAR, literal: pattern }, name)
const groupsOf = (pattern: string) => readAs(pattern).groups

/** What the engine of this process says, of small patterns only. */
function reference(pattern: string): { groups: number; empty: boolean } | undefined {
  try {
    return { groups: (new RegExp(`${pattern}|`).exec('')?.length ?? 1) - 1, empty: new RegExp(pattern).test('') }
  } catch {
    return undefined
  }
}

const PARTS = ['a', '(', ')', '(?:', '|', '*', '+', '?', '{0,2}', '{2}', '[a)]', '[^(]', '\\(', '\\d', '^', '$', '.', '(?<n>', '']

describe("a user's regular expression", () => {
  it('has the groups that a real engine finds, and may be empty where it is', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return Math.floor((seed / 2147483648) * below)
    }
    const patterns = Array.from({ length: 20_000 }, () =>
      Array.from({ length: random(8) }, () => PARTS[random(PARTS.length)] as string).join(''),
    )
    const known = patterns.flatMap((pattern) => {
      const shape = reference(pattern)
      return shape ? [{ pattern, ...shape }] : []
    })
    expect(known.length).toBeGreaterThan(2000)
    for (const { pattern, groups, empty } of known)
      expect([groupsOf(pattern), readAs(pattern).ours], pattern).toEqual([groups, empty || /\(\?<|\$/.test(pattern)])
  })

  it.each(['(a', 'a)', '*a', '(?:', 'a|*'])('%j is left to the engine', (pattern) => {
    expect(groupsOf(pattern)).toBeUndefined()
  })

  it('with flags and quoted parts is read as Java reads it', () => {
    expect([groupsOf('(?i)(a)'), groupsOf('\\Q(\\E(b)'), groupsOf('[]()](a)'), groupsOf('(?P<n>a)')]).toEqual([1, 1, 1, 1])
    expect([readAs('(?i)a*').ours, readAs('(?i)a').ours, readAs('\\Qa*\\E').ours]).toEqual([true, false, false])
  })

  it('is not tried: the ways to match may be more than can be counted', () => {
    expect(groupsOf(`${'(|)'.repeat(1000)}(?=b)`)).toBe(1000)
    expect(groupsOf('('.repeat(100_000) + ')'.repeat(100_000))).toBe(100_000)
  })
})
