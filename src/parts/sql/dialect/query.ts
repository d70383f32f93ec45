// Whole queries: WITH, set operations, VALUES, and ORDER BY and LIMIT around them.

import { type Analysis, type Cte, type OutputField, originOf, type QueryResult, type Scope } from '#parts/sql/dialect/analysis'
import { sortKey, sortText } from '#parts/sql/dialect/call'
import { change } from '#parts/sql/dialect/change'
import { constantList, plainConstants, plainList } from '#parts/sql/dialect/constants'
import type { Context } from '#parts/sql/dialect/context'
import { expression } from '#parts/sql/dialect/expression'
import { isNested } from '#parts/sql/dialect/nested-order'
import { inOneZone, unify } from '#parts/sql/dialect/operators'
import { holdsMap, identityOf } from '#parts/sql/dialect/same-maps'
import { type Limits, select } from '#parts/sql/dialect/select'
import { canCoerce, coerce, commonType, isUnknown, type Typed, typed } from '#parts/sql/dialect/types'
import { holdsZone, instantOf } from '#parts/sql/dialect/zoned'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { CommonTable, Expression, Position, Query, QueryBody, SortItem } from '#parts/sql/syntax/ast'
import { identifier, integer, join, nothing, type Sql, sql, token } from '#wire/duckdb/sql'
import { BIGINT, printType, type TrinoType } from '#wire/trino/type'

/** Analyses a query; `parent` is the scope of the query around it, whose columns it may refer to. */
export function query(q: Query, analysis: Analysis, parent: Scope | undefined): QueryResult {
  analysis.subquery = (inner, scope) => query(inner, analysis, scope)
  const ctes = new Map(parent?.ctes)
  const definitions: Definition[] = []
  for (const table of q.with) {
    if (definitions.some((d) => d.cte === ctes.get(table.name.lower)))
      throw sqlError('DUPLICATE_NAMED_QUERY', table.name.pos, `WITH query name '${table.name.text}' specified more than once`)
    const outer: Scope = { fields: [], ctes, ...(parent ? { parent } : {}) }
    const defined =
      q.recursive && refersTo(table.query, table.name.lower) ? recursive(table, analysis, outer) : common(table, analysis, outer)
    definitions.push(defined)
    ctes.set(table.name.lower, defined.cte)
  }
  const scope: Scope = { fields: [], ctes, ...(parent ? { parent } : {}) }
  const body = ordered(q, analysis, scope)
  const used = definitions.filter((d) => d.cte.count.uses > 0)
  if (used.length === 0) return body
  const recursion = used.some((d) => d.recursive) ? sql`RECURSIVE ` : nothing
  const list = used.map(({ cte, sql: rows, recursive: repeats }) => {
    const columns = join(cte.fields.map((_, i) => identifier(`c${i}`)))
    const how = repeats ? nothing : cte.count.uses > 1 ? sql`MATERIALIZED ` : sql`NOT MATERIALIZED `
    return sql`${cte.sqlName}(${columns}) AS ${how}(${rows})`
  })
  return { sql: sql`WITH ${recursion}${join(list)} ${body.sql}`, fields: body.fields }
}

interface Definition {
  readonly cte: Cte
  readonly sql: Sql
  readonly recursive?: true
}

function common(table: CommonTable, analysis: Analysis, scope: Scope): Definition {
  const result = query(table.query, analysis, scope)
  return { cte: { sqlName: analysis.fresh('w'), fields: rename(table, result.fields), count: { uses: 0 } }, sql: result.sql }
}

function rename(table: CommonTable, fields: readonly OutputField[]): OutputField[] {
  if (table.columns && table.columns.length !== fields.length)
    throw sqlError(
      'MISMATCHED_COLUMN_ALIASES',
      table.name.pos,
      `Column alias list has ${table.columns.length} entries but relation has ${fields.length} columns`,
    )
  return fields.map((f, i) => ({ ...f, name: table.columns ? table.columns[i]?.text : f.name }))
}

