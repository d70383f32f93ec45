// All declarations together, and what follows from them: ports, hosts, resources, the order of starting.
import type { WatchedAlert } from '#kit/alert-watch'
import { MACHINE_ALERTS } from '#platform/alerts'
import type { Resource } from '#platform/resources'
import type { Job, PostgresShape, Service, Site } from '#platform/service'
import { alerts } from '#platform/services/alerts'
import { bi } from '#platform/services/bi'
import { catalog } from '#platform/services/catalog'
import { cockpit } from '#platform/services/cockpit'
import { compute } from '#platform/services/compute'
import { dashboards } from '#platform/services/dashboards'
import { docs } from '#platform/services/docs'
import { engine } from '#platform/services/engine'
import { experiments } from '#platform/services/experiments'
import { gateway } from '#platform/services/gateway'
import { governance } from '#platform/services/governance'
import { identity } from '#platform/services/identity'
import { lab } from '#platform/services/lab'
import { llm } from '#platform/services/llm'
import { logShipper } from '#platform/services/log-shipper'
import { logs } from '#platform/services/logs'
import { mcpOpenmetadata } from '#platform/services/mcp-openmetadata'
import { mcpTrino } from '#platform/services/mcp-trino'
import { ollama } from '#platform/services/ollama'
import { orchestrator } from '#platform/services/orchestrator'
import { policy } from '#platform/services/policy'
import * as postgresqlServers from '#platform/services/postgresql-servers'
import { prometheus } from '#platform/services/prometheus'
import { search } from '#platform/services/search'
import { sparkConnect } from '#platform/services/spark-connect'
import { sparkWorker } from '#platform/services/spark-worker'
import { sql } from '#platform/services/sql'
import { storage } from '#platform/services/storage'
import { traces } from '#platform/services/traces'

export const services: readonly Service[] = [
  gateway,
  cockpit,
  identity,
  policy,
  ...Object.values(postgresqlServers),
  storage,
  catalog,
  sql,
  engine,
  compute,
  lab,
  bi,
  orchestrator,
  experiments,
  ollama,
  llm,
  mcpTrino,
  mcpOpenmetadata,
  governance,
  docs,
  dashboards,
  prometheus,
  search,
  alerts,
  logs,
  logShipper,
  traces,
  sparkWorker,
  sparkConnect,
]

/** The init jobs, the same names in both shapes. */
export const jobs: readonly Job[] = services.flatMap((s) => s.jobs ?? [])

/** A service that runs on one machine. */
export type MachineService = Service & { readonly machine: NonNullable<Service['machine']> }

export function machineServices(): MachineService[] {
  return services.filter((s): s is MachineService => s.machine !== undefined)
}

/** The PostgreSQL servers of one machine. */
export type PostgresService = MachineService & { readonly machine: { readonly postgres: PostgresShape } }

export function postgresServices(): PostgresService[] {
  return machineServices().filter((s): s is PostgresService => s.machine.postgres !== undefined)
}

/** The part that browsers reach. */
export function frontService(): MachineService {
  return theOne(machineServices(), ({ machine }) => machine.front, 'is the front door of one machine')
}

/** The process of one machine that runs the init jobs. */
export function jobsCell(): string {
  return theOne(machineServices(), ({ machine }) => machine.runsJobs, 'runs the init jobs of one machine').machine.cell
}

export function theOne<T>(all: readonly T[], is: (one: T) => unknown, what: string): T {
  const [one, ...more] = all.filter(is)
  if (!one || more.length > 0) throw new Error(`one service and no more ${what}`)
  return one
}

/** What it needs on one machine. */
export function machineNeeds({ needs, machine }: MachineService): string[] {
  return [...new Set([...needs, ...(machine.needs ?? [])])]
}

/** All alerts of one machine, those of a part under its name. */
export function machineAlerts(): WatchedAlert[] {
  return [...MACHINE_ALERTS, ...machineServices().flatMap((s) => (s.machine.alerts ?? []).map((alert) => ({ ...alert, part: s.name })))]
}

export function serviceNamed(name: string): Service {
  const found = services.find((s) => s.name === name)
  if (!found) throw new Error(`no service is declared under the name ${name}`)
  return found
}

/** Everything that all services want to exist, each once, in declaration order. */
export function resourcesOf(site: Site): readonly Resource[] {
  return services.flatMap((s) => s.resources?.(site) ?? [])
}

/** The jobs whose services run on one machine. */
function machineJobs(): Job[] {
  const there = new Set<string>(machineServices().map((s) => s.name))
  return jobs.filter((j: Job) => {
    const all = j.needs.every((need) => there.has(need))
    if (all) there.add(j.name)
    return all && !j.optIn
  })
}

/** A node of the start graph: a part in its cell, or a job. */
export interface Node {
  readonly name: string
  readonly title: string
  readonly cell: string
  readonly kind: 'part' | 'job'
  readonly needs: readonly string[]
}

/** Parts and jobs of one machine, in an order that respects their needs. */
export function startGraph(): Node[] {
  const nodes: Node[] = [
    ...machineServices().map((s): Node => ({ name: s.name, title: s.title, cell: s.machine.cell, kind: 'part', needs: machineNeeds(s) })),
    ...machineJobs().map((j: Job): Node => ({ name: j.name, title: j.title, cell: jobsCell(), kind: 'job', needs: j.needs })),
  ]
  return topological(nodes)
}

function topological(nodes: readonly Node[]): Node[] {
  const byName = new Map(nodes.map((n) => [n.name, n]))
  const done = new Set<string>()
  const path: string[] = []
  const ordered: Node[] = []
  const visit = (node: Node): void => {
    if (done.has(node.name)) return
    if (path.includes(node.name)) throw new Error(`declarations need each other in a circle: ${[...path, node.name].join(' -> ')}`)
    path.push(node.name)
    for (const need of node.needs) {
      const target = byName.get(need)
      if (!target) throw new Error(`${node.name} needs ${need}, which no declaration provides on one machine`)
      visit(target)
    }
    path.pop()
    done.add(node.name)
    ordered.push(node)
  }
  for (const node of nodes) visit(node)
  return ordered
}
