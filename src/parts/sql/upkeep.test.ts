// ALTER TABLE EXECUTE: fewer files with the same rows, what is too old is gone, what somebody needs is there; pyiceberg reads before and after.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestLake, type TestLake } from '#parts/sql/lake-testing'
import { send } from '#parts/storage/fixture'

let lake: TestLake
beforeAll(async () => {
  lake = await startTestLake(
    {
      roleGrants: {
        engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true },
        clerk: { read: ['iceberg.*'], write: ['iceberg.*'], filtered: true, clear: true },
        blurred: { read: ['iceberg.*'], write: ['iceberg.*'] },
        reader: { read: ['iceberg.*'], clear: true },
      },
      masks: { blank: 'NULL' },
      classified: [{ schemas: ['iceberg.ns'], column: 'secret', as: 'blank' }],
      rowFilters: [{ schemas: ['iceberg.ns'], column: 'hidden', filter: 'NOT {column}' }],
    },
    (user) => ({ ada: ['engineer'], carl: ['clerk'], bob: ['blurred'], rita: ['reader'] })[user] ?? [],
  )
}, 120_000)
afterAll(() => lake?.stop())

const NO_AGE = 'iceberg.expire_snapshots_min_retention=0s,iceberg.remove_orphan_files_min_retention=0s'
const said = async (sql: string, user?: string, session?: string) => {
  const { error, updateType } = await lake.ask(sql, user, session)
  return error ? `${error.errorName}: ${error.message}` : updateType
}
const run = async (sql: string, session?: string) => expect([sql, await said(sql, 'ada', session)]).toEqual([sql, 'ALTER TABLE EXECUTE'])
const count = async (of: string) => Number((await lake.rows(`SELECT count(*) FROM ${of}`))[0]?.[0])
const files = (table: string, content = 0) => count(`"${table}$files" WHERE content = ${content}`)
const operations = async (table: string) => (await lake.rows(`SELECT operation FROM "${table}$snapshots" ORDER BY committed_at`)).flat()
const newest = async (table: string) =>
  String((await lake.rows(`SELECT CAST(snapshot_id AS varchar) FROM "${table}$snapshots" ORDER BY committed_at DESC LIMIT 1`))[0]?.[0])
/** All rows as pyiceberg reads them, of a snapshot. */
const theirs = (table: string, snapshot = 'None') =>
  lake.pyiceberg(`t = c.load_table('ns.${table}').scan(snapshot_id=${snapshot}).to_arrow()\nprint(sorted(map(str, t.to_pylist())))`)
const fill = async (table: string, times: number) => {
  for (let i = 0; i < times; i++) await lake.rows(`INSERT INTO ${table} VALUES (${i}, 'row ${i}')`)
}

