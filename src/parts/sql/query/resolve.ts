// From the names in a statement to tables that the caller may read, with the filters and masks that the authoriser puts on them;
// and on through the views among them, each with the rights that it is read with.
import { authorise, type Caller, type Decision, decide, isRestricted, type Resource } from '#kit/access'
import type { Names, ResolvedTable, ResolvedView } from '#parts/sql/dialect/analysis'
import { denied } from '#parts/sql/dialect/columns-denied'
import { keyOfName } from '#parts/sql/dialect/names'
import { BadSyntax, CatalogNotFound, MissingCatalog, MissingSchema, SchemaNotFound, sqlError, TableNotFound } from '#parts/sql/errors'
import type { MetadataSource } from '#parts/sql/metadata/source'
import { metadataTable } from '#parts/sql/metadata/tables'
import type { Connector, PastTable, TableInfo, ViewInfo } from '#parts/sql/ports'
import type { ExecutorDeps } from '#parts/sql/query/context'
import { type Clock, pointerOf } from '#parts/sql/query/versions'
import { kindOf } from '#parts/sql/resource-kinds'
import { eachChild, isLeaf, type Name, type Position, type QualifiedName, type Version } from '#parts/sql/syntax/ast'
import { parseType, rowFields } from '#wire/trino/type'

/** A table of a connector, rows that this part makes itself, or a view with what lies below it. */
export interface FoundTable extends ResolvedTable {
  readonly connector?: Connector
  readonly metadata?: MetadataSource
  readonly view?: FoundView
}

interface FoundView extends ResolvedView {
  readonly tables: FoundTables
}

export type FoundTables = Names<FoundTable>

export interface FullName {
  readonly catalog: string
  readonly schema: string
  readonly table: string
  readonly pos: Position
  readonly version?: Version
}

export interface Defaults {
  readonly catalog: string | undefined
  readonly schema: string | undefined
}

/** Views within views; Trino's stack ends somewhere too. */
const MAX_VIEWS = 20

/** On the way down from a statement. */
interface Way {
  readonly deps: ExecutorDeps
  readonly caller: Caller
  /** As whom it is read here: the caller, or the owner of a view on the way. */
  readonly reader: Caller
  readonly views: readonly string[]
  /** What was found already, by reader and name. */
  readonly known: Map<string, Promise<FoundTable>>
  /** Of the session; absent where names stand for tables of now. */
  readonly clock?: Clock
}

/** Completes a name from the session; throws what is missing, as Trino does. */
export function qualify(name: QualifiedName, defaults: Defaults): FullName {
  const parts = name.map((n) => n.lower)
  const { pos } = name[0] as Name
  const [table, schema, catalog] = [...parts].reverse() as [string, string | undefined, string | undefined]
  if (parts.length > 3) throw BadSyntax({ ...pos, text: `Too many dots in table name: ${parts.join('.')}` })
  const where = schema ?? defaults.schema?.toLowerCase()
  const which = catalog ?? defaults.catalog?.toLowerCase()
  if (where === undefined) throw MissingSchema({ ...pos })
  if (which === undefined) throw MissingCatalog({ ...pos })
  const version = name.at(-1)?.version
  return { catalog: which, schema: where, table, pos, ...(version ? { version } : {}) }
}

/** Resolves names beforehand, since analysis itself does not wait. */
export function resolveTables(
  deps: ExecutorDeps,
  caller: Caller,
  names: readonly QualifiedName[],
  defaults: Defaults,
  clock: Clock,
): Promise<FoundTables> {
  return below({ deps, caller, reader: caller, views: [], known: new Map(), clock }, names, defaults)
}

/** What a name stands for, if the caller may read it. Throws CATALOG_, SCHEMA_ or TABLE_NOT_FOUND, or AccessDenied. */
export function resolve(deps: ExecutorDeps, caller: Caller, name: FullName): Promise<FoundTable> {
  return find({ deps, caller, reader: caller, views: [], known: new Map() }, name)
}

async function below(way: Way, names: readonly QualifiedName[], defaults: Defaults): Promise<FoundTables> {
  const found = new Map<string, FoundTable | { readonly error: unknown }>()
  for (const name of names) {
    const key = keyOfName(name)
    if (found.has(key)) continue
    try {
      found.set(key, await find(way, qualify(name, defaults)))
    } catch (error) {
      found.set(key, { error })
    }
  }
  return found
}

