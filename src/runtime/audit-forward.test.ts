// The audit is sent on: to receivers that read their protocols strictly, everything in its order, past their being away and past a restart.
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import https from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AuditEvent, auditEvent } from '#kit/audit'
import type { ChainRow } from '#kit/audit-chain'
import { type ForwardTarget, startForwarding } from '#kit/audit-forward'
import { createPostgresAuditStore } from '#kit/audit-postgres'
import { createLog } from '#kit/log'
import { Secret, type SecretStore } from '#kit/secret'
import { configSchema } from '#platform/config'
import { forwardTargets } from '#runtime/audit-forward'
import type { Machine } from '#runtime/machine'
import { watchAlert } from '#test/support/alerts'
import { metricsPython } from '#test/support/judges'
import { startTempPostgres, type TempPostgres } from '#test/support/postgres'

const dir = mkdtempSync(join(tmpdir(), 'akko-forward-'))
const ca = join(dir, 'cert.pem')
const stops: (() => Promise<unknown>)[] = []
let postgres: TempPostgres
let pool: pg.Pool

beforeAll(async () => {
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', join(dir, 'key.pem'), '-out', ca]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...name, ...files],
    { stdio: 'ignore' },
  )
  postgres = await startTempPostgres()
  pool = await poolOf()
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
afterAll(async () => {
  await pool?.end()
  await postgres?.stop()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(async () => {
  await pool.query('DROP SCHEMA IF EXISTS akko CASCADE')
  await write(event('before'))
})

const poolOf = async () => new pg.Pool({ connectionString: postgres.url('postgres'), max: 1 })
const identity = () => ({ key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(ca) })

function event(...path: string[]): AuditEvent {
  const who = { sub: 'ada "the \\ first] é😀', via: 'bearer', roles: ['a', 'b'] }
  return auditEvent({
    who,
    what: { part: 'p', action: 'write', kind: 'table', path },
    outcome: 'denied',
    reason: 'why\nso',
    address: '::1',
  })
}

async function write(...events: AuditEvent[]): Promise<void> {
  const store = createPostgresAuditStore({ owner: async () => pool })
  await store.open()
  expect(await store.append(events)).toEqual([])
}

/** Events that a receiver was given, and whether it takes any now. */
interface Receiver {
  readonly taken: { readonly number: number; readonly id: string; readonly sub: string; readonly path: readonly string[] }[]
  readonly mood: { away: boolean; silent: boolean }
  readonly port: number
}

async function listen<S extends Server>(server: S): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  stops.push(async () => {
    ;(server as unknown as https.Server).closeAllConnections?.()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

const HEADER =
  /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) [\x21-\x7e]{1,255} [\x21-\x7e]{1,48} [\x21-\x7e]{1,128} [\x21-\x7e]{1,32} /
const ELEMENT = /^\[([^= \]"]{1,32})((?: [^= \]"]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\]/

/** RFC 5424, with one element of structured data and a message in UTF-8. */
function parseSyslog(message: string): Receiver['taken'][number] & { priority: number } {
  const header = HEADER.exec(message)
  const rest = message.slice(header?.[0].length)
  const element = ELEMENT.exec(rest)
  if (!header || element?.[1] !== 'audit@32473' || !rest.slice(element[0].length).startsWith(' \uFEFF'))
    throw new Error(`not RFC 5424: ${message}`)
  const given = [...(element[2] as string).matchAll(/ ([^=]+)="((?:[^"\\\]]|\\["\\\]])*)"/g)]
  const all = (name: string) =>
    given.filter(([, key]) => key === name).map(([, , value]) => (value as string).replaceAll(/\\(["\\\]])/g, '$1'))
  const one = (name: string) => all(name)[0] as string
  return { priority: Number(header[1]), number: Number(one('number')), id: one('id'), sub: one('sub'), path: all('path') }
}

/** RFC 5425: frames of a length in octets; what a connection that was ended in peace brought is taken. */
async function syslogReceiver(): Promise<Receiver> {
  const [taken, mood]: [Receiver['taken'], Receiver['mood']] = [[], { away: false, silent: false }]
  const server = tls.createServer({ ...identity(), minVersion: 'TLSv1.2' }, (socket) => {
    const chunks: Buffer[] = []
    socket.on('error', () => undefined)
    if (mood.away) return socket.destroy()
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
    socket.on('end', () => {
      let left = Buffer.concat(chunks)
      while (left.length > 0) {
        const length = /^([1-9]\d*) /.exec(left.subarray(0, 12).toString('latin1'))
        const begin = length?.[0].length as number
        const end = begin + Number(length?.[1])
        if (!(end <= left.length)) throw new Error('not RFC 5425')
        const message = left.subarray(begin, end).toString()
        if (!message.isWellFormed()) throw new Error('not UTF-8')
        taken.push(parseSyslog(message))
        left = left.subarray(end)
      }
      socket.end()
    })
  })
  return { taken, mood, port: await listen(server) }
}

async function httpsReceiver(
  read: (body: string, headers: https.ServerOptions & Record<string, unknown>) => Receiver['taken'],
): Promise<Receiver> {
  const [taken, mood]: [Receiver['taken'], Receiver['mood']] = [[], { away: false, silent: false }]
  const server = https.createServer(identity(), async (request, answer) => {
    const body = await text(request)
    if (mood.silent) return
    if (mood.away) return answer.writeHead(503).end()
    taken.push(...read(body, request.headers as Record<string, unknown>))
    answer.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  return { taken, mood, port: await listen(server) }
}

const httpReceiver = () =>
  httpsReceiver((body, headers) => {
    const wanted = createHmac('sha256', 'shared').update(`${headers['x-akko-timestamp']}.${body}`).digest('hex')
    expect(headers['x-akko-signature']).toBe(`sha256=${wanted}`)
    expect(Math.abs(Number(headers['x-akko-timestamp']) - Date.now() / 1000)).toBeLessThan(60)
    return body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEvent & { number: number })
      .map(({ number, id, who, what }) => ({ number, id, sub: who.sub, path: what.path }))
  })

/** OpenTelemetry's own schema reads it, which takes no member that it does not know. */
const PROTO = `
import json, sys
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
request = Parse(sys.stdin.read(), ExportLogsServiceRequest())
def value(v):
    kind = v.WhichOneof('value')
    return [value(x) for x in v.array_value.values] if kind == 'array_value' else getattr(v, kind)
records = [r for l in request.resource_logs for s in l.scope_logs for r in s.log_records]
assert all(r.time_unix_nano > 10 ** 18 and r.severity_number == 13 and r.body.string_value for r in records)
print(json.dumps([{a.key: value(a.value) for a in r.attributes} for r in records]))`

const otlpReceiver = () =>
  httpsReceiver((body, headers) => {
    expect(headers.authorization).toBe('Bearer shared')
    const read = execFileSync(metricsPython(), ['-c', PROTO], { input: body, encoding: 'utf8' })
    return (JSON.parse(read) as Record<string, unknown>[]).map((attributes) => ({
      ...{ number: attributes['audit.number'] as number, id: attributes['audit.id'] as string },
      ...{ sub: attributes['user.name'] as string, path: attributes['audit.path'] as string[] },
    }))
  })

const secrets: SecretStore = { get: async (name) => (name === 'siem' ? new Secret('shared') : undefined), put: async () => undefined }
const targetsOf = (...forward: object[]): ForwardTarget[] =>
  forwardTargets({ config: configSchema.parse({ audit: { forward } }) as Machine['config'] }, secrets)
const quiet = createLog('test')
function forward(targets: readonly ForwardTarget[]) {
  const running = startForwarding({ targets, owner: poolOf, log: quiet, everyMs: 10 })
  stops.push(running.stop)
  return running
}
/** A target that is new begins with what comes from then on. */
async function known(count: number): Promise<void> {
  await expect.poll(async () => (await pool.query('SELECT FROM akko.audit_forwarded')).rowCount).toBe(count)
}

const RECEIVERS = [
  ['syslog over TLS', syslogReceiver, (port: number) => ({ syslog: `tls://localhost:${port}`, ca })],
  ['lines of JSON over HTTPS', httpReceiver, (port: number) => ({ http: `https://localhost:${port}/in`, secret: 'siem', ca })],
  ['OTLP', otlpReceiver, (port: number) => ({ otlp: `https://localhost:${port}/v1/logs`, secret: 'siem', ca })],
] as const

describe.each(RECEIVERS)('%s', (_, start, declared) => {
  it('has every event in its order, past its being away and past a restart, whatever the texts are', async () => {
    const receiver = await start()
    const targets = targetsOf(declared(receiver.port))
    const first = forward(targets)
    await known(1)
    const texts = event('"', '\\', ']', '=', 'a b', 'é😀\uFEFF', '\t')
    await write(texts, event('2'))
    // What was taken when the process ended comes once more, under the same id.
    const taken = () => [...new Map(receiver.taken.map(({ number, id }) => [id, number])).values()]
    await expect.poll(() => taken().length, { timeout: 20_000 }).toBe(2)
    expect(receiver.taken[0]).toMatchObject({ number: 2, id: texts.id, sub: texts.who.sub, path: texts.what.path })
    receiver.mood.away = true
    await write(event('3'), event('4'))
    await first.stop()
    await write(...Array.from({ length: 600 }, (_, n) => event(`${n + 5}`)))
    forward(targets)
    receiver.mood.away = false
    await expect.poll(() => taken().length, { timeout: 20_000 }).toBe(604)
    expect(taken()).toEqual(Array.from({ length: 604 }, (_, n) => n + 2))
  })

  it('is not believed under another authority', async () => {
    const receiver = await start()
    const { ca: _, ...others } = declared(receiver.port)
    const [target] = targetsOf(others)
    const row = {
      ...{ number: '1', hash: Buffer.alloc(32), id: 'x', time: '2026-11-30T09:00:00.000001Z', request_id: '', sub: 'a', via: '' },
      roles: [],
    }
    const rest = { part: 'p', action: '', kind: '', path: [], outcome: 'allowed', reason: null, address: null }
    const sent = target?.send([{ ...row, ...rest } satisfies ChainRow], new AbortController().signal)
    await expect(sent).rejects.toThrow(/self-signed|unable to verify|certificate/)
    expect(receiver.taken).toEqual([])
  })
})

it('AuditNotForwarded: one that is away keeps no other waiting, and is an alert after ten minutes', async () => {
  const [there, away] = [await httpReceiver(), await httpReceiver()]
  away.mood.away = true
  forward(targetsOf(...[there, away].map(({ port }) => ({ http: `https://localhost:${port}/in`, secret: 'siem', ca }))))
  const { look } = watchAlert('AuditNotForwarded')
  await known(2)
  expect(await look(0)).toEqual([])
  await write(event('1'))
  await expect.poll(() => there.taken.length).toBe(1)
  expect(await look(10)).toEqual([])
  await write(event('2'))
  await expect.poll(() => there.taken.length).toBe(2)
  expect(away.taken).toEqual([])
  expect(await look(600)).toEqual([])
  expect(await look(611)).toMatchObject([{ severity: 'bad', labels: { target: `https://localhost:${away.port}/in` } }])
  away.mood.away = false
  await expect.poll(() => away.taken.length).toBe(2)
  await expect.poll(async () => (await look(700)).length).toBe(0)
})

it('a file or a secret that is not there is a target that is away', async () => {
  const receiver = await httpReceiver()
  const [withoutSecret, withoutCa] = targetsOf(
    { http: `https://localhost:${receiver.port}`, secret: 'none', ca },
    { syslog: 'tls://localhost:1', ca: join(dir, 'none.pem') },
  )
  const signal = new AbortController().signal
  await expect(withoutSecret?.send([], signal)).rejects.toThrow('the secret none does not exist')
  await expect(withoutCa?.send([], signal)).rejects.toThrow('ENOENT')
})

it('a target is one thing, and what it needs is said', () => {
  const problems = (target: object) => configSchema.safeParse({ audit: { forward: [target] } }).error?.issues.map(({ message }) => message)
  expect(problems({ syslog: 'tls://h:6514' })).toBeUndefined()
  expect(problems({})).toEqual(['a target is one of syslog, http and otlp'])
  expect(problems({ syslog: 'tls://h', otlp: 'https://h' })).toEqual(['a target is one of syslog, http and otlp'])
  expect(problems({ http: 'https://h' })).toEqual(['http needs a secret to sign with'])
  for (const target of [{ http: 'http://h', secret: 's' }, { syslog: 'tcp://h:514' }, { otlp: 'ftp://h' }])
    expect(problems(target)).toHaveLength(1)
})