describe('optimize', () => {
  it('makes one file of many, without the rows that were deleted, and the old snapshot stays what it was', async () => {
    await lake.rows('CREATE TABLE many (id integer, name varchar)')
    for (let i = 0; i < 8; i++) await lake.rows(`INSERT INTO many VALUES (${i}, 'row ${i}'), (${i + 10}, 'more')`)
    await lake.rows('DELETE FROM many WHERE id = 3 OR id > 9')
    await lake.rows("UPDATE many SET name = 'new' WHERE id = 5")
    const [before, old] = [await theirs('many'), await newest('many')]
    expect([await files('many'), await files('many', 1)]).toEqual([8, expect.toSatisfy((n: number) => n > 0)])
    await run('ALTER TABLE many EXECUTE optimize')
    expect([await files('many'), await files('many', 1)]).toEqual([1, 0])
    expect(await theirs('many')).toBe(before)
    expect(await theirs('many', old)).toBe(before)
    expect(await lake.rows('SELECT * FROM many ORDER BY id')).toEqual(
      [0, 1, 2, 4, 5, 6, 7].map((id) => [id, id === 5 ? 'new' : `row ${id}`]),
    )
    expect((await operations('many')).at(-1)).toBe('replace')
    expect(await lake.rows(`SELECT count(*) FROM many FOR VERSION AS OF ${old}`)).toEqual([[7]])
  })

  it('does nothing where nothing would be better', async () => {
    const before = await newest('many')
    await run('ALTER TABLE many EXECUTE optimize')
    expect(await newest('many')).toBe(before)
    await lake.rows('CREATE TABLE nothing (id integer)')
    for (const procedure of ['optimize', 'optimize_manifests', 'expire_snapshots', 'remove_orphan_files'])
      await run(`ALTER TABLE nothing EXECUTE ${procedure}`)
    expect(await count('"nothing$snapshots"')).toBe(0)
  })

  it('leaves files that are large enough, and each partition to itself', async () => {
    await lake.rows("CREATE TABLE parts (id integer, name varchar) WITH (partitioning = ARRAY['name'])")
    for (let i = 0; i < 3; i++) await lake.rows(`INSERT INTO parts VALUES (${i}, 'a'), (${i}, 'b'), (${i}, 'c')`)
    await lake.rows("DELETE FROM parts WHERE name = 'c' AND id > 0")
    const before = await theirs('parts')
    await run("ALTER TABLE parts EXECUTE optimize(file_size_threshold => '1B')")
    expect(await files('parts')).toBe(7)
    await run("ALTER TABLE parts EXECUTE optimize(file_size_threshold => '10MB')")
    expect(await lake.rows('SELECT partition.name, file_count, record_count FROM "parts$partitions" ORDER BY 1')).toEqual([
      ['a', 1, 3],
      ['b', 1, 3],
      ['c', 1, 1],
    ])
    expect(await theirs('parts')).toBe(before)
  })

  it('keeps within the size that the table wants, and within what the session allows', async () => {
    await lake.rows('CREATE TABLE sized (id integer, name varchar)')
    await fill('sized', 6)
    const size = Number((await lake.rows('SELECT max(file_size_in_bytes) FROM "sized$files"'))[0]?.[0])
    await lake.pyiceberg(
      `t = c.load_table('ns.sized')\nwith t.transaction() as x: x.set_properties({'write.target-file-size-bytes': '${size * 2 + 10}'})`,
    )
    const before = await theirs('sized')
    await run('ALTER TABLE sized EXECUTE optimize', `iceberg.optimize_max_bytes=${size * 2}B`)
    expect(await files('sized')).toBe(5)
    await run('ALTER TABLE sized EXECUTE optimize')
    expect(await files('sized')).toBeLessThanOrEqual(4)
    expect(await theirs('sized')).toBe(before)
  })

  it('holds against rows that come meanwhile, and is given up for rows that go', async () => {
    await lake.rows('CREATE TABLE raced (id integer, name varchar)')
    await fill('raced', 4)
    const between = async (sql: string) => {
      let first = true
      lake.commit = async (pass) => {
        if (first) {
          first = false
          await lake.rows(sql)
        }
        return pass()
      }
      try {
        return await said('ALTER TABLE raced EXECUTE optimize')
      } finally {
        lake.commit = (pass) => pass()
      }
    }
    expect(await between("INSERT INTO raced VALUES (9, 'late')")).toBe('ALTER TABLE EXECUTE')
    expect(await files('raced')).toBe(2)
    expect(await lake.rows('SELECT id FROM raced ORDER BY 1')).toEqual([[0], [1], [2], [3], [9]])
    expect(await between('DELETE FROM raced WHERE id = 2')).toMatch(/^TRANSACTION_CONFLICT/)
    expect(await lake.rows('SELECT id FROM raced ORDER BY 1')).toEqual([[0], [1], [3], [9]])
    const stored = (await lake.stored()).filter((key) => key.includes('/raced-'))
    await run('ALTER TABLE raced EXECUTE optimize')
    expect(await lake.rows('SELECT id FROM raced ORDER BY 1')).toEqual([[0], [1], [3], [9]])
    expect(await theirs('raced')).toContain('late')
    expect(await lake.unsettled()).toBe(0)
    expect(stored.length).toBeGreaterThan(0)
  })
})

