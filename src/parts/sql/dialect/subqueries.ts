// Queries inside expressions: EXISTS, IN, scalar, and comparison with ALL or ANY.

import type { QueryResult } from '#parts/sql/dialect/analysis'
import { type Context, failure, mismatch } from '#parts/sql/dialect/context'
import { assertOrderedHere, isNested, orderedByEngine } from '#parts/sql/dialect/nested-order'
import { assertOneZone, inOneZone } from '#parts/sql/dialect/operators'
import { identityOf } from '#parts/sql/dialect/same-maps'
import { coerce, commonType, duckType, fieldName, isApproximate, ofNoPlace, type Typed, typed } from '#parts/sql/dialect/types'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Expression, Position, Query } from '#parts/sql/syntax/ast'
import { identifier, join, nothing, type Sql, sql, token } from '#wire/duckdb/sql'
import * as t from '#wire/trino/type'

type Subquery = Extract<Expression, { k: 'exists' | 'subquery' | 'inQuery' | 'quantified' }>

export function subqueryExpression(e: Subquery, ctx: Context, expression: (e: Expression, ctx: Context) => Typed): Typed {
  if (ctx.lambdas?.size) throw sqlError('NOT_SUPPORTED', e.pos, 'Lambda expression cannot contain subqueries')
  const inner = (q: Query): QueryResult => {
    const result = ctx.analysis.subquery(q, ctx.scope)
    for (const field of result.fields) ctx.analysis.mark(field.use)
    return result
  }
  if (e.k === 'exists') return typed(sql`EXISTS (${inner(e.query).sql})`, t.BOOLEAN)
  if (e.k === 'subquery') {
    const result = inner(e.query)
    const [field] = result.fields
    if (!field || result.fields.length !== 1) {
      const type = t.rowOf(
        result.fields.map((f) => f.type),
        result.fields.map((f) => f.name),
      )
      const pack = join(result.fields.map((_, i) => sql`${identifier(fieldName(type, i))} := q.${identifier(`c${i}`)}`))
      return typed(sql`(SELECT struct_pack(${pack}) FROM (${result.sql}) AS q)`, type)
    }
    return typed(sql`(${result.sql})`, field.type)
  }
  const value = ofNoPlace(expression(e.k === 'inQuery' ? e.value : e.left, ctx))
  const result = inner(e.query)
  const [field] = result.fields
  if (!field || result.fields.length !== 1)
    throw sqlError(
      'NOT_SUPPORTED',
      e.pos,
      `Multiple columns returned by subquery are not yet supported: SELECT or VALUES has ${result.fields.length}`,
    )
  const own = sql`q.c0`
  const sides = inOneZone(ctx.analysis.session, [value, { sql: own, type: field.type }]) as readonly [Typed, Typed]
  const common = commonType(sides[0].type, sides[1].type)
  if (value.type.base === 'row' && field.type.base !== 'row')
    throw NotSupported({ ...e.pos, text: 'a row of one field in IN, ANY or ALL of a subquery is not served here' })
  if (!common)
    throw mismatch(
      e.pos,
      `Value expression and result of subquery must be of the same type: ${t.printType(value.type)} vs ${t.printType(field.type)}`,
    )
  if (isNested(common)) assertOneZone(common, 'IN', e.pos)
  // Trino packs a row of the value into columns, and a row of the query into one.
  if (common.base === 'row' && field.type.base === 'row')
    throw mismatch(
      e.pos,
      `Value expression and result of subquery must be of the same type: ${t.printType(value.type)} vs row(${t.printType(field.type)})`,
    )
  const isOrder = e.k === 'quantified' && /^[<>]/.test(e.op)
  const number = (x: Sql) =>
    isApproximate(common) ? numbered(ctx, x) : isOrder && isNested(common) ? told(ctx, typed(x, common), e.pos) : x
  const [left, given] = sides.map((side) => identityOf(coerce(side, common))) as [Sql, Sql]
  const column = e.k === 'inQuery' ? given : number(given)
  const rows = column === own ? result.sql : sql`SELECT ${column} FROM (${result.sql}) AS q(c0)`
  if (e.k === 'inQuery') return typed(sql`(${number(left)} ${e.negated ? sql`NOT ` : nothing}IN (${rows}))`, t.BOOLEAN)
  return typed(sql`(${number(left)} ${token(e.op)} ${token(e.all ? 'ALL' : 'ANY')} (${rows}))`, t.BOOLEAN)
}

/** NaN is the greatest to the engine and equal to itself; in Trino it depends on the plan. */
const numbered = (ctx: Context, x: Sql): Sql =>
  sql`CASE WHEN isnan(${x}) THEN ${failure(ctx, 'NOT_SUPPORTED', 'NaN in IN, ANY or ALL of a subquery is not served here', sql`DOUBLE`)} ELSE ${x} END`

/** Where a null decides, it depends on the plan too. */
function told(ctx: Context, value: Typed, pos: Position): Sql {
  assertOrderedHere(value.type, 'ANY or ALL', pos)
  return orderedByEngine(ctx, value, 'least', 'ANY or ALL of a subquery', duckType(value.type))
}
