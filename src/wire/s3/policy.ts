// IAM policy documents: the subset that says which buckets and prefixes a key may use, as entitlements.
import type { Action, Entitlement, Resource } from '#kit/access'
import { own } from '#kit/own'
import { MANY, ONE, wildcard } from '#kit/wildcard'

export class PolicyError extends Error {}

interface Meaning {
  readonly bucket?: readonly Action[]
  readonly object?: readonly Action[]
  /** Of versions that are asked for by name. */
  readonly version?: readonly Action[]
}

/** What S3's main rights allow here. */
const MAIN: Readonly<Record<string, Meaning>> = {
  GetObject: { object: ['read'] },
  GetObjectVersion: { version: ['read'] },
  PutObject: { object: ['write', 'create'] },
  DeleteObject: { object: ['drop'] },
  DeleteObjectVersion: { version: ['drop'] },
  ListBucket: { bucket: ['list'], object: ['list'] },
  ListBucketVersions: { version: ['list'] },
  CreateBucket: { bucket: ['create'] },
  DeleteBucket: { bucket: ['drop'] },
}

/** Each other right of S3 is a thing of its own to the authoriser: it opens what is asked for by its name, and nothing else. */
export function settingOf(right: string, on: 'bucket' | 'object', path: readonly string[]): Resource | undefined {
  return own(MAIN, right) ? undefined : { kind: `${on}-setting`, path: [right, ...path] }
}

/** S3's names of rights, without `s3:`, by what they are about. */
export interface Rights {
  readonly bucket: readonly string[]
  readonly object: readonly string[]
}

export const ALL_ACTIONS: readonly Action[] = ['list', 'read', 'write', 'create', 'drop', 'manage']

/** Reads a policy document over these rights; of others it says nothing, as in S3. Throws PolicyError for what is malformed, and for what could not be kept as written. */
export function parsePolicy(document: string, rights: Rights): Entitlement[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(document)
  } catch {
    throw new PolicyError('the policy is not JSON')
  }
  const policy = fieldsOf('the policy', parsed, ['Version', 'Id', 'Statement'])
  if (policy.Version !== undefined && !VERSIONS.includes(policy.Version)) throw new PolicyError(`Version is one of ${VERSIONS.join(', ')}`)
  textIfAny('Id', policy.Id)
  const statements = asArray(policy.Statement)
  if (statements.length === 0) throw new PolicyError('the policy has no Statement')
  return statements.flatMap((statement) => readStatement(statement, rights))
}

const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17']
const UNSUPPORTED = ['Condition', 'NotAction', 'NotResource', 'Principal', 'NotPrincipal']

function readStatement(statement: unknown, rights: Rights): Entitlement[] {
  const fields = fieldsOf('a Statement', statement, ['Sid', 'Effect', 'Action', 'Resource', ...UNSUPPORTED])
  if (fields.Effect !== 'Allow') throw new PolicyError('only Effect Allow is supported; leave out what shall be denied')
  for (const unsupported of UNSUPPORTED) if (unsupported in fields) throw new PolicyError(`${unsupported} is not supported`)
  textIfAny('Sid', fields.Sid)
  const actions = textsOf('Action', fields.Action)
  const resources = textsOf('Resource', fields.Resource)
  const meaning = meaningOf(actions, rights)
  return resources.flatMap((resource) => entitlementsOf(resource, meaning))
}

/** Of an object that has no others than these. */
function fieldsOf(what: string, value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PolicyError(`${what} must be an object`)
  const other = Object.keys(value).find((name) => !known.includes(name))
  if (other !== undefined) throw new PolicyError(`${what} has no element ${other}`)
  return value as Readonly<Record<string, unknown>>
}

function textIfAny(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw new PolicyError(`${name} must be a text`)
}

/** One or many. */
function textsOf(name: string, value: unknown): string[] {
  const texts = asArray(value)
  if (texts.length === 0) throw new PolicyError('a Statement needs Action and Resource')
  return texts.map((text) => {
    if (typeof text !== 'string') throw new PolicyError(`${name} must be a text or a list of texts`)
    return text
  })
}

interface Meant extends Required<Meaning> {
  readonly settings: Rights
}

