// For this part's tests: the gateway in front of the real identity part, PostgreSQL and small real upstreams, and a browser of a few lines.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http, { type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet } from 'jose'
import pg from 'pg'
import { WebSocketServer } from 'ws'
import type { Authenticator } from '#kit/access'
import { type Audit, createLogAudit } from '#kit/audit'
import { createLog } from '#kit/log'
import { Secret } from '#kit/secret'
import { createGateway, createSessionStore, type GatewayDeps, type HostRoute } from '#parts/gateway/index'
import { createIdentity } from '#parts/identity/index'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'
import { freePort, startTempPostgres } from '#test/support/postgres'
import { verifyToken } from '#wire/oidc/verify'

export const DOMAIN = 'akko.localhost'
const ADMIN = { username: 'admin', password: 'master-admin-password' }
const POLICY = { roleGrants: { 'akko-admin': { all: true } } as const, masks: {}, classified: [], rowFilters: [] }

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  json<T = Record<string, unknown>>(): T
}

export interface Request {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer
  /** Sent as it is; a URL would be put into its normal form. */
  readonly path?: string
}

export interface TestEdge {
  readonly port: number
  readonly caDir: string
  readonly pool: pg.Pool
  /** Over TLS, with the local authority; `*.localhost` leads to 127.0.0.1. */
  request(url: string | URL, request?: Request): Promise<Answer>
  ca(): string
  readonly home: string
  readonly issuer: string
  readonly internalUrl: string
  readonly sessionKey: Secret
  restartGateway(): Promise<void>
  /** Calls the identity part's admin API as its administrator. */
  admin(method: string, path: string, body?: unknown): Promise<unknown>
  stopIdentity(): Promise<void>
  startIdentity(): Promise<void>
  stop(): Promise<void>
}

export interface Echo {
  readonly port: number
  readonly seen: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[]
  /** Addresses of requests to /slow whose client left. */
  readonly aborted: string[]
  close(): Promise<void>
}

