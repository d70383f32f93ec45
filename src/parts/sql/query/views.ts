// Views made, replaced, renamed, commented and dropped through their connector, as Trino says it.
import { authorise } from '#kit/access'
import { isUnknown } from '#parts/sql/dialect/types'
import { CatalogNotFound, NotSupported, place, sqlError, TableExists, TableNotFound } from '#parts/sql/errors'
import type { Connector, ConnectorViews, TableInfo } from '#parts/sql/ports'
import { commentTable } from '#parts/sql/query/alter'
import type { AnalysedQuery } from '#parts/sql/query/analyse'
import type { Execution } from '#parts/sql/query/context'
import { absent, otherKind, requireSchema, unserved } from '#parts/sql/query/define'
import { countParameters } from '#parts/sql/query/parameters'
import { analyse } from '#parts/sql/query/plan'
import { type FullName, qualify } from '#parts/sql/query/resolve'
import { acknowledge } from '#parts/sql/query/table-output'
import type { Position, QualifiedName, Statement } from '#parts/sql/syntax/ast'
import { printType } from '#wire/trino/type'

type Of<K extends Statement['k']> = Extract<Statement, { k: K }>

const printed = ({ catalog, schema, table }: FullName): string => `${catalog}.${schema}.${table}`
const resource = ({ catalog, schema, table }: FullName) => ({ kind: 'view', path: [catalog, schema, table] })

/** The connector of a name and the side of it that keeps views. */
function keeper(x: Execution, name: FullName, what: string): { readonly connector: Connector; readonly views: ConnectorViews } {
  const connector = x.deps.connectors[name.catalog]
  if (!connector && name.catalog !== 'system') throw CatalogNotFound({ ...name.pos, name: name.catalog })
  if (!connector?.views || name.schema === 'information_schema') throw unserved(what)
  return { connector, views: connector.views }
}

/** What has the name; what the caller may not see counts as absent. */
async function found(x: Execution, { catalog, schema, table }: FullName): Promise<TableInfo | undefined> {
  return x.deps.connectors[catalog]?.table(x.query.caller, schema, table)
}

export async function createView(s: Of<'createView'>, x: Execution): Promise<void> {
  const name = { ...qualify(s.name, x.defaults), pos: s.pos }
  const { connector, views } = keeper(x, name, 'creating views')
  const [property] = s.properties
  if (property)
    throw sqlError(
      'INVALID_VIEW_PROPERTY',
      property.name.pos,
      `Catalog '${name.catalog}' view property '${property.name.text}' does not exist`,
    )
  await authorise(x.deps.authoriser, x.query.caller, 'create', resource(name))
  await requireSchema(x, connector, name)
  const there = await found(x, name)
  if (there && !there.view) throw TableExists({ ...place(s.pos), name: printed(name) })
  if (there && !s.replace) throw sqlError('TABLE_ALREADY_EXISTS', s.pos, `View already exists: '${printed(name)}'`)
  if (there) await authorise(x.deps.authoriser, x.query.caller, 'write', resource(name))
  if (countParameters(s.query) > 0) throw NotSupported({ ...place(s.pos), text: 'a view with parameters is not served here' })
  const plan = await analyse(x.deps, x.query, s.query, x.defaults, [], { replaces: printed(name) })
  const { catalog, schema } = x.defaults
  const definition = {
    schema: name.schema,
    view: name.table,
    columns: columnsOf(plan, views, s.pos),
    sql: s.text,
    ...(catalog !== undefined && schema !== undefined
      ? { catalog: catalog.toLowerCase(), namespace: schema.toLowerCase() }
      : { catalog: name.catalog, namespace: name.schema }),
    ...(s.comment === undefined ? {} : { comment: s.comment }),
    definer: s.security !== 'invoker',
  }
  await (there ? views.replace(x.query.caller, definition) : views.create(x.query.caller, definition))
  await acknowledge(x.query, 'CREATE VIEW')
}

