// The audit: its stores under one contract, the table that only grows, the queue when there is no room or no database, and who is recorded.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Action, attempt, authorise, type Caller, decide } from '#kit/access'
import { type Audit, type AuditEvent, AuditUnavailable, auditEvent, auditedAuthoriser } from '#kit/audit'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { type AuditStore, createQueuedAudit } from '#kit/audit-queue'
import type { Log } from '#kit/log'
import { readSamples } from '#kit/metric-text'
import { printMetrics } from '#kit/metrics'
import { runInTrace } from '#kit/trace'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const WRITER = 'audit_writer'
const LOST = 'akko_audit_lost_total'
const lostEvents = async () => readSamples(await printMetrics(), new Set([LOST]))[0]?.value ?? Number.NaN
let postgres: TempPostgres
let admin: pg.Pool
const poolAs = (user?: string, password?: string) => {
  const pool = new pg.Pool({ connectionString: postgres.url('state', user, password), max: 2 })
  pool.on('error', () => undefined)
  return pool
}
const writer = () => poolAs(WRITER, 'writer')
const owner = () => poolAs('owner', 'owner')
const postgresStore = () => createPostgresAuditStore({ owner: async () => owner(), writer: { role: WRITER, pool: async () => writer() } })

beforeAll(async () => {
  postgres = await startTempPostgres()
  const maker = new pg.Pool({ connectionString: postgres.url('postgres'), max: 1 })
  await maker.query(`CREATE ROLE owner LOGIN PASSWORD 'owner'`)
  await maker.query(`CREATE ROLE ${WRITER} LOGIN PASSWORD 'writer'`)
  await maker.query('CREATE DATABASE state OWNER owner')
  await maker.end()
  admin = poolAs()
})
afterAll(async () => {
  await admin?.end()
  await postgres?.stop()
})

const event = (path: readonly string[], outcome: AuditEvent['outcome'] = 'denied'): AuditEvent =>
  auditEvent({
    requestId: randomUUID(),
    who: { sub: 'ada', via: 'bearer', roles: ['akko-user', 'x'] },
    what: { part: 'test', action: 'write', kind: 'table', path },
    outcome,
    reason: 'why',
    address: '127.0.0.1',
  })

/** As in the table, whatever the store. */
async function stored(ids: readonly string[]): Promise<AuditEvent[]> {
  const { rows } = await admin.query('SELECT * FROM akko.audit WHERE id = ANY($1) ORDER BY array_position($1, id)', [ids])
  return rows.map(({ id, time, request_id, sub, via, roles, part, action, kind, path, outcome, reason, address }) => ({
    ...{ id, time, requestId: request_id, who: { sub, via, roles }, what: { part, action, kind, path }, outcome },
    ...(reason === null ? {} : { reason }),
    ...(address === null ? {} : { address }),
  }))
}

function memoryStore(): { store: AuditStore; read(ids: readonly string[]): Promise<AuditEvent[]> } {
  const kept = new Map<string, AuditEvent>()
  const store: AuditStore = {
    open: async () => undefined,
    append: async (events) => {
      for (const one of events) if (!kept.has(one.id)) kept.set(one.id, one)
      return []
    },
    close: async () => undefined,
  }
  return { store, read: async (ids) => ids.flatMap((id) => kept.get(id) ?? []) }
}

