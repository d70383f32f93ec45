// The part alone on free ports in a temporary home, for tests; and a client that signs with our own codec.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Authoriser } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { createLog } from '#kit/log'
import type { Part } from '#kit/part'
import { Secret } from '#kit/secret'
import { createStorage, type StorageDeps } from '#parts/storage/index'
import { type Credentials, EMPTY_SHA256, sha256Hex, signHeaders } from '#wire/s3/sigv4'

export const REGION = 'test-region'
export const ROOT: Credentials = { accessKeyId: 'ROOTKEY', secretAccessKey: 'root-secret' }
export const SESSION_KEY = new Secret('session-key')

/** The file of the keys, in the home. */
export const SEALING = 'sealing-keys'

export interface TestStorage {
  readonly part: Part
  readonly deps: StorageDeps
  readonly home: string
  readonly endpoint: string
  stop(): Promise<void>
}

/** Deps for a home; the ports are free ones. */
export async function testDeps(home: string, authoriser: Authoriser, overrides: Partial<StorageDeps> = {}): Promise<StorageDeps> {
  return {
    name: 'storage',
    host: '127.0.0.1',
    names: ['localhost'],
    port: await freePort(),
    metricsPort: await freePort(),
    socket: join(home, 'files.sock'),
    dir: join(home, 'state'),
    objectsDir: join(home, 'objects'),
    spoolDir: join(home, 'spool'),
    region: REGION,
    rootKey: { accessKeyId: ROOT.accessKeyId, secretAccessKey: new Secret(ROOT.secretAccessKey) },
    sessionKey: SESSION_KEY,
    authoriser,
    keyOwners: { standing: () => undefined },
    sealingKeys: createSealingKeys(home),
    isLeased: () => false,
    webIdentity: NO_WEB_IDENTITY,
    webhooks: {},
    tenantOf: ({ sub, roles }) => [sub, ...roles].join('-'),
    log: createLog('storage'),
    uploadDays: 7,
    ...overrides,
  }
}

const NO_WEB_IDENTITY: StorageDeps['webIdentity'] = {
  verify: async () => {
    throw NotAuthenticated({ reason: 'there is no realm here' })
  },
  hasEnded: () => false,
  ownerOf: ({ rightsVersion }) => ({ path: '/', rightsVersion }),
  policyOver: () => '',
}

function createSealingKeys(home: string): StorageDeps['sealingKeys'] {
  const path = join(home, SEALING)
  return {
    get: async () => (existsSync(path) ? new Secret(readFileSync(path, 'utf8')) : undefined),
    put: async (keys) => writeFileSync(path, keys.reveal()),
  }
}

export async function startTestStorage(authoriser: Authoriser, overrides: Partial<StorageDeps> = {}): Promise<TestStorage> {
  const home = mkdtempSync(join(tmpdir(), 'akko-s3-'))
  const deps = await testDeps(home, authoriser, overrides)
  const part = createStorage(deps)
  await part.start()
  return {
    part,
    deps,
    home,
    endpoint: `http://127.0.0.1:${deps.port}`,
    stop: async () => {
      await part.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

export interface Sent {
  readonly method?: string
  /** Percent-encoded, with its query; sent as it is. */
  readonly path: string
  readonly headers?: Record<string, string>
  /** Of the request, which goes to the endpoint all the same. */
  readonly host?: string
  /** A function sees the signed headers; it needs `payloadHash`. */
  readonly body?: string | Buffer | ((signed: Record<string, string>) => string)
  readonly credentials?: Credentials | 'anonymous'
  readonly payloadHash?: string
  readonly now?: Date
  /** Changes the signed headers before they are sent. */
  readonly tamper?: (headers: Record<string, string>) => void
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
  /** S3's error code, where there is one. */
  readonly code: string | undefined
}

/** Signs and sends one request, byte for byte as told (no client library tidies the path). */
export function send(endpoint: string, sent: Sent): Promise<Answer> {
  const { method = 'GET', path, credentials = ROOT } = sent
  const { hostname, port } = new URL(endpoint)
  const plain = typeof sent.body === 'function' ? '' : (sent.body ?? '')
  const headers = credentials === 'anonymous' ? { ...sent.headers } : signed(endpoint, sent, credentials, method, plain)
  const body = typeof sent.body === 'function' ? sent.body(headers) : plain
  sent.tamper?.(headers)
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const req = http.request({ hostname, port, method, path, headers: { ...length, ...headers }, agent: false }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (c: Buffer) => chunks.push(c))
      res.on('error', reject)
      res.on('end', () => {
        const whole = Buffer.concat(chunks)
        const text = whole.toString('utf8')
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: whole, text, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1] })
      })
    })
    req.on('error', reject)
    req.end(body)
  })
}

/** The URL parser would resolve dot segments; the path that is signed must be the path that is sent. */
function signed(endpoint: string, sent: Sent, credentials: Credentials, method: string, body: string | Buffer): Record<string, string> {
  const target = new URL(sent.path.includes('?') ? sent.path.slice(sent.path.indexOf('?')) : '', endpoint)
  const pathname = sent.path.split('?')[0] as string
  const url = { host: sent.host ?? target.host, pathname, searchParams: target.searchParams } as URL
  return signHeaders({
    method,
    url,
    headers: sent.headers ?? {},
    payloadHash: sent.payloadHash ?? (body.length === 0 ? EMPTY_SHA256 : sha256Hex(Buffer.from(body))),
    credentials,
    region: REGION,
    service: 's3',
    now: sent.now ?? new Date(),
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}
