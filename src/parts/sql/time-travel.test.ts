// Tables as they were: by snapshot, branch, tag and time, with the columns of then, and never past the policy of now.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'

let lake: TestLake
let snapshots: { id: string; ms: number }[]
beforeAll(async () => {
  lake = await startTestLake(
    {
      roleGrants: {
        engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true },
        clerk: { read: ['iceberg.*'], write: ['iceberg.*'], filtered: true, clear: true },
        analyst: { read: ['iceberg.*'] },
        guest: { read: ['iceberg.other.*'] },
      },
      masks: { text: "'***'" },
      classified: [{ schemas: ['iceberg.ns'], column: 'secret', as: 'text' }],
      rowFilters: [{ schemas: ['iceberg.ns'], column: 'hidden', filter: 'NOT {column}' }],
    },
    (user) => ({ ada: ['engineer'], carl: ['clerk'], anna: ['analyst'], gus: ['guest'] })[user] ?? [],
  )
  await lake.rows("CREATE TABLE t AS SELECT 1 AS id, 'a' AS name")
  await lake.rows("INSERT INTO t VALUES (2, 'b')")
  await lake.rows('ALTER TABLE t ADD COLUMN more double')
  await lake.rows("INSERT INTO t VALUES (3, 'c', 0.5)")
  await lake.rows('DELETE FROM t WHERE id = 1')
  await lake.pyiceberg(
    "t = c.load_table('ns.t')\nt.manage_snapshots().create_tag(t.metadata.snapshots[0].snapshot_id, 'first').create_branch(t.metadata.snapshots[1].snapshot_id, 'side').commit()",
  )
  snapshots = await past('t')
}, 120_000)
afterAll(() => lake?.stop())

const past = async (table: string): Promise<{ id: string; ms: number }[]> =>
  JSON.parse(
    await lake.pyiceberg(
      `import json\nprint(json.dumps([{'id': str(s.snapshot_id), 'ms': s.timestamp_ms} for s in c.load_table('ns.${table}').metadata.snapshots]))`,
    ),
  )
const said = async (sql: string, user?: string) => {
  const { error } = await lake.ask(sql, user)
  return error ? `${error.errorName}: ${error.message}` : 'served'
}
const id = (i: number) => snapshots[i]?.id
const at = (i: number) => `TIMESTAMP '${new Date(snapshots[i]?.ms as number).toISOString().replace('T', ' ').replace('Z', '')} UTC'`

