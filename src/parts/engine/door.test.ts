// What the engine refuses by itself, asked at its own socket: it must hold even if the SQL that reaches it was not made by the dialect.
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { QueryFailed, StatementRefused } from '#parts/engine/errors'
import { allRows, startTempEngine, type TempEngine } from '#test/support/engine'
import type { ParquetOutput } from '#wire/engine/protocol'

let engine: TempEngine
/** Of the one who asks; of another query of hers; of somebody else. */
let own: string
let earlier: string
let other: string
/** The object whose hard link was leased to her. */
let object: string

beforeAll(async () => {
  engine = await startTempEngine()
  own = engine.spool('q1', 'ana')
  earlier = engine.spool('q0', 'ana')
  other = engine.spool('q2', 'bob')
  object = join(engine.root, 'object')
  writeFileSync(object, 'a\n1\n')
  for (const spool of [own, earlier, other]) {
    mkdirSync(join(spool, 'leases'))
    linkSync(object, join(spool, 'leases', '1.csv'))
  }
})
afterAll(() => engine.stop())

const rows = (sql: string, spool = own) => allRows(engine.client, spool, sql)
const write = (sql: string, output: ParquetOutput, spool = own) => engine.client.run({ queryId: 'q', spool, sql, output }).done
const csv = (path: string) => `select * from read_csv('${path}', header = true, auto_detect = false, columns = {'a': 'BIGINT'})`
/** The same query, which runs in a process of its owner's: its text is long. */
const long = (sql: string) => `/*${'x'.repeat(64 * 1024)}*/ ${sql}`
/** Without a spool, as the query of this person; the body is as it is given. */
async function asOwner(owner: unknown, sql: string): Promise<void> {
  await engine.client.run({ queryId: 'q', spool: '', owner: owner as string, sql, output: 'rows' }).done
}
/** The refusal's text; fails when the statement was accepted, or failed for another reason. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    (value) => ({ accepted: value }),
    (thrown: unknown) => thrown,
  )
  expect(StatementRefused.is(error) ? 'refused' : error).toBe('refused')
  return (error as Error).message
}
let folders = 0
const output = (): ParquetOutput => ({ folder: `w${folders++}`, fieldIds: [{ name: 'a', id: 1 }] })

it('what the other cases try to reach is there, and reached in the right way', async () => {
  expect(await rows(csv(`${own}/leases/1.csv`))).toEqual([[1]])
  expect(await rows(csv(`${other}/leases/1.csv`), other)).toEqual([[1]])
  for (const sql of ['select 1 a', long('select 1 a')]) {
    const target = output()
    expect(await write(sql, target)).toEqual({ rows: 1 })
    expect(existsSync(join(own, 'out', target.folder, '0.parquet'))).toBe(true)
  }
  expect(await rows(long(csv(`${own}/leases/1.csv`)))).toEqual([[1]])
  expect((await engine.client.health()).processes).toBe(1)
})

describe('files of others', () => {
  const places: [string, () => string][] = [
    ["another person's spool", () => `${other}/leases/1.csv`],
    ['an earlier query of the same person', () => `${earlier}/leases/1.csv`],
    ['a way up', () => `${own}/../../bob/q2/leases/1.csv`],
    ['a pattern over all spools', () => `${engine.root}/spool/*/*/leases/1.csv`],
    ['a pattern in the own spool', () => `${own}/leases/*.csv`],
    ['the object store', () => object],
    ['the pipes of the engine', () => `${engine.root}/work/pipes/0/rows-0`],
    ['a file of the system', () => '/etc/hostname'],
    ['a plain name', () => 'x.csv'],
    ['a device', () => '/dev/null'],
    ['an address', () => 'https://localhost:1/x.csv'],
  ]
  it.each(places)('%s is not read', async (_what, path) => {
    await refusal(rows(csv(path())))
  })
  it.each(places)('%s is not read by a query without a spool', async (_what, path) => {
    await refusal(rows(csv(path()), ''))
  })
  it.each(places)("%s is not read in a process of its owner's", async (_what, path) => {
    await refusal(rows(long(csv(path()))))
    await refusal(asOwner('bob', long(csv(path()))))
  })
  it.each([
    ['glob', (s: string) => `select * from glob('${s}/*')`],
    ['read_text', (s: string) => `select * from read_text('${s}/leases/1.csv')`],
    ['read_blob', (s: string) => `select * from read_blob('${s}/leases/1.csv')`],
    ['a path as a table', (s: string) => `select * from '${s}/leases/1.csv'`],
    ['a path in a list', (s: string) => `select * from read_parquet(['${own}/x.parquet', '${s}/../x.parquet'])`],
    ['a path that is computed', (s: string) => `select * from read_parquet('${own}/../' || '${s}')`],
    ['a path by another table function', (s: string) => `select * from sniff_csv('${s}/leases/1.csv')`],
    ['an option that keeps a table', (s: string) => csv(`${s}/leases/1.csv`).replace('header', 'store_rejects')],
  ])('%s: neither of the own spool nor of another', async (_what, sql) => {
    for (const spool of [own, other]) for (const text of [sql(spool), long(sql(spool))]) await refusal(rows(text))
  })
})

describe('the count of rows that a reader is told', () => {
  const counted = (path: string, count: string) => `select a from read_parquet('${path}', explicit_cardinality = ${count})`
  it('is a whole number, and changes no answer', async () => {
    const target = output()
    await write('select range a from range(3)', target)
    const path = join(own, 'out', target.folder, '0.parquet')
    for (const count of ['1', '3', '90000000000']) expect(await rows(counted(path, count))).toEqual([[0], [1], [2]])
  })
  it.each([
    ['text', "'3'"],
    ['NULL', 'null'],
    ['a decimal', '3.5'],
    ['a sum', '1 + 2'],
    ['a query', '(select 3)'],
    ['a truth', 'true'],
  ])('is not %s', async (_what, count) => {
    expect(await refusal(rows(counted(`${own}/leases/1.csv`, count)))).toContain('no whole number')
  })
})

describe('a spool', () => {
  it.each([
    ['of a tenant, not of a query', () => `${engine.root}/spool/ana`],
    ['the root', () => `${engine.root}/spool`],
    ['outside of the root', () => '/tmp/a/b'],
    ['by a way up', () => `${engine.root}/spool/ana/..`],
    ['with a way up inside', () => `${engine.root}/spool/bob/../ana/q1`],
    ['deeper than a query', () => `${own}/leases`],
    ['with an empty step', () => `${engine.root}/spool//ana`],
    ['with a dot', () => `${engine.root}/spool/./q1`],
  ])('%s is none', async (_what, spool) => {
    await refusal(rows('select 1', spool()))
  })
})

describe('an owner', () => {
  it.each([
    ['nobody', ''],
    ['a path', '../bob'],
    ['a folder', 'bob/q2'],
    ['the root', '/'],
    ['dots', '..'],
    ['the instance of all', '.shared'],
    ['a space of a process', 'bob.0'],
    ['NUL', 'ana\0'],
    ['a line', 'ana\n'],
    ['half a character', '\ud800'],
    ['what is no ASCII', 'ané'],
    ['a long name', 'a'.repeat(129)],
    ['no text', { toString: 'ana' }],
    ['null', null],
  ])('%s is none', async (_what, owner) => {
    await refusal(asOwner(owner, 'select 1 a'))
    await refusal(asOwner(owner, long('select 1 a')))
  })
  it("is nobody's key: neither its name nor that of another opens a file", async () => {
    for (const owner of ['ana', 'bob', '__proto__', 'a'.repeat(128)]) {
      await asOwner(owner, long('select 1 a'))
      for (const spool of [own, other]) await refusal(asOwner(owner, long(csv(`${spool}/leases/1.csv`))))
    }
  })
  it('of another name opens no more than the spool that is asked with', async () => {
    const ask = (sql: string) => engine.client.run({ queryId: 'q', spool: own, owner: 'bob', sql: long(sql), output: 'rows' }).done
    await ask(csv(`${own}/leases/1.csv`))
    await refusal(ask(csv(`${other}/leases/1.csv`)))
  })
})

const STATEMENTS: [string, string][] = [
  ['CREATE TABLE', 'create table t(a int)'],
  ['CREATE TABLE AS', 'create table t as select 1 a'],
  ['a temporary table', 'create temp table t as select 1 a'],
  ['CREATE VIEW', 'create view v as select 1 a'],
  ['CREATE MACRO', 'create macro m() as 1'],
  ['a macro in place of a function', 'create or replace macro substr(a, b) as a'],
  ['CREATE SCHEMA', 'create schema s'],
  ['CREATE TYPE', "create type t as enum ('a')"],
  ['CREATE SEQUENCE', 'create sequence s'],
  ['CREATE SECRET', "create secret s (type http, bearer_token 'x')"],
  ['DROP', 'drop table if exists t'],
  ['INSERT', 'insert into t values (1)'],
  ['UPDATE', 'update t set a = 1'],
  ['DELETE', 'delete from t'],
  ['SET', 'set threads = 1'],
  ['SET of what is allowed within', 'set enable_progress_bar = false'],
  ['SET VARIABLE', 'set variable x = 1'],
  ['RESET', 'reset threads'],
  ['PRAGMA', 'pragma version'],
  ['ATTACH', "attach ':memory:' as x"],
  ['DETACH', 'detach x'],
  ['USE', 'use memory'],
  ['INSTALL', 'install httpfs'],
  ['LOAD', 'load httpfs'],
  ['CALL', 'call duckdb_settings()'],
  ['COPY TO', "copy (select 1 a) to '/tmp/akko-outside.csv'"],
  ['COPY FROM', "copy t from '/etc/hostname'"],
  ['EXPORT', "export database '/tmp/akko-outside'"],
  ['IMPORT', "import database '/tmp/akko-outside'"],
  ['EXPLAIN', 'explain select 1'],
  ['EXPLAIN ANALYZE', 'explain analyze select 1'],
  ['DESCRIBE', 'describe select 1'],
  ['SHOW', 'show tables'],
  ['SUMMARIZE', 'summarize select 1 a'],
  ['PREPARE', 'prepare p as select 1'],
  ['EXECUTE', 'execute p'],
  ['BEGIN', 'begin'],
  ['CHECKPOINT', 'checkpoint'],
  ['VACUUM', 'vacuum'],
  ['PIVOT', 'pivot (select 1 a, 2 b) on a using sum(b)'],
  ['PIVOT within', 'select * from (pivot (select 1 a, 2 b) on a in (1) using sum(b))'],
  ['two queries', 'select 1 a; select 2 a'],
  ['a query and SET', 'select 1 a; set threads = 1'],
  ['a comment between', 'select 1 a /* ; */ ; -- \n create macro m() as 1'],
  ['nothing', ''],
  ['only a comment', '-- nothing'],
  ['a parameter', 'select $1 a'],
  ['NUL', 'select 1 a\0'],
]
const SETTINGS: [string, string][] = [
  ['settings', 'select * from duckdb_settings()'],
  ['settings as a view', 'select * from duckdb_settings'],
  [
    'settings where a name of a query does not reach',
    'select * from duckdb_settings, (with duckdb_settings as (select 1 a) select * from duckdb_settings) x',
  ],
  ['settings in the name of itself', 'with duckdb_settings as (select * from duckdb_settings) select * from duckdb_settings'],
  ['settings before the name is given', 'with x as (select * from duckdb_settings), duckdb_settings as (select 1 a) select * from x'],
  [
    'settings by recursion',
    'with recursive duckdb_settings as (select * from duckdb_settings union all select * from duckdb_settings) select 1 a',
  ],
  ['settings by schema', 'with duckdb_settings as (select 1 a) select * from main.duckdb_settings'],
  ['one setting', "select current_setting('temp_directory') a"],
  ['secrets', 'select * from duckdb_secrets()'],
  ['tables', 'select * from information_schema.tables'],
  ['tables of others', 'select * from duckdb_tables()'],
  ["PostgreSQL's catalogue", 'select * from pg_catalog.pg_class'],
  ["SQLite's catalogue", 'select * from sqlite_master'],
  ['a variable', "select getvariable('x') a"],
  ['the text of the query', 'select current_query() a'],
  ['SQL from text', "select * from query('select 1 a')"],
  ['a table by name', "select * from query_table('t')"],
  ['SQL of a tree', 'select json_deserialize_sql(\'{"statements":[]}\')'],
  ['SQL of a tree that is read', 'select JSON_Deserialize_SQL(x) from (values (1)) t(x)'],
  ['SQL from a tree', "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))"],
  ['logs', 'select * from duckdb_logs'],
  ['memory', 'select * from duckdb_memory()'],
  ['the version', 'select version() a'],
  ['a pragma as a function', 'select * from pragma_version()'],
  ['the seed of random', 'select setseed(0.5) a'],
  ['sleep', 'select sleep_ms(1) a'],
  ['a log entry', "select write_log('x') a"],
  ['a function by schema', 'select pg_catalog.pg_my_temp_schema() a'],
  ['a function of a good name in another schema', 'select pg_catalog.abs(-1) a'],
  ['a table function of a good name in another schema', 'select * from pg_catalog.range(3)'],
  ['a reader of a good name in another schema', "select * from pg_catalog.read_csv('{own}/leases/1.csv')"],
  ['in a subquery', 'select (select max(name) from duckdb_settings()) a'],
  ['in a condition', "select 1 a where exists (select 1 from duckdb_settings() where value = 'x')"],
  ['in an order', 'select 1 a order by (select count(*) from duckdb_settings())'],
  ['in a window', 'select sum(1) over (order by (select count(*) from duckdb_settings())) a'],
  ['in a filter', "select count(*) filter (where current_setting('threads') > '0') a"],
  ['in a lambda', "select list_transform([1], lambda x: current_setting('threads')) a"],
  ['in a join', "select 1 a from range(1) x join range(1) y on current_setting('threads') > '0'"],
  ['in VALUES', "values (current_setting('threads'))"],
  ['in a UNION', 'select 1 a union all select count(*) from duckdb_settings()'],
  ['in an argument of a table function', 'select * from range((select count(*) from duckdb_settings()))'],
  ['in the option of a reader', "select * from read_csv('{own}/leases/1.csv', header = (current_setting('threads') = '2'))"],
  ['in a CASE', "select case when true then current_setting('threads') end a"],
  ['in a cast', "select cast(current_setting('threads') as int) a"],
  ['between constants', "values ('{', 1, current_setting('threads'), 2, '}')"],
  [
    'beside a text that looks like a constant',
    `select '{"class":"CONSTANT","type":"VALUE_CONSTANT","value":{"type":{"id":"INTEGER"},"is_null":false,"value":1}}' a, current_setting('threads') b`,
  ],
  ['in LIMIT', 'select 1 a limit (select count(*) from duckdb_settings())'],
  ['in a sort of an aggregate', "select list(1 order by current_setting('threads')) a"],
]

