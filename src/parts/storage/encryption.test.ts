// Encryption at rest over real HTTP: what is told is so on the disk, a changed byte is never given out, and the store's key can be replaced at any time.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { createRolePolicy } from '#parts/policy/index'
import { createFilesClient } from '#parts/storage/files-client'
import {
  type Answer,
  ROOT,
  SEALING,
  SESSION_KEY,
  type Sent,
  send as sendTo,
  startTestStorage,
  type TestStorage,
  testDeps,
} from '#parts/storage/fixture'
import { createStorage } from '#parts/storage/index'
import { FRAME } from '#parts/storage/sealing/frames'
import { iamOf } from '#parts/storage/test-keys'
import { RESOURCE_KINDS } from '#runtime/policy'
import { mintSession } from '#wire/s3/session'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const HEADER = 'x-amz-server-side-encryption'
const SSE = { [HEADER]: 'AES256' }
const MARK = 'this stands nowhere in clear '
const CONFIGURATION =
  '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>'
/** Several frames, none of which ends where it does. */
const LARGE = Buffer.from(MARK.repeat(Math.ceil((FRAME * 9) / MARK.length)))
const PART = Buffer.from(MARK.repeat(Math.ceil((5 * 1024 * 1024) / MARK.length)))

let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)
const put = (path: string, body: string | Buffer, headers: Record<string, string> = {}) => send({ method: 'PUT', path, body, headers })
const get = (path: string, headers: Record<string, string> = {}) => send({ path, headers })
const copy = (from: string, to: string, headers: Record<string, string> = {}) =>
  send({ method: 'PUT', path: to, headers: { 'x-amz-copy-source': from, ...headers } })
const iam = iamOf(() => storage.endpoint)
const rotate = () => iam.ask('AkkoRotateKey', {})

