// The S3 door over real HTTP: who may come in, what is stored, what is answered.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import {
  type Answer,
  REGION,
  ROOT,
  SESSION_KEY,
  type Sent,
  send as sendTo,
  startTestStorage,
  type TestStorage,
} from '#parts/storage/fixture'
import type { KeyOwners } from '#parts/storage/key-owners'
import { RESOURCE_KINDS } from '#runtime/policy'
import { rawRequest } from '#test/support/raw-request'
import { STREAMING } from '#wire/s3/chunked'
import { mintSession } from '#wire/s3/session'
import { EMPTY_SHA256, presignUrl, scopeText, sha256Hex, signatureOf, signingKey, toTimestamp } from '#wire/s3/sigv4'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)
const put = (key: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  send({ method: 'PUT', path: `/lake/${key}`, body, headers })
const keysIn = (text: string) => [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map((m) => m[1])

const keyOwners: KeyOwners = { standing: () => undefined }

beforeAll(async () => {
  storage = await startTestStorage(policy, { keyOwners })
  expect((await send({ method: 'PUT', path: '/lake' })).status).toBe(200)
})
afterAll(() => storage.stop())

describe('who may come in', () => {
  it('refuses anonymous access', async () => {
    expect(await send({ path: '/lake', credentials: 'anonymous' })).toMatchObject({ status: 403, code: 'AccessDenied' })
  })
  it('refuses an unknown key', async () => {
    const credentials = { accessKeyId: 'NOBODY', secretAccessKey: 'x' }
    expect(await send({ path: '/lake', credentials })).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' })
  })
  it('refuses a wrong secret, a changed header, a changed path', async () => {
    const wrong = { ...ROOT, secretAccessKey: 'wrong' }
    expect(await send({ path: '/lake', credentials: wrong })).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
    const tamper = (headers: Record<string, string>) => {
      headers['x-amz-meta-role'] = 'admin'
    }
    expect(await send({ path: '/lake', headers: { 'x-amz-meta-role': 'user' }, tamper })).toMatchObject({ code: 'SignatureDoesNotMatch' })
  })
  it('refuses an x-amz header that was added behind the signature', async () => {
    const tamper = (headers: Record<string, string>) => {
      headers['x-amz-copy-source'] = '/lake/secret'
    }
    expect(await send({ method: 'PUT', path: '/lake/x', tamper })).toMatchObject({ status: 403, code: 'AccessDenied' })
  })
  it.each([-16, 16])('refuses a clock that is %i minutes off', async (minutes) => {
    const now = new Date(Date.now() + minutes * 60_000)
    expect(await send({ path: '/lake', now })).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' })
  })
  it('names the request in errors and headers, and continues the trace of the caller', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const answer = await send({ path: '/nowhere', headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } })
    expect(answer).toMatchObject({ status: 404, code: 'NoSuchBucket' })
    expect(answer.text).toContain(`<RequestId>${trace}</RequestId>`)
    expect(answer.headers['x-amz-request-id']).toBe(trace)
  })
  it('takes presigned URLs until they expire', async () => {
    await put('signed.txt', 'presigned')
    const url = (now: Date, secretAccessKey = ROOT.secretAccessKey) =>
      presignUrl({
        method: 'GET',
        url: new URL('/lake/signed.txt', storage.endpoint),
        credentials: { ...ROOT, secretAccessKey },
        region: REGION,
        service: 's3',
        now,
        expires: 60,
      })
    expect(await (await fetch(url(new Date()))).text()).toBe('presigned')
    expect((await fetch(url(new Date(Date.now() - 61_000)))).status).toBe(403)
    expect(await (await fetch(url(new Date(), 'wrong'))).text()).toContain('SignatureDoesNotMatch')
    const changed = url(new Date())
    changed.pathname = '/lake/other.txt'
    expect((await fetch(changed)).status).toBe(403)
  })
  it('takes headers that were moved into a presigned URL for what they are', async () => {
    const presigned = (query: string) =>
      presignUrl({
        method: 'PUT',
        url: new URL(`/lake/moved.txt?${query}`, storage.endpoint),
        credentials: ROOT,
        region: REGION,
        service: 's3',
        now: new Date(),
        expires: 60,
      })
    const put = async (query: string) => (await fetch(presigned(query), { method: 'PUT', body: 'x' })).text()
    expect(await put('x-amz-acl=public-read')).toContain('<Header>x-amz-acl</Header>')
    expect((await send({ path: '/lake/moved.txt' })).code).toBe('NoSuchKey')
    expect(await put('x-amz-acl=private&x-amz-meta-a=1')).toBe('')
    expect((await send({ path: '/lake/moved.txt' })).headers['x-amz-meta-a']).toBe('1')
  })
})

