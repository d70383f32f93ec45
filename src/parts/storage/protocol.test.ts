// Finer points of S3 over real HTTP: what is said before a body, other ways to sign, odd keys, versions that are none, lists of rights.
import { readdirSync } from 'node:fs'
import http from 'node:http'
import { open } from 'lmdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, REGION, ROOT, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { type ObjectRecord, objectKey } from '#parts/storage/records'
import { RESOURCE_KINDS } from '#runtime/policy'
import { EMPTY_SHA256, presignUrl, signHeaders, UNSIGNED_PAYLOAD } from '#wire/s3/sigv4'
import { many, parseXml, printXml } from '#wire/s3/xml'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)
const put = (key: string, body: string) => send({ method: 'PUT', path: `/lake/${key}`, body })
const keysIn = (text: string) => [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map((m) => m[1])

beforeAll(async () => {
  storage = await startTestStorage(policy)
  expect((await send({ method: 'PUT', path: '/lake' })).status).toBe(200)
})
afterAll(() => storage.stop())

describe('what is said before the body', () => {
  const asked = (headers: Record<string, string>, credentials = ROOT) =>
    new Promise<{ continued: boolean; status: number; connection: string | undefined }>((resolve, reject) => {
      const { hostname, port } = new URL(storage.endpoint)
      const signed = signHeaders({
        method: 'PUT',
        url: new URL('/lake/waited', storage.endpoint),
        headers,
        payloadHash: UNSIGNED_PAYLOAD,
        credentials,
        region: REGION,
        service: 's3',
        now: new Date(),
      })
      const all = { ...signed, expect: '100-continue', 'content-length': '4' }
      const req = http.request({ hostname, port, method: 'PUT', path: '/lake/waited', headers: all, agent: false })
      let continued = false
      req.on('continue', () => {
        continued = true
        req.end('body')
      })
      req.on('response', (res) => {
        resolve({ continued, status: res.statusCode ?? 0, connection: res.headers.connection })
        res.resume()
        req.destroy()
      })
      req.on('error', (error) => (continued ? undefined : reject(error)))
      req.flushHeaders()
    })
  it('is "go on" to who is known and asks for what is done', async () => {
    expect(await asked({})).toMatchObject({ continued: true, status: 200 })
  })
  it('is the refusal to everybody else, and the body is not waited for', async () => {
    const no = { continued: false, connection: 'close' }
    expect(await asked({}, { ...ROOT, secretAccessKey: 'wrong' })).toEqual({ ...no, status: 403 })
    expect(await asked({ 'x-amz-grant-read': 'id=1' })).toEqual({ ...no, status: 501 })
  })
})

describe('other ways to sign', () => {
  it('names the region that a signature must be for', async () => {
    const headers = signHeaders({
      method: 'GET',
      url: new URL('/lake', storage.endpoint),
      payloadHash: EMPTY_SHA256,
      credentials: ROOT,
      region: 'elsewhere-1',
      service: 's3',
      now: new Date(),
    })
    const answer = await send({ path: '/lake', credentials: 'anonymous', headers })
    expect(answer).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' })
    expect(answer.text).toContain(`<Region>${REGION}</Region>`)
  })
  it('refuses Signature Version 2 and forms by name', async () => {
    const old = { path: '/lake', credentials: 'anonymous' as const, headers: { authorization: 'AWS ROOTKEY:c2lnbmF0dXJl' } }
    expect((await send(old)).text).toContain('Signature Version 2')
    const query = { path: '/lake?AWSAccessKeyId=ROOTKEY&Expires=1&Signature=x', credentials: 'anonymous' as const }
    expect((await send(query)).text).toContain('Signature Version 2')
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const form = await send({ method: 'POST', path: '/lake', credentials: 'anonymous', headers, body: '--b--' })
    expect(form).toMatchObject({ status: 501, code: 'NotImplemented' })
    expect(form.text).toContain('PostObject')
  })
})

describe('a bucket before the host', () => {
  const at = (bucket: string, sent: Sent) => sendTo(storage.endpoint, { ...sent, host: `${bucket}.localhost:${storage.deps.port}` })
  it('is that of the request, and the path is the key', async () => {
    await put('lake/inner', 'path')
    expect((await at('lake', { method: 'PUT', path: '/hosted/a%20b', body: 'x' })).status).toBe(200)
    expect((await send({ path: '/lake/hosted/a%20b' })).text).toBe('x')
    expect((await at('LAKE', { path: '/lake/inner' })).text).toBe('path')
    expect(keysIn((await at('lake', { path: '/?list-type=2&prefix=hosted' })).text)).toEqual(['hosted/a b'])
    expect((await at('dotted.name', { method: 'PUT', path: '/' })).status).toBe(200)
    expect((await send({ method: 'HEAD', path: '/dotted.name' })).status).toBe(200)
    expect((await at('dotted.name', { method: 'DELETE', path: '/' })).status).toBe(204)
    expect(await at('never', { path: '/lake' })).toMatchObject({ status: 404, code: 'NoSuchBucket' })
    expect(await at('', { path: '/lake' })).toMatchObject({ status: 400, code: 'InvalidBucketName' })
    expect(await at('lake', { path: '/-/health' })).toMatchObject({ status: 404, code: 'NoSuchKey' })
  })
  it('is signed: a request for one is none for another', async () => {
    const host = `other.localhost:${storage.deps.port}`
    const answer = await at('lake', { path: '/hosted/a%20b', tamper: (headers) => Object.assign(headers, { host }) })
    expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
  })
})

describe('a request without a body', () => {
  it.each(['GET', 'HEAD', 'DELETE'])(
    'of %s may have the digest of none, as the AWS SDK for Java sends it, and no other',
    async (method) => {
      const path = '/lake/digested'
      await send({ method: 'PUT', path, body: 'x' })
      const other = await send({ method, path, headers: { 'x-amz-checksum-crc32': 'AAAAAQ==' } })
      expect(other.status).toBe(501)
      const answers = await Promise.all(
        Object.entries({ crc32: 'AAAAAA==', sha256: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' }).map(([name, value]) =>
          send({ method, path, headers: { [`x-amz-checksum-${name}`]: value } }),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual(method === 'DELETE' ? [204, 204] : [200, 200])
    },
  )
})

describe('keys of any characters', () => {
  it.each(['\u0001', 'a\nb', 'a\rb', 'a\r\nb', '\u007f', '\u0085', '\ufffe', ' a ', 'a\tb', '&<>"\''])(
    '%j survives every operation',
    async (key) => {
      await send({ method: 'PUT', path: '/odd' })
      const path = `/odd/${encodeURIComponent(key).replaceAll("'", '%27')}`
      expect((await send({ method: 'PUT', path, body: key })).status).toBe(200)
      expect((await send({ path })).text).toBe(key)
      const copied = { 'x-amz-copy-source': path }
      expect((await send({ method: 'PUT', path: `${path}copy`, headers: copied })).status).toBe(200)
      const encoded = (await send({ path: '/odd?list-type=2&encoding-type=url' })).text
      expect(keysIn(encoded).map((k) => decodeURIComponent(k as string))).toEqual([key, `${key}copy`])
      const plain = (await send({ path: '/odd?list-type=2' })).text
      expect(many<{ Key: string }>(parseXml(plain, 'ListBucketResult').Contents).map((c) => c.Key)).toEqual([key, `${key}copy`])
      const body = printXml('Delete', { Object: [{ Key: key }, { Key: `${key}copy` }] })
      const deleted = (await send({ method: 'POST', path: '/odd?delete=', body })).text
      expect(many<{ Key: string }>(parseXml(deleted, 'DeleteResult').Deleted).map((c) => c.Key)).toEqual([key, `${key}copy`])
      expect(keysIn((await send({ path: '/odd?list-type=2' })).text)).toEqual([])
    },
  )
})

describe('what no header can carry', () => {
  it.each(['%01', '%7F', '%0D%0ASet-Cookie:a'])('is refused where it is asked for: %s', async (value) => {
    await put('large', 'x'.repeat(300 * 1024))
    const open = () => readdirSync('/proc/self/fd').length
    const before = open()
    for (let i = 0; i < 20; i++)
      expect(await send({ path: `/lake/large?response-content-type=${value}` })).toMatchObject({ status: 400, code: 'InvalidArgument' })
    expect(open()).toBeLessThan(before + 10)
  })

  it.each(['x-amz-meta-a=%0D%0AX:%20y', 'x-amz-meta-a=%01', 'x-amz-meta-a%20b=c', 'x-amz-meta-%C3%A9=c', 'x-amz-meta-__proto__=c'])(
    'is stored with no object: %s',
    async (query) => {
      const presigned = presignUrl({
        ...{ method: 'PUT', url: new URL(`/lake/poisoned?${query}`, storage.endpoint), credentials: ROOT },
        ...{ region: REGION, service: 's3', now: new Date(), expires: 60 },
      })
      const answer = await fetch(presigned, { method: 'PUT', body: 'x' })
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('<Code>InvalidArgument</Code>')])
      expect((await send({ path: '/lake/poisoned' })).code).toBe('NoSuchKey')
    },
  )
})

describe('an object on record with what no header can carry', () => {
  it('is read without it, and told how much of its metadata is missing', async () => {
    await put('earlier', 'x')
    await put('earlier-type', 'x')
    await storage.part.stop()
    const env = open({ path: storage.deps.dir, maxDbs: 16, noSubdir: false, overlappingSync: false })
    const objects = env.openDB<ObjectRecord, Buffer>('objects', { keyEncoding: 'binary' })
    const change = async (key: string, fields: Partial<ObjectRecord>) => {
      const stored = objectKey('lake', key)
      await objects.put(stored, { ...(objects.get(stored) as ObjectRecord), ...fields })
    }
    const metadata = { a: '\r\nX: y', b: '\u0001', 'c d': 'e', '\u00e9': 'f', good: 'gr\u00fc\u00df' }
    await change('earlier', { metadata, headers: { 'content-type': 'text/\n', 'cache-control': 'no-store' } })
    await change('earlier-type', { headers: { 'content-language': '\u0000', 'bad name': 'x' } })
    await env.close()
    await storage.part.start()
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, text } = await send({ method, path: '/lake/earlier' })
      expect({ status, text }).toEqual({ status: 200, text: method === 'GET' ? 'x' : '' })
      expect(Object.keys(headers).filter((name) => name.startsWith('x-amz-meta-'))).toEqual(['x-amz-meta-good'])
      expect(Buffer.from(headers['x-amz-meta-good'] as string, 'latin1').toString()).toBe(metadata.good)
      expect(headers).toMatchObject({ 'x-amz-missing-meta': '4', 'cache-control': 'no-store' })
      expect(headers['content-type']).toBeUndefined()
      const other = await send({ method, path: '/lake/earlier-type' })
      expect([other.status, other.headers['x-amz-missing-meta']]).toEqual([200, undefined])
    }
    const copied = { 'x-amz-copy-source': '/lake/earlier' }
    expect((await send({ method: 'PUT', path: '/lake/copied', headers: copied })).status).toBe(200)
    expect((await send({ path: '/lake/copied' })).text).toBe('x')
  })
})

