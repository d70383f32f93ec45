// Equality deletes and sequence numbers, on a table laid out by hand: few engines write such deletes.

import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDecoded } from '#parts/sql/connectors/iceberg/decoded'
import { prepareIcebergScan } from '#parts/sql/connectors/iceberg/scan'
import { createTableFiles } from '#parts/sql/connectors/iceberg/snapshot'
import { fieldIds, toIcebergSchema } from '#parts/sql/connectors/iceberg/types'
import { type LakeFiles, MAX_STATEMENT } from '#parts/sql/ports'
import { allRows, startTempEngine, type TempEngine } from '#test/support/engine'
import { print } from '#wire/duckdb/sql'
import type { Content, DataFile, ManifestFile } from '#wire/iceberg/manifest/types'
import { summarise, writeManifest, writeManifestList } from '#wire/iceberg/manifest/write'
import { createMetadata, currentSchema, defaultSpec } from '#wire/iceberg/metadata'
import { applyUpdates } from '#wire/iceberg/updates'

let engine: TempEngine
let spool: string
beforeAll(async () => {
  engine = await startTempEngine()
  spool = engine.spool('q')
})
afterAll(() => engine.stop())

const LOCATION = 's3://lake/t'
const caller = { sub: 'ada', roles: [], via: 'internal', requestId: 'r' } as const
const files = {
  lease: async (_caller: unknown, _query: string, uris: readonly string[]) =>
    uris.map((uri) => ({ uri, path: join(spool, uri.slice('s3://'.length)), size: 0 })),
} as unknown as LakeFiles

const columns = [
  { name: 'k', type: 'bigint', nullable: true },
  { name: 's', type: 'varchar', nullable: true },
]
const empty = createMetadata(
  { name: 't', schema: toIcebergSchema(columns) },
  { uuid: '00000000-0000-0000-0000-000000000001', location: LOCATION, now: 1 },
)
const schema = currentSchema(empty)

async function put(name: string, sql: string, content: Content, equalityIds?: number[]): Promise<DataFile> {
  const path = join(spool, 'lake/t', name)
  mkdirSync(join(spool, 'lake/t'), { recursive: true })
  const ids = fieldIds(schema.fields.filter((f) => content === 'data' || equalityIds?.includes(f.id)))
  const folder = name.replaceAll('.', '-')
  const { rows } = await engine.client.run({ queryId: 'q', spool, sql, output: { folder, fieldIds: ids } }).done
  renameSync(join(spool, 'out', folder, '0.parquet'), path)
  const none = new Map<number, never>()
  return {
    ...{ content, path: `${LOCATION}/${name}`, format: 'PARQUET', partition: [], recordCount: rows, sizeBytes: statSync(path).size },
    ...{ columnSizes: none, valueCounts: none, nullCounts: none, lowerBounds: none, upperBounds: none },
    ...(equalityIds ? { equalityIds } : {}),
  }
}

async function manifestOf(name: string, sequenceNumber: bigint, dataFiles: readonly DataFile[]): Promise<ManifestFile> {
  const spec = defaultSpec(empty)
  const bytes = await writeManifest({ schema, spec, snapshotId: 1n, files: dataFiles })
  writeFileSync(join(spool, 'lake/t', name), bytes)
  return {
    ...{
      path: `${LOCATION}/${name}`,
      length: bytes.length,
      specId: 0,
      sequenceNumber,
      minSequenceNumber: sequenceNumber,
      addedSnapshotId: 1n,
    },
    ...{ addedFiles: 1, existingFiles: 0, deletedFiles: 0, addedRows: 1n, existingRows: 0n, deletedRows: 0n },
    content: dataFiles[0]?.content === 'data' ? 'data' : 'deletes',
    partitions: summarise(dataFiles, spec, schema),
  }
}