describe.each([
  ['in memory', memoryStore],
  ['in PostgreSQL', () => ({ store: postgresStore(), read: stored })],
] as const)('a store %s', (_name, make) => {
  it('keeps every field, whoever chose the texts', async () => {
    const { store, read } = make()
    await store.open()
    const events = [
      event(['iceberg', 'banking', 't']),
      event([]),
      event(["'); DROP TABLE akko.audit; --", '$1', '"{}\\', 'a\0b', '\uD800', '😀'], 'allowed'),
      { ...event(['x'], 'failed'), reason: undefined, address: undefined } as unknown as AuditEvent,
    ].map((e) => JSON.parse(JSON.stringify(e), (key, value) => (key === 'time' ? new Date(value) : value)) as AuditEvent)
    expect(await store.append(events)).toEqual([])
    expect(await read(events.map((e) => e.id))).toEqual(events)
    await store.close()
  })

  it('has an event once that is written again', async () => {
    const { store, read } = make()
    await store.open()
    const [first, second] = [event(['1']), event(['2'])]
    await store.append([first])
    expect(await store.append([first, second])).toEqual([])
    expect(await read([first.id, second.id])).toEqual([first, second])
    await store.close()
  })

  it('may be opened again, and by several at once', async () => {
    const { store, read } = make()
    await Promise.all([store.open(), make().store.open(), make().store.open()])
    await store.open()
    const one = event(['again'])
    await store.append([one])
    expect(await read([one.id])).toEqual([one])
    await store.close()
  })
})

describe('the table', () => {
  const CHANGES = [
    `UPDATE akko.audit SET sub = 'nobody'`,
    'DELETE FROM akko.audit',
    'TRUNCATE akko.audit',
    `INSERT INTO akko.audit SELECT * FROM akko.audit ON CONFLICT (id) DO UPDATE SET sub = 'nobody'`,
  ]
  it.each(CHANGES.flatMap((sql) => ['writer', 'owner', 'superuser'].map((who) => [sql, who] as const)))(
    'refuses %s of the %s',
    async (sql, who) => {
      const store = postgresStore()
      await store.open()
      await store.append([event(['kept'])])
      await store.close()
      const before = (await admin.query('SELECT * FROM akko.audit ORDER BY id')).rows
      expect(before.length).toBeGreaterThan(0)
      const pool = who === 'writer' ? writer() : who === 'owner' ? owner() : poolAs()
      await expect(pool.query(sql)).rejects.toMatchObject({ code: '42501' })
      if (who === 'superuser') {
        const client = await pool.connect()
        await client.query(`SET session_replication_role = 'replica'`)
        await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' })
        client.release(true)
      }
      await pool.end()
      expect((await admin.query('SELECT * FROM akko.audit ORDER BY id')).rows).toEqual(before)
    },
  )

  it('does without an event that it can never hold, and keeps its neighbours', async () => {
    const store = postgresStore()
    await store.open()
    const good = [event(['before']), event(['after'])] as const
    const bad = { ...event(['bad']), outcome: 'perhaps' as never }
    expect(await store.append([good[0], bad, good[1]])).toEqual([bad])
    expect(await stored(good.map((e) => e.id))).toEqual(good)
    await store.close()
  })
})

