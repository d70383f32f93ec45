// SELECT: scope, grouping, the select list, HAVING, DISTINCT and ORDER BY.

import { type Analysis, type Field, type OutputField, originOf, type QueryResult, type Scope } from '#parts/sql/dialect/analysis'
import { keyed, sortKey, sortText } from '#parts/sql/dialect/call'
import type { Context } from '#parts/sql/dialect/context'
import { dotted, expression, matches } from '#parts/sql/dialect/expression'
import { isAggregate } from '#parts/sql/dialect/functions/index'
import { isNested } from '#parts/sql/dialect/nested-order'
import { condition } from '#parts/sql/dialect/operators'
import { pushDown } from '#parts/sql/dialect/pushdown'
import { type FromItem, relation } from '#parts/sql/dialect/relations'
import { holdsMap } from '#parts/sql/dialect/same-maps'
import { duckType, isUnknown, precision, type Typed } from '#parts/sql/dialect/types'
import { momentIn, movedTo, zoneOf } from '#parts/sql/dialect/zoned'
import { isZonedTime, ofGroup } from '#parts/sql/dialect/zoned-times'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Expression, GroupingElement, Name, Position, Query, Select, SortItem } from '#parts/sql/syntax/ast'
import { identifier, integer, join, keyOf, nothing, type Sql, sql } from '#wire/duckdb/sql'

interface Item extends Typed {
  readonly name: string | undefined
  readonly aliased?: true
  readonly use: () => void
}

export interface Limits {
  /** LIMIT and OFFSET. */
  readonly sql: Sql
  /** Rows of a rank up to this one are kept. */
  readonly ties?: Sql
}

export function select(
  s: Select,
  pos: Position,
  tail: Pick<Query, 'orderBy'>,
  limits: Limits,
  analysis: Analysis,
  outer: Scope,
): QueryResult {
  const from: FromItem | undefined = s.from && relation(s.from, analysis, outer, [])
  const scope: Scope = { fields: from?.fields ?? [], ctes: outer.ctes, parent: outer }
  const windows = new Map(s.windows.map((w) => [w.name.lower, w.window]))
  const plain: Context = { analysis, scope, windows }
  const where =
    s.where &&
    condition(
      expression(s.where, { ...plain, noAggregates: 'WHERE clause', noWindows: 'WHERE clause', mayQuery: true, at: s.where.pos }),
      s.where.pos,
      'WHERE clause',
    )
  if (from) {
    const analyse = (e: Expression) => analysis.collect(() => expression(e, plain)).result
    for (const c of [...(s.where ? [s.where] : []), ...from.conditions]) pushDown(c, analysis.session.timeZone, analyse, from.nullable)
  }
  const texts = [
    ...s.items.flatMap((i) => (i.k === 'one' ? [i.value] : i.of && !dotted(i.of) ? [i.of] : [])),
    ...(s.having ? [s.having] : []),
    ...tail.orderBy.map((o) => o.value),
  ]
  const aggregated = s.groupBy !== undefined || s.having !== undefined || texts.some(hasAggregate)
  const grouping = aggregated ? groupBy(s, pos, plain) : undefined
  const ctx: Context = grouping ? { ...plain, groups: grouping.keys, wideGroups: grouping.wide } : { ...plain }
  const items = s.items.flatMap((item) => (item.k === 'one' ? [one(item.value, item.alias, ctx)] : all(item, from, ctx)))
  const having =
    s.having && condition(expression(s.having, { ...ctx, noWindows: 'HAVING clause', at: s.having.pos }), s.having.pos, 'HAVING clause')
  if (s.distinct) for (const item of items) item.use()
  const order = orderBy(tail.orderBy, items, s.distinct ? pos : undefined, ctx)
  const clauses = [
    sql`SELECT ${s.distinct ? distinctOf(items, pos) : nothing}${join(items.map((item, i) => sql`${isUnknown(item.type) ? sql`CAST(${item.sql} AS INTEGER)` : item.sql} AS ${identifier(`c${i}`)}`))}`,
    from ? sql`FROM ${from.sql}` : nothing,
    where ? sql`WHERE ${where.sql}` : nothing,
    grouping?.sql ?? nothing,
    having ? sql`HAVING ${having.sql}` : nothing,
    limits.ties ? sql`QUALIFY rank() OVER (ORDER BY ${join(order.keys)}) <= ${limits.ties}` : nothing,
    order.sql,
    limits.sql,
  ]
  return {
    sql: join(
      clauses.filter((part) => part !== nothing),
      ' ',
    ),
    fields: items.map(
      ({ name, type, use, origin, aliased }): OutputField => ({
        ...{ name, type, use },
        ...originOf({ origin }),
        ...(aliased ? { aliased } : {}),
      }),
    ),
  }
}

/** Moments are the same whatever their zones: then one of the rows is kept. */
function distinctOf(items: readonly Item[], pos: Position): Sql {
  const keys = items.map((item) => keyed(item, 'SELECT DISTINCT', pos))
  return items.some(({ type }) => type.zoned || holdsMap(type)) ? sql`DISTINCT ON (${join(keys)}) ` : sql`DISTINCT `
}

