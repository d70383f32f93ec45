// People's accounts as they are now: with which roles somebody acts whom another acts for, and those whose rights a view lends.
import { setTimeout as sleep } from 'node:timers/promises'
import { defineError } from '#kit/errors'
import type { AccountOf } from '#parts/catalog/view-owner'
import type { LossOf, OwnerRoles, PersonNow } from '#parts/sql/ports'
import type { PeopleFeed } from '#runtime/people'
import { isServiceAccount } from '#wire/oidc/claims'

const PersonUnknown = defineError('access.identity_silent', 503, 'it cannot be known what {user} may now: single sign-on does not answer', {
  blame: 'operator',
  retryable: true,
  hint: 'try again in a moment, or see ./akko status',
})

/** A service account, or one that was disabled within the token's life. */
const OwnerNoPerson = defineError(
  'access.owner_no_person',
  403,
  '{owner} is no person with an open account: no view is read with its rights',
  {
    hint: 'make the view with SECURITY INVOKER, so that it is read with the rights of who reads it',
  },
)

/** How long the identity part may be unheard before nobody is believed. */
const SILENCE_MS = 10_000
/** How long the first word of it is waited for. */
const FIRST_WORD_MS = 2000

export function createAccounts(people: Pick<PeopleFeed, 'named' | 'silence' | 'heard'>): {
  readonly accountOf: AccountOf
  readonly rolesOf: OwnerRoles
  readonly personNow: PersonNow
  readonly lossOf: LossOf
} {
  const person = async (user: string) => {
    if (people.silence() === Number.POSITIVE_INFINITY) await Promise.race([people.heard, sleep(FIRST_WORD_MS, undefined, { ref: false })])
    if (people.silence() > SILENCE_MS) throw PersonUnknown({ user })
    return people.named(user)
  }
  return {
    accountOf: async (username) => {
      const found = await person(username)
      if (!found) throw OwnerNoPerson({ owner: username })
      return found.id
    },
    rolesOf: async (username, account) => {
      const found = await person(username)
      return found && (account ?? found.id) === found.id ? found.roles : undefined
    },
    // While nobody can say, nobody has lost anything; services' accounts are not among people.
    lossOf: ({ sub, account, rightsVersion }) => {
      if (account === undefined || isServiceAccount(sub) || people.silence() > SILENCE_MS) return undefined
      const now = people.named(sub)
      if (now?.id !== account) return 'account'
      return rightsVersion !== undefined && now.rightsVersion > rightsVersion ? 'rights' : undefined
    },
    personNow: async (username) => {
      const found = await person(username)
      return found && { account: found.id, rightsVersion: found.rightsVersion, roles: found.roles }
    },
  }
}