describe('the queue', () => {
  /** A store that can be away, and slow. */
  function unsteady() {
    const kept: AuditEvent[] = []
    const mood = { away: false, appends: 0 }
    const check = () => {
      if (mood.away) throw new Error('no connection')
    }
    const store: AuditStore = {
      open: async () => check(),
      append: async (events) => {
        check()
        mood.appends++
        kept.push(...events)
        return []
      },
      close: async () => undefined,
    }
    return { store, kept, mood }
  }
  function makeLog() {
    const lines: object[] = []
    const log: Log = { debug: () => {}, info: () => {}, warn: (fields, text) => void lines.push({ ...fields, text }), error: () => {} }
    return { log, lines }
  }

  it('writes in batches of at most as many as said, and all before it closes', async () => {
    const { store, kept, mood } = unsteady()
    const audit = createQueuedAudit({ store, log: makeLog().log, batch: 200, everyMs: 10 })
    const events = Array.from({ length: 450 }, (_, i) => event([String(i)], 'allowed'))
    for (const one of events) await audit.record(one)
    await audit.close()
    expect(kept).toEqual(events)
    expect(mood.appends).toBeGreaterThanOrEqual(3)
  })

  it('without a database, a change waits and is then refused, and what waited is not written later', async () => {
    const { store, kept, mood } = unsteady()
    mood.away = true
    const { log, lines } = makeLog()
    const audit = createQueuedAudit({ store, log, everyMs: 5, waitMs: 60 })
    const before = await lostEvents()
    const began = performance.now()
    await expect(audit.record(event(['change'], 'allowed'))).rejects.toSatisfy(AuditUnavailable.is)
    expect(performance.now() - began).toBeGreaterThanOrEqual(55)
    mood.away = false
    const next = event(['next'], 'allowed')
    await audit.record(next)
    await audit.close()
    expect(kept).toEqual([next])
    expect(await lostEvents()).toBe(before)
    expect(lines).toContainEqual(expect.objectContaining({ audit: expect.objectContaining({ outcome: 'failed' }) }))
  })

  it('when the database comes back in time, what waited goes on', async () => {
    const { store, kept, mood } = unsteady()
    mood.away = true
    const audit = createQueuedAudit({ store, log: makeLog().log, everyMs: 5, waitMs: 2000 })
    const one = event(['patient'], 'allowed')
    const recorded = audit.record(one)
    setTimeout(() => {
      mood.away = false
    }, 50)
    await recorded
    await audit.close()
    expect(kept).toEqual([one])
  })

  it('when a batch fails, its events stay, and changes are refused until it is written', async () => {
    const { store, kept, mood } = unsteady()
    const audit = createQueuedAudit({ store, log: makeLog().log, everyMs: 5, waitMs: 50 })
    const [first, second] = [event(['first'], 'allowed'), event(['second'], 'allowed')]
    await audit.record(first)
    await expect.poll(() => kept.length).toBe(1)
    mood.away = true
    await audit.record(second)
    await new Promise((r) => setTimeout(r, 30))
    await expect(audit.record(event(['third'], 'allowed'))).rejects.toSatisfy(AuditUnavailable.is)
    mood.away = false
    await expect.poll(() => kept).toEqual([first, second])
    await audit.close()
  })

  it('when it is full, a refusal is counted as lost and logged, and nobody waits for it', async () => {
    const { store, kept, mood } = unsteady()
    mood.away = true
    const { log, lines } = makeLog()
    const audit = createQueuedAudit({ store, log, capacity: 2, everyMs: 5, waitMs: 30 })
    const before = await lostEvents()
    const events = [event(['1']), event(['2']), event(['3'])]
    for (const one of events) audit.note(one)
    expect(await lostEvents()).toBe(before + 1)
    expect(lines).toContainEqual(expect.objectContaining({ audit: events[2] }))
    await expect(audit.record(event(['change'], 'allowed'))).rejects.toSatisfy(AuditUnavailable.is)
    mood.away = false
    await expect.poll(() => kept).toEqual(events.slice(0, 2))
    await audit.close()
  })

  it('what cannot be written before the end is logged', async () => {
    const { store, mood } = unsteady()
    mood.away = true
    const { log, lines } = makeLog()
    const audit = createQueuedAudit({ store, log, everyMs: 5 })
    const one = event(['last'])
    audit.note(one)
    await audit.close()
    expect(lines).toContainEqual(expect.objectContaining({ audit: one }))
  })
})

