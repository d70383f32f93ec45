// The whole path: PostgreSQL and the lake under one statement, CTAS between them, the demo's report, foreign clients, the engine's death.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cities, farCities } from '#demo/places'
import { runDemo } from '#demo/run'
import { Secret } from '#kit/secret'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import { type Harness, startHarness, WAREHOUSE } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { createIcebergConnector } from '#parts/sql/connectors/iceberg/index'
import { createPostgresConnector } from '#parts/sql/connectors/postgresql/index'
import { createPostgresHistory } from '#parts/sql/history'
import { ask, ENDLESS, startSql } from '#parts/sql/testing'
import { createFilesClient } from '#parts/storage/files-client'
import { REGION, ROOT, send, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startTempEngine, type TempEngine } from '#test/support/engine'
import { judgePython } from '#test/support/judges'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const policy = createRolePolicy(
  {
    roleGrants: {
      engineer: { read: ['*.*'], write: ['iceberg.*'], clear: true },
      reader: { read: ['iceberg.banking', 'banking.*'], filtered: true },
    },
    masks: { name: `substr({column}, 1, 1) || '***'` },
    classified: [{ schemas: ['iceberg.banking'], column: 'full_name', as: 'name' }],
    rowFilters: [
      { schemas: ['iceberg.banking'], column: 'confidential', filter: 'NOT {column}' },
      { schemas: ['iceberg.banking'], column: 'team', filter: `{column} = 'seen'` },
    ],
  },
  RESOURCE_KINDS,
)

let storage: TestStorage
let catalog: Harness
let engine: TempEngine
let server: TempPostgres
let sql: Awaited<ReturnType<typeof startSql>>
const pools: pg.Pool[] = []
const asEngineer = (text: string, headers: Record<string, string> = {}) => ask(sql.url, text, { 'x-trino-user': 'ada', ...headers })

beforeAll(async () => {
  ;[storage, server] = await Promise.all([startTestStorage(policy), startTempPostgres()])
  expect((await send(storage.endpoint, { method: 'PUT', path: '/lake' })).status).toBe(200)
  const key = { accessKeyId: ROOT.accessKeyId, secretAccessKey: new Secret(ROOT.secretAccessKey) }
  ;[catalog, engine] = await Promise.all([
    startHarness(policy, {
      files: createS3MetadataFiles({ endpoint: storage.endpoint, region: REGION, ...key }),
      vend: () => async () => ({}),
    }),
    startTempEngine({ spoolRoot: storage.deps.spoolDir }),
  ])
  const created = await catalog.call('POST', '/api/management/v1/catalogs', {
    token: await catalog.login(),
    body: {
      catalog: {
        type: 'INTERNAL',
        name: WAREHOUSE,
        properties: { 'default-base-location': 's3://lake' },
        storageConfigInfo: { storageType: 'S3', allowedLocations: ['s3://lake'] },
      },
    },
  })
  expect(created.status).toBe(201)
  const admin = new pg.Client({ connectionString: server.url('postgres') })
  await admin.connect()
  for (const name of ['banking', 'geospatial']) await admin.query(`CREATE DATABASE ${name}`)
  await admin.end()
  const pool = (database: string) => {
    const made = new pg.Pool({ connectionString: server.url(database), max: 8 })
    pools.push(made)
    return made
  }
  const geospatial = pool('geospatial')
  await geospatial.query(
    'CREATE TABLE public.cities (city text, country varchar(2), latitude double precision, longitude double precision)',
  )
  await geospatial.query('CREATE VIEW public.city_positions AS SELECT * FROM public.cities')
  for (const c of [...cities, ...farCities])
    await geospatial.query('INSERT INTO public.cities VALUES ($1, $2, $3, $4)', [c.name, c.country, c.latitude, c.longitude])
  const files = createFilesClient(storage.deps.socket)
  const iceberg = createIcebergConnector({ catalog: 'iceberg', lake: catalog.lake, files, engine: engine.client, authoriser: policy })
  await iceberg.writes.createSchema({ sub: 'x', roles: [], via: 'internal', requestId: 'r' }, 'banking')
  sql = await startSql(
    { engine: engine.client, files, root: engine.root, close: async () => {} },
    {
      authoriser: policy,
      personNow: async (user) => ({ roles: user === 'ada' ? ['engineer'] : user === 'eve' ? ['reader'] : [] }),
      history: createPostgresHistory(pool('postgres')),
      connectors: {
        iceberg,
        banking: createPostgresConnector({ catalog: 'banking', pool: pool('banking'), authoriser: policy }),
        geospatial: createPostgresConnector({ catalog: 'geospatial', pool: geospatial, authoriser: policy }),
      },
    },
  )
}, 120_000)
afterAll(async () => {
  await sql?.stop()
  await Promise.all(pools.map((p) => p.end()))
  await engine?.stop()
  await catalog?.close()
  await storage?.stop()
  await server?.stop()
})

