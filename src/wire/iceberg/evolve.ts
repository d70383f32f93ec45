// Changes of a schema, field by field: ids stay with their fields, new fields get new ids (spec, "Schema Evolution").
import { BadUpdate } from '#wire/iceberg/errors'
import { allFields } from '#wire/iceberg/schema'
import type { Field, PrimitiveType, SchemaInput, StructType, TableUpdate, Type } from '#wire/iceberg/types'
import { decimalOf } from '#wire/iceberg/values'

type Path = readonly string[]
type Edit = (fields: readonly Field[]) => readonly Field[]

/** Which fields the columns of files without field ids are (spec, "Name Mapping Serialization"). */
export const NAME_MAPPING = 'schema.name-mapping.default'

const NAMING: readonly TableUpdate['action'][] = ['add-schema', 'set-current-schema', 'set-properties']

/** Whether the update can give another name to what the table holds. */
export const mayRename = ({ action }: TableUpdate): boolean => NAMING.includes(action)

/**
 * Whether every field of the current schema keeps its name: none is renamed or dropped, no older schema comes back, no mapping names it,
 * and what is new has an id above `last`, the highest there was.
 */
export function keepsNames(current: StructType, last: number, updates: readonly TableUpdate[]): boolean {
  return updates.every((update) => {
    if (update.action === 'set-current-schema') return update['schema-id'] === -1
    if (update.action === 'set-properties') return !Object.hasOwn(update.updates, NAME_MAPPING)
    if (update.action !== 'add-schema') return true
    const names = new Map(allFields(current).map((f) => [f.id, f.path]))
    const kept = allFields(update.schema).filter((f) => f.id <= last)
    return kept.length === names.size && kept.every((f) => names.get(f.id) === f.path)
  })
}

/** The field at a path of names, in any case; `element` and `value` lead into lists and maps. */
export function fieldAt(schema: StructType, path: Path): Field | undefined {
  const [name, ...rest] = path
  const field = schema.fields.find((f) => named(f, name))
  if (!field || rest.length === 0) return field
  const [inner, below] = within(field.type, rest)
  return inner && fieldAt(inner, below)
}

/** The schema with the field at `path` as `change` makes it; without it where that makes none. */
export function withField(schema: SchemaInput, path: Path, change: (field: Field) => Field | undefined): SchemaInput {
  const name = path.at(-1)
  return edited(schema, path.slice(0, -1), (fields) =>
    fields.flatMap((f) => {
      if (!named(f, name)) return [f]
      const made = change(f)
      return made ? [made] : []
    }),
  )
}

/** The schema with a new field in the struct at `parent`: last, or first, or after another. */
export function withNewField(schema: SchemaInput, parent: Path, field: Field, place?: 'first' | { readonly after: string }): SchemaInput {
  return edited(schema, parent, (fields) => {
    if (place === undefined) return [...fields, field]
    const at = place === 'first' ? 0 : fields.findIndex((f) => named(f, place.after)) + 1
    return [...fields.slice(0, at), field, ...fields.slice(at)]
  })
}

/** The field with `by` added to all of its ids. */
export function renumbered(field: Field, by: number): Field {
  const visit = (type: Type): Type => {
    if (typeof type === 'string') return type
    if (type.type === 'struct') return { ...type, fields: type.fields.map((f) => renumbered(f, by)) }
    if (type.type === 'list') return { ...type, 'element-id': type['element-id'] + by, element: visit(type.element) }
    return { ...type, 'key-id': type['key-id'] + by, key: visit(type.key), 'value-id': type['value-id'] + by, value: visit(type.value) }
  }
  return { ...field, id: field.id + by, type: visit(field.type) }
}

/** Whether files with the one type can be read as the other (spec, "Schema Evolution", promotions of format version 2). */
export function isPromotion(from: PrimitiveType, to: PrimitiveType): boolean {
  const [a, b] = [decimalOf(from), decimalOf(to)]
  if (a && b) return a.scale === b.scale && b.precision >= a.precision
  return from === to || (from === 'int' && to === 'long') || (from === 'float' && to === 'double')
}

function edited(schema: SchemaInput, path: Path, edit: Edit): SchemaInput {
  return { ...schema, fields: (inside(schema, path, edit) as StructType).fields }
}

function inside(type: Type, path: Path, edit: Edit): Type {
  if (typeof type === 'string') throw BadUpdate({ reason: 'a field of a primitive type has no fields' })
  const [name, ...rest] = path
  if (type.type === 'struct') {
    if (name === undefined) return { ...type, fields: edit(type.fields) }
    return { ...type, fields: type.fields.map((f) => (named(f, name) ? { ...f, type: inside(f.type, rest, edit) } : f)) }
  }
  if (type.type === 'list') return { ...type, element: inside(type.element, rest, edit) }
  return { ...type, value: inside(type.value, rest, edit) }
}

/** The struct that a path leads into from a type, and what is left of the path. */
function within(type: Type, path: Path): readonly [StructType | undefined, Path] {
  if (typeof type === 'string') return [undefined, path]
  if (type.type === 'struct') return [type, path]
  const [name, ...rest] = path
  if (type.type === 'list') return name === 'element' && rest.length > 0 ? within(type.element, rest) : [undefined, path]
  return name === 'value' && rest.length > 0 ? within(type.value, rest) : [undefined, path]
}

const named = (field: Field, name: string | undefined): boolean => field.name.toLowerCase() === name?.toLowerCase()
