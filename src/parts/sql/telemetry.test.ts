// What a real SDK of OpenTelemetry records of a statement: its steps under the request that brought it, and nothing of its text.
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { SqlPart } from '#parts/sql/index'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const HEADERS = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }

const exporter = new InMemorySpanExporter()
let bench: Bench
let sql: SqlPart & { readonly url: string }
beforeAll(async () => {
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
  bench = await openBench()
  sql = await startSql(bench)
})
afterAll(async () => {
  await sql?.stop()
  await bench?.close()
  trace.disable()
})
beforeEach(() => exporter.reset())

const spans = () => exporter.getFinishedSpans()
const named = (name: string) => spans().find((span) => span.name === name)
const everything = () => JSON.stringify(spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })))

it('planning and running, each with the query’s id, below the request that brought the statement', async () => {
  const { id, rows } = await ask(sql.url, `SELECT 'a person’s value'`, HEADERS)
  expect(rows).toEqual([['a person’s value']])
  const [plan, execute] = [named('sql.plan'), named('sql.execute')]
  const brought = spans().find((span) => span.attributes['url.path'] === '/v1/statement')
  expect([plan?.attributes, execute?.attributes]).toEqual([{ 'sql.query_id': id }, { 'sql.query_id': id }])
  for (const step of [plan, execute]) {
    expect(step?.spanContext().traceId).toBe(TRACE)
    expect(step?.parentSpanContext?.spanId).toBe(brought?.spanContext().spanId)
  }
  const atEngine = spans().find((span) => span.attributes['url.path'] === '/runs')
  expect(atEngine?.parentSpanContext?.spanId).toBe(execute?.spanContext().spanId)
  expect(everything()).not.toMatch(/person|SELECT/i)
})

it.each([
  ['sql.plan', `SELECT nothing_like_it FROM (VALUES 'a person’s value') AS t(x)`, 'sql.column_not_found'],
  ['sql.execute', `SELECT CAST(x AS integer) FROM (VALUES 'a person’s value') AS t(x)`, 'sql.invalid_cast_argument'],
])('a failure in %s by its kind, without a word of the statement', async (step, statement, kind) => {
  const { error } = await ask(sql.url, statement, HEADERS)
  expect(error).toBeDefined()
  expect(named(step)).toMatchObject({ attributes: { 'error.type': kind }, status: { code: 2 } })
  expect(everything()).not.toMatch(/person|nothing_like_it|SELECT/i)
})
