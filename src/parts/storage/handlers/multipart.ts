// Uploads in parts: begin, parts (sent or copied), abort.
import { createHash, randomBytes } from 'node:crypto'
import { declaredLength, type Received, receive, receiveDocument } from '#parts/storage/body'
import { InvalidArgument, InvalidRange, InvalidRequest, NoSuchUpload } from '#parts/storage/errors'
import { copySource, sourceHeaders } from '#parts/storage/handlers/copy'
import { copySealedBy, encryptionHeaders, sealedBy, sealedHeaders } from '#parts/storage/handlers/encryption'
import { lockedBy } from '#parts/storage/handlers/locks'
import {
  assertBucket,
  assertKey,
  descriptionFrom,
  free,
  mayObject,
  mayTag,
  quoted,
  settle,
  whileThere,
  xmlReply,
} from '#parts/storage/handlers/shared'
import type { PartRecord, UploadRecord } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { draftOf, type FileDraft, openFile, orDiscard, pour, streamOf } from '#parts/storage/sealing/files'
import { rulesOf } from '#parts/storage/settings/lifecycle'
import { taggedBy } from '#parts/storage/settings/tags'
import { type Checksum, checksumElement, checksumHeader, createDigest, parseChecksumAlgorithm } from '#wire/s3/checksum'
import { lengthOf, type Slice } from '#wire/s3/conditions'
import { abortOf } from '#wire/s3/lifecycle'

export const MAX_PARTS = 10_000

export async function createUpload(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers, caller } = request
  await mayObject(store, request, 'write', bucket, key)
  assertBucket(store, bucket)
  assertKey(key)
  await receiveDocument(request)
  const tagged = taggedBy(headers)
  await mayTag(store, request, tagged)
  const named = headers.get('x-amz-checksum-algorithm')
  const algorithm = named === undefined ? undefined : parseChecksumAlgorithm(named)
  if (!algorithm && headers.has('x-amz-checksum-type')) throw InvalidRequest({ reason: 'a checksum type needs an algorithm' })
  const sealed = sealedBy(store, request)
  const record: UploadRecord = {
    ...descriptionFrom(headers),
    ...tagged,
    ...(await lockedBy(store, request)),
    ...(sealed ? { sealed } : {}),
    initiated: store.now().getTime(),
    owner: caller.sub,
    ...(algorithm ? { checksumAlgorithm: algorithm, checksumType: checksumTypeOf(headers, algorithm) } : {}),
  }
  const abort = abortOf(rulesOf(store, bucket), key, record.initiated)
  const uploadId = `${Date.now().toString(16).padStart(12, '0')}${randomBytes(14).toString('hex')}`
  await store.index.createUpload(bucket, key, uploadId, record)
  return xmlReply(
    'InitiateMultipartUploadResult',
    { Bucket: bucket, Key: key, UploadId: uploadId },
    {
      ...encryptionHeaders(sealed),
      ...(algorithm ? { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': record.checksumType as string } : {}),
      ...(abort ? { 'x-amz-abort-date': new Date(abort.at).toUTCString(), 'x-amz-abort-rule-id': encodeURIComponent(abort.rule) } : {}),
    },
  )
}

export async function uploadPart(store: Store, request: S3Request): Promise<Reply> {
  await mayObject(store, request, 'write', request.bucket, request.key)
  const { part, upload } = partOf(store, request)
  const draft = await draftOf(store, declaredLength(request), upload.sealed === true)
  const received = await orDiscard(draft, receive(request, draft.write, { algorithm: upload.checksumAlgorithm }))
  if (upload.checksumAlgorithm && received.checksum?.algorithm !== upload.checksumAlgorithm) {
    await draft.discard()
    throw InvalidRequest({ reason: `the upload was begun with ${upload.checksumAlgorithm}, the part is sent with another checksum` })
  }
  const record = await keepPart(store, request, part, draft, received)
  return { status: 200, headers: { etag: quoted(record.etag), ...partChecksum(record), ...sealedHeaders(store, record.id) } }
}

export async function uploadPartCopy(store: Store, request: S3Request): Promise<Reply> {
  const source = await copySource(store, request)
  await mayObject(store, request, 'write', request.bucket, request.key)
  const { part, upload } = partOf(store, request)
  const slice = sliceOfSource(request.headers.get('x-amz-copy-source-range'), source.record.size)
  const sealed = upload.sealed === true || copySealedBy(store, request, source.record.id)
  const draft = await draftOf(store, lengthOf(slice), sealed)
  const md5 = createHash('md5')
  const digest = upload.checksumAlgorithm ? createDigest(upload.checksumAlgorithm) : undefined
  const copy = async (): Promise<Received> => {
    const bytes = await whileThere(async () => (source.record.size === 0 ? [] : streamOf(openFile(store, source.record), slice)))
    const size = await pour(bytes, draft, [md5, digest])
    const checksum = digest && upload.checksumAlgorithm ? { algorithm: upload.checksumAlgorithm, value: digest.finish() } : undefined
    return { size, md5: md5.digest('hex'), ...(checksum ? { checksum } : {}) }
  }
  const record = await keepPart(store, request, part, draft, await orDiscard(draft, copy()))
  const fields = {
    LastModified: new Date(record.modified).toISOString(),
    ETag: quoted(record.etag),
    ...(record.checksum ? { [checksumElement(record.checksum.algorithm)]: record.checksum.value } : {}),
  }
  return xmlReply('CopyPartResult', fields, { ...encryptionHeaders(sealed), ...sourceHeaders(source) })
}

export async function abortUpload(store: Store, request: S3Request): Promise<Reply> {
  await mayObject(store, request, 'drop', request.bucket, request.key)
  const { uploadId } = uploadOf(store, request)
  await settle(store, request, await store.index.abortUpload(request.bucket, request.key, uploadId), [])
  return { status: 204 }
}

/** A part is never another than the one that was asked for: an open range, or one that ends behind the source, is refused. */
function sliceOfSource(header: string | undefined, size: number): Slice {
  if (header === undefined) return { start: 0, end: size - 1 }
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header)
  const [start, end] = [Number(match?.[1]), Number(match?.[2])]
  if (!match || end < start) throw InvalidArgument({ reason: 'x-amz-copy-source-range must be bytes=first-last' })
  if (end >= size) throw InvalidRange({ size })
  return { start, end }
}

