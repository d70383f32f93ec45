// Both PostgreSQL servers of a home are asked how full they are, by the process that keeps their roles.
import { MAINTENANCE } from '#ensure/clients/postgres'
import type { SecretStore } from '#kit/secret'
import { countServers } from '#parts/postgresql/metrics'
import { MONITOR_ROLE } from '#platform/names'
import { postgresServices } from '#platform/registry'
import { HOST, type Machine, port } from '#runtime/machine'
import { createPool } from '#runtime/pools'
import { postgresIsFull } from '#runtime/supervisor/probe'

/** One connection to each, made when the role is there; it is kept, so that a server that is full still answers. */
export function countPostgres(machine: Machine, secrets: SecretStore): void {
  const pools = new Map(
    postgresServices().map(({ name: server }) => {
      let pool: ReturnType<typeof createPool> | undefined
      const make = () =>
        createPool(machine, secrets, { server, database: MAINTENANCE, role: MONITOR_ROLE, max: 1, waitMs: 1000, queryMs: 1000 })
      return [
        server,
        () => {
          pool ??= make().catch((error: unknown) => {
            pool = undefined
            throw error
          })
          return pool
        },
      ]
    }),
  )
  countServers(pools, (server) => postgresIsFull({ host: HOST, port: port(machine, server) }))
}
