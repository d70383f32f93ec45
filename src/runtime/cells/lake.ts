// The lake process: the Iceberg catalogue, the SQL front and the ensure engine, over the same handed ports.
import { createLog } from '#kit/log'
import { type Catalog, createCatalog } from '#parts/catalog/index'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import { createEngineClient } from '#parts/engine/client'
import type { Connector } from '#parts/sql/ports'
import { createFilesClient } from '#parts/storage/files-client'
import { DATABASE_CATALOGS, ICEBERG_CATALOG, REGION, STATE_DATABASES, secretName, sqlRole, WAREHOUSE } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import { createAuthenticator } from '#runtime/authenticator'
import type { Composition } from '#runtime/composition'
import { createEnsureJobs } from '#runtime/ensure-jobs'
import { HOST, type Machine, port, privateSocket } from '#runtime/machine'
import { createPolicy } from '#runtime/policy'
import { createPool } from '#runtime/pools'
import { createFileSecretStore, requiredSecret, splitPair } from '#runtime/secrets'
import { createVend } from '#runtime/vending'
import { VERSION } from '#runtime/version'

export async function compose(machine: Machine): Promise<Composition> {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const authoriser = createPolicy()
  const authenticator = createAuthenticator(machine)
  const ensure = createEnsureJobs(machine, secrets)
  let catalog: Catalog | undefined

  const makeCatalog = async (): Promise<Catalog> => {
    const endpoint = `http://${HOST}:${port(machine, 'storage')}`
    const key = splitPair(await requiredSecret(secrets, secretName.key('catalog')))
    const root = splitPair(await requiredSecret(secrets, secretName.catalogRoot))
    const client = { 's3.endpoint': endpoint, 's3.region': REGION, 's3.path-style-access': 'true' }
    const { authentication, anonymousPrincipal, credentialMinutes } = machine.config.catalog
    return createCatalog({
      listen: { host: HOST, port: port(machine, 'catalog') },
      pool: await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.catalog }),
      authoriser,
      authenticator,
      authentication: authentication === 'none' ? { mode: 'none', principal: anonymousPrincipal } : { mode: 'token' },
      root: { clientId: root.id, secret: root.secret },
      tokenKey: await requiredSecret(secrets, secretName.catalogTokens),
      warehouse: WAREHOUSE,
      sqlCatalog: ICEBERG_CATALOG,
      files: createS3MetadataFiles({ endpoint, region: REGION, accessKeyId: key.id, secretAccessKey: key.secret }),
      vend: createVend({
        sessionKey: await requiredSecret(secrets, secretName.storageSession),
        ttlSeconds: credentialMinutes * 60,
        client,
      }),
      clientDefaults: client,
      version: VERSION,
      log: createLog('catalog'),
    })
  }

  const engine = createEngineClient(privateSocket(machine, 'engine-api'))

  // Loaded when needed: jobs and the catalogue do not wait for the SQL front's code.
  const makeConnectors = async (lake: Catalog['lake']): Promise<Record<string, Connector>> => {
    const [{ createIcebergConnector }, { createPostgresConnector }] = await Promise.all([
      import('#parts/sql/connectors/iceberg/index'),
      import('#parts/sql/connectors/postgresql/index'),
    ])
    const files = createFilesClient(privateSocket(machine, 'files'))
    const databases = await Promise.all(
      Object.entries(DATABASE_CATALOGS).map(async ([name, database]): Promise<[string, Connector]> => {
        const pool = await createPool(machine, secrets, { server: 'postgresql-data', database, role: sqlRole(database), max: 16 })
        return [name, createPostgresConnector({ catalog: name, pool, authoriser })]
      }),
    )
    return {
      [ICEBERG_CATALOG]: createIcebergConnector({
        catalog: ICEBERG_CATALOG,
        lake,
        files,
        engine,
        authoriser,
        filesCaller: (caller) => ({ ...caller, via: 'internal' }),
      }),
      ...Object.fromEntries(databases),
    }
  }

  return {
    parts: {
      catalog: async () => {
        catalog = await makeCatalog()
        return catalog.part
      },
      sql: async () => {
        if (!catalog) throw new Error('the catalogue has not been started in this process')
        const { createPostgresHistory, createSql } = await import('#parts/sql/index')
        return createSql({
          name: 'sql',
          host: HOST,
          port: port(machine, 'sql'),
          engine,
          files: createFilesClient(privateSocket(machine, 'files')),
          connectors: await makeConnectors(catalog.lake),
          authoriser,
          authenticator,
          authentication: machine.config.sql.authentication,
          userRoles: async (user) =>
            resourcesOf(machine.site).flatMap((r) => (r.kind === 'user' && r.username === user ? [...r.roles] : [])),
          history: createPostgresHistory(
            await createPool(machine, secrets, { server: 'postgresql', database: STATE_DATABASES.platform, max: 4 }),
          ),
          log: createLog('sql'),
        })
      },
    },
    ...ensure,
  }
}
