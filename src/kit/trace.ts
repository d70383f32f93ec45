// One request id through every part: W3C trace context, carried by AsyncLocalStorage.
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'

export interface Trace {
  /** 32 lower-case hex digits: the request id of the whole platform. */
  readonly traceId: string
  /** 16 lower-case hex digits: this hop. */
  readonly spanId: string
  /** The caller's hop, where it told one. */
  readonly parentId?: string
  /** From where the request came, where a server knows it. */
  readonly address?: string
}

const storage = new AsyncLocalStorage<Trace>()
const PATTERN = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/

/** Continues the caller's `traceparent` header (W3C Trace Context, section 3.2), or begins a trace. */
export function traceFrom(header: string | null | undefined): Trace {
  const match = header ? PATTERN.exec(header) : null
  const spanId = randomBytes(8).toString('hex')
  const [, traceId, parentId] = match ?? []
  if (!traceId || !parentId || [traceId, parentId].some((id) => /^0+$/.test(id)))
    return { traceId: randomBytes(16).toString('hex'), spanId }
  return { traceId, spanId, parentId }
}

export function runInTrace<T>(trace: Trace, body: () => T): T {
  return storage.run(trace, body)
}

export function currentTrace(): Trace | undefined {
  return storage.getStore()
}

/** The request id of what is running now; a fresh one outside any request. */
export function requestId(): string {
  return storage.getStore()?.traceId ?? traceFrom(undefined).traceId
}

/** The header to send to the next hop. */
export function traceparent(trace: Trace | undefined = currentTrace()): string {
  const t = trace ?? traceFrom(undefined)
  return `00-${t.traceId}-${t.spanId}-01`
}
