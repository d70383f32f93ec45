// The cockpit's pod as the chart runs it, before the real Keycloak and the real Trino, both with the declared settings of the
// cluster: a real Chromium logs in through it, sees Home live, asks Trino as itself, and logs out.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProxyServer } from 'httpxy'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPod, type Pod } from '#cluster/cockpit/compose'
import { readEnvironment } from '#cluster/cockpit/environment'
import { apply, createEnsureContext } from '#ensure/index'
import { createMemoryStore } from '#ensure/test-laws'
import { Secret } from '#kit/secret'
import { createLocalCa } from '#parts/gateway/index'
import { AUDIT_ROLE, REALM, secretName } from '#platform/names'
import { resourcesOf, serviceNamed } from '#platform/registry'
import type { Resource } from '#platform/resources'
import type { Site } from '#platform/service'
import { CHROMIUM } from '#test/cockpit/browser'
import { SHORT_LIVED } from '#test/support/jvm'
import { type RealKeycloak, startRealKeycloak } from '#test/support/keycloak'
import { freePort, startTempPostgres, type TempPostgres } from '#test/support/postgres'
import { launchTrino } from '#test/support/trino'

const DOMAIN = 'akko.localhost'
const secrets = createMemoryStore()
const undo: (() => unknown)[] = []
const problems: string[] = []
let site: Site
let env: Record<string, string>
let keycloak: RealKeycloak
let page: Page

const home = () => `https://${DOMAIN}:${site.publicPort}`
const issuer = () => `https://identity.${DOMAIN}:${site.publicPort}/realms/${REALM}`

beforeAll(async () => {
  const [front, podPort, trinoPort] = [await freePort(), await freePort(), await freePort()]
  site = { shape: 'cluster', domain: DOMAIN, publicPort: front, demo: true }
  const declared = serviceNamed('identity').cluster?.env ?? {}
  const settings = ['KC_HOSTNAME_BACKCHANNEL_DYNAMIC', 'KC_PROXY_HEADERS'].map((name) => [name, declared[name] ?? ''])
  const postgres = await startTempPostgres()
  undo.push(() => postgres.stop())
  keycloak = await startRealKeycloak({
    ...Object.fromEntries(settings),
    KC_HOSTNAME: new URL(issuer()).origin,
    KC_CACHE: 'local',
    JAVA_OPTS_APPEND: ['-XX:-UseG1GC', ...SHORT_LIVED].join(' '),
  })
  undo.push(() => keycloak.stop())
  await setUp(postgres)
  const secret = async (name: string) => (await secrets.get(name))?.reveal() ?? ''
  await startTrino(trinoPort, await secret(secretName.client('trino')))
  env = {
    AKKO_PORT: String(podPort),
    AKKO_METRICS_PORT: String(await freePort()),
    AKKO_PUBLIC_PORT: String(front),
    AKKO_DOMAIN: DOMAIN,
    AKKO_OIDC_ISSUER: issuer(),
    AKKO_OIDC_BACKCHANNEL: `${keycloak.url}/realms/${REALM}`,
    AKKO_OIDC_CLIENT_SECRET: await secret(secretName.client('cockpit')),
    AKKO_SQL_URL: `http://127.0.0.1:${trinoPort}`,
    AKKO_DATABASE_URL: `postgresql://akko@127.0.0.1:${postgres.port}/akko`,
    AKKO_DATABASE_PASSWORD: await secret(secretName.role('postgresql', 'akko')),
    AKKO_AUDIT_PASSWORD: await secret(secretName.role('postgresql', AUDIT_ROLE)),
    AKKO_SESSION_KEY: 'a session key of a test',
  }
  const doors: Readonly<Record<string, number>> = { postgresql: postgres.port, sql: trinoPort }
  const pod: Pod = createPod(readEnvironment(env), {
    innerPort: await freePort(),
    addressOf: ({ name }) => (doors[name] === undefined ? undefined : { host: '127.0.0.1', port: doors[name] }),
  })
  await pod.start()
  undo.push(() => pod.stop())
  const ca = await startTlsFront(front, { [DOMAIN]: podPort, [`identity.${DOMAIN}`]: Number(new URL(keycloak.url).port) })
  page = await openBrowser(ca)
}, 1_200_000)

