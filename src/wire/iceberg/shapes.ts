// The shapes of what other programs send or leave in files (spec, "Table Metadata"; REST protocol), checked before anything is built.
import { z } from 'zod'
import { isStorable } from '#kit/storable'
import { DEEPEST, MANY } from '#wire/iceberg/budget'

export const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined)
export const long = z.union([
  z.int(),
  z
    .bigint()
    .min(-(2n ** 63n))
    .max(2n ** 63n - 1n),
])
export const texts = z.record(z.string(), z.string())
/** Reserved ids begin above (spec, "Reserved Field IDs"). */
const fieldId = z.int().min(0).max(2_147_483_447)
const id = z.int().min(-1).max(2_147_483_647)
const millis = z.int().min(0)
const count = z.union([z.int().min(0), z.bigint().min(0n)])

const type: z.ZodType = z.lazy(() => z.union([z.string(), z.discriminatedUnion('type', [struct, list, map])]))
const field = z.looseObject({ id: fieldId, name: z.string(), type, required: z.boolean(), doc: z.string().nullish() })
const struct = z.looseObject({ type: z.literal('struct'), fields: z.array(field) })
const list = z.looseObject({ type: z.literal('list'), 'element-id': fieldId, element: type, 'element-required': z.boolean() })
const map = z.looseObject({
  type: z.literal('map'),
  'key-id': fieldId,
  key: type,
  'value-id': fieldId,
  value: type,
  'value-required': z.boolean(),
})

export const schema = struct.extend({ 'schema-id': maybe(id), 'identifier-field-ids': maybe(z.array(fieldId)) })

const partitionField = z.object({ 'source-id': fieldId, 'field-id': maybe(fieldId), name: z.string().min(1), transform: z.string() })
export const spec = z.object({ 'spec-id': maybe(id), fields: z.array(partitionField).max(MANY) })

export const order = z.object({
  'order-id': id.default(0),
  fields: z
    .array(
      z.object({
        'source-id': fieldId,
        transform: z.string(),
        direction: z.enum(['asc', 'desc']),
        'null-order': z.enum(['nulls-first', 'nulls-last']),
      }),
    )
    .max(MANY),
})

export const snapshot = z.looseObject({
  'snapshot-id': long,
  'parent-snapshot-id': maybe(long),
  'sequence-number': maybe(count),
  'timestamp-ms': millis,
  'manifest-list': z.string().min(1),
  summary: maybe(texts),
  'schema-id': maybe(id),
  'first-row-id': maybe(count),
  'added-rows': maybe(count),
  'key-id': maybe(z.string()),
})

export const ref = z.looseObject({
  'snapshot-id': long,
  type: z.enum(['branch', 'tag']),
  'min-snapshots-to-keep': z.int().min(1).nullish(),
  'max-snapshot-age-ms': z.int().min(1).nullish(),
  'max-ref-age-ms': z.int().min(1).nullish(),
})

export const statistics = z.looseObject({
  'snapshot-id': long,
  'statistics-path': z.string().min(1),
  'file-size-in-bytes': count,
  'file-footer-size-in-bytes': count,
  'key-metadata': z.string().nullish(),
  'blob-metadata': z.array(
    z.looseObject({
      type: z.string(),
      'snapshot-id': long,
      'sequence-number': long,
      fields: z.array(z.int()),
      properties: texts.nullish(),
    }),
  ),
})

export const partitionStatistics = z.looseObject({ 'snapshot-id': long, 'statistics-path': z.string().min(1), 'file-size-in-bytes': count })

export const encryptedKey = z.looseObject({
  'key-id': z.string().min(1),
  'encrypted-key-metadata': z.string(),
  'encrypted-by-id': maybe(z.string()),
  properties: maybe(texts),
})

/** A metadata file of version 1 to 3; what one of them may leave out may be missing. */
export const metadataFile = z.looseObject({
  'format-version': z.int(),
  'table-uuid': z.guid().nullish(),
  location: z.string().min(1),
  'last-sequence-number': count.nullish(),
  'next-row-id': count.nullish(),
  'encryption-keys': z.array(encryptedKey).max(MANY).nullish(),
  'last-updated-ms': millis.nullish(),
  'last-column-id': fieldId.nullish(),
  'current-schema-id': id.nullish(),
  schemas: z.array(schema).max(MANY).nullish(),
  schema: schema.nullish(),
  'default-spec-id': id.nullish(),
  'partition-specs': z.array(spec).max(MANY).nullish(),
  'partition-spec': z.array(partitionField).max(MANY).nullish(),
  'last-partition-id': id.nullish(),
  'default-sort-order-id': id.nullish(),
  'sort-orders': z.array(order).max(MANY).nullish(),
  properties: texts.nullish(),
  'current-snapshot-id': long.nullish(),
  // Version 1 knew snapshots without a manifest list, before 2019; reading one is refused by name.
  snapshots: z.array(snapshot.extend({ 'manifest-list': z.string().min(1).optional() })).nullish(),
  refs: z.record(z.string(), ref).nullish(),
  'snapshot-log': z.array(z.looseObject({ 'timestamp-ms': millis, 'snapshot-id': long })).nullish(),
  'metadata-log': z.array(z.looseObject({ 'timestamp-ms': millis, 'metadata-file': z.string() })).nullish(),
  statistics: z.array(statistics).nullish(),
  'partition-statistics': z.array(partitionStatistics).nullish(),
})

const LONGEST_LOCATION = 1024

/** Why it cannot be the folder of a table or view; undefined when it can. Java's libraries write `file:/tmp`. */
export function misplaced(location: string): string | undefined {
  return location.length > LONGEST_LOCATION || /\p{Cc}/u.test(location) || !/^([a-z][a-z0-9+.-]*:\/\/|file:\/)/.test(location)
    ? `the location ${JSON.stringify(location.slice(0, 200))} is not a URI of at most ${LONGEST_LOCATION} characters`
    : undefined
}

/** Why the value cannot be taken in at all, whatever its shape; undefined when it can. */
export function implausible(value: unknown): string | undefined {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return `it is nested deeper than ${DEEPEST} levels`
    const below: unknown[] = []
    for (const item of level) {
      if (typeof item === 'string' && !isStorable(item)) return 'a text holds NUL or half a character'
      if (item === null || typeof item !== 'object') continue
      for (const [name, child] of Object.entries(item)) {
        if (name === '__proto__' || !isStorable(name)) return `a member has the name ${JSON.stringify(name)}`
        below.push(child)
      }
    }
    level = below
  }
  return undefined
}

/** The first fault with its place, or undefined. */
export function misshapen(shape: z.ZodType, value: unknown): string | undefined {
  const parsed = shape.safeParse(value)
  if (parsed.success) return undefined
  return describeIssue(parsed.error)
}

export function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0]
  return `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`
}
