// What a fragment of SQL may hold, how it is bound and printed, and that neither depth nor repetition breaks it.
import { describe, expect, it } from 'vitest'
import {
  bind,
  bool,
  changeCalls,
  fillTemplate,
  hole,
  holesOf,
  identifier,
  integer,
  join,
  keyOf,
  literal,
  nothing,
  number,
  parseTemplate,
  print,
  type Sql,
  StatementTooLong,
  sql,
  token,
} from '#wire/duckdb/sql'

const text = (fragment: Sql) => print(fragment, { maxLength: 1_000_000 })

describe('calls that are changed', () => {
  const change = { suffix: '_told', before: sql`told(`, after: sql`)` }
  const changed = (fragment: Sql) => text(changeCalls(fragment, 'own_', change))

  it('are those of the names that begin so, whatever stands inside of them', () => {
    const inner = sql`own_a(${literal("own_x(')")}, ${identifier('own_y(')}, f((1)))`
    expect(changed(sql`f(${inner}) + own_b(${inner}, 'own_z(') || own_ || my_own_c(1)`)).toBe(
      `f(told(own_a_told('own_x('')', "own_y(", f((1))))) + told(own_b_told(told(own_a_told('own_x('')', "own_y(", f((1)))), 'own_z(')) || own_ || my_own_c(1)`,
    )
  })

  it('end in the fragment that they begin in, templates too', () => {
    expect(changed(fillTemplate(parseTemplate('g(own_a($1), $2)'), [sql`own_b()`, sql`1`]))).toBe(
      'g(told(own_a_told(told(own_b_told()))), 1)',
    )
    expect(changed(changeCalls(sql`own_a(1)`, 'own_', change))).toBe('told(own_a_told(1))')
    expect(() => changed(sql`${sql`own_a(`}1)`)).toThrow('does not end')
  })

  it('once each where one fragment stands often', () => {
    let shared = sql`own_a(1)`
    for (let i = 0; i < 200; i++) shared = sql`${shared}${shared}`
    expect(changeCalls(shared, 'own_', change).length).toBeGreaterThan(2 ** 100)
  })
})

describe('leaves', () => {
  it('spell names and texts so that they stay one', () => {
    expect(text(identifier('a"b'))).toBe('"a""b"')
    expect(text(literal(`it's $1 {s} -- /* \\ $$`))).toBe(`'it''s $1 {s} -- /* \\ $$'`)
  })

  it('refuse what the engine cannot carry unchanged', () => {
    expect(() => literal('a\0b')).toThrow('U+0000')
    expect(() => identifier('a\0b')).toThrow('U+0000')
    expect(() => literal('\ud800')).toThrow('surrogate')
  })

  it('spell numbers', () => {
    expect(text(sql`${integer(7)} ${integer(-7n)} ${bool(true)} ${number('0.50')}`)).toBe('7 (-7) TRUE 0.50')
    expect(() => integer(1.5)).toThrow('whole')
    expect(() => number('1e5')).toThrow('number')
  })

  it('know the words that a statement may choose from', () => {
    expect(text(token('is distinct from'))).toBe('IS DISTINCT FROM')
    expect(() => token('; DROP')).toThrow('no word')
    expect(() => token('constructor')).toThrow('no word')
  })
})

describe('fragments', () => {
  it('take fragments only', () => {
    expect(() => sql`SELECT ${'1; SELECT 2' as unknown as Sql}`).toThrow('only SQL')
    expect(() => join(['x' as unknown as Sql])).toThrow('only SQL')
    expect(() => join([sql`x`, sql`y`], '; ' as ', ')).toThrow('separator')
    expect(() => sql`SELECT ${{ parts: ['1'], length: 1, open: false } as unknown as Sql}`).toThrow('only SQL')
  })

  it('do not slip into a plain text', () => {
    expect(() => `${sql`x`}`).toThrow('print')
  })

  it('print once, children in their places', () => {
    expect(text(sql`SELECT ${join([sql`a`, identifier('b')])}${nothing} FROM ${sql`t`}`)).toBe('SELECT a, "b" FROM t')
  })

  it('are equal by their key when they were built alike', () => {
    const make = (name: string) => sql`f(${identifier(name)}, ${literal('x'.repeat(500))})`
    expect(keyOf(make('a'))).toBe(keyOf(make('a')))
    expect(keyOf(make('a'))).not.toBe(keyOf(make('b')))
    expect(keyOf(sql`${sql`a`}${sql`b`}`)).not.toBe(keyOf(sql`${sql`ab`}`))
    expect(keyOf(hole(1))).not.toBe(keyOf(hole(2)))
  })

  it('have holes that are bound later, each with one relation', () => {
    const open = sql`SELECT * FROM ${hole(1)} JOIN ${hole(2)} JOIN ${hole(1)}`
    expect([...holesOf(open)].sort()).toEqual([1, 2])
    expect(() => text(open)).toThrow('bound')
    expect(text(bind(open, (id) => identifier(`t${id}`)))).toBe('SELECT * FROM "t1" JOIN "t2" JOIN "t1"')
  })

  it('may be as deep as one likes', () => {
    let deep = hole(0)
    for (let i = 0; i < 100_000; i++) deep = sql`(${deep})`
    expect(holesOf(deep).size).toBe(1)
    expect(keyOf(deep)).toHaveLength(44)
    expect(text(bind(deep, () => sql`x`))).toHaveLength(200_001)
  })

  it('are counted before they are printed: a child in many places grows fast', () => {
    let wide = sql`x`
    for (let i = 0; i < 2000; i++) wide = sql`${wide}${wide}`
    expect(() => text(wide)).toThrow(StatementTooLong({ length: Number.POSITIVE_INFINITY, limit: 1_000_000 }).message)
  })
})

describe('templates', () => {
  it('put arguments and marks in, which are never read again', () => {
    const template = parseTemplate('f({d}$1, $2){s}')
    const marks = new Map([['s', sql` FILTER (WHERE ${literal('$2 {d}')})`]])
    expect(text(fillTemplate(template, [literal('$2'), literal('{s}')], marks))).toBe(`f('$2', '{s}') FILTER (WHERE '$2 {d}')`)
    expect([...template.marks]).toEqual(['d', 's'])
  })

  it('know all arguments, and NULL for one that is absent', () => {
    expect(text(fillTemplate(parseTemplate('g($*, $3)'), [sql`a`, sql`b`]))).toBe('g(a, b, NULL)')
  })
})
