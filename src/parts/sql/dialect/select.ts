// SELECT: scope, grouping, the select list, HAVING, DISTINCT and ORDER BY.
import * as t from '#wire/trino/type'
import { NotSupported, sqlError } from '../errors.ts'
import type { Expression, GroupingElement, Name, Position, Query, Select, SortItem } from '../syntax/ast.ts'
import type { Analysis, Field, OutputField, QueryResult, Scope } from './analysis.ts'
import { sortText } from './call.ts'
import type { Context } from './context.ts'
import { dotted, expression, matches } from './expression.ts'
import { isAggregate } from './functions/index.ts'
import { condition } from './operators.ts'
import { pushDown } from './pushdown.ts'
import { type FromItem, relation } from './relations.ts'
import { isUnknown, type Typed } from './types.ts'

interface Item extends Typed {
  readonly name: string | undefined
  readonly use: () => void
}

export function select(
  s: Select,
  pos: Position,
  tail: Pick<Query, 'orderBy'>,
  limits: string,
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
      expression(s.where, { ...plain, noAggregates: 'WHERE clause', noWindows: 'WHERE clause', at: s.where.pos }),
      s.where.pos,
      'WHERE clause',
    )
  if (from) {
    const analyse = (e: Expression) => analysis.collect(() => expression(e, plain)).result
    for (const c of [...(s.where ? [s.where] : []), ...from.conditions]) pushDown(c, analyse, from.nullable)
  }
  const texts = [
    ...s.items.flatMap((i) => (i.k === 'one' ? [i.value] : [])),
    ...(s.having ? [s.having] : []),
    ...tail.orderBy.map((o) => o.value),
  ]
  const aggregated = s.groupBy !== undefined || s.having !== undefined || texts.some(hasAggregate)
  const grouping = aggregated ? groupBy(s, plain) : undefined
  const ctx: Context = grouping ? { ...plain, groups: grouping.keys, wideGroups: grouping.wide } : { ...plain }
  const items = s.items.flatMap((item) => (item.k === 'one' ? [one(item.value, item.alias, ctx)] : all(item, from, ctx)))
  const having =
    s.having && condition(expression(s.having, { ...ctx, noWindows: 'HAVING clause', at: s.having.pos }), s.having.pos, 'HAVING clause')
  if (s.distinct) for (const item of items) item.use()
  const order = orderBy(tail.orderBy, items, s.distinct ? pos : undefined, ctx)
  const sql = [
    `SELECT ${s.distinct ? 'DISTINCT ' : ''}${items.map((item, i) => `${isUnknown(item.type) ? 'CAST(NULL AS INTEGER)' : item.sql} AS c${i}`).join(', ')}`,
    from ? `FROM ${from.sql}` : '',
    where ? `WHERE ${where.sql}` : '',
    grouping?.sql ?? '',
    having ? `HAVING ${having.sql}` : '',
    order,
    limits,
  ]
  return {
    sql: sql.filter((part) => part !== '').join(' '),
    fields: items.map(({ name, type, use }): OutputField => ({ name, type, use })),
  }
}

function one(value: Expression, alias: Name | undefined, ctx: Context): Item {
  const { result, use } = ctx.analysis.collect(() => expression(value, { ...ctx, at: value.pos }))
  const name = alias?.text ?? dotted(value)?.at(-1)?.text
  return { ...result, name, use }
}

