// SQL as strangers use it: the Trino Python client and the Trino CLI through the gateway, with a realm token.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EVALUATION, REPORT } from '#demo/report'
import { SHORT_LIVED, trinoCli } from '#test/support/jvm'
import { platform, ROOT, run } from '#test/support/platform'
import { python } from '#test/support/python'

/** The report's rows, the same in both shapes of the platform. */
const GOLDEN = readFileSync(join(ROOT, 'test/golden/fraud-report.tsv'), 'utf8').trimEnd().split('\n')

const query = (statement: string, user?: string) => queries([statement], user)

/** On one connection; what the last one answers. */
const queries = async (statements: readonly string[], user?: string) =>
  python<{
    columns: { name: string; type: string }[]
    rows: unknown[][]
    error?: { name: string; message: string; line?: number; column?: number }
  }>('strangers/sql.py', [...statements], await platform().env(user))

describe('the Trino Python client', () => {
  it('runs the fraud report and gets what the demo printed', async () => {
    const report = await query(REPORT)
    expect(report.error).toBeUndefined()
    expect(report.columns.map((c) => [c.name, c.type])).toEqual([
      ['customer_id', 'bigint'],
      ['full_name', 'varchar'],
      ['segment', 'varchar'],
      ['pattern', 'varchar(17)'],
      ['transactions', 'bigint'],
      ['amount', 'decimal(38, 2)'],
      ['first_at', 'timestamp(6)'],
      ['minutes', 'bigint'],
      ['km_from_home', 'bigint'],
    ])
    expect(report.rows.map((row) => row.join('\t'))).toEqual(GOLDEN)
    const evaluation = await query(EVALUATION)
    const [transactions, fraud, flagged, found] = evaluation.rows[0] as [number, number, number, number]
    expect(transactions).toBe(100_000)
    expect(fraud).toBe(507)
    expect(found / flagged).toBeGreaterThan(0.85)
    expect(found / fraud).toBeGreaterThan(0.85)
    expect(found).toBeLessThan(fraud)
  })

  it('has Trino’s meaning', async () => {
    const { rows } = await query(
      "SELECT 7/2, -7/2, 7 % 3, 7/2.0, concat('a', 'b'), CAST('abcdef' AS varchar(3)), coalesce(NULL, 1), DATE '2026-03-01' + INTERVAL '1' MONTH",
    )
    expect(rows).toEqual([[3, -3, 1, '3.5', 'ab', 'abc', 1, '2026-04-01']])
  })

  const digests = (count: number) => Array.from({ length: count }, (_, i) => `'${createHash('sha256').update(`${i}`).digest('hex')}'`)
  const among = (values: readonly string[]) => `PREPARE p FROM SELECT ? IN (${values.join(', ')}), ${values.length}`

  it('holds prepared statements of 20 KiB', async () => {
    for (const values of [digests(310), Array.from({ length: 5000 }, (_, i) => `'${i}'`)]) {
      expect(among(values).length).toBeGreaterThan(20 * 1024)
      const { rows, error } = await queries([among(values), `EXECUTE p USING ${values[200]}`])
      expect(error).toBeUndefined()
      expect(rows).toEqual([[true, values.length]])
    }
  })

  it('is told of prepared statements that fit into no header', async () => {
    expect((await queries([among(digests(1000)), 'EXECUTE p USING 1'])).error).toMatchObject({
      name: 'QUERY_TEXT_TOO_LARGE',
      message: expect.stringContaining('use EXECUTE IMMEDIATE'),
    })
  })

  it('names what is wrong with line and column', async () => {
    expect((await query('SELECT *\nFROM iceberg.banking.transactons')).error).toMatchObject({ name: 'TABLE_NOT_FOUND', line: 2, column: 6 })
    expect((await query('SELECT amont FROM iceberg.banking.transactions')).error).toMatchObject({
      name: 'COLUMN_NOT_FOUND',
      line: 1,
      column: 8,
    })
    expect((await query('SELEC 1')).error).toMatchObject({ name: 'SYNTAX_ERROR', line: 1, column: 1 })
    expect((await query('SELECT 1/0')).error).toMatchObject({ name: 'DIVISION_BY_ZERO' })
  })

  it.each([
    ['query_max_run_time', '1s', 'EXCEEDED_TIME_LIMIT', 'Query exceeded maximum time limit of 1.00s'],
    ['query_max_execution_time', '1s', 'EXCEEDED_TIME_LIMIT', 'Query exceeded the maximum execution time limit of 1.00s'],
    ['query_max_cpu_time', '500ms', 'EXCEEDED_CPU_LIMIT', 'Exceeded CPU limit of 500.00ms'],
    ['query_max_scan_physical_bytes', '1kB', 'EXCEEDED_SCAN_LIMIT', 'Exceeded scan limit of 1kB'],
    ['query_max_memory', '60MB', 'EXCEEDED_GLOBAL_MEMORY_LIMIT', 'Query exceeded distributed user memory limit of 60MB'],
  ])('is ended by its own %s', async (property, limit, name, message) => {
    const statement =
      property === 'query_max_memory'
        ? "SELECT cardinality(array_agg(lpad(CAST(a.transaction_id AS varchar), 500, 'x'))) FROM iceberg.banking.transactions AS a CROSS JOIN UNNEST(sequence(1, 20)) AS b(b)"
        : 'SELECT count(*) FROM iceberg.banking.transactions AS a CROSS JOIN iceberg.banking.transactions AS b WHERE a.amount * b.amount < 3'
    expect((await queries([`SET SESSION ${property} = '${limit}'`, statement])).error).toMatchObject({ name, message })
  })

  it('ends a query by its id, whose client is told why; another’s only with the right to', async () => {
    const killed = query(
      'SELECT count(*) /* heavy */ FROM iceberg.banking.transactions AS a CROSS JOIN iceberg.banking.transactions AS b WHERE a.amount * b.amount < 3',
      'analyst@demo',
    )
    const find = "SELECT query_id FROM system.runtime.queries WHERE state = 'RUNNING' AND query LIKE 'SELECT count(*) /* heavy%'"
    let id: unknown
    await expect.poll(async () => (id = (await query(find, 'analyst@demo')).rows[0]?.[0]), { timeout: 60_000 }).toBeDefined()
    const kill = (user?: string) => query(`CALL system.runtime.kill_query(query_id => '${id}', message => 'too heavy')`, user)
    expect((await kill('user@demo')).error).toMatchObject({ name: 'PERMISSION_DENIED', message: 'Access Denied: Cannot kill query' })
    expect((await kill()).error).toBeUndefined()
    expect((await killed).error).toMatchObject({ name: 'ADMINISTRATIVELY_KILLED', message: 'Query killed. Message: too heavy' })
  })

  it('refuses a function that it does not have, by its name', async () => {
    expect((await query('SELECT no_such_function(3)')).error).toMatchObject({
      name: 'FUNCTION_NOT_FOUND',
      message: expect.stringContaining('no_such_function'),
    })
  })

  it('shows catalogues, schemas, tables and columns', async () => {
    expect((await query('SHOW CATALOGS')).rows.flat().sort()).toEqual([
      'banking',
      'geospatial',
      'healthcare',
      'iceberg',
      'memory',
      'postgresql',
      'rag',
      'system',
      'tpch',
    ])
    expect((await query('SHOW SCHEMAS FROM iceberg')).rows.flat()).toEqual(
      expect.arrayContaining(['analytics', 'banking', 'information_schema', 'raw']),
    )
    expect((await query('SHOW TABLES FROM iceberg.banking')).rows.flat()).toEqual(['accounts', 'customers', 'transactions'])
    expect((await query('DESCRIBE iceberg.banking.transactions')).rows).toContainEqual(['amount', 'decimal(12,2)', '', ''])
    expect(
      (
        await query(
          "SELECT count(*) FROM iceberg.information_schema.columns WHERE table_schema = 'banking' AND table_name = 'transactions'",
        )
      ).rows,
    ).toEqual([[10]])
  })

  it('reads TPC-H, and copies it into a table that is kept for the time being', async () => {
    const totals = 'SELECT o.orderstatus, count(*), CAST(sum(o.totalprice) AS decimal(20, 2)) FROM'
    const statement = (table: string) =>
      `${totals} ${table} AS o JOIN tpch.tiny.customer AS c ON o.custkey = c.custkey GROUP BY 1 ORDER BY 1`
    const rows = (await query(statement('tpch.tiny.orders'), 'analyst@demo')).rows
    expect(rows.map(([status, count]) => [status, count])).toEqual([
      ['F', 7304],
      ['O', 7333],
      ['P', 363],
    ])
    const copy = 'memory.default.orders_of_the_test'
    expect((await query(`CREATE TABLE ${copy} AS SELECT * FROM tpch.tiny.orders`, 'analyst@demo')).error?.name).toBe('PERMISSION_DENIED')
    expect((await query(`CREATE TABLE ${copy} AS SELECT * FROM tpch.tiny.orders`, 'engineer@demo')).rows).toEqual([[15_000]])
    expect((await query(statement(copy), 'analyst@demo')).rows).toEqual(rows)
    expect((await query(`DROP TABLE ${copy}`, 'engineer@demo')).error).toBeUndefined()
  })

  it('explains', async () => {
    const { rows } = await query('EXPLAIN SELECT count(*) FROM iceberg.banking.transactions')
    expect(String(rows[0]?.[0])).toMatch(/transactions/)
  })
})

