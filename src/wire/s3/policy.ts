// IAM policy documents: the subset that says which buckets and prefixes a key may use, as entitlements.
import type { Action, Entitlement } from '#kit/access'
import { MANY, ONE, wildcard } from '#kit/wildcard'

export class PolicyError extends Error {}

interface Meaning {
  readonly bucket?: readonly Action[]
  readonly object?: readonly Action[]
  /** Of versions that are asked for by name. */
  readonly version?: readonly Action[]
  readonly setting?: readonly [name: SettingName, action: Action]
}

/** Of a bucket; each has its rights for itself, and all of them come with `s3:*`. */
export const SETTINGS = [
  'versioning',
  'tagging',
  'cors',
  'lifecycle',
  'ownership',
  'objectLock',
  'bucketPolicy',
  'publicAccessBlock',
] as const
export type SettingName = (typeof SETTINGS)[number]

/** S3 action -> what it allows here. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  GetObject: { object: ['read'] },
  GetObjectVersion: { version: ['read'] },
  GetObjectAttributes: { object: ['read'] },
  PutObject: { object: ['write', 'create'] },
  AbortMultipartUpload: { object: ['write'] },
  ListMultipartUploadParts: { object: ['write'] },
  DeleteObject: { object: ['drop'] },
  PutObjectVersionTagging: { version: ['write'] },
  DeleteObjectVersion: { version: ['drop'] },
  ListBucket: { bucket: ['list'], object: ['list'] },
  ListBucketVersions: { bucket: ['list'], version: ['list'] },
  ListBucketMultipartUploads: { bucket: ['list'], object: ['list'] },
  GetBucketLocation: { bucket: ['list'] },
  GetBucketVersioning: { bucket: ['read'] },
  PutBucketVersioning: { setting: ['versioning', 'manage'] },
  PutBucketTagging: { setting: ['tagging', 'manage'] },
  PutBucketCORS: { setting: ['cors', 'manage'] },
  PutLifecycleConfiguration: { setting: ['lifecycle', 'manage'] },
  PutBucketObjectLockConfiguration: { setting: ['objectLock', 'manage'] },
  GetBucketPolicy: { setting: ['bucketPolicy', 'read'] },
  PutBucketPolicy: { setting: ['bucketPolicy', 'manage'] },
  DeleteBucketPolicy: { setting: ['bucketPolicy', 'drop'] },
  PutBucketPublicAccessBlock: { setting: ['publicAccessBlock', 'manage'] },
  PutBucketOwnershipControls: { setting: ['ownership', 'manage'] },
  CreateBucket: { bucket: ['create'] },
  DeleteBucket: { bucket: ['drop'] },
  ListAllMyBuckets: {},
}

export const ALL_ACTIONS: readonly Action[] = ['list', 'read', 'write', 'create', 'drop', 'manage']

/** Reads a policy document. Throws PolicyError for what is malformed, and for what could not be kept as written. */
export function parsePolicy(document: string): Entitlement[] {
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
  return statements.flatMap(readStatement)
}

const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17']
const UNSUPPORTED = ['Condition', 'NotAction', 'NotResource', 'Principal', 'NotPrincipal']

function readStatement(statement: unknown): Entitlement[] {
  const fields = fieldsOf('a Statement', statement, ['Sid', 'Effect', 'Action', 'Resource', ...UNSUPPORTED])
  if (fields.Effect !== 'Allow') throw new PolicyError('only Effect Allow is supported; leave out what shall be denied')
  for (const unsupported of UNSUPPORTED) if (unsupported in fields) throw new PolicyError(`${unsupported} is not supported`)
  textIfAny('Sid', fields.Sid)
  const actions = textsOf('Action', fields.Action)
  const resources = textsOf('Resource', fields.Resource)
  const meaning = meaningOf(actions)
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

interface Meant {
  readonly bucket: readonly Action[]
  readonly object: readonly Action[]
  readonly version: readonly Action[]
  readonly settings: ReadonlyMap<SettingName, readonly Action[]>
}

function meaningOf(actions: readonly string[]): Meant {
  const bucket = new Set<Action>()
  const object = new Set<Action>()
  const version = new Set<Action>()
  const settings = new Map<SettingName, Action[]>()
  for (const action of actions) {
    const name = action === '*' ? '*' : /^s3:(.+)$/i.exec(action)?.[1]
    if (name === undefined) throw new PolicyError(`action ${action} is not one of this service (s3:...)`)
    if (name === '*') {
      for (const a of ALL_ACTIONS) bucket.add(a) && object.add(a) && version.add(a)
      for (const setting of SETTINGS) settings.set(setting, [...ALL_ACTIONS])
    }
    const names = wildcard([...name.toLowerCase()].map((c) => (c === '*' ? MANY : c === '?' ? ONE : c)))
    for (const [known, meaning] of Object.entries(MEANINGS)) {
      if (!names(known.toLowerCase())) continue
      for (const a of meaning.bucket ?? []) bucket.add(a)
      for (const a of meaning.object ?? []) object.add(a)
      for (const a of meaning.version ?? []) version.add(a)
      if (meaning.setting) settings.set(meaning.setting[0], [...(settings.get(meaning.setting[0]) ?? []), meaning.setting[1]])
    }
  }
  return { bucket: [...bucket], object: [...object], version: [...version], settings }
}

function entitlementsOf(resource: string, meaning: Meant): Entitlement[] {
  const name = resource === '*' ? '*' : /^arn:[a-z-]*:s3:::(.+)$/s.exec(resource)?.[1]
  if (name === undefined) throw new PolicyError(`resource ${resource} is not an S3 ARN`)
  if (name.includes('${')) throw new PolicyError(`resource ${resource}: policy variables are not supported`)
  const ofBuckets = (path: readonly string[]): Entitlement[] => [
    ...some('bucket', path, meaning.bucket),
    ...[...meaning.settings].flatMap(([setting, actions]) => some('bucket-setting', [setting, ...path], actions)),
  ]
  const ofKeys = (path: readonly string[], counts: (action: Action) => boolean): Entitlement[] => [
    ...some('object', path, meaning.object.filter(counts)),
    ...some('object-version', path, meaning.version.filter(counts)),
  ]
  if (name === '*') return [...ofBuckets([]), ...ofKeys([], () => true)]
  const slash = name.indexOf('/')
  const bucket = slash < 0 ? name : name.slice(0, slash)
  if (/[*?]/.test(bucket)) throw new PolicyError(`resource ${resource}: a pattern within the bucket's name is not supported`)
  if (slash < 0) return [...ofBuckets([bucket]), ...ofKeys([bucket], (a) => a === 'list')]
  const key = name.slice(slash + 1)
  if (!key.endsWith('*') || /[*?]/.test(key.slice(0, -1)))
    throw new PolicyError(`resource ${resource}: name a prefix, with one asterisk at its end`)
  const prefix = key.slice(0, -1)
  return ofKeys(prefix === '' ? [bucket] : [bucket, prefix], (a) => a !== 'list')
}

function some(
  kind: 'bucket' | 'bucket-setting' | 'object' | 'object-version',
  path: readonly string[],
  actions: readonly Action[],
): Entitlement[] {
  return actions.length === 0 ? [] : [{ kind, path, actions }]
}

function asArray(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
