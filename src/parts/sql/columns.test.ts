// Who reads some columns of a table: what Trino 476 answers with OPA, and nothing of the others by another way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { people, startViewBench, type ViewBench } from '#parts/sql/views-testing'

let bench: ViewBench
beforeAll(async () => {
  bench = await startViewBench()
  const ada = (statement: string) => bench.rows('ada', statement, IN_PART)
  await ada('CREATE TABLE t (id bigint, segment varchar, mail varchar, secret boolean, nest row(a bigint, b varchar))')
  await ada("INSERT INTO t VALUES (1, 'x', 'm@x', false, row(1,'q')), (2, 'y', 'n@x', true, row(2,'r'))")
  await ada('CREATE TABLE t2 (secret varchar, id bigint, mail varchar, segment varchar)')
  await ada("CREATE TABLE u AS SELECT 1 AS id, 'k' AS other")
  await ada('CREATE TABLE w (id bigint, mail varchar)')
  await ada('CREATE TABLE other AS SELECT 1 AS id')
  await ada('CREATE TABLE marked AS SELECT 1 AS id, true AS confidential')
  await ada('CREATE VIEW vi SECURITY INVOKER AS SELECT * FROM t')
  await ada('CREATE VIEW vd SECURITY DEFINER AS SELECT * FROM t')
  await ada('CREATE VIEW tv AS SELECT id, mail FROM t')
}, 120_000)
afterAll(() => bench?.close())

const IN_PART = { 'x-trino-schema': 'part' }
const told = async (user: string, statement: string) => {
  const { error, rows } = await bench.as(user, statement, IN_PART)
  return error ? `${error.errorName} ${error.message}` : rows
}
const select = (columns: string, table = 't') =>
  `PERMISSION_DENIED Access Denied: Cannot select from columns [${columns}] in table or view iceberg.part.${table}`
const WHOLE = select('mail, segment, id, secret, nest')

/** Answers of the real Trino 476, whose OPA let `id` and `segment` be selected of `t`, `t2` and `tv`. */
const ANSWERS: readonly (readonly [statement: string, answer: unknown])[] = [
  ['SELECT id FROM t', [[1], [2]]],
  ['SELECT id, mail FROM t', select('mail, id')],
  ['SELECT mail, id, secret FROM t', select('mail, id, secret')],
  ['SELECT * FROM t', WHOLE],
  ['SELECT t.* FROM t JOIN u USING (id)', WHOLE],
  ['SELECT count(*) FROM t', [[2]]],
  ['SELECT count(*) FROM t2', [[0]]],
  ['SELECT 1 FROM t', [[1], [1]]],
  ["SELECT id FROM t WHERE mail = 'x'", select('mail, id')],
  ['SELECT id FROM t ORDER BY secret', select('id, secret')],
  ['SELECT segment FROM t GROUP BY segment HAVING bool_or(secret)', select('segment, secret')],
  ['SELECT t.id FROM t JOIN u ON t.mail = u.other', select('mail, id')],
  ['SELECT id FROM (SELECT id, mail FROM t)', select('mail, id')],
  ['WITH w AS (SELECT * FROM t) SELECT id FROM w', WHOLE],
  ['WITH w AS (SELECT mail FROM t) SELECT 1', select('mail')],
  ['SELECT nest.a FROM t', select('nest')],
  ['SELECT nope, mail FROM t', "COLUMN_NOT_FOUND line 1:8: Column 'nope' cannot be resolved"],
  ['SELECT mail + 1 FROM t', 'TYPE_MISMATCH line 1:13: Cannot apply operator: varchar + integer'],
  ['SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE other = mail)', select('mail, id')],
  ["SELECT id FROM t WHERE id IN (SELECT id FROM t2 WHERE mail = 'x')", select('mail, id', 't2')],
  ['SELECT id FROM vi', WHOLE],
  ['SELECT id FROM vd', [[1], [2]]],
  ['SELECT id FROM tv', [[1], [2]]],
  ['SELECT mail FROM tv', select('mail', 'tv')],
  ['SELECT "$path" FROM t', select('$path')],
  ['EXPLAIN SELECT mail FROM t', select('mail')],
  ['EXPLAIN (TYPE VALIDATE) SELECT mail FROM t', select('mail')],
  ['SELECT a.id FROM t a JOIN t b USING (mail)', select('mail, id')],
  ['SELECT lead(id) OVER (ORDER BY mail) FROM t', select('mail, id')],
  ['SELECT row_number() OVER (PARTITION BY segment ORDER BY id) FROM t', [[1], [1]]],
  ['SELECT * FROM (SELECT id FROM t) JOIN (SELECT id, mail FROM t) USING (id)', select('mail, id')],
  ['SELECT u.id, t.mail FROM u LEFT JOIN t ON u.id = t.id', select('mail, id')],
  ['SELECT t.mail, t2.mail FROM t2, t', select('mail', 't2')],
  ['SELECT count(mail), count(DISTINCT segment) FROM t', select('mail, segment')],
  ['SELECT array_agg(id ORDER BY mail) FROM t', select('mail, id')],
  ['SELECT a.x FROM t CROSS JOIN UNNEST(ARRAY[mail]) AS a(x)', select('mail')],
  ['WITH RECURSIVE r(n) AS (SELECT id FROM t UNION ALL SELECT n + 1 FROM r WHERE n < 2) SELECT * FROM r', [[1], [2], [2]]],
  ['TABLE t', select('mail, $path, segment, $partition, id, secret, nest, $file_modified_time')],
  ['INSERT INTO w SELECT id, mail FROM t', select('mail, id')],
  ['MERGE INTO w USING t ON w.id = t.id WHEN MATCHED THEN UPDATE SET mail = t.mail', select('mail, id')],
  ['UPDATE w SET mail = (SELECT max(mail) FROM t)', select('mail')],
  ['DELETE FROM w WHERE id IN (SELECT id FROM t WHERE secret)', select('secret, id')],
  ['CREATE TABLE mine AS SELECT * FROM t', WHOLE],
  ['CREATE VIEW mine AS SELECT mail FROM t', select('mail')],
  ['CREATE TABLE mine (LIKE t)', 'PERMISSION_DENIED Access Denied: Cannot reference columns of table iceberg.part.t'],
  [
    'DESCRIBE t',
    [
      ['id', 'bigint', '', ''],
      ['segment', 'varchar', '', ''],
    ],
  ],
  [
    'SHOW COLUMNS FROM t',
    [
      ['id', 'bigint', '', ''],
      ['segment', 'varchar', '', ''],
    ],
  ],
  ['DESCRIBE tv', [['id', 'bigint', '', '']]],
  [
    "SELECT column_name, ordinal_position FROM information_schema.columns WHERE table_name = 't2'",
    [
      ['id', 1],
      ['segment', 2],
    ],
  ],
  [
    "SELECT column_name, ordinal_position FROM system.jdbc.columns WHERE table_name = 't2' AND table_schem = 'part' AND table_cat = 'iceberg'",
    [
      ['id', 1],
      ['segment', 2],
    ],
  ],
  ['SHOW CREATE TABLE t', 'PERMISSION_DENIED Access Denied: Cannot show create table for iceberg.part.t'],
  ['SHOW CREATE SCHEMA part', 'PERMISSION_DENIED Access Denied: Cannot show create schema for iceberg.part'],
  ['SHOW CREATE VIEW tv', 'PERMISSION_DENIED Access Denied: Cannot show create table for iceberg.part.tv'],
]

