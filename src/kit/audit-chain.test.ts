// The audit's chain: whoever writes it, and when; and each way to touch what is written is found.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AuditEvent, auditEvent } from '#kit/audit'
import { verifyChain } from '#kit/audit-chain'
import { AUDIT_STEPS, createPostgresAuditStore } from '#kit/audit-postgres'
import { migrate } from '#kit/migrate'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

let postgres: TempPostgres
let pool: pg.Pool
const poolOf = () => {
  const made = new pg.Pool({ connectionString: postgres.url('postgres'), max: 2 })
  made.on('error', () => undefined)
  return made
}
const WRITER = new URL('../../test/support/audit-writer.ts', import.meta.url).pathname
const store = () => createPostgresAuditStore({ owner: async () => pool })

beforeAll(async () => {
  postgres = await startTempPostgres()
  pool = poolOf()
})
afterAll(async () => {
  await pool?.end()
  await postgres?.stop()
})
beforeEach(async () => void (await pool.query('DROP SCHEMA IF EXISTS akko CASCADE')))

const event = (...path: string[]): AuditEvent =>
  auditEvent({
    who: { sub: 'ada', via: 'bearer', roles: ['a', 'b'] },
    what: { part: 'p', action: 'write', kind: 'table', path },
    outcome: 'allowed',
  })

async function written(count: number): Promise<void> {
  const made = store()
  await made.open()
  await made.append(Array.from({ length: count }, (_, n) => event(`${n + 1}`)))
}

const OPEN =
  'ALTER TABLE akko.audit DISABLE TRIGGER ALL; ALTER TABLE akko.audit ALTER COLUMN number DROP NOT NULL; DROP INDEX akko.audit_by_number'

/** As who owns the machine may: past every trigger. */
async function tamper(...statements: string[]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(OPEN)
    for (const sql of statements) await client.query(sql)
  } finally {
    client.release()
  }
}

const found = async () => (await verifyChain(pool)).findings.map(({ kind, from, to }) => `${kind} ${from}-${to}`)

