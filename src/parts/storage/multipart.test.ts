// Uploads in parts over real HTTP: what is joined, what is refused, what is left behind.
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { createDigest } from '#wire/s3/checksum'

const MiB = 1024 * 1024
const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)

beforeAll(async () => {
  storage = await startTestStorage(policy)
  await send({ method: 'PUT', path: '/lake' })
})
afterAll(() => storage.stop())

const begin = async (key: string, headers: Record<string, string> = {}) => {
  const { text } = await send({ method: 'POST', path: `/lake/${key}?uploads=`, headers })
  return /<UploadId>(\w+)<\/UploadId>/.exec(text)?.[1] as string
}
const part = (key: string, id: string, n: number, body: Buffer, headers: Record<string, string> = {}) =>
  send({ method: 'PUT', path: `/lake/${key}?partNumber=${n}&uploadId=${id}`, body, headers })
const complete = (key: string, id: string, parts: readonly (readonly [number, string])[], headers: Record<string, string> = {}) => {
  const listed = parts.map(([n, etag]) => `<Part><PartNumber>${n}</PartNumber><ETag>${etag}</ETag></Part>`).join('')
  const body = `<CompleteMultipartUpload>${listed}</CompleteMultipartUpload>`
  return send({ method: 'POST', path: `/lake/${key}?uploadId=${id}`, body, headers })
}
const etagOf = (answer: Answer) => answer.headers.etag as string
const files = () =>
  readdirSync(storage.deps.objectsDir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile() && !f.parentPath.endsWith('.tmp'))

const objectCount = async () => (await send({ path: '/lake?list-type=2' })).text.match(/<Key>/g)?.length as number

