// A realm, enabled.
import { inRealm } from '#ensure/clients/keycloak'
import { defineKind } from '#ensure/kind'

declare module '#platform/resources' {
  interface ResourceKinds {
    realm: {
      readonly name: string
    }
  }
}

export const realmKind = defineKind<'realm', { readonly enabled?: boolean }>({
  kind: 'realm',
  id: ({ name }) => name,
  after: [],
  read: ({ clients }, { name }) => clients.keycloak().read(inRealm(name)),
  diff: ({ enabled }) => (enabled ? [] : ['disabled']),
  create: async ({ clients }, { name }) => void (await clients.keycloak().write('POST', '/admin/realms', { realm: name, enabled: true })),
  update: async ({ clients }, { name }) => void (await clients.keycloak().write('PUT', inRealm(name), { enabled: true })),
})
