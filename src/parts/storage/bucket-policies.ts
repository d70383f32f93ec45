// What the policy of a bucket says to a request, before the authoriser is asked: a denial ends it, and what is allowed is one right more.
import { type Action, attempt, type Caller, type Decision, decide, denied, type Resource } from '#kit/access'
import { isMarker } from '#parts/storage/history'
import { POLICY_ACTIONS } from '#parts/storage/protocol/actions'
import { ACCOUNT } from '#parts/storage/protocol/judge'
import type { S3Request, Store } from '#parts/storage/request'
import { type BucketPolicy, parseBucketPolicy, type Said } from '#wire/s3/bucket-policy'
import { parseTags, type Tags } from '#wire/s3/tags'

export interface Asked {
  readonly action: Action
  readonly resource: Resource
  readonly bucket: string
  /** Undefined for what is done to the bucket. */
  readonly key?: string
  readonly version?: string | undefined
  /** By S3's name, without `s3:`. */
  readonly named: string
}

const DENIED: Decision = { allow: false, reason: 'the policy of the bucket denies it' }

/** Of the account's own key no policy takes the right to change policies, as in S3. */
const OWN = new Set(['GetBucketPolicy', 'PutBucketPolicy', 'DeleteBucketPolicy'])

const parsed = new WeakMap<object, BucketPolicy>()

export function policyFor(bucket: string, document: string): BucketPolicy {
  return parseBucketPolicy(document, { bucket, account: ACCOUNT, actions: POLICY_ACTIONS })
}

function policyOf({ index }: Store, bucket: string): BucketPolicy | undefined {
  const kept = index.setting(bucket, 'bucketPolicy')
  if (!kept) return undefined
  const policy = parsed.get(kept) ?? policyFor(bucket, kept.document)
  parsed.set(kept, policy)
  return policy
}

/** Decides and leaves a record; does not throw for "no". */
export async function attemptHere(store: Store, request: S3Request, asked: Asked): Promise<Decision> {
  const { caller, action, resource, isDenied } = weighed(store, request, asked)
  if (!isDenied) return attempt(store.authoriser, caller, action, resource)
  await store.authoriser.record?.(caller, action, resource, DENIED)
  return DENIED
}

/** Decides what is shown, and leaves no record. */
export async function looksHere(store: Store, request: S3Request, asked: Asked): Promise<Decision> {
  const { caller, action, resource, isDenied } = weighed(store, request, asked)
  return isDenied ? DENIED : decide(store.authoriser, caller, action, resource)
}

/** What the policy of the bucket makes of the caller. */
function weighed(
  store: Store,
  request: S3Request,
  asked: Asked,
): Pick<Asked, 'action' | 'resource'> & { caller: Caller; isDenied: boolean } {
  const { caller, covers } = request
  const { action, resource, bucket } = asked
  const policy = policyOf(store, bucket)
  const said = policy ? saysTo(policy, store, request, asked) : 'nothing'
  // A person's key opens what his roles of now allow, whatever a policy adds.
  const isAllowed = said === 'allow' && covers?.(bucket) !== false
  return { caller: isAllowed ? withRight(caller, action, resource) : caller, action, resource, isDenied: said === 'deny' }
}

/** @throws AccessDenied */
export async function authoriseHere(store: Store, request: S3Request, asked: Asked): Promise<void> {
  const decision = await attemptHere(store, request, asked)
  if (!decision.allow) throw denied(request.caller, asked.action, asked.resource, decision)
}

export function saysTo(policy: BucketPolicy, store: Store, request: S3Request, { bucket, key, version, named }: Asked): Said {
  const { caller } = request
  const user = userOf(caller)
  if (user === undefined && OWN.has(named)) return 'nothing'
  return policy.says({
    user,
    action: named,
    key,
    context: (name) => contextOf(store, request, name, { bucket, key, version }),
  })
}

/** Undefined of the account's own key: it alone administers users. */
function userOf({ sub, entitlements = [] }: Caller): string | undefined {
  return entitlements.some(({ kind }) => kind === 'user') ? undefined : sub
}

/** What was lent stays what it was lent for. */
function withRight(caller: Caller, action: Action, { kind, path }: Resource): Caller {
  if (caller.via !== 'sigv4') return caller
  return { ...caller, entitlements: [...(caller.entitlements ?? []), { kind, path, actions: [action] }] }
}

const EXISTING = 's3:ExistingObjectTag/'
const REQUESTED = 's3:RequestObjectTag/'

function contextOf(
  store: Store,
  { caller, query, headers }: S3Request,
  name: string,
  { bucket, key, version }: Pick<Asked, 'bucket' | 'key' | 'version'>,
): string | undefined {
  if (name.startsWith(EXISTING)) {
    const record = key === undefined ? undefined : store.index.version(bucket, key, version)
    return record && !isMarker(record) ? tagIn(record.tags ?? [], name.slice(EXISTING.length)) : undefined
  }
  if (name.startsWith(REQUESTED)) return tagIn(requestedTags(headers), name.slice(REQUESTED.length))
  switch (name) {
    case 'aws:username':
      return userOf(caller)
    case 'aws:PrincipalArn':
      return `arn:aws:iam::${ACCOUNT}:${userOf(caller) === undefined ? 'root' : `user/${caller.sub}`}`
    case 'aws:CurrentTime':
      return store.now().toISOString()
    case 's3:VersionId':
      return version
    case 's3:prefix':
    case 's3:delimiter':
    case 's3:max-keys':
      return query.get(name.slice('s3:'.length))
    case 's3:object-lock-mode':
    case 's3:object-lock-legal-hold':
      return headers.get(`x-amz-${name.slice('s3:'.length)}`)
    default:
      return headers.get(name.slice('s3:'.length))
  }
}

function tagIn(tags: Tags, key: string): string | undefined {
  return tags.find(([name]) => name === key)?.[1]
}

function requestedTags(headers: ReadonlyMap<string, string>): Tags {
  try {
    return parseTags(headers.get('x-amz-tagging') ?? '')
  } catch {
    return [] // refused for its form when it is read
  }
}