describe('an upload in parts', () => {
  const first = Buffer.alloc(5 * MiB, 'first')
  const second = Buffer.from('second')
  const whole = Buffer.concat([first, second])

  it('joins the parts in order, with the entity tag of parts', async () => {
    const id = await begin('joined', { 'content-type': 'text/x', 'x-amz-meta-m': '1' })
    const two = await part('joined', id, 2, second)
    const one = await part('joined', id, 1, first)
    expect((await send({ path: `/lake/joined?uploadId=${id}` })).text).toContain('<PartNumber>2</PartNumber>')
    const done = await complete('joined', id, [
      [1, etagOf(one)],
      [2, etagOf(two)],
    ])
    const md5 = (data: Buffer) => createHash('md5').update(data).digest()
    const etag = `"${createHash('md5')
      .update(Buffer.concat([md5(first), md5(second)]))
      .digest('hex')}-2"`
    expect(done.text).toContain(etag.replaceAll('"', '&quot;'))
    const got = await send({ path: '/lake/joined' })
    expect(got.body.equals(whole)).toBe(true)
    expect(got.headers).toMatchObject({ etag, 'content-type': 'text/x', 'x-amz-meta-m': '1' })
    expect((await send({ path: '/lake/joined?partNumber=2' })).text).toBe('second')
    expect(await send({ path: `/lake/joined?uploadId=${id}` })).toMatchObject({ code: 'NoSuchUpload' })
  })

  it('copies parts from objects, with a range', async () => {
    await send({ method: 'PUT', path: '/lake/source', body: whole })
    const id = await begin('from-copy')
    const copy = (n: number, range: string) =>
      send({
        method: 'PUT',
        path: `/lake/from-copy?partNumber=${n}&uploadId=${id}`,
        headers: { 'x-amz-copy-source': '/lake/source', 'x-amz-copy-source-range': range },
      })
    const etag = (a: Answer) => /&quot;(\w+)&quot;/.exec(a.text)?.[1] as string
    const one = await copy(1, `bytes=0-${5 * MiB - 1}`)
    const two = await copy(2, `bytes=${5 * MiB}-${whole.length - 1}`)
    expect(
      (
        await complete('from-copy', id, [
          [1, etag(one)],
          [2, etag(two)],
        ])
      ).status,
    ).toBe(200)
    expect((await send({ path: '/lake/from-copy' })).body.equals(whole)).toBe(true)
  })

  it('refuses wrong tags, missing parts, wrong order and small parts, and stays open', async () => {
    const id = await begin('strict')
    const one = etagOf(await part('strict', id, 1, second))
    const two = etagOf(await part('strict', id, 2, second))
    expect(await complete('strict', id, [[1, '"0"']])).toMatchObject({ status: 400, code: 'InvalidPart' })
    expect(await complete('strict', id, [[3, one]])).toMatchObject({ code: 'InvalidPart' })
    expect(
      await complete('strict', id, [
        [2, two],
        [1, one],
      ]),
    ).toMatchObject({ code: 'InvalidPartOrder' })
    expect(
      await complete('strict', id, [
        [1, one],
        [2, two],
      ]),
    ).toMatchObject({ code: 'EntityTooSmall' })
    expect((await complete('strict', id, [[2, two]])).status).toBe(200)
    expect((await send({ path: '/lake/strict' })).text).toBe('second')
  })

  it('keeps checksums of parts and of the whole', async () => {
    const crc = createDigest('CRC64NVME')
    crc.update(whole)
    const value = crc.finish()
    const id = await begin('summed', { 'x-amz-checksum-algorithm': 'CRC64NVME' })
    const one = etagOf(await part('summed', id, 1, first))
    const two = etagOf(await part('summed', id, 2, second))
    const parts = [
      [1, one],
      [2, two],
    ] as const
    expect(await complete('summed', id, parts, { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' })).toMatchObject({ code: 'BadDigest' })
    expect((await complete('summed', id, parts, { 'x-amz-checksum-crc64nvme': value })).status).toBe(200)
    const got = await send({ method: 'HEAD', path: '/lake/summed', headers: { 'x-amz-checksum-mode': 'ENABLED' } })
    expect(got.headers).toMatchObject({ 'x-amz-checksum-crc64nvme': value, 'x-amz-checksum-type': 'FULL_OBJECT' })
  })

  it('is copied as one piece: with digests of its own', async () => {
    const id = await begin('parts', { 'x-amz-checksum-algorithm': 'SHA256' })
    const parts = [[1, etagOf(await part('parts', id, 1, first))] as const, [2, etagOf(await part('parts', id, 2, second))] as const]
    expect((await complete('parts', id, parts)).status).toBe(200)
    const copied = await send({ method: 'PUT', path: '/lake/one-piece', headers: { 'x-amz-copy-source': '/lake/parts' } })
    const sum = createHash('sha256').update(whole).digest('base64')
    expect(copied.text).toContain(`<ChecksumSHA256>${sum}</ChecksumSHA256><ChecksumType>FULL_OBJECT</ChecksumType>`)
    const got = await send({ path: '/lake/one-piece', headers: { 'x-amz-checksum-mode': 'ENABLED' } })
    expect(got.headers).toMatchObject({ etag: `"${createHash('md5').update(whole).digest('hex')}"`, 'x-amz-checksum-sha256': sum })
    expect(got.body.equals(whole)).toBe(true)
  })

  it('is completed again with the answer of the first time, while the object is the one that it made', async () => {
    const id = await begin('twice')
    const one = etagOf(await part('twice', id, 1, second))
    const [first, again] = await Promise.all([complete('twice', id, [[1, one]]), complete('twice', id, [[1, one]])])
    const later = await complete('twice', id, [[1, one]])
    expect([again.text, later.text]).toEqual([first.text, first.text])
    expect((await complete('twice', id, [[1, '"0"']])).code).toBe('NoSuchUpload')
    await send({ method: 'PUT', path: '/lake/twice', body: 'another' })
    expect((await complete('twice', id, [[1, one]])).code).toBe('NoSuchUpload')
    expect((await send({ path: '/lake/twice' })).text).toBe('another')
  })

  it('tells its parts: each by its number, and all as attributes', async () => {
    const id = await begin('told', { 'x-amz-checksum-algorithm': 'CRC32' })
    const parts = [[1, etagOf(await part('told', id, 1, first))] as const, [2, etagOf(await part('told', id, 2, second))] as const]
    await complete('told', id, parts)
    const one = await send({ method: 'HEAD', path: '/lake/told?partNumber=1' })
    expect(one).toMatchObject({ status: 206, headers: { 'x-amz-mp-parts-count': '2', 'content-length': String(first.length) } })
    expect(await send({ path: '/lake/told?partNumber=3' })).toMatchObject({ status: 416, code: 'InvalidPartNumber' })
    expect(await send({ path: '/lake/told?partNumber=1', headers: { range: 'bytes=0-1' } })).toMatchObject({ code: 'InvalidRequest' })
    const attributes = async (headers: Record<string, string> = {}) =>
      (
        await send({
          path: '/lake/told?attributes=',
          headers: { 'x-amz-object-attributes': 'ETag,Checksum,ObjectParts,StorageClass,ObjectSize', ...headers },
        })
      ).text
    const all = await attributes()
    for (const text of ['-2</ETag>', '<PartsCount>2</PartsCount>', `<ObjectSize>${whole.length}</ObjectSize>`, '<ChecksumType>COMPOSITE<'])
      expect(all).toContain(text)
    expect(all.match(/<Part><PartNumber>\d<\/PartNumber><Size>\d+<\/Size><ChecksumCRC32>/g)).toHaveLength(2)
    expect(await attributes({ 'x-amz-max-parts': '1' })).toContain('<IsTruncated>true</IsTruncated><Part><PartNumber>1<')
    expect(await attributes({ 'x-amz-part-number-marker': '1' })).not.toContain('<PartNumber>1<')
  })

  it('goes with its bucket', async () => {
    await send({ method: 'PUT', path: '/short-lived' })
    const begun = await send({ method: 'POST', path: '/short-lived/key?uploads=' })
    const id = /<UploadId>(\w+)</.exec(begun.text)?.[1]
    const before = files().length
    await send({ method: 'PUT', path: `/short-lived/key?partNumber=1&uploadId=${id}`, body: 'part' })
    expect(files().length).toBe(before + 1)
    expect((await send({ method: 'DELETE', path: '/short-lived' })).status).toBe(204)
    await expect.poll(() => files().length).toBe(before)
    await send({ method: 'PUT', path: '/short-lived' })
    expect((await send({ path: '/short-lived?uploads=' })).text).not.toContain('<UploadId>')
  })

  it('takes no range that its source has not, and no part with another checksum', async () => {
    await send({ method: 'PUT', path: '/lake/ten', body: '0123456789' })
    const id = await begin('ranges', { 'x-amz-checksum-algorithm': 'CRC32' })
    const copy = (range: string) =>
      send({
        method: 'PUT',
        path: `/lake/ranges?partNumber=1&uploadId=${id}`,
        headers: { 'x-amz-copy-source': '/lake/ten', 'x-amz-copy-source-range': range },
      })
    for (const range of ['bytes=5-', 'bytes=-5', 'bytes=7-5', '0-5', 'bytes=0-1,3-4'])
      expect((await copy(range)).code).toBe('InvalidArgument')
    expect((await copy('bytes=0-10')).code).toBe('InvalidRange')
    const sha = createHash('sha256').update(second).digest('base64')
    expect((await part('ranges', id, 1, second, { 'x-amz-checksum-sha256': sha })).code).toBe('InvalidRequest')
    expect((await send({ path: `/lake/ranges?uploadId=${id}` })).text).not.toContain('<Part>')
    expect((await copy('bytes=0-9')).text).toContain('<ChecksumCRC32>')
    expect((await send({ method: 'DELETE', path: `/lake/ranges?uploadId=${id}` })).status).toBe(204)
  })

  it('honours If-None-Match when it completes', async () => {
    await send({ method: 'PUT', path: '/lake/taken', body: 'first come' })
    const id = await begin('taken')
    const one = etagOf(await part('taken', id, 1, second))
    expect(await complete('taken', id, [[1, one]], { 'if-none-match': '*' })).toMatchObject({ status: 412 })
    expect((await send({ path: '/lake/taken' })).text).toBe('first come')
    expect((await send({ method: 'DELETE', path: `/lake/taken?uploadId=${id}` })).status).toBe(204)
  })

  it('is listed while it is open, and leaves no file when it is aborted', async () => {
    const objects = await objectCount()
    await expect.poll(() => files().length).toBe(objects)
    const id = await begin('a/aborted')
    await part('a/aborted', id, 1, second)
    await part('a/aborted', id, 1, second)
    await expect.poll(() => files().length).toBe(objects + 1)
    const { text } = await send({ path: '/lake?uploads=&prefix=a%2F' })
    expect(text).toContain(`<Key>a/aborted</Key><UploadId>${id}</UploadId>`)
    expect((await send({ method: 'DELETE', path: `/lake/a/aborted?uploadId=${id}` })).status).toBe(204)
    await expect.poll(() => files().length).toBe(objects)
    expect(await part('a/aborted', id, 2, second)).toMatchObject({ status: 404, code: 'NoSuchUpload' })
  })
})

describe('the listing of uploads', () => {
  it('pages by key and by id, and rolls up what counts for the limit', async () => {
    const keys = ['l/a', 'l/a', 'l/b/1', 'l/b/2', 'l/c']
    for (const key of keys) await begin(key)
    const list = async (query: string) => (await send({ path: `/lake?uploads=&prefix=l%2F${query}` })).text
    const one = (text: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]
    const shown = (text: string) => [...text.matchAll(/<(?:Key|CommonPrefixes><Prefix)>([^<]*)</g)].map((m) => m[1])
    for (const [delimiter, all] of [
      ['', keys],
      ['&delimiter=%2F', ['l/a', 'l/a', 'l/b/', 'l/c']],
    ] as const) {
      const seen: (string | undefined)[] = []
      let next = ''
      do {
        const text = await list(`${delimiter}&max-uploads=1${next}`)
        seen.push(...shown(text))
        const [key, id] = [one(text, 'NextKeyMarker'), one(text, 'NextUploadIdMarker')]
        next = key === undefined ? '' : `&key-marker=${encodeURIComponent(key)}${id ? `&upload-id-marker=${id}` : ''}`
      } while (next !== '')
      expect(seen).toEqual(all)
    }
  })
})

describe('an upload that nobody ends', () => {
  const DAY = 24 * 3600 * 1000
  let later = 0
  const now = () => new Date(Date.now() + later)
  const withClock = async (uploadDays: number, run: (of: TestStorage) => Promise<void>) => {
    later = 0
    const of = await startTestStorage(policy, { now, uploadDays, expiryEveryMs: 10 })
    try {
      await run(of)
    } finally {
      await of.stop()
    }
  }
  const open = async (of: TestStorage, key: string) => {
    const ask = (sent: Sent) => sendTo(of.endpoint, { ...sent, now: now() })
    await ask({ method: 'PUT', path: '/lake' })
    const begun = await ask({ method: 'POST', path: `/lake/${key}?uploads=` })
    const id = /<UploadId>(\w+)<\/UploadId>/.exec(begun.text)?.[1] as string
    expect((await ask({ method: 'PUT', path: `/lake/${key}?partNumber=1&uploadId=${id}`, body: 'part' })).status).toBe(200)
    const uploads = async () => (await ask({ path: '/lake?uploads=' })).text.match(/<UploadId>/g)?.length ?? 0
    const kept = () => readdirSync(of.deps.objectsDir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).length
    return { ask, begun, id, uploads, kept }
  }

  it('is aborted after its days with its parts, not before, and says so when it begins', async () => {
    await withClock(7, async (of) => {
      const { ask, begun, id, uploads, kept } = await open(of, 'left')
      expect(begun.headers['x-amz-abort-rule-id']).toBe('abort-incomplete-uploads')
      const ends = Date.parse(begun.headers['x-amz-abort-date'] as string)
      expect([ends % DAY, Math.ceil((ends - Date.now()) / DAY)]).toEqual([0, 8])
      later = ends - Date.now() - 60_000
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect([await uploads(), kept()]).toEqual([1, 1])
      later = ends - Date.now() + 1000
      await expect.poll(uploads).toBe(0)
      await expect.poll(kept).toBe(0)
      const late = await ask({ method: 'PUT', path: `/lake/left?partNumber=2&uploadId=${id}`, body: 'late' })
      expect(late).toMatchObject({ status: 404, code: 'NoSuchUpload' })
      expect((await ask({ method: 'DELETE', path: '/lake' })).status).toBe(204)
    })
  })
  it('is kept for ever where that is set', async () => {
    await withClock(0, async (of) => {
      const { begun, uploads } = await open(of, 'kept')
      expect(begun.headers['x-amz-abort-date']).toBeUndefined()
      later = 3000 * DAY
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(await uploads()).toBe(1)
    })
  })
})

describe('files on disk', () => {
  it('are as many as objects, never named by key, and read-only', async () => {
    await send({ method: 'PUT', path: '/lake/named-by-key', body: 'x' })
    await send({ method: 'PUT', path: '/lake/named-by-key', body: 'y' })
    const objects = await objectCount()
    await expect.poll(() => files().length).toBe(objects)
    for (const file of files()) {
      expect(file.name).toMatch(/^[0-9a-f]{32}$/)
      expect(join(file.parentPath, file.name)).toContain(join(file.name.slice(0, 2), file.name.slice(2, 4), file.name))
    }
    expect(readdirSync(join(storage.deps.objectsDir, '.tmp'))).toEqual([])
  })
})