describe('sessions', () => {
  const grant = (mode: 'read' | 'write') => [{ bucket: 'lake', prefix: 'ns/t1', mode }]
  const session = (mode: 'read' | 'write', ttlSeconds = 60) =>
    mintSession(SESSION_KEY, { sub: 'ana', entitlements: grant(mode), ttlSeconds })

  it('reach their prefix and nothing else', async () => {
    await put('ns/t1/data', 'mine')
    await put('ns/t10/data', 'not mine')
    const credentials = session('write')
    expect((await send({ path: '/lake/ns/t1/data', credentials })).text).toBe('mine')
    expect((await send({ method: 'PUT', path: '/lake/ns/t1/new', body: 'x', credentials })).status).toBe(200)
    expect(keysIn((await send({ path: '/lake?list-type=2&prefix=ns%2Ft1%2F', credentials })).text)).toEqual(['ns/t1/data', 'ns/t1/new'])
    for (const path of [
      '/lake/ns/t10/data',
      '/lake/ns/t1',
      '/lake?list-type=2&prefix=ns%2Ft1',
      '/lake?list-type=2',
      '/lake/ns/t1/../t10/data',
    ])
      expect(await send({ path, credentials })).toMatchObject({ code: path.includes('..') ? 'NoSuchKey' : 'AccessDenied' })
  })
  it('that read do not write, and do not copy what they may not read', async () => {
    const credentials = session('read')
    expect(await send({ method: 'PUT', path: '/lake/ns/t1/x', body: 'x', credentials })).toMatchObject({ code: 'AccessDenied' })
    expect(await send({ method: 'DELETE', path: '/lake/ns/t1/data', credentials })).toMatchObject({ code: 'AccessDenied' })
    const headers = { 'x-amz-copy-source': '/lake/ns/t10/data' }
    expect(await send({ method: 'PUT', path: '/lake/ns/t1/c', headers, credentials: session('write') })).toMatchObject({
      code: 'AccessDenied',
    })
  })
  it('end for good when the person whom they were lent to gets fewer rights, whatever he gets back', async () => {
    await put('ns/t1/data', 'mine')
    const owner = { path: '/person/ana/a-1/', rightsVersion: 2 }
    const credentials = mintSession(SESSION_KEY, { sub: 'ana', owner, entitlements: grant('read'), ttlSeconds: 60 })
    const asked: string[][] = []
    const answer = async (standing: ReturnType<typeof keyOwners.standing>) => {
      keyOwners.standing = (...of) => {
        asked.push(of)
        return standing
      }
      return send({ path: '/lake/ns/t1/data', credentials })
    }
    const now = (rightsVersion: number) => answer({ roles: ['engineer'], rightsVersion, covers: () => false })
    try {
      expect((await now(2)).text).toBe('mine')
      expect((await now(1)).text).toBe('mine') // the feed is a moment behind the token
      expect(await now(3)).toMatchObject({ status: 400, code: 'ExpiredToken' })
      expect(await answer('gone')).toMatchObject({ status: 400, code: 'ExpiredToken' })
      expect(await answer(undefined)).toMatchObject({ status: 400, code: 'ExpiredToken' })
      expect(await answer('unheard')).toMatchObject({ status: 503 })
      expect(new Set(asked.map(String))).toEqual(new Set(['ana,/person/ana/a-1/']))
    } finally {
      keyOwners.standing = () => undefined
    }
  })
  it('expire, and cannot be forged', async () => {
    expect(await send({ path: '/lake/ns/t1/data', credentials: session('read', -1) })).toMatchObject({ status: 400, code: 'ExpiredToken' })
    const forged = { ...session('read'), sessionToken: 'e30.AAAA' }
    expect(await send({ path: '/lake/ns/t1/data', credentials: forged })).toMatchObject({ status: 400, code: 'InvalidToken' })
  })
})