describe.each([
  ['rows', (sql: string) => rows(sql)],
  ['rows without a spool', (sql: string) => rows(sql, '')],
  ['files', (sql: string) => write(sql, output())],
  ["rows in a process of its owner's", (sql: string) => rows(long(sql))],
  ["rows without a spool in a process of its owner's", (sql: string) => asOwner('ana', long(sql))],
  ["files in a process of its owner's", (sql: string) => write(long(sql), output())],
  ['a description', (sql: string) => engine.client.describe(sql)],
])('asked for %s, it refuses', (_way, ask) => {
  it.each([...STATEMENTS, ...SETTINGS])('%s', async (_what, sql) => {
    await refusal(ask(sql.replace('{own}', own)))
  })
  it('a query that closes what is put around it', async () => {
    const error = await ask("select 1 a) to '/tmp/akko-outside.csv' (format csv); --").catch((thrown: unknown) => thrown)
    expect(QueryFailed.is(error) && error.values.type).toBe('Parser')
  })
})

describe('writing', () => {
  it.each([
    ['a folder that exists', () => ({ ...output(), folder: 'w0' })],
    ['the leases', () => ({ ...output(), folder: '../leases' })],
    ['a path', () => ({ ...output(), folder: `${own}/leases` })],
    ['the folder itself', () => ({ ...output(), folder: '.' })],
    ['no name', () => ({ ...output(), folder: '' })],
    ['a field id that is text', () => ({ ...output(), fieldIds: [{ name: 'a', id: '1}, X' as unknown as number }] })],
  ])('%s is refused', async (_what, target) => {
    await refusal(write('select 1 a', target()))
    await refusal(write(long('select 1 a'), target()))
  })
  it('the old form, a statement of its own, is not known', async () => {
    await refusal(write('select 1 a', 'none' as never))
    await refusal(write('select 1 a', { ...output(), path: '/tmp/akko-outside' } as never))
  })
  it('needs a spool that was opened', async () => {
    await refusal(write('select 1 a', output(), ''))
    await refusal(write('select 1 a', output(), `${engine.root}/spool/ana/never-opened`))
  })
  it('does not follow a link in the place of its folder', async () => {
    const spool = engine.spool('linked', 'ana')
    symlinkSync(join(own, 'leases'), join(spool, 'out'))
    for (const sql of ['select 1 a', long('select 1 a')]) await refusal(write(sql, output(), spool))
  })
  it('names and partitions cannot leave their place in the COPY', async () => {
    const target = { ...output(), fieldIds: [{ name: `a": 1}, "x`, id: 7 }], partitionBy: ['b") , (x'] }
    const name = (text: string) => `"${text.replaceAll('"', '""')}"`
    const sql = `select 1 ${name(`a": 1}, "x`)}, 2 ${name('b") , (x')}`
    expect(await write(sql, target)).toEqual({ rows: 1 })
    expect(readdirSync(join(own, 'out', target.folder)).length).toBe(1)
  })
})

describe('after all of this', () => {
  it('nothing was left behind for another connection', async () => {
    const sql = "select substr('abc', 2) a"
    const answers = await Promise.all([sql, long(sql)].flatMap((text) => Array.from({ length: 6 }, () => rows(text))))
    expect(answers.map((a) => a[0])).toEqual(Array.from({ length: 12 }, () => ['bc']))
  })
  it('the leased object is as it was', () => {
    expect(readFileSync(object, 'utf8')).toBe('a\n1\n')
    expect(statSync(object).nlink).toBe(4)
    expect(existsSync('/tmp/akko-outside.csv') || existsSync('/tmp/akko-outside')).toBe(false)
  })
})
