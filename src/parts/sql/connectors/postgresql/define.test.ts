// Definitions in PostgreSQL catalogues through the front, by whom, and by any name.
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { bankOfTests } from '#parts/sql/bank-testing'
import { HOSTILE } from '#parts/sql/dialect/test-words'
import { quoteName, quoteText } from '#wire/trino/names'

const { bank, rows, told, there } = bankOfTests("CREATE TABLE t AS SELECT 1 AS id, CAST('a' AS varchar) AS name")

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
    expect(await told("INSERT INTO made.t VALUES (NULL, 'x')")).toBe('CONSTRAINT_VIOLATION: NULL value not allowed for NOT NULL column: id')
    expect(await there("SELECT tableowner, obj_description('made.t'::regclass) FROM pg_tables WHERE schemaname = 'made'")).toEqual([
      ['bank', "it's \\"],
    ])
    for (const [text, done] of [
      ['ALTER TABLE made.t ADD COLUMN extra date', 'ADD COLUMN'],
      ['ALTER TABLE made.t ADD COLUMN must integer NOT NULL', 'ADD COLUMN'],
      ['ALTER TABLE made.t ALTER COLUMN must DROP NOT NULL', 'DROP NOT NULL'],
      ['ALTER TABLE made.t DROP COLUMN must', 'DROP COLUMN'],
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
    ['ALTER TABLE t ADD COLUMN z integer NOT NULL', 'JDBC_ERROR: ERROR: column "z" of relation "t" contains null values'],
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
    await bank().admin.query(`SET ROLE bank; CREATE TABLE base (x int, y int); CREATE VIEW seen AS SELECT * FROM base;
      CREATE TABLE guarded (x int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; RESET ROLE`)
    for (const text of ['INSERT INTO seen VALUES (1, 2)', 'DELETE FROM seen', 'UPDATE seen SET x = 1', 'TRUNCATE TABLE seen'])
      expect([text, await told(text)]).toEqual([text, expect.stringMatching(/^NOT_SUPPORTED: .*views/)])
    for (const text of ['INSERT INTO guarded VALUES (1)', 'DELETE FROM guarded', 'UPDATE guarded SET x = 1', 'TRUNCATE TABLE guarded'])
      expect([text, await told(text)]).toEqual([text, expect.stringMatching(/^NOT_SUPPORTED: .*row-level security/)])
  })
})

describe('words that mean something to somebody', () => {
  it.each(HOSTILE.filter((word) => word !== '').map((word) => [word]))('%j is a name, a text and a comment', async (word) => {
    const [name, text] = [quoteName(word), quoteText(word)]
    // The names of Trino's statements are in lower case.
    const lower = word.toLowerCase()
    const done = async (statement: string) =>
      expect([statement, await told(statement)]).toEqual([statement, [expect.any(String), expect.anything()]])
    const made = async (statement: string) =>
      expect([statement, await told(statement)]).toEqual([statement, [expect.any(String), undefined]])
    await made(`CREATE TABLE ${name} (k integer, ${name} varchar) COMMENT ${text}`)
    await done(`INSERT INTO ${name} (${name}, k) VALUES (${text}, 1), (${text} || 'x', 2), (NULL, 3)`)
    await done(`UPDATE ${name} SET ${name} = ${name} || ${text} WHERE ${name} = ${text}`)
    await done(
      `MERGE INTO ${name} AS t USING (VALUES 3, 4) AS s(k) ON t.k = s.k WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (k, ${name}) VALUES (s.k, ${text})`,
    )
    await made(`COMMENT ON COLUMN ${name}.${name} IS ${text}`)
    await made(`ALTER TABLE ${name} ADD COLUMN ${quoteName(`${word}2`)} integer`)
    const from = `"public".${pg.escapeIdentifier(lower)}`
    const { rows: found } = await bank().admin.query({
      text: `SELECT k, ${pg.escapeIdentifier(lower)} FROM ${from} ORDER BY k`,
      rowMode: 'array',
    })
    expect(found).toEqual([
      [1, word + word],
      [2, `${word}x`],
      [4, word],
    ])
    const oid = (
      await bank().admin.query('SELECT oid, obj_description(oid) AS c, col_description(oid, 2) AS d FROM pg_class WHERE relname = $1', [
        lower,
      ])
    ).rows
    expect(oid).toEqual([{ oid: expect.any(Number), c: word, d: word }])
    await made(`DROP TABLE ${name}`)
  })
})
