// Trino types as values: parse and print their text, and the `typeSignature` of the client protocol.

import { own } from '#kit/own'
import { quoteName, RESERVED } from '#wire/trino/names'

export interface TrinoType {
  /** Base name in lower case: `bigint`, `decimal`, `varchar`, `timestamp with time zone`, `array`, `map`, `row`. */
  readonly base: string
  /** Length of varchar and char, precision (and scale) of decimal, time and timestamp. */
  readonly numbers: readonly number[]
  readonly children: readonly TrinoType[]
  /** Names of a row's fields, by position; undefined for an anonymous one. */
  readonly names?: readonly (string | undefined)[]
  /** Of a timestamp with time zone: the engine holds a zone with each value. Without it, all are in UTC. No client sees this. Times with time zone always are. */
  readonly zoned?: true
}

const NO: readonly never[] = []
export const simple = (base: string, ...numbers: number[]): TrinoType => ({ base, numbers, children: NO })

export const BOOLEAN = simple('boolean')
export const TINYINT = simple('tinyint')
export const SMALLINT = simple('smallint')
export const INTEGER = simple('integer')
export const BIGINT = simple('bigint')
export const REAL = simple('real')
export const DOUBLE = simple('double')
export const VARCHAR = simple('varchar')
export const VARBINARY = simple('varbinary')
export const DATE = simple('date')
export const JSON_TYPE = simple('json')
export const UUID = simple('uuid')
export const IPADDRESS = simple('ipaddress')
export const UNKNOWN = simple('unknown')
export const GEOMETRY = simple('geometry')
export const INTERVAL_DAY = simple('interval day to second')
export const INTERVAL_YEAR = simple('interval year to month')

export const varchar = (length: number): TrinoType => simple('varchar', length)
export const decimal = (precision: number, scale: number): TrinoType => simple('decimal', precision, scale)
export const timestamp = (precision: number): TrinoType => simple('timestamp', precision)
export const timestampTz = (precision: number): TrinoType => simple('timestamp with time zone', precision)
export const zonedTimestamp = (precision: number): TrinoType => ({ ...timestampTz(precision), zoned: true })
export const zonedTime = (precision: number): TrinoType => ({ ...simple('time with time zone', precision), zoned: true })
export const arrayOf = (element: TrinoType): TrinoType => ({ base: 'array', numbers: NO, children: [element] })
export const mapOf = (key: TrinoType, value: TrinoType): TrinoType => ({ base: 'map', numbers: NO, children: [key, value] })
export const rowOf = (children: readonly TrinoType[], names?: readonly (string | undefined)[]): TrinoType => ({
  base: 'row',
  numbers: NO,
  children,
  ...(names ? { names } : {}),
})

const FIXED_SIZES: Readonly<Record<string, number>> = {
  unknown: 1,
  boolean: 1,
  tinyint: 1,
  smallint: 2,
  integer: 4,
  bigint: 8,
  real: 4,
  double: 8,
  date: 4,
  time: 8,
  uuid: 16,
  ipaddress: 16,
  'interval day to second': 8,
  'interval year to month': 4,
}
/** Types whose size depends on their digits: up to how many it is the smaller one. */
const SIZES_BY_DIGITS: Readonly<Record<string, readonly [digits: number, small: number, large: number]>> = {
  decimal: [18, 8, 16],
  'time with time zone': [9, 8, 12],
  timestamp: [6, 8, 12],
  'timestamp with time zone': [3, 8, 12],
}

/** Bytes of a value in Trino's pages, as DESCRIBE OUTPUT tells them; 0 of a type whose values differ in length. */
export function fixedSize({ base, numbers: [digits = 0] }: TrinoType): number {
  const [limit, small, large] = own(SIZES_BY_DIGITS, base) ?? [0, 0, 0]
  return own(FIXED_SIZES, base) ?? (digits <= limit ? small : large)
}

