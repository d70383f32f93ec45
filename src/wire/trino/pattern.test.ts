import { describe, expect, it } from 'vitest'
import { Matcher } from '#wire/trino/pattern'
import { compilePattern } from '#wire/trino/pattern-compile'
import { BadPattern } from '#wire/trino/pattern-parser'

const spans = (pattern: string, text: string): number[][] => [...new Matcher(compilePattern(pattern), text).all()].map((m) => m.slice(0, 2))
const groups = (pattern: string, text: string) => {
  const compiled = compilePattern(pattern)
  const matcher = new Matcher(compiled, text)
  const match = matcher.search(0)
  return match && Array.from({ length: compiled.pattern.groups + 1 }, (_, i) => matcher.group(match, i))
}
const fault = (pattern: string, text = 'a'): boolean | undefined => {
  try {
    spans(pattern, text)
    return undefined
  } catch (error) {
    if (error instanceof BadPattern) return error.malformed
    throw error
  }
}

const ATOMS = ['a', 'b', '.', '[^a]', '[a-c]', '(a|b)', '(?:ab|a)', '(b)', '\\d', '\\w', '\\S', 'é', '\\x61', '\\u00e9']
const TIMES = ['', '', '*', '+', '?', '{2}', '{1,2}', '*?', '+?', '??', '{1,}?']
const BORDERS = ['', '', '', '^', '$', '(?=a)', '(?!b)', '(?<=a)', '(?<!ab)', '|']

