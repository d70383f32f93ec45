import { mkdirSync, readdirSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser, Caller } from '#kit/access'
import { AccessDenied } from '#kit/errors'
import { SourceFailed } from '#parts/sql/connectors/errors'
import { createPostgresConnector } from '#parts/sql/connectors/postgresql/index'
import { whereClause } from '#parts/sql/connectors/postgresql/pushdown'
import { mapType } from '#parts/sql/connectors/postgresql/types'
import { HOSTILE } from '#parts/sql/dialect/test-words'
import { type Connector, MAX_STATEMENT, type Pushdown, type QueryContext } from '#parts/sql/ports'
import { allRows, startTempEngine, type TempEngine } from '#test/support/engine'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'
import { print, type Sql } from '#wire/duckdb/sql'

let server: TempPostgres
let engine: TempEngine
let pool: pg.Pool
let admin: pg.Pool
let connector: Connector
const caller: Caller = { sub: 'ada', roles: [], via: 'bearer', requestId: 'r' }
const stranger: Caller = { ...caller, sub: 'eve' }
const authoriser: Authoriser = { decide: async (who) => ({ allow: who.sub === 'ada' }) }

const text = (fragment: Sql) => print(fragment, { maxLength: MAX_STATEMENT })

const SETUP = `
  CREATE TYPE mood AS ENUM ('ok', 'bad');
  CREATE DOMAIN cents AS bigint;
  CREATE TABLE kinds (
    b bool, s int2, i int4 NOT NULL, l int8, f float4, d float8, n numeric(12,2), nn numeric, t text, v varchar(9), c char(4),
    dt date, tm time, ts timestamp, ts3 timestamp(3), tz timestamptz, u uuid, j jsonb, y bytea, a int[], ta text[], m mood, x cents, iv interval);
  COMMENT ON COLUMN kinds.t IS 'a text';
  INSERT INTO kinds VALUES
    (true, 1, 2, 9007199254740993, 0.1, 'NaN', 12.30, 1.234567890123456789, '', 'x', 'ab', '2020-02-03', '01:02:03.5', '2020-02-03 04:05:06.123456',
     '2020-02-03 04:05:06.123', '2020-02-03 04:05:06+02', '0b0e7a4e-0b0e-4a4e-8b0e-0b0e7a4e0b0e', '{"k": [1, "a\\"b"]}', '\\x00ff', '{1,NULL,3}',
     '{"a,b","c\\"d"}', 'bad', 7, '1 day'),
    (false, -1, 3, NULL, NULL, '-Infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (NULL, 0, 4, 0, 0, 0, 0, 0, E'line\\n"quoted", \\\\N ''x'' é😀', '\\N', '', '1999-12-31', '00:00', '1999-12-31', '1999-12-31', '1999-12-31', NULL, 'null', '', '{}', '{}', 'ok', 0, '0');
  CREATE TABLE many AS SELECT g AS id, 'name ' || g AS name, (g % 100)::numeric(8,2) AS amount FROM generate_series(1, 200000) g;
  CREATE VIEW bad AS SELECT 100 / (50000 - id) AS q FROM many;
  CREATE VIEW slow AS SELECT id, name FROM many WHERE id < 2000 OR pg_sleep(1)::text IS NOT NULL;
  CREATE TABLE secret (x int);
  CREATE SCHEMA hidden; CREATE TABLE hidden.t (x int);
  CREATE TYPE person AS (full_name text, "E-Mail" text); CREATE DOMAIN somebody AS person; CREATE TYPE household AS (size int, members person[]);
  CREATE TABLE people (id int, one person, many person[], domain somebody, home household, line secret, label text, tags text[]);
  INSERT INTO people VALUES (1, ROW('Real Person', 'real@x.example'));
  CREATE ROLE reader LOGIN PASSWORD 'reader';
  GRANT SELECT ON people, kinds, many, bad, slow TO reader;`

beforeAll(async () => {
  ;[server, engine] = await Promise.all([startTempPostgres(), startTempEngine()])
  admin = new pg.Pool({ connectionString: server.url('postgres') })
  await admin.query(SETUP)
  pool = new pg.Pool({ connectionString: server.url('postgres', 'reader', 'reader') })
  for (const p of [pool, admin]) p.on('error', () => {})
  connector = createPostgresConnector({ catalog: 'banking', pool, authoriser })
})
afterAll(async () => {
  await pool.end()
  await admin.end()
  await Promise.all([server.stop(), engine.stop()])
})

let made = 0
function context(): QueryContext & { abort(): void } {
  const spool = engine.spool(`q${made++}`)
  const controller = new AbortController()
  return { queryId: 'q', caller, spool, signal: controller.signal, over: controller.signal, abort: () => controller.abort() }
}

