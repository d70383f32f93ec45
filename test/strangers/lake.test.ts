// The lake as strangers use it: pyiceberg, DuckDB's iceberg extension and SQL read and write the same tables.
import { describe, expect, it } from 'vitest'
import { platform } from '#test/support/platform'
import { python, withoutKeys } from '#test/support/python'

const sql = async (statement: string): Promise<unknown[][]> => {
  const result = await platform().akko('sql', '-o', 'json', '-e', statement)
  expect(result.code, result.stderr).toBe(0)
  return (JSON.parse(result.stdout) as { rows: unknown[][] }).rows
}

describe('pyiceberg', () => {
  it('creates a table, appends with pyarrow, and SQL reads the same rows', async () => {
    const env = await platform().env()
    const wrote = await python<{ rows: number }>('strangers/lake.py', ['create', 'raw.from_pyiceberg'], withoutKeys(env))
    expect(wrote.rows).toBe(1000)
    expect(await sql('SELECT count(*), sum(id), min(name), max(day), sum(amount) FROM iceberg.raw.from_pyiceberg')).toEqual([
      [1000, 499500, 'n0', '2026-03-31', '6243.75000'],
    ])
  })

  it('reads what SQL wrote, with vended credentials and no key of its own', async () => {
    await sql(
      'CREATE TABLE iceberg.raw.from_sql AS SELECT transaction_id, amount, booked_at FROM banking.public.transactions WHERE transaction_id <= 500',
    )
    await sql("INSERT INTO iceberg.raw.from_sql VALUES (500001, DECIMAL '12.34', TIMESTAMP '2026-01-02 03:04:05.678901')")
    const [[count, total]] = (await sql('SELECT count(*), sum(amount) FROM iceberg.raw.from_sql')) as [[number, string]]
    const read = await python<{ rows: number; total: string; last: string; vended: boolean }>(
      'strangers/lake.py',
      ['read', 'raw.from_sql'],
      withoutKeys(await platform().env()),
    )
    expect(read).toEqual({ rows: count, total, last: '2026-01-02T03:04:05.678901', vended: true })
  })

  it('reads the partitioned demo table and prunes by month', async () => {
    const read = await python<{ all: number; files: number; march_files: number; month: number }>(
      'strangers/lake.py',
      ['partitions', 'banking.transactions'],
      withoutKeys(await platform().env()),
    )
    expect(read.all).toBe(100_000)
    expect(read.march_files).toBeLessThan(read.files)
    expect(
      await sql(
        "SELECT count(*) FROM iceberg.banking.transactions WHERE booked_at >= TIMESTAMP '2026-05-01' AND booked_at < TIMESTAMP '2026-06-01'",
      ),
    ).toEqual([[read.month]])
  })

  it('is told so when it commits from a stale snapshot, and nothing is lost', async () => {
    const outcome = await python<{ error: string; rows: number }>(
      'strangers/lake.py',
      ['stale', 'raw.stale'],
      withoutKeys(await platform().env()),
    )
    expect(outcome.error).toBe('CommitFailedException')
    expect(outcome.rows).toBe(2)
  })

  it('gets no credentials as a user whose view is masked, and is sent to SQL', async () => {
    const refused = await python<{ error: string; message: string }>(
      'strangers/lake.py',
      ['refused', 'banking.customers'],
      withoutKeys(await platform().env('user@demo')),
    )
    expect(refused.error).toBe('ForbiddenError')
    expect(refused.message).toMatch(/SQL/)
  })
})

describe('DuckDB in Python', () => {
  it('reads the same tables through the catalogue with its own iceberg extension', async () => {
    const read = await python<{ count: number; total: string }>(
      'strangers/duck.py',
      ['banking', 'transactions'],
      withoutKeys(await platform().env()),
    )
    const [[count, total]] = (await sql('SELECT count(*), sum(amount) FROM iceberg.banking.transactions')) as [[number, string]]
    expect(read).toEqual({ count, total })
  })
})
