// The real servers that the laws are proved against; for tests.
import pg from 'pg'
import { createClients } from '#ensure/clients/index'
import type { LawServer } from '#ensure/test-laws'
import { Secret } from '#kit/secret'
import { startHarness } from '#parts/catalog/test-harness'
import { ADMIN, startTestIdentity } from '#parts/identity/test-identity'
import { createRolePolicy } from '#parts/policy/index'
import { REGION, ROOT, startTestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startTempPostgres } from '#test/support/postgres'
import { accepted, createS3Client, type S3Request } from '#wire/s3/client'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)

export interface PostgresLawServer extends LawServer {
  sql(database: string, text: string): Promise<Record<string, unknown>[]>
  url(database: string, user?: string, password?: string): string
}

export async function startPostgresLawServer(): Promise<PostgresLawServer> {
  const temp = await startTempPostgres()
  const sql: PostgresLawServer['sql'] = async (database, text) => {
    const client = new pg.Client({ connectionString: temp.url(database) })
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
  // Only our own statements take transaction numbers then, and each that changes anything does.
  await sql('postgres', 'ALTER SYSTEM SET autovacuum = off')
  await sql('postgres', 'SELECT pg_reload_conf()')
  const { user, password } = temp.superuser
  return {
    sql,
    url: temp.url,
    endpoints: { postgres: () => ({ host: '127.0.0.1', port: temp.port, superuser: user, password: new Secret(password) }) },
    evidence: () => sql('postgres', 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next_transaction'),
    stop: () => temp.stop(),
  }
}

export interface StorageLawServer extends LawServer {
  /** Deletes by the S3 or IAM API as the administrator. */
  s3(method: string, path: string): Promise<void>
  iam(action: string, parameters: Readonly<Record<string, string>>): Promise<string>
}

export async function startStorageLawServer(): Promise<StorageLawServer> {
  const storage = await startTestStorage(policy)
  const root = { accessKeyId: ROOT.accessKeyId, secretAccessKey: new Secret(ROOT.secretAccessKey) }
  const client = createS3Client({ endpoint: storage.endpoint, region: REGION, ...root }, { attempts: 1 })
  const send = async (request: S3Request) => (await accepted(`${request.method} ${request.path}`, await client.send(request))).text()
  return {
    s3: async (method, path) => void (await send({ method, path })),
    iam: (Action, parameters) =>
      send({
        service: 'iam',
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }).toString(),
      }),
    endpoints: {
      s3: {
        endpoint: storage.endpoint,
        region: REGION,
        root,
      },
    },
    stop: () => storage.stop(),
  }
}

export interface AdminLawServer extends LawServer {
  /** Any admin request with the administrator's token; path below `/api` or `/admin`. */
  call(method: string, path: string, body?: unknown): Promise<unknown>
}

export interface CatalogLawServer extends AdminLawServer {
  /** Where tables lie. */
  readonly baseLocation: string
}

export async function startCatalogLawServer(): Promise<CatalogLawServer> {
  const harness = await startHarness(policy)
  const { clientId, secret } = harness.deps.root
  return {
    baseLocation: harness.baseLocation,
    call: async (method, path, body) => {
      const answer = await harness.call(method, path, { token: await harness.login(), ...(body === undefined ? {} : { body }) })
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    endpoints: { polaris: { url: `${harness.url}/api`, root: { clientId, clientSecret: secret } } },
    stop: () => harness.close(),
  }
}

export async function startIdentityLawServer(): Promise<AdminLawServer> {
  const identity = await startTestIdentity()
  return {
    ...createKeycloakLawServer(identity.base, { username: ADMIN.username, password: new Secret(ADMIN.password) }),
    stop: () => identity.stop(),
  }
}

/** Any server that speaks Keycloak's admin API. */
export function createKeycloakLawServer(url: string, admin: { username: string; password: Secret }): Omit<AdminLawServer, 'stop'> {
  const endpoints = { keycloak: { url, admin } }
  return {
    call: async (method, path, body) => {
      const client = createClients(endpoints).keycloak()
      if (method === 'GET') return client.read(path)
      return (await client.write(method as 'POST' | 'PUT' | 'DELETE', path, body)).body
    },
    endpoints,
  }
}

/** How each of our servers is started. */
export const SERVERS = {
  postgresql: startPostgresLawServer,
  storage: startStorageLawServer,
  catalog: startCatalogLawServer,
  identity: startIdentityLawServer,
} as const

export type ServerName = keyof typeof SERVERS
export type LawServers = { readonly [N in ServerName]: Awaited<ReturnType<(typeof SERVERS)[N]>> }
