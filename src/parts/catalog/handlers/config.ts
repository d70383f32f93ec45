// GET /v1/config: which prefix a warehouse has, what clients should know, and what is served.
import type { Context } from 'hono'
import { createAsks } from '#parts/catalog/asks'
import { type Env, json } from '#parts/catalog/http'
import { policyName } from '#parts/catalog/operations'
import type { CatalogDeps } from '#parts/catalog/ports'
import { LIFETIME } from '#parts/catalog/store/repeats'
import type { Stores } from '#parts/catalog/store/stores'

const NAMESPACES = '/v1/{prefix}/namespaces'
const TABLES = `${NAMESPACES}/{namespace}/tables`
const VIEWS = `${NAMESPACES}/{namespace}/views`
const ENDPOINTS = [
  `GET ${NAMESPACES}`,
  `POST ${NAMESPACES}`,
  `GET ${NAMESPACES}/{namespace}`,
  `HEAD ${NAMESPACES}/{namespace}`,
  `DELETE ${NAMESPACES}/{namespace}`,
  `POST ${NAMESPACES}/{namespace}/properties`,
  `GET ${TABLES}`,
  `POST ${TABLES}`,
  `GET ${TABLES}/{table}`,
  `HEAD ${TABLES}/{table}`,
  `POST ${TABLES}/{table}`,
  `DELETE ${TABLES}/{table}`,
  `GET ${TABLES}/{table}/credentials`,
  `POST ${TABLES}/{table}/metrics`,
  `POST ${NAMESPACES}/{namespace}/register`,
  'POST /v1/{prefix}/tables/rename',
  'POST /v1/{prefix}/transactions/commit',
  `GET ${VIEWS}`,
  `POST ${VIEWS}`,
  `GET ${VIEWS}/{view}`,
  `HEAD ${VIEWS}/{view}`,
  `POST ${VIEWS}/{view}`,
  `DELETE ${VIEWS}/{view}`,
  `POST ${NAMESPACES}/{namespace}/register-view`,
  'POST /v1/{prefix}/views/rename',
]

export function getConfig(deps: CatalogDeps, stores: Stores) {
  return async (c: Context<Env>) => {
    const name = c.req.query('warehouse') || deps.warehouse
    await createAsks(deps.authoriser, policyName(deps, name)).mustCatalog(c.get('caller'), 'list')
    const catalog = await stores.catalogs.get(name)
    return json(c, {
      defaults: { ...deps.clientDefaults, 'default-base-location': catalog.properties['default-base-location'] ?? '' },
      overrides: { prefix: encodeURIComponent(catalog.name) },
      endpoints: ENDPOINTS,
      'idempotency-key-lifetime': LIFETIME,
    })
  }
}
