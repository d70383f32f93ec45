// The pod as the chart starts it, behind a proxy that hands over people's tokens, with real servers behind it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPod } from '#cluster/docs/compose'
import { AUDIT_PASSWORD, createAuditRole, expectWriterOnly } from '#cluster/test-audit'
import { METRICS_TYPE } from '#kit/metrics'
import { audiences, startTestIdentity, type TestIdentity } from '#parts/identity/test-identity'
import { REGION, ROOT, send, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { serviceNamed } from '#platform/registry'
import { createPolicy } from '#runtime/policy'
import { freePort, startTempPostgres, type TempPostgres } from '#test/support/postgres'

const BUCKET = 'reports'
let identity: TestIdentity
let postgres: TempPostgres
let storage: TestStorage
let pod: ReturnType<typeof createPod>
let env: Record<string, string>

beforeAll(async () => {
  identity = await startTestIdentity({ origin: () => 'https://identity.akko.test' })
  for (const name of ['docs', 'other'])
    await identity.admin('POST', '/akko/clients', {
      clientId: name,
      secret: `secret of ${name}`,
      serviceAccountsEnabled: true,
      protocolMappers: audiences(name),
    })
  postgres = await startTempPostgres()
  await createAuditRole(postgres)
  storage = await startTestStorage(createPolicy().authoriser)
  await send(storage.endpoint, { method: 'PUT', path: `/${BUCKET}` })
  env = {
    AKKO_PORT: String(await freePort()),
    AKKO_METRICS_PORT: String(await freePort()),
    AKKO_AUDIT_PASSWORD: AUDIT_PASSWORD,
    AKKO_ORIGIN: 'https://docs.akko.test',
    AKKO_OIDC_ISSUER: identity.issuer,
    AKKO_OIDC_BACKCHANNEL: `${identity.base}/realms/akko`,
    AKKO_DATABASE_URL: `postgresql://postgres@127.0.0.1:${postgres.port}/postgres`,
    AKKO_DATABASE_PASSWORD: postgres.superuser.password,
    AKKO_S3_ENDPOINT: storage.endpoint,
    AKKO_S3_REGION: REGION,
    AKKO_S3_ACCESS_KEY: ROOT.accessKeyId,
    AKKO_S3_SECRET_KEY: ROOT.secretAccessKey,
    AKKO_BUCKET: BUCKET,
    AKKO_LINK_KEY: 'a key of a test',
  }
  pod = createPod(env)
  await pod.start()
})
afterAll(async () => {
  await pod?.stop()
  await storage?.stop()
  await identity?.stop()
  await postgres?.stop()
})

const get = (path: string, headers: Record<string, string> = {}) => fetch(`http://127.0.0.1:${env.AKKO_PORT}${path}`, { headers })

async function token(client: string): Promise<string> {
  const answer = await fetch(`${identity.base}/realms/akko/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: `secret of ${client}` }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

it('is told every variable that it needs by the chart, and names one that is missing', () => {
  const { cluster } = serviceNamed('docs')
  const given = new Set([
    ...Object.keys(cluster?.env ?? {}),
    ...Object.keys(cluster?.secretEnv ?? {}),
    cluster?.database?.passwordEnv,
    ...['ENDPOINT', 'REGION', 'ACCESS_KEY', 'SECRET_KEY'].map((name) => `AKKO_S3_${name}`),
  ])
  for (const name of Object.keys(env).filter((n) => !n.endsWith('_PORT'))) {
    expect(given).toContain(name)
    expect(() => createPod({ ...env, [name]: '' })).toThrow(`${name} is not set`)
  }
})

it('is well without a login, and shows pages to who comes with a token for it: by the proxy, or by himself', async () => {
  expect((await get('/-/health')).status).toBe(200)
  const good = await token('docs')
  const ways: Record<string, string>[] = [{ 'x-auth-request-access-token': good }, { authorization: `Bearer ${good}` }]
  for (const headers of ways) {
    const page = await get('/', headers)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<h1>Reports</h1>')])
  }
})

it('believes no header but a token that verifies and is meant for it', async () => {
  const refused: Record<string, string>[] = [
    {},
    { 'x-auth-request-user': 'admin', 'x-auth-request-email': 'admin@akko.test' },
    { 'x-auth-request-access-token': 'admin' },
    { 'x-auth-request-access-token': await token('other') },
  ]
  for (const headers of refused) expect((await get('/', headers)).status).toBe(401)
})

it('records what is attempted as a role that can add rows and read them, and no more', async () => {
  const headers = { authorization: `Bearer ${await token('docs')}` }
  const refused = await fetch(`http://127.0.0.1:${env.AKKO_PORT}/api/reports/weekly`, { method: 'PUT', headers, body: '<h1>Weekly</h1>' })
  expect(refused.status).toBe(403)
  await expectWriterOnly(postgres, 'akko-docs')
})

it('tells what it counts on a port of its own, in the one form', async () => {
  const page = await fetch(`http://127.0.0.1:${env.AKKO_METRICS_PORT}/metrics`)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, METRICS_TYPE])
  expect(await page.text()).toMatch(/^akko_http_request_seconds_count\{[^}]*part="docs"/m)
  expect((await get('/metrics', { authorization: `Bearer ${await token('docs')}` })).status).toBe(404)
})
