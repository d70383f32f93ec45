// Tables that were dropped and can be had back, until a time that is told when they are dropped.
import type { Pool, PoolClient } from 'pg'
import { NamespaceNotFound, TableExists, TableNotDropped } from '#parts/catalog/errors'
import { printNamespace, printTable } from '#parts/catalog/names'
import { assertAlone, LOCATION_LOCK } from '#parts/catalog/store/folders'
import { inRecorded } from '#parts/catalog/store/repeats'
import { isUniqueViolation } from '#parts/catalog/store/sql'
import type { Dropping, TableRow } from '#parts/catalog/store/tables'
import type { Namespace, TableIdent } from '#wire/iceberg/rest'

export interface DroppedTable {
  readonly namespace: Namespace
  readonly name: string
  readonly columns: readonly string[]
  readonly droppedBy: string
  readonly droppedAt: Date
  /** From then on it is gone. */
  readonly until: Date
}

export interface DroppedStore {
  /** The newest last. */
  list(catalogId: string): Promise<readonly DroppedTable[]>
  /** The one of the name that was dropped last is a table again, as it was. Throws TableNotDropped, TableExists. */
  restore(catalogId: string, ident: TableIdent): Promise<void>
  /** What can be had back no longer is forgotten, and the removal of its files put on record. */
  sweep(): Promise<void>
}

export async function keepDropped(
  client: PoolClient,
  catalogId: string,
  { namespace, name }: TableIdent,
  row: TableRow,
  { by, days, purges }: Exclude<Dropping, string>,
): Promise<void> {
  await client.query(
    `insert into akko_catalog.dropped_tables
       (id, catalog_id, path, name, uuid, location, metadata_location, metadata, columns, dropped_by, until, purges)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + make_interval(days => $11), $12)`,
    [row.id, catalogId, namespace, name, row.uuid, row.location, row.metadataLocation, row.metadata, row.columns, by, days, purges],
  )
}

export function createDroppedStore(pool: Pool): DroppedStore {
  return {
    list: async (catalogId) =>
      (
        await pool.query<DroppedTable>(
          `select path as namespace, name, columns, dropped_by as "droppedBy", dropped_at as "droppedAt", until
           from akko_catalog.dropped_tables where catalog_id = $1 and until > now() order by dropped_at`,
          [catalogId],
        )
      ).rows,
    restore: (catalogId, ident) =>
      inRecorded(pool, async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [LOCATION_LOCK])
        const { rows } = await client.query<{ id: string; uuid: string; location: string; metadataLocation: string }>(
          `select id, uuid, location, metadata_location as "metadataLocation" from akko_catalog.dropped_tables
           where catalog_id = $1 and path = $2 and name = $3 and until > now() order by dropped_at desc limit 1 for update`,
          [catalogId, ident.namespace, ident.name],
        )
        const found = rows[0]
        if (!found) throw TableNotDropped({ table: printTable(ident) })
        const { rowCount } = await client.query(
          `insert into akko_catalog.tables (id, namespace_id, name, kind, uuid, location, metadata_location, metadata, columns)
           select d.id, n.id, d.name, 'table', d.uuid, d.location, d.metadata_location, d.metadata, d.columns
           from akko_catalog.dropped_tables d join akko_catalog.namespaces n on n.catalog_id = d.catalog_id and n.path = d.path
           where d.id = $1`,
          [found.id],
        )
        if (rowCount === 0) throw NamespaceNotFound({ namespace: printNamespace(ident.namespace) })
        await client.query('delete from akko_catalog.dropped_tables where id = $1', [found.id])
        await assertAlone(client, found)
      }).catch((error: unknown) => {
        throw isUniqueViolation(error) ? TableExists({ table: printTable(ident) }, error) : error
      }),
    sweep: async () => {
      await pool.query(
        `with gone as (delete from akko_catalog.dropped_tables where until <= now() returning location, purges)
         insert into akko_catalog.purges (location) select location from gone where purges on conflict do nothing`,
      )
    },
  }
}
