// What a person can be made to do at his next login; Keycloak's names.

export const REQUIRED_ACTIONS = ['UPDATE_PASSWORD'] as const

export type RequiredAction = (typeof REQUIRED_ACTIONS)[number]

export function isRequiredAction(name: string): name is RequiredAction {
  return (REQUIRED_ACTIONS as readonly string[]).includes(name)
}
