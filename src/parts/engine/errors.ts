// Every error of the engine process; they cross its socket by code and come out of the client as the same errors.
import { AkkoError, defineError, Internal } from '#kit/errors'
import type { WireError } from '#wire/engine/protocol'

/** Values: `type` (DuckDB's exception type), `text`, `position` (offset in the SQL, when known), `subtype`. */
export const QueryFailed = defineError('engine.query_failed', 400, '{text}')
/** `own` is true where the query has a limit of its own. */
export const ExceededMemory = defineError('engine.exceeded_memory', 400, 'query exceeded the memory of the engine ({limit}): {text}', {
  hint: 'read fewer rows or columns, filter before joining, or raise the memory limit of the engine',
})
export const ExceededPlanning = defineError(
  'engine.exceeded_planning',
  408,
  'query exceeded the planning time limit of the engine ({seconds} s)',
)
export const Cancelled = defineError('engine.cancelled', 409, 'query was cancelled')
export const EngineBusy = defineError('engine.busy', 503, 'the engine already runs {running} queries and {queued} wait', {
  retryable: true,
  blame: 'caller-retry',
  hint: 'try again when one has ended',
})
export const EngineLost = defineError('engine.lost', 503, 'the SQL engine went away while the query ran', {
  retryable: true,
  blame: 'us',
  hint: 'the engine starts again by itself; run the query again',
})
/** Our own SQL did not keep to what was agreed: the statement did not come from the dialect, or the dialect has a fault. */
export const StatementRefused = defineError('engine.statement_refused', 400, 'the engine refuses the statement: {text}', { blame: 'us' })
export const EngineFault = defineError('engine.fault', 500, 'the SQL engine failed inside: {text}')

const TABLE = [QueryFailed, ExceededMemory, ExceededPlanning, Cancelled, EngineBusy, EngineLost, StatementRefused, EngineFault]

export function toWire(error: unknown): WireError {
  if (!(error instanceof AkkoError)) return { code: EngineFault.spec.code, values: { text: String(error) } }
  const values: Record<string, string | number | boolean | undefined> = {}
  for (const [key, value] of Object.entries(error.values)) values[key] = typeof value === 'bigint' ? String(value) : value
  return { code: error.code, values }
}

export function fromWire(wire: WireError): AkkoError {
  const made = TABLE.find((e) => e.spec.code === wire.code)
  return made ? made(wire.values) : Internal({}, new Error(wire.code))
}

interface DuckDBErrorJson {
  readonly exception_type?: string
  readonly exception_message?: string
  readonly error_subtype?: string
  readonly position?: string
}

/** Errors whose text may hold a person's words. */
const OF_VALUES = /^(Conversion|Invalid Input|Out of Range|Binder|Parser|Catalog)$/i

/** DuckDB's error (rendered as JSON by `errors_as_json`) as a row of the table; `shift` corrects positions in wrapped SQL. */
export function fromDuckDB(error: unknown, limit: string, shift = 0): AkkoError {
  if (error instanceof AkkoError) return error
  const message = error instanceof Error ? error.message : String(error)
  const json = parse(message)
  const type = json?.exception_type ?? /^(\w[\w ]*?) Error:/.exec(message)?.[1] ?? 'Unknown'
  const text = json?.exception_message ?? message
  if (/^INTERRUPT/i.test(type)) return Cancelled({}, error)
  if (/^Out of Memory/i.test(type) || (!OF_VALUES.test(type) && /Allocation failure|bad_alloc|failed to allocate/i.test(text)))
    return ExceededMemory({ limit, text: text.split('\n')[0] })
  if (/^(INTERNAL|FATAL)$/i.test(type)) return EngineFault({ text }, error)
  const position = json?.position === undefined ? -1 : Number(json.position) + shift
  return QueryFailed({ type, text, position: position < 0 ? undefined : position, subtype: json?.error_subtype })
}

function parse(message: string): DuckDBErrorJson | undefined {
  const start = message.indexOf('{"exception_type"')
  if (start < 0) return undefined
  try {
    return JSON.parse(message.slice(start)) as DuckDBErrorJson
  } catch {
    return undefined
  }
}