/** A table of two data files and two deletes. */
async function tableOf(name: string) {
  const manifests = [
    await manifestOf(`${name}m1`, 1n, [
      await put(`${name}a`, "SELECT 1::BIGINT k, 'a' s UNION ALL SELECT 2, 'b' UNION ALL SELECT 3, NULL UNION ALL SELECT 4, 'd'", 'data'),
    ]),
    await manifestOf(`${name}m2`, 2n, [await put(`${name}d`, "SELECT 'b' s UNION ALL SELECT NULL", 'equality-deletes', [2])]),
    await manifestOf(`${name}m3`, 2n, [await put(`${name}e`, "SELECT 5::BIGINT k, 'b' s", 'data')]),
    await manifestOf(`${name}m4`, 3n, [await put(`${name}f`, 'SELECT 4::BIGINT k', 'equality-deletes', [1])]),
  ]
  const list = await writeManifestList({ snapshotId: 9n, parentSnapshotId: undefined, sequenceNumber: 3n, manifests })
  writeFileSync(join(spool, `lake/t/${name}list`), list)
  const snapshot = { 'snapshot-id': 9, 'sequence-number': 3, 'timestamp-ms': 2, 'manifest-list': `${LOCATION}/${name}list` }
  return applyUpdates(
    empty,
    [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': 9 },
    ],
    2,
  )
}

const request = { schema: 'x', table: 't', columns: ['k'], predicates: [] }

it('an equality delete hits older files only, nulls included, by columns that the query does not read', async () => {
  const metadata = await tableOf('a')
  const tableFiles = createTableFiles(files, caller, 'q', 't', LOCATION)
  const scan = await prepareIcebergScan(metadata, tableFiles, request, 't', async () => {})
  const relation = print(scan.relation, { maxLength: MAX_STATEMENT })
  expect(await allRows(engine.client, spool, `SELECT * FROM ${relation} ORDER BY k`)).toEqual([[1], [5]])
  // Each file is told with the count of its manifest.
  expect(relation.match(/explicit_cardinality = \d+/g)).toEqual(['4', '2', '1', '1', '1'].map((n) => `explicit_cardinality = ${n}`))
  expect(scan.splits).toBe(2)
})

it('what manifests say is read once, each file is leased once, and a table has what is below its own folder only', async () => {
  const metadata = await tableOf('b')
  const leased: string[] = []
  const counting = {
    lease: async (...[who, query, uris]: Parameters<LakeFiles['lease']>) => {
      leased.push(...uris)
      return files.lease(who, query, uris)
    },
  } as unknown as LakeFiles
  const decoded = createDecoded()
  const scan = (location = LOCATION, own = createTableFiles(counting, caller, 'q', 't', location, decoded)) =>
    prepareIcebergScan(metadata, own, request, 't', async () => {})
  const first = createTableFiles(counting, caller, 'q', 't', LOCATION, decoded)
  const [one, two] = await Promise.all([scan(LOCATION, first), scan(LOCATION, first)])
  expect(print(two.relation, { maxLength: MAX_STATEMENT })).toBe(print(one.relation, { maxLength: MAX_STATEMENT }))
  expect(leased.length).toBe(new Set(leased).size)
  expect(leased.filter((uri) => /m\d$|list$/.test(uri)).length).toBe(5)
  leased.length = 0
  const again = await scan()
  expect(print(again.relation, { maxLength: MAX_STATEMENT }).length).toBe(print(one.relation, { maxLength: MAX_STATEMENT }).length)
  expect(leased.sort()).toEqual(['ba', 'bd', 'be', 'bf'].map((name) => `${LOCATION}/${name}`))
  await expect(scan('s3://lake/other')).rejects.toThrow('outside of the table')
})

describe('what was decoded', () => {
  const manifest = (path: string) => ({ path, partitions: [] }) as unknown as ManifestFile
  it('is kept within its bytes, and the least recently used goes', () => {
    const decoded = createDecoded(10_000)
    for (const key of ['a', 'b', 'c', 'd']) decoded.set(key, [manifest(key.repeat(1000))])
    expect(decoded.get('a')).toBeDefined()
    decoded.set('e', [manifest('e'.repeat(1000))])
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => decoded.get(key) !== undefined)).toEqual([true, false, true, true, true])
  })
  it('is not kept where it would push all else out', () => {
    const decoded = createDecoded(10_000)
    decoded.set('a', [manifest('a')])
    decoded.set('large', [manifest('x'.repeat(5000))])
    expect([decoded.get('a') !== undefined, decoded.get('large')]).toEqual([true, undefined])
  })
})
