// Every declared part, composed as its cell composes it, but in one process with a real SDK of OpenTelemetry: what a request to it leaves there.
import { mkdtempSync, rmSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { metrics, SpanKind, trace } from '@opentelemetry/api'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openSocketRequest } from '#kit/http'
import type { Part } from '#kit/part'
import { makePassage, makePrivateFolder } from '#kit/private-folder'
import { REALM, REGION, secretName, WAREHOUSE } from '#platform/names'
import { machineServices, startGraph } from '#platform/registry'
import { REPORTS_BUCKET } from '#platform/services/docs'
import { createBootstrapSecrets } from '#runtime/bootstrap-secrets'
import { type CellContext, type Compose, createCellContext } from '#runtime/composition'
import { createEnsureJobs } from '#runtime/ensure-jobs'
import { createHome, loadMachine } from '#runtime/home'
import { HOST, type Machine, port, privateSocket } from '#runtime/machine'
import { preparePostgres } from '#runtime/postgres'
import { createRunPlan } from '#runtime/run-plan'
import { createFileSecretStore, requiredSecret, splitPair } from '#runtime/secrets'
import { postgresAnswers } from '#runtime/supervisor/probe'
import { type Child, startChild } from '#runtime/supervisor/process'
import { claimOffset, releaseOffset } from '#test/support/port-offsets'
import { createS3Objects } from '#wire/s3/objects'

const spans = new InMemorySpanExporter()
const numbers = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: numbers, exportIntervalMillis: 3_600_000 })] })
const servers: Child[] = []
const started: Part[] = []
const contexts = new Map<string, ReturnType<typeof createCellContext>>()
const offset = claimOffset()
let machine: Machine
let secrets: ReturnType<typeof createFileSecretStore>

beforeAll(async () => {
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }))
  metrics.setGlobalMeterProvider(meters)
  const home = mkdtempSync(join(tmpdir(), 'akko-telemetry-'))
  createHome(home)
  machine = loadMachine(home, { portOffset: { value: offset, flag: '--port-offset' } })
  const { paths } = machine
  for (const folder of [paths.data, paths.records, paths.sockets, paths.watch, paths.people]) makePassage(folder)
  for (const folder of [paths.state, paths.secrets, paths.ca, paths.objects, paths.spool, paths.logs, paths.run]) makePrivateFolder(folder)
  secrets = createFileSecretStore(paths.secrets)
  await createBootstrapSecrets(secrets)
  await startServers()
  const { jobs } = createEnsureJobs(machine, secrets)
  for (const { name, cell, kind } of startGraph()) {
    if (serviceOf(name)?.machine?.postgres) continue
    if (kind === 'job') expect(await jobs[name]?.()).toMatchObject({ healthy: true })
    else await startPart(name, contextOf(cell), cell)
  }
})

afterAll(async () => {
  for (const part of started.reverse()) await part.stop()
  for (const context of contexts.values()) await context.end()
  for (const server of servers) await server.stop(5000)
  trace.disable()
  metrics.disable()
  await meters.shutdown()
  for (const folder of [machine.paths.data, machine.paths.sockets, machine.home]) rmSync(folder, { recursive: true, force: true })
  releaseOffset(offset)
})

const serviceOf = (name: string) => machineServices().find((s) => s.name === name)

async function startServers(): Promise<void> {
  const postgres = await preparePostgres(machine, secrets, () => {})
  const { cells } = createRunPlan(machine, { postgres, cellUser: undefined, code: { root: '/nowhere', node: process.execPath } })
  for (const cell of cells.filter(({ control }) => control.kind === 'postgres')) {
    const server = startChild(cell)
    for (const output of [server.process.stdout, server.process.stderr]) output?.resume() // it would wait for a reader
    servers.push(server)
    await vi.waitUntil(() => postgresAnswers(cell.control.socket), { timeout: 60_000 })
  }
}

function contextOf(cell: string): CellContext {
  const context = contexts.get(cell) ?? createCellContext(machine, secrets)
  contexts.set(cell, context)
  return context
}

async function startPart(name: string, context: CellContext, cell: string): Promise<void> {
  const { compose } = (await import(`./cells/${cell}/${name}.ts`)) as { compose: Compose }
  const part = await compose(context)
  await part.start()
  started.push(part)
}

