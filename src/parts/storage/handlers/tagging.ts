// Tags of objects, of each version for itself.
import type { EventName } from '#parts/storage/events'
import { causeOf, mayObject, receiveFields, settle, xmlReply } from '#parts/storage/handlers/shared'
import { objectAsked, versionHeaders } from '#parts/storage/handlers/versions'
import { versionOf } from '#parts/storage/history'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { printTags, readTagSet } from '#parts/storage/settings/tags'
import type { Tags } from '#wire/s3/tags'

export async function getObjectTagging(store: Store, request: S3Request): Promise<Reply> {
  await mayObject(store, request, 'read', request.bucket, request.key)
  const record = objectAsked(store, request)
  return xmlReply('Tagging', { TagSet: printTags(record.tags ?? []) }, versionHeaders(store, request, record))
}

export async function putObjectTagging(store: Store, request: S3Request): Promise<Reply> {
  await mayObject(store, request, 'write', request.bucket, request.key)
  objectAsked(store, request)
  return { status: 200, headers: await setTags(store, request, readTagSet(await receiveFields(request), 'object'), 'ObjectTagging:Put') }
}

export async function deleteObjectTagging(store: Store, request: S3Request): Promise<Reply> {
  await mayObject(store, request, 'drop', request.bucket, request.key)
  return { status: 204, headers: await setTags(store, request, [], 'ObjectTagging:Delete') }
}

/** Of the version that is there now, which may not be the newest any more when it is done. */
async function setTags(store: Store, request: S3Request, tags: Tags, event: EventName): Promise<Record<string, string>> {
  const { bucket, key } = request
  const record = objectAsked(store, request)
  const put = await store.index.change(
    bucket,
    key,
    versionOf(record),
    ({ tags: _, ...others }) => (tags.length === 0 ? others : { ...others, tags }),
    {
      event,
      cause: causeOf(request),
    },
  )
  await settle(store, request, put, [])
  return versionHeaders(store, request, record)
}
