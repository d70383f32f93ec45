// From the names in a statement to tables that the caller may read, with the filters and masks that the authoriser puts on them.
import { authorise, type Caller } from '#kit/access'
import type { Lookup, ResolvedTable } from '../dialect/analysis.ts'
import { CatalogNotFound, MissingCatalog, MissingSchema, SchemaNotFound, TableNotFound } from '../errors.ts'
import type { MetadataSource } from '../metadata/source.ts'
import { metadataTable } from '../metadata/tables.ts'
import type { Connector } from '../ports.ts'
import type { Name, Position, QualifiedName } from '../syntax/ast.ts'
import type { ExecutorDeps } from './context.ts'

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
  if (parts.length > 3) throw TableNotFound({ ...pos, name: parts.join('.') })
  const where = schema ?? defaults.schema?.toLowerCase()
  const which = catalog ?? defaults.catalog?.toLowerCase()
  if (where === undefined) throw MissingSchema({ ...pos })
  if (which === undefined) throw MissingCatalog({ ...pos })
  return { catalog: which, schema: where, table, pos }
}

/**
 * Resolves every table name in a tree beforehand, since analysis itself does not wait. A name that cannot be resolved is an error
 * only when the analysis asks for it: it may be that of a common table.
 */
export async function resolveTables(deps: ExecutorDeps, caller: Caller, tree: unknown, defaults: Defaults): Promise<Lookup> {
  const found = new Map<string, FoundTable | { readonly error: unknown }>()
  for (const name of namesIn(tree)) {
    const key = name.map((n) => n.lower).join('\u0000')
    if (found.has(key)) continue
    try {
      found.set(key, await resolve(deps, caller, qualify(name, defaults)))
    } catch (error) {
      found.set(key, { error })
    }
  }
  return (name, pos) => {
    const entry = found.get(name.map((n) => n.lower).join('\u0000'))
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
  const decision = await authorise(deps.authoriser, caller, 'read', { kind: 'table', path: [catalog, schema, table], columns })
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

function namesIn(node: unknown): QualifiedName[] {
  if (node === null || typeof node !== 'object') return []
  if (Array.isArray(node)) return node.flatMap(namesIn)
  const own = node as { k?: string; name?: QualifiedName }
  const name = (own.k === 'tableRef' || own.k === 'table') && own.name ? [own.name] : []
  return [...name, ...Object.values(node).flatMap(namesIn)]
}
