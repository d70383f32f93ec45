// Definitions of Iceberg tables that change: columns, types, comments, partitions, whole tables; pyiceberg reads what they become.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'

let lake: TestLake
beforeAll(async () => {
  lake = await startTestLake(
    {
      roleGrants: {
        engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true },
        clerk: { read: ['iceberg.*'], write: ['iceberg.*'], filtered: true, clear: true },
        reader: { read: ['iceberg.*'], clear: true },
      },
      masks: {},
      classified: [],
      rowFilters: [{ schemas: ['iceberg.ns'], column: 'hidden', filter: 'NOT {column}' }],
    },
    (user) => ({ ada: ['engineer'], carl: ['clerk'], rita: ['reader'] })[user] ?? [],
  )
}, 120_000)
afterAll(() => lake?.stop())

const said = async (sql: string, user?: string) => {
  const { error, updateType } = await lake.ask(sql, user)
  return error ? `${error.errorName}: ${error.message}` : updateType
}
const all = (table: string) => lake.rows(`SELECT * FROM ${table} ORDER BY 1`)
const columns = async (table: string) => (await lake.rows(`DESCRIBE ${table}`)).map((row) => row.filter((x) => x !== '').join(' '))
const shown = async (table: string) => String((await lake.rows(`SHOW CREATE TABLE ${table}`))[0]?.[0])

