import { describe, expect, it } from 'vitest'
import type { AkkoError } from '#kit/errors'
import { printJson } from '#wire/iceberg/json'
import { createMetadata, currentSchema, emptyMetadata, printMetadata, readMetadata, stagedUpdates, toWire } from '#wire/iceberg/metadata'
import { checkRequirements } from '#wire/iceberg/requirements'
import type { SchemaInput, Snapshot, TableMetadata, TableRequirement, TableUpdate } from '#wire/iceberg/types'
import { applyUpdates } from '#wire/iceberg/updates'

const NOW = 1_800_000_000_000
const FRESH = { uuid: '6d5bd0d0-0000-4000-8000-000000000001', location: 's3://lake/a/t-1', now: NOW }
const schema: SchemaInput = {
  type: 'struct',
  fields: [
    { id: 7, name: 'id', type: 'long', required: true },
    {
      id: 9,
      name: 'address',
      type: { type: 'struct', fields: [{ id: 11, name: 'city', type: 'string', required: false }] },
      required: false,
    },
    { id: 10, name: 'at', type: 'timestamptz', required: false },
  ],
  'identifier-field-ids': [7],
}
const table = (properties = {}): TableMetadata =>
  createMetadata(
    { name: 't', schema, properties, 'partition-spec': { fields: [{ 'source-id': 10, name: 'at_month', transform: 'month' }] } },
    FRESH,
  )
const snapshot = (id: number | bigint, more: Partial<Snapshot> = {}): Snapshot => ({
  'snapshot-id': id,
  'sequence-number': 1,
  'timestamp-ms': NOW + 1,
  'manifest-list': `s3://lake/a/t-1/metadata/snap-${id}.avro`,
  summary: { operation: 'append' },
  'schema-id': 0,
  ...more,
})
const append = (id: number | bigint, more: Partial<Snapshot> = {}): TableUpdate[] => [
  { action: 'add-snapshot', snapshot: snapshot(id, more) },
  { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': id },
]
const message = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return `${(error as AkkoError).code}: ${(error as Error).message}`
  }
  return 'nothing was thrown'
}

describe('a new table', () => {
  it('gets fresh ids level by level, and its spec and identifiers follow them', () => {
    const made = table({ 'format-version': '2', owner: 'me' })
    const fields = currentSchema(made).fields
    expect(fields.map((f) => [f.name, f.id])).toEqual([
      ['id', 1],
      ['address', 2],
      ['at', 3],
    ])
    expect(fields[1]?.type).toMatchObject({ fields: [{ name: 'city', id: 4 }] })
    expect(currentSchema(made)['identifier-field-ids']).toEqual([1])
    expect(made).toMatchObject({
      'format-version': 2,
      'last-column-id': 4,
      'last-partition-id': 1000,
      'partition-specs': [{ 'spec-id': 0, fields: [{ 'source-id': 3, 'field-id': 1000, name: 'at_month', transform: 'month' }] }],
      'sort-orders': [{ 'order-id': 0, fields: [] }],
      properties: { owner: 'me' },
    })
  })
  it('is the same when made from its staged updates', () => {
    const made = table()
    expect(applyUpdates(emptyMetadata(FRESH), stagedUpdates(made), NOW)).toEqual(made)
  })
  it('may name its current schema last, as DuckDB does', () => {
    const made = table()
    const updates = stagedUpdates(made)
    const late = [...updates.filter((u) => u.action !== 'set-current-schema'), ...updates.filter((u) => u.action === 'set-current-schema')]
    expect(applyUpdates(emptyMetadata(FRESH), late, NOW)).toEqual(made)
  })
  it('refuses versions and types that are not served', () => {
    expect(message(() => table({ 'format-version': '4' }))).toContain('format version 4 is not served here')
    const odd: SchemaInput = { type: 'struct', fields: [{ id: 1, name: 'v', type: 'variant', required: false }] }
    expect(message(() => createMetadata({ name: 't', schema: odd }, FRESH))).toContain('v has type variant')
  })
  it('refuses a commit that leaves it incomplete', () => {
    expect(message(() => applyUpdates(emptyMetadata(FRESH), stagedUpdates(table()).slice(0, 3), NOW))).toContain(
      'there is no current schema',
    )
  })
})

