// From the names in a statement to tables that the caller may read, with the filters and masks that the authoriser puts on them.
import { authorise, type Caller } from '#kit/access'
import type { ResolvedTable } from '#parts/sql/dialect/analysis'
import { BadSyntax, CatalogNotFound, MissingCatalog, MissingSchema, SchemaNotFound, TableNotFound } from '#parts/sql/errors'
import type { MetadataSource } from '#parts/sql/metadata/source'
import { metadataTable } from '#parts/sql/metadata/tables'
import type { Connector } from '#parts/sql/ports'
import type { ExecutorDeps } from '#parts/sql/query/context'
import { eachChild, type Name, type Position, type QualifiedName } from '#parts/sql/syntax/ast'
import { parseType, rowFields } from '#wire/trino/type'

/** A table of a connector, or rows that this part makes itself. */
export interface FoundTable extends ResolvedTable {
  readonly connector?: Connector
  readonly metadata?: MetadataSource
}

export interface FullName {
  readonly catalog: string
  readonly schema: string
  readonly table: string
  readonly pos: Position
}

export interface Defaults {
  readonly catalog: string | undefined
  readonly schema: string | undefined
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
  return { catalog: which, schema: where, table, pos }
}

/** By `keyOfName`: what a name stands for, or why it stands for nothing. */
export type FoundTables = ReadonlyMap<string, FoundTable | { readonly error: unknown }>

export const keyOfName = (name: QualifiedName): string => name.map((n) => n.lower).join('\u0000')

/** Resolves names beforehand, since analysis itself does not wait. */
export async function resolveTables(
  deps: ExecutorDeps,
  caller: Caller,
  names: readonly QualifiedName[],
  defaults: Defaults,
): Promise<FoundTables> {
  const found = new Map<string, FoundTable | { readonly error: unknown }>()
  for (const name of names) {
    const key = keyOfName(name)
    if (found.has(key)) continue
    try {
      found.set(key, await resolve(deps, caller, qualify(name, defaults)))
    } catch (error) {
      found.set(key, { error })
    }
  }
  return found
}

/** A name that cannot be resolved is an error only when the analysis asks for it: it may be that of a common table. */
export function lookupIn(found: FoundTables): (name: QualifiedName, pos: Position) => FoundTable {
  return (name, pos) => {
    const entry = found.get(keyOfName(name))
    if (!entry) throw TableNotFound({ ...pos, name: name.map((n) => n.text).join('.') })
    if ('error' in entry) {
      relocate(entry.error, pos)
      throw entry.error
    }
    return entry
  }
}

/** The same name may be written twice; the error tells the place that is analysed. */
function relocate(error: unknown, pos: Position): void {
  const values = (error as { values?: Record<string, unknown> } | undefined)?.values
  if (values && typeof values.line === 'number' && error instanceof Error) {
    error.message = error.message.replace(`line ${values.line}:${values.column}:`, `line ${pos.line}:${pos.column}:`)
    values.line = pos.line
    values.column = pos.column
  }
}

/** What a name stands for, if the caller may read it. Throws CATALOG_, SCHEMA_ or TABLE_NOT_FOUND, or AccessDenied. */
export async function resolve(deps: ExecutorDeps, caller: Caller, name: FullName): Promise<FoundTable> {
  const { catalog, schema, table, pos } = name
  const connector = deps.connectors[catalog]
  if (!connector && catalog !== 'system') throw CatalogNotFound({ ...pos, name: catalog })
  await authorise(deps.authoriser, caller, 'read', { kind: 'catalog', path: [catalog] })
  if (catalog === 'system' || schema === 'information_schema') {
    const metadata = metadataTable(catalog, schema, table)
    if (!metadata) throw TableNotFound({ ...pos, name: `${catalog}.${schema}.${table}` })
    return { catalog, schema, table, columns: metadata.columns, rowFilters: [], columnMasks: {}, metadata }
  }
  const info = await (connector as Connector).table(caller, schema, table)
  if (!info) {
    const schemas = await (connector as Connector).listSchemas(caller)
    if (!schemas.includes(schema)) throw SchemaNotFound({ ...pos, name: schema })
    throw TableNotFound({ ...pos, name: `${catalog}.${schema}.${table}` })
  }
  const columns = info.columns.map((c) => c.name)
  const nested = Object.fromEntries(info.columns.map((c) => [c.name, [...rowFields(parseType(c.type)), ...(c.nested ?? [])]]))
  const decision = await authorise(deps.authoriser, caller, 'read', { kind: 'table', path: [catalog, schema, table], columns, nested })
  return {
    catalog,
    schema,
    table,
    columns: info.columns,
    rowFilters: decision.rowFilters ?? [],
    columnMasks: decision.columnMasks ?? {},
    ...(connector ? { connector } : {}),
  }
}

/** The names of tables in a tree, or in a part of one. */
export function namesIn(root: object): QualifiedName[] {
  const names: QualifiedName[] = []
  const visit = (node: object) => {
    const own = node as { k?: string; name?: QualifiedName }
    if ((own.k === 'tableRef' || own.k === 'table') && own.name) names.push(own.name)
    eachChild(node, visit)
  }
  visit(root)
  return names
}
