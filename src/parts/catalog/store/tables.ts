// Tables and views in PostgreSQL: the pointer to the current metadata file, moved by compare-and-set only. A name is one of the two.
import type { Pool, PoolClient } from 'pg'
import { inTransaction } from '#kit/transaction'
import { NamespaceNotFound, RenameToTable, RenameToView, TableExists, TableNotFound, ViewExists, ViewNotFound } from '#parts/catalog/errors'
import { printNamespace, printTable } from '#parts/catalog/names'
import { keepDropped } from '#parts/catalog/store/dropped'
import { assertAlone, LOCATION_LOCK, OVERLAPS } from '#parts/catalog/store/folders'
import { inRecorded } from '#parts/catalog/store/repeats'
import { isForeignKeyViolation, isUniqueViolation } from '#parts/catalog/store/sql'
import type { Namespace, TableIdent } from '#wire/iceberg/rest'

export interface TableRow {
  readonly id: string
  readonly uuid: string
  readonly location: string
  readonly metadataLocation: string
  /** The text of the metadata file. */
  readonly metadata: string
  /** Names of the current top-level columns. */
  readonly columns: readonly string[]
  /** Of a view that is read with its owner's rights: his account, since a name may come back for somebody else. */
  readonly ownerAccount?: string | null
}

export type RelationKind = 'table' | 'view'

export interface TableContent extends Omit<TableRow, 'id'> {
  /** Names of all fields, at any depth, of all schemas. */
  readonly names: readonly string[]
}

/** Of a dropped table: its files are removed, or stay; or it can be had back for so many days, and then its files are removed, or stay. */
export type Dropping = 'purge' | 'forget' | { readonly by: string; readonly days: number; readonly purges: boolean }

export type Swap =
  | { readonly kind: 'create'; readonly ident: TableIdent; readonly content: TableContent }
  | {
      readonly kind: 'replace'
      readonly ident: TableIdent
      readonly id: string
      readonly expected: string
      readonly content: TableContent
      /** Whether the folder may be another than before. */
      readonly moves?: true
    }

/** One kind of the two; only `nameTaken` and what compares folders look at both. */
export interface TableStore {
  /** What has the name: names are shared. */
  nameTaken(catalogId: string, ident: TableIdent): Promise<RelationKind | undefined>
  list(catalogId: string, namespace: Namespace): Promise<readonly { readonly name: string; readonly columns: readonly string[] }[]>
  /** Undefined when there is none. */
  find(catalogId: string, ident: TableIdent): Promise<TableRow | undefined>
  /** All or none; false when another commit came first. A create of a table that exists throws TableExists. */
  swap(catalogId: string, changes: readonly Swap[]): Promise<boolean>
  /** Throws TableNotFound. What becomes of its files is put on record in the same transaction. */
  drop(catalogId: string, ident: TableIdent, then: Dropping): Promise<TableRow>
  rename(catalogId: string, from: TableIdent, to: TableIdent): Promise<void>
  /** The table, in any catalogue, whose folder holds, or lies in, this one. */
  overlapping(location: string): Promise<{ readonly id: string; readonly uuid: string } | undefined>
  /** Names of all fields that tables ever had whose folder holds, or lies in, this one, unless its files were removed. */
  namesBelow(location: string): Promise<readonly string[]>
  pendingPurges(): Promise<readonly string[]>
  purged(location: string): Promise<void>
}

const COLUMNS =
  't.id, t.uuid, t.location, t.metadata_location as "metadataLocation", t.metadata, t.columns, t.owner_account as "ownerAccount"'
const FROM = 'akko_catalog.tables t join akko_catalog.namespaces n on n.id = t.namespace_id'

const ERRORS = {
  table: {
    notFound: (ident: TableIdent) => TableNotFound({ table: printTable(ident) }),
    exists: (ident: TableIdent, cause: unknown) => TableExists({ table: printTable(ident) }, cause),
    renameTo: RenameToTable,
  },
  view: {
    notFound: (ident: TableIdent) => ViewNotFound({ view: printTable(ident) }),
    exists: (ident: TableIdent, cause: unknown) => ViewExists({ view: printTable(ident) }, cause),
    renameTo: RenameToView,
  },
} as const

