// Copies of objects, and what both kinds of copy ask about their source.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { InvalidArgument, InvalidRequest, InvalidVersion, MarkerNotCopied, MarkerNotRead, PreconditionFailed } from '#parts/storage/errors'
import { lockedBy } from '#parts/storage/handlers/locks'
import {
  assertBucket,
  assertKey,
  conditionsOn,
  descriptionFrom,
  free,
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
import { expirationHeaders } from '#parts/storage/settings/lifecycle'
import { taggedBy } from '#parts/storage/settings/tags'
import { type ChecksumAlgorithm, checksumElement, createDigest, parseChecksumAlgorithm } from '#wire/s3/checksum'
import { parseBucketAndKey } from '#wire/s3/uri'

const READ_SIZE = 1024 * 1024

/** A copy shares no name but the bytes of its source: files are immutable, so a second link is a copy. */
export async function copyObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers } = request
  const source = await copySource(store, request)
  await mayObject(store, request, 'write', bucket, key)
  assertBucket(store, bucket)
  assertKey(key)
  const precondition = await preconditionOf(store, request)
  await mayTag(store, request)
  const replace = replaces(headers, 'x-amz-metadata-directive')
  const tagged = replaces(headers, 'x-amz-tagging-directive') ? taggedBy(headers) : tagsOf(source.record)
  if (!replace && source.bucket === bucket && source.key === key && source.version === undefined)
    throw InvalidRequest({ reason: 'a copy onto itself must change something: use the metadata directive REPLACE' })
  const locked = await lockedBy(store, request)
  const id = await whileThere(() => store.blobs.clone(source.record.id))
  const { headers: kept, metadata } = replace ? descriptionFrom(headers) : source.record
  const digests = await digestsOf(
    store,
    { ...source.record, id },
    parseChecksumAlgorithm(headers.get('x-amz-checksum-algorithm') ?? ''),
  ).catch((error: unknown) => {
    free(store, [id])
    throw error
  })
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
  const done = await commit(store, request, record, precondition)
  return xmlReply(
    'CopyObjectResult',
    {
      LastModified: new Date(record.modified).toISOString(),
      ETag: quoted(record.etag),
      ...(record.checksum
        ? { [checksumElement(record.checksum.algorithm)]: record.checksum.value, ChecksumType: record.checksum.type }
        : {}),
    },
    { ...doneHeaders(done), ...sourceHeaders(source), ...expirationHeaders(store, bucket, key, record) },
  )
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

function tagsOf({ tags }: Tagged): Tagged {
  return tags ? { tags } : {}
}

/** Of one piece, whatever the source was uploaded in: its bytes are read where their digests are not known already. */
async function digestsOf(
  store: Store,
  { id, etag, parts, checksum }: ObjectRecord,
  asked: ChecksumAlgorithm | undefined,
): Promise<Pick<ObjectRecord, 'etag' | 'checksum'>> {
  const algorithm = asked ?? checksum?.algorithm
  const known = checksum?.algorithm === algorithm && checksum?.type !== 'COMPOSITE'
  if (!parts && known) return { etag, ...(checksum ? { checksum } : {}) }
  const md5 = createHash('md5')
  const digest = algorithm === undefined ? undefined : createDigest(algorithm)
  await whileThere(async () => {
    for await (const data of createReadStream(store.blobs.path(id), { highWaterMark: READ_SIZE })) {
      md5.update(data as Buffer)
      digest?.update(data as Buffer)
    }
  })
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
