// Which operation a request is for, as Amazon's model tells them apart, and which handler serves it.
import { own } from '#kit/own'
import { MethodNotAllowed, NotImplemented } from '#parts/storage/errors'
import { getBucketAcl, getObjectAcl } from '#parts/storage/handlers/acl'
import { getObjectAttributes } from '#parts/storage/handlers/attributes'
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from '#parts/storage/handlers/buckets'
import { completeUpload } from '#parts/storage/handlers/complete'
import { copyObject } from '#parts/storage/handlers/copy'
import { listObjectsV1, listObjectsV2 } from '#parts/storage/handlers/list'
import { listParts, listUploads } from '#parts/storage/handlers/list-uploads'
import { getObjectLegalHold, getObjectRetention, putObjectLegalHold, putObjectRetention } from '#parts/storage/handlers/locks'
import { abortUpload, createUpload, uploadPart, uploadPartCopy } from '#parts/storage/handlers/multipart'
import { deleteBucketPolicy, getBucketPolicy, putBucketPolicy } from '#parts/storage/handlers/policies'
import { getObject } from '#parts/storage/handlers/read'
import { settingHandlers } from '#parts/storage/handlers/settings'
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from '#parts/storage/handlers/tagging'
import { getBucketVersioning, listObjectVersions, putBucketVersioning } from '#parts/storage/handlers/versions'
import { deleteObject, deleteObjects, putObject } from '#parts/storage/handlers/write'
import { OPERATIONS, type Operation } from '#parts/storage/protocol/operations'
import type { Handler, S3Target } from '#parts/storage/request'

export interface Route {
  readonly operation: Operation
  readonly handler: Handler
}

/** Operations without one here are refused by name. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  GetBucketVersioning: getBucketVersioning,
  PutBucketVersioning: putBucketVersioning,
  GetBucketAcl: getBucketAcl,
  ...settingHandlers,
  GetBucketPolicy: getBucketPolicy,
  PutBucketPolicy: putBucketPolicy,
  DeleteBucketPolicy: deleteBucketPolicy,

  ListObjects: listObjectsV1,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  GetObject: getObject,
  HeadObject: getObject,
  GetObjectAttributes: getObjectAttributes,
  GetObjectAcl: getObjectAcl,
  GetObjectTagging: getObjectTagging,
  PutObjectTagging: putObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
  GetObjectRetention: getObjectRetention,
  PutObjectRetention: putObjectRetention,
  GetObjectLegalHold: getObjectLegalHold,
  PutObjectLegalHold: putObjectLegalHold,
  PutObject: putObject,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,

  CreateMultipartUpload: createUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: abortUpload,
  ListParts: listParts,
  ListMultipartUploads: listUploads,
}

/** Whether an operation of this name is served. */
export function isServed(name: string): boolean {
  return own(HANDLERS, name) !== undefined
}

const byTarget = new Map<string, Operation[]>()
for (const operation of OPERATIONS) {
  const name = `${operation.method} ${operation.on}`
  byTarget.set(name, [...(byTarget.get(name) ?? []), operation])
}
for (const list of byTarget.values()) list.sort((a, b) => b.needs.length - a.needs.length)

/** The operation that needs most of what the request has. @throws MethodNotAllowed, NotImplemented */
export function routeOf(target: S3Target): Route {
  const on = target.bucket === '' ? 'service' : target.key === '' ? 'bucket' : 'object'
  const operation = byTarget.get(`${target.method} ${on}`)?.find(({ needs }) => needs.every((need) => has(target, need)))
  if (!operation) throw MethodNotAllowed({ method: target.method })
  const handler = own(HANDLERS, operation.name)
  if (!handler) throw NotImplemented({ what: operation.name })
  return { operation, handler }
}

function has({ query, headers }: S3Target, need: string): boolean {
  if (need.startsWith('x-amz-')) return headers.has(need)
  const [name = '', value] = need.split('=')
  return value === undefined ? query.has(name) : query.get(name) === value
}