function one(value: Expression, alias: Name | undefined, ctx: Context): Item {
  const { result, use } = ctx.analysis.collect(() => expression(value, { ...ctx, at: value.pos }))
  const { origin, ...rest } = result
  const path = dotted(value)
  return {
    ...rest,
    ...(path ? originOf({ origin }) : {}),
    name: alias?.text ?? path?.at(-1)?.text,
    use,
    ...(alias ? { aliased: true } : {}),
  }
}

function all(item: All, from: FromItem | undefined, ctx: Context): Item[] {
  const parts = item.of && dotted(item.of)?.map((p) => p.lower)
  if (item.of && !parts) return fieldsOf(item.of, item, ctx)
  if (!from) throw sqlError('COLUMN_NOT_FOUND', item.pos, 'SELECT * not allowed in queries without FROM clause')
  const shown = from.fields.filter((f) => !f.hidden)
  const fields = parts ? shown.filter((f) => matches({ ...f, name: '*' }, [...parts, '*'])) : shown
  if (parts && fields.length === 0) throw sqlError('TABLE_NOT_FOUND', item.pos, `Unable to resolve reference ${parts.join('.')}`)
  assertAliases(item, fields.length)
  for (const field of item.ofTable ? from.fields : fields) field.named?.()
  return fields.map((field: Field, i): Item => {
    if (ctx.groups && !ctx.groups.has(keyOf(field.sql)))
      throw sqlError('EXPRESSION_NOT_AGGREGATE', item.pos, `Column ${i + 1} not in GROUP BY clause`)
    return {
      sql: ctx.groups?.get(keyOf(field.sql))?.sql ?? field.sql,
      type: field.type,
      plain: true,
      name: item.aliases?.[i]?.text ?? field.name,
      use: field.use,
      ...(field.column ? { column: field.column } : {}),
      ...originOf(field),
      ...(item.aliases ? { aliased: true } : {}),
    }
  })
}

type All = Extract<Select['items'][number], { k: 'all' }>

/** Of a row that is no table's: `CAST(ROW(1) AS ROW(a integer)).*`. */
function fieldsOf(of: Expression, item: All, ctx: Context): Item[] {
  const { result, use } = ctx.analysis.collect(() => expression(of, { ...ctx, at: of.pos }))
  const { type } = result
  if (type.base !== 'row') throw sqlError('TYPE_MISMATCH', of.pos, 'expected expression of type Row')
  assertAliases(item, type.children.length)
  return type.children.map((child, i): Item => {
    const value = sql`struct_extract_at(${result.sql}, ${integer(i + 1)})`
    return { sql: value, type: child, name: item.aliases?.[i]?.text ?? type.names?.[i], use }
  })
}

function assertAliases({ aliases, pos }: All, columns: number): void {
  if (aliases && aliases.length !== columns)
    throw sqlError('MISMATCHED_COLUMN_ALIASES', pos, `Column alias list has ${aliases.length} entries but relation has ${columns} columns`)
}

/** Whether an expression has an aggregate of its own query: not one in a subquery, nor a window's own function. */
function hasAggregate(node: unknown): boolean {
  if (node === null || typeof node !== 'object') return false
  if (Array.isArray(node)) return node.some(hasAggregate)
  if ('body' in node && 'with' in node) return false
  const e = node as { k?: string; name?: readonly Name[]; over?: unknown }
  if (e.k === 'call' && e.over === undefined && e.name?.length === 1 && isAggregate((e.name[0] as Name).lower)) return true
  if (e.k === 'grouping') return true
  return Object.values(node).some(hasAggregate)
}

interface Grouping {
  readonly sql: Sql
  readonly keys: ReadonlyMap<string, Typed>
  readonly wide: boolean
}

/** As many as Trino allows (session property max_grouping_sets); counted before they are made. */
const MAX_GROUPING_SETS = 2048

function groupBy(s: Select, pos: Position, plain: Context): Grouping {
  const elements = s.groupBy?.elements ?? []
  const count = elements.reduce((product, element) => product * countOf(element), 1)
  if (count > MAX_GROUPING_SETS)
    throw sqlError(
      'TOO_MANY_GROUPING_SETS',
      pos,
      `GROUP BY has ${count <= 2147483647 ? count : 'more than 2147483647'} grouping sets but can contain at most ${MAX_GROUPING_SETS}`,
    )
  const ctx: Context = { ...plain, noAggregates: 'GROUP BY clause', noWindows: 'GROUP BY clause' }
  const keys = new Map<string, Typed>()
  const made = new Map<string, Sql>()
  let wide = false
  const key = (e: Expression): Sql => {
    const value = expression(byOrdinal(e, s), { ...ctx, at: e.pos })
    const id = keyOf(value.sql)
    const known = made.get(id)
    if (known) return known
    keys.set(id, grouped(value, e.pos))
    if (!value.plain) wide = true
    // A bare number would be a position.
    const column = typeof value.literal === 'bigint' ? sql`CAST(${value.sql} AS ${duckType(value.type)})` : keyed(value, 'GROUP BY', e.pos)
    made.set(id, column)
    return column
  }
  let sets: Sql[][] = [[]]
  for (const element of elements) {
    const own = setsOf(element, key)
    sets = sets.flatMap((before) => own.map((set) => [...new Set([...before, ...set])]))
  }
  if (s.groupBy?.distinct) {
    const order = [...made.values()]
    const text = (set: readonly Sql[]) => set.map((column) => order.indexOf(column)).sort((a, b) => a - b)
    sets = [...new Map(sets.map((set) => [text(set).join(), set])).values()]
  }
  if (!s.groupBy) return { sql: nothing, keys, wide }
  if (sets.length === 1) {
    const [only] = sets as [Sql[]]
    return { sql: only.length === 0 ? sql`GROUP BY ()` : sql`GROUP BY ${join(only)}`, keys, wide }
  }
  return { sql: sql`GROUP BY GROUPING SETS (${join(sets.map((set) => sql`(${join(set)})`))})`, keys, wide }
}

