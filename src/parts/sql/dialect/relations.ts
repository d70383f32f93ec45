// What stands in FROM: tables with their masks and filters, common tables, derived ones, UNNEST, VALUES and joins.
import * as t from '#wire/trino/type'
import { parseType, type TrinoType } from '#wire/trino/type'
import { AmbiguousName, ColumnNotFound, NotSupported, sqlError } from '../errors.ts'
import type { Expression, Name, QualifiedName, Relation } from '../syntax/ast.ts'
import { parseExpression } from '../syntax/statements.ts'
import type { Analysis, Cte, Field, ResolvedTable, Scope, TableScan } from './analysis.ts'
import { cast } from './casts.ts'
import type { Context } from './context.ts'
import { expression } from './expression.ts'
import { align, condition } from './operators.ts'
import { coerce, commonType, quoteName, type Typed } from './types.ts'

export interface FromItem {
  readonly sql: string
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
      if (r.version) throw NotSupported({ ...r.pos, text: 'FOR VERSION AS OF and FOR TIMESTAMP AS OF are not served here yet' })
      return named(r.name, r.pos, analysis, outer)
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
      return join(r, analysis, outer, left)
    case 'sample': {
      const inner = relation(r.relation, analysis, outer, left)
      const share = expression(r.percentage, { analysis, scope: { fields: [], ctes: new Map() } })
      return { ...inner, sql: `(SELECT * FROM ${inner.sql} TABLESAMPLE bernoulli(${Number(share.literal)}%)) AS ${analysis.fresh('r')}` }
    }
  }
}

function output(
  result: { sql: string; fields: readonly { name: string | undefined; type: TrinoType; use: () => void }[] },
  analysis: Analysis,
  lateral = false,
): FromItem {
  const alias = analysis.fresh('r')
  const fields = result.fields.map((f, i): Field => ({ name: f.name, qualifier: [], type: f.type, sql: `${alias}.c${i}`, use: f.use }))
  return { sql: `${lateral ? 'LATERAL ' : ''}(${result.sql}) AS ${alias}`, fields, conditions: [], nullable: EMPTY }
}

function named(name: QualifiedName, pos: Relation['pos'], analysis: Analysis, outer: Scope): FromItem {
  const cte = name.length === 1 ? outer.ctes.get((name[0] as Name).lower) : undefined
  if (cte) return commonTable(cte, name[0] as Name, analysis)
  return table(analysis.lookup(name, pos), analysis, outer)
}

function commonTable(cte: Cte, name: Name, analysis: Analysis): FromItem {
  cte.count.uses++
  const alias = analysis.fresh('r')
  const fields = cte.fields.map(
    (f, i): Field => ({ name: f.name, qualifier: [name.lower], type: f.type, sql: `${alias}.c${i}`, use: f.use }),
  )
  return { sql: `${cte.sqlName} AS ${alias}`, fields, conditions: [], nullable: EMPTY }
}

/** A table as its caller sees it: rows by the filters, columns by the masks; both are Trino SQL over the table's own columns. */
function table(source: ResolvedTable, analysis: Analysis, outer: Scope): FromItem {
  const masked = new Set(Object.keys(source.columnMasks))
  const scan = analysis.addScan(source, masked)
  const base = analysis.fresh('r')
  const qualifier = [source.catalog, source.schema, source.table]
  const own = source.columns.map(
    (column): Field => ({
      name: column.name,
      qualifier,
      type: parseType(column.type),
      sql: `${base}.${quoteName(column.name)}`,
      use: () => scan.used.add(column.name),
      ...(masked.has(column.name) ? {} : { column: { table: scan, name: column.name } }),
    }),
  )
  if (masked.size === 0 && source.rowFilters.length === 0)
    return { sql: `${analysis.scanMark(scan.id)} AS ${base}`, fields: own, conditions: [], nullable: EMPTY }
  const ctx: Context = {
    analysis,
    scope: { fields: own.map((f) => ({ ...f, qualifier: [] })), ctes: new Map() },
    noAggregates: 'Row filter or column mask',
    noWindows: 'Row filter or column mask',
  }
  void outer
  const alias = analysis.fresh('r')
  const columns: string[] = []
  const fields = own.map((field): Field => {
    const name = field.name as string
    const mask = source.columnMasks[name]
    const { result, use } = analysis.collect((): Typed => {
      if (mask === undefined) {
        analysis.mark(field.use)
        return { sql: field.sql, type: field.type }
      }
      const value = expression(parseExpression(mask), ctx)
      return cast(ctx, value, field.type, { line: 1, column: 1 })
    })
    columns.push(`${result.sql} AS ${quoteName(name)}`)
    return { ...field, sql: `${alias}.${quoteName(name)}`, use }
  })
  const filters = source.rowFilters.map(
    (text) => condition(expression(parseExpression(text), ctx), { line: 1, column: 1 }, 'Row filter').sql,
  )
  const where = filters.length > 0 ? ` WHERE ${filters.join(' AND ')}` : ''
  return {
    sql: `(SELECT ${columns.join(', ')} FROM ${analysis.scanMark(scan.id)} AS ${base}${where}) AS ${alias}`,
    fields,
    conditions: [],
    nullable: EMPTY,
  }
}

function aliased(item: FromItem, alias: Name, columns: readonly Name[] | undefined, r: Relation): FromItem {
  if (columns && columns.length !== item.fields.length)
    throw sqlError(
      'MISMATCHED_COLUMN_ALIASES',
      r.pos,
      `Column alias list has ${columns.length} entries but '${alias.text}' has ${item.fields.length} columns available`,
    )
  const fields = item.fields.map((f, i): Field => ({ ...f, name: columns ? (columns[i] as Name).text : f.name, qualifier: [alias.lower] }))
  return { ...item, fields }
}