describe('objects', () => {
  it('come back as they were sent, with their headers and metadata', async () => {
    const headers = {
      'content-type': 'text/plain',
      'x-amz-meta-owner': 'ana',
      'cache-control': 'no-store',
      'content-encoding': 'gzip,aws-chunked',
    }
    const stored = await put('a%20b/%C3%A9.txt', 'hello', headers)
    expect(stored.headers.etag).toBe(`"${createHash('md5').update('hello').digest('hex')}"`)
    const got = await send({ path: '/lake/a%20b/%C3%A9.txt' })
    expect(got.text).toBe('hello')
    expect(got.headers).toMatchObject({
      'content-type': 'text/plain',
      'x-amz-meta-owner': 'ana',
      'cache-control': 'no-store',
      'content-encoding': 'gzip',
    })
    const head = await send({ method: 'HEAD', path: '/lake/a%20b/%C3%A9.txt' })
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers['content-length']).toBe('5')
  })
  it('empty and large ones too', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024 + 7, 'abcdefg')
    await put('empty', '')
    await put('large', large)
    expect((await send({ path: '/lake/empty' })).body.length).toBe(0)
    expect((await send({ path: '/lake/large' })).body.equals(large)).toBe(true)
    const range = await send({ path: '/lake/large', headers: { range: 'bytes=1048570-2097160' } })
    expect(range.body.equals(large.subarray(1048570, 2097161))).toBe(true)
  })
  it('ranges: first, last, behind the end', async () => {
    await put('digits', '0123456789')
    const range = (header: string) => send({ path: '/lake/digits', headers: { range: header } })
    expect(await range('bytes=2-4')).toMatchObject({ status: 206, text: '234' })
    expect((await range('bytes=2-4')).headers['content-range']).toBe('bytes 2-4/10')
    expect(await range('bytes=-3')).toMatchObject({ status: 206, text: '789' })
    expect(await range('bytes=99-')).toMatchObject({ status: 416, code: 'InvalidRange' })
  })
  it('conditions on reading', async () => {
    const { etag } = (await put('tagged', 'x')).headers as { etag: string }
    expect((await send({ path: '/lake/tagged', headers: { 'if-none-match': etag } })).status).toBe(304)
    expect(await send({ path: '/lake/tagged', headers: { 'if-match': '"other"' } })).toMatchObject({
      status: 412,
      code: 'PreconditionFailed',
    })
  })
  it('conditions on writing: of twenty racing writers exactly one creates', async () => {
    const racing = Array.from({ length: 20 }, (_, i) => put('race', `writer ${i}`, { 'if-none-match': '*' }))
    const statuses = (await Promise.all(racing)).map((a) => a.status)
    expect(statuses.filter((s) => s === 200)).toHaveLength(1)
    expect(statuses.filter((s) => s === 412)).toHaveLength(19)
  })
  it('conditions on writing: If-Match replaces only what was read', async () => {
    const { etag } = (await put('cas', 'one')).headers as { etag: string }
    expect((await put('cas', 'two', { 'if-match': etag })).status).toBe(200)
    expect(await put('cas', 'three', { 'if-match': etag })).toMatchObject({ status: 412 })
    expect(await put('absent', 'x', { 'if-match': etag })).toMatchObject({ status: 404, code: 'NoSuchKey' })
    expect((await send({ path: '/lake/cas' })).text).toBe('two')
  })
  it('keys with .. are only names', async () => {
    const names = ['..%2F..%2Fetc%2Fpasswd', '../../etc/passwd', 'x/../y', './z', 'a//b', '%00x']
    // One after the other: the first two are two spellings of one key, and the last write of it counts.
    const answers: number[] = []
    for (const name of names) answers.push((await put(name, name)).status)
    expect(answers).toEqual([200, 200, 200, 200, 200, 400])
    expect((await send({ path: '/lake/x/../y' })).text).toBe('x/../y')
    expect((await send({ path: '/lake/y' })).code).toBe('NoSuchKey')
    expect((await send({ path: '/lake/../../etc/passwd' })).text).toBe('../../etc/passwd')
  })
  it('keeps 2 KiB of metadata and no more', async () => {
    expect((await put('described', 'x', { 'x-amz-meta-a': 'v'.repeat(2047) })).status).toBe(200)
    expect(await put('described', 'y', { 'x-amz-meta-a': 'v'.repeat(2048) })).toMatchObject({ status: 400, code: 'MetadataTooLarge' })
    expect((await send({ path: '/lake/described' })).text).toBe('x')
  })
  it('copies within and beside, keeping or replacing the metadata', async () => {
    await put('origin', 'bytes', { 'x-amz-meta-a': '1' })
    const copy = (headers: Record<string, string>) =>
      send({ method: 'PUT', path: '/lake/copied', headers: { 'x-amz-copy-source': 'lake/origin', ...headers } })
    expect((await copy({})).status).toBe(200)
    expect((await send({ path: '/lake/copied' })).headers['x-amz-meta-a']).toBe('1')
    await copy({ 'x-amz-metadata-directive': 'REPLACE', 'x-amz-meta-a': '2' })
    await send({ method: 'DELETE', path: '/lake/origin' })
    const got = await send({ path: '/lake/copied' })
    expect(got.text).toBe('bytes')
    expect(got.headers['x-amz-meta-a']).toBe('2')
  })
  it('deletes one and many, each with its verdict', async () => {
    await Promise.all(['d1', 'd2'].map((k) => put(k, k)))
    expect((await send({ method: 'DELETE', path: '/lake/never-there' })).status).toBe(204)
    const body = '<Delete><Object><Key>d1</Key></Object><Object><Key>d2</Key></Object></Delete>'
    const many = await send({ method: 'POST', path: '/lake?delete=', body })
    expect(keysIn(many.text)).toEqual(['d1', 'd2'])
    expect((await send({ path: '/lake/d1' })).code).toBe('NoSuchKey')
  })
})

