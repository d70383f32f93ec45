// The cockpit's pod: the gateway part without TLS, for the apex alone, and the cockpit part behind it on loopback.
import { createRemoteJWKSet } from 'jose'
import pg from 'pg'
import { describeError } from '#kit/errors'
import { createLog } from '#kit/log'
import { createCockpit } from '#parts/cockpit/index'
import { createGateway, createSessionStore, type PathRoute, type Upstream } from '#parts/gateway/index'
import { serviceNamed } from '#platform/registry'
import type { Site } from '#platform/service'
import { remember } from '#runtime/authenticator'
import { COCKPIT_DIST } from '#runtime/cockpit-dist'
import { createPolicy } from '#runtime/policy'
import { VERSION } from '#runtime/version'
import { createTokenVerifier } from '#wire/oidc/verify'
import type { Environment } from './environment.ts'
import { type AddressOf, createProbeTargets } from './probes.ts'

const LOOPBACK = '127.0.0.1'
/** Every address of the pod, of both families where it has both: Node's own choice. */
const EVERYWHERE = ''

export interface Pod {
  start(): Promise<void>
  stop(): Promise<void>
}

export interface PodOptions {
  /** Of the cockpit part on loopback; default its port on one machine. */
  readonly innerPort?: number
  /** Where services are probed, where not at their Services. */
  readonly addressOf?: AddressOf
}

export function createPod(env: Environment, options: PodOptions = {}): Pod {
  const site: Site = { shape: 'cluster', domain: env.domain, publicPort: env.publicPort, demo: false }
  const log = createLog('cockpit')
  const keys = createRemoteJWKSet(new URL(`${env.backchannel}/protocol/openid-connect/certs`), {
    cooldownDuration: 1000,
    timeoutDuration: 3000,
  })
  const authenticator = remember(createTokenVerifier({ issuer: env.issuer, keys }))
  const pool = new pg.Pool({
    ...databaseOf(env.databaseUrl),
    password: env.databasePassword.reveal(),
    max: 4,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 10_000,
    application_name: 'akko-cockpit',
  })
  pool.on('error', (error) => log.warn({ error: describeError(error) }, 'an idle connection broke'))
  const inner = { host: LOOPBACK, port: options.innerPort ?? (serviceNamed('cockpit').machine?.ports.main as number) }

  const cockpit = createCockpit({
    name: 'cockpit',
    ...inner,
    dist: COCKPIT_DIST,
    authenticator,
    authoriser: createPolicy(),
    targets: createProbeTargets(site, options.addressOf),
    environment: { name: env.domain, demo: false },
    version: VERSION,
    log,
  })
  const gateway = createGateway({
    name: 'gateway',
    host: EVERYWHERE,
    port: env.port,
    domain: env.domain,
    publicPort: env.publicPort,
    routes: {
      hosts: [{ label: '', title: serviceNamed('cockpit').title, guarded: true, name: 'cockpit', upstream: inner }],
      paths: sqlPaths(upstreamOf(env.sqlUrl)),
    },
    oidc: { issuer: env.issuer, internalUrl: new URL(env.backchannel).origin, clients: { cockpit: env.client } },
    sessions: createSessionStore({ pool, schema: 'akko_edge', key: env.sessionKey }),
    sessionKey: env.sessionKey,
    authenticator,
    log: createLog('gateway'),
  })

  const stop = async () => {
    await gateway.stop()
    await cockpit.stop()
    await pool.end()
  }
  return {
    start: async () => {
      try {
        await cockpit.start()
        await gateway.start()
      } catch (error) {
        await stop()
        throw error
      }
    },
    stop,
  }
}

/** The paths of the SQL protocol; the cockpit's pages speak it on the apex with the session's token. */
function sqlPaths(upstream: Upstream): PathRoute[] {
  const { name, title, paths = [] } = serviceNamed('sql')
  return paths.filter((prefix) => prefix.startsWith('/v1/')).map((prefix) => ({ prefix, title, name, upstream }))
}

/** Piece by piece: of a whole address the driver takes the password too, even when it holds none. */
function databaseOf(url: string) {
  const { hostname, port, pathname, username } = new URL(url)
  return { host: hostname, ...(port ? { port: Number(port) } : {}), database: pathname.slice(1), user: decodeURIComponent(username) }
}

function upstreamOf(url: string): Upstream {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port || 80) }
}