describe('the demo', () => {
  it('moves the bank into the lake and finds fraud by behaviour', async () => {
    const outcome = await runDemo(0.2, {
      database: (name) => server.url(name),
      query: async (text) => {
        const answer = await asEngineer(text)
        if (answer.error) throw new Error(`${answer.error.errorName}: ${answer.error.message}\n${text}`)
        return answer.updateCount === undefined ? { rows: answer.rows } : { rows: answer.rows, updateCount: answer.updateCount }
      },
      step: () => {},
    })
    expect(outcome.rows.length).toBeGreaterThan(0)
    expect(outcome.evaluation.precision).toBeGreaterThan(0.7)
    expect(outcome.evaluation.recall).toBeGreaterThan(0.7)
  })

  it('is the same count on both sides, and a filter reads less than the whole', async () => {
    const both = await asEngineer(
      'SELECT (SELECT count(*) FROM banking.public.transactions), (SELECT count(*) FROM iceberg.banking.transactions)',
    )
    expect(both.error).toBeUndefined()
    expect(Number(both.rows[0]?.[0])).toBeGreaterThan(1000)
    expect(both.rows[0]?.[0]).toBe(both.rows[0]?.[1])
    const plan = await asEngineer(
      `EXPLAIN SELECT count(*) FROM iceberg.banking.transactions WHERE booked_at >= TIMESTAMP '2025-01-01 00:00:00' AND amount > 5`,
    )
    expect(plan.rows[0]?.[0]).toContain('booked_at >= 2025-01-01 00:00:00')
    const scanned = async (where: string) => {
      const measured = await asEngineer(`EXPLAIN ANALYZE SELECT sum(amount), max(booked_at) FROM iceberg.banking.transactions ${where}`)
      return Number(/scanned: (\d+) bytes/.exec(String(measured.rows[0]?.[0]))?.[1])
    }
    const [whole, later] = [await scanned(''), await scanned(`WHERE booked_at >= TIMESTAMP '2026-05-01 00:00:00'`)]
    expect(later).toBeGreaterThan(0)
    expect(later).toBeLessThan(whole)
    const created = await asEngineer('SHOW CREATE TABLE iceberg.banking.transactions')
    expect(created.rows[0]?.[0]).toContain(`partitioning = ARRAY['month(booked_at)']`)
  })
})

describe('writing', () => {
  it('creates, inserts, renames and drops', async () => {
    const made = await asEngineer(
      `CREATE TABLE iceberg.banking.w (id bigint NOT NULL, note varchar, at timestamp(6)) WITH (partitioning = ARRAY['day(at)'])`,
    )
    expect([made.error, made.updateType]).toEqual([undefined, 'CREATE TABLE'])
    const first = await asEngineer(`INSERT INTO iceberg.banking.w VALUES (1, 'a', TIMESTAMP '2025-01-01 10:00:00'), (2, NULL, NULL)`)
    expect([first.error, first.updateCount]).toEqual([undefined, 2])
    const second = await asEngineer(
      `INSERT INTO iceberg.banking.w (note, id) SELECT 'x' || CAST(i AS varchar), i FROM UNNEST(sequence(3, 5)) AS t(i)`,
    )
    expect([second.error, second.updateCount]).toEqual([undefined, 3])
    expect((await asEngineer('SELECT id, note, at FROM iceberg.banking.w ORDER BY id LIMIT 3')).rows).toEqual([
      [1, 'a', '2025-01-01 10:00:00.000000'],
      [2, null, null],
      [3, 'x3', null],
    ])
    expect((await asEngineer('ALTER TABLE iceberg.banking.w RENAME TO iceberg.banking.v')).error).toBeUndefined()
    expect((await asEngineer('CREATE TABLE IF NOT EXISTS iceberg.banking.v AS SELECT 1 AS x')).updateCount).toBe(0)
    expect((await asEngineer('CREATE TABLE iceberg.banking.v AS SELECT 1 AS x')).error?.errorName).toBe('TABLE_ALREADY_EXISTS')
    expect((await asEngineer('DROP TABLE iceberg.banking.v')).error).toBeUndefined()
    expect((await asEngineer('DROP TABLE IF EXISTS iceberg.banking.v')).error).toBeUndefined()
    expect((await asEngineer('SELECT * FROM iceberg.banking.v')).error?.errorName).toBe('TABLE_NOT_FOUND')
  })

  it('writes literals that look like marks of a template as they are', async () => {
    const made = await asEngineer(
      `CREATE TABLE iceberg.banking.marks AS SELECT i, listagg(v, '{s}') WITHIN GROUP (ORDER BY v = '$1', v) FILTER (WHERE v <> '$2') AS v
       FROM (VALUES (1, '$1'), (1, '{s}'), (1, '$2')) AS t(i, v) GROUP BY i`,
    )
    expect(made.error).toBeUndefined()
    const inserted = await asEngineer(`INSERT INTO iceberg.banking.marks SELECT 2, max('$1') FILTER (WHERE '$1' <> '{o}')`)
    expect([inserted.error, inserted.updateCount]).toEqual([undefined, 1])
    expect((await asEngineer('SELECT i, v FROM iceberg.banking.marks ORDER BY i')).rows).toEqual([
      [1, '{s}{s}$1'],
      [2, '$1'],
    ])
    expect((await asEngineer('DROP TABLE iceberg.banking.marks')).error).toBeUndefined()
  })

  it('leaves nothing behind when the query fails', async () => {
    const failed = await asEngineer('CREATE TABLE iceberg.banking.broken AS SELECT 1 / (x - 3) AS y FROM UNNEST(sequence(1, 5)) AS t(x)')
    expect(failed.error?.errorName).toBe('DIVISION_BY_ZERO')
    expect((await asEngineer(`SHOW TABLES FROM iceberg.banking LIKE 'broken'`)).rows).toEqual([])
  })

  it('is refused to those who only read, and where nothing is written', async () => {
    expect((await ask(sql.url, 'CREATE TABLE iceberg.banking.n AS SELECT 1 AS x', { 'x-trino-user': 'eve' })).error?.errorName).toBe(
      'PERMISSION_DENIED',
    )
    expect((await ask(sql.url, 'DROP TABLE iceberg.banking.accounts', { 'x-trino-user': 'eve' })).error?.errorName).toBe(
      'PERMISSION_DENIED',
    )
    expect((await asEngineer('INSERT INTO banking.public.accounts SELECT * FROM banking.public.accounts')).error?.errorName).toBe(
      'NOT_SUPPORTED',
    )
  })

  it('masks what a reader may not see clear', async () => {
    const masked = await ask(sql.url, 'SELECT DISTINCT substr(full_name, 2) FROM iceberg.banking.customers', { 'x-trino-user': 'eve' })
    expect([masked.error?.message, masked.rows]).toEqual([undefined, [['***']]])
  })
})