describe('patterns', () => {
  it('of a quotation without end are refused', () => {
    expect(fault(`\\Q${'a'.repeat(200_000)}\\E`)).toBe(false)
  })

  it('match where those of this process do', () => {
    let seed = 11
    const any = <T>(list: readonly T[]): T => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return list[Math.floor((seed / 2147483648) * list.length)] as T
    }
    const texts = ['', 'a', 'ab', 'aab1é💥', 'abab ba', 'éaé1', 'bbb', 'cabca1 ab']
    for (let i = 0; i < 4000; i++) {
      const pattern = Array.from({ length: 1 + (i % 4) }, () => any(BORDERS) + any(ATOMS) + any(TIMES)).join('')
      const reference = new RegExp(pattern, 'gu')
      for (const text of texts) {
        const units = (index: number) => [...text.slice(0, index)].length
        const expected = [...text.matchAll(reference)].map((m) => [units(m.index), units(m.index + m[0].length)])
        expect(spans(pattern, text), `${pattern} in ${text}`).toEqual(expected)
      }
    }
  })

  it.each([
    ['(.)\\1', 'a1b22', ['22', '2']],
    ['(a)|(b)', 'b', ['b', undefined, 'b']],
    ['(?<year>\\d{4})-\\k<year>', '2024-2024', ['2024-2024', '2024']],
    ['(?i)HeL+o', 'say hELLO', ['hELLO']],
    ['(?s)a.b', 'a\nb', ['a\nb']],
    ['(?m)^b$', 'a\nb\nc', ['b']],
    ['b$', 'b\n', ['b']],
    ['b\\z', 'b\n', undefined],
    ['a++a', 'aaa', undefined],
    ['(?>a|ab)c', 'abc', undefined],
    ['[a-z&&[^b]]+', 'abca', ['a']],
    ['\\Qa.b\\E+', 'a.bb', ['a.bb']],
    ['(a|b)*', 'abba', ['abba', 'a']],
    ['(?:(a)|b)*', 'ab', ['ab', 'a']],
    ['(a*)*', 'aab', ['aa', '']],
    ['\\bé', ' é', ['é']],
    ['\\p{Lu}\\P{L}', 'aÉ1', ['É1']],
    ['(?-i:a)(?i:b)', 'aB', ['aB']],
  ])('%s in %j', (pattern, text, expected) => {
    expect(groups(pattern, text)).toEqual(expected)
  })

  it.each(['(', 'a)', '[', '*a', '(?<n>', '[b-a]', '\\k<n>', 'a\\'])('%j is malformed', (pattern) => {
    expect(fault(pattern)).toBe(true)
  })

  it.each([
    '(?x)a',
    '[[:alpha:]]',
    '(?<=a+)b',
    '\\X',
    '(?<n>a)(b)',
    'a{2000}',
    '(?i)É',
    '(?:(?:a{900}){900}){900}',
    `${'('.repeat(300)}${')'.repeat(300)}`,
  ])('%j is not served', (pattern) => {
    expect(fault(pattern)).toBe(false)
  })

  it('that try too many ways end in an error within a second', () => {
    const begin = process.threadCpuUsage()
    expect(fault('(a+)+b\\1', 'a'.repeat(40))).toBe(false)
    expect(fault('(a|a)*b\\1', 'a'.repeat(1000))).toBe(false)
    expect(fault('(a*)*b', 'a'.repeat(40))).toBe(false)
    expect(process.threadCpuUsage(begin).user).toBeLessThan(10_000_000)
  })

  it.each([
    ['(a+)+b', 'a'.repeat(1000)],
    ['(a|a)*b', 'a'.repeat(1000)],
    [`${'(|)'.repeat(60)}(?=b)`, 'a'],
    ['(?:a?){30}a{30}b(?!a)', 'a'.repeat(30)],
  ])('%j is decided, since no way that failed is tried again', (pattern, text) => {
    expect(spans(pattern, text)).toEqual([])
  })

  it.each([
    ['looks ahead far at many places', 'd(?=[ab]*c)', `d${'a'.repeat(64)}`.repeat(12_000)],
    ['atomic groups at many places', 'd(?>[ab]*)c', `d${'a'.repeat(64)}`.repeat(12_000)],
    ['matches at many places', 'd(?:a|b)*', `d${'a'.repeat(64)}`.repeat(12_000)],
    ['groups at many places', `${'()'.repeat(20_000)}x`, 'a'.repeat(20_000)],
    ['groups beside a look ahead', `(?=x)${'()'.repeat(20_000)}`, 'a'.repeat(20_000)],
    ['groups beside a look ahead that holds', `(?=a)(?=b)${'()'.repeat(20_000)}`, 'a'.repeat(20_000)],
    ['groups beside each match', `a|x${'()'.repeat(20_000)}`, 'a'.repeat(20_000)],
    ['many looks ahead', `(?:${'(?=[ab]*c)x|(?!a*b)b|'.repeat(900)}x)`, 'a'.repeat(100_000)],
  ])('take no time that is not counted: %s', (_, pattern, text) => {
    const compiled = compilePattern(pattern)
    const start = process.threadCpuUsage()
    try {
      let found = 0
      for (const __ of new Matcher(compiled, text).all()) found++
      expect(found).toBeGreaterThanOrEqual(0)
    } catch (error) {
      expect(error).toBeInstanceOf(BadPattern)
    }
    expect(process.threadCpuUsage(start).user).toBeLessThan(10_000_000)
  })

  it('come again to what they looked at before', () => {
    const text = `${'a'.repeat(40)}c`.repeat(3)
    expect(spans('(?=a*c)a', text)).toHaveLength(120)
    expect(spans('(?=(?:a|b)*c)(?=(?:a|b)*c)a', text)).toHaveLength(120)
    expect(spans('(?!a*b)(?=a*?c)(?>a|c)', text)).toHaveLength(123)
    expect(groups('(?:(?=(a*c))(?=(a*)).)+$', text)).toEqual([text, 'c', ''])
  })

  it('keep their groups where many ways fail', () => {
    const text = `${'ab'.repeat(50)}c`
    expect(groups('(?:(a)|(b)|(ab))*(c)', text)).toEqual([text, 'a', 'b', undefined, 'c'])
    expect(groups('(?:(a|ab)(b?))+(?=c)(c)', text)).toEqual([text, 'a', 'b', 'c'])
  })
})