describe('files that another program wrote', () => {
  const TYPES = `
import pyarrow as pa, datetime as d, decimal, uuid
from pyiceberg.schema import Schema
from pyiceberg.types import *
`
  it('are written anew with every value as it was, under the partitioning of now', async () => {
    await lake.pyiceberg(`${TYPES}
t = c.create_table('ns.foreign', Schema(
  NestedField(1, 'b', BooleanType()), NestedField(2, 'i', IntegerType(), required=True), NestedField(3, 'l', LongType()), NestedField(4, 'f', FloatType()),
  NestedField(5, 'x', DoubleType()), NestedField(6, 'm', DecimalType(20, 4)), NestedField(7, 'day', DateType()), NestedField(8, 't', TimeType()),
  NestedField(9, 'ts', TimestampType()), NestedField(10, 'tz', TimestamptzType()), NestedField(11, 's', StringType()), NestedField(12, 'bin', BinaryType()),
  NestedField(13, 'r', StructType(NestedField(14, 'a', IntegerType()), NestedField(15, 'z', ListType(16, StringType(), element_required=False)))),
  NestedField(17, 'mp', MapType(18, StringType(), 19, LongType(), value_required=False))))
schema = t.schema().as_arrow()
far = d.datetime(9999, 12, 31, 23, 59, 59, 999999)
for i in range(4):
  t.append(pa.Table.from_pylist([
    dict(b=True, i=4*i, l=2**62+i, f=0.1, x=float('nan'), m=decimal.Decimal('-1234567890123456.7891'), day=d.date(1, 1, 1), t=d.time(23, 59, 59, 999999), ts=far,
         tz=d.datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=d.timezone.utc), s='ü€😀 \\u0001', bin=b'\\x00\\xff', r=dict(a=i, z=['x', None, '']), mp=[('k', 1), ('n', None)]),
    dict(b=False, i=4*i+1, f=float('-inf'), x=-0.0, s='', bin=b'', r=dict(a=None, z=[]), mp=[]),
    dict(i=4*i+2, r=None, mp=None)], schema=schema))`)
    const whole = "print(c.load_table('ns.foreign').scan().to_arrow().sort_by('i').to_pylist())"
    const [before, counted] = [await lake.pyiceberg(whole), await lake.rows('SELECT count(*), count(s), max(l), max(ts) FROM "foreign"')]
    await lake.rows(`ALTER TABLE "foreign" SET PROPERTIES partitioning = ARRAY['bucket(i, 2)']`)
    await lake.rows('INSERT INTO "foreign" (i) VALUES (100), (101), (102), (103)')
    await lake.rows('DELETE FROM "foreign" WHERE i > 99')
    await run('ALTER TABLE "foreign" EXECUTE optimize')
    expect(await lake.pyiceberg(whole)).toBe(before)
    expect(await lake.rows('SELECT count(*), count(s), max(l), max(ts) FROM "foreign"')).toEqual(counted)
    const specs = await lake.rows('SELECT DISTINCT spec_id FROM "foreign$files"')
    expect([specs, await files('foreign')]).toEqual([[[1]], 2])
    expect(await lake.rows('SELECT i, "$partition" FROM "foreign" WHERE i < 2 ORDER BY i')).toEqual([
      [0, expect.stringMatching(/^i_bucket=[01]$/)],
      [1, expect.stringMatching(/^i_bucket=[01]$/)],
    ])
  })

  it('stay as they are, and are not read, where their writer had another name for a nested field', async () => {
    await lake.pyiceberg(`${TYPES}
t = c.create_table('ns.spaced', Schema(NestedField(1, 'i', IntegerType()), NestedField(2, 's', StructType(NestedField(3, 'a', IntegerType()), NestedField(4, 'first name', StringType())))))
for i in range(6): t.append(pa.Table.from_pylist([{'i': i, 's': {'a': i, 'first name': 'x'}}], schema=t.schema().as_arrow()))`)
    const before = await theirs('spaced')
    for (const statement of ['ALTER TABLE spaced EXECUTE optimize', 'SELECT s FROM spaced', 'UPDATE spaced SET i = 7 WHERE i = 1'])
      expect(await said(statement)).toMatch(/^NOT_SUPPORTED: reading \d data files that have other names for s\.first name/)
    expect(await lake.rows('SELECT call FROM "spaced$maintenance" WHERE call = \'optimize\'')).toEqual([])
    expect([await theirs('spaced'), await count('spaced WHERE i > 3')]).toEqual([before, 2])
    await lake.rows('CREATE TABLE respaced (i integer, s ROW(a integer, "first name" varchar))')
    for (const i of [1, 2]) await lake.rows(`INSERT INTO respaced VALUES (${i}, ROW(${i}, 'x'))`)
    await run('ALTER TABLE respaced EXECUTE optimize')
    expect(await lake.rows('SELECT s FROM respaced ORDER BY i')).toEqual([[[1, 'x']], [[2, 'x']]])
  })

  it('stay as they are where a column is of a type that would not be written as it was', async () => {
    await lake.pyiceberg(`${TYPES}
t = c.create_table('ns.fixed', Schema(NestedField(1, 'i', IntegerType()), NestedField(2, 'x', FixedType(4))))
for i in range(6): t.append(pa.Table.from_pylist([dict(i=i, x=b'abcd')], schema=t.schema().as_arrow()))`)
    expect(await said('ALTER TABLE "fixed" EXECUTE optimize')).toMatch(/^NOT_SUPPORTED: .*whose column x is of type fixed\[4\]/)
    expect(await lake.rows('SELECT call FROM "fixed$maintenance"')).toEqual([])
    await lake.rows('CREATE TABLE first (id integer, name varchar) WITH (format_version = 1)')
    await fill('first', 6)
    for (const procedure of ['optimize', 'optimize_manifests'])
      expect(await said(`ALTER TABLE first EXECUTE ${procedure}`)).toMatch(/^NOT_SUPPORTED: .*which is of format version 1/)
    expect(await lake.rows('SELECT call FROM "first$maintenance"')).toEqual([])
    await run("ALTER TABLE first EXECUTE expire_snapshots(retention_threshold => '0s')", NO_AGE)
    expect([await count('first'), await count('"first$snapshots"')]).toEqual([6, 1])
    await lake.rows('CREATE TABLE mapped (id integer, name varchar)')
    await fill('mapped', 6)
    expect(await count('"mapped$maintenance" WHERE call = \'optimize\'')).toBe(1)
    await lake.pyiceberg(
      `t = c.load_table('ns.mapped')\nwith t.transaction() as x: x.set_properties({'schema.name-mapping.default': t.schema().name_mapping.model_dump_json()})`,
    )
    expect(await count('"mapped$maintenance" WHERE call = \'optimize\'')).toBe(0)
    await run('ALTER TABLE mapped EXECUTE optimize')
    expect([await files('mapped'), await count('mapped')]).toEqual([1, 6])
  })
})

