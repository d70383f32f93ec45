// Schemas of Iceberg: walking, checking, comparing, and giving fresh field ids (spec, "Schemas and Data Types").
import { assertDefaults } from '#wire/iceberg/defaults'
import { BadUpdate } from '#wire/iceberg/errors'
import type { Field, FormatVersion, PartitionSpecInput, SchemaInput, SortOrder, StructType, Type } from '#wire/iceberg/types'
import { decimalOf, fixedLength } from '#wire/iceberg/values'

const PRIMITIVE =
  /^(boolean|int|long|float|double|date|time|timestamp|timestamptz|string|uuid|binary|fixed\[\s*\d+\s*\]|decimal\(\s*\d+\s*,\s*\d+\s*\))$/

/** What version 3 has besides. */
const PRIMITIVE_V3 = /^(unknown|timestamp_ns|timestamptz_ns|variant|geometry(\([^(),]*\))?|geography(\([^(),]*(,[^(),]*)?\))?)$/

/** A field at any depth, with its dotted name as partition and sort fields use it (`address.city`, `tags.element`). */
export interface NamedField {
  readonly id: number
  readonly name: string
  /** With the names of those above it and dots between. */
  readonly path: string
  readonly type: Type
  readonly required: boolean
}

/** All fields at all depths, parents before children. */
export function allFields(schema: StructType): readonly NamedField[] {
  const found: NamedField[] = []
  const visit = (type: Type, prefix: string): void => {
    if (typeof type === 'string') return
    const child = (id: number, name: string, t: Type, required: boolean) => {
      const path = prefix === '' ? name : `${prefix}.${name}`
      found.push({ id, name, path, type: t, required })
      visit(t, path)
    }
    if (type.type === 'struct') for (const f of type.fields) child(f.id, f.name, f.type, f.required)
    else if (type.type === 'list') child(type['element-id'], 'element', type.element, type['element-required'])
    else {
      child(type['key-id'], 'key', type.key, true)
      child(type['value-id'], 'value', type.value, type['value-required'])
    }
  }
  visit(schema, '')
  return found
}

export function highestFieldId(schema: StructType): number {
  return allFields(schema).reduce((highest, f) => Math.max(highest, f.id), 0)
}

export function fieldById(schema: StructType, id: number): NamedField | undefined {
  return fieldsById(schema).get(id)
}

const byId = new WeakMap<StructType, ReadonlyMap<number, NamedField>>()

/** Kept as long as the schema is, which nobody changes. */
function fieldsById(schema: StructType): ReadonlyMap<number, NamedField> {
  const known = byId.get(schema) ?? new Map(allFields(schema).map((f) => [f.id, f]))
  byId.set(schema, known)
  return known
}

/** The name of every field of a row, at any depth, of columns that are and of columns that were: a rename or a drop rewrites no file. */
export function namesEver(schemas: readonly StructType[]): readonly string[] {
  const names = new Set<string>()
  const visit = (type: Type): void => {
    if (typeof type === 'string') return
    if (type.type === 'list') visit(type.element)
    else if (type.type === 'map') {
      visit(type.key)
      visit(type.value)
    } else
      for (const field of type.fields) {
        names.add(field.name)
        visit(field.type)
      }
  }
  for (const schema of schemas) visit(schema)
  return [...names].sort()
}

/** Names of the top-level columns. */
export function columnNames(schema: StructType): readonly string[] {
  return schema.fields.map((f) => f.name)
}

