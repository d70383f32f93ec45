// The Iceberg REST catalogue with Polaris' management API: one door over HTTP, one in process.
import { createApiPart } from '#kit/api-part'
import { describeError } from '#kit/errors'
import { createLog } from '#kit/log'
import type { Health, Part } from '#kit/part'
import { createOperations } from '#parts/catalog/operations'
import type { CatalogDeps } from '#parts/catalog/ports'
import { createRoutes } from '#parts/catalog/routes'
import { migrate } from '#parts/catalog/store/migrations'
import { createStores } from '#parts/catalog/store/stores'
import type { Lake } from '#wire/iceberg/rest'

export type { CatalogDeps, MetadataFiles, Vend } from '#parts/catalog/ports'

export interface Catalog {
  readonly part: Part
  /** The warehouse in process; usable once the part has started. */
  readonly lake: Lake
  /** The port that was bound; 0 before the start. */
  port(): number
}

const NAME = 'catalog'

export function createCatalog(given: CatalogDeps): Catalog {
  const log = given.log ?? createLog(NAME)
  const deps = { ...given, log }
  const stores = createStores(deps.pool)
  const lake = createOperations({ ...deps, stores }, deps.warehouse)

  const health = async (): Promise<Health> => {
    try {
      await deps.pool.query('select max(step) from akko_catalog.migrations')
      return { healthy: true, version: deps.version }
    } catch (error) {
      return { healthy: false, detail: `the database does not answer: ${describeError(error)}`, version: deps.version }
    }
  }

  const finishPurges = async (): Promise<void> => {
    for (const location of await stores.tables.pendingPurges()) {
      try {
        await deps.files.removeBelow(location)
        await stores.tables.purged(location)
      } catch (error) {
        log.warn({ location, error: describeError(error) }, 'purge will be tried again at the next start')
      }
    }
  }

  const part = createApiPart({
    name: NAME,
    listen: deps.listen,
    log,
    forwarder: deps.gatewayKey,
    ...(deps.observe ? { observe: deps.observe } : {}),
    open: async () => {
      await migrate(deps.pool)
      void finishPurges().catch((error: unknown) => log.warn({ error: describeError(error) }, 'purges could not be read'))
      return createRoutes(deps, stores, health)
    },
  })
  return { lake, part, port: part.port }
}