function recursive(table: CommonTable, analysis: Analysis, scope: Scope): Definition {
  const { body } = table.query
  if (body.k !== 'set' || body.op !== 'union' || table.query.orderBy.length > 0 || table.query.limit)
    throw sqlError('NOT_SUPPORTED', body.pos, 'WITH RECURSIVE needs a UNION of a first part and a step')
  const base = bodyResult(body.left, analysis, scope)
  for (const field of base.fields) field.use()
  const cte: Cte = { sqlName: analysis.fresh('w'), fields: rename(table, base.fields), count: { uses: 0 } }
  const ctes = new Map(scope.ctes).set(table.name.lower, cte)
  analysis.recursion++
  const step = bodyResult(body.right, analysis, { ...scope, ctes })
  analysis.recursion--
  for (const field of step.fields) field.use()
  if (step.fields.length !== base.fields.length)
    throw sqlError('TYPE_MISMATCH', body.pos, 'The step of a recursion must have as many columns as its first part')
  const aligned = retype(
    step,
    base.fields.map((f) => f.type),
    body.pos,
    analysis,
  )
  if (!body.all && base.fields.some((f) => holdsZone(f.type) || holdsMap(f.type)))
    throw NotSupported({
      ...body.pos,
      text: 'UNION in a recursion of maps or of timestamps with a time zone other than UTC is not served here yet; use UNION ALL',
    })
  return { cte, sql: sql`${base.sql} UNION${body.all ? sql` ALL` : nothing} ${aligned}`, recursive: true }
}

function refersTo(node: unknown, name: string): boolean {
  if (node === null || typeof node !== 'object') return false
  if (Array.isArray(node)) return node.some((n) => refersTo(n, name))
  const r = node as { k?: string; name?: readonly { lower: string }[] }
  if ((r.k === 'tableRef' || r.k === 'table') && r.name?.length === 1 && r.name[0]?.lower === name) return true
  return Object.values(node).some((n) => refersTo(n, name))
}

/** How many rows, and from which on; with `ties` instead, the rank up to which they are kept. */
function limitsOf(q: Query, analysis: Analysis, scope: Scope): Limits {
  if (q.withTies && q.orderBy.length === 0) throw sqlError('MISSING_ORDER_BY', q.pos, 'FETCH FIRST WITH TIES clause requires ORDER BY')
  const limit = rowCount(q.limit, q.fetched ? 'FETCH FIRST' : 'LIMIT', analysis, scope)
  const offset = rowCount(q.offset, 'OFFSET', analysis, scope)
  if (q.withTies && limit) {
    if (offset || q.body.k !== 'select' || q.body.distinct)
      throw NotSupported({ ...q.pos, text: 'FETCH FIRST .. WITH TIES of such a query is not served here yet' })
    return { sql: nothing, ties: limit }
  }
  const clauses = [limit && sql`LIMIT ${limit}`, offset && sql`OFFSET ${offset}`].filter((c) => c !== undefined)
  return { sql: clauses.length === 0 ? nothing : join(clauses, ' ') }
}

/** Undefined where there is none, or where it is a parameter that has no value yet. */
function rowCount(e: Expression | undefined, clause: string, analysis: Analysis, scope: Scope): Sql | undefined {
  if (!e) return undefined
  const { literal, type, asked } = expression(e, { analysis, scope: { fields: [], ctes: scope.ctes } })
  if (asked) {
    asked(BIGINT)
    return undefined
  }
  if (!canCoerce(type, BIGINT)) throw sqlError('TYPE_MISMATCH', e.pos, `Cannot cast type ${printType(type)} to bigint`)
  if (literal === undefined) throw NotSupported({ ...e.pos, text: `${clause} of an expression is not served here yet: give a number` })
  if (literal === null) throw sqlError('INVALID_ARGUMENTS', e.pos, `Parameter value provided for ${clause} is NULL: null`)
  const least = clause === 'FETCH FIRST' ? 1n : 0n
  if (BigInt(literal) < least)
    throw sqlError(
      'NUMERIC_VALUE_OUT_OF_RANGE',
      e.pos,
      `${clause} row count must be ${least > 0n ? 'positive' : 'greater or equal to 0'} (actual value: ${literal})`,
    )
  return integer(BigInt(literal))
}