function find(way: Way, name: FullName): Promise<FoundTable> {
  const key = JSON.stringify([
    way.reader === way.caller ? null : way.reader.sub,
    name.catalog,
    name.schema,
    name.table,
    name.version ?? null,
  ])
  const full = fullName(name)
  if (way.views.includes(full)) throw sqlError('VIEW_IS_RECURSIVE', name.pos, 'View is recursive')
  const known = way.known.get(key)
  if (known) return known
  const found = look(way, name)
  way.known.set(key, found)
  return found
}

async function look(way: Way, name: FullName): Promise<FoundTable> {
  const { catalog, schema, table, pos } = name
  const { deps, reader } = way
  const connector = deps.connectors[catalog]
  if (!connector && catalog !== 'system') throw CatalogNotFound({ ...pos, name: catalog })
  await mayRead(way, { kind: 'catalog', path: [catalog] })
  if (catalog === 'system' || schema === 'information_schema') {
    const metadata = metadataTable(catalog, schema, table)
    if (metadata && name.version) throw unversioned()
    if (!metadata) throw TableNotFound({ ...pos, name: fullName(name) })
    return { catalog, schema, table, columns: metadata.columns, rowFilters: [], columnMasks: {}, metadata }
  }
  const detail = connector?.details?.of(table)
  if (detail) return detailed(way, name, detail)
  const info = (await mayKnow(way, [catalog, schema, table])) ? await (connector as Connector).table(reader, schema, table) : undefined
  if (!info) {
    const schemas = await (connector as Connector).listSchemas(reader)
    if (!schemas.includes(schema)) throw SchemaNotFound({ ...pos, name: schema })
    throw TableNotFound({ ...pos, name: fullName(name) })
  }
  const past = name.version ? await pastOf(way, name, name.version, info) : undefined
  const now = past?.now ?? info
  const decision = await mayRead(way, resourceOf(name, now))
  if (past && (decision.rowFilters ?? []).length > 0)
    throw sqlError(
      'PERMISSION_DENIED',
      undefined,
      `Access Denied: Cannot read ${fullName(name)} as it was: a row filter is for the rows of now, which may be marked since then`,
    )
  if (past && !past.sameColumns && (isRestricted(decision) || isRestricted(await mayRead(way, resourceOf(name, past.past)))))
    throw sqlError(
      'PERMISSION_DENIED',
      undefined,
      `Access Denied: Cannot read ${fullName(name)} as it was when it had other columns: a row filter or a column mask is for those of now`,
    )
  const { columns, hidden } = past?.past ?? now
  return {
    catalog,
    schema,
    table,
    columns,
    ...(hidden ? { hidden } : {}),
    ...(past ? { snapshot: past.snapshot } : {}),
    rowFilters: decision.rowFilters ?? [],
    columnMasks: decision.columnMasks ?? {},
    ...(decision.visibleColumns ? { visibleColumns: decision.visibleColumns } : {}),
    ...(connector ? { connector } : {}),
    ...(reader === way.caller ? {} : { reader }),
    ...(info.view ? { view: await viewOf(way, name, info.view) } : {}),
  }
}

/** Rows about a table: for who sees all of it, since they tell of rows that a filter would hide. */
async function detailed(way: Way, name: FullName, { table, kind }: { readonly table: string; readonly kind: string }): Promise<FoundTable> {
  if (name.version) throw unversioned()
  const about = await find(way, { ...name, table })
  const full = `${name.catalog}.${name.schema}."${name.table}"`
  if (isRestricted(about)) {
    const why = about.visibleColumns
      ? 'some columns of the table may not be selected'
      : 'a row filter or a column mask hides something of the table'
    throw denied(`Cannot read ${full}: ${why}`)
  }
  const { connector } = about
  const columns = about.view ? undefined : await connector?.details?.columns(way.reader, name.schema, table, kind)
  if (!connector || !columns) throw TableNotFound({ ...name.pos, name: full })
  const { catalog, schema } = name
  const reader = about.reader ? { reader: about.reader } : {}
  return { catalog, schema, table: name.table, columns, rowFilters: [], columnMasks: {}, connector, ...reader }
}