describe('somebody who may select some columns', () => {
  it.each(ANSWERS)('is told what Trino tells: %s', async (statement, answer) => {
    const said = await told('eve', statement)
    expect(Array.isArray(said) ? [...said].sort() : said).toEqual(Array.isArray(answer) ? [...answer].sort() : answer)
  })

  it('is told of a row filter over a column that is not his, as Trino does', async () => {
    expect(await told('filt', 'SELECT id FROM marked')).toBe(select('id, confidential', 'marked'))
  })

  it('sees nothing of what lies beside the rows, or was there before', async () => {
    for (const beside of ['files', 'partitions', 'entries', 'manifests'])
      expect(await told('eve', `SELECT * FROM "t$${beside}"`)).toMatch(
        /^PERMISSION_DENIED Access Denied: Cannot read .*may not be selected/,
      )
    expect(await told('eve', "SELECT view_definition FROM information_schema.views WHERE table_name = 'tv'")).toEqual([[null]])
    const [[snapshot]] = (await told(
      'ada',
      'SELECT CAST(snapshot_id AS varchar) FROM "t$snapshots" ORDER BY committed_at DESC LIMIT 1',
    )) as [[unknown]]
    expect(await told('eve', `SELECT id FROM t FOR VERSION AS OF ${snapshot}`)).toEqual([[1], [2]])
    expect(await told('eve', `SELECT mail FROM t FOR VERSION AS OF ${snapshot}`)).toBe(select('mail'))
  })

  it('sees the tables that are his, and his schema by its name', async () => {
    expect(await told('eve', 'SHOW TABLES')).toEqual([['t'], ['t2'], ['tv'], ['u'], ['vd'], ['vi'], ['w']])
    expect(await told('eve', 'SHOW SCHEMAS')).toEqual([['information_schema'], ['part']])
    expect(await told('eve', 'SELECT * FROM other')).toMatch(/^TABLE_NOT_FOUND/)
    expect(await told('eve', 'SELECT * FROM secret.people')).toMatch(/^SCHEMA_NOT_FOUND/)
  })

  it('makes, changes and drops the table that is his to write, and no other', async () => {
    expect(await told('eve', 'CREATE TABLE mine AS SELECT id FROM t')).toEqual([[2]])
    expect(await told('eve', 'INSERT INTO mine VALUES 3')).toEqual([[1]])
    expect(await told('eve', 'CREATE TABLE another (id bigint)')).toMatch(/^PERMISSION_DENIED/)
    expect(await told('eve', 'ALTER TABLE mine RENAME TO another')).toMatch(/^PERMISSION_DENIED/)
    expect(await told('eve', 'DROP TABLE mine')).toEqual([])
    expect(await told('eve', 'DROP TABLE u')).toMatch(/^PERMISSION_DENIED/)
  })

  it('lends by a view of his own what he may select now, which is told as Trino does', async () => {
    people.set('eve', ['engineer'])
    await told('eve', 'CREATE VIEW vy AS SELECT mail FROM t')
    try {
      expect(await told('ada', 'SELECT 1 FROM vy')).toEqual([[1], [1]])
      people.set('eve', ['clerk'])
      const text = "View owner does not have sufficient privileges: View owner 'eve' cannot create view that selects from iceberg.part.t"
      for (const statement of ['SELECT * FROM vy', 'SELECT 1 FROM vy'])
        expect(await told('ada', statement)).toBe(`PERMISSION_DENIED Access Denied: ${text}`)
    } finally {
      people.set('eve', ['clerk'])
      await told('ada', 'DROP VIEW vy')
    }
  })
})
