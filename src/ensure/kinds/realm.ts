// A realm, enabled, with its rules for passwords where they are declared.
import { inRealm } from '#ensure/clients/keycloak'
import { defineKind } from '#ensure/kind'

declare module '#platform/resources' {
  interface ResourceKinds {
    realm: {
      readonly name: string
      /** As Keycloak writes it: `length(8) and notUsername(undefined)`. */
      readonly passwordPolicy?: string
    }
  }
}

interface Live {
  readonly enabled?: boolean
  readonly passwordPolicy?: string
}

const rules = ({ passwordPolicy }: Live) => (passwordPolicy === undefined ? {} : { passwordPolicy })

export const realmKind = defineKind<'realm', Live>({
  kind: 'realm',
  id: ({ name }) => name,
  after: [],
  read: ({ clients }, { name }) => clients.keycloak().read(inRealm(name)),
  diff: ({ enabled, passwordPolicy }, wanted) => [
    ...(enabled ? [] : ['disabled']),
    ...(wanted.passwordPolicy === undefined || wanted.passwordPolicy === passwordPolicy ? [] : ['other rules for passwords']),
  ],
  create: async ({ clients }, wanted) =>
    void (await clients.keycloak().write('POST', '/admin/realms', { realm: wanted.name, enabled: true, ...rules(wanted) })),
  update: async ({ clients }, wanted) =>
    void (await clients.keycloak().write('PUT', inRealm(wanted.name), { enabled: true, ...rules(wanted) })),
})
