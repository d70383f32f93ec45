// The edge with real TLS, a real login at the identity part, real upstreams and WebSockets.
import https from 'node:https'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Browser, type Echo, startEcho, startTestEdge, type TestEdge } from '#parts/gateway/test-gateway'
import { freePort } from '#test/support/postgres'

/** Catches what hangs. */
const CEILING_MS = 50_000

let edge: TestEdge
let cockpit: Echo
let sql: Echo
let bi: Echo
let deadPort: number
let sessionCookie: string

type Seen = { method: string; url: string; headers: Record<string, string>; body: string }

beforeAll(async () => {
  ;[cockpit, sql, bi] = await Promise.all([startEcho(), startEcho(), startEcho()])
  deadPort = await freePort()
  const at = (echo: Echo) => ({ host: '127.0.0.1', port: echo.port })
  edge = await startTestEdge({
    hosts: [
      { label: '', title: 'Cockpit (portal)', guarded: false, upstream: at(cockpit) },
      { label: 'bi', title: 'Business intelligence (Superset)', guarded: true, open: ['/shared'], upstream: at(bi) },
      { label: 'federation', title: 'SQL engine (Trino protocol)', guarded: false, upstream: at(sql) },
      { label: 'lab', title: 'Notebooks (JupyterHub)', guarded: false },
      { label: 'storage', title: 'Object storage (S3)', guarded: false, name: 'storage', upstream: { host: '127.0.0.1', port: deadPort } },
      { label: 'objects', title: 'Objects', guarded: false, signed: { as: 'sigv4', bodyBytes: 200_000 }, upstream: at(sql) },
    ],
    paths: [
      { prefix: '/v1/statement', upstream: at(sql), title: 'SQL engine', name: 'sql' },
      { prefix: '/v1/info', upstream: at(sql) },
      { prefix: '/api/catalog', upstream: at(bi), title: 'Iceberg catalogue', name: 'catalog' },
    ],
    maxBodyBytes: 100_000,
  })
  sessionCookie = `__Host-akko_${edge.port}`
})
afterAll(async () => {
  await edge?.stop()
  await Promise.all([cockpit, sql, bi].map((e) => e?.close()))
})

const clientUrl = (path: string) => `https://localhost:${edge.port}${path}`
const hostUrl = (label: string, path: string) => `https://${label}.akko.localhost:${edge.port}${path}`

