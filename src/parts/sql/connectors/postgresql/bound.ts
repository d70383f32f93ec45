// Tables that foreign keys bind to one whose rows are changed. The database looks into them, and changes them, as the role that owns it: whoever is not
// shown all that it looks at would learn by an error what is there, and whoever may not write would write.
import type { Pool } from 'pg'
import { type Authoriser, attempt, type Caller, decide } from '#kit/access'
import { NotSupported } from '#parts/sql/connectors/errors'
import { readTable } from '#parts/sql/connectors/postgresql/catalog'

interface Bound {
  readonly schema: string
  readonly table: string
  /** Of it, in the foreign key. */
  readonly keys: readonly string[]
  /** Whether the change goes on to its rows. */
  readonly changes: boolean
}

export interface BoundChange {
  readonly catalog: string
  readonly schema: string
  readonly table: string
  /** Columns that get values; undefined: the row is a new one. */
  readonly updated: readonly string[] | undefined
  /** Whether rows that are there become others, or go. */
  readonly touchesRows: boolean
}

/** @throws NotSupported, which names no table that may be hidden */
export async function assertBoundAreHis(writer: Pool, authoriser: Authoriser, caller: Caller, change: BoundChange): Promise<void> {
  for (const bound of await boundTo(writer, change)) {
    if (await isHis(writer, authoriser, caller, change.catalog, bound)) continue
    throw NotSupported({
      what: `changing rows of ${change.catalog}.${change.schema}.${change.table}, which foreign keys bind to a table that is not all shown to you, or not yours to write,`,
      hint: 'somebody who may see and write both changes them',
    })
  }
}

async function isHis(writer: Pool, authoriser: Authoriser, caller: Caller, catalog: string, bound: Bound): Promise<boolean> {
  const { schema, table, keys, changes } = bound
  const found = await readTable(writer, schema, table)
  const path = [catalog, schema, table]
  const columns = found?.columns.map((c) => c.name) ?? []
  const nested = Object.fromEntries(found?.columns.map((c) => [c.name, c.nested]) ?? [])
  const said = await decide(authoriser, caller, 'read', { kind: 'table', path, columns, nested })
  const { allow, rowFilters = [], columnMasks = {}, visibleColumns = columns } = said
  if (!allow || rowFilters.length > 0) return false
  if (keys.some((key) => Object.hasOwn(columnMasks, key) || !visibleColumns.includes(key))) return false
  return !changes || (await attempt(authoriser, caller, 'write', { kind: 'table', path })).allow
}

const GOES_ON = `(con.confdeltype IN ('c', 'n', 'd') OR con.confupdtype IN ('c', 'n', 'd'))`

async function boundTo(writer: Pool, { schema, table, updated, touchesRows }: BoundChange): Promise<Bound[]> {
  const { rows } = await writer.query<Bound>(
    `WITH RECURSIVE changed(oid) AS (
       SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text AND c.relname = $2::text
       UNION
       SELECT con.conrelid FROM changed JOIN pg_constraint con ON con.contype = 'f' AND con.confrelid = changed.oid AND ${GOES_ON} AND $4::boolean
     ), bound(oid, keys, changes) AS (
       SELECT con.conrelid, con.conkey, ${GOES_ON} FROM changed JOIN pg_constraint con ON con.contype = 'f' AND con.confrelid = changed.oid
       WHERE $4::boolean
       UNION
       SELECT con.confrelid, con.confkey, false FROM changed JOIN pg_constraint con ON con.contype = 'f' AND con.conrelid = changed.oid
       WHERE $3::text[] IS NULL OR EXISTS (
         SELECT FROM pg_attribute a WHERE a.attrelid = con.conrelid AND a.attnum = ANY(con.conkey) AND a.attname = ANY($3::text[]))
     )
     SELECT n.nspname AS schema, c.relname AS "table", b.changes,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY(b.keys)) AS keys
     FROM bound b JOIN pg_class c ON c.oid = b.oid JOIN pg_namespace n ON n.oid = c.relnamespace`,
    [schema, table, updated ?? null, touchesRows],
  )
  return rows
}
