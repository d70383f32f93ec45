// Versions over real HTTP, and the index beside a model in memory: whatever is done in whatever order, both hold the same.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { FORMAT } from '#parts/storage/format'
import { isMarker, versionOf } from '#parts/storage/history'
import type { ObjectRecord, Versioning } from '#parts/storage/records'
import { BESIDE_BUCKETS, objectKey } from '#parts/storage/records'
import { type Index, openIndex } from '#parts/storage/store'
import { RESOURCE_KINDS } from '#runtime/policy'
import { many, parseXml } from '#wire/s3/xml'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)
const put = (key: string, body: string) => send({ method: 'PUT', path: `/kept/${key}`, body })
const set = (bucket: string, status: Versioning) => {
  const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`
  return send({ method: 'PUT', path: `/${bucket}?versioning=`, body })
}
const idOf = ({ headers }: Answer) => headers['x-amz-version-id'] as string

interface Listed {
  readonly Key: string
  readonly VersionId: string
  readonly IsLatest: string
}

/** All pages: versions and markers of each, in their order. */
async function versionsOf(bucket: string, query = ''): Promise<string[]> {
  const seen: string[] = []
  let next = ''
  do {
    const page = parseXml((await send({ path: `/${bucket}?versions=${query}${next}` })).text, 'ListVersionsResult')
    const one = (kind: string) => (v: Listed) => ({ ...v, kind })
    const all = [...many<Listed>(page.Version).map(one('')), ...many<Listed>(page.DeleteMarker).map(one(' marker'))]
    seen.push(...all.map((v) => `${v.Key} ${v.VersionId}${v.IsLatest === 'true' ? ' latest' : ''}${v.kind}`))
    seen.push(...many<{ Prefix: string }>(page.CommonPrefixes).map((p) => p.Prefix))
    const id = page.NextVersionIdMarker === undefined ? '' : `&version-id-marker=${page.NextVersionIdMarker}`
    next = page.IsTruncated === 'true' ? `&key-marker=${encodeURIComponent(String(page.NextKeyMarker))}${id}` : ''
  } while (next !== '')
  return seen
}

beforeAll(async () => {
  storage = await startTestStorage(policy)
  await send({ method: 'PUT', path: '/kept' })
  await set('kept', 'Enabled')
})
afterAll(() => storage.stop())

describe('a bucket that keeps versions', () => {
  it('says so, and refuses what is no state', async () => {
    await send({ method: 'PUT', path: '/plain' })
    expect((await send({ path: '/plain?versioning=' })).text).not.toContain('<Status>')
    expect((await send({ path: '/kept?versioning=' })).text).toContain('<Status>Enabled</Status>')
    const body = '<VersioningConfiguration><Status>Off</Status></VersioningConfiguration>'
    expect((await send({ method: 'PUT', path: '/plain?versioning=', body })).code).toBe('IllegalVersioningConfigurationException')
    expect((await send({ method: 'PUT', path: '/never?versioning=', body })).code).toBe('NoSuchBucket')
  })

  it('keeps each write by its name, and marks a deletion', async () => {
    const [one, two] = [idOf(await put('a', 'one')), idOf(await put('a', 'two'))]
    expect(one).not.toBe(two)
    const gone = await send({ method: 'DELETE', path: '/kept/a' })
    expect([gone.status, gone.headers['x-amz-delete-marker']]).toEqual([204, 'true'])
    const marker = idOf(gone)
    for (const method of ['GET', 'HEAD']) {
      const hidden = await send({ method, path: '/kept/a' })
      expect(hidden).toMatchObject({ status: 404, headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker } })
      const asked = await send({ method, path: `/kept/a?versionId=${marker}` })
      expect(asked).toMatchObject({ status: 405, headers: { 'x-amz-delete-marker': 'true', allow: 'DELETE' } })
      expect(Date.parse(asked.headers['last-modified'] as string)).toBeGreaterThan(0)
    }
    expect(await send({ path: `/kept/a?versionId=${one}` })).toMatchObject({ text: 'one', headers: { 'x-amz-version-id': one } })
    expect((await send({ path: '/kept?list-type=2&prefix=a' })).text).not.toContain('<Key>')
    expect(await versionsOf('kept', '&prefix=a&max-keys=1')).toEqual([`a ${marker} latest marker`, `a ${two}`, `a ${one}`])
    const unmarked = await send({ method: 'DELETE', path: `/kept/a?versionId=${marker}` })
    expect(unmarked).toMatchObject({ status: 204, headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker } })
    expect(await send({ path: '/kept/a' })).toMatchObject({ text: 'two', headers: { 'x-amz-version-id': two } })
    await send({ method: 'DELETE', path: `/kept/a?versionId=${two}` })
    expect((await send({ path: '/kept/a' })).text).toBe('one')
    expect(await send({ path: `/kept/a?versionId=${two}` })).toMatchObject({ status: 404, code: 'NoSuchVersion' })
    expect(await send({ path: '/kept/a?versionId=7' })).toMatchObject({ status: 400, code: 'InvalidArgument' })
    expect((await send({ method: 'DELETE', path: `/kept/a?versionId=${two}` })).status).toBe(204)
  })

  it('copies a version by its name, also onto its own key, and no marker', async () => {
    const old = idOf(await put('copied', 'old'))
    await put('copied', 'new')
    const copy = (source: string, path = '/kept/copied') => send({ method: 'PUT', path, headers: { 'x-amz-copy-source': source } })
    const back = await copy(`/kept/copied?versionId=${old}`)
    expect(back).toMatchObject({ status: 200, headers: { 'x-amz-copy-source-version-id': old } })
    expect(await send({ path: '/kept/copied' })).toMatchObject({ text: 'old', headers: { 'x-amz-version-id': idOf(back) } })
    const marker = idOf(await send({ method: 'DELETE', path: '/kept/copied' }))
    expect(await copy('/kept/copied', '/kept/other')).toMatchObject({ status: 404, code: 'NoSuchKey' })
    expect(await copy(`/kept/copied?versionId=${marker}`)).toMatchObject({ status: 400, code: 'InvalidRequest' })
  })

  it('writes behind a marker as if nothing were there, and compares with the newest', async () => {
    const { etag } = (await put('cond', 'one')).headers as { etag: string }
    await send({ method: 'DELETE', path: '/kept/cond' })
    const conditional = (headers: Record<string, string>) => send({ method: 'PUT', path: '/kept/cond', body: 'two', headers })
    expect((await conditional({ 'if-match': etag })).code).toBe('NoSuchKey')
    expect((await conditional({ 'if-none-match': '*' })).status).toBe(200)
    expect((await conditional({ 'if-none-match': '*' })).code).toBe('PreconditionFailed')
  })

  it('completes an upload as a version, and answers again with the same', async () => {
    const { text } = await send({ method: 'POST', path: '/kept/up?uploads=' })
    const id = /<UploadId>(\w+)</.exec(text)?.[1]
    const { headers } = await send({ method: 'PUT', path: `/kept/up?uploadId=${id}&partNumber=1`, body: 'part' })
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${headers.etag}</ETag></Part></CompleteMultipartUpload>`
    const done = () => send({ method: 'POST', path: `/kept/up?uploadId=${id}`, body })
    const first = idOf(await done())
    expect(await versionsOf('kept', '&prefix=up')).toEqual([`up ${first} latest`])
    expect(idOf(await done())).toBe(first)
  })

  it('deletes many, each by its version or by a marker, and says which', async () => {
    const [old, kept] = [idOf(await put('m/1', 'a')), idOf(await put('m/1', 'b'))]
    await put('m/2', 'c')
    const objects = `<Object><Key>m/1</Key><VersionId>${old}</VersionId></Object><Object><Key>m/2</Key></Object>`
    const bad = '<Object><Key>m/1</Key><VersionId>7</VersionId></Object>'
    const { text } = await send({ method: 'POST', path: '/kept?delete=', body: `<Delete>${objects}${bad}</Delete>` })
    expect(text).toContain(`<Deleted><Key>m/1</Key><VersionId>${old}</VersionId></Deleted>`)
    const marker = /<Key>m\/2<\/Key><DeleteMarker>true<\/DeleteMarker><DeleteMarkerVersionId>(\w+)</.exec(text)?.[1]
    expect(text).toContain('<Error><Key>m/1</Key><VersionId>7</VersionId><Code>NoSuchVersion</Code>')
    expect((await versionsOf('kept', '&prefix=m/')).filter((v) => v.includes('latest'))).toEqual([
      `m/1 ${kept} latest`,
      `m/2 ${marker} latest marker`,
    ])
  })

  it('is gone only when no version is left in it, and its uploads and files go with it', async () => {
    await send({ method: 'PUT', path: '/short' })
    await set('short', 'Enabled')
    const made = await send({ method: 'PUT', path: '/short/x', body: 'x' })
    const marker = await send({ method: 'DELETE', path: '/short/x' })
    const drop = () => send({ method: 'DELETE', path: '/short' })
    expect((await drop()).code).toBe('BucketNotEmpty')
    await send({ method: 'DELETE', path: `/short/x?versionId=${idOf(made)}` })
    expect((await drop()).code).toBe('BucketNotEmpty')
    await send({ method: 'DELETE', path: `/short/x?versionId=${idOf(marker)}` })
    expect((await drop()).status).toBe(204)
  })
})

