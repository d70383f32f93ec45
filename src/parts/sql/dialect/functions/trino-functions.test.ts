import { describe, expect, it } from 'vitest'
import { scalars } from '#parts/sql/dialect/functions/index'
import { trinoKind, trinoOverloads, trinoTakes } from '#parts/sql/dialect/functions/trino-functions'
import { LAMBDAS } from '#parts/sql/dialect/lambda-calls'
import { LAMBDA_CALLS } from '#test/sql-judge/lambdas'
import { FUNCTIONS_FILE, linesOf } from '#test/sql-judge/statements'
import * as t from '#wire/trino/type'

const type = (text: string) => t.parseType(text)

describe('the functions of Trino', () => {
  it('are those that its SHOW FUNCTIONS lists', () => {
    const listed = linesOf(FUNCTIONS_FILE)
    expect(listed.length).toBeGreaterThan(700)
    const theirs = Map.groupBy(
      listed.map((line) => JSON.parse(line) as [string, string, string, string]),
      ([name]) => name.toLowerCase(),
    )
    for (const [name, lines] of theirs) expect(lines.map(([, , , kind]) => kind)).toContain(trinoKind(name))
    expect(trinoKind('nope')).toBeUndefined()
  })

  it('have the arguments and results that it lists', () => {
    const listed = linesOf(FUNCTIONS_FILE).map((line) => JSON.parse(line) as [string, string, string, string])
    const written = (name: string) => trinoOverloads(name).map(({ text, result }) => `${text} -> ${result}`)
    for (const [name, result, args, kind] of listed.filter(([, , , kind]) => kind !== 'table'))
      expect(written(name.toLowerCase()), `${kind} ${name}`).toContain(`${args} -> ${result}`)
  })

  it('that take a lambda are each judged with results of every numeric type', () => {
    const inTable = [...scalars].filter(([, all]) => all.some(({ args }) => args.some(({ name }) => name === 'fn'))).map(([name]) => name)
    expect(inTable.length).toBeGreaterThan(3)
    expect(Object.keys(LAMBDA_CALLS).sort()).toEqual([...inTable, ...Object.keys(LAMBDAS)].sort())
  })

  it.each([
    ['strpos', ['varchar(3)', 'varchar', 'integer'], true],
    ['strpos', ['varchar(3)', 'varchar', 'varchar'], false],
    ['from_unixtime', ['integer', 'varchar(3)'], true],
    ['map_filter', ['map(varchar,bigint)', 'function'], true],
    ['map_filter', ['map(varchar,bigint)', 'bigint'], false],
    ['lpad', ['varbinary', 'bigint', 'varbinary'], true],
    ['week', ['timestamp(6) with time zone'], true],
    ['week', ['varchar'], false],
  ] as [string, string[], boolean][])('%s of %j: %s', (name, args, has) => {
    expect(
      trinoTakes(
        name,
        args.map((a) => (a === 'function' ? a : type(a))),
      ),
    ).toBe(has)
  })
})
