// Every path of the part, and what all of them pass through.
import { type Context, Hono } from 'hono'
import { createApi, localOnly } from '#kit/api'
import type { Log } from '#kit/log'
import type { Health } from '#kit/part'
import { createDoors } from '#parts/catalog/authentication'
import * as absent from '#parts/catalog/handlers/absent'
import { getConfig } from '#parts/catalog/handlers/config'
import * as dropped from '#parts/catalog/handlers/dropped'
import { createManagement } from '#parts/catalog/handlers/management/routes'
import * as namespaces from '#parts/catalog/handlers/namespaces'
import { postToken } from '#parts/catalog/handlers/oauth'
import * as tables from '#parts/catalog/handlers/tables'
import * as views from '#parts/catalog/handlers/views'
import type { Env } from '#parts/catalog/http'
import { createOperations } from '#parts/catalog/operations'
import type { CatalogDeps } from '#parts/catalog/ports'
import { createRepeats } from '#parts/catalog/repeats'
import type { Stores } from '#parts/catalog/store/stores'
import { toIcebergAnswer } from '#parts/catalog/wire-errors'

export const BASE = {
  catalog: '/api/catalog/v1',
  polaris: '/api/catalog/polaris/v1',
  akko: '/api/catalog/akko/v1',
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
    [BASE.catalog, catalogRoutes(deps, stores)],
    [BASE.polaris, polarisRoutes()],
    [BASE.akko, akkoRoutes()],
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

function catalogRoutes(deps: CatalogDeps & { readonly log: Log }, { repeats }: Stores): Hono<Env> {
  const app = new Hono<Env>()
  const { once } = createRepeats(repeats, deps.log)
  const done = async (c: Context<Env>) => c.body(null, 204)
  const namespace = '/namespaces/:namespace'
  const table = `${namespace}/tables/:table`

  // Hono sends HEAD to the route of GET.
  app.get('/namespaces', namespaces.listNamespaces)
  app.post('/namespaces', once(namespaces.createNamespace, namespaces.createdBefore))
  app.get(namespace, (c) => (c.req.method === 'HEAD' ? namespaces.headNamespace(c) : namespaces.loadNamespace(c)))
  app.delete(namespace, once(namespaces.dropNamespace, done))
  app.post(`${namespace}/properties`, once(namespaces.updateProperties, namespaces.updatedBefore))

  const load = tables.loadTable(deps)
  app.get(`${namespace}/tables`, tables.listTables)
  app.post(`${namespace}/tables`, once(tables.createTable(deps), tables.madeBefore(deps)))
  app.get(table, (c) => (c.req.method === 'HEAD' ? tables.headTable(c) : load(c)))
  app.post(table, once(tables.commitTable, tables.committedBefore))
  app.delete(table, once(tables.dropTable, done))
  app.get(`${table}/credentials`, tables.loadCredentials(deps))
  app.post(`${table}/metrics`, tables.reportMetrics)
  app.post(`${namespace}/register`, once(tables.registerTable(deps), tables.madeBefore(deps)))
  app.post('/tables/rename', once(tables.renameTable, done))
  app.post('/transactions/commit', once(tables.commitTransaction, done))

  const view = `${namespace}/views/:view`
  app.get(`${namespace}/views`, views.listViews)
  app.post(`${namespace}/views`, once(views.createView, views.madeBefore))
  app.get(view, (c) => (c.req.method === 'HEAD' ? views.headView(c) : views.loadView(c)))
  app.post(view, once(views.commitView, views.loadView))
  app.delete(view, once(views.dropView, done))
  app.post(`${namespace}/register-view`, once(views.registerView, views.madeBefore))
  app.post('/views/rename', once(views.renameView, done))
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

function akkoRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/dropped', dropped.listDropped)
  app.post('/namespaces/:namespace/tables/:table/undrop', dropped.undropTable)
  return app
}
