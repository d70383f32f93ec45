// Catalogue roles and their grants over the management API.
import type { Context } from 'hono'
import { readBody } from '#parts/catalog/bodies'
import { isGrantable } from '#parts/catalog/entitlements'
import { BadRequest, NotServed } from '#parts/catalog/errors'
import { createManagementAsks } from '#parts/catalog/handlers/management/asks'
import { shapes, toGrantResource, toRole } from '#parts/catalog/handlers/management/bodies'
import { bodyText, type Env, json, param } from '#parts/catalog/http'
import type { CatalogDeps } from '#parts/catalog/ports'
import type { GrantRow } from '#parts/catalog/store/roles'
import type { Stores } from '#parts/catalog/store/stores'

type C = Context<Env>

const BUILT_IN = 'catalog_admin'

export function catalogRoleHandlers(deps: CatalogDeps, stores: Stores) {
  const asks = createManagementAsks(deps)

  /** The catalogue's roles, once the caller may manage its access. */
  const rolesOf = async (c: C) => {
    const catalog = param(c, 'catalog')
    await asks.mustCatalog(c.get('caller'), 'manage', catalog)
    return { kind: 'catalog', catalogId: (await stores.catalogs.get(catalog)).id } as const
  }
  const roleOf = async (c: C) => {
    const set = await rolesOf(c)
    return { catalogId: set.catalogId, role: await stores.roles.get(set, param(c, 'catalogRole')) }
  }

  return {
    list: async (c: C) => json(c, { roles: (await stores.roles.list(await rolesOf(c))).map(toRole) }),
    create: async (c: C) => {
      const set = await rolesOf(c)
      const { name, properties = {} } = readBody(shapes.createCatalogRole, await bodyText(c)).catalogRole
      return json(c, toRole(await stores.roles.create(set, { name, properties })), 201)
    },
    get: async (c: C) => json(c, toRole((await roleOf(c)).role)),
    update: async (c: C) => {
      const set = await rolesOf(c)
      const body = readBody(shapes.update, await bodyText(c))
      return json(c, toRole(await stores.roles.update(set, param(c, 'catalogRole'), body.currentEntityVersion, body.properties)))
    },
    drop: async (c: C) => {
      const set = await rolesOf(c)
      if (param(c, 'catalogRole') === BUILT_IN) throw BadRequest({ reason: `catalog role ${BUILT_IN} is built in and stays` })
      await stores.roles.drop(set, param(c, 'catalogRole'))
      return c.body(null, 204)
    },
    listHolders: async (c: C) => json(c, { roles: (await stores.roles.holdersOf((await roleOf(c)).role.id)).map(toRole) }),
    listGrants: async (c: C) => json(c, { grants: (await stores.roles.grants((await roleOf(c)).role.id)).map(toGrantResource) }),
    grant: async (c: C) => {
      const { catalogId, role } = await roleOf(c)
      await stores.roles.grant(catalogId, role.id, readGrant(await bodyText(c)))
      return c.body(null, 201)
    },
    revoke: async (c: C) => {
      const { catalogId, role } = await roleOf(c)
      await stores.roles.revoke(catalogId, role.id, readGrant(await bodyText(c)))
      return c.body(null, 204)
    },
  }
}

function readGrant(text: string): GrantRow {
  const { type, privilege, namespace, tableName } = readBody(shapes.grant, text).grant
  if (type !== 'catalog' && type !== 'namespace' && type !== 'table') throw NotServed({ what: `a grant on a ${type}` })
  if (!isGrantable(type, privilege)) throw BadRequest({ reason: `privilege ${privilege} cannot be granted on a ${type} here` })
  if (type !== 'catalog' && !namespace?.length) throw BadRequest({ reason: `a grant on a ${type} names its namespace` })
  if (type === 'table' && !tableName) throw BadRequest({ reason: 'a grant on a table names the table' })
  return {
    type,
    privilege,
    ...(type === 'catalog' ? {} : { namespace: namespace ?? [] }),
    ...(type === 'table' ? { table: tableName ?? '' } : {}),
  }
}
