// Namespaces in PostgreSQL.
import type { Pool } from 'pg'
import { NamespaceExists, NamespaceNotEmpty, NamespaceNotFound } from '#parts/catalog/errors'
import { printNamespace } from '#parts/catalog/names'
import { inRecorded } from '#parts/catalog/store/repeats'
import { isForeignKeyViolation, isUniqueViolation } from '#parts/catalog/store/sql'
import type { Namespace } from '#wire/iceberg/rest'

export interface NamespaceRow {
  readonly id: string
  readonly path: Namespace
  readonly properties: Readonly<Record<string, string>>
}

export interface NamespaceStore {
  /** The direct children of `parent`, in order of name. */
  list(catalogId: string, parent: Namespace): Promise<readonly Namespace[]>
  /** The namespace and all below it. */
  below(catalogId: string, path: Namespace): Promise<readonly Namespace[]>
  get(catalogId: string, path: Namespace): Promise<NamespaceRow>
  create(catalogId: string, path: Namespace, properties: Readonly<Record<string, string>>): Promise<NamespaceRow>
  drop(catalogId: string, path: Namespace): Promise<void>
  /** Atomic; answers what was there before. */
  setProperties(
    catalogId: string,
    path: Namespace,
    change: (before: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  ): Promise<void>
}

const COLUMNS = 'id, path, properties'

export function createNamespaceStore(pool: Pool): NamespaceStore {
  const notFound = (path: Namespace) => NamespaceNotFound({ namespace: printNamespace(path) })
  return {
    list: async (catalogId, parent) => {
      const { rows } = await pool.query<{ path: string[] }>(
        `select path from akko_catalog.namespaces
         where catalog_id = $1 and cardinality(path) = $3 + 1 and path[1:$3] = $2::text[] order by path`,
        [catalogId, parent, parent.length],
      )
      return rows.map((r) => r.path)
    },
    below: async (catalogId, path) => {
      const { rows } = await pool.query<{ path: string[] }>(
        'select path from akko_catalog.namespaces where catalog_id = $1 and path[1:$3] = $2::text[] order by path',
        [catalogId, path, path.length],
      )
      return rows.map((r) => r.path)
    },
    get: async (catalogId, path) => {
      const { rows } = await pool.query<NamespaceRow>(
        `select ${COLUMNS} from akko_catalog.namespaces where catalog_id = $1 and path = $2`,
        [catalogId, path],
      )
      if (!rows[0]) throw notFound(path)
      return rows[0]
    },
    create: (catalogId, path, properties) =>
      inRecorded(pool, async (client) => {
        if (path.length > 1) {
          const parent = path.slice(0, -1)
          const held = await client.query('select 1 from akko_catalog.namespaces where catalog_id = $1 and path = $2 for share', [
            catalogId,
            parent,
          ])
          if (held.rowCount === 0) throw notFound(parent)
        }
        const { rows } = await client.query<NamespaceRow>(
          `insert into akko_catalog.namespaces (catalog_id, path, properties) values ($1, $2, $3) returning ${COLUMNS}`,
          [catalogId, path, JSON.stringify(properties)],
        )
        return rows[0] as NamespaceRow
      }).catch((error: unknown) => {
        throw isUniqueViolation(error) ? NamespaceExists({ namespace: printNamespace(path) }, error) : error
      }),
    drop: (catalogId, path) =>
      inRecorded(pool, async (client) => {
        const held = await client.query('select 1 from akko_catalog.namespaces where catalog_id = $1 and path = $2 for update', [
          catalogId,
          path,
        ])
        if (held.rowCount === 0) throw notFound(path)
        const children = await client.query(
          'select 1 from akko_catalog.namespaces where catalog_id = $1 and cardinality(path) > $3 and path[1:$3] = $2::text[] limit 1',
          [catalogId, path, path.length],
        )
        if (children.rowCount) throw NamespaceNotEmpty({ namespace: printNamespace(path) })
        await client.query('delete from akko_catalog.namespaces where catalog_id = $1 and path = $2', [catalogId, path])
      }).catch((error: unknown) => {
        throw isForeignKeyViolation(error) ? NamespaceNotEmpty({ namespace: printNamespace(path) }, error) : error
      }),
    setProperties: (catalogId, path, change) =>
      inRecorded(pool, async (client) => {
        const { rows } = await client.query<NamespaceRow>(
          `select ${COLUMNS} from akko_catalog.namespaces where catalog_id = $1 and path = $2 for update`,
          [catalogId, path],
        )
        const row = rows[0]
        if (!row) throw notFound(path)
        await client.query('update akko_catalog.namespaces set properties = $2 where id = $1', [
          row.id,
          JSON.stringify(change(row.properties)),
        ])
      }),
  }
}