describe('bodies are checked', () => {
  const stored = async (key: string) => (await send({ path: `/lake/${key}` })).status
  it('against the signed hash, Content-MD5 and checksums', async () => {
    expect(await send({ method: 'PUT', path: '/lake/bad1', body: 'x', payloadHash: 'a'.repeat(64) })).toMatchObject({
      status: 400,
      code: 'XAmzContentSHA256Mismatch',
    })
    expect(await put('bad2', 'x', { 'content-md5': Buffer.alloc(16).toString('base64') })).toMatchObject({ code: 'BadDigest' })
    expect(await put('bad3', 'x', { 'x-amz-checksum-crc32': 'AAAAAA==' })).toMatchObject({ code: 'BadDigest' })
    for (const key of ['bad1', 'bad2', 'bad3']) expect(await stored(key)).toBe(404)
  })
  it('unsigned chunks with a trailer', async () => {
    const chunked = (trailer: string) =>
      send({
        method: 'PUT',
        path: '/lake/chunked',
        payloadHash: STREAMING.unsignedTrailer,
        headers: { 'content-encoding': 'aws-chunked', 'x-amz-trailer': 'x-amz-checksum-crc32', 'x-amz-decoded-content-length': '5' },
        body: `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${trailer}\r\n\r\n`,
      })
    expect(await chunked('AAAAAA==')).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await stored('chunked')).toBe(404)
    expect((await chunked('NhCmhg==')).headers['x-amz-checksum-crc32']).toBe('NhCmhg==')
    expect((await send({ path: '/lake/chunked' })).text).toBe('hello')
  })
  it('signed chunks: a forged one is refused and nothing is kept', async () => {
    const chunked = (key: string, data: string, signedData: string) => {
      const now = new Date()
      const timestamp = toTimestamp(now)
      const scope = { date: timestamp.slice(0, 8), region: REGION, service: 's3' }
      const chunk = (previous: string, claimed: string, piece: string) => {
        const text = ['AWS4-HMAC-SHA256-PAYLOAD', timestamp, scopeText(scope), previous, EMPTY_SHA256, sha256Hex(claimed)].join('\n')
        const signature = signatureOf(signingKey(ROOT.secretAccessKey, scope), text)
        return { signature, text: `${piece.length.toString(16)};chunk-signature=${signature}\r\n${piece}\r\n` }
      }
      const body = ({ authorization }: Record<string, string>) => {
        const first = chunk(/Signature=(\w+)/.exec(authorization as string)?.[1] as string, signedData, data)
        return first.text + chunk(first.signature, '', '').text
      }
      const headers = { 'x-amz-decoded-content-length': String(data.length) }
      return send({ method: 'PUT', path: `/lake/${key}`, headers, now, payloadHash: STREAMING.signed, body })
    }
    expect(await chunked('forged', 'hello', 'other')).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
    expect(await stored('forged')).toBe(404)
    expect((await chunked('honest', 'hello', 'hello')).status).toBe(200)
    expect((await send({ path: '/lake/honest' })).text).toBe('hello')
  })
})

