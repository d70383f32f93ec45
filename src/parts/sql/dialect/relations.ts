// What stands in FROM: tables with their masks and filters, common tables, derived ones, UNNEST, VALUES and joins.

import { isRestricted } from '#kit/access'
import { own as ownValue } from '#kit/own'
import {
  type Analysis,
  type Cte,
  type Field,
  originOf,
  type QueryResult,
  type ResolvedTable,
  type Scope,
  type TableScan,
} from '#parts/sql/dialect/analysis'
import { cast } from '#parts/sql/dialect/casts'
import type { Context } from '#parts/sql/dialect/context'
import { expression } from '#parts/sql/dialect/expression'
import { columnName, freeName } from '#parts/sql/dialect/names'
import { isNested } from '#parts/sql/dialect/nested-order'
import { align, assertOneZone, compare, condition, inOneZone } from '#parts/sql/dialect/operators'
import { pushDown } from '#parts/sql/dialect/pushdown'
import { identityOf } from '#parts/sql/dialect/same-maps'
import { canCoerce, coerce, commonType, type Typed } from '#parts/sql/dialect/types'
import { type Rows, viewRows } from '#parts/sql/dialect/views'
import { AkkoError, AmbiguousName, ColumnNotFound, NotSupported, sqlError } from '#parts/sql/errors'
import type { Change, Expression, Name, QualifiedName, Relation } from '#parts/sql/syntax/ast'
import { parseExpression } from '#parts/sql/syntax/statements'
import { hole, identifier, integer, join, nothing, number, type Sql, sql, token } from '#wire/duckdb/sql'
import * as t from '#wire/trino/type'
import { parseType, printType, type TrinoType } from '#wire/trino/type'

export interface FromItem {
  readonly sql: Sql
  readonly fields: readonly Field[]
  /** Conditions of inner joins, which may be handed to the sources like those of WHERE. */
  readonly conditions: readonly Expression[]
  /** Tables whose rows an outer join may fill with nulls: nothing is handed down to them. */
  readonly nullable: ReadonlySet<TableScan>
}

const EMPTY: ReadonlySet<TableScan> = new Set()

/** `outer` is the scope around the query; `left` what stands before in the same FROM, for LATERAL and UNNEST. */
export function relation(r: Relation, analysis: Analysis, outer: Scope, left: readonly Field[]): FromItem {
  switch (r.k) {
    case 'tableRef':
      return ofName(r.name, r.pos, analysis, outer)
    case 'aliased':
      return aliased(relation(r.relation, analysis, outer, left), r.alias, r.columns, r)
    case 'derived': {
      const scope: Scope | undefined = r.lateral ? { fields: left, parent: outer, ctes: outer.ctes } : { fields: [], ctes: outer.ctes }
      const result = analysis.subquery(r.query, scope)
      return output(result, analysis, r.lateral)
    }
    case 'unnest':
      return unnest(r, analysis, { fields: left, parent: outer, ctes: outer.ctes })
    case 'join':
      return joined(r, analysis, outer, left)
    case 'sample': {
      if (isJoin(r.relation)) throw NotSupported({ ...r.pos, text: 'TABLESAMPLE of a join is not served here; sample its tables' })
      const inner = relation(r.relation, analysis, outer, left)
      const share = expression(r.percentage, { analysis, scope: { fields: [], ctes: new Map() } })
      return { ...inner, sql: sql`${inner.sql} TABLESAMPLE bernoulli(${percentage(share, r.pos)} PERCENT)` }
    }
  }
}

const isJoin = (r: Relation): boolean => r.k === 'join' || (r.k === 'aliased' && isJoin(r.relation))

/** TABLESAMPLE's share: a literal from 0 to 100. */
function percentage(share: Typed, pos: Relation['pos']): Sql {
  const value = Number(share.literal)
  if (share.literal === undefined || !(value >= 0 && value <= 100))
    throw sqlError('TYPE_MISMATCH', pos, 'Sample percentage must be a number between 0 and 100')
  return number(value.toFixed(6))
}

