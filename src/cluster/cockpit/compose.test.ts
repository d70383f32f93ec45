// The pod behind a proxy that ends TLS, with the identity part behind it; the whole way with a browser, Keycloak and Trino is
// in test/strangers/cockpit-pod.test.ts.
import http, { type IncomingHttpHeaders } from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createPod, type Pod } from '#cluster/cockpit/compose'
import { readEnvironment } from '#cluster/cockpit/environment'
import { AUDIT_PASSWORD, createAuditRole, expectWriterOnly } from '#cluster/test-audit'
import { METRICS_TYPE } from '#kit/metrics'
import { startEcho } from '#parts/gateway/test-gateway'
import { audiences, startTestIdentity, type TestIdentity } from '#parts/identity/test-identity'
import { freePort, startTempPostgres, type TempPostgres } from '#test/support/postgres'

const DOMAIN = 'akko.test'
const CLIENT = { id: 'cockpit', secret: 'the secret of the cockpit' }
let identity: TestIdentity
let postgres: TempPostgres
let sql: Awaited<ReturnType<typeof startEcho>>
let pod: Pod
let port: number
let metricsPort: number

beforeAll(async () => {
  identity = await startTestIdentity({ origin: () => `https://identity.${DOMAIN}` })
  await identity.admin('POST', '/akko/clients', {
    clientId: CLIENT.id,
    secret: CLIENT.secret,
    serviceAccountsEnabled: true,
    protocolMappers: audiences('gateway', 'cockpit'),
    redirectUris: [`https://${DOMAIN}/auth/callback`],
  })
  postgres = await startTempPostgres()
  sql = await startEcho()
  port = await freePort()
  metricsPort = await freePort()
  await createAuditRole(postgres)
  const env = readEnvironment({
    AKKO_PORT: String(port),
    AKKO_METRICS_PORT: String(metricsPort),
    AKKO_AUDIT_PASSWORD: AUDIT_PASSWORD,
    AKKO_DOMAIN: DOMAIN,
    AKKO_OIDC_ISSUER: identity.issuer,
    AKKO_OIDC_BACKCHANNEL: `${identity.base}/realms/akko`,
    AKKO_OIDC_CLIENT_SECRET: CLIENT.secret,
    AKKO_SQL_URL: `http://127.0.0.1:${sql.port}`,
    AKKO_DATABASE_URL: `postgresql://postgres@127.0.0.1:${postgres.port}/postgres`,
    AKKO_DATABASE_PASSWORD: postgres.superuser.password,
    AKKO_SESSION_KEY: 'a session key of a test',
  })
  pod = createPod(env, { innerPort: await freePort(), addressOf: () => undefined })
  // Its timers begin when it starts; they go as time does, until a test lets time pass.
  vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true })
  await pod.start()
})
afterAll(async () => {
  vi.useRealTimers()
  await pod?.stop()
  await sql?.close()
  await identity?.stop()
  await postgres?.stop()
})

/** As the ingress controller asks: plain HTTP, the browser's Host. */
function ask(path: string, headers: Record<string, string> = {}, body?: string) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const req = http.request({ host: '127.0.0.1', port, path, method, headers: { host: DOMAIN, ...headers } }, async (res) => {
      let text = ''
      for await (const chunk of res) text += chunk
      resolve({ status: res.statusCode ?? 0, headers: res.headers, text })
    })
    req.on('error', reject)
    req.end(body)
  })
}

async function token(): Promise<string> {
  const answer = await identity.fetch(`${identity.issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: CLIENT.id, client_secret: CLIENT.secret }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

it('answers the probe by whatever host, and no other host', async () => {
  const health = await ask('/-/health', { host: '10.42.0.7:8080' })
  // helm/scripts/smoke-in-pod.mjs looks for these words.
  expect([health.status, health.text]).toEqual([200, '{"status":"ok"}'])
  expect((await ask('/', { host: '10.42.0.7:8080' })).status).toBe(404)
  expect((await ask('/', { host: `lab.${DOMAIN}` })).status).toBe(404)
})

it('sends a browser to the public issuer, with a cookie that only HTTPS carries', async () => {
  const { status, headers } = await ask('/sql?q=1', { accept: 'text/html', 'sec-fetch-mode': 'navigate' })
  const location = new URL(headers.location ?? '')
  expect([status, location.origin, location.searchParams.get('redirect_uri')]).toEqual([
    302,
    `https://identity.${DOMAIN}`,
    `https://${DOMAIN}/auth/callback`,
  ])
  expect(headers['set-cookie']?.[0]).toMatch(/^__Host-akko_443_login_[^=]+=.+; Path=\/; Secure; HttpOnly; SameSite=Lax/)
})

