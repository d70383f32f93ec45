// Policies of buckets: read from their document, and what they say to one request, as in S3: what is denied is denied, whatever allows it.
import { MANY, ONE, wildcard } from '#kit/wildcard'
import { PolicyError } from '#wire/s3/policy'

/** S3 has it, and it is not done here. */
export class PolicyNotDone extends Error {}

/** It lets in everybody. */
export class PublicPolicy extends Error {}

export interface Asking {
  /** Of a user; undefined of the account itself. */
  readonly user: string | undefined
  /** Without `s3:`. */
  readonly action: string
  /** Undefined for what is done to the bucket. */
  readonly key: string | undefined
  /** The value of a condition's key; undefined where the request has none. */
  context(name: string): string | undefined
}

export type Said = 'allow' | 'deny' | 'nothing'

export interface BucketPolicy {
  /** The users that it names. */
  readonly users: readonly string[]
  says(asking: Asking): Said
}

interface Statement {
  readonly effect: 'allow' | 'deny'
  readonly users: readonly string[]
  applies(asking: Asking): boolean
}

type Test = (asking: Asking) => boolean
type Fields = Readonly<Record<string, unknown>>

export interface PolicyOf {
  readonly bucket: string
  readonly account: string
  /** Without `s3:`: done to a bucket, and to the objects in it. */
  readonly actions: { readonly bucket: readonly string[]; readonly object: readonly string[] }
}

const ELEMENTS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']
const VERSIONS = ['2012-10-17', '2008-10-17']

/** @throws PolicyError, PolicyNotDone, PublicPolicy */
export function parseBucketPolicy(document: string, of: PolicyOf): BucketPolicy {
  const policy = objectIn('the policy', json(document), ['Version', 'Id', 'Statement'])
  if (policy.Version !== undefined && !VERSIONS.includes(String(policy.Version)))
    throw new PolicyError(`Version is one of ${VERSIONS.join(', ')}`)
  const statements = list(policy.Statement).map((statement) => readStatement(objectIn('a Statement', statement, ELEMENTS), of))
  if (statements.length === 0) throw new PolicyError('the policy has no Statement')
  return {
    users: statements.flatMap(({ users }) => users),
    says: (asking) => {
      const effects = statements.filter(({ applies }) => applies(asking)).map(({ effect }) => effect)
      if (effects.includes('deny')) return 'deny'
      return effects.length > 0 ? 'allow' : 'nothing'
    },
  }
}

function json(document: string): unknown {
  try {
    return JSON.parse(document)
  } catch {
    throw new PolicyError('the policy is not JSON')
  }
}

function readStatement(fields: Fields, of: PolicyOf): Statement {
  if (fields.Effect !== 'Allow' && fields.Effect !== 'Deny') throw new PolicyError('Effect is Allow or Deny')
  if (fields.Sid !== undefined && typeof fields.Sid !== 'string') throw new PolicyError('Sid must be a text')
  const effect = fields.Effect === 'Allow' ? 'allow' : 'deny'
  const principals = either(fields, 'Principal', (value) => principalsIn(value, of.account))
  if (effect === 'allow' && (principals.not || principals.value.everyone)) throw new PublicPolicy('a statement allows everybody')
  const named = either(fields, 'Action', (value) => actionsIn(value, of))
  const resources = either(fields, 'Resource', (value) => resourcesIn(value, of.bucket))
  if (!named.not && !resources.not) assertMeet(named.value, resources.value)
  const conditions = conditionsIn(fields.Condition)
  const who = ({ user }: Asking): boolean => {
    const { everyone, account, users } = principals.value
    if (everyone || (user === undefined ? account : users.includes(user))) return true
    // The account stands for all of its users where they are denied; what it may do, and what it is excepted from, is not theirs.
    return account && effect === 'deny' && !principals.not
  }
  return {
    effect,
    users: principals.value.users,
    applies: (asking) =>
      who(asking) !== principals.not &&
      named.value.fits(asking) !== named.not &&
      resources.value.fits(asking) !== resources.not &&
      conditions.every((holds) => holds(asking)),
  }
}

