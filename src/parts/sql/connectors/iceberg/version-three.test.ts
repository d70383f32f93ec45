// Tables of Iceberg's format version 3: other engines have them in the catalogue, SQL says what they are and keeps its hands off.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { type Harness, makeWarehouse, startHarness } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { createIcebergConnector } from '#parts/sql/connectors/iceberg/index'
import type { QueryContext, TableDefinition } from '#parts/sql/ports'
import { RESOURCE_KINDS } from '#runtime/policy'

const policy = createRolePolicy({ roleGrants: { admin: { all: true } }, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const caller: Caller = { sub: 'ada', roles: ['admin'], via: 'bearer', requestId: 'r' }
const context = { caller, queryId: 'q' } as unknown as QueryContext
const TYPES = ['timestamp_ns', 'timestamptz_ns', 'variant', 'geometry(EPSG:4326)', 'geography', 'unknown']
const SCHEMA = { type: 'struct' as const, fields: TYPES.map((type, i) => ({ id: i + 1, name: `c${i}`, type, required: false })) }

let catalog: Harness
beforeAll(async () => {
  catalog = await startHarness(policy)
  await makeWarehouse(catalog)
  await catalog.lake.createNamespace(caller, ['banking'])
  await catalog.lake.createTable(caller, ['banking'], { name: 'third', schema: SCHEMA, properties: { 'format-version': '3' } })
})
afterAll(() => catalog?.close())

it('tells of it, and neither reads nor changes it', async () => {
  const nothing = {} as never
  const connector = createIcebergConnector({ catalog: 'iceberg', lake: catalog.lake, files: nothing, engine: nothing, authoriser: policy })
  const { writes } = connector
  const shown = (await connector.table(caller, 'banking', 'third'))?.columns.map((c) => c.type)
  expect(shown).toEqual(['timestamp(9)', 'timestamp(9) with time zone', 'variant', 'Geometry', 'SphericalGeography', 'unknown'])
  const columns = [{ name: 'a', type: 'bigint', nullable: true }]
  const definition: TableDefinition = { schema: 'banking', table: 'third', columns, partitioning: [], properties: {} }
  for (const attempt of [
    () => connector.scan(context, { schema: 'banking', table: 'third', columns: ['c0'], predicates: [] }),
    () => connector.scan(context, { schema: 'banking', table: 'third$snapshots', columns: ['snapshot_id'], predicates: [] }),
    () => writes.insert(context, 'banking', 'third', []),
    () => writes.change(context, 'banking', 'third', { columns: [], updated: [], inserts: false, isWhole: false }),
    () => writes.truncate(context, 'banking', 'third'),
    () => writes.replaceTable(caller, definition),
    () => writes.replaceTableAs(context, definition),
    () => writes.alterTable(caller, 'banking', 'third', { kind: 'drop-column', path: ['c0'] } as never),
  ])
    await expect(attempt()).rejects.toThrow('an Iceberg table of format version 3, is not supported')
  const before = await catalog.lake.loadTable(caller, { namespace: ['banking'], name: 'third' })
  expect(before.metadata.snapshots).toEqual([])
})
