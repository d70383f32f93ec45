// For the tests of this part: the whole part on a free port, over a real PostgreSQL and the real storage, under the real policy.
import pg from 'pg'
import type { Caller } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import { createLog } from '#kit/log'
import { Secret } from '#kit/secret'
import { requestId } from '#kit/trace'
import { createDocs, type DocsDeps } from '#parts/docs/index'
import { REGION, ROOT, send, startTestStorage } from '#parts/storage/fixture'
import { createPolicy } from '#runtime/policy'
import { startTempPostgres } from '#test/support/postgres'
import { createS3Objects } from '#wire/s3/objects'

export const ORIGIN = 'https://docs.example.test'
export const BUCKET = 'reports'
export const MAX_BYTES = 100_000

/** Tokens of the tests: `<user>:<role>`, and `:<account>` where it is told. */
const authenticator = {
  bearer: async (token: string): Promise<Caller> => {
    const [sub, role, account] = token.split(':')
    if (!sub || !role) throw NotAuthenticated({ reason: 'the token is not of the realm' })
    return { sub, ...(account ? { account } : {}), roles: [role], via: 'bearer', requestId: requestId() }
  },
}

export interface TestDocs {
  readonly url: string
  readonly pool: pg.Pool
  /** Keys of all objects in the bucket. */
  keys(): Promise<string[]>
  call(method: string, path: string, options?: CallOptions): Promise<Response>
  close(): Promise<void>
}

export interface CallOptions {
  readonly as?: string
  readonly type?: string
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>
  readonly headers?: Record<string, string>
}

export async function startDocs(change: Partial<DocsDeps> = {}): Promise<TestDocs> {
  const [postgres, storage] = await Promise.all([startTempPostgres(), startTestStorage(createPolicy().authoriser)])
  const pool = new pg.Pool({ connectionString: postgres.url('postgres'), max: 5 })
  pool.on('error', () => undefined)
  const objects = createS3Objects({
    endpoint: storage.endpoint,
    region: REGION,
    accessKeyId: ROOT.accessKeyId,
    secretAccessKey: new Secret(ROOT.secretAccessKey),
  })
  const made = await send(storage.endpoint, { method: 'PUT', path: `/${BUCKET}` })
  if (made.status !== 200) throw new Error(made.text)
  const part = createDocs({
    listen: { host: '127.0.0.1', port: 0 },
    pool,
    objects,
    bucket: BUCKET,
    authenticator,
    authoriser: createPolicy().authoriser,
    key: new Secret('link-key'),
    origin: ORIGIN,
    maxBytes: MAX_BYTES,
    version: 'test',
    log: createLog('docs'),
    ...change,
  })
  await part.start()
  const url = `http://127.0.0.1:${part.port()}`
  return {
    url,
    pool,
    keys: () => objects.list(BUCKET, ''),
    call: (method, path, { as, type, body, headers = {} } = {}) =>
      fetch(url + path, {
        method,
        redirect: 'manual',
        headers: { ...(as ? { authorization: `Bearer ${as}` } : {}), ...(type ? { 'content-type': type } : {}), ...headers },
        ...(body === undefined ? {} : { body: body as string, duplex: 'half' }),
      }),
    close: async () => {
      await part.stop()
      await pool.end()
      await storage.stop()
      await postgres.stop()
    },
  }
}