describe('optimize_manifests', () => {
  it('makes one manifest of many; no file comes or goes', async () => {
    await lake.rows("CREATE TABLE lists (id integer, name varchar) WITH (partitioning = ARRAY['name'])")
    await fill('lists', 6)
    await lake.rows('DELETE FROM lists WHERE id = 1')
    const [before, rows] = [await files('lists'), await theirs('lists')]
    await run('ALTER TABLE lists EXECUTE optimize_manifests')
    expect(await count('"lists$manifests" WHERE added_data_files_count + existing_data_files_count > 0')).toBe(1)
    expect([await files('lists'), (await operations('lists')).at(-1)]).toEqual([before, 'replace'])
    expect(await theirs('lists')).toBe(rows)
    const snapshot = await newest('lists')
    await run('ALTER TABLE lists EXECUTE optimize_manifests')
    expect(await newest('lists')).toBe(snapshot)
    await lake.rows("INSERT INTO lists VALUES (7, 'x')")
    await lake.rows('UPDATE lists SET id = 8 WHERE id = 7')
    expect(await lake.rows('SELECT id FROM lists ORDER BY 1')).toEqual([[0], [2], [3], [4], [5], [8]])
  })
})

describe('expire_snapshots', () => {
  const stored = async (table: string) => (await lake.stored()).filter((key) => key.includes(`/${table}-`))

  it('removes what only old snapshots name, and nothing that is younger than it may be', async () => {
    await lake.rows('CREATE TABLE old (id integer, name varchar)')
    await fill('old', 4)
    await run('ALTER TABLE old EXECUTE optimize')
    const before = await theirs('old')
    await run('ALTER TABLE old EXECUTE expire_snapshots')
    expect(await count('"old$snapshots"')).toBe(5)
    expect(await said("ALTER TABLE old EXECUTE expire_snapshots(retention_threshold => '6d')")).toBe(
      'INVALID_PROCEDURE_ARGUMENT: Retention specified (6.00d) is shorter than the minimum retention configured in the system (7.00d). Minimum retention can be changed with iceberg.expire-snapshots.min-retention configuration property or iceberg.expire_snapshots_min_retention session property',
    )
    await run("ALTER TABLE old EXECUTE expire_snapshots(retention_threshold => '0s')", NO_AGE)
    expect(await count('"old$snapshots"')).toBe(1)
    expect((await stored('old')).filter((key) => key.endsWith('.parquet'))).toHaveLength(1)
    // The list of the snapshot, its manifest of one file, and the manifest that says which files went.
    expect((await stored('old')).filter((key) => key.endsWith('.avro')).length).toBeLessThanOrEqual(6)
    expect(await theirs('old')).toBe(before)
  })

  it('keeps branches and tags, and as many as the table wants', async () => {
    await lake.rows('CREATE TABLE named (id integer, name varchar)')
    await fill('named', 3)
    const tagged = await newest('named')
    const rows = await theirs('named')
    await lake.pyiceberg(`c.load_table('ns.named').manage_snapshots().create_tag(${tagged}, 'keep').commit()`)
    await lake.rows('DELETE FROM named')
    await fill('named', 4)
    await lake.pyiceberg(
      "t = c.load_table('ns.named')\nwith t.transaction() as x: x.set_properties({'history.expire.min-snapshots-to-keep': '2'})",
    )
    await run("ALTER TABLE named EXECUTE expire_snapshots(retention_threshold => '0s')", NO_AGE)
    expect(await count('"named$snapshots"')).toBe(3)
    expect(await theirs('named', tagged)).toBe(rows)
    expect((await lake.rows("SELECT * FROM named FOR VERSION AS OF 'keep' ORDER BY 1")).length).toBe(3)
  })

  it('does not lose a tag that comes meanwhile', async () => {
    await lake.rows('CREATE TABLE late (id integer, name varchar)')
    await fill('late', 3)
    const [first] = (await lake.rows('SELECT CAST(snapshot_id AS varchar) FROM "late$snapshots" ORDER BY committed_at LIMIT 1')) as [
      [string],
    ]
    let once = true
    lake.commit = async (pass) => {
      if (once) {
        once = false
        await lake.pyiceberg(`c.load_table('ns.late').manage_snapshots().create_tag(${first[0]}, 'late').commit()`)
      }
      return pass()
    }
    try {
      await run("ALTER TABLE late EXECUTE expire_snapshots(retention_threshold => '0s')", NO_AGE)
    } finally {
      lake.commit = (pass) => pass()
    }
    expect(await lake.rows('SELECT name FROM "late$refs" ORDER BY 1')).toEqual([['late'], ['main']])
    expect(await lake.rows("SELECT id FROM late FOR VERSION AS OF 'late'")).toEqual([[0]])
    expect(await count('"late$snapshots"')).toBe(2)
  })

  it('removes nothing of a table whose files may be shared', async () => {
    await lake.pyiceberg("t = c.load_table('ns.late')\nwith t.transaction() as x: x.set_properties({'gc.enabled': 'false'})")
    for (const procedure of ['expire_snapshots', 'remove_orphan_files'])
      expect(await said(`ALTER TABLE late EXECUTE ${procedure}(retention_threshold => '0s')`, 'ada', NO_AGE)).toMatch(
        /^NOT_SUPPORTED: Cannot .*: GC is disabled/,
      )
  })
})

