// DELETE, UPDATE, MERGE and TRUNCATE on Iceberg tables, through the front: rows, counts, errors, rights, and what is left in the store.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'
import { CommitConflict } from '#wire/iceberg/errors'

let lake: TestLake
beforeAll(async () => {
  lake = await startTestLake(
    {
      roleGrants: {
        engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true },
        clerk: { read: ['iceberg.*'], write: ['iceberg.*'], filtered: true },
        reader: { read: ['iceberg.*'], clear: true },
      },
      masks: { email: "'***'" },
      classified: [{ schemas: ['iceberg.ns'], column: 'email', as: 'email' }],
      rowFilters: [{ schemas: ['iceberg.ns'], column: 'hidden', filter: 'NOT {column}' }],
    },
    (user) => ({ ada: ['engineer'], carl: ['clerk'], rita: ['reader'] })[user] ?? [],
  )
}, 120_000)
afterAll(() => lake?.stop())

const count = async (sql: string, user?: string) => {
  const { error, updateCount, updateType, rows } = await lake.ask(sql, user)
  return error ? `${error.errorName}: ${error.message}` : [updateType, updateCount, ...rows.flat()]
}
const all = (table: string) => lake.rows(`SELECT * FROM ${table} ORDER BY 1`)
const files = async (table: string) =>
  JSON.parse(
    await lake.pyiceberg(`
import json
t = c.load_table('ns.${table}')
s = t.current_snapshot()
print(json.dumps({'operation': s.summary.operation.value, 'summary': s.summary.additional_properties, 'rows': sorted([list(r.values()) for r in t.scan().to_arrow().to_pylist()], key=str)}, default=str))`),
  ) as { operation: string; summary: Record<string, string>; rows: unknown[][] }

describe('rows of an unpartitioned table', () => {
  it('are deleted: what is left is what others read, in one position delete file', async () => {
    await lake.rows("CREATE TABLE d AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, NULL), (4, 'd')) AS t(id, name)")
    expect(await count("DELETE FROM d WHERE name = 'b' OR id = 4")).toEqual(['DELETE', 2, 2])
    expect(await all('d')).toEqual([
      [1, 'a'],
      [3, null],
    ])
    const seen = await files('d')
    expect(seen.rows).toEqual([
      [1, 'a'],
      [3, null],
    ])
    expect([seen.operation, seen.summary['added-position-deletes'], seen.summary['total-delete-files']]).toEqual(['delete', '2', '1'])
    expect(await count('DELETE FROM d WHERE id = 4')).toEqual(['DELETE', 0, 0])
    expect(await count('DELETE FROM d WHERE d.id = 1 AND iceberg.ns.d.id IN (SELECT id FROM d)')).toEqual(['DELETE', 1, 1])
    expect(await all('d')).toEqual([[3, null]])
  })

  it('are deleted all: the files go, and their deletes with them', async () => {
    expect(await count('DELETE FROM d')).toEqual(['DELETE', 1, 1])
    const seen = await files('d')
    expect([seen.rows, seen.summary['total-data-files'], seen.summary['total-delete-files'], seen.summary['total-records']]).toEqual([
      [],
      '0',
      '0',
      '0',
    ])
    await lake.rows("INSERT INTO d VALUES (9, 'z')")
    expect(await all('d')).toEqual([[9, 'z']])
    expect((await files('d')).rows).toEqual([[9, 'z']])
  })

  it('are updated, each from what it was', async () => {
    await lake.rows(
      'CREATE TABLE u AS SELECT x AS id, CAST(x AS decimal(10,2)) AS amount, CAST(NULL AS varchar) AS note FROM UNNEST(sequence(1, 5)) AS t(x)',
    )
    expect(await count("UPDATE u SET amount = amount / 2, note = 'half of ' || CAST(id AS varchar) WHERE id % 2 = 0")).toEqual([
      'UPDATE',
      2,
      2,
    ])
    const rows = [
      [1, '1.00', null],
      [2, '1.00', 'half of 2'],
      [3, '3.00', null],
      [4, '2.00', 'half of 4'],
      [5, '5.00', null],
    ]
    expect(await all('u')).toEqual(rows)
    const seen = await files('u')
    expect([seen.rows, seen.operation]).toEqual([rows, 'overwrite'])
    expect(await count('UPDATE u SET id = id + 10')).toEqual(['UPDATE', 5, 5])
    expect((await all('u')).map((r) => r[0])).toEqual([11, 12, 13, 14, 15])
    expect(await count('UPDATE u SET note = (SELECT max(note) FROM u) WHERE id = 11')).toEqual(['UPDATE', 1, 1])
    expect((await all('u'))[0]).toEqual([11, '1.00', 'half of 4'])
  })

  it('are merged: updated, deleted, inserted, or left', async () => {
    await lake.rows("CREATE TABLE m AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS t(id, v)")
    const merge = `MERGE INTO m AS t USING (VALUES (1, 'x'), (2, 'y'), (4, 'z'), (5, 'skip')) AS s(id, v) ON t.id = s.id
      WHEN MATCHED AND s.v = 'x' THEN UPDATE SET v = t.v || s.v
      WHEN MATCHED THEN DELETE
      WHEN NOT MATCHED AND s.v <> 'skip' THEN INSERT (v, id) VALUES (s.v, s.id)`
    expect(await count(merge)).toEqual(['MERGE', 3, 3])
    const rows = [
      [1, 'ax'],
      [3, 'c'],
      [4, 'z'],
    ]
    expect(await all('m')).toEqual(rows)
    expect((await files('m')).rows).toEqual(rows)
    expect(await count('MERGE INTO m USING (VALUES 7) AS s(k) ON id = k WHEN NOT MATCHED THEN INSERT VALUES (k, NULL)')).toEqual([
      'MERGE',
      1,
      1,
    ])
    expect(await count('MERGE INTO m USING (VALUES 7) AS s(k) ON id = k WHEN MATCHED THEN DELETE')).toEqual(['MERGE', 1, 1])
    expect(await all('m')).toEqual(rows)
  })

  it('that match twice are an error by Trino’s name, and nothing is changed', async () => {
    const before = [await all('m'), await lake.stored()]
    expect(
      await count("MERGE INTO m USING (VALUES (1, 'p'), (1, 'q')) AS s(id, v) ON m.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v"),
    ).toBe('MERGE_TARGET_ROW_MULTIPLE_MATCHES: One MERGE target table row matched more than one source row')
    expect([await all('m'), await lake.stored()]).toEqual(before)
  })

  it('are all gone after TRUNCATE, with the files', async () => {
    expect(await count('TRUNCATE TABLE m')).toEqual(['TRUNCATE TABLE', undefined])
    const seen = await files('m')
    expect([await all('m'), seen.rows, seen.summary['total-data-files'], seen.summary['total-delete-files']]).toEqual([[], [], '0', '0'])
  })
})