function resourceOf({ catalog, schema, table }: FullName, info: TableInfo): Resource {
  const columns = info.columns.map((c) => c.name)
  const nested = Object.fromEntries(info.columns.map((c) => [c.name, [...rowFields(parseType(c.type)), ...(c.nested ?? [])]]))
  return { kind: kindOf(info), path: [catalog, schema, table], columns, nested }
}

const unversioned = () => sqlError('NOT_SUPPORTED', undefined, 'This connector does not support versioned tables')

async function pastOf({ deps, reader, clock }: Way, name: FullName, version: Version, info: TableInfo): Promise<PastTable> {
  const { catalog, schema, table, pos } = name
  const connector = deps.connectors[catalog]
  if (info.kind === 'view' && info.view) throw sqlError('NOT_SUPPORTED', version.pos, 'A view has no versions here; its tables have')
  if (!connector?.at || !clock) throw unversioned()
  const past = await connector.at(reader, schema, table, pointerOf(version, clock))
  if (!past) throw TableNotFound({ ...pos, name: fullName(name) })
  return past
}

async function viewOf(way: Way, name: FullName, view: ViewInfo): Promise<FoundView> {
  const full = fullName(name)
  if (view.sql === undefined)
    throw sqlError(
      'ICEBERG_UNSUPPORTED_VIEW_DIALECT',
      name.pos,
      `Cannot read unsupported dialect '${view.dialects.join("', '")}' for view '${full}'`,
    )
  if (way.views.length >= MAX_VIEWS) throw sqlError('STACK_OVERFLOW', name.pos, `Views are nested more than ${MAX_VIEWS} levels deep`)
  const reader = await readerOf(way, full, view)
  const inner = { ...way, reader, views: [...way.views, full] }
  return { sql: view.sql, tables: await below(inner, await namesOf(way, view.sql), view), lent: reader !== way.caller }
}

/** Names of a text that may be no query any more: the analysis says so. */
async function namesOf({ deps, caller }: Way, sql: string): Promise<readonly QualifiedName[]> {
  try {
    const statement = await deps.planner.parse(sql, caller)
    return statement.k === 'query' ? deps.planner.names(statement.query, []) : []
  } catch {
    return []
  }
}

/**
 * With whose rights what lies below the view is read: its owner's of now, or the asker's. Not those that a view above lends:
 * nobody answers with them for a text that another wrote.
 */
async function readerOf(way: Way, full: string, { owner, ownerAccount }: ViewInfo): Promise<Caller> {
  if (owner === undefined) return way.caller
  if (owner === way.reader.sub) return way.reader
  if (owner === way.caller.sub) return way.caller
  const roles = await way.deps.ownerRoles(owner, ownerAccount)
  if (!roles)
    throw sqlError(
      'PERMISSION_DENIED',
      undefined,
      `View owner does not have sufficient privileges: the account of '${owner}', with whose rights view '${full}' is read, is gone or disabled`,
    )
  return { sub: owner, roles, via: 'bearer', requestId: way.caller.requestId }
}

/** Throws for "no": what an owner of a view may not read is no attempt of his, and stands in no record as one. */
async function mayRead({ deps, caller, reader }: Way, resource: Resource): Promise<Decision> {
  if (reader === caller) return authorise(deps.authoriser, caller, 'read', resource)
  const decision = await decide(deps.authoriser, reader, 'read', resource)
  if (decision.allow) return decision
  throw sqlError(
    'PERMISSION_DENIED',
    undefined,
    `View owner does not have sufficient privileges: '${reader.sub}' may not read ${resource.kind} ${resource.path.join('.')}`,
  )
}

/** A connector takes the question for an attempt of the reader; the owner of a view makes none. */
async function mayKnow({ deps, caller, reader }: Way, path: readonly string[]): Promise<boolean> {
  if (reader === caller) return true
  for (const kind of ['table', 'view']) if ((await decide(deps.authoriser, reader, 'list', { kind, path })).allow) return true
  return false
}

const fullName = ({ catalog, schema, table }: FullName): string => `${catalog}.${schema}.${table}`

/** The names of tables in a tree, or in a part of one. */
export function namesIn(root: object): QualifiedName[] {
  const names: QualifiedName[] = []
  const visit = (node: object) => {
    if (isLeaf(node)) return
    const own = node as { k?: string; name?: QualifiedName }
    if ((own.k === 'tableRef' || own.k === 'table') && own.name) names.push(own.name)
    eachChild(node, visit)
  }
  visit(root)
  return names
}
