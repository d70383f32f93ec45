// Trino's tables about files, partitions and manifests, of tables that we and pyiceberg wrote. The real Trino 476 answered the same about such
// tables, and is asked again by test/strangers/trino-real.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'

let lake: TestLake
beforeAll(async () => {
  lake = await startTestLake(
    { roleGrants: { engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true } }, masks: {}, classified: [], rowFilters: [] },
    () => ['engineer'],
  )
  await lake.rows(
    `CREATE TABLE t (i integer, s varchar, da date, f real, ts timestamp(6), r row(x integer, y varchar))
     WITH (partitioning = ARRAY['s', 'month(da)', 'bucket(i, 4)'])`,
  )
  await lake.rows(
    `INSERT INTO t VALUES (1, 'a/b c', DATE '2024-02-29', REAL '-0.5', TIMESTAMP '1969-12-31 23:59:59.5', ROW(1, 'y')),
     (NULL, NULL, NULL, NULL, NULL, NULL)`,
  )
  await lake.rows(`INSERT INTO t (i, s, da) VALUES (2, 'ü', DATE '2024-03-01'), (1, 'ü', DATE '2024-03-05')`)
  await lake.rows("DELETE FROM t WHERE i = 1 AND s = 'ü'")
  await lake.pyiceberg(`
import pyarrow as pa
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, StringType, DoubleType, NestedField
from pyiceberg.partitioning import PartitionSpec, PartitionField
from pyiceberg.transforms import IdentityTransform
schema = Schema(NestedField(1, 'id', LongType(), required=False), NestedField(2, 'name', StringType(), required=False), NestedField(3, 'price', DoubleType(), required=False))
t = c.create_table('ns.p', schema, partition_spec=PartitionSpec(PartitionField(2, 1000, IdentityTransform(), 'name')))
rows = lambda ids, names: pa.table({'id': pa.array(ids, pa.int64()), 'name': names, 'price': pa.array([i / 2 for i in ids])})
t.append(rows([1, 2, 3], ['a', 'a', None]))
t.append(rows([4], ['b']))
t.delete('id = 2')
`)
}, 120_000)
afterAll(() => lake?.stop())

