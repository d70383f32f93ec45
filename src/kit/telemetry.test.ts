// What a real SDK of OpenTelemetry records of our servers, and that nothing changes where there is none.
import { metrics, trace } from '@opentelemetry/api'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import { type Served, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { inSpan } from '#kit/telemetry'
import { requestId, traceparent } from '#kit/trace'

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const HEADER = { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01` }
let served: Served | undefined

afterEach(async () => {
  await served?.close(0)
  served = undefined
  trace.disable()
  metrics.disable()
})

/** A server that answers with its request id and with the header that it would send on. */
async function start(): Promise<(path: string) => Promise<{ id: string; next: string }>> {
  const running = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    log: createLog('test'),
    handler: async (req, res) => {
      const next = await inSpan('work', { 'work.kind': 'test' }, async () => traceparent())
      res.statusCode = req.url === '/broken' ? 503 : 200
      res.end(JSON.stringify({ id: requestId(), next }))
    },
  })
  served = running
  return async (path) => (await fetch(`http://127.0.0.1:${running.port}${path}`, { headers: HEADER })).json() as never
}

describe('a server', () => {
  it('continues its caller’s trace with a span for the request and one for work in it', async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
    const ask = await start()
    const { id, next } = await ask('/a?secret=1')
    await ask('/broken')
    await served?.close()
    const [work, request, , broken] = exporter.getFinishedSpans()
    expect(id).toBe(CALLER.traceId)
    expect(request?.spanContext().traceId).toBe(CALLER.traceId)
    expect(request?.parentSpanContext?.spanId).toBe(CALLER.spanId)
    expect(request?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.port': expect.any(Number),
      'url.path': '/a',
    })
    expect(work).toMatchObject({ name: 'work', attributes: { 'work.kind': 'test' } })
    expect(work?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId)
    expect(next).toBe(`00-${CALLER.traceId}-${work?.spanContext().spanId}-01`)
    expect(broken).toMatchObject({ status: { code: 2 }, attributes: { 'http.response.status_code': 503 } })
  })

  it('counts its requests and how long they took', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
    const provider = new MeterProvider({ readers: [reader] })
    metrics.setGlobalMeterProvider(provider)
    const ask = await start()
    for (const path of ['/a', '/b', '/broken']) await ask(path)
    await served?.close()
    await provider.forceFlush()
    const found = exporter.getMetrics().flatMap((r) => r.scopeMetrics.flatMap((s) => s.metrics))
    const points = (name: string) => found.find((m) => m.descriptor.name === name)?.dataPoints ?? []
    const counts = points('http.server.request.duration').map((p) => [
      p.attributes['http.response.status_code'],
      (p.value as { count: number }).count,
    ])
    expect(counts).toEqual([
      [200, 2],
      [503, 1],
    ])
    expect(points('http.server.active_requests').map((p) => p.value)).toEqual([0])
    await provider.shutdown()
  })

  it('keeps its caller’s request id where nothing is recorded', async () => {
    const ask = await start()
    const { id, next } = await ask('/a')
    expect(id).toBe(CALLER.traceId)
    expect(next).toMatch(new RegExp(`^00-${CALLER.traceId}-(?!${CALLER.spanId})[0-9a-f]{16}-01$`))
  })
})