describe('of what callers attempt', () => {
  const ada: Caller = { sub: 'ada', roles: ['r'], via: 'bearer', requestId: 'request-1' }
  const resource = { kind: 'table', path: ['iceberg', 'banking', 't'] }
  const ACTIONS: readonly Action[] = ['list', 'read', 'write', 'create', 'drop', 'manage', 'impersonate']
  function setUp(allow: boolean) {
    const recorded: AuditEvent[] = []
    const noted: AuditEvent[] = []
    const audit: Audit = { record: async (e) => void recorded.push(e), note: (e) => void noted.push(e) }
    const policy = { decide: async () => (allow ? { allow } : { allow, reason: 'no role' }) }
    const isKnown = (caller: Caller) => caller.via === 'sigv4' && caller.sub === 'catalog'
    return { recorded, noted, authoriser: auditedAuthoriser(policy, { part: 'p', audit, isKnown }) }
  }

  it('all that is refused is recorded, with request, person, thing, reason and address', async () => {
    const { authoriser, noted, recorded } = setUp(false)
    await runInTrace({ traceId: 't', spanId: 's', address: '192.0.2.7' }, async () => {
      for (const action of ACTIONS) await attempt(authoriser, ada, action, resource)
    })
    expect(noted.map((e) => e.what.action)).toEqual(ACTIONS)
    expect(recorded).toEqual([])
    expect(noted[0]).toMatchObject({
      requestId: 'request-1',
      who: { sub: 'ada', via: 'bearer', roles: ['r'] },
      what: { part: 'p', kind: 'table', path: ['iceberg', 'banking', 't'] },
      outcome: 'denied',
      reason: 'no role',
      address: '192.0.2.7',
    })
  })

  it('of what is allowed only that is recorded which may change something', async () => {
    const { authoriser, noted, recorded } = setUp(true)
    for (const action of ACTIONS) await authorise(authoriser, ada, action, resource)
    expect(recorded.map((e) => e.what.action)).toEqual(['write', 'create', 'drop', 'manage', 'impersonate'])
    expect(noted).toEqual([])
  })

  it('of what is made it is that which is recorded, not what it is made in', async () => {
    const inSchema = { kind: 'schema', path: ['iceberg', 'banking'], made: { kind: 'table', name: 'copy' } }
    const [yes, no] = [setUp(true), setUp(false)]
    await attempt(yes.authoriser, ada, 'create', inSchema)
    await attempt(no.authoriser, ada, 'create', inSchema)
    const what = { part: 'p', action: 'create', kind: 'table', path: ['iceberg', 'banking', 'copy'] }
    expect([...yes.recorded, ...no.noted].map((e) => e.what)).toEqual([what, what])
  })

  it('a refusal names a thing without a path by its kind alone', async () => {
    const { authoriser } = setUp(false)
    await expect(authorise(authoriser, ada, 'read', { kind: 'audit', path: [] })).rejects.toThrow(/may not read audit$/)
  })

  it('a look leaves no record, whatever the answer', async () => {
    for (const allow of [true, false]) {
      const { authoriser, noted, recorded } = setUp(allow)
      for (const action of ACTIONS) expect((await decide(authoriser, ada, action, resource)).allow).toBe(allow)
      expect([...noted, ...recorded]).toEqual([])
    }
  })

  it('our own cells and keys are recorded when they are refused, and not when they are allowed', async () => {
    const own: readonly Caller[] = [
      { ...ada, via: 'internal' },
      { ...ada, sub: 'catalog', via: 'sigv4' },
    ]
    for (const caller of own) {
      const [yes, no] = [setUp(true), setUp(false)]
      await attempt(yes.authoriser, caller, 'write', resource)
      await attempt(no.authoriser, caller, 'write', resource)
      expect([yes.recorded.length, yes.noted.length, no.noted.length]).toEqual([0, 0, 1])
    }
    const { authoriser, recorded } = setUp(true)
    await attempt(authoriser, { ...ada, sub: 'catalog', via: 'session' }, 'write', resource)
    expect(recorded.length).toBe(1)
  })

  it('an authoriser that does not answer is recorded as a refusal', async () => {
    const noted: AuditEvent[] = []
    const audit: Audit = { record: async () => undefined, note: (e) => void noted.push(e) }
    const silent = auditedAuthoriser({ decide: () => new Promise(() => undefined) }, { part: 'p', audit })
    expect((await attempt(silent, ada, 'read', resource, { deadlineMs: 5 })).allow).toBe(false)
    expect(noted.map((e) => e.outcome)).toEqual(['denied'])
  })

  it('what cannot be recorded is not allowed', async () => {
    const audit: Audit = { record: async ({ what }) => Promise.reject(AuditUnavailable({ action: what.action })), note: () => undefined }
    const authoriser = auditedAuthoriser({ decide: async () => ({ allow: true }) }, { part: 'p', audit })
    await expect(authorise(authoriser, ada, 'write', resource)).rejects.toMatchObject({ code: 'audit.unavailable', status: 503 })
    await expect(authorise(authoriser, ada, 'read', resource)).resolves.toMatchObject({ allow: true })
  })
})
