// Rows of PostgreSQL catalogues are changed through the front: what comes of them, conflicts, and that what fails leaves nothing.
import { describe, expect, it } from 'vitest'
import { bankOfTests } from '#parts/sql/bank-testing'
import { ENDLESS } from '#parts/sql/testing'

const { bank, ask, rows, told, there } = bankOfTests()

describe('rows', () => {
  it('are inserted: values, a query, some columns with the defaults of the others', async () => {
    await bank().admin.query(
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
    await bank().admin.query(`SET ROLE bank; CREATE TABLE parted (k int, v text) PARTITION BY LIST (k);
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
    await bank().admin.query('SET ROLE bank; CREATE TABLE refers (t int REFERENCES t(id)); INSERT INTO refers VALUES (10); RESET ROLE')
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
    const other = await bank().admin.connect()
    await other.query('BEGIN; UPDATE c SET n = 5 WHERE id = 2')
    const mine = told('UPDATE c SET n = n + 1')
    await bank().untilWaiting(1)
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
    await bank().admin.query(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF old.id = 2 THEN RETURN NULL; END IF; RETURN old; END';
      CREATE TRIGGER keep BEFORE DELETE ON kept FOR EACH ROW EXECUTE FUNCTION keep()`)
    expect(await told('DELETE FROM kept')).toMatch(/^TRANSACTION_CONFLICT/)
    expect(await there('SELECT count(*)::int FROM kept')).toEqual([[3]])
  })

  it('of a statement that is cancelled are not there, and the connection is free again', async () => {
    await rows('CREATE TABLE slow AS SELECT 1 AS x')
    const other = await bank().admin.connect()
    await other.query('BEGIN; LOCK TABLE slow IN ACCESS EXCLUSIVE MODE')
    const limited = ask('UPDATE slow SET x = 2', 'ada', { 'x-trino-session': 'query_max_run_time=1s' })
    expect((await limited).error?.errorName).toBe('EXCEEDED_TIME_LIMIT')
    await bank().untilIdle()
    await other.query('ROLLBACK')
    other.release()
    const endless = ask(`INSERT INTO slow SELECT CAST(n AS integer) FROM (${ENDLESS}) AS e(n)`, 'ada', {
      'x-trino-session': 'query_max_run_time=1s',
    })
    expect((await endless).error?.errorName).toBe('EXCEEDED_TIME_LIMIT')
    expect(await there('SELECT x FROM slow')).toEqual([[1]])
  }, 30_000)
})

describe('the database', () => {
  it('that ends a session fails the statement, leaves nothing of it, and serves the next', async () => {
    await rows('CREATE TABLE ended AS SELECT x AS id FROM UNNEST(sequence(1, 3)) AS u(x)')
    const other = await bank().admin.connect()
    await other.query('BEGIN; LOCK TABLE ended IN SHARE MODE')
    const mine = told('INSERT INTO ended VALUES (4)')
    await bank().untilWaiting(1)
    await bank().admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bank'")
    expect(await mine).toBe('JDBC_ERROR: FATAL: terminating connection due to administrator command')
    await other.query('ROLLBACK')
    other.release()
    expect(await told('INSERT INTO ended VALUES (5)')).toEqual(['INSERT', 1])
    expect(await rows('SELECT * FROM ended ORDER BY 1')).toEqual([[1], [2], [3], [5]])
  })

  it('is left by a statement that is too slow, while a trigger of its computes', async () => {
    await rows('CREATE TABLE dozes (id integer)')
    await bank().admin.query(`CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN new; END';
      CREATE TRIGGER doze BEFORE INSERT ON dozes FOR EACH ROW EXECUTE FUNCTION doze()`)
    const slow = await ask('INSERT INTO dozes VALUES (1)', 'ada', { 'x-trino-session': 'query_max_run_time=1s' })
    expect(slow.error?.errorName).toBe('EXCEEDED_TIME_LIMIT')
    await bank().untilIdle()
    expect(await there('SELECT count(*)::int FROM dozes')).toEqual([[0]])
  }, 30_000)

  it('refuses what it cannot hold', async () => {
    expect(await told('INSERT INTO ended SELECT CAST(x AS integer) FROM (VALUES 1) AS u(x) WHERE chr(0) = chr(0)')).toEqual(['INSERT', 1])
    await rows('CREATE TABLE texts (v varchar)')
    expect(await told('INSERT INTO texts VALUES (chr(0))')).toBe('JDBC_ERROR: ERROR: invalid byte sequence for encoding "UTF8": 0x00')
    expect(await told("INSERT INTO texts VALUES (chr(0) || 'x'), ('y')")).toMatch(/^JDBC_ERROR/)
    expect(await there('SELECT count(*)::int FROM texts')).toEqual([[0]])
  })
})
