// What a process tells of itself, read by Prometheus' own strict reader; several texts as one; which alerts follow.
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '#kit/http'
import { createLog } from '#kit/log'
import { mergeTexts, readSamples, type Sample } from '#kit/metric-text'
import { counter, gauge, histogram, printMetrics, requestTimer } from '#kit/metrics'
import { runInTrace, traceFrom } from '#kit/trace'
import { metricsPython } from '#test/support/judges'

const READ = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
print(json.dumps([[s.name, s.labels, s.value if s.value == s.value else 'NaN'] for f in families for s in f.samples]))
`
type Read = readonly [name: string, labels: Record<string, string>, value: number | 'NaN']

const judged = (text: string): Read[] => JSON.parse(execFileSync(metricsPython(), ['-c', READ], { input: text, encoding: 'utf8' }))
const asRead = ({ name, labels, value }: Sample): Read => [name, { ...labels }, Number.isNaN(value) ? 'NaN' : value]

let served: Served
let status = 200

beforeAll(async () => {
  served = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    log: createLog('test'),
    part: 'tested',
    probes: ['/-/health'],
    handler: (_, res) => void res.writeHead(status).end(),
  })
})
afterAll(() => served?.close(0))

async function ask(path: string, answer: number): Promise<void> {
  status = answer
  await (await fetch(`http://127.0.0.1:${served.port}${path}`)).arrayBuffer()
}

describe('a process', () => {
  it('counts the requests of a part by class of status, and none of what it calls its probes', async () => {
    for (const answer of [200, 204, 404, 503, 500]) await ask('/a', answer)
    await ask('/-/health?a=1', 200)
    for (const path of ['/bucket/people', '/reports/-/health', '/status', '/v1/info', '/metrics']) await ask(path, 200) // names of somebody's
    const count = async () =>
      Object.fromEntries(
        readSamples(await printMetrics(), new Set(['akko_http_request_seconds_count'])).map(({ labels, value }) => [labels.status, value]),
      )
    await expect.poll(count).toEqual({ '2xx': 7, '4xx': 1, '5xx': 2 })
  })

  it('knows a part before its first request', async () => {
    requestTimer('quiet')
    expect(readSamples(await printMetrics(), new Set(['akko_http_request_seconds_count']))).toContainEqual({
      name: 'akko_http_request_seconds_count',
      labels: { part: 'quiet', status: '2xx' },
      value: 0,
    })
  })

  it('says what Prometheus reads: its memory, its start, and everything that was counted, whatever stands in a label', async () => {
    const hostile = 'a"b\\c\nd,cell="x"} 7 # {'
    counter({ name: 'test_things_total', help: 'A "help"\nof two lines', labels: ['what'] }).inc({ what: hostile }, 3)
    const times = histogram({ name: 'test_seconds', help: 'Times', buckets: [0.1, 1], exemplars: true })
    const traced = traceFrom(undefined)
    runInTrace(traced, () => times.observe({}, 0.5))
    gauge({ name: 'test_broken', help: 'Cannot be read' }, () => Promise.reject(new Error('away')))
    const text = await printMetrics()
    expect(text).toContain(`test_seconds_bucket{le="1"} 1 # {trace_id="${traced.traceId}"} 0.5 `)
    const read = judged(text)
    const value = (name: string) => read.find(([n]) => n === name)?.[2] as number
    expect(read).toContainEqual(['test_things_total', { what: hostile }, 3])
    expect(read).toContainEqual(['test_broken', {}, 'NaN'])
    expect(Math.abs(value('process_start_time_seconds') - (Date.now() / 1000 - process.uptime()))).toBeLessThan(10)
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(20 * 1024 * 1024)
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(readSamples(text, new Set(read.map(([name]) => name))).map(asRead)).toEqual(read)
  })

  it('gives the same counter to whoever names it again', async () => {
    const again = () => counter({ name: 'test_again_total', help: 'Once' })
    again().inc()
    again().inc()
    expect(readSamples(await printMetrics(), new Set(['test_again_total']))).toEqual([{ name: 'test_again_total', labels: {}, value: 2 }])
  })
})

describe('the texts of several processes as one', () => {
  it('have each family once, and each sample with the cell that it is from', async () => {
    counter({ name: 'test_cells_total', help: 'Of cells', labels: ['cell'] }).inc({ cell: 'other' })
    const text = await printMetrics()
    const read = judged(
      mergeTexts(
        new Map([
          ['one', text],
          ['two', text.replaceAll('cell="other"', 'cell="another"')],
        ]),
      ),
    )
    expect(read).toContainEqual(['test_again_total', { cell: 'one' }, 2])
    expect(read).toContainEqual(['test_again_total', { cell: 'two' }, 2])
    expect(read.filter(([name]) => name === 'test_cells_total').map(([, { cell }]) => cell)).toEqual(['other', 'another'])
    expect(read.filter(([, labels]) => labels.cell === undefined)).toEqual([])
  })

  it('are a page also when there is none', () => {
    expect(judged(mergeTexts(new Map()))).toEqual([])
  })
})
