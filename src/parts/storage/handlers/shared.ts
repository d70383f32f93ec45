// Steps that several handlers share: asking the authoriser, finding the bucket, describing objects in headers.
import type { Action } from '#kit/access'
import type { AkkoError } from '#kit/errors'
import { currentTrace, requestId } from '#kit/trace'
import { type ReceiveOptions, receiveDocument } from '#parts/storage/body'
import { type Asked, authoriseHere, looksHere } from '#parts/storage/bucket-policies'
import {
  InvalidArgument,
  Locked,
  MalformedXml,
  MetadataTooLarge,
  NoSuchBucket,
  NoSuchKey,
  NoSuchUpload,
  OperationAborted,
  PreconditionFailed,
} from '#parts/storage/errors'
import type { Cause } from '#parts/storage/events'
import { policyAction } from '#parts/storage/protocol/actions'
import { assertElements } from '#parts/storage/protocol/judge'
import type { Description, ObjectRecord, Tagged } from '#parts/storage/records'
import { isHeader, type Reply, type S3Request, type Store, toHeaderValue } from '#parts/storage/request'
import type { Done, Precondition, Put } from '#parts/storage/store'
import { checksumHeader } from '#wire/s3/checksum'
import { checkConditions, matchesEtag, type Verdict } from '#wire/s3/conditions'
import { settingOf } from '#wire/s3/policy'
import { parseXml, printXml, S3_NAMESPACE, XmlError, type XmlFields } from '#wire/s3/xml'

/** The bucket, or what of it S3 has a right of its own for. */
export async function mayBucket(store: Store, request: S3Request, action: Action): Promise<void> {
  await authoriseHere(store, request, bucketAsking(request, action))
}

export function bucketAsking({ bucket, operation }: S3Request, action: Action): Asked {
  const named = policyAction(operation.name, action, false)
  return { action, bucket, named, resource: settingOf(named, 'bucket', [bucket]) ?? { kind: 'bucket', path: [bucket] } }
}

/** For a listing, `key` is the prefix that is listed; `named`: what S3 calls the right, where the operation has several. */
export async function mayObject(
  store: Store,
  request: S3Request,
  action: Action,
  bucket: string,
  key: string,
  named?: string,
  version = request.query.get('versionId'),
): Promise<void> {
  await authoriseHere(store, request, objectAsking(request, action, bucket, key, named, version))
}

/** Of a write that tags what it writes. */
export async function mayTag(store: Store, request: S3Request, tagged: Tagged): Promise<void> {
  if (tagged.tags || request.headers.has('x-amz-tagging'))
    await mayObject(store, request, 'write', request.bucket, request.key, 'PutObjectTagging')
}

/** What of the object is told beside what was asked for, to who has the right to it; leaves no record. */
export async function isTold(store: Store, request: S3Request, named: string): Promise<boolean> {
  const { bucket, key, query } = request
  return (await looksHere(store, request, objectAsking(request, 'read', bucket, key, named, query.get('versionId')))).allow
}

/** For a version by its name, and for the names of versions, a key has rights of their own. */
export function objectAsking(
  { operation }: S3Request,
  action: Action,
  bucket: string,
  key: string,
  named?: string,
  version?: string,
): Asked {
  const byVersion = version !== undefined || operation.name === 'ListObjectVersions'
  const right = named ?? policyAction(operation.name, action, version !== undefined)
  const kind = byVersion ? 'object-version' : 'object'
  return {
    ...{ action, bucket, version, named: right },
    resource: settingOf(right, 'object', [bucket, key]) ?? { kind, path: [bucket, key] },
    ...(action === 'list' ? {} : { key }),
  }
}

/** Who does what the request asks for, as those are told who asked for it. */
export function causeOf({ caller }: S3Request): Cause {
  return { who: caller.sub, requestId: requestId(), address: currentTrace()?.address }
}

export function assertBucket(store: Store, bucket: string): void {
  if (!store.index.bucket(bucket)) throw NoSuchBucket({ bucket })
}

export function ownerOf({ index }: Store, bucket: string): string | undefined {
  return index.bucket(bucket)?.owner
}