/** Whatever it answers: over TLS at the front door, on a private socket where there is no port. */
async function askFor(name: string): Promise<void> {
  const shape = serviceOf(name)?.machine
  if (shape?.ports.main === undefined) {
    const answer = await openSocketRequest(privateSocket(machine, shape?.sockets?.[0] as string), { path: '/nothing' })
    answer.resume()
  } else if (shape.front) await askFront('/')
  else await (await fetch(`http://${HOST}:${port(machine, name)}/`)).arrayBuffer()
}

function askFront(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      host: HOST,
      port: port(machine, 'gateway'),
      path,
      rejectUnauthorized: false,
      headers: { host: `localhost:${machine.site.publicPort}` },
    }
    https.get(options, (res) => res.resume().on('end', () => resolve(res.statusCode ?? 0))).on('error', reject)
  })
}

const parts = machineServices().flatMap(({ name, machine: shape }) => (shape.postgres ? [] : [name]))

const finished = (name: string) => spans.getFinishedSpans().filter((span) => span.name === name)

describe('a request to a declared part', () => {
  it.each(parts)('leaves a span and a count: %s', async (part) => {
    const mine = () =>
      spans.getFinishedSpans().filter(({ kind, attributes }) => kind === SpanKind.SERVER && attributes['akko.part'] === part)
    const before = mine().length
    await askFor(part)
    await expect.poll(() => mine().length).toBeGreaterThan(before)
    numbers.reset()
    await meters.forceFlush()
    const all = numbers.getMetrics().flatMap((r) => r.scopeMetrics.flatMap((s) => s.metrics))
    const counts = all
      .filter((m) => m.descriptor.name === 'akko_http_request_seconds')
      .flatMap((m) => m.dataPoints.map(({ attributes }) => attributes.part))
    expect(counts).toContain(part)
  })
})

describe('a long step has a span of its own', () => {
  it('making what is declared', () => {
    const jobs = startGraph().flatMap(({ kind, name }) => (kind === 'job' ? [`job ${name}`] : []))
    expect(jobs.map((name) => finished(name).length)).toEqual(jobs.map(() => 1))
    const [bucket] = finished('ensure').filter(({ attributes }) => attributes['ensure.kind'] === 'bucket')
    expect(bucket?.parentSpanContext?.spanId).toBe(finished('job storage-init')[0]?.spanContext().spanId)
  })

  it('passing a request on, and a token', async () => {
    await askFront(`/realms/${REALM}/.well-known/openid-configuration`)
    await expect.poll(() => finished('gateway.forward').map(({ attributes }) => attributes)).toContainEqual({ 'akko.upstream': 'identity' })
    const url = `http://${HOST}:${port(machine, 'identity')}/realms/${REALM}/protocol/openid-connect/token`
    const seen = finished('identity.token').length
    await (await fetch(url, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }) })).text()
    await expect.poll(() => finished('identity.token').length).toBeGreaterThan(seen)
  })

  it('the body of an object, written and read', async () => {
    const { id, secret } = splitPair(await requiredSecret(secrets, secretName.key('docs')))
    const endpoint = `http://${HOST}:${port(machine, 'storage')}`
    const objects = createS3Objects({ endpoint, region: REGION, accessKeyId: id, secretAccessKey: secret })
    await objects.put(REPORTS_BUCKET, 'large', Buffer.alloc(1_000_000))
    for await (const _ of (await objects.get(REPORTS_BUCKET, 'large'))?.body ?? []);
    await expect.poll(() => finished('storage.read').map(({ attributes }) => attributes['storage.bytes'])).toContain(1_000_000)
    expect(finished('storage.write').length).toBeGreaterThan(0)
  })

  it('a commit to a table', async () => {
    const { id, secret } = splitPair(await requiredSecret(secrets, secretName.catalogRoot))
    const base = `http://${HOST}:${port(machine, 'catalog')}/api/catalog/v1`
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret.reveal(), scope: 'PRINCIPAL_ROLE:ALL' }
    const answer = await fetch(`${base}/oauth/tokens`, { method: 'POST', body: new URLSearchParams(form) })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    const post = async (path: string, body: object) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const answer = await fetch(`${base}/${WAREHOUSE}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, expect.any(String)])
    }
    const fields = [{ id: 1, name: 'a', type: 'long', required: false }]
    await post('namespaces', { namespace: ['spans'] })
    await post('namespaces/spans/tables', { name: 't', schema: { type: 'struct', fields } })
    await post('namespaces/spans/tables/t', { requirements: [], updates: [{ action: 'set-properties', updates: { a: 'b' } }] })
    expect(finished('catalog.commit').map(({ attributes }) => attributes)).toContainEqual({ 'catalog.tables': 1 })
  })
})
