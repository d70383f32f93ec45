// Versions of objects: the one that a request asks for, the listing of all, and whether a bucket keeps them.
import {
  InvalidArgument,
  InvalidBucketState,
  InvalidVersion,
  KeyDeleted,
  MarkerNotRead,
  NoSuchBucket,
  NoSuchKey,
  NoSuchVersion,
  VersioningStatus,
} from '#parts/storage/errors'
import { listingOf } from '#parts/storage/handlers/listing'
import { assertBucket, contentsOf, mayBucket, mayObject, ownerOf, receiveFields, xmlReply } from '#parts/storage/handlers/shared'
import { isMarker, isVersion, NULL_VERSION, subIn, subOf, versionOf } from '#parts/storage/history'
import type { Item, Mark } from '#parts/storage/listing'
import type { ObjectRecord } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import type { Done, ListedVersion } from '#parts/storage/store'
import type { XmlFields } from '#wire/s3/xml'

/** The version that a request names. @throws InvalidArgument for what could be none of the bucket's */
export function versionAsked(store: Store, { bucket, query }: S3Request): string | undefined {
  const version = query.get('versionId')
  if (version !== undefined && !couldBe(store, bucket, version)) throw InvalidVersion({ version })
  return version
}

/** Whether the bucket could have a version of the name. */
export function couldBe(store: Store, bucket: string, version: string): boolean {
  return version === NULL_VERSION || (isVersion(version) && keepsVersions(store, bucket))
}

/** The object that is asked for: the newest, or by its version. @throws NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker */
export function objectAsked(store: Store, request: S3Request): ObjectRecord {
  assertBucket(store, request.bucket)
  return foundObject(store, request.bucket, request.key, versionAsked(store, request))
}

export function foundObject(store: Store, bucket: string, key: string, version: string | undefined): ObjectRecord {
  const record = store.index.version(bucket, key, version)
  if (!record) throw version !== undefined && keepsVersions(store, bucket) ? NoSuchVersion({ version }) : NoSuchKey()
  if (!isMarker(record)) return record
  throw (version === undefined ? KeyDeleted : MarkerNotRead)({ marker: versionOf(record), since: record.modified })
}

export function keepsVersions({ index }: Store, bucket: string): boolean {
  return index.bucket(bucket)?.versioning !== undefined
}

/** Of an answer about an object: its version, where the bucket keeps them or it was asked for by that. */
export function versionHeaders(store: Store, { bucket, query }: S3Request, record: ObjectRecord): Record<string, string> {
  return keepsVersions(store, bucket) || query.has('versionId') ? { 'x-amz-version-id': versionOf(record) } : {}
}

/** Of an answer to what made a version, or removed one. */
export function doneHeaders({ version, marker }: Done): Record<string, string> {
  return { ...(version === undefined ? {} : { 'x-amz-version-id': version }), ...(marker ? { 'x-amz-delete-marker': 'true' } : {}) }
}

export async function listObjectVersions(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, query } = request
  const { wanted, echo, name, prefixesOf } = listingOf(request, 'max-keys')
  await mayObject(store, request, 'list', bucket, wanted.prefix)
  assertBucket(store, bucket)
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('version-id-marker') ?? ''
  const page = store.index.listVersions(bucket, { ...wanted, after: markOf(store, bucket, keyMarker, idMarker) })
  const owner = ownerOf(store, bucket)
  const last = page.next && page.items.find(({ name, sub }) => name === page.next?.name && sub === page.next.sub)
  return xmlReply('ListVersionsResult', {
    Name: bucket,
    ...echo,
    KeyMarker: name(keyMarker),
    VersionIdMarker: idMarker,
    NextKeyMarker: page.next && name(page.next.name),
    NextVersionIdMarker: last && versionOf(last.value.record),
    MaxKeys: wanted.limit,
    IsTruncated: page.next !== undefined,
    ...listed(page.items, name, owner),
    CommonPrefixes: prefixesOf(page),
  })
}

function listed(items: readonly Item<ListedVersion>[], name: (name: string) => string, owner: string | undefined): XmlFields {
  const shown = items.map(({ name: key, value: { record, latest } }) => {
    const own = { VersionId: versionOf(record), IsLatest: latest }
    if (!isMarker(record)) return { Version: { ...contentsOf(name(key), record, owner), ...own } }
    return {
      DeleteMarker: {
        Key: name(key),
        LastModified: new Date(record.modified).toISOString(),
        Owner: owner === undefined ? undefined : { ID: owner, DisplayName: owner },
        ...own,
      },
    }
  })
  return {
    Version: shown.flatMap(({ Version }) => Version ?? []),
    DeleteMarker: shown.flatMap(({ DeleteMarker }) => DeleteMarker ?? []),
  }
}

/** A null version may be gone when its page is done with: then all that is left of its key comes, and nothing is passed over. */
function markOf(store: Store, bucket: string, name: string, version: string): Mark | undefined {
  if (version !== '' && name === '') throw InvalidArgument({ reason: 'a version-id marker cannot be specified without a key marker' })
  if (name === '') return undefined
  if (version === '') return { name }
  if (!isVersion(version)) throw InvalidVersion({ version })
  const stands = subIn(version)
  if (stands !== undefined) return { name, sub: stands }
  const record = store.index.version(bucket, name, version)
  return { name, sub: record ? subOf(record) : '' }
}

export async function getBucketVersioning(store: Store, request: S3Request): Promise<Reply> {
  await mayBucket(store, request, 'list')
  assertBucket(store, request.bucket)
  return xmlReply('VersioningConfiguration', { Status: store.index.bucket(request.bucket)?.versioning })
}

export async function putBucketVersioning(store: Store, request: S3Request): Promise<Reply> {
  const { bucket } = request
  await mayBucket(store, request, 'manage')
  assertBucket(store, bucket)
  const { Status } = await receiveFields(request)
  if (Status !== 'Enabled' && Status !== 'Suspended') throw VersioningStatus()
  const outcome = await store.index.setVersioning(bucket, Status)
  if (outcome === 'missing') throw NoSuchBucket({ bucket })
  if (outcome === 'locked') throw InvalidBucketState({ reason: 'versions that can be locked are not suspended' })
  return { status: 200 }
}