describe('a chain', () => {
  it('is whole whatever the texts are', async () => {
    const made = store()
    await made.open()
    const control = Array.from({ length: 33 }, (_, n) => String.fromCodePoint(n || 0x7f)).join('')
    await made.append([
      event(control, '"\\/', '\u2028\u2029', 'é😀\u{10FFFF}', '{}', ',', ''),
      event(),
      { ...event('x'), reason: `why\n${control}`, address: '::1', time: new Date(-1) },
    ])
    await pool.query(`INSERT INTO akko.audit (id, time, request_id, sub, via, roles, part, action, kind, path, outcome)
      VALUES (gen_random_uuid(), '2026-01-02 03:04:05.678901+06', '', '', '', '{}', '', '', '', '{{a,b},{c,NULL}}', 'denied')`)
    const head = expect.stringMatching(/^[0-9a-f]{64}$/)
    expect(await verifyChain(pool)).toEqual({ rows: 4, first: 1, last: 4, head, findings: [], more: 0 })
  })

  it('is one of all writers, however many write at once, and an event that is written again stands in it once', async () => {
    const pools = Array.from({ length: 16 }, poolOf)
    const writers = pools.map((owned) => createPostgresAuditStore({ owner: async () => owned }))
    await Promise.all(writers.map((writer) => writer.open()))
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let n = 0; n < 10; n++) {
          const batch = Array.from({ length: 5 }, (_, k) => event(`${w}`, `${n}`, `${k}`))
          expect(await writer.append(batch)).toEqual([])
          if (n % 3 === 0) expect(await writer.append([...batch, event('again')])).toEqual([])
        }
      }),
    )
    await Promise.all(pools.map((made) => made.end()))
    expect(await verifyChain(pool)).toMatchObject({ rows: 16 * (50 + 4), first: 1, last: 16 * 54, findings: [] })
  })

  it('has a batch once whose connection broke before anybody knew whether it was taken', async () => {
    const owned = poolOf()
    const writer = createPostgresAuditStore({ owner: async () => owned })
    await writer.open()
    const broken: unknown[] = []
    for (let n = 0; n < 20; n++) {
      const batch = Array.from({ length: 100 }, () => event(`${n}`))
      const first = writer.append(batch).catch((error: unknown) => void broken.push(error))
      await delay(n / 2)
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE 'INSERT INTO akko.audit%'`,
      )
      await first
      expect(await writer.append(batch).catch(() => writer.append(batch))).toEqual([])
    }
    await owned.end()
    expect(broken.length).toBeGreaterThan(0)
    expect(await verifyChain(pool)).toMatchObject({ rows: 2000, last: 2000, findings: [] })
  })

  it('begins with what was there before it', async () => {
    await migrate(pool, { schema: 'akko', steps: AUDIT_STEPS.slice(0, 2) })
    await pool.query(`INSERT INTO akko.audit SELECT gen_random_uuid(), now() - interval '1 day' * n, '', 'ada', '', '{}', 'p', 'a', 'k', '{}', 'denied'
      FROM generate_series(1, 300) n`)
    await written(2)
    expect(await verifyChain(pool)).toMatchObject({ rows: 302, first: 1, last: 302, findings: [] })
    await expect(pool.query(`UPDATE akko.audit SET sub = 'eve'`)).rejects.toMatchObject({ code: '42501' })
    await tamper(`UPDATE akko.audit SET sub = 'eve' WHERE number = 7`)
    expect(await found()).toEqual(['changed 7-7'])
  })

  it('is not for a writer to choose', async () => {
    await written(2)
    await pool.query(`INSERT INTO akko.audit SELECT gen_random_uuid(), time, request_id, sub, via, roles, part, action, kind, path, outcome, reason, address, 77, '\\x00'
      FROM akko.audit WHERE number = 1`)
    expect(await verifyChain(pool)).toMatchObject({ rows: 3, last: 3, findings: [] })
  })
})

/** Another row, of what stands in the fifth. */
const copyAt = (number: string) =>
  `INSERT INTO akko.audit SELECT gen_random_uuid(), time, request_id, 'eve', via, roles, part, action, kind, path, outcome, reason, address, ${number}, hash
   FROM akko.audit WHERE number = 5`
describe('what is found', () => {
  it('each column that is changed, where it stands', async () => {
    const other: Readonly<Record<string, string>> = {
      ...{ id: 'gen_random_uuid()', time: `time + interval '1 microsecond'`, roles: `'{}'`, path: `'{}'`, outcome: `'failed'` },
      ...{
        request_id: `'x'`,
        sub: `'x'`,
        via: `'x'`,
        part: `'x'`,
        action: `'x'`,
        kind: `'x'`,
        reason: `''`,
        address: `''`,
        hash: `'\\x00'`,
      },
    }
    const columns = await (async () => {
      await written(50)
      const { rows } = await pool.query<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'akko' AND table_name = 'audit' AND column_name <> 'number'`,
      )
      return rows.map(({ name }) => name)
    })()
    expect(columns.sort()).toEqual(Object.keys(other).sort())
    await tamper(...columns.map((name, n) => `UPDATE akko.audit SET ${name} = ${other[name]} WHERE number = ${3 * n + 2}`))
    const wanted = columns.map((name, n) => `changed ${3 * n + 2}-${3 * n + (name === 'hash' ? 3 : 2)}`)
    expect(await found()).toEqual(wanted)
  })

  it.each([
    ['a time', `time = (to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00 BC')::timestamptz`],
    ['a list of other numbers', `path = ('[2:2]=' || path::text)::text[]`],
  ])('%s that is printed as it was', async (_, change) => {
    await written(5)
    await tamper(`UPDATE akko.audit SET ${change} WHERE number = 3`)
    expect(await found()).toEqual(['changed 3-3'])
  })

  it.each<[string, string[], string[]]>([
    ['nothing', [], []],
    ['a row that is removed from the middle', ['DELETE FROM akko.audit WHERE number = 5'], ['missing 5-5']],
    [
      'one whose place was closed',
      ['DELETE FROM akko.audit WHERE number = 5', 'UPDATE akko.audit SET number = number - 1 WHERE number > 5'],
      ['changed 5-9'],
    ],
    ['the first rows', ['DELETE FROM akko.audit WHERE number < 4'], ['beginning 1-3']],
    ['two rows that changed their places', ['UPDATE akko.audit SET number = 11 - number WHERE number IN (5, 6)'], ['changed 5-7']],
    ['a row that is pushed in', ['UPDATE akko.audit SET number = number + 1 WHERE number > 5', copyAt('6')], ['changed 6-11']],
    ['a row without a number', [copyAt('NULL')], ['outside 0-0']],
    ['a row before the first', [copyAt('0')], ['outside 0-0']],
    ['a row at the end', [copyAt('11')], ['changed 11-11']],
    [
      'a row that got the hash it would have',
      [
        `UPDATE akko.audit SET sub = 'eve' WHERE number = 5`,
        `UPDATE akko.audit SET hash = akko.audit_hash(audit, before.hash) FROM (SELECT hash FROM akko.audit WHERE number = 4) before WHERE number = 5`,
      ],
      ['changed 6-6'],
    ],
  ])('%s', async (_, statements, wanted) => {
    await written(10)
    await tamper(...statements)
    expect(await found()).toEqual(wanted)
  })

  it('a row beside another, whichever comes first', async () => {
    await written(10)
    await tamper(copyAt('5'))
    expect(await found()).toContain('twice 5-5')
  })

  it('from a day on, and with the time of the row', async () => {
    const made = store()
    await made.open()
    const day = (n: number) => new Date(Date.UTC(2026, 0, n))
    await made.append(Array.from({ length: 9 }, (_, n) => ({ ...event(`${n + 1}`), time: day(n + 1) })))
    await tamper(`UPDATE akko.audit SET sub = 'eve' WHERE number IN (2, 8)`)
    expect(await verifyChain(pool, { since: day(3) })).toMatchObject({
      ...{ rows: 7, first: 3, last: 9 },
      findings: [{ kind: 'changed', from: 8, to: 8, time: '2026-01-08T00:00:00.000000Z' }],
    })
    expect(await verifyChain(pool, { since: day(20) })).toMatchObject({ rows: 1, first: 9, findings: [] })
  })

  it('a row that no list could hold any more is counted', async () => {
    await written(300)
    await tamper(`UPDATE akko.audit SET sub = 'eve' WHERE number % 2 = 0`)
    const { findings, more } = await verifyChain(pool)
    expect([findings.length, more]).toEqual([100, 50])
  })
})

it('a writer that is killed in the middle leaves a whole chain, and so does who goes on', async () => {
  await written(1)
  const writer = spawn(process.execPath, [WRITER, postgres.url('postgres')], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(writer.stdout, 'data')
  await delay(150)
  writer.kill('SIGKILL')
  await once(writer, 'exit')
  await written(3)
  const { rows, findings } = await verifyChain(pool)
  expect(findings).toEqual([])
  expect(rows).toBeGreaterThan(4)
})