afterAll(async () => {
  for (const step of undo.reverse()) await step()
}, 60_000)

describe('a browser before the cockpit of a cluster', () => {
  it('is sent to the public address of Keycloak, and comes back logged in', async () => {
    await page.goto(`${home()}/`)
    await page.waitForURL(`${issuer()}/protocol/openid-connect/auth?**`)
    await page.fill('input[name=username]', 'analyst@demo')
    await page.fill('input[name=password]', 'analyst-demo')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${home()}/`)
    const session = await page.evaluate(async () => (await fetch('/api/session')).json())
    expect(session).toMatchObject({ user: 'analyst@demo', roles: expect.arrayContaining(['akko-analyst']) })
    const [cookie, ...others] = (await page.context().cookies(home())).filter((c) => c.name.startsWith('__Host-akko'))
    expect(others).toEqual([])
    expect(cookie).toMatchObject({ name: `__Host-akko_${site.publicPort}`, secure: true, httpOnly: true })
  })

  it('sees Home live, over the WebSocket', async () => {
    const heading = page.getByRole('heading', { name: 'All 2 parts are up' })
    await heading.waitFor({ timeout: 60_000 })
    expect(await heading.count()).toBe(1)
  })

  it('asks Trino as itself', async () => {
    const sql = `SELECT current_user || ' was here' AS who`
    await page.goto(`${home()}/sql?${new URLSearchParams({ q: sql })}`)
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+Enter')
    const cell = page.getByRole('gridcell', { name: 'analyst@demo was here', exact: true })
    await cell.waitFor({ timeout: 60_000 })
    expect(await cell.count()).toBe(1)
  })

  it('may not ask as somebody else, and asks nothing without a session', async () => {
    const ask = (user: string, credentials: 'omit' | 'include') => page.evaluate(runStatement, { user, credentials })
    expect(await ask('analyst@demo', 'include')).toEqual({ status: 200, rows: [['analyst@demo']] })
    expect(await ask('admin@demo', 'include')).toMatchObject({ error: 'PERMISSION_DENIED' })
    expect(await ask('analyst@demo', 'omit')).toEqual({ status: 401, rows: [] })
    expect(problems.splice(0).filter((p) => !/40[13]/.test(p))).toEqual([])
  })

  it('logs out here and at Keycloak, and is asked again', async () => {
    await page.goto(`${home()}/auth/logout`)
    await page.goto(`${home()}/`)
    await page.waitForURL(`${issuer()}/**`)
    await page.locator('input[name=password]').waitFor()
    expect(problems).toEqual([])
  })
})

describe('the program of the image', () => {
  const start = (given: Record<string, string>) => {
    const child = spawn(process.execPath, ['src/cluster/cockpit/main.ts'], { env: { PATH: process.env.PATH ?? '', ...given } })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.stdout.resume()
    return { child, said: () => said, ended: new Promise<number | null>((resolve) => child.once('exit', resolve)) }
  }

  it('says in two lines what it was not given', async () => {
    const { ended, said } = start({ ...env, AKKO_SESSION_KEY: '' })
    expect(await ended).toBe(1)
    expect(said()).toMatch(/^akko-cockpit: AKKO_SESSION_KEY is not set\n {2}\S.*\n$/)
  })

  it('answers the readiness probe by the address of its pod, and ends when told to', async () => {
    const port = await freePort()
    const { child, ended, said } = start({ ...env, AKKO_PORT: String(port), AKKO_METRICS_PORT: String(await freePort()) })
    const answer = async () => (await fetch(`http://127.0.0.1:${port}/-/health`).catch(() => undefined))?.status
    await expect.poll(answer, { timeout: 60_000 }).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(said()).toBe('')
  })
})

/** Runs in the page: one statement to its end, in the name of `user`. */
async function runStatement({ user, credentials }: { user: string; credentials: 'omit' | 'include' }) {
  const init = { headers: { 'x-trino-user': user }, credentials }
  const rows: unknown[] = []
  let res = await fetch('/v1/statement', { ...init, method: 'POST', body: 'SELECT current_user' })
  for (;;) {
    if (!res.ok) return { status: res.status, rows }
    const page = (await res.json()) as { nextUri?: string; data?: unknown[]; error?: { errorName: string } }
    rows.push(...(page.data ?? []))
    if (page.error) return { status: res.status, rows, error: page.error.errorName }
    if (!page.nextUri) return { status: res.status, rows }
    const next = new URL(page.nextUri)
    res = await fetch(next.pathname + next.search, init)
  }
}

/** The realm and the cockpit's own database, by the ensure engine from the cluster's declarations. */
async function setUp(postgres: TempPostgres): Promise<void> {
  const kinds = new Set<Resource['kind']>(['realm', 'realmRole', 'client', 'user'])
  const all = resourcesOf(site)
  const own = all.flatMap((r) => (r.kind === 'database' && r.server === 'postgresql' && r.name === 'akko' ? [r] : []))
  const roles = own.flatMap((database) => [database.owner, ...(database.connect ?? [])])
  const isRole = (r: Resource) => r.kind === 'role' && r.server === 'postgresql' && roles.includes(r.name)
  expect(own).toHaveLength(1)
  const wanted = [...all.filter((r) => kinds.has(r.kind) || isRole(r)), ...own]
  const { user, password } = postgres.superuser
  const context = createEnsureContext({
    secrets,
    keycloak: { url: keycloak.url, admin: keycloak.admin },
    postgres: () => ({ host: '127.0.0.1', port: postgres.port, superuser: user, password: new Secret(password) }),
  })
  const reports = await apply(wanted, context)
  await context.close()
  expect(reports.filter((r) => r.outcome === 'failed')).toEqual([])
}

/** Trino with the declared config.properties, word for word but for the addresses. */
async function startTrino(port: number, clientSecret: string): Promise<void> {
  const declared = serviceNamed('sql').cluster?.config?.['/etc/trino/config.properties'] ?? ''
  const config = declared
    .replaceAll('%{port sql}', String(port))
    .replaceAll('%{origin identity}', new URL(issuer()).origin)
    .replaceAll('%{url identity}', keycloak.url)
  const isReady = async () => {
    const info = (await (await fetch(`http://127.0.0.1:${port}/v1/info`)).json()) as { starting: boolean }
    return !info.starting
  }
  undo.push(
    await launchTrino({
      config,
      env: { AKKO_SQL_INTERNAL: 'shared by the nodes of one Trino', AKKO_OIDC_CLIENT_SECRET: clientSecret },
      isReady,
    }),
  )
}

/** What the ingress controller does: ends TLS and passes hosts on over HTTP, with its forwarded headers. */
async function startTlsFront(port: number, hosts: Readonly<Record<string, number>>): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'akko-front-'))
  const ca = await createLocalCa(dir, { domains: [DOMAIN] })
  const proxy = new ProxyServer()
  const target = (host = '') => ({ host: '127.0.0.1', port: hosts[host.replace(/:\d+$/, '')] ?? 0, protocol: 'http:' })
  const server = https.createServer(await ca.leaf([DOMAIN, `*.${DOMAIN}`]), (req, res) => {
    proxy.web(req, res, { target: target(req.headers.host), xfwd: true }).catch(() => res.destroy())
  })
  server.on('upgrade', (req, socket, head) => {
    proxy.ws(req, socket as import('node:net').Socket, { target: target(req.headers.host), xfwd: true }, head).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  undo.push(() => {
    server.close()
    server.closeAllConnections()
    rmSync(dir, { recursive: true, force: true })
  })
  return ca.file
}

async function openBrowser(caFile: string): Promise<Page> {
  const dir = mkdtempSync(join(tmpdir(), 'akko-chromium-'))
  const nssdb = join(dir, '.pki/nssdb')
  mkdirSync(nssdb, { recursive: true })
  execFileSync('certutil', ['-d', `sql:${nssdb}`, '-N', '--empty-password'])
  execFileSync('certutil', ['-d', `sql:${nssdb}`, '-A', '-t', 'C,,', '-n', 'akko', '-i', caFile])
  const browser: Browser = await chromium.launch({ ...CHROMIUM, env: { ...(process.env as Record<string, string>), HOME: dir } })
  undo.push(async () => {
    await browser.close()
    rmSync(dir, { recursive: true, force: true })
  })
  const opened = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
  opened.on('pageerror', (error) => problems.push(String(error)))
  opened.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  return opened
}
