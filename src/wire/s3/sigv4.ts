// AWS Signature Version 4: canonical request, string to sign, signature; taken from headers or from a presigned query.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { encodeUri, type Pairs, type Query } from '#wire/s3/uri'

export const ALGORITHM = 'AWS4-HMAC-SHA256'
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

export interface Scope {
  /** `YYYYMMDD`. */
  readonly date: string
  readonly region: string
  readonly service: string
}

/** What a request claims about itself. */
export interface Claim {
  readonly kind: 'header' | 'presigned'
  readonly accessKeyId: string
  readonly scope: Scope
  readonly signedHeaders: readonly string[]
  /** 64 hex digits. */
  readonly signature: string
  /** `YYYYMMDDTHHMMSSZ`; empty when the request has none. */
  readonly timestamp: string
  /** Presigned only: seconds from the timestamp. */
  readonly expires?: number
  readonly sessionToken?: string
}

export interface SignableRequest {
  readonly method: string
  /** Percent-encoded. */
  readonly path: string
  /** Decoded; without X-Amz-Signature. */
  readonly pairs: Pairs
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  readonly signedHeaders: readonly string[]
  readonly payloadHash: string
}

/** The key of one day, region and service. */
export function signingKey(secret: string, scope: Scope): Buffer {
  let key = hmac(`AWS4${secret}`, scope.date)
  key = hmac(key, scope.region)
  key = hmac(key, scope.service)
  return hmac(key, 'aws4_request')
}

