// Copies of objects, and what both kinds of copy ask about their source.
import { createHash } from 'node:crypto'
import {
  Corrupted,
  InvalidArgument,
  InvalidRequest,
  InvalidVersion,
  MarkerNotCopied,
  MarkerNotRead,
  PreconditionFailed,
} from '#parts/storage/errors'
import { copySealedBy, encryptionHeaders, isSealed } from '#parts/storage/handlers/encryption'
import { lockedBy } from '#parts/storage/handlers/locks'
import {
  assertBucket,
  assertKey,
  conditionsOn,
  descriptionFrom,
  mayObject,
  mayTag,
  preconditionOf,
  quoted,
  whileThere,
  xmlReply,
} from '#parts/storage/handlers/shared'
import { couldBe, doneHeaders, foundObject } from '#parts/storage/handlers/versions'
import { commit } from '#parts/storage/handlers/write'
import type { ObjectRecord, Tagged } from '#parts/storage/records'
import { assertLength, type Reply, type S3Request, type Store } from '#parts/storage/request'
import { draftOf, type KeptFile, keepAll, pour, wholeOf } from '#parts/storage/sealing/files'
import { expirationHeaders } from '#parts/storage/settings/lifecycle'
import { taggedBy } from '#parts/storage/settings/tags'
import { type ChecksumAlgorithm, checksumElement, createDigest, parseChecksumAlgorithm } from '#wire/s3/checksum'
import { parseBucketAndKey } from '#wire/s3/uri'

/** A plain copy shares no name but the bytes of its source: files are immutable, so a second link is a copy. A sealed one has a key of its own. */
export async function copyObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers } = request
  const source = await copySource(store, request)
  await mayObject(store, request, 'write', bucket, key)
  assertBucket(store, bucket)
  assertKey(key)
  const precondition = await preconditionOf(store, request)
  const replace = replaces(headers, 'x-amz-metadata-directive')
  const tagged = replaces(headers, 'x-amz-tagging-directive') ? taggedBy(headers) : await tagsOf(store, request, source)
  await mayTag(store, request, tagged)
  if (!replace && source.bucket === bucket && source.key === key && source.version === undefined)
    throw InvalidRequest({ reason: 'a copy onto itself must change something: use the metadata directive REPLACE' })
  const locked = await lockedBy(store, request)
  const { headers: kept, metadata } = replace ? descriptionFrom(headers) : source.record
  const asked = parseChecksumAlgorithm(headers.get('x-amz-checksum-algorithm') ?? '')
  const digests = await whileThere(() => digestsOf(store, source.record, asked))
  const sealed = copySealedBy(store, request, source.record.id)
  const { id, seal } = await whileThere(() => copyFile(store, source.record, sealed))
  const record: ObjectRecord = {
    id,
    size: source.record.size,
    modified: Date.now(),
    headers: kept,
    metadata,
    ...tagged,
    ...locked,
    ...digests,
  }
  const done = await commit(store, request, { record, seal }, precondition, 'ObjectCreated:Copy')
  return xmlReply(
    'CopyObjectResult',
    {
      LastModified: new Date(record.modified).toISOString(),
      ETag: quoted(record.etag),
      ...(record.checksum
        ? { [checksumElement(record.checksum.algorithm)]: record.checksum.value, ChecksumType: record.checksum.type }
        : {}),
    },
    { ...doneHeaders(done), ...encryptionHeaders(sealed), ...sourceHeaders(source), ...expirationHeaders(store, bucket, key, record) },
  )
}

async function copyFile(store: Store, source: ObjectRecord, sealed: boolean): Promise<KeptFile> {
  if (source.broken) throw Corrupted()
  if (!sealed && !isSealed(store, source.id)) return { id: await store.blobs.clone(source.id) }
  return keepAll(await draftOf(store, source.size, sealed), (draft) => pour(wholeOf(store, source), draft, []))
}

export interface CopySource {
  readonly bucket: string
  readonly key: string
  /** That was asked for. */
  readonly version: string | undefined
  readonly record: ObjectRecord
}

/** Which version was copied; nothing of a null one. */
export function sourceHeaders({ record: { version } }: CopySource): Record<string, string> {
  return version === undefined ? {} : { 'x-amz-copy-source-version-id': version }
}

/** Finds, authorises and checks the source of a copy. */
export async function copySource(store: Store, request: S3Request): Promise<CopySource> {
  const { headers } = request
  const header = headers.get('x-amz-copy-source') ?? ''
  const [path, version, ...more] = header.split('?versionId=')
  const { bucket, key } = parseSource(path ?? '')
  if (bucket === '' || key === '' || more.length > 0)
    throw InvalidArgument({ reason: 'x-amz-copy-source must be /bucket/key, or /bucket/key?versionId=version' })
  assertLength(bucket, key)
  await mayObject(store, request, 'read', bucket, key, version === undefined ? 'GetObject' : 'GetObjectVersion', version)
  assertBucket(store, bucket)
  if (version !== undefined && !couldBe(store, bucket, version)) throw InvalidVersion({ version })
  const record = notMarker(() => foundObject(store, bucket, key, version))
  const verdict = conditionsOn(record, request, 'x-amz-copy-source-')
  if (verdict !== 'go on') throw PreconditionFailed({ condition: 'x-amz-copy-source-if-*' })
  return { bucket, key, version, record }
}

function notMarker(found: () => ObjectRecord): ObjectRecord {
  try {
    return found()
  } catch (error) {
    throw MarkerNotRead.is(error) ? MarkerNotCopied({}, error) : error
  }
}

function replaces(headers: ReadonlyMap<string, string>, name: string): boolean {
  const directive = headers.get(name) ?? 'COPY'
  if (!/^(COPY|REPLACE)$/i.test(directive)) throw InvalidArgument({ reason: `${name} must be COPY or REPLACE` })
  return directive.toUpperCase() === 'REPLACE'
}

/** Whoever copies tags reads them, and writes them. */
async function tagsOf(store: Store, request: S3Request, { bucket, key, version, record: { tags } }: CopySource): Promise<Tagged> {
  if (!tags) return {}
  await mayObject(store, request, 'read', bucket, key, version === undefined ? 'GetObjectTagging' : 'GetObjectVersionTagging', version)
  return { tags }
}

/** Of one piece, whatever the source was uploaded in: its bytes are read where their digests are not known already. */
async function digestsOf(
  store: Store,
  record: ObjectRecord,
  asked: ChecksumAlgorithm | undefined,
): Promise<Pick<ObjectRecord, 'etag' | 'checksum'>> {
  const { etag, parts, checksum } = record
  const algorithm = asked ?? checksum?.algorithm
  const known = checksum?.algorithm === algorithm && checksum?.type !== 'COMPOSITE'
  if (!parts && known) return { etag, ...(checksum ? { checksum } : {}) }
  const md5 = createHash('md5')
  const digest = algorithm === undefined ? undefined : createDigest(algorithm)
  for await (const data of wholeOf(store, record)) {
    md5.update(data as Buffer)
    digest?.update(data as Buffer)
  }
  return {
    etag: md5.digest('hex'),
    ...(algorithm && digest ? { checksum: { algorithm, value: digest.finish(), type: 'FULL_OBJECT' } } : {}),
  }
}

function parseSource(path: string): { bucket: string; key: string } {
  try {
    return parseBucketAndKey(path)
  } catch {
    return { bucket: '', key: '' }
  }
}
