// Literals: their types as Trino derives them, and the same values in DuckDB.

import type { TrinoType } from '#wire/trino/type'
import * as t from '#wire/trino/type'
import { NotSupported, sqlError, TypeNotFound } from '../errors.ts'
import type { Expression, Position, TypeName } from '../syntax/ast.ts'
import { quoteText, type Typed } from './types.ts'

export function stringLiteral(value: string): Typed {
  return { sql: quoteText(value), type: t.varchar([...value].length), literal: value }
}

export function integerLiteral(text: string, pos: Position): Typed {
  const value = BigInt(text)
  if (value > 9223372036854775807n) throw sqlError('SYNTAX_ERROR', pos, `Invalid numeric literal: ${text}`)
  const small = value <= 2147483647n
  return { sql: small ? text : `CAST(${text} AS BIGINT)`, type: small ? t.INTEGER : t.BIGINT, literal: value }
}

export function decimalLiteral(text: string, pos: Position): Typed {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  const digits = whole.replace(/^0+/, '')
  const scale = fraction.length
  const precision = Math.max(1, digits.length + scale)
  if (precision > 38) throw sqlError('INVALID_LITERAL', pos, `Invalid decimal literal: ${text}`)
  const sign = text.startsWith('-') ? '-' : ''
  const value = `${sign}${digits === '' ? '0' : digits}${scale > 0 ? `.${fraction}` : ''}`
  return { sql: `CAST('${value}' AS DECIMAL(${precision},${scale}))`, type: t.decimal(precision, scale), literal: value }
}

/** `DATE '2025-01-01'` and its like. */
export function typedLiteral(type: string, value: string, pos: Position): Typed {
  const invalid = (what: string) => sqlError('INVALID_LITERAL', pos, `'${value}' is not a valid ${what} literal`)
  switch (type) {
    case 'date':
      if (!isDate(value.trim())) throw invalid('DATE')
      return { sql: `DATE ${quoteText(value.trim())}`, type: t.DATE, literal: value.trim() }
    case 'timestamp': {
      const match = /^(\d{4,}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.(\d+))?)?))?(.*)$/.exec(value.trim())
      if (!match || !isDate(match[1] as string)) throw invalid('TIMESTAMP')
      const digits = match[3]?.length ?? 0
      const zone = match[4]?.trim()
      if (digits > 9) throw NotSupported({ ...pos, text: 'timestamps are served with at most 9 digits of a second' })
      if (zone) {
        const sql = `CAST(${quoteText(value.trim().replace(/ (?=[+-]\d)/, ''))} AS TIMESTAMPTZ)`
        return { sql, type: t.timestampTz(digits), literal: value.trim() }
      }
      return {
        sql: `CAST(${quoteText(value.trim())} AS ${digits > 6 ? 'TIMESTAMP_NS' : 'TIMESTAMP'})`,
        type: t.timestamp(digits),
        literal: value.trim(),
      }
    }
    case 'time': {
      const match = /^\d{1,2}:\d{2}(?::\d{2}(?:\.(\d{1,6}))?)?$/.exec(value.trim())
      if (!match) throw invalid('TIME')
      return { sql: `CAST(${quoteText(value.trim())} AS TIME)`, type: t.simple('time', match[1]?.length ?? 0) }
    }
    case 'decimal':
      if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(value.trim())) throw invalid('DECIMAL')
      return decimalLiteral(value.trim().replace(/^\+/, ''), pos)
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'int':
    case 'bigint':
      if (!/^[+-]?\d+$/.test(value.trim())) throw invalid(type.toUpperCase())
      return {
        sql: `CAST(${quoteText(value.trim())} AS ${type.toUpperCase()})`,
        type: t.makeType(type) as TrinoType,
        literal: BigInt(value.trim().replace(/^\+/, '')),
      }
    case 'double':
    case 'real':
      return { sql: `CAST(${quoteText(value.trim())} AS ${type === 'real' ? 'FLOAT' : 'DOUBLE'})`, type: t.makeType(type) as TrinoType }
    case 'boolean':
      return { sql: /^t(rue)?$/i.test(value) ? 'TRUE' : 'FALSE', type: t.BOOLEAN, literal: /^t(rue)?$/i.test(value) }
    case 'varchar':
      return stringLiteral(value)
    case 'char':
      return { sql: quoteText(value.replace(/ +$/, '')), type: t.simple('char', [...value].length), literal: value }
    case 'json':
      try {
        JSON.parse(value)
      } catch {
        throw invalid('JSON')
      }
      return { sql: `CAST(${quoteText(value)} AS JSON)`, type: t.JSON_TYPE }
    case 'uuid':
      return { sql: `CAST(${quoteText(value)} AS UUID)`, type: t.UUID, literal: value }
    default:
      throw TypeNotFound({ ...pos, name: type })
  }
}

const MILLIS: Readonly<Record<string, number>> = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1000 }
const ORDER = ['day', 'hour', 'minute', 'second']

/** `INTERVAL '1 02:03' DAY TO MINUTE`: months, or milliseconds. */
export function intervalLiteral(e: Extract<Expression, { k: 'interval' }>): Typed {
  const invalid = () => sqlError('INVALID_LITERAL', e.pos, `'${e.value}' is not a valid interval literal`)
  const text = e.value.trim()
  const sign = (text.startsWith('-') ? -1 : 1) * e.sign
  const body = text.replace(/^[+-]/, '')
  if (e.from === 'year' || e.from === 'month') {
    const match = e.to === 'month' && e.from === 'year' ? /^(\d+)-(\d+)$/.exec(body) : /^(\d+)()$/.exec(body)
    if (!match) throw invalid()
    const months = sign * (e.from === 'month' ? Number(match[1]) : Number(match[1]) * 12 + Number(match[2] || 0))
    return { sql: `to_months(${months})`, type: t.INTERVAL_YEAR }
  }
  const units = ORDER.slice(ORDER.indexOf(e.from), ORDER.indexOf(e.to ?? e.from) + 1)
  const parts = body.split(/[ :]/)
  if (parts.length !== units.length || parts.some((p) => !/^\d+(\.\d+)?$/.test(p))) throw invalid()
  const ms = sign * units.reduce((sum, unit, i) => sum + Math.round(Number(parts[i]) * (MILLIS[unit] as number)), 0)
  const sql = ms % 86_400_000 === 0 ? `to_days(${ms / 86_400_000})` : `to_milliseconds(${ms})`
  return { sql, type: t.INTERVAL_DAY }
}

export function resolveType(name: TypeName): TrinoType {
  const inner = name.arguments.flatMap((a) => (typeof a === 'number' ? [] : [a]))
  const numbers = name.arguments.filter((a) => typeof a === 'number')
  if (name.base === 'array' && inner[0]) return t.arrayOf(resolveType(inner[0].type))
  if (name.base === 'map' && inner[0] && inner[1]) return t.mapOf(resolveType(inner[0].type), resolveType(inner[1].type))
  if (name.base === 'row')
    return t.rowOf(
      inner.map((i) => resolveType(i.type)),
      inner.map((i) => i.name),
    )
  const type = t.makeType(name.base, numbers)
  if (!type) throw TypeNotFound({ ...name.pos, name: name.base })
  if (type.base === 'decimal' && ((type.numbers[0] as number) > 38 || (type.numbers[1] as number) > (type.numbers[0] as number)))
    throw sqlError('TYPE_NOT_FOUND', name.pos, `Unknown type: ${t.printType(type)}`)
  return type
}

function isDate(text: string): boolean {
  const match = /^(\d{4,})-(\d{1,2})-(\d{1,2})$/.exec(text)
  if (!match) return false
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
