// What servers say of themselves: whether they answer, their connections, the sizes of their databases.
import type pg from 'pg'
import { gauge, type Reading } from '#kit/metrics'

interface Facts {
  readonly up: boolean
  readonly connections?: number
  readonly limit?: number
  readonly bytes: Readonly<Record<string, number>>
}

/** Of clients only, and what superusers keep for themselves left out. */
const CONNECTIONS = `
  SELECT count(*)::int AS connections,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS "limit"
  FROM pg_stat_activity WHERE backend_type = 'client backend'`
const SIZES = 'SELECT datname AS name, pg_database_size(oid)::float8 AS bytes FROM pg_database WHERE NOT datistemplate'
/** All that are asked for one page share what was found. */
const FRESH_MS = 1000
/** Sizes change slowly and cost a walk through the data's folders. */
const SIZES_MS = 60_000

/** Those that have not said who they are stand in no view of a server's, and take places nevertheless: `isFull` asks at its door.
 * `pools` by the server's name, with a role that may see everybody's connections; a pool is made when it is first asked for. */
export function countServers(
  pools: ReadonlyMap<string, () => Promise<pg.Pool>>,
  isFull: (server: string) => Promise<boolean> = async () => false,
): void {
  const servers = [...pools].map(([server, pool]) => {
    const sizes = sizesOf(pool)
    return { server, facts: remembered(FRESH_MS, () => ask(pool, sizes)) }
  })
  const each = (read: (facts: Facts) => number | undefined) => async (): Promise<Reading<'server'>[]> => {
    const all = await Promise.all(servers.map(async ({ server, facts }) => ({ server, value: read(await facts()) })))
    return all.flatMap(({ server, value }) => (value === undefined ? [] : [{ labels: { server }, value }]))
  }
  const labels = ['server'] as const
  gauge(
    { name: 'akko_postgresql_up', help: 'Whether a server answers a query', labels },
    each(({ up }) => Number(up)),
  )
  gauge(
    { name: 'akko_postgresql_connections', help: 'Connections of clients', labels },
    each(({ connections }) => connections),
  )
  gauge({ name: 'akko_postgresql_full', help: '1 while a server takes no more connections', labels }, () =>
    Promise.all([...pools.keys()].map(async (server) => ({ labels: { server }, value: Number(await isFull(server)) }))),
  )
  gauge(
    { name: 'akko_postgresql_connections_limit', help: 'How many clients may connect', labels },
    each(({ limit }) => limit),
  )
  gauge({ name: 'akko_postgresql_database_bytes', help: 'Size of a database', labels: ['server', 'database'] }, async () => {
    const all = await Promise.all(servers.map(async ({ server, facts }) => ({ server, bytes: (await facts()).bytes })))
    return all.flatMap(({ server, bytes }) => Object.entries(bytes).map(([database, value]) => ({ labels: { server, database }, value })))
  })
}

const sizesOf = (pool: () => Promise<pg.Pool>) =>
  remembered(SIZES_MS, async () => {
    const { rows } = await (await pool()).query<{ name: string; bytes: number }>(SIZES)
    return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]))
  })

async function ask(pool: () => Promise<pg.Pool>, sizes: () => Promise<Readonly<Record<string, number>>>): Promise<Facts> {
  try {
    const { rows } = await (await pool()).query<{ connections: number; limit: number }>(CONNECTIONS)
    return { up: true, ...rows[0], bytes: await sizes() }
  } catch {
    return { up: false, bytes: {} }
  }
}

function remembered<T>(forMs: number, make: () => Promise<T>): () => Promise<T> {
  let known: { readonly at: number; readonly value: Promise<T> } | undefined
  return () => {
    if (!known || performance.now() - known.at > forMs) {
      const value = make()
      known = { at: performance.now(), value }
      value.catch(() => {
        if (known?.value === value) known = undefined
      })
    }
    return known.value
  }
}
