// Each declared alert of a part, made to fire through the part's own door, and over when the cause is.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { auditedAuthoriser, createLogAudit } from '#kit/audit'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { createQueuedAudit } from '#kit/audit-queue'
import { createLog, type Log } from '#kit/log'
import { Secret } from '#kit/secret'
import { createGateway, createLocalCa, createSessionStore } from '#parts/gateway/index'
import { startTestIdentity, type TestIdentity } from '#parts/identity/test-identity'
import { countServers } from '#parts/postgresql/metrics'
import { allowAll, ask, type Bench, groupOfEach, openBench, startSql } from '#parts/sql/testing'
import { send, startTestStorage } from '#parts/storage/fixture'
import { postgresIsFull } from '#runtime/supervisor/probe'
import { watchAlert } from '#test/support/alerts'
import { freePort, startTempPostgres, type TempPostgres } from '#test/support/postgres'
import { holdSilently } from '#test/support/silent'

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const DAY = 24 * 3600 * 1000
let postgres: TempPostgres
let home: string

beforeAll(async () => {
  postgres = await startTempPostgres()
  home = mkdtempSync(join(tmpdir(), 'akko-alerts-'))
})
afterAll(async () => {
  await postgres?.stop()
  rmSync(home, { recursive: true, force: true })
})

describe('identity', () => {
  let identity: TestIdentity
  beforeAll(async () => {
    identity = await startTestIdentity()
  })
  afterAll(() => identity?.stop())

  it('LoginsFailInABurst: of one realm, of whomever, and no more than five minutes after the last', async () => {
    const { look } = watchAlert('LoginsFailInABurst')
    const attempt = async (n: number) =>
      (
        await fetch(`${identity.base}/realms/master/protocol/openid-connect/token`, {
          method: 'POST',
          body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: `guess-${n % 8}`, password: 'wrong' }),
        })
      ).status
    expect(await look(0)).toEqual([])
    for (let n = 0; n < 30; n++) expect(await attempt(n)).toBe(400)
    expect(await look(10)).toEqual([])
    expect(await attempt(30)).toBe(400)
    expect(await look(20)).toEqual([
      expect.objectContaining({
        ...{ part: 'identity', severity: 'warn', labels: { realm: 'master' }, action: './akko logs identity' },
        text: '31 logins with a password failed in the realm master within 5 minutes',
      }),
    ])
    expect(await look(311)).toEqual([])
  })
})

describe('SQL', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(() => bench?.close())

  it('SqlQueueFull: when queries are refused since too many wait, not while they only wait', async () => {
    const { look } = watchAlert('SqlQueueFull')
    const sql = await startSql(bench, { resourceGroups: groupOfEach({ atOnce: 1, waiting: 1 }) })
    const submit = (statement: string) =>
      fetch(`${sql.url}/v1/statement`, { method: 'POST', body: statement, headers: { 'x-trino-user': 'anna' } })
    try {
      const long =
        'SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) CROSS JOIN UNNEST(sequence(1, 90)) AS c(z) WHERE x % 7 = y % 11'
      const running = (await (await submit(long)).json()) as { nextUri: string }
      expect((await submit('SELECT 1')).status).toBe(200)
      expect(await look(0)).toEqual([])
      expect((await ask(sql.url, 'SELECT 2', { 'x-trino-user': 'anna' })).error).toMatchObject({ errorName: 'QUERY_QUEUE_FULL' })
      expect(await look(10)).toEqual([
        expect.objectContaining({ part: 'sql', text: '1 queries were refused within 5 minutes, since too many waited' }),
      ])
      await fetch(running.nextUri, { method: 'DELETE', headers: { 'x-trino-user': 'anna' } })
      await expect.poll(() => sql.counts, { timeout: 20_000 }).toEqual({ running: 0, queued: 0 })
      expect((await submit('SELECT 3')).status).toBe(200)
      expect(await look(320)).toEqual([])
    } finally {
      await sql.stop()
    }
  })
})

describe('storage', () => {
  it('StorageRefusesUploads: when the disk has no room for an object', async () => {
    const { look } = watchAlert('StorageRefusesUploads')
    const storage = await startTestStorage(allowAll, { log: quiet })
    const full = await startTestStorage(allowAll, { reserveBytes: Number.MAX_SAFE_INTEGER, log: quiet })
    try {
      for (const { endpoint } of [storage, full]) expect((await send(endpoint, { method: 'PUT', path: '/lake' })).status).toBe(200)
      expect((await send(storage.endpoint, { method: 'PUT', path: '/lake/a', body: 'a' })).status).toBe(200)
      expect(await look(0)).toEqual([])
      expect((await send(full.endpoint, { method: 'PUT', path: '/lake/a', body: 'a' })).status).toBe(507)
      expect(await look(10)).toEqual([
        expect.objectContaining({
          ...{ part: 'storage', severity: 'bad', action: './akko logs storage' },
          text: '1 requests to store something were refused within 5 minutes: InsufficientStorage',
        }),
      ])
      expect(await look(311)).toEqual([])
    } finally {
      await storage.stop()
      await full.stop()
    }
  })

  it('AuditEventsLost: when refusals at its door find no room in the queue of a database that is away', async () => {
    const { look } = watchAlert('AuditEventsLost')
    const closed = new pg.Pool({ host: '127.0.0.1', port: await freePort(), connectionTimeoutMillis: 200 })
    const store = createPostgresAuditStore({ owner: async () => closed })
    const audit = createQueuedAudit({ store, log: quiet, capacity: 2, everyMs: 20, waitMs: 20 })
    const nobody: Authoriser = { decide: async () => ({ allow: false, reason: 'tested' }) }
    const storage = await startTestStorage(auditedAuthoriser(nobody, { part: 'storage', audit }), { log: quiet })
    const refused = async () => (await send(storage.endpoint, { path: '/lake/a' })).status
    try {
      for (let n = 0; n < 2; n++) expect(await refused()).toBe(403)
      expect(await look(0)).toEqual([])
      for (let n = 0; n < 3; n++) expect(await refused()).toBe(403)
      expect(await look(10)).toEqual([
        expect.objectContaining({
          ...{ severity: 'bad', labels: { cell: 'tested' }, action: './akko logs audit' },
          text: '3 refusals in the process tested could not be recorded within 15 minutes: they stand in the log only',
        }),
      ])
      expect(await look(911)).toEqual([])
    } finally {
      await storage.stop()
      await audit.close()
      await closed.end()
    }
  })
})

