import { describe, expect, it } from 'vitest'
import { encodeValue } from '#wire/iceberg/bounds'
import { readContainer, writeContainer } from '#wire/iceberg/manifest/avro'
import { type Condition, mayMatchFile, mayMatchManifest } from '#wire/iceberg/manifest/prune'
import { readManifest, readManifestList } from '#wire/iceberg/manifest/read'
import { MANIFEST_LIST_SCHEMA, partitionTypes } from '#wire/iceberg/manifest/schemas'
import { ABSENT, type DataFile, type ManifestFile } from '#wire/iceberg/manifest/types'
import { summarise, writeManifest, writeManifestList } from '#wire/iceberg/manifest/write'
import type { PartitionSpec, Schema } from '#wire/iceberg/types'
import { parseValue, type Value } from '#wire/iceberg/values'

const schema: Schema = {
  type: 'struct',
  'schema-id': 3,
  fields: [
    { id: 1, name: 'id', type: 'long', required: false },
    { id: 2, name: 'at', type: 'timestamp', required: false },
    { id: 3, name: 'dec', type: 'decimal(9, 2)', required: false },
    { id: 4, name: 'name', type: 'string', required: false },
  ],
}
const spec: PartitionSpec = {
  'spec-id': 7,
  fields: [
    { 'source-id': 2, 'field-id': 1000, name: 'at_month', transform: 'month' },
    { 'source-id': 3, 'field-id': 1001, name: 'dec', transform: 'identity' },
    { 'source-id': 4, 'field-id': 1002, name: 'odd name-bucket', transform: 'bucket[4]' },
    { 'source-id': 2, 'field-id': 1003, name: 'at', transform: 'identity' },
  ],
}
const big = 2n ** 62n + 3n
const at = parseValue('2026-03-15 12:00:00', 'timestamp') as bigint

const file: DataFile = {
  content: 'data',
  path: 's3://lake/t/data/a.parquet',
  format: 'PARQUET',
  partition: [674n, -125n, null, at],
  recordCount: 10,
  sizeBytes: 1234,
  columnSizes: new Map([[1, 100]]),
  valueCounts: new Map([
    [1, 10],
    [2, 10],
  ]),
  nullCounts: new Map([
    [1, 0],
    [2, 10],
  ]),
  lowerBounds: new Map([[1, encodeValue(5n, 'long')]]),
  upperBounds: new Map([[1, encodeValue(9n, 'long')]]),
  sortOrderId: 0,
}
const manifest: ManifestFile = {
  path: 's3://lake/t/metadata/m.avro',
  length: 99,
  specId: 7,
  content: 'data',
  sequenceNumber: 4n,
  minSequenceNumber: 4n,
  addedSnapshotId: big,
  addedFiles: 1,
  existingFiles: 0,
  deletedFiles: 0,
  addedRows: 10n,
  existingRows: 0n,
  deletedRows: 0n,
  partitions: summarise([file], spec, schema),
}

describe('what a file may lack', () => {
  it('is another thing than what is empty, however often it is written again', async () => {
    const empty = new Map<number, never>()
    const odd: DataFile = {
      ...file,
      columnSizes: ABSENT,
      valueCounts: empty,
      nanCounts: empty,
      lowerBounds: empty,
      upperBounds: ABSENT,
      keyMetadata: Buffer.from([1, 2]),
      equalityIds: [],
    }
    let files: readonly DataFile[] = [odd]
    for (let i = 0; i < 2; i++) {
      const bytes = await writeManifest({ schema, spec, snapshotId: big, files })
      files = (await readManifest(bytes, manifest, spec, partitionTypes(spec, schema))).map((e) => e.file)
      expect(files).toEqual([odd])
      expect(
        files.map((f) => [f.columnSizes === ABSENT, f.valueCounts === ABSENT, f.lowerBounds === ABSENT, f.upperBounds === ABSENT]),
      ).toEqual([[true, false, false, true]])
    }
  })
})