describe('the files of a table', () => {
  it('are those that are read, with deletes, counts and bounds', async () => {
    const columns =
      'content, file_format, spec_id, partition, record_count, value_counts, null_value_counts, nan_value_counts, lower_bounds, upper_bounds'
    const { columns: types, rows } = await lake.ask(`SELECT ${columns} FROM "t$files" ORDER BY content, partition.s`)
    expect(types.map((c) => c.type).slice(3, 6)).toEqual([
      'row(s varchar, da_month integer, i_bucket integer)',
      'bigint',
      'map(integer, bigint)',
    ])
    const counts = (n: number) => ({ 1: n, 2: n, 3: n, 4: n, 5: n, 7: n, 8: n })
    expect(rows).toEqual([
      [
        ...[0, 'PARQUET', 0, ['a/b c', 649, 0], 1, counts(1), counts(0), null],
        { 1: '1', 2: 'a/b c', 3: '2024-02-29', 5: '1969-12-31T23:59:59.5', 7: '1', 8: 'y' },
        { 1: '1', 2: 'a/b c', 3: '2024-02-29', 5: '1969-12-31T23:59:59.5', 7: '1', 8: 'y' },
      ],
      [
        ...[0, 'PARQUET', 0, ['ü', 650, 0], 2, counts(2), { ...counts(2), 1: 0, 2: 0, 3: 0 }, null],
        { 1: '1', 2: 'ü', 3: '2024-03-01' },
        { 1: '2', 2: 'ü', 3: '2024-03-05' },
      ],
      [0, 'PARQUET', 0, [null, null, null], 1, counts(1), counts(1), null, {}, {}],
      [1, 'PARQUET', 0, ['ü', 650, 0], 1, { 2147483545: 1, 2147483546: 1 }, { 2147483545: 0, 2147483546: 0 }, null, {}, {}],
    ])
    const [[paths, sizes, metrics]] = (await lake.rows(
      `SELECT count_if(file_path LIKE 's3://lake/%/data/%.parquet'), count_if(file_size_in_bytes > 100),
       array_agg(json_format(json_extract(readable_metrics, '$["r.x"]')) ORDER BY content, partition.s) FROM "t$files"`,
    )) as [[number, number, string[]]]
    expect([paths, sizes]).toEqual([4, 4])
    expect(metrics.map((text) => text.replace(/("column_size":)\d+/, '$1?'))).toEqual([
      '{"column_size":?,"value_count":1,"null_value_count":0,"nan_value_count":null,"lower_bound":1,"upper_bound":1}',
      '{"column_size":?,"value_count":2,"null_value_count":2,"nan_value_count":null,"lower_bound":null,"upper_bound":null}',
      '{"column_size":?,"value_count":1,"null_value_count":1,"nan_value_count":null,"lower_bound":null,"upper_bound":null}',
      '{"column_size":null,"value_count":null,"null_value_count":null,"nan_value_count":null,"lower_bound":null,"upper_bound":null}',
    ])
  })

  it('are counted by partition', async () => {
    expect(await lake.rows('SELECT partition, record_count, file_count, data FROM "t$partitions" ORDER BY partition.s')).toEqual([
      [
        ['a/b c', 649, 0],
        ...[1, 1],
        [
          [1, 1, 0, null],
          ['2024-02-29', '2024-02-29', 0, null],
          [null, null, 0, null],
          ['1969-12-31 23:59:59.500000', '1969-12-31 23:59:59.500000', 0, null],
        ],
      ],
      [
        ['ü', 650, 0],
        2,
        1,
        [
          [1, 2, 0, null],
          ['2024-03-01', '2024-03-05', 0, null],
          [null, null, 2, null],
          [null, null, 2, null],
        ],
      ],
      [
        [null, null, null],
        1,
        1,
        [
          [null, null, 1, null],
          [null, null, 1, null],
          [null, null, 1, null],
          [null, null, 1, null],
        ],
      ],
    ])
    expect(await lake.rows('SELECT partition.name, record_count, file_count, data.id, data.price FROM "p$partitions" ORDER BY 1')).toEqual([
      ['a', 1, 1, [1, 1, 0, null], [0.5, 0.5, 0, null]],
      ['b', 1, 1, [4, 4, 0, null], [2, 2, 0, null]],
      [null, 1, 1, [3, 3, 0, null], [1.5, 1.5, 0, null]],
    ])
    expect((await lake.rows('DESCRIBE "p$partitions"')).at(-1)?.[1]).toBe(
      'row(id row(min bigint, max bigint, null_count bigint, nan_count bigint), price row(min double, max double, null_count bigint, nan_count bigint))',
    )
  })

  it('are of the table as it is: nothing of one without rows, no partition of one that has none', async () => {
    await lake.rows('CREATE TABLE nothing (x array(integer))')
    for (const kind of ['files', 'partitions', 'manifests', 'entries', 'all_entries', 'all_manifests'])
      expect(await lake.rows(`SELECT * FROM "nothing$${kind}"`)).toEqual([])
    const names = async (kind: string) => (await lake.rows(`DESCRIBE "nothing$${kind}"`)).map(([name]) => name)
    expect(await names('partitions')).toEqual(['record_count', 'file_count', 'total_size'])
    expect(await names('files')).not.toContain('partition')
  })

  it('of older specs stay in their partitions, whose fields are those of all specs', async () => {
    await lake.rows("CREATE TABLE moved WITH (partitioning = ARRAY['a']) AS SELECT 1 AS a, DATE '1969-02-28' AS b")
    await lake.rows("ALTER TABLE moved SET PROPERTIES partitioning = ARRAY['day(b)']")
    await lake.rows("INSERT INTO moved VALUES (2, DATE '1969-02-28'), (3, NULL)")
    await lake.rows('ALTER TABLE moved ALTER COLUMN a SET DATA TYPE bigint')
    expect(await lake.rows('SELECT partition, data.a FROM "moved$partitions" ORDER BY partition.a, partition.b_day')).toEqual([
      [
        [1, null],
        [1, 1, 0, null],
      ],
      [
        [null, '1969-02-28'],
        [2, 2, 0, null],
      ],
      [
        [null, null],
        [3, 3, 0, null],
      ],
    ])
    expect(await lake.rows('SELECT partition_spec_id, partition_summaries FROM "moved$manifests" ORDER BY 1')).toEqual([
      [0, [[false, false, '1', '1']]],
      [1, [[true, false, '1969-02-28', '1969-02-28']]],
    ])
  })
})

