import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { createMemoryConnector } from '#parts/sql/connectors/memory/index'
import { ask, type Bench, numbers, openBench, startSql } from '#parts/sql/testing'
import { RESOURCE_KINDS } from '#runtime/policy'

const policy = createRolePolicy(
  {
    roleGrants: {
      engineer: { read: ['*.*'], write: ['memory.*'], clear: true },
      clerk: { read: ['*.*'] },
      scribe: { read: ['*.*'], write: ['memory.*'] },
      filtered: { read: ['*.*'], clear: true, filtered: true },
      owner: { all: true, clear: true },
      guest: { read: ['memory.other'] },
    },
    masks: { email: "'***'" },
    classified: [{ schemas: ['memory.default'], column: 'email', as: 'email' }],
    rowFilters: [{ schemas: ['memory.default'], column: 'hidden', filter: 'NOT {column}' }],
  },
  RESOURCE_KINDS,
)
const ROLES: ReadonlyMap<string, string> = new Map([
  ['ada', 'engineer'],
  ['olga', 'owner'],
  ['carl', 'clerk'],
  ['sue', 'scribe'],
  ['finn', 'filtered'],
  ['gus', 'guest'],
])
const LIMIT_BYTES = 200_000

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
let connector: ReturnType<typeof createMemoryConnector>
const folder = () => join(bench.root, 'memory')
const start = () => {
  const { engine } = bench
  connector = createMemoryConnector({ catalog: 'memory', folder: folder(), engine, authoriser: policy, limitBytes: LIMIT_BYTES })
  return startSql(bench, {
    authoriser: policy,
    connectors: { memory: connector },
    personNow: async (user) => ({ roles: [ROLES.get(user) ?? 'nobody'] }),
    ownerRoles: async (user) => [ROLES.get(user) ?? 'nobody'],
  })
}
const run = (text: string, user = 'olga', headers = {}) =>
  ask(sql.url, text, { 'x-trino-user': user, 'x-trino-catalog': 'memory', 'x-trino-schema': 'default', ...headers })
const rows = async (text: string, user?: string) => {
  const { rows, error } = await run(text, user)
  if (error) throw new Error(`${text}: ${error.errorName}: ${error.message}`)
  return rows
}
const told = async (text: string, user?: string) => {
  const { error, updateType, updateCount } = await run(text, user)
  return error ? `${error.errorName}: ${error.message}` : [updateType, updateCount]
}

/** What no table has any more is removed soon. */
const untilKept = (files: number) => expect.poll(() => readdirSync(folder()).length).toBe(files)

beforeAll(async () => {
  bench = await openBench()
  sql = await start()
}, 60_000)
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