/** Throws BadUpdate when the schema breaks the format, or what this platform takes in. */
export function assertSchema(schema: SchemaInput, version: FormatVersion = 2): void {
  const required = new Map<number, { readonly path: string; readonly required: boolean }>()
  const claim = (id: unknown, path: string, isRequired: boolean) => {
    if (!Number.isInteger(id)) throw BadUpdate({ reason: `${path} has no field id` })
    if ((id as number) < 0 || (id as number) > LARGEST_FIELD_ID)
      throw BadUpdate({ reason: `field id ${id} of ${path} is not between 0 and ${LARGEST_FIELD_ID}` })
    if (required.has(id as number)) throw BadUpdate({ reason: `field id ${id} is used twice in the schema (${path})` })
    if (required.size >= MOST_FIELDS) throw BadUpdate({ reason: `the schema has more than ${MOST_FIELDS} fields` })
    required.set(id as number, { path, required: isRequired })
  }
  const visit = (type: Type, where: string, depth: number): void => {
    if (typeof type === 'string') {
      assertPrimitive(type, where, version)
      return
    }
    if (depth > DEEPEST_TYPE) throw BadUpdate({ reason: `${where} is nested deeper than ${DEEPEST_TYPE} levels` })
    switch (type?.type) {
      case 'struct': {
        const names = new Set<string>()
        if (!Array.isArray(type.fields)) throw BadUpdate({ reason: `${where} has no list of fields` })
        for (const f of type.fields) {
          assertFieldName(f?.name, where)
          if (names.has(f.name)) throw BadUpdate({ reason: `${where} has two fields named ${f.name}` })
          names.add(f.name)
          claim(f.id, f.name, f.required)
          if (f.type === 'unknown' && f.required) throw BadUpdate({ reason: `${f.name} is of type unknown and must be optional` })
          assertDefaults(f, f.name, version)
          visit(f.type, f.name, depth + 1)
        }
        return
      }
      case 'list':
        claim(type['element-id'], `${where}.element`, type['element-required'])
        visit(type.element, `${where}.element`, depth + 1)
        return
      case 'map':
        claim(type['key-id'], `${where}.key`, true)
        claim(type['value-id'], `${where}.value`, type['value-required'])
        visit(type.key, `${where}.key`, depth + 1)
        visit(type.value, `${where}.value`, depth + 1)
        return
      default:
        throw BadUpdate({ reason: `${where} has no valid type` })
    }
  }
  if (!Array.isArray(schema?.fields)) throw BadUpdate({ reason: 'the schema has no list of fields' })
  visit({ type: 'struct', fields: schema.fields }, 'the schema', 0)
  for (const id of schema['identifier-field-ids'] ?? []) {
    const field = required.get(id)
    if (!field) throw BadUpdate({ reason: `identifier field ${id} is not in the schema` })
    if (!field.required) throw BadUpdate({ reason: `identifier field ${field.path} must be required` })
  }
}

/** Above are the ids of metadata columns (spec, "Reserved Field IDs"). */
const LARGEST_FIELD_ID = 2_147_483_447
const MOST_FIELDS = 20_000
const DEEPEST_TYPE = 100
const LONGEST_NAME = 1024
const LARGEST_PRECISION = 38
const LARGEST_FIXED = 2_147_483_647

function assertFieldName(name: unknown, where: string): asserts name is string {
  if (typeof name !== 'string' || name === '') throw BadUpdate({ reason: `${where} has a field without a name` })
  if (name.length > LONGEST_NAME) throw BadUpdate({ reason: `${where} has a field whose name is longer than ${LONGEST_NAME} characters` })
  if (!name.isWellFormed() || name.includes('\0'))
    throw BadUpdate({ reason: `${where} has a field whose name holds NUL or half a character` })
}

function assertPrimitive(type: string, where: string, version: FormatVersion): void {
  if (!PRIMITIVE.test(type) && !(version === 3 && PRIMITIVE_V3.test(type)))
    throw BadUpdate({ reason: `${where} has type ${type.slice(0, 100)}, which format version ${version} does not have` })
  const decimal = decimalOf(type)
  if (decimal && (decimal.precision < 1 || decimal.precision > LARGEST_PRECISION || decimal.scale > decimal.precision))
    throw BadUpdate({ reason: `${where} has type ${type}: a decimal has 1 to ${LARGEST_PRECISION} digits, and no more behind the point` })
  const length = fixedLength(type)
  if (length !== undefined && (length < 1 || length > LARGEST_FIXED))
    throw BadUpdate({ reason: `${where} has type ${type}: the length is between 1 and ${LARGEST_FIXED}` })
}

const keys = new WeakMap<SchemaInput, string>()

/** Alike for the same fields, ids, types and identifiers; the schema id does not count. */
export function schemaKey(schema: SchemaInput): string {
  const known = keys.get(schema) ?? canonical([schema.fields, [...(schema['identifier-field-ids'] ?? [])].sort()])
  keys.set(schema, known)
  return known
}

/** New ids from 1, level by level as the Java library gives them; `ids` maps old to new. */
export function withFreshIds(schema: SchemaInput): { readonly schema: SchemaInput; readonly ids: ReadonlyMap<number, number> } {
  return numbered(schema, new Map(), 0)
}

