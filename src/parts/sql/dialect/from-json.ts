// Casts from JSON.

import { type Context, failure } from '#parts/sql/dialect/context'
import { duckType, fieldName, isNumeric, type Typed, typed } from '#parts/sql/dialect/types'
import type { Position } from '#parts/sql/syntax/ast'
import { identifier, integer, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

/** The cast of a part: its JSON to its type. */
type Cast = (ctx: Context, value: Typed, to: TrinoType, pos: Position) => Typed

const FROM_JSON: ReadonlySet<string> = new Set(
  'boolean tinyint smallint integer bigint real double decimal varchar array map row'.split(' '),
)

export function fromJson(ctx: Context, value: Typed, to: TrinoType, pos: Position, refuse: () => Error, cast: Cast): Typed {
  if (!FROM_JSON.has(to.base)) throw refuse()
  const x = value.sql
  if (to.base === 'array' || to.base === 'map' || to.base === 'row') return partsOfJson(ctx, x, to, pos, cast)
  const text = sql`json_extract_string(${x}, '$')`
  if (to.base === 'boolean')
    return {
      sql: sql`CASE WHEN json_type(${x}) NOT IN ('BOOLEAN', 'VARCHAR') THEN CASE WHEN contains(${text}, '.') THEN CAST(${text} AS DOUBLE) <> 0 ELSE CAST(${text} AS BIGINT) <> 0 END ELSE CAST(${text} AS BOOLEAN) END`,
      type: to,
    }
  const one = sql`CAST(CASE WHEN ${text} = 'true' THEN 1 ELSE 0 END AS ${duckType(to)})`
  if (isNumeric(to))
    return { sql: sql`CASE WHEN json_type(${x}) = 'BOOLEAN' THEN ${one} ELSE CAST(${text} AS ${duckType(to)}) END`, type: to }
  return { sql: sql`CAST(${text} AS ${duckType(to)})`, type: to }
}

/** Each part of the type, cast from its JSON: DuckDB's own cast writes numbers, and takes values of other kinds, in its way. */
function partsOfJson(ctx: Context, x: Sql, to: TrinoType, pos: Position, cast: Cast): Typed {
  const bad = failure(ctx, 'INVALID_CAST_ARGUMENT', `Cannot cast JSON to ${to.base}`, duckType(to))
  const j = ctx.analysis.fresh('j')
  const part = (json: Sql, type: TrinoType) => (type.base === 'json' ? canonical(json) : cast(ctx, typed(json, t.JSON_TYPE), type, pos).sql)
  const [first, second] = to.children as [TrinoType, TrinoType]
  const items = sql`CAST(${x} AS JSON[])`
  const entries = sql`CAST(${x} AS MAP(VARCHAR, JSON))`
  const row = (of: (i: number) => Sql) =>
    sql`struct_pack(${join(to.children.map((child, i) => sql`${identifier(fieldName(to, i))} := ${part(of(i), child)}`))})`
  if (to.base === 'array') return typed(ofKinds(sql`WHEN 'ARRAY' THEN list_transform(${items}, lambda ${j}: ${part(j, first)})`), to)
  if (to.base === 'map') {
    const key = cast(ctx, typed(sql`struct_extract(${j}, 'key')`, t.VARCHAR), first, pos).sql
    const made = sql`map_from_entries(list_transform(map_entries(${entries}), lambda ${j}: {'key': ${key}, 'value': ${part(sql`struct_extract(${j}, 'value')`, second)}}))`
    if (first.base === 'varchar' && first.numbers.length === 0) return typed(ofKinds(sql`WHEN 'OBJECT' THEN ${made}`), to)
    const isTwice = sql`len(list_distinct(list_transform(map_entries(${entries}), lambda ${j}: ${key}))) < len(map_keys(${entries}))`
    return typed(ofKinds(sql`WHEN 'OBJECT' THEN CASE WHEN ${isTwice} THEN ${bad} ELSE ${made} END`), to)
  }
  const called = (i: number) =>
    sql`list_filter(map_entries(${entries}), lambda ${j}: lower(struct_extract(${j}, 'key')) = ${literal(to.names?.[i] ?? '')})`
  const twice = to.children.map((_, i) => sql`len(${called(i)}) > 1`)
  const byName =
    to.names?.[0] === undefined ? bad : sql`CASE WHEN ${join(twice, ' OR ')} THEN ${bad} ELSE ${row((i) => sql`${called(i)}[1].value`)} END`
  const byPlace = sql`CASE WHEN len(${items}) = ${integer(to.children.length)} THEN ${row((i) => sql`${items}[${integer(i + 1)}]`)} ELSE ${bad} END`
  return typed(ofKinds(sql`WHEN 'OBJECT' THEN ${byName} WHEN 'ARRAY' THEN ${byPlace}`), to)

  function ofKinds(whens: Sql): Sql {
    return sql`CASE json_type(${x}) ${whens} WHEN 'NULL' THEN NULL ELSE CASE WHEN ${x} IS NOT NULL THEN ${bad} END END`
  }
}

/** JSON that DuckDB took from JSON, as Trino writes it: a null of JSON is none of SQL. */
const canonical = (json: Sql): Sql => sql`CAST(trino_json_parse(coalesce(CAST(${json} AS VARCHAR), 'null')) AS JSON)`
