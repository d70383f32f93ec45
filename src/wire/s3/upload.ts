// Bodies of any size as one object: in one piece while they are small, in parts from there on.
import { Readable } from 'node:stream'
import { accepted, type S3Client } from '#wire/s3/client'
import { encodePath } from '#wire/s3/uri'
import { parseXml, printXml, S3_NAMESPACE } from '#wire/s3/xml'

const MOST_PARTS = 10_000
const PART = 64 * 1024 * 1024

export interface UploadOptions {
  /** Bytes of a part; more where they would be too many. */
  readonly partSize?: number
  /** Told of bytes that have been read, those of repeated attempts too. */
  readonly onBytes?: (count: number) => void
}

/** Of an object of this size, uploaded in parts. */
export const partBytes = (size: number, partSize = PART): number => Math.max(partSize, Math.ceil(size / MOST_PARTS))

/** What is read from; a part may be asked for again. `end` is exclusive. */
export type Slices = (start: number, end: number) => NodeJS.ReadableStream

/** Of a size that is known. Throws S3Refused; an upload that fails is aborted. */
export async function uploadSlices(
  client: S3Client,
  to: { readonly bucket: string; readonly key: string },
  size: number,
  slices: Slices,
  { partSize = PART, onBytes = () => {} }: UploadOptions = {},
): Promise<void> {
  const bytes = partBytes(size, partSize)
  const body = (start: number, end: number) => ({ size: end - start, open: () => counted(slices(start, end), onBytes) })
  if (size <= bytes) return put(client, to, body(0, size))
  await inParts(client, to, async (send) => {
    for (let start = 0; start < size; start += bytes) await send(body(start, Math.min(start + bytes, size)))
  })
}

/** Of a size that nobody knows before its end: a part at a time is held in memory. */
export async function uploadStream(
  client: S3Client,
  to: { readonly bucket: string; readonly key: string },
  source: AsyncIterable<Buffer>,
  { partSize = PART, onBytes = () => {} }: UploadOptions = {},
): Promise<void> {
  const pieces = piecesOf(source, partSize)
  const first = await pieces.next()
  const whole: Buffer = first.done ? Buffer.alloc(0) : first.value
  const second = await pieces.next()
  const counting = (piece: Buffer) => ({ size: piece.length, open: () => counted(Readable.from([piece]), onBytes) })
  if (second.done) return put(client, to, counting(whole))
  await inParts(client, to, async (send) => {
    await send(counting(whole))
    await send(counting(second.value))
    for await (const piece of pieces) await send(counting(piece))
  })
}

type Body = { readonly size: number; open(): NodeJS.ReadableStream }

async function put({ send }: S3Client, { bucket, key }: { bucket: string; key: string }, body: Body): Promise<void> {
  const answer = await send({ method: 'PUT', path: `/${bucket}/${encodePath(key)}`, body: body.size === 0 ? '' : body })
  ;(await accepted(`write s3://${bucket}/${key}`, answer)).body.resume()
}

async function inParts(
  { send }: S3Client,
  { bucket, key }: { bucket: string; key: string },
  each: (part: (body: Body) => Promise<void>) => Promise<void>,
): Promise<void> {
  const path = `/${bucket}/${encodePath(key)}`
  const what = `write s3://${bucket}/${key}`
  const begun = await accepted(what, await send({ method: 'POST', path, pairs: [['uploads', '']] }))
  const id = String(parseXml(await begun.text(), 'InitiateMultipartUploadResult').UploadId)
  const parts: { PartNumber: number; ETag: string }[] = []
  try {
    await each(async (body) => {
      const number = parts.length + 1
      const pairs = [['partNumber', String(number)] as const, ['uploadId', id] as const]
      const answer = await accepted(what, await send({ method: 'PUT', path, pairs, body }))
      parts.push({ PartNumber: number, ETag: String(answer.headers.etag) })
      answer.body.resume()
    })
    const body = printXml('CompleteMultipartUpload', { Part: parts }, S3_NAMESPACE)
    const done = await accepted(what, await send({ method: 'POST', path, pairs: [['uploadId', id]], body }))
    parseXml(await done.text(), 'CompleteMultipartUploadResult')
  } catch (error) {
    await send({ method: 'DELETE', path, pairs: [['uploadId', id]] }).then(
      (answer) => answer.body.resume(),
      () => undefined,
    )
    throw error
  }
}

function counted(source: NodeJS.ReadableStream, onBytes: (count: number) => void): NodeJS.ReadableStream {
  source.on('data', (data: Buffer | string) => onBytes(data.length))
  return source
}

/** All of this size but the last. */
async function* piecesOf(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let length = 0
  for await (const data of source) {
    held.push(data)
    length += data.length
    while (length >= size) {
      const all = Buffer.concat(held)
      yield all.subarray(0, size)
      held = [all.subarray(size)]
      length -= size
    }
  }
  if (length > 0) yield Buffer.concat(held)
}
