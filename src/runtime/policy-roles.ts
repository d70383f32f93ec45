// Roles that the policy in force knows, and those that somebody holds of a policy that was.
import type { AccessModel } from '#kit/access-model'
import { ROLES } from '#platform/names'

/** Of every realm of Keycloak's, for whoever is in it. */
const BUILT_IN = /^(default-roles-.*|offline_access|uma_authorization)$/

/** Those that may be given: the platform's own, and the policy's. */
export const rolesOfPolicy = ({ roleGrants }: AccessModel): ReadonlySet<string> =>
  new Set([...Object.values(ROLES), ...Object.keys(roleGrants)])

/** Held roles that give nothing, since the policy that knew them is not in force any more. */
export function unknownRoles(known: ReadonlySet<string>, held: readonly string[]): string[] {
  return held.filter((role) => !known.has(role) && !BUILT_IN.test(role))
}

/** By such a role, how many people hold it. */
export function holdersOfUnknown(model: AccessModel, people: Iterable<{ readonly roles: readonly string[] }>): ReadonlyMap<string, number> {
  const known = rolesOfPolicy(model)
  const holders = new Map<string, number>()
  for (const { roles } of people) for (const role of unknownRoles(known, roles)) holders.set(role, (holders.get(role) ?? 0) + 1)
  return holders
}