function unnest(r: Extract<Relation, { k: 'unnest' }>, analysis: Analysis, scope: Scope): FromItem {
  const ctx: Context = { analysis, scope, noAggregates: 'UNNEST', noWindows: 'UNNEST' }
  const columns: { sql: string; type: TrinoType; name?: string }[] = []
  const lengths: string[] = []
  for (const item of r.items) {
    const value = expression(item, ctx)
    const [first, second] = value.type.children as [TrinoType, TrinoType]
    if (value.type.base === 'array' && first.base === 'row') {
      for (const [i, child] of first.children.entries()) {
        const name = first.names?.[i]
        columns.push({
          sql: `unnest(list_transform(${value.sql}, lambda u0: struct_extract_at(u0, ${i + 1})))`,
          type: child,
          ...(name ? { name } : {}),
        })
      }
    } else if (value.type.base === 'array') columns.push({ sql: `unnest(${value.sql})`, type: first })
    else if (value.type.base === 'map') {
      columns.push({ sql: `unnest(map_keys(${value.sql}))`, type: first }, { sql: `unnest(map_values(${value.sql}))`, type: second })
    } else throw sqlError('TYPE_MISMATCH', item.pos, `Cannot unnest type: ${t.printType(value.type)}`)
    lengths.push(`coalesce(${value.type.base === 'map' ? 'cardinality' : 'len'}(${value.sql}), 0)`)
  }
  if (r.ordinality) columns.push({ sql: `unnest(range(1, CAST(greatest(${lengths.join(', ')}, 0) AS BIGINT) + 1))`, type: t.BIGINT })
  const alias = analysis.fresh('r')
  const fields = columns.map((c, i): Field => ({ name: c.name, qualifier: [], type: c.type, sql: `${alias}.c${i}`, use: () => {} }))
  const list = columns.map((c, i) => `${c.sql} AS c${i}`).join(', ')
  return { sql: `LATERAL (SELECT ${list}) AS ${alias}`, fields, conditions: [], nullable: EMPTY }
}

function join(r: Extract<Relation, { k: 'join' }>, analysis: Analysis, outer: Scope, before: readonly Field[]): FromItem {
  const left = relation(r.left, analysis, outer, before)
  const right = relation(r.right, analysis, outer, [...before, ...left.fields])
  const nullable = new Set([...left.nullable, ...right.nullable])
  if (r.type === 'left' || r.type === 'full') for (const scan of scansOf(right)) nullable.add(scan)
  if (r.type === 'right' || r.type === 'full') for (const scan of scansOf(left)) nullable.add(scan)
  const inner = r.type === 'inner' || r.type === 'cross' || r.type === 'implicit'
  const fields = [...left.fields, ...right.fields]
  const conditions = [...left.conditions, ...right.conditions]
  if (r.type === 'cross' || r.type === 'implicit') return { sql: `${left.sql} CROSS JOIN ${right.sql}`, fields, conditions, nullable }
  const keyword = { inner: 'JOIN', left: 'LEFT JOIN', right: 'RIGHT JOIN', full: 'FULL JOIN' }[r.type]
  const side = r.right.k === 'join' ? `(${right.sql})` : right.sql
  if (r.using || r.natural) return using(r, left, right, side, keyword, nullable, conditions, analysis)
  const on = r.on as Expression
  const ctx: Context = {
    analysis,
    scope: { fields, parent: outer, ctes: outer.ctes },
    noAggregates: 'JOIN clause',
    noWindows: 'JOIN clause',
  }
  const test = condition(expression(on, ctx), on.pos, 'JOIN ON clause').sql
  return { sql: `${left.sql} ${keyword} ${side} ON ${test}`, fields, conditions: inner ? [...conditions, on] : conditions, nullable }
}

function scansOf(item: FromItem): TableScan[] {
  return item.fields.flatMap((f) => (f.column ? [f.column.table as TableScan] : []))
}

function using(
  r: Extract<Relation, { k: 'join' }>,
  left: FromItem,
  right: FromItem,
  side: string,
  keyword: string,
  nullable: ReadonlySet<TableScan>,
  conditions: readonly Expression[],
  analysis: Analysis,
): FromItem {
  if (r.natural) throw NotSupported({ ...r.pos, text: 'Natural join not supported' })
  const pick = (item: FromItem, name: Name): Field => {
    const found = item.fields.filter((f) => f.name?.toLowerCase() === name.lower)
    if (found.length > 1) throw AmbiguousName({ ...name.pos, name: name.text })
    if (!found[0]) throw ColumnNotFound({ ...name.pos, name: name.text })
    analysis.mark(found[0].use)
    return found[0]
  }
  const pairs = (r.using ?? []).map((name) => {
    const [l, rr] = [pick(left, name), pick(right, name)]
    const type = commonType(l.type, rr.type) as TrinoType
    const [a, b] = align(l, rr, '=', name.pos)
    const merged = r.type === 'full' ? `coalesce(${a.sql}, ${b.sql})` : r.type === 'right' ? b.sql : coerce(l, type).sql
    return {
      l,
      rr,
      test: `${a.sql} = ${b.sql}`,
      field: { name: name.text, qualifier: [], type, sql: merged, use: () => {} } satisfies Field,
    }
  })
  const taken = new Set(pairs.flatMap((p) => [p.l, p.rr]))
  const fields = [...pairs.map((p) => p.field), ...[...left.fields, ...right.fields].filter((f) => !taken.has(f))]
  return { sql: `${left.sql} ${keyword} ${side} ON ${pairs.map((p) => p.test).join(' AND ')}`, fields, conditions, nullable }
}
