// The history of queries: its port, and PostgreSQL as its store (schema akko_sql of AKKO's own database).
import type pg from 'pg'
import { migrate } from '#kit/migrate'
import { storable } from '#kit/storable'
import { createHistoryWriter } from '#parts/sql/history-writer'
import type { Query } from '#parts/sql/query/query'

export interface HistoryEntry {
  readonly queryId: string
  readonly user: string
  readonly source: string | undefined
  readonly state: string
  readonly query: string
  readonly created: Date
  readonly ended: Date | undefined
  readonly elapsedMs: number | undefined
  readonly rows: number | undefined
  readonly scannedBytes: number | undefined
  readonly errorName: string | undefined
  readonly errorMessage: string | undefined
  readonly requestId: string
}

export interface HistoryStore {
  /** Creates what it needs; may be called again. */
  start(): Promise<void>
  began(query: Query): Promise<void>
  /** May be called while `began` is on its way; a list asked for afterwards has it. */
  ended(query: Query): Promise<void>
  /** Newest first. `user` undefined: of everybody; else of the account too, where both are known. */
  list(filter: { readonly user?: string; readonly account?: string | undefined; readonly limit: number }): Promise<readonly HistoryEntry[]>
}

const MIGRATIONS: readonly string[] = [
  `CREATE TABLE akko_sql.query (
     query_id text PRIMARY KEY,
     "user" text NOT NULL,
     source text,
     state text NOT NULL,
     query text NOT NULL,
     created timestamptz NOT NULL,
     ended timestamptz,
     elapsed_ms bigint,
     rows bigint,
     scanned_bytes bigint,
     error_name text,
     error_message text,
     request_id text NOT NULL
   );
   CREATE INDEX query_by_user ON akko_sql.query ("user", created DESC);
   CREATE INDEX query_by_time ON akko_sql.query (created DESC)`,
  'ALTER TABLE akko_sql.query ADD COLUMN account text',
]

export function createPostgresHistory(pool: pg.Pool): HistoryStore {
  const writer = createHistoryWriter((queries) => save(pool, queries))
  return {
    start: () =>
      migrate(pool, {
        schema: 'akko_sql',
        steps: MIGRATIONS,
        earlier: { table: 'migration', column: 'version', first: 0 },
        always: `UPDATE akko_sql.query SET state = 'FAILED', ended = now(), error_name = 'SERVER_SHUTTING_DOWN',
          error_message = 'the SQL front stopped while the query ran' WHERE ended IS NULL`,
      }),
    began: (query) => writer.write(query),
    ended: (query) => writer.write(query),
    async list({ user, account, limit }) {
      await writer.flush()
      const { rows } = await pool.query<Record<string, unknown>>(
        `SELECT * FROM akko_sql.query WHERE $1::text IS NULL OR ("user" = $1 AND (account IS NULL OR $3::text IS NULL OR account = $3)) ORDER BY created DESC LIMIT $2`,
        [user ?? null, limit, account ?? null],
      )
      return rows.map(toEntry)
    },
  }
}

/** Each as it is now, whether it was there or not. No character of a statement keeps it from being remembered. */
async function save(pool: pg.Pool, queries: readonly Query[]): Promise<void> {
  const rows = queries.map((query) => ({
    query_id: query.id,
    user: query.caller.sub,
    account: query.caller.account,
    source: query.source,
    state: query.state,
    query: query.sql,
    created: query.created,
    request_id: query.caller.requestId,
    ...(query.ended ? resultOf(query) : {}),
  }))
  await pool.query(
    `INSERT INTO akko_sql.query SELECT * FROM json_populate_recordset(NULL::akko_sql.query, $1::json)
     ON CONFLICT (query_id) DO UPDATE SET (state, ended, elapsed_ms, rows, scanned_bytes, error_name, error_message) =
       (EXCLUDED.state, EXCLUDED.ended, EXCLUDED.elapsed_ms, EXCLUDED.rows, EXCLUDED.scanned_bytes, EXCLUDED.error_name, EXCLUDED.error_message)`,
    [JSON.stringify(rows, (_, value) => (typeof value === 'string' ? storable(value) : value))],
  )
}

const resultOf = (query: Query) => ({
  ended: query.ended,
  elapsed_ms: Math.round(query.elapsedMs),
  rows: query.rowCount,
  scanned_bytes: Math.round(query.scannedBytes),
  error_name: query.errorName,
  error_message: query.error?.message,
})

function toEntry(row: Record<string, unknown>): HistoryEntry {
  const number = (value: unknown) => (value === null || value === undefined ? undefined : Number(value))
  const text = (value: unknown) => (value === null || value === undefined ? undefined : String(value))
  return {
    queryId: String(row.query_id),
    user: String(row.user),
    source: text(row.source),
    state: String(row.state),
    query: String(row.query),
    created: row.created as Date,
    ended: (row.ended as Date | null) ?? undefined,
    elapsedMs: number(row.elapsed_ms),
    rows: number(row.rows),
    scannedBytes: number(row.scanned_bytes),
    errorName: text(row.error_name),
    errorMessage: text(row.error_message),
    requestId: String(row.request_id),
  }
}
