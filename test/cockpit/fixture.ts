// A server for development and tests of the cockpit alone: dist under the real CSP, the API and the live stream. Not a product part.
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type WebSocket, WebSocketServer } from 'ws'
import { createFixtureGovernance } from '#test/cockpit/fixture-governance'
import { createFixtureSql } from '#test/cockpit/fixture-sql'
import { type Scenario, statusMessage } from '#test/cockpit/fixture-status'

const DIST = fileURLToPath(new URL('../../cockpit/dist/', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

export interface Fixture {
  readonly origin: string
  /** What the live stream tells from now on. */
  scenario: Scenario
  /** Stops the stream's messages without closing it. */
  silent: boolean
  signedIn: boolean
  /** Whether who is signed in administers. */
  governs: boolean
  /** Closes every live connection and refuses new ones while true. */
  refuseLive: boolean
  dropLive(): void
  close(): Promise<void>
}

/** The policy under which the cockpit must work: nothing inline, nothing from outside. */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ')
}

export async function startFixture(
  options: { port?: number; scenario?: Scenario; demo?: boolean; empty?: boolean } = {},
): Promise<Fixture> {
  const sql = await createFixtureSql(options.empty ? { empty: true } : {})
  const governance = createFixtureGovernance('engineer@demo', () => (state.governs ? 'akko-admin' : 'akko-user'))
  const files = readDist()
  const sockets = new Set<WebSocket>()
  const state = { scenario: options.scenario ?? ('healthy' as Scenario), silent: false, signedIn: true, refuseLive: false, governs: true }

  const server = http.createServer(async (req, res) => {
    const path = new URL(req.url ?? '/', 'http://localhost').pathname
    if (!state.signedIn && (path.startsWith('/api/') || path.startsWith('/v1/'))) {
      res.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"not signed in"}}')
      return
    }
    if (path === '/api/session') {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(
        JSON.stringify({
          user: 'engineer@demo',
          name: 'Emile Engineer',
          roles: ['akko-engineer'],
          environment: { name: options.demo === false ? 'Production' : 'demo', demo: options.demo !== false },
          version: '2026.11.0',
          governance: true,
          expiresAt: new Date(Date.now() + 8 * 3_600_000).toISOString(),
        }),
      )
      return
    }
    if (path === '/api/status') {
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(statusMessage(state.scenario)))
      return
    }
    if (path.startsWith('/api/governance/')) return governance(req, res)
    if (path === '/auth/logout') {
      state.signedIn = false
      res.writeHead(302, { location: '/' }).end()
      return
    }
    if (await sql.handle(req, res)) return
    serveStatic(files, path, res)
  })
  const live = new WebSocketServer({ noServer: true })
  server.on('upgrade', (req, socket, head) => {
    if (!req.url?.startsWith('/api/live') || state.refuseLive || !state.signedIn) return void socket.destroy()
    live.handleUpgrade(req, socket, head, (ws) => {
      sockets.add(ws)
      ws.on('close', () => sockets.delete(ws))
      ws.send(JSON.stringify(statusMessage(state.scenario)))
    })
  })
  const timer = setInterval(() => {
    if (state.silent) return
    const text = JSON.stringify(statusMessage(state.scenario))
    for (const ws of sockets) ws.send(text)
  }, 2000)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))

  return Object.assign(state, {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    dropLive() {
      for (const ws of sockets) ws.terminate()
    },
    async close() {
      clearInterval(timer)
      for (const ws of sockets) ws.terminate()
      sql.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

/** Read once: a build that happens meanwhile does not change what is being tested. */
function readDist(): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name)
      return [`/${relative(DIST, file)}`, readFileSync(file)]
    }),
  )
}

function serveStatic(files: ReadonlyMap<string, Buffer>, path: string, res: http.ServerResponse): void {
  const isFile = extname(path) !== ''
  let body: Buffer | string | undefined = files.get(isFile ? path : '/index.html')
  if (!body) return void res.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
  const nonce = randomBytes(16).toString('base64')
  if (!isFile) body = body.toString().replace('__CSP_NONCE__', nonce)
  res.writeHead(200, {
    'content-type': TYPES[isFile ? extname(path) : '.html'] ?? 'application/octet-stream',
    'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
    'content-security-policy': contentSecurityPolicy(nonce),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
  res.end(body)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fixture = await startFixture({
    port: Number(process.argv[2] ?? 4173),
    scenario: (process.argv[3] as Scenario | undefined) ?? 'healthy',
  })
  console.log(`cockpit fixture on ${fixture.origin}`)
}
