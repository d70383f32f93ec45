// What a PostgreSQL server says about itself, asked once per server or database for all resources.
import { MAINTENANCE, type PostgresClient } from '#ensure/clients/postgres'

export interface LiveRole {
  /** May log in and has no other power. */
  readonly plain_login: boolean
  readonly verifier: string | null
  readonly member_of: readonly string[]
}

export function liveRoles(client: PostgresClient): Promise<Map<string, LiveRole>> {
  return client.memo.once('roles', async () => {
    const rows = await client.query<LiveRole & { name: string }>(
      MAINTENANCE,
      `SELECT r.rolname AS name, r.rolpassword AS verifier,
              r.rolcanlogin AND NOT (r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls) AS plain_login,
              ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS member_of
         FROM pg_authid r WHERE r.rolname !~ '^pg_'`,
    )
    return new Map(rows.map((r) => [r.name, r]))
  })
}

export interface LiveDatabase {
  readonly owner: string
  /** Names of the roles that were granted CONNECT; '' is PUBLIC with any right at all. */
  readonly connect: readonly string[]
}

export function liveDatabases(client: PostgresClient): Promise<Map<string, LiveDatabase>> {
  return client.memo.once('databases', async () => {
    const rows = await client.query<LiveDatabase & { name: string }>(
      MAINTENANCE,
      `SELECT d.datname AS name, o.rolname::text AS owner,
              ARRAY(SELECT DISTINCT coalesce(g.rolname::text, '')
                      FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a LEFT JOIN pg_roles g ON g.oid = a.grantee
                     WHERE a.grantee = 0 OR a.privilege_type = 'CONNECT') AS connect
         FROM pg_database d JOIN pg_roles o ON o.oid = d.datdba WHERE d.datallowconn`,
    )
    return new Map(rows.map((r) => [r.name, r]))
  })
}

/** Extensions whose files are there, and the libraries that were loaded at the start. */
export function liveAvailability(client: PostgresClient): Promise<{ available: Set<string>; preloaded: Set<string> }> {
  return client.memo.once('availability', async () => {
    const [row] = await client.query<{ names: string[]; preloaded: string }>(
      MAINTENANCE,
      `SELECT ARRAY(SELECT name::text FROM pg_available_extensions) AS names, current_setting('shared_preload_libraries') AS preloaded`,
    )
    return { available: new Set(row?.names), preloaded: new Set(row?.preloaded.split(',').map((l) => l.trim())) }
  })
}

export interface LiveContents {
  readonly extensions: ReadonlySet<string>
  /** Schema -> owner. */
  readonly schemas: ReadonlyMap<string, string>
  /** `schema.table` -> what it has. */
  readonly tables: ReadonlyMap<string, { readonly owner: string; readonly columns: readonly string[]; readonly indexes: readonly string[] }>
}

/** Extensions, schemas and tables of one database in one query; undefined when there is no such database. */
export async function liveContents(client: PostgresClient, database: string): Promise<LiveContents | undefined> {
  if (!(await liveDatabases(client)).has(database)) return undefined
  return client.memo.once(`contents ${database}`, async () => {
    const [row] = await client.query<{
      extensions: string[]
      schemas: { name: string; owner: string }[]
      tables: { name: string; owner: string; columns: string[]; indexes: string[] }[]
    }>(
      database,
      `SELECT ARRAY(SELECT extname::text FROM pg_extension) AS extensions,
              (SELECT coalesce(json_agg(json_build_object('name', nspname, 'owner', pg_get_userbyid(nspowner))), '[]')
                 FROM pg_namespace WHERE nspname !~ '^pg_') AS schemas,
              (SELECT coalesce(json_agg(json_build_object(
                        'name', n.nspname || '.' || c.relname, 'owner', pg_get_userbyid(c.relowner),
                        'columns', ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
                        'indexes', ARRAY(SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisvalid))), '[]')
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')) AS tables`,
    )
    if (!row) throw new Error(`the database ${database} did not describe itself`)
    return {
      extensions: new Set(row.extensions),
      schemas: new Map(row.schemas.map((s) => [s.name, s.owner])),
      tables: new Map(row.tables.map((t) => [t.name, t])),
    }
  })
}
