// Literals: their types as Trino derives them, and the same values in DuckDB.

import { addressLiteral } from '#parts/sql/dialect/addresses'
import { literalJson } from '#parts/sql/dialect/json-calls'
import { duckType, type Typed } from '#parts/sql/dialect/types'
import { constantMoment } from '#parts/sql/dialect/zoned'
import { zonedTimeLiteral } from '#parts/sql/dialect/zoned-times'
import { NotSupported, sqlError, TypeNotFound } from '#parts/sql/errors'
import type { Expression, Position, TypeName } from '#parts/sql/syntax/ast'
import { assertTypeDepth } from '#parts/sql/syntax/budget'
import { bool, integer, literal, sql } from '#wire/duckdb/sql'
import { readMoment } from '#wire/trino/moments'
import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'

export function stringLiteral(value: string): Typed {
  return { sql: literal(value), type: t.varchar([...value].length), literal: value }
}

export function integerLiteral(text: string, pos: Position): Typed {
  const value = BigInt(text)
  if (value > 9223372036854775807n) throw sqlError('SYNTAX_ERROR', pos, `Invalid numeric literal: ${text}`)
  const small = value <= 2147483647n
  return { sql: small ? integer(value) : sql`CAST(${integer(value)} AS BIGINT)`, type: small ? t.INTEGER : t.BIGINT, literal: value }
}

export function decimalLiteral(text: string, pos: Position): Typed {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  const digits = whole.replace(/^0+/, '')
  const scale = fraction.length
  const precision = Math.max(1, digits.length + scale)
  if (precision > 38) throw sqlError('INVALID_LITERAL', pos, `Invalid decimal literal: ${text}`)
  const sign = text.startsWith('-') ? '-' : ''
  const value = `${sign}${digits === '' ? '0' : digits}${scale > 0 ? `.${fraction}` : ''}`
  return {
    sql: sql`CAST(${literal(value)} AS DECIMAL(${integer(precision)},${integer(scale)}))`,
    type: t.decimal(precision, scale),
    literal: value,
  }
}

/** `DATE '2025-01-01'` and its like. */
export function typedLiteral(type: string, value: string, pos: Position): Typed {
  const invalid = (what: string) => sqlError('INVALID_LITERAL', pos, `'${value}' is not a valid ${what} literal`)
  switch (type) {
    case 'date':
      if (FAR.test(value.trim())) {
        const days = farDay(value.trim(), pos)
        if (days === undefined) throw invalid('DATE')
        return { sql: sql`(DATE '1970-01-01' + ${integer(days)})`, type: t.DATE }
      }
      if (!isDate(value.trim())) throw invalid('DATE')
      return { sql: sql`DATE ${literal(value.trim())}`, type: t.DATE, literal: value.trim() }
    case 'timestamp': {
      if (FAR.test(value.trim())) return farTimestamp(value.trim(), pos) ?? fail(invalid('TIMESTAMP'))
      const match = /^(\d{4,}-\d{1,2}-\d{1,2})(?: ((?:[01]?\d|2[0-3]):\d{1,2}(?::\d{1,2}(?:\.(\d+))?)?))?(.*)$/.exec(value.trim())
      if (!match || !isDate(match[1] as string)) throw invalid('TIMESTAMP')
      const digits = match[3]?.length ?? 0
      if (match[4]?.trim()) return momentLiteral(value.trim(), pos)
      if (digits > 9) throw NotSupported({ ...pos, text: 'timestamps are served with at most 9 digits of a second' })
      return {
        sql: sql`CAST(${literal(value.trim())} AS ${digits > 6 ? sql`TIMESTAMP_NS` : sql`TIMESTAMP`})`,
        type: t.timestamp(digits),
        literal: value.trim(),
      }
    }
    case 'time': {
      if (/\d ?([+-]\d{1,2}(:\d{2})?|[A-Za-z].*)$/.test(value)) return zonedTimeLiteral(value, pos)
      const match = /^(?:[01]?\d|2[0-3]):[0-5]?\d(?::[0-5]?\d(?:\.(\d+))?)?$/.exec(value.trim())
      const digits = match?.[1]?.length ?? 0
      if (digits > 12) throw sqlError('NUMERIC_VALUE_OUT_OF_RANGE', pos, `TIME precision must be in range [0, 12]: ${digits}`)
      if (digits > 6) throw NotSupported({ ...pos, text: 'times are served with at most 6 digits of a second' })
      if (!match) throw invalid('TIME')
      return { sql: sql`CAST(${literal(value.trim())} AS TIME)`, type: t.simple('time', match[1]?.length ?? 0) }
    }
    case 'decimal':
      if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(value)) throw invalid('DECIMAL')
      return decimalLiteral(value.replace(/^\+/, ''), pos)
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'int':
    case 'bigint':
      if (!/^[+-]?\d+$/.test(value.trim()) || !inRange(BigInt(value.trim().replace(/^\+/, '')), type)) throw invalid(type.toUpperCase())
      return {
        sql: sql`CAST(${literal(value.trim())} AS ${duckType(t.makeType(type) as TrinoType)})`,
        type: t.makeType(type) as TrinoType,
        literal: BigInt(value.trim().replace(/^\+/, '')),
      }
    case 'double':
    case 'real':
      if (!/^[+-]?(NaN|Infinity|(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)$/.test(value.trim())) throw invalid(type.toUpperCase())
      return {
        sql: sql`CAST(${literal(value.trim())} AS ${type === 'real' ? sql`FLOAT` : sql`DOUBLE`})`,
        type: t.makeType(type) as TrinoType,
      }
    case 'boolean':
      if (!/^(t|true|1|f|false|0)$/i.test(value)) throw invalid('BOOLEAN')
      return { sql: bool(/^(t|true|1)$/i.test(value)), type: t.BOOLEAN, literal: /^(t|true|1)$/i.test(value) }
    case 'varchar':
      return { ...stringLiteral(value), type: t.VARCHAR }
    case 'char':
      return { sql: literal(value.replace(/ +$/, '')), type: t.simple('char', [...value].length), literal: value }
    case 'json': {
      const canonical = literalJson(value, pos)
      if (canonical === undefined) throw invalid('JSON')
      return { sql: sql`CAST(${literal(canonical)} AS JSON)`, type: t.JSON_TYPE }
    }
    case 'varbinary':
      return { sql: sql`encode(${literal(value)})`, type: t.VARBINARY }
    case 'uuid':
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) throw invalid('UUID')
      return { sql: sql`CAST(${literal(value)} AS UUID)`, type: t.UUID, literal: value }
    case 'ipaddress':
      return addressLiteral(value, pos)
    default:
      throw TypeNotFound({ ...pos, name: type })
  }
}

