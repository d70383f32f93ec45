// An S3 identity: a user, a policy for its buckets, and one access key that is an output in the store of secrets.
import { isDeepStrictEqual } from 'node:util'
import type { AccessKey, StorageAdmin } from '#ensure/clients/s3'
import { KeyMissing, KeyRefused } from '#ensure/errors'
import { defineKind, type EnsureContext } from '#ensure/kind'
import { Secret } from '#kit/secret'
import type { ResourceOf } from '#platform/resources'
import { randomSecret } from '#platform/secret-objects'

declare module '#platform/resources' {
  interface ResourceKinds {
    /** An S3 identity with one access key, limited to its buckets. */
    key: {
      readonly name: string
      /** IAM's path of the identity, where it is made. */
      readonly path?: string
      readonly secret: string
      readonly buckets: readonly { readonly name: string; readonly mode: 'read' | 'write' }[]
    }
  }
}

type Key = ResourceOf<'key'>

interface Live {
  readonly policy: string | undefined
  readonly keyWorks: boolean
}

const POLICY = 'akko-buckets'

export const keyKind = defineKind<'key', Live>({
  kind: 'key',
  id: ({ name }) => name,
  after: ['bucket'],
  secretSpec: ({ secret }) => randomSecret(secret),
  read: async ({ clients, secrets }, key) => {
    const s3 = clients.s3()
    const stored = parseKey(await secrets.get(key.secret))
    if (s3.keys === 'given') return { policy: await tried(s3, key, stored), keyWorks: true }
    const keyWorks = stored !== undefined && (await s3.ownerOf(stored)) === key.name
    if (!keyWorks && (await s3.userPath(key.name)) === undefined) return undefined
    return { policy: await s3.policy(key.name, POLICY), keyWorks }
  },
  diff: (live, key) => [
    ...(live.keyWorks ? [] : ['the stored key does not open it']),
    ...(samePolicy(live.policy, policyOf(key)) ? [] : [live.policy === undefined ? 'without its policy' : 'another policy']),
  ],
  create: async (context, key) => {
    await context.clients.s3().createUser(key.name, key.path)
    await context.clients.s3().putPolicy(key.name, POLICY, policyOf(key))
    await newKey(context, key)
  },
  update: async (context, key, live) => {
    if (!samePolicy(live.policy, policyOf(key))) await context.clients.s3().putPolicy(key.name, POLICY, policyOf(key))
    if (!live.keyWorks) await newKey(context, key)
  },
})

/** A given key is right when it enters each of its buckets; nothing here could repair it. */
async function tried(s3: StorageAdmin, key: Key, stored: AccessKey | undefined): Promise<string> {
  if (!stored) throw KeyMissing({ secret: key.secret })
  const entered = await Promise.all(key.buckets.map(async ({ name }) => ((await s3.enters(stored, name)) ? [] : [name])))
  const closed = entered.flat()
  if (closed.length > 0) throw KeyRefused({ buckets: closed.join(', ') })
  return policyOf(key)
}

/** The server makes keys; it is stored at once, and if that fails the next run makes another. */
async function newKey({ clients, secrets }: EnsureContext, key: Key): Promise<void> {
  const made = await clients.s3().createKey(key.name)
  await secrets.put(key.secret, new Secret(`${made.id}:${made.secret.reveal()}`))
}

function parseKey(stored: Secret | undefined): AccessKey | undefined {
  const [id, ...rest] = stored?.reveal().split(':') ?? []
  return id && rest.length > 0 ? { id, secret: new Secret(rest.join(':')) } : undefined
}

const READ = ['s3:GetObject', 's3:GetObjectAcl', 's3:GetObjectAttributes', 's3:GetObjectTagging']
const TAG = ['s3:PutObjectTagging', 's3:DeleteObjectTagging']
const WRITE = [...READ, 's3:PutObject', 's3:DeleteObject', ...TAG, 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
/** Clients look at how a bucket is set; its policy is not for all. */
const SETTINGS = ['Acl', 'CORS', 'Location', 'ObjectLockConfiguration', 'OwnershipControls', 'Tagging', 'Versioning']
const LOOK = ['s3:ListBucket', 's3:GetLifecycleConfiguration', ...SETTINGS.map((name) => `s3:GetBucket${name}`)]
const LOOK_TO_WRITE = [...LOOK, 's3:ListBucketMultipartUploads']

/** What the key may do, as an IAM policy document. */
export function policyOf({ buckets }: Pick<Key, 'buckets'>): string {
  const statements = buckets.flatMap(({ name, mode }) => [
    { Effect: 'Allow', Action: mode === 'write' ? LOOK_TO_WRITE : LOOK, Resource: [`arn:aws:s3:::${name}`] },
    { Effect: 'Allow', Action: mode === 'write' ? WRITE : READ, Resource: [`arn:aws:s3:::${name}/*`] },
  ])
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

function samePolicy(live: string | undefined, wanted: string): boolean {
  try {
    return live !== undefined && isDeepStrictEqual(JSON.parse(live), JSON.parse(wanted))
  } catch {
    return false
  }
}