describe('columns', () => {
  beforeAll(async () => {
    await lake.rows(
      "CREATE TABLE a AS SELECT 1 AS id, REAL '0.5' AS f, DECIMAL '1.50' AS d, CAST(ROW(1, 'x') AS row(x integer, y varchar)) AS r, ARRAY[CAST(ROW(7) AS row(k integer))] AS l",
    )
  })

  it('are added, renamed, dropped, widened; rows that were stay what they were', async () => {
    expect(await said("ALTER TABLE a ADD COLUMN note varchar COMMENT 'free'")).toBe('ADD COLUMN')
    expect(await said('ALTER TABLE a ADD COLUMN zero integer FIRST')).toBe('ADD COLUMN')
    expect(await said('ALTER TABLE a ADD COLUMN after_id integer AFTER id')).toBe('ADD COLUMN')
    expect(await said('ALTER TABLE a ADD COLUMN IF NOT EXISTS id integer')).toBe('ADD COLUMN')
    expect(await said('ALTER TABLE a ADD COLUMN r.z bigint')).toBe('ADD COLUMN')
    expect(await said('ALTER TABLE a RENAME COLUMN after_id TO second')).toBe('RENAME COLUMN')
    expect(await said('ALTER TABLE a ALTER COLUMN id SET DATA TYPE bigint')).toBe('SET COLUMN TYPE')
    expect(await said('ALTER TABLE a ALTER COLUMN f SET DATA TYPE double')).toBe('SET COLUMN TYPE')
    expect(await said('ALTER TABLE a ALTER COLUMN d SET DATA TYPE decimal(10,2)')).toBe('SET COLUMN TYPE')
    expect(await columns('a')).toEqual([
      'zero integer',
      'id bigint',
      'second integer',
      'f double',
      'd decimal(10,2)',
      'r row(x integer, y varchar, z bigint)',
      'l array(row(k integer))',
      'note varchar free',
    ])
    expect(await all('a')).toEqual([[null, 1, null, 0.5, '1.50', [1, 'x', null], [[7]], null]])
    await lake.rows("INSERT INTO a VALUES (0, 5000000000, 2, 0.25, 99999999.99, ROW(2, 'y', 3), ARRAY[], 'n')")
    expect(await lake.rows('SELECT id, second, f, d, r.z, note FROM a ORDER BY id')).toEqual([
      [1, null, 0.5, '1.50', null, null],
      [5000000000, 2, 0.25, '99999999.99', 3, 'n'],
    ])
    expect(await said('ALTER TABLE a DROP COLUMN zero')).toBe('DROP COLUMN')
    expect(await said('ALTER TABLE a DROP COLUMN IF EXISTS zero')).toBe('DROP COLUMN')
    expect(await said('ALTER TABLE a DROP COLUMN r.y')).toBe('DROP COLUMN')
    expect(await lake.rows('SELECT r, note FROM a ORDER BY id')).toEqual([
      [[1, null], null],
      [[2, 3], 'n'],
    ])
    expect(
      await lake.pyiceberg(
        "print([list(r.values()) for r in c.load_table('ns.a').scan(selected_fields=('id', 'f', 'r')).to_arrow().sort_by('id').to_pylist()])",
      ),
    ).toBe("[[1, 0.5, {'x': 1, 'z': None}], [5000000000, 0.25, {'x': 2, 'z': 3}]]")
    await lake.rows('ALTER TABLE a ADD COLUMN zero varchar')
    expect(await lake.rows('SELECT zero FROM a')).toEqual([[null], [null]])
    expect(await lake.ask("UPDATE a SET zero = 'z', r = ROW(9, 9) WHERE id = 1")).toMatchObject({ updateCount: 1 })
    expect(await lake.rows('SELECT zero, r FROM a WHERE id = 1')).toEqual([['z', [9, 9]]])
  })

  it.each([
    ['ALTER TABLE nope ADD COLUMN x integer', /^TABLE_NOT_FOUND/],
    ['ALTER TABLE a ADD COLUMN id integer', /^COLUMN_ALREADY_EXISTS: line 1:1: Column 'id' already exists/],
    ['ALTER TABLE a ADD COLUMN x integer NOT NULL', /^NOT_SUPPORTED: This connector does not support adding not null columns/],
    ['ALTER TABLE a ADD COLUMN nope.x integer', /^COLUMN_NOT_FOUND/],
    ['ALTER TABLE a DROP COLUMN nope', /^COLUMN_NOT_FOUND: line 1:1: Column 'nope' does not exist/],
    ['ALTER TABLE a RENAME COLUMN f TO id', /^COLUMN_ALREADY_EXISTS/],
    ['ALTER TABLE a RENAME COLUMN r.x TO xx', /^NOT_SUPPORTED: .*nested fields were renamed/],
    ['ALTER TABLE a ADD COLUMN r.y varchar', /^NOT_SUPPORTED: .*nested fields were renamed/],
    ['ALTER TABLE a ALTER COLUMN f SET DATA TYPE varchar', /^NOT_SUPPORTED/],
    ['ALTER TABLE a ALTER COLUMN id SET DATA TYPE integer', /^NOT_SUPPORTED/],
    ["ALTER TABLE a SET PROPERTIES nope = 'x'", /^INVALID_TABLE_PROPERTY/],
    ["COMMENT ON COLUMN a.nope IS 'x'", /^COLUMN_NOT_FOUND/],
  ])('%s', async (sql, error) => {
    expect(await said(sql)).toMatch(error)
  })

  it('lose NOT NULL, and keep what a partition needs', async () => {
    await lake.rows("CREATE TABLE n (id integer NOT NULL, part varchar) WITH (partitioning = ARRAY['part'])")
    expect(await said('ALTER TABLE n ALTER COLUMN id DROP NOT NULL')).toBe('DROP NOT NULL')
    await lake.rows("INSERT INTO n VALUES (NULL, 'p')")
    expect(await said('ALTER TABLE n DROP COLUMN part')).toMatch(/^NOT_SUPPORTED: Cannot drop partition field: part/)
    expect(await said("ALTER TABLE n SET PROPERTIES partitioning = ARRAY['bucket(id, 4)']")).toBe('SET PROPERTIES')
    await lake.rows("INSERT INTO n VALUES (1, 'q'), (2, 'r')")
    expect(await said("DELETE FROM n WHERE part IN ('p', 'q')")).toBe('DELETE')
    expect(await all('n')).toEqual([[2, 'r']])
    expect(await shown('n')).toMatch(/partitioning = ARRAY\['bucket\(id, 4\)'\]/)
    expect(await said('ALTER TABLE n DROP COLUMN part')).toMatch(
      /^NOT_SUPPORTED: Cannot drop column that is used by an old partition spec: part/,
    )
    expect(await lake.pyiceberg("print(c.load_table('ns.n').scan().to_arrow().to_pylist())")).toBe("[{'id': 2, 'part': 'r'}]")
  })
})

