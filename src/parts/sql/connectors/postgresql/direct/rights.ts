// What persons with the same roles may see of one database as clients of PostgreSQL: what SQL shows them of its catalogue, or less where that cannot be shown exactly.
import pg from 'pg'
import { type Authoriser, type Caller, decide, type Resource } from '#kit/access'
import { assertBoundAreHis } from '#parts/sql/connectors/postgresql/bound'
import { readSchemas, readTable, readTables } from '#parts/sql/connectors/postgresql/catalog'
import { translateFilter, translateMask, Untranslatable } from '#parts/sql/connectors/postgresql/direct/translate'
import type { PgColumn } from '#parts/sql/connectors/postgresql/types'

export interface KnownTable {
  readonly schema: string
  readonly table: string
  readonly columns: readonly PgColumn[]
  /** `pg_class.relkind`. */
  readonly relkind: string
  /** Why nobody gets it as a client of PostgreSQL, where that is so. */
  readonly closed?: string
}

/** A table that its readers see as it is. */
export interface OpenTable {
  readonly schema: string
  readonly table: string
  readonly columns: readonly string[]
  /** Whether its rows may be changed, in these columns. */
  readonly writes: boolean
}

/** A table of which something is hidden, or a view. */
export interface CoveredTable {
  readonly schema: string
  readonly table: string
  /** Each with its value, in PostgreSQL's SQL over the table. */
  readonly columns: readonly { readonly name: string; readonly value: string }[]
  readonly filters: readonly string[]
}

/** What SQL shows and PostgreSQL does not. */
export interface LeftOut {
  readonly table: string
  readonly column?: string
  readonly reason: string
}

export interface DirectRights {
  /** Those that are listed for him; where there are none he does not enter the database. */
  readonly schemas: readonly string[]
  readonly open: readonly OpenTable[]
  readonly covered: readonly CoveredTable[]
  readonly left: readonly LeftOut[]
}

/**
 * Views by what they need: one whose answer depends on who asks or when (functions that are not immutable, the server's own tables, row security) would show
 * him what it shows no one else.
 */
const UNSTEADY_VIEWS = String.raw`WITH RECURSIVE reads(view, oid) AS (
    SELECT c.oid, c.oid FROM pg_class c WHERE c.relkind = 'v' AND c.oid >= 16384
    UNION
    SELECT reads.view, m[1]::oid FROM reads JOIN pg_class c ON c.oid = reads.oid AND c.relkind = 'v' JOIN pg_rewrite r ON r.ev_class = c.oid
    CROSS JOIN LATERAL regexp_matches(r.ev_action::text, ':relid (\d+)', 'g') m WHERE m[1] <> '0'
  ), called(view, oid) AS (
    SELECT reads.view, m[1]::oid FROM reads JOIN pg_class c ON c.oid = reads.oid AND c.relkind = 'v' JOIN pg_rewrite r ON r.ev_class = c.oid
    CROSS JOIN LATERAL regexp_matches(r.ev_action::text, ':(?:funcid|aggfnoid|winfnoid) (\d+)', 'g') m
    UNION
    SELECT reads.view, o.oprcode::oid FROM reads JOIN pg_class c ON c.oid = reads.oid AND c.relkind = 'v' JOIN pg_rewrite r ON r.ev_class = c.oid
    CROSS JOIN LATERAL regexp_matches(r.ev_action::text, ':opno (\d+)', 'g') m JOIN pg_operator o ON o.oid = m[1]::oid
  )
  SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND (
    EXISTS (SELECT FROM reads JOIN pg_class t ON t.oid = reads.oid WHERE reads.view = c.oid AND (t.oid < 16384 OR t.relkind = 'f' OR t.relrowsecurity))
    OR EXISTS (SELECT FROM called JOIN pg_proc p ON p.oid = called.oid WHERE called.view = c.oid AND p.provolatile <> 'i')
    OR EXISTS (SELECT FROM reads JOIN pg_rewrite r ON r.ev_class = reads.oid JOIN pg_class t ON t.oid = reads.oid AND t.relkind = 'v'
      WHERE reads.view = c.oid AND r.ev_action::text ~ '\{(SQLVALUEFUNCTION|COERCEVIAIO|NEXTVALUEEXPR|TABLESAMPLECLAUSE|XMLEXPR|ROWCOMPAREEXPR) '))`

export interface Known {
  readonly schemas: readonly string[]
  readonly tables: readonly KnownTable[]
}

