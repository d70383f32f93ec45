// Completion of what the server really has: catalogues, schemas, tables, columns, functions. Editor-independent.

import { plainName } from '#wire/trino/names'
import { cursorContext, type TableRef } from '~/lib/sql/context'

export interface TableName {
  readonly catalog: string
  readonly schema: string
  readonly table: string
}

export interface ColumnName {
  readonly name: string
  readonly type: string
}

export interface FunctionName {
  readonly name: string
  readonly signature: string
  readonly description?: string
}

/** The server's names; each answers from a cache or asks once. */
export interface Names {
  catalogs(): Promise<readonly string[]>
  tables(catalog: string): Promise<readonly TableName[]>
  columns(table: TableName): Promise<readonly ColumnName[]>
  functions(): Promise<readonly FunctionName[]>
}

export interface Suggestion {
  readonly label: string
  readonly apply: string
  readonly kind: 'catalog' | 'schema' | 'table' | 'column' | 'function' | 'keyword' | 'alias'
  readonly detail?: string
  readonly info?: string
  readonly boost: number
}

export interface Completion {
  readonly from: number
  readonly suggestions: readonly Suggestion[]
}

export interface Defaults {
  readonly catalog?: string | undefined
  readonly schema?: string | undefined
}

export const KEYWORDS = `SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET JOIN LEFT RIGHT FULL INNER CROSS ON USING AS AND OR NOT
IN EXISTS BETWEEN LIKE IS NULL CASE WHEN THEN ELSE END CAST DISTINCT UNION ALL EXCEPT INTERSECT WITH VALUES INSERT INTO CREATE TABLE
DROP SCHEMA VIEW UPDATE SET DELETE MERGE MATCHED EXPLAIN ANALYZE DESCRIBE SHOW CATALOGS SCHEMAS TABLES COLUMNS FUNCTIONS USE EXECUTE ASC DESC NULLS
FIRST LAST OVER PARTITION ROWS RANGE UNBOUNDED PRECEDING FOLLOWING CURRENT ROW INTERVAL EXTRACT FILTER UNNEST ORDINALITY TRUE FALSE`.split(
  /\s+/,
)

export async function complete(sql: string, position: number, names: Names, defaults: Defaults): Promise<Completion | undefined> {
  const context = cursorContext(sql, position)
  if (context.kind === 'none') return undefined
  const { path } = context
  const suggestions =
    context.kind === 'relation'
      ? await relations(names, path, defaults)
      : path.length > 0
        ? await members(names, path, context.tables, defaults)
        : await expressions(names, context.tables, defaults)
  return { from: context.from, suggestions }
}

async function relations(names: Names, path: readonly string[], defaults: Defaults): Promise<Suggestion[]> {
  const catalogs = await names.catalogs()
  const [first, second] = path
  if (first === undefined) {
    const inCatalog = defaults.catalog ? await names.tables(defaults.catalog) : []
    const own = inCatalog.filter((t) => t.schema === defaults.schema).map((t) => table(t, 3))
    const schemas = distinct(inCatalog.map((t) => t.schema)).map((s) => schema(s, defaults.catalog, 2))
    return [...own, ...schemas, ...catalogs.map(catalog)]
  }
  if (second !== undefined) return (await tablesOf(names, catalogs, first)).filter((t) => t.schema === second).map((t) => table(t, 2))
  const schemas = distinct((await tablesOf(names, catalogs, first)).map((t) => t.schema)).map((s) => schema(s, first, 2))
  const own = defaults.catalog
    ? (await tablesOf(names, catalogs, defaults.catalog)).filter((t) => t.schema === first).map((t) => table(t, 1))
    : []
  return [...schemas, ...own]
}

async function tablesOf(names: Names, catalogs: readonly string[], name: string): Promise<readonly TableName[]> {
  return catalogs.includes(name) ? names.tables(name) : []
}

/** After `alias.` or `table.`: columns. After a catalogue or schema name: what a full name goes on with. */
async function members(names: Names, path: readonly string[], tables: readonly TableRef[], defaults: Defaults): Promise<Suggestion[]> {
  const ref = tables.find((t) =>
    path.length === 1 ? (t.alias ?? t.path.at(-1)) === path[0] : !t.alias && t.path.join('.').endsWith(path.join('.')),
  )
  if (!ref) return relations(names, path, defaults)
  const found = await resolve(names, ref, defaults)
  return found ? (await names.columns(found)).map((c) => column(c, found, 2)) : []
}

async function expressions(names: Names, tables: readonly TableRef[], defaults: Defaults): Promise<Suggestion[]> {
  const resolved = await Promise.all(tables.map((ref) => resolve(names, ref, defaults).catch(() => undefined)))
  const columns = await Promise.all(
    resolved.map(async (found) => (found ? (await names.columns(found).catch(() => [])).map((c) => column(c, found, 4)) : [])),
  )
  const functions = await names.functions().catch(() => [])
  return [
    ...columns.flat(),
    ...tables.flatMap((t): Suggestion[] =>
      t.alias ? [{ label: t.alias, apply: plainName(t.alias), kind: 'alias', detail: t.path.join('.'), boost: 3 }] : [],
    ),
    ...functions.map(
      (f): Suggestion => ({
        label: f.name,
        apply: f.name,
        kind: 'function',
        detail: f.signature,
        ...(f.description ? { info: f.description } : {}),
        boost: 0,
      }),
    ),
    ...KEYWORDS.map((k): Suggestion => ({ label: k, apply: k, kind: 'keyword', boost: 1 })),
  ]
}

/** The table that a reference means, completed by the session's catalogue and schema. */
export async function resolve(names: Names, ref: TableRef, defaults: Defaults): Promise<TableName | undefined> {
  const [a, b, c] = ref.path
  const wanted =
    c !== undefined
      ? { catalog: a!, schema: b!, table: c }
      : b !== undefined
        ? { catalog: defaults.catalog, schema: a!, table: b }
        : { catalog: defaults.catalog, schema: defaults.schema, table: a }
  if (!wanted.catalog || !(await names.catalogs()).includes(wanted.catalog)) return undefined
  return (await names.tables(wanted.catalog)).find((t) => t.schema === wanted.schema && t.table === wanted.table)
}

function catalog(name: string): Suggestion {
  return { label: name, apply: plainName(name), kind: 'catalog', detail: 'catalogue', boost: 1 }
}

function schema(name: string, of: string | undefined, boost: number): Suggestion {
  return { label: name, apply: plainName(name), kind: 'schema', detail: of ? `schema of ${of}` : 'schema', boost }
}

function table(name: TableName, boost: number): Suggestion {
  return { label: name.table, apply: plainName(name.table), kind: 'table', detail: `${name.catalog}.${name.schema}`, boost }
}

function column(c: ColumnName, of: TableName, boost: number): Suggestion {
  return { label: c.name, apply: plainName(c.name), kind: 'column', detail: c.type, info: `${of.catalog}.${of.schema}.${of.table}`, boost }
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)]
}