function output(result: QueryResult, analysis: Analysis, lateral = false): FromItem {
  const alias = analysis.fresh('r')
  const fields = result.fields.map(
    (f, i): Field => ({ name: f.name, qualifier: [], type: f.type, sql: sql`${alias}.${identifier(`c${i}`)}`, use: f.use, ...originOf(f) }),
  )
  return { sql: sql`${lateral ? sql`LATERAL ` : nothing}(${result.sql}) AS ${alias}`, fields, conditions: [], nullable: EMPTY }
}

function ofName(name: QualifiedName, pos: Relation['pos'], analysis: Analysis, outer: Scope): FromItem {
  const cte = name.length === 1 ? outer.ctes.get((name[0] as Name).lower) : undefined
  if (cte) return commonTable(cte, name[0] as Name, analysis)
  const source = analysis.lookup(name, pos)
  if (!source.view) return table(source, analysis)
  return seen(source, viewRows(source, source.view, pos, analysis, BARRIER), analysis.fresh('r'), analysis)
}

function commonTable(cte: Cte, name: Name, analysis: Analysis): FromItem {
  cte.count.uses++
  const alias = analysis.fresh('r')
  const fields = cte.fields.map(
    (f, i): Field => ({
      name: f.name,
      qualifier: [name.lower],
      type: f.type,
      sql: sql`${alias}.${identifier(`c${i}`)}`,
      use: f.use,
      ...originOf(f),
    }),
  )
  return { sql: sql`${cte.sqlName} AS ${alias}`, fields, conditions: [], nullable: EMPTY }
}

/** A table whose rows are to be changed: also where each of them is. */
export interface TargetItem extends FromItem {
  readonly source: ResolvedTable
  readonly scan: TableScan
  readonly file: Sql
  readonly position: Sql
}

export function target({ name, pos, alias }: Change['target'], analysis: Analysis): TargetItem {
  const source = analysis.lookup(name, pos)
  const own = source.columns.map((column) => column.name)
  const place = { file: freeName('__akko_file', own), position: freeName('__akko_position', own) }
  const scan = analysis.addScan(source, new Set(Object.keys(source.columnMasks)), place)
  const relation = analysis.fresh('r')
  const item = scanned(source, scan, relation, analysis)
  const fields = alias ? item.fields.map((f): Field => ({ ...f, qualifier: [alias.lower] })) : item.fields
  const [file, position] = [place.file, place.position].map((name) => sql`${relation}.${identifier(name)}`) as [Sql, Sql]
  return { ...item, fields, source, scan, file, position }
}

function table(source: ResolvedTable, analysis: Analysis): FromItem {
  const scan = analysis.addScan(source, new Set(Object.keys(source.columnMasks)))
  return scanned(source, scan, analysis.fresh('r'), analysis)
}

/** `relation` names what is seen of it. */
function scanned(source: ResolvedTable, scan: TableScan, relation: Sql, analysis: Analysis): FromItem {
  const { masked } = scan
  const alias = isRestricted(source) ? analysis.fresh('r') : relation
  const qualifier = [source.catalog, source.schema, source.table] as const
  const fields = source.columns.map(
    (column): Field => ({
      name: column.name,
      qualifier,
      origin: qualifier,
      type: parseType(column.type),
      sql: sql`${alias}.${columnName(column.name)}`,
      use: () => scan.used.add(column.name),
      ...(masked.has(column.name) ? {} : { column: { table: scan, name: column.name } }),
    }),
  )
  const places = scan.place ? [scan.place.file, scan.place.position] : []
  const item = seen(source, { sql: hole(scan.id), alias, fields, places }, relation, analysis)
  return { ...item, fields: [...hidden(source, scan, alias, analysis), ...item.fields] }
}

/** Before the others. Where the policy hides something they are refused: they tell of rows that it may hide. */
function hidden(source: ResolvedTable, scan: TableScan, alias: Sql, analysis: Analysis): Field[] {
  const { catalog, schema, table } = source
  return (source.hidden ?? []).map(({ name, type, unserved }): Field => {
    const refused = isRestricted({ rowFilters: source.rowFilters, columnMasks: source.columnMasks })
      ? sqlError(
          'PERMISSION_DENIED',
          undefined,
          `Access Denied: Cannot read ${name} of ${catalog}.${schema}.${table}: a row filter or a column mask hides something of the table`,
        )
      : unserved && sqlError('NOT_SUPPORTED', undefined, `Hidden column ${name} is not served here`)
    const use = () => {
      if (refused) throw refused
      named?.()
      scan.used.add(name)
    }
    const named = source.visibleColumns && (() => analysis.addNamed(source, name))
    const value = refused ? sql`NULL` : sql`${alias}.${columnName(name)}`
    return { name, qualifier: [catalog, schema, table], type: parseType(type), sql: value, use, ...(named ? { named } : {}), hidden: true }
  })
}

