// Views made and read by SQL, kept as Trino keeps them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startViewBench, type ViewBench } from '#parts/sql/views-testing'

let bench: ViewBench
beforeAll(async () => {
  bench = await startViewBench()
}, 120_000)
afterAll(() => bench?.close())

const as = (...request: Parameters<ViewBench['as']>) => bench.as(...request)
const rows = (...request: Parameters<ViewBench['rows']>) => bench.rows(...request)
const refusal = (user: string, statement: string) => bench.refusal(user, statement)
const stored = (name: string) => bench.stored(name)
const ada = (statement: string) => rows('ada', statement)
const column = async (user: string, statement: string) => (await rows(user, statement)).flat()

describe('a view', () => {
  it('is made, read, described, shown, listed, renamed and dropped', async () => {
    expect(
      await as('ada', `CREATE VIEW first COMMENT 'it''s one' AS SELECT id, country AS land FROM secret.people WHERE id < 4`),
    ).toMatchObject({
      updateType: 'CREATE VIEW',
      error: undefined,
    })
    expect(await ada('SELECT land, count(*) FROM first GROUP BY 1 ORDER BY 1')).toEqual([
      ['DE', 1],
      ['FR', 2],
    ])
    expect(await ada('DESCRIBE first')).toEqual([
      ['id', 'integer', '', ''],
      ['land', 'varchar', '', ''],
    ])
    expect(await column('ada', 'SHOW CREATE VIEW first')).toEqual([
      `CREATE VIEW iceberg.open.first COMMENT 'it''s one' SECURITY DEFINER AS\nSELECT id, country AS land FROM secret.people WHERE id < 4`,
    ])
    expect(await column('ada', 'SHOW TABLES')).toEqual(['first'])
    expect(await ada(`SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'open'`)).toEqual([
      ['first', 'VIEW'],
    ])
    expect(await ada(`SELECT view_definition FROM information_schema.views WHERE table_name = 'first'`)).toEqual([
      ['SELECT id, country AS land FROM secret.people WHERE id < 4'],
    ])
    expect(
      await ada(`SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'first' ORDER BY ordinal_position`),
    ).toEqual([
      ['id', 'integer'],
      ['land', 'varchar'],
    ])
    expect(await ada(`SELECT table_type FROM system.jdbc.tables WHERE table_cat = 'iceberg' AND table_name = 'first'`)).toEqual([['VIEW']])
    expect(await ada(`SELECT comment FROM system.metadata.table_comments WHERE table_name = 'first'`)).toEqual([["it's one"]])
    expect((await as('ada', 'ALTER VIEW first RENAME TO own.second')).updateType).toBe('RENAME VIEW')
    expect(await column('ada', "SELECT id FROM own.second WHERE land = 'DE'")).toEqual([2])
    expect((await as('ada', 'DROP VIEW own.second')).updateType).toBe('DROP VIEW')
    expect(await refusal('ada', 'SELECT * FROM own.second')).toContain(
      "TABLE_NOT_FOUND: line 1:15: Table 'iceberg.own.second' does not exist",
    )
    await ada('DROP VIEW IF EXISTS own.second')
  })

  it('is kept as Trino keeps it', async () => {
    await ada(
      `CREATE VIEW kept COMMENT 'c' AS SELECT id, CAST(id AS tinyint) AS small, CAST(country AS char(2)) AS code, current_timestamp AS at FROM secret.people`,
    )
    expect(await stored('kept')).toMatchObject({
      'format-version': 1,
      properties: { 'trino.run-as-owner': 'ada', comment: 'c' },
      schemas: [
        {
          fields: [
            { id: 1, name: 'id', type: 'int', required: false },
            { id: 2, name: 'small', type: 'int' },
            { id: 3, name: 'code', type: 'string' },
            { id: 4, name: 'at', type: 'timestamptz' },
          ],
        },
      ],
      versions: [{ 'default-catalog': 'iceberg', 'default-namespace': ['open'], representations: [{ type: 'sql', dialect: 'trino' }] }],
    })
    expect(await ada('SELECT id, small, code FROM kept WHERE id = 1')).toEqual([[1, 1, 'FR']])
    await ada('CREATE OR REPLACE VIEW kept SECURITY INVOKER AS SELECT 1 AS one')
    const replaced = await stored('kept')
    expect(replaced.properties).toEqual({})
    expect(replaced['current-version-id']).toBe(2)
    expect(await ada('SELECT * FROM kept')).toEqual([[1]])
    expect(await column('ada', 'SHOW CREATE VIEW kept')).toEqual(['CREATE VIEW iceberg.open.kept SECURITY INVOKER AS\nSELECT 1 AS one'])
    await ada('DROP VIEW kept')
  })

  it('completes its names from where it was made', async () => {
    await rows('ada', 'CREATE VIEW iceberg.own.names AS SELECT id FROM people', { 'x-trino-schema': 'secret' })
    expect(await column('ada', 'SELECT count(*) FROM own.names')).toEqual([4])
    await ada('DROP VIEW own.names')
  })

  it('stands wherever a table does', async () => {
    await ada('CREATE VIEW base AS SELECT id, country, s FROM secret.people')
    await ada(`CREATE VIEW upper_one AS SELECT b.id AS k, b.country FROM base b WHERE b.id IN (SELECT id FROM base WHERE country = 'FR')`)
    expect(await ada('SELECT x.n FROM upper_one AS x(n, c) ORDER BY 1')).toEqual([[1], [3]])
    expect(await ada('SELECT u.k, p.full_name FROM upper_one u JOIN secret.people p ON p.id = u.k ORDER BY 1')).toEqual([
      [1, 'Anna'],
      [3, 'Cleo'],
    ])
    expect(await ada('SELECT iceberg.open.base.id FROM base LEFT JOIN upper_one ON id = k WHERE k IS NULL ORDER BY 1')).toEqual([[2], [4]])
    expect(await ada('WITH secret AS (SELECT 7 AS id) SELECT id FROM secret UNION ALL SELECT max(id) FROM base ORDER BY 1')).toEqual([
      [4],
      [7],
    ])
    expect(
      await ada('WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, base WHERE base.id = n) SELECT count(*) FROM r'),
    ).toEqual([[5]])
    expect(await ada('SELECT count(*) FROM base TABLESAMPLE BERNOULLI (100)')).toEqual([[4]])
    expect(await ada('TABLE upper_one')).toHaveLength(2)
    expect(await ada("EXECUTE IMMEDIATE 'SELECT id FROM base WHERE id > ? ORDER BY 1' USING 2")).toEqual([[3], [4]])
    await ada('CREATE TABLE own.copied AS SELECT * FROM base')
    await ada('INSERT INTO own.copied SELECT id + 10, country, s FROM base')
    expect(await ada('SELECT count(*), max(id) FROM own.copied')).toEqual([[8, 14]])
    expect(String((await ada('EXPLAIN SELECT * FROM upper_one'))[0])).toContain('iceberg.secret.people')
    for (const drop of ['TABLE own.copied', 'VIEW upper_one', 'VIEW base']) await ada(`DROP ${drop}`)
  })

  it('knows nothing of the statement around it', async () => {
    await ada('CREATE VIEW plain AS SELECT id FROM secret.people')
    expect(await ada('WITH people AS (SELECT 9 AS id) SELECT max(id) FROM plain')).toEqual([[4]])
    expect(await refusal('ada', `CREATE VIEW parametric AS SELECT ? AS x`)).toContain('NOT_SUPPORTED')
    await ada('DROP VIEW plain')
  })

  it('of a text that is planned elsewhere, or in a statement that is, is the same', async () => {
    const long = (n: number) => Array.from({ length: n }, (_, i) => `id + ${i} - ${i}`).join(', ')
    await ada(`CREATE VIEW long_text AS SELECT id, ARRAY[${long(600)}] AS many FROM secret.people`)
    expect(await ada('SELECT id, cardinality(many) FROM long_text WHERE id = 3')).toEqual([[3, 600]])
    await ada('CREATE VIEW over_long AS SELECT l.id FROM long_text l JOIN secret.people p ON p.id = l.id')
    const list = Array.from({ length: 1500 }, (_, i) => i).join(', ')
    expect(await ada(`SELECT count(*) FROM over_long WHERE id IN (${list})`)).toEqual([[4]])
    expect(await refusal('ada', `SELECT nope FROM over_long WHERE id IN (${list})`)).toContain('COLUMN_NOT_FOUND')
    await ada('DROP VIEW long_text')
    expect(await refusal('ada', `SELECT * FROM over_long WHERE id IN (${list})`)).toBe(
      `INVALID_VIEW: line 1:15: Failed analyzing stored view 'iceberg.open.over_long': line 1:18: Table 'iceberg.open.long_text' does not exist`,
    )
    await ada('DROP VIEW over_long')
  })

  it('has comments, of its own and of its columns', async () => {
    await ada('CREATE VIEW said AS SELECT id, country FROM secret.people')
    expect((await as('ada', `COMMENT ON VIEW said IS 'the view'`)).updateType).toBe('COMMENT')
    await ada(`COMMENT ON COLUMN said.country IS 'the column'`)
    expect(await ada('DESCRIBE said')).toEqual([
      ['id', 'integer', '', ''],
      ['country', 'varchar', '', 'the column'],
    ])
    expect(await column('ada', 'SHOW CREATE VIEW said')).toEqual([
      expect.stringMatching(/^CREATE VIEW iceberg\.open\.said COMMENT 'the view' SECURITY DEFINER AS\n/),
    ])
    await rows('bob', 'COMMENT ON VIEW said IS NULL')
    expect((await stored('said')).properties).toEqual({ 'trino.run-as-owner': 'ada' })
    expect(await refusal('ada', `COMMENT ON COLUMN said.nope IS 'x'`)).toContain('COLUMN_NOT_FOUND')
    await ada('DROP VIEW said')
  })

  it('is refused by Trino’s names', async () => {
    await ada('CREATE VIEW v AS SELECT id FROM secret.people')
    await ada('CREATE TABLE t AS SELECT 1 AS id')
    const table: Record<string, string> = {
      'CREATE VIEW v AS SELECT 1 AS x': "TABLE_ALREADY_EXISTS: line 1:1: View already exists: 'iceberg.open.v'",
      'CREATE VIEW t AS SELECT 1 AS x': 'TABLE_ALREADY_EXISTS',
      'CREATE OR REPLACE VIEW t AS SELECT 1 AS x': 'TABLE_ALREADY_EXISTS',
      'CREATE TABLE v (a bigint)': 'TABLE_ALREADY_EXISTS',
      'CREATE TABLE v AS SELECT 1 AS x': 'TABLE_ALREADY_EXISTS',
      'CREATE VIEW n AS SELECT 1': 'MISSING_COLUMN_NAME',
      'CREATE VIEW n AS SELECT 1 AS x, 2 AS X': 'DUPLICATE_COLUMN_NAME',
      'CREATE VIEW n AS SELECT NULL AS x': 'COLUMN_TYPE_UNKNOWN',
      'CREATE VIEW n AS SELECT nope FROM secret.people': 'COLUMN_NOT_FOUND',
      'CREATE VIEW none.n AS SELECT 1 AS x': 'SCHEMA_NOT_FOUND',
      'CREATE VIEW none.open.n AS SELECT 1 AS x': 'CATALOG_NOT_FOUND',
      "CREATE VIEW n WITH (a = 'b') AS SELECT 1 AS x": 'INVALID_VIEW_PROPERTY',
      'CREATE OR REPLACE VIEW v AS SELECT id FROM v': 'VIEW_IS_RECURSIVE: line 1:44: Statement would create a recursive view',
      'INSERT INTO v VALUES (1)': 'NOT_SUPPORTED: line 1:1: Inserting into views is not supported',
      'DELETE FROM v': 'NOT_SUPPORTED',
      'UPDATE v SET id = 1': 'NOT_SUPPORTED',
      'TRUNCATE TABLE v': 'NOT_SUPPORTED',
      'DROP TABLE v':
        "GENERIC_USER_ERROR: line 1:1: Table 'iceberg.open.v' does not exist, but a view with that name exists. Did you mean DROP VIEW",
      'DROP TABLE IF EXISTS v': 'GENERIC_USER_ERROR',
      'ALTER TABLE v RENAME TO w': 'GENERIC_USER_ERROR',
      'DROP VIEW t': 'GENERIC_USER_ERROR',
      'ALTER VIEW t RENAME TO w': 'TABLE_NOT_FOUND',
      'ALTER VIEW v RENAME TO t': 'TABLE_ALREADY_EXISTS',
      'ALTER VIEW v RENAME TO none.w': 'SCHEMA_NOT_FOUND',
      'SHOW CREATE TABLE v': 'NOT_SUPPORTED',
      'SHOW CREATE VIEW t': 'NOT_SUPPORTED',
      'COMMENT ON VIEW t IS NULL': 'GENERIC_USER_ERROR',
      'COMMENT ON TABLE v IS NULL': 'GENERIC_USER_ERROR',
      'ALTER VIEW v SET AUTHORIZATION bob': 'NOT_SUPPORTED',
    }
    for (const [statement, expected] of Object.entries(table)) expect(await refusal('ada', statement), statement).toContain(expected)
    expect(await column('ada', 'SHOW TABLES')).toEqual(['t', 'v'])
    await ada('DROP VIEW v')
    await ada('DROP TABLE t')
  })

  it('says when what lies below it has become another', async () => {
    await ada('CREATE TABLE own.below AS SELECT 1 AS a, 2 AS b')
    await ada('CREATE VIEW above AS SELECT * FROM own.below')
    await ada('CREATE VIEW higher AS SELECT a FROM above')
    const remade = async (as_: string) => {
      await ada('DROP TABLE own.below')
      await ada(`CREATE TABLE own.below AS ${as_}`)
      return refusal('ada', 'SELECT * FROM above')
    }
    const stale = "VIEW_IS_STALE: line 1:15: View 'iceberg.open.above' is stale or in invalid state: "
    expect(await remade('SELECT 1 AS a, 2 AS b, 3 AS c')).toBe(
      `${stale}stored view column count (2) does not match column count derived from the view query analysis (3)`,
    )
    expect(await refusal('ada', 'SELECT * FROM higher')).toContain(
      "INVALID_VIEW: line 1:15: Failed analyzing stored view 'iceberg.open.higher': ",
    )
    expect(await remade('SELECT 1 AS a, 2 AS c')).toBe(
      `${stale}column [c] of type integer projected from query view at position 1 has a different name from column [b] of type integer stored in view definition`,
    )
    expect(await remade(`SELECT 1 AS a, 'x' AS b`)).toBe(
      `${stale}column [b] of type varchar projected from query view at position 1 cannot be coerced to column [b] of type integer stored in view definition`,
    )
    expect(await remade('SELECT 1 AS a')).toContain('does not match column count')
    await ada('DROP TABLE own.below')
    expect(await refusal('ada', 'SELECT * FROM above')).toContain(
      "INVALID_VIEW: line 1:15: Failed analyzing stored view 'iceberg.open.above': line 1:15: Table 'iceberg.own.below' does not exist",
    )
    for (const view of ['above', 'higher']) await ada(`DROP VIEW ${view}`)
  })

  it('may not read itself on the way round', async () => {
    await ada('CREATE VIEW round_a AS SELECT 1 AS x')
    await ada('CREATE VIEW round_b AS SELECT x FROM round_a')
    expect(await refusal('ada', 'CREATE OR REPLACE VIEW round_a AS SELECT x FROM round_b')).toContain('recursive view')
    const turn = await bench.onCatalog('POST', '/namespaces/open/views/round_a', {
      requirements: [],
      updates: [
        {
          action: 'add-view-version',
          'view-version': {
            'version-id': 2,
            'timestamp-ms': 1_700_000_000_000,
            'schema-id': 0,
            summary: {},
            representations: [{ type: 'sql', sql: 'SELECT x FROM round_b', dialect: 'trino' }],
            'default-catalog': 'iceberg',
            'default-namespace': ['open'],
          },
        },
        { action: 'set-current-view-version', 'view-version-id': -1 },
      ],
    })
    expect(turn.status).toBe(200)
    for (const view of ['round_a', 'round_b']) {
      expect(await refusal('ada', `SELECT * FROM ${view}`)).toMatch(/^INVALID_VIEW: .*View is recursive$/)
    }
    for (const view of ['round_a', 'round_b']) await ada(`DROP VIEW ${view}`)
  })

  it('that doubles at every level ends by name, and others go on', async () => {
    await ada('CREATE VIEW double_0 AS SELECT 1 AS x')
    for (let i = 1; i <= 10; i++)
      await ada(`CREATE VIEW double_${i} AS SELECT a.x FROM double_${i - 1} a JOIN double_${i - 1} b ON a.x = b.x`)
    expect(await ada('SELECT x FROM double_3')).toEqual([[1]])
    for (let i = 10; i >= 0; i--) await ada(`DROP VIEW double_${i}`)
    await ada('CREATE VIEW deep_0 AS SELECT 1 AS x')
    for (let i = 1; i <= 20; i++) await ada(`CREATE VIEW deep_${i} AS SELECT x FROM deep_${i - 1}`)
    expect(await ada('SELECT x FROM deep_19')).toEqual([[1]])
    expect(await refusal('ada', 'SELECT x FROM deep_20')).toContain('Views are nested more than 20 levels deep')
    for (let i = 20; i >= 0; i--) await ada(`DROP VIEW deep_${i}`)
  }, 120_000)

  it('of another dialect only is refused by its name', async () => {
    const made = await bench.onCatalog('POST', '/namespaces/open/views', {
      name: 'sparky',
      schema: { type: 'struct', fields: [{ id: 1, name: 'id', type: 'long', required: false }] },
      'view-version': {
        'version-id': 1,
        'timestamp-ms': 1_700_000_000_000,
        'schema-id': 0,
        summary: {},
        representations: [{ type: 'sql', sql: 'SELECT `id` FROM t', dialect: 'spark' }],
        'default-namespace': ['open'],
      },
    })
    expect(made.status).toBe(200)
    expect(await refusal('ada', 'SELECT * FROM sparky')).toContain(
      "ICEBERG_UNSUPPORTED_VIEW_DIALECT: line 1:15: Cannot read unsupported dialect 'spark' for view 'iceberg.open.sparky'",
    )
    expect(await column('ada', 'SHOW TABLES')).toEqual(['sparky'])
    await ada('DROP VIEW sparky')
  })
})
