// Copies against the storage part itself: files of several parts, streams, folders, keys that are ways out of a folder.
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { copy, type Storage } from '#cli/storage/copy'
import { placeOf } from '#cli/storage/place'
import { Secret } from '#kit/secret'
import { createRolePolicy } from '#parts/policy/index'
import { REGION, ROOT, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { accepted, createS3Client } from '#wire/s3/client'
import { createS3Objects } from '#wire/s3/objects'
import { uploadSlices, uploadStream } from '#wire/s3/upload'

const MiB = 1024 * 1024
const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let server: TestStorage
let storage: Storage
let dir: string
const text = async (key: string) => (await storage.objects.get('lake', key))?.body.toArray().then((all) => Buffer.concat(all))

beforeAll(async () => {
  server = await startTestStorage(policy)
  const access = {
    endpoint: server.endpoint,
    region: REGION,
    accessKeyId: ROOT.accessKeyId,
    secretAccessKey: new Secret(ROOT.secretAccessKey),
  }
  storage = { client: createS3Client(access), objects: createS3Objects(access) }
  await accepted('create lake', await storage.client.send({ method: 'PUT', path: '/lake' }))
  dir = mkdtempSync(join(tmpdir(), 'akko-copy-'))
})
afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

it('sends a file of several parts, and says how far it is', async () => {
  const body = Buffer.alloc(11 * MiB + 3, 'abcdefg')
  const file = join(dir, 'large')
  writeFileSync(file, body)
  let seen = 0
  const onBytes = (count: number) => {
    seen += count
  }
  const slices = (start: number, end: number) => createReadStream(file, { start, end: end - 1 })
  await uploadSlices(storage.client, { bucket: 'lake', key: 'large' }, body.length, slices, { partSize: 5 * MiB, onBytes })
  expect((await text('large'))?.equals(body)).toBe(true)
  expect(seen).toBe(body.length)
  expect(await storage.objects.list('lake', 'large')).toEqual(['large'])
})

it('sends a stream whose size nobody knows: none, small, of exactly one part, of several', async () => {
  for (const size of [0, 7, 5 * MiB, 12 * MiB + 1]) {
    const body = Buffer.alloc(size, 'xyz')
    const pieces = Readable.from([body.subarray(0, size / 2), body.subarray(size / 2)].filter((p) => p.length > 0))
    await uploadStream(storage.client, { bucket: 'lake', key: `stream/${size}` }, pieces, { partSize: 5 * MiB })
    expect((await text(`stream/${size}`))?.equals(body)).toBe(true)
  }
})

it('says which file is not there', async () => {
  const to = placeOf('s3://lake/none')
  for (const path of [join(dir, 'nosuch'), join(dir, 'large', 'within-a-file')])
    await expect(copy(storage, placeOf(path), to, { recursive: false })).rejects.toThrow(`there is no file or folder ${path}`)
})

it('leaves no upload open when its source breaks off', async () => {
  async function* broken() {
    yield Buffer.alloc(11 * MiB)
    throw new Error('the disk is gone')
  }
  const sent = uploadStream(storage.client, { bucket: 'lake', key: 'broken' }, broken(), { partSize: 5 * MiB })
  await expect(sent).rejects.toThrow('the disk is gone')
  const open = await storage.client.send({ method: 'GET', path: '/lake', pairs: [['uploads', '']] })
  expect(await open.text()).not.toContain('<Upload>')
})

it('copies a folder there and back, without what is no file', async () => {
  mkdirSync(join(dir, 'in/a'), { recursive: true })
  writeFileSync(join(dir, 'in/a/1'), 'one')
  writeFileSync(join(dir, 'in/2'), 'two')
  symlinkSync('/etc/hostname', join(dir, 'in/link'))
  const options = { recursive: true }
  await expect(copy(storage, placeOf(join(dir, 'in')), placeOf('s3://lake/f'), { recursive: false })).rejects.toThrow('--recursive')
  expect(await copy(storage, placeOf(join(dir, 'in')), placeOf('s3://lake/f'), options)).toEqual({ files: 2, bytes: 6 })
  expect(await copy(storage, placeOf('s3://lake/f'), placeOf('s3://lake/g'), options)).toEqual({ files: 2, bytes: 6 })
  expect(await copy(storage, placeOf('s3://lake/g'), placeOf(join(dir, 'out')), options)).toEqual({ files: 2, bytes: 6 })
  expect(readFileSync(join(dir, 'out/a/1'), 'utf8')).toBe('one')
})

it('copies a folder without what lies beside it under a name that begins like its own, and says how large an object was', async () => {
  for (const key of ['two/1', 'two-more/2']) await storage.objects.put('lake', key, 'word')
  expect(await copy(storage, placeOf('s3://lake/two'), placeOf('s3://lake/copied'), { recursive: true })).toEqual({ files: 1, bytes: 4 })
  expect(await copy(storage, placeOf('s3://lake/two'), placeOf(join(dir, 'two')), { recursive: true })).toEqual({ files: 1, bytes: 4 })
  expect(await storage.objects.list('lake', 'copied')).toEqual(['copied/1'])
  expect(await copy(storage, placeOf('s3://lake/two/1'), placeOf('s3://lake/single'), { recursive: false })).toEqual({ files: 1, bytes: 4 })
  await expect(copy(storage, placeOf('s3://lake/none'), placeOf('s3://lake/no'), { recursive: false })).rejects.toThrow('404')
})

it('writes nothing outside the folder, and no file that is not whole', async () => {
  for (const key of ['w/../../out-of-it', 'w//../../../x', 'w/..']) await storage.objects.put('lake', key, 'x')
  await expect(copy(storage, placeOf('s3://lake/w'), placeOf(join(dir, 'w')), { recursive: true })).rejects.toThrow('outside the folder')
  expect(existsSync(join(dir, 'out-of-it'))).toBe(false)
  await expect(copy(storage, placeOf('s3://lake/none'), placeOf(join(dir, 'none')), { recursive: false })).rejects.toThrow('404')
  expect(readdirSync(dir).filter((name) => name.startsWith('none'))).toEqual([])
})

it('reads places', () => {
  expect(placeOf('s3://b')).toEqual({ kind: 'object', bucket: 'b', key: '' })
  expect(placeOf('s3://b/k/../x')).toEqual({ kind: 'object', bucket: 'b', key: 'k/../x' })
  expect(placeOf('./s3')).toEqual({ kind: 'file', path: './s3' })
  expect(placeOf('-')).toEqual({ kind: 'stream' })
  expect(() => placeOf('s3:/b')).toThrow('names no bucket')
})
