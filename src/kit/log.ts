// Structured logs: one JSON line on standard output, with the request id of the moment. The supervisor files them per part.
import { destination, type LoggerOptions, pino } from 'pino'
import { currentTrace } from '#kit/trace'

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** How long lines gather, so that many go out by one write; those from `warn` on take all with them at once. Milliseconds and bytes. */
const GATHER_MS = 50
const GATHER_BYTES = 8 * 1024

// Written one by one: a flush of the library's own buffer waits for ever when nobody reads any more, where a write of it gives up.
const lines = destination({ dest: 1, sync: true })
let gathered = ''
let timer: NodeJS.Timeout | undefined
const send = () => {
  clearTimeout(timer)
  timer = undefined
  const text = gathered
  gathered = ''
  if (text !== '') lines.write(text)
}
const out = {
  write: (line: string) => {
    gathered += line
    if (gathered.length >= GATHER_BYTES) send()
  },
}
process.on('exit', send)

const options: LoggerOptions = {
  level: process.env.AKKO_LOG_LEVEL ?? 'info',
  base: undefined,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  mixin: () => {
    const trace = currentTrace()
    return trace ? { requestId: trace.traceId } : {}
  },
}
const root = pino(options, out)

/** A logger for one part; `part` is the name in its declaration. */
export function createLog(part: string): Log {
  const child = root.child({ part })
  const soon = (level: 'debug' | 'info') => (fields: object, message: string) => {
    child[level](fields, message)
    if (child.isLevelEnabled(level)) timer ??= setTimeout(send, GATHER_MS)
  }
  const now = (level: 'warn' | 'error') => (fields: object, message: string) => {
    child[level](fields, message)
    send()
  }
  return { debug: soon('debug'), info: soon('info'), warn: now('warn'), error: now('error') }
}
