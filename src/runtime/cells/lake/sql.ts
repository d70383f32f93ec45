// The SQL front over the lake, the business databases and the engine's process.
import { join } from 'node:path'
import type { Authoriser } from '#kit/access'
import { createLog } from '#kit/log'
import { createEngineClient } from '#parts/engine/client'
import type { Connector } from '#parts/sql/ports'
import { createFilesClient } from '#parts/storage/files-client'
import { AUDIENCE } from '#platform/audiences'
import { DATABASE_CATALOGS, ICEBERG_CATALOG, MEMORY_CATALOG, STATE_DATABASES, sqlRole, TPCH_CATALOG } from '#platform/names'
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
import { createPolicy } from '#runtime/policy'
import { createPool } from '#runtime/pools'
import { createTenantOf } from '#runtime/tenants'

export const compose: Compose = async (cell) => {
  const { machine, secrets } = cell
  // Loaded when needed: jobs and the catalogue do not wait for this code.
  const { createPostgresHistory, createSql } = await import('#parts/sql/index')
  const authoriser = await policyFor(cell, 'sql')
  const engine = createEngineClient(privateSocket(machine, ENGINE_SOCKET))
  const files = createFilesClient(privateSocket(machine, FILES_SOCKET))
  const { authentication } = sqlSettings.of(machine.config)
  const { enabled, everyHours, afterMinutes, maxMinutes, maxGigabytes } = sqlSettings.of(machine.config).maintenance
  const accounts = createAccounts(await peopleIn(cell))
  const { rootGroups, selectors } = sqlSettings.of(machine.config).resourceGroups
  return createSql({
    name: 'sql',
    host: HOST,
    port: port(machine, 'sql'),
    engine,
    files,
    ownerOf: createTenantOf(createPolicy(machine).version),
    connectors: await createConnectors(cell, { authoriser, engine, files }),
    authoriser,
    authenticator: createAuthenticator(machine, { audience: AUDIENCE.sql }),
    gatewayKey: await gatewayKeyAt(secrets, 'sql'),
    authentication,
    maintenance: { catalog: ICEBERG_CATALOG, settings: { enabled, everyHours, afterMinutes, maxMinutes, maxGigabytes } },
    personNow: accounts.personNow,
    lossOf: accounts.lossOf,
    ownerRoles: accounts.rolesOf,
    history: createPostgresHistory(
      await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.platform, max: 3, keep: true }),
    ),
    resourceGroups: { rootGroups, selectors },
    log: createLog('sql'),
  })
}

const DAY_MS = 24 * 3_600_000

interface Ports {
  readonly authoriser: Authoriser
  readonly engine: ReturnType<typeof createEngineClient>
  readonly files: ReturnType<typeof createFilesClient>
}

/** Bytes of rows that the catalogue of TPC-H keeps beside the table that it made last. */
const TPCH_BYTES = 2 * 1024 ** 3

async function createConnectors({ machine, secrets, take, atEnd }: CellContext, ports: Ports): Promise<Record<string, Connector>> {
  const { authoriser, engine, files } = ports
  const [{ createIcebergConnector }, { createMemoryConnector }, { createPostgresConnector }, { createTpchConnector }] = await Promise.all([
    import('#parts/sql/connectors/iceberg/index'),
    import('#parts/sql/connectors/memory/index'),
    import('#parts/sql/connectors/postgresql/index'),
    import('#parts/sql/connectors/tpch/index'),
  ])
  const databases = await Promise.all(
    Object.entries(DATABASE_CATALOGS).map(async ([name, database]): Promise<[string, Connector]> => {
      const pool = await createPool(machine, secrets, { server: 'postgresql-data', database, role: sqlRole(database), max: 16 })
      const owner = await createPool(machine, secrets, { server: 'postgresql-data', database, max: 8 })
      return [name, createPostgresConnector({ catalog: name, pool, writes: { pool: owner, engine }, authoriser })]
    }),
  )
  const tpch = createTpchConnector({
    catalog: TPCH_CATALOG,
    folder: join(machine.paths.state, TPCH_CATALOG),
    files,
    engine,
    authoriser,
    keepBytes: TPCH_BYTES,
    maxScale: sqlSettings.of(machine.config).tpchScale,
  })
  const memory = createMemoryConnector({
    catalog: MEMORY_CATALOG,
    folder: join(machine.paths.state, MEMORY_CATALOG),
    engine,
    authoriser,
    limitBytes: sqlSettings.of(machine.config).memoryCatalogMb * 1024 ** 2,
  })
  for (const { close } of [tpch, memory]) atEnd(close)
  return {
    [TPCH_CATALOG]: tpch,
    [MEMORY_CATALOG]: memory,
    [ICEBERG_CATALOG]: createIcebergConnector({
      catalog: ICEBERG_CATALOG,
      lake: take(LAKE),
      files,
      engine,
      authoriser,
      filesCaller: (caller) => ({ ...caller, via: 'internal' }),
      keepMs: sqlSettings.of(machine.config).maintenance.keepDays * DAY_MS,
    }),
    ...Object.fromEntries(databases),
  }
}
