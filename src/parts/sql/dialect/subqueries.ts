// Queries inside expressions: EXISTS, IN, scalar, and comparison with ALL or ANY.
import * as t from '#wire/trino/type'
import { sqlError } from '../errors.ts'
import type { Expression, Query } from '../syntax/ast.ts'
import type { QueryResult } from './analysis.ts'
import { type Context, mismatch } from './context.ts'
import { coerce, commonType, fieldName, quoteName, type Typed, typed } from './types.ts'

type Subquery = Extract<Expression, { k: 'exists' | 'subquery' | 'inQuery' | 'quantified' }>

export function subqueryExpression(e: Subquery, ctx: Context, expression: (e: Expression, ctx: Context) => Typed): Typed {
  const inner = (q: Query): QueryResult => {
    const result = ctx.analysis.subquery(q, ctx.scope)
    for (const field of result.fields) ctx.analysis.mark(field.use)
    return result
  }
  if (e.k === 'exists') return typed(`EXISTS (${inner(e.query).sql})`, t.BOOLEAN)
  if (e.k === 'subquery') {
    const result = inner(e.query)
    const [field] = result.fields
    if (!field || result.fields.length !== 1) {
      const type = t.rowOf(
        result.fields.map((f) => f.type),
        result.fields.map((f) => f.name),
      )
      const pack = result.fields.map((_, i) => `${quoteName(fieldName(type, i))} := q.c${i}`).join(', ')
      return typed(`(SELECT struct_pack(${pack}) FROM (${result.sql}) AS q)`, type)
    }
    return typed(`(${result.sql})`, field.type)
  }
  const value = expression(e.k === 'inQuery' ? e.value : e.left, ctx)
  const result = inner(e.query)
  const [field] = result.fields
  if (!field || result.fields.length !== 1)
    throw sqlError('NOT_SUPPORTED', e.pos, `Multiple columns returned by subquery are not yet supported. Found ${result.fields.length}`)
  const common = commonType(value.type, field.type)
  if (!common)
    throw mismatch(
      e.pos,
      `Value expression and result of subquery must be of the same type: ${t.printType(value.type)} vs ${t.printType(field.type)}`,
    )
  const column = coerce({ sql: 'q.c0', type: field.type }, common).sql
  const rows = column === 'q.c0' ? result.sql : `SELECT ${column} FROM (${result.sql}) AS q(c0)`
  const left = coerce(value, common).sql
  if (e.k === 'inQuery') return typed(`(${left} ${e.negated ? 'NOT ' : ''}IN (${rows}))`, t.BOOLEAN)
  return typed(`(${left} ${e.op} ${e.all ? 'ALL' : 'ANY'} (${rows}))`, t.BOOLEAN)
}
