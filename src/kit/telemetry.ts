// Spans and metrics of every server. Where no OpenTelemetry SDK is in the process nothing records them, and its API is not loaded.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Attributes } from '@opentelemetry/api'
import type { Trace } from '#kit/trace'

export interface RequestSpan {
  /** What the request runs in: the span's ids where it is recorded, so that request id and trace id are one. */
  readonly trace: Trace
  /** To be called once, when the answer is through or its client has left. */
  end(seconds: number): void
}

/** Without an answer: an upgrade, whose span lasts as long as its connection. */
export type ServerTelemetry = (req: IncomingMessage, res: ServerResponse | undefined, trace: Trace) => RequestSpan

/** Where the API's first major version keeps what an SDK registers. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

function isRecorded(): boolean {
  const registered = (globalThis as { [REGISTERED]?: { readonly trace?: unknown; readonly metrics?: unknown } })[REGISTERED]
  return registered?.trace !== undefined || registered?.metrics !== undefined
}

const unrecorded: ServerTelemetry = (_req, _res, trace) => ({ trace, end: () => {} })

/** Of one server, a part's or nobody's; instruments are made when it starts, so that an SDK must be there before. */
export async function createServerTelemetry(part: string | undefined, port: () => number): Promise<ServerTelemetry> {
  return isRecorded() ? (await import('#kit/telemetry-api')).createServerTelemetry(part, port) : unrecorded
}

/** A span around a piece of work of the running request, or of none. Of what it throws the kind is recorded: a text may hold a person's values. */
export async function inSpan<T>(name: string, attributes: Attributes, body: () => Promise<T>): Promise<T> {
  return isRecorded() ? (await import('#kit/telemetry-api')).inSpan(name, attributes, body) : body()
}