beforeAll(async () => {
  storage = await startTestStorage(policy, { isLeased: (bucket) => bucket === 'leased' })
  for (const bucket of ['plain', 'sealed', 'leased', 'kept']) await send({ method: 'PUT', path: `/${bucket}` })
  expect((await put('/sealed?encryption=', CONFIGURATION)).status).toBe(200)
  await put('/kept?versioning=', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>')
})
afterAll(() => storage.stop())

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
/** Files of the home in which the text stands. */
const holding = (text: string) => filesIn(storage.home).filter((path) => bytesOf(path).includes(text))

/** None of a file that has gone since it was listed: parts go once their object is there. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
/** Encrypts an object under a name that there is none of; gives its file. */
async function fileOf(path: string, body: string | Buffer): Promise<string> {
  const before = new Set(filesIn(storage.deps.objectsDir))
  await put(path, body, SSE)
  const [file, ...more] = filesIn(storage.deps.objectsDir).filter((one) => !before.has(one))
  expect(more).toEqual([])
  return file as string
}

async function upload(path: string, parts: readonly (string | Buffer)[], headers: Record<string, string> = {}): Promise<Answer[]> {
  const begun = await send({ method: 'POST', path: `${path}?uploads=`, headers })
  const id = /<UploadId>(\w+)</.exec(begun.text)?.[1]
  const sent: Answer[] = []
  for (const [i, body] of parts.entries()) sent.push(await put(`${path}?partNumber=${i + 1}&uploadId=${id}`, body))
  const listed = sent.map(({ headers }, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${headers.etag}</ETag></Part>`)
  const body = `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`
  return [begun, ...sent, await send({ method: 'POST', path: `${path}?uploadId=${id}`, body })]
}

describe('an object that is asked to be encrypted', () => {
  it('is told so, has the digests of what was sent, and lies on the disk in no other form', async () => {
    const before = await put('/plain/small', MARK)
    const there = holding(MARK).length
    expect(there).toBeGreaterThan(0)
    const answer = await put('/plain/sealed', MARK, SSE)
    expect(answer).toMatchObject({ status: 200, headers: { ...SSE, etag: before.headers.etag } })
    expect(holding(MARK)).toHaveLength(there)
    for (const method of ['GET', 'HEAD'])
      expect((await send({ method, path: '/plain/sealed' })).headers).toMatchObject({ ...SSE, 'content-length': String(MARK.length) })
    expect((await get('/plain/sealed')).text).toBe(MARK)
    expect((await get('/plain/small')).headers[HEADER]).toBeUndefined()
  })

  it.each([
    ['empty', Buffer.alloc(0)],
    ['of one frame', LARGE.subarray(0, FRAME)],
    ['of a byte more', LARGE.subarray(0, FRAME + 1)],
    ['of two frames', LARGE.subarray(0, 2 * FRAME)],
    ['of many', LARGE],
  ])('is read as it was written: %s', async (_, body) => {
    await put('/plain/sized', body, SSE)
    const { body: read, headers } = await get('/plain/sized')
    expect([read.equals(body), headers['content-length']]).toEqual([true, String(body.length)])
  })

  it('is read in any range, small and large', async () => {
    await put('/plain/ranges', LARGE, SSE)
    const last = LARGE.length - 1
    const ranges = [
      [0, 0],
      [last, last],
      [FRAME - 1, FRAME],
      [FRAME, 2 * FRAME - 1],
      [5, 6 * FRAME + 7],
      [3 * FRAME, last],
      [1, last],
    ] as const
    for (const [start, end] of ranges) {
      const { status, body } = await get('/plain/ranges', { range: `bytes=${start}-${end}` })
      expect({ start, end, status, same: body.equals(LARGE.subarray(start, end + 1)) }).toEqual({ start, end, status: 206, same: true })
    }
  })

  it('is one of a bucket that encrypts what it is given, in one piece or in parts', async () => {
    const there = holding(MARK).length
    expect((await put('/sealed/default', MARK)).headers).toMatchObject(SSE)
    for (const answer of await upload('/sealed/parts', [PART, MARK]))
      expect({ status: answer.status, sse: answer.headers[HEADER] }).toEqual({ status: 200, sse: 'AES256' })
    expect(holding(MARK)).toHaveLength(there)
    const whole = Buffer.concat([PART, Buffer.from(MARK)])
    const { body, headers } = await get('/sealed/parts')
    expect([body.equals(whole), headers[HEADER], /-2"$/.test(headers.etag ?? '')]).toEqual([true, 'AES256', true])
    expect((await get('/sealed/parts?partNumber=2')).text).toBe(MARK)
    expect((await get('/sealed?encryption=')).text).toContain('<SSEAlgorithm>AES256</SSEAlgorithm>')
  })

  it('stays what it is when the bucket changes', async () => {
    await send({ method: 'PUT', path: '/changing' })
    const none = await get('/changing?encryption=')
    expect([none.status, none.code]).toEqual([404, 'ServerSideEncryptionConfigurationNotFoundError'])
    await put('/changing?encryption=', CONFIGURATION)
    await put('/changing/first', MARK)
    expect((await send({ method: 'DELETE', path: '/changing?encryption=' })).status).toBe(204)
    await put('/changing/second', MARK)
    expect([(await get('/changing/first')).headers[HEADER], (await get('/changing/second')).headers[HEADER]]).toEqual(['AES256', undefined])
  })

  it('is each version by itself', async () => {
    const versions: string[] = []
    for (const headers of [SSE, {}, SSE])
      versions.push((await put('/kept/v', `${MARK}${versions.length}`, headers)).headers['x-amz-version-id'] as string)
    const read = await Promise.all(versions.map((version) => get(`/kept/v?versionId=${version}`)))
    expect(read.map(({ headers }) => headers[HEADER])).toEqual(['AES256', undefined, 'AES256'])
    expect(read.map(({ text }) => text)).toEqual([0, 1, 2].map((i) => `${MARK}${i}`))
  })

  it('is copied with a key of its own, both ways; a copy is not less than its source', async () => {
    const { etag } = (await put('/plain/source', LARGE)).headers
    const there = holding(MARK).length
    expect((await copy('/plain/source', '/plain/into', SSE)).headers).toMatchObject(SSE)
    expect((await copy('/plain/source', '/sealed/into')).headers).toMatchObject(SSE)
    expect((await copy('/sealed/into', '/plain/back')).headers).toMatchObject(SSE)
    expect(holding(MARK)).toHaveLength(there)
    for (const path of ['/plain/into', '/sealed/into', '/plain/back']) {
      const { body, headers } = await get(path)
      expect([body.equals(LARGE), headers.etag, headers[HEADER]]).toEqual([true, etag, 'AES256'])
    }
    const id = /<UploadId>(\w+)</.exec((await send({ method: 'POST', path: '/plain/joined?uploads=' })).text)?.[1]
    const part = await copy('/plain/into', `/plain/joined?partNumber=1&uploadId=${id}`, { 'x-amz-copy-source-range': 'bytes=10-99' })
    expect(part.headers).toMatchObject(SSE)
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${/<ETag>([^<]*)</.exec(part.text)?.[1]}</ETag></Part></CompleteMultipartUpload>`
    expect((await send({ method: 'POST', path: `/plain/joined?uploadId=${id}`, body })).headers).toMatchObject(SSE)
    expect((await get('/plain/joined')).body.equals(LARGE.subarray(10, 100))).toBe(true)
  })
})

