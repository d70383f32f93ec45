// The updates of a commit applied to metadata, purely (REST protocol, TableUpdate; checks as in the Java TableMetadata.Builder).
import { MANY, MOST_SCHEMA_FIELDS, overgrown, walking } from '#wire/iceberg/budget'
import { Draft } from '#wire/iceberg/draft'
import { BadUpdate, StaleUpdate } from '#wire/iceberg/errors'
import { toLong } from '#wire/iceberg/json'
import { assertFormatVersion, currentSchema, FIRST_PARTITION_ID, MAIN_BRANCH } from '#wire/iceberg/metadata'
import { allFields, assertSchema, assertTransforms, fieldById, highestFieldId, schemaKey } from '#wire/iceberg/schema'
import type {
  EncryptedKey,
  Long,
  PartitionField,
  PartitionSpec,
  PartitionSpecInput,
  Schema,
  SchemaInput,
  Snapshot,
  SnapshotRef,
  SortOrder,
  TableMetadata,
  TableUpdate,
} from '#wire/iceberg/types'
import { assertMetadata } from '#wire/iceberg/validate'

/** How far a snapshot's clock may lag behind what was committed last; milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000
/** The id that means "the one added last in this commit". */
const LAST_ADDED = -1

/** What this commit added so far, for `-1`; what it makes. */
interface Added {
  schema?: number
  spec?: number
  order?: number
  readonly draft: Draft
  /** Of the partition fields of these specs, by source and transform. */
  fieldIds?: { readonly of: readonly PartitionSpec[]; readonly ids: Map<string, number> }
}

/** The metadata after the updates; the input is not changed. `now` in milliseconds. Throws BadUpdate. */
export function applyUpdates(metadata: TableMetadata, updates: readonly TableUpdate[], now: number): TableMetadata {
  const added: Added = { draft: new Draft() }
  const walk = walking()
  const result = joined(updates).reduce((state, update) => {
    const tired = walk(walkedOver(state, update))
    if (tired) throw BadUpdate({ reason: `the commit is refused: ${tired}` })
    return apply(state, update, added, now)
  }, metadata)
  if (result === metadata) return metadata
  if (result['table-uuid'] === '') throw BadUpdate({ reason: 'the commit leaves the table without a uuid' })
  const much = overgrown(metadata, result)
  if (much) throw BadUpdate({ reason: `the table is refused: ${much}` })
  assertFew(metadata, result)
  assertSources(result)
  assertMetadata(result)
  return { ...result, 'last-updated-ms': Math.max(now, result['last-updated-ms']) }
}

/** A metadata file with more would not be read again; what was beyond a bound before may stay, and shrink. */
function assertFew(before: TableMetadata, after: TableMetadata): void {
  const held = (m: TableMetadata) =>
    ({
      'partition specs': [m['partition-specs'].length, MANY],
      'fields of partition specs': [fieldCount(m), MOST_SCHEMA_FIELDS],
      'sort orders': [m['sort-orders'].length, MANY],
      references: [Object.keys(m.refs).length, MANY],
    }) as const
  const then = held(before)
  for (const [what, [count, most]] of Object.entries(held(after)))
    if (count > most && count > then[what as keyof typeof then][0])
      throw BadUpdate({ reason: `the table is refused: it would have ${count} ${what}, and ${most} is the most: remove some first` })
}

/** How many items the update walks over; those that are found by key count for nothing. References are a record, which is slower to walk. */
function walkedOver(m: TableMetadata, u: TableUpdate): number {
  switch (u.action) {
    case 'set-current-schema':
    case 'remove-schemas':
    case 'add-spec':
    case 'add-sort-order':
      return m.schemas.length
    case 'set-default-spec':
      return m['partition-specs'].length
    case 'remove-partition-specs':
      return m['partition-specs'].length + fieldCount(m)
    case 'set-default-sort-order':
      return m['sort-orders'].length
    case 'set-snapshot-ref':
      return u['ref-name'] === MAIN_BRANCH ? 2 * m['snapshot-log'].length : 0
    case 'remove-snapshots':
      return m.snapshots.length + m['snapshot-log'].length + statisticsCount(m) + 100 * Object.keys(m.refs).length
    case 'set-statistics':
    case 'remove-statistics':
    case 'set-partition-statistics':
    case 'remove-partition-statistics':
      return statisticsCount(m)
    case 'add-encryption-key':
    case 'remove-encryption-key':
      return m['encryption-keys']?.length ?? 0
    default:
      return 0
  }
}

const fieldCount = (m: TableMetadata) => m['partition-specs'].reduce((sum, { fields }) => sum + fields.length, 0)
const statisticsCount = (m: TableMetadata) => (m.statistics?.length ?? 0) + (m['partition-statistics']?.length ?? 0)

