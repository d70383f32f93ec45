// The pod as the chart starts it, behind a proxy that hands over people's tokens, with real servers behind it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPod } from '#cluster/docs/compose'
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
  storage = await startTestStorage(createPolicy())
  await send(storage.endpoint, { method: 'PUT', path: `/${BUCKET}` })
  env = {
    AKKO_PORT: String(await freePort()),
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
  for (const name of Object.keys(env).filter((n) => n !== 'AKKO_PORT')) {
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
