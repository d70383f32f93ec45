// The cockpit's server: the built app, who is logged in, and the live state of every part from real probes.
import type { Authenticator, Authoriser } from '#kit/access'
import { describeError } from '#kit/errors'
import { type Served, serve } from '#kit/http'
import type { Log } from '#kit/log'
import type { Health, Part } from '#kit/part'
import type { Secret } from '#kit/secret'
import { createAssets } from '#parts/cockpit/assets'
import { createLive, LIVE_PATH } from '#parts/cockpit/live'
import { createMonitor, type MonitorOptions, type ProbeTarget } from '#parts/cockpit/monitor'
import { createHandler, HEALTH_PATH } from '#parts/cockpit/routes'

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
  readonly environment: { readonly name: string; readonly demo: boolean }
  readonly version: string
  readonly log: Log
  readonly monitor?: MonitorOptions
}

export function createCockpit(deps: CockpitDeps): Part {
  const assets = createAssets(deps.dist)
  let running: { readonly served: Served; stop(): void } | undefined

  return {
    name: deps.name,
    start: async () => {
      const monitor = createMonitor(deps.targets, deps.monitor)
      const handlerDeps = { ...deps, monitor }
      const live = createLive(handlerDeps)
      const served = await serve({
        listen: { host: deps.host, port: deps.port },
        log: deps.log,
        handler: createHandler(handlerDeps, assets),
        ...(deps.gatewayKey ? { forwarder: deps.gatewayKey } : {}),
        upgrade: (req, socket, head) => {
          if (req.url?.split('?')[0] === LIVE_PATH) void live.upgrade(req, socket, head)
          else socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
        },
      })
      monitor.start()
      live.start()
      running = {
        served,
        stop: () => {
          live.stop()
          monitor.stop()
        },
      }
    },
    health: async () => {
      try {
        assets.check()
      } catch (error) {
        return { healthy: false, detail: describeError(error) }
      }
      return probe(`http://${deps.host}:${running?.served.port ?? deps.port}${HEALTH_PATH}`, deps.version)
    },
    stop: async () => {
      const state = running
      running = undefined
      state?.stop()
      await state?.served.close()
    },
  }
}

async function probe(url: string, version: string): Promise<Health> {
  try {
    const res = await fetch(url, { signal: AbortSignal.timeout(2000) })
    return res.ok ? { healthy: true, version } : { healthy: false, detail: `health answered ${res.status}` }
  } catch (error) {
    return { healthy: false, detail: describeError(error) }
  }
}
