// The life of a session against the real identity part, with access tokens of three seconds.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLog } from '#kit/log'
import { Secret } from '#kit/secret'
import { createOidcClient, createProvider } from '#parts/gateway/oidc'
import { createSessions } from '#parts/gateway/sessions/sessions'
import { createSessionStore, type Session } from '#parts/gateway/sessions/store'
import { Browser, type Echo, startEcho, startTestEdge, type TestEdge } from '#parts/gateway/test-gateway'

const TOKEN_SECONDS = 3
let edge: TestEdge
let cockpit: Echo

beforeAll(async () => {
  cockpit = await startEcho()
  edge = await startTestEdge({
    hosts: [{ label: '', title: 'Cockpit', guarded: false, upstream: { host: '127.0.0.1', port: cockpit.port } }],
    paths: [],
    accessTokenSeconds: TOKEN_SECONDS,
  })
})
afterAll(async () => {
  await edge?.stop()
  await cockpit?.close()
})

async function loggedIn(): Promise<Browser> {
  const ada = new Browser(edge)
  await ada.logIn(`${edge.home}/`)
  return ada
}
const status = async (browser: Browser) => (await browser.call(`${edge.home}/api/session`)).status
const bearers = () => cockpit.seen.map((s) => s.headers.authorization)
const tokenEnds = () => sleep(TOKEN_SECONDS * 1000 + 200)

it('renews an ended token once for many requests at a time, again and again', async () => {
  const ada = await loggedIn()
  for (let round = 0; round < 2; round++) {
    await tokenEnds()
    const before = bearers().at(-1)
    const from = cockpit.seen.length
    const answers = await Promise.all(Array.from({ length: 12 }, () => status(ada)))
    expect(new Set(answers)).toEqual(new Set([200]))
    const used = new Set(bearers().slice(from))
    expect(used.size).toBe(1)
    expect(used.has(before)).toBe(false)
  }
})

it('while the login service is away a live token goes on, an ended one is told apart from a logout', async () => {
  const ada = await loggedIn()
  await edge.stopIdentity()
  expect(await status(ada)).toBe(200)
  await tokenEnds()
  const answer = await ada.call(`${edge.home}/api/session`)
  expect(answer.status).toBe(503)
  expect(answer.json()).toMatchObject({ error: { code: 'gateway.identity_down' } })
  await edge.startIdentity()
  expect(await status(ada)).toBe(200)
})

it('a person who was disabled is out at the next renewal', async () => {
  const ada = await loggedIn()
  const [user] = (await edge.admin('GET', '/users?username=ada@demo')) as { id: string }[]
  await edge.admin('PUT', `/users/${user?.id}`, { enabled: false })
  await tokenEnds()
  expect(await status(ada)).toBe(401)
  await edge.admin('PUT', `/users/${user?.id}`, { enabled: true })
  expect(await status(ada)).toBe(401)
})

it('a token that an upstream refuses is replaced at the next request', async () => {
  const ada = await loggedIn()
  const secret = ada.cookies.get(new URL(edge.home).host)?.get(`__Host-akko_${edge.port}`)?.value ?? ''
  const client = createOidcClient(createProvider(edge), { id: 'cockpit', secret: new Secret('cockpit secret+/') })
  const sessions = createSessions({
    store: createSessionStore({ pool: edge.pool, schema: 'akko_edge', key: edge.sessionKey }),
    clients: { cockpit: client, gateway: client },
    log: createLog('gateway'),
    lifetimeMs: 60_000,
    trustForMs: -1,
  })
  const before = await sessions.resolve('', secret)
  expect((await sessions.resolve('', secret))?.tokens.accessToken).toBe(before?.tokens.accessToken)
  sessions.distrust(before as Session)
  const after = await sessions.resolve('', secret)
  expect(after?.tokens.accessToken).not.toBe(before?.tokens.accessToken)
  expect((await sessions.resolve('', secret))?.tokens.accessToken).toBe(after?.tokens.accessToken)
})

it('a token that is not believed any more is replaced at once, and the session ends when the provider gives no other', async () => {
  const ada = await loggedIn()
  const secret = ada.cookies.get(new URL(edge.home).host)?.get(`__Host-akko_${edge.port}`)?.value ?? ''
  const client = createOidcClient(createProvider(edge), { id: 'cockpit', secret: new Secret('cockpit secret+/') })
  const ended = new Set<string>()
  const sessions = createSessions({
    store: createSessionStore({ pool: edge.pool, schema: 'akko_edge', key: edge.sessionKey }),
    clients: { cockpit: client, gateway: client },
    log: createLog('gateway'),
    lifetimeMs: 60_000,
    isGood: async (token) => !ended.has(token),
  })
  const before = (await sessions.resolve('', secret))?.tokens.accessToken ?? ''
  ended.add(before)
  const after = (await sessions.resolve('', secret))?.tokens.accessToken ?? ''
  expect(after).not.toBe(before)
  expect((await sessions.resolve('', secret))?.tokens.accessToken).toBe(after)
  ended.add(after)
  const [{ id }] = (await edge.admin('GET', '/users?username=ada@demo&exact=true')) as [{ id: string }]
  await edge.admin('PUT', `/users/${id}`, { enabled: false })
  try {
    expect(await sessions.resolve('', secret)).toBeUndefined()
  } finally {
    await edge.admin('PUT', `/users/${id}`, { enabled: true })
  }
})

it('sessions that cannot be read are 503, never a login loop', async () => {
  const ada = await loggedIn()
  await edge.pool.query('ALTER TABLE akko_edge.session RENAME TO away')
  try {
    const page = await ada.call(`${edge.home}/`, { headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate' } })
    expect(page.status).toBe(503)
    expect(page.text).toContain('Sessions cannot be read now')
  } finally {
    await edge.pool.query('ALTER TABLE akko_edge.away RENAME TO session')
  }
  expect(await status(ada)).toBe(200)
})
