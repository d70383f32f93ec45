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
  /** All `max` are opened at once and never closed: who takes what connections the server has left does not come between. */
  readonly keep?: boolean
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
    idleTimeoutMillis: options.keep ? 0 : (options.idleMs ?? 60_000),
    connectionTimeoutMillis: options.waitMs ?? 10_000,
    ...(options.queryMs ? { query_timeout: options.queryMs } : {}),
    application_name: `akko-${role}`,
  })
  const log = createLog(options.server)
  pool.on('error', (error) => log.warn({ error: describeError(error), database: options.database }, 'an idle connection broke'))
  if (options.keep) keepFull(pool)
  return pool
}

/** How often it is looked whether a connection broke. */
const FILL_MS = 2000

/** Until the pool ends. */
export function keepFull(pool: pg.Pool): void {
  let isFilling = false
  const fill = async () => {
    if (pool.ending) return clearInterval(timer)
    const missing = pool.options.max - pool.totalCount
    if (isFilling || missing === 0) return
    isFilling = true
    // The idle ones too, since they would be taken before a new one is made.
    const taken = await Promise.allSettled(Array.from({ length: missing + pool.idleCount }, () => pool.connect()))
    for (const one of taken) if (one.status === 'fulfilled') one.value.release()
    isFilling = false
  }
  const timer = setInterval(() => void fill(), FILL_MS)
  timer.unref()
  void fill()
}
