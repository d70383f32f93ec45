// The fixture's SQL: the Trino client protocol in front of an in-memory DuckDB with a little banking data.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { parseClientHeaders, printSessionUpdates, type SessionUpdates } from '#wire/trino/headers'

const PAGE_ROWS = 2000
const LONG_POLL_MS = 250

interface Query {
  readonly id: string
  readonly requestId: string
  readonly user: string
  readonly source: string
  readonly sql: string
  readonly created: number
  ended?: number
  state: 'QUEUED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'CANCELED'
  columns?: { name: string; type: string }[]
  rows: unknown[][]
  error?: {
    message: string
    errorName: string
    errorType: string
    errorCode: number
    errorLocation?: { lineNumber: number; columnNumber: number }
  }
  updateType?: string
  readonly session: Readonly<Record<'catalog' | 'schema', string>>
  readonly prepared: Readonly<Record<string, string>>
  /** What the client is told to remember. */
  updates?: SessionUpdates
  connection: DuckDBConnection
  done: Promise<void>
}

export interface FixtureSql {
  /** Answers whether the request was of the protocol. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<boolean>
  close(): void
}

export async function createFixtureSql(options: { empty?: boolean } = {}): Promise<FixtureSql> {
  const instance = await DuckDBInstance.create(':memory:')
  const setup = await instance.connect()
  for (const catalog of ['iceberg', 'postgresql', 'banking', 'healthcare', 'geospatial', 'rag', 'akko_system'])
    await setup.run(`ATTACH ':memory:' AS ${catalog}`)
  await setup.run(`
    CREATE SCHEMA akko_system.history;
    CREATE TABLE akko_system.history.queries (query_id VARCHAR, "user" VARCHAR, source VARCHAR, state VARCHAR, query VARCHAR, created TIMESTAMPTZ,
      ended TIMESTAMPTZ, elapsed_ms BIGINT, rows BIGINT, scanned_bytes BIGINT, error_name VARCHAR, error_message VARCHAR, request_id VARCHAR)`)
  for (const schema of ['raw', 'staging', 'analytics', 'banking']) await setup.run(`CREATE SCHEMA iceberg.${schema}`)
  for (const catalog of ['banking', 'healthcare', 'geospatial', 'rag', 'postgresql'])
    await setup.run(`CREATE SCHEMA IF NOT EXISTS ${catalog}.public`)
  if (!options.empty) await setup.run(BANKING)
  const queries = new Map<string, Query>()

  const run = async (query: Query) => {
    query.state = 'RUNNING'
    try {
      const special = await answerSpecial(setup, query)
      if (special) Object.assign(query, special)
      else {
        if (query.session.catalog)
          await query.connection.run(`USE ${query.session.catalog}${query.session.schema ? `.${query.session.schema}` : ''}`)
        const reader = await query.connection.runAndReadAll(translate(executed(query)))
        query.columns = reader.columnNames().map((name, i) => ({ name, type: trinoType(String(reader.columnType(i))) }))
        const explained = /^\s*EXPLAIN/i.test(query.sql)
        if (explained) query.columns = [{ name: 'Query Plan', type: 'varchar' }]
        query.rows = (reader.getRowsJson() as unknown[][]).map((row) =>
          explained ? [row[1]] : row.map((value, i) => protocolValue(value, query.columns![i]!.type)),
        )
        const verb = /^\s*(create|insert|drop|update|delete)\s*(table|schema)?/i.exec(query.sql)
        if (verb) {
          query.updateType = `${verb[1]} ${verb[2] ?? ''}`.trim().toUpperCase()
          query.columns = undefined as never
          query.rows = []
        }
      }
      query.state = 'FINISHED'
    } catch (error) {
      const cancelled = (query.state as Query['state']) === 'CANCELED'
      if (!cancelled) query.state = 'FAILED'
      query.error = trinoError(error instanceof Error ? error.message : String(error), query.sql, cancelled)
    }
    query.ended = Date.now()
    await setup.run(
      'INSERT INTO akko_system.history.queries VALUES ($1,$2,$3,$4,$5,$6::TIMESTAMPTZ,$7::TIMESTAMPTZ,$8,$9,$10,$11,$12,$13)',
      [
        query.id,
        query.user,
        query.source,
        query.state,
        query.sql,
        new Date(query.created).toISOString(),
        new Date(query.ended).toISOString(),
        query.ended - query.created,
        query.rows.length,
        query.rows.length * 61,
        query.error?.errorName ?? null,
        query.error?.message ?? null,
        query.requestId,
      ],
    )
  }

  const results = (query: Query, token: number) => {
    const finished = query.state === 'FINISHED'
    const from = (token - 1) * PAGE_ROWS
    const data = finished && token > 0 ? query.rows.slice(from, from + PAGE_ROWS) : []
    const more = !finished ? query.error === undefined : token === 0 || from + PAGE_ROWS < query.rows.length
    const next = finished ? token + 1 : Math.max(token, 1)
    const progress = query.connection.progress.percentage
    return {
      id: query.id,
      infoUri: `/ui/query.html?${query.id}`,
      ...(more ? { nextUri: `http://localhost/v1/statement/executing/${query.id}/y/${next}` } : {}),
      ...(query.columns ? { columns: query.columns } : {}),
      ...(data.length > 0 ? { data } : {}),
      ...(query.error ? { error: query.error } : {}),
      ...(query.updateType ? { updateType: query.updateType } : {}),
      stats: {
        state: more && finished ? 'RUNNING' : query.state,
        elapsedTimeMillis: (query.ended ?? Date.now()) - query.created,
        queuedTimeMillis: 1,
        processedRows: Number(query.connection.progress.rows_processed) || query.rows.length,
        processedBytes: query.rows.length * 64,
        physicalInputBytes: query.rows.length * 61,
        totalSplits: 24,
        completedSplits: finished ? 24 : Math.max(0, Math.floor((progress / 100) * 24)),
        ...(progress >= 0 && !finished ? { progressPercentage: progress } : finished ? { progressPercentage: 100 } : {}),
      },
      warnings: [],
    }
  }

  return {
    async handle(req, res) {
      const path = new URL(req.url ?? '/', 'http://localhost').pathname
      if (!path.startsWith('/v1/statement')) return false
      const send = (query: Query, body: unknown) => {
        res.writeHead(200, { 'content-type': 'application/json', 'x-request-id': query.requestId, ...headersOf(query) })
        res.end(JSON.stringify(body))
      }
      if (req.method === 'POST') {
        const chunks: Buffer[] = []
        for await (const chunk of req) chunks.push(chunk as Buffer)
        const header = (name: string) => String(req.headers[name] ?? '')
        const query: Query = {
          id: `20261120_${randomBytes(3).toString('hex')}_${String(queries.size).padStart(5, '0')}_akko1`,
          requestId: /-([0-9a-f]{32})-/.exec(header('traceparent'))?.[1] ?? randomBytes(16).toString('hex'),
          user: header('x-trino-user'),
          source: header('x-trino-source'),
          sql: Buffer.concat(chunks).toString(),
          created: Date.now(),
          state: 'QUEUED',
          rows: [],
          session: { catalog: header('x-trino-catalog'), schema: header('x-trino-schema') },
          prepared: parseClientHeaders(req.headers).prepared,
          connection: await instance.connect(),
          done: Promise.resolve(),
        }
        queries.set(query.id, query)
        query.done = run(query)
        send(query, results({ ...query, state: 'QUEUED' }, 0))
        return true
      }
      const [, , , , id = '', , token = '1'] = path.split('/')
      const query = queries.get(id)
      if (!query) {
        res.writeHead(404).end('Query not found')
        return true
      }
      if (req.method === 'DELETE') {
        if (query.state === 'RUNNING') {
          query.state = 'CANCELED'
          query.connection.interrupt()
        }
        res.writeHead(204).end()
        return true
      }
      await Promise.race([query.done, new Promise((resolve) => setTimeout(resolve, LONG_POLL_MS))])
      send(query, results(query, Number(token)))
      return true
    },
    close: () => {
      for (const query of queries.values()) query.connection.interrupt()
    },
  }
}

const headersOf = (query: Query) => printSessionUpdates(query.state === 'FINISHED' ? (query.updates ?? {}) : {})

/** The statement, or the prepared one that it names. */
function executed({ sql, prepared }: Query): string {
  const name = /^\s*EXECUTE\s+(\w+)\s*$/i.exec(sql)?.[1]
  return name === undefined ? sql : (prepared[name] ?? sql)
}

/** SHOW, USE, PREPARE: what DuckDB says differently. */
async function answerSpecial(db: DuckDBConnection, query: Query): Promise<Partial<Query> | undefined> {
  const list = async (sql: string, name: string): Promise<Partial<Query>> => {
    const rows = (await db.runAndReadAll(sql)).getRowsJson() as unknown[][]
    return { columns: [{ name, type: 'varchar' }], rows: rows.map((r) => [r[0] === 'akko_system' ? 'system' : r[0]]) }
  }
  const use = /^\s*USE\s+(\w+)(?:\.(\w+))?\s*$/i.exec(query.sql)
  if (use) return { updateType: 'USE', updates: { catalog: use[1]!, schema: use[2] ?? '' }, rows: [] }
  const prepare = /^\s*PREPARE\s+(\w+)\s+FROM\s+(.*)$/is.exec(query.sql)
  if (prepare) return { updateType: 'PREPARE', updates: { addedPrepare: { [prepare[1]!]: prepare[2]! } }, rows: [] }
  if (/^\s*SHOW\s+CATALOGS/i.test(query.sql))
    return list(`SELECT database_name FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory' ORDER BY 1`, 'Catalog')
  const schemas = /^\s*SHOW\s+SCHEMAS\s+FROM\s+(\w+)/i.exec(query.sql)
  if (schemas)
    return list(
      `SELECT schema_name FROM duckdb_schemas() WHERE database_name = '${schemas[1] === 'system' ? 'akko_system' : schemas[1]}'
       AND schema_name NOT IN ('pg_catalog', 'main') ORDER BY 1`,
      'Schema',
    )
  if (/^\s*SHOW\s+FUNCTIONS/i.test(query.sql)) {
    const rows = FUNCTIONS.map(([name, result, args, description]) => [name, result, args, 'scalar', true, description])
    return {
      columns: ['Function', 'Return Type', 'Argument Types', 'Function Type', 'Deterministic', 'Description'].map((name) => ({
        name,
        type: 'varchar',
      })),
      rows,
    }
  }
  return undefined
}

function translate(sql: string): string {
  return sql
    .replace(/(\w+)\.information_schema\.(tables|columns)/gi, (_, catalog: string, view: string) => {
      const type = view.toLowerCase() === 'columns' ? ' REPLACE (lower(data_type) AS data_type)' : ''
      return `(SELECT *${type} FROM system.information_schema.${view} WHERE table_catalog = '${catalog === 'system' ? 'akko_system' : catalog}')`
    })
    .replace(/system\.history\./gi, 'akko_system.history.')
}

function trinoType(type: string): string {
  const plain: Record<string, string> = {
    TIMESTAMP: 'timestamp(6)',
    'TIMESTAMP WITH TIME ZONE': 'timestamp(6) with time zone',
    FLOAT: 'real',
    BLOB: 'varbinary',
    HUGEINT: 'decimal(38,0)',
  }
  return plain[type] ?? type.toLowerCase()
}

function protocolValue(value: unknown, type: string): unknown {
  if (value === null) return null
  if (/^(bigint|double|real)/.test(type)) return Number.isSafeInteger(Number(value)) || !/^bigint/.test(type) ? Number(value) : value
  if (/with time zone/.test(type))
    return `${String(value)
      .replace(/\+00$/, '')
      .replace(/(\.\d+)?$/, (f) => `${f}000000`.slice(0, f ? 7 : 0) || '.000000')} UTC`
  return value
}

function trinoError(text: string, sql: string, cancelled: boolean): NonNullable<Query['error']> {
  if (cancelled) return { message: 'Query was canceled', errorName: 'USER_CANCELED', errorType: 'USER_ERROR', errorCode: 3 }
  const [first = text] = text.split('\n')
  const place = /\nLINE (\d+): (.*)\n(\s*)\^/.exec(text)
  const name = /Parser Error/.test(first) ? 'SYNTAX_ERROR' : /Catalog Error|Table/.test(first) ? 'TABLE_NOT_FOUND' : 'COLUMN_NOT_FOUND'
  const line = Number(place?.[1] ?? 1)
  const shown = sql.split('\n')[line - 1] ?? ''
  const column = place
    ? place[3]!.length - `LINE ${line}: `.length + 1 + (place[2]!.startsWith('...') ? shown.indexOf(place[2]!.slice(3, 30)) - 3 : 0)
    : 1
  const message = first.replace(/^\w+ Error: /, '')
  return {
    message: place ? `line ${line}:${column}: ${message}` : message,
    errorName: name,
    errorType: 'USER_ERROR',
    errorCode: 47,
    ...(place ? { errorLocation: { lineNumber: line, columnNumber: Math.max(1, column) } } : {}),
  }
}

const FUNCTIONS = [
  ['abs', 'bigint', 'bigint', 'Absolute value'],
  ['abs', 'double', 'double', 'Absolute value'],
  ['approx_distinct', 'bigint', 'T', 'Approximate number of distinct values'],
  ['avg', 'double', 'double', 'Average of the values'],
  ['coalesce', 'T', 'T, T', 'The first value that is not NULL'],
  ['count', 'bigint', '', 'Number of rows'],
  ['date_trunc', 'timestamp(p)', 'varchar(x), timestamp(p)', 'Truncates to the given unit'],
  ['lower', 'varchar(x)', 'varchar(x)', 'Text in lower case'],
  ['max', 'T', 'T', 'The greatest value'],
  ['now', 'timestamp(3) with time zone', '', 'The current time'],
  ['round', 'double', 'double, integer', 'Rounds to digits after the point'],
  ['stddev', 'double', 'double', 'Sample standard deviation'],
  ['substr', 'varchar(x)', 'varchar(x), bigint, bigint', 'Part of a text'],
  ['sum', 'decimal(38,s)', 'decimal(p,s)', 'Sum of the values'],
  ['upper', 'varchar(x)', 'varchar(x)', 'Text in upper case'],
] as const

const BANKING = `
  SELECT setseed(0.42);
  CREATE TABLE banking.public.customers AS SELECT id, ['Ada','Emile','Anna','Ugo','Vera','Ines','Tomas','Lea'][1 + id % 8] || ' ' ||
    ['Martin','Bernard','Petit','Moreau','Fournier','Girard','Lambert'][1 + id % 7] AS full_name, 'customer' || id || '@example.org' AS email,
    CASE WHEN id % 11 = 0 THEN NULL ELSE '+33 6 ' || lpad((id * 7919 % 100000000)::VARCHAR, 8, '0') END AS phone,
    DATE '1950-01-01' + (id * 37 % 20000)::INTEGER AS birth_date, ['Paris','Lyon','Nantes','Lille','Tunis'][1 + id % 5] AS city FROM range(1, 5001) t(id);
  CREATE TABLE banking.public.accounts AS SELECT id, 1 + id % 5000 AS customer_id, 'FR76' || lpad((id * 104729)::VARCHAR, 23, '0') AS iban,
    ((id * 6151 % 900000) / 100.0)::DECIMAL(12,2) AS balance, ['current','savings','business'][1 + id % 3] AS kind FROM range(1, 8001) t(id);
  CREATE TABLE banking.public.transactions AS SELECT id, 1 + (id * 31) % 8000 AS account_id, 1 + (id * 31) % 5000 AS customer_id,
    TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds((id * 263)::BIGINT) AS booked_at, ((id * 7907 % 50000) / 100.0 + 1)::DECIMAL(12,2) AS amount, 'EUR' AS currency,
    ['Carrefour','SNCF','Amazon','Monoprix','Air France','Fnac','Total'][1 + id % 7] AS merchant,
    ['groceries','travel','online','fuel','leisure'][1 + id % 5] AS category, id % 211 = 0 AS is_fraud FROM range(1, 100001) t(id);
  CREATE TABLE iceberg.banking.transactions AS SELECT * FROM banking.public.transactions;
  CREATE TABLE iceberg.banking.accounts AS SELECT * FROM banking.public.accounts;
  CREATE TABLE iceberg.banking.customers AS SELECT * FROM banking.public.customers;
  CREATE TABLE iceberg.analytics.daily_transactions AS SELECT booked_at::DATE AS day, category, count(*) AS transactions, sum(amount) AS amount FROM iceberg.banking.transactions GROUP BY ALL;
  CREATE TABLE iceberg.analytics.fraud_summary AS SELECT category, count(*) AS suspected, sum(amount) AS amount FROM iceberg.banking.transactions WHERE is_fraud GROUP BY ALL;
  CREATE TABLE healthcare.public.patients AS SELECT 1 AS id, 'x' AS ward;
  CREATE TABLE geospatial.public.merchant_positions AS SELECT 'Fnac' AS merchant, 48.85 AS latitude, 2.35 AS longitude;
  CREATE TABLE rag.public.documents AS SELECT 1 AS id, 'x' AS title`