describe('routing and forwarding', () => {
  it('answers health on any host, over verified TLS', async () => {
    for (const url of [clientUrl('/-/health'), `https://127.0.0.1:${edge.port}/-/health`, `${edge.home}/-/health`])
      expect((await edge.request(url)).json()).toEqual({ status: 'ok' })
  })

  it('passes a client’s own bearer and SQL headers on, and strips what claims an identity', async () => {
    const answer = await edge.request(clientUrl('/v1/statement?x=1'), {
      method: 'POST',
      body: 'SELECT 1',
      headers: {
        authorization: 'Bearer own',
        'x-trino-user': 'ada@demo',
        'x-forwarded-user': 'admin',
        'x-forwarded-for': '10.0.0.1',
        'x-forwarded-host': 'evil.example',
        'x-auth-request-user': 'admin',
        'remote-user': 'admin',
        x_forwarded_user: 'admin',
        x_trino_user: 'admin',
        'x-amz-meta-my_key': 'kept',
        connection: 'x-trino-source',
        'x-trino-source': 'smuggled',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    })
    const { headers, body, url } = answer.json<Seen>()
    expect({ body, url }).toEqual({ body: 'SELECT 1', url: '/v1/statement?x=1' })
    expect(headers).toMatchObject({
      authorization: 'Bearer own',
      'x-trino-user': 'ada@demo',
      'x-amz-meta-my_key': 'kept',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': `localhost:${edge.port}`,
      'x-forwarded-port': String(edge.port),
    })
    for (const name of ['x-forwarded-user', 'x-auth-request-user', 'remote-user', 'x_forwarded_user', 'x_trino_user', 'x-trino-source'])
      expect(headers).not.toHaveProperty(name)
    expect(headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/)
    expect(answer.headers['x-request-id']).toBe('0af7651916cd43dd8448eb211c80319c')
  })

  it('SQL headers do not reach another part', async () => {
    const { headers } = (await edge.request(clientUrl('/api/catalog/v1/config'), { headers: { 'x-trino-user': 'ada' } })).json<Seen>()
    expect(headers).not.toHaveProperty('x-trino-user')
  })

  it('an upstream may not set our cookies, other hosts’ cookies or HSTS', async () => {
    const { headers } = await edge.request(hostUrl('federation', '/'))
    expect(headers['set-cookie']).toEqual(['own=1; Path=/'])
    expect(headers).not.toHaveProperty('strict-transport-security')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('a part that is not installed, an unknown host and an unknown path are 404, each in its words', async () => {
    const html = { accept: 'text/html' }
    const lab = await edge.request(hostUrl('lab', '/hub'), { headers: html })
    expect(lab.status).toBe(404)
    expect(lab.text).toContain('Notebooks (JupyterHub) is not installed on this machine')
    expect(lab.text).toContain(`href="${edge.home}/"`)
    expect(lab.headers['content-security-policy']).toContain("default-src 'none'")
    const unknown = await edge.request(hostUrl('nobody', '/'))
    expect(unknown.json()).toMatchObject({ error: { code: 'gateway.unknown_host', requestId: unknown.headers['x-request-id'] } })
    expect((await edge.request(clientUrl('/realms/akko2/x'))).status).toBe(404)
    expect((await edge.request(`https://localhost:${edge.port}/`, { headers: { host: 'evil.example' } })).status).toBe(404)
  })

  it('a dot segment never reaches a part by path', async () => {
    for (const path of [
      '/v1/statement/../secret',
      '/v1/statement/%2e%2E/secret',
      '/v1/statement/..;/secret',
      '//v1/statement',
      '/v1\\statement',
    ])
      expect((await edge.request(clientUrl('/'), { path })).json()).toMatchObject({ error: { code: 'gateway.bad_path' } })
  })

  it('an upstream that is down is a 502 with its name; so is one that dies before it answers', async () => {
    const page = await edge.request(hostUrl('storage', '/b/k'), { headers: { accept: 'text/html' } })
    expect(page.status).toBe(502)
    expect(page.text).toContain('Object storage (S3) does not answer')
    expect(page.text).toContain(page.headers['x-request-id'])
    expect((await edge.request(hostUrl('federation', '/die'), { method: 'POST', body: 'x' })).status).toBe(502)
  })

  it('an upstream that dies in the middle of its answer breaks the client’s, and the edge lives', async () => {
    await expect(edge.request(hostUrl('federation', '/half'))).rejects.toThrow(/aborted|hang up|ECONNRESET/)
    expect((await edge.request(hostUrl('federation', '/'))).status).toBe(200)
  })

  it('a client that leaves ends its request at the upstream', async () => {
    const req = https.get({
      host: '127.0.0.1',
      port: edge.port,
      path: '/slow',
      servername: 'akko.localhost',
      ca: edge.ca(),
      headers: { host: `federation.akko.localhost:${edge.port}` },
    })
    req.on('error', () => {})
    await vi.waitFor(() => expect(sql.seen.some((s) => s.url === '/slow')).toBe(true))
    req.destroy()
    await vi.waitFor(() => expect(sql.aborted).toEqual(['/slow']))
  })

  it('survives the restart of an upstream behind kept connections', async () => {
    const url = hostUrl('federation', '/again')
    expect((await edge.request(url)).status).toBe(200)
    const { port } = sql
    await sql.close()
    sql = await startEcho(port)
    expect((await edge.request(url)).status).toBe(200)
  })

  it('forwards what signs its requests as it is, under its host and under localhost, with a limit of its own', async () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=a/20260101/r/s3/aws4_request, SignedHeaders=host, Signature=0'
    const path = '/bucket/a/../b//c%2Fd?x=a%2Bb'
    const body = Buffer.alloc(150_000, 'x')
    for (const url of [hostUrl('objects', '/'), clientUrl('/')]) {
      const seen = (await edge.request(url, { method: 'PUT', path, headers: { authorization }, body })).json<Seen>()
      expect(seen).toMatchObject({ method: 'PUT', url: path, headers: { authorization, host: new URL(url).host } })
      expect(seen.body).toHaveLength(body.length)
    }
    const presigned = { path: '/bucket/key?X-Amz-Signature=0' }
    expect((await edge.request(hostUrl('objects', '/'), presigned)).json<Seen>().url).toBe(presigned.path)
    const large = { method: 'PUT', path, headers: { authorization }, body: Buffer.alloc(200_001) }
    expect((await edge.request(clientUrl('/'), large)).status).toBe(413)
  })

  it('opens no address with a signature in it where the login’s cookies are: a page there could use them', async () => {
    for (const path of ['/bucket/page.html?X-Amz-Signature=0', '/bucket/page.html']) {
      const answer = await edge.request(clientUrl('/'), { path })
      expect([answer.status, answer.json<{ error: { code: string } }>().error.code]).toEqual([404, 'gateway.unknown_path'])
    }
  })

  it('refuses a body over the limit, declared or not', async () => {
    const body = Buffer.alloc(100_001, 'x')
    const post = (headers: Record<string, string>) => edge.request(clientUrl('/v1/statement'), { method: 'POST', body, headers })
    const before = sql.seen.length
    expect((await post({ 'content-length': String(body.length) })).status).toBe(413)
    expect((await post({ 'transfer-encoding': 'chunked' })).status).toBe(413)
    expect(sql.seen.slice(before).map((s) => s.body.length)).toEqual([])
  })
})

describe('browser sessions', () => {
  const browser = () => new Browser(edge)

  it('sends a page to the login and back to where it was; the upstream gets a bearer, never the cookie', async () => {
    const ada = browser()
    const login = await ada.open(`${edge.home}/sql?tab=2`)
    expect(login.url.href).toMatch(`${edge.issuer}/`)
    const back = await ada.submit(login, { username: 'ada@demo', password: 'ada-demo' })
    expect(back.url.href).toBe(`${edge.home}/sql?tab=2`)
    const { headers } = JSON.parse(back.text) as Seen
    const claims = JSON.parse(Buffer.from(headers.authorization?.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ preferred_username: 'ada@demo', iss: edge.issuer })
    expect(headers.cookie ?? '').not.toContain(sessionCookie)
    expect(Date.parse(headers['x-akko-session-expires'] ?? '')).toBeGreaterThan(Date.now() + 3600_000)
    const names = [...(ada.cookies.get(`akko.localhost:${edge.port}`)?.keys() ?? [])]
    expect(names.filter((n) => n.startsWith('__Host-akko'))).toEqual([sessionCookie])
  })

  it('keeps no token in the clear in the database', async () => {
    await browser().logIn(`${edge.home}/`)
    const { rows } = await edge.pool.query<{ sealed: string; secret_hash: Buffer }>('SELECT * FROM akko_edge.session')
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(Buffer.from(row.sealed.split('.')[0] ?? '', 'base64url').toString()).toMatch(/"enc":"A256GCM"/)
    expect(JSON.stringify(rows)).not.toContain('eyJhbGciOiJSUzI1NiI')
  })

  it('a script without a session gets 401 as JSON, not a login page', async () => {
    const answer = await edge.request(`${edge.home}/api/session`, { headers: { accept: 'application/json', 'sec-fetch-mode': 'cors' } })
    expect(answer.status).toBe(401)
    expect(answer.json()).toMatchObject({ error: { code: 'gateway.login_needed' } })
  })

  it('serves the SQL protocol on the apex with the browser’s bearer', async () => {
    const ada = browser()
    await ada.logIn(`${edge.home}/`)
    const headers = { origin: edge.home, 'x-trino-user': 'ada@demo', authorization: 'Bearer mine' }
    const seen = (await ada.call(`${edge.home}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers })).json<Seen>()
    expect(seen.headers).toMatchObject({ 'x-forwarded-host': `akko.localhost:${edge.port}`, 'x-trino-user': 'ada@demo' })
    expect(seen.headers.authorization).toMatch(/^Bearer ey/)
    expect(sql.seen.at(-1)?.body).toBe('SELECT 1')
  })

  it('refuses a change that another site sends with the cookie, and one that names no origin', async () => {
    const ada = browser()
    await ada.logIn(`${edge.home}/`)
    const count = cockpit.seen.length
    const post = (headers: Record<string, string>) => ada.call(`${edge.home}/api/x`, { method: 'POST', body: '{}', headers })
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: `https://bi.akko.localhost:${edge.port}` },
      { 'sec-fetch-site': 'cross-site' },
      { origin: edge.home, 'sec-fetch-site': 'same-site' },
      { origin: 'null' },
      {},
    ] as Record<string, string>[])
      expect((await post(headers)).status).toBe(403)
    expect(cockpit.seen.length).toBe(count)
    expect((await post({ origin: edge.home, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  })

  it('lends nothing to a host whose requests are signed one by one, and lets none of its pages change or read here with the login', async () => {
    const ada = browser()
    await ada.logIn(`${edge.home}/`)
    const cookie = ada.cookieHeader(new URL(edge.home))
    expect(cookie).toContain(sessionCookie)
    const origin = `https://objects.akko.localhost:${edge.port}`
    for (const method of ['OPTIONS', 'GET', 'PUT']) {
      const { headers } = (await edge.request(hostUrl('objects', '/b/k'), { method, headers: { cookie, origin } })).json<Seen>()
      expect([headers.cookie, headers.authorization, headers.origin]).toEqual(['own=1', undefined, origin])
    }
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await ada.call(`${edge.home}/api/x`, { method, headers: { origin, 'sec-fetch-site': 'same-site' } })).status).toBe(403)
    const asked = { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' }
    const answers = [
      await ada.call(`${edge.home}/api/x`, { headers: { origin } }),
      await edge.request(`${edge.home}/api/x`, { method: 'OPTIONS', headers: asked }),
      await edge.request(clientUrl('/b/k'), { method: 'OPTIONS', headers: asked }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 404])
    for (const { headers } of answers) expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  it('logs in to a guarded host with the same sign-on, a cookie of its own and a code that works once', async () => {
    const ada = browser()
    await ada.logIn(`${edge.home}/`)
    const page = await ada.open(hostUrl('bi', '/charts?id=7'))
    expect(page.url.href).toBe(hostUrl('bi', '/charts?id=7'))
    expect((JSON.parse(page.text) as Seen).headers.authorization).toMatch(/^Bearer ey/)
    const own = (host: string) => ada.cookies.get(host)?.get(sessionCookie)?.value
    const [atBi, atHome] = [own(`bi.akko.localhost:${edge.port}`), own(`akko.localhost:${edge.port}`)]
    expect([atBi, atHome]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)])
    expect(atBi).not.toBe(atHome)
    const stolen = { cookie: `${sessionCookie}=${atBi}` }
    expect((await edge.request(hostUrl('bi', '/api'), { headers: stolen })).status).toBe(200)
    expect((await edge.request(`${edge.home}/api/session`, { headers: stolen })).status).toBe(401)
  })

  it('forwards the open paths of a guarded host without a login, and nothing that only looks like one', async () => {
    const get = (path: string, headers: Record<string, string> = {}) =>
      edge.request(hostUrl('bi', '/'), { path, headers: { accept: 'application/json', ...headers } })
    for (const path of ['/shared', '/shared/', '/shared/a?b=c']) expect([path, (await get(path)).status]).toEqual([path, 200])
    const { headers } = (await get('/shared/a', { 'x-forwarded-user': 'ada', 'x-auth-request-access-token': 't' })).json<Seen>()
    expect([headers.authorization, headers['x-forwarded-user'], headers['x-auth-request-access-token']]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    for (const path of ['/', '/sharedx', '/Shared/a', '/shared/../private', '/shared/%2e%2e/private', '/shared/..;/private', '//shared/a'])
      expect([path, (await get(path)).status]).toEqual([path, 401])
  })

  it('a one-time code is of no use to another browser', async () => {
    const [ada, mallory] = [browser(), browser()]
    await ada.logIn(`${edge.home}/`)
    let next = hostUrl('bi', '/')
    for (let hops = 0; hops < 10 && !next.includes('/-/session?'); hops++)
      next = (await ada.call(next, { headers: { accept: 'text/html' } })).headers.location ?? ''
    await mallory.call(hostUrl('bi', '/'), { headers: { accept: 'text/html' } })
    expect((await mallory.call(next, { headers: { accept: 'text/html' } })).status).toBe(400)
    expect((await ada.call(next, { headers: { accept: 'text/html' } })).status).toBe(302)
    expect((await ada.call(next, { headers: { accept: 'text/html' } })).status).toBe(400)
  })

  it('a callback that this browser did not begin is refused, and a return address stays on our hosts', async () => {
    const ada = browser()
    const forged = await ada.call(`${edge.home}/auth/callback?code=x&state=${'a'.repeat(43)}`, { headers: { accept: 'text/html' } })
    expect(forged.status).toBe(400)
    const back = await ada.logIn(`${edge.home}/auth/login?return=//evil.example/`)
    expect(back.url.href).toBe(`${edge.home}/`)
    const start = await ada.call(`${edge.home}/oauth2/start?host=evil&binding=${'a'.repeat(43)}`)
    expect(start.status).toBe(400)
  })

  it('a client’s own bearer works on the apex when it is good, and only then', async () => {
    const ada = browser()
    const { headers } = JSON.parse((await ada.logIn(`${edge.home}/`)).text) as Seen
    const call = (authorization: string) => edge.request(`${edge.home}/api/status`, { headers: { authorization } })
    expect((await call(headers.authorization ?? '')).status).toBe(200)
    expect((await call('Bearer nonsense')).status).toBe(401)
    expect((await call('Basic YTpi')).status).toBe(401)
  })

  it('the session survives a restart of the gateway', async () => {
    const ada = browser()
    await ada.logIn(`${edge.home}/`)
    await edge.restartGateway()
    expect((await ada.call(`${edge.home}/api/session`)).status).toBe(200)
  })

  it('logout ends every host’s session and the provider’s', async () => {
    const ada = browser()
    await ada.logIn(`${edge.home}/`)
    await ada.open(hostUrl('bi', '/'))
    const foreign = await ada.call(`${edge.home}/auth/logout`, { headers: { 'sec-fetch-site': 'cross-site', accept: 'text/html' } })
    expect(foreign.text).toContain('<form method="post" action="/auth/logout">')
    const kept = ada.cookieHeader(new URL(hostUrl('bi', '/')))
    // Only what a person does ends it: HEAD and other methods are the upstream's.
    for (const method of ['HEAD', 'PUT'])
      await ada.call(`${edge.home}/auth/logout`, { method, headers: { 'sec-fetch-site': 'same-origin', origin: edge.home } })
    expect((await edge.request(hostUrl('bi', '/api'), { headers: { cookie: kept } })).status).toBe(200)
    const out = await ada.call(`${edge.home}/auth/logout`, { headers: { 'sec-fetch-site': 'same-origin' } })
    expect(out.headers.location).toMatch(/protocol\/openid-connect\/logout\?.*id_token_hint=/)
    const page = await ada.open(out.headers.location ?? '')
    expect(page.url.href).toMatch(edge.issuer)
    expect((await edge.request(hostUrl('bi', '/api'), { headers: { cookie: kept } })).status).toBe(401)
  })
})

describe('WebSockets', () => {
  const connect = (url: string, headers: Record<string, string>) =>
    new WebSocket(url.replace('https', 'wss'), {
      ca: edge.ca(),
      headers: { host: new URL(url).host, ...headers },
      lookup: (_name, options, done) =>
        (options as { all?: boolean }).all
          ? (done as unknown as (e: null, a: object[]) => void)(null, [{ address: '127.0.0.1', family: 4 }])
          : done(null, '127.0.0.1', 4),
    })
  const status = (socket: WebSocket) =>
    new Promise<number>((resolve) => {
      socket.once('unexpected-response', (_req, res) => resolve(res.statusCode ?? 0))
      socket.once('open', () => resolve(101))
      socket.once('error', () => {})
    })

  it('echoes through TLS with the bearer of the session, and ends with it', { timeout: CEILING_MS }, async () => {
    const ada = new Browser(edge)
    await ada.logIn(`${edge.home}/`)
    const cookie = ada.cookieHeader(new URL(edge.home))
    const socket = connect(`${edge.home}/api/live`, { cookie, origin: edge.home })
    const messages: string[] = []
    const got = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => messages.length >= count && resolve()
        socket.on('message', look)
        look()
      })
    socket.on('message', (data) => messages.push(data.toString()))
    await got(1)
    const headers = JSON.parse(messages[0] ?? '{}') as Record<string, string>
    expect(headers.authorization).toMatch(/^Bearer ey/)
    expect(headers.cookie ?? '').not.toContain('__Host-akko')
    const big = 'x'.repeat(200_000)
    socket.send(big)
    await got(2)
    expect(messages[1]).toBe(big)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await ada.call(`${edge.home}/auth/logout`)
    await closed
  })

  it('ends with the bearer that opened it, and not before', { timeout: CEILING_MS }, async () => {
    const SECONDS = 4
    await edge.admin('POST', '/clients', {
      clientId: 'brief',
      secret: 'brief',
      serviceAccountsEnabled: true,
      attributes: { 'access.token.lifespan': String(SECONDS) },
      protocolMappers: [
        {
          name: 'audience gateway',
          protocol: 'openid-connect',
          protocolMapper: 'oidc-audience-mapper',
          config: { 'included.client.audience': 'gateway', 'access.token.claim': 'true' },
        },
      ],
    })
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'brief', client_secret: 'brief' })
    const answer = await fetch(`${edge.internalUrl}/realms/akko/protocol/openid-connect/token`, { method: 'POST', body: form })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    const socket = connect(`${edge.home}/api/live`, { authorization: `Bearer ${token}` })
    const closed = new Promise((resolve) => socket.once('close', resolve))
    expect(await status(socket)).toBe(101)
    const opened = performance.now()
    await closed
    expect(performance.now() - opened).toBeGreaterThan((SECONDS - 2) * 1000)
    expect(await status(connect(`${edge.home}/api/live`, { authorization: `Bearer ${token}` }))).toBe(401)
  })

  it('refuses without a session, from another origin, and to a part that is down', async () => {
    const ada = new Browser(edge)
    await ada.logIn(`${edge.home}/`)
    const cookie = ada.cookieHeader(new URL(edge.home))
    expect(await status(connect(`${edge.home}/api/live`, { origin: edge.home }))).toBe(401)
    expect(await status(connect(`${edge.home}/api/live`, { cookie, origin: 'https://evil.example' }))).toBe(403)
    expect(await status(connect(`${edge.home}/api/live`, { cookie }))).toBe(403)
    expect(await status(connect(hostUrl('storage', '/'), {}))).toBe(502)
  })
})
