// Buckets: list, create, look, drop, and the little that can be asked about their settings.
import { decide } from '#kit/access'
import { AccessDenied } from '#kit/errors'
import {
  BucketAlreadyOwnedByYou,
  BucketByAdministrator,
  BucketNotEmpty,
  InvalidArgument,
  InvalidBucketName,
  InvalidLocation,
  NoSuchBucket,
} from '#parts/storage/errors'
import { fromToken, toToken } from '#parts/storage/handlers/listing'
import { assertBucket, free, mayBucket, numberFrom, receiveFields, xmlReply } from '#parts/storage/handlers/shared'
import { pageOf, sourceOf } from '#parts/storage/listing'
import type { BucketRecord } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'

const NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** Beginnings and ends that S3 keeps for access points, tables and its own examples. */
const RESERVED = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3|-an)$/

const MOST_BUCKETS = 10_000

/** Lists the buckets that the caller may see; in pages where a limit is asked for. */
export async function listBuckets(store: Store, request: S3Request): Promise<Reply> {
  const { caller, query } = request
  const prefix = query.get('prefix') ?? ''
  const limit = numberFrom(request, 'max-buckets', MOST_BUCKETS, MOST_BUCKETS)
  if (limit === 0) throw InvalidArgument({ reason: 'max-buckets must be at least 1' })
  const token = query.get('continuation-token')
  const after = token === undefined ? undefined : { name: fromToken(token) }
  const here = (query.get('bucket-region') ?? store.region) === store.region
  const all = store.index.buckets().filter(({ name }) => here && name.startsWith(prefix))
  const seen = await Promise.all(
    all.map(({ name }) => decide(store.authoriser, caller, 'list', { kind: 'bucket', path: [name] }).then((d) => d.allow)),
  )
  const visible = all.filter((_, i) => seen[i]).map(({ name, record }) => ({ name, value: record }))
  const page = pageOf(sourceOf(visible), { prefix, delimiter: '', after, limit })
  return xmlReply('ListAllMyBucketsResult', {
    Owner: { ID: caller.sub, DisplayName: caller.sub },
    Buckets: {
      Bucket: page.items.map(({ name, value }) => ({
        Name: name,
        CreationDate: new Date(value.created).toISOString(),
        BucketRegion: store.region,
      })),
    },
    ContinuationToken: page.next && toToken(page.next.name),
    Prefix: prefix === '' ? undefined : prefix,
  })
}

export async function createBucket(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, caller, headers } = request
  await mayBucket(store, request, 'create').catch((error: unknown) => {
    throw AccessDenied.is(error) ? BucketByAdministrator({ user: caller.sub, bucket }, error) : error
  })
  if (!NAME.test(bucket) || RESERVED.test(bucket)) throw InvalidBucketName({ bucket })
  const { LocationConstraint: region = store.region } = await receiveFields(request, { optional: true })
  if (region !== store.region) throw InvalidLocation({ region: String(region), ours: store.region })
  const locks = headers.get('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true'
  const record: BucketRecord = { created: Date.now(), owner: caller.sub, ...(locks ? { versioning: 'Enabled' } : {}) }
  if (!(await store.index.createBucket(bucket, record, locks ? { objectLock: {} } : {}))) throw BucketAlreadyOwnedByYou({ bucket })
  return { status: 200, headers: { location: `/${bucket}` } }
}

export async function headBucket(store: Store, request: S3Request): Promise<Reply> {
  await mayBucket(store, request, 'list')
  assertBucket(store, request.bucket)
  return { status: 200, headers: { 'x-amz-bucket-region': store.region } }
}

export async function deleteBucket(store: Store, request: S3Request): Promise<Reply> {
  const { bucket } = request
  await mayBucket(store, request, 'drop')
  const gone = await store.index.deleteBucket(bucket)
  if (gone === 'missing') throw NoSuchBucket({ bucket })
  if (gone === 'not empty') throw BucketNotEmpty({ bucket })
  free(store, gone.freed)
  return { status: 204 }
}

export async function getBucketLocation(store: Store, request: S3Request): Promise<Reply> {
  await mayBucket(store, request, 'list')
  assertBucket(store, request.bucket)
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${store.region}</LocationConstraint>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}
