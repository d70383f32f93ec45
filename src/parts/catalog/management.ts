// Polaris' management API.
import { Hono } from 'hono'
import type { Env } from '#parts/catalog/http'
import type { CatalogDeps } from '#parts/catalog/ports'
import type { Stores } from '#parts/catalog/store/stores'

export function createManagement(_deps: CatalogDeps, _stores: Stores): Hono<Env> {
  return new Hono<Env>()
}
