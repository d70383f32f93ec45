// The files port over its socket: leases that outlive deletions, adoption in one commit, folders that end with their query.
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { createRolePolicy } from '#parts/policy/index'
import { createFilesClient, type FilesClient } from '#parts/storage/files-client'
import { type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { createStorage } from '#parts/storage/index'
import { RESOURCE_KINDS } from '#runtime/policy'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const sql: Caller = { sub: 'sql', roles: [], via: 'internal', requestId: 'r' }
const ana: Caller = { sub: 'ana', roles: [], via: 'bearer', requestId: 'r' }
let storage: TestStorage
let files: FilesClient
const send = (sent: Sent) => sendTo(storage.endpoint, sent)

beforeAll(async () => {
  storage = await startTestStorage(policy)
  files = createFilesClient(storage.deps.socket)
  await send({ method: 'PUT', path: '/lake' })
  for (const key of ['a.parquet', 'b.parquet']) await send({ method: 'PUT', path: `/lake/t/${key}`, body: key })
})
afterAll(() => storage.stop())

describe('leases', () => {
  it('are links in the folder of the query, in the order asked, readable after the object is gone', async () => {
    const { spool } = await files.open(sql, 'q1')
    const leased = await files.lease(sql, 'q1', ['s3://lake/t/b.parquet', 's3://lake/t/a.parquet'])
    expect(leased.map((l) => [l.uri, l.size])).toEqual([
      ['s3://lake/t/b.parquet', 9],
      ['s3://lake/t/a.parquet', 9],
    ])
    expect(leased.every((l) => l.path.startsWith(`${spool}/`) && l.path.endsWith('.parquet'))).toBe(true)
    expect(statSync(spool).mode & 0o777).toBe(0o700)
    await send({ method: 'DELETE', path: '/lake/t/b.parquet' })
    await send({ method: 'PUT', path: '/lake/t/a.parquet', body: 'replaced' })
    expect(leased.map((l) => readFileSync(l.path, 'utf8'))).toEqual(['b.parquet', 'a.parquet'])
    await files.release(sql, 'q1')
    expect(existsSync(spool)).toBe(false)
    await files.release(sql, 'q1')
  })
  it('refuse what is missing, malformed or not allowed', async () => {
    await files.open(sql, 'q2')
    await expect(files.lease(sql, 'q2', ['s3://lake/none'])).rejects.toMatchObject({ code: 'storage.NoSuchKey', status: 404 })
    await expect(files.lease(sql, 'q2', ['/etc/passwd'])).rejects.toMatchObject({ code: 'storage.InvalidObjectUri' })
    await expect(files.lease(sql, 'never-opened', ['s3://lake/t/a.parquet'])).rejects.toMatchObject({ code: 'storage.NoSuchSpool' })
    await files.open(ana, 'q3')
    await expect(files.lease(ana, 'q3', ['s3://lake/t/a.parquet'])).rejects.toMatchObject({ code: 'access.denied', status: 403 })
    await expect(files.lease(ana, 'q2', [])).rejects.toMatchObject({ code: 'access.denied' })
    for (const id of ['..', '.', '../q2', 'a/b', '']) await expect(files.open(sql, id)).rejects.toMatchObject({ status: 400 })
  })
})

describe('folders', () => {
  it('of one tenant lie together, of others apart, and go with their last query', async () => {
    const cleo: Caller = { ...ana, sub: 'cleo' }
    const other: Caller = { ...cleo, roles: ['other'] }
    const [one, two, three] = await Promise.all([files.open(cleo, 't1'), files.open(cleo, 't2'), files.open(other, 't3')])
    expect(dirname(two.spool)).toBe(dirname(one.spool))
    expect(dirname(three.spool)).not.toBe(dirname(one.spool))
    expect(dirname(dirname(three.spool))).toBe(dirname(dirname(one.spool)))
    expect(statSync(dirname(one.spool)).mode & 0o777).toBe(0o700)
    await files.release(cleo, 't1')
    expect(existsSync(two.spool)).toBe(true)
    await files.release(cleo, 't2')
    expect(existsSync(dirname(two.spool))).toBe(false)
    await files.release(other, 't3')
  })
  it('stay where they were opened', async () => {
    const { spool } = await files.open(ana, 't4')
    expect((await files.open({ ...ana, roles: ['more'] }, 't4')).spool).toBe(spool)
    await files.release(ana, 't4')
  })
  it('are there whenever they were opened, while others of the tenant come and go', async () => {
    const dan: Caller = { ...ana, sub: 'dan' }
    const query = async (id: string) => {
      const { spool } = await files.open(dan, id)
      const there = existsSync(spool)
      await files.release(dan, id)
      return there
    }
    const all = await Promise.all(Array.from({ length: 200 }, (_, i) => query(`r${i}`)))
    expect(all).toEqual(Array.from({ length: 200 }, () => true))
  })
})

describe('adoption', () => {
  it('makes files of the folder objects, all in one', async () => {
    const { spool } = await files.open(sql, 'w1')
    mkdirSync(join(spool, 'out'))
    writeFileSync(join(spool, 'out', '1'), 'one')
    writeFileSync(join(spool, 'out', '2'), 'two')
    await files.adopt(sql, 'w1', [
      { path: join(spool, 'out', '1'), uri: 's3://lake/new/1' },
      { path: join(spool, 'out', '2'), uri: 's3://lake/new/2' },
    ])
    const got = await send({ path: '/lake/new/1' })
    expect(got.text).toBe('one')
    expect(got.headers.etag).toBe('"f97c5d29941bfb1b2fdab0874906ab82"')
    await files.release(sql, 'w1')
    expect((await send({ path: '/lake/new/2' })).text).toBe('two')
  })
  it('takes nothing from outside the folder, nothing by a link, nothing for a bucket that is not there', async () => {
    const { spool } = await files.open(sql, 'w2')
    const outside = join(storage.home, 'outside')
    writeFileSync(outside, 'outside')
    symlinkSync(outside, join(spool, 'link'))
    writeFileSync(join(spool, 'file'), 'file')
    const adopt = (path: string, uri: string) => files.adopt(sql, 'w2', [{ path, uri }])
    for (const path of [outside, join(spool, 'link'), join(spool, '..', '..', 'outside'), join(spool, 'missing'), spool])
      await expect(adopt(path, 's3://lake/stolen')).rejects.toMatchObject({ code: 'storage.OutsideSpool' })
    await expect(adopt(join(spool, 'file'), 's3://nowhere/k')).rejects.toMatchObject({ code: 'storage.NoSuchBucket' })
    expect((await send({ path: '/lake/stolen' })).status).toBe(404)
    expect(existsSync(outside)).toBe(true)
  })
  it('all or none: one bad file leaves the others where they were not', async () => {
    const { spool } = await files.open(sql, 'w3')
    writeFileSync(join(spool, 'good'), 'good')
    const wanted = [
      { path: join(spool, 'good'), uri: 's3://lake/half/1' },
      { path: join(spool, 'absent'), uri: 's3://lake/half/2' },
    ]
    await expect(files.adopt(sql, 'w3', wanted)).rejects.toMatchObject({ code: 'storage.OutsideSpool' })
    expect((await send({ path: '/lake/half/1' })).status).toBe(404)
  })
})

describe('what a query adopted', () => {
  const adopt = async (query: string, ...keys: string[]) => {
    const { spool } = await files.open(sql, query)
    for (const key of keys) writeFileSync(join(spool, key), key)
    await files.adopt(
      sql,
      query,
      keys.map((key) => ({ path: join(spool, key), uri: `s3://lake/adopted/${query}/${key}` })),
    )
    await files.release(sql, query)
    return keys.map((key) => `s3://lake/adopted/${query}/${key}`)
  }
  const status = async (uri = '') => (await send({ path: uri.slice('s3:/'.length) })).status
  const unsettled = async () => {
    const text = await (await fetch(`http://127.0.0.1:${storage.deps.metricsPort}/metrics`)).text()
    const found = /^akko_s3_unsettled_files (\d+)/m.exec(text)?.[1]
    expect(found).toBeDefined()
    return Number(found)
  }

  it('goes when it is discarded, stays when it is settled, also if it is discarded afterwards', async () => {
    const before = await unsettled()
    const [kept, gone] = (await adopt('d1', 'kept', 'gone')) as [string, string]
    expect(await unsettled()).toBe(before + 2)
    await files.settle(sql, 'd1', [kept])
    await files.discard(sql, 'd1', [kept, gone])
    expect([await status(kept), await status(gone)]).toEqual([200, 404])
    expect(await unsettled()).toBe(before)
    await files.discard(sql, 'd1', [gone])
  })
  it('is discarded by that query of that user only, and by nobody who may not remove it', async () => {
    const uris = await adopt('d2', 'one')
    await files.discard(sql, 'd3', uris)
    await files.discard({ ...sql, sub: 'other' }, 'd2', uris)
    await files.discard(sql, 'd2', ['s3://lake/t/a.parquet', 's3://lake/none'])
    await expect(files.discard(ana, 'd2', uris)).rejects.toMatchObject({ code: 'access.denied' })
    await files.settle({ ...sql, sub: 'other' }, 'd2', uris)
    expect([await status(uris[0]), await status('s3://lake/t/a.parquet')]).toEqual([200, 200])
    await files.discard(sql, 'd2', uris)
    expect(await status(uris[0])).toBe(404)
  })
  it('is not discarded once another wrote it again', async () => {
    const [uri] = (await adopt('d4', 'again')) as [string]
    await send({ method: 'PUT', path: '/lake/adopted/d4/again', body: 'newer' })
    await files.discard(sql, 'd4', [uri])
    expect((await send({ path: '/lake/adopted/d4/again' })).text).toBe('newer')
  })
})

describe('what lies below a folder', () => {
  const listed = async (folder: string) => {
    const found = []
    for await (const file of files.list(sql, 'l1', folder)) found.push(file)
    return found
  }
  beforeAll(async () => {
    await files.open(sql, 'l1')
    for (const key of ['many/a', 'many/b/c', 'manyother', 'many']) await send({ method: 'PUT', path: `/lake/${key}`, body: key })
  })
  afterAll(() => files.release(sql, 'l1'))

  it('is told whole, page by page, and nothing beside it', async () => {
    const found = await listed('s3://lake/many')
    expect(found.map(({ uri, size }) => [uri, size])).toEqual([
      ['s3://lake/many/a', 6],
      ['s3://lake/many/b/c', 8],
    ])
    expect(found.every(({ modified }) => Math.abs(modified - Date.now()) < 60_000)).toBe(true)
    expect(await listed('s3://lake/none')).toEqual([])
    const names = Array.from({ length: 1002 }, (_, i) => String(i).padStart(4, '0'))
    for (let at = 0; at < names.length; at += 100)
      await Promise.all(names.slice(at, at + 100).map((name) => send({ method: 'PUT', path: `/lake/pages/${name}`, body: name })))
    expect((await listed('s3://lake/pages')).map(({ uri }) => uri)).toEqual(names.map((name) => `s3://lake/pages/${name}`))
    const uris = names.map((name) => `s3://lake/pages/${name}`)
    expect(await files.remove(sql, 'l1', uris, Date.now() + 1)).toBe(1002)
    expect(await listed('s3://lake/pages')).toEqual([])
  })

  it('goes where it was last written before a time, with what is on record of the query that brought it', async () => {
    const [first] = await listed('s3://lake/many')
    const all = ['s3://lake/many/a', 's3://lake/many/b/c', 's3://lake/many/none']
    expect(await files.remove(sql, 'l1', all, (first?.modified ?? 0) - 1000)).toBe(0)
    expect(await files.remove(sql, 'l1', all.slice(0, 1), Date.now() + 1)).toBe(1)
    expect((await listed('s3://lake/many')).map(({ uri }) => uri)).toEqual(['s3://lake/many/b/c'])
    const left = async () => {
      const text = await (await fetch(`http://127.0.0.1:${storage.deps.metricsPort}/metrics`)).text()
      return Number(/^akko_s3_unsettled_files (\d+)/m.exec(text)?.[1])
    }
    const before = await left()
    const { spool } = await files.open(sql, 'l3')
    writeFileSync(join(spool, 'x'), 'x')
    await files.adopt(sql, 'l3', [{ path: join(spool, 'x'), uri: 's3://lake/many/x' }])
    await files.release(sql, 'l3')
    expect(await left()).toBe(before + 1)
    expect(await files.remove(sql, 'l1', ['s3://lake/many/x'], Date.now() + 1)).toBe(1)
    expect(await left()).toBe(before)
  })

  it('is told, and removed, for nobody who may not', async () => {
    await files.open(ana, 'l4')
    await expect(
      (async () => {
        for await (const _ of files.list(ana, 'l4', 's3://lake/many'));
      })(),
    ).rejects.toMatchObject({ code: 'access.denied' })
    await expect(files.remove(ana, 'l4', ['s3://lake/many/b/c'], Date.now() + 1)).rejects.toMatchObject({ code: 'access.denied' })
    await expect(files.remove(sql, 'l1', ['s3://lake/many/b/c'], Number.NaN)).rejects.toMatchObject({ status: 400 })
    expect((await send({ path: '/lake/many/b/c' })).text).toBe('many/b/c')
  })
})

describe('a restart', () => {
  it('on a port that is taken touches nothing of who holds it', async () => {
    const { spool } = await files.open(sql, 'held')
    const { path } = (await files.lease(sql, 'held', ['s3://lake/t/a.parquet']))[0] as { path: string }
    await expect(createStorage(storage.deps).start()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(readFileSync(path, 'utf8')).toBe('replaced')
    expect(existsSync(spool)).toBe(true)
    await files.release(sql, 'held')
  })

  it('removes folders and temporary files of before, and files that nothing names', async () => {
    const { spool } = await files.open(sql, 'stale')
    await storage.part.stop()
    const orphan = join(storage.deps.objectsDir, 'ab', 'cd', `abcd${'0'.repeat(28)}`)
    mkdirSync(join(storage.deps.objectsDir, 'ab', 'cd'), { recursive: true })
    writeFileSync(orphan, 'orphan')
    writeFileSync(join(storage.deps.objectsDir, '.tmp', 'half'), 'half')
    await new Promise((resolve) => setTimeout(resolve, 20))
    const again = createStorage(storage.deps)
    await again.start()
    try {
      expect(existsSync(spool)).toBe(false)
      expect(existsSync(join(storage.deps.objectsDir, '.tmp', 'half'))).toBe(false)
      await expect.poll(() => existsSync(orphan), { timeout: 20_000 }).toBe(false)
      expect((await send({ path: '/lake/t/a.parquet' })).text).toBe('replaced')
    } finally {
      await again.stop()
    }
    await storage.part.start()
  })
})
