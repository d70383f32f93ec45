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

  it('what may not be done is not explained, and what is explained is not done', async () => {
    const writes = ['INSERT INTO t (id) VALUES (77)', 'UPDATE t SET name = NULL', 'DELETE FROM t', 'CREATE TABLE fresh AS SELECT 1 AS x']
    const before = await there('SELECT * FROM t')
    for (const text of writes)
      for (const explain of ['EXPLAIN', 'EXPLAIN (TYPE IO)', 'EXPLAIN (TYPE VALIDATE)', 'EXPLAIN ANALYZE']) {
        expect(await told(`${explain} ${text}`, 'rita')).toMatch(/^PERMISSION_DENIED/)
        expect(await told(`${explain} ${text}`, 'gus')).toMatch(/^(PERMISSION_DENIED|TABLE_NOT_FOUND|SCHEMA_NOT_FOUND)/)
        const answer = await told(`${explain} ${text}`)
        if (explain === 'EXPLAIN ANALYZE') expect(answer).toMatch(/^NOT_SUPPORTED/)
        else expect(answer).toEqual([undefined, undefined])
      }
    expect(await told('EXPLAIN INSERT INTO nowhere VALUES 1')).toMatch(/^TABLE_NOT_FOUND/)
    expect(await there('SELECT * FROM t')).toEqual(before)
    expect(await there("SELECT to_regclass('fresh')")).toEqual([[null]])
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
      'ALTER TABLE people RENAME TO persons',
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

  it('what foreign keys bind is looked into and changed only for who sees and writes all of it', async () => {
    await rows('CREATE SCHEMA apart', 'olga')
    await bank().admin.query(`SET ROLE bank;
      CREATE TABLE persons (id int PRIMARY KEY, email varchar UNIQUE, hidden boolean);
      INSERT INTO persons VALUES (1, 'a@x', false), (2, 'b@x', true);
      CREATE TABLE plain (id int PRIMARY KEY, up int REFERENCES plain ON DELETE CASCADE, note varchar);
      CREATE TABLE children (id int, person int REFERENCES persons);
      CREATE TABLE apart.mails (email varchar REFERENCES persons (email), n int);
      CREATE TABLE owned (id int PRIMARY KEY);
      CREATE TABLE marks (owned int REFERENCES owned ON DELETE CASCADE, hidden boolean);
      INSERT INTO owned VALUES (1); INSERT INTO marks VALUES (1, true); INSERT INTO apart.mails VALUES ('a@x', 1); RESET ROLE`)
    const refused =
      /^NOT_SUPPORTED: changing rows of bank\.\w+\.\w+, which foreign keys bind to a table that is not all shown to you, or not yours to write,/
    // Whether there is such a person or not is not to be told apart.
    for (const person of [2, 3]) expect(await told(`INSERT INTO children VALUES (1, ${person})`, 'finn')).toMatch(refused)
    for (const email of ['b@x', 'c@x']) expect(await told(`INSERT INTO apart.mails VALUES ('${email}', 1)`, 'carl')).toMatch(refused)
    expect(await told("UPDATE apart.mails SET email = 'b@x'", 'carl')).toMatch(refused)
    expect(await told('UPDATE apart.mails SET n = 2', 'carl')).toEqual(['UPDATE', 1])
    expect(await told('INSERT INTO children VALUES (1, 2)', 'carl')).toEqual(['INSERT', 1]) // by what is not masked
    // A row that is hidden would go with this one, or keep it.
    expect(await told('DELETE FROM owned', 'finn')).toMatch(refused)
    expect(await told('MERGE INTO owned USING (VALUES 1) AS s(x) ON id = x WHEN MATCHED THEN DELETE', 'finn')).toMatch(refused)
    expect(await there('SELECT count(*)::int FROM marks')).toEqual([[1]])
    expect(await told('DELETE FROM owned', 'ada')).toEqual(['DELETE', 1])
    expect(await there('SELECT count(*)::int FROM marks')).toEqual([[0]])
    expect(await told("INSERT INTO plain VALUES (1, NULL, 'x')", 'carl')).toEqual(['INSERT', 1])
    expect(await told('DELETE FROM plain', 'carl')).toEqual(['DELETE', 1])
  })
})
