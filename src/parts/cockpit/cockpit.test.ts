// The cockpit's server on a free port: its files, its API behind tokens, and its live stream from real probes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Authenticator, Authoriser } from '#kit/access'
import type { FiringAlert } from '#kit/alert'
import { NotAuthenticated } from '#kit/errors'
import { GATEWAY_KEY_HEADER } from '#kit/forwarded'
import { createLog } from '#kit/log'
import type { Part } from '#kit/part'
import { Secret } from '#kit/secret'
import { createCockpit, type StatusMessage } from '#parts/cockpit/index'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'
import { freePort } from '#test/support/postgres'

const POLICY = createRolePolicy(
  { roleGrants: { 'akko-user': { read: ['*.*'] } }, masks: {}, classified: [], rowFilters: [] },
  RESOURCE_KINDS,
)
const APP = `console.log(${JSON.stringify('x'.repeat(4000))})`

const KEY = new Secret('the key of a gateway')

let root: string
let port: number
let part: Part
let alerts: FiringAlert[] = []
let upstream: http.Server
let upstreamPort: number
let authoriser: Authoriser = POLICY
const keys = await generateKeyPair('ES256')
let revoked = ''
const authenticator: Authenticator = {
  bearer: async (token) => {
    if (token === revoked) throw NotAuthenticated({ reason: 'the token was revoked' })
    try {
      const { payload } = await jwtVerify(token, keys.publicKey)
      return { sub: String(payload.preferred_username), roles: payload.roles as string[], via: 'bearer', requestId: 'r' }
    } catch (error) {
      throw NotAuthenticated({ reason: 'the token is not valid' }, error)
    }
  },
}
const tokenOf = (user: string, roles: string[]) =>
  new SignJWT({ preferred_username: user, roles, name: 'Ugo User' })
    .setProtectedHeader({ alg: 'ES256' })
    .setExpirationTime('5m')
    .sign(keys.privateKey)

function listen(): Promise<http.Server> {
  const server = http.createServer((_req, res) => res.end('ok'))
  return new Promise((resolve) => server.listen(upstreamPort, '127.0.0.1', () => resolve(server)))
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'akko-cockpit-'))
  writeFileSync(join(root, 'secret.txt'), 'not yours')
  const dist = join(root, 'dist')
  mkdirSync(join(dist, 'assets'), { recursive: true })
  writeFileSync(join(dist, 'index.html'), '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><div id="root"></div>')
  writeFileSync(join(dist, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(dist, 'assets', 'index-abc123.js'), APP)
  port = await freePort()
  upstreamPort = await freePort()
  upstream = await listen()
  part = createCockpit({
    name: 'cockpit',
    host: '127.0.0.1',
    port,
    dist,
    authenticator,
    gatewayKey: KEY,
    authoriser: { decide: (...question) => authoriser.decide(...question) },
    targets: [
      {
        name: 'sql',
        title: 'SQL engine',
        layer: 'compute',
        needs: ['catalog'],
        port: upstreamPort,
        probe: async (signal) => {
          const res = await fetch(`http://127.0.0.1:${upstreamPort}/`, { signal })
          return { healthy: res.ok, version: '1.0', memoryBytes: 5_000_000 }
        },
      },
      { name: 'stuck', title: 'Stuck part', layer: 'data', needs: ['sql'], probe: () => new Promise(() => {}) },
    ],
    alerts: async () => alerts,
    environment: { name: 'test', demo: true },
    version: '2026.11',
    log: createLog('cockpit'),
    monitor: { everyMs: 100, timeoutMs: 300, startingMs: 0 },
  })
  await part.start()
})
afterAll(async () => {
  await part?.stop()
  upstream?.close()
  rmSync(root, { recursive: true, force: true })
})

/** A request whose path is sent as it is. */
function raw(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const req = http.get({ host: '127.0.0.1', port, path, headers, agent: false }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (c: Buffer) => chunks.push(c))
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }))
    })
    req.on('error', reject)
  })
}

const html = { accept: 'text/html' }

