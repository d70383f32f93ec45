// The cockpit's pod: the gateway part without TLS, for the apex alone, and the cockpit part behind it on loopback.

import type { Environment } from '#cluster/cockpit/environment'
import { type AddressOf, createProbeTargets } from '#cluster/cockpit/probes'
import { createPodAudit, createPodMetrics, createPodPool, createRealm, EVERYWHERE } from '#cluster/pod'
import { createPodPolicy } from '#cluster/pod-policy'
import { auditedAuthoriser } from '#kit/audit'
import { startAuditRetention } from '#kit/audit-retention'
import { gatewayKey } from '#kit/forwarded'
import { createLog } from '#kit/log'
import { randomSecret } from '#kit/secret'
import { createCockpit } from '#parts/cockpit/index'
import { createGateway, createSessionStore, type PathRoute, type Upstream } from '#parts/gateway/index'
import { AUDIENCE } from '#platform/audiences'
import { serviceNamed } from '#platform/registry'
import type { Site } from '#platform/service'
import { COCKPIT_DIST } from '#runtime/cockpit-dist'
import { VERSION } from '#runtime/version'

const LOOPBACK = '127.0.0.1'

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
  const key = randomSecret()
  const authenticator = createRealm(env)
  const pool = createPodPool('cockpit', env.databaseUrl, env.databasePassword, log)
  const inner = { host: LOOPBACK, port: options.innerPort ?? (serviceNamed('cockpit').machine?.ports.main as number) }
  const { databaseUrl: url, databasePassword: ownerPassword, auditPassword: writerPassword } = env
  const audit = createPodAudit('cockpit', { url, ownerPassword, writerPassword }, log)
  const policy = createPodPolicy(env.policyFolder, log)
  const metrics = createPodMetrics(env.metricsPort, log)

  const cockpit = createCockpit({
    name: 'cockpit',
    ...inner,
    dist: COCKPIT_DIST,
    authenticator: authenticator(AUDIENCE.cockpit),
    gatewayKey: gatewayKey(key, 'cockpit'),
    authoriser: auditedAuthoriser(policy.authoriser, { part: 'cockpit', audit }),
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
    authenticator: authenticator(AUDIENCE.gateway),
    keyAt: (part) => gatewayKey(key, part),
    audit,
    log: createLog('gateway'),
  })

  let stopRetention: (() => void) | undefined
  const stop = async () => {
    stopRetention?.()
    policy.stop()
    await gateway.stop()
    await cockpit.stop()
    await metrics.stop()
    await audit.close()
    await pool.end()
  }
  return {
    start: async () => {
      try {
        await policy.start()
        await metrics.start()
        await cockpit.start()
        await gateway.start()
        // Each replica looks: who comes second finds nothing.
        const owner = async () => createPodPool('cockpit', url, ownerPassword, log)
        stopRetention = startAuditRetention({ days: env.auditDays, log, owner })
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

function upstreamOf(url: string): Upstream {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port || 80) }
}
