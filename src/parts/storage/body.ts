// The body of a request, taken in once and checked against everything that was said about it: length, hashes, signatures.
import { createHash } from 'node:crypto'
import {
  BadDigest,
  ContentSha256Mismatch,
  EntityTooLarge,
  IncompleteBody,
  InvalidArgument,
  InvalidDigest,
  InvalidRequest,
  MissingContentLength,
  SignatureDoesNotMatch,
} from '#parts/storage/errors'
import type { S3Request } from '#parts/storage/request'
import { CHECKSUMS, type ChecksumAlgorithm, checksumHeader, createDigest } from '#wire/s3/checksum'
import { ChunkError, createChunkedDecoder } from '#wire/s3/chunked'

export interface Received {
  readonly size: number
  /** Hex. */
  readonly md5: string
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
}

export type Sink = (data: Buffer) => Promise<void> | void

/** Largest body of one PUT, as in S3. */
export const MAX_BODY = 5 * 1024 ** 3
const MAX_DOCUMENT = 4 * 1024 * 1024

/** Bytes of data that the request declares, without the coding of chunks. Throws when it declares none. */
export function declaredLength(request: S3Request): number {
  const name = request.payload.kind === 'chunked' ? 'x-amz-decoded-content-length' : 'content-length'
  const text = request.headers.get(name)
  if (text === undefined) throw MissingContentLength()
  const length = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(length)) throw InvalidArgument({ reason: `${name} is not a length` })
  if (length > MAX_BODY) throw EntityTooLarge({ limit: MAX_BODY })
  return length
}

export interface ReceiveOptions {
  /** Computed even if none was sent. */
  readonly algorithm?: ChecksumAlgorithm | undefined
  /** The checksum headers speak of something other than this body. */
  readonly checksumsOfOther?: boolean
}

/** Feeds the data to `sink`; resolves only when all checks hold. */
export async function receive(request: S3Request, sink: Sink, { algorithm, checksumsOfOther }: ReceiveOptions = {}): Promise<Received> {
  const declared = declaredLength(request)
  const { headers, payload } = request
  const sent = checksumsOfOther ? undefined : sentChecksum(headers)
  const wanted = sent?.algorithm ?? algorithm
  const md5 = createHash('md5')
  const sha256 = payload.kind === 'hash' ? createHash('sha256') : undefined
  const checksum = wanted ? createDigest(wanted) : undefined
  let size = 0
  const take = (data: Buffer) => {
    size += data.length
    if (size > declared) throw IncompleteBody({ got: `more than ${declared}`, declared })
    md5.update(data)
    sha256?.update(data)
    checksum?.update(data)
    return sink(data)
  }
  const trailers = await feed(request, take)
  if (size !== declared) throw IncompleteBody({ got: size, declared })
  if (sha256 && payload.kind === 'hash' && sha256.digest('hex') !== payload.sha256) throw ContentSha256Mismatch()
  const digest = md5.digest()
  checkMd5(headers.get('content-md5'), digest)
  const value = checksum?.finish()
  if (sent) checkSent(sent, trailers, value as string)
  return { size, md5: digest.toString('hex'), ...(wanted && value !== undefined ? { checksum: { algorithm: wanted, value } } : {}) }
}

/** A small body, for documents. */
export async function receiveDocument(request: S3Request, options?: ReceiveOptions): Promise<string> {
  if (!request.headers.has('content-length') && request.payload.kind !== 'chunked') return ''
  if (declaredLength(request) > MAX_DOCUMENT) throw EntityTooLarge({ limit: MAX_DOCUMENT })
  const chunks: Buffer[] = []
  await receive(request, (data) => void chunks.push(data), options)
  return Buffer.concat(chunks).toString('utf8')
}

async function feed(request: S3Request, take: Sink): Promise<ReadonlyMap<string, string>> {
  if (request.payload.kind !== 'chunked') {
    for await (const data of request.incoming) {
      const pending = take(data as Buffer)
      if (pending) await pending
    }
    return new Map()
  }
  const decoder = createChunkedDecoder(request.payload.options)
  try {
    for await (const input of request.incoming)
      for (const data of decoder.push(input as Buffer)) {
        const pending = take(data)
        if (pending) await pending
      }
    return decoder.finish()
  } catch (error) {
    if (!(error instanceof ChunkError)) throw error
    throw error.reason === 'signature' ? SignatureDoesNotMatch({}, error) : InvalidRequest({ reason: error.message }, error)
  }
}

interface Sent {
  readonly algorithm: ChecksumAlgorithm
  readonly header: string
  /** Absent when it comes as a trailer. */
  readonly value: string | undefined
}

function sentChecksum(headers: ReadonlyMap<string, string>): Sent | undefined {
  const trailer = headers.get('x-amz-trailer')?.toLowerCase() ?? ''
  const found = CHECKSUMS.map((algorithm): Sent => {
    const header = checksumHeader(algorithm)
    return { algorithm, header, value: headers.get(header) }
  }).filter((s) => s.value !== undefined || trailer.split(/\s*,\s*/).includes(s.header))
  if (found.length > 1) throw InvalidRequest({ reason: 'only one checksum may be sent' })
  if (trailer !== '' && found.length === 0) throw InvalidRequest({ reason: 'x-amz-trailer names no known checksum' })
  if (found[0]) return found[0]
  if (headers.has('x-amz-sdk-checksum-algorithm'))
    throw InvalidRequest({ reason: 'x-amz-sdk-checksum-algorithm is sent without a header or trailer x-amz-checksum-*' })
  return undefined
}

function checkSent(sent: Sent, trailers: ReadonlyMap<string, string>, computed: string): void {
  const value = sent.value ?? trailers.get(sent.header)
  if (value === undefined) throw InvalidRequest({ reason: `the trailer ${sent.header} is missing` })
  if (Buffer.from(value, 'base64').length !== Buffer.from(computed, 'base64').length)
    throw InvalidRequest({ reason: `${sent.header} is not valid` })
  if (value !== computed) throw BadDigest({ digest: sent.algorithm })
}

function checkMd5(header: string | undefined, computed: Buffer): void {
  if (header === undefined) return
  const sent = Buffer.from(header, 'base64')
  if (sent.length !== 16) throw InvalidDigest({ digest: 'Content-MD5' })
  if (!sent.equals(computed)) throw BadDigest({ digest: 'Content-MD5' })
}