function ordered(q: Query, analysis: Analysis, scope: Scope): QueryResult {
  const limits = limitsOf(q, analysis, scope)
  if (q.body.k === 'select') return select(q.body, q.body.pos, q, limits, analysis, scope)
  const inner = bodyResult(q.body, analysis, scope)
  if (q.orderBy.length === 0 && limits.sql === nothing) return inner
  for (const field of inner.fields) field.use()
  const alias = analysis.fresh('r')
  const fields = inner.fields.map((f, i) => ({
    name: f.name,
    qualifier: [],
    type: f.type,
    sql: sql`${alias}.${identifier(`c${i}`)}`,
    use: f.use,
  }))
  const ctx: Context = { analysis, scope: { fields, ctes: scope.ctes }, noAggregates: 'ORDER BY clause' }
  const order = q.orderBy.map((item: SortItem) => {
    if (item.value.k !== 'integer') return sortText(sortKey(ctx, expression(item.value, ctx), item.value.pos), item)
    const field = fields[Number(item.value.value) - 1]
    if (!field) throw sqlError('INVALID_COLUMN_REFERENCE', item.value.pos, `ORDER BY position ${item.value.value} is not in select list`)
    return sortText(sortKey(ctx, field, item.value.pos), item)
  })
  const columns = join(inner.fields.map((_, i) => sql`${alias}.${identifier(`c${i}`)} AS ${identifier(`c${i}`)}`))
  const parts = [
    sql`SELECT ${columns} FROM (${inner.sql}) AS ${alias}`,
    order.length > 0 ? sql`ORDER BY ${join(order)}` : nothing,
    limits.sql,
  ]
  return {
    sql: join(
      parts.filter((p) => p !== nothing),
      ' ',
    ),
    fields: inner.fields,
  }
}

function bodyResult(body: QueryBody, analysis: Analysis, scope: Scope): QueryResult {
  switch (body.k) {
    case 'select':
      return select(body, body.pos, { orderBy: [] }, { sql: nothing }, analysis, scope)
    case 'query':
      return query(body.query, analysis, scope)
    case 'values':
      return values(body.rows, body.pos, analysis, scope)
    case 'table': {
      const all: QueryBody = {
        k: 'select',
        pos: body.pos,
        distinct: false,
        items: [{ k: 'all', pos: body.pos, ofTable: true }],
        from: { k: 'tableRef', pos: body.pos, name: body.name },
        windows: [],
      }
      return bodyResult(all, analysis, scope)
    }
    case 'set':
      return setOperation(body, analysis, scope)
    case 'change':
      return change(body, analysis, scope)
    case 'elsewhere':
      throw new Error('this query is analysed by the thread that holds it')
  }
}

function setOperation(body: Extract<QueryBody, { k: 'set' }>, analysis: Analysis, scope: Scope): QueryResult {
  const left = bodyResult(body.left, analysis, scope)
  const right = bodyResult(body.right, analysis, scope)
  const name = body.op.toUpperCase()
  if (left.fields.length !== right.fields.length)
    throw sqlError('TYPE_MISMATCH', body.pos, `${name} query has different number of fields: ${left.fields.length}, ${right.fields.length}`)
  const types = left.fields.map((f, i) => {
    const other = right.fields[i] as OutputField
    const [l, r] = inOneZone(
      analysis.session,
      [f, other].map((side) => typed(nothing, side.type)),
    ) as readonly [Typed, Typed]
    const type = commonType(l.type, r.type)
    if (!type)
      throw sqlError(
        'TYPE_MISMATCH',
        body.pos,
        `column ${i + 1} in ${name} query has incompatible types: ${printType(f.type)}, ${printType(other.type)}`,
      )
    return type
  })
  for (const field of [...left.fields, ...right.fields]) field.use()
  const sides = [left, right].map((side) => retype(side, types, body.pos, analysis, !body.all))
  const fields = left.fields.map(
    (f, i): OutputField => ({
      name: f.name,
      type: types[i] as TrinoType,
      use: () => {},
      ...originOf(f),
      ...(f.aliased ? { aliased: true } : {}),
    }),
  )
  const alias = analysis.fresh('r')
  const columns = join(fields.map((_, i) => identifier(`c${i}`)))
  const zoned = !body.all && types.some(holdsZone)
  if (zoned && (body.op !== 'union' || types.some((type) => isNested(type) && holdsZone(type))))
    throw NotSupported({ ...body.pos, text: `${name} of timestamps with a time zone other than UTC is not served here yet` })
  if (zoned) {
    const keys = join(types.map((type, i) => instantOf(typed(identifier(`c${i}`), type))))
    return {
      sql: sql`SELECT DISTINCT ON (${keys}) ${columns} FROM (${sides[0] as Sql} UNION ALL ${sides[1] as Sql}) AS ${alias}(${columns})`,
      fields,
    }
  }
  const all = body.all ? sql` ALL` : nothing
  if (body.all && body.op !== 'union' && types.some(isNested))
    throw NotSupported({ ...body.pos, text: `${body.op.toUpperCase()} ALL of arrays or rows is not served here yet` })
  return {
    sql: sql`SELECT ${columns} FROM (${sides[0] as Sql} ${token(body.op)}${all} ${sides[1] as Sql}) AS ${alias}(${columns})`,
    fields,
  }
}

