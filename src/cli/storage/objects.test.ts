// Removals and listings against the storage part itself: what is said to be removed was there, and is not any more.
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { list, remove } from '#cli/storage/objects'
import { Secret } from '#kit/secret'
import { createRolePolicy } from '#parts/policy/index'
import { REGION, ROOT, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { accepted, createS3Client, type S3Access } from '#wire/s3/client'
import { createS3Objects, type S3Objects } from '#wire/s3/objects'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let server: TestStorage
let access: S3Access
let objects: S3Objects

beforeAll(async () => {
  server = await startTestStorage(policy)
  access = { endpoint: server.endpoint, region: REGION, accessKeyId: ROOT.accessKeyId, secretAccessKey: new Secret(ROOT.secretAccessKey) }
  objects = createS3Objects(access)
  await accepted('create lake', await createS3Client(access).send({ method: 'PUT', path: '/lake' }))
})
afterAll(() => server.stop())
beforeEach(async () => {
  await objects.removeBelow('lake', '')
  for (const key of ['a', 'a-b', 'a/1', 'a/deep/2', 'mark/', 'only/3']) await objects.put('lake', key, 'x')
})

const left = () => objects.list('lake', '')
const rm = (at: string, flags = {}) => remove(access, { json: true, ...flags }, at)
/** What is printed as JSON. */
async function printed(body: () => Promise<void>): Promise<unknown> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await body()
    return JSON.parse(write.mock.calls.map(([text]) => String(text)).join(''))
  } finally {
    write.mockRestore()
  }
}

it('removes one object, that is there, and no folder', async () => {
  for (const at of ['s3://lake/a/', 's3://lake/only', 's3://lake/only/'])
    await expect(rm(at), at).rejects.toThrow(/is a folder: add --recursive/)
  for (const at of ['s3://lake/none', 's3://lake/none/', 's3://lake/a-', 's3://lake/a/1/'])
    await expect(rm(at), at).rejects.toMatchObject({ code: 'storage.no_such_object' })
  expect(await left()).toHaveLength(6)
  for (const at of ['s3://lake/a', 's3://lake/mark/']) expect(await printed(() => rm(at))).toEqual({ removed: 1 })
  expect(await left()).toEqual(['a-b', 'a/1', 'a/deep/2', 'only/3'])
})

it('removes a folder, and nothing beside it whose name begins like its own', async () => {
  expect(await printed(() => rm('s3://lake/a', { recursive: true }))).toEqual({ removed: 2 })
  expect(await left()).toEqual(['a', 'a-b', 'mark/', 'only/3'])
  expect(await printed(() => rm('s3://lake/none', { recursive: true }))).toEqual({ removed: 0 })
  expect(await printed(() => rm('s3://lake', { recursive: true }))).toEqual({ removed: 4 })
})

it('lists one level, or all of them', async () => {
  const keys = async (flags: object) => {
    const { prefixes, objects: found } = (await printed(() => list(access, { json: true, ...flags }, 's3://lake/a/'))) as {
      prefixes: string[]
      objects: { key: string }[]
    }
    return [prefixes, found.map(({ key }) => key)]
  }
  expect(await keys({})).toEqual([['a/deep/'], ['a/1']])
  expect(await keys({ recursive: true })).toEqual([[], ['a/1', 'a/deep/2']])
})