describe('tables of memory', () => {
  it('are made, filled, read and emptied', async () => {
    expect((await rows('SHOW SCHEMAS')).flat()).toEqual(['default', 'information_schema'])
    expect(await told("CREATE TABLE t (a integer NOT NULL, b varchar(3) COMMENT 'x') COMMENT 'tc'")).toEqual(['CREATE TABLE', undefined])
    expect(await rows('SHOW CREATE TABLE t')).toEqual([
      ["CREATE TABLE memory.default.t (\n   a integer NOT NULL,\n   b varchar(3) COMMENT 'x'\n)\nCOMMENT 'tc'"],
    ])
    expect(await rows('SELECT * FROM t')).toEqual([])
    expect(await told("INSERT INTO t VALUES (1, 'abc'), (2, NULL)")).toEqual(['INSERT', 2])
    expect(await told('INSERT INTO t (a) SELECT a + 10 FROM t')).toEqual(['INSERT', 2])
    expect(await rows('SELECT * FROM t ORDER BY a')).toEqual([
      [1, 'abc'],
      [2, null],
      [11, null],
      [12, null],
    ])
    expect(await told('INSERT INTO t VALUES (NULL, NULL)')).toBe('CONSTRAINT_VIOLATION: NULL value not allowed for NOT NULL column: a')
    expect(await told("INSERT INTO t (b) VALUES ('x')")).toBe('CONSTRAINT_VIOLATION: NULL value not allowed for NOT NULL column: a')
    expect(await told("INSERT INTO t VALUES (1, 'abcd')")).toMatch(/^INVALID_CAST_ARGUMENT: Cannot truncate/)
    expect(await told('TRUNCATE TABLE t')).toEqual(['TRUNCATE TABLE', undefined])
    expect(await rows('SELECT count(*) FROM t')).toEqual([[0]])
    await untilKept(0)
    expect(await told('DROP TABLE t')).toEqual(['DROP TABLE', undefined])
    expect(await told('SELECT * FROM t')).toMatch(/^TABLE_NOT_FOUND/)
  })

  it('keep every type that they take, as it was', async () => {
    const values = `true AS t1, tinyint '1' AS t2, smallint '2' AS t3, 3 AS t4, bigint '4' AS t5, real '1.5' AS t6, 2.5e0 AS t7, decimal '1.50' AS t8, 'abc' AS t9,
      CAST('ab' AS char(4)) AS t10, x'00ff' AS t11, date '2020-02-29' AS t12, time '01:02:03.123456' AS t13, timestamp '2020-01-01 00:00:00.123456789' AS t14,
      uuid '12151fd2-7586-11e9-8f9e-2a86e4085a59' AS t15, json '{"a":1.50}' AS t16, ipaddress '::1' AS t17, array[1, NULL] AS t18,
      map(array['k'], array[array[2]]) AS t19, row(1, 'x') AS t20, CAST(row(1, 2) AS row(p integer, q bigint)) AS t21, nan() AS t22`
    await rows(`CREATE TABLE kinds AS SELECT ${values}`)
    const wanted = await run(`SELECT ${values}`)
    const kept = await run('SELECT * FROM kinds')
    expect([kept.error, kept.rows, kept.columns]).toEqual([undefined, wanted.rows, wanted.columns])
    expect(
      await rows("SELECT count(*) FROM kinds WHERE t16 = json '{\"a\":1.50}' AND t10 = CAST('ab' AS char(4)) AND t20 = row(1, 'x')"),
    ).toEqual([[1]])
    for (const [name, value] of [
      ['timestamp(3) with time zone', "timestamp '2020-01-01 00:00:00.000 Europe/Paris'"],
      ['interval day to second', "interval '1' day"],
      ['array(interval day to second)', "array[interval '1' day]"],
    ])
      expect(await told(`CREATE TABLE refused AS SELECT ${value} AS v`)).toBe(
        `NOT_SUPPORTED: type ${name} in a table of memory (column v) is not supported (cast it, for example to varchar)`,
      )
    expect(await told('CREATE TABLE refused (v timestamp(3) with time zone)')).toMatch(/^NOT_SUPPORTED/)
    expect(await told('ALTER TABLE kinds ADD COLUMN v time(9)')).toMatch(/^NOT_SUPPORTED/)
    await rows('DROP TABLE kinds')
  })

  it('are altered and renamed as far as Trino’s are', async () => {
    await rows('CREATE SCHEMA s')
    await rows('CREATE TABLE t (a integer, x row(p integer))')
    await rows('INSERT INTO t VALUES (1, NULL)')
    expect(await told('ALTER TABLE t ADD COLUMN k integer NOT NULL')).toBe(
      "NOT_SUPPORTED: Unable to add NOT NULL column 'k' for non-empty table: default.t",
    )
    expect(await told("ALTER TABLE t ADD COLUMN n varchar COMMENT 'nn'")).toEqual(['ADD COLUMN', undefined])
    expect(await told('ALTER TABLE t RENAME COLUMN a TO b')).toEqual(['RENAME COLUMN', undefined])
    expect(await told("INSERT INTO t VALUES (2, row(3), 'y')")).toEqual(['INSERT', 1])
    expect(await rows('SELECT b, n, x.p FROM t WHERE b > 0 ORDER BY b')).toEqual([
      [1, null, null],
      [2, 'y', 3],
    ])
    for (const [statement, what] of [
      ['ALTER TABLE t DROP COLUMN n', 'dropping columns'],
      ['ALTER TABLE t DROP COLUMN x.p', 'dropping fields'],
      ['ALTER TABLE t ADD COLUMN x.z integer', 'adding fields'],
      ['ALTER TABLE t RENAME COLUMN x.p TO pp', 'renaming fields'],
      ['ALTER TABLE t ADD COLUMN f integer FIRST', 'adding columns with FIRST clause'],
      ['ALTER TABLE t ADD COLUMN f integer AFTER b', 'adding columns with AFTER clause'],
      ['ALTER TABLE t ALTER COLUMN b SET DATA TYPE bigint', 'setting column types'],
      ['CREATE OR REPLACE TABLE t (a integer)', 'replacing tables'],
      ['CREATE OR REPLACE TABLE t AS SELECT 1 AS x', 'replacing tables'],
      ['DELETE FROM t WHERE b = 1', 'modifying table rows'],
      ['UPDATE t SET b = 1', 'modifying table rows'],
      ['MERGE INTO t USING (VALUES 1) AS s(v) ON b = v WHEN MATCHED THEN DELETE', 'modifying table rows'],
    ] as const)
      expect([statement, await told(statement)]).toEqual([statement, `NOT_SUPPORTED: This connector does not support ${what}`])
    expect(await told("CREATE TABLE w WITH (partitioning = ARRAY['x']) AS SELECT 1 AS x")).toBe(
      "INVALID_TABLE_PROPERTY: line 1:22: Catalog 'memory' table property 'partitioning' does not exist",
    )
    expect(await told('ALTER TABLE t RENAME TO s.u')).toEqual(['RENAME TABLE', undefined])
    expect(await rows('SELECT count(*) FROM s.u')).toEqual([[2]])
    expect(await told('DROP SCHEMA s')).toBe("SCHEMA_NOT_EMPTY: line 1:1: Cannot drop non-empty schema 's'")
    expect(await told('DROP SCHEMA s CASCADE')).toEqual(['DROP SCHEMA', undefined])
    await untilKept(0)
  })

  it('have one state in a statement, and lose no row of two that write at once', async () => {
    await rows('CREATE TABLE grows AS SELECT 1 AS x')
    const inserts = Array.from({ length: 6 }, (_, i) => told(`INSERT INTO grows SELECT ${i} FROM grows WHERE x = 1 LIMIT 1`))
    expect(await Promise.all(inserts)).toEqual(Array.from({ length: 6 }, () => ['INSERT', 1]))
    expect(await rows('SELECT count(*), (SELECT count(*) FROM grows) FROM grows')).toEqual([[7, 7]])
    const reading = rows('SELECT count(*) FROM grows')
    await rows('DROP TABLE grows')
    expect([[[7]], undefined]).toContainEqual(await reading.catch(() => undefined))
  })

  it('have no more room than is declared, and give it back', async () => {
    await rows("CREATE TABLE few AS SELECT 1 AS x, CAST('' AS varchar) AS v")
    const much = `SELECT x, to_hex(sha256(to_utf8(CAST(x AS varchar)))) AS v FROM ${numbers(1)}`
    const full = `MEMORY_LIMIT_EXCEEDED: Memory limit [${LIMIT_BYTES}] for memory connector exceeded`
    expect(await told(`CREATE TABLE big AS ${much}`)).toBe(full)
    expect(await told(`INSERT INTO few ${much}`)).toBe(full)
    expect(await told(`CREATE VIEW v AS SELECT '${'x'.repeat(LIMIT_BYTES)}' AS x`)).toBe(full)
    expect((await rows('SHOW TABLES')).flat()).toEqual(['few'])
    expect(await rows('SELECT count(*) FROM few')).toEqual([[1]])
    await untilKept(1)
    for (let i = 0; i < 3; i++) {
      expect(await told(`CREATE TABLE fits AS ${much} WHERE x <= 2000`)).toEqual(['CREATE TABLE', 2000])
      await rows('DROP TABLE fits')
    }
    await rows('DROP TABLE few')
  })
})

