// What the authoriser is asked about the audit itself: who may read it.
import { administrators, defineResourceKind } from '#kit/resource-kind'

export const AUDIT_KIND = 'audit'

const rules = {
  list: administrators,
  read: administrators,
  write: administrators,
  create: administrators,
  drop: administrators,
  manage: administrators,
} as const

export const auditKinds = [defineResourceKind(AUDIT_KIND, [], rules)]