export function scopeText(scope: Scope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`
}

/** Task 1 of the specification. */
export function canonicalRequest(request: SignableRequest): string {
  const query = request.pairs
    .map(([name, value]) => [encodeUri(name), encodeUri(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const headers = request.signedHeaders.map((name) => `${name}:${(request.headers.get(name) ?? '').trim().replace(/ {2,}/g, ' ')}\n`)
  return [request.method, request.path, query, headers.join(''), request.signedHeaders.join(';'), request.payloadHash].join('\n')
}

/** Task 2. */
export function stringToSign(timestamp: string, scope: Scope, canonical: string): string {
  return [ALGORITHM, timestamp, scopeText(scope), sha256Hex(canonical)].join('\n')
}

/** Task 3. */
export function signatureOf(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

export function sameSignature(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Reads an Authorization header. Undefined when it is not of this algorithm or is malformed. */
export function parseAuthorization(header: string, timestamp: string, sessionToken: string | undefined): Claim | undefined {
  if (!header.startsWith(`${ALGORITHM} `)) return undefined
  const fields = new Map(
    header
      .slice(ALGORITHM.length + 1)
      .split(',')
      .map((part) => {
        const [name, ...rest] = part.trim().split('=')
        return [name, rest.join('=')] as const
      }),
  )
  const credential = parseCredential(fields.get('Credential') ?? '')
  const signedHeaders = parseSignedHeaders(fields.get('SignedHeaders') ?? '')
  const signature = fields.get('Signature') ?? ''
  if (!credential || !signedHeaders || !/^[0-9a-f]{64}$/.test(signature)) return undefined
  return { kind: 'header', ...credential, signedHeaders, signature, timestamp, ...(sessionToken ? { sessionToken } : {}) }
}

/** Reads the X-Amz-* parameters of a presigned URL. Undefined when they are incomplete. */
export function parsePresigned(query: Query): Claim | undefined {
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) return undefined
  const credential = parseCredential(query.get('X-Amz-Credential') ?? '')
  const signedHeaders = parseSignedHeaders(query.get('X-Amz-SignedHeaders') ?? '')
  const signature = query.get('X-Amz-Signature') ?? ''
  const expires = query.get('X-Amz-Expires') ?? ''
  if (!credential || !signedHeaders || !/^[0-9a-f]{64}$/.test(signature) || !/^-?\d{1,9}$/.test(expires)) return undefined
  const sessionToken = query.get('X-Amz-Security-Token')
  return {
    kind: 'presigned',
    ...credential,
    signedHeaders,
    signature,
    timestamp: query.get('X-Amz-Date') ?? '',
    expires: Number(expires),
    ...(sessionToken ? { sessionToken } : {}),
  }
}

/** `YYYYMMDDTHHMMSSZ` as a date; undefined when it is none. */
export function parseTimestamp(text: string): Date | undefined {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!m) return undefined
  const date = new Date(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

export function toTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

interface Signing {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly payloadHash: string
  readonly credentials: Credentials
  readonly region: string
  readonly service: string
  readonly now: Date
}

export interface SignOptions extends Signing {
  readonly url: URL
}

/** A request whose path and names go as they are given; a URL would fold `..` in them. */
export interface BareSignOptions extends Signing {
  readonly host: string
  /** Percent-encoded. */
  readonly path: string
  readonly pairs: Pairs
}

/** The headers to send, `authorization` included. All given headers are signed. */
export function signHeaders({ url, ...options }: SignOptions): Record<string, string> {
  return signRequest({ ...options, host: url.host, path: url.pathname, pairs: [...url.searchParams] })
}

/** The same for a request that is no URL. */
export function signRequest(options: BareSignOptions): Record<string, string> {
  const timestamp = toTimestamp(options.now)
  const headers: Record<string, string> = {
    host: options.host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': options.payloadHash,
    ...(options.credentials.sessionToken ? { 'x-amz-security-token': options.credentials.sessionToken } : {}),
  }
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value
  const signedHeaders = Object.keys(headers).sort(compare)
  const scope = { date: timestamp.slice(0, 8), region: options.region, service: options.service }
  const canonical = canonicalRequest({
    method: options.method,
    path: options.path,
    pairs: options.pairs,
    headers: new Map(Object.entries(headers)),
    signedHeaders,
    payloadHash: options.payloadHash,
  })
  const signature = signatureOf(signingKey(options.credentials.secretAccessKey, scope), stringToSign(timestamp, scope, canonical))
  const credential = `${options.credentials.accessKeyId}/${scopeText(scope)}`
  headers.authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  return headers
}

/** A URL that anyone may use until it expires; `expires` in seconds. Signs the host only. */
export function presignUrl({ url, ...options }: Omit<SignOptions, 'payloadHash' | 'headers'> & { readonly expires: number }): URL {
  return new URL(presignRequest({ ...options, endpoint: url.origin, path: url.pathname, pairs: [...url.searchParams] }))
}

/** The same for a path and names that go as they are given. */
export function presignRequest(
  options: Omit<BareSignOptions, 'payloadHash' | 'headers' | 'host' | 'pairs'> & {
    readonly endpoint: string
    readonly pairs?: Pairs
    readonly expires: number
  },
): string {
  const timestamp = toTimestamp(options.now)
  const scope = { date: timestamp.slice(0, 8), region: options.region, service: options.service }
  const { origin, host } = new URL(options.endpoint)
  const pairs: (readonly [string, string])[] = [
    ...(options.pairs ?? []),
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', `${options.credentials.accessKeyId}/${scopeText(scope)}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(options.expires)],
    ['X-Amz-SignedHeaders', 'host'],
    ...(options.credentials.sessionToken ? [['X-Amz-Security-Token', options.credentials.sessionToken] as const] : []),
  ]
  const canonical = canonicalRequest({
    method: options.method,
    path: options.path,
    pairs,
    headers: new Map([['host', host]]),
    signedHeaders: ['host'],
    payloadHash: UNSIGNED_PAYLOAD,
  })
  const signature = signatureOf(signingKey(options.credentials.secretAccessKey, scope), stringToSign(timestamp, scope, canonical))
  const query = [...pairs, ['X-Amz-Signature', signature] as const].map(([n, v]) => `${encodeUri(n)}=${encodeUri(v)}`).join('&')
  return `${origin}${options.path}?${query}`
}

export function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function parseCredential(text: string): { accessKeyId: string; scope: Scope } | undefined {
  const parts = text.split('/')
  if (parts.length < 5 || parts.at(-1) !== 'aws4_request') return undefined
  const [date, region, service] = parts.slice(-4, -1) as [string, string, string]
  if (!/^\d{8}$/.test(date)) return undefined
  return { accessKeyId: parts.slice(0, -4).join('/'), scope: { date, region, service } }
}

function parseSignedHeaders(text: string): string[] | undefined {
  return /^[a-z0-9!#$%&'*+.^_`|~-]+(;[a-z0-9!#$%&'*+.^_`|~-]+)*$/.test(text) ? text.split(';') : undefined
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
