// Every address of the part. Pages and API want a caller; a report's files want the address that a page was given.
import type { Hono } from 'hono'
import { type ApiEnv, createApi, requireCaller } from '#kit/api'
import type { Health } from '#kit/part'
import { CONTENT_PATH } from '#parts/docs/content-policy'
import * as handlers from '#parts/docs/handlers'

export function createRoutes(deps: handlers.HandlerDeps, health: () => Promise<Health>): Hono<ApiEnv> {
  const app = createApi({ log: deps.log, health })
  const caller = requireCaller(deps.authenticator, deps.tokenHeader)
  const report = '/api/reports/:slug'

  app.get(`${CONTENT_PATH}/:link/*`, handlers.getContent(deps))

  app.use('/api/*', caller)
  app.get('/api/reports', handlers.listReports(deps))
  app.get(report, handlers.getReport(deps))
  app.put(report, handlers.putReport(deps))
  app.patch(report, handlers.patchReport(deps))
  app.delete(report, handlers.deleteReport(deps))
  app.get(`${report}/versions/:version/files/*`, handlers.getFile(deps))

  app.use('/', caller)
  app.get('/', handlers.getList(deps))
  app.use('/r/*', caller)
  app.get('/r/:slug', handlers.getPage(deps))
  app.get('/r/:slug/versions/:version', handlers.getPage(deps))
  return app
}