/** The whole life of a scan, in the order that the query runner keeps. */
async function read(
  table: string,
  columns: string[],
  predicates: Pushdown[] = [],
  around = (relation: string) => `SELECT * FROM ${relation}`,
) {
  const c = context()
  const scan = await connector.scan(c, { schema: 'public', table, columns, predicates })
  const feed = scan.feed?.()
  const info = await connector.table(caller, 'public', table)
  const types = columns.map((name) => info?.columns.find((x) => x.name === name)?.type ?? 'varchar')
  try {
    const rows = await allRows(engine.client, c.spool, around(text(scan.relation)), around('x') === 'SELECT * FROM x' ? types : undefined)
    await scan.close()
    await feed
    return { rows, bytes: scan.scannedBytes() }
  } finally {
    await scan.close()
    expect(readdirSync(c.spool)).toEqual([])
  }
}

describe('what there is', () => {
  it('lists what the service role may read and the caller may know of', async () => {
    expect(await connector.listSchemas(caller)).toEqual(['public'])
    expect((await connector.listTables(caller, 'public')).map((t) => `${t.name} ${t.kind}`)).toEqual([
      'bad view',
      'kinds table',
      'many table',
      'people table',
      'slow view',
    ])
    expect(await connector.table(caller, 'public', 'secret')).toBeUndefined()
  })
  it('a stranger learns nothing', async () => {
    expect(await connector.listSchemas(stranger)).toEqual([])
    expect(await connector.listTables(stranger, 'public')).toEqual([])
    expect(await connector.table(stranger, 'public', 'kinds')).toBeUndefined()
    const denied = connector.scan({ ...context(), caller: stranger }, { schema: 'public', table: 'kinds', columns: ['i'], predicates: [] })
    await expect(denied).rejects.toSatisfy(AccessDenied.is)
  })
  it('types are those of Trino', async () => {
    const info = await connector.table(caller, 'public', 'kinds')
    expect(Object.fromEntries((info?.columns ?? []).map((c) => [c.name, c.type]))).toEqual({
      b: 'boolean',
      s: 'smallint',
      i: 'integer',
      l: 'bigint',
      f: 'real',
      d: 'double',
      n: 'decimal(12,2)',
      nn: 'varchar',
      t: 'varchar',
      v: 'varchar(9)',
      c: 'char(4)',
      dt: 'date',
      tm: 'time(6)',
      ts: 'timestamp(6)',
      ts3: 'timestamp(3)',
      tz: 'timestamp(6) with time zone',
      u: 'uuid',
      j: 'json',
      y: 'varbinary',
      a: 'array(integer)',
      ta: 'array(varchar)',
      m: 'varchar',
      x: 'bigint',
      iv: 'varchar',
    })
    expect(info?.columns.find((c) => c.name === 'i')?.nullable).toBe(false)
    expect(info?.columns.find((c) => c.name === 't')?.comment).toBe('a text')
  })
})

describe('composite values', () => {
  it('tell the names of what they hold, at any depth', async () => {
    const info = await connector.table(caller, 'public', 'people')
    const person = ['E-Mail', 'full_name']
    expect(Object.fromEntries((info?.columns ?? []).map((c) => [c.name, c.nested && [...c.nested].sort()]))).toEqual({
      id: undefined,
      one: person,
      many: person,
      domain: person,
      home: [...person, 'members', 'size'],
      line: ['x'],
      label: undefined,
      tags: undefined,
    })
  })
})

