// The Trino protocol as a page speaks it: to its own origin, each statement under a request id of its own.
import type { Row } from '#wire/trino/protocol'
import { type Reply, runStatement, type StatementOptions, type StatementOutcome } from '#wire/trino/statement'
import { newTraceId, toHttpError, traceparent } from '~/lib/http'

export type QueryOptions = Omit<StatementOptions, 'url' | 'headers' | 'requestId' | 'timeZone' | 'refusal'>

/** Runs one statement to its end. Rejects with QueryError, QueryCancelled or HttpError. */
export function runQuery(options: QueryOptions): Promise<StatementOutcome> {
  const requestId = newTraceId()
  return runStatement({
    source: 'cockpit',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...options,
    headers: { traceparent: traceparent(requestId) },
    requestId,
    refusal: (reply: Reply) => toHttpError(reply, requestId),
  })
}

/** A small query whose rows are wanted at once, as objects by column name. */
export async function queryObjects(options: QueryOptions): Promise<Record<string, unknown>[]> {
  const rows: Row[] = []
  const { columns } = await runQuery({ ...options, onUpdate: (update) => void rows.push(...update.rows) })
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column.name, row[i]])))
}