describe('a table as it was', () => {
  it('is read by the id of a snapshot, with the columns of then', async () => {
    expect(await lake.rows(`SELECT * FROM t FOR VERSION AS OF ${id(0)}`)).toEqual([[1, 'a']])
    expect(await lake.rows(`SELECT * FROM t FOR VERSION AS OF BIGINT '${id(1)}' ORDER BY id`)).toEqual([
      [1, 'a'],
      [2, 'b'],
    ])
    expect(await lake.rows(`SELECT * FROM t FOR VERSION AS OF ${id(2)} AS x ORDER BY x.id`)).toEqual([
      [1, 'a', null],
      [2, 'b', null],
      [3, 'c', 0.5],
    ])
    expect(await lake.rows('SELECT id FROM t ORDER BY id')).toEqual([[2], [3]])
  })

  it('is read by branch, tag and time', async () => {
    expect(await lake.rows("SELECT count(*) FROM t FOR VERSION AS OF 'first'")).toEqual([[1]])
    expect(await lake.rows("SELECT count(*) FROM t FOR VERSION AS OF 'side'")).toEqual([[2]])
    expect(await lake.rows("SELECT count(*) FROM t FOR VERSION AS OF 'main'")).toEqual([[2]])
    for (const [i, count] of [1, 2, 3, 2].entries())
      expect(await lake.rows(`SELECT count(*) FROM t FOR TIMESTAMP AS OF ${at(i)}`)).toEqual([[count]])
    expect(await said("SELECT 1 FROM t FOR TIMESTAMP AS OF current_timestamp - interval '1' day")).toMatch(
      /^INVALID_ARGUMENTS: No version history table ns\."t" at or before /,
    )
  })

  it('stands beside itself, in joins, views, WITH and what is written', async () => {
    const removed = `SELECT o.id FROM t FOR VERSION AS OF ${id(2)} AS o LEFT JOIN t AS n ON o.id = n.id WHERE n.id IS NULL`
    expect(await lake.rows(removed)).toEqual([[1]])
    await lake.rows(`CREATE VIEW v AS ${removed}`)
    expect(await lake.rows(`WITH w AS (SELECT * FROM v) SELECT * FROM w`)).toEqual([[1]])
    await lake.rows(`INSERT INTO t (id, name) SELECT id, name FROM t FOR VERSION AS OF ${id(0)}`)
    expect(await lake.rows('SELECT id FROM t ORDER BY id')).toEqual([[1], [2], [3]])
    await lake.rows('DELETE FROM t WHERE id = 1')
  })

  it.each([
    ['SELECT * FROM t FOR VERSION AS OF 123', /^NOT_SUPPORTED: Unsupported type for table version: integer/],
    ['SELECT * FROM t FOR VERSION AS OF 12345678901', /^INVALID_ARGUMENTS: Iceberg snapshot ID does not exists: 12345678901/],
    ["SELECT * FROM t FOR VERSION AS OF 'nope'", /^INVALID_ARGUMENTS: Cannot find snapshot with reference name: nope/],
    ["SELECT * FROM t FOR VERSION AS OF 'toString'", /^INVALID_ARGUMENTS: Cannot find snapshot/],
    ['SELECT * FROM t FOR VERSION AS OF NULL', /^INVALID_ARGUMENTS: line 1:17: Pointer value cannot be NULL/],
    ['SELECT * FROM t FOR VERSION AS OF 1.5', /^NOT_SUPPORTED/],
    ['SELECT * FROM t FOR VERSION AS OF (SELECT 1)', /^NOT_SUPPORTED/],
    ["SELECT * FROM t FOR TIMESTAMP AS OF 'x'", /^TYPE_MISMATCH: line 1:17: Type varchar/],
    [
      "SELECT * FROM t FOR TIMESTAMP AS OF TIMESTAMP '2100-01-01 00:00:00'",
      /^INVALID_ARGUMENTS: line 1:17: Pointer value '2100-01-01 00:00:00' is not in the past/,
    ],
    [
      "SELECT * FROM t FOR TIMESTAMP AS OF DATE '2000-01-01'",
      /^INVALID_ARGUMENTS: No version history table ns\."t" at or before 2000-01-01T00:00:00Z/,
    ],
    ['SELECT * FROM nope FOR VERSION AS OF 12345678901', /^TABLE_NOT_FOUND/],
    ["SELECT more FROM t FOR VERSION AS OF 'first'", /^COLUMN_NOT_FOUND/],
    ['SELECT * FROM v FOR VERSION AS OF 12345678901', /^NOT_SUPPORTED/],
    [
      'SELECT * FROM information_schema.tables FOR VERSION AS OF 12345678901',
      /^NOT_SUPPORTED: This connector does not support versioned tables/,
    ],
  ])('%s', async (sql, error) => {
    expect(await said(sql)).toMatch(error)
  })
})

