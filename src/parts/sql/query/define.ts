// Definitions: schemas and tables made, renamed and dropped through their connector.
import { attempt, authorise, isRestricted } from '#kit/access'
import { denied } from '#parts/sql/dialect/columns-denied'
import { resolveType } from '#parts/sql/dialect/literals'
import {
  CatalogNotFound,
  MissingCatalog,
  NotSupported,
  place,
  SchemaExists,
  SchemaNotFound,
  sqlError,
  TableExists,
  TableNotFound,
} from '#parts/sql/errors'
import type { ColumnInfo, Connector, ConnectorWrites } from '#parts/sql/ports'
import type { Execution } from '#parts/sql/query/context'
import { type FullName, qualify, resolve } from '#parts/sql/query/resolve'
import { acknowledge } from '#parts/sql/query/table-output'
import type { Expression, Position, Property, QualifiedName, Statement } from '#parts/sql/syntax/ast'
import { schemaToMake, tableToMake } from '#parts/sql/to-make'
import { printType } from '#wire/trino/type'

type Of<K extends Statement['k']> = Extract<Statement, { k: K }>

/** Trino's text, for what it has no place in the statement for. */
export const unserved = (what: string): Error => sqlError('NOT_SUPPORTED', undefined, `This connector does not support ${what}`)

/** The connector of a name and its writing side; throws when the catalogue is not there or only reads. */
export function writable(x: Execution, name: FullName, what: string): { readonly connector: Connector; readonly writes: ConnectorWrites } {
  const connector = x.deps.connectors[name.catalog]
  if (!connector && name.catalog !== 'system') throw CatalogNotFound({ ...name.pos, name: name.catalog })
  if (name.schema === 'information_schema')
    throw NotSupported({ ...name.pos, text: `the schema information_schema does not support ${what}` })
  if (!connector?.writes) throw unserved(what)
  return { connector, writes: connector.writes }
}

export function schemaName(x: Execution, name: QualifiedName): FullName {
  const [schema, catalog] = [...name].reverse()
  const which = catalog?.lower ?? x.defaults.catalog?.toLowerCase()
  const pos = (name[0] as { pos: FullName['pos'] }).pos
  if (which === undefined) throw MissingCatalog({ ...pos })
  return { catalog: which, schema: schema?.lower ?? '', table: '', pos }
}

/** Asks about the schema; a refusal names what was to be made in it. */
export async function mayCreate(x: Execution, { catalog, schema, table }: FullName): Promise<void> {
  const thing = `table ${catalog}.${schema}.${table}`
  await authorise(x.deps.authoriser, x.query.caller, 'create', tableToMake(catalog, schema, table), { thing })
}

/** For statements about tables that name a view, and the reverse. */
export function otherKind(pos: Position, wanted: 'Table' | 'View', name: FullName, there: string, instead: string): Error {
  const full = `${name.catalog}.${name.schema}.${name.table}`
  return sqlError(
    'GENERIC_USER_ERROR',
    pos,
    `${wanted} '${full}' does not exist, but ${there} with that name exists. Did you mean ${instead} ${full}?`,
  )
}

/** True when the table is there; what the caller may not see counts as absent. */
export async function tableExists(x: Execution, connector: Connector, { schema, table }: FullName): Promise<boolean> {
  return (await connector.table(x.query.caller, schema, table)) !== undefined
}

export async function requireSchema(x: Execution, connector: Connector, name: FullName): Promise<void> {
  if (!(await connector.listSchemas(x.query.caller)).includes(name.schema)) throw SchemaNotFound({ ...name.pos, name: name.schema })
}

/** Properties by name: `partitioning` apart, the rest as text. */
export function tableProperties(
  catalog: string,
  { traits }: ConnectorWrites,
  properties: readonly Property[],
): {
  readonly partitioning?: string[]
  readonly properties: Record<string, string>
} {
  const [first] = properties
  if (first && !traits.properties)
    throw sqlError('INVALID_TABLE_PROPERTY', first.name.pos, `Catalog '${catalog}' table property '${first.name.lower}' does not exist`)
  let partitioning: string[] | undefined
  const rest: Record<string, string> = {}
  for (const { name, value } of properties) {
    if (name.lower === 'partitioning') partitioning = textList(value)
    else if (name.lower === 'format') {
      const format = text(value).toUpperCase()
      if (format !== 'PARQUET')
        throw sqlError('INVALID_TABLE_PROPERTY', value.pos, `Invalid value for table property 'format': ${format}; PARQUET is served here`)
      rest['write.format.default'] = format
    } else if (name.lower === 'format_version') {
      if (value.k !== 'integer' || !['1', '2'].includes(value.value))
        throw sqlError('INVALID_TABLE_PROPERTY', value.pos, 'format_version must be between 1 and 2 here')
      rest['format-version'] = value.value
    } else if (name.lower === 'sorted_by' || name.lower === 'location')
      throw NotSupported({ ...name.pos, text: `table property ${name.lower} is not served here` })
    else throw sqlError('INVALID_TABLE_PROPERTY', name.pos, `Catalog does not support table property '${name.text}'`)
  }
  return { ...(partitioning ? { partitioning } : {}), properties: rest }
}

