// Default values of columns (spec v3, "Default values", and its JSON single-value serialization).
import { BadUpdate } from '#wire/iceberg/errors'
import { rawJson } from '#wire/iceberg/json'
import type { Field, Schema, Type } from '#wire/iceberg/types'

const DEFAULTS = ['initial-default', 'write-default'] as const
const LIMIT = { int: 2n ** 31n, long: 2n ** 63n } as const
/** Whose values are texts; that they say what the type takes is left to who reads them. */
const TEXTS = /^(string|date|time|timestamp|timestamptz|timestamp_ns|timestamptz_ns|uuid|binary|fixed.*|decimal.*)$/

/** Throws BadUpdate for a default that the field's type cannot have, or that its format version does not have. */
export function assertDefaults(field: Field, where: string, version: number): void {
  for (const key of DEFAULTS) {
    const value = field[key]
    if (value === undefined || value === null) continue
    if (version < 3 && key === 'initial-default')
      throw BadUpdate({ reason: `${where} has a default that is not null, which format version ${version} does not have` })
    if (!isValue(field.type, value)) throw BadUpdate({ reason: `the ${key} of ${where} is not a value of its type` })
  }
}

function isValue(type: Type, value: unknown): boolean {
  if (typeof type !== 'string') return type.type === 'struct' && typeof value === 'object' && Object.keys(value as object).length === 0
  if (type === 'boolean') return typeof value === 'boolean'
  if (type === 'float' || type === 'double') return typeof value === 'number'
  if (type === 'int' || type === 'long') {
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return false
    const whole = BigInt(value as bigint | number)
    return whole >= -LIMIT[type] && whole < LIMIT[type]
  }
  return TEXTS.test(type) && typeof value === 'string'
}

/** The Java library reads a floating-point default only where the text has a point or an exponent. */
export function withPrintedDefaults(schema: Schema): Schema {
  return printed(schema) as Schema
}

function printed(type: Type): Type {
  if (typeof type === 'string') return type
  if (type.type === 'list') return { ...type, element: printed(type.element) }
  if (type.type === 'map') return { ...type, key: printed(type.key), value: printed(type.value) }
  return { ...type, fields: type.fields.map((field) => ({ ...field, type: printed(field.type), ...floating(field) })) }
}

function floating(field: Field): Partial<Field> {
  if (field.type !== 'float' && field.type !== 'double') return {}
  return Object.fromEntries(
    DEFAULTS.flatMap((key) => {
      const value = field[key]
      return typeof value === 'number' && /^-?\d+$/.test(String(value)) ? [[key, rawJson(`${value}.0`)]] : []
    }),
  )
}