describe('format version 3', () => {
  const third = (more: Partial<SchemaInput> = {}) =>
    createMetadata({ name: 't', schema: { ...schema, ...more }, properties: { 'format-version': '3' } }, FRESH)
  const field = (type: string, more = {}) => third({ fields: [{ id: 7, name: 'c', type, required: true, ...more }] })
  const add = (id: number, sequence: number, first?: number | bigint, rows?: number) =>
    append(id, {
      'sequence-number': sequence,
      ...(id > 1 ? { 'parent-snapshot-id': id - 1 } : {}),
      ...(first === undefined ? {} : { 'first-row-id': first }),
      ...(rows === undefined ? {} : { 'added-rows': rows }),
    })

  it('gives each row id once', () => {
    expect(third()['next-row-id']).toBe(0)
    const one = applyUpdates(third(), add(1, 1, 0, 40), NOW)
    expect(one['next-row-id']).toBe(40)
    expect(message(() => applyUpdates(one, add(2, 2), NOW))).toContain('no first-row-id')
    expect(message(() => applyUpdates(one, add(2, 2, 40), NOW))).toContain('no added-rows')
    expect(message(() => applyUpdates(one, add(2, 2, 39, 5), NOW))).toBe(
      'catalog.commit_conflict: Validation failed, please retry: Cannot add a snapshot, first-row-id is behind table next-row-id: 39 < 40',
    )
    const two = applyUpdates(one, add(2, 2, 2n ** 60n, 5), NOW)
    expect(two['next-row-id']).toBe(2n ** 60n + 5n)
    expect(readMetadata(printMetadata(two))).toEqual(two)
    expect(printMetadata(two)).toContain('"next-row-id":1152921504606846981')
  })
  it('begins with row 0 where a table of version 2 becomes one of version 3, and never goes back', () => {
    const at = applyUpdates(applyUpdates(table(), append(1), NOW), [{ action: 'upgrade-format-version', 'format-version': 3 }], NOW)
    expect(at).toMatchObject({ 'format-version': 3, 'next-row-id': 0 })
    const back: TableUpdate[] = [{ action: 'upgrade-format-version', 'format-version': 2 }]
    expect(message(() => applyUpdates(at, back, NOW))).toContain('a table of format version 3 cannot go back to 2')
  })
  it('is the same when made from its staged updates, and prints no snapshot as null', () => {
    expect(applyUpdates(emptyMetadata(FRESH), stagedUpdates(third()), NOW)).toEqual(third())
    expect(toWire(third())).toMatchObject({ 'current-snapshot-id': null, 'next-row-id': 0 })
    expect(toWire(table())).toMatchObject({ 'current-snapshot-id': -1 })
  })
  it('keeps types that are not read here, and refuses others', () => {
    for (const type of ['timestamp_ns', 'timestamptz_ns', 'variant', 'geometry', 'geometry(EPSG:4326)', 'geography(OGC:CRS84, karney)'])
      expect(currentSchema(readMetadata(printMetadata(field(type)))).fields[0]?.type).toBe(type)
    for (const type of ['blob', 'geometry(', 'geography(a, b, c)', 'timestamp_ps'])
      expect(message(() => field(type))).toContain(`c has type ${type}, which format version 3 does not have`)
    expect(message(() => field('unknown'))).toContain('must be optional')
    const partitioned = { name: 't', schema: field('variant').schemas[0] as SchemaInput, properties: { 'format-version': '3' } }
    const by = { fields: [{ 'source-id': 1, name: 'p', transform: 'identity' }] }
    expect(message(() => createMetadata({ ...partitioned, 'partition-spec': by }, FRESH))).toContain('which identity does not take')
  })
  it('keeps default values as they were written, and refuses what is none', () => {
    const defaults: [string, unknown, string][] = [
      ['double', 1, '"initial-default":1.0'],
      ['float', -3, '"initial-default":-3.0'],
      ['double', 0.1, '"initial-default":0.1'],
      ['int', 42, '"initial-default":42'],
      ['long', 2n ** 62n, '"initial-default":4611686018427387904'],
      ['boolean', false, '"initial-default":false'],
      ['string', '', '"initial-default":""'],
      ['decimal(4, 2)', '1.50', '"initial-default":"1.50"'],
    ]
    for (const [type, value, printed] of defaults) expect(printMetadata(field(type, { 'initial-default': value }))).toContain(printed)
    const wrong: [string, unknown][] = [
      ['int', 1.5],
      ['int', 2 ** 31],
      ['long', '1'],
      ['boolean', 'true'],
      ['string', 1],
      ['variant', {}],
    ]
    for (const [type, value] of wrong)
      expect(
        message(() => field(type, { 'write-default': value })),
        type,
      ).toContain('the write-default of c is not a value of its type')
    const older: SchemaInput = { type: 'struct', fields: [{ id: 1, name: 'c', type: 'int', required: true, 'initial-default': 1 }] }
    expect(message(() => createMetadata({ name: 't', schema: older }, FRESH))).toContain('format version 2 does not have')
  })
  it('keeps encryption keys', () => {
    const key = { 'key-id': 'k', 'encrypted-key-metadata': 'AAAA' }
    const kept = applyUpdates(third(), [{ action: 'add-encryption-key', 'encryption-key': key }], NOW)
    expect(readMetadata(printMetadata(kept))['encryption-keys']).toEqual([key])
    expect(applyUpdates(kept, [{ action: 'remove-encryption-key', 'key-id': 'k' }], NOW)['encryption-keys']).toBeUndefined()
    expect(message(() => applyUpdates(table(), [{ action: 'add-encryption-key', 'encryption-key': key }], NOW))).toContain(
      'no encryption keys',
    )
  })
})

