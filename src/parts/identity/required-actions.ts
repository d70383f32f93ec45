// What a person can be made to do at his next login; Keycloak's names.
import type { Context } from '#parts/identity/context'
import type { User } from '#parts/identity/store/users'

export const REQUIRED_ACTIONS = ['UPDATE_PASSWORD', 'CONFIGURE_TOTP'] as const

export type RequiredAction = (typeof REQUIRED_ACTIONS)[number]

export function isRequiredAction(name: string): name is RequiredAction {
  return (REQUIRED_ACTIONS as readonly string[]).includes(name)
}

/** Nothing is issued to him before he has logged in at the page and done what is due there. */
export function mustAct(context: Context, realm: string, user: User): boolean {
  return !user.serviceClient && (user.requiredActions.length > 0 || lacksFactor(context, realm, user))
}

/** A role of his needs a second factor, and he has none. */
export function lacksFactor({ realm: platform, secondFactorRoles }: Context, realm: string, { totp, realmRoles }: User): boolean {
  return realm === platform && !totp && realmRoles.some((role) => secondFactorRoles.includes(role))
}