describe('what is kept about a table', () => {
  it('is read like tables', async () => {
    const listed = await lake.rows(
      'SELECT snapshot_id, operation, summary[\'total-records\'], parent_id IS NULL FROM "t$snapshots" ORDER BY committed_at LIMIT 4',
    )
    expect(listed.map((row) => row.slice(1))).toEqual([
      ['append', '1', true],
      ['append', '2', false],
      ['append', '3', false],
      ['delete', expect.any(String), false],
    ])
    expect(await lake.rows(`SELECT count(*) FROM t FOR VERSION AS OF ${id(1)}`)).toEqual([[2]])
    expect(await lake.rows('SELECT count(*), count_if(is_current_ancestor) FROM iceberg.ns."t$history"')).toEqual([
      await lake.rows('SELECT count(*), count(*) FROM iceberg.ns."t$snapshots"').then(([row]) => row),
    ])
    expect(await lake.rows('SELECT name, type FROM "t$refs" ORDER BY name')).toEqual([
      ['first', 'TAG'],
      ['main', 'BRANCH'],
      ['side', 'BRANCH'],
    ])
    expect(await lake.rows(`SELECT value FROM "t$properties" WHERE key = 'format-version'`)).toEqual([['2']])
    await lake.rows('CREATE TABLE nothing (x integer)')
    expect(await lake.rows('SELECT * FROM "nothing$snapshots"')).toEqual([])
  })

  it('is for who sees the whole table', async () => {
    await lake.rows('CREATE TABLE whole AS SELECT 1 AS id, true AS hidden')
    const kinds = 'snapshots history refs properties files partitions manifests all_manifests entries all_entries metadata_log_entries'
    await lake.rows("CREATE TABLE veiled AS SELECT 1 AS id, 'x' AS secret")
    for (const kind of kinds.split(' ')) {
      expect(await said(`SELECT * FROM "whole$${kind}"`)).toBe('served')
      expect(await said(`SELECT * FROM "whole$${kind}"`, 'carl')).toMatch(/^PERMISSION_DENIED/)
      expect(await said(`DESCRIBE "whole$${kind}"`, 'carl')).toMatch(/^PERMISSION_DENIED/)
      expect(await said(`SELECT count(*) FROM "veiled$${kind}"`, 'anna')).toMatch(/^PERMISSION_DENIED/)
      expect(await said(`SELECT * FROM "t$${kind}"`, 'gus')).toMatch(/^(PERMISSION_DENIED|TABLE_NOT_FOUND|SCHEMA_NOT_FOUND)/)
    }
    for (const column of ['$path', '$partition', '$file_modified_time']) {
      const refused = new RegExp(`^PERMISSION_DENIED: Access Denied: Cannot read \\${column} of iceberg\\.ns\\.`)
      expect(await said(`SELECT "${column}" FROM whole`, 'carl')).toMatch(refused)
      expect(await said(`SELECT count(*) FROM whole WHERE "${column}" IS NULL`, 'carl')).toMatch(refused)
      expect(await said(`SELECT (SELECT max("${column}") FROM veiled)`, 'anna')).toMatch(refused)
      expect(await said(`DELETE FROM whole WHERE "${column}" IS NULL`, 'carl')).toMatch(refused)
      expect(await said(`SELECT "${column}" FROM t`, 'gus')).toMatch(/^(PERMISSION_DENIED|TABLE_NOT_FOUND|SCHEMA_NOT_FOUND)/)
    }
    expect(await lake.rows('SELECT * FROM whole', 'carl')).toEqual([])
    expect(await lake.rows('SELECT count("$path") FROM whole')).toEqual([[1]])
    await lake.rows('CREATE VIEW placed SECURITY INVOKER AS SELECT "$path" AS p, id FROM whole')
    expect(await said('SELECT p FROM placed', 'carl')).toMatch(/^PERMISSION_DENIED/)
    expect(await said('SELECT * FROM "t$data"')).toMatch(/^TABLE_NOT_FOUND/)
    expect(await said('SELECT * FROM "nope$snapshots"')).toMatch(/^TABLE_NOT_FOUND/)
    expect(await said('SELECT * FROM "v$snapshots"')).toMatch(/^TABLE_NOT_FOUND/)
    expect(await said('INSERT INTO "t$refs" SELECT * FROM "t$refs"')).toMatch(/^TABLE_NOT_FOUND/)
    expect(await said('DROP TABLE "t$refs"')).toMatch(/^TABLE_NOT_FOUND/)
  })
})

describe('what the policy of now hides', () => {
  it('is refused under a row filter: rows are marked later than they are written', async () => {
    await lake.rows('CREATE TABLE h AS SELECT 1 AS id, true AS hidden UNION ALL SELECT 2, false')
    await lake.rows('INSERT INTO h VALUES (3, true)')
    const [first] = await past('h')
    const then = `SELECT id FROM h FOR VERSION AS OF ${first?.id}`
    await lake.rows('UPDATE h SET hidden = true WHERE id = 2')
    expect(await said(then, 'carl')).toMatch(/^PERMISSION_DENIED/)
    await lake.rows('ALTER TABLE h RENAME COLUMN hidden TO seen')
    expect(await said(then, 'carl')).toMatch(/^PERMISSION_DENIED/)
    await lake.rows('ALTER TABLE h RENAME COLUMN seen TO hidden')
    await lake.rows('ALTER TABLE h ADD COLUMN more integer')
    expect(await said(then, 'carl')).toMatch(/^PERMISSION_DENIED/)
    expect(await lake.rows(`${then} ORDER BY id`)).toEqual([[1], [2]])
  })

  it('includes columns that were renamed or dropped since, or got their names since', async () => {
    await lake.rows("CREATE TABLE m AS SELECT 1 AS id, 'x' AS secret, 'y' AS other")
    const [first] = await past('m')
    const then = (columns: string) => `SELECT ${columns} FROM m FOR VERSION AS OF ${first?.id}`
    expect(await lake.rows(then('*'), 'anna')).toEqual([[1, '***', 'y']])
    await lake.rows('ALTER TABLE m DROP COLUMN secret')
    expect(await lake.rows('SELECT * FROM m', 'anna')).toEqual([[1, 'y']])
    expect(await said(then('secret'), 'anna')).toMatch(/^PERMISSION_DENIED/)
    await lake.rows('ALTER TABLE m RENAME COLUMN other TO secret')
    expect(await said(then('other'), 'anna')).toMatch(/^PERMISSION_DENIED/)
    expect(await lake.rows(then('*'))).toEqual([[1, 'x', 'y']])
  })
})
