// The admin clients of one run, made when first used.
import type { Resource, Server } from '#platform/resources'
import { NotConfigured } from '../errors.ts'
import { createPostgresClient, type PostgresClient, type PostgresEndpoint } from './postgres.ts'

export interface Endpoints {
  readonly postgres?: (server: Server) => PostgresEndpoint
}

export interface Clients {
  postgres(server: Server): PostgresClient
  /** Changing requests sent so far, over all servers. */
  readonly writes: number
  /** Forgets the shared answers that a write to this resource may have changed. */
  forget(resource: Resource): void
  close(): Promise<void>
}

export function createClients(endpoints: Endpoints): Clients {
  const servers = new Map<Server, PostgresClient>()
  return {
    postgres: (server) => {
      if (!endpoints.postgres) throw NotConfigured({ what: 'PostgreSQL endpoint', resource: server })
      const client = servers.get(server) ?? createPostgresClient(endpoints.postgres(server))
      servers.set(server, client)
      return client
    },
    get writes() {
      return [...servers.values()].reduce((sum, c) => sum + c.writes, 0)
    },
    forget: (resource) => {
      if ('server' in resource) servers.get(resource.server)?.memo.forget(sharedAnswer(resource))
    },
    close: async () => {
      await Promise.all([...servers.values()].map((c) => c.close()))
    },
  }
}

/** The answer of a PostgreSQL server that this resource is a part of; see kinds/postgres-live. */
function sharedAnswer(resource: Extract<Resource, { server: Server }>): string {
  if (resource.kind === 'role') return 'roles'
  return resource.kind === 'database' ? 'databases' : `contents ${resource.database}`
}
