// What the authoriser is asked about the audit itself: who may read it.
import { ADMINISTRATORS, defineResourceKind } from '#kit/resource-kind'

export const AUDIT_KIND = 'audit'

export const auditKinds = [defineResourceKind(AUDIT_KIND, [], ADMINISTRATORS)]
