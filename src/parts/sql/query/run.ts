// Runs a prepared query on the engine: rows to the client's buffer, or a write to its target; failures as Trino names them.
import { AkkoError, toAkkoError } from '#kit/errors'
import { ERROR_CODES, type ErrorName } from '#wire/trino/error-codes'
import { displayType, toSignature } from '#wire/trino/type'
import { DivisionByZero, InvalidCast, OutOfMemory, OutOfRange, SubqueryRows, sqlError } from '../errors.ts'
import type { EngineRun, PreparedScan, QueryContext } from '../ports.ts'
import type { ExecutorDeps } from './context.ts'
import { type AnalysedQuery, columnTypes, prepare } from './plan.ts'
import type { Query } from './query.ts'

/** Opens the query's spool, runs `body` in it, and gives everything back, whatever happens. */
export async function inSpool<T>(deps: ExecutorDeps, query: Query, body: (context: QueryContext) => Promise<T>): Promise<T> {
  const { spool } = await deps.files.open(query.caller, query.id)
  try {
    return await body({ queryId: query.id, caller: query.caller, spool, signal: query.abort.signal })
  } finally {
    await deps.files.release(query.caller, query.id)
  }
}

/** For a query that reads no source: nothing is leased, so there is no folder to open. */
async function withoutSpool<T>(_deps: ExecutorDeps, query: Query, body: (context: QueryContext) => Promise<T>): Promise<T> {
  return body({ queryId: query.id, caller: query.caller, spool: '', signal: query.abort.signal })
}

export function announce(query: Query, columns: AnalysedQuery['columns']): void {
  query.columns = columns.map(({ name, type }) => ({ name, type: displayType(type), typeSignature: toSignature(type) }))
}

export async function runQuery(deps: ExecutorDeps, query: Query, plan: AnalysedQuery): Promise<void> {
  const own = plan.scans.some((scan) => 'connector' in scan.source)
  await (own ? inSpool : withoutSpool)(deps, query, async (context) => {
    const prepared = await prepare(deps, context, plan)
    announce(query, plan.columns)
    await drive(deps, query, context, prepared, 'rows', columnTypes(plan))
    query.finish()
  })
}

export interface Prepared {
  readonly sql: string
  readonly scans: readonly PreparedScan[]
}

/** The engine's verdict and that of every feed must be good. */
export async function drive(
  deps: ExecutorDeps,
  query: Query,
  context: QueryContext,
  prepared: Prepared,
  output: 'rows' | 'none',
  types?: readonly string[],
): Promise<void> {
  const { scans } = prepared
  query.state = 'RUNNING'
  const run = deps.engine.run({ queryId: query.id, spool: context.spool, sql: prepared.sql, output, ...(types ? { types } : {}) })
  query.attach({
    progress: () => run.progress(),
    scannedBytes: () => scans.reduce((sum, scan) => sum + scan.scannedBytes(), 0),
    splits: Math.max(
      1,
      scans.reduce((sum, scan) => sum + scan.splits, 0),
    ),
  })
  const stop = () => void run.cancel().catch(() => {})
  query.abort.signal.addEventListener('abort', stop, { once: true })
  if (query.abort.signal.aborted) stop()
  let broken: unknown
  const feeds = scans
    .flatMap((scan) => (scan.feed ? [scan.feed()] : []))
    .map((feed) =>
      feed.catch((error: unknown) => {
        broken ??= error
        stop()
      }),
    )
  try {
    if (output === 'rows') await pump(query, run)
    await run.done
  } catch (error) {
    if (broken !== undefined) throw toAkkoError(broken)
    throw fromEngine(error)
  } finally {
    query.abort.signal.removeEventListener('abort', stop)
    await Promise.allSettled(scans.map((scan) => scan.close()))
    await Promise.allSettled(feeds)
  }
  if (broken !== undefined) throw toAkkoError(broken)
}

async function pump(query: Query, run: EngineRun): Promise<void> {
  for await (const rows of run.rows) {
    query.rowCount += rows.length
    await query.rows.push(rows)
    if (query.abort.signal.aborted) break
  }
}

/** An engine's error as the client of SQL should read it. */
export function fromEngine(error: unknown): AkkoError {
  if (!(error instanceof AkkoError)) return toAkkoError(error)
  if (error.code === 'engine.exceeded_memory') return OutOfMemory({ text: error.message }, error)
  if (error.code !== 'engine.query_failed') return error
  const text = String(error.values.text ?? error.message)
  const type = String(error.values.type ?? '')
  const raised = /AKKO:([A-Z_]+):([^"']*)/.exec(text)
  if (raised) {
    const name = raised[1] as string
    if (name === 'DIVISION_BY_ZERO') return DivisionByZero({}, error)
    if (name in ERROR_CODES) return sqlError(name as ErrorName, undefined, raised[2] as string)
  }
  if (/More than one row returned by a subquery/.test(text)) return SubqueryRows({}, error)
  if (/value (nan|inf|-inf) |^Casting value .* to type DECIMAL/.test(text)) return InvalidCast({ text: tidy(text) }, error)
  if (/out of range|too large|overflow/i.test(text) || /^Out of Range$/i.test(type)) return OutOfRange({ text: tidy(text) }, error)
  if (/^Conversion$/i.test(type)) return InvalidCast({ text: tidy(text) }, error)
  if (/^Invalid Input$/i.test(type)) return sqlError('INVALID_FUNCTION_ARGUMENT', undefined, tidy(text))
  return sqlError('GENERIC_INTERNAL_ERROR', undefined, `the engine refused the statement (${type}): ${tidy(text)}`)
}

const tidy = (text: string): string => text.split('\n')[0] as string
