// A schema and its owner.
import { quoteName } from '../clients/postgres.ts'
import { defineKind } from '../kind.ts'
import { liveContents } from './postgres-live.ts'

export const schemaKind = defineKind<'schema', { readonly owner: string }>({
  kind: 'schema',
  after: ['database'],
  read: async ({ clients }, { server, database, name }) => {
    const owner = (await liveContents(clients.postgres(server), database))?.schemas.get(name)
    return owner === undefined ? undefined : { owner }
  },
  diff: (live, { owner }) => (live.owner === owner ? [] : [`owned by ${live.owner}`]),
  create: ({ clients }, { server, database, name, owner }) =>
    clients.postgres(server).execute(database, `CREATE SCHEMA ${quoteName(name)} AUTHORIZATION ${quoteName(owner)}`),
  update: ({ clients }, { server, database, name, owner }) =>
    clients.postgres(server).execute(database, `ALTER SCHEMA ${quoteName(name)} OWNER TO ${quoteName(owner)}`),
})
