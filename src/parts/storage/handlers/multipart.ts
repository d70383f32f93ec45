// Uploads in parts: begin, parts (sent or copied), list, complete, abort.
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Draft } from '#parts/storage/blobs'
import { declaredLength, type Received, receive, receiveDocument } from '#parts/storage/body'
import {
  BadDigest,
  EntityTooSmall,
  InvalidArgument,
  InvalidPart,
  InvalidPartOrder,
  InvalidRange,
  InvalidRequest,
  MalformedXml,
  NoSuchUpload,
} from '#parts/storage/errors'
import { expiryOf } from '#parts/storage/expiry'
import { copySource } from '#parts/storage/handlers/copy'
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
  whileThere,
  xmlReply,
} from '#parts/storage/handlers/shared'
import type { ObjectRecord, PartRecord, UploadRecord } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import {
  CHECKSUMS,
  type Checksum,
  checksumElement,
  checksumHeader,
  compositeChecksum,
  createDigest,
  type Digest,
  parseChecksumAlgorithm,
} from '#wire/s3/checksum'
import type { Slice } from '#wire/s3/conditions'

/** Names the one lifecycle rule that there is, to clients. */
const ABORT_RULE = 'abort-incomplete-uploads'
const MIN_PART = 5 * 1024 * 1024
export const MAX_PARTS = 10_000
const READ_SIZE = 1024 * 1024

export async function createUpload(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers, caller } = request
  await mayObject(store, request, 'write', bucket, key)
  assertBucket(store, bucket)
  assertKey(key)
  await receiveDocument(request)
  const named = headers.get('x-amz-checksum-algorithm')
  const algorithm = named === undefined ? undefined : parseChecksumAlgorithm(named)
  if (!algorithm && headers.has('x-amz-checksum-type')) throw InvalidRequest({ reason: 'a checksum type needs an algorithm' })
  const record: UploadRecord = {
    ...descriptionFrom(headers),
    initiated: store.now().getTime(),
    owner: caller.sub,
    ...(algorithm ? { checksumAlgorithm: algorithm, checksumType: checksumTypeOf(headers, algorithm) } : {}),
  }
  const expiry = expiryOf(store, record.initiated)
  const uploadId = `${Date.now().toString(16).padStart(12, '0')}${randomBytes(14).toString('hex')}`
  await store.index.createUpload(bucket, key, uploadId, record)
  return xmlReply(
    'InitiateMultipartUploadResult',
    { Bucket: bucket, Key: key, UploadId: uploadId },
    {
      ...(algorithm ? { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': record.checksumType as string } : {}),
      ...(expiry === undefined ? {} : { 'x-amz-abort-date': new Date(expiry).toUTCString(), 'x-amz-abort-rule-id': ABORT_RULE }),
    },
  )
}

export async function uploadPart(store: Store, request: S3Request): Promise<Reply> {
  await mayObject(store, request, 'write', request.bucket, request.key)
  const { part, upload } = partOf(store, request)
  const draft = store.blobs.draft(declaredLength(request))
  const received = await orDiscard(draft, receive(request, draft.write, { algorithm: upload.checksumAlgorithm }))
  if (upload.checksumAlgorithm && received.checksum?.algorithm !== upload.checksumAlgorithm) {
    await draft.discard()
    throw InvalidRequest({ reason: `the upload was begun with ${upload.checksumAlgorithm}, the part is sent with another checksum` })
  }
  const record = await keepPart(store, request, part, draft, received)
  return { status: 200, headers: { etag: quoted(record.etag), ...partChecksum(record) } }
}

export async function uploadPartCopy(store: Store, request: S3Request): Promise<Reply> {
  const source = await copySource(store, request)
  await mayObject(store, request, 'write', request.bucket, request.key)
  const { part, upload } = partOf(store, request)
  const slice = sliceOfSource(request.headers.get('x-amz-copy-source-range'), source.record.size)
  const draft = store.blobs.draft(slice.end - slice.start + 1)
  const fd = source.record.size === 0 ? undefined : await whileThere(async () => store.blobs.openSync(source.record.id))
  const md5 = createHash('md5')
  const digest = upload.checksumAlgorithm ? createDigest(upload.checksumAlgorithm) : undefined
  const copy = async (): Promise<Received> => {
    const size = fd === undefined ? 0 : await pour(createReadStream('', { fd, ...slice, highWaterMark: READ_SIZE }), draft, [md5, digest])
    const checksum = digest && upload.checksumAlgorithm ? { algorithm: upload.checksumAlgorithm, value: digest.finish() } : undefined
    return { size, md5: md5.digest('hex'), ...(checksum ? { checksum } : {}) }
  }
  const record = await keepPart(store, request, part, draft, await orDiscard(draft, copy()))
  return xmlReply('CopyPartResult', {
    LastModified: new Date(record.modified).toISOString(),
    ETag: quoted(record.etag),
    ...(record.checksum ? { [checksumElement(record.checksum.algorithm)]: record.checksum.value } : {}),
  })
}

export async function completeUpload(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers } = request
  await mayObject(store, request, 'write', bucket, key)
  const { uploadId, upload } = uploadOf(store, request)
  const document = await receiveFields(request, { checksumsOfOther: true })
  const parts = chosenParts(store, uploadId, document)
  const precondition = preconditionOf(request)
  assertPrecondition(store, request, precondition)
  const size = parts.reduce((sum, p) => sum + p.size, 0)
  const claimed = claimedOf(request, upload, size)
  const full = upload.checksumType === 'FULL_OBJECT' && upload.checksumAlgorithm ? createDigest(upload.checksumAlgorithm) : undefined
  const id = await whileThere(() => joinParts(store, parts, size, full))
  const checksum = objectChecksum(upload, parts, full)
  const record: ObjectRecord = {
    headers: upload.headers,
    metadata: upload.metadata,
    id,
    size,
    etag: etagOfParts(parts),
    modified: Date.now(),
    parts: parts.map((p) => p.size),
    ...(checksum ? { checksum } : {}),
  }
  if (checksum && claimed && claimed.replace(/-\d+$/, '') !== checksum.value.replace(/-\d+$/, '')) {
    free(store, [id])
    throw BadDigest({ digest: checksum.algorithm })
  }
  const put = await store.index.completeUpload({ bucket, key, record }, uploadId, precondition).catch((error: unknown) => {
    free(store, [id])
    throw error
  })
  await settle(store, request, put, [id])
  return xmlReply(
    'CompleteMultipartUploadResult',
    {
      Location: `http://${headers.get('host') ?? ''}${request.rawPath}`,
      Bucket: bucket,
      Key: key,
      ETag: quoted(record.etag),
      ...(checksum ? { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type } : {}),
    },
    checksumHeaders(record),
  )
}

