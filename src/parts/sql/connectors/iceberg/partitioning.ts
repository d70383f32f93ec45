// Partition expressions as Trino writes them (`month(booked_at)`), as the table's spec, and as DuckDB SQL.

import { NotSupported } from '#parts/sql/connectors/errors'
import { integer, literal, type Sql, sql } from '#wire/duckdb/sql'
import { fieldById } from '#wire/iceberg/schema'
import { parseTransform } from '#wire/iceberg/transforms'
import type { PartitionFieldInput, PartitionSpec, PrimitiveType, StructType, Transform } from '#wire/iceberg/types'
import { decimalOf, parseValue, type Value } from '#wire/iceberg/values'
import { plainName } from '#wire/trino/names'

const HINT = 'use a column, or year, month, day, hour(column), bucket(column, n), truncate(column, n)'

/** Throws NotSupported on an expression that is no transform of a column. Names of fields as Trino gives them. */
export function parsePartitioning(expressions: readonly string[], schema: StructType): PartitionFieldInput[] {
  return expressions.map((expression) => {
    const match = /^\s*(?:(year|month|day|hour|bucket|truncate|void)\s*\(\s*)?("(?:[^"]|"")+"|[\w$]+)(?:\s*,\s*(\d+))?\s*(\))?\s*$/i.exec(
      expression,
    )
    const [, kind, quoted, width, close] = match ?? []
    const column = quoted?.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted?.toLowerCase()
    const source = schema.fields.find((f) => f.name.toLowerCase() === column?.toLowerCase())
    const wantsWidth = /^(bucket|truncate)$/i.test(kind ?? '')
    if (!source || (kind === undefined) !== (close === undefined) || wantsWidth !== (width !== undefined))
      throw NotSupported({ what: `partitioning by ${expression}`, hint: HINT })
    const name = source.name
    const transform = kind === undefined ? 'identity' : wantsWidth ? `${kind.toLowerCase()}[${width}]` : kind.toLowerCase()
    if (typeof source.type !== 'string' || !applies(transform, source.type))
      throw NotSupported({ what: `partitioning by ${expression} (type ${JSON.stringify(source.type)})`, hint: HINT })
    const suffix = kind === undefined ? '' : kind.toLowerCase() === 'truncate' ? '_trunc' : `_${kind.toLowerCase()}`
    return { 'source-id': source.id, name: `${name}${suffix}`, transform }
  })
}

function applies(transform: Transform, type: PrimitiveType): boolean {
  const { kind } = parseTransform(transform)
  const times = ['date', 'timestamp', 'timestamptz'].includes(type)
  if (kind === 'hour') return times && type !== 'date'
  if (kind === 'year' || kind === 'month' || kind === 'day') return times
  if (kind === 'bucket') return !['boolean', 'float', 'double'].includes(type)
  if (kind === 'truncate') return ['int', 'long', 'string', 'binary'].includes(type) || decimalOf(type) !== undefined
  return true
}

/** As Trino prints them. */
export function printPartitioning(spec: PartitionSpec, schema: StructType): string[] {
  return spec.fields.flatMap((f) => {
    const path = fieldById(schema, f['source-id'])?.path.toLowerCase()
    const column = path === undefined ? '?' : plainName(path)
    const parsed = parseTransform(f.transform)
    if (parsed.kind === 'void') return []
    if (parsed.kind === 'identity') return [column]
    return [
      parsed.kind === 'bucket' || parsed.kind === 'truncate' ? `${parsed.kind}(${column}, ${parsed.width})` : `${parsed.kind}(${column})`,
    ]
  })
}

