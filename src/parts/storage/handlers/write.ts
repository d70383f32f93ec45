// Writing objects: PUT, delete and delete of many.
import type { AkkoError } from '#kit/errors'
import { inSpan } from '#kit/telemetry'
import { declaredLength, type Received, receive } from '#parts/storage/body'
import { attemptHere } from '#parts/storage/bucket-policies'
import { MalformedXml, NoSuchVersion, NotAllowed, s3Code } from '#parts/storage/errors'
import type { EventName } from '#parts/storage/events'
import { encryptionHeaders, sealedBy } from '#parts/storage/handlers/encryption'
import { assertDigest, BYPASS_RIGHT, bypasses, lockedBy, mayBypass } from '#parts/storage/handlers/locks'
import {
  assertBucket,
  assertKey,
  assertPrecondition,
  causeOf,
  checksumHeaders,
  comparesEtag,
  descriptionFrom,
  free,
  isStill,
  mayObject,
  mayTag,
  objectAsking,
  preconditionOf,
  quoted,
  receiveFields,
  refusal,
  settle,
  xmlReply,
} from '#parts/storage/handlers/shared'
import { couldBe, doneHeaders, versionAsked } from '#parts/storage/handlers/versions'
import { NULL_VERSION } from '#parts/storage/history'
import type { ObjectRecord } from '#parts/storage/records'
import { assertLength, type Reply, type S3Request, type Store } from '#parts/storage/request'
import { draftOf, type KeptFile, orDiscard } from '#parts/storage/sealing/files'
import { expirationHeaders } from '#parts/storage/settings/lifecycle'
import { taggedBy } from '#parts/storage/settings/tags'
import type { Done, NewObject, Precondition, Put } from '#parts/storage/store'
import type { XmlFields } from '#wire/s3/xml'

export async function putObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers } = request
  await mayObject(store, request, 'write', bucket, key)
  assertBucket(store, bucket)
  assertKey(key)
  const precondition = await preconditionOf(store, request)
  assertPrecondition(store, request, precondition)
  const description = descriptionFrom(headers)
  const tagged = taggedBy(headers)
  await mayTag(store, request, tagged)
  const locked = await lockedBy(store, request)
  assertDigest(request, locked)
  const sealed = sealedBy(store, request)
  const { id, received, seal } = await inSpan('storage.write', {}, () => keepBody(store, request, sealed))
  const record: ObjectRecord = {
    ...description,
    ...tagged,
    ...locked,
    id,
    size: received.size,
    etag: received.md5,
    modified: Date.now(),
    ...(received.checksum ? { checksum: { ...received.checksum, type: 'FULL_OBJECT' } } : {}),
  }
  const encryption = encryptionHeaders(sealed)
  const done = await commit(store, request, { record, seal }, precondition)
  const expiration = expirationHeaders(store, bucket, key, record)
  return {
    status: 200,
    headers: { etag: quoted(record.etag), ...checksumHeaders(record), ...encryption, ...madeHeaders(done), ...expiration },
  }
}

/** A PUT does not tell of a null version, as in S3. */
function madeHeaders(done: Done): Record<string, string> {
  return done.version === NULL_VERSION ? {} : doneHeaders(done)
}

async function keepBody(store: Store, request: S3Request, sealed: boolean): Promise<KeptFile & { readonly received: Received }> {
  const draft = await draftOf(store, declaredLength(request), sealed)
  const received = await orDiscard(draft, receive(request, draft.write))
  return { received, id: await draft.keep(), seal: draft.seal }
}

export async function deleteObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key } = request
  await mayObject(store, request, 'drop', bucket, key)
  assertBucket(store, bucket)
  assertKey(key)
  const version = versionAsked(store, request)
  const precondition = await preconditionOf(store, request)
  const bypass = await bypasses(store, request)
  if (bypass) await mayBypass(store, request, key)
  const [put] = await store.index.deleteObjects(bucket, [{ key, version, bypass, precondition, cause: causeOf(request) }])
  return { status: 204, headers: doneHeaders(await settle(store, request, put as Put, [])) }
}

