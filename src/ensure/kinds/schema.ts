// A schema and its owner.
import { quoteName } from '#ensure/clients/postgres'
import { defineKind } from '#ensure/kind'
import { liveContents } from '#ensure/kinds/postgres-live'
import { createSchema } from '#ensure/kinds/postgres-sql'

export const schemaKind = defineKind<'schema', { readonly owner: string }>({
  kind: 'schema',
  after: ['database'],
  read: async ({ clients }, { server, database, name }) => {
    const owner = (await liveContents(clients.postgres(server), database))?.schemas.get(name)
    return owner === undefined ? undefined : { owner }
  },
  diff: (live, { owner }) => (live.owner === owner ? [] : [`owned by ${live.owner}`]),
  create: ({ clients }, schema) => clients.postgres(schema.server).execute(schema.database, createSchema(schema)),
  update: ({ clients }, { server, database, name, owner }) =>
    clients.postgres(server).execute(database, `ALTER SCHEMA ${quoteName(name)} OWNER TO ${quoteName(owner)}`),
})
