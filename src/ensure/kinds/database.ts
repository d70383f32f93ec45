// A database that only its owner and named roles may enter.
import { MAINTENANCE, quoteName } from '#ensure/clients/postgres'
import { defineKind, type ResourceOf } from '#ensure/kind'
import { type LiveDatabase, liveDatabases } from '#ensure/kinds/postgres-live'
import { closeDatabase, createDatabase, openDatabase } from '#ensure/kinds/postgres-sql'

type Database = ResourceOf<'database'>

export const databaseKind = defineKind<'database', LiveDatabase>({
  kind: 'database',
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
    const owner = live.owner === database.owner ? [] : [`ALTER DATABASE ${quoteName(database.name)} OWNER TO ${quoteName(database.owner)}`]
    const close = live.connect.includes('') ? [closeDatabase(database)] : []
    await clients.postgres(database.server).execute(MAINTENANCE, ...owner, ...close, ...openDatabase(database, missing(live, database)))
  },
})

const missing = (live: LiveDatabase, { connect = [] }: Database) => connect.filter((role) => !live.connect.includes(role))
