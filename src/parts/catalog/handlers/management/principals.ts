// Principals, their credentials and their roles over the management API.
import type { Context } from 'hono'
import { Secret } from '#kit/secret'
import { ROOT } from '#parts/catalog/authentication'
import { readBody } from '#parts/catalog/bodies'
import { EntityExists } from '#parts/catalog/errors'
import { createManagementAsks } from '#parts/catalog/handlers/management/asks'
import { shapes, toCredentials, toPrincipal, toRole } from '#parts/catalog/handlers/management/bodies'
import { bodyText, type Env, json, param } from '#parts/catalog/http'
import type { CatalogDeps } from '#parts/catalog/ports'
import type { Stores } from '#parts/catalog/store/stores'

type C = Context<Env>

export function principalHandlers(deps: CatalogDeps, stores: Stores) {
  const asks = createManagementAsks(deps)
  const PRINCIPAL_ROLES = { kind: 'principal' } as const
  const noStore = { 'cache-control': 'no-store' }

  return {
    list: async (c: C) => {
      await asks.mustPrincipals(c.get('caller'), 'list')
      return json(c, { principals: (await stores.principals.list()).map(toPrincipal) })
    },
    create: async (c: C) => {
      const body = readBody(shapes.createPrincipal, await bodyText(c))
      const { name, properties = {} } = body.principal
      await asks.mustPrincipal(c.get('caller'), 'manage', name)
      if (name === ROOT) throw EntityExists({ kind: 'principal', name })
      const made = await stores.principals.create({ name, properties, rotationRequired: body.credentialRotationRequired ?? false })
      return json(c, toCredentials(made), 201, noStore)
    },
    get: async (c: C) => {
      const name = param(c, 'principal')
      await asks.mustPrincipal(c.get('caller'), 'read', name)
      return json(c, toPrincipal(await stores.principals.get(name)))
    },
    update: async (c: C) => {
      const name = param(c, 'principal')
      await asks.mustPrincipal(c.get('caller'), 'manage', name)
      const body = readBody(shapes.update, await bodyText(c))
      return json(c, toPrincipal(await stores.principals.update(name, body.currentEntityVersion, body.properties)))
    },
    drop: async (c: C) => {
      const name = param(c, 'principal')
      await asks.mustPrincipal(c.get('caller'), 'manage', name)
      await stores.principals.drop(name)
      return c.body(null, 204)
    },
    /** A principal may rotate its own secret; whoever manages principals may rotate any. */
    rotate: async (c: C) => {
      const name = param(c, 'principal')
      const caller = c.get('caller')
      const isSelf = caller.via === 'principal' && caller.sub === name
      await asks.mustPrincipal(caller, isSelf ? 'write' : 'manage', name)
      return json(c, toCredentials(await stores.principals.renew(name)), 200, noStore)
    },
    reset: async (c: C) => {
      const name = param(c, 'principal')
      await asks.mustPrincipal(c.get('caller'), 'manage', name)
      const { clientId, clientSecret } = readBody(shapes.reset, (await bodyText(c)) || '{}')
      const chosen = { ...(clientId ? { clientId } : {}), ...(clientSecret ? { secret: new Secret(clientSecret) } : {}) }
      return json(c, toCredentials(await stores.principals.renew(name, chosen)), 200, noStore)
    },
    listRoles: async (c: C) => {
      const name = param(c, 'principal')
      await asks.mustPrincipal(c.get('caller'), 'read', name)
      const { id } = await stores.principals.get(name)
      return json(c, { roles: (await stores.roles.rolesOfPrincipal(id)).map(toRole) })
    },
    assign: async (c: C) => {
      const name = param(c, 'principal')
      await asks.mustPrincipals(c.get('caller'), 'manage')
      const { principalRole } = readBody(shapes.assignPrincipalRole, await bodyText(c))
      const [principal, role] = [await stores.principals.get(name), await stores.roles.get(PRINCIPAL_ROLES, principalRole.name)]
      await stores.roles.addMember(principal.id, role.id)
      return c.body(null, 201)
    },
    unassign: async (c: C) => {
      await asks.mustPrincipals(c.get('caller'), 'manage')
      const principal = await stores.principals.get(param(c, 'principal'))
      const role = await stores.roles.get(PRINCIPAL_ROLES, param(c, 'role'))
      await stores.roles.removeMember(principal.id, role.id)
      return c.body(null, 204)
    },
  }
}