const DEFAULTS: Readonly<Record<string, readonly number[]>> = {
  decimal: [38, 0],
  time: [3],
  timestamp: [3],
  'time with time zone': [3],
  'timestamp with time zone': [3],
  char: [1],
}
const ALIASES: Readonly<Record<string, string>> = {
  int: 'integer',
  dec: 'decimal',
  numeric: 'decimal',
  'double precision': 'double',
  'time without time zone': 'time',
  'timestamp without time zone': 'timestamp',
}
const NAMES = new Set([
  'boolean',
  'tinyint',
  'smallint',
  'integer',
  'bigint',
  'real',
  'double',
  'decimal',
  'varchar',
  'char',
  'varbinary',
  'json',
  'uuid',
  'ipaddress',
  'date',
  'time',
  'time with time zone',
  'timestamp',
  'timestamp with time zone',
  'interval day to second',
  'interval year to month',
  'array',
  'map',
  'row',
  'unknown',
  'geometry',
  'sphericalgeography',
  'bingtile',
  'color',
  'hyperloglog',
  'p4hyperloglog',
  'setdigest',
  'tdigest',
])

/** Spelled otherwise than in lower case. */
const SPELLED: Readonly<Record<string, string>> = {
  geometry: 'Geometry',
  sphericalgeography: 'SphericalGeography',
  bingtile: 'BingTile',
  hyperloglog: 'HyperLogLog',
  p4hyperloglog: 'P4HyperLogLog',
  setdigest: 'SetDigest',
}

export const qdigestOf = (element: TrinoType): TrinoType => ({ base: 'qdigest', numbers: NO, children: [element] })
const nameOf = (base: string): string => own(SPELLED, base) ?? base

/** Makes a type of its base name and arguments, with Trino's defaults and aliases; undefined when there is no such type. */
export function makeType(base: string, numbers: readonly number[] = NO): TrinoType | undefined {
  const lower = base.toLowerCase().replace(/\s+/g, ' ')
  const name = own(ALIASES, lower) ?? lower
  if (!NAMES.has(name)) return undefined
  const given = name === 'decimal' && numbers.length === 1 ? [numbers[0] as number, 0] : numbers
  const type = simple(name, ...(given.length > 0 ? given : (own(DEFAULTS, name) ?? NO)))
  return name === 'time with time zone' ? { ...type, zoned: true } : type
}

/** Parses type text such as `map(varchar, array(row(a bigint)))`. Throws on text that is no type. */
export function parseType(text: string): TrinoType {
  const trimmed = text.trim()
  const open = trimmed.indexOf('(')
  if (open < 0) return required(makeType(trimmed), text)
  const close = closing(trimmed, open)
  const base = `${trimmed.slice(0, open)} ${trimmed.slice(close + 1)}`.trim().toLowerCase()
  const inner = splitArguments(trimmed.slice(open + 1, close))
  if (base === 'array') return arrayOf(parseType(inner[0] ?? ''))
  if (base === 'qdigest') return qdigestOf(parseType(inner[0] ?? ''))
  if (base === 'map') return mapOf(parseType(inner[0] ?? ''), parseType(inner[1] ?? ''))
  if (base === 'row') {
    const fields = inner.map(parseField)
    return rowOf(
      fields.map((f) => f.type),
      fields.map((f) => f.name),
    )
  }
  if (base === ZONED) return zonedTimestamp(Number(inner[0]))
  return required(makeType(base, inner.map(Number)), text)
}

/** Names of the fields of rows, at any depth of the type. */
export function rowFields(type: TrinoType): readonly string[] {
  return [...(type.names ?? []).filter((name) => name !== undefined), ...type.children.flatMap(rowFields)]
}

const ZONED = 'zonedtimestamp'

/** For `parseType` again, with what the engine holds. */
export function printHeldType(type: TrinoType): string {
  return type.zoned && type.base.startsWith('timestamp') ? `${ZONED}(${type.numbers[0] ?? 3})` : print(type, printHeldType)
}

/** The text that Trino prints: `decimal(12,2)`, `row(a bigint, "b c" varchar)`. */
export function printType(type: TrinoType): string {
  return print(type, printType)
}

/** A type as a description of columns shows it: names of fields are not quoted. */
export const describedType = (type: string): string => type.replaceAll(/"((?:[^"]|"")*)"/g, (_, name: string) => name.replaceAll('""', '"'))

