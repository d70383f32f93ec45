// Request bodies: read, checked for shape, refused with the place of the fault.
import { z } from 'zod'
import { BadRequest } from '#parts/catalog/errors'
import { parseJson } from '#wire/iceberg/json'
import type { CommitTableRequest, CreateTableRequest } from '#wire/iceberg/rest'

const long = z.union([z.int(), z.bigint()])
const name = z.string().min(1).max(256)
const strings = z.record(z.string(), z.string())
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined)

const type: z.ZodType = z.lazy(() => z.union([z.string(), struct, list, map]))
const field = z.looseObject({ id: z.int(), name: z.string(), type, required: z.boolean() })
const struct = z.looseObject({ type: z.literal('struct'), fields: z.array(field) })
const list = z.looseObject({ type: z.literal('list'), 'element-id': z.int(), element: type, 'element-required': z.boolean() })
const map = z.looseObject({
  type: z.literal('map'),
  'key-id': z.int(),
  key: type,
  'value-id': z.int(),
  value: type,
  'value-required': z.boolean(),
})
const schema = struct.extend({ 'schema-id': maybe(z.int()), 'identifier-field-ids': maybe(z.array(z.int())) })
const spec = z.object({
  'spec-id': maybe(z.int()),
  fields: z.array(z.object({ 'source-id': z.int(), 'field-id': maybe(z.int()), name: z.string(), transform: z.string() })),
})
const order = z.object({
  'order-id': z.int().default(0),
  fields: z.array(
    z.object({
      'source-id': z.int(),
      transform: z.string(),
      direction: z.enum(['asc', 'desc']),
      'null-order': z.enum(['nulls-first', 'nulls-last']),
    }),
  ),
})
const snapshot = z.looseObject({
  'snapshot-id': long,
  'parent-snapshot-id': maybe(long),
  'sequence-number': maybe(long),
  'timestamp-ms': z.int(),
  'manifest-list': z.string(),
  summary: maybe(strings),
  'schema-id': maybe(z.int()),
})
const statistics = z.looseObject({ 'snapshot-id': long, 'statistics-path': z.string() })

const updates = z.discriminatedUnion('action', [
  z.object({ action: z.literal('assign-uuid'), uuid: z.guid() }),
  z.object({ action: z.literal('upgrade-format-version'), 'format-version': z.int() }),
  z.object({ action: z.literal('add-schema'), schema, 'last-column-id': maybe(z.int()) }),
  z.object({ action: z.literal('set-current-schema'), 'schema-id': z.int() }),
  z.object({ action: z.literal('remove-schemas'), 'schema-ids': z.array(z.int()) }),
  z.object({ action: z.literal('add-spec'), spec }),
  z.object({ action: z.literal('set-default-spec'), 'spec-id': z.int() }),
  z.object({ action: z.literal('remove-partition-specs'), 'spec-ids': z.array(z.int()) }),
  z.object({ action: z.literal('add-sort-order'), 'sort-order': order }),
  z.object({ action: z.literal('set-default-sort-order'), 'sort-order-id': z.int() }),
  z.object({ action: z.literal('add-snapshot'), snapshot }),
  z.looseObject({ action: z.literal('set-snapshot-ref'), 'ref-name': name, 'snapshot-id': long, type: z.enum(['branch', 'tag']) }),
  z.object({ action: z.literal('remove-snapshots'), 'snapshot-ids': z.array(long) }),
  z.object({ action: z.literal('remove-snapshot-ref'), 'ref-name': z.string() }),
  z.object({ action: z.literal('set-location'), location: z.string().min(1) }),
  z.object({ action: z.literal('set-properties'), updates: strings }),
  z.object({ action: z.literal('remove-properties'), removals: z.array(z.string()) }),
  z.object({ action: z.literal('set-statistics'), 'snapshot-id': maybe(long), statistics }),
  z.object({ action: z.literal('remove-statistics'), 'snapshot-id': long }),
  z.object({ action: z.literal('set-partition-statistics'), 'partition-statistics': statistics }),
  z.object({ action: z.literal('remove-partition-statistics'), 'snapshot-id': long }),
])

const requirements = z.discriminatedUnion('type', [
  z.object({ type: z.literal('assert-create') }),
  z.object({ type: z.literal('assert-table-uuid'), uuid: z.string() }),
  z.object({ type: z.literal('assert-ref-snapshot-id'), ref: z.string(), 'snapshot-id': long.nullish().transform((v) => v ?? null) }),
  z.object({ type: z.literal('assert-last-assigned-field-id'), 'last-assigned-field-id': z.int() }),
  z.object({ type: z.literal('assert-current-schema-id'), 'current-schema-id': z.int() }),
  z.object({ type: z.literal('assert-last-assigned-partition-id'), 'last-assigned-partition-id': z.int() }),
  z.object({ type: z.literal('assert-default-spec-id'), 'default-spec-id': z.int() }),
  z.object({ type: z.literal('assert-default-sort-order-id'), 'default-sort-order-id': z.int() }),
])

const identifier = z.object({ namespace: z.array(z.string()), name: z.string() })

export const shapes = {
  createNamespace: z.object({ namespace: z.array(z.string()).min(1), properties: maybe(strings) }),
  updateProperties: z.object({ removals: maybe(z.array(z.string())), updates: maybe(strings) }),
  createTable: z.object({
    name,
    location: maybe(z.string()),
    schema,
    'partition-spec': maybe(spec),
    'write-order': maybe(order),
    'stage-create': maybe(z.boolean()),
    properties: maybe(strings),
  }),
  commit: z.object({ identifier: maybe(identifier), requirements: z.array(requirements), updates: z.array(updates) }),
  transaction: z.object({
    'table-changes': z.array(z.object({ identifier, requirements: z.array(requirements), updates: z.array(updates) })).min(1),
  }),
  register: z.object({ name, 'metadata-location': z.string().min(1), overwrite: maybe(z.boolean()) }),
  rename: z.object({ source: identifier, destination: identifier }),
} as const

/** The body as the shape says. Throws BadRequest that names the first fault's place. */
export function readBody<T extends z.ZodType>(shape: T, text: string): z.output<T> {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw BadRequest({ reason: 'the body is not JSON' }, error)
  }
  const parsed = shape.safeParse(value)
  if (parsed.success) return dropUndefined(parsed.data) as z.output<T>
  const issue = parsed.error.issues[0]
  throw BadRequest({ reason: `${issue?.path.join('.') || 'the body'}: ${issue?.message}` })
}

/** Same, as the protocol's types. */
export const readCreateTable = (text: string): CreateTableRequest => readBody(shapes.createTable, text) as unknown as CreateTableRequest
export const readCommit = (text: string): CommitTableRequest => readBody(shapes.commit, text) as unknown as CommitTableRequest
export const readTransaction = (text: string): readonly Required<CommitTableRequest>[] =>
  readBody(shapes.transaction, text)['table-changes'] as unknown as readonly Required<CommitTableRequest>[]

// A key that was null or left out must be absent, or it would be printed and compared.
function dropUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropUndefined)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => [k, dropUndefined(v)]),
  )
}