/** An upstream that says what it was asked, and echoes WebSockets but `break`, at which it does. */
export async function startEcho(port?: number): Promise<Echo> {
  const seen: Echo['seen'] = []
  const aborted: string[] = []
  const server = http.createServer(async (req, res) => {
    const path = req.url?.split('?')[0]
    let body = ''
    try {
      for await (const chunk of req) body += chunk
    } catch {
      return // the client left
    }
    seen.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body })
    if (path === '/half') {
      res.writeHead(200, { 'content-type': 'text/plain' })
      res.write('first half')
      setTimeout(() => res.socket?.destroy(), 50)
      return
    }
    if (path === '/slow') return void res.on('close', () => aborted.push(req.url ?? ''))
    if (path === '/die') return res.socket?.destroy()
    if (path === '/refuse') return res.writeHead(401, { 'content-type': 'text/plain' }).end('who are you?')
    res.setHeader('set-cookie', ['own=1; Domain=akko.localhost; Path=/', '__Host-akko_1=stolen; Path=/; Secure'])
    res.setHeader('strict-transport-security', 'max-age=31536000')
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body }))
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, req) => {
    socket.on('error', () => {})
    socket.send(JSON.stringify(req.headers))
    socket.on('message', (data) => (String(data) === 'break' ? socket.terminate() : socket.send(data)))
  })
  await new Promise<void>((resolve) => server.listen(port ?? 0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    seen,
    aborted,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export async function startTestEdge(options: {
  hosts: HostRoute[]
  paths: GatewayDeps['routes']['paths']
  accessTokenSeconds?: number
  maxBodyBytes?: number
  limits?: GatewayDeps['limits']
  audit?: Audit
}): Promise<TestEdge> {
  const postgres = await startTempPostgres()
  const pool = new pg.Pool({ connectionString: postgres.url('postgres'), max: 8 })
  pool.on('error', () => {})
  const [port, identityPort] = [await freePort(), await freePort()]
  const caDir = mkdtempSync(join(tmpdir(), 'akko-ca-'))
  const issuer = `https://localhost:${port}/realms/akko`
  const home = `https://${DOMAIN}:${port}`
  const internalUrl = `http://127.0.0.1:${identityPort}`
  const makeIdentity = () =>
    createIdentity({
      secondFactorKey: new Secret('seals what authenticator apps know'),
      name: 'identity',
      host: '127.0.0.1',
      port: identityPort,
      realm: 'akko',
      issuer,
      pool,
      schema: 'akko_identity',
      admin: { username: ADMIN.username, password: new Secret(ADMIN.password) },
      authoriser: createRolePolicy(POLICY, RESOURCE_KINDS),
      audit: createLogAudit(createLog('identity')),
      log: createLog('identity'),
      ...(options.accessTokenSeconds ? { lifetimes: { accessToken: options.accessTokenSeconds } } : {}),
    })
  let identity = makeIdentity()
  await identity.start()
  await addClientsAndUser(internalUrl, home)

  const identityUpstream = { host: '127.0.0.1', port: identityPort }
  const key = new Secret('a session key of a test')
  const makeGateway = () =>
    createGateway({
      name: 'gateway',
      host: '127.0.0.1',
      port,
      domain: DOMAIN,
      publicPort: port,
      caDir,
      routes: {
        hosts: options.hosts,
        paths: [{ prefix: '/realms/akko', upstream: identityUpstream, title: 'Single sign-on', name: 'identity' }, ...options.paths],
      },
      oidc: {
        issuer,
        internalUrl,
        clients: {
          cockpit: { id: 'cockpit', secret: new Secret('cockpit secret+/') },
          gateway: { id: 'gateway', secret: new Secret('gateway-secret') },
        },
      },
      sessions: createSessionStore({ pool, schema: 'akko_edge', key }),
      sessionKey: key,
      authenticator: authenticatorOf(issuer, internalUrl),
      audit: options.audit ?? createLogAudit(createLog('gateway')),
      log: createLog('gateway'),
      ...(options.maxBodyBytes ? { maxBodyBytes: options.maxBodyBytes } : {}),
      ...(options.limits ? { limits: options.limits } : {}),
    })
  let gateway = makeGateway()
  await gateway.start()
  const ca = () => readFileSync(join(caDir, 'ca.pem'), 'utf8')
  return {
    port,
    caDir,
    pool,
    home,
    issuer,
    internalUrl,
    sessionKey: key,
    ca,
    request: (url, request) => send(new URL(url), ca(), request),
    restartGateway: async () => {
      await gateway.stop()
      gateway = makeGateway()
      await gateway.start()
    },
    admin: async (method, path, body) => (await adminOf(internalUrl))(method, path, body),
    stopIdentity: () => identity.stop(),
    startIdentity: async () => {
      identity = makeIdentity()
      await identity.start()
    },
    stop: async () => {
      await gateway.stop()
      await identity.stop()
      await pool.end()
      await postgres.stop()
      rmSync(caDir, { recursive: true, force: true })
    },
  }
}

function send(url: URL, ca: string, request: Request = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = https.request(
      {
        host: '127.0.0.1',
        port: url.port,
        servername: url.hostname === '127.0.0.1' ? '' : url.hostname,
        path: request.path ?? url.pathname + url.search,
        method: request.method ?? 'GET',
        headers: { host: url.host, ...request.headers },
        ca,
        agent: false,
      },
      (res) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk))
        res.on('error', reject)
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json: <T>() => JSON.parse(text) as T })
        })
      },
    )
    req.on('error', reject)
    req.end(request.body)
  })
}

function authenticatorOf(issuer: string, internalUrl: string): Authenticator {
  const keys = createRemoteJWKSet(new URL(`${internalUrl}/realms/akko/protocol/openid-connect/certs`))
  return { bearer: async (token) => (await verifyToken(token, { issuer, keys, audience: 'gateway' })).caller }
}

