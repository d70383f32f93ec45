// Writing objects: PUT, delete and delete of many.
import { attempt } from '#kit/access'
import { inSpan } from '#kit/telemetry'
import { declaredLength, receive } from '#parts/storage/body'
import { MalformedXml } from '#parts/storage/errors'
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
  receiveFields,
  settle,
  xmlReply,
} from '#parts/storage/handlers/shared'
import { NULL_VERSION } from '#parts/storage/handlers/versions'
import type { ObjectRecord } from '#parts/storage/records'
import { assertLength, type Reply, type S3Request, type Store } from '#parts/storage/request'

export async function putObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers } = request
  await mayObject(store, request, 'write', bucket, key)
  assertBucket(store, bucket)
  assertKey(key)
  const precondition = preconditionOf(request)
  assertPrecondition(store, request, precondition)
  const description = descriptionFrom(headers)
  const { id, received } = await inSpan('storage.write', {}, () => keepBody(store, request))
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

async function keepBody(store: Store, request: S3Request) {
  const draft = store.blobs.draft(declaredLength(request))
  const received = await receive(request, draft.write).catch(async (error: unknown) => {
    await draft.discard()
    throw error
  })
  return { received, id: await draft.keep() }
}

export async function deleteObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key } = request
  await mayObject(store, request, 'drop', bucket, key)
  assertBucket(store, bucket)
  const put = await store.index.deleteObjects(bucket, [key], preconditionOf(request))
  await settle(store, request, put, [])
  return { status: 204, ...(request.query.has('versionId') ? { headers: { 'x-amz-version-id': NULL_VERSION } } : {}) }
}

/** Up to 1000 keys; each is authorised by itself, and each has its own verdict in the answer. */
export async function deleteObjects(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, caller } = request
  const document = await receiveFields(request)
  const named = (document.Object ?? []) as Record<string, unknown>[]
  const keys = named.map((o) => String(o.Key ?? ''))
  if (keys.length === 0 || keys.length > 1000 || keys.includes(''))
    throw MalformedXml({ reason: 'from 1 to 1000 Objects, each with a Key' })
  for (const key of keys) assertLength(bucket, key)
  assertBucket(store, bucket)
  const decisions = await Promise.all(keys.map((key) => attempt(store.authoriser, caller, 'drop', { kind: 'object', path: [bucket, key] })))
  const allowed = keys.filter((_, i) => decisions[i]?.allow)
  const put = await store.index.deleteObjects(bucket, allowed)
  if (put.outcome === 'done') free(store, put.freed)
  const quiet = document.Quiet === 'true'
  const deleted = named.filter((_, i) => decisions[i]?.allow)
  return xmlReply('DeleteResult', {
    Deleted: quiet ? [] : deleted.map((o) => ({ Key: String(o.Key), VersionId: o.VersionId === undefined ? undefined : NULL_VERSION })),
    Error: keys.flatMap((key, i) => {
      const decision = decisions[i]
      return decision?.allow ? [] : [{ Key: key, Code: 'AccessDenied', Message: decision?.reason ?? 'access denied' }]
    }),
  })
}

/** Writes the record, or frees the file that was brought for it. */
export async function commit(
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
