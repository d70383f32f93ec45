// A stored user as the provider's account.
import type { Account } from 'oidc-provider'
import type { User } from '#parts/identity/store/users'
import { identityClaims } from '#wire/oidc/claims'

export interface UserAccount extends Account {
  readonly user: User
}

export function toAccount(user: User): UserAccount {
  return { accountId: user.id, user, claims: () => identityClaims(user) }
}