export function createTableStore(pool: Pool, kind: RelationKind): TableStore {
  const errors = ERRORS[kind]
  return {
    nameTaken: async (catalogId, { namespace, name }) =>
      (
        await pool.query<{ kind: RelationKind }>(`select t.kind from ${FROM} where n.catalog_id = $1 and n.path = $2 and t.name = $3`, [
          catalogId,
          namespace,
          name,
        ])
      ).rows[0]?.kind,
    list: async (catalogId, namespace) => {
      const { rows } = await pool.query<{ name: string; columns: string[] }>(
        `select t.name, t.columns from ${FROM} where n.catalog_id = $1 and n.path = $2 and t.kind = $3 order by t.name`,
        [catalogId, namespace, kind],
      )
      return rows
    },
    find: async (catalogId, { namespace, name }) =>
      (
        await pool.query<TableRow>(
          `select ${COLUMNS} from ${FROM} where n.catalog_id = $1 and n.path = $2 and t.name = $3 and t.kind = $4`,
          [catalogId, namespace, name, kind],
        )
      ).rows[0],
    swap: (catalogId, changes) =>
      inRecorded(pool, async (client) => {
        const ordered = [...changes].sort((a, b) => (printTable(a.ident) < printTable(b.ident) ? -1 : 1))
        if (changes.some(movesFolder)) await client.query('select pg_advisory_xact_lock($1)', [LOCATION_LOCK])
        for (const change of ordered) {
          if (change.kind === 'create') await insert(client, catalogId, change.ident, change.content, kind)
          else if (!(await replace(client, change.id, change.expected, change.content))) throw new LostRace()
          if (movesFolder(change)) await assertAlone(client, change.content)
          await remember(client, change.content)
        }
        return true
      }).catch((error: unknown) => {
        if (error instanceof LostRace) return false
        throw error
      }),
    drop: (catalogId, ident, then) =>
      inRecorded(pool, async (client) => {
        const { rows } = await client.query<TableRow>(
          `delete from akko_catalog.tables t using akko_catalog.namespaces n
           where n.id = t.namespace_id and n.catalog_id = $1 and n.path = $2 and t.name = $3 and t.kind = $4 returning ${COLUMNS}`,
          [catalogId, ident.namespace, ident.name, kind],
        )
        const row = rows[0]
        if (!row) throw errors.notFound(ident)
        if (then === 'purge')
          await client.query('insert into akko_catalog.purges (location) values ($1) on conflict do nothing', [row.location])
        else if (then !== 'forget') await keepDropped(client, catalogId, ident, row, then)
        return row
      }),
    rename: async (catalogId, from, to) => {
      try {
        await inRecorded(pool, async (client) => {
          const { rowCount } = await client.query(
            `update akko_catalog.tables t set name = $4, updated_at = now(),
             namespace_id = (select id from akko_catalog.namespaces where catalog_id = $1 and path = $5)
           from akko_catalog.namespaces n
           where n.id = t.namespace_id and n.catalog_id = $1 and n.path = $2 and t.name = $3 and t.kind = $6`,
            [catalogId, from.namespace, from.name, to.name, to.namespace, kind],
          )
          if (rowCount === 0) throw errors.notFound(from)
        })
      } catch (error) {
        if (isUniqueViolation(error)) throw errors.renameTo({ from: printTable(from), to: printTable(to) }, error)
        if ((error as { code?: string }).code === '23502') throw NamespaceNotFound({ namespace: printNamespace(to.namespace) }, error)
        throw error
      }
    },
    overlapping: async (location) =>
      (await pool.query(`select t.id, t.uuid from akko_catalog.tables t where ${OVERLAPS} limit 1`, [location])).rows[0],
    namesBelow: async (location) =>
      (await pool.query<{ names: string[] }>(`select t.names from akko_catalog.folder_names t where ${OVERLAPS}`, [location])).rows.flatMap(
        (r) => r.names,
      ),
    pendingPurges: async () =>
      (await pool.query<{ location: string }>('select location from akko_catalog.purges')).rows.map((r) => r.location),
    purged: (location) =>
      inTransaction(pool, async (client) => {
        await client.query(`delete from akko_catalog.folder_names where starts_with(location || '/', $1 || '/')`, [location])
        await client.query('delete from akko_catalog.purges where location = $1', [location])
      }),
  }
}

class LostRace extends Error {}

const movesFolder = (change: Swap): boolean => change.kind === 'create' || change.moves === true

async function insert(client: PoolClient, catalogId: string, ident: TableIdent, content: TableContent, kind: RelationKind): Promise<void> {
  try {
    const { rowCount } = await client.query(
      `insert into akko_catalog.tables (namespace_id, name, kind, uuid, location, metadata_location, metadata, columns, owner_account)
       select id, $3, $4, $5, $6, $7, $8, $9, $10 from akko_catalog.namespaces where catalog_id = $1 and path = $2`,
      [
        ...[catalogId, ident.namespace, ident.name, kind, content.uuid, content.location],
        ...[content.metadataLocation, content.metadata, content.columns, content.ownerAccount ?? null],
      ],
    )
    if (rowCount === 0) throw NamespaceNotFound({ namespace: printNamespace(ident.namespace) })
  } catch (error) {
    if (isUniqueViolation(error)) throw ERRORS[kind].exists(ident, error)
    if (isForeignKeyViolation(error)) throw NamespaceNotFound({ namespace: printNamespace(ident.namespace) }, error)
    throw error
  }
}

/** Names stay on record when a schema or the table is removed: the files stay, and keys are lent by folder. */
async function remember(client: PoolClient, { location, names }: TableContent): Promise<void> {
  await client.query(
    `insert into akko_catalog.folder_names as f (location, names) values ($1, $2)
     on conflict (location) do update set names = array(select distinct unnest(f.names || excluded.names))
     where exists (select unnest(excluded.names) except select unnest(f.names))`,
    [location, names],
  )
}

async function replace(client: PoolClient, id: string, expected: string, content: TableContent): Promise<boolean> {
  const { rowCount } = await client.query(
    `update akko_catalog.tables set location = $3, metadata_location = $4, metadata = $5, columns = $6, owner_account = $7, updated_at = now()
     where id = $1 and metadata_location = $2`,
    [id, expected, content.location, content.metadataLocation, content.metadata, content.columns, content.ownerAccount ?? null],
  )
  return rowCount === 1
}
