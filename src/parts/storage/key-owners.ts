// A key of a person is worth what that person may do now, whatever it was made for.
import type { Entitlement } from '#kit/access'
import { InvalidAccessKeyId, OwnerUnheard } from '#parts/storage/errors'

export interface Standing {
  readonly roles: readonly string[]
  covers(bucket: string): boolean
}

export interface KeyOwners {
  /** By name and path of the key's user; undefined: no person's, its policies alone count. */
  ownerOf(user: string, path: string): string | undefined
  /** From memory, since every request asks. `gone`: no such account, or it is disabled; `unheard`: nobody can say now. */
  standing(owner: string): Standing | 'gone' | 'unheard'
}

/** What is left of what the key was made for. @throws InvalidAccessKeyId for an account that is gone, OwnerUnheard */
export function rightsOfNow(
  owners: KeyOwners,
  owner: string,
  key: { readonly id: string; readonly entitlements: readonly Entitlement[] },
): { readonly roles: readonly string[]; readonly entitlements: readonly Entitlement[] } {
  const standing = owners.standing(owner)
  if (standing === 'gone') throw InvalidAccessKeyId({ key: key.id })
  if (standing === 'unheard') throw OwnerUnheard()
  const entitlements = key.entitlements.filter(({ path: [bucket] }) => bucket !== undefined && standing.covers(bucket))
  return { roles: standing.roles, entitlements }
}