describe('one policy', () => {
  it('shows an analyst clear data, a user masked data, a viewer none of banking', async () => {
    const statement = 'SELECT full_name, email, phone FROM iceberg.banking.customers WHERE customer_id = 1'
    const [clear] = (await query(statement, 'analyst@demo')).rows as string[][]
    expect(clear?.[1]).toMatch(/^[a-z]+\.[a-z]+\.1@example\.org$/)
    const [masked] = (await query(statement, 'user@demo')).rows as string[][]
    expect(masked).toEqual([`${clear?.[0]?.[0]}***`, '***@example.org', `***${clear?.[2]?.slice(-2)}`])
    expect((await query(statement, 'viewer@demo')).error?.name).toMatch(/PERMISSION_DENIED|TABLE_NOT_FOUND|SCHEMA_NOT_FOUND/)
  })

  it('masks through every door of SQL', async () => {
    for (const statement of [
      "SELECT count(*) FROM iceberg.banking.customers WHERE email LIKE 'a%@example.org'",
      "WITH customers AS (SELECT * FROM iceberg.banking.customers) SELECT count(*) FROM customers WHERE email LIKE 'a%@example.org'",
      "SELECT count(*) FROM (SELECT email AS x FROM banking.public.customers) WHERE x LIKE 'a%@example.org'",
    ]) {
      expect((await query(statement, 'user@demo')).rows).toEqual([[0]])
      expect(Number((await query(statement, 'analyst@demo')).rows[0]?.[0])).toBeGreaterThan(0)
    }
  })

  it('lets an analyst read and not write, an engineer both', async () => {
    expect((await query('CREATE TABLE iceberg.staging.nope AS SELECT 1 AS x', 'analyst@demo')).error?.name).toBe('PERMISSION_DENIED')
    expect((await query('CREATE TABLE iceberg.staging.mine AS SELECT 1 AS x', 'engineer@demo')).error).toBeUndefined()
    expect((await query('DROP TABLE iceberg.staging.mine', 'engineer@demo')).error).toBeUndefined()
  })

  it('takes identity from the token, not from the header', async () => {
    const env = await platform().env('user@demo')
    const other = await python<{ error?: { name: string; message: string } }>('strangers/sql.py', ['SELECT current_user'], {
      ...env,
      AKKO_SQL_USER: 'admin@demo',
    })
    expect(other.error?.message ?? '').toMatch(/imperson|admin@demo|403|401/i)
    const none = await python<{ error?: { message: string } }>('strangers/sql.py', ['SELECT 1'], { ...env, AKKO_SQL_TOKEN: '' })
    expect(none.error?.message ?? '').toMatch(/401|authent/i)
  })
})

