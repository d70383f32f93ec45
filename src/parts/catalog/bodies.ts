// Request bodies: read, checked for shape, refused with the place of the fault.
import { z } from 'zod'
import { BadRequest } from '#parts/catalog/errors'
import { MOST_UPDATES, overlong } from '#wire/iceberg/budget'
import { parseJson } from '#wire/iceberg/json'
import type { CommitTableRequest, CreateTableRequest } from '#wire/iceberg/rest'
import {
  describeIssue,
  encryptedKey,
  implausible,
  long,
  maybe,
  order,
  partitionStatistics,
  ref,
  schema,
  snapshot,
  spec,
  statistics,
  texts,
} from '#wire/iceberg/shapes'
import { viewVersion } from '#wire/iceberg/view-metadata'
import type { CommitViewRequest, CreateViewRequest } from '#wire/iceberg/view-types'

const name = z.string().min(1).max(256)

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
  ref.extend({ action: z.literal('set-snapshot-ref'), 'ref-name': name }),
  z.object({ action: z.literal('remove-snapshots'), 'snapshot-ids': z.array(long) }),
  z.object({ action: z.literal('remove-snapshot-ref'), 'ref-name': z.string() }),
  z.object({ action: z.literal('set-location'), location: z.string().min(1) }),
  z.object({ action: z.literal('set-properties'), updates: texts }),
  z.object({ action: z.literal('remove-properties'), removals: z.array(z.string()) }),
  z.object({ action: z.literal('set-statistics'), 'snapshot-id': maybe(long), statistics }),
  z.object({ action: z.literal('remove-statistics'), 'snapshot-id': long }),
  z.object({ action: z.literal('set-partition-statistics'), 'partition-statistics': partitionStatistics }),
  z.object({ action: z.literal('remove-partition-statistics'), 'snapshot-id': long }),
  z.object({ action: z.literal('add-encryption-key'), 'encryption-key': encryptedKey }),
  z.object({ action: z.literal('remove-encryption-key'), 'key-id': z.string() }),
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

const viewUpdates = z.discriminatedUnion('action', [
  z.object({ action: z.literal('assign-uuid'), uuid: z.guid() }),
  z.object({ action: z.literal('upgrade-format-version'), 'format-version': z.int() }),
  z.object({ action: z.literal('add-schema'), schema, 'last-column-id': maybe(z.int()) }),
  z.object({ action: z.literal('set-location'), location: z.string().min(1) }),
  z.object({ action: z.literal('set-properties'), updates: texts }),
  z.object({ action: z.literal('remove-properties'), removals: z.array(z.string()) }),
  z.object({ action: z.literal('add-view-version'), 'view-version': viewVersion }),
  z.object({ action: z.literal('set-current-view-version'), 'view-version-id': z.int() }),
])

const viewRequirements = z.object({ type: z.literal('assert-view-uuid'), uuid: z.string() })

/** Of one transaction. */
const MOST_TABLES = 1000
const change = { requirements: z.array(requirements).max(MOST_UPDATES), updates: z.array(updates).max(MOST_UPDATES) }

const identifier = z.object({ namespace: z.array(z.string()), name: z.string() })

export const shapes = {
  createNamespace: z.object({ namespace: z.array(z.string()).min(1), properties: maybe(texts) }),
  updateProperties: z.object({ removals: maybe(z.array(z.string())), updates: maybe(texts) }),
  named: z.object({ name }),
  createTable: z.object({
    name,
    location: maybe(z.string()),
    schema,
    'partition-spec': maybe(spec),
    'write-order': maybe(order),
    'stage-create': maybe(z.boolean()),
    properties: maybe(texts),
  }),
  commit: z.object({ identifier: maybe(identifier), ...change }),
  transaction: z.object({
    'table-changes': z
      .array(z.object({ identifier, ...change }))
      .min(1)
      .max(MOST_TABLES),
  }),
  register: z.object({ name, 'metadata-location': z.string().min(1), overwrite: maybe(z.boolean()) }),
  createView: z.object({
    name,
    location: maybe(z.string()),
    schema,
    'view-version': viewVersion,
    properties: maybe(texts),
  }),
  commitView: z.object({
    identifier: maybe(identifier),
    requirements: z.array(viewRequirements).max(MOST_UPDATES).default([]),
    updates: z.array(viewUpdates).max(MOST_UPDATES),
  }),
  registerView: z.object({ name, 'metadata-location': z.string().min(1) }),
  rename: z.object({ source: identifier, destination: identifier }),
} as const

/** The body as the shape says. Throws BadRequest that names the first fault's place. */
export function readBody<T extends z.ZodType>(shape: T, text: string): z.output<T> {
  const long = overlong(text)
  if (long) throw BadRequest({ reason: `the body is refused: ${long}` })
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw BadRequest({ reason: 'the body is not JSON' }, error)
  }
  const refused = implausible(value)
  if (refused) throw BadRequest({ reason: `the body is refused: ${refused}` })
  const parsed = shape.safeParse(value)
  if (parsed.success) return dropUndefined(parsed.data) as z.output<T>
  throw BadRequest({ reason: describeIssue(parsed.error) })
}

/** Same, as the protocol's types. */
export const readCreateTable = (text: string): CreateTableRequest => readBody(shapes.createTable, text) as unknown as CreateTableRequest
export const readCommit = (text: string): CommitTableRequest => readBody(shapes.commit, text) as unknown as CommitTableRequest
export const readCreateView = (text: string): CreateViewRequest => readBody(shapes.createView, text) as unknown as CreateViewRequest
export const readCommitView = (text: string): CommitViewRequest => readBody(shapes.commitView, text) as unknown as CommitViewRequest
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
