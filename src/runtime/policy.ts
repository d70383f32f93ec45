// The one authoriser of this machine, over the declared access model.
import type { Authoriser } from '#kit/access'
import { createRolePolicy } from '#parts/policy/index'
import { classified, masks, roleGrants, rowFilters } from '#platform/access'

export function createPolicy(): Authoriser {
  return createRolePolicy({ roleGrants, masks, classified, rowFilters })
}
