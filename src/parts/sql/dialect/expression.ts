// Expressions: resolved, typed as Trino types them, and written as DuckDB SQL with the same meaning.

import { type Field, originOf, type Scope } from '#parts/sql/dialect/analysis'
import { call } from '#parts/sql/dialect/call'
import { cast, tryCast } from '#parts/sql/dialect/casts'
import { constantList, plainConstants, plainList } from '#parts/sql/dialect/constants'
import { type Context, failure, mismatch } from '#parts/sql/dialect/context'
import { extract } from '#parts/sql/dialect/date-calls'
import type { Overload } from '#parts/sql/dialect/functions/overloads'
import { OPERATORS } from '#parts/sql/dialect/functions/trino-operators'
import { like as likeOf } from '#parts/sql/dialect/like'
import { decimalLiteral, integerLiteral, intervalLiteral, resolveType, stringLiteral, typedLiteral } from '#parts/sql/dialect/literals'
import { logical } from '#parts/sql/dialect/logical'
import { isNested } from '#parts/sql/dialect/nested-order'
import { withTypedNulls } from '#parts/sql/dialect/nulls'
import { arithmetic, asInstant, assertOneZone, compare, condition, isOrderable, negate, unify } from '#parts/sql/dialect/operators'
import { holdsMap } from '#parts/sql/dialect/same-maps'
import { subqueryExpression } from '#parts/sql/dialect/subqueries'
import { outside } from '#parts/sql/dialect/tries'
import {
  canCoerce,
  coerce,
  commonType,
  duckType,
  fieldName,
  isApproximate,
  isInteger,
  isText,
  type Typed,
  typed,
} from '#parts/sql/dialect/types'
import { momentOf, shownIn, timeShownIn } from '#parts/sql/dialect/zone-calls'
import { constantMoment } from '#parts/sql/dialect/zoned'
import { timeNow } from '#parts/sql/dialect/zoned-times'
import { AmbiguousName, ColumnNotFound, NotSupported, sqlError, TypeNotFound } from '#parts/sql/errors'
import type { Expression, Position, TypeName } from '#parts/sql/syntax/ast'
import { assertTypeDepth } from '#parts/sql/syntax/budget'
import { bool, identifier, integer, join, keyOf, literal, nothing, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'
import { offsetAt } from '#wire/trino/zones'

/** The value of an expression in its context. In a grouped query, what is neither grouped nor aggregated is refused. */
export function expression(e: Expression, ctx: Context): Typed {
  const value = typedValue(e, ctx)
  assertTypeDepth(value.type, e.pos)
  return value
}

function typedValue(e: Expression, ctx: Context): Typed {
  ctx.analysis.step()
  if (ctx.groups && !ctx.inAggregate && ctx.wideGroups && !isSimple(e)) {
    const group = asGroup(e, ctx)
    if (group) return beside(ctx, group)
  }
  switch (e.k) {
    case 'null':
      return { sql: sql`NULL`, type: t.UNKNOWN, literal: null }
    case 'boolean':
      return { sql: bool(e.value), type: t.BOOLEAN, literal: e.value }
    case 'string':
      return stringLiteral(e.value)
    case 'integer':
      return integerLiteral(e.value, e.pos)
    case 'decimal':
      return decimalLiteral(e.value, e.pos)
    case 'double':
      return typed(sql`CAST(${literal(e.value)} AS DOUBLE)`, t.DOUBLE)
    case 'binary':
      return typed(sql`unhex(${literal(e.value)})`, t.VARBINARY)
    case 'typed':
      return typedLiteral(e.type, e.value, e.pos)
    case 'interval':
      return intervalLiteral(e)
    case 'parameter':
      return parameter(e.index, e.pos, ctx)
    case 'name':
    case 'field':
      return reference(e, ctx)
    case 'unary':
      return unary(e, ctx)
    case 'arithmetic':
      return arithmetic(ctx, e.op, expression(e.left, ctx), expression(e.right, ctx), e.pos)
    case 'compare':
      return comparison(e, ctx)
    case 'and':
    case 'or':
      return logical(e, (side) => condition(expression(side, ctx), side.pos, 'Logical expression term').sql)
    case 'not':
      return typed(sql`(NOT ${condition(expression(e.value, ctx), e.value.pos, 'Value of logical NOT expression').sql})`, t.BOOLEAN)
    case 'isNull':
      return typed(sql`(${expression(e.value, ctx).sql} IS ${e.negated ? sql`NOT ` : nothing}NULL)`, t.BOOLEAN)
    case 'distinct':
      return compare(ctx, e.negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM', expression(e.left, ctx), expression(e.right, ctx), e.pos)
    case 'between': {
      const all = unify(
        ctx,
        [e.value, e.low, e.high].map((x) => expression(x, ctx)),
        e.pos,
        'BETWEEN value, min and max',
      ).values.map(asInstant) as [Typed, Typed, Typed]
      if (isApproximate(all[0].type) || !isOrderable(all[0].type) || isNested(all[0].type)) {
        const both = sql`(${compare(ctx, '>=', all[0], all[1], e.pos).sql} AND ${compare(ctx, '<=', all[0], all[2], e.pos).sql})`
        return typed(e.negated ? sql`(NOT ${both})` : both, t.BOOLEAN)
      }
      return typed(sql`(${all[0].sql} ${e.negated ? sql`NOT ` : nothing}BETWEEN ${all[1].sql} AND ${all[2].sql})`, t.BOOLEAN)
    }
    case 'in': {
      const first = expression(e.value, ctx)
      const isListed = ctx.mayQuery && !ctx.lambdas && !ctx.safe
      const plain = isListed ? plainIn(first, e.items) : undefined
      if (plain) return typed(sql`(${plain.value} ${e.negated ? sql`NOT ` : nothing}IN (SELECT unnest(${plain.list})))`, t.BOOLEAN)
      const { values } = unify(ctx, [first, ...e.items.map((x) => expression(x, ctx))], e.pos, 'IN value and list items')
      const [value, ...items] = values.map(asInstant) as [Typed, ...Typed[]]
      if (isApproximate(value.type) || !isOrderable(value.type) || isNested(value.type)) {
        const any = sql`(${join(
          items.map((i) => compare(ctx, '=', value, i, e.pos).sql),
          ' OR ',
        )})`
        return typed(e.negated ? sql`(NOT ${any})` : any, t.BOOLEAN)
      }
      const list = isListed ? constantList(items, value.type) : undefined
      const among = list ? sql`SELECT unnest(${list})` : join(items.map((i) => i.sql))
      return typed(sql`(${value.sql} ${e.negated ? sql`NOT ` : nothing}IN (${among}))`, t.BOOLEAN)
    }
    case 'like':
      return like(e, ctx)
    case 'case':
      return caseOf(e, ctx)
    case 'cast': {
      const type = castType(e.type, e.pos)
      return (e.safe ? tryCast : cast)(ctx, expression(e.value, ctx), type, e.pos)
    }
    case 'extract':
      return extract(e.field, expression(e.value, ctx), e.pos)
    case 'atTimeZone':
      return atTimeZone(e, ctx)
    case 'subscript':
      return subscript(e, ctx)
    case 'array': {
      const { type, values } = unify(
        ctx,
        e.items.map((x) => expression(x, ctx)),
        e.items.map((x) => x.pos),
        'All ARRAY elements',
      )
      const list = sql`[${join(values.map((v) => v.sql))}]`
      return typed(values.length === 0 ? sql`CAST([] AS ${duckType(t.arrayOf(type))})` : list, t.arrayOf(type))
    }
    case 'row': {
      const items = e.items.map((x) => expression(x, ctx))
      const type = t.rowOf(items.map((i) => i.type))
      return typed(sql`struct_pack(${join(items.map((item, i) => sql`${identifier(fieldName(type, i))} := ${item.sql}`))})`, type)
    }
    case 'lambda':
      throw sqlError('NOT_SUPPORTED', e.pos, 'Lambda expression is not allowed here')
    case 'call':
      return call(e, e.pos, ctx, expression)
    case 'special':
      return special(e.name, e.precision, e.pos, ctx)
    case 'grouping':
      return outside(ctx, (outer) => grouping(e, outer))
    case 'exists':
    case 'subquery':
    case 'inQuery':
    case 'quantified':
      return outside(ctx, (outer) => subqueryExpression(e, outer, expression))
  }
}

function castType(name: TypeName, pos: Position): TrinoType {
  try {
    return resolveType(name)
  } catch (error) {
    if (TypeNotFound.is(error)) throw mismatch(pos, `Unknown type: ${error.values.name}`)
    throw error
  }
}

const SIMPLE: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'string',
  'integer',
  'decimal',
  'double',
  'typed',
  'name',
  'parameter',
  'subquery',
  'exists',
])
const isSimple = (e: Expression): boolean => SIMPLE.has(e.k)

