// Each operation needs the rights that Amazon's reference names for it (Service Authorization Reference, Amazon S3, and the page of the
// operation): a key that has them does it, one that has all others does not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { type Answer, type Sent, send as sendTo, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { bases } from '#parts/storage/protocol/table-testing'
import { iamOf } from '#parts/storage/test-keys'
import { RESOURCE_KINDS } from '#runtime/policy'
import type { Credentials } from '#wire/s3/sigv4'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
let storage: TestStorage
const send = (sent: Sent): Promise<Answer> => sendTo(storage.endpoint, sent)
const { keyFor } = iamOf(() => storage.endpoint)

/** By operation; a listing of buckets shows those that may be listed. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  AbortMultipartUpload: ['AbortMultipartUpload'],
  CompleteMultipartUpload: ['PutObject'],
  CopyObject: ['GetObject', 'PutObject'],
  CreateBucket: ['CreateBucket'],
  CreateMultipartUpload: ['PutObject'],
  DeleteBucket: ['DeleteBucket'],
  DeleteBucketCors: ['PutBucketCORS'],
  DeleteBucketEncryption: ['PutEncryptionConfiguration'],
  DeleteBucketLifecycle: ['PutLifecycleConfiguration'],
  DeleteBucketOwnershipControls: ['PutBucketOwnershipControls'],
  DeleteBucketPolicy: ['DeleteBucketPolicy'],
  DeleteBucketTagging: ['PutBucketTagging'],
  DeleteObject: ['DeleteObject'],
  DeleteObjectTagging: ['DeleteObjectTagging'],
  DeleteObjects: ['DeleteObject'],
  DeletePublicAccessBlock: ['PutBucketPublicAccessBlock'],
  GetBucketAccelerateConfiguration: ['GetAccelerateConfiguration'],
  GetBucketAcl: ['GetBucketAcl'],
  GetBucketCors: ['GetBucketCORS'],
  GetBucketEncryption: ['GetEncryptionConfiguration'],
  GetBucketLifecycleConfiguration: ['GetLifecycleConfiguration'],
  GetBucketLocation: ['GetBucketLocation'],
  GetBucketLogging: ['GetBucketLogging'],
  GetBucketNotificationConfiguration: ['GetBucketNotification'],
  GetBucketOwnershipControls: ['GetBucketOwnershipControls'],
  GetBucketPolicy: ['GetBucketPolicy'],
  GetBucketPolicyStatus: ['GetBucketPolicyStatus'],
  GetBucketReplication: ['GetReplicationConfiguration'],
  GetBucketRequestPayment: ['GetBucketRequestPayment'],
  GetBucketTagging: ['GetBucketTagging'],
  GetBucketVersioning: ['GetBucketVersioning'],
  GetBucketWebsite: ['GetBucketWebsite'],
  GetObject: ['GetObject'],
  GetObjectAcl: ['GetObjectAcl'],
  GetObjectAttributes: ['GetObject', 'GetObjectAttributes'],
  GetObjectLegalHold: ['GetObjectLegalHold'],
  GetObjectLockConfiguration: ['GetBucketObjectLockConfiguration'],
  GetObjectRetention: ['GetObjectRetention'],
  GetObjectTagging: ['GetObjectTagging'],
  GetPublicAccessBlock: ['GetBucketPublicAccessBlock'],
  HeadBucket: ['ListBucket'],
  HeadObject: ['GetObject'],
  ListMultipartUploads: ['ListBucketMultipartUploads'],
  ListObjectVersions: ['ListBucketVersions'],
  ListObjects: ['ListBucket'],
  ListObjectsV2: ['ListBucket'],
  ListParts: ['ListMultipartUploadParts'],
  PutBucketCors: ['PutBucketCORS'],
  PutBucketLifecycleConfiguration: ['PutLifecycleConfiguration'],
  PutBucketEncryption: ['PutEncryptionConfiguration'],
  PutBucketNotificationConfiguration: ['PutBucketNotification'],
  PutBucketOwnershipControls: ['PutBucketOwnershipControls'],
  PutBucketPolicy: ['PutBucketPolicy'],
  PutBucketTagging: ['PutBucketTagging'],
  PutBucketVersioning: ['PutBucketVersioning'],
  PutObject: ['PutObject'],
  PutObjectLegalHold: ['PutObjectLegalHold'],
  PutObjectLockConfiguration: ['PutBucketObjectLockConfiguration'],
  PutObjectRetention: ['PutObjectRetention'],
  PutObjectTagging: ['PutObjectTagging'],
  PutPublicAccessBlock: ['PutBucketPublicAccessBlock'],
  UploadPart: ['PutObject'],
  UploadPartCopy: ['GetObject', 'PutObject'],
}

const OBJECT = '/lake/tagged'
const TAGGED = { 'x-amz-tagging': 'a=1' }
const COPY = { method: 'PUT', path: '/lake/copied', headers: { 'x-amz-copy-source': OBJECT } }
const BODY = 'x'
const CRC = { 'x-amz-checksum-crc32': 'jNwWgw==' }
const later = () => new Date(Date.now() + 3600_000).toISOString()

/** What headers ask for beside the operation; `made` first, by the account's own key. */
const BESIDE: Readonly<Record<string, { sent: () => Sent; rights: readonly string[]; made?: Sent }>> = {
  'PutObject with tags': {
    sent: () => ({ method: 'PUT', path: OBJECT, headers: TAGGED, body: BODY }),
    rights: ['PutObject', 'PutObjectTagging'],
  },
  'CreateMultipartUpload with tags': {
    sent: () => ({ method: 'POST', path: `${OBJECT}?uploads=`, headers: TAGGED }),
    rights: ['PutObject', 'PutObjectTagging'],
  },
  'CopyObject with the tags of its source': {
    made: { method: 'PUT', path: OBJECT, headers: TAGGED, body: BODY },
    sent: () => COPY,
    rights: ['GetObject', 'GetObjectTagging', 'PutObject', 'PutObjectTagging'],
  },
  'CopyObject with tags of its own': {
    made: { method: 'PUT', path: OBJECT, headers: TAGGED, body: BODY },
    sent: () => ({ ...COPY, headers: { ...COPY.headers, ...TAGGED, 'x-amz-tagging-directive': 'REPLACE' } }),
    rights: ['GetObject', 'PutObject', 'PutObjectTagging'],
  },
  'PutObject that is retained': {
    sent: () => {
      const headers = { ...CRC, 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-retain-until-date': later() }
      return { method: 'PUT', path: '/vault/x', headers, body: BODY }
    },
    rights: ['PutObject', 'PutObjectRetention'],
  },
  'PutObject that is held': {
    sent: () => ({ method: 'PUT', path: '/vault/x', headers: { ...CRC, 'x-amz-object-lock-legal-hold': 'OFF' }, body: BODY }),
    rights: ['PutObject', 'PutObjectLegalHold'],
  },
  'PutObject over an entity tag': {
    made: { method: 'PUT', path: OBJECT, body: BODY },
    sent: () => ({ method: 'PUT', path: OBJECT, headers: { 'if-match': '"9dd4e461268c8034f5c8564e155c67a6"' }, body: BODY }),
    rights: ['GetObject', 'PutObject'],
  },
}

const EVERY = [...new Set([...Object.values(RIGHTS), ...Object.values(BESIDE).map(({ rights }) => rights)].flat())]
const VERSIONED = [
  'GetObjectVersion',
  'DeleteObjectVersion',
  'GetObjectVersionTagging',
  'PutObjectVersionTagging',
  'GetObjectVersionAttributes',
]

beforeAll(async () => {
  storage = await startTestStorage(policy)
  await send({ method: 'PUT', path: '/lake' })
  await send({ method: 'PUT', path: '/vault', headers: { 'x-amz-bucket-object-lock-enabled': 'true' } })
})
afterAll(() => storage.stop())

const having = (rights: readonly string[]): Promise<Credentials> =>
  keyFor('careful', { Action: rights.map((right) => `s3:${right}`), Resource: '*' })
const isDenied = ({ status, text }: Answer) => status === 403 || text.includes('<Code>AccessDenied<')

async function needs(ask: () => Promise<Sent>, rights: readonly string[]): Promise<void> {
  expect(isDenied(await send({ ...(await ask()), credentials: await having(rights) }))).toBe(false)
  for (const left of rights) {
    const credentials = await having([...EVERY, ...VERSIONED].filter((right) => right !== left))
    expect([left, isDenied(await send({ ...(await ask()), credentials }))]).toEqual([left, true])
  }
}

describe('a key needs', () => {
  it('something for each operation that is served', () => {
    expect([...Object.keys(RIGHTS), 'ListBuckets'].sort()).toEqual(Object.keys(bases).sort())
  })
  it.each(Object.entries(RIGHTS))('for %s: %j, and no other right stands for it', async (name, rights) => {
    await needs(() => (bases[name] as (typeof bases)[string])({ send }), rights)
  })
  it.each(Object.entries(BESIDE))('for %s what that asks for as well', async (_, { sent, rights, made }) => {
    await needs(async () => {
      if (made) await send(made)
      return sent()
    }, rights)
  })
  it('the rights to tags and locks to be told of them beside the object', async () => {
    const headers = { ...TAGGED, ...CRC, 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-retain-until-date': later() }
    await send({ method: 'PUT', path: '/vault/told', headers: { ...headers, 'x-amz-object-lock-legal-hold': 'OFF' }, body: BODY })
    const told = async (...rights: string[]) => {
      const credentials = await having(['GetObject', ...rights])
      const answer = await send({ path: '/vault/told', credentials })
      expect(answer.text).toBe(BODY)
      return Object.keys(answer.headers).filter((name) => /^x-amz-(tagging|object-lock)/.test(name))
    }
    expect(await told()).toEqual([])
    expect(await told('GetObjectTagging')).toEqual(['x-amz-tagging-count'])
    expect(await told('GetObjectLegalHold')).toEqual(['x-amz-object-lock-legal-hold'])
    expect((await told('GetObjectRetention')).sort()).toEqual(['x-amz-object-lock-mode', 'x-amz-object-lock-retain-until-date'])
  })
})