describe('versions suspended', () => {
  it('replace only the null version, by an object or by a marker', async () => {
    await send({ method: 'PUT', path: '/rested' })
    const write = (body: string) => send({ method: 'PUT', path: '/rested/k', body })
    await write('before')
    await set('rested', 'Enabled')
    const kept = idOf(await write('kept'))
    expect((await send({ path: '/rested/k?versionId=null' })).text).toBe('before')
    await set('rested', 'Suspended')
    expect(idOf(await write('one'))).toBeUndefined()
    await write('two')
    expect(await versionsOf('rested')).toEqual(['k null latest', `k ${kept}`])
    expect(await send({ path: '/rested/k' })).toMatchObject({ text: 'two', headers: { 'x-amz-version-id': 'null' } })
    const gone = await send({ method: 'DELETE', path: '/rested/k' })
    expect(gone.headers).toMatchObject({ 'x-amz-delete-marker': 'true', 'x-amz-version-id': 'null' })
    expect(await versionsOf('rested')).toEqual([`k ${kept}`, 'k null latest marker'])
    await send({ method: 'DELETE', path: '/rested/k?versionId=null' })
    expect((await send({ path: '/rested/k' })).text).toBe('kept')
  })
})

const homes: string[] = []
const newHome = () => {
  const home = mkdtempSync(join(tmpdir(), 'akko-versions-'))
  homes.push(home)
  return home
}
afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true })
})

