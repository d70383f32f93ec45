// DELETE, UPDATE and MERGE as a query: a row for each change, with what becomes of the row, where the target has it, and its new values.

import type { Analysis, Field, OutputField, QueryResult, Scope } from '#parts/sql/dialect/analysis'
import type { Context } from '#parts/sql/dialect/context'
import { expression } from '#parts/sql/dialect/expression'
import { condition } from '#parts/sql/dialect/operators'
import { pushDown } from '#parts/sql/dialect/pushdown'
import { type FromItem, relation, type TargetItem, target } from '#parts/sql/dialect/relations'
import { storedAs } from '#parts/sql/dialect/stored'
import { commonType, duckType, type Typed } from '#parts/sql/dialect/types'
import { sqlError } from '#parts/sql/errors'
import { OPERATION } from '#parts/sql/ports'
import type { Change, ChangeCase, Expression, Name, Position } from '#parts/sql/syntax/ast'
import { identifier, integer, join, nothing, type Sql, sql } from '#wire/duckdb/sql'
import * as t from '#wire/trino/type'
import { parseType, type TrinoType } from '#wire/trino/type'

/** Columns: the operation, the file and the position of the row, then the columns of the table. */
export function change(c: Change & { readonly pos: Position }, analysis: Analysis, outer: Scope): QueryResult {
  const into = target(c.target, analysis)
  assertUnguarded(c, into)
  const columns = into.source.columns.map((column): Target => ({ name: column.name, type: parseType(column.type) }))
  const from = c.source && relation(c.source, analysis, outer, [])
  const scope: Scope = { fields: [...(from?.fields ?? []), ...into.fields], ctes: outer.ctes, parent: outer }
  const where = c.verb === 'merge' ? 'MERGE ON clause' : 'WHERE clause'
  const ctx: Context = { analysis, scope, noAggregates: where, noWindows: where }
  const on = c.on && condition(expression(c.on, { ...ctx, at: c.on.pos }), c.on.pos, where)
  const others = new Set(analysis.scans.filter((scan) => scan !== into.scan))
  if (c.on) pushDown(c.on, analysis.session.timeZone, (e) => analysis.collect(() => expression(e, ctx)).result, others)
  const joined = fromOf(c, from, into, on)
  const cases = c.cases.map((one, i) => sql`WHEN ${whenOf(one, ctx, c, into)} THEN ${integer(i + 1)}`)
  const row = analysis.fresh('r')
  const used = new Set<number>()
  const fields = scope.fields.map(
    (field, i): Field => ({
      ...field,
      sql: sql`${row}.${identifier(`c${i}`)}`,
      use: () => {
        used.add(i)
        field.use()
      },
    }),
  )
  const within: Context = { ...ctx, scope: { ...scope, fields }, noAggregates: c.verb.toUpperCase(), noWindows: c.verb.toUpperCase() }
  const own = fields.slice(fields.length - columns.length)
  const values = c.cases.map((one, i) => valuesOf(one, i, c, columns, own, within))
  const change = sql`${row}.c_case`
  const lists = columns.map((column, at) => {
    const whens = values.flatMap((list, i) => (list ? [sql`WHEN ${integer(i + 1)} THEN ${list[at] as Sql}`] : []))
    return whens.length === 0 ? sql`CAST(NULL AS ${duckType(column.type)})` : sql`CASE ${change} ${join(whens, ' ')} END`
  })
  const operation = sql`CASE ${change} ${join(
    c.cases.map((one, i) => sql`WHEN ${integer(i + 1)} THEN ${integer(OPERATION[one.action])}`),
    ' ',
  )} END`
  const out = [operation, sql`${row}.c_file`, sql`${row}.c_position`, ...lists].map((value, i) => sql`${value} AS ${identifier(`c${i}`)}`)
  const kept = [...used].map((i) => sql`${(scope.fields[i] as Field).sql} AS ${identifier(`c${i}`)}`)
  const inner = [sql`${into.file} AS c_file`, sql`${into.position} AS c_position`, sql`CASE ${join(cases, ' ')} END AS c_case`, ...kept]
  const output = [['operation', t.INTEGER], ['file', t.VARCHAR], ['position', t.BIGINT], ...columns.map((x) => [x.name, x.type])] as const
  return {
    sql: sql`SELECT ${join(out)} FROM (SELECT ${join(inner)} FROM ${joined}) AS ${row} WHERE ${change} IS NOT NULL`,
    fields: output.map(([name, type]): OutputField => ({ name: name as string, type: type as TrinoType, use: () => {} })),
  }
}

