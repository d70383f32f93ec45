// One suite for every store of metadata files: a folder, and S3.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '#kit/secret'
import { createFolderMetadataFiles } from '#parts/catalog/metadata-files-folder'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import type { MetadataFiles } from '#parts/catalog/ports'
import { createRolePolicy } from '#parts/policy/index'
import { REGION, ROOT, send, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'

const contract = (make: () => { readonly files: MetadataFiles; readonly base: string }) => {
  it('reads what it wrote, and never writes over it', async () => {
    const { files, base } = make()
    const uri = `${base}/t-1/metadata/00000-a.metadata.json`
    await files.write(uri, '{"n":"é"}')
    expect(await files.read(uri)).toBe('{"n":"é"}')
    await expect(files.write(uri, '{"n":2}')).rejects.toThrow()
    expect(await files.read(uri)).toBe('{"n":"é"}')
  })
  it('removes what it is told to, and takes what is gone for removed', async () => {
    const { files, base } = make()
    const [one, two] = [`${base}/t-2/metadata/1`, `${base}/t-2/metadata/2`]
    await files.write(one, '1')
    await files.write(two, '2')
    await files.remove([one, `${base}/t-2/metadata/none`])
    await files.remove([one])
    await expect(files.read(one)).rejects.toThrow()
    expect(await files.read(two)).toBe('2')
  })
  it('removes below a folder, and not beside it', async () => {
    const { files, base } = make()
    const [inside, beside] = [`${base}/t-3/data/region=a b/x`, `${base}/t-33/data/x`]
    await files.write(inside.replace(' ', base.startsWith('file:') ? '%20' : ' '), '1')
    await files.write(beside, '2')
    await files.removeBelow(`${base}/t-3`)
    await expect(files.read(inside)).rejects.toThrow()
    expect(await files.read(beside)).toBe('2')
    await files.removeBelow(`${base}/t-3`)
  })
}

describe('a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'akko-files-'))
  const files = createFolderMetadataFiles(join(folder, 'home'))
  afterAll(() => rmSync(folder, { recursive: true }))
  contract(() => ({ files, base: pathToFileURL(join(folder, 'home')).href }))

  it('opens nothing outside itself', async () => {
    await expect(files.write(pathToFileURL(join(folder, 'outside')).href, 'x')).rejects.toThrow('lies outside')
    await expect(files.removeBelow(pathToFileURL(folder).href)).rejects.toThrow('lies outside')
    await expect(files.read('file:///etc/hostname')).rejects.toThrow('lies outside')
  })
})

describe('S3', () => {
  let storage: TestStorage
  let files: MetadataFiles
  beforeAll(async () => {
    storage = await startTestStorage(createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS))
    await send(storage.endpoint, { method: 'PUT', path: '/lake' })
    const secretAccessKey = new Secret(ROOT.secretAccessKey)
    files = createS3MetadataFiles({ endpoint: storage.endpoint, region: REGION, accessKeyId: ROOT.accessKeyId, secretAccessKey })
  })
  afterAll(() => storage?.stop())
  contract(() => ({ files, base: 's3://lake/ns' }))

  it('is not led to another table by a key that climbs', async () => {
    await files.write('s3://lake/ns/victim/x', 'kept')
    const climbing = '/lake/ns/thief/../victim/x'
    expect((await send(storage.endpoint, { method: 'PUT', path: climbing, body: 'bait' })).status).toBe(200)
    await files.removeBelow('s3://lake/ns/thief')
    expect(await files.read('s3://lake/ns/victim/x')).toBe('kept')
    expect((await send(storage.endpoint, { path: climbing })).code).toBe('NoSuchKey')
  })
  it('says what the store said', async () => {
    await expect(files.write('s3://none/x', '1')).rejects.toThrow(/could not write s3:\/\/none\/x: status 404 .*NoSuchBucket/s)
    await expect(files.read('/etc/passwd')).rejects.toThrow('not an s3:// address')
  })
})
