// Anchors of the audit: when they are made, where they are kept, and what they show that the chain alone does not.
import { generateKeyPairSync } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditEvent } from '#kit/audit'
import { type AnchoringOptions, makeAnchor, startAnchoring } from '#kit/audit-anchoring'
import { type Anchor, checkAnchors, readAnchor } from '#kit/audit-anchors'
import { verifyChain } from '#kit/audit-chain'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { expireAudit } from '#kit/audit-retention'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const DAY_MS = 24 * 3600 * 1000
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
let postgres: TempPostgres
let pool: pg.Pool
const poolOf = async () => new pg.Pool({ connectionString: postgres.url('postgres'), max: 1 })

beforeAll(async () => {
  postgres = await startTempPostgres()
  pool = await poolOf()
})
afterAll(async () => {
  await pool?.end()
  await postgres?.stop()
})
beforeEach(async () => {
  await pool.query('DROP SCHEMA IF EXISTS akko CASCADE')
  await written(10)
})

async function written(count: number, daysAgo = 0): Promise<void> {
  const store = createPostgresAuditStore({ owner: async () => pool })
  await store.open()
  const what = { part: 'p', action: 'write', kind: 'table', path: [] }
  const event = () => auditEvent({ who: { sub: 'ada', via: 'bearer', roles: [] }, what, outcome: 'allowed' })
  await store.append(Array.from({ length: count }, () => ({ ...event(), time: new Date(Date.now() - daysAgo * DAY_MS) })))
}

function anchoring(kept: string[] = []) {
  const warned: object[] = []
  const say = (fields: object) => void warned.push(fields)
  const log: AnchoringOptions['log'] = { debug: say, info: say, warn: say, error: say }
  const places = [
    { name: 'away', keep: async () => Promise.reject(new Error('away')) },
    { name: 'elsewhere', keep: async (document: string) => void kept.push(document) },
  ]
  return { warned, options: { key: async () => privateKey, owner: poolOf, places, log } }
}

const inDatabase = async () =>
  (await pool.query<{ document: string }>('SELECT document FROM akko.audit_anchors ORDER BY number')).rows.map(({ document }) => document)

async function found(documents: readonly string[]): Promise<string[]> {
  const check = checkAnchors(documents, publicKey)
  const verified = await verifyChain(pool, { seen: check.seen })
  return [...verified.findings, ...check.findings(verified)].map(({ kind, from, to }) => `${kind} ${from}-${to}`)
}

/** As who owns the machine may, who then gives every row of the rest the hash that it would have. */
async function rewrite(...statements: string[]): Promise<void> {
  await pool.query('ALTER TABLE akko.audit DISABLE TRIGGER ALL')
  for (const sql of statements) await pool.query(sql)
  await pool.query(`DO $$ DECLARE event akko.audit; last bytea := ''; BEGIN
    FOR event IN SELECT * FROM akko.audit ORDER BY number LOOP
      last := akko.audit_hash(event, last); UPDATE akko.audit SET hash = last WHERE number = event.number;
    END LOOP; END $$`)
}

it('are signed, and kept in the database and in each place that takes them', async () => {
  const kept: string[] = []
  const { options, warned } = anchoring(kept)
  const document = (await makeAnchor('start', options)) as string
  expect(kept).toEqual([document])
  expect(await inDatabase()).toEqual([document])
  expect(warned).toEqual([expect.objectContaining({ place: 'away' })])
  expect(readAnchor(document, publicKey)).toMatchObject({ number: 10, why: 'start' })
  expect(readAnchor(document, generateKeyPairSync('ed25519').publicKey)).toBeUndefined()
  expect(await found([document, document])).toEqual([])
  for (const sql of [`UPDATE akko.audit_anchors SET document = ''`, 'DELETE FROM akko.audit_anchors', 'TRUNCATE akko.audit_anchors'])
    await expect(pool.query(sql), sql).rejects.toMatchObject({ code: '42501' })
})

