// Published reports: people send a page or a folder, others read it; a report's script cannot act as its reader.
import { createApiPart } from '#kit/api-part'
import { describeError } from '#kit/errors'
import type { Part } from '#kit/part'
import type { DocsDeps } from '#parts/docs/ports'
import { createRoutes } from '#parts/docs/routes'
import { createReportStore } from '#parts/docs/store'

export type { DocsDeps } from '#parts/docs/ports'

export function createDocs(deps: DocsDeps): Part & { port(): number } {
  const store = createReportStore(deps.pool)
  const health = async () => {
    try {
      await deps.pool.query('SELECT 1 FROM akko_docs.report LIMIT 1')
      return { healthy: true, version: deps.version }
    } catch (error) {
      return { healthy: false, detail: `the database does not answer: ${describeError(error)}`, version: deps.version }
    }
  }
  return createApiPart({
    name: 'docs',
    listen: deps.listen,
    log: deps.log,
    forwarder: deps.gatewayKey,
    open: async () => {
      await store.start()
      return createRoutes({ ...deps, store }, health)
    },
  })
}
