// Catalogues in PostgreSQL.
import type { Pool } from 'pg'
import { inTransaction } from '#kit/transaction'
import { CatalogNotEmpty, CatalogNotFound, EntityExists, EntityVersionConflict } from '#parts/catalog/errors'
import { isForeignKeyViolation, isUniqueViolation } from '#parts/catalog/store/sql'

export interface CatalogRow {
  readonly id: string
  readonly name: string
  readonly type: 'INTERNAL' | 'EXTERNAL'
  /** Holds `default-base-location`. */
  readonly properties: Readonly<Record<string, string>>
  readonly storageConfig: Readonly<Record<string, unknown>>
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly version: number
}

const COLUMNS =
  'id, name, type, properties, storage_config as "storageConfig", created_at as "createdAt", updated_at as "updatedAt", version'

/** The role of each catalogue that Polaris makes with it, and what it may. */
const ADMIN_ROLE = 'catalog_admin'
const ADMIN_PRIVILEGES = ['CATALOG_MANAGE_ACCESS', 'CATALOG_MANAGE_METADATA'] as const
const SERVICE_ADMIN = 'service_admin'

export interface CatalogStore {
  list(): Promise<readonly CatalogRow[]>
  /** Throws CatalogNotFound. */
  get(name: string): Promise<CatalogRow>
  create(catalog: Pick<CatalogRow, 'name' | 'type' | 'properties' | 'storageConfig'>): Promise<CatalogRow>
  /** Throws EntityVersionConflict when `expected` is not its version. */
  update(name: string, expected: number | undefined, change: Partial<Pick<CatalogRow, 'properties' | 'storageConfig'>>): Promise<CatalogRow>
  drop(name: string): Promise<void>
}

export function createCatalogStore(pool: Pool): CatalogStore {
  const get = async (name: string): Promise<CatalogRow> => {
    const { rows } = await pool.query<CatalogRow>(`select ${COLUMNS} from akko_catalog.catalogs where name = $1`, [name])
    if (!rows[0]) throw CatalogNotFound({ name })
    return rows[0]
  }
  return {
    get,
    list: async () => (await pool.query<CatalogRow>(`select ${COLUMNS} from akko_catalog.catalogs order by name`)).rows,
    create: (catalog) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<CatalogRow>(
          `insert into akko_catalog.catalogs (name, type, properties, storage_config) values ($1, $2, $3, $4) returning ${COLUMNS}`,
          [catalog.name, catalog.type, JSON.stringify(catalog.properties), JSON.stringify(catalog.storageConfig)],
        )
        const made = rows[0] as CatalogRow
        const role = await client.query<{ id: string }>(
          'insert into akko_catalog.catalog_roles (catalog_id, name) values ($1, $2) returning id',
          [made.id, ADMIN_ROLE],
        )
        await client.query('insert into akko_catalog.grants (catalog_role_id, privilege) select $1, unnest($2::text[])', [
          role.rows[0]?.id,
          ADMIN_PRIVILEGES,
        ])
        await client.query(
          'insert into akko_catalog.catalog_role_holders select $1, id from akko_catalog.principal_roles where name = $2',
          [role.rows[0]?.id, SERVICE_ADMIN],
        )
        return made
      }).catch((error: unknown) => {
        throw isUniqueViolation(error) ? EntityExists({ kind: 'catalog', name: catalog.name }, error) : error
      }),
    update: async (name, expected, change) => {
      const { rows } = await pool.query<CatalogRow>(
        `update akko_catalog.catalogs set properties = coalesce($3, properties), storage_config = coalesce($4, storage_config),
           updated_at = now(), version = version + 1
         where name = $1 and ($2::int is null or version = $2) returning ${COLUMNS}`,
        [
          name,
          expected ?? null,
          change.properties ? JSON.stringify(change.properties) : null,
          change.storageConfig ? JSON.stringify(change.storageConfig) : null,
        ],
      )
      if (rows[0]) return rows[0]
      const { version } = await get(name)
      throw EntityVersionConflict({ kind: 'catalog', name, actual: version, expected })
    },
    drop: async (name) => {
      try {
        const { rowCount } = await pool.query('delete from akko_catalog.catalogs where name = $1', [name])
        if (rowCount === 0) throw CatalogNotFound({ name })
      } catch (error) {
        throw isForeignKeyViolation(error) ? CatalogNotEmpty({ name }, error) : error
      }
    },
  }
}
