// Connection pools over the two servers, as the role that a part owns.
import pg from 'pg'
import { describeError } from '#kit/errors'
import { createLog } from '#kit/log'
import type { SecretStore } from '#kit/secret'
import type { PostgresServer } from '#parts/postgresql/index'
import { secretName } from '#platform/names'
import type { Machine } from '#runtime/machine'
import { postgresDoor } from '#runtime/postgres'
import { requiredSecret } from '#runtime/secrets'

/** As the database's owner unless a role is named. Reconnects by itself; an idle connection that breaks is logged, not thrown. */
export async function createPool(
  machine: Machine,
  secrets: SecretStore,
  options: { server: PostgresServer; database: string; role?: string; max?: number },
): Promise<pg.Pool> {
  const { host, port } = postgresDoor(machine, options.server)
  const role = options.role ?? options.database
  const password = await requiredSecret(secrets, secretName.role(options.server, role))
  const pool = new pg.Pool({
    host,
    port,
    database: options.database,
    user: role,
    password: password.reveal(),
    max: options.max ?? 8,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 10_000,
    application_name: `akko-${role}`,
  })
  const log = createLog('postgresql')
  pool.on('error', (error) => log.warn({ error: describeError(error), database: options.database }, 'an idle connection broke'))
  return pool
}
