// What a browser is told about requests of pages from elsewhere, by the rules of the bucket.
import { CorsForbidden, CorsIncomplete } from '#parts/storage/errors'
import { assertLength, isHeader, LONGEST_BUCKET, type Reply, type S3Target, type Store } from '#parts/storage/request'
import { type CorsRequest, type CorsRule, corsHeaders, ruleFor } from '#wire/s3/cors'

/** Asked by browsers without a signature: a bucket without rules answers as one that is not there. */
export function preflight({ index }: Store, { bucket, key, headers }: S3Target): Reply {
  assertLength(bucket, key)
  const [origin, method] = [headers.get('origin'), headers.get('access-control-request-method')]
  if (origin === undefined) throw CorsIncomplete({ header: 'Origin' })
  if (method === undefined) throw CorsIncomplete({ header: 'Access-Control-Request-Method' })
  const wanted = (headers.get('access-control-request-headers') ?? '').split(',').map((name) => name.trim().toLowerCase())
  const asked = { origin, method, headers: wanted.filter((name) => name !== '') }
  const rule = ruleIn(index, bucket, asked)
  if (!rule) throw CorsForbidden()
  return { status: 200, headers: corsHeaders(rule, asked) }
}

/** None for what the answer could not repeat. */
function ruleIn(index: Store['index'], bucket: string, asked: CorsRequest): CorsRule | undefined {
  const isTold = PRINTED.test(asked.origin) && asked.headers.every((name) => isHeader(name, ''))
  return isTold ? ruleFor(index.setting(bucket, 'cors') ?? [], asked) : undefined
}

/** As browsers write an origin (RFC 6454, section 6.2). */
const PRINTED = /^[\x21-\x7e]+$/

/** Beside any other answer to a page from elsewhere. */
export function crossOrigin({ index }: Store, { bucket, method, headers }: S3Target): Record<string, string> {
  const origin = headers.get('origin')
  if (origin === undefined || bucket === '' || Buffer.byteLength(bucket) > LONGEST_BUCKET) return {}
  const asked = { origin, method, headers: [] }
  const rule = ruleIn(index, bucket, asked)
  return rule ? corsHeaders(rule, asked) : {}
}