const BITS: ReadonlyMap<string, bigint> = new Map([
  ['tinyint', 7n],
  ['smallint', 15n],
  ['integer', 31n],
  ['int', 31n],
  ['bigint', 63n],
])

function inRange(value: bigint, type: string): boolean {
  const limit = 1n << (BITS.get(type) as bigint)
  return value >= -limit && value < limit
}

/** A year with a sign, or of more than four digits. */
const FAR = /^([+-]\d+|\d{5,})-\d/
const DAY = 86_400_000

function fail(error: Error): never {
  throw error
}

/** Days since 1970 of a date in a year before 1 or after 9999; undefined when there is no such day. */
function farDay(text: string, pos: Position): number | undefined {
  const [, year, month, day] = /^([+-]?\d{4,})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? []
  if (year === undefined) return undefined
  if (Math.abs(Number(year)) > 200_000) throw NotSupported({ ...pos, text: 'a date in a year so far from now is not served here yet' })
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) ? date.getTime() / DAY : undefined
}

function farTimestamp(text: string, pos: Position): Typed | undefined {
  const [, date, hour = '0', minute = '0', second = '0', fraction = '', rest = ''] =
    /^([+-]?\d{4,}-\d{1,2}-\d{1,2})(?: ([01]?\d|2[0-3]):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d+))?)?)?(\s.*|[^\s\d.].*)?$/.exec(text) ?? []
  if (date === undefined) return undefined
  if (rest.trim() !== '' || fraction.length > 6)
    throw NotSupported({
      ...pos,
      text: 'a timestamp with a zone or more than 6 digits of a second in a year before 1 or after 9999 is not served here yet',
    })
  const days = farDay(date, pos)
  if (days === undefined) return undefined
  const seconds = days * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const micros = BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0'))
  return { sql: sql`make_timestamp(CAST(${integer(micros)} AS BIGINT))`, type: t.timestamp(fraction.length) }
}

/** `TIMESTAMP '2024-03-31 01:30 Europe/Paris'` */
function momentLiteral(text: string, pos: Position): Typed {
  const moment = readMoment(text, 12, undefined, true)
  if (moment === 'unserved') throw NotSupported({ ...pos, text: 'a timestamp with this form of a time zone is not served here yet' })
  if (typeof moment === 'string') throw sqlError('INVALID_LITERAL', pos, `'${text}' is not a valid TIMESTAMP literal`)
  if (moment.digits > 6) throw NotSupported({ ...pos, text: 'timestamps with a time zone are served with at most 6 digits of a second' })
  return constantMoment(moment.micros, moment.zone, moment.digits)
}

const MILLIS: ReadonlyMap<string, number> = new Map([
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
])
const ORDER = ['day', 'hour', 'minute', 'second']