describe('damaged and foreign files', () => {
  const bad = { code: 'catalog.iceberg_bad_data', status: 422 }
  /** A manifest list of one entry with one member changed, in a schema that lets it be so. */
  const listWith = async (name: string, type: unknown, value: unknown) => {
    const fields = MANIFEST_LIST_SCHEMA.fields?.map((f) => (f.name === name ? { ...f, type, default: undefined } : f)) ?? []
    expect(fields.some((f) => f.type === type)).toBe(true)
    const { records } = await readContainer(
      await writeManifestList({ snapshotId: 1n, parentSnapshotId: undefined, sequenceNumber: 1n, manifests: [manifest] }),
    )
    return writeContainer({ ...MANIFEST_LIST_SCHEMA, fields }, {}, [{ ...records[0], [name]: value }])
  }
  const lists: [what: string, name: string, type: unknown, value: unknown][] = [
    ['a path that is a number', 'manifest_path', 'long', 1n],
    ['an empty path', 'manifest_path', 'string', ''],
    ['a path with NUL', 'manifest_path', 'string', 's3://lake/t/\0'],
    ['a length below 0', 'manifest_length', 'long', -1n],
    ['a length beyond all files', 'manifest_length', 'long', 2n ** 62n],
    ['a spec id that is a text', 'partition_spec_id', 'string', '7'],
    ['content of no kind', 'content', 'int', 2],
    ['a sequence number that is a text', 'sequence_number', 'string', '4'],
    ['partitions that are no list', 'partitions', 'string', 'x'],
    ['items without bytes', 'partitions', { type: 'array', items: 'null' }, [null]],
    ['records without bytes', 'partitions', { type: 'array', items: { type: 'record', name: 'e', fields: [] } }, [{}]],
  ]
  it.each(lists)('with %s are refused', async (_, name, type, value) => {
    await expect(readManifestList(await listWith(name, type, value), 's3://lake/l')).rejects.toMatchObject(bad)
  })
  it('cut short, or of another format, are refused', async () => {
    const types = partitionTypes(spec, schema)
    const list = await writeManifestList({ snapshotId: 1n, parentSnapshotId: undefined, sequenceNumber: 1n, manifests: [manifest] })
    const whole = await writeManifest({ schema, spec, snapshotId: 1n, files: [file] })
    for (const cut of [0, 3, 40, -20]) {
      await expect(readManifestList(list.subarray(0, cut))).rejects.toMatchObject(bad)
      await expect(readManifest(whole.subarray(0, cut), manifest, spec, types)).rejects.toMatchObject(bad)
    }
    await expect(readManifest(list, manifest, spec, types)).rejects.toMatchObject(bad)
    await expect(readManifestList(Buffer.from('PAR1'))).rejects.toMatchObject(bad)
  })
  it('with deletes among data, or equality deletes by no column, are refused', async () => {
    const types = partitionTypes(spec, schema)
    const read = async (change: Partial<DataFile>, content: ManifestFile['content']) =>
      readManifest(
        await writeManifest({ schema, spec, snapshotId: 1n, files: [{ ...file, ...change }] }),
        { ...manifest, content },
        spec,
        types,
      )
    await expect(read({ content: 'position-deletes' }, 'data')).rejects.toMatchObject(bad)
    await expect(read({}, 'deletes')).rejects.toMatchObject(bad)
    await expect(read({ content: 'equality-deletes' }, 'deletes')).rejects.toMatchObject(bad)
    expect(await read({ content: 'equality-deletes', equalityIds: [1] }, 'deletes')).toHaveLength(1)
  })
  it('with a bound of another length are refused when they are asked for', () => {
    const bounds = new Map([[1, Buffer.from([1, 2])]])
    const condition: Condition = { fieldId: 1, type: 'long', op: '=', values: [1n] }
    expect(() => mayMatchFile({ ...file, lowerBounds: bounds }, spec, [condition])).toThrow('has 2 bytes')
  })
})