describe('names longer than any', () => {
  const long = 'k'.repeat(5000)
  it.each([
    ['a key', `/lake/${long}`],
    ['a prefix', `/lake?list-type=2&prefix=${long}`],
    ['a start', `/lake?list-type=2&start-after=${long}`],
    ['a token', `/lake?list-type=2&continuation-token=${Buffer.from(`1${long}`).toString('base64url')}`],
    ['a marker', `/lake?prefix=a&marker=${long}`],
    ['a marker of uploads', `/lake?uploads=&key-marker=${long}`],
    ['a marker of versions', `/lake?versions=&key-marker=${long}`],
  ])('are refused as %s', async (_, path) => {
    expect(await send({ path })).toMatchObject({ status: 400, code: 'KeyTooLongError' })
  })

  it('are refused as sources, as keys to delete, and as buckets', async () => {
    const headers = { 'x-amz-copy-source': `/lake/${long}` }
    expect((await send({ method: 'PUT', path: '/lake/c', headers })).code).toBe('KeyTooLongError')
    const body = `<Delete><Object><Key>${long}</Key></Object></Delete>`
    expect((await send({ method: 'POST', path: '/lake?delete=', body })).code).toBe('KeyTooLongError')
    expect((await send({ path: `/${long}?list-type=2` })).code).toBe('InvalidBucketName')
  })
})