describe('files', () => {
  it('the page has a policy without inline code, a fresh nonce each time, and is never cached', async () => {
    const pages = await Promise.all(['/', '/sql/tab?x=1', '/index.html'].map((path) => raw(path, html)))
    const nonces = pages.map(({ status, headers, body }) => {
      expect(status).toBe(200)
      expect(headers['cache-control']).toBe('no-store')
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'self'")
      expect(policy).not.toContain('unsafe')
      const nonce = /style-src 'self' 'nonce-([^']+)'/.exec(policy)?.[1]
      expect(body.toString()).toContain(`content="${nonce}"`)
      return nonce
    })
    expect(new Set(nonces).size).toBe(3)
  })

  it('hashed files are kept for good and compressed; others are asked for again', async () => {
    const plain = await raw('/assets/index-abc123.js')
    expect(plain.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    })
    expect(plain.body.toString()).toBe(APP)
    const br = await raw('/assets/index-abc123.js', { 'accept-encoding': 'gzip, deflate, br' })
    expect([br.headers['content-encoding'], brotliDecompressSync(br.body).toString()]).toEqual(['br', APP])
    const gz = await raw('/assets/index-abc123.js', { 'accept-encoding': 'br;q=0, gzip' })
    expect([gz.headers['content-encoding'], gunzipSync(gz.body).toString()]).toEqual(['gzip', APP])
    const icon = await raw('/favicon.svg')
    expect(icon.headers['cache-control']).toBe('no-cache')
    expect((await raw('/favicon.svg', { 'if-none-match': String(icon.headers.etag) })).status).toBe(304)
  })

  it('nothing outside the folder is ever sent, however it is written', async () => {
    const tries = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '//secret.txt',
      '/assets/',
    ]
    for (const path of tries) {
      const answer = await raw(path)
      expect(answer.body.toString()).not.toContain('not yours')
      expect(answer.status, path).toBe(404)
    }
  })

  it('an unknown file or API address is 404 with a request id, not the page', async () => {
    for (const path of ['/assets/gone.js', '/api/nothing', '/api']) {
      const answer = await raw(path, html)
      expect(answer.status).toBe(404)
      expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { requestId: answer.headers['x-request-id'] } })
    }
  })
})

describe('API', () => {
  it('tells who is logged in and until when', async () => {
    const authorization = `Bearer ${await tokenOf('user@demo', ['akko-user'])}`
    const at = '2030-01-01T00:00:00.000Z'
    const told = { authorization, 'x-akko-session-expires': at }
    const session = JSON.parse((await raw('/api/session', { ...told, [GATEWAY_KEY_HEADER]: KEY.reveal() })).body.toString())
    expect(session).toEqual({
      user: 'user@demo',
      name: 'Ugo User',
      roles: ['akko-user'],
      environment: { name: 'test', demo: true },
      version: '2026.11',
      governance: false,
      expiresAt: at,
    })
    const own = JSON.parse((await raw('/api/session', { authorization })).body.toString()) as { expiresAt: string }
    expect(Date.parse(own.expiresAt) - Date.now()).toBeGreaterThan(200_000)
  })

  it('refuses without a token, with a bad one, without a role, and when the authoriser is silent', async () => {
    const status = async (headers: Record<string, string>) => (await raw('/api/status', headers)).status
    expect(await status({})).toBe(401)
    expect(await status({ authorization: 'Bearer nonsense' })).toBe(401)
    expect(await status({ authorization: `Bearer ${await tokenOf('nobody', [])}` })).toBe(403)
    const authorization = `Bearer ${await tokenOf('user@demo', ['akko-user'])}`
    expect(await status({ authorization })).toBe(200)
    authoriser = { decide: () => new Promise(() => {}) }
    expect(await status({ authorization })).toBe(403)
    authoriser = POLICY
  })
})

