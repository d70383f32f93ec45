// Polaris' management API (1.3): its paths.
import { Hono } from 'hono'
import { catalogRoleHandlers } from '#parts/catalog/handlers/management/catalog-roles'
import { catalogHandlers } from '#parts/catalog/handlers/management/catalogs'
import { principalRoleHandlers } from '#parts/catalog/handlers/management/principal-roles'
import { principalHandlers } from '#parts/catalog/handlers/management/principals'
import type { Env } from '#parts/catalog/http'
import type { CatalogDeps } from '#parts/catalog/ports'
import type { Stores } from '#parts/catalog/store/stores'

export function createManagement(deps: CatalogDeps, stores: Stores): Hono<Env> {
  const app = new Hono<Env>()
  const catalogs = catalogHandlers(deps, stores)
  app.get('/catalogs', catalogs.list)
  app.post('/catalogs', catalogs.create)
  app.get('/catalogs/:catalog', catalogs.get)
  app.put('/catalogs/:catalog', catalogs.update)
  app.delete('/catalogs/:catalog', catalogs.drop)

  const principals = principalHandlers(deps, stores)
  app.get('/principals', principals.list)
  app.post('/principals', principals.create)
  app.get('/principals/:principal', principals.get)
  app.put('/principals/:principal', principals.update)
  app.delete('/principals/:principal', principals.drop)
  app.post('/principals/:principal/rotate', principals.rotate)
  app.post('/principals/:principal/reset', principals.reset)
  app.get('/principals/:principal/principal-roles', principals.listRoles)
  app.put('/principals/:principal/principal-roles', principals.assign)
  app.delete('/principals/:principal/principal-roles/:role', principals.unassign)

  const roles = principalRoleHandlers(deps, stores)
  app.get('/principal-roles', roles.list)
  app.post('/principal-roles', roles.create)
  app.get('/principal-roles/:role', roles.get)
  app.put('/principal-roles/:role', roles.update)
  app.delete('/principal-roles/:role', roles.drop)
  app.get('/principal-roles/:role/principals', roles.listPrincipals)
  app.get('/principal-roles/:role/catalog-roles/:catalog', roles.listCatalogRoles)
  app.put('/principal-roles/:role/catalog-roles/:catalog', roles.assign)
  app.delete('/principal-roles/:role/catalog-roles/:catalog/:catalogRole', roles.unassign)

  const catalogRoles = catalogRoleHandlers(deps, stores)
  const one = '/catalogs/:catalog/catalog-roles/:catalogRole'
  app.get('/catalogs/:catalog/catalog-roles', catalogRoles.list)
  app.post('/catalogs/:catalog/catalog-roles', catalogRoles.create)
  app.get(one, catalogRoles.get)
  app.put(one, catalogRoles.update)
  app.delete(one, catalogRoles.drop)
  app.get(`${one}/principal-roles`, catalogRoles.listHolders)
  app.get(`${one}/grants`, catalogRoles.listGrants)
  app.put(`${one}/grants`, catalogRoles.grant)
  app.post(`${one}/grants`, catalogRoles.revoke)
  return app
}