/** `X` or `NotX`, and never both. */
function either<T>(fields: Fields, name: string, read: (value: unknown) => T): { readonly value: T; readonly not: boolean } {
  const not = fields[`Not${name}`] !== undefined
  if (not === (fields[name] !== undefined)) throw new PolicyError(`a Statement has either ${name} or Not${name}`)
  return { value: read(not ? fields[`Not${name}`] : fields[name]), not }
}

interface Principals {
  readonly everyone: boolean
  readonly account: boolean
  readonly users: readonly string[]
}

function principalsIn(value: unknown, account: string): Principals {
  if (value === '*') return { everyone: true, account: false, users: [] }
  const fields = objectIn('Principal', value, ['AWS', 'CanonicalUser', 'Federated', 'Service'])
  const other = Object.keys(fields).find((kind) => kind !== 'AWS')
  if (other !== undefined) throw new PolicyNotDone(`the principal ${other}`)
  const names = texts('Principal', fields.AWS)
  const ofAccount = [account, `arn:aws:iam::${account}:root`]
  const ofUser = `arn:aws:iam::${account}:user/`
  const users = names.filter((name) => name !== '*' && !ofAccount.includes(name))
  for (const name of users)
    if (!name.startsWith(ofUser) || name.endsWith('/')) throw new PolicyError(`Invalid principal in policy: ${name}`)
  return {
    everyone: names.includes('*'),
    account: names.some((name) => ofAccount.includes(name)),
    users: users.map((name) => name.slice(name.lastIndexOf('/') + 1)),
  }
}

interface Named {
  readonly patterns: readonly string[]
  readonly onBucket: boolean
  readonly onObject: boolean
  readonly fits: Test
}

function actionsIn(value: unknown, { actions }: PolicyOf): Named {
  const patterns = texts('Action', value).map((text) => {
    const name = text === '*' ? '*' : /^s3:(.+)$/i.exec(text)?.[1]
    if (name === undefined) throw new PolicyError(`Policy has invalid action: ${text}`)
    return name.toLowerCase()
  })
  const fit = patterns.map(pattern)
  const among = (names: readonly string[]) => names.some((name) => fit.some((fits) => fits(name.toLowerCase())))
  const strange = patterns.find((_, i) => ![...actions.bucket, ...actions.object].some((name) => fit[i]?.(name.toLowerCase())))
  if (strange !== undefined) throw new PolicyError(`Policy has invalid action: s3:${strange} is none that is asked here`)
  return {
    patterns,
    onBucket: among(actions.bucket),
    onObject: among(actions.object),
    fits: ({ action }) => fit.some((fits) => fits(action.toLowerCase())),
  }
}

function resourcesIn(value: unknown, bucket: string): Named {
  const patterns = texts('Resource', value).map((text) => {
    const name = /^arn:aws:s3:::(.+)$/s.exec(text)?.[1]
    if (name === undefined || (name !== bucket && !name.startsWith(`${bucket}/`)))
      throw new PolicyError(`Policy has invalid resource: ${text}`)
    assertNoVariable(text)
    return name
  })
  const fit = patterns.map(pattern)
  return {
    patterns,
    onBucket: patterns.includes(bucket),
    onObject: patterns.some((name) => name !== bucket),
    fits: ({ key }) => fit.some((fits) => fits(key === undefined ? bucket : `${bucket}/${key}`)),
  }
}

/** As in S3, where a statement that could never apply is a mistake. */
function assertMeet(actions: Named, resources: Named): void {
  if (!(actions.onBucket && resources.onBucket) && !(actions.onObject && resources.onObject))
    throw new PolicyError('Action does not apply to any resource(s) in statement')
}

type Compare = (actual: string, wanted: string) => boolean

const number =
  (compare: (a: number, b: number) => boolean): Compare =>
  (actual, wanted) =>
    compare(Number(actual), Number(wanted))
const time =
  (compare: (a: number, b: number) => boolean): Compare =>
  (actual, wanted) =>
    compare(Date.parse(actual), Date.parse(wanted))
const ordered = (kind: string, of: typeof number): Record<string, Compare> => ({
  [`${kind}Equals`]: of((a, b) => a === b),
  [`${kind}LessThan`]: of((a, b) => a < b),
  [`${kind}LessThanEquals`]: of((a, b) => a <= b),
  [`${kind}GreaterThan`]: of((a, b) => a > b),
  [`${kind}GreaterThanEquals`]: of((a, b) => a >= b),
})
const like: Compare = (actual, wanted) => pattern(wanted)(actual)

