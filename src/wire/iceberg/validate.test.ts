// Metadata that another program wrote: each fault is refused by name before anything is built from it.
import { describe, expect, it } from 'vitest'
import { createMetadata, printMetadata, readMetadata } from '#wire/iceberg/metadata'
import { applyUpdates } from '#wire/iceberg/updates'

// biome-ignore lint/suspicious/noExplicitAny: JSON that the tests spoil in one place each
type Json = any

const LOCATION = 's3://lake/ns/t'
const table = applyUpdates(
  createMetadata(
    {
      name: 't',
      schema: {
        type: 'struct',
        fields: [
          { id: 1, name: 'id', type: 'long', required: true },
          { id: 2, name: 'at', type: 'timestamptz', required: false },
          { id: 3, name: 'tags', type: { type: 'list', 'element-id': 4, element: 'string', 'element-required': false }, required: false },
        ],
        'identifier-field-ids': [1],
      },
      'partition-spec': { fields: [{ 'source-id': 2, name: 'at_day', transform: 'day' }] },
      'write-order': { 'order-id': 1, fields: [{ 'source-id': 1, transform: 'identity', direction: 'asc', 'null-order': 'nulls-last' }] },
    },
    { uuid: '00000000-0000-4000-8000-000000000001', location: LOCATION, now: 1 },
  ),
  [
    {
      action: 'add-snapshot',
      snapshot: { 'snapshot-id': 5, 'sequence-number': 1, 'timestamp-ms': 2, 'manifest-list': `${LOCATION}/metadata/5.avro` },
    },
    { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': 5 },
  ],
  2,
)
const file = (): Json => JSON.parse(printMetadata(table))
/** What is said of the file after the change. */
function fault(change: (m: Json) => unknown): string {
  const m = file()
  change(m)
  const text = JSON.stringify(m)
  try {
    readMetadata(text)
  } catch (error) {
    const { code, status, message } = error as { code: string; status: number; message: string }
    expect([code, status]).toEqual(['catalog.iceberg_invalid_metadata', 422])
    return message
  }
  return 'taken'
}
const column = (m: Json, i = 0): Json => m.schemas[0].fields[i]
const nested = (depth: number): Json =>
  Array.from({ length: depth }).reduce<Json>(
    (inner, _, i) => ({ type: 'list', 'element-id': 1000 + i, element: inner, 'element-required': false }),
    'int',
  )

describe('metadata', () => {
  it('that is whole is taken, and printed as it was', () => {
    expect(fault(() => undefined)).toBe('taken')
    expect(readMetadata(printMetadata(table))).toEqual(table)
  })
  it('of a folder with a slash at its end is that of the folder', () => {
    const m = { ...file(), location: `${LOCATION}//` }
    expect(readMetadata(JSON.stringify(m)).location).toBe(LOCATION)
  })

  const rows: [what: string, change: (m: Json) => unknown, said: string][] = [
    ['a field id that is a text', (m) => (column(m).id = '1: {}'), 'schemas.0.fields.0.id'],
    ['a field id that is no integer', (m) => (column(m).id = 1.5), 'schemas.0.fields.0.id'],
    ['a field id below 0', (m) => (column(m).id = -1), 'schemas.0.fields.0.id'],
    ['a reserved field id', (m) => (column(m).id = 2147483545), 'schemas.0.fields.0.id'],
    ['a field id that is used twice', (m) => (column(m, 2).type['element-id'] = 1), 'used twice'],
    ['a field without a name', (m) => (column(m).name = ''), 'without a name'],
    ['a name that is a number', (m) => (column(m).name = 1), 'schemas.0.fields.0.name'],
    ['a name with NUL', (m) => (column(m).name = 'a\0'), 'NUL'],
    ['a name with half a character', (m) => (column(m).name = '\ud800'), 'half a character'],
    ['a name without end', (m) => (column(m).name = 'x'.repeat(2000)), 'longer than'],
    ['a column that is there twice', (m) => (column(m, 1).name = 'id'), 'two fields named id'],
    ['a type of another format', (m) => (column(m).type = 'variant'), 'does not have'],
    ['a type that is a number', (m) => (column(m).type = 3), 'schemas.0.fields.0.type'],
    ['a decimal of more digits than there are', (m) => (column(m).type = 'decimal(39, 2)'), '1 to 38 digits'],
    ['a decimal with more digits behind the point', (m) => (column(m).type = 'decimal(3, 4)'), 'no more behind the point'],
    ['a length beyond all files', (m) => (column(m).type = 'fixed[9999999999]'), 'the length is between'],
    ['a type nested deeper than is served', (m) => (column(m).type = nested(110)), 'nested deeper'],
    [
      'more fields than are served',
      (m) => (m.schemas[0].fields = Array.from({ length: 20_001 }, (_, i) => ({ id: i, name: `c${i}`, type: 'int', required: true }))),
      'more than 20000 fields',
    ],
    ['an identifier that is no column', (m) => (m.schemas[0]['identifier-field-ids'] = [99]), 'identifier field 99'],
    ['no schema', (m) => (m.schemas = []), 'no schema'],
    ['schemas that are no list', (m) => (m.schemas = {}), 'schemas'],
    ['two schemas of one id', (m) => m.schemas.push(m.schemas[0]), 'two of schema 0'],
    ['a current schema that is not there', (m) => (m['current-schema-id'] = 7), 'schema 7'],
    ['a last column id below one in use', (m) => (m['last-column-id'] = 3), 'last-column-id is 3, but 4 is in use'],
    ['no uuid', (m) => (m['table-uuid'] = undefined), 'no table-uuid'],
    ['a uuid that is none', (m) => (m['table-uuid'] = '../x'), 'table-uuid'],
    ['another version', (m) => (m['format-version'] = 4), 'format version 4'],
    ['version 3 without the next row id', (m) => (m['format-version'] = 3), 'no next-row-id'],
    ['a location that is no URI', (m) => (m.location = '/etc'), 'is not a URI'],
    ['a location with a line break', (m) => (m.location = `${LOCATION}\n`), 'is not a URI'],
    ['a location that is no text', (m) => (m.location = 1), 'location'],
    ['a partition of no column', (m) => (m['partition-specs'][0].fields[0]['source-id'] = 9), 'is not in the schema'],
    ['a partition of a list', (m) => (m['partition-specs'][0].fields[0]['source-id'] = 3), 'is nested'],
    ['a transform of no format', (m) => (m['partition-specs'][0].fields[0].transform = 'zorder'), 'not one of the format'],
    ['a width beyond all integers', (m) => (m['partition-specs'][0].fields[0].transform = 'bucket[9999999999]'), 'not one of the format'],
    ['a transform that its type does not take', (m) => (m['partition-specs'][0].fields[0]['source-id'] = 1), 'which day does not take'],
    ['a partition field without a name', (m) => (m['partition-specs'][0].fields[0].name = ''), 'partition-specs.0.fields.0.name'],
    [
      'two partition fields of one id',
      (m) => m['partition-specs'][0].fields.push({ ...m['partition-specs'][0].fields[0], name: 'x' }),
      'two of field',
    ],
    ['a default spec that is not there', (m) => (m['default-spec-id'] = 4), 'spec 4'],
    ['a last partition id below one in use', (m) => (m['last-partition-id'] = 999), 'last-partition-id'],
    ['a direction that is none', (m) => (m['sort-orders'][0].fields[0].direction = 'up'), 'sort-orders.0'],
    ['a default order that is not there', (m) => (m['default-sort-order-id'] = 4), 'sort order 4'],
    ['a property that is no text', (m) => (m.properties.a = 1), 'properties.a'],
    ['a snapshot id that is a text', (m) => (m.snapshots[0]['snapshot-id'] = '5'), 'snapshots.0.snapshot-id'],
    ['a manifest list that is no text', (m) => (m.snapshots[0]['manifest-list'] = ['x']), 'snapshots.0.manifest-list'],
    ['two snapshots of one id', (m) => m.snapshots.push(m.snapshots[0]), 'two of snapshot 5'],
    ['a sequence number above the last', (m) => (m.snapshots[0]['sequence-number'] = 9), 'sequence number above'],
    ['a reference to no snapshot', (m) => (m.refs.x = { type: 'tag', 'snapshot-id': 6 }), 'x points to snapshot 6'],
    ['a reference of no kind', (m) => (m.refs.main.type = 'label'), 'refs.main.type'],
    ['a main that is a tag', (m) => (m.refs.main.type = 'tag'), 'main must be a branch'],
    ['a current snapshot that is not there', (m) => (m['current-snapshot-id'] = 6), 'current snapshot 6'],
    ['a current snapshot that main is not at', (m) => delete m['current-snapshot-id'], 'main is at snapshot 5'],
    ['statistics without a path', (m) => (m.statistics = [{ 'snapshot-id': 5 }]), 'statistics.0.statistics-path'],
    ['a member that is no name', (m) => (m.properties = JSON.parse('{"__proto__": {"a": "b"}}')), '__proto__'],
  ]
  it.each(rows)('with %s is refused', (_, change, said) => {
    expect(fault(change)).toContain(said)
  })

  it('that is no JSON, or no metadata at all, is refused', () => {
    for (const text of ['', '{', 'null', '[]', '"x"', '7', '{}', '[[[[[]]]]]'])
      expect(() => readMetadata(text)).toThrow('the table metadata is not valid')
  })
  it('that is nested without end is refused', () => {
    const [open, close] = ['{"type":"list","element-id":9,"element-required":true,"element":', '}']
    for (const depth of [1_000, 100_000]) {
      const text = printMetadata(table).replace('"type":"long"', `"type":${open.repeat(depth)}"int"${close.repeat(depth)}`)
      expect(() => readMetadata(text)).toThrow('the table metadata is not valid')
    }
  })
  it('keeps properties and references whose names are those of every object', () => {
    const m = file()
    m.properties = { constructor: 'a', toString: 'b' }
    m.refs.constructor = { type: 'tag', 'snapshot-id': 5 }
    const read = readMetadata(JSON.stringify(m))
    expect(Object.entries(read.properties)).toEqual([
      ['constructor', 'a'],
      ['toString', 'b'],
    ])
    expect(Object.keys(read.refs)).toEqual(['main', 'constructor'])
    expect(applyUpdates(table, [{ action: 'remove-snapshot-ref', 'ref-name': 'toString' }], 3)).toBe(table)
  })
})
