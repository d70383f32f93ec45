// Who sent a request: Signature Version 4 from headers or a presigned query, by a key, a session or the root key.
import type { Caller, Entitlement } from '#kit/access'
import type { Secret } from '#kit/secret'
import { requestId } from '#kit/trace'
import type { createAssumed } from '#parts/storage/assumed'
import {
  Anonymous,
  AuthorizationMalformed,
  AuthorizationQuery,
  ExpiredToken,
  HeadersNotSigned,
  InvalidAccessKeyId,
  InvalidRequest,
  InvalidToken,
  NotImplemented,
  RequestExpired,
  RequestTimeTooSkewed,
  SignatureDoesNotMatch,
  WrongRegion,
  WrongRegionQuery,
} from '#parts/storage/errors'
import type { Identities } from '#parts/storage/identities'
import { assertStands, type KeyOwners, rightsOfNow, type Standing } from '#parts/storage/key-owners'
import type { Payload, S3Target } from '#parts/storage/request'
import { storageKinds } from '#parts/storage/resource-kinds'
import { STREAMING } from '#wire/s3/chunked'
import { ALL_ACTIONS } from '#wire/s3/policy'
import { type Assumed, openSession } from '#wire/s3/session'
import {
  ALGORITHM,
  type Claim,
  canonicalRequest,
  parseAuthorization,
  parsePresigned,
  parseTimestamp,
  sameSignature,
  scopeText,
  sha256Hex,
  signatureOf,
  signingKey,
  stringToSign,
  UNSIGNED_PAYLOAD,
} from '#wire/s3/sigv4'
import { decodeUri, encodePath } from '#wire/s3/uri'

export interface RootKey {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
}

export interface AuthenticateDeps {
  readonly region: string
  readonly identities: Identities
  readonly keyOwners: KeyOwners
  readonly rootKey: RootKey
  readonly sessionKey: Secret
  readonly assumed: ReturnType<typeof createAssumed>
  readonly now: () => Date
}

export interface Authenticated {
  readonly caller: Caller
  readonly payload: Payload
  /** Of a person's key: the buckets that his roles of now allow. */
  readonly covers?: Standing['covers'] | undefined
  /** Of a session of a person in a role. */
  readonly assumed?: Assumed | undefined
}

export type Authenticate = (target: S3Target, body?: Buffer) => Authenticated

const SKEW_MS = 15 * 60 * 1000
const MAX_EXPIRES = 7 * 24 * 3600

const ROOT_ENTITLEMENTS: readonly Entitlement[] = ['user', ...storageKinds.map(({ kind }) => kind)].map((kind) => ({
  kind,
  path: [],
  actions: ALL_ACTIONS,
}))

/** `body` is for services other than S3, whose clients sign its hash without sending it. Throws what S3 answers. */
export function createAuthenticate(deps: AuthenticateDeps): Authenticate {
  const keys = new Map<string, Buffer>()
  const cachedKey = (secret: string, claim: Claim) => {
    const name = `${claim.accessKeyId}\0${secret}\0${scopeText(claim.scope)}`
    const known = keys.get(name)
    if (known) return known
    if (keys.size > 500) keys.clear()
    const key = signingKey(secret, claim.scope)
    keys.set(name, key)
    return key
  }
  return (target, body) => {
    const claim = claimOf(target)
    if (body === undefined && claim.scope.service !== 's3')
      throw AuthorizationMalformed({ reason: 'the credential is not for the service s3' })
    if (body === undefined) checkRegion(claim, deps.region)
    const identity = identify(deps, claim)
    checkTime(claim, deps.now())
    checkSignedHeaders(claim, target)
    const key = cachedKey(identity.secret, claim)
    const payloadHash = payloadHashOf(claim, target, body)
    verify(claim, target, key, payloadHash)
    return { caller: identity.caller, covers: identity.covers, assumed: identity.assumed, payload: payloadOf(payloadHash, claim, key) }
  }
}

