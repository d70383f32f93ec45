// A privilege of a catalogue role, on the whole catalogue or on one namespace.
import { management, type PolarisClient } from '#ensure/clients/polaris'
import { defineKind } from '#ensure/kind'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    grant: {
      readonly catalog: string
      readonly catalogRole: string
      /** Polaris privilege, e.g. CATALOG_MANAGE_CONTENT, TABLE_READ_DATA. */
      readonly privilege: string
      /** Only for a namespace's grant. */
      readonly namespace?: string
    }
  }
}

type Grant = ResourceOf<'grant'>

interface LiveGrant {
  readonly type: string
  readonly privilege: string
  readonly namespace?: readonly string[]
}

export const grantKind = defineKind<'grant', true>({
  kind: 'grant',
  id: ({ catalog, catalogRole, privilege, namespace }) => `${catalog}/${catalogRole}/${privilege}${namespace ? `@${namespace}` : ''}`,
  after: ['catalogRole', 'namespace'],
  read: async ({ clients }, grant) => {
    const wanted = toLive(grant)
    const found = (await liveGrants(clients.polaris(), grant)).some((g) => print(g) === print(wanted))
    return found ? true : undefined
  },
  diff: () => [],
  create: async ({ clients }, grant) => void (await clients.polaris().write('PUT', path(grant), { grant: toLive(grant) })),
  update: async () => {},
})

const path = ({ catalog, catalogRole }: Grant) => management('catalogs', catalog, 'catalog-roles', catalogRole, 'grants')

const toLive = ({ privilege, namespace }: Grant): LiveGrant =>
  namespace === undefined ? { type: 'catalog', privilege } : { type: 'namespace', privilege, namespace: namespace.split('.') }

const print = ({ type, privilege, namespace = [] }: LiveGrant) => JSON.stringify([type, privilege, namespace])

function liveGrants(client: PolarisClient, grant: Grant): Promise<readonly LiveGrant[]> {
  return client.memo.once(
    `grants ${grant.catalog}/${grant.catalogRole}`,
    async () => (await client.read<{ grants?: LiveGrant[] }>(path(grant)))?.grants ?? [],
  )
}
