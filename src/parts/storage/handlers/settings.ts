// Settings of buckets that are as they always are here: what is not kept is told as S3 tells it of a bucket where it never was.
import { neverSet } from '#parts/storage/errors'
import { ABORT_RULE } from '#parts/storage/expiry'
import { assertBucket, mayBucket, mayObject, xmlReply } from '#parts/storage/handlers/shared'
import { objectAsked } from '#parts/storage/handlers/versions'
import type { Handler, Store } from '#parts/storage/request'
import type { XmlFields } from '#wire/s3/xml'

const noPolicy = neverSet('NoSuchBucketPolicy')
const noLifecycle = neverSet('NoSuchLifecycleConfiguration')

/** By operation: the error that says so. */
const NEVER_SET = {
  GetBucketCors: neverSet('NoSuchCORSConfiguration'),
  GetBucketEncryption: neverSet('ServerSideEncryptionConfigurationNotFoundError'),
  GetBucketPolicy: noPolicy,
  GetBucketPolicyStatus: noPolicy,
  GetBucketReplication: neverSet('ReplicationConfigurationNotFoundError'),
  GetBucketTagging: neverSet('NoSuchTagSet'),
  GetBucketWebsite: neverSet('NoSuchWebsiteConfiguration'),
  GetObjectLockConfiguration: neverSet('ObjectLockConfigurationNotFoundError'),
  GetPublicAccessBlock: neverSet('NoSuchPublicAccessBlockConfiguration'),
} as const

/** By operation: the document, which is the same for every bucket. */
const ALWAYS: Readonly<Record<string, readonly [root: string, fields: XmlFields]>> = {
  GetBucketAccelerateConfiguration: ['AccelerateConfiguration', {}],
  GetBucketLogging: ['BucketLoggingStatus', {}],
  GetBucketNotificationConfiguration: ['NotificationConfiguration', {}],
  GetBucketOwnershipControls: ['OwnershipControls', { Rule: { ObjectOwnership: 'BucketOwnerEnforced' } }],
  GetBucketRequestPayment: ['RequestPaymentConfiguration', { Payer: 'BucketOwner' }],
}

const ofBucket =
  (answer: (store: Store, bucket: string) => ReturnType<typeof xmlReply>): Handler =>
  async (store, request) => {
    await mayBucket(store, request, 'list', request.bucket)
    assertBucket(store, request.bucket)
    return answer(store, request.bucket)
  }

/** Uploads that nobody ends are aborted: the one rule there is. */
const getBucketLifecycle = ofBucket(({ uploadDays }, bucket) => {
  if (uploadDays === 0) throw noLifecycle({ bucket })
  const abort = { DaysAfterInitiation: uploadDays }
  const rule = { ID: ABORT_RULE, Filter: { Prefix: '' }, Status: 'Enabled', AbortIncompleteMultipartUpload: abort }
  return xmlReply('LifecycleConfiguration', { Rule: rule })
})

const getObjectTagging: Handler = async (store, request) => {
  const { bucket, key } = request
  await mayObject(store, request, 'read', bucket, key)
  objectAsked(store, request)
  return xmlReply('Tagging', { TagSet: {} })
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
  GetBucketLifecycleConfiguration: getBucketLifecycle,
  GetObjectTagging: getObjectTagging,
}