interface Target {
  readonly name: string
  readonly type: TrinoType
}

/** Trino's refusals, by their texts. */
function assertUnguarded(c: Change & { readonly pos: Position }, { source }: TargetItem): void {
  const masked = Object.keys(source.columnMasks).length > 0
  const refuse = (text: string) => sqlError('NOT_SUPPORTED', c.pos, text)
  if (c.verb === 'delete' && masked) throw refuse('Delete from table with column mask')
  if (c.verb === 'update' && masked) throw refuse('Updating a table with column masks is not supported')
  if (c.verb === 'merge' && masked) throw refuse('Cannot merge into a table with column masks')
  if (c.verb === 'update' && source.rowFilters.length > 0) throw refuse('Updating a table with a row filter is not supported')
  if (c.verb === 'merge' && source.rowFilters.length > 0) throw refuse('Cannot merge into a table with row filters')
}

function fromOf(c: Change, from: FromItem | undefined, into: TargetItem, on: Typed | undefined): Sql {
  if (!from) return sql`${into.sql}${on ? sql` WHERE ${on.sql}` : nothing}`
  const inserts = c.cases.some((one) => !one.matched)
  return sql`${from.sql} ${inserts ? sql`LEFT JOIN` : sql`JOIN`} ${into.sql} ON ${(on as Typed).sql}`
}

function whenOf(one: ChangeCase, ctx: Context, c: Change, into: TargetItem): Sql {
  const clause = `WHEN ${one.matched ? '' : 'NOT '}MATCHED clause`
  const and =
    one.and && condition(expression(one.and, { ...ctx, noAggregates: clause, noWindows: clause, at: one.and.pos }), one.and.pos, clause).sql
  if (!c.source) return sql`TRUE`
  const present = one.matched ? sql`${into.position} IS NOT NULL` : sql`${into.position} IS NULL`
  return and ? sql`${present} AND ${and}` : present
}

/** What the row becomes, in the types of the table; nothing where it goes. */
function valuesOf(
  one: ChangeCase,
  at: number,
  c: Change & { readonly pos: Position },
  columns: readonly Target[],
  own: readonly Field[],
  ctx: Context,
): readonly Sql[] | undefined {
  if (one.action === 'delete') return undefined
  const places = one.columns?.map((name) => placeOf(name, c, columns)) ?? columns.map((_, i) => i)
  const twice = places.findIndex((place, i) => places.indexOf(place) !== i)
  if (twice >= 0) {
    const { name } = columns[places[twice] as number] as Target
    throw sqlError('DUPLICATE_COLUMN_NAME', c.pos, `Column name is specified more than once: ${name}`)
  }
  const given = one.values.map((value) => expression(value, { ...ctx, at: value.pos }))
  const targets = places.map((place) => columns[place] as Target)
  const fits = given.length === targets.length && given.every((value, i) => commonType(value.type, (targets[i] as Target).type))
  if (!fits) throw mismatched(c, at, targets, given)
  return columns.map((column, i) => {
    const which = places.indexOf(i)
    if (which >= 0) return storedAs(ctx, given[which] as Typed, column.type, (one.values[which] as Expression).pos)
    if (one.action === 'insert') return sql`CAST(NULL AS ${duckType(column.type)})`
    const field = own[i] as Field
    ctx.analysis.mark(field.use)
    return field.sql
  })
}

function placeOf(name: Name, c: Change & { readonly pos: Position }, columns: readonly Target[]): number {
  const place = columns.findIndex((column) => column.name === name.lower)
  if (place >= 0) return place
  const text =
    c.verb === 'update'
      ? `The UPDATE SET target column ${name.lower} doesn't exist`
      : `Merge column name does not exist in target table: ${name.lower}`
  throw sqlError('COLUMN_NOT_FOUND', c.verb === 'update' ? name.pos : c.pos, text)
}

function mismatched(c: Change & { readonly pos: Position }, at: number, targets: readonly Target[], given: readonly Typed[]) {
  const list = (types: readonly TrinoType[]) => `[${types.map(t.printType).join(', ')}]`
  const [table, values] = [list(targets.map((x) => x.type)), list(given.map((x) => x.type))]
  const text =
    c.verb === 'update'
      ? `UPDATE table column types don't match SET expressions: Table: ${table}, Expressions: ${values}`
      : `MERGE table column types don't match for MERGE case ${at}, SET expressions: Table: ${table}, Expressions: ${values}`
  return sqlError('TYPE_MISMATCH', c.pos, text)
}