/** Writers of before Iceberg 1.9 name each snapshot that expires in an update of its own: those behind each other are one. */
function joined(updates: readonly TableUpdate[]): readonly TableUpdate[] {
  const found: TableUpdate[] = []
  let ids: Long[] | undefined
  for (const update of updates) {
    if (update.action !== 'remove-snapshots') ids = undefined
    else if (ids) {
      for (const id of update['snapshot-ids']) ids.push(id)
      continue
    } else ids = [...update['snapshot-ids']]
    found.push(ids ? { action: 'remove-snapshots', 'snapshot-ids': ids } : update)
  }
  return found
}

/** Of the end of a commit: in the middle, the schema may be the new one and the spec still the old. */
function assertSources(m: TableMetadata): void {
  const schema = m.schemas.find((s) => s['schema-id'] === m['current-schema-id'])
  for (const field of m['partition-specs'].find((s) => s['spec-id'] === m['default-spec-id'])?.fields ?? [])
    if (schema && field.transform !== 'void' && !fieldById(schema, field['source-id']))
      throw BadUpdate({ reason: `column ${field['source-id']} is the source of partition field ${field.name} and cannot be dropped` })
}

function apply(m: TableMetadata, u: TableUpdate, added: Added, now: number): TableMetadata {
  switch (u.action) {
    case 'assign-uuid':
      return assignUuid(m, u.uuid)
    case 'upgrade-format-version':
      return upgrade(m, u['format-version'])
    case 'add-schema':
      return addSchema(m, u.schema, u['last-column-id'], added)
    case 'set-current-schema':
      return setCurrentSchema(m, lastAdded(u['schema-id'], added.schema, 'schema'))
    case 'remove-schemas':
      if (u['schema-ids'].includes(m['current-schema-id'])) throw BadUpdate({ reason: 'the current schema cannot be removed' })
      return { ...m, schemas: lacking(m.schemas, u['schema-ids'], schemaId) }
    case 'add-spec':
      return addSpec(m, u.spec, added)
    case 'set-default-spec':
      return setDefaultSpec(m, lastAdded(u['spec-id'], added.spec, 'partition spec'))
    case 'remove-partition-specs':
      if (u['spec-ids'].includes(m['default-spec-id'])) throw BadUpdate({ reason: 'the default partition spec cannot be removed' })
      return { ...m, 'partition-specs': lacking(m['partition-specs'], u['spec-ids'], specId) }
    case 'add-sort-order':
      return addSortOrder(m, u['sort-order'], added)
    case 'set-default-sort-order':
      return setDefaultSortOrder(m, lastAdded(u['sort-order-id'], added.order, 'sort order'))
    case 'add-snapshot':
      return addSnapshot(m, u.snapshot, added.draft)
    case 'set-snapshot-ref':
      return setRef(m, u, now, added.draft)
    case 'remove-snapshots':
      return removeSnapshots(m, u['snapshot-ids'])
    case 'remove-snapshot-ref':
      return removeRef(m, u['ref-name'], added.draft)
    case 'set-location':
      return u.location === m.location ? m : { ...m, location: u.location.replace(/\/+$/, '') }
    case 'set-properties':
      return { ...m, properties: added.draft.merged(m.properties, u.updates) }
    case 'remove-properties':
      return { ...m, properties: added.draft.without(m.properties, u.removals) }
    case 'set-statistics':
      return { ...m, statistics: [...without(m.statistics, u.statistics['snapshot-id']), u.statistics] }
    case 'remove-statistics':
      return { ...m, statistics: without(m.statistics, u['snapshot-id']) }
    case 'set-partition-statistics': {
      const file = u['partition-statistics']
      return { ...m, 'partition-statistics': [...without(m['partition-statistics'], file['snapshot-id']), file] }
    }
    case 'remove-partition-statistics':
      return { ...m, 'partition-statistics': without(m['partition-statistics'], u['snapshot-id']) }
    case 'add-encryption-key':
      return addKey(m, u['encryption-key'])
    case 'remove-encryption-key':
      return withKeys(
        m,
        (m['encryption-keys'] ?? []).filter((k) => k['key-id'] !== u['key-id']),
      )
    default:
      throw BadUpdate({ reason: `update ${(u as { action: unknown }).action} is not served here` })
  }
}

function assignUuid(m: TableMetadata, uuid: string): TableMetadata {
  const id = uuid.toLowerCase()
  if (m['table-uuid'] === id) return m
  if (m.schemas.length > 0) throw BadUpdate({ reason: `the table has uuid ${m['table-uuid']}; it cannot be given another` })
  return { ...m, 'table-uuid': id }
}