function asGroup(e: Expression, ctx: Context): Typed | undefined {
  const { groups, safe, beside, ...plain } = ctx
  try {
    const { result } = ctx.analysis.collect(() => expression(e, { ...plain, noAggregates: 'GROUP BY', noWindows: 'GROUP BY' }))
    return groups?.get(keyOf(result.sql))
  } catch {
    return undefined
  }
}

function grouping(e: Extract<Expression, { k: 'grouping' }>, ctx: Context): Typed {
  if (!ctx.groups)
    throw sqlError(
      'MISSING_GROUP_BY',
      e.pos,
      'A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause',
    )
  const columns = e.columns.map((c) => {
    const column = expression(c, ctx)
    assertOneZone(column.type, 'GROUPING', c.pos)
    return column.sql
  })
  const type = columns.length <= 31 ? t.INTEGER : t.BIGINT
  return typed(sql`CAST(grouping(${join(columns)}) AS ${duckType(type)})`, type)
}

/** The dotted name that an expression is, if it is one. */
export function dotted(e: Expression): { readonly lower: string; readonly text: string }[] | undefined {
  if (e.k === 'name') return [e.name]
  if (e.k !== 'field') return undefined
  const base = dotted(e.base)
  return base && [...base, e.name]
}

function reference(e: Extract<Expression, { k: 'name' | 'field' }>, ctx: Context): Typed {
  const parts = dotted(e)
  if (parts) {
    const first = parts[0] as { lower: string }
    const lambda = parts.length === 1 ? ctx.lambdas?.get(first.lower) : undefined
    if (lambda) return lambda
    const output = parts.length === 1 ? ctx.outputs?.get(first.lower) : undefined
    if (output) return beside(ctx, output)
    const found = resolve(
      parts.map((p) => p.lower),
      ctx.scope,
      e.pos,
      parts.map((p) => p.text).join('.'),
    )
    if (found) return use(found.field, found.outer, e, ctx, parts.map((p) => p.text).join('.'))
  }
  if (
    e.k === 'field' &&
    (!parts ||
      hasPrefix(
        parts.map((p) => p.lower),
        ctx,
      ))
  ) {
    const base = expression(e.base, ctx)
    const at = base.type.names?.findIndex((n) => n?.toLowerCase() === e.name.lower) ?? -1
    if (base.type.base === 'row' && at >= 0)
      return typed(sql`struct_extract_at(${base.sql}, ${integer(at + 1)})`, base.type.children[at] as TrinoType)
    if (base.type.base === 'row')
      throw sqlError(
        'INVALID_COLUMN_REFERENCE',
        e.pos,
        `Column reference '${parts?.map((p) => p.text).join('.') ?? e.name.text}' is invalid`,
      )
    if (base.type.base !== 'row')
      throw mismatch(
        e.pos,
        `Expression ${
          parts
            ?.slice(0, -1)
            .map((p) => p.text)
            .join('.') ?? ''
        } is not of type ROW`,
      )
  }
  throw ColumnNotFound({ ...e.pos, name: parts?.map((p) => p.text).join('.') ?? (e.k === 'field' ? e.name.text : '') })
}

