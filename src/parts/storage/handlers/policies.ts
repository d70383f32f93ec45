// The policy of a bucket: told, given, taken away.
import { receiveDocument } from '#parts/storage/body'
import { policyFor, saysTo } from '#parts/storage/bucket-policies'
import { LocksOut, MalformedPolicy, NoSuchBucketPolicy, NotImplemented, PublicPolicyBlocked } from '#parts/storage/errors'
import { assertBucket, bucketAsking, mayBucket } from '#parts/storage/handlers/shared'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { type BucketPolicy, PolicyNotDone, PublicPolicy } from '#wire/s3/bucket-policy'
import { PolicyError } from '#wire/s3/policy'

/** Bytes. */
const LARGEST = 20 * 1024

export async function getBucketPolicy(store: Store, request: S3Request): Promise<Reply> {
  const { bucket } = request
  await mayBucket(store, request, 'read')
  assertBucket(store, bucket)
  const policy = store.index.setting(bucket, 'bucketPolicy')
  if (!policy) throw NoSuchBucketPolicy({ bucket })
  return { status: 200, headers: { 'content-type': 'application/json' }, body: policy.document }
}

export async function putBucketPolicy(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, headers } = request
  await mayBucket(store, request, 'manage')
  assertBucket(store, bucket)
  const document = await receiveDocument(request)
  if (Buffer.byteLength(document) > LARGEST) throw MalformedPolicy({ reason: `a policy has at most ${LARGEST} bytes` })
  const policy = taken(bucket, document)
  const stranger = policy.users.find((user) => !store.identities.user(user))
  if (stranger !== undefined) throw MalformedPolicy({ reason: `Invalid principal in policy: there is no user ${stranger}` })
  const confirmed = headers.get('x-amz-confirm-remove-self-bucket-access')?.toLowerCase() === 'true'
  if (!confirmed && saysTo(policy, store, request, bucketAsking(request, 'manage')) === 'deny') throw LocksOut()
  await store.index.set(bucket, 'bucketPolicy', { document })
  return { status: 204 }
}

export async function deleteBucketPolicy(store: Store, request: S3Request): Promise<Reply> {
  const { bucket } = request
  await mayBucket(store, request, 'drop')
  assertBucket(store, bucket)
  await store.index.set(bucket, 'bucketPolicy', undefined)
  return { status: 204 }
}

function taken(bucket: string, document: string): BucketPolicy {
  try {
    return policyFor(bucket, document)
  } catch (error) {
    if (error instanceof PolicyError) throw MalformedPolicy({ reason: error.message }, error)
    if (error instanceof PolicyNotDone) throw NotImplemented({ what: error.message }, error)
    throw error instanceof PublicPolicy ? PublicPolicyBlocked({}, error) : error
  }
}