function upgrade(m: TableMetadata, version: number): TableMetadata {
  if (version === m['format-version']) return m
  const wanted = assertFormatVersion(version)
  const isNew = m.schemas.length === 0
  if (wanted < m['format-version'] && !isNew)
    throw BadUpdate({ reason: `a table of format version ${m['format-version']} cannot go back to ${wanted}` })
  return { ...m, 'format-version': wanted, ...(wanted === 3 ? { 'next-row-id': m['next-row-id'] ?? 0 } : {}) }
}

function addSchema(m: TableMetadata, input: SchemaInput, lastColumnId: number | undefined, added: Added): TableMetadata {
  assertSchema(input, m['format-version'])
  const highest = Math.max(m['last-column-id'], lastColumnId ?? 0, highestFieldId(input))
  const { known, next } = added.draft.look(m.schemas, schemaKey(input), schemaKey, schemaId)
  const id = known?.['schema-id'] ?? next
  added.schema = id
  const schema: Schema = { ...input, type: 'struct', 'schema-id': id }
  return { ...m, 'last-column-id': highest, schemas: known ? m.schemas : added.draft.plus(m.schemas, schema, schemaId) }
}

function setCurrentSchema(m: TableMetadata, id: number): TableMetadata {
  if (id === m['current-schema-id']) return m
  if (!m.schemas.some((s) => s['schema-id'] === id)) throw BadUpdate({ reason: `schema ${id} is not in the metadata` })
  return { ...m, 'current-schema-id': id }
}

function addSpec(m: TableMetadata, input: PartitionSpecInput, added: Added): TableMetadata {
  const schema = bindingSchema(m)
  assertTransforms(schema, input.fields)
  const columns = columnIds(schema)
  const names = new Set<string>()
  const reused = fieldIds(m['partition-specs'], added)
  let last = m['last-partition-id']
  const fields = input.fields.map((f): PartitionField => {
    if (names.has(f.name)) throw BadUpdate({ reason: `two partition fields are named ${f.name}` })
    names.add(f.name)
    const column = columns.get(f.name)
    if (column !== undefined && f.transform !== 'void' && (f.transform !== 'identity' || column !== f['source-id']))
      throw BadUpdate({ reason: `partition field ${f.name} has the name of a column that it does not hold as it is` })
    const id = f['field-id'] ?? reused.get(JSON.stringify([f['source-id'], f.transform])) ?? last + 1
    last = Math.max(last, id)
    return { 'source-id': f['source-id'], 'field-id': id, name: f.name, transform: f.transform }
  })
  if (m['format-version'] === 1 && fields.some((f, i) => f['field-id'] !== FIRST_PARTITION_ID + i))
    throw BadUpdate({ reason: 'partition field ids of format version 1 must follow each other from 1000' })
  const { known, next } = added.draft.look(m['partition-specs'], specKey({ fields }), specKey, specId)
  const id = known?.['spec-id'] ?? next
  added.spec = id
  const specs = known ? m['partition-specs'] : added.draft.plus(m['partition-specs'], { 'spec-id': id, fields }, specId)
  if (!known) for (const f of fields) keepFieldId(reused, f)
  added.fieldIds = { of: specs, ids: reused }
  return {
    ...m,
    'last-partition-id': Math.max(m['last-partition-id'], last),
    'partition-specs': specs,
  }
}

function setDefaultSpec(m: TableMetadata, id: number): TableMetadata {
  if (!m['partition-specs'].some((s) => s['spec-id'] === id)) throw BadUpdate({ reason: `partition spec ${id} is not in the metadata` })
  return id === m['default-spec-id'] ? m : { ...m, 'default-spec-id': id }
}

function addSortOrder(m: TableMetadata, order: SortOrder, added: Added): TableMetadata {
  assertTransforms(bindingSchema(m), order.fields)
  const { known, next } = added.draft.look(m['sort-orders'], orderKey(order), orderKey, orderId)
  const id = known?.['order-id'] ?? (order.fields.length === 0 ? 0 : Math.max(1, next))
  added.order = id
  return known ? m : { ...m, 'sort-orders': added.draft.plus(m['sort-orders'], { 'order-id': id, fields: order.fields }, orderId) }
}

function setDefaultSortOrder(m: TableMetadata, id: number): TableMetadata {
  if (!m['sort-orders'].some((o) => o['order-id'] === id)) throw BadUpdate({ reason: `sort order ${id} is not in the metadata` })
  return id === m['default-sort-order-id'] ? m : { ...m, 'default-sort-order-id': id }
}