function hasPrefix(parts: readonly string[], ctx: Context): boolean {
  for (let n = parts.length - 1; n >= 1; n--) {
    const prefix = parts.slice(0, n)
    if (n === 1 && ctx.lambdas?.has(prefix[0] as string)) return true
    for (let scope: Scope | undefined = ctx.scope; scope; scope = scope.parent)
      if (scope.fields.some((f) => matches(f, prefix))) return true
  }
  return false
}

export function matches(field: Field, parts: readonly string[]): boolean {
  if (field.name?.toLowerCase() !== parts.at(-1)) return false
  const wanted = parts.slice(0, -1)
  if (wanted.length > field.qualifier.length) return false
  const tail = field.qualifier.slice(field.qualifier.length - wanted.length)
  return wanted.every((part, i) => part === tail[i]?.toLowerCase())
}

function resolve(parts: readonly string[], scope: Scope, pos: Position, text: string): { field: Field; outer: boolean } | undefined {
  let outer = false
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const found = at.fields.filter((f) => matches(f, parts))
    if (found.length > 1) throw AmbiguousName({ ...pos, name: text })
    if (found[0]) return { field: found[0], outer }
    outer = true
  }
  return undefined
}

function use(field: Field, outer: boolean, e: Expression, ctx: Context, text: string): Typed {
  const value: Typed = {
    sql: field.sql,
    type: field.type,
    plain: true,
    ...(field.column ? { column: field.column } : {}),
    ...originOf(field),
  }
  if (ctx.groups && !ctx.inAggregate && !outer && !ctx.groups.has(keyOf(field.sql)))
    throw sqlError('EXPRESSION_NOT_AGGREGATE', ctx.at ?? e.pos, `'${text}' must be an aggregate expression or appear in GROUP BY clause`)
  field.named?.()
  ctx.analysis.mark(field.use)
  const group = outer || ctx.inAggregate ? undefined : ctx.groups?.get(keyOf(field.sql))
  const made = group && (group.type.zoned || holdsMap(group.type)) ? group : value
  return beside(ctx, made)
}

