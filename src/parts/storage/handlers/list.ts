// Listing the keys of a bucket: ListObjectsV2, and the first version that older clients speak.
import { InvalidArgument } from '#parts/storage/errors'
import { assertBucket, mayObject, numberFrom, quoted, xmlReply } from '#parts/storage/handlers/shared'
import type { ObjectRecord } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { encodePath } from '#wire/s3/uri'
import type { XmlFields } from '#wire/s3/xml'

const PAGE = 1000

/** A listing is authorised for the prefix that it lists. */
export async function listObjectsV2(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, query } = request
  const prefix = query.get('prefix') ?? ''
  await mayObject(store, request, 'list', bucket, prefix)
  assertBucket(store, bucket)
  const delimiter = query.get('delimiter') ?? ''
  const maxKeys = numberFrom(request, 'max-keys', PAGE, PAGE)
  const token = query.get('continuation-token')
  const startAfter = query.get('start-after')
  const after = token === undefined ? startAfter || undefined : fromToken(token)
  const listing = store.index.list(bucket, { prefix, delimiter, after, limit: maxKeys })
  const name = nameWriter(request)
  const owner = query.get('fetch-owner') === 'true' ? store.index.bucket(bucket)?.owner : undefined
  return xmlReply('ListBucketResult', {
    Name: bucket,
    Prefix: name(prefix),
    Delimiter: delimiter === '' ? undefined : name(delimiter),
    MaxKeys: maxKeys,
    EncodingType: query.get('encoding-type'),
    KeyCount: listing.entries.length + listing.prefixes.length,
    IsTruncated: listing.next !== undefined,
    ContinuationToken: token,
    NextContinuationToken: listing.next === undefined ? undefined : toToken(listing.next),
    StartAfter: startAfter === undefined ? undefined : name(startAfter),
    Contents: listing.entries.map((e) => contents(name(e.key), e.record, owner)),
    CommonPrefixes: listing.prefixes.map((p) => ({ Prefix: name(p) })),
  })
}

export async function listObjectsV1(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, query } = request
  const prefix = query.get('prefix') ?? ''
  await mayObject(store, request, 'list', bucket, prefix)
  assertBucket(store, bucket)
  const delimiter = query.get('delimiter') ?? ''
  const marker = query.get('marker') ?? ''
  const maxKeys = numberFrom(request, 'max-keys', PAGE, PAGE)
  const listing = store.index.list(bucket, { prefix, delimiter, after: marker || undefined, limit: maxKeys })
  const name = nameWriter(request)
  return xmlReply('ListBucketResult', {
    Name: bucket,
    Prefix: name(prefix),
    Marker: name(marker),
    Delimiter: delimiter === '' ? undefined : name(delimiter),
    MaxKeys: maxKeys,
    EncodingType: query.get('encoding-type'),
    IsTruncated: listing.next !== undefined,
    NextMarker: listing.next === undefined || delimiter === '' ? undefined : name(listing.next),
    Contents: listing.entries.map((e) => contents(name(e.key), e.record, store.index.bucket(bucket)?.owner)),
    CommonPrefixes: listing.prefixes.map((p) => ({ Prefix: name(p) })),
  })
}

/** Writes names as the client asked for them. */
export function nameWriter(request: S3Request): (name: string) => string {
  const encoding = request.query.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') throw InvalidArgument({ reason: 'encoding-type must be url' })
  return encoding === 'url' ? encodePath : (name) => name
}

function contents(name: string, record: ObjectRecord, owner: string | undefined): XmlFields {
  return {
    Key: name,
    LastModified: new Date(record.modified).toISOString(),
    ETag: quoted(record.etag),
    ChecksumAlgorithm: record.checksum?.algorithm,
    ChecksumType: record.checksum?.type,
    Size: record.size,
    StorageClass: 'STANDARD',
    Owner: owner === undefined ? undefined : { ID: owner, DisplayName: owner },
  }
}

function toToken(after: string): string {
  return Buffer.from(`1${after}`).toString('base64url')
}

function fromToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (!text.startsWith('1') || toToken(text.slice(1)) !== token) throw InvalidArgument({ reason: 'the continuation token is not valid' })
  return text.slice(1)
}
