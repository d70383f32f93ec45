// Runs a prepared query on the engine: rows to the client's buffer, or a write to its target; failures as Trino names them.

import { AkkoError, toAkkoError } from '#kit/errors'
import { inSpan } from '#kit/telemetry'
import { SourceFailed } from '#parts/sql/connectors/errors'
import {
  DivisionByZero,
  EngineFailed,
  InvalidCast,
  MemoryLimit,
  OutOfMemory,
  OutOfRange,
  PlanningTimeLimit,
  SubqueryRows,
  sqlError,
} from '#parts/sql/errors'
import { MAX_STATEMENT, type QueryContext } from '#parts/sql/ports'
import type { AnalysedQuery } from '#parts/sql/query/analyse'
import type { ExecutorDeps } from '#parts/sql/query/context'
import { columnTypes, type PreparedQuery, prepare } from '#parts/sql/query/plan'
import type { Query } from '#parts/sql/query/query'
import { print } from '#wire/duckdb/sql'
import type { EngineRequest, EngineRun, Progress } from '#wire/engine/protocol'
import { readRaised } from '#wire/engine/raised'
import { ERROR_CODES, type ErrorName } from '#wire/trino/error-codes'
import { displayType, toSignature } from '#wire/trino/type'

/** Opens the query's spool, runs `body` in it, and gives everything back, whatever happens. */
export async function inSpool<T>(deps: ExecutorDeps, query: Query, body: (context: QueryContext) => Promise<T>): Promise<T> {
  const { spool } = await deps.files.open(query.caller, query.id)
  try {
    return await inContext(query, spool, body)
  } finally {
    await deps.files.release(query.caller, query.id)
  }
}

/** `spool` is empty for a query that reads no source: nothing is leased, so there is no folder to open. */
async function inContext<T>(query: Query, spool: string, body: (context: QueryContext) => Promise<T>): Promise<T> {
  const over = new AbortController()
  try {
    return await body({ queryId: query.id, caller: query.caller, spool, signal: query.abort.signal, over: over.signal })
  } finally {
    over.abort()
  }
}

export function announce(query: Query, columns: AnalysedQuery['columns']): void {
  query.columns = columns.map(({ name, type }) => ({ name, type: displayType(type), typeSignature: toSignature(type) }))
}

export async function runQuery(deps: ExecutorDeps, query: Query, plan: AnalysedQuery): Promise<void> {
  const body = async (context: QueryContext) => {
    const prepared = await prepare(deps, context, plan)
    announce(query, plan.columns)
    await drive(deps, query, context, prepared, 'rows', columnTypes(plan))
    query.finish()
  }
  const isOwn = plan.scans.some((scan) => 'connector' in scan.source)
  await (isOwn ? inSpool(deps, query, body) : inContext(query, '', body))
}

type Drive = [
  deps: ExecutorDeps,
  query: Query,
  context: QueryContext,
  prepared: PreparedQuery,
  output: EngineRequest['output'],
  types?: readonly string[],
]

/** The engine's verdict and that of every feed must be good. */
export function drive(...given: Drive): Promise<void> {
  return inSpan('sql.execute', { 'sql.query_id': given[1].id }, () => follow(...given))
}

async function follow(...[deps, query, context, prepared, output, types]: Drive): Promise<void> {
  const { scans } = prepared
  query.state = 'RUNNING'
  let run: EngineRun | undefined
  query.attach({
    progress: () => run?.progress() ?? NOTHING_YET,
    scannedBytes: () => scans.reduce((sum, scan) => sum + scan.scannedBytes(), 0),
    splits: Math.max(
      1,
      scans.reduce((sum, scan) => sum + scan.splits, 0),
    ),
  })
  const stop = () => void run?.cancel().catch(() => {})
  query.abort.signal.addEventListener('abort', stop, { once: true })
  let broken: unknown
  const feeds: Promise<void>[] = []
  try {
    assertWithinLimits(query) // What files hold is known before they are read.
    run = deps.engine.run({
      queryId: query.id,
      spool: context.spool,
      owner: deps.ownerOf(query.caller),
      ...aloneFor(query),
      sql: print(prepared.sql, { maxLength: MAX_STATEMENT }),
      output,
      ...(types ? { types } : {}),
    })
    if (query.abort.signal.aborted) stop()
    for (const scan of scans) {
      const feed = scan.feed?.().catch((error: unknown) => {
        broken ??= error
        stop()
      })
      if (feed) feeds.push(feed)
    }
    if (output === 'rows') await pump(query, run)
    await run.done
    assertWithinLimits(query)
  } catch (error) {
    if (broken !== undefined) throw fromSource(broken, prepared.guarded)
    await recordRefusal(deps, query, error)
    throw ofOwnLimit(query, error) ?? fromEngine(error, prepared.guarded)
  } finally {
    query.abort.signal.removeEventListener('abort', stop)
    await Promise.allSettled(scans.map((scan) => scan.close()))
    await Promise.allSettled(feeds)
  }
  if (broken !== undefined) throw fromSource(broken, prepared.guarded)
}

const NOTHING_YET: Progress = { percent: undefined, rows: 0, memoryBytes: 0 }

function assertWithinLimits({ exceeded }: Query): void {
  if (exceeded) throw exceeded
}

