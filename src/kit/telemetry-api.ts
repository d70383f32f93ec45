// Spans and metrics by OpenTelemetry's API, under its semantic conventions; loaded by telemetry.ts where an SDK records them.
import type { IncomingMessage } from 'node:http'
import { type Attributes, metrics, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace as tracing } from '@opentelemetry/api'
import { AkkoError } from '#kit/errors'
import { emitMetrics, SCOPE } from '#kit/metrics-api'
import type { ServerTelemetry } from '#kit/telemetry'
import { currentTrace, runInTrace, type Trace } from '#kit/trace'

export function createServerTelemetry(part: string | undefined, port: () => number): ServerTelemetry {
  emitMetrics()
  const tracer = tracing.getTracer(SCOPE)
  const meter = metrics.getMeter(SCOPE)
  const duration = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP server requests',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] },
  })
  const active = meter.createUpDownCounter('http.server.active_requests', {
    unit: '{request}',
    description: 'Requests that are being answered',
  })
  return (req, res, trace) => {
    const common = { 'http.request.method': req.method ?? '', 'server.port': port(), ...(part === undefined ? {} : { 'akko.part': part }) }
    const span = tracer.startSpan(
      common['http.request.method'],
      // The path without its query: that may hold what is nobody's business.
      { kind: SpanKind.SERVER, attributes: { ...common, 'url.path': req.url?.split('?')[0] ?? '', ...(res ? {} : upgradeOf(req)) } },
      parentOf(trace),
    )
    const ids = span.isRecording() ? { ...trace, ...idsOf(span.spanContext()) } : trace
    if (!res) return { trace: ids, end: () => span.end() }
    active.add(1, common)
    return {
      trace: ids,
      end: (seconds) => {
        const attributes: Attributes = { ...common, 'http.response.status_code': res.statusCode }
        span.setAttribute('http.response.status_code', res.statusCode)
        if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
        active.add(-1, common)
        duration.record(seconds, attributes)
      },
    }
  }
}

const upgradeOf = (req: IncomingMessage): Attributes => ({ 'http.request.header.upgrade': [(req.headers.upgrade ?? '').slice(0, 40)] })

/** Of what it throws the kind is recorded: a text may hold a person's values. */
export async function inSpan<T>(name: string, attributes: Attributes, body: () => Promise<T>): Promise<T> {
  const around = currentTrace()
  const span = tracing.getTracer(SCOPE).startSpan(name, { attributes }, around ? contextOf(around.traceId, around.spanId) : ROOT_CONTEXT)
  try {
    return await (span.isRecording() ? runInTrace({ ...around, ...idsOf(span.spanContext()) }, body) : body())
  } catch (error) {
    span.setAttribute('error.type', error instanceof AkkoError ? error.code : error instanceof Error ? error.name : 'unknown')
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}

const idsOf = ({ traceId, spanId }: Trace): Trace => ({ traceId, spanId })

const parentOf = ({ traceId, parentId }: Trace) => (parentId === undefined ? ROOT_CONTEXT : contextOf(traceId, parentId))

const contextOf = (traceId: string, spanId: string) =>
  tracing.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true })
