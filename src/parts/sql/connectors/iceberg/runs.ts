// Queries of the connector's own on the engine, over files of the query's folder; they end when the query does.
import { type Engine, MAX_STATEMENT, type QueryContext } from '#parts/sql/ports'
import { print, type Sql } from '#wire/duckdb/sql'
import type { ParquetOutput } from '#wire/engine/protocol'

type Runs = Pick<Engine, 'run'>

/** Rows into files. */
export function runInto(engine: Runs, context: QueryContext, query: Sql, output: ParquetOutput): Promise<void> {
  return run(engine, context, query, { output }, async () => {})
}

/** All rows, parsed. */
export async function runRows<Row>(engine: Runs, context: QueryContext, query: Sql, types: readonly string[]): Promise<Row[]> {
  const rows: Row[] = []
  await run(engine, context, query, { output: 'rows', types }, async (made) => {
    for await (const batch of made.rows) for (const row of batch) rows.push(JSON.parse(row) as Row)
  })
  return rows
}

type Asked = Parameters<Engine['run']>[0]

async function run(
  engine: Runs,
  { queryId, spool, signal }: QueryContext,
  query: Sql,
  how: Pick<Asked, 'output' | 'types'>,
  read: (made: ReturnType<Engine['run']>) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted()
  const made = engine.run({ queryId, spool, sql: print(query, { maxLength: MAX_STATEMENT }), ...how })
  const stop = () => void made.cancel().catch(() => {})
  signal.addEventListener('abort', stop, { once: true })
  try {
    await read(made)
    await made.done
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
