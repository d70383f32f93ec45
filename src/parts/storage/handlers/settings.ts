// Settings of buckets: those that are kept, each with its document, and those that are as they always are here.
import { InvalidBucketState, neverSet, SealedNotLeased } from '#parts/storage/errors'
import { printEncryption, readEncryption } from '#parts/storage/handlers/encryption'
import { assertBucket, mayBucket, receiveFields, xmlReply } from '#parts/storage/handlers/shared'
import type { BucketRecord, Settings } from '#parts/storage/records'
import type { Handler, S3Request, Store } from '#parts/storage/request'
import { printCors, readCors } from '#parts/storage/settings/cors'
import { choiceIn, type Fields, fieldsIn } from '#parts/storage/settings/fields'
import { printLifecycle, readLifecycle, rulesOf } from '#parts/storage/settings/lifecycle'
import { printObjectLock, readObjectLock } from '#parts/storage/settings/lock'
import { printNotification, readNotification } from '#parts/storage/settings/notification'
import { printTags, readTagSet } from '#parts/storage/settings/tags'
import type { XmlFields } from '#wire/s3/xml'

/** By operation: the error that says so. */
const NEVER_SET = {
  GetBucketReplication: neverSet('ReplicationConfigurationNotFoundError'),
  GetBucketWebsite: neverSet('NoSuchWebsiteConfiguration'),
} as const

/** By operation: the document, which is the same for every bucket. */
const ALWAYS: Readonly<Record<string, readonly [root: string, fields: XmlFields]>> = {
  GetBucketAccelerateConfiguration: ['AccelerateConfiguration', {}],
  GetBucketLogging: ['BucketLoggingStatus', {}],
  GetBucketRequestPayment: ['RequestPaymentConfiguration', { Payer: 'BucketOwner' }],
}

const ofBucket =
  (answer: (store: Store, bucket: string) => ReturnType<typeof xmlReply>): Handler =>
  async (store, request) => {
    await mayBucket(store, request, 'list')
    assertBucket(store, request.bucket)
    return answer(store, request.bucket)
  }

const getting = (code: string, root: string, fields: (store: Store, bucket: string) => XmlFields | undefined): Handler => {
  const none = neverSet(code)
  return ofBucket((store, bucket) => {
    const found = fields(store, bucket)
    if (!found) throw none({ bucket })
    return xmlReply(root, found)
  })
}

interface Fits {
  (bucket: BucketRecord): boolean
  readonly otherwise: string
}

async function keep<K extends keyof Settings>(
  store: Store,
  { bucket }: S3Request,
  name: K,
  value: Settings[K] | undefined,
  fits?: Fits,
): Promise<void> {
  if (await store.index.set(bucket, name, value, fits)) return
  assertBucket(store, bucket)
  throw InvalidBucketState({ reason: fits?.otherwise })
}

const keepsVersions: Fits = Object.assign(({ versioning }: BucketRecord) => versioning === 'Enabled', {
  otherwise: 'object lock needs versioning to be Enabled',
})

const putting =
  <K extends keyof Settings>(name: K, read: (fields: Fields) => Settings[K], status = 200, fits?: Fits): Handler =>
  async (store, request) => {
    await mayBucket(store, request, 'manage')
    assertBucket(store, request.bucket)
    await keep(store, request, name, read(await receiveFields(request)), fits)
    return { status }
  }

const removing =
  <K extends keyof Settings>(name: K, left?: Settings[K]): Handler =>
  async (store, request) => {
    await mayBucket(store, request, 'manage')
    assertBucket(store, request.bucket)
    await keep(store, request, name, left)
    return { status: 204 }
  }

const OWNERSHIPS = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const

/** There is one owner: the three mean the same. */
const ownershipOf = (store: Store, bucket: string): XmlFields | undefined => {
  const rule = store.index.setting(bucket, 'ownership') ?? OWNERSHIPS[0]
  return rule === '' ? undefined : { Rule: { ObjectOwnership: rule } }
}

const BLOCKS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const

/** A bucket begins with all four; whatever it has, the account blocks what is public, so that nothing ever is. */
const blockOf = ({ index }: Store, bucket: string): XmlFields | undefined => {
  const blocks = index.setting(bucket, 'publicAccessBlock') ?? BLOCKS
  return blocks === '' ? undefined : Object.fromEntries(BLOCKS.map((name) => [name, blocks.includes(name)]))
}