/** A table or view as its reader sees it: rows by the filters, columns by the masks; both are Trino SQL over its own columns. */
function seen(source: ResolvedTable, rows: Rows, alias: Sql, analysis: Analysis): FromItem {
  const { alias: base } = rows
  const own = named(source, rows.fields, analysis)
  if (!isRestricted(source)) return { sql: sql`${rows.sql} AS ${base}`, fields: own, conditions: [], nullable: EMPTY }
  const masked = new Set(Object.keys(source.columnMasks))
  const ctx = ruleContext(analysis, own)
  // What a mask reads is named by who selects its column.
  const unnamed = ruleContext(
    analysis,
    own.map(({ named: _, ...field }) => field),
  )
  const columns: Sql[] = (rows.places ?? []).map((place) => sql`${base}.${identifier(place)}`)
  const fields = own.map((field): Field => {
    const name = field.name as string
    const mask = masked.has(name) ? ownValue(source.columnMasks, name) : undefined
    const { result, use } = analysis.collect((): Typed => {
      if (mask !== undefined) return maskedBy(mask, field, source, unnamed)
      analysis.mark(field.use)
      return { sql: field.sql, type: field.type }
    })
    columns.push(sql`${result.sql} AS ${columnName(name)}`)
    return { ...field, type: result.type, sql: sql`${alias}.${columnName(name)}`, use }
  })
  const filters = source.rowFilters.map((text) =>
    analysis.inUtc(() => {
      const filter = parseExpression(text)
      const test = filterTest(filter, ctx).sql
      pushDown(filter, 'UTC', (e) => analysis.collect(() => expression(e, ctx)).result, EMPTY, true)
      return analysis.session.forDisplay ? identifier('policy filter') : test
    }),
  )
  const where = filters.length > 0 ? sql` WHERE ${join(filters, ' AND ')}${BARRIER}` : nothing
  return {
    sql: sql`(SELECT ${join(columns)} FROM ${rows.sql} AS ${base}${where}) AS ${alias}`,
    fields,
    conditions: [],
    nullable: EMPTY,
  }
}

/** Of a table of which a part may be selected, what is named or read is kept account of. */
function named(source: ResolvedTable, fields: readonly Field[], analysis: Analysis): readonly Field[] {
  if (!source.visibleColumns) return fields
  analysis.addNamed(source)
  return fields.map((field): Field => {
    const name = () => analysis.addNamed(source, field.name as string)
    const use = () => {
      name()
      field.use()
    }
    return { ...field, named: name, use }
  })
}

/** The mask's value, of the column's type. One that does not fit is the error of who reads the column, and of nobody else. */
function maskedBy(mask: string, { name, type }: Field, source: ResolvedTable, ctx: Context): Typed {
  const { analysis } = ctx
  const column = `${source.catalog}.${source.schema}.${source.table}.${name}`
  try {
    const masking = analysis.inUtc(() => maskValue(parseExpression(mask), type, ctx))
    return analysis.session.forDisplay ? { ...masking, sql: identifier('policy mask') } : masking
  } catch (error) {
    const fault =
      error instanceof Misfit
        ? sqlError(
            'TYPE_MISMATCH',
            undefined,
            `Expected column mask for '${column}' to be of type ${printType(type)}, but was ${printType(error.type)}`,
          )
        : error instanceof AkkoError
          ? sqlError('INVALID_COLUMN_MASK', undefined, `Invalid column mask for '${column}': ${error.message}`)
          : undefined
    if (!fault) throw error
    analysis.mark(() => {
      throw fault
    })
    return { sql: sql`NULL`, type }
  }
}

