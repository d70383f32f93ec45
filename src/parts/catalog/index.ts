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
/** How often it is looked which dropped tables can be had back no longer. */
const SWEEP_MS = 3_600_000

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

  let sweeper: NodeJS.Timeout | undefined
  const finishPurges = async (): Promise<void> => {
    await stores.dropped.sweep()
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
      const finish = () =>
        void finishPurges().catch((error: unknown) => log.warn({ error: describeError(error) }, 'purges could not be read'))
      finish()
      sweeper = setInterval(finish, SWEEP_MS)
      sweeper.unref()
      return createRoutes(deps, stores, health)
    },
    close: async () => clearInterval(sweeper),
  })
  return { lake, part, port: part.port }
}
