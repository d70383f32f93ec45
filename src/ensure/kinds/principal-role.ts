// A role that principals hold.
import { management, names } from '#ensure/clients/polaris'
import { defineKind } from '#ensure/kind'

declare module '#platform/resources' {
  interface ResourceKinds {
    principalRole: {
      readonly name: string
    }
  }
}

export const principalRoleKind = defineKind<'principalRole', true>({
  kind: 'principalRole',
  id: ({ name }) => name,
  after: [],
  read: async ({ clients }, { name }) =>
    (await names(clients.polaris(), 'principal-roles', management('principal-roles'), 'roles')).has(name) ? true : undefined,
  diff: () => [],
  create: async ({ clients }, { name }) =>
    void (await clients.polaris().write('POST', management('principal-roles'), { principalRole: { name } })),
  update: async () => {},
})
