// For tests of pods: the audit's role as the init job makes it, and that a pod writes by it.
import pg from 'pg'
import { expect } from 'vitest'
import { AUDIT_ROLE } from '#platform/names'
import type { TempPostgres } from '#test/support/postgres'

export const AUDIT_PASSWORD = 'the password of the audit'

export async function createAuditRole(postgres: TempPostgres): Promise<void> {
  await ask(postgres.url('postgres'), `CREATE ROLE ${AUDIT_ROLE} LOGIN PASSWORD '${AUDIT_PASSWORD}'`)
}

/** Rows are there, the session that wrote them is the role's, and the role may do nothing else. */
export async function expectWriterOnly(postgres: TempPostgres, application: string): Promise<void> {
  const admin = postgres.url('postgres')
  const written = 'SELECT FROM pg_stat_activity WHERE application_name = $1 AND usename = $2 AND query LIKE $3'
  const writers = () => ask(admin, written, [application, AUDIT_ROLE, 'INSERT INTO akko.audit%'])
  await expect.poll(async () => (await writers()).length, { timeout: 10_000 }).toBeGreaterThan(0)
  expect((await ask(admin, 'SELECT FROM akko.audit')).length).toBeGreaterThan(0)
  const others = await ask(admin, 'SELECT FROM pg_stat_activity WHERE usename <> $1 AND query LIKE $2', [
    AUDIT_ROLE,
    'INSERT INTO akko.audit%',
  ])
  expect(others).toEqual([])
  const writer = postgres.url('postgres', AUDIT_ROLE, AUDIT_PASSWORD)
  expect((await ask(writer, 'SELECT FROM akko.audit')).length).toBeGreaterThan(0)
  for (const statement of [
    `UPDATE akko.audit SET sub = 'nobody'`,
    'DELETE FROM akko.audit',
    'TRUNCATE akko.audit',
    'ALTER TABLE akko.audit DISABLE TRIGGER append_only',
    'DROP TABLE akko.audit',
    'DROP TRIGGER keep_recent ON akko.audit',
  ])
    await expect(ask(writer, statement), statement).rejects.toThrow(/permission denied|must be owner/)
}

async function ask(url: string, text: string, values: readonly string[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, [...values])).rows
  } finally {
    await client.end()
  }
}
