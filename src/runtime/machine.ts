// One home on one machine: its folders, sockets, ports and settings, resolved once (home.ts) and passed down.
import { join } from 'node:path'
import type { Config, ResolvedConfig } from '#platform/config'
import { serviceNamed } from '#platform/registry'
import type { Cell, Site } from '#platform/service'

export interface Machine {
  readonly home: string
  /** Twelve hex digits of the home's path; names its sockets and its PostgreSQL folder. */
  readonly id: string
  readonly config: Config
  readonly origins: ResolvedConfig['origins']
  readonly site: Site
  readonly paths: Paths
}

export interface Paths {
  readonly config: string
  readonly state: string
  readonly secrets: string
  readonly ca: string
  readonly logs: string
  readonly objects: string
  readonly spool: string
  /** Sockets and pipes; at most 60 bytes, 0700. */
  readonly run: string
}

export const HOST = '127.0.0.1'
/** Where clients outside the platform reach it: they do not resolve `*.localhost`. */
export const CLIENT_HOST = 'localhost'

/** The port of a service's door on this machine. */
export function port(machine: Machine, service: string, name = 'main'): number {
  return portOf(machine.config, service, name)
}

/** The control socket of a cell. */
export function cellSocket(machine: Machine, cell: Cell): string {
  return join(machine.paths.run, `${cell}.sock`)
}

/** A private socket that one cell serves for another. */
export function privateSocket(machine: Machine, name: 'engine-api' | 'files'): string {
  return join(machine.paths.run, `${name}.sock`)
}

export function supervisorSocket(machine: Machine): string {
  return join(machine.paths.run, 'supervisor.sock')
}

/** `https://localhost:8443`, and what lies below it. */
export function clientUrl(machine: Machine, path = ''): string {
  return `https://${CLIENT_HOST}:${port(machine, 'gateway')}${path}`
}

/** The same, from settings alone. */
export function portOf(config: Config, service: string, name = 'main'): number {
  const number = serviceNamed(service).machine?.ports[name]
  if (number === undefined) throw new Error(`${service} declares no port ${name} on one machine`)
  return number + config.portOffset
}
