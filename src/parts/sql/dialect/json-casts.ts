// Casts to JSON.

import { javaText } from '#parts/sql/dialect/approximate'
import { fieldName, isApproximate, type Typed, typed } from '#parts/sql/dialect/types'
import { NotSupported } from '#parts/sql/errors'
import type { Position } from '#parts/sql/syntax/ast'
import { identifier, integer, join, literal, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

const JSON_FROM: ReadonlySet<string> = new Set(
  'boolean tinyint smallint integer bigint real double decimal varchar json date timestamp array map row unknown'.split(' '),
)
export const hasJson = (type: TrinoType): boolean => JSON_FROM.has(type.base) && type.children.every(hasJson)
/** Whether the engine's names of a row's fields are the row's own. */
const hasNames = (type: TrinoType): boolean => type.base !== 'row' || type.children.every((_, i) => type.names?.[i] === fieldName(type, i))

/** A scalar as text, as Trino casts it. */
type Print = (value: Typed) => Sql

/** Numbers as Java writes them, and characters beyond U+FFFF escaped. */
export function toJson(value: Typed, pos: Position, print: Print): Sql {
  const made = plainJson(value, pos, print)
  if (!holdsText(value.type)) return made
  const text = sql`CAST(${made} AS VARCHAR)`
  return sql`CASE WHEN regexp_matches(${text}, '[\\x{10000}-\\x{10FFFF}]') THEN CAST(trino_json_escaped(${text}) AS JSON) ELSE ${made} END`
}

const holdsText = ({ base, children, names = [] }: TrinoType): boolean =>
  base === 'varchar' || base === 'json' || names.some((name) => name !== undefined) || children.some(holdsText)

function plainJson(value: Typed, pos: Position, print: Print): Sql {
  const { type, sql: x } = value
  if (type.base === 'timestamp' || type.base === 'date') return sql`to_json(${print(value)})`
  if (type.base === 'decimal') return sql`CAST(${print(value)} AS JSON)`
  if (isApproximate(type)) {
    return sql`CASE WHEN isfinite(${x}) THEN CAST(${javaText(x, type)} AS JSON) ELSE to_json(${javaText(x, type)}) END`
  }
  const same = (child: TrinoType): boolean =>
    !['map', 'decimal', 'real', 'double', 'timestamp', 'json'].includes(child.base) && hasNames(child) && child.children.every(same)
  if (type.base === 'map' && type.children.every(same) && type.children[0]?.base === 'varchar')
    return sql`to_json(map_from_entries(list_sort(map_entries(${x}))))`
  if (type.base === 'map' || !hasNames(type) || !type.children.every(same)) {
    if (!isWritten(type)) throw NotSupported({ ...pos, text: `cast of ${t.printType(type)} to json is not served here yet` })
    return sql`CAST(${jsonText(value, pos, print, 0)} AS JSON)`
  }
  return sql`to_json(${x})`
}

const WRITTEN = new Set('boolean tinyint smallint integer bigint decimal real double varchar date timestamp json'.split(' '))

/** Whether a value can be written piece by piece: the keys of a map are texts. */
const isWritten = ({ base, children }: TrinoType): boolean =>
  base === 'map'
    ? children[0]?.base === 'varchar' && isWritten(children[1] as TrinoType)
    : children.length > 0
      ? children.every(isWritten)
      : WRITTEN.has(base)

/** The text of a value as JSON, piece by piece; null of null. A field without a name has an empty one. */
function jsonText(value: Typed, pos: Position, print: Print, depth: number): Sql {
  const { type, sql: x } = value
  if (type.base === 'json') return sql`CAST(${x} AS VARCHAR)`
  if (type.children.length === 0) return sql`CAST(${plainJson(value, pos, print)} AS VARCHAR)`
  const inner = (part: Sql, child: number) =>
    sql`coalesce(${jsonText(typed(part, type.children[child] as TrinoType), pos, print, depth + 1)}, 'null')`
  const joined = (list: Sql) => sql`coalesce(list_aggregate(${list}, 'string_agg', ','), '')`
  const item = identifier(`j${depth}`)
  if (type.base === 'array')
    return sql`CASE WHEN ${x} IS NOT NULL THEN '[' || ${joined(sql`list_transform(${x}, lambda ${item}: ${inner(item, 0)})`)} || ']' END`
  if (type.base === 'map') {
    const entry = sql`CAST(to_json(struct_extract(${item}, 'key')) AS VARCHAR) || ':' || ${inner(sql`struct_extract(${item}, 'value')`, 1)}`
    const keys = sql`list_transform(list_sort(map_keys(${x})), lambda ${identifier(`k${depth}`)}: {'key': ${identifier(`k${depth}`)}, 'value': map_extract(${x}, ${identifier(`k${depth}`)})[1]})`
    return sql`CASE WHEN ${x} IS NOT NULL THEN '{' || ${joined(sql`list_transform(${keys}, lambda ${item}: ${entry})`)} || '}' END`
  }
  const fields = type.children.map(
    (_, i) =>
      sql`${literal(`${i > 0 ? ',' : ''}${JSON.stringify(type.names?.[i] ?? '')}:`)} || ${inner(sql`struct_extract_at(${x}, ${integer(i + 1)})`, i)}`,
  )
  return sql`CASE WHEN ${x} IS NOT NULL THEN '{' || ${join(fields, ' || ')} || '}' END`
}
