// Folders of tables: which of them lie in each other.
import type { PoolClient } from 'pg'
import { BadRequest } from '#parts/catalog/errors'

/** Of `t.location` and the first parameter. */
export const OVERLAPS = `(starts_with(t.location || '/', $1 || '/') or starts_with($1 || '/', t.location || '/'))`

/** Held while a new table's folder is compared with all others. */
export const LOCATION_LOCK = 0x616b6b6f6c

/** A table's state, as it is or was. */
interface Placed {
  readonly uuid: string
  readonly location: string
  readonly metadataLocation: string
}

/**
 * No table's folder may hold another's: keys are lent, and files removed, by folder. A dropped table keeps its own for as long as it can
 * be had back; who makes a table of its last state, files and all, has it back by that. Throws BadRequest.
 */
export async function assertAlone(client: PoolClient, { uuid, location, metadataLocation }: Placed): Promise<void> {
  await client.query(
    'delete from akko_catalog.dropped_tables where not purges and uuid = $1 and location = $2 and metadata_location = $3',
    [uuid, location, metadataLocation],
  )
  const tables = await client.query(`select 1 from akko_catalog.tables t where ${OVERLAPS} limit 2`, [location])
  const pending = await client.query(
    `select 1 from akko_catalog.purges t where ${OVERLAPS}
     union all select 1 from akko_catalog.dropped_tables t where (purges or until > now()) and ${OVERLAPS} limit 1`,
    [location],
  )
  if (tables.rowCount !== 1 || pending.rowCount)
    throw BadRequest({ reason: `the folder ${location} belongs to another table; leave the location out, or name another` })
}
