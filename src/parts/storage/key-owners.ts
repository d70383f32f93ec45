// A key of a person is worth what that person may do now, whatever it was made for.
import type { Entitlement } from '#kit/access'
import { InvalidAccessKeyId, LentToOther, OwnerUnheard } from '#parts/storage/errors'
import type { SessionOwner } from '#wire/s3/session'

export interface Standing {
  /** How often the person's rights were narrowed until now. */
  readonly rightsVersion: number
  readonly roles: readonly string[]
  /** `role`: by this one alone. */
  covers(bucket: string, role?: string): boolean
}

export interface KeyOwners {
  /**
   * Of the person whose the key is, by name and path of the key's user; from memory, since every request asks. Undefined: no person's,
   * its policies alone count. `gone`: no such account, or it is disabled; `unheard`: nobody can say now.
   */
  standing(user: string, path: string): Standing | 'gone' | 'unheard' | undefined
}

/** What was lent to a person is worth nothing once his rights were narrowed, whatever he got back since. @throws LentToOther, OwnerUnheard */
export function assertStands(standing: ReturnType<KeyOwners['standing']>, user: string, { rightsVersion }: SessionOwner): Standing {
  if (standing === 'unheard') throw OwnerUnheard()
  if (standing === undefined || standing === 'gone' || !(standing.rightsVersion <= rightsVersion)) throw LentToOther({ user })
  return standing
}

/** What is left of what the key was made for. @throws InvalidAccessKeyId for an account that is gone, OwnerUnheard */
export function rightsOfNow(
  standing: NonNullable<ReturnType<KeyOwners['standing']>>,
  key: { readonly id: string; readonly entitlements: readonly Entitlement[] },
): Standing & { readonly entitlements: readonly Entitlement[] } {
  if (standing === 'gone') throw InvalidAccessKeyId({ key: key.id })
  if (standing === 'unheard') throw OwnerUnheard()
  const covered = (bucket: string | undefined) => bucket !== undefined && standing.covers(bucket)
  return { ...standing, entitlements: key.entitlements.filter((e) => covered(bucketOf(e))) }
}

function bucketOf({ kind, path: [first, second] }: Entitlement): string | undefined {
  return kind.endsWith('-setting') ? second : first
}
