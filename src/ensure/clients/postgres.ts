// One PostgreSQL server as its superuser: a small pool per database, shared answers, every write counted.
import pg from 'pg'
import { createMemo, type Memo } from '#ensure/memo'
import type { Secret } from '#kit/secret'
import { SUPERUSER_SESSION } from '#kit/superuser-session'

export interface PostgresEndpoint {
  readonly host: string
  readonly port: number
  readonly superuser: string
  readonly password: Secret
  /** Milliseconds that the server has to take a connection. */
  readonly connectTimeoutMs?: number
}

export interface PostgresClient {
  readonly memo: Memo
  /** Statements that change something, sent so far. */
  readonly writes: number
  /** Reads. */
  query<T extends object>(database: string, sql: string, values?: readonly unknown[]): Promise<T[]>
  /** Writes: the statements in one transaction. */
  execute(database: string, ...statements: readonly string[]): Promise<void>
  /** Writes what cannot run in a transaction (CREATE DATABASE). */
  executeAlone(database: string, statement: string): Promise<void>
  close(): Promise<void>
}

/** Where statements go that belong to no database. */
export const MAINTENANCE = 'postgres'

export function createPostgresClient(endpoint: PostgresEndpoint): PostgresClient {
  const pools = new Map<string, pg.Pool>()
  let writes = 0
  // The limit is for the server to answer; a pool's own would also count the wait for a turn.
  class TimelyClient extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      // The pool keeps its password out of what a spread copies.
      super({ ...config, password: endpoint.password.reveal(), connectionTimeoutMillis: endpoint.connectTimeoutMs ?? 10_000 })
    }
  }
  const pool = (database: string): pg.Pool => {
    const known = pools.get(database)
    if (known) return known
    const fresh = new pg.Pool({
      host: endpoint.host,
      port: endpoint.port,
      user: endpoint.superuser,
      database,
      max: database === MAINTENANCE ? 4 : 2,
      application_name: 'akko-ensure',
      Client: TimelyClient,
      idleTimeoutMillis: 5_000,
      allowExitOnIdle: true,
      ...SUPERUSER_SESSION,
    })
    // An idle connection may end with its server; the next query says so.
    fresh.on('error', () => {})
    pools.set(database, fresh)
    return fresh
  }
  const withClient = async <T>(database: string, body: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool(database).connect()
    let broken = true
    try {
      const result = await body(client)
      broken = false
      return result
    } catch (error) {
      broken = !(error instanceof pg.DatabaseError)
      throw error
    } finally {
      client.release(broken)
    }
  }
  return {
    memo: createMemo(),
    get writes() {
      return writes
    },
    query: <T extends object>(database: string, sql: string, values: readonly unknown[] = []) =>
      withClient(database, async (client) => (await client.query(sql, [...values])).rows as T[]),
    execute: (database, ...statements) =>
      withClient(database, async (client) => {
        writes += statements.length
        // Where what an extension brings lies, and is made.
        await client.query('BEGIN; SET LOCAL search_path = public, pg_temp')
        try {
          for (const statement of statements) await client.query(statement)
          await client.query('COMMIT')
        } catch (error) {
          await client.query('ROLLBACK').catch(() => {})
          throw error
        }
      }),
    executeAlone: (database, statement) =>
      withClient(database, async (client) => {
        writes++
        await client.query(statement)
      }),
    close: async () => {
      await Promise.all([...pools.values()].map((p) => p.end()))
      pools.clear()
    },
  }
}
