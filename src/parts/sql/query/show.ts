// SHOW and DESCRIBE, answered from the connectors and the allow-list of functions.
import { attempt, authorise } from '#kit/access'
import { denied } from '#parts/sql/dialect/columns-denied'
import { aggregates, SPECIALS, scalars, windows } from '#parts/sql/dialect/functions/index'
import type { Signature } from '#parts/sql/dialect/functions/signature'
import { matcherOf } from '#parts/sql/dialect/like'
import { CatalogNotFound, MissingCatalog, MissingSchema, NotSupported, place, SchemaNotFound, sqlError } from '#parts/sql/errors'
import { schemasOf, tablesIn } from '#parts/sql/metadata/information-schema'
import { catalogsOf, type MetadataDeps } from '#parts/sql/metadata/source'
import { metadataTables } from '#parts/sql/metadata/tables'
import type { TableInfo, ViewInfo } from '#parts/sql/ports'
import type { Execution } from '#parts/sql/query/context'
import { schemaName } from '#parts/sql/query/define'
import { SESSION_PROPERTIES } from '#parts/sql/query/properties'
import { qualify, resolve } from '#parts/sql/query/resolve'
import { answer } from '#parts/sql/query/table-output'
import type { Like, Position, QualifiedName, Statement } from '#parts/sql/syntax/ast'
import { plainName, quoteText } from '#wire/trino/names'
import { describedType, displayType, parseType } from '#wire/trino/type'

type Show = Extract<Statement, { k: `show${string}` }>

export async function show(s: Show, x: Execution): Promise<void> {
  const { query } = x
  switch (s.k) {
    case 'showCatalogs': {
      const names = await catalogsOf(metadata(x, ''))
      return answer(
        query,
        [['Catalog', `varchar(${Math.max(...names.map((n) => n.length))})`]],
        matching(names, s.like).map((n) => [n]),
      )
    }
    case 'showSchemas': {
      const catalog = s.catalog?.lower ?? x.defaults.catalog?.toLowerCase()
      if (catalog === undefined) throw MissingCatalog({ ...place(s.pos) })
      await reachCatalog(x, catalog, s.pos)
      return answer(
        query,
        [['Schema', 'varchar']],
        matching(await schemasOf(metadata(x, catalog)), s.like).map((n) => [n]),
      )
    }
    case 'showTables':
      return showTables(s.schema, s.like, s.pos, x)
    case 'showColumns': {
      const found = await resolve(x.deps, query.caller, { ...qualify(s.table, x.defaults), pos: s.pos })
      const wanted = like(s.like)
      const visible = new Set(found.visibleColumns ?? found.columns.map((c) => c.name))
      const rows = found.columns
        .filter((c) => visible.has(c.name) && wanted(c.name))
        .map((c) => [c.name, describedType(c.type), '', c.comment ?? ''])
      return answer(
        query,
        [
          ['Column', 'varchar'],
          ['Type', 'varchar'],
          ['Extra', 'varchar'],
          ['Comment', 'varchar'],
        ],
        rows,
      )
    }
    case 'showFunctions':
      return showFunctions(s.like, x)
    case 'showSession': {
      const wanted = like(s.like)
      const rows = SESSION_PROPERTIES.filter(({ name }) => wanted(name)).map(({ name, value, type, text }) => [
        name,
        query.client.session[name] ?? value,
        value,
        type,
        text,
      ])
      return answer(
        query,
        [
          ['Name', 'varchar'],
          ['Value', 'varchar'],
          ['Default', 'varchar'],
          ['Type', 'varchar'],
          ['Description', 'varchar'],
        ],
        rows,
      )
    }
    case 'showStats':
      throw NotSupported({ ...place(s.pos), text: 'SHOW STATS is not served here' })
    case 'showCreate':
      return showCreate(s, x)
  }
}

function metadata(x: Execution, catalog: string): MetadataDeps {
  return { ...x.deps, caller: x.query.caller, catalog, made: metadataTables }
}

async function reachCatalog(x: Execution, catalog: string, pos: Position): Promise<void> {
  if (!x.deps.connectors[catalog] && catalog !== 'system') throw CatalogNotFound({ ...pos, name: catalog })
  await authorise(x.deps.authoriser, x.query.caller, 'list', { kind: 'catalog', path: [catalog] })
}

async function showTables(name: QualifiedName | undefined, pattern: Like | undefined, pos: Position, x: Execution): Promise<void> {
  const [schema, catalog] = name ? [...name].reverse().map((n) => n.lower) : [x.defaults.schema?.toLowerCase()]
  const which = catalog ?? x.defaults.catalog?.toLowerCase()
  if (which === undefined) throw MissingCatalog({ ...pos })
  if (schema === undefined) throw MissingSchema({ ...pos })
  await reachCatalog(x, which, pos)
  const deps = metadata(x, which)
  if (!(await schemasOf(deps)).includes(schema)) throw SchemaNotFound({ ...pos, name: schema })
  const tables = await tablesIn(deps, schema)
  await answer(
    x.query,
    [['Table', 'varchar']],
    matching(
      tables.map((t) => t.name),
      pattern,
    ).map((n) => [n]),
  )
}