describe('what is asked for and not done', () => {
  it.each(['aws:kms', 'aws:kms:dsse', 'none'])('is refused by its name: %s', async (algorithm) => {
    expect(await put('/plain/kms', MARK, { [HEADER]: algorithm })).toMatchObject({ status: 501, code: 'NotImplemented' })
    expect(await put('/sealed?encryption=', CONFIGURATION.replace('AES256', algorithm))).toMatchObject({
      status: 501,
      code: 'NotImplemented',
    })
  })
  it.each([
    ['no rule', '<ServerSideEncryptionConfiguration></ServerSideEncryptionConfiguration>'],
    ['two', CONFIGURATION.replace(/(<Rule>.*<\/Rule>)/, '$1$1')],
    ['a rule that says nothing', '<ServerSideEncryptionConfiguration><Rule></Rule></ServerSideEncryptionConfiguration>'],
  ])('is no configuration: %s', async (_, body) => {
    expect(await put('/plain?encryption=', body)).toMatchObject({ status: 400, code: 'MalformedXML' })
  })
  it('is refused of a bucket whose files the engine reads: by header, by configuration, by a copy', async () => {
    expect(await put('/leased/x', MARK, SSE)).toMatchObject({ status: 501, code: 'NotImplemented' })
    expect(await put('/leased?encryption=', CONFIGURATION)).toMatchObject({ status: 501, code: 'NotImplemented' })
    await put('/plain/secret', MARK, SSE)
    expect(await copy('/plain/secret', '/leased/x')).toMatchObject({ status: 501, code: 'NotImplemented' })
    expect((await put('/leased/x', MARK)).headers[HEADER]).toBeUndefined()
  })
  it('is not leased to the engine, nor taken from it', async () => {
    const caller: Caller = {
      sub: 'root',
      roles: [],
      via: 'sigv4',
      requestId: 'r',
      entitlements: [
        { kind: 'object', path: [], actions: ['read', 'write'] },
        { kind: 'query', path: [], actions: ['write'] },
      ],
    }
    const files = createFilesClient(storage.deps.socket)
    const { spool } = await files.open(caller, 'q1')
    await put('/plain/secret', MARK, SSE)
    await expect(files.lease(caller, 'q1', ['s3://plain/secret'])).rejects.toMatchObject({ code: 'storage.NotImplemented' })
    writeFileSync(join(spool, 'made'), MARK)
    await expect(files.adopt(caller, 'q1', [{ path: join(spool, 'made'), uri: 's3://sealed/made' }])).rejects.toMatchObject({
      code: 'storage.NotImplemented',
    })
    await files.release(caller, 'q1')
  })
})

describe('a byte that changed on the disk', () => {
  const changed = (path: string, at: number) => {
    const bytes = readFileSync(path)
    bytes[at] = (bytes[at] as number) ^ 1
    rmSync(path)
    writeFileSync(path, bytes, { mode: 0o400 })
  }
  it('of a small object is an error, and what lies before it in a range is not', async () => {
    changed(await fileOf('/plain/flipped', LARGE.subarray(0, 3 * FRAME)), 2 * FRAME + 100)
    expect(await get('/plain/flipped')).toMatchObject({ status: 500, code: 'InternalError' })
    expect((await get('/plain/flipped', { range: `bytes=0-${FRAME}` })).body.equals(LARGE.subarray(0, FRAME + 1))).toBe(true)
    expect(await copy('/plain/flipped', '/plain/flipped-copy')).toMatchObject({ status: 500 })
    expect((await get('/plain/flipped-copy')).status).toBe(404)
  })
  it('of a large one ends the answer before its frame', async () => {
    changed(await fileOf('/plain/broken', LARGE), 7 * FRAME)
    await expect(get('/plain/broken')).rejects.toThrow()
  })
  it.each([
    ['cut off behind a frame', (bytes: Buffer) => bytes.subarray(0, FRAME + 16)],
    [
      'whose frames change places',
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(FRAME + 16, 2 * (FRAME + 16)), bytes.subarray(0, FRAME + 16), bytes.subarray(2 * (FRAME + 16))]),
    ],
  ])('nor a file %s', async (what, change) => {
    const name = `/plain/${encodeURIComponent(what)}`
    const path = await fileOf(name, LARGE.subarray(0, 3 * FRAME))
    const bytes = change(readFileSync(path))
    rmSync(path)
    writeFileSync(path, bytes)
    expect(await get(name)).toMatchObject({ status: 500, code: 'InternalError' })
  })
  it('nor another object’s file in its place', async () => {
    const one = readFileSync(await fileOf('/plain/one', 'one'))
    const path = await fileOf('/plain/two', 'two')
    rmSync(path)
    writeFileSync(path, one)
    expect(await get('/plain/two')).toMatchObject({ status: 500, code: 'InternalError' })
  })
})

