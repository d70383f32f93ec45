// Every path of the part, and what all of them pass through.
import { Hono } from 'hono'
import { createApi, localOnly } from '#kit/api'
import type { Log } from '#kit/log'
import type { Health } from '#kit/part'
import { createDoors } from '#parts/catalog/authentication'
import * as absent from '#parts/catalog/handlers/absent'
import { getConfig } from '#parts/catalog/handlers/config'
import { createManagement } from '#parts/catalog/handlers/management/routes'
import * as namespaces from '#parts/catalog/handlers/namespaces'
import { postToken } from '#parts/catalog/handlers/oauth'
import * as tables from '#parts/catalog/handlers/tables'
import * as views from '#parts/catalog/handlers/views'
import type { Env } from '#parts/catalog/http'
import { createOperations } from '#parts/catalog/operations'
import type { CatalogDeps } from '#parts/catalog/ports'
import type { Stores } from '#parts/catalog/store/stores'
import { toIcebergAnswer } from '#parts/catalog/wire-errors'

export const BASE = {
  catalog: '/api/catalog/v1',
  polaris: '/api/catalog/polaris/v1',
  management: '/api/management/v1',
} as const

export function createRoutes(deps: CatalogDeps & { readonly log: Log }, stores: Stores, health: () => Promise<Health>): Hono<Env> {
  const doors = createDoors(deps, stores)
  const app = createApi<Env>({ log: deps.log, health, answer: toIcebergAnswer, plusIsSpace: true })

  if (deps.authentication.mode === 'none') app.use('/api/*', localOnly)
  app.post(`${BASE.catalog}/oauth/tokens`, postToken(doors))

  app.use('/api/*', async (c, next) => {
    c.set('caller', await doors.caller(c.req.header('authorization')))
    await next()
  })
  app.get(`${BASE.catalog}/config`, getConfig(deps, stores))
  for (const [base, routes] of [
    [BASE.catalog, catalogRoutes(deps)],
    [BASE.polaris, polarisRoutes()],
  ] as const) {
    app.use(`${base}/:prefix/*`, async (c, next) => {
      c.set('operations', createOperations({ ...deps, stores }, c.req.param('prefix')))
      await next()
    })
    app.route(`${base}/:prefix`, routes)
  }
  app.route(BASE.management, createManagement(deps, stores))
  return app
}

function catalogRoutes(deps: CatalogDeps): Hono<Env> {
  const app = new Hono<Env>()
  const namespace = '/namespaces/:namespace'
  const table = `${namespace}/tables/:table`

  // Hono sends HEAD to the route of GET.
  app.get('/namespaces', namespaces.listNamespaces)
  app.post('/namespaces', namespaces.createNamespace)
  app.get(namespace, (c) => (c.req.method === 'HEAD' ? namespaces.headNamespace(c) : namespaces.loadNamespace(c)))
  app.delete(namespace, namespaces.dropNamespace)
  app.post(`${namespace}/properties`, namespaces.updateProperties)

  const load = tables.loadTable(deps)
  app.get(`${namespace}/tables`, tables.listTables)
  app.post(`${namespace}/tables`, tables.createTable(deps))
  app.get(table, (c) => (c.req.method === 'HEAD' ? tables.headTable(c) : load(c)))
  app.post(table, tables.commitTable)
  app.delete(table, tables.dropTable)
  app.get(`${table}/credentials`, tables.loadCredentials(deps))
  app.post(`${table}/metrics`, tables.reportMetrics)
  app.post(`${namespace}/register`, tables.registerTable(deps))
  app.post('/tables/rename', tables.renameTable)
  app.post('/transactions/commit', tables.commitTransaction)

  const view = `${namespace}/views/:view`
  app.get(`${namespace}/views`, views.listViews)
  app.post(`${namespace}/views`, views.createView)
  app.get(view, (c) => (c.req.method === 'HEAD' ? views.headView(c) : views.loadView(c)))
  app.post(view, views.commitView)
  app.delete(view, views.dropView)
  app.post(`${namespace}/register-view`, views.registerView)
  app.post('/views/rename', views.renameView)
  return app
}

/** Polaris' own additions to the protocol: there are no policies and no generic tables, and clients may ask. */
function polarisRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/applicable-policies', absent.listNoPolicies)
  app.get('/namespaces/:namespace/policies', absent.listNone)
  app.get('/namespaces/:namespace/generic-tables', absent.listNone)
  return app
}
