// Listing the keys of a bucket: ListObjectsV2, and the first version that older clients speak.

import { fromToken, listingOf, toToken } from '#parts/storage/handlers/listing'
import { assertBucket, contentsOf, mayObject, xmlReply } from '#parts/storage/handlers/shared'
import type { Reply, S3Request, Store } from '#parts/storage/request'

/** A listing is authorised for the prefix that it lists. */
export async function listObjectsV2(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, query } = request
  const token = query.get('continuation-token')
  const startAfter = query.get('start-after')
  const { wanted, echo, name, prefixesOf } = listingOf(request, 'max-keys')
  await mayObject(store, request, 'list', bucket, wanted.prefix)
  assertBucket(store, bucket)
  const after = token === undefined ? startAfter : fromToken(token)
  const page = store.index.list(bucket, { ...wanted, after: after ? { name: after } : undefined })
  const owner = query.get('fetch-owner') === 'true' ? store.index.bucket(bucket)?.owner : undefined
  return xmlReply('ListBucketResult', {
    Name: bucket,
    ...echo,
    MaxKeys: wanted.limit,
    KeyCount: page.items.length + page.prefixes.length,
    IsTruncated: page.next !== undefined,
    ContinuationToken: token,
    NextContinuationToken: page.next && toToken(page.next.name),
    StartAfter: startAfter === undefined ? undefined : name(startAfter),
    Contents: page.items.map((i) => contentsOf(name(i.name), i.value, owner)),
    CommonPrefixes: prefixesOf(page),
  })
}

export async function listObjectsV1(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, query } = request
  const { wanted, echo, name, prefixesOf } = listingOf(request, 'max-keys')
  await mayObject(store, request, 'list', bucket, wanted.prefix)
  assertBucket(store, bucket)
  const marker = query.get('marker') ?? ''
  const page = store.index.list(bucket, { ...wanted, after: marker === '' ? undefined : { name: marker } })
  const owner = store.index.bucket(bucket)?.owner
  return xmlReply('ListBucketResult', {
    Name: bucket,
    ...echo,
    Marker: name(marker),
    MaxKeys: wanted.limit,
    IsTruncated: page.next !== undefined,
    NextMarker: page.next === undefined || wanted.delimiter === '' ? undefined : name(page.next.name),
    Contents: page.items.map((i) => contentsOf(name(i.name), i.value, owner)),
    CommonPrefixes: prefixesOf(page),
  })
}
