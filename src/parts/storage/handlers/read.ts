// Reading objects: GET and HEAD, with ranges, parts and conditions.
import { InvalidArgument, InvalidPartNumber, InvalidRange, InvalidRequest, PreconditionFailed } from '#parts/storage/errors'
import { sealedHeaders } from '#parts/storage/handlers/encryption'
import { lockHeaders } from '#parts/storage/handlers/locks'
import { MAX_PARTS } from '#parts/storage/handlers/multipart'
import { checksumHeaders, conditionsOn, describe, isTold, mayObject, quoted } from '#parts/storage/handlers/shared'
import { objectAsked, versionHeaders } from '#parts/storage/handlers/versions'
import type { ObjectRecord } from '#parts/storage/records'
import { isHeaderValue, type Reply, type S3Request, type Store, toHeaderValue } from '#parts/storage/request'
import { openFile, readNow } from '#parts/storage/sealing/files'
import { expirationHeaders } from '#parts/storage/settings/lifecycle'
import { lengthOf, matchesEtag, parseRange, type Slice } from '#wire/s3/conditions'

/** Up to this many bytes, a synchronous read costs less than the thread pool. */
const SMALL = 256 * 1024

const OVERRIDES = ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires']

export async function getObject(store: Store, request: S3Request): Promise<Reply> {
  const { bucket, key, headers, query, method } = request
  await mayObject(store, request, 'read', bucket, key)
  const record = objectAsked(store, request)
  const verdict = conditionsOn(record, request)
  const version = versionHeaders(store, request, record)
  if (verdict === 'not modified') return { status: 304, headers: { etag: quoted(record.etag), ...version } }
  if (verdict === 'failed') throw PreconditionFailed({ condition: headers.has('if-match') ? 'If-Match' : 'If-Unmodified-Since' })
  const slice = sliceOf(request, record)
  const sent = slice ?? { start: 0, end: record.size - 1 }
  const length = lengthOf(sent)
  const answer: Record<string, string | number> = {
    ...describe(record),
    ...version,
    ...sealedHeaders(store, record.id),
    'content-length': length,
  }
  Object.assign(answer, await lockHeaders(store, request, record))
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`)
    if (value === undefined) continue
    if (!isHeaderValue(value)) throw InvalidArgument({ reason: `response-${name} could be no header` })
    answer[name] = toHeaderValue(value)
  }
  if (record.tags && (await isTold(store, request, query.has('versionId') ? 'GetObjectVersionTagging' : 'GetObjectTagging')))
    answer['x-amz-tagging-count'] = record.tags.length
  if (!query.has('versionId')) Object.assign(answer, expirationHeaders(store, bucket, key, record))
  if (slice) answer['content-range'] = `bytes ${slice.start}-${slice.end}/${record.size}`
  if (record.parts && query.has('partNumber')) answer['x-amz-mp-parts-count'] = record.parts.length
  if (!slice && headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED') Object.assign(answer, checksumHeaders(record))
  const status = slice ? 206 : 200
  if (method === 'HEAD' || length === 0) return { status, headers: answer }
  const open = openFile(store, record)
  return { status, headers: answer, ...(length > SMALL ? { file: { open, slice: sent } } : { body: readNow(open, sent) }) }
}

/** Undefined for the whole object. */
function sliceOf({ headers, query }: S3Request, record: ObjectRecord): Slice | undefined {
  const part = query.get('partNumber')
  if (part !== undefined && headers.has('range')) throw InvalidRequest({ reason: 'Range and partNumber cannot be asked for together' })
  if (part !== undefined) return sliceOfPart(part, record)
  const ifRange = headers.get('if-range')
  if (ifRange !== undefined && !stillTheSame(ifRange, record)) return undefined
  const range = parseRange(headers.get('range'), record.size)
  if (range === 'unsatisfiable') throw InvalidRange({ size: record.size })
  return range === 'whole' ? undefined : range
}

function sliceOfPart(text: string, record: ObjectRecord): Slice | undefined {
  const part = Number(text)
  const parts = record.parts ?? [record.size]
  if (!/^\d{1,5}$/.test(text) || part < 1 || part > MAX_PARTS)
    throw InvalidArgument({ reason: `partNumber must be a whole number between 1 and ${MAX_PARTS}` })
  if (part > parts.length) throw InvalidPartNumber({ part, parts: parts.length })
  const start = parts.slice(0, part - 1).reduce((sum, size) => sum + size, 0)
  const size = parts[part - 1] as number
  return size === 0 ? undefined : { start, end: start + size - 1 }
}

function stillTheSame(ifRange: string, record: ObjectRecord): boolean {
  const date = Date.parse(ifRange)
  if (!ifRange.includes('"') && !Number.isNaN(date)) return Math.floor(record.modified / 1000) * 1000 <= date
  return matchesEtag(ifRange, record.etag)
}