it('passes SQL on with the token, the browser’s address and nothing that claims to be somebody', async () => {
  const bearer = await token()
  const { status } = await ask(
    '/v1/statement',
    {
      authorization: `Bearer ${bearer}`,
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-auth-request-user': 'admin',
      'x-trino-user': 'me',
    },
    'SELECT 1',
  )
  expect(status).toBe(200)
  const { headers, body } = sql.seen.at(-1) as (typeof sql.seen)[number]
  expect(body).toBe('SELECT 1')
  expect(headers).toMatchObject({
    authorization: `Bearer ${bearer}`,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': DOMAIN,
    'x-trino-user': 'me',
  })
  expect(headers['x-forwarded-for']).toMatch(/^203\.0\.113\.7, (::ffff:)?127\.0\.0\.1$/)
  expect(headers).not.toHaveProperty('x-auth-request-user')
})

it('refuses SQL without a token, and the other paths of the SQL engine always', async () => {
  expect((await ask('/v1/statement', {}, 'SELECT 1')).status).toBe(401)
  expect((await ask('/v1/statement', { authorization: 'Bearer forged' }, 'SELECT 1')).status).toBe(401)
  const before = sql.seen.length
  // The portal's own page answers, or says that it is not built here.
  expect([200, 503]).toContain((await ask('/ui/', { authorization: `Bearer ${await token()}` })).status)
  expect(sql.seen.length).toBe(before)
})

it('keeps its sessions in the database that it was given', async () => {
  const client = new pg.Client({ connectionString: postgres.url('postgres') })
  await client.connect()
  const { rows } = await client.query(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'akko_edge'`)
  await client.end()
  expect(rows.map((r) => r.table_name)).toContain('session')
})

it('records who was refused, as a role that can add rows and read them, and no more', async () => {
  expect((await ask('/v1/statement', {}, 'SELECT 1')).status).toBe(401)
  await expectWriterOnly(postgres, 'akko-cockpit')
})

it('lets events go that are older than they are kept, once it has run for a minute', async () => {
  const owner = new pg.Client({ connectionString: postgres.url('postgres') })
  await owner.connect()
  await expect.poll(async () => (await owner.query('SELECT FROM akko.audit')).rowCount).toBeGreaterThan(0)
  // Events go from the beginning of the chain on: these are to be its first.
  await owner.query(
    'ALTER TABLE akko.audit DISABLE TRIGGER keep_recent; DELETE FROM akko.audit; ALTER TABLE akko.audit ENABLE ALWAYS TRIGGER keep_recent',
  )
  const add = (id: string, days: number) =>
    owner.query(
      `INSERT INTO akko.audit (id, time, request_id, sub, via, roles, part, action, kind, path, outcome)
       VALUES ($1, now() - $2 * interval '1 day', 'r', 'old', 'bearer', '{}', 'test', 'read', 'table', '{t}', 'allowed')`,
      [id, days],
    )
  const [younger, older] = ['00000000-0000-4000-8000-000000000399', '00000000-0000-4000-8000-000000000401']
  await add(older, 401)
  await add(younger, 399)
  const left = async () => (await owner.query("SELECT id FROM akko.audit WHERE sub = 'old' ORDER BY id")).rows.map(({ id }) => id)
  expect(await left()).toEqual([younger, older])
  await vi.advanceTimersByTimeAsync(60_000)
  await expect.poll(left, { timeout: 10_000 }).toEqual([younger])
  await owner.end()
})

it('tells what it counts on a port of its own, in the one form, and on the others nothing', async () => {
  const page = await fetch(`http://127.0.0.1:${metricsPort}/metrics`)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, METRICS_TYPE])
  const text = await page.text()
  for (const part of ['gateway', 'cockpit']) expect(text).toMatch(new RegExp(`^akko_http_request_seconds_count\\{[^}]*part="${part}"`, 'm'))
  expect((await fetch(`http://127.0.0.1:${metricsPort}/`)).status).toBe(404)
  expect((await ask('/metrics', { authorization: `Bearer ${await token()}` })).text).not.toContain('akko_')
})

it('names the variable that is missing or wrong', () => {
  expect(() => readEnvironment({ AKKO_DOMAIN: DOMAIN })).toThrow('AKKO_OIDC_ISSUER is not set')
  expect(() => readEnvironment({ AKKO_PORT: 'http' })).toThrow('AKKO_PORT is not a port')
  expect(() => readEnvironment({ AKKO_DOMAIN: DOMAIN, AKKO_OIDC_ISSUER: 'somewhere' })).toThrow('AKKO_OIDC_ISSUER is not an address')
})