export async function abortUpload(store: Store, request: S3Request): Promise<Reply> {
  await mayObject(store, request, 'write', request.bucket, request.key)
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

async function keepPart(store: Store, request: S3Request, part: number, draft: Draft, received: Received): Promise<PartRecord> {
  const id = await draft.keep()
  const record: PartRecord = {
    id,
    size: received.size,
    etag: received.md5,
    modified: Date.now(),
    ...(received.checksum ? { checksum: { ...received.checksum, type: 'FULL_OBJECT' } } : {}),
  }
  const uploadId = request.query.get('uploadId') as string
  const put = await store.index.putPart(request.bucket, request.key, uploadId, part, record).catch((error: unknown) => {
    free(store, [id])
    throw error
  })
  await settle(store, request, put, [id])
  return record
}

/** The parts that the client names, in order, each with the entity tag that it was told. */
function chosenParts(store: Store, uploadId: string, document: Record<string, unknown>): PartRecord[] {
  const listed = (document.Part ?? []) as Record<string, unknown>[]
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

async function joinParts(store: Store, parts: readonly PartRecord[], size: number, digest: Digest | undefined): Promise<string> {
  if (parts.length === 1 && !digest) return store.blobs.clone((parts[0] as PartRecord).id)
  const draft = store.blobs.draft(size)
  const all = async () => {
    for (const part of parts)
      if (part.size > 0) await pour(createReadStream(store.blobs.path(part.id), { highWaterMark: READ_SIZE }), draft, [digest])
  }
  await orDiscard(draft, all())
  return draft.keep()
}

async function pour(
  source: AsyncIterable<Buffer>,
  draft: Draft,
  digests: readonly ({ update(data: Buffer): unknown } | undefined)[],
): Promise<number> {
  let size = 0
  for await (const data of source) {
    size += data.length
    for (const digest of digests) digest?.update(data)
    await draft.write(data)
  }
  return size
}

async function orDiscard<T>(draft: Draft, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    await draft.discard()
    throw error
  }
}

function objectChecksum(upload: UploadRecord, parts: readonly PartRecord[], full: Digest | undefined): Checksum | undefined {
  const algorithm = upload.checksumAlgorithm
  if (!algorithm) return undefined
  if (full) return { algorithm, value: full.finish(), type: 'FULL_OBJECT' }
  const values = parts.flatMap((p) => (p.checksum?.algorithm === algorithm ? [p.checksum.value] : []))
  return values.length === parts.length ? { algorithm, value: compositeChecksum(algorithm, values), type: 'COMPOSITE' } : undefined
}

function etagOfParts(parts: readonly PartRecord[]): string {
  const digest = createHash('md5').update(Buffer.concat(parts.map((p) => Buffer.from(p.etag, 'hex'))))
  return `${digest.digest('hex')}-${parts.length}`
}

function partChecksum(record: PartRecord): Record<string, string> {
  return record.checksum ? { [checksumHeader(record.checksum.algorithm)]: record.checksum.value } : {}
}
