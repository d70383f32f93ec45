// What the gateway refuses by itself stands in the audit, within bounds: through the real door, with a real login.
import https from 'node:https'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Audit, AuditEvent } from '#kit/audit'
import { printMetrics } from '#kit/metrics'
import { createBudget } from '#parts/gateway/budget'
import { Browser, type Echo, startEcho, startTestEdge, type TestEdge } from '#parts/gateway/test-gateway'

const events: AuditEvent[] = []
/** Remembers in this process; the stores have tests of their own. */
const audit: Audit = { record: async (event) => void events.push(event), note: (event) => void events.push(event) }
let edge: TestEdge
let echo: Echo

beforeAll(async () => {
  echo = await startEcho()
  const upstream = { host: '127.0.0.1', port: echo.port }
  edge = await startTestEdge({
    audit,
    hosts: [
      { label: '', title: 'Cockpit', guarded: false, upstream },
      { label: 'bi', title: 'Business intelligence', guarded: true, upstream },
      { label: 'lab', title: 'Notebooks', guarded: false },
    ],
    paths: [{ prefix: '/v1/statement', upstream, title: 'SQL engine', name: 'sql' }],
  })
})
afterAll(async () => {
  await edge?.stop()
  await echo?.close()
})
/** Another gateway, whose budgets are whole. */
beforeEach(async () => {
  await edge.restartGateway()
  events.length = 0
})

const hostUrl = (label: string, path: string) => `https://${label}.akko.localhost:${edge.port}${path}`
const told = () => events.map(({ who, what, outcome }) => `${outcome}: ${who.sub} (${who.via}) ${what.action} ${what.path.join(' ')}`)
const apex = () => `akko.localhost:${edge.port}`

async function count(reason: string): Promise<number> {
  const line = new RegExp(`^akko_gateway_refused_total\\{reason="${reason}"\\} (\\d+)`, 'm').exec(await printMetrics())
  return Number(line?.[1] ?? 0)
}