const beside = (ctx: Context, value: Typed): Typed => ctx.beside?.(value) ?? value

function parameter(index: number, pos: Position, ctx: Context): Typed {
  const value = ctx.analysis.parameters[index]
  if (!value)
    throw sqlError(
      'INVALID_PARAMETER_USAGE',
      pos,
      `Incorrect number of parameters: expected more than ${index} but found ${ctx.analysis.parameters.length}`,
    )
  const typed = expression(value, { analysis: ctx.analysis, scope: { fields: [], ctes: new Map() } })
  const { session, asked } = ctx.analysis
  return session.forDescription ? { ...typed, asked: (type) => void asked.set(index, type) } : typed
}

function unary(e: Extract<Expression, { k: 'unary' }>, ctx: Context): Typed {
  if (e.op === '-' && e.value.k === 'integer' && e.value.value === '9223372036854775808')
    return { sql: sql`CAST('-9223372036854775808' AS BIGINT)`, type: t.BIGINT, literal: -9223372036854775808n }
  const value = expression(e.value, ctx)
  if (e.op === '-') return negate(value, e.pos)
  if (!isInteger(value.type) && !isApproximate(value.type))
    throw mismatch(e.pos, `Unary '+' operator cannot by applied to ${t.printType(value.type)} type`)
  return value
}

/** A value and a long list of plain constants, both in the type that they have in common. */
function plainIn(value: Typed, items: readonly Expression[]): { readonly value: Sql; readonly list: Sql } | undefined {
  const constants = plainConstants(items)
  const type = constants && commonType(value.type, constants.type)
  const list = type && plainList(constants, type)
  return list && { value: asInstant(coerce(value, type)).sql, list }
}

function comparison(e: Extract<Expression, { k: 'compare' }>, ctx: Context): Typed {
  return compare(ctx, e.op, expression(e.left, ctx), expression(e.right, ctx), e.pos)
}

function like(e: Extract<Expression, { k: 'like' }>, ctx: Context): Typed {
  const text = (x: Expression, what: string): Typed => {
    const value = expression(x, ctx)
    if (!canCoerce(value.type, t.VARCHAR) && !isText(value.type))
      throw mismatch(x.pos, `${what} in LIKE expression must be of type varchar: actual type ${t.printType(value.type)}`)
    return coerce(value, t.VARCHAR)
  }
  const escaped = e.escape && text(e.escape, 'Escape')
  return likeOf(ctx, text(e.value, 'Left side'), text(e.pattern, 'Pattern'), escaped, e.negated, e.pos)
}

function caseOf(e: Extract<Expression, { k: 'case' }>, ctx: Context): Typed {
  const operand = e.operand && expression(e.operand, ctx)
  const whens = e.whens.map(({ when }) => {
    const value = expression(when, ctx)
    if (!operand) return condition(value, when.pos, 'CASE WHEN clause').sql
    return compare(ctx, '=', operand, value, when.pos).sql
  })
  const results = [...e.whens.map((w) => expression(w.result, ctx)), ...(e.otherwise ? [expression(e.otherwise, ctx)] : [])]
  const { type, values } = unify(ctx, results, e.pos, 'All CASE results')
  const branches = whens.map((when, i) => sql`WHEN ${when} THEN ${(values[i] as Typed).sql}`)
  const otherwise = e.otherwise ? sql` ELSE ${(values.at(-1) as Typed).sql}` : nothing
  return typed(sql`CASE ${join(branches, ' ')}${otherwise} END`, type)
}

