// What a browser is told about requests of pages from elsewhere, by the rules of the bucket.
import { CorsForbidden, CorsIncomplete } from '#parts/storage/errors'
import { assertLength, isHeader, LONGEST_BUCKET, type Reply, type S3Target, type Store } from '#parts/storage/request'
import { type CorsRequest, type CorsRule, corsHeaders, ruleFor } from '#wire/s3/cors'

/** Asked by browsers without a signature: a bucket without rules answers as one that is not there. */
export function preflight({ index }: Store, target: S3Target): Reply {
  assertLength(target.bucket, target.key)
  const asked = askedBy(target)
  if (!asked) throw CorsIncomplete()
  const rule = ruleIn(index, target.bucket, asked)
  if (!rule) throw CorsForbidden()
  return { status: 200, headers: corsHeaders(rule, asked) }
}

/** Beside any other answer to a page from elsewhere. */
export function crossOrigin({ index }: Store, target: S3Target): Record<string, string> {
  const asked = askedBy(target)
  if (!asked || target.bucket === '' || Buffer.byteLength(target.bucket) > LONGEST_BUCKET) return {}
  const rule = ruleIn(index, target.bucket, asked)
  return rule ? corsHeaders(rule, asked) : {}
}

/** What a request is held against the rules for, a preflight or not: as it says, else as it is itself. As in S3. */
function askedBy({ method, headers }: S3Target): CorsRequest | undefined {
  const origin = headers.get('origin')
  if (origin === undefined) return undefined
  const wanted = (headers.get('access-control-request-headers') ?? '').split(',').map((name) => name.trim().toLowerCase())
  return {
    origin,
    method: headers.get('access-control-request-method') ?? method,
    headers: [...new Set(wanted)].filter((name) => name !== ''),
  }
}

/** None for what the answer could not repeat. */
function ruleIn(index: Store['index'], bucket: string, asked: CorsRequest): CorsRule | undefined {
  const isTold = PRINTED.test(asked.origin) && asked.headers.every((name) => isHeader(name, ''))
  return isTold ? ruleFor(index.setting(bucket, 'cors') ?? [], asked) : undefined
}

/** As browsers write an origin (RFC 6454, section 6.2). */
const PRINTED = /^[\x21-\x7e]+$/