function text(value: Expression): string {
  if (value.k !== 'string') throw sqlError('INVALID_TABLE_PROPERTY', value.pos, 'A table property must be a text')
  return value.value
}

function textList(value: Expression): string[] {
  if (value.k !== 'array') throw sqlError('INVALID_TABLE_PROPERTY', value.pos, `partitioning must be an array: ARRAY['month(x)']`)
  return value.items.map(text)
}

export async function createTable(s: Of<'createTable'>, x: Execution): Promise<void> {
  const name = qualify(s.name, x.defaults)
  const { connector, writes } = writable(x, { ...name, pos: s.pos }, 'creating tables')
  await mayCreate(x, name)
  await requireSchema(x, connector, name)
  const exists = await tableExists(x, connector, name)
  if (exists && s.ifNotExists) return acknowledge(x.query, 'CREATE TABLE')
  if (exists && !s.replace) throw TableExists({ ...place(s.pos), name: `${name.catalog}.${name.schema}.${name.table}` })
  if (exists) await assertSeesAll(x, name, s.pos)
  const { columns, partitioning, properties: like } = await columnsOf(s, x)
  const own = tableProperties(name.catalog, writes, s.properties)
  const definition = {
    schema: name.schema,
    table: name.table,
    columns,
    partitioning: own.partitioning ?? partitioning,
    properties: { ...like, ...own.properties },
    ...(s.comment === undefined ? {} : { comment: s.comment }),
  }
  await (exists ? writes.replaceTable(x.query.caller, definition) : writes.createTable(x.query.caller, definition))
  await acknowledge(x.query, 'CREATE TABLE')
}

/** Of a table that is replaced: rows go that its writer could neither see nor delete. */
export async function assertSeesAll(x: Execution, name: FullName, pos: Position): Promise<void> {
  if (isRestricted(await resolve(x.deps, x.query.caller, name)))
    throw sqlError('NOT_SUPPORTED', pos, 'Replacing a table with a row filter or column masks is not supported')
}

/** The columns that are named, and those of tables that this one is like, with what such a table brings along. */
async function columnsOf(s: Of<'createTable'>, x: Execution) {
  const columns: ColumnInfo[] = []
  const seen = new Set<string>()
  const add = (column: ColumnInfo, pos: Position) => {
    if (seen.has(column.name)) throw sqlError('DUPLICATE_COLUMN_NAME', pos, `Column name '${column.name}' specified more than once`)
    seen.add(column.name)
    columns.push(column)
  }
  let partitioning: readonly string[] = []
  let properties: Readonly<Record<string, string>> = {}
  for (const c of s.columns) {
    if ('like' in c) {
      const name = { ...qualify(c.like, x.defaults), pos: s.pos }
      const found = await resolve(x.deps, x.query.caller, name)
      if (found.visibleColumns) throw denied(`Cannot reference columns of table ${name.catalog}.${name.schema}.${name.table}`)
      for (const { name: column, type, nullable } of found.columns) add({ name: column, type, nullable }, c.pos)
      if (!c.including) continue
      const info = await found.connector?.table(x.query.caller, name.schema, name.table)
      partitioning = info?.partitioning ?? []
      const version = info?.properties?.find(([property]) => property === 'format_version')?.[1]
      if (version !== undefined) properties = { 'format-version': String(version) }
    } else {
      const type = printType(resolveType(c.type))
      const comment = c.comment === undefined ? {} : { comment: c.comment }
      add({ name: c.name.lower, type, nullable: !c.notNull, ...comment }, c.name.pos)
    }
  }
  return { columns, partitioning, properties }
}

export async function dropTable(s: Of<'dropTable'>, x: Execution): Promise<void> {
  const name = qualify(s.name, x.defaults)
  if (absent(x, name) && s.ifExists) return acknowledge(x.query, 'DROP TABLE')
  if (absent(x, name)) throw TableNotFound({ ...place(s.pos), name: `${name.catalog}.${name.schema}.${name.table}` })
  const { connector, writes } = writable(x, { ...name, pos: s.pos }, 'dropping tables')
  const there = await connector.table(x.query.caller, name.schema, name.table)
  if (there?.view) throw otherKind(s.pos, 'Table', name, 'a view', 'DROP VIEW')
  if (!there) {
    if (s.ifExists) return acknowledge(x.query, 'DROP TABLE')
    throw TableNotFound({ ...place(s.pos), name: `${name.catalog}.${name.schema}.${name.table}` })
  }
  await authorise(x.deps.authoriser, x.query.caller, 'drop', { kind: 'table', path: [name.catalog, name.schema, name.table] })
  await writes.dropTable(x.query.caller, name.schema, name.table)
  await acknowledge(x.query, 'DROP TABLE')
}