describe('listing', () => {
  beforeAll(async () => {
    await send({ method: 'PUT', path: '/list' })
    const keys = ['a', 'a/1', 'a/2', 'a/b/3', 'b', 'c/1', 'd%20%26', '%C3%A9', '%F0%9F%98%80', '%EF%BF%BD']
    for (const key of keys) await send({ method: 'PUT', path: `/list/${key}`, body: 'x' })
  })
  const list = (query: string) => send({ path: `/list?list-type=2${query}` })
  const prefixesIn = (text: string) => [...text.matchAll(/<CommonPrefixes><Prefix>([^<]*)</g)].map((m) => m[1])

  it('sorts by bytes of UTF-8', async () => {
    expect(keysIn((await list('')).text)).toEqual(['a', 'a/1', 'a/2', 'a/b/3', 'b', 'c/1', 'd &amp;', 'é', '\ufffd', '😀'])
  })
  it('rolls up by a delimiter, below a prefix', async () => {
    const root = (await list('&delimiter=%2F')).text
    expect([keysIn(root), prefixesIn(root)]).toEqual([
      ['a', 'b', 'd &amp;', 'é', '\ufffd', '😀'],
      ['a/', 'c/'],
    ])
    const below = (await list('&delimiter=%2F&prefix=a%2F')).text
    expect([keysIn(below), prefixesIn(below)]).toEqual([['a/1', 'a/2'], ['a/b/']])
  })
  it('pages without losing or repeating, with and without delimiter', async () => {
    for (const extra of ['', '&delimiter=%2F']) {
      const seen: (string | undefined)[] = []
      let token = ''
      do {
        const page = (await list(`&max-keys=2${extra}${token}`)).text
        seen.push(...keysIn(page), ...prefixesIn(page))
        const next = /<NextContinuationToken>([^<]+)</.exec(page)?.[1]
        token = next ? `&continuation-token=${encodeURIComponent(next)}` : ''
      } while (token !== '')
      const whole = (await list(extra)).text
      expect([...seen].sort()).toEqual([...keysIn(whole), ...prefixesIn(whole)].sort())
    }
  })
  it('encodes names on demand, starts after a key, and answers the first version', async () => {
    expect(keysIn((await list('&encoding-type=url&prefix=d')).text)).toEqual(['d%20%26'])
    expect(keysIn((await list('&start-after=b')).text)[0]).toBe('c/1')
    const first = (await send({ path: '/list?max-keys=1&marker=a' })).text
    expect(keysIn(first)).toEqual(['a/1'])
    expect(first).toContain('<IsTruncated>true</IsTruncated>')
  })
})

describe('listings of buckets', () => {
  it('page, and begin with a prefix', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await send({ method: 'PUT', path: `/${name}` })
    const names = (text: string) => [...text.matchAll(/<Name>([^<]*)</g)].map((m) => m[1])
    const first = (await send({ path: '/?prefix=page-&max-buckets=2' })).text
    expect(names(first)).toEqual(['page-a', 'page-b'])
    const token = /<ContinuationToken>([^<]+)</.exec(first)?.[1] as string
    const second = (await send({ path: `/?prefix=page-&max-buckets=2&continuation-token=${token}` })).text
    expect([names(second), second.includes('ContinuationToken')]).toEqual([['page-c'], false])
  })
})

