// ALTER TABLE and COMMENT ON: the change of a table's definition, found to have a meaning and allowed, then handed to the connector.

import { authorise, isRestricted } from '#kit/access'
import { resolveType } from '#parts/sql/dialect/literals'
import { place, sqlError, TableNotFound } from '#parts/sql/errors'
import type { ConnectorWrites } from '#parts/sql/ports'
import type { Execution } from '#parts/sql/query/context'
import { absent, requireSchema, tableExists, tableProperties, writable } from '#parts/sql/query/define'
import { type FullName, qualify, resolve } from '#parts/sql/query/resolve'
import { acknowledge } from '#parts/sql/query/table-output'
import type { Alteration, Name, Statement } from '#parts/sql/syntax/ast'
import { parseType, printType, type TrinoType } from '#wire/trino/type'

type Of<K extends Statement['k']> = Extract<Statement, { k: K }>

const DONE: Readonly<Record<Alteration['k'], string>> = {
  add: 'ADD COLUMN',
  drop: 'DROP COLUMN',
  rename: 'RENAME COLUMN',
  type: 'SET COLUMN TYPE',
  nullable: 'DROP NOT NULL',
  properties: 'SET PROPERTIES',
}

/** As Trino names it where a connector does not serve it. */
const UNSERVED: Readonly<Record<Alteration['k'], string>> = {
  add: 'adding columns',
  drop: 'dropping columns',
  rename: 'renaming columns',
  type: 'setting column types',
  nullable: 'dropping a not null constraint',
  properties: 'setting table properties',
}

const whatOf = (s: Named): string => (s.k === 'alterTable' ? UNSERVED[s.change.k] : `setting ${s.on} comments`)

export async function alterTable(s: Of<'alterTable'>, x: Execution): Promise<void> {
  const name = qualify(s.name, x.defaults)
  const done = DONE[s.change.k]
  if (!(await isThere(s, name, x))) {
    if (s.ifExists) return acknowledge(x.query, done)
    throw TableNotFound({ ...place(s.pos), name: `${name.catalog}.${name.schema}.${name.table}` })
  }
  const found = await mayAlter(s, name, x)
  if (isRestricted(found) && ['drop', 'rename', 'type'].includes(s.change.k))
    throw sqlError('PERMISSION_DENIED', s.pos, 'Access Denied: Cannot alter columns of a table with a row filter or column masks')
  const writes = writesOf(s, name, x)
  const change = alterationOf(s, name.catalog, writes, found.columns)
  if (change) await writes.alterTable(x.query.caller, name.schema, name.table, change)
  await acknowledge(x.query, done)
}

/** Of a table that is there, or of a column of it. */
export async function commentTable(s: Of<'comment'>, name: FullName, column: Name | undefined, x: Execution): Promise<void> {
  const { columns } = await mayAlter(s, name, x)
  if (column && !columns.some((c) => c.name === column.lower))
    throw sqlError('COLUMN_NOT_FOUND', s.pos, `Column does not exist: ${column.lower}`)
  const text = s.comment === undefined ? {} : { text: s.comment }
  await writesOf(s, name, x).alterTable(x.query.caller, name.schema, name.table, {
    k: 'comment',
    path: column ? [column.lower] : [],
    ...text,
  })
  await acknowledge(x.query, 'COMMENT')
}

type Named = Of<'alterTable'> | Of<'comment'>

const writesOf = (s: Named, name: FullName, x: Execution) => writable(x, { ...name, pos: s.pos }, whatOf(s)).writes

async function isThere(s: Of<'alterTable'>, name: FullName, x: Execution): Promise<boolean> {
  if (absent(x, name)) return false
  const { connector } = writable(x, { ...name, pos: s.pos }, whatOf(s))
  if (await tableExists(x, connector, name)) return true
  if (!s.ifExists) await requireSchema(x, connector, name)
  return false
}

async function mayAlter(s: Named, name: FullName, x: Execution) {
  await authorise(x.deps.authoriser, x.query.caller, 'write', { kind: 'table', path: [name.catalog, name.schema, name.table] })
  return resolve(x.deps, x.query.caller, { ...name, pos: s.pos })
}

/** Nothing where nothing is to be done. */
function alterationOf(
  { change, pos }: Of<'alterTable'>,
  catalog: string,
  writes: ConnectorWrites,
  columns: readonly { readonly name: string; readonly type: string }[],
) {
  if (change.k === 'properties') return { k: 'properties', ...tableProperties(catalog, writes, change.properties) } as const
  const path = change.column.map((n) => n.lower)
  const text = path.join('.')
  const found = typeAt(columns, path)
  const missing = () => sqlError('COLUMN_NOT_FOUND', pos, `Column '${text}' does not exist`)
  if (change.k === 'add') {
    if (found && change.ifNotExists) return undefined
    if (found) throw sqlError('COLUMN_ALREADY_EXISTS', pos, `Column '${text}' already exists`)
    if (path.length > 1 && !typeAt(columns, path.slice(0, -1))) throw missing()
    if (change.notNull && !writes.traits.addsNotNull)
      throw sqlError('NOT_SUPPORTED', undefined, 'This connector does not support adding not null columns')
    const after = typeof change.place === 'object' ? change.place.after : undefined
    if (after && !typeAt(columns, [...path.slice(0, -1), after.lower]))
      throw sqlError('COLUMN_NOT_FOUND', pos, `Column '${after.lower}' does not exist`)
    return {
      ...({ k: 'add', path, type: printType(resolveType({ ...change.type, pos: (change.column[0] as Name).pos })) } as const),
      ...(change.notNull ? { notNull: true as const } : {}),
      ...(change.comment === undefined ? {} : { comment: change.comment }),
      ...(after ? { place: { after: after.lower } } : change.place === 'first' ? { place: 'first' as const } : {}),
    }
  }
  if (!found) {
    if ('ifExists' in change && change.ifExists) return undefined
    throw missing()
  }
  if (change.k === 'drop') return { k: 'drop', path } as const
  if (change.k === 'nullable') return { k: 'nullable', path } as const
  if (change.k === 'type') return { k: 'type', path, type: printType(resolveType(change.type)) } as const
  const to = change.to.lower
  if (typeAt(columns, [...path.slice(0, -1), to])) throw sqlError('COLUMN_ALREADY_EXISTS', pos, `Column '${to}' already exists`)
  return { k: 'rename', path, to } as const
}

/** The type of a column, or of a field in one; `element` and `value` lead into arrays and maps. */
function typeAt(columns: readonly { readonly name: string; readonly type: string }[], path: readonly string[]): TrinoType | undefined {
  const column = columns.find((c) => c.name === path[0])
  return column && path.slice(1).reduce<TrinoType | undefined>(inside, parseType(column.type))
}

function inside(type: TrinoType | undefined, name: string): TrinoType | undefined {
  if (type?.base === 'row') return type.children[type.names?.findIndex((n) => n?.toLowerCase() === name) ?? -1]
  if (type?.base === 'array' && name === 'element') return type.children[0]
  return type?.base === 'map' && name === 'value' ? type.children[1] : undefined
}