function addSnapshot(m: TableMetadata, snapshot: Snapshot, draft: Draft): TableMetadata {
  const id = snapshot['snapshot-id']
  if (draft.look(m.snapshots, String(id), snapshotKey, () => 0).known) throw BadUpdate({ reason: `snapshot ${id} exists already` })
  if (typeof snapshot['manifest-list'] !== 'string') throw BadUpdate({ reason: `snapshot ${id} names no manifest list` })
  const sequence = snapshot['sequence-number'] ?? 0
  if (m['format-version'] > 1 && snapshot['parent-snapshot-id'] !== undefined && sequence <= m['last-sequence-number'])
    throw StaleUpdate({
      reason: `Cannot add snapshot with sequence number ${sequence} older than last sequence number ${m['last-sequence-number']}`,
    })
  const newest = m['snapshot-log'].at(-1)?.['timestamp-ms'] ?? 0
  if (snapshot['timestamp-ms'] < Math.max(newest, m.snapshots.length > 0 ? m['last-updated-ms'] : 0) - CLOCK_TOLERANCE_MS)
    throw BadUpdate({ reason: `snapshot ${id} is older than the table's last change by more than a minute: check the writer's clock` })
  const last = sequence > m['last-sequence-number'] ? toLong(sequence) : m['last-sequence-number']
  return {
    ...m,
    'last-sequence-number': m['format-version'] > 1 ? last : 0,
    ...rowIds(m, snapshot),
    'last-updated-ms': Math.max(m['last-updated-ms'], snapshot['timestamp-ms']),
    snapshots: draft.plus(m.snapshots, snapshot, () => 0),
  }
}

/** Row ids are given once: those of a snapshot begin where the table's end, or above (spec v3, "Row Lineage"). */
function rowIds(m: TableMetadata, snapshot: Snapshot): Pick<TableMetadata, 'next-row-id'> {
  if (m['format-version'] < 3) return {}
  const { 'snapshot-id': id, 'first-row-id': first, 'added-rows': added } = snapshot
  if (first === undefined || added === undefined)
    throw BadUpdate({
      reason: `snapshot ${id} has no ${first === undefined ? 'first-row-id' : 'added-rows'}, which format version 3 wants`,
    })
  const next = m['next-row-id'] ?? 0
  if (first < next) throw StaleUpdate({ reason: `Cannot add a snapshot, first-row-id is behind table next-row-id: ${first} < ${next}` })
  return { 'next-row-id': toLong(BigInt(first) + BigInt(added)) }
}

function addKey(m: TableMetadata, key: EncryptedKey): TableMetadata {
  const keys = m['encryption-keys'] ?? []
  return keys.some((k) => k['key-id'] === key['key-id']) ? m : withKeys(m, [...keys, key])
}

function withKeys(m: TableMetadata, keys: readonly EncryptedKey[]): TableMetadata {
  if (m['format-version'] < 3) throw BadUpdate({ reason: `format version ${m['format-version']} has no encryption keys` })
  const { 'encryption-keys': _before, ...rest } = m
  return keys.length > 0 ? { ...rest, 'encryption-keys': keys } : rest
}

function setRef(m: TableMetadata, u: { readonly 'ref-name': string } & SnapshotRef, now: number, draft: Draft): TableMetadata {
  const { 'ref-name': name, 'snapshot-id': id } = u
  const snapshot = draft.look(m.snapshots, String(id), snapshotKey, () => 0).known
  if (!snapshot) throw BadUpdate({ reason: `${name} cannot point to snapshot ${id}: there is none` })
  if (u.type !== 'branch' && u.type !== 'tag') throw BadUpdate({ reason: `reference ${name} must be a branch or a tag` })
  // As a name in the file it would be one that nobody reads (`implausible`).
  if (name === '__proto__') throw BadUpdate({ reason: `a reference cannot have the name ${name}` })
  if (name === MAIN_BRANCH && u.type !== 'branch') throw BadUpdate({ reason: 'main must be a branch' })
  const ref: SnapshotRef = {
    'snapshot-id': id,
    type: u.type,
    ...keep(u, 'min-snapshots-to-keep'),
    ...keep(u, 'max-snapshot-age-ms'),
    ...keep(u, 'max-ref-age-ms'),
  }
  const next = { ...m, refs: draft.merged(m.refs, { [name]: ref }) }
  if (name !== MAIN_BRANCH || m['current-snapshot-id'] === id) return next
  const isNew = m['snapshot-log'].every((e) => e['snapshot-id'] !== id)
  const at = isNew && snapshot['timestamp-ms'] >= (m['snapshot-log'].at(-1)?.['timestamp-ms'] ?? 0) ? snapshot['timestamp-ms'] : now
  return { ...next, 'current-snapshot-id': id, 'snapshot-log': [...m['snapshot-log'], { 'timestamp-ms': at, 'snapshot-id': id }] }
}

