// What the cockpit's Home measures on a cluster: every declared service at its readiness door, by its Service's name.
// Sub-charts that are off have no Service: a name that nobody knows is a part that is not installed.
import { connect } from 'node:net'
import type { ProbeTarget } from '#parts/cockpit/index'
import { services } from '#platform/registry'
import { type ClusterShape, origin, type Service, type Site } from '#platform/service'

/** A name that was not known is not asked for again so soon: DNS is everybody's. */
const ABSENT_MS = 60_000

export interface Address {
  readonly host: string
  readonly port: number
}

/** Where a service's door is, given its Service's address; undefined: it is not watched. */
export type AddressOf = (service: Service, at: Address) => Address | undefined

export function createProbeTargets(site: Site, addressOf: AddressOf = (_, at) => at): ProbeTarget[] {
  const names = new Set(services.map((s) => s.name))
  return services.flatMap((service): ProbeTarget[] => {
    const { cluster } = service
    // The cockpit need not ask itself: whoever sees the answer has it already.
    if (!cluster || cluster.probes) return []
    const { ports, readiness } = cluster
    const at = addressOf(service, { host: cluster.name, port: ports[readiness.port] as number })
    if (!at) return []
    return [
      {
        name: service.name,
        title: service.title,
        layer: service.layer,
        needs: [...service.needs, ...(cluster.needs ?? [])].filter((need) => names.has(need)),
        ...(service.hosts?.[0] === undefined || cluster.hostsElsewhere ? {} : { url: origin(site, service.hosts[0]) }),
        ...(ports.main === undefined ? {} : { port: ports.main }),
        probe: createProbe(cluster, at),
      },
    ]
  })
}

function createProbe({ readiness, image }: ClusterShape, at: Address): ProbeTarget['probe'] {
  const ask =
    readiness.path === undefined ? () => open(at) : (signal: AbortSignal) => get(`http://${at.host}:${at.port}${readiness.path}`, signal)
  let absentUntil = 0
  return async (signal) => {
    if (Date.now() < absentUntil) return { healthy: false, absent: true }
    const began = performance.now()
    try {
      await ask(signal)
      return { healthy: true, latencyMs: performance.now() - began, version: image.tag }
    } catch (error) {
      if (!isUnknownName(error)) throw error
      absentUntil = Date.now() + ABSENT_MS
      return { healthy: false, absent: true }
    }
  }
}

async function get(url: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, { signal })
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`it answers ${answer.status}`)
}

function open({ host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 2000 }, () => {
      socket.destroy()
      resolve()
    })
    socket.once('timeout', () => socket.destroy(new Error(`no answer from ${host}:${port}`)))
    socket.once('error', reject)
  })
}

/** Only the clear no of the name service; when it does not answer itself, nothing is known. */
function isUnknownName(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if ((at as NodeJS.ErrnoException).code === 'ENOTFOUND') return true
  return false
}
