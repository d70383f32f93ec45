// All stores of the catalogue over one pool.
import type { Pool } from 'pg'
import { type CatalogStore, createCatalogStore } from '#parts/catalog/store/catalogs'
import { createNamespaceStore, type NamespaceStore } from '#parts/catalog/store/namespaces'
import { createPrincipalStore, type PrincipalStore } from '#parts/catalog/store/principals'
import { createRoleStore, type RoleStore } from '#parts/catalog/store/roles'
import { createTableStore, type TableStore } from '#parts/catalog/store/tables'

export interface Stores {
  readonly catalogs: CatalogStore
  readonly namespaces: NamespaceStore
  readonly tables: TableStore
  readonly views: TableStore
  readonly principals: PrincipalStore
  readonly roles: RoleStore
}

export function createStores(pool: Pool): Stores {
  return {
    catalogs: createCatalogStore(pool),
    namespaces: createNamespaceStore(pool),
    tables: createTableStore(pool, 'table'),
    views: createTableStore(pool, 'view'),
    principals: createPrincipalStore(pool),
    roles: createRoleStore(pool),
  }
}
