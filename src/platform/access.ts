// Who may do what: the roles' grants, and what is hidden from whom, as data. The policy part answers from it.
import type { AccessModel } from '#kit/access-model'
import { NAMESPACES, ROLES, SHARED_BUCKET } from '#platform/names'

const PUBLISHES = { report: { create: ['*'] } } as const

const LAKE_WRITE = NAMESPACES.map((n) => `iceberg.${n}`)

export const roleGrants: AccessModel['roleGrants'] = {
  [ROLES.admin]: { all: true, clear: true },
  [ROLES.engineer]: {
    read: ['*.*'],
    write: [...LAKE_WRITE, 'banking.*', 'healthcare.*', 'postgresql.*'],
    clear: true,
    buckets: ['akko-warehouse', 'akko-projects', SHARED_BUCKET],
    grants: PUBLISHES,
  },
  [ROLES.analyst]: { read: ['*.*'], clear: true, buckets: [SHARED_BUCKET], grants: PUBLISHES },
  [ROLES.user]: { read: ['*.*'], buckets: [SHARED_BUCKET], grants: PUBLISHES },
  [ROLES.viewer]: { read: ['iceberg.analytics', 'postgresql.*'], filtered: true },
}

/** How a class of personal data is shown to those who may not see it clear. `{column}` is replaced; Trino SQL. */
export const masks = {
  name: "substr({column}, 1, 1) || '***'",
  email: "'***@' || split_part({column}, '@', 2)",
  phone: "'***' || substr({column}, -2)",
  identifier: "'***' || substr({column}, -4)",
  date: "date_trunc('year', {column})",
} as const

/**
 * Columns that hold personal data, by name in any case, wherever they appear in these schemas' tables; the first that names one counts.
 * A column that holds a field of such a name, at any depth of its type, is shown as NULL.
 */
export const classified: readonly { readonly schemas: readonly string[]; readonly column: string; readonly as: keyof typeof masks }[] = [
  { schemas: ['iceberg.banking', 'banking.public'], column: 'full_name', as: 'name' },
  { schemas: ['iceberg.banking', 'banking.public'], column: 'email', as: 'email' },
  { schemas: ['iceberg.banking', 'banking.public'], column: 'phone', as: 'phone' },
  { schemas: ['iceberg.banking', 'banking.public'], column: 'iban', as: 'identifier' },
  { schemas: ['iceberg.banking', 'banking.public'], column: 'birth_date', as: 'date' },
]

/** Rows that a filtered role sees, in tables of these schemas that have the column. `{column}` is replaced; Trino SQL. */
export const rowFilters: AccessModel['rowFilters'] = [
  { schemas: ['iceberg.analytics', 'postgresql.public'], column: 'confidential', filter: 'NOT {column}' },
]