describe('rows of a partitioned table', () => {
  it('leave whole files by metadata alone, and others by position, each under its partition', async () => {
    await lake.rows(
      "CREATE TABLE p WITH (partitioning = ARRAY['region', 'bucket(id, 2)']) AS SELECT x AS id, CASE WHEN x % 3 = 0 THEN 'eu' WHEN x % 3 = 1 THEN 'us' END AS region FROM UNNEST(sequence(1, 30)) AS t(x)",
    )
    expect(await count("DELETE FROM p WHERE region = 'eu'")).toEqual(['DELETE', 10, 10])
    const first = await files('p')
    expect([first.operation, first.summary['deleted-records'], first.summary['added-delete-files']]).toEqual(['delete', '10', undefined])
    expect(await count("UPDATE p SET region = 'eu' WHERE id IN (1, 2)")).toEqual(['UPDATE', 2, 2])
    expect(await count('DELETE FROM p WHERE region IS NULL AND id > 20')).toEqual(['DELETE', 3, 3])
    const rows = await all('p')
    expect(rows).toHaveLength(17)
    expect(rows.slice(0, 3)).toEqual([
      [1, 'eu'],
      [2, 'eu'],
      [4, 'us'],
    ])
    const seen = await files('p')
    expect(seen.rows.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(rows)
    expect(Number(seen.summary['total-records']) - Number(seen.summary['total-position-deletes'])).toBe(17)
  })
})

describe('types', () => {
  it('of every kind go through an update unchanged', async () => {
    await lake.rows(`CREATE TABLE kinds AS SELECT 1 AS id, true AS b, REAL '0.5' AS f, DOUBLE 'NaN' AS d, DECIMAL '12345678901234567890.1234' AS big,
      DATE '1960-02-29' AS day, TIME '23:59:59.999999' AS t, TIMESTAMP '1969-12-31 23:59:59.123456' AS ts, TIMESTAMP '2026-06-01 12:00:00 UTC' AS tz,
      'é😀' AS v, UUID '0b0e7a4e-0b0e-4a4e-8b0e-0b0e7a4e0b0e' AS u, X'00ff' AS y, ARRAY[1, NULL] AS a, MAP(ARRAY['k'], ARRAY[1]) AS m,
      CAST(ROW(1, ARRAY['z']) AS row(x integer, y array(varchar))) AS r`)
    const before = await all('kinds')
    await lake.rows('INSERT INTO kinds SELECT 2, b, f, d, big, day, t, ts, tz, v, u, y, a, m, r FROM kinds')
    expect(await count('UPDATE kinds SET id = 3 WHERE id = 1')).toEqual(['UPDATE', 1, 1])
    const after = await all('kinds')
    expect(after.map((row) => row.slice(1))).toEqual([before[0]?.slice(1), before[0]?.slice(1)])
    expect(after.map((row) => row[0])).toEqual([2, 3])
  })
})

describe('what is refused', () => {
  beforeAll(() => lake.rows('CREATE TABLE r (id integer NOT NULL, name varchar)').then(() => lake.rows("INSERT INTO r VALUES (1, 'a')")))
  it.each([
    ['DELETE FROM nope', /^TABLE_NOT_FOUND: line 1:1/],
    ['UPDATE r SET nope = 1', /^COLUMN_NOT_FOUND: line 1:14: The UPDATE SET target column nope doesn't exist/],
    [
      "UPDATE r SET id = 'x'",
      /^TYPE_MISMATCH: line 1:1: UPDATE table column types don't match SET expressions: Table: \[integer\], Expressions: \[varchar\(1\)\]/,
    ],
    ['UPDATE r SET id = NULL', /^CONSTRAINT_VIOLATION: NULL value not allowed for NOT NULL column: id/],
    ['UPDATE r SET id = 1, id = 2', /^DUPLICATE_COLUMN_NAME/],
    ['UPDATE r SET id = id / 0', /^DIVISION_BY_ZERO/],
    ['DELETE FROM r WHERE id', /^TYPE_MISMATCH/],
    ['DELETE FROM r WHERE count(*) > 1', /^EXPRESSION_NOT_SCALAR/],
    ['MERGE INTO r USING (VALUES 1) s(x) ON id = x WHEN NOT MATCHED THEN INSERT (id, name) VALUES (x)', /^TYPE_MISMATCH/],
    ['MERGE INTO r USING (VALUES 1) s(x) ON id = x WHEN MATCHED THEN INSERT VALUES (x)', /^SYNTAX_ERROR/],
    ['DELETE FROM system.runtime.queries', /^NOT_SUPPORTED/],
  ])('%s', async (sql, error) => {
    expect(await count(sql)).toMatch(error)
    expect(await all('r')).toEqual([[1, 'a']])
  })

  it('a table of format version 1', async () => {
    await lake.pyiceberg(`
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, LongType
import pyarrow as pa
t = c.create_table('ns.old', Schema(NestedField(1, 'id', LongType(), required=False)), properties={'format-version': '1'})
t.append(pa.table({'id': [1, 2]}))`)
    for (const sql of ['DELETE FROM old WHERE id = 1', 'UPDATE old SET id = 1', 'TRUNCATE TABLE old'])
      expect(await count(sql)).toMatch(/^NOT_SUPPORTED: .*format version 2/)
    expect(await all('old')).toEqual([[1], [2]])
  })
})

describe('who may', () => {
  beforeAll(async () => {
    await lake.rows('CREATE TABLE f AS SELECT * FROM (VALUES (1, false), (2, true), (3, false)) AS t(id, hidden)')
    await lake.rows("CREATE TABLE e AS SELECT * FROM (VALUES (1, 'a@x.example'), (2, 'b@x.example')) AS t(id, email)")
  })

  it('not write, not change', async () => {
    for (const sql of [
      'DELETE FROM f',
      'UPDATE f SET id = 0',
      'TRUNCATE TABLE f',
      'MERGE INTO f USING (VALUES 1) s(x) ON id = x WHEN MATCHED THEN DELETE',
    ])
      expect(await count(sql, 'rita')).toMatch(/^PERMISSION_DENIED/)
    expect(await all('f')).toHaveLength(3)
  })

  it('see some rows, deletes those and no others; an update and a merge are refused as in Trino', async () => {
    expect(await count('UPDATE f SET id = 0', 'carl')).toBe('NOT_SUPPORTED: line 1:1: Updating a table with a row filter is not supported')
    expect(await count('MERGE INTO f USING (VALUES 1) s(x) ON id = x WHEN MATCHED THEN DELETE', 'carl')).toBe(
      'NOT_SUPPORTED: line 1:1: Cannot merge into a table with row filters',
    )
    expect(await count('TRUNCATE TABLE f', 'carl')).toMatch(/^NOT_SUPPORTED/)
    for (const sql of [
      'CREATE OR REPLACE TABLE f (id integer)',
      'CREATE OR REPLACE TABLE f AS SELECT 1 AS id',
      'CREATE OR REPLACE TABLE e (id integer)',
    ])
      expect([sql, await count(sql, 'carl')]).toEqual([sql, expect.stringMatching(/^NOT_SUPPORTED: .*Replacing a table with a row filter/)])
    expect(await all('f')).toHaveLength(3)
    expect(await count('DELETE FROM f WHERE id IN (1, 2)', 'carl')).toEqual(['DELETE', 1, 1])
    expect(await all('f')).toEqual([
      [2, true],
      [3, false],
    ])
    expect(await count('DELETE FROM f WHERE 1 / (id - 2) > 5', 'carl')).toEqual(['DELETE', 0, 0])
    expect(await count('DELETE FROM f', 'carl')).toEqual(['DELETE', 1, 1])
    expect(await all('f')).toEqual([[2, true]])
  })

  it('see a column masked, changes no row of the table', async () => {
    expect(await count('DELETE FROM e WHERE id = 1', 'carl')).toBe('NOT_SUPPORTED: line 1:1: Delete from table with column mask')
    expect(await count('UPDATE e SET id = 1', 'carl')).toBe('NOT_SUPPORTED: line 1:1: Updating a table with column masks is not supported')
    expect(await count('MERGE INTO e USING (VALUES 1) s(x) ON id = x WHEN MATCHED THEN DELETE', 'carl')).toBe(
      'NOT_SUPPORTED: line 1:1: Cannot merge into a table with column masks',
    )
    expect(await all('e')).toHaveLength(2)
  })
})

describe('others who write at the same time', () => {
  /** Does `meanwhile` before the first commit of the statement arrives. */
  async function against(sql: string, meanwhile: string) {
    let first = true
    lake.commit = async (send) => {
      if (!first) return send()
      first = false
      await lake.rows(meanwhile)
      return send()
    }
    try {
      return await count(sql)
    } finally {
      lake.commit = (send) => send()
    }
  }
  beforeAll(() =>
    lake.rows("CREATE TABLE c WITH (partitioning = ARRAY['part']) AS SELECT x AS id, x % 2 AS part FROM UNNEST(sequence(1, 10)) AS t(x)"),
  )

  it('elsewhere: both hold', async () => {
    expect(await against('DELETE FROM c WHERE part = 0 AND id < 4', 'INSERT INTO c VALUES (11, 1)')).toEqual(['DELETE', 1, 1])
    expect(await against('UPDATE c SET id = 100 WHERE part = 0 AND id = 4', 'DELETE FROM c WHERE part = 1 AND id = 1')).toEqual([
      'UPDATE',
      1,
      1,
    ])
    expect((await all('c')).map((r) => r[0])).toEqual([3, 5, 6, 7, 8, 9, 10, 11, 100])
  })

  it('in the same files, or rows that would have been changed: a conflict, and nothing is lost or left', async () => {
    const before = (await lake.stored()).length
    expect(await against('DELETE FROM c WHERE part = 0 AND id = 6', 'DELETE FROM c WHERE part = 0 AND id = 8')).toMatch(
      /^TRANSACTION_CONFLICT/,
    )
    expect(await against('UPDATE c SET id = 0 WHERE part = 0 AND id > 6', 'INSERT INTO c VALUES (12, 0)')).toMatch(/^TRANSACTION_CONFLICT/)
    expect(await against('DELETE FROM c WHERE part = 1', 'TRUNCATE TABLE c')).toMatch(/^TRANSACTION_CONFLICT/)
    expect(await all('c')).toEqual([])
    expect(await lake.unsettled()).toBe(0)
    expect((await lake.stored()).length).toBeGreaterThan(before)
  })

  it('leave no file of a change that is refused every time', async () => {
    await lake.rows('INSERT INTO c VALUES (1, 1), (2, 0)')
    const before = await lake.stored()
    lake.commit = async () => {
      throw CommitConflict({ table: 't', detail: 'refused by the test' })
    }
    expect(await count('UPDATE c SET id = 5')).toMatch(/^TRANSACTION_CONFLICT/)
    lake.commit = (send) => send()
    expect([await lake.stored(), await lake.unsettled()]).toEqual([before, 0])
    expect(await all('c')).toEqual([
      [1, 1],
      [2, 0],
    ])
  })
})

describe('an engine that dies in the middle', () => {
  it('leaves the table as it was, and no file', async () => {
    const before = [await all('c'), await lake.stored()]
    const running = count(
      'MERGE INTO c USING (SELECT a.x + b.x AS x FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(x)) AS s ON c.id = s.x * 0 WHEN NOT MATCHED THEN INSERT VALUES (CAST(s.x AS integer), 0)',
    )
    await new Promise((resolve) => setTimeout(resolve, 1500))
    lake.engine.process.kill('SIGKILL')
    expect(await running).toMatch(/^NO_NODES_AVAILABLE/)
    await lake.engine.restart()
    expect([await all('c'), await lake.stored(), await lake.unsettled()]).toEqual([...before, 0])
    expect(await count('DELETE FROM c WHERE id = 1')).toEqual(['DELETE', 1, 1])
  })
})
