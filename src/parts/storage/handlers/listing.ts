// What every listing takes and gives back: prefix, delimiter, encoding, limit, tokens.
import { InvalidArgument } from '#parts/storage/errors'
import { numberFrom } from '#parts/storage/handlers/shared'
import type { Page, Wanted } from '#parts/storage/listing'
import { assertLength, type S3Request } from '#parts/storage/request'
import { encodePath } from '#wire/s3/uri'
import type { XmlFields } from '#wire/s3/xml'

/** The most of one page, as in S3. */
const PAGE = 1000

/** Parameters that are keys, or the beginnings of keys. */
const PLACES = ['prefix', 'marker', 'start-after', 'key-marker']

export interface ListingRequest {
  /** Without the mark, which each listing reads from parameters of its own. */
  readonly wanted: Omit<Wanted, 'after'>
  /** The elements that repeat what was asked. */
  readonly echo: XmlFields
  /** Writes a name as the client asked for it. */
  name(name: string): string
  prefixesOf(page: Page<unknown>): XmlFields[]
}

export function listingOf(request: S3Request, limitName: string): ListingRequest {
  const { query } = request
  const encoding = query.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') throw InvalidArgument({ reason: 'encoding-type must be url' })
  const name = encoding === 'url' ? encodePath : (text: string) => text
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  for (const place of PLACES) assertLength(request.bucket, query.get(place) ?? '')
  return {
    wanted: { prefix, delimiter, limit: numberFrom(request, limitName, PAGE, PAGE) },
    echo: { Prefix: name(prefix), Delimiter: delimiter === '' ? undefined : name(delimiter), EncodingType: encoding },
    name,
    prefixesOf: ({ prefixes }) => prefixes.map((p) => ({ Prefix: name(p) })),
  }
}

export function toToken(after: string): string {
  return Buffer.from(`1${after}`).toString('base64url')
}

export function fromToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (!text.startsWith('1') || toToken(text.slice(1)) !== token) throw InvalidArgument({ reason: 'the continuation token is not valid' })
  assertLength('', text.slice(1))
  return text.slice(1)
}
