// The admin clients of one run, made when first used.

import { createKeycloakClient, type KeycloakClient, type KeycloakEndpoint } from '#ensure/clients/keycloak'
import { createOllamaClient, type OllamaClient, type OllamaEndpoint } from '#ensure/clients/ollama'
import { createPolarisClient, type PolarisClient, type PolarisEndpoint } from '#ensure/clients/polaris'
import { createPostgresClient, type PostgresClient, type PostgresEndpoint } from '#ensure/clients/postgres'
import { createStorageAdmin, type S3Endpoint, type StorageAdmin } from '#ensure/clients/s3'
import { createSupersetClient, type SupersetClient, type SupersetEndpoint } from '#ensure/clients/superset'
import { NotConfigured } from '#ensure/errors'
import type { Resource, Server } from '#platform/resources'

/** Where the servers are; only those that the run's resources need. */
export interface Endpoints {
  readonly postgres?: (server: Server) => PostgresEndpoint
  readonly s3?: S3Endpoint
  readonly polaris?: PolarisEndpoint
  readonly keycloak?: KeycloakEndpoint
  readonly superset?: SupersetEndpoint
  readonly ollama?: OllamaEndpoint
}

export interface Clients {
  postgres(server: Server): PostgresClient
  s3(): StorageAdmin
  polaris(): PolarisClient
  keycloak(): KeycloakClient
  superset(): SupersetClient
  ollama(): OllamaClient
  /** Changing requests sent so far, over all servers. */
  readonly writes: number
  /** Forgets the answers of this resource's server whose keys begin so. */
  forget(resource: Resource, prefix: string): void
  close(): Promise<void>
}

export function createClients(endpoints: Endpoints): Clients {
  const servers = new Map<Server, PostgresClient>()
  const s3 = once(() => createStorageAdmin(given(endpoints.s3, 'S3 endpoint')))
  const polaris = once(() => createPolarisClient(given(endpoints.polaris, 'catalogue endpoint')))
  const keycloak = once(() => createKeycloakClient(given(endpoints.keycloak, 'identity endpoint')))
  const superset = once(() => createSupersetClient(given(endpoints.superset, 'business intelligence endpoint')))
  const ollama = once(() => createOllamaClient(given(endpoints.ollama, 'endpoint of local models')))
  const others = [s3, polaris, keycloak, superset, ollama]
  return {
    postgres: (server) => {
      const client = servers.get(server) ?? createPostgresClient(given(endpoints.postgres, 'PostgreSQL endpoint')(server))
      servers.set(server, client)
      return client
    },
    s3,
    polaris,
    keycloak,
    superset,
    ollama,
    get writes() {
      const made = [...servers.values(), ...others.map((client) => client.made())]
      return made.reduce((sum, client) => sum + (client?.writes ?? 0), 0)
    },
    forget: (resource, prefix) => {
      if ('server' in resource) servers.get(resource.server)?.memo.forget(prefix)
      else for (const client of others) client.made()?.memo.forget(prefix)
    },
    close: async () => {
      await Promise.all([...servers.values()].map((c) => c.close()))
    },
  }
}

function given<T>(endpoint: T | undefined, what: string): T {
  if (endpoint === undefined) throw NotConfigured({ what })
  return endpoint
}

function once<T>(make: () => T): (() => T) & { made(): T | undefined } {
  let made: T | undefined
  return Object.assign(
    () => {
      made ??= make()
      return made
    },
    { made: () => made },
  )
}
