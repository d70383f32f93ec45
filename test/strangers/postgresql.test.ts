// Tables of the business databases, as SQL writes them and as their own clients do. One machine only: a cluster's Trino reads there.
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { platform } from '#test/support/platform'
import { ask, type SqlServer } from '#test/support/trino'

const TABLE = 'banking.public.written_by_sql'
let bank: pg.Client

async function as(user?: string): Promise<SqlServer> {
  const env = await platform().env(user)
  return { url: env.AKKO_SQL_URL as string, user: env.AKKO_SQL_USER as string, token: env.AKKO_SQL_TOKEN as string }
}
const told = async (sql: string, user?: string) => {
  const { error, rows } = await ask(await as(user), sql)
  return error ? `${error.errorName}: ${error.message}` : rows
}

beforeAll(async () => {
  const env = await platform().adminEnv()
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(env.AKKO_CA_FILE as string, 'utf8')])
  bank = new pg.Client({ connectionString: env.AKKO_PG_OWNER_URL })
  await bank.connect()
  await bank.query('DROP TABLE IF EXISTS public.written_by_sql')
}, 60_000)
afterAll(async () => {
  await bank?.query('DROP TABLE IF EXISTS public.written_by_sql')
  await bank?.end()
})

describe('a table that SQL makes of the lake', () => {
  it('is the database’s own, changed from both sides', async () => {
    expect(
      await told(
        `CREATE TABLE ${TABLE} AS SELECT transaction_id, channel, amount FROM iceberg.banking.transactions WHERE transaction_id <= 1000`,
      ),
    ).toEqual([[1000]])
    const { rows } = await bank.query('SELECT count(*)::int AS n, sum(amount)::text AS total FROM public.written_by_sql')
    expect(
      await told(`SELECT count(*), CAST(sum(amount) AS varchar) FROM iceberg.banking.transactions WHERE transaction_id <= 1000`),
    ).toEqual([[rows[0].n, rows[0].total]])
    await bank.query(
      "ALTER TABLE public.written_by_sql ADD PRIMARY KEY (transaction_id); UPDATE public.written_by_sql SET channel = 'theirs' WHERE transaction_id <= 10",
    )
    expect(await told(`UPDATE ${TABLE} SET channel = channel || ' and ours' WHERE channel = 'theirs'`)).toEqual([[10]])
    expect(await told(`INSERT INTO ${TABLE} VALUES (1001, 'new', 1), (1, 'twice', 1)`)).toMatch(/^JDBC_ERROR: ERROR: duplicate key value/)
    const left = await bank.query(
      "SELECT count(*)::int AS n, count(*) FILTER (WHERE channel = 'theirs and ours')::int AS changed FROM public.written_by_sql",
    )
    expect(left.rows).toEqual([{ n: 1000, changed: 10 }])
  })

  it('is written by whose role may, and read by others', async () => {
    expect(await told(`DELETE FROM ${TABLE} WHERE transaction_id = 1`, 'engineer@demo')).toEqual([[1]])
    expect(await told(`DELETE FROM ${TABLE}`, 'analyst@demo')).toMatch(/^PERMISSION_DENIED/)
    expect(await told(`SELECT count(*) FROM ${TABLE}`, 'analyst@demo')).toEqual([[999]])
    expect(await told(`INSERT INTO rag.rag.embeddings (content, metadata) VALUES ('x', JSON '{}')`, 'engineer@demo')).toMatch(
      /^PERMISSION_DENIED/,
    )
  })
})