/** The service that the signature is made for; undefined for an unsigned request. */
export function signedService(header: string | undefined): string | undefined {
  return header?.startsWith(ALGORITHM) ? parseAuthorization(header, '', undefined)?.scope.service : undefined
}

function claimOf(target: S3Target): Claim {
  const header = target.headers.get('authorization')
  if (header !== undefined) {
    if (/^AWS\s/.test(header)) throw InvalidRequest({ reason: SIGNATURE_V2 })
    if (!header.startsWith(ALGORITHM)) throw InvalidRequest({ reason: `the authorization must be ${ALGORITHM}` })
    const claim = parseAuthorization(header, timestampOf(target), target.headers.get('x-amz-security-token'))
    if (!claim) throw AuthorizationMalformed({ reason: 'Credential, SignedHeaders and Signature are expected' })
    return claim
  }
  if (target.query.has('X-Amz-Signature') || target.query.has('X-Amz-Credential')) {
    const claim = parsePresigned(target.query)
    if (!claim) throw AuthorizationQuery({ reason: 'the X-Amz-* parameters of the URL are incomplete or malformed' })
    if (claim.expires! < 1 || claim.expires! > MAX_EXPIRES)
      throw AuthorizationQuery({ reason: `X-Amz-Expires must lie between 1 and ${MAX_EXPIRES} seconds` })
    return claim
  }
  if (target.query.has('AWSAccessKeyId')) throw InvalidRequest({ reason: SIGNATURE_V2 })
  if (isForm(target)) throw NotImplemented({ what: 'PostObject, the upload by a form,' })
  throw Anonymous()
}

const SIGNATURE_V2 = `Signature Version 2 is not supported. Please use ${ALGORITHM}.`

/** Its signature lies in the form. */
function isForm({ method, key, headers }: S3Target): boolean {
  return method === 'POST' && key === '' && headers.get('content-type')?.toLowerCase().startsWith('multipart/form-data') === true
}

