// The part's own schema in the `keycloak` database: its tables' names, and queries over a pool or one transaction.
import pg from 'pg'
import { inTransaction } from '#kit/transaction'

const TABLES = [
  'realms',
  'keys',
  'roles',
  'clients',
  'users',
  'user_roles',
  'groups',
  'user_groups',
  'role_composites',
  'group_roles',
  'policy_groups',
  'policy_group_roles',
  'oidc_rows',
  'login_failures',
  'ended',
  'password_history',
  'action_links',
  'second_factors',
  'seen_sessions',
] as const

/** Quoted, schema-qualified names: the only thing that is ever put into SQL text. */
export type Tables = Readonly<Record<(typeof TABLES)[number], string>>

export interface Db {
  /** As it is called, and as it is written in SQL. */
  readonly name: string
  readonly schema: string
  readonly t: Tables
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** Number of rows that were changed. */
  run(text: string, values?: readonly unknown[]): Promise<number>
  /** Everything in it commits together, or nothing. */
  transaction<T>(body: (db: Db) => Promise<T>): Promise<T>
}

interface Queryable {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>
}

export function createDb(pool: pg.Pool, schema: string): Db {
  const quoted = pg.escapeIdentifier(schema)
  const t = Object.fromEntries(TABLES.map((name) => [name, `${quoted}.${name}`])) as Tables
  const over = (target: Queryable, transaction: Db['transaction']): Db => ({
    name: schema,
    schema: quoted,
    t,
    query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await target.query<Row>(text, [...values])).rows,
    run: async (text, values = []) => (await target.query(text, [...values])).rowCount ?? 0,
    transaction,
  })
  return over(pool, (body) =>
    inTransaction(pool, (client) => {
      const inner: Db = over(client, (nested) => nested(inner))
      return body(inner)
    }),
  )
}

/** SQLSTATE 23505 on the named constraint (any without a name). */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const e = error as { code?: string; constraint?: string }
  return e?.code === '23505' && (constraint === undefined || e.constraint === constraint)
}
