// Rights as statements. Whatever a class had is taken away first: default is no right.
import { createHash } from 'node:crypto'
import pg from 'pg'
import { coverSchema, KEEPER } from '#parts/sql/connectors/postgresql/direct/names'
import type { CoveredTable, DirectRights } from '#parts/sql/connectors/postgresql/direct/rights'

const id = pg.escapeIdentifier

export interface Cover {
  readonly schema: string
  readonly view: string
  /** The statement that makes it. */
  readonly text: string
  /** A hash of the text. */
  readonly mark: string
}

/**
 * OFFSET is what no condition of a reader's passes, an indexed one neither: how many rows an index found would tell what the filter hides. Without a filter
 * all rows are shown, and a condition on a column that is shown may use its index.
 */
function printCover(role: string, { schema, table, columns, filters }: CoveredTable): Cover {
  const [at, view] = [coverSchema(role, schema), table]
  const list = columns.map(({ name, value }) => `${value} AS ${id(name)}`).join(', ')
  const where = filters.length === 0 ? '' : ` WHERE ${filters.join(' AND ')} OFFSET 0`
  const text = `CREATE VIEW ${id(at)}.${id(view)} WITH (security_barrier = true) AS SELECT ${list} FROM ${id(schema)}.${id(table)}${where}`
  return { schema: at, view, text, mark: createHash('sha256').update(text).digest('hex') }
}

export const coversOf = (role: string, { covered }: DirectRights): Cover[] => covered.map((table) => printCover(role, table))

/** Whatever the class may in this database. */
export const revoking = (role: string, database: string): string[] => [
  `REVOKE ALL ON DATABASE ${id(database)} FROM ${id(role)}`,
  `DO $body$
DECLARE
  g record;
  me oid := ${pg.escapeLiteral(role)}::regrole;
BEGIN
  FOR g IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND (
    EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = me)
    OR EXISTS (SELECT FROM pg_attribute t CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE t.attrelid = c.oid AND a.grantee = me))
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %I', g.name, me::regrole::text);
  END LOOP;
  FOR g IN SELECT n.nspname AS name FROM pg_namespace n WHERE EXISTS (SELECT FROM aclexplode(n.nspacl) a WHERE a.grantee = me) LOOP
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', g.name, me::regrole::text);
  END LOOP;
END $body$`,
]

/** A schema for the class's covers; its comment says whose. */
export const schemaFor = (role: string, name: string): string[] => [
  `CREATE SCHEMA IF NOT EXISTS ${id(name)} AUTHORIZATION ${id(KEEPER)}`,
  `COMMENT ON SCHEMA ${id(name)} IS ${pg.escapeLiteral(role)}`,
]

/** Its comment says which text made it. */
export const making = ({ schema, view, text, mark }: Cover): string[] => [
  text,
  `ALTER VIEW ${id(schema)}.${id(view)} OWNER TO ${id(KEEPER)}`,
  `COMMENT ON VIEW ${id(schema)}.${id(view)} IS ${pg.escapeLiteral(mark)}`,
]

export const dropping = ({ schema, view }: Pick<Cover, 'schema' | 'view'>): string => `DROP VIEW ${id(schema)}.${id(view)}`

/** Columns by name: one that is added later is nobody's until it was asked about. */
export function granting(
  role: string,
  database: string,
  { schemas: listed, open, covered }: DirectRights,
  sequences: ReadonlyMap<string, string[]>,
): string[] {
  if (listed.length === 0) return []
  const to = `TO ${id(role)}`
  const schemas = new Set([...listed, ...covered.map((t) => coverSchema(role, t.schema))])
  return [
    `GRANT CONNECT ON DATABASE ${id(database)} ${to}`,
    ...[...schemas].map((schema) => `GRANT USAGE ON SCHEMA ${id(schema)} ${to}`),
    ...covered.map(({ schema, table }) => `GRANT SELECT ON ${id(coverSchema(role, schema))}.${id(table)} ${to}`),
    ...open.flatMap(({ schema, table, columns, writes }) => {
      const name = `${id(schema)}.${id(table)}`
      const list = columns.map(id).join(', ')
      if (columns.length === 0) return []
      if (!writes) return [`GRANT SELECT (${list}) ON ${name} ${to}`]
      return [
        `GRANT SELECT (${list}), INSERT (${list}), UPDATE (${list}), DELETE ON ${name} ${to}`,
        ...(sequences.get(JSON.stringify([schema, table])) ?? []).map((sequence) => `GRANT USAGE ON SEQUENCE ${sequence} ${to}`),
      ]
    }),
  ]
}

/** Where a person's names are looked for: covers first, then what is open to him. */
export function searchPath(role: string, { schemas: listed, covered }: DirectRights): string {
  const first = (names: Iterable<string>) =>
    [...new Set(names)].sort((a, b) => Number(b === 'public') - Number(a === 'public') || (a < b ? -1 : 1))
  const schemas = [...first(covered.map((t) => t.schema)).map((schema) => coverSchema(role, schema)), ...first(listed)]
  return (schemas.length > 0 ? schemas : ['pg_catalog']).map(id).join(', ')
}
