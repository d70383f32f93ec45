// For tests: a database with a role of its own behind the SQL front, which reads it as one role and writes it as the other.
import pg from 'pg'
import { afterAll, beforeAll, expect } from 'vitest'
import { createRolePolicy } from '#parts/policy/index'
import { createPostgresConnector } from '#parts/sql/connectors/postgresql/index'
import { type Answer, ask, openBench, startSql } from '#parts/sql/testing'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startTempPostgres } from '#test/support/postgres'

const policy = createRolePolicy(
  {
    roleGrants: {
      engineer: { read: ['*.*'], write: ['bank.*'], clear: true },
      clerk: { read: ['*.*'], write: ['bank.*'] },
      filtered: { read: ['*.*'], write: ['bank.*'], filtered: true },
      owner: { all: true, clear: true },
      reader: { read: ['*.*'], clear: true },
      guest: { read: ['bank.other'], clear: true },
    },
    masks: { email: "'***'" },
    classified: [{ schemas: ['bank.public'], column: 'email', as: 'email' }],
    rowFilters: [{ schemas: ['bank.public'], column: 'hidden', filter: 'NOT {column}' }],
  },
  RESOURCE_KINDS,
)
const ROLES: ReadonlyMap<string, string> = new Map([
  ['ada', 'engineer'],
  ['olga', 'owner'],
  ['carl', 'clerk'],
  ['finn', 'filtered'],
  ['rita', 'reader'],
  ['gus', 'guest'],
])

export interface TestBank {
  /** As the server's own administrator. */
  readonly admin: pg.Pool
  ask(sql: string, user?: string, headers?: Record<string, string>): Promise<Answer>
  /** The rows; an error is one of the test. */
  rows(sql: string, user?: string): Promise<readonly (readonly unknown[])[]>
  /** What the client is told: the kind and count of the update, or the error. */
  told(sql: string, user?: string): Promise<string | readonly [string | undefined, number | undefined]>
  /** What the database itself answers. */
  there(sql: string): Promise<unknown[]>
  /** How many sessions wait for a lock, and how many of those that write do something, comes to this. */
  untilWaiting(count: number): Promise<void>
  untilIdle(): Promise<void>
  stop(): Promise<void>
}

/** One for the tests of a file, after these statements. */
export function bankOfTests(
  ...statements: string[]
): Pick<TestBank, 'ask' | 'rows' | 'told' | 'there'> & { readonly bank: () => TestBank } {
  let bank: TestBank | undefined
  const started = (): TestBank => bank as TestBank
  beforeAll(async () => {
    bank = await startTestBank()
    for (const statement of statements) await bank.rows(statement)
  }, 60_000)
  afterAll(() => bank?.stop())
  return {
    bank: started,
    ask: (...given) => started().ask(...given),
    rows: (...given) => started().rows(...given),
    told: (...given) => started().told(...given),
    there: (text) => started().there(text),
  }
}

/** The catalogue `bank` is written; `closed` is the same, read only. */
export async function startTestBank(): Promise<TestBank> {
  const [server, bench] = await Promise.all([startTempPostgres(), openBench()])
  const pools: pg.Pool[] = []
  const pool = (user: string): pg.Pool => {
    const made = new pg.Pool({ connectionString: server.url('bank', user, user), max: 4 })
    made.on('error', () => {})
    pools.push(made)
    return made
  }
  const root = new pg.Client({ connectionString: server.url('postgres') })
  await root.connect()
  await root.query(`CREATE ROLE bank LOGIN PASSWORD 'bank'; CREATE ROLE sql_bank LOGIN PASSWORD 'sql_bank' IN ROLE pg_read_all_data`)
  await root.query('CREATE DATABASE bank OWNER bank')
  await root.end()
  const admin = new pg.Pool({ connectionString: server.url('bank') })
  pools.push(admin)
  const reader = pool('sql_bank')
  const sql = await startSql(bench, {
    authoriser: policy,
    personNow: async (user) => ({ roles: [ROLES.get(user) ?? 'nobody'] }),
    connectors: {
      bank: createPostgresConnector({
        catalog: 'bank',
        pool: reader,
        writes: { pool: pool('bank'), engine: bench.engine },
        authoriser: policy,
      }),
      closed: createPostgresConnector({ catalog: 'closed', pool: reader, authoriser: policy }),
    },
  })
  const run: TestBank['ask'] = (text, user = 'ada', headers = {}) =>
    ask(sql.url, text, { 'x-trino-user': user, 'x-trino-catalog': 'bank', 'x-trino-schema': 'public', ...headers })
  const there: TestBank['there'] = async (text) => (await admin.query({ text, rowMode: 'array' })).rows
  const until = (sessions: string, count: number) =>
    expect.poll(() => there(`SELECT count(*)::int FROM pg_stat_activity WHERE ${sessions}`), { timeout: 10_000 }).toEqual([[count]])
  return {
    admin,
    ask: run,
    async rows(text, user) {
      const { rows, error } = await run(text, user)
      if (error) throw new Error(`${text}: ${error.errorName}: ${error.message}`)
      return rows
    },
    async told(text, user) {
      const { error, updateType, updateCount } = await run(text, user)
      return error ? `${error.errorName}: ${error.message}` : [updateType, updateCount]
    },
    there,
    untilWaiting: (count) => until("wait_event_type = 'Lock'", count),
    untilIdle: () => until("usename = 'bank' AND state <> 'idle'", 0),
    async stop() {
      await sql.stop()
      await Promise.all(pools.map((p) => p.end()))
      await bench.close()
      await server.stop()
    },
  }
}
