// A database that only its owner and named roles may enter.
import pg from 'pg'
import { MAINTENANCE } from '#ensure/clients/postgres'
import { defineKind } from '#ensure/kind'
import { type LiveDatabase, liveDatabases } from '#ensure/kinds/postgres-live'
import { closeDatabase, createDatabase, openDatabase, unless } from '#ensure/kinds/postgres-sql'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    database: {
      readonly server: Server
      readonly name: string
      readonly owner: string
      /** Other roles that may connect; PUBLIC never may. */
      readonly connect?: readonly string[]
    }
  }
}

type Database = ResourceOf<'database'>

export const databaseKind = defineKind<'database', LiveDatabase>({
  kind: 'database',
  id: ({ server, name }) => `${server}/${name}`,
  shares: () => 'databases',
  after: ['role'],
  read: async ({ clients }, database) => (await liveDatabases(clients.postgres(database.server))).get(database.name),
  diff: (live, database) => [
    ...(live.owner === database.owner ? [] : [`owned by ${live.owner}`]),
    ...(live.connect.includes('') ? ['open to PUBLIC'] : []),
    ...missing(live, database).map((role) => `closed to ${role}`),
  ],
  create: async ({ clients }, database) => {
    const client = clients.postgres(database.server)
    await client.executeAlone(MAINTENANCE, createDatabase(database))
    await client.execute(MAINTENANCE, closeDatabase(database), ...openDatabase(database, database.connect ?? []))
  },
  update: async ({ clients }, database, live) => {
    const owner =
      live.owner === database.owner
        ? []
        : [`ALTER DATABASE ${pg.escapeIdentifier(database.name)} OWNER TO ${pg.escapeIdentifier(database.owner)}`]
    const close = live.connect.includes('') ? [closeDatabase(database)] : []
    await clients.postgres(database.server).execute(MAINTENANCE, ...owner, ...close, ...openDatabase(database, missing(live, database)))
  },
  firstTime: (database) => [
    unless(`FROM pg_database WHERE datname = ${pg.escapeLiteral(database.name)}`, createDatabase(database)),
    `${closeDatabase(database)};`,
    ...openDatabase(database, database.connect ?? []).map((grant) => `${grant};`),
  ],
})

const missing = (live: LiveDatabase, { connect = [] }: Database) => connect.filter((role) => !live.connect.includes(role))
