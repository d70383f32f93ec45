// Conditions that PostgreSQL may check before it sends a row. Each keeps at least the rows that the engine would keep.
import pg from 'pg'
import type { Mapping } from '#parts/sql/connectors/postgresql/types'
import type { Literal, Pushdown } from '#parts/sql/ports'

/** ` WHERE ...` or ''. What cannot be pushed without changing its meaning is left to the engine. */
export function whereClause(predicates: readonly Pushdown[], columns: ReadonlyMap<string, Mapping>): string {
  const conditions = predicates.map((p) => condition(p, columns.get(p.column))).filter((c) => c !== undefined)
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
}

function condition(predicate: Pushdown, mapping: Mapping | undefined): string | undefined {
  if (!mapping) return undefined
  const column = pg.escapeIdentifier(predicate.column)
  if (predicate.op === 'is null') return `${column} IS NULL`
  if (predicate.op === 'is not null') return `${column} IS NOT NULL`
  const type = mapping.literal
  if (!type) return undefined
  const given = predicate.op === 'in' ? predicate.values.filter((v) => v !== null) : predicate.values
  const literals = given.map((value) => typedLiteral(value, type))
  if (literals.length === 0 || literals.some((l) => l === undefined)) return undefined
  if (predicate.op === 'in') return `${column} IN (${literals.join(', ')})`
  if (literals.length !== 1) return undefined
  if (predicate.op === '=') return `${column} = ${literals[0]}`
  if (type === 'uuid' || type === 'bool') return undefined
  return `${column}${type === 'text' ? ' COLLATE "C"' : ''} ${predicate.op} ${literals[0]}`
}

const SHAPES: Readonly<Record<Exclude<Mapping['literal'], undefined | 'text' | 'bool'>, RegExp>> = {
  integer: /^-?\d{1,18}$/,
  numeric: /^-?\d{1,60}(\.\d{1,60})?$/,
  real: /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i,
  'double precision': /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i,
  date: /^\d{4}-\d{2}-\d{2}$/,
  timestamp: /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?$/,
  timestamptz: /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?( ?(UTC|Z|[+-]\d{2}:\d{2}))?$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
}

/** `'7'::bigint`; undefined for a value that is not plainly of the type. */
function typedLiteral(value: Literal, type: NonNullable<Mapping['literal']>): string | undefined {
  if (value === null) return undefined
  if (type === 'bool') return typeof value === 'boolean' ? String(value) : undefined
  if (typeof value === 'boolean') return undefined
  const text = String(value)
  if (type === 'text') return typeof value === 'string' ? cast(text, 'text') : undefined
  if (type === 'integer') {
    if (SHAPES.integer.test(text)) return cast(text, 'bigint')
    return SHAPES.numeric.test(text) ? cast(text, 'numeric') : undefined
  }
  return SHAPES[type].test(text) ? cast(text, type) : undefined
}

/** Undefined for a text that PostgreSQL cannot hold. */
function cast(text: string, type: string): string | undefined {
  return text.includes('\0') || !text.isWellFormed() ? undefined : `${pg.escapeLiteral(text)}::${type}`
}
