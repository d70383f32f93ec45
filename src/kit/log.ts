// Structured logs: one JSON line on standard output, with the request id of the moment. The supervisor files them per part.
import { pino } from 'pino'
import { currentTrace } from '#kit/trace'

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const root = pino({
  level: process.env.AKKO_LOG_LEVEL ?? 'info',
  base: undefined,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  mixin: () => {
    const trace = currentTrace()
    return trace ? { requestId: trace.traceId } : {}
  },
})

/** A logger for one part; `part` is the name in its declaration. */
export function createLog(part: string): Log {
  return root.child({ part })
}