type Admin = (method: string, path: string, body?: unknown) => Promise<unknown>

async function adminOf(base: string): Promise<Admin> {
  const token = await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...ADMIN }),
  })
  const { access_token } = (await token.json()) as { access_token: string }
  return async (method, path, body) => {
    const res = await fetch(`${base}/admin/realms/akko${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await res.text()
    if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

async function addClientsAndUser(base: string, home: string): Promise<void> {
  const admin = await adminOf(base)
  const protocolMappers = [
    {
      name: 'audience gateway',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-audience-mapper',
      config: { 'included.client.audience': 'gateway', 'access.token.claim': 'true' },
    },
  ]
  await admin('POST', '/clients', {
    protocolMappers,
    clientId: 'cockpit',
    secret: 'cockpit secret+/',
    redirectUris: [`${home}/auth/callback`],
    attributes: { 'post.logout.redirect.uris': `${home}/` },
  })
  const redirectUris = [`${home}/oauth2/callback`]
  await admin('POST', '/clients', { clientId: 'gateway', secret: 'gateway-secret', redirectUris, protocolMappers })
  await admin('POST', '/users', {
    username: 'ada@demo',
    email: 'ada@demo.akko.localhost',
    emailVerified: true,
    firstName: 'Ada',
    lastName: 'Lovelace',
    enabled: true,
    credentials: [{ type: 'password', value: 'ada-demo', temporary: false }],
  })
}

/** Cookies per host and redirects, as much as a login needs. */
export class Browser {
  readonly #edge: Pick<TestEdge, 'request'>
  readonly cookies = new Map<string, Map<string, { value: string; path: string }>>()
  constructor(edge: Pick<TestEdge, 'request'>) {
    this.#edge = edge
  }

  cookieHeader(url: URL): string {
    return [...(this.cookies.get(url.host) ?? [])]
      .filter(([, c]) => url.pathname.startsWith(c.path))
      .map(([name, c]) => `${name}=${c.value}`)
      .join('; ')
  }

  async call(url: string | URL, request: Request = {}): Promise<Answer> {
    const at = new URL(url)
    const cookie = this.cookieHeader(at)
    const answer = await this.#edge.request(at, { ...request, headers: { ...(cookie ? { cookie } : {}), ...request.headers } })
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(at, line)
    return answer
  }

  /** Opens a page, following redirects. */
  async open(url: string | URL, request: Request = {}): Promise<Answer & { url: URL }> {
    let next = { url: new URL(url), request }
    for (let hops = 0; hops < 20; hops++) {
      const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate', ...next.request.headers }
      const answer = await this.call(next.url, { ...next.request, headers })
      const { location } = answer.headers
      if (!location) return { ...answer, url: next.url }
      next = { url: new URL(location, next.url), request: {} }
    }
    throw new Error('too many redirects')
  }

  async logIn(url: string | URL, password = 'ada-demo') {
    return this.submit(await this.open(url), { username: 'ada@demo', password })
  }

  async submit(page: { url: URL; text: string }, fields: Record<string, string>) {
    const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1]
    if (!action) throw new Error(`no form in ${page.text}`)
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((m) => [m[1], m[2]])
    return this.open(new URL(action, page.url), {
      method: 'POST',
      headers: { origin: page.url.origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...Object.fromEntries(hidden), ...fields }).toString(),
    })
  }

  #keep(url: URL, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((s) => s.trim())
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    const attribute = (key: string) => attributes.find((a) => a.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1)
    const jar = this.cookies.get(url.host) ?? new Map<string, { value: string; path: string }>()
    this.cookies.set(url.host, jar)
    if (value === '' || attribute('max-age') === '0') jar.delete(name)
    else jar.set(name, { value, path: attribute('path') ?? '/' })
  }
}