/** The transform of `e` as an SQL expression of the type that `transformType` names. */
export function transformSql(transform: Transform, e: Sql, type: PrimitiveType): Sql {
  const parsed = parseTransform(transform)
  const stamp = type === 'timestamptz' ? sql`CAST(${e} AS TIMESTAMP)` : e
  switch (parsed.kind) {
    case 'identity':
      return e
    case 'void':
      return sql`NULL`
    case 'year':
      return sql`CAST(date_part('year', ${stamp}) - 1970 AS INTEGER)`
    case 'month':
      return sql`CAST((date_part('year', ${stamp}) - 1970) * 12 + date_part('month', ${stamp}) - 1 AS INTEGER)`
    case 'day':
      return sql`CAST(${stamp} AS DATE)`
    case 'hour':
      return sql`CAST(epoch_us(date_trunc('hour', ${stamp})) // 3600000000 AS INTEGER)`
    case 'bucket':
      return sql`CAST((${hashSql(e, type)} & 2147483647) % ${integer(parsed.width)} AS INTEGER)`
    case 'truncate':
      return truncateSql(e, type, parsed.width)
  }
}

function truncateSql(e: Sql, type: PrimitiveType, wide: number): Sql {
  const width = integer(wide)
  const decimal = decimalOf(type)
  if (type === 'string') return sql`left(${e}, ${width})`
  if (type === 'binary') return sql`unhex(left(hex(${e}), ${integer(wide * 2)}))`
  if (decimal) {
    const unscaled = unscaledSql(e, decimal.scale)
    return sql`CAST((${unscaled} - (((${unscaled} % ${width}) + ${width}) % ${width})) AS DECIMAL(38,0)) / ${integer(10n ** BigInt(decimal.scale))}`
  }
  return sql`${e} - (((${e} % ${width}) + ${width}) % ${width})`
}

const unscaledSql = (e: Sql, scale: number): Sql =>
  sql`CAST(CAST(${e} AS DECIMAL(38,${integer(scale)})) * ${integer(10n ** BigInt(scale))} AS HUGEINT)`

/** The engine's functions for the 32-bit hash: of a long, of bytes, of an unscaled decimal. */
function hashSql(e: Sql, type: PrimitiveType): Sql {
  const decimal = decimalOf(type)
  if (decimal) return sql`iceberg_hash_decimal(${unscaledSql(e, decimal.scale)})`
  switch (type) {
    case 'int':
    case 'long':
      return sql`iceberg_hash_long(CAST(${e} AS BIGINT))`
    case 'date':
      return sql`iceberg_hash_long(CAST(${e} - DATE '1970-01-01' AS BIGINT))`
    case 'time':
      return sql`iceberg_hash_long(epoch_us(${e}))`
    case 'timestamp':
    case 'timestamptz':
      return sql`iceberg_hash_long(epoch_us(${e}))`
    case 'string':
      return sql`iceberg_hash_bytes(encode(${e}))`
    case 'uuid':
      return sql`iceberg_hash_bytes(unhex(replace(CAST(${e} AS VARCHAR), '-', '')))`
    default:
      return sql`iceberg_hash_bytes(${e})`
  }
}

/** Bytes of text that fit into a folder's name, written as hex. */
const LONGEST = 110

/** A partition value as a folder name: `n` for null, `v` and the text (bytes as hex). Longer than a name may be: an error. */
export function folderSql(e: Sql, type: PrimitiveType): Sql {
  const bytes = type === 'string' ? sql`encode(${e})` : type === 'binary' || type.startsWith('fixed') ? e : undefined
  if (!bytes) return sql`CASE WHEN ${e} IS NULL THEN 'n' ELSE 'v' || CAST(${e} AS VARCHAR) END`
  const long = sql`error(${literal(`a partition value is longer than ${LONGEST} bytes`)})`
  return sql`CASE WHEN ${e} IS NULL THEN 'n' WHEN octet_length(${bytes}) > ${integer(LONGEST)} THEN ${long} ELSE 'v' || hex(${bytes}) END`
}

/** The value that `folderSql` wrote. */
export function parseFolder(text: string, type: PrimitiveType): Value | null {
  if (text === 'n') return null
  const body = text.slice(1)
  if (type === 'string') return Buffer.from(body, 'hex').toString('utf8')
  if (type === 'binary' || type.startsWith('fixed')) return Buffer.from(body, 'hex')
  if ((type === 'float' || type === 'double') && /nan/i.test(body)) return Number.NaN
  const value = parseValue(body, type)
  if (value === undefined) throw new Error(`not a partition value of type ${type}: ${body}`)
  return value
}