describe('figures of a query', () => {
  const asReader = (text: string) => ask(sql.url, text, { 'x-trino-user': 'eve' })
  const figures = async (text: string) => {
    const answer = await asReader(text)
    expect(answer.error).toBeUndefined()
    const measured = await asReader(`EXPLAIN ANALYZE ${text}`)
    const { physicalInputBytes, processedBytes, totalSplits } = answer.stats
    const scanned = /scanned: (\d+) bytes/.exec(String(measured.rows[0]?.[0]))?.[1]
    return { rows: answer.rows, physicalInputBytes, processedBytes, totalSplits, scanned: Number(scanned) }
  }
  beforeAll(async () => {
    for (const text of [
      `CREATE TABLE iceberg.banking.kpi AS SELECT false AS confidential, 10 AS v, DATE '2025-01-01' AS day, 'a' AS full_name`,
      `INSERT INTO iceberg.banking.kpi VALUES (true, 4711, DATE '2031-05-05', 'z')`,
      `INSERT INTO iceberg.banking.kpi VALUES (true, -42, NULL, NULL)`,
      `CREATE TABLE iceberg.banking.parted WITH (partitioning = ARRAY['v']) AS SELECT * FROM iceberg.banking.kpi`,
      `CREATE TABLE iceberg.banking.single AS SELECT * FROM iceberg.banking.kpi`,
      `CREATE TABLE iceberg.banking.masked AS SELECT full_name FROM iceberg.banking.kpi`,
      `CREATE TABLE iceberg.banking.teams WITH (partitioning = ARRAY['team']) AS SELECT if(confidential, 'hidden', 'seen') AS team, v FROM iceberg.banking.kpi`,
    ])
      expect((await asEngineer(text)).error).toBeUndefined()
  })
  afterAll(async () => {
    for (const name of ['kpi', 'parted', 'single', 'masked', 'teams'])
      expect((await asEngineer(`DROP TABLE iceberg.banking.${name}`)).error).toBeUndefined()
  })

  it.each([
    ['v >= 4711', 'v >= 4712'],
    ['v < -41', 'v < -42'],
    ['v = 4711', 'v = 4710'],
    ['v IN (4711, -42)', 'v IN (4712, -43)'],
    ['v BETWEEN 4000 AND 5000', 'v BETWEEN 5000 AND 6000'],
    [`v <> 10 AND day > DATE '2031-05-04'`, `v <> 10 AND day > DATE '2031-05-05'`],
    ['day IS NULL AND v < 0', 'day IS NULL AND v > 0'],
    ['confidential AND v > 0', 'confidential AND v > 5000'],
  ])('are the same for %s as for %s where a filter hides the rows', async (one, other) => {
    for (const table of ['kpi', 'parted'])
      for (const shape of [
        (c: string) => `SELECT count(*) FROM iceberg.banking.${table} WHERE ${c}`,
        (c: string) => `SELECT count(*) FROM (SELECT * FROM iceberg.banking.${table}) JOIN (VALUES 1) AS o(x) ON ${c}`,
        (c: string) => `WITH k AS (SELECT * FROM iceberg.banking.${table} WHERE ${c}) SELECT count(*) FROM k`,
      ]) {
        const first = await figures(shape(one))
        expect(first.rows).toEqual([[0]])
        expect(first.physicalInputBytes).toBeGreaterThan(0)
        expect(await figures(shape(other))).toEqual(first)
      }
  })

  it.each(['kpi', 'single'])('are the same for a source that is joined to hidden rows of %s', async (table) => {
    const accounts = 'banking.public.accounts'
    for (const of of [
      (n: number) => `SELECT count(*) FROM iceberg.banking.${table} k JOIN ${accounts} a ON a.account_id <> k.v WHERE k.v >= ${n}`,
      (n: number) => `SELECT count(*) FROM ${accounts} a WHERE a.account_id IN (SELECT v FROM iceberg.banking.${table} WHERE v >= ${n})`,
      (n: number) => `SELECT count(*), (SELECT count(*) FROM iceberg.banking.${table} WHERE v < ${n}) FROM ${accounts} a`,
    ])
      expect(await figures(of(4712))).toEqual(await figures(of(4711)))
  })

  it('do not tell what a mask stands for', async () => {
    const of = (name: string) => figures(`SELECT count(*) FROM iceberg.banking.masked WHERE full_name = '${name}'`)
    expect(await of('zz')).toEqual(await of('z'))
  })

  it("are less for the policy's own condition, and for one of a caller who sees all", async () => {
    const read = async (user: string, text: string) =>
      Number((await ask(sql.url, `SELECT count(v) FROM iceberg.banking.${text}`, { 'x-trino-user': user })).stats.physicalInputBytes)
    expect(await read('ada', 'kpi WHERE v = 10')).toBeLessThan(await read('ada', 'kpi'))
    expect(await read('eve', 'kpi WHERE v = 10')).toBe(await read('eve', 'kpi'))
    expect(await read('eve', `teams WHERE team <> 'x'`)).toBeLessThan(await read('ada', `teams WHERE team <> 'x'`))
  })
})