describe('what commits brought', () => {
  it('are entries, also of files that went', async () => {
    const entries = (kind: string, table: string) =>
      lake.rows(
        `SELECT status, sequence_number, file_sequence_number, data_file.content, data_file.record_count, data_file.sort_order_id
         FROM "${table}$${kind}" ORDER BY sequence_number, status, data_file.record_count, data_file.content`,
      )
    expect(await entries('entries', 't')).toEqual([
      [1, 1, 1, 0, 1, 0],
      [1, 1, 1, 0, 1, 0],
      [1, 2, 2, 0, 2, 0],
      [1, 3, 3, 1, 1, null],
    ])
    expect((await entries('entries', 'p')).map((row) => row.slice(0, 2))).toEqual([
      [0, 1],
      [2, 1],
      [1, 2],
      [1, 3],
    ])
    const all = await lake.rows('SELECT DISTINCT status FROM "p$all_entries" ORDER BY 1')
    expect(all).toEqual([[0], [1], [2]])
    const joined = 'SELECT count(*) FROM "t$entries" e JOIN "t$snapshots" s ON e.snapshot_id = s.snapshot_id'
    expect(await lake.rows(joined)).toEqual([[4]])
    const [[bound]] = (await lake.rows(
      'SELECT data_file.lower_bounds[2147483546] = (SELECT file_path FROM "t$files" WHERE partition.s = \'ü\' AND content = 0) FROM "t$entries" WHERE data_file.content = 1',
    )) as [[boolean]]
    expect(bound).toBe(true)
  })

  it('are manifests, once for each snapshot that names them', async () => {
    expect(
      await lake.rows(
        `SELECT added_data_files_count, added_rows_count, existing_data_files_count, existing_rows_count, deleted_data_files_count, deleted_rows_count,
         partition_summaries[2] FROM "t$manifests" ORDER BY 1, 2, cardinality(partition_summaries)`,
      ),
    ).toEqual([
      [1, 1, 0, 0, 0, 0, [false, false, '2024-03', '2024-03']],
      [1, 2, 0, 0, 0, 0, [false, false, '2024-03', '2024-03']],
      [2, 2, 0, 0, 0, 0, [true, false, '2024-02', '2024-02']],
    ])
    expect(
      await lake.rows(
        `SELECT sum(added_data_files_count), sum(added_delete_files_count), count(*) FROM "t$all_manifests" m JOIN "t$snapshots" s
         ON m.reference_snapshot_id = s.snapshot_id GROUP BY s.committed_at ORDER BY s.committed_at`,
      ),
    ).toEqual([
      [2, 0, 1],
      [3, 0, 2],
      [3, 1, 3],
    ])
  })

  it('are metadata files, with the snapshot that each knew last', async () => {
    const rows = await lake.rows('SELECT latest_schema_id, latest_sequence_number, file FROM "t$metadata_log_entries" ORDER BY "timestamp"')
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      [null, null],
      [0, 1],
      [0, 2],
      [0, 3],
    ])
    expect(new Set(rows.map(([, , file]) => file)).size).toBe(4)
    expect(rows.every(([, , file]) => /^s3:\/\/lake\/.*\/metadata\/0000\d-.*\.metadata\.json$/.test(String(file)))).toBe(true)
  })
})

