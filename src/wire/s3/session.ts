// Session credentials without state: the token carries what it grants and is sealed with the store's session key.
import { createHmac, randomBytes } from 'node:crypto'
import type { Entitlement } from '#kit/access'
import type { Secret } from '#kit/secret'
import { ALL_ACTIONS } from '#wire/s3/policy'
import { sameSignature } from '#wire/s3/sigv4'

/** What a session may reach: the keys of a bucket below a prefix ('' for all of it). */
export interface SessionGrant {
  readonly bucket: string
  readonly prefix: string
  readonly mode: 'read' | 'write'
}

/** The person whom a session was lent to: it ends for good when the account is closed or gets fewer rights. */
export interface SessionOwner {
  /** Of the account, as keys of people have it for the path of their user. */
  readonly path: string
  /** How often the account's rights had been narrowed. */
  readonly rightsVersion: number
}

/** A person in one of his roles: what it opens is looked up at each request. */
export interface Assumed {
  readonly role: string
  /** As the client calls it. */
  readonly name: string
  /** An IAM policy that narrows it. */
  readonly policy?: string
  /** Claims of the token that it was got with: it ends with what that hangs on. */
  readonly token: Readonly<Record<string, unknown>>
}

export interface SessionRequest {
  readonly sub: string
  /** Absent of what is no person. */
  readonly owner?: SessionOwner
  readonly entitlements: readonly SessionGrant[]
  readonly assumed?: Assumed
  readonly ttlSeconds: number
}

export interface SessionCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
}

export interface Session {
  readonly sub: string
  readonly owner?: SessionOwner
  readonly secretAccessKey: string
  readonly expiration: Date
  readonly entitlements: readonly Entitlement[]
  readonly assumed?: Assumed
}

interface Payload {
  readonly k: string
  readonly s: string
  readonly o?: SessionOwner
  readonly a?: Assumed
  /** Milliseconds since the epoch. */
  readonly x: number
  readonly e: readonly (readonly [bucket: string, prefix: string, mode: 'r' | 'w'])[]
}

/** Prefixes are closed with a slash, so that `t1` never opens `t10`. */
export function mintSession(sessionKey: Secret, request: SessionRequest, now = new Date()): SessionCredentials {
  const accessKeyId = `ASIA${base32(randomBytes(10))}`
  const expiration = new Date(Math.floor(now.getTime() / 1000 + request.ttlSeconds) * 1000)
  const payload: Payload = {
    k: accessKeyId,
    s: request.sub,
    ...(request.owner ? { o: request.owner } : {}),
    ...(request.assumed ? { a: request.assumed } : {}),
    x: expiration.getTime(),
    e: request.entitlements.map((g) => [g.bucket, closePrefix(g.prefix), g.mode === 'write' ? 'w' : 'r'] as const),
  }
  const body = Buffer.from(JSON.stringify(payload)).toString('base64url')
  const sessionToken = `${body}.${seal(sessionKey, 'token', body)}`
  return { accessKeyId, secretAccessKey: seal(sessionKey, 'secret', body), sessionToken, expiration }
}

/** Undefined when the token was not minted with this key or belongs to another access key. Expiry is the caller's to check. */
export function openSession(sessionKey: Secret, accessKeyId: string, sessionToken: string): Session | undefined {
  const [body, signature, ...rest] = sessionToken.split('.')
  if (!body || !signature || rest.length > 0 || !sameSignature(seal(sessionKey, 'token', body), signature)) return undefined
  const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as Payload
  if (payload.k !== accessKeyId) return undefined
  return {
    sub: payload.s,
    ...(payload.o ? { owner: payload.o } : {}),
    ...(payload.a ? { assumed: payload.a } : {}),
    secretAccessKey: seal(sessionKey, 'secret', body),
    expiration: new Date(payload.x),
    entitlements: payload.e.flatMap(([bucket, prefix, mode]) => sessionEntitlements(bucket, prefix, mode)),
  }
}

/** Of uploads in parts, beside writing. */
const UPLOADING = ['AbortMultipartUpload', 'ListMultipartUploadParts']

function sessionEntitlements(bucket: string, prefix: string, mode: 'r' | 'w'): Entitlement[] {
  return [
    { kind: 'bucket', path: [bucket], actions: ['list'] },
    { kind: 'object', path: [bucket, prefix], actions: mode === 'w' ? ['list', 'read', 'write', 'create', 'drop'] : ['list', 'read'] },
    { kind: 'bucket-setting', path: ['GetBucketLocation', bucket], actions: ['list'] },
    ...(mode === 'w' ? UPLOADING : []).map((right) => ({ kind: 'object-setting', path: [right, bucket, prefix], actions: ALL_ACTIONS })),
  ]
}

function closePrefix(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
}

function seal(key: Secret, use: string, body: string): string {
  return createHmac('sha256', key.reveal()).update(`akko-s3-session\n${use}\n${body}`).digest('base64url')
}

/** RFC 4648, section 6, without padding. */
export function base32(bytes: Buffer): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let bits = 0
  let value = 0
  let out = ''
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += alphabet[(value >>> bits) & 31]
    }
  }
  return bits > 0 ? out + alphabet[(value << (5 - bits)) & 31] : out
}
