// The audit's old events: they go in batches once that is on record, the young ones never, and nobody but the owner removes any.
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AuditEvent, auditEvent } from '#kit/audit'
import { verifyChain } from '#kit/audit-chain'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { createQueuedAudit } from '#kit/audit-queue'
import { readAudit } from '#kit/audit-read'
import { expireAudit } from '#kit/audit-retention'
import { createLog } from '#kit/log'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const DAY_MS = 24 * 3600 * 1000
let postgres: TempPostgres
let owner: pg.Pool
let writer: pg.Pool
const store = () =>
  createPostgresAuditStore({
    owner: async () => new pg.Pool({ connectionString: postgres.url('state', 'owner', 'owner') }),
    writer: { role: 'audit_writer', pool: async () => new pg.Pool({ connectionString: postgres.url('state', 'audit_writer', 'writer') }) },
  })

beforeAll(async () => {
  postgres = await startTempPostgres()
  const maker = new pg.Pool({ connectionString: postgres.url('postgres'), max: 1 })
  for (const sql of [
    `CREATE ROLE owner LOGIN PASSWORD 'owner'`,
    `CREATE ROLE audit_writer LOGIN PASSWORD 'writer'`,
    'CREATE DATABASE state OWNER owner',
  ])
    await maker.query(sql)
  await maker.end()
  owner = new pg.Pool({ connectionString: postgres.url('state', 'owner', 'owner') })
  writer = new pg.Pool({ connectionString: postgres.url('state', 'audit_writer', 'writer') })
})
afterAll(async () => {
  await owner?.end()
  await writer?.end()
  await postgres?.stop()
})

function aged(days: number, n = 0): AuditEvent {
  const what = { part: 'test', action: 'write', kind: 'table', path: [`${days}`, `${n}`] }
  const event = auditEvent({ who: { sub: 'ada', via: 'bearer', roles: [] }, what, outcome: 'allowed' })
  return { ...event, time: new Date(Date.now() - days * DAY_MS) }
}

it('go after their days, on record, and the chain begins where they ended; younger ones stay', async () => {
  const audit = createQueuedAudit({ store: store(), log: createLog('test') })
  for (let n = 0; n < 25; n++) await audit.record(aged(401, n))
  for (const days of [399, 31, 29, 0]) await audit.record(aged(days))
  await expect.poll(async () => (await readAudit(owner, {})).length).toBe(29)
  await audit.close()
  const before = await verifyChain(writer)
  expect(before).toMatchObject({ rows: 29, first: 1, last: 29, findings: [] })
  expect(await expireAudit(owner, { days: 400, batch: 10 })).toBe(25)
  expect(await verifyChain(writer)).toMatchObject({ rows: 5, first: 26, last: 30, removedThrough: 25, findings: [] })
  const left = await readAudit(owner, {})
  expect(left.map(({ what }) => `${what.kind} ${what.path[0]}`)).toEqual(['table 399', 'table 31', 'table 29', 'table 0', 'audit 25'])
  expect(left.at(-1)).toMatchObject({ who: { sub: 'akko', via: 'internal' }, what: { action: 'drop' }, outcome: 'allowed' })
  expect(left.at(-1)?.reason).toMatch(/^25 events from before .*: they are kept for 400 days$/)
  expect(await expireAudit(owner, { days: 400 })).toBe(0)
})

it('are the owner’s to remove, and of the last 30 days nobody’s', async () => {
  const gone = (pool: pg.Pool, days: string) => pool.query('DELETE FROM akko.audit WHERE path[1] = $1', [days])
  await expect(gone(writer, '399')).rejects.toMatchObject({ code: '42501' })
  await expect(gone(owner, '29')).rejects.toThrow(/append-only: it keeps the last 30 days/)
  await expect(owner.query('DELETE FROM akko.audit')).rejects.toMatchObject({ code: '42501' })
  expect((await gone(owner, '31')).rowCount).toBe(1)
})

it('are not removed when that cannot be recorded', async () => {
  await owner.query('REVOKE INSERT ON akko.audit FROM owner')
  await expect(expireAudit(owner, { days: 100 })).rejects.toMatchObject({ code: '42501' })
  await owner.query('GRANT INSERT ON akko.audit TO owner')
  expect((await readAudit(owner, { user: 'ada' })).map(({ what }) => what.path[0])).toEqual(['399', '29', '0'])
})

it('are read by person, part and time, the newest last', async () => {
  const times = (await readAudit(owner, {})).map(({ time }) => time.getTime())
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect((await readAudit(owner, { part: 'audit' })).map(({ who }) => who.sub)).toEqual(['akko'])
  expect(await readAudit(owner, { user: 'ada', last: 1 })).toMatchObject([{ what: { path: ['0', '0'] } }])
  expect(await readAudit(owner, { user: 'ada', since: new Date(Date.now() - 30 * DAY_MS) })).toHaveLength(2)
})