describe('rows', () => {
  it('every type arrives as it is', async () => {
    const columns = ((await connector.table(caller, 'public', 'kinds'))?.columns ?? []).map((c) => c.name)
    const { rows } = await read('kinds', columns)
    const bigint = 9007199254740993n
    expect(rows[0]).toEqual([
      ...[true, 1, 2, Number(bigint), 0.1, 'NaN', '12.30', '1.234567890123456789', '', 'x', 'ab  ', '2020-02-03', '01:02:03.500000'],
      ...[
        '2020-02-03 04:05:06.123456',
        '2020-02-03 04:05:06.123',
        '2020-02-03 02:05:06.000000 UTC',
        '0b0e7a4e-0b0e-4a4e-8b0e-0b0e7a4e0b0e',
      ],
      ...['{"k":[1,"a\\"b"]}', 'AP8=', [1, null, 3], ['a,b', 'c"d'], 'bad', 7, '1 day'],
    ])
    expect(rows[1]?.slice(0, 9)).toEqual([false, -1, 3, null, null, '-Infinity', null, null, null])
    expect(rows[2]?.[8]).toBe('line\n"quoted", \\N \'x\' é😀')
    expect(rows[2]?.[9]).toBe('\\N')
    expect([rows[2]?.[17], rows[2]?.[18], rows[2]?.[19], rows[2]?.[20]]).toEqual(['null', '', [], []])
  })

  it('moments before the year 1 are not taken for those after it, nor for none', async () => {
    await admin.query(`CREATE TABLE ancient (id int, d date, t timestamp, z timestamptz); GRANT SELECT ON ancient TO reader;
      INSERT INTO ancient VALUES (1, '0044-03-15 BC', '0044-03-15 10:00:00.5 BC', '0044-03-15 10:00:00+00 BC'),
        (2, '0001-01-01', '0001-01-01', '0001-01-01 00:00:00+00'), (3, '-infinity', '-infinity', '-infinity'), (4, NULL, NULL, NULL)`)
    const { rows } = await read('ancient', ['id', 'd', 't', 'z'], [], (r) => {
      const known = `d = DATE '0044-03-15 (BC)', t = TIMESTAMP '0044-03-15 (BC) 10:00:00.5', z = TIMESTAMPTZ '0044-03-15 (BC) 10:00:00+00'`
      return `SELECT id, ${known}, ${['d', 't', 'z'].map((c) => `${c} < TIMESTAMP '0001-01-01'`).join(', ')} FROM ${r} ORDER BY id`
    })
    expect(rows).toEqual([
      [1, true, true, true, true, true, true],
      [2, false, false, false, false, false, false],
      [3, false, false, false, true, true, true],
      [4, null, null, null, null, null, null],
    ])
  })

  it('reads only what is asked for, and counts the bytes', async () => {
    const all = await read('many', ['id', 'name'], [], (r) => `SELECT count(*), sum(id) FROM ${r}`)
    expect(all.rows).toEqual([[200_000, '20000100000']])
    const few = await read(
      'many',
      ['id'],
      [{ column: 'id', op: '>', values: [199_990] }],
      (r) => `SELECT count(*) FROM ${r} WHERE id > 199990`,
    )
    expect(few.rows).toEqual([[10]])
    expect(few.bytes).toBe(70)
    expect(all.bytes).toBeGreaterThan(1_000_000)
  })

  it('two sources in one join', async () => {
    const c = context()
    const scans = await Promise.all(
      ['id', 'name'].map((column) => connector.scan(c, { schema: 'public', table: 'many', columns: ['id', column], predicates: [] })),
    )
    const feeds = scans.map((s) => s.feed?.())
    const sql = `SELECT count(*) FROM ${text(scans[0]?.relation as Sql)} a JOIN ${text(scans[1]?.relation as Sql)} b USING (id)`
    expect(await allRows(engine.client, c.spool, sql)).toEqual([[200_000]])
    for (const scan of scans) await scan.close()
    await Promise.all(feeds)
  })

  it('a limit ends the feed early and leaves no session behind', async () => {
    const { rows } = await read('many', ['id'], [], (r) => `SELECT id FROM ${r} LIMIT 3`)
    expect(rows.length).toBe(3)
    const busy = await admin.query("SELECT count(*)::int n FROM pg_stat_activity WHERE usename = 'reader' AND state <> 'idle'")
    expect(busy.rows[0].n).toBe(0)
  })

  it('a scan that the engine never opens ends too', async () => {
    const { rows } = await read('many', ['id'], [], (r) => `SELECT id FROM ${r} WHERE false`)
    expect(rows).toEqual([])
  })

  it('a source that fails in the middle fails the query, though the engine saw an end', async () => {
    await expect(read('bad', ['q'])).rejects.toSatisfy(SourceFailed.is)
  })

  it('a server that goes away fails the query, and nothing else', async () => {
    const c = context()
    const scan = await connector.scan(c, { schema: 'public', table: 'slow', columns: ['id', 'name'], predicates: [] })
    const feed = scan.feed?.() as Promise<void>
    const run = engine.client.run({
      queryId: 'q',
      spool: c.spool,
      sql: `SELECT a.id, name FROM ${text(scan.relation)} a, range(100000)`,
      output: 'rows',
    })
    await expect.poll(() => scan.scannedBytes()).toBeGreaterThan(0)
    const failed = expect(feed).rejects.toSatisfy(SourceFailed.is)
    await admin.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'reader'")
    await failed
    await run.cancel()
    await scan.close()
    expect((await read('many', ['id'], [], (r) => `SELECT count(*) FROM ${r}`)).rows).toEqual([[200_000]])
  })

  it('an abort at whatever moment frees the server and the engine', async () => {
    for (let n = 0; n < 30; n++) {
      const c = context()
      const scan = await connector.scan(c, { schema: 'public', table: 'many', columns: ['id'], predicates: [] })
      const feed = scan.feed?.()
      const run = engine.client.run({
        queryId: 'q',
        spool: c.spool,
        sql: `SELECT a.id FROM ${text(scan.relation)} a, range(100000)`,
        output: 'rows',
      })
      await run.columns
      for (let turn = 0; turn < n; turn++) await new Promise((r) => setImmediate(r))
      c.abort()
      await run.cancel()
      await scan.close()
      await feed
    }
    expect((await engine.client.health()).running).toBe(0)
    await expect.poll(() => pool.idleCount === pool.totalCount).toBe(true)
  })

  it('an abort frees the server and the engine', async () => {
    const c = context()
    const scan = await connector.scan(c, { schema: 'public', table: 'many', columns: ['id'], predicates: [] })
    const feed = scan.feed?.()
    const run = engine.client.run({
      queryId: 'q',
      spool: c.spool,
      sql: `SELECT a.id FROM ${text(scan.relation)} a, range(100000)`,
      output: 'rows',
    })
    await run.columns
    c.abort()
    await run.cancel()
    await scan.close()
    await feed
    expect((await engine.client.health()).running).toBe(0)
  })
})