function meaningOf(actions: readonly string[], rights: Rights): Meant {
  const named = actions.map((action) => {
    const name = action === '*' ? '*' : /^s3:(.+)$/i.exec(action)?.[1]
    if (name === undefined) throw new PolicyError(`action ${action} is not one of this service (s3:...)`)
    return wildcard([...name.toLowerCase()].map((c) => (c === '*' ? MANY : c === '?' ? ONE : c)))
  })
  const isNamed = (right: string) => named.some((names) => names(right.toLowerCase()))
  const isAll = actions.some((action) => action === '*' || /^s3:\*$/i.test(action))
  const main = Object.entries(MAIN).flatMap(([right, meaning]) => (isNamed(right) ? [meaning] : []))
  const meant = (of: keyof Meaning) => (isAll ? ALL_ACTIONS : [...new Set(main.flatMap((meaning) => meaning[of] ?? []))])
  const settings = (of: readonly string[]) => of.filter((right) => isNamed(right) && !own(MAIN, right))
  return {
    ...{ bucket: meant('bucket'), object: meant('object'), version: meant('version') },
    settings: { bucket: settings(rights.bucket), object: settings(rights.object) },
  }
}

function entitlementsOf(resource: string, meaning: Meant): Entitlement[] {
  const name = resource === '*' ? '*' : /^arn:[a-z-]*:s3:::(.+)$/s.exec(resource)?.[1]
  if (name === undefined) throw new PolicyError(`resource ${resource} is not an S3 ARN`)
  if (name.includes('${')) throw new PolicyError(`resource ${resource}: policy variables are not supported`)
  const ofBuckets = (path: readonly string[]): Entitlement[] => [
    ...some('bucket', path, meaning.bucket),
    ...meaning.settings.bucket.map((right) => ({ kind: 'bucket-setting', path: [right, ...path], actions: ALL_ACTIONS })),
  ]
  const listing = (path: readonly string[]): Entitlement[] => [
    ...some('object', path, meaning.object.filter(isListing)),
    ...some('object-version', path, meaning.version.filter(isListing)),
  ]
  const ofKeys = (path: readonly string[]): Entitlement[] => [
    ...some(
      'object',
      path,
      meaning.object.filter((action) => !isListing(action)),
    ),
    ...some(
      'object-version',
      path,
      meaning.version.filter((action) => !isListing(action)),
    ),
    ...meaning.settings.object.map((right) => ({ kind: 'object-setting', path: [right, ...path], actions: ALL_ACTIONS })),
  ]
  if (name === '*') return [...ofBuckets([]), ...listing([]), ...ofKeys([])]
  const slash = name.indexOf('/')
  const bucket = slash < 0 ? name : name.slice(0, slash)
  if (/[*?]/.test(bucket)) throw new PolicyError(`resource ${resource}: a pattern within the bucket's name is not supported`)
  if (slash < 0) return [...ofBuckets([bucket]), ...listing([bucket])]
  const key = name.slice(slash + 1)
  if (!key.endsWith('*') || /[*?]/.test(key.slice(0, -1)))
    throw new PolicyError(`resource ${resource}: name a prefix, with one asterisk at its end`)
  const prefix = key.slice(0, -1)
  return ofKeys(prefix === '' ? [bucket] : [bucket, prefix])
}

/** What both grant. The last element of the path of a key's rights is where keys begin. */
export function meet(some: readonly Entitlement[], others: readonly Entitlement[]): Entitlement[] {
  return some.flatMap((one) => others.flatMap((other) => (one.kind === other.kind ? meetTwo(one, other) : [])))
}

function meetTwo(one: Entitlement, other: Entitlement): Entitlement[] {
  const [short, long] = one.path.length <= other.path.length ? [one.path, other.path] : [other.path, one.path]
  const actions = one.actions.filter((action) => other.actions.includes(action))
  const keyAt = own(KEY_AT, one.kind)
  const path = long.map((b, i) => {
    const a = short[i]
    if (a === undefined || a === b || (i === keyAt && b.startsWith(a))) return b
    return i === keyAt && a.startsWith(b) ? a : undefined
  })
  return actions.length === 0 || path.includes(undefined) ? [] : [{ kind: one.kind, path: path as string[], actions }]
}

/** Which element is the key. */
const KEY_AT: Readonly<Record<string, number>> = { object: 1, 'object-version': 1, 'object-setting': 2 }

/** Is of the bucket, whose ARN gives no other right on its keys. */
const isListing = (action: Action): boolean => action === 'list'

function some(kind: 'bucket' | 'object' | 'object-version', path: readonly string[], actions: readonly Action[]): Entitlement[] {
  return actions.length === 0 ? [] : [{ kind, path, actions }]
}

function asArray(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
