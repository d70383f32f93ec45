// What Home is told on a cluster: a service that answers, one that does not, and one that is not installed.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Address, createProbeTargets } from '#cluster/cockpit/probes'
import { createMonitor } from '#parts/cockpit/monitor'
import { services } from '#platform/registry'
import type { Site } from '#platform/service'
import { freePort } from '#test/support/postgres'

const SITE: Site = { shape: 'cluster', domain: 'akko.test', publicPort: 443, demo: false }
const asked: string[] = []
let status = 200
let server: http.Server
let port: number

beforeAll(async () => {
  server = http.createServer((req, res) => {
    asked.push(req.url ?? '')
    res.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

function target(name: string, address?: Address) {
  const found = createProbeTargets(SITE, (service, at) => (service.name === name ? (address ?? at) : undefined))
  expect(found.map((t) => t.name)).toEqual([name])
  return found[0] as (typeof found)[number]
}
const probe = (name: string, address?: Address) => target(name, address).probe(AbortSignal.timeout(5000))

it('watches every declared service of the cluster but the cockpit itself', () => {
  const declared = services.filter((s) => s.cluster && s.name !== 'cockpit').map((s) => s.name)
  expect(createProbeTargets(SITE).map((t) => t.name)).toEqual(declared)
  expect(target('lab').url).toBe('https://lab.akko.test')
  expect(target('sql').needs).toContain('policy')
})

it('asks where the readiness probe asks, and tells an error as it is', async () => {
  expect(await probe('sql', { host: '127.0.0.1', port })).toMatchObject({ healthy: true })
  expect(asked.at(-1)).toBe('/v1/info')
  status = 503
  await expect(probe('sql', { host: '127.0.0.1', port })).rejects.toThrow('it answers 503')
  status = 200
})

it('opens the port of what speaks no HTTP', async () => {
  expect(await probe('postgresql', { host: '127.0.0.1', port })).toMatchObject({ healthy: true })
  await expect(probe('postgresql', { host: '127.0.0.1', port: await freePort() })).rejects.toThrow('ECONNREFUSED')
})

it('takes a name that nobody knows for a part that is not installed, and does not show it', async () => {
  const absent = target('postgresql', { host: 'not..a.name', port })
  expect(await absent.probe(AbortSignal.timeout(5000))).toEqual({ healthy: false, absent: true })
  expect(await probe('sql', { host: 'not..a.name', port })).toEqual({ healthy: false, absent: true })
  const monitor = createMonitor([absent, target('sql', { host: '127.0.0.1', port })], { everyMs: 20 })
  monitor.start()
  try {
    await expect.poll(() => monitor.watched().map((w) => [w.target.name, w.state])).toEqual([['sql', 'up']])
    expect(monitor.activity()).toEqual([])
  } finally {
    monitor.stop()
  }
})

it('shows a part again once it is there, and forgets it when it is taken away', async () => {
  let there = false
  const sql = target('sql', { host: '127.0.0.1', port })
  const monitor = createMonitor([{ ...sql, probe: async () => (there ? { healthy: true } : { healthy: false, absent: true }) }], {
    everyMs: 10,
  })
  let told = 0
  monitor.onChange(() => told++)
  monitor.start()
  try {
    await expect.poll(() => monitor.watched().length).toBe(0)
    there = true
    await expect.poll(() => monitor.watched().map((w) => w.state)).toEqual(['up'])
    const before = told
    there = false
    await expect.poll(() => monitor.watched().length).toBe(0)
    expect(told).toBeGreaterThan(before)
    expect(monitor.activity().filter((a) => /down/.test(a.text))).toEqual([])
  } finally {
    monitor.stop()
  }
})