describe('views of memory', () => {
  it('are kept, read, replaced, commented, renamed and dropped', async () => {
    await rows('CREATE TABLE t AS SELECT 1 AS a, 2 AS b')
    expect(await told('CREATE VIEW v AS SELECT a, b FROM t')).toEqual(['CREATE VIEW', undefined])
    expect(await told('CREATE VIEW v AS SELECT 1 AS x')).toBe("TABLE_ALREADY_EXISTS: line 1:1: View already exists: 'memory.default.v'")
    await rows('CREATE OR REPLACE VIEW v SECURITY INVOKER AS SELECT a FROM t')
    await rows("COMMENT ON VIEW v IS 'vc'")
    await rows("COMMENT ON COLUMN v.a IS 'vcc'")
    expect((await rows('SHOW CREATE VIEW v')).flat()).toEqual([
      expect.stringMatching(/^CREATE VIEW memory.default.v COMMENT 'vc' SECURITY INVOKER AS\n/),
    ])
    expect(await rows('DESCRIBE v')).toEqual([['a', 'integer', '', 'vcc']])
    expect(await rows('SELECT * FROM v')).toEqual([[1]])
    await rows('ALTER VIEW v RENAME TO v2')
    expect(await told('CREATE VIEW t AS SELECT 1 AS x')).toMatch(/^TABLE_ALREADY_EXISTS/)
    expect(await told('CREATE TABLE v2 (x integer)')).toMatch(/^TABLE_ALREADY_EXISTS/)
    expect(await told('DROP TABLE v2')).toMatch(/^GENERIC_USER_ERROR.*Did you mean DROP VIEW memory.default.v2/)
    expect((await rows('SHOW TABLES')).flat()).toEqual(['t', 'v2'])
    await rows('DROP VIEW v2')
    await rows('DROP TABLE t')
  })
})

