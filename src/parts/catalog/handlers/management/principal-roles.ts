// Principal roles, and the catalogue roles that they hold, over the management API.
import type { Context } from 'hono'
import { readBody } from '#parts/catalog/bodies'
import { BadRequest } from '#parts/catalog/errors'
import { createManagementAsks } from '#parts/catalog/handlers/management/asks'
import { shapes, toPrincipal, toRole } from '#parts/catalog/handlers/management/bodies'
import { bodyText, type Env, json, param } from '#parts/catalog/http'
import type { CatalogDeps } from '#parts/catalog/ports'
import type { Stores } from '#parts/catalog/store/stores'

type C = Context<Env>

const ROLES = { kind: 'principal' } as const
const BUILT_IN = 'service_admin'

export function principalRoleHandlers(deps: CatalogDeps, stores: Stores) {
  const asks = createManagementAsks(deps)
  const catalogRoles = async (catalog: string) => ({ kind: 'catalog', catalogId: (await stores.catalogs.get(catalog)).id }) as const

  return {
    list: async (c: C) => {
      await asks.mustPrincipals(c.get('caller'), 'list')
      return json(c, { roles: (await stores.roles.list(ROLES)).map(toRole) })
    },
    create: async (c: C) => {
      await asks.mustPrincipals(c.get('caller'), 'manage')
      const { name, properties = {}, federated = false } = readBody(shapes.createPrincipalRole, await bodyText(c)).principalRole
      return json(c, toRole(await stores.roles.create(ROLES, { name, properties, federated })), 201)
    },
    get: async (c: C) => {
      await asks.mustPrincipals(c.get('caller'), 'read')
      return json(c, toRole(await stores.roles.get(ROLES, param(c, 'role'))))
    },
    update: async (c: C) => {
      await asks.mustPrincipals(c.get('caller'), 'manage')
      const body = readBody(shapes.update, await bodyText(c))
      return json(c, toRole(await stores.roles.update(ROLES, param(c, 'role'), body.currentEntityVersion, body.properties)))
    },
    drop: async (c: C) => {
      await asks.mustPrincipals(c.get('caller'), 'manage')
      if (param(c, 'role') === BUILT_IN) throw BadRequest({ reason: `principal role ${BUILT_IN} is built in and stays` })
      await stores.roles.drop(ROLES, param(c, 'role'))
      return c.body(null, 204)
    },
    listPrincipals: async (c: C) => {
      await asks.mustPrincipals(c.get('caller'), 'read')
      const { name } = await stores.roles.get(ROLES, param(c, 'role'))
      return json(c, { principals: (await stores.principals.list(name)).map(toPrincipal) })
    },
    listCatalogRoles: async (c: C) => {
      const catalog = param(c, 'catalog')
      await asks.mustCatalog(c.get('caller'), 'manage', catalog)
      const [role, { catalogId }] = [await stores.roles.get(ROLES, param(c, 'role')), await catalogRoles(catalog)]
      return json(c, { roles: (await stores.roles.catalogRolesOf(role.id, catalogId)).map(toRole) })
    },
    assign: async (c: C) => {
      const catalog = param(c, 'catalog')
      await asks.mustCatalog(c.get('caller'), 'manage', catalog)
      const { catalogRole } = readBody(shapes.assignCatalogRole, await bodyText(c))
      const role = await stores.roles.get(ROLES, param(c, 'role'))
      const held = await stores.roles.get(await catalogRoles(catalog), catalogRole.name)
      await stores.roles.addHolder(held.id, role.id)
      return c.body(null, 201)
    },
    unassign: async (c: C) => {
      const catalog = param(c, 'catalog')
      await asks.mustCatalog(c.get('caller'), 'manage', catalog)
      const role = await stores.roles.get(ROLES, param(c, 'role'))
      const held = await stores.roles.get(await catalogRoles(catalog), param(c, 'catalogRole'))
      await stores.roles.removeHolder(held.id, role.id)
      return c.body(null, 204)
    },
  }
}
