// What a real SDK of OpenTelemetry records of our servers, and that nothing changes where there is none.
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { metrics, trace } from '@opentelemetry/api'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import { type Served, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { counter, gauge, histogram } from '#kit/metrics'
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
    part: 'tested',
    upgrade: (_req, socket) =>
      void socket.end(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nx-next: ${traceparent()}\r\n\r\n`),
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
      'akko.part': 'tested',
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

  it('has a span for an upgrade, as long as its connection', async () => {
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
    await start()
    const headers = { ...HEADER, connection: 'upgrade', upgrade: 'websocket' }
    const req = http.get({ host: '127.0.0.1', port: served?.port, path: '/kernel?token=1', headers })
    const [answer, socket] = (await once(req, 'upgrade')) as [IncomingMessage, Socket]
    socket.destroy()
    await expect.poll(() => exporter.getFinishedSpans().length).toBe(1)
    const [span] = exporter.getFinishedSpans()
    expect(span?.attributes).toMatchObject({ 'akko.part': 'tested', 'http.request.header.upgrade': ['websocket'], 'url.path': '/kernel' })
    expect(span?.parentSpanContext?.spanId).toBe(CALLER.spanId)
    expect(answer.headers['x-next']).toBe(`00-${CALLER.traceId}-${span?.spanContext().spanId}-01`)
  })

  it('tells by the API what its page shows, made before and after', async () => {
    counter({ name: 'test_before_total', help: 'Made before', labels: ['kind'] }).inc({ kind: 'a' }, 2)
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })] })
    metrics.setGlobalMeterProvider(provider)
    const ask = await start()
    gauge({ name: 'test_gauge', help: 'Replaced' }, () => [{ value: 1 }])
    gauge({ name: 'test_gauge', help: 'Replaced' }, () => [{ value: 7 }])
    histogram({ name: 'test_sizes', help: 'Sizes', labels: ['kind'], buckets: [1, 10] }).observe({ kind: 'b' }, 5)
    await ask('/a')
    await served?.close()
    await provider.forceFlush()
    const found = new Map(
      exporter.getMetrics().flatMap((r) => r.scopeMetrics.flatMap((s) => s.metrics.map((m) => [m.descriptor.name, m] as const))),
    )
    const points = (name: string) => found.get(name)?.dataPoints.map((p) => [p.attributes, p.value])
    expect(points('test_before_total')).toEqual([[{ kind: 'a' }, 2]])
    expect(points('test_gauge')).toEqual([[{}, 7]])
    expect(points('test_sizes')).toEqual([
      [{ kind: 'b' }, expect.objectContaining({ count: 1, sum: 5, buckets: { boundaries: [1, 10], counts: [0, 1, 0] } })],
    ])
    expect(points('akko_http_request_seconds')).toEqual([[{ part: 'tested', status: '2xx' }, expect.objectContaining({ count: 1 })]])
    expect(points('process_cpu_seconds_total')?.[0]?.[1]).toBeGreaterThan(0)
    expect(found.get('process_cpu_seconds_total')?.descriptor.description).toBe('Time on processors, of user and system')
    await provider.shutdown()
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