/** A query's rows with its columns in these types; of a set, as the engine knows which are the same. */
function retype(result: QueryResult, types: readonly TrinoType[], pos: Query['pos'], analysis: Analysis, isSet = false): Sql {
  const alias = analysis.fresh('r')
  const columns = result.fields.map((f, i) => {
    const value: Typed = { sql: sql`${alias}.${identifier(`c${i}`)}`, type: f.type }
    const type = types[i] as TrinoType
    if (!isUnknown(f.type) && !commonType(f.type, type))
      throw sqlError('TYPE_MISMATCH', pos, `incompatible types: ${printType(f.type)}, ${printType(type)}`)
    const made = coerce(value, type, analysis.session)
    return sql`${isSet && holdsMap(type) ? identityOf(made) : made.sql} AS ${identifier(`c${i}`)}`
  })
  return sql`(SELECT ${join(columns)} FROM (${result.sql}) AS ${alias})`
}

/** A value of type row is as many columns. */
function fieldsOf(value: Typed): Typed[] {
  if (value.type.base !== 'row') return [value]
  return value.type.children.map((type, i) => ({ sql: sql`struct_extract_at(${value.sql}, ${integer(i + 1)})`, type }))
}

function values(rows: readonly Expression[], pos: Position, analysis: Analysis, scope: Scope): QueryResult {
  const ctx: Context = { analysis, scope, noAggregates: 'VALUES', noWindows: 'VALUES' }
  const plain = plainRows(rows)
  if (plain) return valuesOf(plain.types, plain.sql, analysis)
  const table = rows.map((row) => (row.k === 'row' ? row.items.map((e) => expression(e, ctx)) : fieldsOf(expression(row, ctx))))
  const width = table[0]?.length ?? 0
  for (const row of table)
    if (row.length !== width) throw sqlError('TYPE_MISMATCH', pos, `Values rows have mismatched sizes: ${width} vs ${row.length}`)
  const columns = Array.from({ length: width }, (_, c) =>
    unify(
      ctx,
      table.map((row) => row[c] as Typed),
      pos,
      'Values rows',
    ),
  )
  const types = columns.map((c) => c.type)
  return valuesOf(types, rowsOf(columns, table.length), analysis)
}

function valuesOf(types: readonly TrinoType[], rows: Sql, analysis: Analysis): QueryResult {
  const names = join(types.map((_, i) => identifier(`c${i}`)))
  const fields = types.map((type): OutputField => ({ name: undefined, type, use: () => {} }))
  return { sql: sql`SELECT ${names} FROM (${rows}) AS ${analysis.fresh('r')}(${names})`, fields }
}

/** Many rows whose columns are each plain numbers or plain texts. */
function plainRows(rows: readonly Expression[]): { readonly types: readonly TrinoType[]; readonly sql: Sql } | undefined {
  const table = rows.map((row) => (row.k === 'row' ? row.items : [row]))
  const width = table[0]?.length ?? 0
  if (width === 0 || table.some((row) => row.length !== width)) return undefined
  const lists: Sql[] = []
  const types: TrinoType[] = []
  for (let c = 0; c < width; c++) {
    const column = plainConstants(table.map((row) => row[c] as Expression))
    const list = column && plainList(column, column.type)
    if (!list) return undefined
    lists.push(list)
    types.push(column.type)
  }
  return { types, sql: unnested(lists) }
}

const unnested = (lists: readonly Sql[]): Sql => sql`SELECT ${join(lists.map((list) => sql`unnest(${list})`))}`

function rowsOf(columns: readonly { readonly type: TrinoType; readonly values: readonly Typed[] }[], count: number): Sql {
  const lists = columns.flatMap(({ type, values }) => constantList(values, type) ?? [])
  if (lists.length > 0 && lists.length === columns.length) return unnested(lists)
  const row = (r: number) => columns.map((c) => (isUnknown(c.type) ? sql`CAST(NULL AS INTEGER)` : (c.values[r] as Typed).sql))
  return sql`VALUES ${join(Array.from({ length: count }, (_, r) => sql`(${join(row(r))})`))}`
}