/** A catalogue that is not here has no tables; Trino says so of the table. */
export function absent(x: Execution, name: FullName): boolean {
  return !x.deps.connectors[name.catalog] && name.catalog !== 'system'
}

export async function renameTable(s: Of<'renameTable'>, x: Execution): Promise<void> {
  const from = qualify(s.name, x.defaults)
  const to = qualify(s.to, { catalog: from.catalog, schema: from.schema })
  const { connector, writes } = writable(x, from, 'renaming tables')
  if (to.catalog !== from.catalog) throw NotSupported({ ...place(s.pos), text: 'Table rename across catalogs is not supported' })
  const there = await connector.table(x.query.caller, from.schema, from.table)
  if (there?.view) throw otherKind(s.pos, 'Table', from, 'a view', 'ALTER VIEW')
  if (!there) {
    if (s.ifExists) return acknowledge(x.query, 'RENAME TABLE')
    throw TableNotFound({ ...place(s.pos), name: `${from.catalog}.${from.schema}.${from.table}` })
  }
  await authorise(x.deps.authoriser, x.query.caller, 'drop', { kind: 'table', path: [from.catalog, from.schema, from.table] })
  await mayCreate(x, to)
  // Filters and masks are by schema and name: elsewhere they may not hold.
  if (isRestricted(await resolve(x.deps, x.query.caller, from)))
    throw sqlError('PERMISSION_DENIED', s.pos, 'Access Denied: Cannot rename a table with a row filter or column masks')
  await requireSchema(x, connector, to)
  if (await tableExists(x, connector, to)) throw TableExists({ ...place(s.pos), name: `${to.catalog}.${to.schema}.${to.table}` })
  await writes.renameTable(x.query.caller, from, to)
  await acknowledge(x.query, 'RENAME TABLE')
}

export async function createSchema(s: Of<'createSchema'>, x: Execution): Promise<void> {
  const name = schemaName(x, s.name)
  const { connector, writes } = writable(x, name, 'creating schemas')
  const thing = `schema ${name.catalog}.${name.schema}`
  await authorise(x.deps.authoriser, x.query.caller, 'create', schemaToMake(name.catalog, name.schema), { thing })
  if ((await connector.listSchemas(x.query.caller)).includes(name.schema)) {
    if (s.ifNotExists) return acknowledge(x.query, 'CREATE SCHEMA')
    throw SchemaExists({ ...place(s.pos), name: `${name.catalog}.${name.schema}` })
  }
  await writes.createSchema(x.query.caller, name.schema)
  await acknowledge(x.query, 'CREATE SCHEMA')
}

export async function dropSchema(s: Of<'dropSchema'>, x: Execution): Promise<void> {
  const name = schemaName(x, s.name)
  const { connector, writes } = writable(x, name, 'dropping schemas')
  if (!(await connector.listSchemas(x.query.caller)).includes(name.schema)) {
    // Hidden or absent, the answer is the same; the attempt is recorded.
    await attempt(x.deps.authoriser, x.query.caller, 'drop', { kind: 'schema', path: [name.catalog, name.schema] })
    if (s.ifExists) return acknowledge(x.query, 'DROP SCHEMA')
    throw SchemaNotFound({ ...place(s.pos), name: `${name.catalog}.${name.schema}` })
  }
  await authorise(x.deps.authoriser, x.query.caller, 'drop', { kind: 'schema', path: [name.catalog, name.schema] })
  const tables = await connector.listTables(x.query.caller, name.schema)
  if (tables.length > 0 && !s.cascade) throw sqlError('SCHEMA_NOT_EMPTY', s.pos, `Cannot drop non-empty schema '${name.schema}'`)
  if (tables.length > 0 && !writes.traits.cascade)
    throw sqlError('NOT_SUPPORTED', s.pos, 'Dropping a schema with CASCADE is not served here: drop what is in it first')
  for (const { name: table, kind } of tables)
    await (kind === 'view' && connector.views
      ? connector.views.drop(x.query.caller, name.schema, table)
      : writes.dropTable(x.query.caller, name.schema, table))
  await writes.dropSchema(x.query.caller, name.schema)
  await acknowledge(x.query, 'DROP SCHEMA')
}
