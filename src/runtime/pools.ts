// Connection pools over the two servers, as the role that a part owns.
import pg from 'pg'
import { describeError } from '#kit/errors'
import { createLog } from '#kit/log'
import type { SecretStore } from '#kit/secret'
import { secretName } from '#platform/names'
import type { Server } from '#platform/resources'
import type { Machine } from '#runtime/machine'
import { postgresDoor } from '#runtime/postgres'
import { requiredSecret } from '#runtime/secrets'

export interface PoolOptions {
  readonly server: Server
  readonly database: string
  readonly role?: string
  readonly max?: number
  /** Until an idle connection is closed, for a connection, and for an answer; milliseconds. */
  readonly idleMs?: number
  readonly waitMs?: number
  readonly queryMs?: number
}

/** As the database's owner unless a role is named. Reconnects by itself; an idle connection that breaks is logged, not thrown. */
export async function createPool(machine: Machine, secrets: SecretStore, options: PoolOptions): Promise<pg.Pool> {
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
    idleTimeoutMillis: options.idleMs ?? 60_000,
    connectionTimeoutMillis: options.waitMs ?? 10_000,
    ...(options.queryMs ? { query_timeout: options.queryMs } : {}),
    application_name: `akko-${role}`,
  })
  const log = createLog(options.server)
  pool.on('error', (error) => log.warn({ error: describeError(error), database: options.database }, 'an idle connection broke'))
  return pool
}
