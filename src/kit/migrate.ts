// One migrator: a part's schema, step by step, each once, safe when several start at the same time.
import type pg from 'pg'
import { inTransaction } from '#kit/transaction'

export interface Migrations {
  /** Of the part alone; a plain identifier. */
  readonly schema: string
  /** SQL of each step. Never changed once released; new ones are appended. */
  readonly steps: readonly string[]
  /** How the schema counted its steps before: its table, the column, and the number of the first. Taken over once. */
  readonly earlier?: { readonly table: string; readonly column: string; readonly first: 0 | 1 }
  /** SQL of each start, after the steps, in the same transaction. */
  readonly always?: string
}

/** A step may go over every row that there is; milliseconds, whatever else the pool waits for. */
const STEP_MS = 3_600_000

export async function migrate(pool: pg.Pool, { schema, steps, earlier, always }: Migrations): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`akko migrations ${schema}`])
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${plain(schema)}`)
    if (earlier) await takeOver(client, schema, earlier)
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${schema}.migrations (step int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    )
    const { rows } = await client.query<{ step: number }>(`SELECT coalesce(max(step), 0) AS step FROM ${schema}.migrations`)
    for (let step = rows[0]?.step ?? 0; step < steps.length; step++) {
      await client.query({ text: steps[step] as string, query_timeout: STEP_MS } as pg.QueryConfig)
      await client.query(`INSERT INTO ${schema}.migrations (step) VALUES ($1)`, [step + 1])
    }
    if (always) await client.query(always)
  })
}

async function takeOver(client: pg.PoolClient, schema: string, earlier: NonNullable<Migrations['earlier']>): Promise<void> {
  const table = plain(earlier.table)
  const column = plain(earlier.column)
  const { rowCount } = await client.query(
    'SELECT FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 AND column_name = $3',
    [schema, table, column],
  )
  if (rowCount === 0) return
  const { rows } = await client.query<{ last: number | null }>(`SELECT max(${column}) AS last FROM ${schema}.${table}`)
  await client.query(`DROP TABLE ${schema}.${table}`)
  await client.query(`CREATE TABLE ${schema}.migrations (step int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`)
  const done = rows[0]?.last == null ? 0 : rows[0].last + 1 - earlier.first
  await client.query(`INSERT INTO ${schema}.migrations (step) SELECT generate_series(1, $1)`, [done])
}

function plain(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new Error(`${name} is not a plain name`)
  return name
}
