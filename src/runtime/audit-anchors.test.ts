// Anchors in the home and in a bucket with object lock, by the real storage part: nobody takes them away there, and they are read again.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Secret, type SecretStore } from '#kit/secret'

import { REGION, ROOT, send, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { anchorDocuments, anchorKey, anchorPlaces, anchorPublicKey } from '#runtime/audit-anchors'
import type { Machine } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'
import { createS3Objects } from '#wire/s3/objects'

const state = mkdtempSync(join(tmpdir(), 'akko-anchors-'))
const kept = new Map([['elsewhere', new Secret(`${ROOT.accessKeyId}:${ROOT.secretAccessKey}`)]])
const secrets: SecretStore = { get: async (name) => kept.get(name), put: async (name, value) => void kept.set(name, value) }
let storage: TestStorage

beforeAll(async () => {
  storage = await startTestStorage(createPolicy().authoriser)
  await send(storage.endpoint, { method: 'PUT', path: '/vault', headers: { 'x-amz-bucket-object-lock-enabled': 'true' } })
})
afterAll(async () => {
  await storage?.stop()
  rmSync(state, { recursive: true, force: true })
})

const machine = (bucket?: string) =>
  ({
    paths: { state },
    config: { audit: { days: 400, anchors: { bucket, endpoint: storage.endpoint, region: REGION, secret: 'elsewhere' } } },
  }) as unknown as Machine

it('are kept in the home and in the bucket, where their versions cannot be removed', async () => {
  const places = anchorPlaces(machine('vault'), secrets)
  expect(places.map(({ name }) => name)).toEqual(['the home', 's3://vault'])
  const anchor = { number: 7, time: '2026-11-30T09:00:00.000Z' }
  for (const place of places) await place.keep('{"number":7}', anchor)
  await places[0]?.keep('{"number":8}', { ...anchor, number: 8 })
  expect(statSync(join(state, 'audit-anchors.ndjson')).mode & 0o777).toBe(0o600)
  const key = 'audit-anchors/000000000007-2026-11-30T09:00:00.000Z.json'
  const access = {
    endpoint: storage.endpoint,
    region: REGION,
    accessKeyId: ROOT.accessKeyId,
    secretAccessKey: new Secret(ROOT.secretAccessKey),
  }
  const objects = createS3Objects(access)
  expect(await objects.list('vault', '')).toEqual([key])
  const object = await objects.get('vault', key)
  const version = object?.headers['x-amz-version-id']
  const document = await text(object?.body as NodeJS.ReadableStream)
  expect(document).toBe('{"number":7}')
  expect(Date.parse(String(object?.headers['x-amz-object-lock-retain-until-date'])) - Date.now()).toBeGreaterThan(399 * 86_400_000)
  const removed = await send(storage.endpoint, {
    method: 'DELETE',
    path: `/vault/${encodeURIComponent(key).replace('%2F', '/')}?versionId=${version}`,
  })
  expect(removed.status).toBe(403)

  // As somebody verifies: what the database and the home have, and a copy of the bucket.
  const copy = mkdtempSync(join(state, 'copy-'))
  writeFileSync(join(copy, 'a.json'), document)
  const pool = { query: async () => ({ rows: [{ document: '{"number":6}' }] }) } as unknown as pg.Pool
  const all = ['{"number":6}', '{"number":7}', '{"number":8}']
  expect(await anchorDocuments(machine(), pool, undefined)).toEqual(all)
  expect(await anchorDocuments(machine(), pool, copy)).toEqual([...all, document])
  await expect(anchorDocuments(machine(), pool, join(copy, 'none'))).rejects.toThrow('there is no file or folder of anchors')
  expect(await anchorDocuments(machine(), pool, join(copy, 'a.json'))).toEqual([...all, document])
})

it('that a bucket does not take are said to be refused', async () => {
  await send(storage.endpoint, { method: 'PUT', path: '/plain' })
  const [, bucket] = anchorPlaces(machine('plain'), secrets)
  await expect(bucket?.keep('{}', { number: 1, time: 'now' })).rejects.toThrow(/could not write s3:\/\/plain\/audit-anchors/)
})

it('are signed by one key, which is made once', async () => {
  expect(await anchorPublicKey(secrets)).toBeUndefined()
  const key = await anchorKey(secrets)
  expect(key.asymmetricKeyType).toBe('ed25519')
  expect((await anchorKey(secrets)).equals(key)).toBe(true)
  expect((await anchorPublicKey(secrets))?.type).toBe('public')
})