it('are made at a start and a stop', async () => {
  const started = startAnchoring(anchoring().options)
  await expect.poll(async () => (await inDatabase()).length).toBe(1)
  await written(2)
  await started.stop()
  expect((await inDatabase()).map((text) => JSON.parse(text) as Anchor).map(({ number, why }) => [number, why])).toEqual([
    [10, 'start'],
    [12, 'stop'],
  ])
})

it('of a platform that has recorded nothing yet are made soon after its first event', async () => {
  await pool.query('ALTER TABLE akko.audit DISABLE TRIGGER ALL; DELETE FROM akko.audit; ALTER TABLE akko.audit ENABLE TRIGGER ALL')
  const started = startAnchoring(anchoring().options)
  await new Promise((done) => setTimeout(done, 500))
  await written(1)
  await expect.poll(async () => (await inDatabase()).length, { timeout: 60_000 }).toBe(1)
  await started.stop()
})

describe('show', () => {
  let anchor: string
  beforeEach(async () => {
    anchor = (await makeAnchor('hour', anchoring().options)) as string
    await written(3)
  })

  it.each<[string, string[], string[], string[]]>([
    ['nothing where nothing was touched', [], [], []],
    ['rows that were cut off at the end', ['DELETE FROM akko.audit WHERE number > 6'], [], ['end 7-10']],
    ['a chain that was removed', ['DELETE FROM akko.audit'], [], ['end 1-10']],
    ['a chain that was written anew', [`UPDATE akko.audit SET sub = 'eve' WHERE number = 4`], [], ['rewritten 10-10']],
    [
      'a row that was taken out of a chain that was written anew',
      [
        'DELETE FROM akko.audit WHERE number = 4',
        'UPDATE akko.audit SET number = -number WHERE number > 4',
        'UPDATE akko.audit SET number = -number - 1 WHERE number < 0',
      ],
      [],
      ['rewritten 10-10'],
    ],
  ])('%s', async (_, statements, chain, wanted) => {
    if (statements.length > 0) await rewrite(...statements)
    expect((await verifyChain(pool)).findings).toEqual(chain)
    expect(await found([anchor])).toEqual(wanted)
  })

  it('that one of them was changed, or is another’s', async () => {
    const { signature, ...facts } = JSON.parse(anchor) as Anchor
    const changed = [
      { ...facts, number: 9 },
      { ...facts, time: '2026-01-01T00:00:00.000Z' },
      { ...facts, hash: '00' },
      { ...facts, why: 'stop' },
    ]
    for (const one of changed) expect(await found([anchor, JSON.stringify({ ...one, signature })])).toEqual(['anchor 0-0'])
    expect(await found(['{', '', 'null'])).toEqual(['anchor 0-0', 'anchor 0-0', 'anchor 0-0'])
  })
})

it.each([
  ['today', 0],
  ['in a year, as its writer wishes', -365],
])('know what went after its days, and what went before by a record of %s', async (_, daysAgo) => {
  await pool.query('DROP SCHEMA akko CASCADE')
  await written(5, 401)
  await written(5)
  const young = (await makeAnchor('hour', anchoring().options)) as string
  expect(await expireAudit(pool, { days: 400 })).toBe(5)
  expect(await found([young])).toEqual([])
  await written(1)
  // The retention's own record, told by somebody who does not wait.
  await pool.query('ALTER TABLE akko.audit DISABLE TRIGGER keep_recent; ALTER TABLE akko.audit DISABLE TRIGGER append_only')
  const { rows } = await pool.query<{ hash: string }>(`SELECT encode(hash, 'hex') AS hash FROM akko.audit WHERE number = 11`)
  const store = createPostgresAuditStore({ owner: async () => pool })
  await store.open()
  const what = { part: 'audit', action: 'drop', kind: 'audit', path: ['11', rows[0]?.hash as string] }
  const record = auditEvent({ who: { sub: 'akko', via: 'internal', roles: [] }, what, outcome: 'allowed' })
  await store.append([{ ...record, time: new Date(Date.now() - daysAgo * DAY_MS) }])
  await pool.query('DELETE FROM akko.audit WHERE number <= 11')
  expect((await verifyChain(pool)).findings).toEqual([])
  expect(await found([young])).toEqual(['early 11-11'])
})