async function showFunctions(pattern: Like | undefined, x: Execution): Promise<void> {
  const kinds: readonly (readonly [ReadonlyMap<string, readonly Signature[]>, string])[] = [
    [scalars, 'scalar'],
    [aggregates, 'aggregate'],
    [windows, 'window'],
  ]
  const listed = kinds.flatMap(([table, kind]) =>
    [...table.values()].flat().map((s) => {
      const match = /^\w+\((.*)\) -> (.*)$/.exec(s.text)
      return [s.name, match?.[2] ?? '', match?.[1] ?? '', kind, true, ''] as const
    }),
  )
  const special = SPECIALS.map(([name, result, args, text]) => [name, result, args, 'scalar', true, text] as const)
  const wanted = like(pattern)
  const rows = [...listed, ...special].filter(([name]) => wanted(name)).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
  const columns = ['Function', 'Return Type', 'Argument Types', 'Function Type'].map((n) => [n, 'varchar'] as const)
  await answer(x.query, [...columns, ['Deterministic', 'boolean'], ['Description', 'varchar']], rows)
}

async function showCreate(s: Extract<Statement, { k: 'showCreate' }>, x: Execution): Promise<void> {
  if (s.what === 'schema') {
    const { catalog, schema } = schemaName(x, s.name)
    await reachCatalog(x, catalog, s.pos)
    if (!(await schemasOf(metadata(x, catalog))).includes(schema)) throw SchemaNotFound({ ...place(s.pos), name: schema })
    const isKept = x.deps.connectors[catalog] && schema !== 'information_schema'
    if (isKept && !(await attempt(x.deps.authoriser, x.query.caller, 'read', { kind: 'schema', path: [catalog, schema] })).allow)
      throw denied(`Cannot show create schema for ${catalog}.${schema}`)
    return answer(x.query, [['Create Schema', 'varchar']], [[`CREATE SCHEMA ${plainName(catalog)}.${plainName(schema)}`]])
  }
  const name = { ...qualify(s.name, x.defaults), pos: s.pos }
  const found = await resolve(x.deps, x.query.caller, name)
  if (found.visibleColumns) throw denied(`Cannot show create table for ${name.catalog}.${name.schema}.${name.table}`)
  const info = await found.connector?.table(x.query.caller, name.schema, name.table)
  const full = [name.catalog, name.schema, name.table].map(plainName).join('.')
  if (s.what === 'view') {
    if (!info?.view) throw sqlError('NOT_SUPPORTED', s.pos, `Relation '${full}' is not a view, but a table`)
    return answer(x.query, [['Create View', 'varchar']], [[createViewText(full, info, info.view)]])
  }
  if (info?.view) throw sqlError('NOT_SUPPORTED', s.pos, `Relation '${full}' is a view, not a table`)
  const columns = found.columns.map(
    (c) =>
      `   ${plainName(c.name)} ${typeText(c.type)}${c.nullable ? '' : ' NOT NULL'}${c.comment ? ` COMMENT ${quoteText(c.comment)}` : ''}`,
  )
  const properties = (info?.properties ?? []).map(([property, value]) => `   ${property} = ${valueText(value)}`)
  const text = [
    `CREATE TABLE ${full} (`,
    columns.join(',\n'),
    ')',
    ...(info?.comment ? [`COMMENT ${quoteText(info.comment)}`] : []),
    ...(properties.length > 0 ? ['WITH (', properties.join(',\n'), ')'] : []),
  ].join('\n')
  await answer(x.query, [['Create Table', 'varchar']], [[text]])
}

function createViewText(full: string, { comment }: TableInfo, { owner, sql }: ViewInfo): string {
  const said = comment === undefined ? '' : ` COMMENT ${quoteText(comment)}`
  return `CREATE VIEW ${full}${said} SECURITY ${owner === undefined ? 'INVOKER' : 'DEFINER'} AS\n${sql}`
}

/** As Trino's formatter of statements writes a type. */
function typeText(type: string): string {
  return displayType(parseType(type)).replaceAll(/\brow\(/g, 'ROW(')
}

function valueText(value: string | number | readonly string[]): string {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? quoteText(value) : `ARRAY[${value.map(quoteText).join(',')}]`
}

function matching(names: readonly string[], pattern: Like | undefined): string[] {
  return names.filter(like(pattern)).sort()
}

const like = (pattern: Like | undefined): ((text: string) => boolean) => (pattern ? matcherOf(pattern) : () => true)