function removeSnapshots(m: TableMetadata, ids: readonly Long[]): TableMetadata {
  const gone = new Set(ids)
  for (const [name, ref] of Object.entries(m.refs))
    if (gone.has(ref['snapshot-id'])) {
      if (name === MAIN_BRANCH) throw BadUpdate({ reason: `snapshot ${ref['snapshot-id']} is the current one and cannot be removed` })
    }
  const refs = Object.fromEntries(Object.entries(m.refs).filter(([, ref]) => !gone.has(ref['snapshot-id'])))
  const snapshots = m.snapshots.filter((s) => !gone.has(s['snapshot-id']))
  const lastGap = m['snapshot-log'].findLastIndex((e) => gone.has(e['snapshot-id']))
  return {
    ...m,
    snapshots,
    refs,
    'snapshot-log': m['snapshot-log'].slice(lastGap + 1),
    ...(m.statistics ? { statistics: m.statistics.filter((s) => !gone.has(s['snapshot-id'])) } : {}),
    ...(m['partition-statistics'] ? { 'partition-statistics': m['partition-statistics'].filter((s) => !gone.has(s['snapshot-id'])) } : {}),
  }
}

/** Without main there is no current snapshot; what was current, and when, stays in the log (a table that is replaced). */
function removeRef(m: TableMetadata, name: string, draft: Draft): TableMetadata {
  if (!Object.hasOwn(m.refs, name)) return m
  const refs = draft.without(m.refs, [name])
  if (name !== MAIN_BRANCH) return { ...m, refs }
  const { 'current-snapshot-id': _current, ...rest } = m
  return { ...rest, refs }
}

/** Of a new table, the one added last: some writers (DuckDB) name the current schema only at the end of the commit. */
function bindingSchema(m: TableMetadata): Schema {
  return m.schemas.find((s) => s['schema-id'] === m['current-schema-id']) ?? m.schemas.at(-1) ?? currentSchema(m)
}

/** Of the first field of all specs with that source and transform; kept while the commit only adds specs. */
function fieldIds(specs: readonly PartitionSpec[], { fieldIds }: Added): Map<string, number> {
  if (fieldIds?.of === specs) return fieldIds.ids
  const ids = new Map<string, number>()
  for (const spec of specs) for (const f of spec.fields) keepFieldId(ids, f)
  return ids
}

function keepFieldId(ids: Map<string, number>, f: PartitionField): void {
  const key = JSON.stringify([f['source-id'], f.transform])
  if (!ids.has(key)) ids.set(key, f['field-id'])
}

function lacking<T>(items: readonly T[], ids: readonly number[], idOf: (item: T) => number): readonly T[] {
  const gone = new Set(ids)
  return items.filter((item) => !gone.has(idOf(item)))
}

const columnsBySchema = new WeakMap<object, ReadonlyMap<string, number>>()

function columnIds(schema: Schema): ReadonlyMap<string, number> {
  const known = columnsBySchema.get(schema) ?? new Map(allFields(schema).map((f) => [f.path, f.id]))
  columnsBySchema.set(schema, known)
  return known
}

const schemaId = (s: Schema) => s['schema-id']
const specId = (s: PartitionSpec) => s['spec-id']
const orderId = (o: SortOrder) => o['order-id']
const snapshotKey = (s: Snapshot) => String(s['snapshot-id'])
const specKey = ({ fields }: Pick<PartitionSpec, 'fields'>) =>
  JSON.stringify(fields.map((f) => [f['source-id'], f['field-id'], f.name, f.transform]))
const orderKey = ({ fields }: Pick<SortOrder, 'fields'>) =>
  JSON.stringify(fields.map((f) => [f['source-id'], f.transform, f.direction, f['null-order']]))

function lastAdded(id: number, added: number | undefined, what: string): number {
  if (id !== LAST_ADDED) return id
  if (added === undefined) throw BadUpdate({ reason: `-1 means the ${what} added last, but this commit adds none` })
  return added
}

function without<T extends { readonly 'snapshot-id': Long }>(files: readonly T[] | undefined, id: Long): readonly T[] {
  return (files ?? []).filter((f) => f['snapshot-id'] !== id)
}

function keep<K extends keyof SnapshotRef>(ref: SnapshotRef, key: K): Partial<SnapshotRef> {
  return ref[key] === undefined || ref[key] === null ? {} : { [key]: ref[key] }
}