/** The ids that `base` has for fields of the same names, at any depth; above `last` for others. */
export function withIdsOf(schema: SchemaInput, base: StructType, last: number): SchemaInput {
  return numbered(schema, new Map(allFields(base).map((f) => [f.path, f.id])), last).schema
}

function numbered(schema: SchemaInput, known: ReadonlyMap<string, number>, first: number) {
  const ids = new Map<number, number>()
  const paths = new Map(known.size === 0 ? [] : allFields(schema).map((f) => [f.id, f.path]))
  const taken = new Set<number>()
  let last = first
  const next = (old: number): number => {
    const kept = known.get(paths.get(old) ?? '')
    const id = kept === undefined || taken.has(kept) ? ++last : kept
    taken.add(id)
    ids.set(old, id)
    return id
  }
  const visit = (type: Type): Type => {
    if (typeof type === 'string') return type
    if (type.type === 'struct') {
      const fields = type.fields.map((f): Field => ({ ...f, id: next(f.id) }))
      return { ...type, fields: fields.map((f) => ({ ...f, type: visit(f.type) })) }
    }
    if (type.type === 'list') {
      const id = next(type['element-id'])
      return { ...type, 'element-id': id, element: visit(type.element) }
    }
    const [key, value] = [next(type['key-id']), next(type['value-id'])]
    return { ...type, 'key-id': key, 'value-id': value, key: visit(type.key), value: visit(type.value) }
  }
  const { fields } = visit({ type: 'struct', fields: schema.fields }) as StructType
  const identifiers = schema['identifier-field-ids']?.map((id) => ids.get(id) ?? id)
  return { schema: { ...schema, fields, ...(identifiers ? { 'identifier-field-ids': identifiers } : {}) }, ids }
}

const TRANSFORM = /^(identity|void|year|month|day|hour|(bucket|truncate)\[\s*[1-9]\d{0,9}\s*\])$/
const LARGEST_WIDTH = 2_147_483_647

const DATED = /^(date|timestamp|timestamptz|timestamp_ns|timestamptz_ns)$/
const NO_KEY = /^(unknown|variant|geometry.*|geography.*)$/
/** The types that a transform takes (spec, "Partition Transforms"). */
const TAKES: ReadonlyMap<string, RegExp> = new Map([
  ['year', DATED],
  ['month', DATED],
  ['day', DATED],
  ['hour', /^(timestamp|timestamptz|timestamp_ns|timestamptz_ns)$/],
  ['bucket', /^(int|long|decimal.*|date|time|timestamp|timestamptz|timestamp_ns|timestamptz_ns|string|uuid|fixed.*|binary)$/],
  ['truncate', /^(int|long|decimal.*|string|binary)$/],
])

/** Whether a transform takes values of a type. */
export function takesType(transform: string, type: Type): boolean {
  if (typeof type !== 'string' || (NO_KEY.test(type) && transform !== 'void')) return false
  return (TAKES.get(transform.split('[')[0] as string) ?? /./).test(type)
}

/**
 * Throws BadUpdate when a partition or sort field has a transform that the format does not have, names no column, or one of a
 * type that the transform does not take. Without a schema, whose columns may have been dropped since, only the transforms count.
 */
export function assertTransforms(
  schema: StructType | undefined,
  fields: (PartitionSpecInput['fields'] | SortOrder['fields']) & readonly unknown[],
): void {
  const sources = schema && fields.length > 0 ? fieldsById(schema) : undefined
  for (const field of fields) {
    const [, width] = field.transform.split(/[[\]]/)
    if (!TRANSFORM.test(field.transform) || Number(width ?? 1) > LARGEST_WIDTH)
      throw BadUpdate({ reason: `transform ${field.transform.slice(0, 100)} is not one of the format` })
    if (!sources) continue
    const source = sources.get(field['source-id'])
    if (!source && field.transform !== 'void')
      throw BadUpdate({ reason: `field ${field['source-id']}, source of ${field.transform}, is not in the schema` })
    if (source && typeof source.type !== 'string')
      throw BadUpdate({ reason: `${source.path} is nested and cannot be partitioned or sorted by` })
    if (source && !takesType(field.transform, source.type))
      throw BadUpdate({ reason: `${source.path} has type ${source.type}, which ${field.transform} does not take` })
  }
}

function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}n"`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value).filter(([, x]) => x !== undefined && x !== null)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, x]) => `${JSON.stringify(k)}:${canonical(x)}`)
    .join(',')}}`
}
