// Views between strangers: the real Trino 476 reads what our SQL made, our SQL reads what Trino made.
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { platform } from '#test/support/platform'
import { ask, type RealTrino, type SqlAnswer, type SqlServer, startRealTrino } from '#test/support/trino'

let trino: RealTrino
let ours: SqlServer

const HERE = 'iceberg.staging'
const VIEWS = ['v_ours', 'v_ours_invoker', 'v_theirs', 'v_named'].map((name) => `${HERE}.${name}`)

const rows = async (server: SqlServer, sql: string): Promise<SqlAnswer> => {
  const answer = await ask(server, sql)
  expect(answer.error, `${server.url}: ${sql}`).toBeUndefined()
  return answer
}
/** The same columns, types and rows from both. */
const both = async (sql: string): Promise<SqlAnswer> => {
  const [theirs, mine] = [await rows(trino, sql), await rows(ours, sql)]
  expect(mine).toEqual(theirs)
  return mine
}
const clean = async () => {
  for (const view of VIEWS) await ask(ours, `DROP VIEW IF EXISTS ${view}`)
}

beforeAll(async () => {
  const env = await platform().env()
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(env.AKKO_CA_FILE as string, 'utf8')])
  ours = { url: env.AKKO_SQL_URL as string, user: env.AKKO_SQL_USER as string, token: env.AKKO_SQL_TOKEN as string }
  trino = await startRealTrino(platform())
  await clean()
}, 300_000)
afterAll(async () => {
  if (ours) await clean()
  await trino?.stop()
})

const QUERY = `SELECT channel, count(*) AS n, sum(amount) AS total, max(booked_at) AS last FROM iceberg.banking.transactions GROUP BY channel`

describe('a view', () => {
  it('that our SQL made is read by Trino, of both kinds', async () => {
    await rows(ours, `CREATE VIEW ${HERE}.v_ours COMMENT 'by us' AS ${QUERY}`)
    await rows(ours, `CREATE VIEW ${HERE}.v_ours_invoker SECURITY INVOKER AS ${QUERY}`)
    for (const view of ['v_ours', 'v_ours_invoker']) {
      expect((await both(`SELECT * FROM ${HERE}.${view} ORDER BY channel`)).rows.length).toBeGreaterThan(1)
      await both(`DESCRIBE ${HERE}.${view}`)
    }
    expect(String((await rows(trino, `SHOW CREATE VIEW ${HERE}.v_ours`)).rows[0])).toMatch(/COMMENT 'by us' SECURITY DEFINER AS/)
    expect(String((await rows(trino, `SHOW CREATE VIEW ${HERE}.v_ours_invoker`)).rows[0])).toContain('SECURITY INVOKER AS')
    await rows(ours, `CREATE OR REPLACE VIEW ${HERE}.v_ours AS SELECT 1 AS one, 'x' AS two`)
    expect((await both(`SELECT * FROM ${HERE}.v_ours`)).rows).toEqual([[1, 'x']])
  })

  it('that Trino made is read here, replaced there and seen here, and dropped by either', async () => {
    await rows(trino, `CREATE VIEW ${HERE}.v_theirs COMMENT 'by Trino' SECURITY INVOKER AS ${QUERY}`)
    expect((await both(`SELECT * FROM ${HERE}.v_theirs ORDER BY channel`)).rows.length).toBeGreaterThan(1)
    expect(String((await rows(ours, `SHOW CREATE VIEW ${HERE}.v_theirs`)).rows[0])).toMatch(/COMMENT 'by Trino' SECURITY INVOKER AS/)
    await rows(trino, `CREATE OR REPLACE VIEW ${HERE}.v_theirs SECURITY INVOKER AS SELECT 2 AS two`)
    expect((await both(`SELECT * FROM ${HERE}.v_theirs`)).rows).toEqual([[2]])
    await rows(ours, `ALTER VIEW ${HERE}.v_theirs RENAME TO ${HERE}.v_named`)
    expect((await both(`SELECT * FROM ${HERE}.v_named`)).rows).toEqual([[2]])
    await rows(trino, `DROP VIEW ${HERE}.v_named`)
    expect((await rows(ours, `SHOW TABLES FROM ${HERE} LIKE 'v_named'`)).rows).toEqual([])
  })

  it('names nobody as its owner who did not make it: Trino’s credential is no person', async () => {
    const { error } = await ask(trino, `CREATE VIEW ${HERE}.v_named AS SELECT 1 AS x`)
    expect(error?.message).toContain('v_named')
    expect((await rows(ours, `SHOW TABLES FROM ${HERE} LIKE 'v_named'`)).rows).toEqual([])
  })

  it.each([
    `CREATE VIEW ${HERE}.v_ours AS SELECT 1 AS x`,
    `CREATE OR REPLACE VIEW ${HERE}.v_ours AS SELECT * FROM ${HERE}.v_ours`,
    `CREATE VIEW ${HERE}.v_bad SECURITY INVOKER AS SELECT 1`,
    `CREATE VIEW ${HERE}.v_bad SECURITY INVOKER AS SELECT nope FROM iceberg.banking.accounts`,
    `CREATE VIEW iceberg.banking.accounts SECURITY INVOKER AS SELECT 1 AS x`,
    `DROP VIEW ${HERE}.v_nope`,
    `DROP VIEW iceberg.banking.accounts`,
    `DROP TABLE ${HERE}.v_ours`,
    `ALTER VIEW ${HERE}.v_nope RENAME TO ${HERE}.v_other`,
    `INSERT INTO ${HERE}.v_ours VALUES (1, 'x')`,
    `SHOW CREATE TABLE ${HERE}.v_ours`,
    `SHOW CREATE VIEW iceberg.banking.accounts`,
  ])('is refused alike: %s', async (sql) => {
    const verdict = ({ error }: SqlAnswer) => error && { name: error.errorName, line: error.errorLocation?.lineNumber }
    const [theirs, mine] = [verdict(await ask(trino, sql)), verdict(await ask(ours, sql))]
    expect(theirs).toBeDefined()
    expect(mine).toEqual(theirs)
  })
})
