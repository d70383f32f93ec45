// By which groups of the realm the policy gives somebody a role, and which line says so.
import type { Policy } from '#platform/policy/source'

export interface RoleByGroup {
  readonly role: string
  /** The group that the policy names: one of the person's, or one above it. */
  readonly group: string
  /** `file:line`. */
  readonly at: string
}

/** Of who is in the groups of these paths. */
export function rolesByGroup({ model: { groupRoles = {} }, places }: Policy, paths: readonly string[]): RoleByGroup[] {
  return Object.entries(groupRoles)
    .filter(([group]) => paths.some((path) => path === group || path.startsWith(`${group}/`)))
    .flatMap(([group, roles]) =>
      roles.map((role, i) => {
        const place = places[`groupRoles/${group}/${i}`]
        return { role, group, at: place === undefined ? '' : `${place.file}:${place.line}` }
      }),
    )
}
