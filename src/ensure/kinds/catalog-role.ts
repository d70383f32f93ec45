// A role of one catalogue and the principal roles that hold it.
import { management, names } from '#ensure/clients/polaris'
import { defineKind, type EnsureContext } from '#ensure/kind'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    catalogRole: {
      readonly catalog: string
      readonly name: string
      readonly principalRoles: readonly string[]
    }
  }
}

type CatalogRole = ResourceOf<'catalogRole'>

interface Live {
  readonly holders: ReadonlySet<string>
}

export const catalogRoleKind = defineKind<'catalogRole', Live>({
  kind: 'catalogRole',
  id: ({ catalog, name }) => `${catalog}/${name}`,
  after: ['catalog', 'principalRole'],
  read: async ({ clients }, { catalog, name }) => {
    const polaris = clients.polaris()
    const path = management('catalogs', catalog, 'catalog-roles')
    if (!(await names(polaris, `catalog-roles ${catalog}`, path, 'roles')).has(name)) return undefined
    const holders = await names(
      polaris,
      `holders ${catalog}/${name}`,
      management('catalogs', catalog, 'catalog-roles', name, 'principal-roles'),
      'roles',
    )
    return { holders }
  },
  diff: (live, role) => missing(live, role).map((holder) => `not held by ${holder}`),
  create: async (context, role) => {
    await context.clients
      .polaris()
      .write('POST', management('catalogs', role.catalog, 'catalog-roles'), { catalogRole: { name: role.name } })
    await assign(context, role, role.principalRoles)
  },
  update: (context, role, live) => assign(context, role, missing(live, role)),
})

const missing = (live: Live, { principalRoles }: CatalogRole) => principalRoles.filter((holder) => !live.holders.has(holder))

async function assign({ clients }: EnsureContext, { catalog, name }: CatalogRole, holders: readonly string[]): Promise<void> {
  for (const holder of holders)
    await clients.polaris().write('PUT', management('principal-roles', holder, 'catalog-roles', catalog), { catalogRole: { name } })
}