function all(item: Extract<Select['items'][number], { k: 'all' }>, from: FromItem | undefined, ctx: Context): Item[] {
  if (!from) throw sqlError('COLUMN_NOT_FOUND', item.pos, 'SELECT * not allowed in queries without FROM clause')
  const parts = item.of && dotted(item.of)?.map((p) => p.lower)
  const fields = parts ? from.fields.filter((f) => matches({ ...f, name: '*' }, [...parts, '*'])) : from.fields
  if (parts && fields.length === 0) throw sqlError('TABLE_NOT_FOUND', item.pos, `Unable to resolve reference ${parts.join('.')}`)
  if (item.aliases && item.aliases.length !== fields.length)
    throw sqlError(
      'MISMATCHED_COLUMN_ALIASES',
      item.pos,
      `Column alias list has ${item.aliases.length} entries but relation has ${fields.length} columns`,
    )
  return fields.map((field: Field, i): Item => {
    if (ctx.groups && !ctx.groups.has(field.sql))
      throw sqlError('EXPRESSION_NOT_AGGREGATE', item.pos, `Column ${i + 1} not in GROUP BY clause`)
    return {
      sql: field.sql,
      type: field.type,
      name: item.aliases?.[i]?.text ?? field.name,
      use: field.use,
      ...(field.column ? { column: field.column } : {}),
    }
  })
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
  readonly sql: string
  readonly keys: ReadonlyMap<string, Typed>
  readonly wide: boolean
}

function groupBy(s: Select, plain: Context): Grouping {
  const ctx: Context = { ...plain, noAggregates: 'GROUP BY clause', noWindows: 'GROUP BY clause' }
  const keys = new Map<string, Typed>()
  let wide = false
  const key = (e: Expression): string => {
    const value = expression(byOrdinal(e, s), { ...ctx, at: e.pos })
    const sql = /^-?\d+$/.test(value.sql) ? `CAST(${value.sql} AS INTEGER)` : value.sql
    keys.set(value.sql, value)
    if (!/^r\d+\."/.test(sql) && !/^r\d+\.c\d+$/.test(sql)) wide = true
    return sql
  }
  const elements = s.groupBy?.elements ?? []
  let sets: string[][] = [[]]
  for (const element of elements) {
    const own = setsOf(element, key)
    sets = sets.flatMap((before) => own.map((set) => [...new Set([...before, ...set])]))
  }
  if (s.groupBy?.distinct) sets = [...new Map(sets.map((set) => [[...set].sort().join('\u0000'), set])).values()]
  if (!s.groupBy) return { sql: '', keys, wide }
  if (sets.length === 1) {
    const [only] = sets as [string[]]
    return { sql: only.length === 0 ? 'GROUP BY ()' : `GROUP BY ${only.join(', ')}`, keys, wide }
  }
  return { sql: `GROUP BY GROUPING SETS (${sets.map((set) => `(${set.join(', ')})`).join(', ')})`, keys, wide }
}

function setsOf(element: GroupingElement, key: (e: Expression) => string): string[][] {
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

function orderBy(items: readonly SortItem[], output: readonly Item[], distinct: Position | undefined, ctx: Context): string {
  if (items.length === 0) return ''
  const names = new Map<string, Typed>()
  for (const item of output) {
    const name = item.name?.toLowerCase()
    if (name !== undefined && !names.has(name)) names.set(name, item)
  }
  const parts = items.map((item) => {
    if (item.value.k === 'integer') {
      const target = output[Number(item.value.value) - 1]
      if (!target) throw sqlError('INVALID_COLUMN_REFERENCE', item.value.pos, `ORDER BY position ${item.value.value} is not in select list`)
      target.use()
      return sortText(item.value.value, item)
    }
    const direct = item.value.k === 'name' ? names.get(item.value.name.lower) : undefined
    const value = direct ?? expression(item.value, { ...ctx, at: item.value.pos, ...(item.value.k === 'name' ? {} : { outputs: names }) })
    const at = output.findIndex((o) => o.sql === value.sql)
    if (at >= 0) {
      ;(output[at] as Item).use()
      return sortText(String(at + 1), item)
    }
    if (distinct)
      throw sqlError('EXPRESSION_NOT_IN_DISTINCT', distinct, 'For SELECT DISTINCT, ORDER BY expressions must appear in select list')
    return sortText(value.type.base === t.UNKNOWN.base ? 'NULL' : value.sql, item)
  })
  return `ORDER BY ${parts.join(', ')}`
}
