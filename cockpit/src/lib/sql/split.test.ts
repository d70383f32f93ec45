import { describe, expect, it } from 'vitest'
import { plainName } from '#wire/trino/names'
import { nameOf, tokenize } from '~/lib/sql/lexer'
import { errorSpan, offsetAt, splitStatements, statementAt, summarize } from '~/lib/sql/split'

const texts = (sql: string) => splitStatements(sql).map((s) => s.text)

describe('splitting into statements', () => {
  it.each([
    ['SELECT 1; SELECT 2;', ['SELECT 1', 'SELECT 2']],
    ["SELECT ';' ; SELECT 'it''s; fine'", ["SELECT ';'", "SELECT 'it''s; fine'"]],
    ['SELECT "a;b" -- not here; no\nFROM t; ;; ', ['SELECT "a;b" -- not here; no\nFROM t']],
    ['/* a; b */ SELECT 1 /* c; */', ['SELECT 1 /* c; */']],
    ['-- only a comment;\n', []],
    ["SELECT 'open; string", ["SELECT 'open; string"]],
    ['', []],
  ])('%s', (sql, expected) => expect(texts(sql)).toEqual(expected))

  it('keeps the offsets of the document', () => {
    const sql = '-- a\nSELECT 1;\n\nSELECT 2'
    for (const s of splitStatements(sql)) expect(sql.slice(s.from, s.to)).toBe(s.text)
  })

  it('finds the statement of the cursor', () => {
    const statements = splitStatements('SELECT 1;\nSELECT 2;\n\nSELECT 3')
    expect([0, 8, 12, 20, 25].map((at) => statementAt(statements, at)?.text)).toEqual([
      'SELECT 1',
      'SELECT 1',
      'SELECT 2',
      'SELECT 2',
      'SELECT 3',
    ])
    expect(statementAt([], 0)).toBeUndefined()
  })
})

describe('the place of an error', () => {
  it('maps line and column', () => {
    expect(offsetAt('SELECT\n  foo\nFROM t', 2, 3)).toBe(9)
    expect(offsetAt('a', 9, 9)).toBe(1)
  })

  it('underlines the token there', () => {
    expect(errorSpan('SELECT amuont FROM t', 7)).toEqual({ from: 7, to: 13 })
    expect(errorSpan('SELECT ', 7)).toEqual({ from: 6, to: 7 })
  })
})

describe('names', () => {
  it('folds, unquotes and quotes', () => {
    expect(tokenize('Foo "B""ar" "open').map(nameOf)).toEqual(['foo', 'B"ar', 'open'])
    expect(['plain', 'Mixed', 'order', 'auto', 'a b', 'q"'].map(plainName)).toEqual([
      'plain',
      '"Mixed"',
      '"order"',
      '"auto"',
      '"a b"',
      '"q"""',
    ])
  })

  it('summarizes in one line without comments', () => {
    expect(summarize('-- note\nSELECT  a.b,\n  count(*)\nFROM t')).toBe('SELECT a.b, count(*) FROM t')
    expect(summarize(`SELECT ${'x'.repeat(200)}`, 10)).toBe('SELECT xx…')
  })
})