describe('such a table', () => {
  it.each([
    ['SELECT * FROM "t$files" FOR VERSION AS OF 12345678901', /^NOT_SUPPORTED: This connector does not support versioned tables/],
    ['SELECT * FROM "nope$files"', /^TABLE_NOT_FOUND/],
    ['INSERT INTO "t$files" SELECT * FROM "t$files"', /^TABLE_NOT_FOUND/],
    ['DROP TABLE "t$files"', /^TABLE_NOT_FOUND/],
    ['DELETE FROM "t$files"', /^TABLE_NOT_FOUND/],
    ['SELECT "$path" FROM "t$files"', /^COLUMN_NOT_FOUND/],
  ])('%s', async (sql, error) => {
    const answer = await lake.ask(sql)
    expect(`${answer.error?.errorName}: ${answer.error?.message}`).toMatch(error)
  })

  it('is read like others: in views, joins and EXPLAIN, and shown', async () => {
    await lake.rows('CREATE VIEW v AS SELECT count(*) AS n FROM "t$files"')
    expect(await lake.rows('SELECT n FROM v')).toEqual([[4]])
    expect(await lake.rows('EXPLAIN SELECT file_path FROM "t$files"')).toHaveLength(1)
    const [[analysed]] = (await lake.rows('EXPLAIN ANALYZE SELECT file_path FROM "t$files"')) as [[string]]
    expect(analysed).not.toContain('s3://')
    const [[made]] = (await lake.rows('SHOW CREATE TABLE "t$manifests"')) as [[string]]
    expect(made).toMatch(/^CREATE TABLE iceberg\.ns\."t\$manifests" \(\n {3}path varchar,\n {3}length bigint,/)
    await lake.rows('CREATE TABLE kept AS SELECT file_path, lower_bounds, partition FROM "t$files"')
    expect(await lake.rows("SELECT count(*) FROM kept WHERE element_at(lower_bounds, 1) = '1'")).toEqual([[2]])
  })

  it('tells the order of the files, and SHOW CREATE TABLE does', async () => {
    await lake.pyiceberg(`
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, StringType, NestedField
from pyiceberg.partitioning import PartitionSpec, PartitionField
from pyiceberg.transforms import IdentityTransform, BucketTransform
from pyiceberg.table.sorting import SortOrder, SortField, SortDirection, NullOrder
schema = Schema(NestedField(1, 'x', LongType(), required=True), NestedField(2, 'odd name', StringType(), required=False), identifier_field_ids=[1])
order = SortOrder(SortField(1, IdentityTransform(), SortDirection.DESC, NullOrder.NULLS_LAST), SortField(2, IdentityTransform()))
c.create_table('ns.sorted', schema, sort_order=order, partition_spec=PartitionSpec(PartitionField(2, 1000, IdentityTransform(), 'odd name')), properties={'commit.retry.num-retries': '7'})
c.create_table('ns.bucketed', schema, sort_order=SortOrder(SortField(1, BucketTransform(4))))
`)
    expect(await lake.rows(`SELECT value FROM "sorted$properties" WHERE key = 'sort-order'`)).toEqual([
      ['x DESC NULLS LAST, "odd name" ASC NULLS FIRST'],
    ])
    const [[made]] = (await lake.rows('SHOW CREATE TABLE sorted')) as [[string]]
    expect(made).toMatch(
      /,\n {3}max_commit_retry = 7,\n {3}partitioning = ARRAY\['"odd name"'\],\n {3}sorted_by = ARRAY\['x DESC NULLS LAST','"odd name" ASC NULLS FIRST'\]\n\)$/,
    )
    expect((await lake.ask('SELECT * FROM "bucketed$properties"')).error?.errorName).toBe('NOT_SUPPORTED')
  })

  it('has a row for each of many', async () => {
    await lake.rows("CREATE TABLE many WITH (partitioning = ARRAY['x']) AS SELECT x, x * 2 AS y FROM UNNEST(sequence(1, 150)) AS u(x)")
    expect(await lake.rows('SELECT count(*), sum(record_count), max(lower_bounds[2]) FROM "many$files"')).toEqual([[150, 150, '98']])
    expect(await lake.rows('SELECT count(DISTINCT partition), sum(data.y.max) FROM "many$partitions"')).toEqual([[150, 22_650]])
    expect(await lake.rows('SELECT count(json_format(readable_metrics)), count(data_file) FROM "many$entries"')).toEqual([[150, 150]])
  })
})