describe('updates', () => {
  it('add a snapshot with a 63-bit id, and move main and its log', () => {
    const id = 7461623487612348761n
    const next = applyUpdates(table(), append(id), NOW + 5)
    expect(next).toMatchObject({
      'current-snapshot-id': id,
      'last-sequence-number': 1,
      'last-updated-ms': NOW + 5,
      refs: { main: { 'snapshot-id': id, type: 'branch' } },
      'snapshot-log': [{ 'timestamp-ms': NOW + 1, 'snapshot-id': id }],
    })
    expect(readMetadata(printMetadata(next))).toEqual(next)
    expect(printMetadata(next)).toContain(`"current-snapshot-id":${id}`)
  })
  it('do not change what they were given', () => {
    const before = table()
    const copy = structuredClone(before)
    applyUpdates(before, [...append(1), { action: 'set-properties', updates: { a: 'b' } }], NOW)
    expect(before).toEqual(copy)
  })
  it('refuse a snapshot planned on an older state', () => {
    const at = applyUpdates(table(), append(1), NOW)
    expect(message(() => applyUpdates(at, append(2, { 'parent-snapshot-id': 1 }), NOW))).toBe(
      'catalog.commit_conflict: Validation failed, please retry: Cannot add snapshot with sequence number 1 older than last sequence number 1',
    )
    expect(message(() => applyUpdates(at, append(1, { 'sequence-number': 2 }), NOW))).toContain('snapshot 1 exists already')
    const late = { 'sequence-number': 2, 'parent-snapshot-id': 1, 'timestamp-ms': NOW - 120_000 }
    expect(message(() => applyUpdates(at, append(3, late), NOW))).toContain("writer's clock")
  })
  it('add a schema once, and take -1 for it', () => {
    const wider: SchemaInput = {
      ...currentSchema(table()),
      fields: [...currentSchema(table()).fields, { id: 5, name: 'x', type: 'int', required: false }],
    }
    const update: TableUpdate[] = [
      { action: 'add-schema', schema: wider, 'last-column-id': 5 },
      { action: 'set-current-schema', 'schema-id': -1 },
    ]
    const next = applyUpdates(table(), update, NOW)
    expect(next).toMatchObject({ 'current-schema-id': 1, 'last-column-id': 5 })
    expect(next.schemas).toHaveLength(2)
    expect(applyUpdates(next, update, NOW).schemas).toHaveLength(2)
    expect(message(() => applyUpdates(table(), [{ action: 'set-current-schema', 'schema-id': -1 }], NOW))).toContain(
      'this commit adds none',
    )
  })
  it('refuse to drop the source of a partition field, unless the partitioning goes with it', () => {
    const narrow: SchemaInput = { type: 'struct', fields: currentSchema(table()).fields.filter((f) => f.name !== 'at') }
    const update: TableUpdate[] = [
      { action: 'add-schema', schema: narrow },
      { action: 'set-current-schema', 'schema-id': -1 },
    ]
    expect(message(() => applyUpdates(table(), update, NOW))).toContain('source of partition field at_month')
    const replaced: TableUpdate[] = [...update, { action: 'add-spec', spec: { fields: [] } }, { action: 'set-default-spec', 'spec-id': -1 }]
    expect(applyUpdates(table(), replaced, NOW)).toMatchObject({ 'current-schema-id': 1, 'default-spec-id': 1 })
  })
  it('number new partition fields after the last, and reuse those of the same meaning', () => {
    const update: TableUpdate[] = [
      {
        action: 'add-spec',
        spec: {
          fields: [
            { 'source-id': 3, name: 'at_month', transform: 'month' },
            { 'source-id': 1, name: 'id_bucket', transform: 'bucket[16]' },
          ],
        },
      },
      { action: 'set-default-spec', 'spec-id': -1 },
    ]
    const next = applyUpdates(table(), update, NOW)
    expect(next).toMatchObject({ 'default-spec-id': 1, 'last-partition-id': 1001 })
    expect(next['partition-specs'][1]?.fields.map((f) => f['field-id'])).toEqual([1000, 1001])
    const odd: TableUpdate[] = [{ action: 'add-spec', spec: { fields: [{ 'source-id': 1, name: 'id', transform: 'bucket[4]' }] } }]
    expect(message(() => applyUpdates(table(), odd, NOW))).toContain('has the name of a column')
    const sql: TableUpdate[] = [{ action: 'add-spec', spec: { fields: [{ 'source-id': 1, name: 'x', transform: "bucket[4]'; drop" }] } }]
    expect(message(() => applyUpdates(table(), sql, NOW))).toContain('is not one of the format')
  })
  it('remove snapshots with their references and log, but never the current one', () => {
    let at = applyUpdates(table(), append(1), NOW)
    at = applyUpdates(at, append(2, { 'sequence-number': 2, 'parent-snapshot-id': 1 }), NOW)
    at = applyUpdates(at, [{ action: 'set-snapshot-ref', 'ref-name': 'old', type: 'tag', 'snapshot-id': 1 }], NOW)
    const next = applyUpdates(at, [{ action: 'remove-snapshots', 'snapshot-ids': [1] }], NOW)
    expect(next.snapshots.map((s) => s['snapshot-id'])).toEqual([2])
    expect(Object.keys(next.refs)).toEqual(['main'])
    expect(next['snapshot-log'].map((e) => e['snapshot-id'])).toEqual([2])
    expect(message(() => applyUpdates(at, [{ action: 'remove-snapshots', 'snapshot-ids': [2] }], NOW))).toContain('is the current one')
    const rolledBack = applyUpdates(at, [{ action: 'remove-snapshot-ref', 'ref-name': 'main' }], NOW)
    expect(rolledBack['current-snapshot-id']).toBeUndefined()
    expect(rolledBack['snapshot-log']).toEqual(at['snapshot-log'])
    expect(at['snapshot-log'].length).toBe(2)
    expect(toWire(rolledBack)).toMatchObject({ 'current-snapshot-id': -1 })
  })
  it('name references by any text but the one that no metadata may have as a member', () => {
    const at = applyUpdates(table(), append(1), NOW)
    const named = (name: string): TableUpdate[] => [{ action: 'set-snapshot-ref', 'ref-name': name, type: 'tag', 'snapshot-id': 1 }]
    for (const name of ['constructor', 'toString', "'", '"'])
      expect(Object.keys(readMetadata(printMetadata(applyUpdates(at, named(name), NOW))).refs)).toEqual(['main', name])
    expect(message(() => applyUpdates(at, named('__proto__'), NOW))).toContain('cannot have the name __proto__')
  })
  it('refuse another uuid and an unknown action', () => {
    expect(message(() => applyUpdates(table(), [{ action: 'assign-uuid', uuid: 'other' }], NOW))).toContain('cannot be given another')
    expect(message(() => applyUpdates(table(), [{ action: 'enable-row-lineage' } as unknown as TableUpdate], NOW))).toContain(
      'update enable-row-lineage is not served here',
    )
  })
})

