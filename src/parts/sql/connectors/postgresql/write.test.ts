// PostgreSQL catalogues are written through the front: rows, types both ways, definitions, rights, conflicts, and that what fails leaves nothing.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { createPostgresConnector } from '#parts/sql/connectors/postgresql/index'
import { ask, type Bench, ENDLESS, openBench, startSql } from '#parts/sql/testing'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const policy = createRolePolicy(
  {
    roleGrants: {
      engineer: { read: ['*.*'], write: ['bank.*'], clear: true },
      clerk: { read: ['*.*'], write: ['bank.*'] },
      filtered: { read: ['*.*'], write: ['bank.*'], filtered: true },
      owner: { all: true, clear: true },
      reader: { read: ['*.*'], clear: true },
      guest: { read: ['bank.other'], clear: true },
    },
    masks: { email: "'***'" },
    classified: [{ schemas: ['bank.public'], column: 'email', as: 'email' }],
    rowFilters: [{ schemas: ['bank.public'], column: 'hidden', filter: 'NOT {column}' }],
  },
  RESOURCE_KINDS,
)
const ROLES: Readonly<Record<string, string>> = {
  ada: 'engineer',
  olga: 'owner',
  carl: 'clerk',
  finn: 'filtered',
  rita: 'reader',
  gus: 'guest',
}

let server: TempPostgres
let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
const pools: pg.Pool[] = []
/** As the server's own administrator. */
let admin: pg.Pool

const pool = (user: string): pg.Pool => {
  const made = new pg.Pool({ connectionString: server.url('bank', user, user), max: 4 })
  made.on('error', () => {})
  pools.push(made)
  return made
}

beforeAll(async () => {
  ;[server, bench] = await Promise.all([startTempPostgres(), openBench()])
  const root = new pg.Client({ connectionString: server.url('postgres') })
  await root.connect()
  await root.query(`CREATE ROLE bank LOGIN PASSWORD 'bank'; CREATE ROLE sql_bank LOGIN PASSWORD 'sql_bank' IN ROLE pg_read_all_data`)
  await root.query('CREATE DATABASE bank OWNER bank')
  await root.end()
  admin = new pg.Pool({ connectionString: server.url('bank') })
  pools.push(admin)
  sql = await startSql(bench, {
    authoriser: policy,
    personNow: async (user) => ({ roles: ROLES[user] ? [ROLES[user]] : [] }),
    connectors: {
      bank: createPostgresConnector({
        catalog: 'bank',
        pool: pool('sql_bank'),
        writes: { pool: pool('bank'), engine: bench.engine },
        authoriser: policy,
      }),
      closed: createPostgresConnector({ catalog: 'closed', pool: pool('sql_bank'), authoriser: policy }),
    },
  })
}, 60_000)
afterAll(async () => {
  await sql?.stop()
  await Promise.all(pools.map((p) => p.end()))
  await bench?.close()
  await server?.stop()
})

const run = (text: string, user = 'ada') =>
  ask(sql.url, text, { 'x-trino-user': user, 'x-trino-catalog': 'bank', 'x-trino-schema': 'public' })
const rows = async (text: string, user?: string) => {
  const { rows, error } = await run(text, user)
  if (error) throw new Error(`${text}: ${error.errorName}: ${error.message}`)
  return rows
}
/** What the client is told: the kind and count of the update, or the error. */
const told = async (text: string, user?: string) => {
  const { error, updateType, updateCount } = await run(text, user)
  return error ? `${error.errorName}: ${error.message}` : [updateType, updateCount]
}
const there = async (text: string) => (await admin.query({ text, rowMode: 'array' })).rows

