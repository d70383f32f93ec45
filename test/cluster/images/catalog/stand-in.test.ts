// The stand-in as the chart runs it: set up by the ensure engine from the cluster's declarations, over a foreign S3
// (versitygw), with pyiceberg as the judge. Trino is the judge in the cluster itself.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apply, createEnsureContext, plan } from '#ensure/index'
import { createMemoryStore } from '#ensure/test-laws'
import { randomSecret, Secret } from '#kit/secret'
import { run } from '#parts/catalog/test-harness'
import { NAMESPACES, secretName, WAREHOUSE, WAREHOUSE_BUCKET } from '#platform/names'
import { jobs, resourcesOf } from '#platform/registry'
import { type StandIn, startStandIn } from '#test/cluster/images/catalog/stand-in'
import { goTool } from '#test/support/go-tools'
import { judgePython } from '#test/support/judges'
import { freePort, startTempPostgres, type TempPostgres } from '#test/support/postgres'
import { createS3Client } from '#wire/s3/client'

const KEY = { id: 'catalogkey', secret: randomSecret().reveal() }
const ROOT = randomSecret()
const REGION = 'us-east-1'
const resources = resourcesOf({ shape: 'cluster', domain: 'akko.test', publicPort: 443, demo: false }).filter(
  (r) => jobs.find((j) => j.name === 'polaris-init')?.selects(r) ?? false,
)
const secrets = createMemoryStore()

let postgres: TempPostgres | undefined
let s3: { readonly endpoint: string; stop(): Promise<void> }
let env: Record<string, string>
let standIn: StandIn

const api = () => `http://127.0.0.1:${standIn.port}/api`
const context = () => createEnsureContext({ secrets, polaris: { url: api(), root: { clientId: 'root', clientSecret: ROOT } } })
const start = () => startStandIn({ env, host: '127.0.0.1', port: 0, managementPort: 0 })
const manage = (path: string) => fetch(`http://127.0.0.1:${standIn.managementPort}${path}`)

beforeAll(async () => {
  const server = await startTempPostgres()
  postgres = server
  const admin = new pg.Client({ connectionString: server.url('postgres') })
  await admin.connect()
  await admin.query("CREATE ROLE polaris LOGIN PASSWORD 'polaris-password'")
  await admin.query('CREATE DATABASE polaris OWNER polaris')
  await admin.end()
  s3 = await startForeignS3()
  env = {
    POLARIS_REALM_CONTEXT_REALMS: 'akko',
    POLARIS_BOOTSTRAP_CREDENTIALS: `akko,root,${ROOT.reveal()}`,
    QUARKUS_DATASOURCE_USERNAME: 'polaris',
    QUARKUS_DATASOURCE_PASSWORD: 'polaris-password',
    QUARKUS_DATASOURCE_JDBC_URL: `jdbc:postgresql://127.0.0.1:${server.port}/polaris`,
    AWS_ACCESS_KEY_ID: KEY.id,
    AWS_SECRET_ACCESS_KEY: KEY.secret,
    AWS_REGION: REGION,
    AKKO_S3_ENDPOINT: s3.endpoint,
  }
  standIn = await start()
})
afterAll(async () => {
  await standIn?.stop()
  await s3?.stop()
  await stopPostgres()
})

