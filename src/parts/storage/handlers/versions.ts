// Versions as S3 tells them of a bucket that never kept any: each object is its one version, `null`.
import { InvalidArgument } from '#parts/storage/errors'
import { listingOf } from '#parts/storage/handlers/listing'
import { assertBucket, contentsOf, mayObject, xmlReply } from '#parts/storage/handlers/shared'
import type { Reply, S3Request, Store } from '#parts/storage/request'

export const NULL_VERSION = 'null'

export async function listObjectVersions(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, query } = request
  const { wanted, echo, name, prefixesOf } = listingOf(request, 'max-keys')
  await mayObject(store, request, 'list', bucket, wanted.prefix)
  assertBucket(store, bucket)
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('version-id-marker') ?? ''
  if (idMarker !== '' && keyMarker === '') throw InvalidArgument({ reason: 'a version-id marker cannot be specified without a key marker' })
  if (idMarker !== '' && idMarker !== NULL_VERSION) throw InvalidArgument({ reason: 'the version-id marker is no version here' })
  const page = store.index.list(bucket, { ...wanted, after: keyMarker === '' ? undefined : { name: keyMarker } })
  const owner = store.index.bucket(bucket)?.owner
  const last = page.next?.name
  return xmlReply('ListVersionsResult', {
    Name: bucket,
    ...echo,
    KeyMarker: name(keyMarker),
    VersionIdMarker: idMarker,
    NextKeyMarker: last === undefined ? undefined : name(last),
    NextVersionIdMarker: last === undefined || page.prefixes.at(-1) === last ? undefined : NULL_VERSION,
    MaxKeys: wanted.limit,
    IsTruncated: last !== undefined,
    Version: page.items.map((i) => ({ ...contentsOf(name(i.name), i.value, owner), VersionId: NULL_VERSION, IsLatest: true })),
    CommonPrefixes: prefixesOf(page),
  })
}
