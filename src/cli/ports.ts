// The ports of a home before it starts: whether each is free and may be asked by every client, and which offset is one to take.
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { defineError } from '#kit/errors'
import { ancestors, commandLine, listenerOf, portHolder } from '#kit/processes'
import { frontService, machineServices } from '#platform/registry'
import { gatewayAddresses, HOST, type Machine } from '#runtime/machine'

const PortTaken = defineError('up.port_taken', 409, 'port {port} ({part}) is taken by {holder}', {
  blame: 'operator',
  hint: 'stop it, or choose other ports{way}',
})
const PortBlocked = defineError('up.port_blocked', 400, 'port {port} ({part}) is one that browsers and fetch refuse to ask', {
  blame: 'operator',
  hint: 'choose other ports{way}',
})

const PortLost = defineError('up.port_lost', 409, '{part} cannot listen on port {port}: {holder} has taken it meanwhile', {
  blame: 'operator',
  hint: 'stop it, and {part} starts by itself; or run `akko down` and choose other ports{way}',
})

/** "Bad ports" of the Fetch standard that an offset can reach: no browser and no fetch asks them. */
export const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])
const OFFSET_STEP = 100
const OFFSET_LIMIT = 50_000

/** Every declared port, moved by an offset. */
export function portsAt(offset: number): { readonly part: string; readonly port: number }[] {
  return machineServices().flatMap((s) => Object.values(s.machine.ports).map((number) => ({ part: s.name, port: number + offset })))
}

export interface TakenPort {
  readonly part: string
  readonly port: number
  readonly holder: string
  /** The home of the platform that holds it. */
  readonly home?: string
}

/** The declared ports of a home that somebody holds, its own platform included. */
export async function takenPorts(offset: number): Promise<TakenPort[]> {
  const taken: TakenPort[] = []
  for (const declared of portsAt(offset)) {
    const holder = await portHolder(HOST, declared.port)
    const home = holder && homeOfListener(declared.port)
    if (holder) taken.push({ ...declared, ...(home ? { home, holder: `the platform in ${home}` } : { holder }) })
  }
  return taken
}

const NoSuchAddress = defineError('up.no_address', 400, 'gateway.bind is {address}, which is no address of this machine', {
  blame: 'operator',
  hint: 'its addresses are {known}; 0.0.0.0 stands for all',
})

/** What `gateway.bind` names is this machine's. */
function assertAddresses(addresses: readonly string[]): void {
  const known = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
  for (const address of addresses)
    if (!['0.0.0.0', '::', ...known].includes(address) && !address.startsWith('127.'))
      throw NoSuchAddress({ address, known: known.join(', ') })
}

export async function assertPortsFree({ home, config }: Machine): Promise<void> {
  const addresses = gatewayAddresses(config)
  assertAddresses(addresses)
  const ports = portsAt(config.portOffset)
  const blocked = ports.find(({ port }) => BLOCKED_PORTS.has(port))
  if (blocked) throw PortBlocked({ ...blocked, way: await freeOffset(config.portOffset) })
  const front = frontService().name
  for (const { part, port } of ports) {
    const holder = await firstHolder(part === front ? addresses : [HOST], port)
    if (!holder) continue
    const other = homeOfListener(port)
    const told = other === undefined ? holder : `${other === home ? 'this home' : `the platform in ${other}`}: ${holder}`
    throw PortTaken({ part, port, holder: told, way: await freeOffset(config.portOffset) })
  }
}

async function firstHolder(addresses: readonly string[], port: number): Promise<string | undefined> {
  for (const address of addresses) {
    const holder = await portHolder(address, port)
    if (holder) return holder
  }
  return undefined
}

/** Of a part that does not start: whether somebody else has a port of its. */
export async function lostPort({ home, config }: Machine, part: string): Promise<Error | undefined> {
  for (const { port } of portsAt(config.portOffset).filter((declared) => declared.part === part)) {
    const holder = await portHolder(HOST, port)
    if (holder && homeOfListener(port) !== home) return PortLost({ part, port, holder, way: await freeOffset(config.portOffset) })
  }
  return undefined
}

/** ` with --port-offset N`, where N is free now; without a number where none was found. */
async function freeOffset(from: number): Promise<string> {
  const first = Math.floor(from / OFFSET_STEP) * OFFSET_STEP + OFFSET_STEP
  for (let offset = first; offset <= OFFSET_LIMIT; offset += OFFSET_STEP) {
    if (await isUsable(offset)) return `: --port-offset ${offset} is free`
  }
  return ' with --port-offset N'
}

async function isUsable(offset: number): Promise<boolean> {
  for (const { port } of portsAt(offset)) if (port > 65_535 || BLOCKED_PORTS.has(port) || (await portHolder(HOST, port))) return false
  return true
}

/** The home whose supervisor started who listens there; undefined for any other program. */
function homeOfListener(port: number): string | undefined {
  const pid = listenerOf(port)
  if (pid === undefined) return undefined
  for (const above of ancestors(pid)) {
    const words = commandLine(above)
    const at = words.findIndex((word) => word.endsWith('/runtime/supervisor/main.ts'))
    const plan = words[at + 1]
    if (at < 0 || plan === undefined) continue
    try {
      return (JSON.parse(readFileSync(join(dirname(plan), 'machine.json'), 'utf8')) as { home: string }).home
    } catch {
      return undefined // another user's
    }
  }
  return undefined
}
