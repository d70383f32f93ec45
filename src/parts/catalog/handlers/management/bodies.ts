// Shapes of the management API's bodies, and its entities as it prints them.
import { z } from 'zod'
import type { CatalogRow } from '#parts/catalog/store/catalogs'
import type { PrincipalRow, WithSecret } from '#parts/catalog/store/principals'
import type { GrantRow, RoleRow } from '#parts/catalog/store/roles'

const name = z.string().min(1).max(256)
const properties = z.record(z.string(), z.string())
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined)
const storageConfig = z.looseObject({ storageType: z.string(), allowedLocations: maybe(z.array(z.string())) })
const role = z.object({ name, properties: maybe(properties), federated: maybe(z.boolean()) })

export const shapes = {
  createCatalog: z.object({
    catalog: z.object({
      type: z.string().default('INTERNAL'),
      name,
      properties: properties.refine((p) => 'default-base-location' in p, 'default-base-location is missing'),
      storageConfigInfo: storageConfig,
    }),
  }),
  updateCatalog: z.object({
    currentEntityVersion: maybe(z.int()),
    properties: maybe(properties),
    storageConfigInfo: maybe(storageConfig),
  }),
  createPrincipal: z.object({
    principal: z.object({ name, properties: maybe(properties) }),
    credentialRotationRequired: maybe(z.boolean()),
  }),
  reset: z.object({
    clientId: maybe(z.string().regex(/^[A-Za-z0-9._-]{8,64}$/, 'must be 8 to 64 letters, digits, dots, dashes or underscores')),
    clientSecret: maybe(z.string().min(16).max(256)),
  }),
  update: z.object({ currentEntityVersion: z.int(), properties }),
  createPrincipalRole: z.object({ principalRole: role }),
  createCatalogRole: z.object({ catalogRole: role }),
  assignPrincipalRole: z.object({ principalRole: z.object({ name }) }),
  assignCatalogRole: z.object({ catalogRole: z.object({ name }) }),
  grant: z.object({
    grant: z.object({
      type: z.string(),
      privilege: z.string(),
      namespace: maybe(z.array(z.string())),
      tableName: maybe(z.string()),
    }),
  }),
} as const

const entity = (row: { readonly createdAt: Date; readonly updatedAt: Date; readonly version: number }) => ({
  createTimestamp: row.createdAt.getTime(),
  lastUpdateTimestamp: row.updatedAt.getTime(),
  entityVersion: row.version,
})

export function toCatalog(row: CatalogRow): object {
  return { type: row.type, name: row.name, properties: row.properties, ...entity(row), storageConfigInfo: row.storageConfig }
}

export function toPrincipal(row: PrincipalRow): object {
  return { name: row.name, clientId: row.clientId, properties: row.properties, ...entity(row) }
}

/** The one answer that holds a secret in the clear. */
export function toCredentials({ principal, secret }: WithSecret): object {
  return { principal: toPrincipal(principal), credentials: { clientId: principal.clientId, clientSecret: secret.reveal() } }
}

export function toRole(row: RoleRow): object {
  return {
    name: row.name,
    ...(row.federated === undefined ? {} : { federated: row.federated }),
    properties: row.properties,
    ...entity(row),
  }
}

export function toGrantResource(grant: GrantRow): object {
  return {
    type: grant.type,
    privilege: grant.privilege,
    ...(grant.namespace ? { namespace: grant.namespace } : {}),
    ...(grant.table ? { tableName: grant.table } : {}),
  }
}
