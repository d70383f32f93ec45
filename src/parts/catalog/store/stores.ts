// All stores of the catalogue over one pool.
import type { Pool } from 'pg'
import { type CatalogStore, createCatalogStore } from '#parts/catalog/store/catalogs'
import { createDroppedStore, type DroppedStore } from '#parts/catalog/store/dropped'
import { createNamespaceStore, type NamespaceStore } from '#parts/catalog/store/namespaces'
import { createPrincipalStore, type PrincipalStore } from '#parts/catalog/store/principals'
import { createRepeatStore, type RepeatStore } from '#parts/catalog/store/repeats'
import { createRoleStore, type RoleStore } from '#parts/catalog/store/roles'
import { createTableStore, type TableStore } from '#parts/catalog/store/tables'

export interface Stores {
  readonly catalogs: CatalogStore
  readonly namespaces: NamespaceStore
  readonly tables: TableStore
  readonly views: TableStore
  readonly dropped: DroppedStore
  readonly principals: PrincipalStore
  readonly roles: RoleStore
  readonly repeats: RepeatStore
}

export function createStores(pool: Pool): Stores {
  return {
    catalogs: createCatalogStore(pool),
    namespaces: createNamespaceStore(pool),
    tables: createTableStore(pool, 'table'),
    views: createTableStore(pool, 'view'),
    dropped: createDroppedStore(pool),
    principals: createPrincipalStore(pool),
    roles: createRoleStore(pool),
    repeats: createRepeatStore(pool),
  }
}
