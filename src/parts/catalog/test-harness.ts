// For the tests of this part: the whole part on a free port over a real PostgreSQL and a folder of files.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import type { Authoriser, Caller } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { randomSecret, Secret } from '#kit/secret'
import { requestId } from '#kit/trace'
import { type Catalog, type CatalogDeps, createCatalog } from '#parts/catalog/index'
import { createFolderMetadataFiles } from '#parts/catalog/metadata-files-folder'
import { startTempPostgres } from '#test/support/postgres'

export const WAREHOUSE = 'lakehouse'
export const MANAGEMENT = '/api/management/v1'
export const ROOT_CREDENTIALS = { clientId: 'root-client', secret: 'root-secret-of-the-tests' } as const

export interface Harness extends Catalog {
  readonly deps: CatalogDeps
  /** `http://127.0.0.1:port`. */
  readonly url: string
  readonly baseLocation: string
  readonly folder: string
  call(
    method: string,
    path: string,
    options?: { readonly token?: string; readonly body?: unknown; readonly headers?: Record<string, string> },
  ): Promise<Answer>
  /** A token of client credentials; root's by default. */
  login(clientId?: string, secret?: string): Promise<string>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies of a foreign protocol, looked into by the tests
  readonly body: any
  readonly headers: Headers
}

/** Realm tokens of the tests: `realm:<user>:<role>`. */
const authenticator = {
  bearer: async (token: string): Promise<Caller> => {
    const [realm, sub, role] = token.split(':')
    if (realm !== 'realm' || !sub || !role) throw NotAuthenticated({ reason: 'the token is not of the realm' })
    return { sub, roles: [role], via: 'bearer', requestId: requestId() }
  },
}

export async function startHarness(authoriser: Authoriser, change: Partial<CatalogDeps> = {}): Promise<Harness> {
  const postgres = await startTempPostgres()
  const folder = mkdtempSync(join(tmpdir(), 'akko-catalog-'))
  const pool = new pg.Pool({ connectionString: postgres.url('postgres'), max: 10 })
  pool.on('error', () => undefined)
  const deps: CatalogDeps = {
    listen: { host: '127.0.0.1', port: 0 },
    pool,
    authoriser,
    authenticator,
    authentication: { mode: 'token' },
    root: { clientId: ROOT_CREDENTIALS.clientId, secret: new Secret(ROOT_CREDENTIALS.secret) },
    tokenKey: randomSecret(),
    warehouse: WAREHOUSE,
    sqlCatalog: 'iceberg',
    files: createFolderMetadataFiles(folder),
    vend: () => async () => {
      throw new Error('a folder needs no keys')
    },
    clientDefaults: {},
    version: 'test',
    ...change,
  }
  const catalog = createCatalog(deps)
  await catalog.part.start()
  const url = `http://127.0.0.1:${catalog.port()}`
  const call: Harness['call'] = async (method, path, { token, body, headers = {} } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers }
  }
  const login: Harness['login'] = async (clientId = ROOT_CREDENTIALS.clientId, secret = ROOT_CREDENTIALS.secret) => {
    const response = await fetch(`${url}/api/catalog/v1/oauth/tokens`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: secret,
        scope: 'PRINCIPAL_ROLE:ALL',
      }),
    })
    return ((await response.json()) as { access_token: string }).access_token
  }
  return {
    ...catalog,
    deps,
    url,
    folder,
    baseLocation: pathToFileURL(folder).href,
    call,
    login,
    close: async () => {
      await catalog.part.stop()
      await pool.end()
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs a foreign program; its exit status and what it said. */
export function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      { env: { ...process.env, ...env }, maxBuffer: 32 * 1024 * 1024 },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
      },
    )
    child.stdin?.end(input)
  })
}

export const PREFIX = `/api/catalog/v1/${WAREHOUSE}`
export const SIMPLE_SCHEMA = { type: 'struct', fields: [{ id: 1, name: 'id', type: 'long', required: false }] } as const

/** Makes the warehouse as root does, at the harness's folder. */
export async function makeWarehouse(harness: Harness): Promise<string> {
  const token = await harness.login()
  const made = await harness.call('POST', `${MANAGEMENT}/catalogs`, {
    token,
    body: {
      catalog: {
        type: 'INTERNAL',
        name: WAREHOUSE,
        properties: { 'default-base-location': harness.baseLocation },
        storageConfigInfo: { storageType: 'FILE' },
      },
    },
  })
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  return token
}

/** The changes of an append, as a client sends them. */
export function appendOf(location: string, snapshotId: number, parent: number | undefined, sequence: number) {
  return [
    {
      action: 'add-snapshot',
      snapshot: {
        'snapshot-id': snapshotId,
        ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
        'sequence-number': sequence,
        'timestamp-ms': Date.now(),
        'manifest-list': `${location}/metadata/snap-${snapshotId}.avro`,
        summary: { operation: 'append' },
        'schema-id': 0,
      },
    },
    { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': snapshotId },
  ]
}

export const forbidden = { status: 403, body: { error: { type: 'ForbiddenException', code: 403 } } }
export const unauthorised = { status: 401, body: { error: { type: 'NotAuthorizedException', code: 401 } } }

/** Calls of the warehouse and of the management API, of a harness that starts later. */
export function callsTo(catalog: () => Harness) {
  return {
    get: (token: string | undefined, path: string, headers = {}) =>
      catalog().call('GET', PREFIX + path, { ...(token ? { token } : {}), headers }),
    post: (token: string, path: string, body: unknown) => catalog().call('POST', PREFIX + path, { token, body }),
    manage: (token: string, method: string, path: string, body?: unknown) => catalog().call(method, MANAGEMENT + path, { token, body }),
  }
}