function subscript(e: Extract<Expression, { k: 'subscript' }>, ctx: Context): Typed {
  const given = [expression(e.base, ctx), expression(e.index, ctx)] as const
  const refuse = () => mismatch(e.pos, `Cannot use ${t.printType(given[1].type)} for subscript of ${t.printType(given[0].type)}`)
  const [base, index] =
    given[0].type.base === 'row'
      ? given
      : (withTypedNulls(OPERATORS.get('subscript') as readonly Overload[], given, e.pos, refuse) as [Typed, Typed])
  if (base.type.base === 'array') {
    if (!canCoerce(index.type, t.BIGINT)) throw refuse()
    const i = coerce(index, t.BIGINT).sql
    const bad = failure(
      ctx,
      'INVALID_FUNCTION_ARGUMENT',
      'Array subscript must be less than or equal to array length and start at 1',
      duckType(base.type.children[0] as TrinoType),
    )
    return typed(
      sql`CASE WHEN ${i} < 1 OR ${i} > len(${base.sql}) THEN ${bad} ELSE ${base.sql}[${i}] END`,
      base.type.children[0] as TrinoType,
    )
  }
  if (base.type.base === 'map') {
    const key = coerce(index, base.type.children[0] as TrinoType)
    const bad = failure(ctx, 'INVALID_FUNCTION_ARGUMENT', 'Key not present in map', duckType(base.type.children[1] as TrinoType))
    const isNan = isApproximate(key.type) ? sql`isnan(${key.sql}) OR ` : nothing
    return typed(
      sql`CASE WHEN ${isNan}NOT map_contains(${base.sql}, ${key.sql}) THEN ${bad} ELSE map_extract(${base.sql}, ${key.sql})[1] END`,
      base.type.children[1] as TrinoType,
    )
  }
  if (base.type.base === 'row' && (e.index.k === 'unary' ? e.index.value : e.index).k !== 'integer')
    throw sqlError('EXPRESSION_NOT_CONSTANT', e.index.pos, 'Subscript expression on ROW requires a constant index')
  const n = Number(index.literal)
  if (base.type.base === 'row' && typeof index.literal === 'bigint' && (n < 1 || n > base.type.children.length))
    throw sqlError('INVALID_FUNCTION_ARGUMENT', e.pos, `Invalid subscript index: ${n}. ROW indices start at 1`)
  if (base.type.base === 'row' && n >= 1 && n <= base.type.children.length)
    return typed(sql`struct_extract_at(${base.sql}, ${integer(n)})`, base.type.children[n - 1] as TrinoType)
  throw refuse()
}

function atTimeZone(e: Extract<Expression, { k: 'atTimeZone' }>, ctx: Context): Typed {
  const value = expression(e.value, ctx)
  const zone = expression(e.zone, ctx)
  if (/^time( |$)/.test(value.type.base)) return timeShownIn(ctx, value, zone, e.pos)
  if (!value.type.base.startsWith('timestamp')) throw mismatch(e.pos, 'Type of value must be a time or timestamp with or without time zone')
  return shownIn(ctx, momentOf(ctx, value), zone, e.pos)
}

function special(name: string, precision: number | undefined, pos: Position, ctx: Context): Typed {
  const { session } = ctx.analysis
  const digits = precision ?? 3
  const { now, timeZone } = session
  if (digits > 12) throw sqlError('NUMERIC_VALUE_OUT_OF_RANGE', pos, `TIMESTAMP precision must be in range [0, 12]: ${digits}`)
  const second = Math.floor(now.getTime() / 1000)
  const iso = new Date(now.getTime() + offsetAt(timeZone, second) * 1000).toISOString()
  const stamp = `${iso.slice(0, 10)} ${iso.slice(11, 23)}`
  switch (name) {
    case 'current_date':
      return { sql: sql`DATE ${literal(iso.slice(0, 10))}`, type: t.DATE, literal: iso.slice(0, 10) }
    case 'current_timestamp':
      return constantMoment(BigInt(now.getTime()) * 1000n, timeZone, digits)
    case 'localtimestamp':
      return typed(sql`CAST(${literal(stamp)} AS TIMESTAMP)`, t.timestamp(digits))
    case 'current_time':
      return timeNow(session, digits)
    case 'localtime':
      return typed(sql`CAST(${literal(iso.slice(11, 23))} AS TIME)`, t.simple('time', digits))
    case 'current_user':
      return typed(literal(session.caller.sub), t.VARCHAR)
    case 'current_catalog':
    case 'current_schema': {
      const value = name === 'current_catalog' ? session.catalog : session.schema
      return typed(value === undefined ? sql`CAST(NULL AS VARCHAR)` : literal(value), t.VARCHAR)
    }
    default:
      throw NotSupported({ ...pos, text: `${name} is not served here` })
  }
}