const recordOf = (id: string): ObjectRecord => ({ id, size: id.length, etag: id, modified: 1, headers: {}, metadata: {} })

describe('an index of before', () => {
  it('is opened without loss, and what it held is the oldest of each key', async () => {
    const home = newHome()
    const env = open({ path: home, maxDbs: 16, noSubdir: false, overlappingSync: false })
    await env.openDB<object, string>('buckets', {}).put('lake', { created: 1, owner: 'root' })
    await env.openDB<object, string>('stats', {}).put('lake', { objects: 2, bytes: 4 })
    const objects = env.openDB<ObjectRecord, Buffer>('objects', { keyEncoding: 'binary' })
    const files = env.openDB<true, string>('files', {})
    for (const id of ['f1', 'f2']) {
      await objects.put(objectKey('lake', `key of ${id}`), recordOf(id))
      await files.put(id, true)
    }
    await env.close()
    const index = openIndex(home)
    expect(index.buckets().map(({ name }) => name)).toEqual(['lake'])
    expect(index.list('lake', { prefix: '', delimiter: '', after: undefined, limit: 9 }).items.map(({ value }) => value)).toEqual([
      recordOf('f1'),
      recordOf('f2'),
    ])
    await index.setVersioning('lake', 'Enabled')
    await index.putObjects([{ bucket: 'lake', key: 'key of f1', record: recordOf('f3') }])
    expect(index.version('lake', 'key of f1', 'null')).toEqual(recordOf('f1'))
    expect([index.knows('f1'), index.stats('lake')]).toEqual([true, { objects: 3, bytes: 6 }])
    await index.close()
  })

  it('of a later program is not opened', async () => {
    const home = newHome()
    const env = open({ path: home, maxDbs: 16, noSubdir: false, overlappingSync: false })
    await env.openDB<number, string>('buckets', {}).put(BESIDE_BUCKETS, FORMAT + 1)
    await env.close()
    expect(() => openIndex(home)).toThrow(`has the form ${FORMAT + 1}`)
  })
})

/** Numbers from a seed, so that what fails fails again. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Kept {
  readonly version: string
  /** Undefined of a marker. */
  readonly file: string | undefined
}

/** What the bucket must hold: of each key its versions, from the newest to the oldest. */
class Model {
  versioning: Versioning | undefined
  readonly keys = new Map<string, Kept[]>()

  add(key: string, version: string, file: string | undefined) {
    const kept = this.keys.get(key) ?? []
    const left = this.versioning === undefined ? [] : version === 'null' ? kept.filter((k) => k.version !== 'null') : kept
    this.keys.set(key, [{ version, file }, ...left])
  }
  remove(key: string, version: string) {
    this.keys.set(
      key,
      (this.keys.get(key) ?? []).filter((k) => k.version !== version),
    )
  }
  all() {
    return [...this.keys]
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .flatMap(([key, kept]) => kept.map((k, i) => ({ key, ...k, latest: i === 0 })))
  }
}

const KEYS = ['a', 'a\u0001', 'a/', 'a/b', 'a/b\u007f', 'a0', 'é', '\ufffd', '😀', '\u0001a', 'null', ' ', 'a'.repeat(1024)]

