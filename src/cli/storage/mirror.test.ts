// Mirrors against the storage part itself: by content, once, in each direction; nothing lost where a place is misspelled or names collide.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Storage } from '#cli/storage/copy'
import { mirror } from '#cli/storage/mirror'
import { placeOf } from '#cli/storage/place'
import { bucketUsage } from '#cli/storage/usage'
import { Secret } from '#kit/secret'
import { createRolePolicy } from '#parts/policy/index'
import { REGION, ROOT, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { accepted, createS3Client, type S3Access } from '#wire/s3/client'
import { createS3Objects } from '#wire/s3/objects'
import { uploadSlices } from '#wire/s3/upload'

const MIB = 1024 * 1024
const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let server: TestStorage
let storage: Storage
let access: S3Access
let dir: string

beforeAll(async () => {
  server = await startTestStorage(policy)
  access = { endpoint: server.endpoint, region: REGION, accessKeyId: ROOT.accessKeyId, secretAccessKey: new Secret(ROOT.secretAccessKey) }
  storage = { client: createS3Client(access), objects: createS3Objects(access) }
  for (const bucket of ['lake', 'other']) await accepted('create', await storage.client.send({ method: 'PUT', path: `/${bucket}` }))
})
afterAll(() => server.stop())
beforeEach(async () => {
  for (const bucket of ['lake', 'other']) await storage.objects.removeBelow(bucket, '')
  if (dir) rmSync(dir, { recursive: true, force: true })
  dir = mkdtempSync(join(tmpdir(), 'akko-mirror-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const write = (name: string, text: string | Buffer) => {
  mkdirSync(dirname(join(dir, name)), { recursive: true })
  writeFileSync(join(dir, name), text)
}
const put = (key: string, text: string, bucket = 'lake') => storage.objects.put(bucket, key, text)
const go = (from: string, to: string, options: { remove?: boolean; dryRun?: boolean } = {}) =>
  mirror(storage, placeOf(from), placeOf(to), { remove: false, dryRun: false, ...options })
const text = async (key: string, bucket = 'lake') =>
  String(Buffer.concat((await (await storage.objects.get(bucket, key))?.body.toArray()) ?? []))

it('sends what differs, by content and not by date, and twice is once', async () => {
  for (const [name, content] of [
    ['a', '1'],
    ['sub/b', '22'],
    ['sub/deep/c', ''],
    ['é ü/%41+ &', 'x'],
  ] as const)
    write(name, content)
  expect(await go(dir, 's3://lake/copy')).toMatchObject({
    copied: expect.arrayContaining(['a', 'sub/b', 'sub/deep/c', 'é ü/%41+ &']),
    same: 0,
    bytes: 4,
  })
  expect((await storage.objects.list('lake', '')).sort()).toEqual(['copy/a', 'copy/sub/b', 'copy/sub/deep/c', 'copy/é ü/%41+ &'])
  expect(await go(dir, 's3://lake/copy/')).toEqual({ copied: [], removed: [], same: 4, bytes: 0, leftOut: [] })
  // As long and as old as before, and something else.
  write('sub/b', '23')
  utimesSync(join(dir, 'sub/b'), 0, 0)
  expect(await go(dir, 's3://lake/copy')).toMatchObject({ copied: ['sub/b'], same: 3 })
  expect(await text('copy/sub/b')).toBe('23')
})

it('brings a folder of storage, with what is there already left alone unless it is told to go', async () => {
  for (const key of ['in/a', 'in/b/c', 'inside/no']) await put(key, key)
  write('a', 'in/a')
  write('mine', 'm')
  write('old/file', 'o')
  expect(await go('s3://lake/in', dir)).toMatchObject({ copied: ['b/c'], removed: [], same: 1 })
  expect(existsSync(join(dir, 'mine'))).toBe(true)
  const told = await go('s3://lake/in', dir, { remove: true, dryRun: true })
  expect(told).toMatchObject({ copied: [], removed: ['mine', 'old/file'] })
  expect(existsSync(join(dir, 'mine'))).toBe(true)
  expect(await go('s3://lake/in', dir, { remove: true })).toEqual(told)
  expect([existsSync(join(dir, 'mine')), existsSync(join(dir, 'old')), readFileSync(join(dir, 'b/c'), 'utf8')]).toEqual([
    false,
    false,
    'in/b/c',
  ])
})

it('goes from bucket to bucket, markers of folders too', async () => {
  for (const key of ['a', 'b/', 'b/c']) await put(key, key.endsWith('/') ? '' : key)
  await put('gone', 'x', 'other')
  expect(await go('s3://lake', 's3://other', { remove: true })).toMatchObject({ copied: ['a', 'b/', 'b/c'], removed: ['gone'] })
  expect(await storage.objects.list('other', '')).toEqual(['a', 'b/', 'b/c'])
  expect(await go('s3://lake', 's3://other', { remove: true })).toMatchObject({ copied: [], removed: [], same: 3 })
})

it('knows what was sent in parts, of its own size and of others', async () => {
  const body = Buffer.alloc(17 * MIB + 5, 'abcdefg')
  write('large', body)
  for (const partSize of [8 * MIB, 5 * MIB, 16 * MIB]) {
    const slices = (start: number, end: number) => Readable.from([body.subarray(start, end)])
    await uploadSlices(storage.client, { bucket: 'lake', key: 'large' }, body.length, slices, { partSize })
    expect(await go(dir, 's3://lake/')).toMatchObject({ copied: [], same: 1 })
  }
  body[9 * MIB] = 1
  write('large', body)
  expect(await go(dir, 's3://lake/')).toMatchObject({ copied: ['large'] })
}, 60_000)

it('refuses what it could not do right, before anything is changed', async () => {
  const code = (promise: Promise<unknown>) =>
    promise.then(
      () => 'done',
      (error: { code?: string }) => error.code,
    )
  write('keep', 'k')
  expect(await code(go('s3://lake/nosuch', dir, { remove: true }))).toBe('storage.nothing_to_mirror')
  expect(await code(go(join(dir, 'nosuch'), 's3://lake/x'))).toBe('storage.no_such_folder')
  expect(await code(go(join(dir, 'keep'), 's3://lake/x'))).toBe('storage.no_such_folder')
  expect(await code(go('s3://lake/a', 's3://lake/a/b'))).toBe('storage.usage')
  expect(await code(go(dir, tmpdir()))).toBe('storage.usage')
  for (const key of ['//a', 'slash/a//b', 'slash/keep', 'dot/./a', 'dots/x/../a', 'here/x/..', 'links/out//file', 'links/x/../out/file'])
    await put(key, 'x')
  for (const from of ['', 'slash', 'dot', 'dots', 'here'])
    expect([from, await code(go(`s3://lake/${from}`, dir, { remove: true }))]).toEqual([from, 'storage.no_path'])
  expect(readFileSync(join(dir, 'keep'), 'utf8')).toBe('k')
  for (const key of ['up/z', 'up/../../out', 'two/a', 'two/a/b', 'mark/m/', 'link/out/file', 'clash/keep/x']) await put(key, 'x')
  expect(await code(go('s3://lake/up', dir))).toBe('storage.outside_folder')
  expect(await code(go('s3://lake/two', dir))).toBe('storage.not_both')
  expect(await code(go('s3://lake/mark', dir))).toBe('storage.no_path')
  expect(await code(go('s3://lake/clash', dir))).toBe('storage.not_both')
  const elsewhere = mkdtempSync(join(tmpdir(), 'akko-mirror-out-'))
  symlinkSync(elsewhere, join(dir, 'out'))
  expect(await code(go('s3://lake/link', dir))).toBe('storage.not_both')
  expect(await code(go('s3://lake/links', dir))).toBe('storage.no_path')
  expect([existsSync(join(elsewhere, 'file')), existsSync(join(dir, 'z')), readFileSync(join(dir, 'keep'), 'utf8')]).toEqual([
    false,
    false,
    'k',
  ])
  rmSync(elsewhere, { recursive: true })
  // What is in the way may go where it was told to.
  expect(await go('s3://lake/clash', dir, { remove: true })).toMatchObject({ copied: ['keep/x'], removed: ['keep'] })
  expect(readFileSync(join(dir, 'keep/x'), 'utf8')).toBe('x')
})

it('says what it leaves out of a folder', async () => {
  write('a', '1')
  symlinkSync(join(dir, 'a'), join(dir, 'link'))
  writeFileSync(Buffer.concat([Buffer.from(`${dir}/odd`), Buffer.from([0xff])]), 'x')
  expect(await go(dir, 's3://lake/l')).toMatchObject({ copied: ['a'], leftOut: expect.arrayContaining(['link', 'odd\ufffd']) })
  // What is behind the link is not taken for gone.
  await put('l/link/b', 'b')
  await put('l/old', 'o')
  expect(await go(dir, 's3://lake/l', { remove: true })).toMatchObject({ removed: ['old'] })
})

it('counts what each bucket holds, older versions and unfinished uploads too', async () => {
  const versioned = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'
  await accepted('create', await storage.client.send({ method: 'PUT', path: '/counted' }))
  await accepted('version', await storage.client.send({ method: 'PUT', path: '/counted', pairs: [['versioning', '']], body: versioned }))
  await put('a', '12345', 'counted')
  await put('a', '123', 'counted')
  await put('gone ü', '1234567', 'counted')
  await storage.objects.remove('counted', ['gone ü'])
  const begun = await storage.client.send({ method: 'POST', path: '/counted/part%20%C3%BC', pairs: [['uploads', '']] })
  const id = /<UploadId>([^<]+)/.exec(await begun.text())?.[1] as string
  const part = await storage.client.send({
    method: 'PUT',
    path: '/counted/part%20%C3%BC',
    pairs: [
      ['partNumber', '1'],
      ['uploadId', id],
    ],
    body: 'xx',
  })
  await accepted('part', part)
  // More than a page.
  const keys = Array.from({ length: 1001 }, (_, i) => `many/${i}`)
  for (let from = 0; from < keys.length; from += 50) await Promise.all(keys.slice(from, from + 50).map((key) => put(key, 'xy', 'other')))
  const usage = await bucketUsage(access)
  expect(usage.map(({ bucket }) => bucket)).toEqual(['counted', 'lake', 'other'])
  expect(usage[2]?.objects).toEqual({ count: 1001, bytes: 2002 })
  expect(usage[0]).toEqual({
    bucket: 'counted',
    objects: { count: 1, bytes: 3 },
    olderVersions: { count: 3, bytes: 12 },
    unfinished: { count: 1, bytes: 2 },
  })
})
