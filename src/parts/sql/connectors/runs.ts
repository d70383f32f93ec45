// Queries of a connector's own on the engine, over files of the query's folder; they end when the query does.
import { type Engine, MAX_STATEMENT, type QueryContext } from '#parts/sql/ports'
import { print, type Sql } from '#wire/duckdb/sql'
import type { ParquetOutput } from '#wire/engine/protocol'

type Runs = Pick<Engine, 'run'>
type Asked = Parameters<Engine['run']>[0]

/** Rows into files. */
export async function runInto(engine: Runs, context: QueryContext, query: Sql, output: ParquetOutput): Promise<void> {
  for await (const _ of run(engine, context, query, { output }));
}

/** All rows, parsed. */
export async function runRows<Row>(engine: Runs, context: QueryContext, query: Sql, types: readonly string[]): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of runBatches(engine, context, query, types)) for (const row of batch) rows.push(JSON.parse(row) as Row)
  return rows
}

/** Rows as JSON texts, as the engine makes them. */
export function runBatches(engine: Runs, context: QueryContext, query: Sql, types: readonly string[]): AsyncGenerator<readonly string[]> {
  return run(engine, context, query, { output: 'rows', types })
}

async function* run(
  engine: Runs,
  { queryId, spool, signal }: QueryContext,
  query: Sql,
  how: Pick<Asked, 'output' | 'types'>,
): AsyncGenerator<readonly string[]> {
  signal.throwIfAborted()
  const made = engine.run({ queryId, spool, sql: print(query, { maxLength: MAX_STATEMENT }), ...how })
  const stop = () => void made.cancel().catch(() => {})
  signal.addEventListener('abort', stop, { once: true })
  let ended = false
  try {
    if (how.output === 'rows') yield* made.rows
    await made.done
    ended = true
  } finally {
    signal.removeEventListener('abort', stop)
    if (!ended) stop()
  }
}