describe('hidden columns', () => {
  it('tell the file of each row in the store, and its partition', async () => {
    const [paths] = (await lake.rows(
      'SELECT array_agg(DISTINCT "$path"), (SELECT array_agg(file_path) FROM "t$files" WHERE content = 0) FROM t',
    )) as [[string[], string[]]]
    expect(paths[0].toSorted()).toEqual(paths[1].toSorted())
    expect(await lake.rows('SELECT i, s, "$partition" FROM t ORDER BY i, s')).toEqual([
      [1, 'a/b c', 's=a%2Fb+c/da_month=2024-02/i_bucket=0'],
      [2, 'ü', 's=%C3%BC/da_month=2024-03/i_bucket=0'],
      [null, null, 's=null/da_month=null/i_bucket=null'],
    ])
    expect(await lake.rows('SELECT DISTINCT "$partition" FROM p ORDER BY 1')).toEqual([['name=a'], ['name=b'], ['name=null']])
    expect(await lake.rows('SELECT count(*) FROM t JOIN "t$files" f ON f.file_path = t."$PATH"')).toEqual([[3]])
    await lake.rows('CREATE TABLE plain AS SELECT 1 AS x')
    expect(await lake.rows('SELECT "$partition", count(*) FROM plain GROUP BY "$partition"')).toEqual([['', 1]])
    expect(await lake.rows('SELECT "$path" FROM nothing')).toEqual([])
    expect(await lake.rows(`SELECT count(*) FROM t FOR VERSION AS OF 'main' WHERE "$partition" LIKE '%=null/%'`)).toEqual([[1]])
  })

  it('are in no list', async () => {
    expect(await lake.rows('SELECT * FROM plain')).toEqual([[1]])
    expect(await lake.rows('SELECT p.* FROM plain p')).toEqual([[1]])
    expect(await lake.rows('SELECT a FROM plain AS p(a)')).toEqual([[1]])
    expect(await lake.rows('DESCRIBE plain')).toHaveLength(1)
    expect(await lake.rows("SELECT column_name FROM information_schema.columns WHERE table_name = 'plain'")).toEqual([['x']])
  })

  it('are asked for in changes', async () => {
    await lake.rows("CREATE TABLE parts WITH (partitioning = ARRAY['k']) AS SELECT k, 0 AS v FROM UNNEST(sequence(1, 4)) AS u(k)")
    await lake.rows(`DELETE FROM parts WHERE "$partition" = 'k=1'`)
    await lake.rows(`UPDATE parts SET v = 7 WHERE "$partition" IN ('k=2', 'k=3') AND k > 2`)
    await lake.rows(`MERGE INTO parts USING (VALUES 'k=4') s(p) ON "$partition" = p WHEN MATCHED THEN UPDATE SET v = 9`)
    expect(await lake.rows('SELECT * FROM parts ORDER BY k')).toEqual([
      [2, 0],
      [3, 7],
      [4, 9],
    ])
  })

  it.each([
    ['SELECT "$path" FROM plain AS p(a)', /^COLUMN_NOT_FOUND: line 1:8/],
    ['SELECT "$path" FROM (SELECT * FROM plain)', /^COLUMN_NOT_FOUND/],
    ['SELECT "$path" FROM plain, t', /^AMBIGUOUS_NAME/],
    ['SELECT "$pos" FROM plain', /^COLUMN_NOT_FOUND/],
    ['INSERT INTO plain ("$path") VALUES (1)', /^COLUMN_NOT_FOUND/],
    ['SELECT "$file_modified_time" FROM plain', /^NOT_SUPPORTED: .*\$file_modified_time/],
  ])('%s', async (sql, error) => {
    const answer = await lake.ask(sql)
    expect(`${answer.error?.errorName}: ${answer.error?.message}`).toMatch(error)
  })
})

