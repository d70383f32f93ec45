import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Harness, ROOT_CREDENTIALS, run, startHarness, WAREHOUSE } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { judgePython } from '#test/support/judges'

let catalog: Harness
let python: string

beforeAll(async () => {
  python = judgePython()
  catalog = await startHarness(createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }))
  const made = await catalog.deps.pool.query(
    `insert into akko_catalog.catalogs (name, type, properties, storage_config) values ($1, 'INTERNAL', $2, '{}')`,
    [WAREHOUSE, JSON.stringify({ 'default-base-location': catalog.baseLocation })],
  )
  expect(made.rowCount).toBe(1)
}, 120_000)
afterAll(() => catalog?.close())

const pyiceberg = (script: string) =>
  run(python, ['-W', 'ignore', '-c', script], {
    PYICEBERG_CATALOG__LAKE__URI: `${catalog.url}/api/catalog`,
    PYICEBERG_CATALOG__LAKE__WAREHOUSE: WAREHOUSE,
    PYICEBERG_CATALOG__LAKE__CREDENTIAL: `${ROOT_CREDENTIALS.clientId}:${ROOT_CREDENTIALS.secret}`,
    PYICEBERG_CATALOG__LAKE__SCOPE: 'PRINCIPAL_ROLE:ALL',
  })

describe('pyiceberg', () => {
  it('creates a namespace and a partitioned table, appends and scans', async () => {
    const { code, stdout, stderr } = await pyiceberg(`
import pyarrow as pa, datetime as dt, decimal as d
from pyiceberg.catalog import load_catalog
from pyiceberg.schema import Schema
from pyiceberg.types import *
from pyiceberg.partitioning import PartitionSpec, PartitionField
from pyiceberg.transforms import IdentityTransform
c = load_catalog('lake')
c.create_namespace('banking', {'owner': 'tests'})
s = Schema(NestedField(1, 'id', LongType(), required=True), NestedField(2, 'amount', DecimalType(12, 2), required=False),
           NestedField(3, 'at', TimestamptzType(), required=False), NestedField(4, 'tags', ListType(5, StringType(), element_required=False), required=False),
           NestedField(6, 'region', StringType(), required=False))
t = c.create_table('banking.tx', s, partition_spec=PartitionSpec(PartitionField(source_id=6, field_id=1000, transform=IdentityTransform(), name='region')))
rows = pa.Table.from_pylist([{'id': i, 'amount': d.Decimal('1.50'), 'at': dt.datetime(2026, 1 + i % 3, 1, tzinfo=dt.timezone.utc), 'tags': ['a'], 'region': 'r%d' % (i % 2)} for i in range(9)], schema=t.schema().as_arrow())
t.append(rows)
t.append(rows)
t = c.load_table('banking.tx')
print(t.scan().to_arrow().num_rows, t.scan(row_filter='id = 4').to_arrow().num_rows, len(t.snapshots()), c.list_tables('banking'), c.list_namespaces())
with t.update_schema() as u: u.add_column('note', StringType())
t.overwrite(pa.Table.from_pylist([{'id': 1, 'region': 'x'}], schema=t.schema().as_arrow()))
t = c.load_table('banking.tx')
print(t.scan().to_arrow().num_rows, [f.name for f in t.schema().fields], t.current_snapshot().snapshot_id)
`)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const [first, second] = stdout.trim().split('\n')
    expect(first).toBe("18 2 2 [('banking', 'tx')] [('banking',)]")
    expect(second).toMatch(/^1 \['id', 'amount', 'at', 'tags', 'region', 'note'\] \d+$/)
  })
})
