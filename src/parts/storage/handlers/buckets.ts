// Buckets: list, create, look, drop, and the little that can be asked about their settings.
import { decide } from '#kit/access'
import { receiveDocument } from '#parts/storage/body'
import {
  BucketAlreadyOwnedByYou,
  BucketNotEmpty,
  InvalidBucketName,
  MalformedXml,
  NoSuchBucket,
  NotImplemented,
} from '#parts/storage/errors'
import { assertBucket, mayBucket, readXml, xmlReply } from '#parts/storage/handlers/shared'
import type { Reply, S3Request, Store } from '#parts/storage/request'

const NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Lists the buckets that the caller may see. */
export async function listBuckets(store: Store, request: S3Request): Promise<Reply> {
  const all = store.index.buckets()
  const seen = await Promise.all(
    all.map(({ name }) => decide(store.authoriser, request.caller, 'list', { kind: 'bucket', path: [name] }).then((d) => d.allow)),
  )
  return xmlReply('ListAllMyBucketsResult', {
    Owner: { ID: request.caller.sub, DisplayName: request.caller.sub },
    Buckets: {
      Bucket: all
        .filter((_, i) => seen[i])
        .map(({ name, record }) => ({ Name: name, CreationDate: new Date(record.created).toISOString(), BucketRegion: store.region })),
    },
  })
}

export async function createBucket(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, caller } = request
  await mayBucket(store, request, 'create', bucket)
  if (!NAME.test(bucket)) throw InvalidBucketName({ bucket })
  const text = await receiveDocument(request)
  if (text.trim() !== '') readXml(text, 'CreateBucketConfiguration')
  if (!(await store.index.createBucket(bucket, { created: Date.now(), owner: caller.sub }))) throw BucketAlreadyOwnedByYou({ bucket })
  return { status: 200, headers: { location: `/${bucket}` } }
}

export async function headBucket(store: Store, request: S3Request): Promise<Reply> {
  await mayBucket(store, request, 'list', request.bucket)
  assertBucket(store, request.bucket)
  return { status: 200, headers: { 'x-amz-bucket-region': store.region } }
}

export async function deleteBucket(store: Store, request: S3Request): Promise<Reply> {
  const { bucket } = request
  await mayBucket(store, request, 'drop', bucket)
  const outcome = await store.index.deleteBucket(bucket)
  if (outcome === 'missing') throw NoSuchBucket({ bucket })
  if (outcome === 'not empty') throw BucketNotEmpty({ bucket })
  return { status: 204 }
}

export async function getBucketLocation(store: Store, request: S3Request): Promise<Reply> {
  await mayBucket(store, request, 'list', request.bucket)
  assertBucket(store, request.bucket)
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${store.region}</LocationConstraint>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}

/** Versions are not kept; the answer of a bucket where they never were. */
export async function getBucketVersioning(store: Store, request: S3Request): Promise<Reply> {
  await mayBucket(store, request, 'list', request.bucket)
  assertBucket(store, request.bucket)
  return xmlReply('VersioningConfiguration', {})
}

export async function putBucketVersioning(store: Store, request: S3Request): Promise<Reply> {
  await mayBucket(store, request, 'manage', request.bucket)
  assertBucket(store, request.bucket)
  const { Status: status } = readXml(await receiveDocument(request), 'VersioningConfiguration')
  if (status === 'Suspended') return { status: 200 }
  if (status === 'Enabled') throw NotImplemented({ what: 'keeping versions of objects' })
  throw MalformedXml({ reason: 'Status must be Enabled or Suspended' })
}
