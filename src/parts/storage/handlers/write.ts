// Writing objects: PUT, copy, delete and delete of many.

import { attempt } from '#kit/access'
import { declaredLength, receive, receiveDocument } from '#parts/storage/body'
import { InvalidArgument, InvalidRequest, MalformedXml, NoSuchKey, PreconditionFailed } from '#parts/storage/errors'
import {
  assertBucket,
  assertKey,
  assertPrecondition,
  checksumHeaders,
  descriptionFrom,
  free,
  mayObject,
  preconditionOf,
  quoted,
  readXml,
  settle,
  whileThere,
  xmlReply,
} from '#parts/storage/handlers/shared'
import type { ObjectRecord } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { parseChecksumAlgorithm } from '#wire/s3/checksum'
import { checkConditions } from '#wire/s3/conditions'
import { parseBucketAndKey } from '#wire/s3/uri'

export async function putObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers } = request
  await mayObject(store, request, 'write', bucket, key)
  assertBucket(store, bucket)
  assertKey(key)
  const precondition = preconditionOf(request)
  assertPrecondition(store, request, precondition)
  const description = descriptionFrom(headers)
  const draft = store.blobs.draft(declaredLength(request))
  const received = await receive(request, draft.write, {
    algorithm: parseChecksumAlgorithm(headers.get('x-amz-sdk-checksum-algorithm') ?? ''),
  }).catch(async (error: unknown) => {
    await draft.discard()
    throw error
  })
  const id = await draft.keep()
  const record: ObjectRecord = {
    ...description,
    id,
    size: received.size,
    etag: received.md5,
    modified: Date.now(),
    ...(received.checksum ? { checksum: { ...received.checksum, type: 'FULL_OBJECT' } } : {}),
  }
  await commit(store, request, record, precondition)
  return { status: 200, headers: { etag: quoted(record.etag), ...checksumHeaders(record) } }
}

/** A copy shares no name but the bytes of its source: files are immutable, so a second link is a copy. */
export async function copyObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers } = request
  const source = await copySource(store, request)
  await mayObject(store, request, 'write', bucket, key)
  assertBucket(store, bucket)
  assertKey(key)
  const precondition = preconditionOf(request)
  const replace = headers.get('x-amz-metadata-directive')?.toUpperCase() === 'REPLACE'
  if (!replace && source.bucket === bucket && source.key === key)
    throw InvalidRequest({ reason: 'a copy onto itself must change something: use the metadata directive REPLACE' })
  const id = await whileThere(() => store.blobs.clone(source.record.id))
  const { headers: kept, metadata } = replace ? descriptionFrom(headers) : source.record
  const record: ObjectRecord = { ...withoutParts(source.record), headers: kept, metadata, id, modified: Date.now() }
  await commit(store, request, record, precondition)
  return xmlReply('CopyObjectResult', {
    LastModified: new Date(record.modified).toISOString(),
    ETag: quoted(record.etag),
    ...(record.checksum ? { [`Checksum${record.checksum.algorithm}`]: record.checksum.value } : {}),
  })
}

export interface CopySource {
  readonly bucket: string
  readonly key: string
  readonly record: ObjectRecord
}

/** Finds, authorises and checks the source of a copy. */
export async function copySource(store: Store, request: S3Request): Promise<CopySource> {
  const { headers } = request
  const header = headers.get('x-amz-copy-source') ?? ''
  const [path, version] = header.split('?versionId=')
  const { bucket, key } = parseSource(path ?? '')
  if (bucket === '' || key === '' || (version !== undefined && version !== 'null'))
    throw InvalidArgument({ reason: 'x-amz-copy-source must be /bucket/key' })
  await mayObject(store, request, 'read', bucket, key)
  assertBucket(store, bucket)
  const record = store.index.object(bucket, key)
  if (!record) throw NoSuchKey()
  const verdict = checkConditions(
    {
      ifMatch: headers.get('x-amz-copy-source-if-match'),
      ifNoneMatch: headers.get('x-amz-copy-source-if-none-match'),
      ifModifiedSince: headers.get('x-amz-copy-source-if-modified-since'),
      ifUnmodifiedSince: headers.get('x-amz-copy-source-if-unmodified-since'),
    },
    record.etag,
    new Date(record.modified),
  )
  if (verdict !== 'go on') throw PreconditionFailed({ condition: 'x-amz-copy-source-if-*' })
  return { bucket, key, record }
}

export async function deleteObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key } = request
  await mayObject(store, request, 'drop', bucket, key)
  assertBucket(store, bucket)
  const put = await store.index.deleteObjects(bucket, [key], preconditionOf(request))
  await settle(store, request, put, [])
  return { status: 204 }
}

/** Up to 1000 keys; each is authorised by itself, and each has its own verdict in the answer. */
export async function deleteObjects(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, caller } = request
  const document = readXml(await receiveDocument(request), 'Delete')
  const keys = ((document.Object ?? []) as Record<string, unknown>[]).map((o) => String(o.Key ?? ''))
  if (keys.length === 0 || keys.length > 1000 || keys.includes(''))
    throw MalformedXml({ reason: 'from 1 to 1000 Objects, each with a Key' })
  assertBucket(store, bucket)
  const decisions = await Promise.all(keys.map((key) => attempt(store.authoriser, caller, 'drop', { kind: 'object', path: [bucket, key] })))
  const allowed = keys.filter((_, i) => decisions[i]?.allow)
  const put = await store.index.deleteObjects(bucket, allowed)
  if (put.outcome === 'done') free(store, put.freed)
  const quiet = document.Quiet === 'true'
  return xmlReply('DeleteResult', {
    Deleted: quiet ? [] : allowed.map((key) => ({ Key: key })),
    Error: keys.flatMap((key, i) => {
      const decision = decisions[i]
      return decision?.allow ? [] : [{ Key: key, Code: 'AccessDenied', Message: decision?.reason ?? 'access denied' }]
    }),
  })
}

async function commit(
  store: Store,
  request: S3Request,
  record: ObjectRecord,
  precondition: ReturnType<typeof preconditionOf>,
): Promise<void> {
  const { bucket, key } = request
  const put = await store.index.putObjects([{ bucket, key, record }], precondition).catch((error: unknown) => {
    free(store, [record.id])
    throw error
  })
  await settle(store, request, put, [record.id])
}

function parseSource(path: string): { bucket: string; key: string } {
  try {
    return parseBucketAndKey(path)
  } catch {
    return { bucket: '', key: '' }
  }
}

function withoutParts({ parts: _, ...record }: ObjectRecord): Omit<ObjectRecord, 'parts'> {
  return record
}
