// How Trino's types relate: the common type of two, what may be coerced silently, and the DuckDB type that holds each.

import { own } from '#kit/own'
import type { Session } from '#parts/sql/dialect/analysis'
import { holdsZone, inSession, isMoment, type Moment, withZone } from '#parts/sql/dialect/zoned'
import { HELD, isZonedTime, timeInSession } from '#parts/sql/dialect/zoned-times'
import { sqlError } from '#parts/sql/errors'
import { identifier, integer, join, keyOf, type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

/** A DuckDB expression with its Trino type. */
export interface Typed {
  readonly sql: Sql
  readonly type: TrinoType
  /** Text of a literal, as a source would compare it; dates and timestamps as ISO text. */
  readonly literal?: string | number | bigint | boolean | null
  /** The column of a table that this is, untouched. */
  readonly column?: ColumnRef
  /** The table of which it is a column, masked or not. */
  readonly origin?: TableName
  /** Of a parameter without a value: told of each type that its place asks for. */
  readonly asked?: (type: TrinoType) => void
  /** It is a field of a relation, not an expression over some. */
  readonly plain?: true
  /** An interval that is known to be of whole days. */
  readonly wholeDays?: boolean
  /** Of a literal of an interval of days and less. */
  readonly milliseconds?: number
  /** Of a timestamp that is held with its zone: both of them. */
  readonly moment?: Moment
  /** Of a decimal that is multiplied. */
  readonly product?: Product
  /** Of a decimal and a constant that are added. */
  readonly offset?: Offset
}

/** As the engine adds them where `of` is small; `by` are the digits of the constant in the scale of the sum. */
export interface Offset {
  readonly of: Typed
  readonly by: bigint
  readonly narrow: Sql
}

/** Decimals multiplied: in 64 bits where all are as small as `fits` asks, and wide where not. */
export interface Product {
  readonly factors: readonly Typed[]
  readonly fits: Sql
  readonly narrow: Sql
  readonly wide: Sql
}

export type TableName = readonly [catalog: string, schema: string, table: string]

export interface ColumnRef {
  readonly table: TableUse
  readonly name: string
}

/** One reference to a table in a query: what is read of it. */
export interface TableUse {
  readonly id: number
  readonly used: Set<string>
}

export const typed = (value: Sql, type: TrinoType): Typed => ({ sql: value, type })

const INTEGERS = ['tinyint', 'smallint', 'integer', 'bigint']
const DIGITS: Readonly<Record<string, number>> = { tinyint: 3, smallint: 5, integer: 10, bigint: 19 }
const NUMERIC = [...INTEGERS, 'decimal', 'real', 'double']

export const isInteger = (type: TrinoType): boolean => INTEGERS.includes(type.base)
export const isNumeric = (type: TrinoType): boolean => NUMERIC.includes(type.base)
export const isApproximate = (type: TrinoType): boolean => type.base === 'real' || type.base === 'double'
export const isText = (type: TrinoType): boolean => type.base === 'varchar' || type.base === 'char'
export const isUnknown = (type: TrinoType): boolean => type.base === 'unknown'
export const precision = (type: TrinoType): number => type.numbers[0] ?? 3

/** A number's type as a decimal that holds all of its values. */
export function asDecimal(type: TrinoType): TrinoType {
  return type.base === 'decimal' ? type : t.decimal(own(DIGITS, type.base) ?? 38, 0)
}

/** The same type, held alike by the engine. */
const sameHeld = (a: TrinoType, b: TrinoType): boolean => a === b || t.printHeldType(a) === t.printHeldType(b)

/** The type to which both can be coerced without loss, as Trino's TypeCoercion finds it; undefined when there is none. */
export function commonType(a: TrinoType, b: TrinoType): TrinoType | undefined {
  if (sameHeld(a, b)) return a
  if (isUnknown(a)) return b
  if (isUnknown(b)) return a
  if (isNumeric(a) && isNumeric(b)) return commonNumber(a, b)
  if (isText(a) && isText(b)) return commonText(a, b)
  if (isOpaque(a) || isOpaque(b)) return undefined
  if (a.base === b.base) {
    if (a.base === 'array' || a.base === 'map') {
      const children = a.children.map((child, i) => commonType(child, b.children[i] as TrinoType))
      return children.every((c) => c !== undefined) ? { ...a, children: children as TrinoType[] } : undefined
    }
    if (a.base === 'row') {
      if (a.children.length !== b.children.length) return undefined
      const children = a.children.map((child, i) => commonType(child, b.children[i] as TrinoType))
      if (!children.every((c) => c !== undefined)) return undefined
      const names = a.children.map((_, i) => (a.names?.[i] === b.names?.[i] ? a.names?.[i] : undefined))
      return t.rowOf(children as TrinoType[], names)
    }
    return { ...a, ...b, numbers: [Math.max(precision(a), precision(b))] }
  }
  return commonTime(a, b) ?? commonTime(b, a)
}

function commonNumber(a: TrinoType, b: TrinoType): TrinoType {
  if (a.base === 'double' || b.base === 'double') return t.DOUBLE
  if (a.base === 'real' || b.base === 'real') return t.REAL
  if (a.base === 'decimal' || b.base === 'decimal') {
    const [p1, s1] = asDecimal(a).numbers as [number, number]
    const [p2, s2] = asDecimal(b).numbers as [number, number]
    const scale = Math.max(s1, s2)
    return t.decimal(Math.min(38, Math.max(p1 - s1, p2 - s2) + scale), scale)
  }
  return INTEGERS.indexOf(a.base) > INTEGERS.indexOf(b.base) ? a : b
}

function commonText(a: TrinoType, b: TrinoType): TrinoType {
  if (a.base === 'char' && b.base === 'char') return t.simple('char', Math.max(a.numbers[0] ?? 1, b.numbers[0] ?? 1))
  const lengths = [a.numbers[0], b.numbers[0]]
  if (a.base !== b.base) return t.simple('char', Math.max(...lengths.map((n) => n ?? 65536)))
  return lengths.every((n) => n !== undefined) ? t.varchar(Math.max(...(lengths as number[]))) : t.VARCHAR
}

function commonTime(a: TrinoType, b: TrinoType): TrinoType | undefined {
  if (a.base === 'date' && (b.base === 'timestamp' || b.base === 'timestamp with time zone')) return b
  if (a.base === 'timestamp' && isMoment(b)) return { ...b, numbers: [Math.max(precision(a), precision(b))] }
  if (a.base === 'time' && isZonedTime(b)) return t.zonedTime(Math.max(precision(a), precision(b)))
  return undefined
}

/** Whether a value of `from` is accepted where `to` is wanted. */
export function canCoerce(from: TrinoType, to: TrinoType): boolean {
  if (to.base === 'varchar' && to.numbers.length === 0 && isText(from)) return true
  const common = commonType(from, to)
  return common !== undefined && t.sameType(common, to)
}

const PLAIN: ReadonlyMap<string, Sql> = new Map([
  ['boolean', sql`BOOLEAN`],
  ['tinyint', sql`TINYINT`],
  ['smallint', sql`SMALLINT`],
  ['integer', sql`INTEGER`],
  ['bigint', sql`BIGINT`],
  ['real', sql`FLOAT`],
  ['double', sql`DOUBLE`],
  ['char', sql`VARCHAR`],
  ['varchar', sql`VARCHAR`],
  ['varbinary', sql`BLOB`],
  ['json', sql`JSON`],
  ['uuid', sql`UUID`],
  ['date', sql`DATE`],
  ['time', sql`TIME`],
  ['ipaddress', sql`BLOB`],
  ['interval day to second', sql`INTERVAL`],
  ['interval year to month', sql`INTERVAL`],
  ['unknown', sql`INTEGER`],
  ['geometry', sql`VARCHAR`],
  ['sphericalgeography', sql`VARCHAR`],
  ['bingtile', sql`BIGINT`],
  ['color', sql`INTEGER`],
  ['hyperloglog', sql`BLOB`],
  ['p4hyperloglog', sql`BLOB`],
  ['setdigest', sql`BLOB`],
  ['tdigest', sql`BLOB`],
  ['qdigest', sql`BLOB`],
])

/** Types whose values only functions of their own make and read. */
const OPAQUE: ReadonlySet<string> = new Set(
  'geometry sphericalgeography bingtile color hyperloglog p4hyperloglog setdigest tdigest qdigest'.split(' '),
)
export const isOpaque = (type: TrinoType): boolean => OPAQUE.has(type.base)
export const isDigest = (type: TrinoType): boolean => /log$|digest$/.test(type.base)

/** The DuckDB type that holds all values of a Trino type. */
export function duckType(type: TrinoType): Sql {
  switch (type.base) {
    case 'decimal':
      return sql`DECIMAL(${integer(type.numbers[0] as number)},${integer(type.numbers[1] as number)})`
    case 'timestamp':
      return precision(type) > 6 ? sql`TIMESTAMP_NS` : sql`TIMESTAMP`
    case 'timestamp with time zone':
      return type.zoned ? sql`STRUCT(t TIMESTAMPTZ, z VARCHAR)` : sql`TIMESTAMPTZ`
    case 'time with time zone':
      return HELD
    case 'array':
      return sql`${duckType(type.children[0] as TrinoType)}[]`
    case 'map':
      return sql`MAP(${join(type.children.map(duckType))})`
    case 'row':
      return sql`STRUCT(${join(type.children.map((child, i) => sql`${identifier(fieldName(type, i))} ${duckType(child)}`))})`
    default: {
      const plain = PLAIN.get(type.base)
      if (!plain) throw new Error(`no type of the engine for ${t.printType(type)}`)
      return plain
    }
  }
}

/** Names of row fields in DuckDB: unique, whatever Trino's are. */
export function fieldName(type: TrinoType, index: number): string {
  return type.names?.[index]?.toLowerCase() ?? `_f${index}`
}

/** Its place says nothing of the type that a parameter is to have. */
export const ofNoPlace = ({ asked, ...value }: Typed): Typed => value

/** The same value in a wider type; `to` must be one that `canCoerce` accepts. A timestamp gets the zone of the session, which must be given. */
export function coerce(value: Typed, to: TrinoType, session?: Session): Typed {
  value.asked?.(to)
  if (sameHeld(value.type, to)) return value
  if (isMoment(to) && !isUnknown(value.type)) return coerceMoment(value, to, session)
  if (isZonedTime(to) && value.type.base === 'time') return timeInSession(needed(session, value, to), value, precision(to))
  const keep = { type: to, ...(value.literal === undefined ? {} : { literal: value.literal }) }
  if (isUnknown(value.type)) return { sql: sql`CAST(NULL AS ${duckType(to)})`, type: to, literal: null }
  if (to.base === 'char' && value.type.base === 'char') return { ...keep, sql: value.sql }
  if (to.base === 'char') return { ...keep, sql: sql`rtrim(${value.sql}, ' ')` }
  if (value.type.base === 'char' && to.base === 'varchar')
    return { ...keep, sql: sql`rpad(${value.sql}, ${integer(value.type.numbers[0] ?? 1)}, ' ')` }
  if (keyOf(duckType(value.type)) === keyOf(duckType(to))) return { ...keep, sql: value.sql }
  if (hasRows(to) || holdsZone(to)) return { ...keep, sql: byPlace(value, to) }
  return { ...keep, sql: sql`CAST(${value.sql} AS ${duckType(to)})` }
}

/** The session whose zone decides. */
function needed(session: Session | undefined, value: Typed, to: TrinoType): Session {
  if (session) return session
  const text = `${t.printType(value.type)} in the place of ${t.printType(to)} is not served here yet; cast it`
  throw sqlError('NOT_SUPPORTED', undefined, text)
}

function coerceMoment(value: Typed, to: TrinoType, session: Session | undefined): Typed {
  if (!isMoment(value.type)) {
    return coerceMoment(inSession(needed(session, value, to), value, precision(to)), to, session)
  }
  if (value.type.zoned && !to.zoned)
    throw sqlError('NOT_SUPPORTED', undefined, 'a timestamp in a time zone other than UTC is not served here yet')
  return { ...(to.zoned && !value.type.zoned ? withZone(value) : value), type: to }
}

const hasRows = (type: TrinoType): boolean => type.base === 'row' || type.children.some(hasRows)

/** DuckDB matches the fields of structs by name, Trino by place. */
function byPlace(value: Typed, to: TrinoType): Sql {
  const child = (x: Sql, i: number) => coerce(typed(x, value.type.children[i] as TrinoType), to.children[i] as TrinoType).sql
  const x = value.sql
  if (to.base === 'row') {
    const fields = to.children.map(
      (_, i) => sql`${identifier(fieldName(to, i))} := ${child(sql`struct_extract_at(${x}, ${integer(i + 1)})`, i)}`,
    )
    return sql`CASE WHEN ${x} IS NULL THEN NULL ELSE struct_pack(${join(fields)}) END`
  }
  if (to.base === 'array') return sql`list_transform(${x}, lambda b0: ${child(sql`b0`, 0)})`
  const entry = sql`{'k': ${child(sql`struct_extract(b0, 'key')`, 0)}, 'v': ${child(sql`struct_extract(b0, 'value')`, 1)}}`
  return sql`map_from_entries(list_transform(map_entries(${x}), lambda b0: ${entry}))`
}