/** Where a mask or a filter stands: over the columns of its table alone. */
export const ruleContext = (analysis: Analysis, columns: readonly Field[]): Context => ({
  analysis,
  scope: { fields: columns.map((f) => ({ ...f, qualifier: [] })), ctes: new Map() },
  noAggregates: 'Row filter or column mask',
  noWindows: 'Row filter or column mask',
})

/** Of the type of the column that it masks. @throws Misfit, AkkoError */
export function maskValue(mask: Expression, type: TrinoType, ctx: Context): Typed {
  const value = expression(mask, ctx)
  if (value.type.base !== type.base && !canCoerce(value.type, type)) throw new Misfit(value.type)
  return cast(ctx, value, type, { line: 1, column: 1 })
}

/** @throws AkkoError */
export const filterTest = (filter: Expression, ctx: Context): Typed =>
  condition(expression(filter, ctx), { line: 1, column: 1 }, 'Row filter')

export class Misfit extends Error {
  readonly type: TrinoType
  constructor(type: TrinoType) {
    super('a mask of another type')
    this.type = type
  }
}

/**
 * The engine moves no condition and no expression below an OFFSET: what the statement asks is asked of rows that passed the filter.
 * Without it the two are merged and reordered, and an error of a hidden row tells its values (ADR "Row filters are a barrier").
 */
const BARRIER = sql` OFFSET 0`

function aliased(item: FromItem, alias: Name, columns: readonly Name[] | undefined, r: Relation): FromItem {
  const own = columns ? item.fields.filter((f) => !f.hidden) : item.fields
  if (columns && columns.length !== own.length)
    throw sqlError(
      'MISMATCHED_COLUMN_ALIASES',
      r.pos,
      `Column alias list has ${columns.length} entries but '${alias.text}' has ${own.length} columns available`,
    )
  const fields = own.map((f, i): Field => ({ ...f, name: columns ? (columns[i] as Name).text : f.name, qualifier: [alias.lower] }))
  return { ...item, fields }
}

function unnest(r: Extract<Relation, { k: 'unnest' }>, analysis: Analysis, scope: Scope): FromItem {
  const ctx: Context = { analysis, scope, noAggregates: 'UNNEST', noWindows: 'UNNEST' }
  const columns: { sql: Sql; type: TrinoType; name?: string }[] = []
  const lengths: Sql[] = []
  for (const item of r.items) {
    const value = expression(item, ctx)
    const [first, second] = value.type.children as [TrinoType, TrinoType]
    if (value.type.base === 'array' && first.base === 'row') {
      for (const [i, child] of first.children.entries()) {
        const name = first.names?.[i]
        columns.push({
          sql: sql`unnest(list_transform(${value.sql}, lambda u0: struct_extract_at(u0, ${integer(i + 1)})))`,
          type: child,
          ...(name ? { name } : {}),
        })
      }
    } else if (value.type.base === 'array') columns.push({ sql: sql`unnest(${value.sql})`, type: first })
    else if (value.type.base === 'map') {
      columns.push({ sql: sql`unnest(map_keys(${value.sql}))`, type: first }, { sql: sql`unnest(map_values(${value.sql}))`, type: second })
    } else throw sqlError('INVALID_FUNCTION_ARGUMENT', item.pos, `Cannot unnest type: ${t.printType(value.type)}`)
    lengths.push(sql`coalesce(${value.type.base === 'map' ? sql`cardinality` : sql`len`}(${value.sql}), 0)`)
  }
  if (r.ordinality) columns.push({ sql: sql`unnest(range(1, CAST(greatest(${join(lengths)}, 0) AS BIGINT) + 1))`, type: t.BIGINT })
  const alias = analysis.fresh('r')
  const fields = columns.map(
    (c, i): Field => ({ name: c.name, qualifier: [], type: c.type, sql: sql`${alias}.${identifier(`c${i}`)}`, use: () => {} }),
  )
  const list = join(columns.map((c, i) => sql`${c.sql} AS ${identifier(`c${i}`)}`))
  return { sql: sql`LATERAL (SELECT ${list}) AS ${alias}`, fields, conditions: [], nullable: EMPTY }
}