describe('the stand-in for Polaris', () => {
  it('is ready and alive at the management port', async () => {
    for (const path of ['/q/health/ready', '/q/health/live', '/q/metrics']) expect((await manage(path)).status).toBe(200)
    expect((await manage('/q/other')).status).toBe(404)
  })

  it('is set up by the init job of the chart, and then nothing is left to do', async () => {
    const kinds = new Set(resources.map((r) => r.kind))
    expect([...kinds].sort()).toEqual(['catalog', 'catalogRole', 'grant', 'namespace', 'principal', 'principalRole'])
    expect((await apply(resources, context())).filter((r) => r.outcome === 'failed')).toEqual([])
    expect(await plan(resources, context())).toEqual([])
  })

  it('serves pyiceberg as the principal of Trino, who brings a key of its own', async () => {
    const { code, stdout, stderr } = await pyiceberg(`
rows = pa.table({'id': [1, 2, 3]})
t = c.create_table('banking.stand_in', schema=rows.schema)
t.append(rows)
t.append(rows)
print(sorted(n[0] for n in c.list_namespaces()))
print(t.location().rsplit('/', 1)[0], c.load_table('banking.stand_in').scan().to_arrow().num_rows)
`)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [namespaces, table] = stdout.trim().split('\n')
    expect(namespaces).toBe(
      `[${[...NAMESPACES]
        .sort()
        .map((n) => `'${n}'`)
        .join(', ')}]`,
    )
    expect(table).toBe(`s3://${WAREHOUSE_BUCKET}/banking 6`)
  })

  it('keeps its state and its principals’ tokens over a restart', async () => {
    const token = await tokenOf('trino')
    await standIn.stop()
    standIn = await start()
    const table = await fetch(`${api()}/catalog/v1/${WAREHOUSE}/namespaces/banking/tables/stand_in`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(table.status).toBe(200)
    expect(await plan(resources, context())).toEqual([])
  })

  it('lets nobody in without a token of a principal', async () => {
    for (const headers of [{}, { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }] as Record<string, string>[])
      expect((await fetch(`${api()}/management/v1/catalogs`, { headers })).status).toBe(401)
    const trino = { authorization: `Bearer ${await tokenOf('trino')}` }
    expect(
      (
        await fetch(`${api()}/management/v1/principal-roles`, {
          method: 'POST',
          headers: { ...trino, 'content-type': 'application/json' },
          body: '{"principalRole":{"name":"mine"}}',
        })
      ).status,
    ).toBe(403)
  })

  it('says that it is not ready when its database is away', async () => {
    await stopPostgres()
    expect((await manage('/q/health/ready')).status).toBe(503)
    expect((await manage('/q/health/live')).status).toBe(200)
  })
})

/** Once: its last test ends it early. */
async function stopPostgres(): Promise<void> {
  const running = postgres
  postgres = undefined
  await running?.stop()
}

async function credentialOf(principal: string): Promise<string> {
  return (await secrets.get(secretName.principal(principal)))?.reveal() ?? ''
}

async function tokenOf(principal: string): Promise<string> {
  const [id = '', secret = ''] = (await credentialOf(principal)).split(':')
  const answer = await fetch(`${api()}/catalog/v1/oauth/tokens`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret, scope: 'PRINCIPAL_ROLE:ALL' }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

async function pyiceberg(script: string) {
  const lake = 'PYICEBERG_CATALOG__LAKE__'
  return run(
    judgePython(),
    ['-W', 'ignore', '-c', `import pyarrow as pa\nfrom pyiceberg.catalog import load_catalog\nc = load_catalog('lake')\n${script}`],
    {
      [`${lake}URI`]: `${api()}/catalog`,
      [`${lake}WAREHOUSE`]: WAREHOUSE,
      [`${lake}CREDENTIAL`]: await credentialOf('trino'),
      [`${lake}SCOPE`]: 'PRINCIPAL_ROLE:ALL',
      [`${lake}S3__ACCESS_KEY_ID`]: KEY.id,
      [`${lake}S3__SECRET_ACCESS_KEY`]: KEY.secret,
    },
  )
}

/** versitygw over a folder: an S3 that knows nothing of ours. */
async function startForeignS3(): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'akko-versity-'))
  mkdirSync(join(dir, 'data'))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const child = spawn(goTool('versitygw'), ['--port', `127.0.0.1:${port}`, 'posix', join(dir, 'data')], {
    env: { ...process.env, ROOT_ACCESS_KEY: KEY.id, ROOT_SECRET_KEY: KEY.secret },
    stdio: 'ignore',
  })
  const access = { endpoint, region: REGION, accessKeyId: KEY.id, secretAccessKey: new Secret(KEY.secret) }
  const client = createS3Client(access, { attempts: 1 })
  for (let left = 100; ; left--) {
    const made = await client.send({ method: 'PUT', path: `/${WAREHOUSE_BUCKET}` }).catch(() => undefined)
    const said = await made?.text()
    if (made?.status === 200) break
    if (left === 0 || child.exitCode !== null) throw new Error(`versitygw did not start: ${made?.status} ${said}`)
    await new Promise((r) => setTimeout(r, 100))
  }
  return {
    endpoint,
    stop: async () => {
      const ended = new Promise((r) => child.once('exit', r))
      child.kill('SIGTERM')
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
