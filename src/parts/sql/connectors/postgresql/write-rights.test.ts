// Who may change a PostgreSQL catalogue: the policy's answer for the person, whatever the role of the database may.
import { describe, expect, it } from 'vitest'
import { bankOfTests } from '#parts/sql/bank-testing'

const { bank, rows, told, there } = bankOfTests("CREATE TABLE t AS SELECT 1 AS id, CAST('a' AS varchar) AS name")

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
    await bank().admin.query('CREATE UNIQUE INDEX ON people (email)')
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
