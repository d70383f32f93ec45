import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { trinoKind, trinoTakes } from '#parts/sql/dialect/functions/trino-functions'
import { FUNCTIONS_FILE } from '#test/sql-judge/statements'
import * as t from '#wire/trino/type'

const type = (text: string) => t.parseType(text)

describe('the functions of Trino', () => {
  it('are those that its SHOW FUNCTIONS lists', () => {
    const listed = readFileSync(FUNCTIONS_FILE, 'utf8').trim().split('\n')
    expect(listed.length).toBeGreaterThan(700)
    const theirs = Map.groupBy(
      listed.map((line) => JSON.parse(line) as [string, string, string, string]),
      ([name]) => name.toLowerCase(),
    )
    for (const [name, lines] of theirs) expect(lines.map(([, , , kind]) => kind)).toContain(trinoKind(name))
    expect(trinoKind('nope')).toBeUndefined()
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
