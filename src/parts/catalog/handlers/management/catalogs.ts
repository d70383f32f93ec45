// Catalogues over the management API.
import type { Context } from 'hono'
import { readBody } from '#parts/catalog/bodies'
import { BadRequest, NotServed } from '#parts/catalog/errors'
import { createManagementAsks } from '#parts/catalog/handlers/management/asks'
import { shapes, toCatalog } from '#parts/catalog/handlers/management/bodies'
import { bodyText, type Env, json, param } from '#parts/catalog/http'
import { canonicalLocation, trimSlashes } from '#parts/catalog/names'
import type { CatalogDeps } from '#parts/catalog/ports'
import type { Stores } from '#parts/catalog/store/stores'

type C = Context<Env>

const BASE_LOCATION = 'default-base-location'
const NAME = /^[\p{L}\p{N}_-][\p{L}\p{N}_. -]*$/u

export function catalogHandlers(deps: CatalogDeps, stores: Stores) {
  const asks = createManagementAsks(deps)

  /** Files of two catalogues never lie in one folder: keys for one would open the other. */
  const assertBase = async (location: string, self: string): Promise<void> => {
    if (!canonicalLocation(location).startsWith(`${deps.files.scheme}://`))
      throw BadRequest({ reason: `${BASE_LOCATION} ${location} is not served here; it must begin with ${deps.files.scheme}://` })
    const base = `${canonicalLocation(location)}/`
    for (const other of await stores.catalogs.list()) {
      const theirs = `${canonicalLocation(other.properties[BASE_LOCATION] ?? '')}/`
      if (other.name !== self && (base.startsWith(theirs) || theirs.startsWith(base)))
        throw BadRequest({ reason: `${BASE_LOCATION} ${location} overlaps with that of catalog ${other.name}` })
    }
  }

  return {
    list: async (c: C) => {
      const all = await stores.catalogs.list()
      const seen = await Promise.all(all.map((row) => asks.mayCatalog(c.get('caller'), 'read', row.name)))
      return json(c, { catalogs: all.filter((_, i) => seen[i]).map(toCatalog) })
    },
    create: async (c: C) => {
      await asks.mustCreateCatalog(c.get('caller'))
      const { catalog } = readBody(shapes.createCatalog, await bodyText(c))
      if (catalog.type !== 'INTERNAL') throw NotServed({ what: `a catalog of type ${catalog.type}` })
      if (!NAME.test(catalog.name))
        throw BadRequest({ reason: `catalog name ${JSON.stringify(catalog.name)} has characters that a path cannot hold` })
      const location = trimSlashes(catalog.properties[BASE_LOCATION] ?? '')
      await assertBase(location, catalog.name)
      const { allowedLocations, ...storage } = catalog.storageConfigInfo
      const made = await stores.catalogs.create({
        name: catalog.name,
        type: 'INTERNAL',
        properties: { ...catalog.properties, [BASE_LOCATION]: location },
        storageConfig: { ...storage, allowedLocations: allowedLocations?.length ? allowedLocations : [location] },
      })
      return json(c, toCatalog(made), 201)
    },
    get: async (c: C) => {
      const name = param(c, 'catalog')
      await asks.mustCatalog(c.get('caller'), 'read', name)
      return json(c, toCatalog(await stores.catalogs.get(name)))
    },
    update: async (c: C) => {
      const name = param(c, 'catalog')
      await asks.mustCatalog(c.get('caller'), 'manage', name)
      const body = readBody(shapes.updateCatalog, await bodyText(c))
      const { properties: before } = await stores.catalogs.get(name)
      const location = body.properties?.[BASE_LOCATION]
      if (location !== undefined && location !== before[BASE_LOCATION]) await assertBase(location, name)
      const updated = await stores.catalogs.update(name, body.currentEntityVersion, {
        ...(body.properties ? { properties: { [BASE_LOCATION]: before[BASE_LOCATION] ?? '', ...body.properties } } : {}),
        ...(body.storageConfigInfo ? { storageConfig: body.storageConfigInfo } : {}),
      })
      return json(c, toCatalog(updated))
    },
    drop: async (c: C) => {
      const name = param(c, 'catalog')
      await asks.mustCatalog(c.get('caller'), 'drop', name)
      await stores.catalogs.drop(name)
      return c.body(null, 204)
    },
  }
}