describe('buckets', () => {
  it('are created once, located, emptied before they go', async () => {
    expect((await send({ method: 'PUT', path: '/bucket-1' })).status).toBe(200)
    expect(await send({ method: 'PUT', path: '/bucket-1' })).toMatchObject({ status: 409, code: 'BucketAlreadyOwnedByYou' })
    expect((await send({ path: '/bucket-1?location=' })).text).toContain(REGION)
    expect((await send({ path: '/bucket-1?versioning=' })).status).toBe(200)
    await send({ method: 'PUT', path: '/bucket-1/k', body: 'x' })
    const full = await send({ method: 'DELETE', path: '/bucket-1' })
    expect(full).toMatchObject({ status: 409, code: 'BucketNotEmpty' })
    expect(full.text).toContain('akko storage rm s3://bucket-1/ --recursive')
    await send({ method: 'DELETE', path: '/bucket-1/k' })
    expect((await send({ method: 'DELETE', path: '/bucket-1' })).status).toBe(204)
    expect((await send({ method: 'HEAD', path: '/bucket-1' })).status).toBe(404)
  })
  it.each([
    'ab',
    'UPPER',
    '..',
    '192.168.0.1',
    'a..b',
    'xn--a',
    'sthree-a',
    'amzn-s3-demo-a',
    'a-s3alias',
    'a--ol-s3',
    'a.mrap',
    'a--x-s3',
  ])('refuses the name %s', async (name) => {
    expect(await send({ method: 'PUT', path: `/${name}` })).toMatchObject({ status: 400, code: 'InvalidBucketName' })
  })
  it('says so when a sub-resource is not kept here', async () => {
    expect(await send({ method: 'PUT', path: '/lake?website=', body: '<Tagging/>' })).toMatchObject({ status: 501, code: 'NotImplemented' })
    expect(await put('public', 'x', { 'x-amz-acl': 'public-read' })).toMatchObject({ status: 501, code: 'NotImplemented' })
    expect(await put('sealed', 'x', { 'x-amz-server-side-encryption': 'aws:kms' })).toMatchObject({ status: 501, code: 'NotImplemented' })
  })
})

describe('health and metrics', () => {
  it('answer without a signature, on their own ports', async () => {
    expect(await (await fetch(`${storage.endpoint}/-/health`)).json()).toEqual({ status: 'ok' })
    expect(await storage.part.health()).toEqual({ healthy: true })
    const text = await (await fetch(`http://127.0.0.1:${storage.deps.metricsPort}/metrics`)).text()
    expect(text).toMatch(/akko_s3_requests_total\{operation="PutObject",code="OK"\} \d+/)
    expect(text).toMatch(/akko_s3_request_seconds_bucket\{le="[^"]+",operation="PutObject"\} \d+ # \{trace_id="[0-9a-f]{32}"\}/)
    expect(text).toMatch(/akko_s3_bucket_objects\{bucket="list"\} 10/)
    expect(text).toMatch(/akko_s3_bucket_bytes\{bucket="list"\} 10/)
  })

  it('tell no web page what is counted, by whatever name it reached this machine', async () => {
    const { metricsPort: port } = storage.deps
    const asked = (headers: Record<string, string>) => rawRequest(`http://127.0.0.1:${port}/metrics`, { headers })
    expect((await asked({ host: `localhost:${port}` })).status).toBe(200)
    const pages: Record<string, string>[] = [
      { host: `pages.example:${port}` },
      { host: `localhost:${port}`, origin: 'https://pages.example' },
    ]
    for (const headers of pages) expect(await asked(headers)).toMatchObject({ status: 403, text: expect.not.stringContaining('akko_') })
  })

  it('refuse in the form of every server: another method, another path', async () => {
    const asked = async (path: string, method: string) => {
      const answer = await fetch(`http://127.0.0.1:${storage.deps.metricsPort}${path}`, { method })
      return { status: answer.status, allow: answer.headers.get('allow'), text: await answer.text() }
    }
    expect(await asked('/metrics', 'POST')).toEqual({ status: 405, allow: 'GET, HEAD', text: 'POST is not allowed at /metrics\n' })
    expect(await asked('/other', 'GET')).toEqual({ status: 404, allow: null, text: 'nothing answers GET /other\n' })
  })
})
