// What S3 calls the right to each operation, as policies of buckets name it.
import type { Action } from '#kit/access'
import { own } from '#kit/own'

/** Operations whose main right has a name of its own; `version`: where one is named. */
const OF_OPERATION: Readonly<Record<string, { readonly name: string; readonly version?: string }>> = {
  AbortMultipartUpload: { name: 'AbortMultipartUpload' },
  DeleteBucket: { name: 'DeleteBucket' },
  DeleteBucketCors: { name: 'PutBucketCORS' },
  DeleteBucketEncryption: { name: 'PutEncryptionConfiguration' },
  DeleteBucketLifecycle: { name: 'PutLifecycleConfiguration' },
  DeleteBucketOwnershipControls: { name: 'PutBucketOwnershipControls' },
  DeleteBucketPolicy: { name: 'DeleteBucketPolicy' },
  DeleteBucketTagging: { name: 'PutBucketTagging' },
  DeleteObjectTagging: { name: 'DeleteObjectTagging', version: 'DeleteObjectVersionTagging' },
  DeletePublicAccessBlock: { name: 'PutBucketPublicAccessBlock' },
  GetBucketAccelerateConfiguration: { name: 'GetAccelerateConfiguration' },
  GetBucketAcl: { name: 'GetBucketAcl' },
  GetBucketCors: { name: 'GetBucketCORS' },
  GetBucketEncryption: { name: 'GetEncryptionConfiguration' },
  GetBucketLifecycleConfiguration: { name: 'GetLifecycleConfiguration' },
  GetBucketLocation: { name: 'GetBucketLocation' },
  GetBucketLogging: { name: 'GetBucketLogging' },
  GetBucketNotificationConfiguration: { name: 'GetBucketNotification' },
  GetBucketOwnershipControls: { name: 'GetBucketOwnershipControls' },
  GetBucketPolicy: { name: 'GetBucketPolicy' },
  GetBucketPolicyStatus: { name: 'GetBucketPolicyStatus' },
  GetBucketReplication: { name: 'GetReplicationConfiguration' },
  GetBucketRequestPayment: { name: 'GetBucketRequestPayment' },
  GetBucketTagging: { name: 'GetBucketTagging' },
  GetBucketVersioning: { name: 'GetBucketVersioning' },
  GetBucketWebsite: { name: 'GetBucketWebsite' },
  GetObjectAcl: { name: 'GetObjectAcl', version: 'GetObjectVersionAcl' },
  GetObjectAttributes: { name: 'GetObjectAttributes', version: 'GetObjectVersionAttributes' },
  GetObjectLegalHold: { name: 'GetObjectLegalHold' },
  GetObjectLockConfiguration: { name: 'GetBucketObjectLockConfiguration' },
  GetObjectRetention: { name: 'GetObjectRetention' },
  GetObjectTagging: { name: 'GetObjectTagging', version: 'GetObjectVersionTagging' },
  GetPublicAccessBlock: { name: 'GetBucketPublicAccessBlock' },
  ListMultipartUploads: { name: 'ListBucketMultipartUploads' },
  ListObjectVersions: { name: 'ListBucketVersions' },
  ListParts: { name: 'ListMultipartUploadParts' },
  PutBucketCors: { name: 'PutBucketCORS' },
  PutBucketEncryption: { name: 'PutEncryptionConfiguration' },
  PutBucketLifecycleConfiguration: { name: 'PutLifecycleConfiguration' },
  PutBucketNotificationConfiguration: { name: 'PutBucketNotification' },
  PutBucketOwnershipControls: { name: 'PutBucketOwnershipControls' },
  PutBucketPolicy: { name: 'PutBucketPolicy' },
  PutBucketTagging: { name: 'PutBucketTagging' },
  PutBucketVersioning: { name: 'PutBucketVersioning' },
  PutObjectLegalHold: { name: 'PutObjectLegalHold' },
  PutObjectLockConfiguration: { name: 'PutBucketObjectLockConfiguration' },
  PutObjectRetention: { name: 'PutObjectRetention' },
  PutObjectTagging: { name: 'PutObjectTagging', version: 'PutObjectVersionTagging' },
  PutPublicAccessBlock: { name: 'PutBucketPublicAccessBlock' },
}

/** Of the others, by what is done. */
const OF_ACTION: Readonly<Record<Action, string>> = {
  list: 'ListBucket',
  read: 'GetObject',
  write: 'PutObject',
  create: 'CreateBucket',
  drop: 'DeleteObject',
  manage: 'PutObjectRetention',
  impersonate: '',
}

const ON_BUCKET = /Bucket|Configuration$/

const ALL = new Set([
  ...Object.values(OF_OPERATION).flatMap(({ name, version }) => [name, version ?? name]),
  ...['ListBucket', 'GetObject', 'GetObjectVersion', 'PutObject', 'DeleteObject', 'DeleteObjectVersion', 'BypassGovernanceRetention'],
])

/** That policies may name. */
export const POLICY_ACTIONS = {
  bucket: [...ALL].filter((name) => ON_BUCKET.test(name)),
  object: [...ALL].filter((name) => !ON_BUCKET.test(name)),
}

/** `version`: whether one is named. */
export function policyAction(operation: string, action: Action, version: boolean): string {
  const named = own(OF_OPERATION, operation)
  if (named) return version && named.version ? named.version : named.name
  return version && (action === 'read' || action === 'drop') ? `${OF_ACTION[action]}Version` : OF_ACTION[action]
}
