// STS: whose credentials these are, and sessions of people in one of their roles, by a token of the realm.
import { createHash } from 'node:crypto'
import { authorise } from '#kit/access'
import { NotAuthenticated } from '#kit/errors'
import type { WebIdentity } from '#parts/storage/assumed'
import type { Authenticated } from '#parts/storage/authenticate'
import {
  ExpiredIdentityToken,
  InvalidAction,
  InvalidIdentityToken,
  InvalidInput,
  NotImplemented,
  NotPersons,
  PackedPolicyTooLarge,
  ProviderSilent,
} from '#parts/storage/errors'
import { assertPolicy, type Form, formReply, isoTime, userArn } from '#parts/storage/handlers/forms'
import { ACCOUNT } from '#parts/storage/protocol/judge'
import type { Reply, Store } from '#parts/storage/request'
import { isServiceAccount } from '#wire/oidc/claims'
import { FROM_CLAIM, GRANT_CLAIM, VERSION_CLAIM } from '#wire/oidc/ended'
import type { VerifiedToken } from '#wire/oidc/verify'
import { type Assumed, base32, mintSession } from '#wire/s3/session'
import { STS_NAMESPACE } from '#wire/s3/xml'

export const WITH_WEB_IDENTITY = 'AssumeRoleWithWebIdentity'

/** What of the token is kept: whose it is, and what it hangs on. */
const KEPT_CLAIMS = ['sub', 'sid', 'jti', GRANT_CLAIM, FROM_CLAIM, VERSION_CLAIM]
const TAKEN = ['Action', 'Version', 'RoleArn', 'RoleSessionName', 'WebIdentityToken', 'DurationSeconds', 'Policy']
/** Seconds. */
const DURATION = { least: 900, usual: 3600, most: 12 * 3600 }
const LONGEST_POLICY = 2048

/** Signed. Needs no right. */
export function handleSts(form: Form, { caller, assumed }: Pick<Authenticated, 'caller' | 'assumed'>): Reply {
  const name = form.get('Action') ?? ''
  if (name === 'AssumeRole') throw NotImplemented({ what: `AssumeRole (only ${WITH_WEB_IDENTITY}, by a token of the realm,)` })
  if (name !== 'GetCallerIdentity') throw InvalidAction({ action: name })
  const who = assumed
    ? { UserId: roleId(assumed), Account: ACCOUNT, Arn: assumedArn(assumed) }
    : { UserId: caller.sub, Account: ACCOUNT, Arn: userArn(caller.sub, '/') }
  return formReply(name, who, STS_NAMESPACE)
}

/** Unsigned: the token says who asks. */
export async function assumeRole({ authoriser, now, sessionKey, webIdentity }: Store, form: Form): Promise<Reply> {
  const other = [...form.keys()].find((name) => !TAKEN.includes(name))
  if (other !== undefined) throw NotImplemented({ what: `${WITH_WEB_IDENTITY} with ${other}` })
  const { role, name } = namesIn(form)
  const ttlSeconds = durationIn(form)
  const policy = policyIn(form)
  const { caller, claims } = await verified(webIdentity, form.get('WebIdentityToken') ?? '')
  const { account } = caller
  if (account === undefined || isServiceAccount(caller.sub)) throw NotPersons()
  await authorise(authoriser, caller, 'create', { kind: 'assumed-role', path: [role] })
  const token = Object.fromEntries(KEPT_CLAIMS.flatMap((claim) => (claims[claim] === undefined ? [] : [[claim, claims[claim]]])))
  const assumed: Assumed = { role, name, token, ...(policy === undefined ? {} : { policy }) }
  const owner = webIdentity.ownerOf({ username: caller.sub, account, rightsVersion: caller.rightsVersion ?? 0 })
  const session = mintSession(sessionKey, { sub: caller.sub, owner, assumed, entitlements: [], ttlSeconds }, now())
  return formReply(
    WITH_WEB_IDENTITY,
    {
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        SessionToken: session.sessionToken,
        Expiration: isoTime(session.expiration.getTime()),
      },
      SubjectFromWebIdentityToken: claims.sub,
      AssumedRoleUser: { AssumedRoleId: roleId(assumed), Arn: assumedArn(assumed) },
      Provider: claims.iss,
      Audience: typeof claims.azp === 'string' ? claims.azp : undefined,
      ...(policy === undefined ? {} : { PackedPolicySize: Math.ceil((policy.length / LONGEST_POLICY) * 100) }),
    },
    STS_NAMESPACE,
  )
}

async function verified(webIdentity: WebIdentity, token: string): Promise<VerifiedToken> {
  if (token === '') throw InvalidInput({ reason: 'WebIdentityToken is missing' })
  try {
    return await webIdentity.verify(token)
  } catch (error) {
    if (causeOf(error) === EXPIRED) throw ExpiredIdentityToken({}, error)
    if (NotAuthenticated.is(error)) throw InvalidIdentityToken({ reason: (error as Error).message }, error)
    throw ProviderSilent({}, error)
  }
}

/** Of the library that verifies it. */
const EXPIRED = 'ERR_JWT_EXPIRED'

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException).code : undefined
}

function namesIn(form: Form): { role: string; name: string } {
  const [, role] = /^arn:aws:iam::(?:\d{12}):role\/([\w+=,.@-]{1,64})$/.exec(form.get('RoleArn') ?? '') ?? []
  if (role === undefined || !form.get('RoleArn')?.startsWith(`arn:aws:iam::${ACCOUNT}:`))
    throw InvalidInput({ reason: `RoleArn must be arn:aws:iam::${ACCOUNT}:role/ROLE, with a role of the realm` })
  const name = form.get('RoleSessionName') ?? ''
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) throw InvalidInput({ reason: 'RoleSessionName must be 2 to 64 letters, digits or any of _+=,.@-' })
  return { role, name }
}

function durationIn(form: Form): number {
  const text = form.get('DurationSeconds') ?? String(DURATION.usual)
  if (!/^\d{1,6}$/.test(text) || Number(text) < DURATION.least || Number(text) > DURATION.most)
    throw InvalidInput({ reason: `DurationSeconds must be a whole number from ${DURATION.least} to ${DURATION.most}` })
  return Number(text)
}

function policyIn(form: Form): string | undefined {
  const policy = form.get('Policy')
  if (policy === undefined) return undefined
  if (policy.length > LONGEST_POLICY) throw PackedPolicyTooLarge({ limit: LONGEST_POLICY })
  assertPolicy(policy)
  return policy
}

function assumedArn({ role, name }: Assumed): string {
  return `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`
}

/** The same for each session of the role. */
function roleId({ role, name }: Assumed): string {
  return `AROA${base32(createHash('sha256').update(role).digest().subarray(0, 10))}:${name}`
}