describe('what is written into COPY', () => {
  it('names and texts cannot break out', () => {
    const where = (value: string) => whereClause([{ column: 'a"b', op: '=', values: [value] }], new Map([['a"b', asText]]))
    const asText = mapType({
      name: 'a',
      typname: 'text',
      typmod: -1,
      kind: 'b',
      typschema: 'pg_catalog',
      element: undefined,
      nullable: true,
      comment: undefined,
      nested: [],
    })
    expect(where("a'b")).toBe(` WHERE "a""b" = 'a''b'::text`)
    expect(where("a\\'b")).toBe(` WHERE "a""b" =  E'a\\\\''b'::text`)
    expect(where('a\0b')).toBe('')
  })
  it('hostile names work as names', async () => {
    mkdirSync(engine.spool('hostile'), { recursive: true })
    await admin.query(`CREATE TABLE "t""; DROP TABLE many; --" ("c""'; SELECT" int); INSERT INTO "t""; DROP TABLE many; --" VALUES (5);
      GRANT SELECT ON "t""; DROP TABLE many; --" TO reader`)
    const { rows } = await read('t"; DROP TABLE many; --', [`c"'; SELECT`])
    expect(rows).toEqual([[5]])
  })
  it.each(HOSTILE.filter((word) => word !== ''))('%j is a name and a value', async (word) => {
    const table = pg.escapeIdentifier(word)
    await admin.query(`CREATE TABLE ${table} (id int, ${table} text); GRANT SELECT ON ${table} TO reader`)
    await admin.query(`INSERT INTO ${table} VALUES (1, $1), (2, 'other')`, [word])
    mkdirSync(engine.spool('hostile'), { recursive: true })
    const row = [[1, word]]
    expect((await read(word, ['id', word], [{ column: word, op: '=', values: [word] }])).rows).toEqual(row)
    expect((await read(word, ['id', word], [{ column: word, op: 'in', values: [word, 'none'] }])).rows).toEqual(row)
    expect((await read(word, ['id', word])).rows).toHaveLength(2)
    await admin.query(`DROP TABLE ${table}`)
  })
  it('hostile values are values', async () => {
    const value = "x' OR true --\\"
    const { rows } = await read('many', ['id'], [{ column: 'name', op: '=', values: [value] }], (r) => `SELECT count(*) FROM ${r}`)
    expect(rows).toEqual([[0]])
  })
  it('what does not fit the type is left to the engine', () => {
    const column = {
      name: 'd',
      typname: 'date',
      typmod: -1,
      kind: 'b',
      typschema: 'pg_catalog',
      element: undefined,
      nullable: true,
      comment: undefined,
      nested: [],
    } as const
    const columns = new Map([['d', mapType(column)]])
    expect(whereClause([{ column: 'd', op: '>=', values: ["2020-01-01'; --"] }], columns)).toBe('')
    expect(whereClause([{ column: 'd', op: '>=', values: ['2020-01-01'] }], columns)).toBe(` WHERE "d" >= '2020-01-01'::date`)
    expect(whereClause([{ column: 'd', op: 'is null', values: [] }], columns)).toBe(' WHERE "d" IS NULL')
    expect(whereClause([{ column: 'other', op: '=', values: [1] }], columns)).toBe('')
  })
})
