// What a session opens that a person got with a token of the realm: what his key would, in one of his roles, by his rights of now, narrowed by its policy.
import type { Entitlement } from '#kit/access'
import { LentToOther } from '#parts/storage/errors'
import { assertStands, type KeyOwners } from '#parts/storage/key-owners'
import { POLICY_ACTIONS } from '#parts/storage/protocol/actions'
import type { VerifiedToken } from '#wire/oidc/verify'
import { meet, parsePolicy } from '#wire/s3/policy'
import type { Session, SessionOwner } from '#wire/s3/session'

/** Tokens of the realm, as this part takes them. */
export interface WebIdentity {
  /** @throws NotAuthenticated; IdentitySilent where nobody can say now */
  verify(token: string): Promise<VerifiedToken>
  /** Whether a token of these claims was revoked, or its session has ended. */
  hasEnded(claims: Readonly<Record<string, unknown>>): boolean
  /** Whose a session is: the path of his account, as keys of people have it for their user, and the count of his rights now. */
  ownerOf(person: { readonly username: string; readonly account: string; readonly rightsVersion: number }): SessionOwner
  /** What a person's key over these buckets may do: an IAM policy. */
  policyOver(buckets: readonly string[]): string
}

export interface AssumedDeps {
  readonly keyOwners: KeyOwners
  readonly webIdentity: WebIdentity
  readonly buckets: () => readonly string[]
}

interface Opened {
  readonly entitlements: readonly Entitlement[]
  readonly roles: readonly string[]
}

const MOST_REMEMBERED = 500

/** @throws LentToOther, OwnerUnheard */
export function createAssumed({ keyOwners, webIdentity, buckets }: AssumedDeps): (session: Session) => Opened {
  const remembered = new Map<string, readonly Entitlement[]>()
  const read = (document: string): readonly Entitlement[] => {
    const known = remembered.get(document)
    if (known) return known
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    const entitlements = parsePolicy(document, POLICY_ACTIONS)
    remembered.set(document, entitlements)
    return entitlements
  }
  return ({ sub, owner, assumed }) => {
    if (!owner || !assumed || webIdentity.hasEnded(assumed.token)) throw LentToOther({ user: sub })
    const { covers, roles } = assertStands(keyOwners.standing(sub, owner.path), sub, owner)
    const covered = buckets().filter((bucket) => covers(bucket, assumed.role))
    const own = covered.length === 0 ? [] : read(webIdentity.policyOver(covered))
    return { roles, entitlements: assumed.policy === undefined ? own : meet(own, read(assumed.policy)) }
  }
}
