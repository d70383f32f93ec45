// The end of an upload: its parts joined into an object, and the same answer to a client that asks again.
import { createHash } from 'node:crypto'
import { BadDigest, EntityTooSmall, InvalidPart, InvalidPartOrder, InvalidRequest, MalformedXml } from '#parts/storage/errors'
import { isSealed, sealedHeaders } from '#parts/storage/handlers/encryption'
import { uploadOf } from '#parts/storage/handlers/multipart'
import {
  assertBucket,
  assertPrecondition,
  causeOf,
  checksumHeaders,
  free,
  mayObject,
  preconditionOf,
  quoted,
  receiveFields,
  settle,
  whileThere,
  xmlReply,
} from '#parts/storage/handlers/shared'
import { doneHeaders, versionHeaders } from '#parts/storage/handlers/versions'
import type { ObjectRecord, PartRecord, UploadRecord } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { draftOf, type KeptFile, keepAll, pour, wholeOf } from '#parts/storage/sealing/files'
import { expirationHeaders } from '#parts/storage/settings/lifecycle'
import { CHECKSUMS, type Checksum, checksumElement, checksumHeader, compositeChecksum, createDigest, type Digest } from '#wire/s3/checksum'

const MIN_PART = 5 * 1024 * 1024

export async function completeUpload(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key } = request
  await mayObject(store, request, 'write', bucket, key)
  assertBucket(store, bucket)
  const document = await receiveFields(request, { checksumsOfOther: true })
  const before = completedBefore(store, request, document)
  if (before) return before
  const { uploadId, upload } = uploadOf(store, request)
  const parts = chosenParts(store, uploadId, document)
  const precondition = await preconditionOf(store, request)
  assertPrecondition(store, request, precondition)
  const size = sizeOf(parts)
  const claimed = claimedOf(request, upload, size)
  const full = upload.checksumType === 'FULL_OBJECT' && upload.checksumAlgorithm ? createDigest(upload.checksumAlgorithm) : undefined
  const sealed = upload.sealed === true || parts.some(({ id }) => isSealed(store, id))
  const { id, seal } = await whileThere(() => joinParts(store, parts, sealed, full))
  const checksum = objectChecksum(upload, parts, full)
  const record: ObjectRecord = {
    headers: upload.headers,
    metadata: upload.metadata,
    ...(upload.tags ? { tags: upload.tags } : {}),
    ...(upload.retention ? { retention: upload.retention } : {}),
    ...(upload.hold ? { hold: upload.hold } : {}),
    id,
    size,
    etag: etagOfParts(parts.map((p) => p.etag)),
    modified: Date.now(),
    parts: parts.map((p) => p.size),
    upload: uploadId,
    ...(checksum ? { checksum } : {}),
    ...(checksum?.type === 'COMPOSITE' ? { partChecksums: parts.map((p) => p.checksum?.value ?? '') } : {}),
  }
  if (checksum && claimed && claimed.replace(/-\d+$/, '') !== checksum.value.replace(/-\d+$/, '')) {
    free(store, [id])
    throw BadDigest({ digest: checksum.algorithm })
  }
  const made = { event: 'ObjectCreated:CompleteMultipartUpload', cause: causeOf(request) } as const
  const put = await store.index.completeUpload({ bucket, key, record, seal, made }, uploadId, precondition).catch((error: unknown) => {
    free(store, [id])
    throw error
  })
  const meanwhile = put.outcome === 'no upload' ? completedBefore(store, request, document) : undefined
  if (meanwhile) {
    free(store, [id])
    return meanwhile
  }
  const done = await settle(store, request, put, [id])
  return completed(request, record, { ...sealedHeaders(store, id), ...doneHeaders(done), ...expirationHeaders(store, bucket, key, record) })
}

/** The answer of the first time, for a client that did not get it: as long as the object is the one that the upload made. */
function completedBefore(store: Store, request: S3Request, document: Record<string, unknown>): Reply | undefined {
  const record = store.index.object(request.bucket, request.key)
  if (record?.upload === undefined || record.upload !== request.query.get('uploadId')) return undefined
  const etags = partsIn(document).map((entry) => String(entry.ETag ?? '').replaceAll('"', ''))
  return etagOfParts(etags) === record.etag
    ? completed(request, record, { ...sealedHeaders(store, record.id), ...versionHeaders(store, request, record) })
    : undefined
}