describe('requirements', () => {
  const at = applyUpdates(table(), append(7461623487612348761n), NOW)
  const cases: readonly [TableRequirement, string | undefined][] = [
    [{ type: 'assert-table-uuid', uuid: FRESH.uuid.toUpperCase() }, undefined],
    [{ type: 'assert-table-uuid', uuid: 'other' }, `UUID does not match: expected ${FRESH.uuid} != other`],
    [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': 7461623487612348761n }, undefined],
    [
      { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': 7461623487612348762n },
      'branch main has changed: expected id 7461623487612348762 != 7461623487612348761',
    ],
    [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': null }, 'branch main was created concurrently'],
    [{ type: 'assert-ref-snapshot-id', ref: 'new', 'snapshot-id': null }, undefined],
    [{ type: 'assert-ref-snapshot-id', ref: 'gone', 'snapshot-id': 1 }, 'branch or tag gone is missing, expected 1'],
    [{ type: 'assert-last-assigned-field-id', 'last-assigned-field-id': 4 }, undefined],
    [{ type: 'assert-last-assigned-field-id', 'last-assigned-field-id': 3 }, 'last assigned field id changed: expected id 3 != 4'],
    [{ type: 'assert-current-schema-id', 'current-schema-id': 1 }, 'current schema changed: expected id 1 != 0'],
    [
      { type: 'assert-last-assigned-partition-id', 'last-assigned-partition-id': 999 },
      'last assigned partition id changed: expected id 999 != 1000',
    ],
    [{ type: 'assert-default-spec-id', 'default-spec-id': 1 }, 'default partition spec changed: expected id 1 != 0'],
    [{ type: 'assert-default-sort-order-id', 'default-sort-order-id': 1 }, 'default sort order changed: expected id 1 != 0'],
    [{ type: 'assert-create' }, 'table already exists'],
  ]
  it.each(cases.map(([r, fault]) => [printJson(r), r, fault] as const))('%s', (_name, requirement, fault) => {
    const said = message(() => checkRequirements(at, [requirement], 'a.t'))
    if (fault === undefined) expect(said).toBe('nothing was thrown')
    else expect(said).toBe(`catalog.commit_conflict: Requirement failed: ${fault}`)
  })
  it('of a table that does not exist', () => {
    expect(message(() => checkRequirements(undefined, [{ type: 'assert-create' }], 'a.t'))).toBe('nothing was thrown')
    expect(message(() => checkRequirements(undefined, [{ type: 'assert-table-uuid', uuid: 'x' }], 'a.t'))).toContain('does not exist')
  })
})

describe('metadata files', () => {
  it('of version 1 are read, whatever they leave out', () => {
    const v1 = JSON.stringify({
      'format-version': 1,
      location: 's3://lake/old',
      'last-updated-ms': 1,
      'last-column-id': 1,
      schema: { type: 'struct', fields: [{ id: 1, name: 'd', type: 'date', required: false }] },
      'partition-spec': [{ name: 'd_day', transform: 'day', 'source-id': 1 }],
      properties: {},
      'current-snapshot-id': 5,
      snapshots: [{ 'snapshot-id': 5, 'timestamp-ms': 1, 'manifest-list': 's3://lake/old/metadata/5.avro' }],
    })
    const read = readMetadata(v1)
    expect(read).toMatchObject({
      'current-schema-id': 0,
      'partition-specs': [{ 'spec-id': 0, fields: [{ 'field-id': 1000, name: 'd_day' }] }],
      'last-partition-id': 1000,
      refs: { main: { 'snapshot-id': 5, type: 'branch' } },
      'last-sequence-number': 0,
    })
    expect(toWire(read)).toMatchObject({ schema: { 'schema-id': 0 }, 'partition-spec': [{ name: 'd_day' }] })
    const upgraded = applyUpdates({ ...read, 'table-uuid': FRESH.uuid }, [{ action: 'upgrade-format-version', 'format-version': 2 }], NOW)
    expect(upgraded['format-version']).toBe(2)
    expect(message(() => applyUpdates(upgraded, [{ action: 'upgrade-format-version', 'format-version': 1 }], NOW))).toContain(
      'cannot go back',
    )
  })
  it('without a snapshot say -1, and read it as none', () => {
    expect(printMetadata(table())).toContain('"current-snapshot-id":-1')
    expect(readMetadata(printMetadata(table()))).toEqual(table())
  })
  it('that are something else are refused', () => {
    expect(message(() => readMetadata('{"a":1}'))).toContain('not a table metadata file')
  })
})