/** All that the database holds, as a role that sees everything. */
export async function readKnown(pool: pg.Pool): Promise<Known> {
  const { rows } = await pool.query<{ schema: string; name: string }>(UNSTEADY_VIEWS)
  const unsteady = new Set(rows.map(({ schema, name }) => JSON.stringify([schema, name])))
  const tables: KnownTable[] = []
  const schemas = await readSchemas(pool)
  for (const schema of schemas)
    for (const { name: table } of await readTables(pool, schema)) {
      const found = await readTable(pool, schema, table)
      if (!found) continue
      const { columns, relkind, rowSecurity } = found
      const closed = rowSecurity
        ? 'its own row security knows roles of the server, and no person'
        : relkind === 'f'
          ? 'its rows are on another server'
          : unsteady.has(JSON.stringify([schema, table]))
            ? 'what this view shows depends on who asks, or when'
            : undefined
      tables.push({ schema, table, columns, relkind, ...(closed ? { closed } : {}) })
    }
  return { schemas, tables }
}

export interface Asked {
  readonly catalog: string
  readonly authoriser: Authoriser
  readonly caller: Caller
}

export async function rightsOf(pool: pg.Pool, known: Known, asked: Asked): Promise<DirectRights> {
  const open: OpenTable[] = []
  const covered: CoveredTable[] = []
  const left: LeftOut[] = []
  const schemas: string[] = []
  if (!(await may(asked, 'read', { kind: 'catalog', path: [asked.catalog] }))) return { schemas, open, covered, left }
  for (const schema of known.schemas) if (await may(asked, 'list', { kind: 'schema', path: [asked.catalog, schema] })) schemas.push(schema)
  for (const at of known.tables) {
    const { schema, table, columns, relkind, closed } = at
    const thing = resourceOf(asked, at)
    if (!(await may(asked, 'list', { kind: 'table', path: thing.path }))) continue
    const decision = await decide(asked.authoriser, asked.caller, 'read', thing)
    if (!decision.allow) continue
    const name = `${schema}.${table}`
    if (closed) {
      left.push({ table: name, reason: closed })
      continue
    }
    const { rowFilters = [], columnMasks = {}, visibleColumns } = decision
    const visible = visibleColumns ? columns.filter((c) => visibleColumns.includes(c.name)) : columns
    const isHidden = rowFilters.length > 0 || visible.some((c) => Object.hasOwn(columnMasks, c.name))
    if (!isHidden && relkind !== 'v') {
      const writes = visibleColumns === undefined && relkind !== 'm' && (await mayWrite(pool, asked, at))
      open.push({ schema, table, columns: visible.map((c) => c.name), writes })
      continue
    }
    const filters = rowFilters.map((filter) => attempted(() => translateFilter(filter, columns)))
    const failed = filters.find((filter) => typeof filter !== 'string')
    if (failed) {
      left.push({ table: name, reason: `its row filter has ${(failed as Untranslatable).message}` })
      continue
    }
    const shown: CoveredTable['columns'][number][] = []
    for (const column of visible) {
      const mask = Object.hasOwn(columnMasks, column.name) ? columnMasks[column.name] : undefined
      const value = mask === undefined ? pg.escapeIdentifier(column.name) : attempted(() => translateMask(mask, column, columns))
      if (typeof value === 'string') shown.push({ name: column.name, value })
      else left.push({ table: name, column: column.name, reason: `its mask has ${value.message}` })
    }
    covered.push({ schema, table, columns: shown, filters: filters as string[] })
  }
  return { schemas, open, covered, left }
}

const may = async ({ authoriser, caller }: Asked, action: 'read' | 'list' | 'write', resource: Resource): Promise<boolean> =>
  (await decide(authoriser, caller, action, resource)).allow

function resourceOf({ catalog }: Asked, { schema, table, columns }: KnownTable): Resource {
  return {
    kind: 'table',
    path: [catalog, schema, table],
    columns: columns.map((c) => c.name),
    nested: Object.fromEntries(columns.map((c) => [c.name, c.nested])),
  }
}

/** As SQL lets him: not where a foreign key would look at, or change, what is not his. */
async function mayWrite(pool: pg.Pool, asked: Asked, { schema, table }: KnownTable): Promise<boolean> {
  const { catalog, authoriser, caller } = asked
  if (!(await may(asked, 'write', { kind: 'table', path: [catalog, schema, table] }))) return false
  const silent: Authoriser = { decide: (...question) => authoriser.decide(...question) }
  return assertBoundAreHis(pool, silent, caller, { catalog, schema, table, updated: undefined, touchesRows: true }).then(
    () => true,
    () => false,
  )
}

function attempted(translate: () => string): string | Untranslatable {
  try {
    return translate()
  } catch (error) {
    if (error instanceof Untranslatable) return error
    throw error
  }
}
