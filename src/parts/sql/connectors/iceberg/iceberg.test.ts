// The connector over the real storage, catalogue and engine; pyiceberg reads what it wrote and writes what it reads.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '#kit/access'
import { AccessDenied, toAkkoError } from '#kit/errors'
import { Secret } from '#kit/secret'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import { type Harness, ROOT_CREDENTIALS, startHarness, WAREHOUSE } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { TableExists, TableNotFound } from '#parts/sql/connectors/errors'
import { createIcebergConnector } from '#parts/sql/connectors/iceberg/index'
import { HOSTILE } from '#parts/sql/dialect/test-words'
import { errorNameOf } from '#parts/sql/errors'
import { type ConnectorWrites, MAX_STATEMENT, type Pushdown, type QueryContext, type TableDefinition } from '#parts/sql/ports'
import { createFilesClient, type FilesClient } from '#parts/storage/files-client'
import { REGION, ROOT, send, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { allRows, startTempEngine, type TempEngine } from '#test/support/engine'
import { startForkingPyiceberg } from '#test/support/forking-python'
import { print } from '#wire/duckdb/sql'
import { testSql } from '#wire/duckdb/testing'
import { InvalidMetadata } from '#wire/iceberg/errors'

const policy = createRolePolicy(
  {
    roleGrants: { engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true }, outsider: { read: ['other.*'] } },
    masks: {},
    classified: [],
    rowFilters: [],
  },
  RESOURCE_KINDS,
)
const caller: Caller = { sub: 'ada', roles: ['engineer'], via: 'bearer', requestId: 'r' }
const outsider: Caller = { ...caller, sub: 'eve', roles: ['outsider'] }
let storage: TestStorage
let catalog: Harness
let engine: TempEngine
let files: FilesClient
let connector: ReturnType<typeof createIcebergConnector>
let writes: ConnectorWrites
beforeAll(async () => {
  storage = await startTestStorage(policy)
  expect((await send(storage.endpoint, { method: 'PUT', path: '/lake' })).status).toBe(200)
  const key = { accessKeyId: ROOT.accessKeyId, secretAccessKey: new Secret(ROOT.secretAccessKey) }
  ;[catalog, engine] = await Promise.all([
    startHarness(policy, {
      files: createS3MetadataFiles({ endpoint: storage.endpoint, region: REGION, ...key }),
      vend: () => async () => ({}),
    }),
    startTempEngine({ spoolRoot: storage.deps.spoolDir }),
  ])
  const token = await catalog.login()
  const created = await catalog.call('POST', '/api/management/v1/catalogs', {
    token,
    body: {
      catalog: {
        type: 'INTERNAL',
        name: WAREHOUSE,
        properties: { 'default-base-location': 's3://lake' },
        storageConfigInfo: { storageType: 'S3', allowedLocations: ['s3://lake'] },
      },
    },
  })
  expect(created.status).toBe(201)
  files = createFilesClient(storage.deps.socket)
  connector = createIcebergConnector({ catalog: 'iceberg', lake: catalog.lake, files, engine: engine.client, authoriser: policy })
  writes = connector.writes
  await writes.createSchema({ ...caller, via: 'internal' }, 'banking')
}, 120_000)
afterAll(async () => {
  await engine?.stop()
  await catalog?.close()
  await storage?.stop()
})

let made = 0
async function inQuery<T>(body: (context: QueryContext) => Promise<T>, who = caller): Promise<T> {
  const queryId = `query-${made++}`
  const { spool } = await files.open(who, queryId)
  try {
    return await body({ queryId, caller: who, spool, signal: new AbortController().signal, over: new AbortController().signal })
  } finally {
    await files.release(who, queryId)
  }
}

async function write(prepare: (context: QueryContext) => ReturnType<ConnectorWrites['insert']>, select: string): Promise<number> {
  return inQuery(async (context) => {
    const prepared = await prepare(context)
    const { queryId, spool } = context
    await engine.client.run({
      queryId,
      spool,
      sql: print(prepared.query(testSql(select)), { maxLength: MAX_STATEMENT }),
      output: prepared.output,
    }).done
    return (await prepared.commit()).rows
  })
}
const createAs = (definition: TableDefinition, select: string) => write((c) => writes.createTableAs(c, definition), select)
const insert = (table: string, select: string) => write((c) => writes.insert(c, 'banking', table, []), select)

