// What the cockpit's Home measures: each part through its own door; version and memory as the supervisor and the kernel see its process.
import { join } from 'node:path'
import { callSocket } from '#kit/http'
import type { ProbeTarget } from '#parts/cockpit/index'
import { type PostgresServer, postgresFolders, recordedProvider } from '#parts/postgresql/index'
import { type MachineService, machineServices } from '#platform/registry'
import { origin } from '#platform/service'
import { supervisorStatus } from '#runtime/client'
import { HOST, type Machine, port, privateSocket } from '#runtime/machine'
import type { SupervisorStatus } from '#runtime/plan'
import { treePssBytes } from '#runtime/processes'
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
    const version = service.machine.cell.startsWith('postgresql') ? recordedProvider(machine.home)?.version || VERSION : VERSION
    return {
      name: service.name,
      title: service.title,
      layer: service.layer,
      needs: service.needs,
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
  const { cell, health } = service.machine
  if (cell === 'postgresql' || cell === 'postgresql-data') return postgresDoor(machine, cell)
  if (service.machine.ports.main === undefined) {
    return async (signal) => {
      await callSocket(privateSocket(machine, 'engine-api'), { path: '/health', signal })
    }
  }
  const scheme = service.name === 'gateway' ? 'https' : 'http'
  const url = `${scheme}://${scheme === 'https' ? 'localhost' : HOST}:${port(machine, service.name)}${health ?? '/'}`
  return async (signal) => {
    const answer = await fetch(url, { signal })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`it answers ${answer.status}`)
  }
}

function postgresDoor(machine: Machine, server: PostgresServer): (signal: AbortSignal) => Promise<void> {
  const socket = join(
    postgresFolders(machine.home, server, process.getuid?.() === 0 ? ROOT_STARTED : undefined).socketDir,
    `.s.PGSQL.${port(machine, server)}`,
  )
  return async () => {
    if (!(await postgresAnswers(socket))) throw new Error('no answer on its socket')
  }
}

/** Only whether root started it decides where the folders lie. */
const ROOT_STARTED = { uid: -1, gid: -1, name: '' }

function createProcessFacts(machine: Machine): (part: string) => Promise<ProcessFacts> {
  let status: Promise<SupervisorStatus | undefined> | undefined
  let memory = new Map<number, number>()
  let at = 0
  const born = Date.now()
  return async (part) => {
    if (Date.now() - born < PROCESS_FACTS_MS / 2) return {} // while others start, their time is worth more
    if (!status || Date.now() - at > PROCESS_FACTS_MS) {
      at = Date.now()
      memory = new Map()
      status = supervisorStatus(machine)
    }
    const node = (await status)?.nodes.find((n) => n.name === part)
    if (node?.pid === undefined) return {}
    const memoryBytes = memory.get(node.pid) ?? treePssBytes(node.pid)
    memory.set(node.pid, memoryBytes)
    return { memoryBytes, ...(node.version === undefined ? {} : { version: node.version }) }
  }
}