describe('remove_orphan_files', () => {
  it('removes old files that the table does not name, of its own folder only', async () => {
    await lake.rows('CREATE TABLE stray (id integer, name varchar)')
    await fill('stray', 3)
    await lake.rows('DELETE FROM stray WHERE id = 1')
    const [file] = (await lake.rows('SELECT file_path FROM "stray$files" LIMIT 1')) as [[string]]
    const folder = file[0].replace('s3://lake', '').replace(/\/data\/.*/, '')
    const stray = [`/lake${folder}/data/stray.parquet`, `/lake${folder}/metadata/stray.avro`, `/lake${folder}-beside/data/x.parquet`]
    for (const path of stray) await send(lake.storage.endpoint, { method: 'PUT', path, body: 'x' })
    const status = () => Promise.all(stray.map(async (path) => (await send(lake.storage.endpoint, { path })).status))
    const [before, keys] = [await theirs('stray'), (await lake.stored()).length]
    await run('ALTER TABLE stray EXECUTE remove_orphan_files')
    expect(await status()).toEqual([200, 200, 200])
    await run("ALTER TABLE stray EXECUTE remove_orphan_files(retention_threshold => '0s')", NO_AGE)
    expect(await status()).toEqual([404, 404, 200])
    expect((await lake.stored()).length).toBe(keys - 2)
    expect(await theirs('stray')).toBe(before)
    // Every snapshot can still be read.
    const counts = 'print([t.scan(snapshot_id=s.snapshot_id).to_arrow().num_rows for s in t.snapshots()])'
    expect(await lake.pyiceberg(`t = c.load_table('ns.stray')\n${counts}`)).toBe('[1, 2, 3, 2]')
  })

  it('removes no file that the table names in another spelling of its place', async () => {
    await lake.rows('CREATE TABLE spelled (id integer, name varchar)')
    const write = `
import pyarrow as pa, pyarrow.parquet as pq
t = c.load_table('ns.spelled')
for scheme in ['s3a', 's3n']:
    path = t.location().replace('s3:', scheme + ':') + f'/data/{scheme}.parquet'
    with t.io.new_output(path).create() as f:
        pq.write_table(pa.table({'id': pa.array([7], pa.int32()), 'name': [scheme]}), f)
    t.add_files([path])
t.io.new_output(t.location() + '/data/left.parquet').create().close()`
    await lake.pyiceberg(write)
    const before = await theirs('spelled')
    expect(before).toContain('s3n')
    await run("ALTER TABLE spelled EXECUTE remove_orphan_files(retention_threshold => '0s')", NO_AGE)
    expect(await theirs('spelled')).toBe(before)
    const left = async () => (await lake.stored()).flatMap((key) => /\/spelled-.*\/data\/(.*)/.exec(key)?.[1] ?? []).sort()
    expect(await left()).toEqual(['s3a.parquet', 's3n.parquet'])
    await lake.pyiceberg("c.load_table('ns.spelled').delete()")
    await run("ALTER TABLE spelled EXECUTE expire_snapshots(retention_threshold => '0s')", NO_AGE)
    await run("ALTER TABLE spelled EXECUTE remove_orphan_files(retention_threshold => '0s')", NO_AGE)
    expect(await left()).toEqual([])
  })
})