export function assertKey(key: string): void {
  if (key.includes('\0')) throw InvalidArgument({ reason: 'a key cannot hold the character NUL' })
}

export function xmlReply(root: string, fields: XmlFields, headers: Record<string, string> = {}): Reply {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: printXml(root, fields, S3_NAMESPACE) }
}

/** The document of a request, of which every element was held against the table; an optional one that is not there has no fields. */
export async function receiveFields(
  request: S3Request,
  { optional, ...options }: ReceiveOptions & { readonly optional?: true } = {},
): Promise<Record<string, unknown>> {
  const { operation } = request
  const [root = ''] = operation.body
  const text = await receiveDocument(request, options)
  if (optional && text.trim() === '') return {}
  const fields = readXml(text, root)
  assertElements(operation, root, fields)
  return fields
}

function readXml(text: string, root: string): Record<string, unknown> {
  try {
    return parseXml(text, root)
  } catch (error) {
    if (error instanceof XmlError) throw MalformedXml({ reason: error.message }, error)
    throw error
  }
}

/** An object in a listing. */
export function contentsOf(name: string, record: ObjectRecord, owner: string | undefined): XmlFields {
  return {
    Key: name,
    LastModified: new Date(record.modified).toISOString(),
    ETag: quoted(record.etag),
    ChecksumAlgorithm: record.checksum?.algorithm,
    ChecksumType: record.checksum?.type,
    Size: record.size,
    StorageClass: 'STANDARD',
    Owner: owner === undefined ? undefined : { ID: owner, DisplayName: owner },
  }
}

export function quoted(etag: string): string {
  return `"${etag}"`
}

/** A whole number within bounds, from a query parameter. */
export function numberFrom(request: S3Request, name: string, fallback: number, max: number): number {
  const text = request.query.get(name)
  if (text === undefined || text === '') return fallback
  if (!/^\d{1,9}$/.test(text)) throw InvalidArgument({ reason: `${name} must be a whole number` })
  return Math.min(Number(text), max)
}

const DESCRIBING = ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires'] as const
const META = 'x-amz-meta-'
/** Names and values together, as in S3. */
const MAX_METADATA = 2048

/** The headers and metadata to store with an object. The coding aws-chunked belongs to the transfer, not to the object. */
export function descriptionFrom(headers: ReadonlyMap<string, string>): Description {
  const kept: Record<string, string> = {}
  for (const name of DESCRIBING) {
    const value = headers.get(name)
    if (value !== undefined) kept[name] = value
  }
  const coding = kept['content-encoding']
    ?.split(',')
    .map((c) => c.trim())
    .filter((c) => c !== '' && c !== 'aws-chunked')
    .join(',')
  if (coding) kept['content-encoding'] = coding
  else delete kept['content-encoding']
  kept['content-type'] ??= 'binary/octet-stream'
  const metadata = Object.fromEntries([...headers].filter(([n]) => n.startsWith(META)).map(([n, v]) => [n.slice(META.length), v]))
  // The index's codec gives the name another letter.
  if (Object.hasOwn(metadata, '__proto__')) throw InvalidArgument({ reason: 'metadata of the name __proto__ is not kept' })
  const size = Object.entries(metadata).reduce((sum, [n, v]) => sum + Buffer.byteLength(n) + Buffer.byteLength(v), 0)
  if (size > MAX_METADATA) throw MetadataTooLarge({ size, limit: MAX_METADATA })
  return { headers: kept, metadata }
}

/** What no header can carry, of a record from before such texts were refused, is left out, so that the object can be read. */
export function describe(record: ObjectRecord): Record<string, string> {
  const headers: Record<string, string> = {
    etag: quoted(record.etag),
    'last-modified': new Date(record.modified).toUTCString(),
    'accept-ranges': 'bytes',
  }
  for (const [name, value] of Object.entries(record.headers)) if (isHeader(name, value)) headers[name] = toHeaderValue(value)
  let missing = 0
  for (const [name, value] of Object.entries(record.metadata))
    if (isHeader(META + name, value)) headers[META + name] = toHeaderValue(value)
    else missing += 1
  return missing === 0 ? headers : { ...headers, 'x-amz-missing-meta': String(missing) }
}

