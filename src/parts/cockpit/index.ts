// The cockpit's server: the built app, who is logged in, and the live state of every part from real probes.
import type { Authenticator, Authoriser } from '#kit/access'
import type { FiringAlert } from '#kit/alert'
import { createApiPart } from '#kit/api-part'
import { describeError } from '#kit/errors'
import type { Log } from '#kit/log'
import type { Part } from '#kit/part'
import type { Secret } from '#kit/secret'
import { createAlertFeed } from '#parts/cockpit/alerts'
import { createAssets } from '#parts/cockpit/assets'
import type { Governance } from '#parts/cockpit/governance'
import { createLive, LIVE_PATH } from '#parts/cockpit/live'
import { createMonitor, type MonitorOptions, type ProbeTarget } from '#parts/cockpit/monitor'
import { createRoutes } from '#parts/cockpit/routes'

export type { ProbeResult, ProbeTarget } from '#parts/cockpit/monitor'
export type { StatusMessage } from '#parts/cockpit/status'

export interface CockpitDeps {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Folder of the built app. */
  readonly dist: string
  readonly authenticator: Authenticator
  readonly authoriser: Authoriser
  /** The gateway's: only who shows it tells when the login ends. */
  readonly gatewayKey?: Secret
  readonly targets: readonly ProbeTarget[]
  /** Which alerts fire; absent where nobody looks. */
  readonly alerts?: () => Promise<readonly FiringAlert[]>
  /** Absent where the policy is not this platform's own to tell: on a cluster. */
  readonly governance?: Governance
  readonly environment: { readonly name: string; readonly demo: boolean }
  readonly version: string
  readonly log: Log
  readonly monitor?: MonitorOptions
}

export function createCockpit(deps: CockpitDeps): Part {
  const assets = createAssets(deps.dist)
  const monitor = createMonitor(deps.targets, deps.monitor)
  const alerts = createAlertFeed(deps.alerts ?? (async () => []), deps.monitor?.everyMs)
  const handlerDeps = { ...deps, monitor, alerts }
  const live = createLive(handlerDeps)
  const health = async () => {
    try {
      assets.check()
      return { healthy: true, version: deps.version }
    } catch (error) {
      return { healthy: false, detail: describeError(error) }
    }
  }
  return createApiPart({
    name: deps.name,
    listen: { host: deps.host, port: deps.port },
    log: deps.log,
    forwarder: deps.gatewayKey,
    open: async () => {
      monitor.start()
      alerts.start()
      live.start()
      return createRoutes(handlerDeps, assets, health)
    },
    upgrade: (req, socket, head) => {
      if (req.url?.split('?')[0] === LIVE_PATH) void live.upgrade(req, socket, head)
      else socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    },
    drain: async () => {
      live.stop()
      alerts.stop()
      monitor.stop()
    },
  })
}