function timestampOf(target: S3Target): string {
  const amz = target.headers.get('x-amz-date')
  if (amz !== undefined) return amz
  const date = Date.parse(target.headers.get('date') ?? '')
  return Number.isNaN(date) ? '' : `${new Date(date).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

function identify(
  deps: AuthenticateDeps,
  claim: Claim,
): Pick<Authenticated, 'caller' | 'covers' | 'assumed'> & { readonly secret: string } {
  const { accessKeyId, sessionToken } = claim
  if (sessionToken !== undefined) {
    const session = openSession(deps.sessionKey, accessKeyId, sessionToken)
    if (!session) throw InvalidToken()
    if (session.expiration <= deps.now()) throw ExpiredToken({ at: session.expiration.toISOString() })
    const { assumed, secretAccessKey: secret } = session
    if (assumed) {
      const { entitlements, roles } = deps.assumed(session)
      return { secret, assumed, caller: callerOf(session.sub, 'session', entitlements, roles) }
    }
    if (session.owner) assertStands(deps.keyOwners.standing(session.sub, session.owner.path), session.sub, session.owner)
    return { secret, caller: callerOf(session.sub, 'session', session.entitlements) }
  }
  if (accessKeyId === deps.rootKey.accessKeyId)
    return { secret: deps.rootKey.secretAccessKey.reveal(), caller: callerOf('root', 'sigv4', ROOT_ENTITLEMENTS) }
  const key = deps.identities.key(accessKeyId)
  if (!key) throw InvalidAccessKeyId({ key: accessKeyId })
  const entitlements = deps.identities.entitlements(key.user)
  const standing = deps.keyOwners.standing(key.user, deps.identities.user(key.user)?.path ?? '/')
  if (standing === undefined) return { secret: key.secret, caller: callerOf(key.user, 'sigv4', entitlements) }
  const now = rightsOfNow(standing, { id: accessKeyId, entitlements })
  return { secret: key.secret, caller: callerOf(key.user, 'sigv4', now.entitlements, now.roles), covers: now.covers }
}

/** What clients sign for that were told of no region. */
const DEFAULT_REGION = 'us-east-1'

function checkRegion({ kind, scope: { region } }: Claim, expected: string): void {
  if (region === expected || region === DEFAULT_REGION) return
  throw (kind === 'presigned' ? WrongRegionQuery : WrongRegion)({ region, expected })
}

function callerOf(sub: string, via: Caller['via'], entitlements: readonly Entitlement[], roles: readonly string[] = []): Caller {
  return { sub, roles, via, requestId: requestId(), entitlements }
}

function checkTime(claim: Claim, now: Date): void {
  const date = parseTimestamp(claim.timestamp)
  if (!date) throw AuthorizationMalformed({ reason: 'the request has no valid x-amz-date' })
  if (!claim.timestamp.startsWith(claim.scope.date))
    throw AuthorizationMalformed({ reason: 'the date of the credential is not that of x-amz-date' })
  const age = now.getTime() - date.getTime()
  if (claim.kind === 'header' ? Math.abs(age) > SKEW_MS : age < -SKEW_MS) throw RequestTimeTooSkewed({ time: claim.timestamp })
  const ends = date.getTime() + (claim.expires ?? 0) * 1000
  if (claim.kind === 'presigned' && now.getTime() > ends) throw RequestExpired({ at: new Date(ends).toISOString() })
}

/** What is not signed could be added by anyone on the way. */
function checkSignedHeaders(claim: Claim, target: S3Target): void {
  if (!claim.signedHeaders.includes('host')) throw HeadersNotSigned({ header: 'host' })
  for (const name of target.headers.keys())
    if (name.startsWith('x-amz-') && !claim.signedHeaders.includes(name)) throw HeadersNotSigned({ header: name })
}

function payloadHashOf(claim: Claim, target: S3Target, body: Buffer | undefined): string {
  if (body !== undefined) return sha256Hex(body)
  if (claim.kind === 'presigned') return target.headers.get('x-amz-content-sha256') ?? UNSIGNED_PAYLOAD
  const sent = target.headers.get('x-amz-content-sha256')
  if (sent === undefined) throw InvalidRequest({ reason: 'the header x-amz-content-sha256 is missing' })
  return sent
}

/** The path is taken as sent; clients that sign another spelling of the same path are tried second. */
function verify(claim: Claim, target: S3Target, key: Buffer, payloadHash: string): void {
  const pairs = claim.kind === 'presigned' ? target.pairs.filter(([name]) => name !== 'X-Amz-Signature') : target.pairs
  const matches = (path: string) => {
    const { method, headers } = target
    const canonical = canonicalRequest({ method, path, pairs, headers, signedHeaders: claim.signedHeaders, payloadHash })
    return sameSignature(signatureOf(key, stringToSign(claim.timestamp, claim.scope, canonical)), claim.signature)
  }
  if (matches(target.rawPath)) return
  const normal = encodePath(decodeUri(target.rawPath))
  if (normal === target.rawPath || !matches(normal)) throw SignatureDoesNotMatch()
}

function payloadOf(hash: string, claim: Claim, key: Buffer): Payload {
  if (hash === UNSIGNED_PAYLOAD) return { kind: 'unsigned' }
  if (/^[0-9a-f]{64}$/.test(hash)) return { kind: 'hash', sha256: hash }
  const signer = { key, timestamp: claim.timestamp, scope: claim.scope, seed: claim.signature }
  switch (hash) {
    case STREAMING.signed:
      return { kind: 'chunked', options: { signer, trailers: false } }
    case STREAMING.signedTrailer:
      return { kind: 'chunked', options: { signer, trailers: true } }
    case STREAMING.unsignedTrailer:
      return { kind: 'chunked', options: { trailers: true } }
    default:
      throw hash.startsWith('STREAMING-') ? NotImplemented({ what: hash }) : InvalidRequest({ reason: 'x-amz-content-sha256 is not valid' })
  }
}