async function read(
  table: string,
  columns: string[],
  predicates: Pushdown[] = [],
  around = (r: string) => `SELECT * FROM ${r} ORDER BY 1`,
) {
  return inQuery(async (context) => {
    const scan = await connector.scan(context, { schema: 'banking', table, columns, predicates })
    const info = await connector.table(caller, 'banking', table)
    const types = columns.map((name) => info?.columns.find((c) => c.name === name)?.type ?? 'varchar')
    const whole = around('x') === 'SELECT * FROM x ORDER BY 1'
    const rows = await allRows(
      engine.client,
      context.spool,
      around(print(scan.relation, { maxLength: MAX_STATEMENT })),
      whole ? types : undefined,
    )
    await scan.close()
    return { rows, splits: scan.splits, bytes: scan.scannedBytes() }
  })
}

const python = startForkingPyiceberg()

async function pyiceberg(script: string): Promise<string> {
  const prelude = `
import pyarrow as pa, datetime as dt, decimal as d, uuid
from pyiceberg.catalog import load_catalog
c = load_catalog('lake')
`
  const env = {
    ...process.env,
    PYICEBERG_CATALOG__LAKE__URI: `${catalog.url}/api/catalog`,
    PYICEBERG_CATALOG__LAKE__WAREHOUSE: WAREHOUSE,
    PYICEBERG_CATALOG__LAKE__CREDENTIAL: `${ROOT_CREDENTIALS.clientId}:${ROOT_CREDENTIALS.secret}`,
    PYICEBERG_CATALOG__LAKE__SCOPE: 'PRINCIPAL_ROLE:ALL',
    PYICEBERG_CATALOG__LAKE__S3__ENDPOINT: storage.endpoint,
    PYICEBERG_CATALOG__LAKE__S3__ACCESS_KEY_ID: ROOT.accessKeyId,
    PYICEBERG_CATALOG__LAKE__S3__SECRET_ACCESS_KEY: ROOT.secretAccessKey,
    PYICEBERG_CATALOG__LAKE__S3__REGION: REGION,
    PYICEBERG_CATALOG__LAKE__S3__PATH_STYLE_ACCESS: 'true',
  }
  const { code, stdout, stderr } = await python({ script: prelude + script, env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim()
}

const column = (name: string, type: string) => ({ name, type, nullable: true })
const define = (table: string, columns: TableDefinition['columns'], partitioning: string[] = []): TableDefinition => ({
  schema: 'banking',
  table,
  columns,
  partitioning,
  properties: {},
})

describe('what SQL writes', () => {
  it('by months: pyiceberg sees rows, partitions and bounds, and prunes by them', async () => {
    const columns = [
      column('id', 'bigint'),
      column('amount', 'decimal(12,2)'),
      column('booked_at', 'timestamp(6) with time zone'),
      column('note', 'varchar'),
    ]
    const rows = await createAs(
      define('tx', columns, ['month(booked_at)']),
      `SELECT range, (range % 100)::DECIMAL(12,2) / 4, TIMESTAMPTZ '2026-01-01 00:00:00+00' + INTERVAL (range) HOUR, CASE WHEN range % 7 = 0 THEN NULL ELSE 'note ' || range END FROM range(3000)`,
    )
    expect(rows).toBe(3000)
    expect((await connector.table(caller, 'banking', 'tx'))?.partitioning).toEqual(['month(booked_at)'])
    const said = await pyiceberg(`
t = c.load_table('banking.tx')
a = t.scan().to_arrow()
print(a.num_rows, sum(a['id'].to_pylist()), sum(x for x in a['amount'].to_pylist()), a['note'].null_count)
print(sorted(p['partition']['booked_at_month'] for p in t.inspect.partitions().to_pylist()))
print(len(list(t.scan(row_filter="booked_at >= '2026-03-01T00:00:00+00:00' and booked_at < '2026-04-01T00:00:00+00:00'").plan_files())))
print(len(list(t.scan(row_filter="id = 2999").plan_files())), len(list(t.scan(row_filter="note = 'zzz'").plan_files())))
print(t.scan(row_filter="id = 2999").to_arrow().num_rows, t.current_snapshot().summary.additional_properties['total-records'])
f = t.inspect.files().to_pylist()[0]
print(f['record_count'] > 0, f['readable_metrics']['id']['lower_bound'] is not None, f['readable_metrics']['note']['null_value_count'] > 0)
`)
    expect(said.split('\n')).toEqual(['3000 4498500 37125.00 429', '[672, 673, 674, 675, 676]', '1', '1 0', '1 3000', 'True True True'])
  })

  it('every type, and pyiceberg reads each as it is', async () => {
    const types: [string, string, string][] = [
      ['b', 'boolean', 'true'],
      ['s', 'smallint', '7::SMALLINT'],
      ['i', 'integer', '-5'],
      ['l', 'bigint', '9007199254740993'],
      ['f', 'real', '0.5::FLOAT'],
      ['d', 'double', "'NaN'::DOUBLE"],
      ['dec', 'decimal(30,4)', "'-12345678901234567890.1234'"],
      ['dt', 'date', "DATE '1960-02-29'"],
      ['tm', 'time(6)', "TIME '23:59:59.999999'"],
      ['ts', 'timestamp(3)', "TIMESTAMP '1969-12-31 23:59:59.123456'"],
      ['tz', 'timestamp(6) with time zone', "TIMESTAMPTZ '2026-06-01 12:00:00+02'"],
      ['v', 'varchar(20)', "'é😀'"],
      ['u', 'uuid', "'0b0e7a4e-0b0e-4a4e-8b0e-0b0e7a4e0b0e'"],
      ['y', 'varbinary', "'\\x00\\xff'::BLOB"],
      ['a', 'array(integer)', '[1, NULL]'],
      ['m', 'map(varchar, bigint)', "MAP {'k': 1}"],
      ['r', 'row(x integer, y array(varchar))', "{'x': 1, 'y': ['z']}"],
    ]
    await createAs(
      define(
        'kinds',
        types.map(([name, type]) => column(name, type)),
      ),
      `SELECT ${types.map((t) => t[2]).join(', ')} UNION ALL SELECT ${types.map(() => 'NULL').join(', ')}`,
    )
    const said = await pyiceberg(`
a = c.load_table('banking.kinds').scan().to_arrow().to_pylist()
a.sort(key=lambda r: r['b'] is None)
print({k: v for k, v in a[0].items() if k != 'd'}); print(a[0]['d'] != a[0]['d'], set(a[1].values()))
`)
    const [first, second] = said.split('\n')
    expect(first).toBe(
      "{'b': True, 's': 7, 'i': -5, 'l': 9007199254740993, 'f': 0.5, 'dec': Decimal('-12345678901234567890.1234'), 'dt': datetime.date(1960, 2, 29), 'tm': datetime.time(23, 59, 59, 999999), 'ts': datetime.datetime(1969, 12, 31, 23, 59, 59, 123456), 'tz': datetime.datetime(2026, 6, 1, 10, 0, tzinfo=<UTC>), 'v': 'é😀', 'u': UUID('0b0e7a4e-0b0e-4a4e-8b0e-0b0e7a4e0b0e'), 'y': b'\\x00\\xff', 'a': [1, None], 'm': [('k', 1)], 'r': {'x': 1, 'y': ['z']}}".replace(
        '<UTC>',
        "zoneinfo.ZoneInfo(key='UTC')",
      ),
    )
    expect(second).toBe('True {None}')
    const { rows } = await read('kinds', ['i', 'l', 'dec', 'ts', 'u', 'y', 'a', 'm', 'r'])
    expect(rows[0]).toEqual([
      -5,
      9007199254740992,
      '-12345678901234567890.1234',
      '1969-12-31 23:59:59.123456',
      '0b0e7a4e-0b0e-4a4e-8b0e-0b0e7a4e0b0e',
      'AP8=',
      [1, null],
      { k: 1 },
      [1, ['z']],
    ])
  })

  it('by every transform, in the partition that pyiceberg computes', async () => {
    const columns = [
      column('id', 'bigint'),
      column('name', 'varchar'),
      column('day', 'date'),
      column('at', 'timestamp(6)'),
      column('dec', 'decimal(9,2)'),
      column('u', 'uuid'),
    ]
    const by = [
      'bucket(id, 4)',
      'truncate(name, 2)',
      'year(day)',
      'day(at)',
      'hour(at)',
      'bucket(dec, 3)',
      'bucket(name, 5)',
      'bucket(u, 7)',
      'name',
      'truncate(dec, 50)',
      'at',
      'truncate(id, 10)',
      'bucket(at, 3)',
      'bucket(day, 3)',
    ]
    const select = `SELECT * FROM (VALUES
      (34, 'iceberg/=% é', DATE '2017-11-16', TIMESTAMP '2017-11-16 22:31:08', 14.20, UUID 'f79c3e09-677c-4bbd-a479-3f349cb785e7'),
      (-7, '', DATE '1969-01-01', TIMESTAMP '1969-12-31 23:30:00.5', -14.20, UUID '00000000-0000-0000-0000-000000000000'),
      (NULL, NULL, NULL, NULL, NULL, NULL), (12, 'null', DATE '0099-01-01', TIMESTAMP '9999-12-31 23:59:59', 0, NULL))`
    expect(await createAs(define('parts', columns, by), select)).toBe(4)
    const said = await pyiceberg(`
from pyiceberg.table import StaticTable
t = c.load_table('banking.parts')
wrong = 0
for task in t.scan().plan_files():
    rows = pa.Table.from_batches(t.scan().to_arrow().to_batches()).to_pylist()
    import pyarrow.parquet as pq
    row = pq.read_table(task.file.file_path.replace('s3://', ''), filesystem=t.io.fs_by_scheme('s3', None)).to_pylist()[0]
    for i, f in enumerate(t.spec().fields):
        source = t.schema().find_field(f.source_id)
        v = row[source.name]
        from pyiceberg.expressions.literals import literal
        if v is not None:
            v = uuid.UUID(bytes=v) if isinstance(v, bytes) else v
            lit = literal(v)
            v = lit.value if source.name == 'u' or source.name in ('id', 'name', 'dec') else lit.to(source.field_type).value
        expected = f.transform.transform(source.field_type)(v)
        got = task.file.partition[i]
        if expected != got and str(expected) != str(got): print(f.name, repr(row[source.name]), repr(expected), repr(got)); wrong += 1
print(wrong, len(list(t.scan().plan_files())), t.scan(row_filter="name = 'null'").to_arrow().num_rows, t.scan(row_filter="name is null").to_arrow().num_rows)
`)
    expect(said).toBe('0 4 1 1')
    for (const [predicate, id] of [
      [{ column: 'name', op: '=', values: ['iceberg/=% é'] }, 34],
      [{ column: 'id', op: '=', values: [-7] }, -7],
      [{ column: 'day', op: '<', values: ['1500-01-01'] }, 12],
      [{ column: 'at', op: '=', values: ['1969-12-31 23:30:00.5'] }, -7],
      [{ column: 'dec', op: 'in', values: ['14.20', null] }, 34],
      [{ column: 'name', op: 'is null', values: [] }, null],
    ] as const) {
      const { rows, splits } = await read('parts', ['id'], [predicate])
      expect([rows, splits]).toEqual([[[id]], 1])
    }
  })

  it('a table without rows exists; an insert adds a snapshot; a NOT NULL column refuses', async () => {
    await createAs(define('empty', [{ ...column('id', 'bigint'), nullable: false }, column('t', 'varchar')]), "SELECT 1, 'x' WHERE false")
    expect((await read('empty', ['id', 't'])).rows).toEqual([])
    expect(await insert('empty', "SELECT 5, 'five'")).toBe(1)
    expect(await insert('empty', "SELECT 6, NULL UNION ALL SELECT 7, ''")).toBe(2)
    await expect(insert('empty', 'SELECT NULL, NULL')).rejects.toThrow('NULL value not allowed for NOT NULL column: id')
    expect((await read('empty', ['id', 't'])).rows).toEqual([
      [5, 'five'],
      [6, null],
      [7, ''],
    ])
    expect(await pyiceberg("t = c.load_table('banking.empty'); print(len(t.snapshots()), t.scan().to_arrow().num_rows)")).toBe('2 3')
  })

  it('appends at once all arrive', async () => {
    await writes.createTable(caller, define('busy', [column('n', 'integer')]))
    await Promise.all(Array.from({ length: 5 }, (_, i) => insert('busy', `SELECT ${i}::INTEGER`)))
    expect((await read('busy', ['n'])).rows).toEqual([[0], [1], [2], [3], [4]])
    expect(await pyiceberg("print(len(c.load_table('banking.busy').scan().to_arrow()))")).toBe('5')
  })
})

describe('what pyiceberg writes', () => {
  it('is read, by field id through renames, additions and promotions', async () => {
    await pyiceberg(`
from pyiceberg.schema import Schema
from pyiceberg.types import *
s = Schema(NestedField(1, 'Id', IntegerType(), required=False), NestedField(2, 'old_name', StringType(), required=False), NestedField(3, 'gone', StringType(), required=False), NestedField(4, 'st', StructType(NestedField(5, 'x', IntegerType(), required=False)), required=False))
t = c.create_table('banking.evolved', s)
t.append(pa.Table.from_pylist([{'Id': 1, 'old_name': 'a', 'gone': 'g', 'st': {'x': 1}}], schema=t.schema().as_arrow()))
with t.update_schema() as u:
    u.rename_column('old_name', 'new_name'); u.delete_column('gone'); u.update_column('Id', LongType()); u.add_column('added', DateType()); u.add_column('gone', LongType())
t.append(pa.Table.from_pylist([{'Id': 2**40, 'new_name': 'b', 'st': {'x': 2}, 'added': dt.date(2026, 1, 2), 'gone': 9}], schema=t.schema().as_arrow()))
`)
    const info = await connector.table(caller, 'banking', 'evolved')
    expect(info?.columns.map((x) => `${x.name} ${x.type}`)).toEqual([
      'id bigint',
      'new_name varchar',
      'st row(x integer)',
      'added date',
      'gone bigint',
    ])
    expect((await read('evolved', ['id', 'new_name', 'st', 'added', 'gone'])).rows).toEqual([
      [1, 'a', [1], null, null],
      [2 ** 40, 'b', [2], '2026-01-02', 9],
    ])
    expect((await read('evolved', ['new_name'], [{ column: 'id', op: '>', values: [5] }])).splits).toBe(1)
  })

  it('files are pruned by bounds, and only used columns count as read', async () => {
    await pyiceberg(`
t = c.create_table('banking.pruned', schema=pa.schema([('k', pa.int64()), ('s', pa.string()), ('wide', pa.string())]))
for i in range(3): t.append(pa.table({'k': [i * 10 + j for j in range(10)], 's': ['abcdefghijklmnopqrstuvwxyz%d' % i] * 10, 'wide': ['w' * 1000 + str(i * 10 + j) for j in range(10)]}))
`)
    const found = await read('pruned', ['k'], [{ column: 'k', op: 'in', values: [5, 25] }])
    expect(found.splits).toBe(2)
    expect(
      (await read('pruned', ['k'], [{ column: 's', op: '=', values: ['abcdefghijklmnopqrstuvwxyz1'] }])).rows.length,
    ).toBeGreaterThanOrEqual(10)
    const [narrow, wide] = [await read('pruned', ['k']), await read('pruned', ['k', 'wide'])]
    expect(narrow.bytes).toBeGreaterThan(0)
    expect(wide.bytes).toBeGreaterThan(narrow.bytes)
  })

  it('what would read silently wrong is refused by name', async () => {
    await pyiceberg(`
from pyiceberg.schema import Schema
from pyiceberg.types import *
import pyarrow.parquet as pq
s = Schema(NestedField(1, 'id', LongType(), required=False), NestedField(2, 'st', StructType(NestedField(3, 'x', IntegerType(), required=False)), required=False))
t = c.create_table('banking.nested', s)
t.append(pa.Table.from_pylist([{'id': 1, 'st': {'x': 1}}], schema=t.schema().as_arrow()))
with t.update_schema() as u: u.rename_column('st.x', 'y')
t = c.create_table('banking.added', schema=pa.schema([('k', pa.int64())]))
pq.write_table(pa.table({'k': [1]}), t.location().replace('s3://', '') + '/data/x.parquet', filesystem=t.io.fs_by_scheme('s3', None))
t.add_files([t.location() + '/data/x.parquet'])
`)
    expect((await read('nested', ['id'])).rows).toEqual([[1]])
    await expect(read('nested', ['st'])).rejects.toThrow('reading st, whose nested fields were renamed')
    await expect(read('added', ['k'])).rejects.toThrow('without field ids')
  })

  it('a delete that rewrites files is seen', async () => {
    await pyiceberg(`
t = c.create_table('banking.deleted', schema=pa.schema([('k', pa.int64()), ('s', pa.string())]))
t.append(pa.table({'k': [1, 2, 3, 4], 's': ['a', 'b', 'c', 'd']}))
t.append(pa.table({'k': [5, 6], 's': ['e', 'f']}))
t.delete('k = 2 or k = 6')
`)
    expect((await read('deleted', ['k', 's'])).rows).toEqual([
      [1, 'a'],
      [3, 'c'],
      [4, 'd'],
      [5, 'e'],
    ])
  })
})

describe('deletes that are files', () => {
  it('by position, as DuckDB writes them', async () => {
    await createAs(
      define('gone', [column('k', 'bigint'), column('s', 'varchar')], ['truncate(k, 1000)']),
      "SELECT range, 'r' || range FROM range(3000)",
    )
    await insert('gone', "SELECT 5, 'late'")
    const script = `
import duckdb, os, sys
from importlib import resources
c = duckdb.connect()
c.execute('SET enable_progress_bar = false')
c.execute(f"SET extension_directory = '{sys.argv[3]}'")
for e in ('avro', 'httpfs', 'iceberg'):
    path = next(p for p in resources.files(f'duckdb_extension_{e}').rglob('*') if str(p).endswith(f'{e}.duckdb_extension'))
    c.execute(f"INSTALL '{path}'"); c.execute(f'LOAD {e}')
c.execute(f"CREATE SECRET lake (TYPE iceberg, TOKEN '{sys.argv[2]}')")
c.execute("CREATE SECRET s (TYPE s3, KEY_ID '${ROOT.accessKeyId}', SECRET '${ROOT.secretAccessKey}', ENDPOINT '" + sys.argv[4] + "', REGION '${REGION}', URL_STYLE 'path', USE_SSL false)")
c.execute(f"ATTACH '${WAREHOUSE}' AS lake (TYPE iceberg, ENDPOINT '{sys.argv[1]}', SECRET lake, ACCESS_DELEGATION_MODE 'none')")
print(c.execute('SELECT count(*), sum(k) FROM lake.banking.gone').fetchone())
c.execute('DELETE FROM lake.banking.gone WHERE k % 10 = 5')
print(c.execute('SELECT count(*), sum(k) FROM lake.banking.gone').fetchone())
`
    const args = [`${catalog.url}/api/catalog`, await catalog.login(), `${engine.root}/extensions`, new URL(storage.endpoint).host]
    const { code, stdout, stderr } = await python({ script, args, env: process.env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trim().split('\n')).toEqual(['(3001, 4498505)', '(2700, 4048500)'])
    const { rows } = await read('gone', ['k'], [], (r) => `SELECT count(*), sum(k)::BIGINT FROM ${r}`)
    expect(rows).toEqual([[2700, 4048500]])
    await insert('gone', "SELECT 5, 'again'")
    expect((await read('gone', ['k', 's'], [], (r) => `SELECT k, s FROM ${r} WHERE k IN (4, 5, 15, 2006)  ORDER BY k`)).rows).toEqual([
      [4, 'r4'],
      [5, 'again'],
      [2006, 'r2006'],
    ])
  })
})

describe('who may what', () => {
  it('lists what there is for those who may, nothing for others', async () => {
    expect(await connector.listSchemas(caller)).toContain('banking')
    expect((await connector.listTables(caller, 'banking')).map((t) => t.name)).toContain('tx')
    expect(await connector.listSchemas(outsider)).toEqual([])
    expect(await connector.listTables(outsider, 'banking')).toEqual([])
    expect(await connector.table(outsider, 'banking', 'tx')).toBeUndefined()
  })
  it('refuses scans and writes', async () => {
    const scan = inQuery(
      (context) => connector.scan(context, { schema: 'banking', table: 'tx', columns: ['id'], predicates: [] }),
      outsider,
    )
    await expect(scan).rejects.toSatisfy(AccessDenied.is)
    await expect(inQuery((context) => writes.insert(context, 'banking', 'tx', []), outsider)).rejects.toSatisfy(AccessDenied.is)
    await expect(writes.dropTable(outsider, 'banking', 'tx')).rejects.toSatisfy(AccessDenied.is)
  })
  it('has names for what is missing or there already', async () => {
    await expect(createAs(define('tx', [column('a', 'bigint')]), 'SELECT 1')).rejects.toSatisfy(TableExists.is)
    await expect(writes.dropTable(caller, 'banking', 'nothing')).rejects.toSatisfy(TableNotFound.is)
    await expect(createAs(define('j', [column('a', 'json')]), 'SELECT 1')).rejects.toThrow('type json in an Iceberg table')
    await expect(createAs(define('j', [column('a', 'bigint')], ['month(a)']), 'SELECT 1')).rejects.toThrow('partitioning by month(a)')
  })
  it('does not lease what lies outside of the table, whatever its metadata says', async () => {
    await pyiceberg(`
t = c.create_table('banking.thief', schema=c.load_table('banking.pruned').schema())
t.add_files([f['file_path'] for f in c.load_table('banking.pruned').inspect.files().to_pylist()])
`)
    const refused: unknown = await read('thief', ['k']).catch((error: unknown) => error)
    expect(String(refused)).toContain('outside of the table')
    expect(errorNameOf(toAkkoError(refused))).toBe('ICEBERG_BAD_DATA')
    expect(errorNameOf(InvalidMetadata({ reason: '' }))).toBe('ICEBERG_INVALID_METADATA')
  })
  it('renames and drops', async () => {
    await writes.renameTable(caller, { schema: 'banking', table: 'busy' }, { schema: 'banking', table: 'calm' })
    expect((await read('calm', ['n'])).rows.length).toBe(5)
    await writes.dropTable(caller, 'banking', 'calm')
    expect(await connector.table(caller, 'banking', 'calm')).toBeUndefined()
  })
})

describe('hostile words', () => {
  const words = HOSTILE.filter((word) => word.trim() !== '')
  const texts = words.map((word) => `'${word.replaceAll("'", "''")}'`)
  const same = (name: string, value: string): Pushdown[] => [{ column: name, op: '=', values: [value] }]
  it('are values, found by conditions on files', { timeout: 60_000 }, async () => {
    const rows = `SELECT * FROM (VALUES ${texts.map((text, i) => `(${i}, ${text})`).join(', ')}) t(c0, c1)`
    await createAs(define('hostile', [column('i', 'bigint'), column('word', 'varchar')], ['word']), rows)
    expect((await read('hostile', ['i', 'word'])).rows).toEqual(words.map((word, i) => [i, word]))
    for (const [i, w] of words.entries()) expect(await read('hostile', ['i'], same('word', w))).toMatchObject({ rows: [[i]], splits: 1 })
  })
  it('are names of columns, and partition a table', async () => {
    const columns = words.map((word) => column(word, 'varchar'))
    await createAs(define('named', columns, ['"$1"', '"__proto__"']), `SELECT ${texts.join(', ')}`)
    await insert('named', `SELECT ${words.map(() => 'NULL').join(', ')}`)
    expect((await read('named', [...words].reverse(), same('$1', '$1'))).rows).toEqual([[...words].reverse()])
  })
})
