// What complete table metadata must be, beyond its shape, before anything is built from it (spec, "Table Metadata Fields").
import { BadUpdate } from '#wire/iceberg/errors'
import { assertSchema, assertTransforms, highestFieldId } from '#wire/iceberg/schema'
import { misplaced } from '#wire/iceberg/shapes'
import type { Long, Schema, Snapshot, TableMetadata } from '#wire/iceberg/types'

/** Of field, partition field, schema, spec and order ids: they are 32-bit integers. */
const LARGEST_ID = 2_147_483_647
const MAIN = 'main'

/** Throws BadUpdate with the first fault. */
export function assertMetadata(m: TableMetadata): void {
  const fault = misplaced(m.location)
  if (fault) throw BadUpdate({ reason: fault })
  for (const schema of m.schemas) assertSchema(schema, m['format-version'])
  unique('schema', m.schemas, (s) => s['schema-id'])
  unique('partition spec', m['partition-specs'], (s) => s['spec-id'])
  unique('sort order', m['sort-orders'], (o) => o['order-id'])
  unique('snapshot', m.snapshots, (s) => s['snapshot-id'])
  const current = m.schemas.find((s) => s['schema-id'] === m['current-schema-id'])
  if (!current) throw BadUpdate({ reason: `there is no current schema: schema ${m['current-schema-id']} is not in the metadata` })
  atLeast(
    'last-column-id',
    m['last-column-id'],
    m.schemas.reduce((highest, s) => Math.max(highest, highestFieldId(s)), 0),
  )
  assertSpecs(m, current)
  if (!m['sort-orders'].some((o) => o['order-id'] === m['default-sort-order-id']))
    throw BadUpdate({ reason: `there is no default sort order: sort order ${m['default-sort-order-id']} is not in the metadata` })
  for (const order of m['sort-orders']) assertTransforms(undefined, order.fields)
  assertSnapshots(m)
}

function assertSpecs(m: TableMetadata, current: Schema): void {
  const fallback = m['partition-specs'].find((s) => s['spec-id'] === m['default-spec-id'])
  if (!fallback) throw BadUpdate({ reason: `there is no default partition spec: spec ${m['default-spec-id']} is not in the metadata` })
  let highest = 0
  for (const spec of m['partition-specs']) {
    unique(`field of partition spec ${spec['spec-id']}`, spec.fields, (f) => f['field-id'])
    unique(`field of partition spec ${spec['spec-id']}`, spec.fields, (f) => f.name)
    // The columns of other specs may have been dropped since.
    assertTransforms(spec === fallback ? current : undefined, spec.fields)
    for (const f of spec.fields) highest = Math.max(highest, f['field-id'])
  }
  atLeast('last-partition-id', m['last-partition-id'], highest)
}

function assertSnapshots(m: TableMetadata): void {
  const known = new Map<Long, Snapshot>(m.snapshots.map((s) => [s['snapshot-id'], s]))
  const newest = m['last-sequence-number']
  for (const snapshot of m.snapshots)
    if (m['format-version'] > 1 && (snapshot['sequence-number'] ?? 0) > newest)
      throw BadUpdate({ reason: `snapshot ${snapshot['snapshot-id']} has a sequence number above the table's ${newest}` })
  const next = m['next-row-id'] ?? 0
  for (const { 'snapshot-id': id, 'first-row-id': first, 'added-rows': added } of m.snapshots)
    if (first !== undefined && BigInt(first) + BigInt(added ?? 0) > BigInt(next))
      throw BadUpdate({ reason: `snapshot ${id} has row ids above the table's next, ${next}` })
  for (const [name, ref] of Object.entries(m.refs)) {
    if (!known.has(ref['snapshot-id'])) throw BadUpdate({ reason: `${name} points to snapshot ${ref['snapshot-id']}: there is none` })
    if (name === MAIN && ref.type !== 'branch') throw BadUpdate({ reason: 'main must be a branch' })
  }
  const current = m['current-snapshot-id']
  const main = Object.hasOwn(m.refs, MAIN) ? m.refs[MAIN]?.['snapshot-id'] : undefined
  if (current !== undefined && !known.has(current)) throw BadUpdate({ reason: `the current snapshot ${current} is not in the metadata` })
  if (main !== current) throw BadUpdate({ reason: `main is at snapshot ${main}, but the current snapshot is ${current}` })
}

function unique<T>(what: string, items: readonly T[], key: (item: T) => unknown): void {
  const seen = new Set<unknown>()
  for (const item of items) {
    const value = key(item)
    if (seen.has(value)) throw BadUpdate({ reason: `there are two of ${what} ${value}` })
    seen.add(value)
  }
}

/** New ids are counted from here: a lower one would be given to two things. */
function atLeast(what: string, value: number, least: number): void {
  if (value < least || value > LARGEST_ID)
    throw BadUpdate({ reason: `${what} is ${value}, but ${least} is in use, and ${LARGEST_ID} is the largest id` })
}
