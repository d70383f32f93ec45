// A request as the handlers see it, and the reply that they give; nothing of sockets beyond the body's stream.
import type { IncomingMessage } from 'node:http'
import type { Authoriser, Caller } from '#kit/access'
import type { Log } from '#kit/log'
import type { Secret } from '#kit/secret'
import type { WebIdentity } from '#parts/storage/assumed'
import type { Blobs } from '#parts/storage/blobs'
import { InvalidArgument, InvalidBucketName, InvalidUri, KeyTooLong } from '#parts/storage/errors'
import type { Identities } from '#parts/storage/identities'
import type { Operation } from '#parts/storage/protocol/operations'
import { isOfSignature } from '#parts/storage/protocol/rulings'
import type { OpenFile } from '#parts/storage/sealing/files'
import type { Keyring } from '#parts/storage/sealing/keyring'
import type { Rotation } from '#parts/storage/sealing/rotate'
import type { Index } from '#parts/storage/store'
import type { ChunkedOptions } from '#wire/s3/chunked'
import type { Slice } from '#wire/s3/conditions'
import { bucketOfHost, decodeUri, parseBucketAndKey, parseTarget, type Target } from '#wire/s3/uri'

export interface S3Target extends Target {
  readonly method: string
  readonly bucket: string
  readonly key: string
  /** Lower-case names; repeated ones joined by a comma. */
  readonly headers: ReadonlyMap<string, string>
  readonly incoming: IncomingMessage
}

/** How the body is protected, as the signature says. */
export type Payload =
  | { readonly kind: 'hash'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'chunked'; readonly options: ChunkedOptions }

export interface S3Request extends S3Target {
  readonly operation: Operation
  readonly caller: Caller
  readonly payload: Payload
  /** Of a person's key: the buckets that his roles of now allow. */
  readonly covers?: ((bucket: string) => boolean) | undefined
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: string | Buffer
  /** An open file of which a slice is sent; closed afterwards. */
  readonly file?: { readonly open: OpenFile; readonly slice: Slice }
}

/** What every handler works on. */
export interface Store {
  readonly index: Index
  readonly blobs: Blobs
  readonly identities: Identities
  readonly keyring: Keyring
  readonly webIdentity: WebIdentity
  /** Seals session tokens. */
  readonly sessionKey: Secret
  readonly rotation: Rotation
  /** Whose objects the SQL engine reads as files: they are never sealed. */
  readonly isLeased: (bucket: string) => boolean
  readonly authoriser: Authoriser
  readonly region: string
  readonly log: Log
  readonly now: () => Date
  /** Names of those that are declared. */
  readonly webhooks: readonly string[]
  /** After how many days an upload in parts that nobody ended is aborted; 0 keeps it. */
  readonly uploadDays: number
}

export type Handler = (store: Store, request: S3Request) => Promise<Reply>

/** `names`: the store's own hosts; what stands before one of them is the bucket, and the path is the key. */
export function parseRequest(incoming: IncomingMessage, names: readonly string[]): S3Target {
  const headers = new Map<string, string>()
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    const name = (incoming.rawHeaders[i] as string).toLowerCase()
    const value = asUtf8(incoming.rawHeaders[i + 1] as string)
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before},${value}`)
  }
  try {
    const target = parseTarget(incoming.url ?? '/')
    const bucket = bucketOfHost(headers.get('host'), names)
    const place = bucket === undefined ? parseBucketAndKey(target.rawPath) : { bucket, key: decodeUri(target.rawPath.slice(1)) }
    if (bucket === '') throw InvalidBucketName({ bucket })
    return { ...target, ...place, method: incoming.method ?? 'GET', headers, incoming }
  } catch (error) {
    throw error instanceof URIError ? InvalidUri({}, error) : error
  }
}

/** Node reads header bytes as Latin-1; clients send UTF-8. */
function asUtf8(value: string): string {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 127) return Buffer.from(value, 'latin1').toString('utf8')
  return value
}

/** What the index can look for. @throws InvalidBucketName, KeyTooLong */
export function assertLength(bucket: string, key: string): void {
  if (Buffer.byteLength(bucket) > LONGEST_BUCKET) throw InvalidBucketName({ bucket })
  if (Buffer.byteLength(key) > LONGEST_KEY) throw KeyTooLong()
}

export const LONGEST_BUCKET = 63
/** Bytes. */
const LONGEST_KEY = 1024

export function toHeaderValue(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1')
}

/** Whether a header of an answer can carry it. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(toHeaderValue(value))
}

/** The same of a header's name and value. */
export function isHeader(name: string, value: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && isHeaderValue(value)
}

/**
 * Clients move `x-amz-*` headers into the URL that they presign; they mean the same there. To be called when the signature was checked.
 * @throws InvalidArgument for what no header could be
 */
export function withHoisted(target: S3Target): S3Target {
  if (!target.query.has('X-Amz-Signature')) return target
  const moved = (name: string) => name.toLowerCase().startsWith('x-amz-') && !isOfSignature(name)
  const headers = new Map(target.headers)
  for (const [name, value] of target.pairs.filter(([n]) => moved(n))) {
    if (!isHeader(name, value)) throw InvalidArgument({ reason: `${name} in the query could be no header` })
    const before = headers.get(name.toLowerCase())
    headers.set(name.toLowerCase(), before === undefined || before === value ? value : `${before},${value}`)
  }
  return { ...target, headers, pairs: target.pairs.filter(([n]) => !moved(n)) }
}