describe('the policy', () => {
  it('hides as much of a table tomorrow: who is shown a part of it moves it nowhere', async () => {
    await rows("CREATE TABLE mails AS SELECT 'a@b' AS email")
    await rows('CREATE SCHEMA open')
    for (const to of ['open.mails', 'post'])
      expect(await told(`ALTER TABLE mails RENAME TO ${to}`, 'sue')).toBe(
        'PERMISSION_DENIED: line 1:1: Access Denied: Cannot rename a table with a row filter or column masks',
      )
    expect(await rows('SELECT * FROM mails', 'sue')).toEqual([['***']])
    expect(await told('ALTER TABLE mails RENAME TO open.mails', 'ada')).toEqual(['RENAME TABLE', undefined])
    await rows('DROP TABLE open.mails')
    await rows('DROP SCHEMA open')
  })

  it('holds: grants, masks, filters, and the rights of a view’s owner', async () => {
    await rows("CREATE TABLE people AS SELECT * FROM (VALUES (1, 'a@b', false), (2, 'c@d', true)) AS p(id, email, hidden)", 'ada')
    expect(await rows('SELECT * FROM people ORDER BY id', 'carl')).toEqual([
      [1, '***', false],
      [2, '***', true],
    ])
    expect(await rows('SELECT id FROM people', 'finn')).toEqual([[1]])
    for (const statement of [
      'INSERT INTO people VALUES (3, NULL, false)',
      'DROP TABLE people',
      'TRUNCATE TABLE people',
      'CREATE TABLE mine (x integer)',
      'CREATE SCHEMA mine',
      'CREATE VIEW v AS SELECT 1 AS x',
      "COMMENT ON TABLE people IS 'x'",
    ])
      expect([statement, await told(statement, 'carl')]).toEqual([statement, expect.stringMatching(/^PERMISSION_DENIED/)])
    expect(await told('SELECT * FROM people', 'gus')).toMatch(/^(SCHEMA|TABLE)_NOT_FOUND|^PERMISSION_DENIED/)
    expect(await told('CREATE VIEW clear AS SELECT email FROM people', 'ada')).toEqual(['CREATE VIEW', undefined])
    expect(await rows('SELECT count(*) FROM clear', 'carl')).toEqual([[2]])
    expect(await rows("SELECT count(*) FROM clear WHERE email = 'a@b'", 'finn')).toEqual([[1]])
    await rows('DROP VIEW clear')
    await rows('DROP TABLE people')
  })
})

it('leaves nothing where the server ends, or did not come to it', async () => {
  await rows('CREATE TABLE gone AS SELECT 1 AS x')
  await sql.stop()
  expect(readdirSync(folder())).toHaveLength(1)
  sql = await start()
  expect(await rows('SHOW TABLES')).toEqual([])
  await untilKept(0)
  await rows('CREATE TABLE gone AS SELECT 1 AS x')
  await connector.close()
  expect(existsSync(folder())).toBe(false)
})
