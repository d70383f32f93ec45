// For this part's tests: a real PostgreSQL, the part on a free port, and a browser of a few lines that calls it as the gateway does.
import pg from 'pg'
import type { Authoriser } from '#kit/access'
import { createLogAudit } from '#kit/audit'
import { GATEWAY_KEY_HEADER } from '#kit/forwarded'
import { createLog } from '#kit/log'
import { Secret } from '#kit/secret'
import { createIdentity, type IdentityDeps } from '#parts/identity/index'
import { createStore, type Store } from '#parts/identity/store/index'
import { freePort, startTempPostgres } from '#test/support/postgres'

const KEY = new Secret('the key of a gateway')
const SECOND_FACTORS = new Secret('seals what authenticator apps know')

export const ADMIN = { username: 'admin', password: 'master-admin-password' }

export interface TestIdentity {
  /** Back-channel address, e.g. `http://127.0.0.1:40123`. */
  readonly base: string
  readonly origin: string
  readonly issuer: string
  readonly store: Store
  /** Calls a public URL through the loopback port, with the headers that the gateway adds. */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** JSON to the admin API as the master administrator; throws on an error status. */
  admin<T = unknown>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T; location: string | null }>
  restart(): Promise<void>
  stop(): Promise<void>
}

/** akko-admin may do all; a credential may do what it carries. */
const BY_ROLE: Authoriser = {
  decide: async (caller, action, { kind }) => ({
    allow: caller.roles.includes('akko-admin') || (caller.entitlements ?? []).some((e) => e.kind === kind && e.actions.includes(action)),
  }),
}

export async function startTestIdentity(
  options: { origin?: (port: number) => string } & Partial<
    Pick<
      IdentityDeps,
      'lifetimes' | 'authoriser' | 'audit' | 'endedSocket' | 'smtp' | 'passwordPolicy' | 'secondFactorRoles' | 'groupRoles'
    >
  > = {},
): Promise<TestIdentity> {
  const server = await startTempPostgres()
  const pool = new pg.Pool({ connectionString: server.url('postgres'), max: 8 })
  pool.on('error', () => {})
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const origin = options.origin?.(port) ?? 'https://localhost:8443'
  const issuer = `${origin}/realms/akko`
  const make = () =>
    createIdentity({
      name: 'identity',
      host: '127.0.0.1',
      port,
      realm: 'akko',
      issuer,
      origins: ['https://identity.akko.localhost:8443'],
      pool,
      schema: 'akko_identity',
      admin: { username: ADMIN.username, password: new Secret(ADMIN.password) },
      gatewayKey: KEY,
      authoriser: options.authoriser ?? BY_ROLE,
      audit: options.audit ?? createLogAudit(createLog('identity')),
      log: createLog('identity'),
      ...(options.lifetimes ? { lifetimes: options.lifetimes } : {}),
      secondFactorKey: SECOND_FACTORS,
      ...(options.secondFactorRoles ? { secondFactorRoles: options.secondFactorRoles } : {}),
      ...(options.groupRoles ? { groupRoles: options.groupRoles } : {}),
      ...(options.smtp ? { smtp: options.smtp } : {}),
      ...(options.passwordPolicy ? { passwordPolicy: options.passwordPolicy } : {}),
      ...(options.endedSocket ? { endedSocket: options.endedSocket } : {}),
    })
  let part = make()
  await part.start()
  const throughGateway = (url: string | URL, init: RequestInit = {}) => {
    const { protocol, host, pathname, search } = new URL(url)
    const headers = new Headers(init.headers)
    headers.set('x-forwarded-proto', protocol.slice(0, -1))
    headers.set('x-forwarded-host', host)
    headers.set(GATEWAY_KEY_HEADER, KEY.reveal())
    return fetch(`${base}${pathname}${search}`, { ...init, headers, redirect: 'manual' })
  }
  return {
    base,
    origin,
    issuer,
    store: createStore(pool, 'akko_identity', SECOND_FACTORS),
    fetch: throughGateway,
    admin: (method, path, body) => adminCall(base, method, path, body),
    restart: async () => {
      await part.stop()
      part = make()
      await part.start()
    },
    stop: async () => {
      await part.stop()
      await pool.end()
      await server.stop()
    },
  }
}

export async function adminToken(base: string): Promise<string> {
  const res = await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...ADMIN }),
  })
  const body = (await res.json()) as { access_token?: string }
  if (!body.access_token) throw new Error(`no admin token: ${JSON.stringify(body)}`)
  return body.access_token
}

let cached: { base: string; until: number; token: Promise<string> } | undefined

/** The administrator's token lives 60 s. */
function cachedToken(base: string): Promise<string> {
  if (cached?.base !== base || cached.until < Date.now()) cached = { base, until: Date.now() + 50_000, token: adminToken(base) }
  return cached.token
}

