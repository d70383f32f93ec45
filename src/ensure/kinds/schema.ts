// A schema and its owner.
import pg from 'pg'
import { defineKind } from '#ensure/kind'
import { liveContents } from '#ensure/kinds/postgres-live'
import { createSchema, unless } from '#ensure/kinds/postgres-sql'

declare module '#platform/resources' {
  interface ResourceKinds {
    schema: {
      readonly server: Server
      readonly database: string
      readonly name: string
      readonly owner: string
    }
  }
}

export const schemaKind = defineKind<'schema', { readonly owner: string }>({
  kind: 'schema',
  id: ({ server, database, name }) => `${server}/${database}/${name}`,
  shares: ({ database }) => `contents ${database}`,
  after: ['database'],
  read: async ({ clients }, { server, database, name }) => {
    const owner = (await liveContents(clients.postgres(server), database))?.schemas.get(name)
    return owner === undefined ? undefined : { owner }
  },
  diff: (live, { owner }) => (live.owner === owner ? [] : [`owned by ${live.owner}`]),
  create: ({ clients }, schema) => clients.postgres(schema.server).execute(schema.database, createSchema(schema)),
  update: ({ clients }, { server, database, name, owner }) =>
    clients.postgres(server).execute(database, `ALTER SCHEMA ${pg.escapeIdentifier(name)} OWNER TO ${pg.escapeIdentifier(owner)}`),
  firstTime: (schema) => [unless(`FROM pg_namespace WHERE nspname = ${pg.escapeLiteral(schema.name)}`, createSchema(schema))],
})