/** A query whose memory or time of processors is limited, or that gives way to others, runs where they are its own. */
function aloneFor({ limits: { cpu, memory }, givesWay }: Query): Pick<EngineRequest, 'alone'> {
  if (!cpu && !memory && !givesWay) return {}
  return { alone: { givesWay, ...(memory ? { memoryLimitBytes: Math.max(1, Math.floor(memory.value)) } : {}) } }
}

function ofOwnLimit({ limits: { memory } }: Query, error: unknown): AkkoError | undefined {
  const own = error instanceof AkkoError && error.code === 'engine.exceeded_memory' && error.values.own === true
  return own && memory ? MemoryLimit({ limit: memory.printed }, error) : undefined
}

/** What the engine's door refuses is a fault of ours, or an attempt upon it: it knows no people, so it is told here. */
async function recordRefusal({ authoriser }: ExecutorDeps, { id, caller }: Query, error: unknown): Promise<void> {
  if (!(error instanceof AkkoError) || error.code !== 'engine.statement_refused') return
  await authoriser.record?.(caller, 'read', { kind: 'query', path: [id, caller.sub] }, { allow: false, reason: error.message })
}

async function pump(query: Query, run: EngineRun): Promise<void> {
  for await (const rows of run.rows) {
    query.rowCount += rows.length
    await query.rows.push(rows)
    if (query.abort.signal.aborted) break
  }
}

/** What the engine complains about and Trino does not: named as what is not served. */
const UNSERVED: readonly (readonly [text: string, pattern: RegExp])[] = [
  [
    'this form of regular expression is not served in regexp_like, regexp_extract, regexp_extract_all, regexp_replace, regexp_split and regexp_count here yet',
    /invalid (perl operator|escape sequence|named capture)/,
  ],
  ['approx_percentile with a percentage that is not constant is not served here yet', /^QUANTILE can only take constant/],
  [
    'corr, covar_pop, covar_samp, regr_slope, regr_intercept, stddev, stddev_pop, stddev_samp, variance, var_pop and var_samp over numbers that are not finite are not served here yet',
    /^(VAR|STDDEV|COVAR|CORR|REGR)\w* .*out of range!$/,
  ],
  [
    'a timestamp of more than 6 digits beside one outside of 1677 to 2262 is not served here yet',
    /^Could not convert Timestamp\(US\) to Timestamp\(NS\)/,
  ],
  ['division of decimals of so many digits is not served here yet', /^Could not convert string '-?\d+' to INT128/],
]

const WITHHELD =
  'a value does not fit; the text of the engine is withheld, since it may show what a row filter or a mask on a table of this query hides'

/** A source's error; where a policy hides something, without the source's own text. */
function fromSource(error: unknown, guarded: boolean): AkkoError {
  const known = toAkkoError(error)
  return guarded && SourceFailed.is(known)
    ? SourceFailed({ table: known.values.table, text: 'its text is withheld under a policy' })
    : known
}

/** An engine's error as the client of SQL should read it. Where a policy hides something, without a text that may hold a value. */
export function fromEngine(error: unknown, guarded = false): AkkoError {
  if (!(error instanceof AkkoError)) return toAkkoError(error)
  if (error.code === 'engine.exceeded_memory')
    return guarded ? OutOfMemory({ text: 'query exceeded the memory of the engine' }) : OutOfMemory({ text: error.message }, error)
  if (error.code === 'engine.fault' && guarded) return EngineFailed({ text: WITHHELD })
  if (error.code === 'engine.exceeded_planning') return PlanningTimeLimit({ seconds: Number(error.values.seconds) }, error)
  if (error.code !== 'engine.query_failed') return error
  const full = String(error.values.text ?? error.message)
  const type = String(error.values.type ?? '')
  const raised = readRaised(full)
  if (raised) {
    const { name, text, detail } = raised
    if (name === 'DIVISION_BY_ZERO') return DivisionByZero({}, error)
    if (Object.hasOwn(ERROR_CODES, name)) return sqlError(name as ErrorName, undefined, guarded ? text : (detail ?? text))
  }
  const text = guarded ? WITHHELD : (full.split('\n')[0] as string)
  const cause = guarded ? undefined : error
  const unserved = UNSERVED.find(([, pattern]) => pattern.test(full))
  if (unserved) return sqlError('NOT_SUPPORTED', undefined, unserved[0])
  if (/^QUANTILE can only take parameters in the range/.test(full))
    return sqlError('INVALID_FUNCTION_ARGUMENT', undefined, 'Percentile must be between 0 and 1')
  if (/^(date|time|timestamp) field value out of range|^Date out of range/i.test(full)) return InvalidCast({ text }, cause)
  if (/More than one row returned by a subquery/.test(full)) return SubqueryRows({}, cause)
  if (/value (nan|inf|-inf) |^Casting value .* to type DECIMAL/.test(full)) return InvalidCast({ text }, cause)
  if (/out of range|too large|overflow/i.test(full) || /^Out of Range$/i.test(type)) return OutOfRange({ text }, cause)
  if (/^Conversion$/i.test(type)) return InvalidCast({ text }, cause)
  if (/^Invalid Input$/i.test(type)) return sqlError('INVALID_FUNCTION_ARGUMENT', undefined, text)
  return sqlError('GENERIC_INTERNAL_ERROR', undefined, `the engine refused the statement (${type}): ${text}`)
}