describe('what the gateway refuses', () => {
  it('is recorded with who, where and why: no session, no token of ours, an unknown host, a path with dots', async () => {
    const bad = { headers: { authorization: 'Bearer nonsense' } }
    expect((await edge.request(`${edge.home}/api/status?secret=1`)).status).toBe(401)
    expect((await edge.request(hostUrl('bi', '/charts'), bad)).status).toBe(401)
    expect((await edge.request(`${edge.home}/x`, { headers: { host: 'evil.example' } })).status).toBe(404)
    expect((await edge.request(`${edge.home}/`, { path: '/v1/../x' })).status).toBe(400)
    expect(told()).toEqual([
      `denied: anonymous (none) enter ${apex()} /api/status`,
      `denied: anonymous (none) enter bi.${apex()} /charts`,
      'denied: anonymous (none) enter evil.example /x',
      `denied: anonymous (none) enter ${apex()} /v1/../x`,
    ])
    expect(events[0]).toMatchObject({ what: { part: 'gateway', kind: 'host' }, reason: 'you are not logged in, or your session has ended' })
    expect(events.map((e) => e.address)).toEqual(Array(4).fill('127.0.0.1'))
  })

  it('names whose token it is that is for another part, and nobody by a token that was not signed here', async () => {
    await edge.admin('POST', '/clients', { clientId: 'elsewhere', secret: 'elsewhere', serviceAccountsEnabled: true })
    const grant = { grant_type: 'client_credentials', client_id: 'elsewhere', client_secret: 'elsewhere' }
    const answer = await edge.request(`${edge.issuer}/protocol/openid-connect/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(grant).toString(),
    })
    const { access_token: token } = answer.json<{ access_token: string }>()
    const enter = (bearer: string) => edge.request(hostUrl('bi', '/'), { headers: { authorization: `Bearer ${bearer}` } })
    expect((await enter(token)).status).toBe(401)
    const [head, body] = token.split('.')
    expect((await enter(`${head}.${body}.${'A'.repeat(342)}`)).status).toBe(401)
    expect(told()).toEqual([
      `denied: service-account-elsewhere (bearer) enter bi.${apex()} /`,
      `denied: anonymous (none) enter bi.${apex()} /`,
    ])
    expect(events[0]?.reason).toContain('not for gateway')
  })

  it('names whose session another site used, or was shown at a host that it is not for', async () => {
    const ada = new Browser(edge)
    await ada.logIn(`${edge.home}/`)
    events.length = 0
    const headers = { origin: 'https://evil.example' }
    expect((await ada.call(`${edge.home}/api/x`, { method: 'POST', body: '{}', headers })).status).toBe(403)
    const cookie = ada.cookieHeader(new URL(edge.home))
    expect((await edge.request(hostUrl('bi', '/api'), { headers: { cookie } })).status).toBe(401)
    await expect
      .poll(told)
      .toEqual([`denied: ada@demo (session) enter ${apex()} /api/x`, `denied: ada@demo (session) enter bi.${apex()} /api`])
  })

  it('has a login that another browser began, a WebSocket without a session, and a request with two hosts', async () => {
    expect((await edge.request(`${edge.home}/auth/callback?code=x&state=${'a'.repeat(43)}`)).status).toBe(400)
    const socket = new WebSocket(`wss://127.0.0.1:${edge.port}/api/live`, {
      ...{ ca: edge.ca(), servername: 'akko.localhost', headers: { host: apex() } },
    })
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('unexpected-response', resolve))
    await twoHosts()
    expect(told()).toEqual([
      `denied: anonymous (none) enter ${apex()} /auth/callback`,
      `denied: anonymous (none) enter ${apex()} /api/live`,
      `denied: anonymous (none) enter ${apex()} /both`,
    ])
  })

  it('is neither a page that is sent to the login, nor what a part behind refuses or is not there to answer', async () => {
    const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
    expect((await edge.request(`${edge.home}/`, { headers: page })).status).toBe(302)
    expect((await edge.request(hostUrl('lab', '/'))).status).toBe(404)
    expect((await edge.request(`https://localhost:${edge.port}/v1/statement`)).status).toBe(200)
    expect((await edge.request(`https://localhost:${edge.port}/nothing`)).status).toBe(404)
    expect(told()).toEqual([])
  })

  it('cannot fill the table: ten a minute of one address, which cannot give itself another; all are counted', async () => {
    const before = await count('gateway.login_needed')
    for (let n = 0; n < 40; n++) {
      const headers = { 'x-forwarded-for': `10.0.0.${n}`, forwarded: `for=10.0.0.${n}` }
      expect((await edge.request(`${edge.home}/api/${n}`, { headers })).status).toBe(401)
    }
    expect(events.map((e) => e.address)).toEqual(Array(10).fill('127.0.0.1'))
    expect((await count('gateway.login_needed')) - before).toBe(40)
  })
})

describe('the budget', () => {
  it('is whole again after its minute, tells what was left out, and ends for all within an hour', () => {
    let now = 1e12
    const budget = createBudget({ perMinute: 2, perHour: 5, now: () => now })
    expect([budget('a'), budget('a'), budget('a'), budget('a'), budget('b')]).toEqual([0, 0, undefined, undefined, 0])
    now += 60_000
    expect([budget('a'), budget('a'), budget('b')]).toEqual([2, 0, undefined])
    now += 60_000
    expect([budget('a'), budget('c')]).toEqual([undefined, undefined])
    now += 3_600_000
    expect([budget('a'), budget('c')]).toEqual([3, 0])
  })
})

/** Node's client makes one Host of several unless the headers are a list. */
function twoHosts(): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = ['host', apex(), 'host', 'evil.example']
    const options = { host: '127.0.0.1', port: edge.port, path: '/both', servername: 'akko.localhost', ca: edge.ca(), setHost: false }
    const req = https.get({ ...options, headers }, (res) => resolve(res.resume().statusCode ?? 0))
    req.on('error', reject)
  })
}