function joined(r: Extract<Relation, { k: 'join' }>, analysis: Analysis, outer: Scope, before: readonly Field[]): FromItem {
  const left = relation(r.left, analysis, outer, before)
  const right = relation(r.right, analysis, outer, [...before, ...left.fields])
  const nullable = new Set([...left.nullable, ...right.nullable])
  if (r.type === 'left' || r.type === 'full') for (const scan of scansOf(right)) nullable.add(scan)
  if (r.type === 'right' || r.type === 'full') for (const scan of scansOf(left)) nullable.add(scan)
  const inner = r.type === 'inner' || r.type === 'cross' || r.type === 'implicit'
  const fields = [...left.fields, ...right.fields]
  const conditions = [...left.conditions, ...right.conditions]
  if (r.type === 'cross' || r.type === 'implicit') return { sql: sql`${left.sql} CROSS JOIN ${right.sql}`, fields, conditions, nullable }
  const keyword = token({ inner: 'JOIN', left: 'LEFT JOIN', right: 'RIGHT JOIN', full: 'FULL JOIN' }[r.type])
  const side = r.right.k === 'join' ? sql`(${right.sql})` : right.sql
  if (r.using || r.natural) return using(r, left, right, side, keyword, nullable, conditions, analysis)
  const on = r.on as Expression
  const ctx: Context = {
    analysis,
    scope: { fields, parent: outer, ctes: outer.ctes },
    noAggregates: 'JOIN clause',
    noWindows: 'JOIN clause',
  }
  const test = condition(expression(on, ctx), on.pos, 'JOIN ON clause').sql
  return { sql: sql`${left.sql} ${keyword} ${side} ON ${test}`, fields, conditions: inner ? [...conditions, on] : conditions, nullable }
}

function scansOf(item: FromItem): TableScan[] {
  return item.fields.flatMap((f) => (f.column ? [f.column.table as TableScan] : []))
}

function using(
  r: Extract<Relation, { k: 'join' }>,
  left: FromItem,
  right: FromItem,
  side: Sql,
  keyword: Sql,
  nullable: ReadonlySet<TableScan>,
  conditions: readonly Expression[],
  analysis: Analysis,
): FromItem {
  if (r.natural) throw NotSupported({ ...r.pos, text: 'Natural join not supported' })
  const pick = (item: FromItem, name: Name): Field => {
    const found = item.fields.filter((f) => f.name?.toLowerCase() === name.lower)
    if (found.length > 1) throw AmbiguousName({ ...name.pos, name: name.text })
    if (!found[0]) throw ColumnNotFound({ ...name.pos, name: name.text })
    found[0].named?.()
    analysis.mark(found[0].use)
    return found[0]
  }
  const pairs = (r.using ?? []).map((name) => {
    const [l, rr] = [pick(left, name), pick(right, name)]
    const ctx = { analysis, scope: { fields: [], ctes: new Map() } }
    align(ctx, l, rr, '=', name.pos)
    const type = commonType(...(inOneZone(analysis.session, [l, rr]).map((v) => v.type) as [TrinoType, TrinoType])) as TrinoType
    if (isNested(type)) assertOneZone(type, 'USING', name.pos)
    const [a, b] = inOneZone(analysis.session, [l, rr]).map((v) => coerce(v, type)) as [Typed, Typed]
    const merged = r.type === 'full' ? sql`coalesce(${a.sql}, ${b.sql})` : r.type === 'right' ? b.sql : a.sql
    return {
      l,
      rr,
      // What the engine holds for equal is what it can join by; in arrays and rows it takes null for equal to null.
      test: isNested(type)
        ? sql`${identityOf(a)} = ${identityOf(b)} AND ${compare(ctx, '=', l, rr, name.pos).sql}`
        : compare(ctx, '=', l, rr, name.pos).sql,
      field: { name: name.text, qualifier: [], type, sql: merged, use: () => {} } satisfies Field,
    }
  })
  const taken = new Set(pairs.flatMap((p) => [p.l, p.rr]))
  const fields = [...pairs.map((p) => p.field), ...[...left.fields, ...right.fields].filter((f) => !taken.has(f))]
  return {
    sql: sql`${left.sql} ${keyword} ${side} ON ${join(
      pairs.map((p) => p.test),
      ' AND ',
    )}`,
    fields,
    conditions,
    nullable,
  }
}
