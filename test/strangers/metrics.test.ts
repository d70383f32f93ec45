// The page of metrics of a running platform, read by Prometheus' own strict reader; and nowhere else.
import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { machineAlerts, machineServices, postgresServices, serviceNamed, startGraph } from '#platform/registry'
import type { MachineShape } from '#platform/service'
import { metricsPython } from '#test/support/judges'
import { platform } from '#test/support/platform'

const READ = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
print(json.dumps([[s.name, s.labels, s.value] for f in text_string_to_metric_families(sys.stdin.read()) for s in f.samples]))
`
type Sample = readonly [name: string, labels: Record<string, string>, value: number]

const port = (service: string, name = 'main') => (serviceNamed(service).machine?.ports[name] as number) + platform().portOffset

/** A request that it counts, whatever it answers; who has no port is asked by those who have. */
async function askFor(part: string): Promise<void> {
  const { ports, front } = serviceNamed(part).machine as MachineShape
  if (ports.main === undefined) {
    const { code, stderr } = await platform().akko('sql', '-e', `SELECT '${part}', count(*) FROM iceberg.information_schema.tables`)
    expect(code, stderr).toBe(0)
  } else execFileSync('curl', ['-sk', '-o', '/dev/null', `${front ? 'https' : 'http'}://127.0.0.1:${port(part)}/`])
}

async function text(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port('storage', 'metrics')}/metrics`)
  expect(answer.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/)
  return answer.text()
}

async function page(): Promise<Sample[]> {
  return JSON.parse(execFileSync(metricsPython(), ['-c', READ], { input: await text(), encoding: 'utf8', maxBuffer: 1e8 })) as Sample[]
}

/** How many of its requests were counted, each with its time in a bucket. */
function requestsOf(part: string, samples: readonly Sample[]): number {
  const of = (name: string) => samples.filter(([n, labels]) => n === `akko_http_request_seconds_${name}` && labels.part === part)
  const counts = of('count')
  expect(counts.length).toBeGreaterThan(0)
  for (const [, labels, count] of counts) {
    expect(of('sum').map(([, its]) => its)).toContainEqual(labels)
    expect(of('bucket').map(([, its, value]) => [its, value])).toContainEqual([{ ...labels, le: '+Inf' }, count])
  }
  return counts.reduce((sum, [, , count]) => sum + count, 0)
}

describe('every declared part', () => {
  const parts = machineServices().flatMap(({ name, machine }) => (machine.postgres ? [] : [name]))
  let before: readonly Sample[]
  beforeAll(async () => {
    before = await page()
    for (const part of parts) await askFor(part)
  })

  it.each(parts)('%s counts its requests in the one form', async (part) => {
    const seen = requestsOf(part, before)
    await expect.poll(async () => requestsOf(part, await page()), { timeout: 40_000, interval: 1000 }).toBeGreaterThan(seen)
  })
})

describe('the page of metrics', () => {
  it('has every process, and both PostgreSQL servers', async () => {
    const samples = await page()
    const ofCells = (name: string) => [...new Set(samples.filter(([n]) => n === name).map(([, { cell }]) => cell))].sort()
    const servers = postgresServices()
    const cells = [...new Set(startGraph().map(({ cell }) => cell))].sort()
    expect(ofCells('akko_cell_up')).toEqual(cells)
    expect(ofCells('process_resident_memory_bytes')).toEqual(
      [...cells.filter((cell) => !servers.some((s) => s.machine.cell === cell)), 'supervisor'].sort(),
    )
    expect(samples.filter(([n]) => n === 'akko_postgresql_up').map(([, { server }, up]) => [server, up])).toEqual(
      servers.map(({ name }) => [name, 1]),
    )
  })

  it('has every metric that an alert is on', async () => {
    const families = new Set([...(await text()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name))
    const asked = machineAlerts().flatMap(({ metric, of }) => (of === undefined ? [metric] : [metric, of]))
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter((name) => !families.has(name.replace(/_total$/, '')))).toEqual([])
  })

  it('has no label with many values, and none that names a person or an object', async () => {
    const values = new Map<string, Set<string>>()
    for (const [, labels] of await page())
      for (const [name, value] of Object.entries(labels)) values.set(name, (values.get(name) ?? new Set()).add(value))
    const allowed = ['bucket', 'cell', 'certificate', 'code', 'database', 'direction', 'door', 'grant', 'le', 'operation', 'outcome']
    expect(
      [...values.keys()].filter((name) => ![...allowed, 'part', 'realm', 'reason', 'server', 'state', 'status'].includes(name)),
    ).toEqual([])
    expect([...values].filter(([, seen]) => seen.size > 100)).toEqual([])
  })

  it('is not found through the gateway, nor at another part', async () => {
    for (const url of [platform().origin(''), platform().origin('identity')]) {
      const { hostname, port } = new URL(url)
      const answer = execFileSync('curl', ['-sk', '--resolve', `${hostname}:${port}:127.0.0.1`, `${url}/metrics`], { encoding: 'utf8' })
      expect(answer).not.toContain('akko_')
    }
    for (const part of ['identity', 'catalog', 'sql', 'cockpit'])
      expect(await (await fetch(`http://127.0.0.1:${port(part)}/metrics`)).text()).not.toContain('akko_')
  })
})