describe('the gateway', () => {
  /** The real one over TLS, with an authority that ends after so many days. */
  async function gatewayWith(days: number) {
    const caDir = join(home, `ca-${days}`)
    const made = Date.now() - (3650 - days) * DAY
    await createLocalCa(caDir, { domains: ['akko.localhost'], now: () => new Date(made) })
    const pool = new pg.Pool({ connectionString: postgres.url('postgres'), max: 2 })
    const port = await freePort()
    const [key, client] = [new Secret('k'.repeat(43)), { id: 'cockpit', secret: new Secret('s') }]
    const gateway = createGateway({
      ...{ name: 'gateway', host: '127.0.0.1', port, domain: 'akko.localhost', publicPort: port, caDir },
      routes: { hosts: [], paths: [] },
      oidc: { issuer: 'https://localhost/realms/akko', internalUrl: 'http://127.0.0.1:9', clients: { cockpit: client } },
      sessions: createSessionStore({ pool, schema: 'akko_edge', key }),
      sessionKey: key,
      authenticator: { bearer: () => Promise.reject(new Error('no tokens here')) },
      audit: createLogAudit(createLog('gateway')),
      log: createLog('gateway'),
    })
    await gateway.start()
    return {
      health: () => gateway.health(),
      stop: async () => {
        await gateway.stop()
        await pool.end()
      },
    }
  }

  it.each([
    [400, [], []],
    [50, ['authority'], []],
    [10, ['authority', 'gateway'], []],
    [1, [], ['authority', 'gateway']],
  ])('CertificateEndsSoon, CertificateEnds: %i days before the end of its authority', async (days, soon, ends) => {
    const gateway = await gatewayWith(days)
    try {
      expect(await gateway.health()).toEqual({ healthy: true })
      const named = async (name: string) => (await watchAlert(name).look(0)).map((a) => a.labels.certificate).sort()
      expect(await named('CertificateEnds')).toEqual(ends)
      expect((await named('CertificateEndsSoon')).filter((c) => !(ends as string[]).includes(c as string))).toEqual(soon)
    } finally {
      await gateway.stop()
    }
  })
})

describe('PostgreSQL', () => {
  it('PostgresTakesNoConnections: when those who say nothing hold every place, also that of who asks how many are taken', async () => {
    const { look } = watchAlert('PostgresTakesNoConnections')
    const door = { host: '127.0.0.1', port: postgres.port }
    const monitor = new pg.Pool({ connectionString: postgres.url('postgres'), max: 1 })
    countServers(new Map([['postgresql', async () => monitor]]), () => postgresIsFull(door))
    expect(await look(0)).toEqual([])
    const silent = await holdSilently(door, 300)
    await expect.poll(() => postgresIsFull(door), { timeout: 20_000 }).toBe(true)
    expect(await look(10)).toEqual([
      expect.objectContaining({
        ...{ part: 'postgresql', severity: 'bad', labels: { server: 'postgresql' }, action: './akko logs postgresql' },
        text: 'postgresql takes no more connections: who has one works on, and nobody else comes in',
      }),
    ])
    silent.release()
    await expect.poll(() => postgresIsFull(door), { timeout: 20_000 }).toBe(false)
    expect(await look(20)).toEqual([])
    await monitor.end()
  })

  it('PostgresConnectionsNearMaximum: when hardly a connection is left, for half a minute; and it still answers then', async () => {
    const { look } = watchAlert('PostgresConnectionsNearMaximum')
    const admin = new pg.Pool({ connectionString: postgres.url('postgres'), max: 1 })
    await admin.query(`CREATE ROLE monitor LOGIN PASSWORD 'm' IN ROLE pg_monitor`)
    await admin.query(`CREATE ROLE crowd LOGIN PASSWORD 'c'`)
    await admin.end()
    const monitor = new pg.Pool({ connectionString: postgres.url('postgres', 'monitor', 'm'), max: 1 })
    countServers(new Map([['postgresql', async () => monitor]]))
    const crowd: pg.Client[] = []
    const fresh = () => new Promise((done) => setTimeout(done, 1050))
    try {
      expect(await look(0)).toEqual([])
      for (let n = 0; n < 90; n++) {
        const client = new pg.Client({ connectionString: postgres.url('postgres', 'crowd', 'c') })
        client.on('error', () => undefined)
        await client.connect()
        crowd.push(client)
      }
      await fresh()
      expect(await look(10)).toEqual([]) // pending
      expect(await look(40)).toEqual([
        expect.objectContaining({
          ...{ part: 'postgresql', severity: 'warn', labels: { server: 'postgresql' }, action: './akko logs postgresql' },
          text: expect.stringMatching(/^9\d(\.\d)? % of the connections of postgresql are taken$/),
        }),
      ])
    } finally {
      await Promise.all(crowd.map((client) => client.end()))
    }
    await fresh()
    expect(await look(50)).toEqual([])
    await monitor.end()
  })
})