interface Named {
  readonly key: string
  readonly version: string | undefined
  /** Deleted only if this is still its entity tag. */
  readonly etag: string | undefined
}

/** Up to 1000 keys; each is authorised by itself, and each has its own verdict in the answer. */
export async function deleteObjects(store: Store, request: S3Request): Promise<Reply> {
  const { bucket } = request
  const document = await receiveFields(request)
  const all = namedIn(document)
  if (all.length === 0 || all.length > 1000 || all.some(({ key }) => key === ''))
    throw MalformedXml({ reason: 'from 1 to 1000 Objects, each with a Key' })
  for (const { key } of all) assertLength(bucket, key)
  assertBucket(store, bucket)
  const bypass = await bypasses(store, request)
  const denied = await Promise.all(all.map((named) => whyNot(store, request, named, bypass)))
  const allowed = all.filter((_, i) => denied[i] === undefined)
  const cause = causeOf(request)
  const puts = await store.index.deleteObjects(
    bucket,
    allowed.map(({ key, version, etag }) => ({
      key,
      version,
      bypass,
      cause,
      precondition: etag === undefined ? undefined : isStill(etag),
    })),
  )
  free(
    store,
    puts.flatMap((put) => (put.outcome === 'done' ? put.freed : [])),
  )
  const outcomes = new Map(allowed.map((named, i) => [named, puts[i] as Put]))
  const verdicts = all.map((named, i) => {
    const put = outcomes.get(named)
    if (put?.outcome === 'done') return { deleted: deletedOf(named, put) }
    const refused = put ? refusal(request, put.outcome, 'ETag') : (denied[i] as AkkoError)
    return { error: { Key: named.key, VersionId: named.version, Code: s3Code(refused.code), Message: refused.message } }
  })
  return xmlReply('DeleteResult', {
    Deleted: document.Quiet === 'true' ? [] : verdicts.flatMap(({ deleted }) => deleted ?? []),
    Error: verdicts.flatMap(({ error }) => error ?? []),
  })
}

function deletedOf({ key, version }: Named, { version: made, marker }: Done): XmlFields {
  return { Key: key, VersionId: version, ...(marker ? { DeleteMarker: true, DeleteMarkerVersionId: made } : {}) }
}

function namedIn(document: Record<string, unknown>): Named[] {
  const text = (value: unknown) => (value === undefined ? undefined : String(value))
  return ((document.Object ?? []) as Record<string, unknown>[]).map(({ Key, VersionId, ETag }) => ({
    key: text(Key) ?? '',
    version: text(VersionId),
    etag: text(ETag),
  }))
}

/** Undefined where it may be deleted. */
async function whyNot(store: Store, request: S3Request, { key, version, etag }: Named, bypass: boolean): Promise<AkkoError | undefined> {
  const { bucket } = request
  const comparing = etag !== undefined && comparesEtag(etag)
  for (const asked of [
    objectAsking(request, 'drop', bucket, key, undefined, version),
    ...(comparing ? [objectAsking(request, 'read', bucket, key, undefined, version)] : []),
    ...(bypass ? [objectAsking(request, 'manage', bucket, key, BYPASS_RIGHT, version)] : []),
  ]) {
    const { allow, reason } = await attemptHere(store, request, asked)
    if (!allow) return NotAllowed({ reason: reason ?? 'access denied' })
  }
  return version === undefined || couldBe(store, bucket, version) ? undefined : NoSuchVersion({ version })
}

/** Writes the record, or frees the file that was brought for it. */
export async function commit(
  store: Store,
  request: S3Request,
  { record, seal }: Pick<NewObject, 'record' | 'seal'>,
  precondition: Precondition | undefined,
  event: EventName = 'ObjectCreated:Put',
): Promise<Done> {
  const { bucket, key } = request
  const put = await store.index
    .putObjects([{ bucket, key, record, seal, made: { event, cause: causeOf(request) } }], precondition)
    .catch((error: unknown) => {
      free(store, [record.id])
      throw error
    })
  return settle(store, request, put, [record.id])
}
