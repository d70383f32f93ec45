// Which handler answers which request: method, what the path names, and the query parameter that names a sub-resource.
import { MethodNotAllowed, NotImplemented } from '#parts/storage/errors'
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
  headBucket,
  listBuckets,
  putBucketVersioning,
} from '#parts/storage/handlers/buckets'
import { listObjectsV1, listObjectsV2 } from '#parts/storage/handlers/list'
import {
  abortUpload,
  completeUpload,
  createUpload,
  listParts,
  listUploads,
  uploadPart,
  uploadPartCopy,
} from '#parts/storage/handlers/multipart'
import { getObject } from '#parts/storage/handlers/read'
import { copyObject, deleteObject, deleteObjects, putObject } from '#parts/storage/handlers/write'
import type { Handler, S3Target } from '#parts/storage/request'

export interface Route {
  /** S3's name of the operation. */
  readonly name: string
  readonly handler: Handler
}

type Scope = 'service' | 'bucket' | 'object'
type Row = readonly [method: string, scope: Scope, parameter: string, name: string, handler: Handler, header?: string]

/** The first row that fits is taken; a parameter of '' fits any request without a sub-resource. */
const ROWS: readonly Row[] = [
  ['GET', 'service', '', 'ListBuckets', listBuckets],

  ['GET', 'bucket', 'location', 'GetBucketLocation', getBucketLocation],
  ['GET', 'bucket', 'versioning', 'GetBucketVersioning', getBucketVersioning],
  ['GET', 'bucket', 'uploads', 'ListMultipartUploads', listUploads],
  ['GET', 'bucket', 'list-type', 'ListObjectsV2', listObjectsV2],
  ['GET', 'bucket', '', 'ListObjects', listObjectsV1],
  ['HEAD', 'bucket', '', 'HeadBucket', headBucket],
  ['PUT', 'bucket', 'versioning', 'PutBucketVersioning', putBucketVersioning],
  ['PUT', 'bucket', '', 'CreateBucket', createBucket],
  ['DELETE', 'bucket', '', 'DeleteBucket', deleteBucket],
  ['POST', 'bucket', 'delete', 'DeleteObjects', deleteObjects],

  ['GET', 'object', 'uploadId', 'ListParts', listParts],
  ['GET', 'object', '', 'GetObject', getObject],
  ['HEAD', 'object', '', 'HeadObject', getObject],
  ['PUT', 'object', 'partNumber', 'UploadPartCopy', uploadPartCopy, 'x-amz-copy-source'],
  ['PUT', 'object', 'partNumber', 'UploadPart', uploadPart],
  ['PUT', 'object', '', 'CopyObject', copyObject, 'x-amz-copy-source'],
  ['PUT', 'object', '', 'PutObject', putObject],
  ['POST', 'object', 'uploads', 'CreateMultipartUpload', createUpload],
  ['POST', 'object', 'uploadId', 'CompleteMultipartUpload', completeUpload],
  ['DELETE', 'object', 'uploadId', 'AbortMultipartUpload', abortUpload],
  ['DELETE', 'object', '', 'DeleteObject', deleteObject],
]

/** Sub-resources of S3 that are not kept here; a request for one must not be taken for a plain one. */
// biome-ignore format: a list
const UNSUPPORTED = [
  'accelerate', 'acl', 'analytics', 'attributes', 'cors', 'encryption', 'intelligent-tiering', 'inventory', 'legal-hold', 'lifecycle',
  'logging', 'metrics', 'notification', 'object-lock', 'ownershipControls', 'policy', 'policyStatus', 'publicAccessBlock', 'replication',
  'requestPayment', 'restore', 'retention', 'select', 'tagging', 'torrent', 'versions', 'website',
]

/** What a client asks for by a header and would believe to have got. */
const UNSUPPORTED_HEADERS: readonly (readonly [name: string, harmless: RegExp])[] = [
  ['x-amz-acl', /^(private|bucket-owner-full-control)$/],
  ['x-amz-bucket-object-lock-enabled', /^false$/i],
  ['x-amz-object-lock-mode', /^$/],
  ['x-amz-object-lock-legal-hold', /^OFF$/],
  ['x-amz-server-side-encryption', /^$/],
  ['x-amz-server-side-encryption-customer-algorithm', /^$/],
  ['x-amz-tagging', /^$/],
  ['x-amz-website-redirect-location', /^$/],
]

export function routeOf(target: S3Target): Route {
  const scope: Scope = target.bucket === '' ? 'service' : target.key === '' ? 'bucket' : 'object'
  const unsupported = UNSUPPORTED.find((name) => target.query.has(name))
  if (unsupported) throw NotImplemented({ what: `${target.method} of ?${unsupported}` })
  for (const [name, harmless] of UNSUPPORTED_HEADERS) {
    const value = target.headers.get(name)
    if (value !== undefined && !harmless.test(value)) throw NotImplemented({ what: `${name}: ${value}` })
  }
  const version = target.query.get('versionId')
  if (version !== undefined && version !== 'null') throw NotImplemented({ what: 'versionId' })
  const row = ROWS.find(
    ([method, of, parameter, , , header]) =>
      method === target.method &&
      of === scope &&
      (parameter === '' || target.query.has(parameter)) &&
      (header === undefined || target.headers.has(header)),
  )
  if (!row) throw MethodNotAllowed({ method: target.method })
  return { name: row[3], handler: row[4] }
}