describe('what is not there, not served or not allowed', () => {
  beforeAll(async () => {
    await lake.rows('CREATE TABLE t AS SELECT 1 AS id')
    await lake.rows('CREATE TABLE marked AS SELECT 1 AS id, true AS hidden')
    await lake.rows("CREATE TABLE private AS SELECT 1 AS id, 'x' AS secret")
    await lake.rows('CREATE VIEW v AS SELECT id FROM t')
  })

  /** What Trino 476 said of the same statements, word for word; but for the last two, which it serves. */
  it.each([
    ['ALTER TABLE none EXECUTE optimize', "TABLE_NOT_FOUND: line 1:7: Table 'iceberg.ns.none' does not exist"],
    ['ALTER TABLE none.t EXECUTE optimize', "TABLE_NOT_FOUND: line 1:7: Table 'iceberg.none.t' does not exist"],
    ['ALTER TABLE nocat.ns.t EXECUTE optimize', "TABLE_NOT_FOUND: line 1:7: Table 'nocat.ns.t' does not exist"],
    ['ALTER TABLE v EXECUTE optimize', 'NOT_SUPPORTED: line 1:1: ALTER TABLE EXECUTE is not supported for views'],
    [
      'ALTER TABLE IF EXISTS t EXECUTE optimize',
      "SYNTAX_ERROR: line 1:25: mismatched input 'EXECUTE'. Expecting: '.', 'ADD', 'ALTER', 'DROP', 'RENAME'",
    ],
    ['ALTER TABLE t EXECUTE Nope', 'PROCEDURE_NOT_FOUND: Table procedure not registered: NOPE'],
    ['ALTER TABLE t EXECUTE "Optimize"', 'PROCEDURE_NOT_FOUND: Table procedure not registered: Optimize'],
    ['ALTER TABLE t EXECUTE "constructor"', 'PROCEDURE_NOT_FOUND: Table procedure not registered: constructor'],
    [
      "ALTER TABLE t EXECUTE optimize(size => '1B')",
      "INVALID_PROCEDURE_ARGUMENT: line 1:32: Catalog 'iceberg' table procedure 'OPTIMIZE' property 'size' does not exist",
    ],
    [
      "ALTER TABLE t EXECUTE optimize(file_size_threshold => '1 apple')",
      "INVALID_PROCEDURE_ARGUMENT: line 1:32: Unable to set catalog 'iceberg' table procedure 'OPTIMIZE' property 'file_size_threshold' to ['1 apple']: Unknown unit: apple",
    ],
    [
      'ALTER TABLE t EXECUTE optimize(file_size_threshold => 10)',
      "INVALID_PROCEDURE_ARGUMENT: line 1:32: Invalid value for catalog 'iceberg' table procedure 'OPTIMIZE' property 'file_size_threshold': Cannot convert [10] to varchar",
    ],
    [
      'ALTER TABLE t EXECUTE optimize(file_size_threshold => NULL)',
      "INVALID_PROCEDURE_ARGUMENT: line 1:32: Invalid null value for catalog 'iceberg' table procedure 'OPTIMIZE' property 'file_size_threshold' from [null]",
    ],
    ["ALTER TABLE t EXECUTE optimize('1B', '2B')", 'INVALID_ARGUMENTS: line 1:1: Too many positional arguments'],
    [
      "ALTER TABLE t EXECUTE optimize(file_size_threshold => '1B', file_size_threshold => '2B')",
      'DUPLICATE_PROPERTY: line 1:61: Duplicate named argument: file_size_threshold',
    ],
    [
      "ALTER TABLE t EXECUTE optimize(file_size_threshold => '1B', '2B')",
      'INVALID_ARGUMENTS: line 1:1: Named and positional arguments cannot be mixed',
    ],
    [
      "ALTER TABLE t EXECUTE optimize_manifests(a => '1')",
      "INVALID_PROCEDURE_ARGUMENT: line 1:42: Catalog 'iceberg' table procedure 'OPTIMIZE_MANIFESTS' property 'a' does not exist",
    ],
    [
      "ALTER TABLE t EXECUTE expire_snapshots(retention_threshold => '1w')",
      "INVALID_PROCEDURE_ARGUMENT: line 1:40: Unable to set catalog 'iceberg' table procedure 'EXPIRE_SNAPSHOTS' property 'retention_threshold' to ['1w']: Unknown time unit: w",
    ],
    [
      "ALTER TABLE t EXECUTE expire_snapshots(retention_threshold => '0s')",
      'INVALID_PROCEDURE_ARGUMENT: Retention specified (0.00s) is shorter than the minimum retention configured in the system (7.00d). Minimum retention can be changed with iceberg.expire-snapshots.min-retention configuration property or iceberg.expire_snapshots_min_retention session property',
    ],
    [
      "ALTER TABLE t EXECUTE remove_orphan_files(retention_threshold => '6d')",
      'INVALID_PROCEDURE_ARGUMENT: Retention specified (6.00d) is shorter than the minimum retention configured in the system (7.00d). Minimum retention can be changed with iceberg.remove-orphan-files.min-retention configuration property or iceberg.remove_orphan_files_min_retention session property',
    ],
    ['ALTER TABLE t EXECUTE expire_snapshots WHERE id = 1', 'NOT_SUPPORTED: line 1:1: WHERE not supported for procedure EXPIRE_SNAPSHOTS'],
    ['ALTER TABLE t EXECUTE optimize WHERE id = 1', 'NOT_SUPPORTED: line 1:41: WHERE in ALTER TABLE EXECUTE optimize is not served here'],
    [
      "ALTER TABLE t EXECUTE optimize(file_size_threshold => '10' || 'MB')",
      'NOT_SUPPORTED: line 1:60: an argument of a procedure that is not a literal is not served here',
    ],
  ])('%s', async (statement, expected) => {
    expect(await said(statement)).toBe(expected)
  })

  it('is answered with a column and no row', async () => {
    const { columns, rows, updateType } = await lake.ask("ALTER TABLE t EXECUTE OPTIMIZE('1B')")
    expect([columns.map((c) => [c.name, c.type]), rows, updateType]).toEqual([[['rows', 'bigint']], [], 'ALTER TABLE EXECUTE'])
  })

  it('looks at what the session says', async () => {
    expect(await said('ALTER TABLE t EXECUTE expire_snapshots', 'ada', 'iceberg.expire_snapshots_min_retention=x')).toBe(
      "INVALID_SESSION_PROPERTY: Session property 'iceberg.expire_snapshots_min_retention' is invalid: duration is not a valid data duration string: x",
    )
  })

  it('is asked of the policy', async () => {
    for (const procedure of ['optimize', 'optimize_manifests', 'expire_snapshots', 'remove_orphan_files']) {
      expect(await said(`ALTER TABLE t EXECUTE ${procedure}`, 'rita')).toMatch(/^PERMISSION_DENIED/)
      expect(await said(`ALTER TABLE marked EXECUTE ${procedure}`, 'carl')).toBe(
        'NOT_SUPPORTED: line 1:1: ALTER TABLE EXECUTE is not supported for table with row filter',
      )
      expect(await said(`ALTER TABLE private EXECUTE ${procedure}`, 'bob')).toBe(
        'NOT_SUPPORTED: line 1:1: ALTER TABLE EXECUTE is not supported for table with column masks',
      )
    }
  })
})
