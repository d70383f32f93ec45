// One home on one machine: its folders, sockets, ports and settings, resolved once (home.ts) and passed down.
import { join } from 'node:path'
import type { Config, ResolvedConfig } from '#platform/config'
import { frontService, machineServices, serviceNamed } from '#platform/registry'
import { origin, type Site } from '#platform/service'
import { gatewaySettings } from '#platform/services/gateway'

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
  /** Held by who starts, moves or removes the home. */
  readonly lock: string
  /** The home itself; `/var/lib/akko/<id>` when root started the platform. */
  readonly data: string
  /** What the command line writes: the plan, the provider, tokens. Written by the starter alone, since the supervisor runs what the plan says. */
  readonly records: string
  readonly state: string
  readonly secrets: string
  readonly ca: string
  readonly logs: string
  readonly objects: string
  readonly spool: string
  /** Below it a folder for each person whose code was run; passed through by them. */
  readonly people: string
  /** Below it PostgreSQL's data. */
  readonly postgres: string
  /** Below it the folders of sockets: `cells`, and one for each PostgreSQL server. */
  readonly sockets: string
  /** The cells' sockets and pipes, 0700. */
  readonly run: string
  /** The supervisor's socket for the starter, 0700. */
  readonly control: string
  /** The supervisor's socket on which cells may read the status. */
  readonly watch: string
}

export const HOST = '127.0.0.1'
/** Where clients outside the platform reach it: they do not resolve `*.localhost`. */
export const CLIENT_HOST = 'localhost'

/** Host label of clients on other machines, which have no `localhost` of ours. */
export const CLIENT_LABEL = 'clients'
const LOOPBACK = /^(127\.|::1$)/

/** Whether other machines reach the gateway. */
export function isShared(config: object): boolean {
  return !LOOPBACK.test(gatewaySettings.of(config).bind)
}

/** Where the gateway listens: on loopback always, since this machine's own commands come there. */
export function gatewayAddresses(config: object): readonly [string, ...string[]] {
  const { bind } = gatewaySettings.of(config)
  if (bind === '0.0.0.0' || bind === '::') return [bind]
  return bind === HOST ? [HOST] : [HOST, bind]
}

/** The port of a service's door on this machine. */
export function port(machine: Machine, service: string, name = 'main'): number {
  return portOf(machine.config, service, name)
}

/** The control socket of a cell. */
export function cellSocket(machine: Machine, cell: string): string {
  return join(machine.paths.run, `${cell}.sock`)
}

/** A private socket that a part serves for other cells; declared by it. */
export function privateSocket(machine: Machine, name: string): string {
  if (!machineServices().some((s) => s.machine.sockets?.includes(name))) throw new Error(`no part declares a socket ${name}`)
  return join(machine.paths.run, `${name}.sock`)
}

export function supervisorSocket(machine: Pick<Machine, 'paths'>): string {
  return join(machine.paths.control, 'supervisor.sock')
}

/** Where cells read the supervisor's status, and can do nothing else. */
export function statusSocket(machine: Pick<Machine, 'paths'>): string {
  return join(machine.paths.watch, 'status.sock')
}

/** What the platform was started with last. */
export const machineFile = ({ paths }: Pick<Machine, 'paths'>): string => join(paths.records, 'machine.json')

/** Which account is that of the home's owner, where his programs alone are run. */
export const ownerFile = ({ paths }: Pick<Machine, 'paths'>): string => join(paths.records, 'owner.json')

/** Where cells have programs of people started. */
export function programsSocket(machine: Machine): string {
  return join(machine.paths.watch, 'run.sock')
}

/** Where programs on this machine reach the gateway: `https://localhost:8443`, and what lies below it. */
export function localUrl(machine: Machine, path = ''): string {
  return `https://${CLIENT_HOST}:${port(machine, frontService().name)}${path}`
}

/** Where every client reaches it, on other machines too where it is shared. */
export function clientUrl(machine: Machine, path = ''): string {
  const shared = sharedUrl(machine, CLIENT_LABEL)
  return shared === undefined ? localUrl(machine, path) : `${shared}${path}`
}

/** A host of the domain for clients on other machines; undefined where there are none. */
export function sharedUrl({ config, site }: Machine, label: string): string | undefined {
  return isShared(config) ? origin(site, label) : undefined
}

/** A port from settings alone. */
export function portOf(config: Config, service: string, name = 'main'): number {
  const number = serviceNamed(service).machine?.ports[name]
  if (number === undefined) throw new Error(`${service} declares no port ${name} on one machine`)
  return number + config.portOffset
}