/** What texts of the engine's nested values could be taken for. */
describe('values of every kind', () => {
  const ODD = `a'b"c\\d, {x}=[1]: (😀) NULL`

  it('come as they are, in rows, maps and lists', async () => {
    await lake.rows(
      `CREATE TABLE odd (t varchar, d date, ti time(6), ts timestamp(6), z timestamp(6) with time zone, e decimal(30,20), f double, r real, u uuid, b varbinary, l bigint, o boolean)
       WITH (partitioning = ARRAY['t', 'd', 'ti', 'ts', 'z', 'e', 'f', 'r', 'u', 'b', 'l', 'o'])`,
    )
    await lake.rows(
      `INSERT INTO odd VALUES ('${ODD.replaceAll("'", "''")}', DATE '12345-03-01', TIME '10:00:01.5', TIMESTAMP '0001-01-01 00:00:00.001',
       TIMESTAMP '2024-01-01 00:00:00.000001 UTC', DECIMAL '-0.00000000000000000001', -infinity(), REAL '0.1', UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59', X'00ff5c22', -5, false),
       ('', DATE '-0005-03-01', TIME '00:00:00', NULL, NULL, NULL, nan(), REAL '-0.0', NULL, X'', NULL, NULL), ('NULL', NULL, NULL, NULL, NULL, NULL, 1e22, NULL, NULL, NULL, NULL, NULL)`,
    )
    expect(await lake.rows('SELECT partition FROM "odd$partitions" ORDER BY partition.l NULLS LAST, partition.t')).toEqual([
      [
        [
          ...[
            ODD,
            '+12345-03-01',
            '10:00:01.500000',
            '0001-01-01 00:00:00.001000',
            '2024-01-01 00:00:00.000001 UTC',
            '-0.00000000000000000001',
          ],
          ...['-Infinity', 0.1, '12151fd2-7586-11e9-8f9e-2a86e4085a59', 'AP9cIg==', -5, false],
        ],
      ],
      [['', '-0005-03-01', '00:00:00.000000', null, null, null, 'NaN', -0, null, '', null, null]],
      [['NULL', null, null, null, null, null, 1e22, null, null, null, null, null]],
    ])
    const [[bounds, summaries, paths]] = (await lake.rows(
      `SELECT (SELECT lower_bounds FROM "odd$files" WHERE partition.l = -5), (SELECT transform(partition_summaries, s -> s.upper_bound) FROM "odd$manifests"),
       (SELECT array_agg(json_extract(readable_metrics, '$.ti.lower_bound') ORDER BY partition.ti) FROM "odd$files" WHERE partition.ti IS NOT NULL)`,
    )) as [[unknown, unknown[], unknown]]
    expect(bounds).toMatchObject({
      2: '12345-03-01',
      3: '10:00:01.500',
      4: '0001-01-01T00:00:00.001',
      5: '2024-01-01T00:00:00.000001+00:00',
      6: '-1E-20',
      11: '-5',
      12: 'false',
    })
    expect(summaries.slice(1)).toEqual([
      ...['12345-03-01', '10:00:01.500', '0001-01-01T00:00:00.001', '2024-01-01T00:00:00.000001+00:00', '-1E-20', '1.0E22', '0.1'],
      ...['12151fd2-7586-11e9-8f9e-2a86e4085a59', 'AP9cIg==', '-5', 'false'],
    ])
    expect(paths).toEqual(['"00:00:00"', '"10:00:01.5"'])
  })
})