const isTrue = (fields: Fields, name: string): boolean =>
  fields[name] !== undefined && choiceIn(fields, name, ['true', 'TRUE', 'false', 'FALSE']).toLowerCase() === 'true'

const putEncryption = putting('encryption', readEncryption)

const KEPT: Readonly<Record<string, Handler>> = {
  GetBucketTagging: getting('NoSuchTagSet', 'Tagging', ({ index }, bucket) => {
    const tags = index.setting(bucket, 'tagging')
    return tags && { TagSet: printTags(tags) }
  }),
  PutBucketTagging: putting('tagging', (fields) => readTagSet(fields, 'bucket'), 204),
  DeleteBucketTagging: removing('tagging'),

  GetBucketCors: getting('NoSuchCORSConfiguration', 'CORSConfiguration', ({ index }, bucket) => {
    const rules = index.setting(bucket, 'cors')
    return rules && printCors(rules)
  }),
  PutBucketCors: putting('cors', readCors),
  DeleteBucketCors: removing('cors'),

  GetBucketLifecycleConfiguration: getting('NoSuchLifecycleConfiguration', 'LifecycleConfiguration', (store, bucket) => {
    const rules = rulesOf(store, bucket)
    return rules.length === 0 ? undefined : printLifecycle(rules)
  }),
  PutBucketLifecycleConfiguration: putting('lifecycle', readLifecycle),
  DeleteBucketLifecycle: removing('lifecycle'),

  GetBucketEncryption: getting(
    'ServerSideEncryptionConfigurationNotFoundError',
    'ServerSideEncryptionConfiguration',
    ({ index }, bucket) => {
      const encryption = index.setting(bucket, 'encryption')
      return encryption && printEncryption(encryption)
    },
  ),
  PutBucketEncryption: async (store, request) => {
    if (store.isLeased(request.bucket)) throw SealedNotLeased({ what: `encryption of ${request.bucket}` })
    return putEncryption(store, request)
  },
  DeleteBucketEncryption: removing('encryption'),

  GetBucketNotificationConfiguration: ofBucket(({ index }, bucket) =>
    xmlReply('NotificationConfiguration', printNotification(index.setting(bucket, 'notification') ?? [])),
  ),
  PutBucketNotificationConfiguration: async (store, request) => {
    await mayBucket(store, request, 'manage')
    assertBucket(store, request.bucket)
    const rules = readNotification(await receiveFields(request), store.webhooks)
    await keep(store, request, 'notification', rules.length === 0 ? undefined : rules)
    return { status: 200 }
  },

  GetBucketOwnershipControls: getting('OwnershipControlsNotFoundError', 'OwnershipControls', ownershipOf),
  PutBucketOwnershipControls: putting('ownership', (fields) => choiceIn(fieldsIn(fields, 'Rule'), 'ObjectOwnership', OWNERSHIPS)),
  DeleteBucketOwnershipControls: removing('ownership', ''),

  GetBucketPolicyStatus: getting('NoSuchBucketPolicy', 'PolicyStatus', ({ index }, bucket) =>
    // None that lets in everybody is taken.
    index.setting(bucket, 'bucketPolicy') ? { IsPublic: false } : undefined,
  ),

  GetPublicAccessBlock: getting('NoSuchPublicAccessBlockConfiguration', 'PublicAccessBlockConfiguration', blockOf),
  PutPublicAccessBlock: putting('publicAccessBlock', (fields) => BLOCKS.filter((name) => isTrue(fields, name))),
  DeletePublicAccessBlock: removing('publicAccessBlock', ''),

  GetObjectLockConfiguration: getting('ObjectLockConfigurationNotFoundError', 'ObjectLockConfiguration', ({ index }, bucket) => {
    const lock = index.setting(bucket, 'objectLock')
    return lock && printObjectLock(lock)
  }),
  PutObjectLockConfiguration: putting('objectLock', readObjectLock, 200, keepsVersions),
}

export const settingHandlers: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(
    Object.entries(NEVER_SET).map(([name, error]) => [
      name,
      ofBucket((_, bucket) => {
        throw error({ bucket })
      }),
    ]),
  ),
  ...Object.fromEntries(Object.entries(ALWAYS).map(([name, [root, fields]]) => [name, ofBucket(() => xmlReply(root, fields))])),
  ...KEPT,
}