describe('live', () => {
  const open = (token?: string) =>
    new WebSocket(`ws://127.0.0.1:${port}/api/live`, token ? { headers: { authorization: `Bearer ${token}` } } : {})
  const refused = (socket: WebSocket) =>
    new Promise<number>((resolve) => {
      socket.on('error', () => {})
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_req, res) => resolve(res.statusCode ?? 0))
    })

  it('needs a caller who may see the platform', async () => {
    expect(await refused(open())).toBe(401)
    expect(await refused(open(await tokenOf('nobody', [])))).toBe(403)
  })

  it('ends when the token does, or its right', async () => {
    const ends = async (token: string, how: () => void) => {
      const socket = open(token)
      await new Promise((resolve) => socket.once('message', resolve))
      const closed = new Promise<{ code: number; ms: number }>((resolve) => {
        const began = Date.now()
        socket.on('close', (code) => resolve({ code, ms: Date.now() - began }))
      })
      how()
      return closed
    }
    const [ended, denied] = [await tokenOf('user@demo', ['akko-user']), await tokenOf('other@demo', ['akko-user'])]
    const first = await ends(ended, () => {
      revoked = ended
    })
    const second = await ends(denied, () => {
      authoriser = { decide: async () => ({ allow: false, reason: 'the role was taken away' }) }
    })
    authoriser = POLICY
    expect([first.code, second.code]).toEqual([4001, 1008])
    expect(Math.max(first.ms, second.ms)).toBeLessThan(6000)
  })

  it('shows a part go down and come back, names a hanging probe down, and keeps its measured latencies', async () => {
    const socket = open(await tokenOf('user@demo', ['akko-user']))
    const messages: StatusMessage[] = []
    const waiters: (() => void)[] = []
    socket.on('message', (data) => {
      messages.push(JSON.parse(data.toString()) as StatusMessage)
      for (const look of [...waiters]) look()
    })
    const until = (wanted: (message: StatusMessage) => boolean) =>
      new Promise<StatusMessage>((resolve) => {
        const look = () => {
          const last = messages.at(-1)
          if (last && wanted(last)) resolve(last)
        }
        waiters.push(look)
        look()
      })
    const named = (message: StatusMessage, name: string) => message.parts.find((p) => p.name === name)!
    const first = await until(
      (m) => named(m, 'sql').state === 'up' && named(m, 'stuck').state === 'down' && named(m, 'sql').points.length > 0,
    )
    expect(named(first, 'sql')).toMatchObject({
      healthy: true,
      version: '1.0',
      memoryBytes: 5_000_000,
      port: upstreamPort,
      layer: 'compute',
    })
    const { p50, p95, last } = named(first, 'sql').latencyMs
    expect([p50, p95, last].every((ms) => typeof ms === 'number' && ms > 0 && ms < 300)).toBe(true)
    expect(named(first, 'stuck')).toMatchObject({ healthy: false, detail: 'no answer within 0.3 s' })

    upstream.close()
    upstream.closeAllConnections()
    const down = await until((m) => named(m, 'sql').state === 'down')
    expect(down.attention[0]).toMatchObject({ level: 'bad', part: 'sql', action: './akko logs sql' })
    expect(down.attention.find((a) => a.part === 'stuck')).toMatchObject({
      level: 'warn',
      text: 'Stuck part is down and needs SQL engine, which is down too',
    })
    upstream = await listen()
    const up = await until((m) => named(m, 'sql').state === 'up')
    const alert = { name: 'Full', labels: {}, text: 'It is full', action: './akko doctor', since: '2026-11-28T12:00:00Z' }
    const told = (m: StatusMessage) => m.attention.filter(({ text }) => text === alert.text)
    alerts = [{ ...alert, severity: 'warn' }]
    const warned = await until((m) => told(m).length > 0)
    expect(told(warned)).toEqual([{ level: 'warn', text: 'It is full', action: './akko doctor' }])
    alerts = [{ ...alert, severity: 'bad', part: 'sql' }]
    const harsh = await until((m) => told(m)[0]?.level === 'bad')
    expect(told(harsh)).toEqual([{ level: 'bad', part: 'sql', text: 'It is full', action: './akko doctor' }])
    expect(harsh.attention.map(({ level }) => level)).toEqual(harsh.attention.map(({ level }) => level).sort())
    alerts = []
    await until((m) => told(m).length === 0)
    expect(up.activity[0]).toMatchObject({ part: 'sql', text: expect.stringMatching(/^SQL engine is up again after \d+ s$/) })
    expect(Date.parse(named(up, 'sql').since)).toBeGreaterThan(Date.parse(named(down, 'sql').since))
    socket.close()
  })
})

describe('without a built app', () => {
  it('says so, in health and on the page', async () => {
    const bare = createCockpit({
      name: 'cockpit',
      host: '127.0.0.1',
      port: await freePort(),
      dist: join(root, 'nowhere'),
      authenticator,
      authoriser: POLICY,
      targets: [],
      environment: { name: 'test', demo: false },
      version: '1',
      log: { debug() {}, info() {}, warn() {}, error() {} },
    })
    await bare.start()
    expect(await bare.health()).toMatchObject({ healthy: false, detail: expect.stringContaining('is not built') })
    await bare.stop()
    expect(await part.health()).toEqual({ healthy: true, version: '2026.11' })
  })
})