describe('rights', () => {
  it('on a key are those that they are, encrypted or not', async () => {
    await put('/plain/others/x', MARK, SSE)
    const reader = await iam.keyFor('reader', { Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::plain/mine/*' })
    const lent = mintSession(SESSION_KEY, {
      sub: 'job',
      ttlSeconds: 60,
      entitlements: [{ bucket: 'plain', prefix: 'mine', mode: 'write' }],
    })
    for (const credentials of [reader, lent]) {
      expect((await send({ path: '/plain/others/x', credentials })).code).toBe('AccessDenied')
      const stolen = await send({ method: 'PUT', path: '/plain/mine/x', credentials, headers: { 'x-amz-copy-source': '/plain/others/x' } })
      expect(stolen.code).toBe('AccessDenied')
      for (const sent of [{ method: 'PUT', body: CONFIGURATION }, { method: 'DELETE' }, {}])
        expect((await send({ path: '/plain?encryption=', credentials, ...sent })).code).toBe('AccessDenied')
      expect((await send({ method: 'PUT', path: '/plain/mine/y', credentials, headers: SSE, body: MARK })).headers).toMatchObject(SSE)
    }
    expect((await iam.ask('AkkoRotateKey', {}, reader)).status).toBe(403)
  })
})

describe('the key of the store', () => {
  const keys = (home = storage.home) =>
    JSON.parse(readFileSync(join(home, SEALING), 'utf8')) as { active: string; keys: Record<string, string> }

  it('is replaced under readers and writers, and the old one is gone', async () => {
    await put('/plain/before', LARGE, SSE)
    const { active } = keys()
    const writes = Array.from({ length: 20 }, (_, i) => put(`/plain/during/${i}`, `${MARK}${i}`, SSE))
    const [first, second] = await Promise.all([rotate(), rotate(), ...writes])
    expect([first?.status, second?.status]).toEqual([200, 200])
    expect([Object.keys(keys().keys), keys().active === active]).toEqual([[keys().active], false])
    expect((await get('/plain/before')).body.equals(LARGE)).toBe(true)
    for (let i = 0; i < 20; i++) expect((await get(`/plain/during/${i}`)).text).toBe(`${MARK}${i}`)
  })
  it('that was broken off between two is gone on with at the next start; one that is lost is never made anew', async () => {
    await put('/plain/before', MARK, SSE)
    await storage.part.stop()
    const [old] = Object.entries(keys().keys)
    // As a rotation leaves it that is killed when the new key is kept and nothing is sealed again.
    const next = {
      active: 'feedfeedfeedfeed',
      keys: { [old?.[0] as string]: old?.[1], feedfeedfeedfeed: Buffer.alloc(32, 7).toString('base64') },
    }
    writeFileSync(join(storage.home, SEALING), JSON.stringify(next), { mode: 0o600 })
    await storage.part.start()
    await expect.poll(() => Object.keys(keys().keys)).toEqual(['feedfeedfeedfeed'])
    expect((await get('/plain/before')).text).toBe(MARK)

    await storage.part.stop()
    const lost = `${storage.home}-lost`
    cpSync(storage.home, lost, { recursive: true, filter: (path) => !path.endsWith('.sock') && !path.endsWith(SEALING) })
    await storage.part.start()
    const other = createStorage(await testDeps(lost, policy, { port: storage.deps.port + 1, metricsPort: storage.deps.metricsPort + 1 }))
    await other.start()
    const ask = (sent: Sent) => sendTo(`http://127.0.0.1:${storage.deps.port + 1}`, { credentials: ROOT, ...sent })
    try {
      expect(await ask({ path: '/plain/before' })).toMatchObject({ status: 500, code: 'InternalError' })
      expect(await ask({ method: 'PUT', path: '/plain/more', headers: SSE, body: MARK })).toMatchObject({
        status: 500,
        code: 'InternalError',
      })
      expect((await ask({ path: '/plain/small' })).text).toBe(MARK)
    } finally {
      await other.stop()
      rmSync(lost, { recursive: true, force: true })
    }
  })
})
