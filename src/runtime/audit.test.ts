// What real parts leave in the audit under the declared policy, and what becomes of changes while it cannot be written.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { auditEvent, auditedAuthoriser } from '#kit/audit'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { createQueuedAudit, type QueuedAudit } from '#kit/audit-queue'
import { createLog } from '#kit/log'
import { createPostgresConnector } from '#parts/sql/connectors/postgresql/index'
import { ask, type Bench, columns, fixtureConnector, openBench, startSql } from '#parts/sql/testing'
import { type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { knownOf } from '#runtime/audit'
import { createPolicy } from '#runtime/policy'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'
import { mintSession } from '#wire/s3/session'

const SITE = { shape: 'machine', domain: 'akko.localhost', publicPort: 8443, demo: false } as const
let postgres: TempPostgres
let pool: pg.Pool
let storage: TestStorage
let audit: QueuedAudit
let away: QueuedAudit
let door: 'there' | 'away' = 'there'

beforeAll(async () => {
  postgres = await startTempPostgres()
  pool = new pg.Pool({ connectionString: postgres.url('postgres'), max: 3 })
  pool.on('error', () => undefined)
  const log = createLog('test')
  audit = createQueuedAudit({ store: createPostgresAuditStore({ owner: async () => pool }), log, everyMs: 5 })
  const refuse = async () => Promise.reject(new Error('no connection'))
  away = createQueuedAudit({ store: { open: refuse, append: refuse, close: async () => undefined }, log, everyMs: 5, waitMs: 50 })
  const authoriser = authoriserOf('storage')
  storage = await startTestStorage(authoriser)
  for (const bucket of ['mine', 'theirs']) await send({ method: 'PUT', path: `/${bucket}` })
})
afterAll(async () => {
  await storage?.stop()
  await audit?.close()
  await away?.close()
  await pool?.end()
  await postgres?.stop()
})

function authoriserOf(part: string): Authoriser {
  const one = (to: QueuedAudit) => auditedAuthoriser(createPolicy().authoriser, { part, audit: to, isKnown: knownOf({ site: SITE }) })
  const [there, gone] = [one(audit), one(away)]
  return {
    decide: (...question) => there.decide(...question),
    record: async (...told) => (door === 'there' ? there : gone).record?.(...told),
  }
}

const send = (sent: Sent) => sendTo(storage.endpoint, sent)

/** What ada is lent: the objects of the bucket `mine`. */
const ada = () =>
  mintSession(storage.deps.sessionKey, {
    sub: 'ada',
    entitlements: [{ bucket: 'mine', prefix: '', mode: 'write' }],
    ttlSeconds: 60,
  })

const requestNumber = (n: number) => String(n).padStart(32, '0')
const traced = (id: string) => ({ traceparent: `00-${id}-1234567890abcdef-01` })

async function recorded(id: string): Promise<unknown[]> {
  // Written in order: what is there when a later event is, is all.
  const who = { sub: 'test', via: 'internal', roles: [] }
  audit.note(auditEvent({ requestId: `after ${id}`, who, what: { part: 'test', action: 'x', kind: 'x', path: [] }, outcome: 'denied' }))
  await expect.poll(async () => (await pool.query('SELECT FROM akko.audit WHERE request_id = $1', [`after ${id}`])).rowCount).toBe(1)
  return (await pool.query('SELECT * FROM akko.audit WHERE request_id = $1 ORDER BY time', [id])).rows
}

describe('the storage', () => {
  it('records what is refused, with the request, the person, the thing and from where', async () => {
    const id = requestNumber(1)
    expect((await send({ path: '/theirs/secret', credentials: ada(), headers: traced(id) })).status).toBe(403)
    expect(await recorded(id)).toEqual([
      expect.objectContaining({
        ...{ part: 'storage', sub: 'ada', via: 'session', action: 'read', kind: 'object', path: ['theirs', 'secret'] },
        ...{ outcome: 'denied', reason: 'this access key does not cover it', address: '127.0.0.1' },
      }),
    ])
  })

  it('records a listing that is refused by what was to be listed, with no empty name behind', async () => {
    const id = requestNumber(90)
    expect((await send({ path: '/theirs?list-type=2', credentials: ada(), headers: traced(id) })).status).toBe(403)
    expect(await recorded(id)).toEqual([expect.objectContaining({ action: 'list', kind: 'object', path: ['theirs'], outcome: 'denied' })])
  })

  it('records what changes something, and no read', async () => {
    const id = requestNumber(2)
    expect((await send({ method: 'PUT', path: '/mine/a', body: 'a', credentials: ada(), headers: traced(id) })).status).toBe(200)
    expect((await send({ path: '/mine/a', credentials: ada(), headers: traced(id) })).text).toBe('a')
    expect(await recorded(id)).toEqual([
      expect.objectContaining({ sub: 'ada', action: 'write', kind: 'object', path: ['mine', 'a'], outcome: 'allowed' }),
    ])
  })

  it('records each key of a deletion of several', async () => {
    const id = requestNumber(3)
    const body = '<Delete><Object><Key>one</Key></Object><Object><Key>two</Key></Object></Delete>'
    expect((await send({ method: 'POST', path: '/mine?delete=', body, credentials: ada(), headers: traced(id) })).status).toBe(200)
    expect(await recorded(id)).toEqual(
      ['one', 'two'].map((key) => expect.objectContaining({ action: 'drop', path: ['mine', key], outcome: 'allowed' })),
    )
  })

  it('records nothing of a listing that shows less, nor of what the root key does', async () => {
    const id = requestNumber(4)
    expect((await send({ path: '/', credentials: ada(), headers: traced(id) })).text).not.toContain('theirs')
    expect((await send({ method: 'PUT', path: '/theirs/secret', body: 's', headers: traced(id) })).status).toBe(200)
    expect(await recorded(id)).toEqual([])
  })

  it('changes nothing that cannot be recorded, says so in its own form, and goes on reading', async () => {
    await send({ method: 'PUT', path: '/mine/kept', body: 'kept' })
    door = 'away'
    try {
      const put = await send({ method: 'PUT', path: '/mine/kept', body: 'lost', credentials: ada() })
      expect(put).toMatchObject({ status: 503, code: 'ServiceUnavailable' })
      expect(put.text).toContain('cannot be recorded')
      expect((await send({ method: 'DELETE', path: '/mine/kept', credentials: ada() })).status).toBe(503)
      expect((await send({ path: '/mine/kept', credentials: ada() })).text).toBe('kept')
      expect((await send({ path: '/theirs/secret', credentials: ada() })).status).toBe(403)
    } finally {
      door = 'there'
    }
  })
})

describe('SQL', () => {
  const HEADERS = { 'x-trino-user': 'eve', 'x-trino-catalog': 'pg', 'x-trino-schema': 'public' }
  let bench: Bench
  let sql: Awaited<ReturnType<typeof startSql>>
  beforeAll(async () => {
    bench = await openBench()
    const table = { columns: columns('id bigint'), sql: 'SELECT CAST(1 AS BIGINT) AS id' }
    // It takes writes as far as the authoriser's question, which comes first.
    const hidden = createPostgresConnector({ catalog: 'hidden', pool, authoriser: authoriserOf('sql') })
    const connectors = { hidden, pg: { ...fixtureConnector({ public: { t: table } }), writes: {} as never } }
    sql = await startSql(bench, {
      connectors,
      authoriser: authoriserOf('sql'),
      personNow: async (user) => ({ roles: [user === 'eve' ? 'akko-admin' : 'akko-viewer'] }),
    })
  })
  afterAll(async () => {
    await sql?.stop()
    await bench?.close()
  })

  it('records a table that is refused, and nothing of a query that is allowed', async () => {
    const [refused, allowed] = [requestNumber(5), requestNumber(6)]
    const as = (user: string, id: string) => ask(sql.url, 'SELECT id FROM t', { ...HEADERS, 'x-trino-user': user, ...traced(id) })
    expect((await as('viewer', refused)).error?.errorName).toBe('PERMISSION_DENIED')
    expect(await recorded(refused)).toContainEqual(
      expect.objectContaining({ part: 'sql', sub: 'viewer', via: 'header', action: 'read', outcome: 'denied', address: '127.0.0.1' }),
    )
    expect((await as('eve', allowed)).rows).toEqual([[1]])
    expect(await recorded(allowed)).toEqual([])
  })

  it('records who names a table that he may not know of, and not that a listing leaves it out', async () => {
    await pool.query('CREATE TABLE public.secret (id int)')
    for (const [n, statement] of [
      'SELECT * FROM hidden.public.secret',
      'DESCRIBE hidden.public.secret',
      'EXPLAIN SELECT * FROM hidden.public.secret',
    ].entries()) {
      const id = requestNumber(10 + n)
      expect((await ask(sql.url, statement, { ...HEADERS, 'x-trino-user': 'viewer', ...traced(id) })).error).toBeDefined()
      const denied = expect.objectContaining({
        part: 'sql',
        sub: 'viewer',
        kind: 'table',
        path: ['hidden', 'public', 'secret'],
        outcome: 'denied',
      })
      expect(await recorded(id), statement).toContainEqual(denied)
    }
    const listing = requestNumber(20)
    const all = await ask(sql.url, 'SELECT table_name FROM hidden.information_schema.tables', {
      ...HEADERS,
      'x-trino-user': 'viewer',
      ...traced(listing),
    })
    expect(all.rows.flat()).not.toContain('secret')
    expect((await recorded(listing)).filter((e) => (e as { kind: string }).kind === 'table')).toEqual([])
  })

  it('refuses a change that cannot be recorded by a name of Trino’s, and goes on reading', async () => {
    door = 'away'
    try {
      const answer = await ask(sql.url, 'CREATE TABLE more AS SELECT 1 AS id', HEADERS)
      expect(answer.error).toMatchObject({ errorName: 'GENERIC_INSUFFICIENT_RESOURCES', errorType: 'INSUFFICIENT_RESOURCES' })
      expect(answer.error?.message).toContain('cannot be recorded')
      expect((await ask(sql.url, 'SELECT id FROM t', HEADERS)).rows).toEqual([[1]])
    } finally {
      door = 'there'
    }
  })
})
