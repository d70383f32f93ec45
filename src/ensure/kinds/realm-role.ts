// A role of a realm.
import { inRealm, type LiveRole, liveRoles } from '#ensure/clients/keycloak'
import { defineKind } from '#ensure/kind'

declare module '#platform/resources' {
  interface ResourceKinds {
    realmRole: {
      readonly realm: string
      readonly name: string
      readonly description: string
    }
  }
}

export const realmRoleKind = defineKind<'realmRole', LiveRole>({
  kind: 'realmRole',
  id: ({ realm, name }) => `${realm}/${name}`,
  after: ['realm'],
  read: async ({ clients }, { realm, name }) => (await liveRoles(clients.keycloak(), realm)).get(name),
  diff: (live, { description }) => ((live.description ?? '') === description ? [] : ['another description']),
  create: async ({ clients }, { realm, name, description }) =>
    void (await clients.keycloak().write('POST', inRealm(realm, 'roles'), { name, description })),
  update: async ({ clients }, { realm, name, description }) =>
    void (await clients.keycloak().write('PUT', inRealm(realm, 'roles', name), { name, description })),
})