async function adminCall<T>(base: string, method: string, path: string, body?: unknown) {
  const res = await fetch(`${base}/admin/realms${path}`, {
    method,
    headers: { authorization: `Bearer ${await cachedToken(base)}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await res.text()
  if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text}`)
  return { status: res.status, body: (text ? JSON.parse(text) : undefined) as T, location: res.headers.get('location') }
}

/** Cookies and redirects, as much as a login needs. */
export class Browser {
  readonly #fetch: TestIdentity['fetch']
  readonly #origins: readonly string[]
  #cookies: { name: string; value: string; path: string; host: string }[] = []
  constructor(identity: TestIdentity) {
    this.#fetch = identity.fetch
    this.#origins = [identity.origin, 'https://identity.akko.localhost:8443']
  }

  get cookies(): readonly { name: string; value: string; path: string }[] {
    return this.#cookies
  }

  /** Follows redirects until a page, or until one leads away from the identity server. */
  async go(url: string | URL, init: RequestInit = {}): Promise<{ url: URL; status: number; page: string; headers: Headers }> {
    let next = { url: new URL(url), init }
    for (let hops = 0; hops < 20; hops++) {
      if (!this.#origins.includes(next.url.origin)) return { url: next.url, status: 302, page: '', headers: new Headers() }
      const { host, pathname } = next.url
      const sent = this.#cookies.filter((c) => c.host === host && pathname.startsWith(c.path))
      const headers = new Headers({ accept: 'text/html', ...(next.init.headers as Record<string, string>) })
      if (sent.length > 0) headers.set('cookie', sent.map((c) => `${c.name}=${c.value}`).join('; '))
      const res = await this.#fetch(next.url, { ...next.init, headers })
      for (const line of res.headers.getSetCookie()) this.#keep(line, host)
      const location = res.headers.get('location')
      if (!location) return { url: next.url, status: res.status, page: await res.text(), headers: res.headers }
      next = { url: new URL(location, next.url), init: {} }
    }
    throw new Error('too many redirects')
  }

  /** Sends the page's form, with its hidden fields. */
  async submit(at: { url: URL; page: string }, fields: Record<string, string>) {
    const action = /<form method="post" action="([^"]+)"/.exec(at.page)?.[1]
    if (!action) throw new Error(`no form in ${at.page}`)
    const hidden = [...at.page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((m) => [m[1], m[2]])
    return this.go(new URL(action, at.url), {
      method: 'POST',
      body: new URLSearchParams({ ...Object.fromEntries(hidden), ...fields }),
      headers: { origin: at.url.origin },
    })
  }

  #keep(line: string, host: string): void {
    const [pair = '', ...attributes] = line.split(';').map((s) => s.trim())
    const [name = '', value = ''] = pair.split('=', 2)
    const path = attributes.find((a) => a.toLowerCase().startsWith('path='))?.slice(5) ?? '/'
    this.#cookies = this.#cookies.filter((c) => !(c.name === name && c.path === path && c.host === host))
    if (value) this.#cookies.push({ name, value, path, host })
  }
}

export const COCKPIT_CALLBACK = 'https://akko.localhost:8443/auth/callback'
export const COCKPIT_HOME = 'https://akko.localhost:8443/'
export const USER = { username: 'user@demo', password: 'user-demo' }

/** Roles, clients and people of the platform's shape, made through the admin API. */
export async function seed(identity: TestIdentity): Promise<void> {
  const { admin } = identity
  for (const name of ['akko-admin', 'akko-engineer', 'akko-user']) await admin('POST', '/akko/roles', { name })
  const client = (representation: Record<string, unknown>) => admin('POST', '/akko/clients', representation)
  await client({
    clientId: 'cockpit',
    name: 'Cockpit',
    secret: 'cockpit-secret',
    redirectUris: [COCKPIT_CALLBACK],
    attributes: { 'post.logout.redirect.uris': COCKPIT_HOME },
    protocolMappers: audiences('gateway', 'trino'),
  })
  await client({ clientId: 'jupyterhub', secret: 'lab-secret', redirectUris: ['https://lab.akko.localhost:8443/hub/oauth_callback'] })
  await client({
    clientId: 'cli',
    name: 'Command line',
    publicClient: true,
    redirectUris: ['http://127.0.0.1/callback'],
    attributes: { 'oauth2.device.authorization.grant.enabled': 'true' },
  })
  const service = { standardFlowEnabled: false, serviceAccountsEnabled: true }
  await client({ clientId: 'polaris', secret: 'polaris-secret', ...service })
  await grantRole(identity, 'service-account-polaris', 'akko-engineer')
  const exchanging = { attributes: { 'standard.token.exchange.enabled': 'true' } }
  await client({ clientId: 'trino', secret: 'trino-secret', ...service, ...exchanging, protocolMappers: audiences('trino') })
  await grantRole(identity, 'service-account-trino', 'akko-admin')
  await client({ clientId: 'mcp', secret: 'mcp-secret', ...service, ...exchanging, protocolMappers: audiences('mcp', 'trino') })
  const person = (username: string, first: string, last: string, password: string) =>
    admin('POST', '/akko/users', {
      username,
      email: `${username}.akko.localhost`,
      emailVerified: true,
      firstName: first,
      lastName: last,
      enabled: true,
      credentials: [{ type: 'password', value: password, temporary: false }],
    })
  await person(USER.username, 'Ugo', 'User', USER.password)
  await grantRole(identity, USER.username, 'akko-user')
  await person('admin@demo', 'Ada', 'Admin', 'admin-demo')
  await grantRole(identity, 'admin@demo', 'akko-admin')
}

async function grantRole(identity: TestIdentity, username: string, role: string): Promise<void> {
  const users = await identity.admin<{ id: string }[]>('GET', `/akko/users?username=${encodeURIComponent(username)}&exact=true`)
  const found = await identity.admin<object>('GET', `/akko/roles/${role}`)
  await identity.admin('POST', `/akko/users/${users.body[0]?.id}/role-mappings/realm`, [found.body])
}

/** Mappers that make access tokens be for these clients. */
export function audiences(...names: string[]) {
  return names.map((name) => ({
    name: `audience ${name}`,
    protocol: 'openid-connect',
    protocolMapper: 'oidc-audience-mapper',
    config: { 'included.client.audience': name, 'access.token.claim': 'true', 'id.token.claim': 'false' },
  }))
}

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