function checksumTypeOf(headers: ReadonlyMap<string, string>, algorithm: string): Checksum['type'] {
  const named = headers.get('x-amz-checksum-type')?.toUpperCase()
  const type = named ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  if (type === 'FULL_OBJECT' && algorithm.startsWith('CRC')) return type
  if (type === 'COMPOSITE' && algorithm !== 'CRC64NVME') return type
  throw InvalidRequest({ reason: `checksum type ${type} is not possible with ${algorithm}` })
}

export function uploadOf(store: Store, request: S3Request): { uploadId: string; upload: UploadRecord } {
  assertBucket(store, request.bucket)
  const uploadId = request.query.get('uploadId') ?? ''
  const upload = /^[0-9a-f]+$/.test(uploadId) ? store.index.upload(request.bucket, request.key, uploadId) : undefined
  if (!upload) throw NoSuchUpload({ upload: uploadId })
  return { uploadId, upload }
}

function partOf(store: Store, request: S3Request): { part: number; uploadId: string; upload: UploadRecord } {
  const text = request.query.get('partNumber') ?? ''
  const part = Number(text)
  if (!/^\d+$/.test(text) || part < 1 || part > MAX_PARTS)
    throw InvalidArgument({ reason: `partNumber must lie between 1 and ${MAX_PARTS}` })
  return { part, ...uploadOf(store, request) }
}

async function keepPart(store: Store, request: S3Request, part: number, draft: FileDraft, received: Received): Promise<PartRecord> {
  const id = await draft.keep()
  const record: PartRecord = {
    id,
    size: received.size,
    etag: received.md5,
    modified: Date.now(),
    ...(received.checksum ? { checksum: { ...received.checksum, type: 'FULL_OBJECT' } } : {}),
  }
  const uploadId = request.query.get('uploadId') as string
  const put = await store.index.putPart(request.bucket, request.key, uploadId, part, record, draft.seal).catch((error: unknown) => {
    free(store, [id])
    throw error
  })
  await settle(store, request, put, [id])
  return record
}

function partChecksum(record: PartRecord): Record<string, string> {
  return record.checksum ? { [checksumHeader(record.checksum.algorithm)]: record.checksum.value } : {}
}