describe('manifests', () => {
  it('written anew keep the numbers of each file, and name what went', async () => {
    const kept = { status: 'existing', snapshotId: 7n, sequenceNumber: 2n, fileSequenceNumber: 1n, file } as const
    const gone = { ...kept, status: 'deleted', file: { ...file, path: `${file.path}.gone` } } as const
    const bytes = await writeManifest({ schema, spec, snapshotId: big, files: [], kept: [kept, gone] })
    expect(await readManifest(bytes, manifest, spec, partitionTypes(spec, schema))).toEqual([kept, { ...gone, snapshotId: big }])
  })

  it('come back as they were written, 64-bit ids and inherited numbers included', async () => {
    const bytes = await writeManifest({ schema, spec, snapshotId: big, files: [file] })
    expect(await readManifest(bytes, manifest, spec, partitionTypes(spec, schema))).toEqual([
      { status: 'added', snapshotId: big, sequenceNumber: 4n, fileSequenceNumber: 4n, file },
    ])
  })
  it('lists too', async () => {
    const bytes = await writeManifestList({ snapshotId: big, parentSnapshotId: undefined, sequenceNumber: 4n, manifests: [manifest] })
    expect(await readManifestList(bytes)).toEqual([manifest])
  })
  it('an empty list is one', async () => {
    const bytes = await writeManifestList({ snapshotId: 1n, parentSnapshotId: 2n, sequenceNumber: 1n, manifests: [] })
    expect(await readManifestList(bytes)).toEqual([])
  })
  it('what is no Avro file is an error', async () => {
    await expect(readManifestList(Buffer.from('not avro at all'))).rejects.toThrow()
  })
})

describe('pruning', () => {
  const on = (fieldId: number, type: string, op: Condition['op'], ...texts: string[]): Condition => ({
    fieldId,
    type,
    op,
    values: texts.map((t) => parseValue(t, type) as Value),
  })
  it.each([
    [on(1, 'long', '=', '5'), true],
    [on(1, 'long', '=', '4'), false],
    [on(1, 'long', 'in', '1', '9'), true],
    [on(1, 'long', 'in', '1', '10'), false],
    [on(1, 'long', '<', '5'), false],
    [on(1, 'long', '<=', '5'), true],
    [on(1, 'long', '>', '9'), false],
    [on(1, 'long', '>=', '9'), true],
    [on(1, 'long', 'is null'), false],
    [on(1, 'long', 'is not null'), true],
    [on(3, 'decimal(9, 2)', '=', '-1.25'), true],
    [on(3, 'decimal(9, 2)', '>', '-1.25'), false],
    [on(4, 'string', '=', 'x'), false],
    [on(4, 'string', 'is null'), true],
    [on(99, 'long', '=', '1'), true],
  ])('by file %#', (condition, expected) => expect(mayMatchFile(file, spec, [condition])).toBe(expected))

  const months: PartitionSpec = { ...spec, fields: [spec.fields[0] as (typeof spec.fields)[number]] }
  const types = partitionTypes(months, schema)
  it.each([
    [on(2, 'timestamp', '>=', '2026-03-31 23:59:59'), true],
    [on(2, 'timestamp', '>=', '2026-04-01'), false],
    [on(2, 'timestamp', '<', '2026-03-01 00:00:00'), true],
    [on(2, 'timestamp', '<', '2026-02-28 00:00:00'), false],
    [on(2, 'timestamp', '=', '2026-03-02'), true],
    [on(2, 'timestamp', 'is null'), false],
  ])('by manifest %#', (condition, expected) => {
    const partitions = summarise([{ ...file, partition: [674n] }], months, schema)
    expect(mayMatchManifest({ ...manifest, partitions }, months, types, [condition])).toBe(expected)
  })
})