/** What the view is kept with: each column has a name of its own, and a type that a table can have and that its values become by themselves. */
function columnsOf({ columns }: AnalysedQuery, views: ConnectorViews, pos: Position) {
  const seen = new Set<string>()
  return columns.map((column, i) => {
    if (/^_col\d+$/.test(column.name)) throw sqlError('MISSING_COLUMN_NAME', pos, `Column name not specified at position ${i + 1}`)
    const name = column.name.toLowerCase()
    if (seen.has(name)) throw sqlError('DUPLICATE_COLUMN_NAME', pos, `Column name '${name}' specified more than once`)
    seen.add(name)
    if (isUnknown(column.type)) throw sqlError('COLUMN_TYPE_UNKNOWN', pos, `Column type is unknown: ${name}`)
    return { name, type: printType(views.stored(column.type)), nullable: true }
  })
}

export async function dropView(s: Of<'dropView'>, x: Execution): Promise<void> {
  const name = qualify(s.name, x.defaults)
  const at = { ...name, pos: s.pos }
  if (absent(x, name)) throw CatalogNotFound({ ...name.pos, name: name.catalog })
  const there = await found(x, name)
  if (!there?.view) {
    if (there && there.kind === 'table') throw otherKind(s.pos, 'View', name, 'a table', 'DROP TABLE')
    if (!there && s.ifExists) return acknowledge(x.query, 'DROP VIEW')
    if (!there) throw sqlError('GENERIC_USER_ERROR', s.pos, `View '${printed(name)}' does not exist`)
  }
  const { views } = keeper(x, at, 'dropping views')
  await authorise(x.deps.authoriser, x.query.caller, 'drop', resource(name))
  await views.drop(x.query.caller, name.schema, name.table)
  await acknowledge(x.query, 'DROP VIEW')
}

export async function renameView(s: Of<'renameView'>, x: Execution): Promise<void> {
  const from = { ...qualify(s.name, x.defaults), pos: s.pos }
  const to = { ...qualify(s.to, { catalog: from.catalog, schema: from.schema }), pos: s.pos }
  const { connector, views } = keeper(x, from, 'renaming views')
  if (!(await found(x, from))?.view) throw noView(s.pos, from)
  if (absent(x, to)) throw sqlError('CATALOG_NOT_FOUND', s.pos, `Target catalog '${to.catalog}' not found`)
  if (to.catalog !== from.catalog) throw NotSupported({ ...place(s.pos), text: 'View rename across catalogs is not supported' })
  await authorise(x.deps.authoriser, x.query.caller, 'drop', resource(from))
  await authorise(x.deps.authoriser, x.query.caller, 'create', resource(to))
  await requireSchema(x, connector, to)
  const there = await found(x, to)
  if (there) throw sqlError('TABLE_ALREADY_EXISTS', s.pos, `Target ${there.view ? 'view' : 'table'} '${printed(to)}' already exists`)
  await views.rename(x.query.caller, from, to)
  await acknowledge(x.query, 'RENAME VIEW')
}

/** Of a view, a table, or a column of one. */
export async function comment(s: Of<'comment'>, x: Execution): Promise<void> {
  const column = s.on === 'column' ? s.name.at(-1) : undefined
  const owner: QualifiedName = column ? s.name.slice(0, -1) : s.name
  if (owner.length === 0) throw sqlError('GENERIC_USER_ERROR', s.pos, 'Table must be specified')
  const name = { ...qualify(owner, x.defaults), pos: s.pos }
  const there = await found(x, name)
  if (!there?.view) {
    if (s.on === 'view') throw there ? otherKind(s.pos, 'View', name, 'a table', 'COMMENT ON TABLE') : noView(s.pos, name)
    if (!there) throw TableNotFound({ ...place(s.pos), name: printed(name) })
    return commentTable(s, name, column, x)
  }
  if (s.on === 'table') throw otherKind(s.pos, 'Table', name, 'a view', 'COMMENT ON VIEW')
  const { views } = keeper(x, name, 'comments on views')
  if (column && !there.columns.some((c) => c.name === column.lower))
    throw sqlError('COLUMN_NOT_FOUND', s.pos, `Column does not exist: ${column.text}`)
  await authorise(x.deps.authoriser, x.query.caller, 'write', resource(name))
  await views.comment(x.query.caller, name.schema, name.table, column?.lower, s.comment)
  await acknowledge(x.query, 'COMMENT')
}

const noView = (pos: Position, name: FullName): Error => sqlError('TABLE_NOT_FOUND', pos, `View '${printed(name)}' does not exist`)
