// The admin clients of one run, made when first used.
import type { Kind, Resource, Server } from '#platform/resources'
import { NotConfigured } from '../errors.ts'
import { createKeycloakClient, type KeycloakClient, type KeycloakEndpoint } from './keycloak.ts'
import { createPolarisClient, type PolarisClient, type PolarisEndpoint } from './polaris.ts'
import { createPostgresClient, type PostgresClient, type PostgresEndpoint } from './postgres.ts'
import { createS3Client, type S3Client, type S3Endpoint } from './s3.ts'

/** Where the servers are; only those that the run's resources need. */
export interface Endpoints {
  readonly postgres?: (server: Server) => PostgresEndpoint
  readonly s3?: S3Endpoint
  readonly polaris?: PolarisEndpoint
  readonly keycloak?: KeycloakEndpoint
}

export interface Clients {
  postgres(server: Server): PostgresClient
  s3(): S3Client
  polaris(): PolarisClient
  keycloak(): KeycloakClient
  /** Changing requests sent so far, over all servers. */
  readonly writes: number
  /** Forgets the shared answers that a write to this resource may have changed. */
  forget(resource: Resource): void
  close(): Promise<void>
}

export function createClients(endpoints: Endpoints): Clients {
  const servers = new Map<Server, PostgresClient>()
  const s3 = once(() => createS3Client(given(endpoints.s3, 'S3 endpoint')))
  const polaris = once(() => createPolarisClient(given(endpoints.polaris, 'catalogue endpoint')))
  const keycloak = once(() => createKeycloakClient(given(endpoints.keycloak, 'identity endpoint')))
  return {
    postgres: (server) => {
      const client = servers.get(server) ?? createPostgresClient(given(endpoints.postgres, 'PostgreSQL endpoint')(server))
      servers.set(server, client)
      return client
    },
    s3,
    polaris,
    keycloak,
    get writes() {
      const made = [...servers.values(), s3.made(), polaris.made(), keycloak.made()]
      return made.reduce((sum, client) => sum + (client?.writes ?? 0), 0)
    },
    forget: (resource) => {
      if ('server' in resource) servers.get(resource.server)?.memo.forget(sharedAnswer(resource))
      else if (STORAGE.has(resource.kind)) s3.made()?.memo.forget('')
      else if (IDENTITY.has(resource.kind)) keycloak.made()?.memo.forget('')
      else polaris.made()?.memo.forget('')
    },
    close: async () => {
      await Promise.all([...servers.values()].map((c) => c.close()))
    },
  }
}

const STORAGE: ReadonlySet<Kind> = new Set<Kind>(['bucket', 'key'])
const IDENTITY: ReadonlySet<Kind> = new Set<Kind>(['realm', 'realmRole', 'client', 'user'])

/** The answer of a PostgreSQL server that this resource is a part of; see kinds/postgres-live. */
function sharedAnswer(resource: Extract<Resource, { server: Server }>): string {
  if (resource.kind === 'role') return 'roles'
  return resource.kind === 'database' ? 'databases' : `contents ${resource.database}`
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