export function checksumHeaders(record: { readonly checksum?: ObjectRecord['checksum'] }): Record<string, string> {
  const { checksum } = record
  return checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type } : {}
}

/** What a request asks of what it reads; `prefix`: of the headers, where that is the source of a copy. */
export function conditionsOn({ etag, modified }: ObjectRecord, { headers }: S3Request, prefix = ''): Verdict {
  return checkConditions(
    {
      ifMatch: headers.get(`${prefix}if-match`),
      ifNoneMatch: headers.get(`${prefix}if-none-match`),
      ifModifiedSince: headers.get(`${prefix}if-modified-since`),
      ifUnmodifiedSince: headers.get(`${prefix}if-unmodified-since`),
    },
    etag,
    new Date(modified),
  )
}

/** If-None-Match and If-Match of a write, for the transaction that makes it. Who compares entity tags must be allowed to read, as in S3. */
export async function preconditionOf(store: Store, request: S3Request): Promise<Precondition | undefined> {
  const ifNoneMatch = request.headers.get('if-none-match')
  const ifMatch = request.headers.get('if-match')
  if (ifNoneMatch === undefined && ifMatch === undefined) return undefined
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') throw InvalidArgument({ reason: 'a write takes If-None-Match only with *' })
  if (ifMatch !== undefined && comparesEtag(ifMatch)) await mayObject(store, request, 'read', request.bucket, request.key)
  return (current) => {
    if (ifNoneMatch !== undefined && current) return 'failed'
    return ifMatch === undefined ? 'go on' : isStill(ifMatch)(current)
  }
}

/** Any object will do for an asterisk. */
export function comparesEtag(ifMatch: string): boolean {
  return ifMatch.trim() !== '*'
}

/** That there is an object, with one of these entity tags. */
export function isStill(ifMatch: string): (current: ObjectRecord | undefined) => ReturnType<Precondition> {
  return (current) => {
    if (!current) return 'missing'
    return matchesEtag(ifMatch, current.etag) ? 'go on' : 'failed'
  }
}

/** Looks before the body is taken in; the transaction decides. */
export function assertPrecondition(store: Store, request: S3Request, precondition: Precondition | undefined): void {
  const outcome = precondition?.(store.index.object(request.bucket, request.key), true) ?? 'go on'
  if (outcome !== 'go on') throw refusal(request, outcome)
}

/** Reads files that were looked up a moment ago; one that was freed since is a conflict, not a fault. */
export async function whileThere<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? OperationAborted({}, error) : error
  }
}

/** Ends a write: what it replaced is freed; a refused one frees what it had brought. */
export async function settle(store: Store, request: S3Request, put: Put, brought: readonly string[]): Promise<Done> {
  free(store, put.outcome === 'done' ? put.freed : brought)
  if (put.outcome !== 'done') throw refusal(request, put.outcome)
  return put
}

/** Frees what the index does not name. Unlinking needs no waiting: what is missed is found by the sweep of the next start. */
export function free(store: Store, ids: readonly string[]): void {
  const unknown = ids.filter((id) => !store.index.knows(id))
  if (unknown.length > 0)
    store.blobs
      .remove(unknown)
      .catch((error: unknown) => store.log.warn({ error: String(error), files: ids.length }, 'could not free files'))
}

/** `condition`: what did not hold, where it is not in the headers. */
export function refusal(request: S3Request, outcome: Exclude<Put['outcome'], 'done'>, condition?: string): AkkoError {
  switch (outcome) {
    case 'no bucket':
      return NoSuchBucket({ bucket: request.bucket })
    case 'no upload':
      return NoSuchUpload({ upload: request.query.get('uploadId') ?? '' })
    case 'locked':
      return Locked()
    case 'missing':
      return NoSuchKey()
    case 'failed':
      return PreconditionFailed({ condition: condition ?? (request.headers.has('if-none-match') ? 'If-None-Match' : 'If-Match') })
  }
}
