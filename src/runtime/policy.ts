// The one authoriser of this machine, over the declared access model.
import { createHash } from 'node:crypto'
import type { Authoriser } from '#kit/access'
import { auditKinds } from '#kit/audit-kind'
import { catalogKinds } from '#parts/catalog/resource-kinds'
import { cockpitKinds } from '#parts/cockpit/resource-kinds'
import { docsKinds } from '#parts/docs/resource-kinds'
import { identityKinds } from '#parts/identity/resource-kinds'
import { createRolePolicy } from '#parts/policy/index'
import { sqlKinds } from '#parts/sql/resource-kinds'
import { storageKinds } from '#parts/storage/resource-kinds'
import { classified, masks, roleGrants, rowFilters } from '#platform/access'
import { VERSION } from '#runtime/version'

/** Everything that may be asked about; each part declares its own. */
export const RESOURCE_KINDS = [
  ...catalogKinds,
  ...storageKinds,
  ...sqlKinds,
  ...identityKinds,
  ...cockpitKinds,
  ...docsKinds,
  ...auditKinds,
]

const model = { roleGrants, masks, classified, rowFilters }

export function createPolicy(): Authoriser {
  return createRolePolicy(model, RESOURCE_KINDS)
}

/** Another one when the same question may be answered otherwise: of what the policy is made now, rules as data and code. */
export function policyVersion(): string {
  return version
}

const version = createHash('sha256')
  .update(JSON.stringify([VERSION, model]))
  .digest('hex')
