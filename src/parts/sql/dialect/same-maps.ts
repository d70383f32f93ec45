// Maps are the same in whatever order their entries stand; to the engine they are not. Where it decides, their entries stand in the order of their keys.
import { fieldName, type Typed, typed } from '#parts/sql/dialect/types'
import { instantOf } from '#parts/sql/dialect/zoned'
import { identifier, integer, join, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'

export const holdsMap = (type: TrinoType): boolean => type.base === 'map' || type.children.some(holdsMap)

/** What the engine decides sameness by. */
export const identityOf = (value: Typed): Sql => (holdsMap(value.type) ? inOrder(value, 0) : instantOf(value))

function inOrder({ sql: value, type }: Typed, depth: number): Sql {
  if (!holdsMap(type)) return value
  const e = identifier(`e${depth}`)
  const child = (of: Sql, i: number) => inOrder(typed(of, type.children[i] as TrinoType), depth + 1)
  if (type.base === 'array') return sql`list_transform(${value}, lambda ${e}: ${child(e, 0)})`
  if (type.base === 'map') {
    const entries = sql`list_transform(map_entries(${value}), lambda ${e}: {'k': struct_extract(${e}, 'key'), 'v': ${child(sql`struct_extract(${e}, 'value')`, 1)}})`
    return sql`CASE WHEN ${value} IS NOT NULL THEN map_from_entries(list_sort(${entries})) END`
  }
  const fields = type.children.map(
    (_, i) => sql`${identifier(fieldName(type, i))} := ${child(sql`struct_extract_at(${value}, ${integer(i + 1)})`, i)}`,
  )
  return sql`CASE WHEN ${value} IS NOT NULL THEN struct_pack(${join(fields)}) END`
}