/** Digits of a second behind the third are cut. */
function millisOf(part: string, unit: string): number {
  const [whole, fraction = ''] = part.split('.')
  return Number(whole) * (MILLIS.get(unit) as number) + Number(fraction.slice(0, 3).padEnd(3, '0'))
}

/** `INTERVAL '1 02:03' DAY TO MINUTE`: months, or milliseconds. */
export function intervalLiteral(e: Extract<Expression, { k: 'interval' }>): Typed {
  const invalid = () => sqlError('INVALID_LITERAL', e.pos, `'${e.value}' is not a valid interval literal`)
  const text = e.value
  const sign = (text.startsWith('-') ? -1 : 1) * e.sign
  const body = text.replace(/^[+-]/, '')
  if (e.from === 'year' || e.from === 'month') {
    const match = e.to === 'month' && e.from === 'year' ? /^(\d+)-(\d+)$/.exec(body) : /^(\d+)()$/.exec(body)
    if (!match) throw invalid()
    const months = sign * (e.from === 'month' ? Number(match[1]) : Number(match[1]) * 12 + Number(match[2] || 0))
    if (Math.abs(months) > 2147483647) throw invalid()
    return { sql: sql`to_months(${integer(months)})`, type: t.INTERVAL_YEAR }
  }
  const units = ORDER.slice(ORDER.indexOf(e.from), ORDER.indexOf(e.to ?? e.from) + 1)
  const parts = body === '' && units.length === 1 ? ['0'] : body.split(/[ :]/)
  if (parts.length !== units.length || parts.some((p, i) => !(units[i] === 'second' ? /^\d+(\.\d+)?$/ : /^\d+$/).test(p))) throw invalid()
  const ms = sign * units.reduce((sum, unit, i) => sum + millisOf(parts[i] as string, unit), 0)
  if (!Number.isSafeInteger(ms)) throw invalid()
  const wholeDays = ms % 86_400_000 === 0
  const value = wholeDays ? sql`to_days(${integer(ms / 86_400_000)})` : sql`to_milliseconds(${integer(ms)})`
  return { sql: value, type: t.INTERVAL_DAY, wholeDays, milliseconds: ms }
}

export function resolveType(name: TypeName): TrinoType {
  const type = typeOf(name)
  assertTypeDepth(type, name.pos)
  return type
}

function typeOf(name: TypeName): TrinoType {
  const inner = name.arguments.flatMap((a) => (typeof a === 'number' ? [] : [a]))
  const numbers = name.arguments.filter((a) => typeof a === 'number')
  if (name.base === 'array' && inner[0]) return t.arrayOf(typeOf(inner[0].type))
  if (name.base === 'map' && inner[0] && inner[1]) return t.mapOf(typeOf(inner[0].type), typeOf(inner[1].type))
  if (name.base === 'row')
    return t.rowOf(
      inner.map((i) => typeOf(i.type)),
      inner.map((i) => i.name),
    )
  if (name.base === 'decimal' && numbers.length > 0 && ((numbers[0] as number) > 38 || (numbers[1] ?? 0) > (numbers[0] as number)))
    throw sqlError('INVALID_FUNCTION_ARGUMENT', name.pos, `DECIMAL(${numbers.join(', ')}) has no such precision or scale`)
  if (name.base === 'qdigest' && inner[0]) return t.qdigestOf(typeOf(inner[0].type))
  const type = t.makeType(name.base, numbers)
  if (type && !inBounds(type)) throw TypeNotFound({ ...name.pos, name: t.printType(type) })
  if (!type && OTHERS.has(name.base)) throw NotSupported({ ...name.pos, text: `type ${name.base} is not served here yet` })
  if (!type) throw TypeNotFound({ ...name.pos, name: name.base })
  return type
}

/** Types of Trino that are not served. */
const OTHERS: ReadonlySet<string> = new Set(['kdbtree', 'jsonpath', 'json2016'])

/** The greatest parameter of each type that takes one; others take none. */
const LARGEST: ReadonlyMap<string, number> = new Map([
  ['varchar', 2147483647],
  ['char', 65536],
  ['time', 12],
  ['time with time zone', 12],
  ['timestamp', 12],
  ['timestamp with time zone', 12],
])

function inBounds({ base, numbers }: TrinoType): boolean {
  if (base === 'decimal') return numbers.length === 2
  const largest = LARGEST.get(base)
  return numbers.length === 0 || (numbers.length === 1 && largest !== undefined && (numbers[0] as number) <= largest)
}

export function isDate(text: string): boolean {
  const match = /^(\d{4,})-(\d{1,2})-(\d{1,2})$/.exec(text)
  if (!match) return false
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
