// Persons at the business PostgreSQL: the process that keeps the server's roles keeps theirs, and gives a login to who may ask for one at its private socket.
import { scramVerifier } from '#ensure/clients/scram'
import { auditEvent } from '#kit/audit'
import { readBody } from '#kit/http'
import type { Log } from '#kit/log'
import type { PrivateHandler } from '#kit/private-api'
import type { Keeper, Login } from '#parts/sql/connectors/postgresql/direct/keeper'
import { DATABASE_CATALOGS, secretName, sqlRole } from '#platform/names'
import { auditOf } from '#runtime/audit'
import type { CellContext } from '#runtime/composition'
import { peopleIn } from '#runtime/people'
import { createPolicy } from '#runtime/policy'
import { postgresDoor } from '#runtime/postgres'
import { requiredSecret } from '#runtime/secrets'

export type { Login }

const SERVER = 'postgresql-data'
export const PERSON_PATH = '/postgresql/person'
/** Of each database: one that listens, and one that works. */
const CONNECTIONS = 3

/** Begins at once to follow those who have logins already. */
export function keepPostgresPeople(cell: CellContext, log: Log): Readonly<Record<string, PrivateHandler>> {
  const keeper = createKept(cell, log)
  keeper.catch((error: unknown) => log.error({ error: String(error) }, 'the logins of persons in PostgreSQL are not followed'))
  return {
    [`POST ${PERSON_PATH}`]: async ({ req }): Promise<Login> => {
      const { user } = JSON.parse(await readBody(req)) as { user: string }
      return (await keeper).open(user)
    },
  }
}

async function createKept(cell: CellContext, log: Log): Promise<Keeper> {
  const { machine, secrets } = cell
  const { createKeeper, keeperPool } = await import('#parts/sql/connectors/postgresql/direct/keeper')
  const { host, port, superuser } = postgresDoor(machine, SERVER)
  const password = (await requiredSecret(secrets, secretName.superuser(SERVER))).reveal()
  const poolOf = (database: string) => {
    const pool = keeperPool({ host, port, user: superuser, password, database, max: CONNECTIONS, application_name: 'akko-persons' })
    cell.atEnd(() => pool.end())
    return pool
  }
  const policy = createPolicy(machine)
  const keeper = createKeeper({
    databases: Object.entries(DATABASE_CATALOGS).map(([catalog, database]) => ({
      catalog,
      database,
      sqlRole: sqlRole(database),
      pool: poolOf(database),
    })),
    authoriser: policy.authoriser,
    policyVersion: policy.version,
    people: await peopleIn(cell),
    verifier: scramVerifier,
    record: async (action, user, role, reason) => {
      const what = { part: SERVER, action, kind: 'login', path: [role] }
      const event = auditEvent({ who: { sub: user, via: 'bearer', roles: [] }, what, outcome: 'allowed', reason })
      const audit = await auditOf(cell)
      if (action === 'create') await audit.record(event)
      else audit.note(event)
    },
    log,
  })
  keeper.start()
  cell.atEnd(() => keeper.stop())
  return keeper
}
