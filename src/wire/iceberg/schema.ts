// Schemas of Iceberg: walking, checking, comparing, and giving fresh field ids (spec, "Schemas and Data Types").
import { BadUpdate } from '#wire/iceberg/errors'
import type { Field, PartitionSpecInput, SchemaInput, SortOrder, StructType, Type } from '#wire/iceberg/types'

const PRIMITIVE =
  /^(boolean|int|long|float|double|date|time|timestamp|timestamptz|string|uuid|binary|fixed\[\s*\d+\s*\]|decimal\(\s*\d+\s*,\s*\d+\s*\))$/

/** A field at any depth, with its dotted name as partition and sort fields use it (`address.city`, `tags.element`). */
export interface NamedField {
  readonly id: number
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
      found.push({ id, path, type: t, required })
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
  return allFields(schema).find((f) => f.id === id)
}

/** Names of the top-level columns. */
export function columnNames(schema: StructType): readonly string[] {
  return schema.fields.map((f) => f.name)
}

/** Throws BadUpdate when the schema breaks the format. */
export function assertSchema(schema: SchemaInput): void {
  const ids = new Set<number>()
  const visit = (type: Type, where: string): void => {
    if (typeof type === 'string') {
      if (!PRIMITIVE.test(type)) throw BadUpdate({ reason: `${where} has type ${type}, which format version 2 does not have` })
      return
    }
    const claim = (id: unknown, name: string) => {
      if (!Number.isInteger(id)) throw BadUpdate({ reason: `${name} has no field id` })
      if (ids.has(id as number)) throw BadUpdate({ reason: `field id ${id} is used twice in the schema (${name})` })
      ids.add(id as number)
    }
    switch (type?.type) {
      case 'struct': {
        const names = new Set<string>()
        for (const f of type.fields) {
          if (typeof f.name !== 'string' || f.name === '') throw BadUpdate({ reason: `${where} has a field without a name` })
          if (names.has(f.name)) throw BadUpdate({ reason: `${where} has two fields named ${f.name}` })
          names.add(f.name)
          claim(f.id, f.name)
          visit(f.type, f.name)
        }
        return
      }
      case 'list':
        claim(type['element-id'], `${where}.element`)
        visit(type.element, `${where}.element`)
        return
      case 'map':
        claim(type['key-id'], `${where}.key`)
        claim(type['value-id'], `${where}.value`)
        visit(type.key, `${where}.key`)
        visit(type.value, `${where}.value`)
        return
      default:
        throw BadUpdate({ reason: `${where} has no valid type` })
    }
  }
  if (!Array.isArray(schema?.fields)) throw BadUpdate({ reason: 'the schema has no list of fields' })
  visit({ type: 'struct', fields: schema.fields }, 'the schema')
  for (const id of schema['identifier-field-ids'] ?? []) {
    const field = fieldById(schema, id)
    if (!field) throw BadUpdate({ reason: `identifier field ${id} is not in the schema` })
    if (!field.required) throw BadUpdate({ reason: `identifier field ${field.path} must be required` })
  }
}

/** Same fields, ids, types and identifiers; the schema id does not count. */
export function sameSchema(a: SchemaInput, b: SchemaInput): boolean {
  return (
    canonical(a.fields) === canonical(b.fields) &&
    canonical([...(a['identifier-field-ids'] ?? [])].sort()) === canonical([...(b['identifier-field-ids'] ?? [])].sort())
  )
}

/** New ids from 1, level by level as the Java library gives them; `ids` maps old to new. */
export function withFreshIds(schema: SchemaInput): { readonly schema: SchemaInput; readonly ids: ReadonlyMap<number, number> } {
  const ids = new Map<number, number>()
  let last = 0
  const next = (old: number): number => {
    last += 1
    ids.set(old, last)
    return last
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

const TRANSFORM = /^(identity|void|year|month|day|hour|(bucket|truncate)\[\s*[1-9]\d*\s*\])$/

/** Throws BadUpdate when a partition or sort field names no column, or a transform that the format does not have. */
export function assertTransforms(
  schema: StructType,
  fields: (PartitionSpecInput['fields'] | SortOrder['fields']) & readonly unknown[],
): void {
  for (const field of fields) {
    if (!TRANSFORM.test(field.transform)) throw BadUpdate({ reason: `transform ${field.transform} is not one of the format` })
    const source = fieldById(schema, field['source-id'])
    if (!source && field.transform !== 'void')
      throw BadUpdate({ reason: `field ${field['source-id']}, source of ${field.transform}, is not in the schema` })
    if (source && typeof source.type !== 'string')
      throw BadUpdate({ reason: `${source.path} is nested and cannot be partitioned or sorted by` })
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_k, v: unknown) =>
    typeof v === 'bigint'
      ? `${v}n`
      : v !== null && typeof v === 'object' && !Array.isArray(v)
        ? Object.fromEntries(
            Object.entries(v)
              .filter(([, x]) => x !== undefined && x !== null)
              .sort(([a], [b]) => (a < b ? -1 : 1)),
          )
        : v,
  )
}