describe('a document of deletions', () => {
  it.each([
    ['two keys of one object', '<Object><Key>a</Key><Key>b</Key></Object>', 'a,b'],
    ['half of a character', '<Object><Key>&#55296;</Key></Object>', '%EF%BF%BD'],
  ])('with %s deletes nothing', async (_, objects, other) => {
    await put(other, 'x')
    const body = `<Delete>${objects}</Delete>`
    expect(await send({ method: 'POST', path: '/lake?delete=', body })).toMatchObject({ status: 400, code: 'MalformedXML' })
    expect((await send({ path: `/lake/${other}` })).text).toBe('x')
  })
})

describe('a deletion on a condition', () => {
  it('of one deletes only what is still as it was', async () => {
    const { etag } = (await put('cond', 'one')).headers as { etag: string }
    const remove = (value: string) => send({ method: 'DELETE', path: '/lake/cond', headers: { 'if-match': value } })
    await put('cond', 'two')
    expect(await remove(etag)).toMatchObject({ status: 412, code: 'PreconditionFailed' })
    expect((await send({ path: '/lake/cond' })).text).toBe('two')
    expect((await remove('*')).status).toBe(204)
    expect(await remove('*')).toMatchObject({ status: 404, code: 'NoSuchKey' })
    expect((await send({ method: 'DELETE', path: '/lake/cond' })).status).toBe(204)
  })
  it('of many has a verdict for each', async () => {
    const tags = await Promise.all(['kept', 'same', 'any', 'plain'].map(async (k) => (await put(`many/${k}`, k)).headers.etag as string))
    const named = [
      ['kept', '"other"'],
      ['same', tags[1]],
      ['any', '*'],
      ['plain', undefined],
      ['never', '*'],
      ['never', undefined],
    ]
    const body = printXml('Delete', { Object: named.map(([key, ETag]) => ({ Key: `many/${key}`, ETag })) })
    const { text } = await send({ method: 'POST', path: '/lake?delete=', body })
    const result = parseXml(text, 'DeleteResult')
    expect(many<{ Key: string }>(result.Deleted).map((d) => d.Key)).toEqual(['many/same', 'many/any', 'many/plain', 'many/never'])
    expect(many<{ Key: string; Code: string }>(result.Error).map((e) => [e.Key, e.Code])).toEqual([
      ['many/kept', 'PreconditionFailed'],
      ['many/never', 'NoSuchKey'],
    ])
    expect((await send({ path: '/lake/many/kept' })).text).toBe('kept')
    expect(keysIn((await send({ path: '/lake?list-type=2&prefix=many%2F' })).text)).toEqual(['many/kept'])
  })
})

