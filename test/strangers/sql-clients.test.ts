// SQL as tools use it: Trino's JDBC driver, and SQLAlchemy's ORM and pandas over Trino's dialect, configured by `akko env` alone.
import { beforeAll, describe, expect, it } from 'vitest'
import { runWithJdbc } from '#test/support/jvm'
import { platform } from '#test/support/platform'
import { python } from '#test/support/python'

describe('the JDBC driver', () => {
  let answers: ReadonlyMap<string, { readonly found: string | null; readonly error?: string }>
  beforeAll(async () => {
    const printed = await runWithJdbc('JdbcSweep', { ...process.env, ...(await platform().env()) })
    const lines = printed.trim().split('\n')
    answers = new Map(
      lines.map((line) => {
        const [name, found, error] = JSON.parse(line) as [string, string | null, string?]
        return [name, { found, ...(error === undefined ? {} : { error }) }]
      }),
    )
  }, 120_000)

  it('asks everything of DatabaseMetaData that has no arguments, and is told', () => {
    expect(answers.size).toBeGreaterThan(150)
    expect([...answers].filter(([name, { error }]) => error !== undefined && !['too long', 'cancelled'].includes(name))).toEqual([])
  })

  it.each([
    [
      'columns',
      'iceberg|banking|transactions|is_fraud|16|boolean|null|0|null|null|1|null|null|null|null|null|10|YES|null|null|null|null|null|null',
    ],
    ['schemas', 'banking|iceberg'],
    ['getTableTypes', 'TABLE\nVIEW'],
    ['getDatabaseProductName', 'Trino'],
    ['valid', 'true'],
    ['prepared', '[decimal, varchar, timestamp, bigint, transactions.amount decimal(12,2)] 2'],
    ['changes', "[1, 1, 1, 1] 0|o'0|1.25|2024-02-29|2024-02-29 01:02:03.4"],
    ['most rows', 'true\ntrue'],
    ['another catalogue', 'postgresql.public 1'],
    ['pseudo columns', '0'],
    ['attributes', '0'],
    ['columns of procedures', '0'],
  ])('%s', (name, found) => {
    expect(answers.get(name)).toEqual({ found })
  })

  it.each(['every table', 'every column'])('%s', (name) => {
    expect(Number(answers.get(name)?.found)).toBeGreaterThan(50)
  })

  it('ends what takes too long, and what is cancelled', () => {
    expect(answers.get('too long')?.error).toMatch(/Query exceeded maximum time limit of 1\.00s/)
    expect(answers.get('cancelled')?.error).toMatch(/^SQLException: (?!.*maximum time limit)/)
  })
})

it('SQLAlchemy and pandas', async () => {
  expect(await python('strangers/sql_orm.py', [], await platform().env())).toEqual({
    tables: ['accounts', 'customers', 'transactions'],
    columns: expect.arrayContaining([
      ['customer_id', 'BIGINT'],
      ['birth_date', 'DATE'],
    ]),
    there: [true, false],
    people: [
      [1, "o'ana", '12.34', '2024-01-02 03:04:05.678900', '2024-02-29'],
      [2, 'bob', null, null, null],
    ],
    left: [[1, 'bobby']],
    frame: [
      [1, 1.5, 'a', true],
      [1, 1.5, 'a', true],
      [2, null, "o'b", false],
      [2, null, "o'b", false],
      [3, 2.25, null, true],
      [3, 2.25, null, true],
    ],
    asked: [[2]],
    whole: 6,
  })
})
