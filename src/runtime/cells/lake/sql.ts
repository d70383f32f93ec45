// The SQL front over the lake, the business databases and the engine's process.
import type { Authoriser } from '#kit/access'
import { createLog } from '#kit/log'
import { createEngineClient } from '#parts/engine/client'
import type { Connector } from '#parts/sql/ports'
import { createFilesClient } from '#parts/storage/files-client'
import { AUDIENCE } from '#platform/audiences'
import { DATABASE_CATALOGS, ICEBERG_CATALOG, STATE_DATABASES, sqlRole } from '#platform/names'
import { ENGINE_SOCKET } from '#platform/services/engine'
import { sqlSettings } from '#platform/services/sql'
import { FILES_SOCKET } from '#platform/services/storage'
import { createAccounts } from '#runtime/accounts'
import { policyFor } from '#runtime/audit'
import { createAuthenticator } from '#runtime/authenticator'
import { LAKE } from '#runtime/cells/lake/slots'
import type { CellContext, Compose } from '#runtime/composition'
import { gatewayKeyAt } from '#runtime/gateway-key'
import { HOST, port, privateSocket } from '#runtime/machine'
import { peopleIn } from '#runtime/people'
import { policyVersion } from '#runtime/policy'
import { createPool } from '#runtime/pools'
import { createTenantOf } from '#runtime/tenants'

export const compose: Compose = async (cell) => {
  const { machine, secrets } = cell
  // Loaded when needed: jobs and the catalogue do not wait for this code.
  const { createPostgresHistory, createSql } = await import('#parts/sql/index')
  const authoriser = await policyFor(cell, 'sql')
  const engine = createEngineClient(privateSocket(machine, ENGINE_SOCKET))
  const files = createFilesClient(privateSocket(machine, FILES_SOCKET))
  const accounts = createAccounts(await peopleIn(cell))
  return createSql({
    name: 'sql',
    host: HOST,
    port: port(machine, 'sql'),
    engine,
    files,
    ownerOf: createTenantOf(policyVersion),
    connectors: await createConnectors(cell, { authoriser, engine, files }),
    authoriser,
    authenticator: createAuthenticator(machine, { audience: AUDIENCE.sql }),
    gatewayKey: await gatewayKeyAt(secrets, 'sql'),
    authentication: sqlSettings.of(machine.config).authentication,
    personNow: accounts.personNow,
    ownerRoles: accounts.rolesOf,
    history: createPostgresHistory(
      await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.platform, max: 4 }),
    ),
    log: createLog('sql'),
  })
}

interface Ports {
  readonly authoriser: Authoriser
  readonly engine: ReturnType<typeof createEngineClient>
  readonly files: ReturnType<typeof createFilesClient>
}

async function createConnectors({ machine, secrets, take }: CellContext, ports: Ports): Promise<Record<string, Connector>> {
  const { authoriser, engine, files } = ports
  const [{ createIcebergConnector }, { createPostgresConnector }] = await Promise.all([
    import('#parts/sql/connectors/iceberg/index'),
    import('#parts/sql/connectors/postgresql/index'),
  ])
  const databases = await Promise.all(
    Object.entries(DATABASE_CATALOGS).map(async ([name, database]): Promise<[string, Connector]> => {
      const pool = await createPool(machine, secrets, { server: 'postgresql-data', database, role: sqlRole(database), max: 16 })
      const owner = await createPool(machine, secrets, { server: 'postgresql-data', database, max: 8 })
      return [name, createPostgresConnector({ catalog: name, pool, writes: { pool: owner, engine }, authoriser })]
    }),
  )
  return {
    [ICEBERG_CATALOG]: createIcebergConnector({
      catalog: ICEBERG_CATALOG,
      lake: take(LAKE),
      files,
      engine,
      authoriser,
      filesCaller: (caller) => ({ ...caller, via: 'internal' }),
    }),
    ...Object.fromEntries(databases),
  }
}