describe('versions of a bucket that keeps none', () => {
  it('are one for each object, by which it can be read and deleted', async () => {
    await send({ method: 'PUT', path: '/versions' })
    for (const key of ['a', 'b/1', 'b/2', 'c']) await send({ method: 'PUT', path: `/versions/${key}`, body: key })
    const seen: string[] = []
    let next = ''
    do {
      const page = parseXml((await send({ path: `/versions?versions=&delimiter=%2F&max-keys=1${next}` })).text, 'ListVersionsResult')
      seen.push(
        ...many<{ Key: string; VersionId: string; IsLatest: string }>(page.Version).map((v) => `${v.Key} ${v.VersionId} ${v.IsLatest}`),
      )
      seen.push(...many<{ Prefix: string }>(page.CommonPrefixes).map((p) => p.Prefix))
      const id = page.NextVersionIdMarker === undefined ? '' : `&version-id-marker=${page.NextVersionIdMarker}`
      next = page.IsTruncated === 'true' ? `&key-marker=${encodeURIComponent(String(page.NextKeyMarker))}${id}` : ''
    } while (next !== '')
    expect(seen).toEqual(['a null true', 'b/', 'c null true'])
    expect((await send({ path: '/versions/a?versionId=null' })).text).toBe('a')
    expect((await send({ method: 'DELETE', path: '/versions/a?versionId=null' })).headers['x-amz-version-id']).toBe('null')
    expect((await send({ path: '/versions/a' })).code).toBe('NoSuchKey')
  })
})

describe('the list of rights', () => {
  it('is that of the one owner', async () => {
    await put('owned', 'x')
    for (const path of ['/lake?acl=', '/lake/owned?acl=']) {
      const { text } = await send({ path })
      expect(text).toContain('<Owner><ID>root</ID><DisplayName>root</DisplayName></Owner>')
      expect(text.match(/<Grant>/g)).toHaveLength(1)
    }
    expect((await send({ path: '/lake/never?acl=' })).code).toBe('NoSuchKey')
  })
})