/** What a group's key is in the select list: of moments the instant, in the zone of one of them; of maps the one by which they are grouped. */
function grouped(value: Typed, pos: Position): Typed {
  if (holdsMap(value.type)) return { ...value, sql: keyed(value, 'GROUP BY', pos) }
  if (!value.type.zoned) return value
  const instant = keyed(value, 'GROUP BY', pos)
  if (isZonedTime(value.type)) return ofGroup(value, instant)
  return value.moment?.id === undefined ? momentIn(instant, sql`first(${zoneOf(value)})`, precision(value.type)) : movedTo(value, instant)
}

function countOf(element: GroupingElement): number {
  if (element.k === 'simple') return 1
  if (element.k === 'sets') return element.sets.length
  return element.k === 'rollup' ? element.sets.length + 1 : 2 ** element.sets.length
}

function setsOf(element: GroupingElement, key: (e: Expression) => Sql): Sql[][] {
  if (element.k === 'simple') return [element.items.map(key)]
  const sets = element.sets.map((set) => set.map(key))
  if (element.k === 'sets') return sets
  if (element.k === 'rollup') return Array.from({ length: sets.length + 1 }, (_, i) => sets.slice(0, sets.length - i).flat())
  return Array.from({ length: 2 ** sets.length }, (_, mask) => sets.filter((_, i) => ((mask >> (sets.length - 1 - i)) & 1) === 0).flat())
}

function byOrdinal(e: Expression, s: Select): Expression {
  if (e.k !== 'integer') return e
  const item = s.items[Number(e.value) - 1]
  if (!item) throw sqlError('INVALID_COLUMN_REFERENCE', e.pos, `GROUP BY position ${e.value} is not in select list`)
  if (item.k === 'all') throw NotSupported({ ...e.pos, text: 'GROUP BY position of a * is not served here; name the column' })
  return item.value
}

interface Order {
  readonly sql: Sql
  /** What rows that come at the same place have in common, as a window orders by it. */
  readonly keys: readonly Sql[]
}

function orderBy(items: readonly SortItem[], output: readonly Item[], distinct: Position | undefined, ctx: Context): Order {
  const keys: Sql[] = []
  if (items.length === 0) return { sql: nothing, keys }
  const names = new Map<string, Typed>()
  for (const item of output) {
    const name = item.name?.toLowerCase()
    if (name !== undefined && !names.has(name)) names.set(name, item)
  }
  /** By the place in the select list, but for what the engine orders by another value than it shows. */
  const sorted = (value: Typed, at: number, item: SortItem): Sql => {
    const key = sortKey(ctx, value, item.value.pos)
    keys.push(sortText(key, item))
    output[at]?.use()
    if (distinct && isNested(value.type))
      throw NotSupported({ ...item.value.pos, text: `ORDER BY of ${value.type.base} with DISTINCT is not served here` })
    return sortText(at >= 0 && !isNested(value.type) && !value.type.zoned ? integer(at + 1) : key, item)
  }
  const parts = items.map((item) => {
    if (item.value.k === 'integer') {
      const at = Number(item.value.value) - 1
      const target = output[at]
      if (!target) throw sqlError('INVALID_COLUMN_REFERENCE', item.value.pos, `ORDER BY position ${item.value.value} is not in select list`)
      return sorted(target, at, item)
    }
    const direct = item.value.k === 'name' ? names.get(item.value.name.lower) : undefined
    const value = direct ?? expression(item.value, { ...ctx, at: item.value.pos, ...(item.value.k === 'name' ? {} : { outputs: names }) })
    const at = output.findIndex((o) => o.sql === value.sql || keyOf(o.sql) === keyOf(value.sql))
    if (at < 0 && distinct)
      throw sqlError('EXPRESSION_NOT_IN_DISTINCT', distinct, 'For SELECT DISTINCT, ORDER BY expressions must appear in select list')
    return sorted(value, at, item)
  })
  return { sql: sql`ORDER BY ${join(parts)}`, keys }
}