function print(type: TrinoType, inner: (type: TrinoType) => string): string {
  const [first, second] = type.numbers
  switch (type.base) {
    case 'array':
    case 'map':
    case 'qdigest':
      return `${type.base}(${type.children.map((child) => inner(child)).join(', ')})`
    case 'row':
      return `row(${type.children.map((child, i) => `${fieldName(type.names?.[i])}${inner(child)}`).join(', ')})`
    case 'timestamp with time zone':
    case 'time with time zone':
      return `${type.base.split(' ')[0]}(${first ?? 3}) with time zone`
    case 'decimal':
      return `decimal(${first},${second})`
    default:
      return first === undefined ? nameOf(type.base) : `${type.base}(${first})`
  }
}

/** The text of a result column's `type`, which differs from `printType` in small things that drivers parse. */
export function displayType(type: TrinoType): string {
  switch (type.base) {
    case 'array':
    case 'map':
      return `${type.base}(${type.children.map(displayType).join(', ')})`
    case 'row':
      return `row(${type.children.map((child, i) => `${shownName(type.names?.[i])}${displayType(child)}`).join(', ')})`
    case 'decimal':
      return `decimal(${type.numbers.join(', ')})`
    case 'interval day to second':
    case 'interval year to month':
      return type.base.toUpperCase()
    default:
      return printType(type)
  }
}

export interface TypeSignature {
  readonly rawType: string
  readonly arguments: readonly { readonly kind: string; readonly value: unknown }[]
}

/** `typeSignature` of a column (protocol class ClientTypeSignature). An unbounded varchar carries Trino's maximum length. */
export function toSignature(type: TrinoType): TypeSignature {
  if (type.base === 'row') {
    return {
      rawType: 'row',
      arguments: type.children.map((child, i) => {
        const name = type.names?.[i]
        return { kind: 'NAMED_TYPE', value: { ...(name === undefined ? {} : { fieldName: { name } }), typeSignature: toSignature(child) } }
      }),
    }
  }
  const types = type.children.map((child) => ({ kind: 'TYPE', value: toSignature(child) }))
  const numbers = type.base === 'varchar' && type.numbers.length === 0 ? [2147483647] : type.numbers
  return { rawType: nameOf(type.base), arguments: [...types, ...numbers.map((value) => ({ kind: 'LONG', value }))] }
}

export function sameType(a: TrinoType, b: TrinoType): boolean {
  return printType(a) === printType(b)
}

function fieldName(name: string | undefined): string {
  if (name === undefined) return ''
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? `${name} ` : `${quoteName(name)} `
}

const shownName = (name: string | undefined): string =>
  name !== undefined && RESERVED.has(name.toUpperCase()) ? `${quoteName(name)} ` : fieldName(name)

function parseField(text: string): { name: string | undefined; type: TrinoType } {
  if (text.startsWith('"')) {
    const end = quoteEnd(text, 0)
    return { name: text.slice(1, end).replaceAll('""', '"'), type: parseType(text.slice(end + 1)) }
  }
  const match = /^([a-z_][a-z0-9_]*)\s+(?!with\b|without\b|precision\b|day\b|year\b|\()(.+)$/is.exec(text)
  return match ? { name: match[1] as string, type: parseType(match[2] as string) } : { name: undefined, type: parseType(text) }
}

function required(type: TrinoType | undefined, text: string): TrinoType {
  if (!type) throw new Error(`not a Trino type: ${text}`)
  return type
}

function quoteEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] !== '"') continue
    if (text[i + 1] === '"') i++
    else return i
  }
  throw new Error(`not a Trino type: ${text}`)
}

function closing(text: string, open: number): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '"') i = quoteEnd(text, i)
    else if (text[i] === '(') depth++
    else if (text[i] === ')' && --depth === 0) return i
  }
  throw new Error(`not a Trino type: ${text}`)
}

function splitArguments(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '"') i = quoteEnd(text, i)
    else if (c === '(') depth++
    else if (c === ')') depth--
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  return [...parts, text.slice(start).trim()]
}