describe('foreign clients', () => {
  it('python trino reads, binds, describes and fails as with Trino', { timeout: 60_000 }, async () => {
    const script = `
import trino, json, sys
from urllib.parse import urlparse
u = urlparse(sys.argv[1])
c = trino.dbapi.connect(host=u.hostname, port=u.port, user='ada', catalog='iceberg', schema='banking')
cur = c.cursor()
out = []
cur.execute('SELECT count(*), sum(amount), max(booked_at) FROM transactions WHERE channel = ?', ('pos',))
row = cur.fetchone(); out.append([type(v).__name__ for v in row])
out.append([d[0] + ':' + d[1] for d in cur.description][1:2])
cur.execute('SHOW TABLES'); out.append(sorted(r[0] for r in cur.fetchall()))
try:
    cur.execute('SELECT\\n  nosuch FROM transactions'); cur.fetchall()
except trino.exceptions.TrinoUserError as e:
    out.append([e.error_name, list(e.error_location)])
cur.execute("SELECT column_name, data_type FROM iceberg.information_schema.columns WHERE table_schema = 'banking' AND table_name = 'accounts' ORDER BY ordinal_position LIMIT 2")
out.append(cur.fetchall())
print(json.dumps(out))
`
    const { stdout } = await promisify(execFile)(judgePython(), ['-W', 'ignore', '-c', script, sql.url])
    expect(JSON.parse(stdout)).toEqual([
      ['int', 'Decimal', 'datetime'],
      ['_col1:decimal(38, 2)'],
      ['accounts', 'customers', 'transactions'],
      ['COLUMN_NOT_FOUND', [2, 3]],
      [
        ['account_id', 'bigint'],
        ['customer_id', 'bigint'],
      ],
    ])
  })
})

describe('the death of the engine', () => {
  it('ends its queries with an error of the cluster; the next ones work again', { timeout: 60_000 }, async () => {
    const running = asEngineer(ENDLESS)
    await new Promise((resolve) => setTimeout(resolve, 500))
    engine.process.kill('SIGKILL')
    expect((await running).error).toMatchObject({ errorName: 'NO_NODES_AVAILABLE', errorType: 'INTERNAL_ERROR' })
    await engine.restart()
    expect((await asEngineer('SELECT count(*) > 0 FROM iceberg.banking.accounts')).rows).toEqual([[true]])
  })
})