function completed({ bucket, key, headers, rawPath }: S3Request, record: ObjectRecord, more: Record<string, string>): Reply {
  const { checksum } = record
  return xmlReply(
    'CompleteMultipartUploadResult',
    {
      Location: `http://${headers.get('host') ?? ''}${rawPath}`,
      Bucket: bucket,
      Key: key,
      ETag: quoted(record.etag),
      ...(checksum ? { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type } : {}),
    },
    { ...checksumHeaders(record), ...more },
  )
}

/** What the client says that the whole is: its size, how it is summed, and the sum, which is given back. */
function claimedOf({ headers }: S3Request, upload: UploadRecord, size: number): string | undefined {
  const sizeText = headers.get('x-amz-mp-object-size')
  if (sizeText !== undefined && sizeText !== String(size))
    throw InvalidRequest({ reason: `x-amz-mp-object-size is ${sizeText}, the parts have ${size} bytes` })
  const type = headers.get('x-amz-checksum-type')
  if (type !== undefined && type.toUpperCase() !== upload.checksumType)
    throw InvalidRequest({ reason: `the checksum type is ${upload.checksumType ?? 'none'} since the upload began, not ${type}` })
  const other = CHECKSUMS.find((algorithm) => algorithm !== upload.checksumAlgorithm && headers.has(checksumHeader(algorithm)))
  if (other) throw InvalidRequest({ reason: `the upload was begun with ${upload.checksumAlgorithm ?? 'no checksum'}, not with ${other}` })
  return upload.checksumAlgorithm && headers.get(checksumHeader(upload.checksumAlgorithm))
}

function partsIn(document: Record<string, unknown>): Record<string, unknown>[] {
  return (document.Part ?? []) as Record<string, unknown>[]
}

/** The parts that the client names, in order, each with the entity tag that it was told. */
function chosenParts(store: Store, uploadId: string, document: Record<string, unknown>): PartRecord[] {
  const listed = partsIn(document)
  if (listed.length === 0) throw MalformedXml({ reason: 'at least one Part' })
  const stored = new Map([...store.index.parts(uploadId, 0)].map(({ part, record }) => [part, record]))
  const numbers = listed.map((entry) => Number(entry.PartNumber))
  if (numbers.some((n) => !Number.isInteger(n) || n < 1)) throw MalformedXml({ reason: 'each Part has a PartNumber' })
  if (numbers.some((n, i) => i > 0 && n <= (numbers[i - 1] as number))) throw InvalidPartOrder()
  return listed.map((entry, i) => {
    const part = numbers[i] as number
    const record = stored.get(part)
    if (!record || String(entry.ETag ?? '').replaceAll('"', '') !== record.etag) throw InvalidPart({ part })
    for (const algorithm of CHECKSUMS) {
      const claimed = entry[checksumElement(algorithm)]
      const { checksum } = record
      if (claimed !== undefined && (checksum?.algorithm !== algorithm || claimed !== checksum.value)) throw InvalidPart({ part })
    }
    if (i < listed.length - 1 && record.size < MIN_PART) throw EntityTooSmall({ part, size: record.size })
    return record
  })
}

async function joinParts(store: Store, parts: readonly PartRecord[], sealed: boolean, digest: Digest | undefined): Promise<KeptFile> {
  if (parts.length === 1 && !digest && !sealed) return { id: await store.blobs.clone((parts[0] as PartRecord).id) }
  return keepAll(await draftOf(store, sizeOf(parts), sealed), async (draft) => {
    for (const part of parts) await pour(wholeOf(store, part), draft, [digest])
  })
}

function sizeOf(parts: readonly PartRecord[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0)
}

function objectChecksum(upload: UploadRecord, parts: readonly PartRecord[], full: Digest | undefined): Checksum | undefined {
  const algorithm = upload.checksumAlgorithm
  if (!algorithm) return undefined
  if (full) return { algorithm, value: full.finish(), type: 'FULL_OBJECT' }
  const values = parts.flatMap((p) => (p.checksum?.algorithm === algorithm ? [p.checksum.value] : []))
  return values.length === parts.length ? { algorithm, value: compositeChecksum(algorithm, values), type: 'COMPOSITE' } : undefined
}

function etagOfParts(etags: readonly string[]): string {
  const digest = createHash('md5').update(Buffer.concat(etags.map((etag) => Buffer.from(etag, 'hex'))))
  return `${digest.digest('hex')}-${etags.length}`
}
