// A database that only its owner and named roles may enter.
import { MAINTENANCE, quoteName } from '../clients/postgres.ts'
import { defineKind, type ResourceOf } from '../kind.ts'
import { type LiveDatabase, liveDatabases } from './postgres-live.ts'

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
    const options = `OWNER ${quoteName(database.owner)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`
    await client.executeAlone(MAINTENANCE, `CREATE DATABASE ${quoteName(database.name)} ${options}`)
    await client.execute(MAINTENANCE, revoke(database), ...grants(database.connect ?? [], database))
  },
  update: async ({ clients }, database, live) => {
    const owner = live.owner === database.owner ? [] : [`ALTER DATABASE ${quoteName(database.name)} OWNER TO ${quoteName(database.owner)}`]
    const close = live.connect.includes('') ? [revoke(database)] : []
    await clients.postgres(database.server).execute(MAINTENANCE, ...owner, ...close, ...grants(missing(live, database), database))
  },
})

const missing = (live: LiveDatabase, { connect = [] }: Database) => connect.filter((role) => !live.connect.includes(role))

const revoke = ({ name }: Database) => `REVOKE ALL ON DATABASE ${quoteName(name)} FROM PUBLIC`

const grants = (roles: readonly string[], { name }: Database) =>
  roles.map((role) => `GRANT CONNECT ON DATABASE ${quoteName(name)} TO ${quoteName(role)}`)
