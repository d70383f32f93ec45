// What the cockpit's Home measures: each part through its own door; version and memory as the supervisor and the kernel see its process.
import type { FiringAlert } from '#kit/alert'
import { callSocket } from '#kit/http'
import type { ProbeTarget } from '#parts/cockpit/index'
import { recordedProvider } from '#parts/postgresql/index'
import { type MachineService, machineNeeds, machineServices, type PostgresService } from '#platform/registry'
import { origin } from '#platform/service'
import { clientUrl, HOST, type Machine, port, privateSocket, statusSocket } from '#runtime/machine'
import type { SupervisorStatus } from '#runtime/plan'
import { postgresAnswers } from '#runtime/supervisor/probe'
import { VERSION } from '#runtime/version'

/** Facts of processes change slowly and cost a walk through /proc. */
const PROCESS_FACTS_MS = 10_000

interface ProcessFacts {
  readonly version?: string
  readonly memoryBytes?: number
}

export function createProbeTargets(machine: Machine): ProbeTarget[] {
  const facts = createProcessFacts(machine)
  return machineServices().map((service): ProbeTarget => {
    const main = service.machine.ports.main
    const ask = doorOf(machine, service)
    const version = service.machine.postgres ? recordedProvider(machine.paths.records)?.version || VERSION : VERSION
    return {
      name: service.name,
      title: service.title,
      layer: service.layer,
      needs: machineNeeds(service),
      ...(service.hosts?.[0] === undefined ? {} : { url: origin(machine.site, service.hosts[0]) }),
      ...(main === undefined ? {} : { port: port(machine, service.name) }),
      probe: async (signal) => {
        const began = performance.now()
        await ask(signal)
        const latencyMs = performance.now() - began
        return { healthy: true, latencyMs, version, ...(await facts(service.name)) }
      },
    }
  })
}

/** The cheapest real question to a part. Throws when there is no good answer. */
function doorOf(machine: Machine, service: MachineService): (signal: AbortSignal) => Promise<void> {
  const { health, front, postgres } = service.machine
  if (postgres) return postgresAsk(machine, service as PostgresService)
  const path = health?.path ?? '/'
  if (health?.socket !== undefined) {
    const socket = privateSocket(machine, health.socket)
    return async (signal) => void (await callSocket(socket, { path, signal }))
  }
  const url = front ? clientUrl(machine, path) : `http://${HOST}:${port(machine, service.name)}${path}`
  return async (signal) => {
    const answer = await fetch(url, { signal })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`it answers ${answer.status}`)
  }
}

function postgresAsk(machine: Machine, service: PostgresService): (signal: AbortSignal) => Promise<void> {
  const door = { host: HOST, port: port(machine, service.name) }
  return async () => {
    if (!(await postgresAnswers(door))) throw new Error('no answer on its port')
  }
}

/** As the supervisor sees them; costs no walk through /proc. */
export function firingAlerts(machine: Machine): Promise<readonly FiringAlert[]> {
  return callSocket(statusSocket(machine), { path: '/alerts', timeoutMs: 2000 })
}

function createProcessFacts(machine: Machine): (part: string) => Promise<ProcessFacts> {
  let status: Promise<SupervisorStatus | undefined> | undefined
  let at = 0
  const born = Date.now()
  return async (part) => {
    if (Date.now() - born < PROCESS_FACTS_MS / 2) return {} // while others start, their time is worth more
    if (!status || Date.now() - at > PROCESS_FACTS_MS) {
      at = Date.now()
      status = callSocket<SupervisorStatus>(statusSocket(machine), { path: '/status', timeoutMs: 5000 }).catch(() => undefined)
    }
    const known = await status
    const node = known?.nodes.find((n) => n.name === part)
    const memoryBytes = known?.cells.find((c) => c.pid !== undefined && c.pid === node?.pid)?.memoryBytes
    return {
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(node?.version === undefined ? {} : { version: node.version }),
    }
  }
}
