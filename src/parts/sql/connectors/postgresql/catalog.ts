// What a PostgreSQL database holds, from pg_catalog, as far as the service role may read it.
import type { Pool, PoolClient } from 'pg'
import { GUARD, KEEPER } from '#parts/sql/connectors/postgresql/direct/names'
import type { PgColumn } from '#parts/sql/connectors/postgresql/types'

export interface PgTable {
  readonly kind: 'table' | 'view'
  /** `pg_class.relkind`: r and p are tables whose rows are here. */
  readonly relkind: string
  /** Whether policies of the database decide over its rows. */
  readonly rowSecurity: boolean
  readonly comment: string | undefined
  readonly columns: readonly PgColumn[]
}

/** What is made for clients of PostgreSQL themselves is no part of the catalogue: it shows what other persons see. */
const HIDDEN = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND pg_get_userbyid(n.nspowner) <> '${KEEPER}' AND n.nspname <> '${GUARD}' AND has_schema_privilege(n.oid, 'USAGE')`
const KIND = `CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END`
const READABLE = `c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))`

/** Of the type of column `a`: through arrays, domains and ranges, the names of what composite types in it hold. */
const ATTRIBUTES = `(WITH RECURSIVE held(oid) AS (
    SELECT a.atttypid
    UNION
    SELECT part.oid FROM held JOIN pg_type y ON y.oid = held.oid
    LEFT JOIN pg_range r ON y.oid IN (r.rngtypid, r.rngmultitypid)
    CROSS JOIN LATERAL (
      SELECT unnest(ARRAY[y.typelem, y.typbasetype, r.rngsubtype])
      UNION ALL
      SELECT f.atttypid FROM pg_attribute f WHERE f.attrelid = y.typrelid AND f.attnum > 0 AND NOT f.attisdropped
    ) AS part(oid)
    WHERE part.oid <> 0)
  SELECT coalesce(json_agg(DISTINCT f.attname), '[]') FROM held JOIN pg_type y ON y.oid = held.oid
  JOIN pg_attribute f ON f.attrelid = y.typrelid AND f.attnum > 0 AND NOT f.attisdropped WHERE y.typrelid <> 0)`

export async function readSchemas(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(`SELECT n.nspname AS name FROM pg_namespace n WHERE ${HIDDEN} ORDER BY 1`)
  return rows.map((r) => r.name)
}

export async function readTables(pool: Pool, schema: string): Promise<{ name: string; kind: 'table' | 'view' }[]> {
  const { rows } = await pool.query<{ name: string; kind: 'table' | 'view' }>(
    `SELECT c.relname AS name, ${KIND} AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1::text AND ${HIDDEN} AND ${READABLE} ORDER BY 1`,
    [schema],
  )
  return rows
}

/** Undefined when there is no such table, or none that the role may read. Columns it may not read are left out. */
export async function readTable(pool: Pool | PoolClient, schema: string, table: string): Promise<PgTable | undefined> {
  const { rows } = await pool.query<
    Pick<PgTable, 'kind' | 'relkind' | 'rowSecurity'> & { comment: string | null; columns: RawColumn[] | null }
  >(
    `SELECT ${KIND} AS kind, c.relkind, c.relrowsecurity AS "rowSecurity", obj_description(c.oid, 'pg_class') AS comment, (
       SELECT json_agg(json_build_object(
         'name', a.attname, 'typname', t.typname, 'typmod', CASE WHEN d.typtype = 'd' THEN d.typtypmod ELSE a.atttypmod END,
         'kind', t.typtype, 'typschema', tn.nspname, 'element', e.typname, 'nullable', NOT (a.attnotnull OR d.typnotnull),
         'comment', col_description(c.oid, a.attnum), 'nested', ${ATTRIBUTES}) ORDER BY a.attnum)
       FROM pg_attribute a
       JOIN pg_type d ON d.oid = a.atttypid
       JOIN pg_type t ON t.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END
       JOIN pg_namespace tn ON tn.oid = t.typnamespace
       LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' AND t.typlen = -1
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'SELECT')) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1::text AND c.relname = $2::text AND ${HIDDEN} AND ${READABLE}`,
    [schema, table],
  )
  const found = rows[0]
  if (!found) return undefined
  return {
    kind: found.kind,
    relkind: found.relkind,
    rowSecurity: found.rowSecurity,
    comment: found.comment ?? undefined,
    columns: (found.columns ?? []).map((c) => ({ ...c, element: c.element ?? undefined, comment: c.comment ?? undefined })),
  }
}

type RawColumn = Omit<PgColumn, 'element' | 'comment'> & { readonly element: string | null; readonly comment: string | null }