describe('comments', () => {
  it('are set and taken away', async () => {
    await lake.rows('CREATE TABLE k (id integer)')
    expect(await said("COMMENT ON TABLE k IS 'it''s'")).toBe('COMMENT')
    expect(await said("COMMENT ON COLUMN k.id IS 'key'")).toBe('COMMENT')
    const text = await shown('k')
    expect(text).toMatch(
      /^CREATE TABLE iceberg\.ns\.k \(\n {3}id integer COMMENT 'key'\n\)\nCOMMENT 'it''s'\nWITH \(\n {3}format = 'PARQUET',\n {3}format_version = 2,\n {3}location = 's3:/,
    )
    await lake.rows('COMMENT ON TABLE k IS NULL')
    await lake.rows('COMMENT ON COLUMN iceberg.ns.k.id IS NULL')
    expect(await shown('k')).not.toContain('COMMENT')
  })
})

describe('a whole table', () => {
  it('is like another, with its properties or without', async () => {
    await lake.rows("CREATE TABLE l1 (x bigint NOT NULL, y varchar) WITH (partitioning = ARRAY['y'])")
    await lake.rows('CREATE TABLE l2 (LIKE l1 INCLUDING PROPERTIES)')
    await lake.rows('CREATE TABLE l3 (z date, LIKE l1, w double)')
    expect((await shown('l2')).replaceAll('l2', 'l1').replace(/location = '.*'/, '')).toBe(
      (await shown('l1')).replace(/location = '.*'/, ''),
    )
    expect(await columns('l3')).toEqual(['z date', 'x bigint', 'y varchar', 'w double'])
    expect(await shown('l3')).not.toContain('partitioning')
    expect(await said('CREATE TABLE l4 (x date, LIKE l1)')).toMatch(/^DUPLICATE_COLUMN_NAME/)
    expect(await said('CREATE TABLE l4 (LIKE nope)')).toMatch(/^TABLE_NOT_FOUND/)
  })

  it('is replaced: other columns, other rows, and the snapshots that were', async () => {
    await lake.rows("CREATE OR REPLACE TABLE w COMMENT 'first' WITH (partitioning = ARRAY['part']) AS SELECT 1 AS id, 'a' AS part")
    await lake.rows("INSERT INTO w VALUES (2, 'b')")
    await lake.rows("CREATE OR REPLACE TABLE w AS SELECT DATE '2026-01-02' AS id, 3 AS part")
    expect(await all('w')).toEqual([['2026-01-02', 3]])
    expect(await columns('w')).toEqual(['id date', 'part integer'])
    const text = await shown('w')
    expect([text.includes('partitioning'), text.includes('first')]).toEqual([false, false])
    await lake.rows("INSERT INTO w VALUES (DATE '2026-01-03', 4)")
    expect(
      await lake.pyiceberg(
        "t = c.load_table('ns.w')\nprint(len(t.metadata.snapshots), t.scan().to_arrow().num_rows, t.scan(snapshot_id=t.metadata.snapshots[1].snapshot_id).to_arrow().sort_by('id').to_pylist())",
      ),
    ).toBe("4 2 [{'id': 1, 'part': 'a'}, {'id': 2, 'part': 'b'}]")
    await lake.rows('CREATE OR REPLACE TABLE w (part varchar)')
    expect([await all('w'), await columns('w')]).toEqual([[], ['part varchar']])
    await lake.rows("INSERT INTO w VALUES ('x')")
    expect(await all('w')).toEqual([['x']])
    await lake.rows('CREATE OR REPLACE TABLE fresh AS SELECT 1 AS one')
    expect(await all('fresh')).toEqual([[1]])
  })

  it('keeps the ids of columns that keep their names, whatever their types become, and gives others new ones', async () => {
    await lake.rows(
      "CREATE TABLE i AS SELECT 1 AS id, 'a' AS part, CAST(ROW(1, 2) AS row(x integer, y integer)) AS r, ARRAY[CAST(ROW(7) AS row(k integer))] AS l",
    )
    const script = `t = c.load_table('ns.i')
def ids(f): return [f.field_id, f.name, *[ids(x) for x in getattr(f.field_type, 'fields', ())], *[ids(f.field_type.element_field) for _ in 'x' if hasattr(f.field_type, 'element_field')]]
print([ids(f) for f in t.schema().fields])`
    expect(await lake.pyiceberg(script)).toBe("[[1, 'id'], [2, 'part'], [3, 'r', [5, 'x'], [6, 'y']], [4, 'l', [7, 'element', [8, 'k']]]]")
    await lake.rows(
      "CREATE OR REPLACE TABLE i AS SELECT DATE '2026-01-02' AS fresh, 'one' AS id, CAST(ROW(3, 'y') AS row(z integer, y varchar)) AS r, ARRAY[CAST(ROW(DATE '2026-01-01') AS row(k date))] AS l",
    )
    expect(await lake.pyiceberg(script)).toBe(
      "[[9, 'fresh'], [1, 'id'], [3, 'r', [10, 'z'], [6, 'y']], [4, 'l', [7, 'element', [8, 'k']]]]",
    )
    expect(await all('i')).toEqual([['2026-01-02', 'one', [3, 'y'], [['2026-01-01']]]])
    expect(
      await lake.pyiceberg(
        "t = c.load_table('ns.i')\nprint(t.scan().select('id', 'r').to_arrow().to_pylist(), t.scan(snapshot_id=t.metadata.snapshots[0].snapshot_id).select('id', 'r').to_arrow().to_pylist())",
      ),
    ).toBe("[{'id': 'one', 'r': {'z': 3, 'y': 'y'}}] [{'id': 1, 'r': {'x': 1, 'y': 2}}]")
  })

  it('keeps what it was partitioned by: without it, other libraries could not write to it or load it', async () => {
    const by = async (...columns: string[]) =>
      lake.rows(
        `CREATE OR REPLACE TABLE p WITH (partitioning = ARRAY[${columns.map((c) => `'${c}'`).join()}]) AS SELECT DATE '2026-01-02' AS d, 1 AS c`,
      )
    await by('month(d)', 'c')
    const refused = /^NOT_SUPPORTED: replacing a table that was partitioned by [cd], /
    expect(await said("CREATE OR REPLACE TABLE p AS SELECT DATE '2026-01-02' AS d")).toMatch(refused)
    expect(await said("CREATE OR REPLACE TABLE p AS SELECT 'text' AS d, 1 AS c")).toMatch(refused)
    await by('bucket(c, 2)')
    await lake.rows("CREATE OR REPLACE TABLE p AS SELECT 'x' AS c, TIMESTAMP '2026-01-02 03:04:05' AS d")
    await lake.rows("INSERT INTO p VALUES ('y', NULL)")
    expect(
      await lake.pyiceberg(
        "t = c.load_table('ns.p')\nprint([(f.field_id, f.name) for f in t.schema().fields], t.scan().to_arrow().num_rows)",
      ),
    ).toBe("[(2, 'c'), (1, 'd')] 2")
  })

  it('is readable where a field comes again under a name that was dropped', async () => {
    await lake.rows('CREATE TABLE again AS SELECT CAST(ROW(1, 2) AS row(x integer, y integer)) AS r')
    await lake.rows('ALTER TABLE again DROP COLUMN r.y')
    await lake.rows('CREATE OR REPLACE TABLE again AS SELECT CAST(ROW(3, 4) AS row(x integer, y integer)) AS r')
    expect(await lake.rows('SELECT * FROM again')).toEqual([[[3, 4]]])
  })

  it('is not replaced by a statement that fails', async () => {
    const before = await lake.stored()
    expect(await said('CREATE OR REPLACE TABLE fresh AS SELECT 1 / (one - 1) AS x FROM fresh')).toMatch(/^DIVISION_BY_ZERO/)
    expect([await all('fresh'), await lake.stored()]).toEqual([[[1]], before])
  })
})

describe('who may', () => {
  it('not write, not alter; and who sees some rows leaves the columns that tell which', async () => {
    await lake.rows('CREATE TABLE s AS SELECT 1 AS id, true AS hidden')
    for (const sql of [
      'ALTER TABLE s ADD COLUMN x integer',
      "COMMENT ON TABLE s IS 'x'",
      'CREATE OR REPLACE TABLE s (x integer)',
      'CREATE OR REPLACE TABLE s AS SELECT 1 AS x',
    ])
      expect(await said(sql, 'rita')).toMatch(/^PERMISSION_DENIED/)
    for (const sql of ['ALTER TABLE s RENAME COLUMN hidden TO seen', 'ALTER TABLE s DROP COLUMN hidden'])
      expect(await said(sql, 'carl')).toMatch(/^PERMISSION_DENIED/)
    expect(await lake.rows('SELECT * FROM s', 'carl')).toEqual([])
    expect(await all('s')).toEqual([[1, true]])
  })
})
