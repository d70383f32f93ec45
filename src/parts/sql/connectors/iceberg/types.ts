// Iceberg's types as Trino's and DuckDB's, and the way back for new tables.

import { NotSupported } from '#parts/sql/connectors/errors'
import { identifier, integer, join, type Sql, sql } from '#wire/duckdb/sql'
import type { FieldId } from '#wire/engine/protocol'
import type { Field, PrimitiveType, StructType, Type } from '#wire/iceberg/types'
import { decimalOf } from '#wire/iceberg/values'
import { arrayOf, makeType, mapOf, parseType, printType, rowOf, simple, type TrinoType } from '#wire/trino/type'

const TRINO: ReadonlyMap<string, TrinoType> = new Map(
  Object.entries({
    boolean: simple('boolean'),
    int: simple('integer'),
    long: simple('bigint'),
    float: simple('real'),
    double: simple('double'),
    date: simple('date'),
    time: simple('time', 6),
    timestamp: simple('timestamp', 6),
    timestamptz: simple('timestamp with time zone', 6),
    string: simple('varchar'),
    uuid: simple('uuid'),
    binary: simple('varbinary'),
    timestamp_ns: simple('timestamp', 9),
    timestamptz_ns: simple('timestamp with time zone', 9),
    unknown: simple('unknown'),
    variant: simple('variant'),
    geometry: simple('geometry'),
    geography: simple('sphericalgeography'),
  }),
)

const DUCK: ReadonlyMap<string, Sql> = new Map(
  Object.entries({
    boolean: sql`BOOLEAN`,
    int: sql`INTEGER`,
    long: sql`BIGINT`,
    float: sql`FLOAT`,
    double: sql`DOUBLE`,
    date: sql`DATE`,
    time: sql`TIME`,
    timestamp: sql`TIMESTAMP`,
    timestamptz: sql`TIMESTAMPTZ`,
    string: sql`VARCHAR`,
    uuid: sql`UUID`,
    binary: sql`BLOB`,
  }),
)

export function trinoType(type: Type): TrinoType {
  if (typeof type === 'string') {
    const decimal = decimalOf(type)
    return decimal ? simple('decimal', decimal.precision, decimal.scale) : (TRINO.get(type.replace(/\(.*$/, '')) ?? simple('varbinary'))
  }
  if (type.type === 'list') return arrayOf(trinoType(type.element))
  if (type.type === 'map') return mapOf(trinoType(type.key), trinoType(type.value))
  return rowOf(
    type.fields.map((f) => trinoType(f.type)),
    type.fields.map((f) => f.name.toLowerCase()),
  )
}

export function toTrino(type: Type): string {
  return printType(trinoType(type))
}

export function toDuck(type: Type): Sql {
  if (typeof type === 'string') {
    const decimal = decimalOf(type)
    return decimal ? sql`DECIMAL(${integer(decimal.precision)},${integer(decimal.scale)})` : (DUCK.get(type) ?? sql`BLOB`)
  }
  if (type.type === 'list') return sql`${toDuck(type.element)}[]`
  if (type.type === 'map') return sql`MAP(${toDuck(type.key)}, ${toDuck(type.value)})`
  return sql`STRUCT(${join(type.fields.map((f) => sql`${identifier(f.name)} ${toDuck(f.type)}`))})`
}

/** Types that Trino widens for Iceberg: small integers, other precisions of time, bounded text. */
const WIDENED: ReadonlyMap<string, PrimitiveType> = new Map(
  Object.entries({
    boolean: 'boolean',
    tinyint: 'int',
    smallint: 'int',
    integer: 'int',
    bigint: 'long',
    real: 'float',
    double: 'double',
    varchar: 'string',
    char: 'string',
    varbinary: 'binary',
    date: 'date',
    time: 'time',
    timestamp: 'timestamp',
    'timestamp with time zone': 'timestamptz',
    uuid: 'uuid',
  } as const),
)

/** A schema for new columns; ids count from 1 and are given afresh by the catalogue. */
export function toIcebergSchema(
  columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean; readonly comment?: string }[],
): StructType {
  let last = 0
  const next = () => ++last
  const convert = (type: TrinoType, of: string): Type => {
    if (type.base === 'array') {
      return { type: 'list', 'element-id': next(), element: convert(type.children[0] as TrinoType, of), 'element-required': false }
    }
    if (type.base === 'map') {
      const [keyId, valueId] = [next(), next()]
      const [key, value] = [convert(type.children[0] as TrinoType, of), convert(type.children[1] as TrinoType, of)]
      return { type: 'map', 'key-id': keyId, key, 'value-id': valueId, value, 'value-required': false }
    }
    if (type.base === 'row') {
      const fields = type.children.map((child, i): Field => {
        const name = type.names?.[i]
        if (name === undefined) throw NotSupported({ what: `a row type without field names (column ${of})`, hint: 'name its fields' })
        return { id: next(), name, type: convert(child, of), required: false }
      })
      return { type: 'struct', fields }
    }
    if (type.base === 'decimal') return `decimal(${type.numbers[0] ?? 38}, ${type.numbers[1] ?? 0})`
    const known = WIDENED.get(type.base)
    if (!known)
      throw NotSupported({ what: `type ${printType(type)} in an Iceberg table (column ${of})`, hint: 'cast it, for example to varchar' })
    return known
  }
  const fields = columns.map((c): Field => {
    const id = next()
    return {
      id,
      name: c.name,
      type: convert(parseType(c.type) ?? makeType('varchar'), c.name),
      required: !c.nullable,
      ...(c.comment === undefined ? {} : { doc: c.comment }),
    }
  })
  return { type: 'struct', fields }
}

/** How field ids get into the Parquet files. */
export function fieldIds(fields: readonly Field[]): FieldId[] {
  return fields.map((f) => idOf(f.name, f.id, f.type))
}

function idOf(name: string, id: number, type: Type): FieldId {
  if (typeof type === 'string') return { name, id }
  if (type.type === 'list') return { name, id, children: [idOf('element', type['element-id'], type.element)] }
  if (type.type === 'map')
    return { name, id, children: [idOf('key', type['key-id'], type.key), idOf('value', type['value-id'], type.value)] }
  return { name, id, children: fieldIds(type.fields) }
}

/** What Trino's Iceberg connector stores: text without length, timestamps with six digits, integers of 32 bits at least. */
export function storedType(type: TrinoType): TrinoType {
  const { base } = type
  if (base === 'varchar' || base === 'char') return simple('varchar')
  if (base === 'tinyint' || base === 'smallint') return simple('integer')
  if (base === 'time' || base === 'timestamp' || base === 'timestamp with time zone') return simple(base, 6)
  if (type.children.length > 0) return { ...type, children: type.children.map(storedType) }
  return type
}
