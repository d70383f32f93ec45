// A byte that changed on the disk is found, and its object is given to nobody until it is whole again.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { createRolePolicy } from '#parts/policy/index'
import { createFilesClient } from '#parts/storage/files-client'
import { type Answer, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { iamOf } from '#parts/storage/test-keys'
import { RESOURCE_KINDS } from '#runtime/policy'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)
const iam = iamOf(() => storage.endpoint)
const PART = Buffer.alloc(5 * 1024 * 1024, 'part')
const SSE = { 'x-amz-server-side-encryption': 'AES256' }

beforeAll(async () => {
  storage = await startTestStorage(policy)
  await send({ method: 'PUT', path: '/lake' })
  await send({
    method: 'PUT',
    path: '/lake?versioning=',
    body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  })
})
afterAll(() => storage.stop())

const files = () =>
  readdirSync(storage.deps.objectsDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

async function upload(key: string, headers: Record<string, string>): Promise<Answer> {
  const id = /<UploadId>(\w+)</.exec((await send({ method: 'POST', path: `${key}?uploads=`, headers })).text)?.[1]
  const etags: (string | undefined)[] = []
  for (const [i, body] of [PART, PART, Buffer.from('end')].entries())
    etags.push((await send({ method: 'PUT', path: `${key}?partNumber=${i + 1}&uploadId=${id}`, body })).headers.etag)
  const parts = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
  return send({
    method: 'POST',
    path: `${key}?uploadId=${id}`,
    body: `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
  })
}

/** The file that an object lies in, once it is written. */
async function fileOf(write: () => Promise<Answer>): Promise<string> {
  const before = new Set(files())
  expect((await write()).status).toBe(200)
  return files().find((path) => !before.has(path)) as string
}

const put =
  (key: string, body: string, headers = {}) =>
  () =>
    send({ method: 'PUT', path: key, body, headers })
const scrub = async () => {
  const { status, text } = await iam.ask('AkkoScrub', {})
  expect(status).toBe(200)
  return { objects: Number(/<Objects>(\d+)</.exec(text)?.[1]), broken: [...text.matchAll(/<Key>([^<]*)</g)].map(([, key]) => key) }
}
function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
  rmSync(path)
  writeFileSync(path, bytes)
}

it('finds what changed, of objects in one piece and in parts, plain and encrypted, of older versions; and nothing else', async () => {
  await put('/lake/whole', 'whole')()
  await put('/lake/empty', '')()
  const old = await fileOf(put('/lake/old', 'old'))
  await put('/lake/old', 'new')()
  await send({ method: 'DELETE', path: '/lake/marked' })
  const plain = await fileOf(put('/lake/plain', 'plain'))
  const sealed = await fileOf(put('/lake/sealed', 'sealed', SSE))
  await upload('/lake/parts', {})
  await upload('/lake/sealed-parts', SSE)
  expect(await scrub()).toEqual({ objects: 8, broken: [] })
  for (const path of [old, plain, sealed]) flip(path)
  expect(await scrub()).toEqual({ objects: 8, broken: ['old', 'plain', 'sealed'] })

  for (const key of ['plain', 'sealed']) {
    expect(await send({ path: `/lake/${key}` })).toMatchObject({ status: 500, code: 'InternalError' })
    expect(await send({ method: 'PUT', path: '/lake/copied', headers: { 'x-amz-copy-source': `/lake/${key}` } })).toMatchObject({
      status: 500,
    })
  }
  expect((await send({ path: '/lake/old' })).text).toBe('new')
  const caller: Caller = {
    ...{ sub: 'root', roles: [], via: 'sigv4', requestId: 'r' },
    entitlements: [
      { kind: 'object', path: [], actions: ['read'] },
      { kind: 'query', path: [], actions: ['write'] },
    ],
  }
  const client = createFilesClient(storage.deps.socket)
  await client.open(caller, 'q')
  await expect(client.lease(caller, 'q', ['s3://lake/plain'])).rejects.toMatchObject({ code: 'storage.InternalError' })
  await client.release(caller, 'q')

  flip(plain)
  expect((await scrub()).broken).toEqual(['old', 'sealed'])
  expect((await send({ path: '/lake/plain' })).text).toBe('plain')
  expect((await put('/lake/sealed', 'again', SSE)()).status).toBe(200)
  expect((await send({ path: '/lake/sealed' })).text).toBe('again')
  expect((await scrub()).broken).toEqual(['old', 'sealed'])
})

it('is for the account’s own key', async () => {
  const writer = await iam.keyFor('writer', { Action: 's3:*', Resource: '*' })
  expect((await iam.ask('AkkoScrub', {}, writer)).status).toBe(403)
})
