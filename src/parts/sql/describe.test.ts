// DESCRIBE INPUT and OUTPUT: what the real Trino 476 told of each statement, with tables `t (a boolean, b integer, c bigint)` and `u (a boolean, d integer)`.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ConnectorWrites } from '#parts/sql/ports'
import { allowAll, ask, type Bench, columns, fixtureConnector, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
beforeAll(async () => {
  bench = await openBench()
  const table = (text: string) => ({ columns: columns(text), sql: 'SELECT 1' })
  const jd = { t: table('a boolean; b integer; c bigint'), u: table('a boolean; d integer') }
  sql = await startSql(bench, {
    connectors: { iceberg: { ...fixtureConnector({ jd }), writes: {} as ConnectorWrites } },
    authoriser: allowAll,
  })
})
afterAll(async () => {
  await sql?.stop()
  await bench?.close()
})

/** Types of its parameters; each column with its table, type, bytes and whether it has an alias; or the error's name. */
const TOLD: readonly (readonly [statement: string, input: string, output: string])[] = [
  ['select 1 limit ?', 'bigint', '_col0 integer 4'],
  ['select 1 offset ? limit ?', 'bigint, bigint', '_col0 integer 4'],
  ['select 1 fetch first ? rows only', 'bigint', '_col0 integer 4'],
  ['select ? + 1, ?', 'integer, unknown', '_col0 integer 4, _col1 unknown 1'],
  [
    "select * from (values (1, 'a', 1.5)) t(a,b,c) where a > ? and b = ? and c between ? and ?",
    'integer, varchar(1), decimal(2,1), decimal(2,1)',
    'a integer 4, b varchar(1) 0, c decimal(2,1) 8',
  ],
  ['select cast(? as date), ?', 'unknown, unknown', '_col0 date 4, _col1 unknown 1'],
  ["select array[?, 1], row(?, 'x')", 'integer, unknown', '_col0 array(integer) 0, _col1 row(unknown, varchar(1)) 0'],
  ['select * from (values 1) t(a) where a in (?, ?)', 'integer, integer', 'a integer 4'],
  ['select case when ? then 1 else ? end', 'boolean, integer', '_col0 integer 4'],
  ["select coalesce(?, 'x')", 'varchar(1)', '_col0 varchar(1) 0'],
  ['values (?, ?)', 'unknown, unknown', '_col0 unknown 1, _col1 unknown 1'],
  ['select ? union select 1', 'unknown', '_col0 integer 4'],
  ['select count(*) from (values 1) t(a) group by a having count(*) > ?', 'bigint', '_col0 bigint 8'],
  ['select ?', 'unknown', '_col0 unknown 1'],
  ['select 1 where ?', 'boolean', '_col0 integer 4'],
  ['select not ?', 'boolean', '_col0 boolean 1'],
  ["select ? like 'a%'", 'varchar', '_col0 boolean 1'],
  ['select ? is null', 'unknown', '_col0 boolean 1'],
  ['select if(?, 1, 2)', 'boolean', '_col0 integer 4'],
  ['select * from unnest(?)', 'INVALID_FUNCTION_ARGUMENT', 'INVALID_FUNCTION_ARGUMENT'],
  ['select try_cast(? as integer)', 'unknown', '_col0 integer 4'],
  ['select * from (values 1) t(a) order by ?', 'unknown', 'a integer 4'],
  ['select transform(array[1], x -> x + ?)', 'integer', '_col0 array(integer) 0'],
  ["select ? at time zone 'UTC'", 'TYPE_MISMATCH', 'TYPE_MISMATCH'],
  ['select extract(year from ?)', 'TYPE_MISMATCH', 'TYPE_MISMATCH'],
  ['select 1 = ?', 'integer', '_col0 boolean 1'],
  ['select ? = ?', 'unknown, unknown', '_col0 boolean 1'],
  ["select (1, 'a') = (?, ?)", 'unknown, unknown', '_col0 boolean 1'],
  ["select 'a' = ?", 'varchar(1)', '_col0 boolean 1'],
  ['select 1 between ? and ?', 'integer, integer', '_col0 boolean 1'],
  ['select max_by(?, 1)', 'unknown', '_col0 unknown 1'],
  [
    'select a, b as bb, c + 1, x.c, c c from iceberg.jd.t x',
    '',
    'a iceberg.jd.t boolean 1, bb iceberg.jd.t integer 4 AS, _col2 bigint 8, c iceberg.jd.t bigint 8, c iceberg.jd.t bigint 8 AS',
  ],
  ['select * from iceberg.jd.t', '', 'a iceberg.jd.t boolean 1, b iceberg.jd.t integer 4, c iceberg.jd.t bigint 8'],
  [
    'select t.*, d as e from iceberg.jd.t t join iceberg.jd.u on t.a = u.a',
    '',
    'a iceberg.jd.t boolean 1, b iceberg.jd.t integer 4, c iceberg.jd.t bigint 8, e iceberg.jd.u integer 4 AS',
  ],
  ['select x from (select b x from iceberg.jd.t)', '', 'x iceberg.jd.t integer 4'],
  ['with q as (select b from iceberg.jd.t) select b from q', '', 'b iceberg.jd.t integer 4'],
  ['select b from iceberg.jd.t union select 1', '', 'b iceberg.jd.t integer 4'],
  ['select distinct b from iceberg.jd.t order by 1', '', 'b iceberg.jd.t integer 4'],
  ['select max(b) from iceberg.jd.t', '', '_col0 integer 4'],
  ['select (select max(b) from iceberg.jd.t) m', '', 'm integer 4 AS'],
  ['values 1', '', '_col0 integer 4'],
  ['table iceberg.jd.t', '', 'a iceberg.jd.t boolean 1, b iceberg.jd.t integer 4, c iceberg.jd.t bigint 8'],
  ['insert into iceberg.jd.t values (?, ?, ?)', 'unknown, unknown, unknown', 'rows bigint 8'],
  ['insert into iceberg.jd.t select ?, b, c from iceberg.jd.t where c = ?', 'unknown, bigint', 'rows bigint 8'],
  ['delete from iceberg.jd.t where c = ?', 'bigint', 'rows bigint 8'],
  ['update iceberg.jd.t set b = ? where c = ?', 'integer, bigint', 'rows bigint 8'],
  ['create table iceberg.jd.z as select ? x', 'COLUMN_TYPE_UNKNOWN', 'COLUMN_TYPE_UNKNOWN'],
  ['explain select ?', 'INVALID_PARAMETER_USAGE', 'INVALID_PARAMETER_USAGE'],
  ['select nope from iceberg.jd.t where a = ?', 'COLUMN_NOT_FOUND', 'COLUMN_NOT_FOUND'],
  ['select * from iceberg.jd.nope where a = ?', 'TABLE_NOT_FOUND', 'TABLE_NOT_FOUND'],
  ['call x(?)', '', ''],
  [
    'merge into iceberg.jd.t using iceberg.jd.u on t.a = u.a when matched and d = ? then update set b = ? when not matched then insert values (?, ?, ?)',
    'integer, integer, boolean, integer, bigint',
    'rows bigint 8',
  ],
  ['select -?', 'AMBIGUOUS_FUNCTION_CALL', 'AMBIGUOUS_FUNCTION_CALL'],
  ['select ? + ?', 'AMBIGUOUS_FUNCTION_CALL', 'AMBIGUOUS_FUNCTION_CALL'],
  ['select sum(?) over ()', 'AMBIGUOUS_FUNCTION_CALL', 'AMBIGUOUS_FUNCTION_CALL'],
  ['select length(?)', 'varchar(0)', '_col0 bigint 8'],
  ["select split(?, ',')", 'varchar(0)', '_col0 array(varchar(0)) 0'],
  ["show tables from iceberg.jd like 'a'", '', 'Table iceberg.information_schema.tables varchar 0 AS'],
  ['insert into iceberg.jd.nope values (?)', 'TABLE_NOT_FOUND', 'TABLE_NOT_FOUND'],
  ['insert into iceberg.jd.t (a, zz) values (?, ?)', 'COLUMN_NOT_FOUND', 'COLUMN_NOT_FOUND'],
  ['insert into iceberg.jd.t values (?)', 'TYPE_MISMATCH', 'TYPE_MISMATCH'],
  ['show catalogs', '', 'Catalog varchar(7) 0'],
  ['show schemas from iceberg', '', 'Schema iceberg.information_schema.schemata varchar 0 AS'],
  ['show tables from iceberg.jd', '', 'Table iceberg.information_schema.tables varchar 0 AS'],
  ['show tables from iceberg.nope', 'SCHEMA_NOT_FOUND', 'SCHEMA_NOT_FOUND'],
  [
    'show columns from iceberg.jd.t',
    '',
    'Column iceberg.information_schema.columns varchar 0 AS, Type iceberg.information_schema.columns varchar 0 AS, Extra varchar 0 AS, Comment varchar 0 AS',
  ],
  ['describe iceberg.jd.nope', 'TABLE_NOT_FOUND', 'TABLE_NOT_FOUND'],
  ['explain (type validate) select 1', '', 'Valid boolean 1'],
  ['use iceberg.jd', 'NOT_SUPPORTED', 'NOT_SUPPORTED'],
  ['drop table iceberg.jd.t', '', ''],
  ['prepare p from select 1', '', ''],
  ['truncate table iceberg.jd.t', '', ''],
  ['select ? between 1 and 2', 'integer', '_col0 boolean 1'],
  ['select a from iceberg.jd.t where b in (select ?)', 'unknown', 'a iceberg.jd.t boolean 1'],
  ['select ? in (select b from iceberg.jd.t)', 'unknown', '_col0 boolean 1'],
  ['select ? from iceberg.jd.t group by ?', 'unknown, unknown', '_col0 unknown 1'],
  ['select count(*) filter (where ?) from iceberg.jd.t', 'boolean', '_col0 bigint 8'],
  ['select b from iceberg.jd.t where b > all (select ?)', 'unknown', 'b iceberg.jd.t integer 4'],
  [
    'select * from iceberg.jd.t join iceberg.jd.u on ?',
    'boolean',
    'a iceberg.jd.t boolean 1, b iceberg.jd.t integer 4, c iceberg.jd.t bigint 8, a iceberg.jd.u boolean 1, d iceberg.jd.u integer 4',
  ],
  ['select case ? when 1 then 2 end', 'integer', '_col0 integer 4'],
  ['select case b when ? then ? else 1.5 end from iceberg.jd.t', 'integer, decimal(2,1)', '_col0 decimal(2,1) 8'],
  ['select nullif(?, 1)', 'unknown', '_col0 unknown 1'],
  ['select nullif(1, ?)', 'unknown', '_col0 integer 4'],
  ['select array[1][?]', 'bigint', '_col0 integer 4'],
  ["select map(array['a'], array[1])[?]", 'varchar(1)', '_col0 integer 4'],
  [
    'select * from iceberg.jd.t order by b limit ?',
    'bigint',
    'a iceberg.jd.t boolean 1, b iceberg.jd.t integer 4, c iceberg.jd.t bigint 8',
  ],
  ['select * from iceberg.jd.t where c = ? + 1', 'integer', 'a iceberg.jd.t boolean 1, b iceberg.jd.t integer 4, c iceberg.jd.t bigint 8'],
  ['select row_number() over (order by ?)', 'unknown', '_col0 bigint 8'],
  ['select lag(b, ?) over (order by b) from iceberg.jd.t', 'bigint', '_col0 integer 4'],
  ['select cast(? as varchar(5))', 'unknown', '_col0 varchar(5) 0'],
  ["select timestamp '2024-01-01 00:00:00' > ?", 'timestamp(0)', '_col0 boolean 1'],
  ["select date '2024-01-01' > ?", 'date', '_col0 boolean 1'],
  ['select 1.5 + ?', 'decimal(1,0)', '_col0 decimal(3,1) 8'],
  ['select b + ? from iceberg.jd.t', 'integer', '_col0 integer 4'],
  ["select 'a' like ?", 'varchar', '_col0 boolean 1'],
  ["select 'a' like 'b' escape ?", 'varchar', '_col0 boolean 1'],
  ['select greatest(?, 1)', 'integer', '_col0 integer 4'],
  ['select element_at(array[1,2], ?)', 'bigint', '_col0 integer 4'],
  ['select contains(array[1], ?)', 'integer', '_col0 boolean 1'],
  ['select coalesce(b, ?) from iceberg.jd.t', 'integer', '_col0 integer 4'],
  ['select if(a, b, ?) from iceberg.jd.t', 'integer', '_col0 integer 4'],
  ['select * from (values (?, 1), (2, ?)) t(x, y)', 'integer, integer', 'x integer 4, y integer 4'],
  ['select 1 union all select ?', 'unknown', '_col0 integer 4'],
  ["select format('%s', ?)", 'unknown', '_col0 varchar 0'],
  ['select grouping(b) from iceberg.jd.t group by rollup(b) having b = ?', 'integer', '_col0 integer 4'],
  ['select exists (select 1 where ?)', 'boolean', '_col0 boolean 1'],
  ['select try(?)', 'unknown', '_col0 unknown 1'],
  ['select * from unnest(array[?, 1])', 'integer', '_col0 integer 4'],
  ['select is_distinct from (select b is distinct from ? is_distinct from iceberg.jd.t)', 'integer', 'is_distinct boolean 1'],
]

it.each(TOLD)('%s', async (statement, input, output) => {
  const headers = { 'x-trino-prepared-statement': `p=${encodeURIComponent(statement)}` }
  const [given, made] = await Promise.all(['INPUT', 'OUTPUT'].map((what) => ask(sql.url, `DESCRIBE ${what} p`, headers)))
  expect([
    given?.error?.errorName ?? given?.rows.map(([, type]) => type).join(', '),
    made?.error?.errorName ?? made?.rows.map(column).join(', '),
  ]).toEqual([input, output])
})

it.each([
  ['select 1 limit ?', '2', [[1]]],
  ['select x from (values 1, 2, 3) t(x) offset ? limit ?', '1, 1', [[2]]],
  ['values 1, 2, 3 fetch first ? rows only', '2', [[1], [2]]],
  ['select 1 limit ?', 'null', 'INVALID_ARGUMENTS'],
  ['select 1 limit ?', '-1', 'NUMERIC_VALUE_OUT_OF_RANGE'],
  ['select 1 limit ?', "'a'", 'TYPE_MISMATCH'],
  ['select 1 limit ?', '1.5', 'TYPE_MISMATCH'],
  ['values 1 fetch first ? rows only', '0', 'NUMERIC_VALUE_OUT_OF_RANGE'],
  ['select 1 limit ?', '1 + 1', 'NOT_SUPPORTED'], // Trino: one row.
])('%s of %s', async (statement, using, found) => {
  const answer = await ask(sql.url, `EXECUTE p USING ${using}`, { 'x-trino-prepared-statement': `p=${encodeURIComponent(statement)}` })
  expect(answer.error?.errorName ?? answer.rows).toEqual(found)
})

function column([name, catalog, schema, table, type, size, aliased]: readonly unknown[]): string {
  const of = catalog === '' ? [] : [`${catalog}.${schema}.${table}`]
  return [name, ...of, type, size, ...(aliased ? ['AS'] : [])].join(' ')
}