const OPERATORS = new Map<string, Compare>(
  Object.entries({
    StringEquals: (actual: string, wanted: string) => actual === wanted,
    StringEqualsIgnoreCase: (actual: string, wanted: string) => actual.toLowerCase() === wanted.toLowerCase(),
    StringLike: like,
    ArnLike: like,
    ArnEquals: like,
    ...ordered('Numeric', number),
    ...ordered('Date', time),
  }),
)

/** By the operator that they turn round: they hold of what is not there. */
const NEGATED = new Map(
  ['StringEquals', 'StringEqualsIgnoreCase', 'StringLike', 'ArnLike', 'ArnEquals', 'NumericEquals', 'DateEquals'].map((name) => [
    name.replace(/^(String|Arn|Numeric|Date)/, '$1Not'),
    name,
  ]),
)

/** Of the request, of the object as it is, and of who asks; with an end of their own: the tag. */
const CONTEXT = [
  ...['s3:prefix', 's3:delimiter', 's3:max-keys', 's3:VersionId', 's3:x-amz-acl', 's3:x-amz-copy-source', 's3:x-amz-metadata-directive'],
  ...['s3:x-amz-storage-class', 's3:x-amz-server-side-encryption', 's3:x-amz-content-sha256', 's3:if-match', 's3:if-none-match'],
  ...['s3:object-lock-mode', 's3:object-lock-legal-hold', 'aws:username', 'aws:PrincipalArn', 'aws:CurrentTime'],
]
const TAGS = ['s3:ExistingObjectTag/', 's3:RequestObjectTag/']

function conditionsIn(value: unknown): Test[] {
  if (value === undefined) return []
  return Object.entries(objectIn('Condition', value)).flatMap(([operator, keys]) =>
    Object.entries(objectIn(operator, keys)).map(([key, wanted]) => conditionOf(operator, key, values(key, wanted))),
  )
}

function conditionOf(operator: string, key: string, wanted: readonly string[]): Test {
  const name = contextName(key)
  for (const text of wanted) assertNoVariable(text)
  if (operator === 'Null') return ({ context }) => wanted.some((text) => (text === 'true') === (context(name) === undefined))
  const ifExists = operator.endsWith('IfExists')
  const base = ifExists ? operator.slice(0, -'IfExists'.length) : operator
  const negated = NEGATED.get(base)
  const compare = OPERATORS.get(negated ?? base)
  if (!compare) throw new PolicyNotDone(`the condition ${operator}`)
  return ({ context }) => {
    const actual = context(name)
    if (actual === undefined) return ifExists || negated !== undefined
    return wanted.some((text) => compare(actual, text)) === (negated === undefined)
  }
}

/** Names of keys have no case, but the tag behind them has. */
function contextName(key: string): string {
  const lower = key.toLowerCase()
  const known = CONTEXT.find((name) => name.toLowerCase() === lower)
  if (known !== undefined) return known
  const tag = TAGS.find((start) => lower.startsWith(start.toLowerCase()))
  if (tag === undefined) throw new PolicyNotDone(`the condition on ${key}`)
  return tag + key.slice(tag.length)
}

function assertNoVariable(text: string): void {
  if (text.includes('${')) throw new PolicyNotDone('a variable in a policy')
}

function pattern(text: string): (of: string) => boolean {
  return wildcard([...text].map((c) => (c === '*' ? MANY : c === '?' ? ONE : c)))
}

function objectIn(what: string, value: unknown, known?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PolicyError(`${what} must be an object`)
  const other = known && Object.keys(value).find((name) => !known.includes(name))
  if (other !== undefined) throw new PolicyError(`${what} has no element ${other}`)
  return value as Fields
}

function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function texts(what: string, value: unknown): readonly string[] {
  const all = list(value)
  if (all.length === 0) throw new PolicyError(`${what} is empty`)
  return all.map((text) => {
    if (typeof text !== 'string') throw new PolicyError(`${what} must be a text or a list of texts`)
    return text
  })
}

/** Of a condition, which may be written as numbers and truths too. */
function values(what: string, value: unknown): readonly string[] {
  return texts(
    what,
    list(value).map((one) => (typeof one === 'number' || typeof one === 'boolean' ? String(one) : one)),
  )
}