const listed = (index: Index, limit: number) => {
  const seen: { key: string; version: string; file: string | undefined; latest: boolean }[] = []
  let after: { name: string; sub?: string } | undefined
  do {
    const page = index.listVersions('lake', { prefix: '', delimiter: '', after, limit })
    for (const { name, value } of page.items) {
      const { record, latest } = value
      seen.push({ key: name, version: versionOf(record), file: isMarker(record) ? undefined : record.id, latest })
    }
    after = page.next
  } while (after)
  return seen
}

describe('the index beside a model', () => {
  it.each(Array.from({ length: 4 }, (_, i) => i + 1))('holds the same after 400 steps, seed %i', async (seed) => {
    const home = newHome()
    let index = openIndex(home)
    await index.createBucket('lake', { created: 1, owner: 'root' })
    await index.createBucket('lake0', { created: 1, owner: 'root' })
    await index.putObjects([{ bucket: 'lake0', key: 'a', record: recordOf('another bucket’s') }])
    const model = new Model()
    const below = numbersFrom(seed)
    const pick = <T>(of: readonly T[]): T => of[below(of.length)] as T
    const freed: string[] = []
    for (let step = 0; step < 400; step++) {
      const key = pick(KEYS)
      const kept = model.keys.get(key) ?? []
      const version = pick([...kept.map((k) => k.version), 'null', '0'.repeat(32)])
      switch (pick(['put', 'put', 'put', 'delete', 'delete version', 'adopt', 'set', 'reopen'])) {
        case 'put': {
          const done = await index.putObjects([{ bucket: 'lake', key, record: recordOf(`f${step}`) }])
          if (done.outcome !== 'done') throw new Error(done.outcome)
          freed.push(...done.freed)
          model.add(key, done.version ?? 'null', `f${step}`)
          break
        }
        case 'delete': {
          const [done] = await index.deleteObjects('lake', [{ key }])
          if (done?.outcome !== 'done') throw new Error(done?.outcome)
          freed.push(...done.freed)
          if (model.versioning) model.add(key, done.version as string, undefined)
          else model.keys.delete(key)
          break
        }
        case 'delete version': {
          const [done] = await index.deleteObjects('lake', [{ key, version }])
          if (done?.outcome !== 'done') throw new Error(done?.outcome)
          freed.push(...done.freed)
          expect(done.marker).toBe(kept.some((k) => k.version === version && k.file === undefined))
          model.remove(key, version)
          break
        }
        case 'adopt': {
          const [object, by] = [
            { bucket: 'lake', key, record: recordOf(`f${step}`) },
            { query: `q${step}`, owner: 'ana' },
          ]
          const before = model.versioning === 'Enabled'
          const done = await index.adoptObjects([object], by)
          const adopted = index.object('lake', key)
          if (done.outcome !== 'done' || !adopted) throw new Error('not adopted')
          freed.push(...done.freed)
          model.add(key, versionOf(adopted), `f${step}`)
          if (before || below(2) === 0) {
            const gone = await index.discard([object], by)
            if (gone.outcome !== 'done') throw new Error(gone.outcome)
            freed.push(...gone.freed)
            model.remove(key, versionOf(adopted))
          } else await index.settle([object], by)
          break
        }
        case 'set':
          if (below(4) > 0) break
          model.versioning = pick(['Enabled', 'Suspended'])
          await index.setVersioning('lake', model.versioning)
          break
        case 'reopen':
          if (below(8) > 0) break
          await index.close()
          index = openIndex(home)
          break
      }
    }
    const all = model.all()
    for (const limit of [1, 3, 1000]) expect(listed(index, limit)).toEqual(all)
    const current = all.filter((k) => k.latest && k.file !== undefined)
    const live = index.list('lake', { prefix: '', delimiter: '', after: undefined, limit: 1000 }).items
    expect(live.map(({ name, value }) => [name, value.id])).toEqual(current.map((k) => [k.key, k.file]))
    const files = all.flatMap((k) => k.file ?? [])
    expect(index.stats('lake')).toEqual({ objects: files.length, bytes: files.join('').length })
    expect(files.filter((id) => !index.knows(id))).toEqual([])
    expect(freed.filter((id) => index.knows(id))).toEqual([])
    expect(new Set(freed).size).toBe(freed.length)
    for (const { key, version, file } of all) {
      const record = index.version('lake', key, version)
      expect(record && (isMarker(record) ? undefined : record.id)).toBe(file)
    }
    for (const { key, version } of all) await index.deleteObjects('lake', [{ key, version }])
    expect(index.stats('lake')).toEqual({ objects: 0, bytes: 0 })
    expect(await index.deleteBucket('lake')).toMatchObject({ freed: [] })
    expect(index.object('lake0', 'a')).toEqual(recordOf('another bucket’s'))
    await index.close()
  })
})