describe('the Trino CLI', () => {
  it('runs the fraud report with nothing but `akko env`', async () => {
    const env = { ...process.env, ...(await platform().env()) }
    const result = await run('java', [...SHORT_LIVED, '-jar', trinoCli(), '--output-format', 'CSV', '--execute', REPORT], { env })
    expect(result.code, result.stderr).toBe(0)
    expect(result.stdout.trim().split('\n')).toHaveLength(15)
  })
})

describe('psql', () => {
  it('gets answers from PostGIS and pgvector', async () => {
    const env = { ...process.env, ...(await platform().adminEnv()) }
    const at = (database: string) => {
      const url = new URL(env.AKKO_PG_OWNER_URL as string)
      url.pathname = `/${database}`
      url.username = database
      url.password = platform().secret(`postgresql-data.role.${database}`)
      return url.toString()
    }
    const distance = await run(
      'psql',
      [
        at('geospatial'),
        '-Atc',
        "SELECT round(ST_Distance(a.position::geography, b.position::geography) / 1000) FROM cities a, cities b WHERE a.city = 'Paris' AND b.city = 'Berlin'",
      ],
      { env },
    )
    expect(distance.stdout.trim(), distance.stderr).toBe('880')
    const nearest = await run('psql', [at('rag'), '-Atc', "SELECT '[1,0]'::vector <=> '[0,1]'::vector"], { env })
    expect(nearest.stdout.trim(), nearest.stderr).toBe('1')
    const count = await run('psql', ['-Atc', 'SELECT count(*) FROM transactions'], { env })
    expect(count.stdout.trim(), count.stderr).toBe('100000')
  })
})