describe('rows', () => {
  it('are inserted: values, a query, some columns with the defaults of the others', async () => {
    await admin.query(
      `SET ROLE bank; CREATE TABLE t (id serial PRIMARY KEY, name varchar(5), amount numeric(8,2) DEFAULT 7, at timestamp DEFAULT now()); RESET ROLE`,
    )
    expect(await told("INSERT INTO t (id, name) VALUES (10, 'x'), (11, NULL)")).toEqual(['INSERT', 2])
    expect(
      await told("INSERT INTO t (name, amount) SELECT 'n' || CAST(x AS varchar), x / 3e0 FROM UNNEST(sequence(1, 3)) AS u(x)"),
    ).toEqual(['INSERT', 3])
    expect(await told("INSERT INTO t VALUES (20, 'all', 1, TIMESTAMP '2024-02-29 12:30:00.123456')")).toEqual(['INSERT', 1])
    expect(await told('INSERT INTO t SELECT * FROM t WHERE false')).toEqual(['INSERT', 0])
    expect(await there("SELECT id, name, amount, at::text ~ '2024-02-29 12:30:00.123456' FROM t ORDER BY id")).toEqual([
      [1, 'n1', '0.33', false],
      [2, 'n2', '0.67', false],
      [3, 'n3', '1.00', false],
      [10, 'x', '7.00', false],
      [11, null, '7.00', false],
      [20, 'all', '1.00', true],
    ])
  })

  it('are read and written in one statement: the state before it counts', async () => {
    await rows('CREATE TABLE grows AS SELECT x FROM UNNEST(sequence(1, 1000)) AS u(x)')
    expect(await told('INSERT INTO grows SELECT x + 1000 FROM grows')).toEqual(['INSERT', 1000])
    expect(await rows('SELECT count(*), count(DISTINCT x), max(x) FROM grows')).toEqual([[2000, 2000, 2000]])
  })

  it('are deleted, updated and merged, in one transaction each', async () => {
    await rows(
      "CREATE TABLE m AS SELECT * FROM (VALUES (1, CAST('a' AS varchar), DECIMAL '1.50'), (2, 'b', NULL), (3, 'c', 2), (4, 'd', 3)) AS t(id, v, n)",
    )
    expect(await told("DELETE FROM m WHERE v = 'd' AND id IN (SELECT max(id) FROM m)")).toEqual(['DELETE', 1])
    expect(await told("UPDATE m SET v = v || '!', n = coalesce(n, 0) + id WHERE id < 3")).toEqual(['UPDATE', 2])
    expect(await told('DELETE FROM m WHERE id > 100')).toEqual(['DELETE', 0])
    expect(await rows('SELECT * FROM m ORDER BY id')).toEqual([
      [1, 'a!', '2.50'],
      [2, 'b!', '2.00'],
      [3, 'c', '2.00'],
    ])
    const merge = `MERGE INTO m USING (VALUES (1, 'x'), (2, 'y'), (9, 'z')) AS s(id, v) ON m.id = s.id
      WHEN MATCHED AND s.v = 'x' THEN DELETE WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)`
    expect(await told(merge)).toEqual(['MERGE', 3])
    expect(await rows('SELECT * FROM m ORDER BY id')).toEqual([
      [2, 'y', '2.00'],
      [3, 'c', '2.00'],
      [9, 'z', null],
    ])
    expect(await told('MERGE INTO m USING (VALUES 2, 2) AS s(id) ON m.id = s.id WHEN MATCHED THEN DELETE')).toMatch(
      /^MERGE_TARGET_ROW_MULTIPLE_MATCHES/,
    )
    expect(await told('MERGE INTO m USING (SELECT 1 AS id WHERE false) AS s ON m.id = s.id WHEN MATCHED THEN DELETE')).toEqual(['MERGE', 0])
    expect(await told('DELETE FROM m')).toEqual(['DELETE', 3])
    expect(await rows('SELECT count(*) FROM m')).toEqual([[0]])
  })

  it('are changed in partitions, where places are each partition’s own', async () => {
    await admin.query(`SET ROLE bank; CREATE TABLE parted (k int, v text) PARTITION BY LIST (k);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1); CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2); RESET ROLE`)
    await rows("INSERT INTO parted VALUES (1, 'a'), (1, 'b'), (2, 'c'), (2, 'd')")
    expect(await told("UPDATE parted SET v = upper(v), k = 3 - k WHERE v IN ('a', 'd')")).toEqual(['UPDATE', 2])
    expect(await told("DELETE FROM parted WHERE v = 'c'")).toEqual(['DELETE', 1])
    expect(await there('SELECT tableoid::regclass::text, v FROM parted ORDER BY v')).toEqual([
      ['parted_2', 'A'],
      ['parted_1', 'D'],
      ['parted_1', 'b'],
    ])
  })

  it('go all at once, with what refers to them refused by the database', async () => {
    await rows('CREATE TABLE emptied AS SELECT 1 AS x')
    expect(await told('TRUNCATE TABLE emptied')).toEqual(['TRUNCATE TABLE', undefined])
    expect(await there('SELECT count(*)::int FROM emptied')).toEqual([[0]])
    await admin.query('SET ROLE bank; CREATE TABLE refers (t int REFERENCES t(id)); INSERT INTO refers VALUES (10); RESET ROLE')
    expect(await told('TRUNCATE TABLE t')).toMatch(/^JDBC_ERROR: ERROR: cannot truncate a table referenced in a foreign key constraint/)
    expect(await told('DELETE FROM t')).toMatch(/^JDBC_ERROR: ERROR: update or delete on table "t" violates foreign key constraint/)
    expect(await there('SELECT count(*)::int FROM t')).toEqual([[6]])
  })

  it('that break a constraint leave nothing of their statement, and say no other row’s values', async () => {
    const before = await there('SELECT * FROM t ORDER BY id')
    expect(await told("INSERT INTO t (id, name) VALUES (30, 'ok'), (10, 'dup')")).toBe(
      'JDBC_ERROR: ERROR: duplicate key value violates unique constraint "t_pkey"',
    )
    expect(await told("INSERT INTO t (id, name) VALUES (31, 'ok'), (NULL, 'null')")).toBe(
      'CONSTRAINT_VIOLATION: NULL value not allowed for NOT NULL column: id',
    )
    expect(await told("INSERT INTO t (id, name) VALUES (32, 'ok'), (33, 'too long')")).toBe(
      'INVALID_CAST_ARGUMENT: Cannot truncate non-space characters when casting from varchar(8) to varchar(5) on INSERT',
    )
    expect(await told("UPDATE t SET name = name || 'longer'")).toMatch(/^INVALID_CAST_ARGUMENT: Cannot truncate/)
    expect(await told('INSERT INTO t (id) SELECT 40 + 1 / (x - 500) FROM UNNEST(sequence(1, 1000)) AS u(x)')).toMatch(/^DIVISION_BY_ZERO/)
    expect(await told('UPDATE t SET id = NULL WHERE id = 1')).toMatch(/^CONSTRAINT_VIOLATION/)
    expect(await told('UPDATE t SET id = 10')).toMatch(/^JDBC_ERROR: ERROR: duplicate key/)
    expect(await there('SELECT * FROM t ORDER BY id')).toEqual(before)
  })

  it('that another changes meanwhile are a conflict, and both are not mixed', async () => {
    await rows('CREATE TABLE c AS SELECT x AS id, 0 AS n FROM UNNEST(sequence(1, 3)) AS u(x)')
    const other = await admin.connect()
    await other.query('BEGIN; UPDATE c SET n = 5 WHERE id = 2')
    const mine = told('UPDATE c SET n = n + 1')
    await expect.poll(() => there("SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).toEqual([[1]])
    await other.query('COMMIT')
    other.release()
    expect(await mine).toMatch(/^TRANSACTION_CONFLICT: .*run the statement again/)
    expect(await there('SELECT id::int, n FROM c ORDER BY id')).toEqual([
      [1, 0],
      [2, 5],
      [3, 0],
    ])
  })

  it('that a trigger keeps from changing are refused, not half changed', async () => {
    await rows('CREATE TABLE kept AS SELECT x AS id FROM UNNEST(sequence(1, 3)) AS u(x)')
    await admin.query(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF old.id = 2 THEN RETURN NULL; END IF; RETURN old; END';
      CREATE TRIGGER keep BEFORE DELETE ON kept FOR EACH ROW EXECUTE FUNCTION keep()`)
    expect(await told('DELETE FROM kept')).toMatch(/^TRANSACTION_CONFLICT/)
    expect(await there('SELECT count(*)::int FROM kept')).toEqual([[3]])
  })

  it('of a statement that is cancelled are not there, and the connection is free again', async () => {
    await rows('CREATE TABLE slow AS SELECT 1 AS x')
    const other = await admin.connect()
    await other.query('BEGIN; LOCK TABLE slow IN ACCESS EXCLUSIVE MODE')
    const limited = ask(sql.url, 'UPDATE slow SET x = 2', {
      ...{ 'x-trino-user': 'ada', 'x-trino-catalog': 'bank', 'x-trino-schema': 'public' },
      'x-trino-session': 'query_max_run_time=1s',
    })
    expect((await limited).error?.errorName).toBe('EXCEEDED_TIME_LIMIT')
    await expect.poll(() => there("SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'bank' AND state <> 'idle'")).toEqual([[0]])
    await other.query('ROLLBACK')
    other.release()
    const endless = ask(sql.url, `INSERT INTO slow SELECT CAST(n AS integer) FROM (${ENDLESS}) AS e(n)`, {
      ...{ 'x-trino-user': 'ada', 'x-trino-catalog': 'bank', 'x-trino-schema': 'public' },
      'x-trino-session': 'query_max_run_time=1s',
    })
    expect((await endless).error?.errorName).toBe('EXCEEDED_TIME_LIMIT')
    expect(await there('SELECT x FROM slow')).toEqual([[1]])
  }, 30_000)
})

describe('types', () => {
  const VALUES: readonly (readonly [type: string, pg: string, ...values: string[]])[] = [
    ['boolean', 'boolean', 'true', 'false'],
    ['smallint', 'smallint', "SMALLINT '-32768'", "SMALLINT '32767'"],
    ['integer', 'integer', '-2147483648', '2147483647'],
    ['bigint', 'bigint', '-9223372036854775808', '9007199254740993'],
    ['real', 'real', "REAL '0.1'", "REAL '3053808.25'", 'CAST(nan() AS real)', 'CAST(-infinity() AS real)', "REAL '1.4E-45'"],
    ['double', 'double precision', '0.1E0', '1.7976931348623157E308', '4.9E-324', 'nan()', 'infinity()', '-0.0E0', '1E23'],
    ['decimal(38,10)', 'numeric(38,10)', "DECIMAL '-1234567890123456789012345678.0123456789'", "DECIMAL '0.0000000001'"],
    ['varchar', 'character varying', "''", "U&'tab\\0009 line\\000Acr\\000D back\\005C N'", "'\\N'", "'\\.'", "'😀é''\"'"],
    ['varchar(7)', 'character varying(7)', "'seven77'"],
    ['char(4)', 'character(4)', "CAST('ab' AS char(4))", "CAST('' AS char(4))"],
    ['varbinary', 'bytea', "X'00FF5C0A'", "X''"],
    ['date', 'date', "DATE '2024-02-29'", "DATE '0001-01-01'", "DATE '-0043-03-15'", "DATE '10000-01-01'"],
    ['time(6)', 'time(6) without time zone', "TIME '23:59:59.999999'", "TIME '00:00:00.000000'"],
    ['time(0)', 'time(0) without time zone', "TIME '12:30:00'"],
    ['timestamp(6)', 'timestamp(6) without time zone', "TIMESTAMP '2024-02-29 23:59:59.999999'", "TIMESTAMP '-0043-03-15 01:02:03.000004'"],
    ['timestamp(3)', 'timestamp(3) without time zone', "TIMESTAMP '1969-12-31 23:59:59.999'"],
    [
      'timestamp(6) with time zone',
      'timestamp(6) with time zone',
      "TIMESTAMP '2024-07-01 12:00:00.000001 UTC'",
      "TIMESTAMP '9999-12-31 23:59:59.999999 UTC'",
    ],
    ['json', 'jsonb', `JSON '{"a":[1,"x\\\\n😀",null]}'`, "JSON 'null'"],
    ['uuid', 'uuid', "UUID '0b0e7a4e-0b0e-4a4e-8b0e-0b0e7a4e0b0e'"],
  ]

  it.each(VALUES)('%s becomes %s, and what is read is what was written', async (type, kind, ...values) => {
    await rows('DROP TABLE IF EXISTS kind')
    const [first] = values
    await rows(`CREATE TABLE kind AS SELECT 0 AS i, CAST(${first} AS ${type}) AS v`)
    expect(
      await there("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'kind'::regclass AND attname = 'v'"),
    ).toEqual([[kind]])
    for (const [i, value] of values.entries()) await rows(`INSERT INTO kind VALUES (${i + 1}, CAST(${value} AS ${type}))`)
    await rows('INSERT INTO kind (i) VALUES (99)')
    const wanted = [first, ...values].map((value, i) => `SELECT ${i} AS i, CAST(${value} AS ${type}) AS v`).join(' UNION ALL ')
    const text = (from: string) => `SELECT i, typeof(v), CAST(v AS varchar), v FROM (${from}) ORDER BY i`
    const plain = /varbinary|json/.test(type) ? (from: string) => text(from).replace('CAST(v AS varchar), ', '') : text
    expect(await rows(plain('SELECT * FROM kind WHERE i < 99'))).toEqual(await rows(plain(wanted)))
    expect(await rows('SELECT count(*) FROM kind WHERE v IS NULL')).toEqual([[1]])
    await rows('UPDATE kind SET v = (SELECT max_by(v, i) FROM kind WHERE i < 99) WHERE i = 99')
    expect(await rows('SELECT count(*) FROM kind WHERE v IS NULL')).toEqual([[0]])
  })

  it('of more digits are rounded to six as they are stored; those of no column are refused by name', async () => {
    await rows(
      "CREATE TABLE rounded AS SELECT TIMESTAMP '2024-01-01 00:00:00.1234567' AS ts, TINYINT '1' AS t, TIMESTAMP '2024-07-01 12:00:00 Europe/Paris' AS z",
    )
    expect(await rows('SELECT ts, typeof(t), z FROM rounded')).toEqual([
      ['2024-01-01 00:00:00.123457', 'smallint', '2024-07-01 10:00:00 UTC'],
    ])
    for (const [type, value] of [
      ['array(integer)', 'ARRAY[1]'],
      ['map(integer, integer)', 'MAP(ARRAY[1], ARRAY[2])'],
      ['row(x integer)', 'CAST(ROW(1) AS row(x integer))'],
    ]) {
      expect(await told(`CREATE TABLE no (v ${type})`)).toBe(`NOT_SUPPORTED: Unsupported column type: ${type}`)
      expect(await told(`CREATE TABLE no AS SELECT ${value} AS v`)).toBe(`NOT_SUPPORTED: Unsupported column type: ${type}`)
    }
    expect(await told('CREATE TABLE no (v timestamp(9))')).toBe('NOT_SUPPORTED: Unsupported column type: timestamp(9)')
    expect(await there("SELECT count(*)::int FROM pg_class WHERE relname = 'no'")).toEqual([[0]])
  })

  it('that are served as text are not written, and the other columns are', async () => {
    await admin.query("SET ROLE bank; CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE odd (id int, m mood, n numeric, a int[]); RESET ROLE")
    expect(await told("INSERT INTO odd (id, m) VALUES (1, 'ok')")).toBe(
      'NOT_SUPPORTED: Underlying type that is mapped to VARCHAR is not supported for INSERT: mood',
    )
    expect(await told('INSERT INTO odd (id) VALUES (1)')).toEqual(['INSERT', 1])
    expect(await told('UPDATE odd SET id = 2')).toEqual(['UPDATE', 1])
    expect(await told("UPDATE odd SET n = '1'")).toMatch(/^NOT_SUPPORTED/)
    expect(await told('DELETE FROM odd WHERE m IS NULL')).toEqual(['DELETE', 1])
  })

  it('that the database alone fills are its own', async () => {
    await admin.query(
      'SET ROLE bank; CREATE TABLE own (id int GENERATED ALWAYS AS IDENTITY, x int, y int GENERATED ALWAYS AS (x * 2) STORED); RESET ROLE',
    )
    expect(await told('INSERT INTO own VALUES (7, 1, 2)')).toMatch(/^JDBC_ERROR: ERROR: cannot insert a non-DEFAULT value into column/)
    expect(await told('INSERT INTO own (x) VALUES (21)')).toEqual(['INSERT', 1])
    expect(await there('SELECT id, x, y FROM own')).toEqual([[1, 21, 42]])
  })
})

describe('definitions', () => {
  it('are made, changed and dropped, and belong to the role of the database', async () => {
    expect(await told('CREATE SCHEMA made', 'olga')).toEqual(['CREATE SCHEMA', undefined])
    expect(await told('CREATE SCHEMA made', 'olga')).toMatch(/^SCHEMA_ALREADY_EXISTS/)
    expect(await told('CREATE TABLE made.t (id bigint NOT NULL, "na""me" varchar(3)) COMMENT \'it\'\'s \\\'')).toEqual([
      'CREATE TABLE',
      undefined,
    ])
    expect(await told('CREATE TABLE made.t (id bigint)')).toMatch(/^TABLE_ALREADY_EXISTS/)
    expect(await told('CREATE TABLE IF NOT EXISTS made.t (id bigint)')).toEqual(['CREATE TABLE', undefined])
    expect(await there("SELECT tableowner, obj_description('made.t'::regclass) FROM pg_tables WHERE schemaname = 'made'")).toEqual([
      ['bank', "it's \\"],
    ])
    for (const [text, done] of [
      ['ALTER TABLE made.t ADD COLUMN extra date', 'ADD COLUMN'],
      ['ALTER TABLE made.t RENAME COLUMN extra TO day', 'RENAME COLUMN'],
      ['ALTER TABLE made.t ALTER COLUMN "na""me" SET DATA TYPE varchar(30)', 'SET COLUMN TYPE'],
      ['ALTER TABLE made.t ALTER COLUMN id DROP NOT NULL', 'DROP NOT NULL'],
      ["COMMENT ON COLUMN made.t.day IS 'of booking'", 'COMMENT'],
      ['COMMENT ON TABLE made.t IS NULL', 'COMMENT'],
      ['ALTER TABLE made.t RENAME TO renamed', 'RENAME TABLE'],
    ] as const)
      expect([text, await told(text)]).toEqual([text, [done, undefined]])
    expect(await rows('DESCRIBE made.renamed')).toEqual([
      ['id', 'bigint', '', ''],
      ['na"me', 'varchar(30)', '', ''],
      ['day', 'date', '', 'of booking'],
    ])
    expect(await told('ALTER TABLE made.renamed DROP COLUMN day')).toEqual(['DROP COLUMN', undefined])
    expect(await told('DROP SCHEMA made', 'olga')).toBe("SCHEMA_NOT_EMPTY: line 1:1: Cannot drop non-empty schema 'made'")
    expect(await told('DROP SCHEMA made CASCADE', 'olga')).toMatch(/^NOT_SUPPORTED/)
    expect(await told('DROP TABLE made.renamed')).toEqual(['DROP TABLE', undefined])
    expect(await told('DROP TABLE made.renamed')).toMatch(/^TABLE_NOT_FOUND/)
    expect(await told('DROP SCHEMA made', 'olga')).toEqual(['DROP SCHEMA', undefined])
    expect(await told('DROP SCHEMA IF EXISTS made', 'olga')).toEqual(['DROP SCHEMA', undefined])
  })

  it.each([
    ['CREATE OR REPLACE TABLE t AS SELECT 1 AS x', 'NOT_SUPPORTED: This connector does not support replacing tables'],
    ["CREATE TABLE n (x integer COMMENT 'c')", 'NOT_SUPPORTED: This connector does not support creating tables with column comment'],
    [
      "CREATE TABLE n (x integer) WITH (format = 'PARQUET')",
      "INVALID_TABLE_PROPERTY: line 1:34: Catalog 'bank' table property 'format' does not exist",
    ],
    ['ALTER TABLE t ADD COLUMN z integer FIRST', 'NOT_SUPPORTED: This connector does not support adding columns with FIRST clause'],
    ['ALTER TABLE t RENAME TO information.t', 'SCHEMA_NOT_FOUND'],
    [
      'ALTER TABLE t ALTER COLUMN name SET DATA TYPE bigint',
      'JDBC_ERROR: ERROR: column "name" cannot be cast automatically to type bigint',
    ],
    [`CREATE TABLE ${'n'.repeat(64)} (x integer)`, 'NOT_SUPPORTED: a name of more than 63 bytes'],
    ['CREATE VIEW v AS SELECT 1 AS x', 'NOT_SUPPORTED'],
    ['CREATE TABLE information_schema.n (x integer)', 'NOT_SUPPORTED'],
    ['INSERT INTO t (id, id) VALUES (1, 2)', 'DUPLICATE_COLUMN_NAME: line 1:1: Insert column name is specified more than once: id'],
    ['INSERT INTO t (nope) VALUES (1)', 'COLUMN_NOT_FOUND: line 1:1: Insert column name does not exist in target table: nope'],
    ['INSERT INTO closed.public.t (id) VALUES (1)', 'NOT_SUPPORTED'],
  ])('are refused by name: %s', async (text, error) => {
    expect(await told(text)).toSatisfy((answer) => typeof answer === 'string' && answer.includes(error))
  })

  it('of other kinds of relations are refused: views, tables with row-level security', async () => {
    await admin.query(`SET ROLE bank; CREATE TABLE base (x int, y int); CREATE VIEW seen AS SELECT * FROM base;
      CREATE TABLE guarded (x int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; RESET ROLE`)
    for (const text of ['INSERT INTO seen VALUES (1, 2)', 'DELETE FROM seen', 'UPDATE seen SET x = 1', 'TRUNCATE TABLE seen'])
      expect([text, await told(text)]).toEqual([text, expect.stringMatching(/^NOT_SUPPORTED: .*views/)])
    for (const text of ['INSERT INTO guarded VALUES (1)', 'DELETE FROM guarded', 'UPDATE guarded SET x = 1', 'TRUNCATE TABLE guarded'])
      expect([text, await told(text)]).toEqual([text, expect.stringMatching(/^NOT_SUPPORTED: .*row-level security/)])
  })
})

describe('who may', () => {
  const CHANGES = [
    'INSERT INTO t (id) VALUES (77)',
    'UPDATE t SET name = NULL',
    'DELETE FROM t WHERE id = 1',
    'MERGE INTO t USING (VALUES 1) AS s(x) ON id = x WHEN MATCHED THEN DELETE',
    'TRUNCATE TABLE t',
    'DROP TABLE t',
    'ALTER TABLE t ADD COLUMN z integer',
    'ALTER TABLE t DROP COLUMN name',
    'ALTER TABLE t RENAME TO taken',
    "COMMENT ON TABLE t IS 'mine'",
    'CREATE TABLE fresh (x integer)',
    'CREATE TABLE fresh AS SELECT 1 AS x',
    'CREATE SCHEMA fresh',
    'DROP SCHEMA public',
  ]

  it.each(CHANGES)('%s: not who may only read, nor who may not see it, and nothing is changed', async (text) => {
    const state = () =>
      there("SELECT relname::text, relnatts, obj_description(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
    const before = [await state(), await there('SELECT * FROM t ORDER BY id')]
    expect(await told(text, 'rita')).toMatch(/^PERMISSION_DENIED/)
    expect(await told(text, 'gus')).toMatch(/^(PERMISSION_DENIED|TABLE_NOT_FOUND|SCHEMA_NOT_FOUND)/)
    expect([await state(), await there('SELECT * FROM t ORDER BY id')]).toEqual(before)
  })

  it('under a mask or a filter nothing is told or changed by another way', async () => {
    await rows("CREATE TABLE people AS SELECT * FROM (VALUES (1, 'a@x', false), (2, 'b@x', true)) AS t(id, email, hidden)")
    await admin.query('CREATE UNIQUE INDEX ON people (email)')
    for (const text of [
      "INSERT INTO people VALUES (3, 'b@x', false)",
      'INSERT INTO people (id) VALUES (3)',
      "UPDATE people SET id = 5 WHERE email = 'b@x'",
      'DELETE FROM people WHERE id = 1',
      'MERGE INTO people USING (VALUES 1) AS s(x) ON id = x WHEN MATCHED THEN DELETE',
      'ALTER TABLE people RENAME COLUMN email TO mail',
      'ALTER TABLE people DROP COLUMN email',
    ])
      expect([text, await told(text, 'carl')]).toEqual([text, expect.stringMatching(/^(NOT_SUPPORTED|PERMISSION_DENIED)/)])
    await rows('CREATE TABLE marked AS SELECT id, hidden FROM people')
    for (const text of ['INSERT INTO marked VALUES (3, true)', 'UPDATE marked SET id = 5', 'TRUNCATE TABLE marked'])
      expect([text, await told(text, 'finn')]).toEqual([text, expect.stringMatching(/^NOT_SUPPORTED/)])
    expect(await told('DELETE FROM marked', 'finn')).toEqual(['DELETE', 1])
    expect(await there('SELECT id, hidden FROM marked')).toEqual([[2, true]])
    expect(await there('SELECT id, email, hidden FROM people ORDER BY id')).toEqual([
      [1, 'a@x', false],
      [2, 'b@x', true],
    ])
  })
})
