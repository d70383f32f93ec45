// From a machine to what the supervisor runs: one process per cell, and the graph of parts. Pure, but for paths.
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { HEADER_BYTES } from '#kit/limits'
import type { Program } from '#kit/programs'
import type { SystemUser } from '#kit/system-user'
import { postgresCommand, postgresFolders } from '#parts/postgresql/index'
import { machineAlerts, machineServices, type PostgresService, postgresServices, serviceNamed, startGraph } from '#platform/registry'
import { type MachineShape, origin } from '#platform/service'
import { gatewaySettings } from '#platform/services/gateway'
import type { Code } from '#runtime/code'
import { cellEnvironment } from '#runtime/environment'
import {
  cellSocket,
  clientUrl,
  HOST,
  type Machine,
  machineFile,
  ownerFile,
  programsSocket,
  statusSocket,
  supervisorSocket,
} from '#runtime/machine'
import { pairFiles } from '#runtime/own-certificate'
import type { CellPlan, NodePlan, Patience, ProgramsPlan, PutPlan, RunPlan } from '#runtime/plan'
import { policyFolder } from '#runtime/policy-folder'
import { type PreparedPostgres, postgresSocket } from '#runtime/postgres'
import { defaultUser } from '#runtime/tokens'

/** How often what all processes count is gathered. */
const WATCH_MS = 10_000
/** User ids that Linux distributions and systemd leave free. */
const PEOPLE = { first: 0x7000_0000, count: 0x0fff_ffff }

/** Run by the starter's own user, as the supervisor is. */
const CLI = resolve(import.meta.dirname, '../cli/main.ts')

export function planFile(machine: Machine): string {
  return join(machine.paths.records, 'plan.json')
}

/** What `up` has made ready. */
export interface Prepared {
  readonly postgres: PreparedPostgres
  /** As whom the cells run, when not as the starter. */
  readonly cellUser: SystemUser | undefined
  readonly code: Code
}

export function createRunPlan(machine: Machine, { postgres, cellUser, code }: Prepared): RunPlan {
  const graph = startGraph()
  const cells = [...new Set(graph.map((n) => n.cell))].map((cell) => {
    const server = postgresServices().find((s) => s.machine.cell === cell)
    return server ? postgresCell(machine, server, postgres) : nodeCell(machine, cell, cellUser, code)
  })
  const programs = programsOf(machine, cellUser, machineServices())
  const plan = {
    home: machine.home,
    socket: supervisorSocket(machine),
    status: { socket: statusSocket(machine), ...(cellUser ? { gid: cellUser.gid } : {}) },
    logs: { dir: machine.paths.logs, maxBytes: machine.config.logs.maxMegabytes * 1024 * 1024, files: machine.config.logs.files },
    watch: { everyMs: WATCH_MS, disk: machine.paths.data, alerts: machineAlerts() },
    policy: { folder: policyFolder(machine), ...ownCommand(machine, 'policy', 'apply') },
    ...certificateOf(machine),
    patience: PATIENCE,
    ...(programs ? { programs } : {}),
    cells,
    nodes: graph.map(
      (n): NodePlan => ({ name: n.name, title: n.title, cell: n.cell, kind: n.kind, needs: n.needs, ...door(machine, n.name, n.kind) }),
    ),
  }
  return {
    ...plan,
    fingerprint: createHash('sha256')
      .update(JSON.stringify([plan, machine.config]))
      .digest('hex')
      .slice(0, 16),
  }
}

const ownCommand = ({ home }: Machine, ...words: string[]): PutPlan => ({
  command: process.execPath,
  args: ['--disable-warning=ExperimentalWarning', CLI, '--home', home, ...words],
})

/** By the settings of this start, which may be flags of it. */
function certificateOf(machine: Machine): Pick<RunPlan, 'certificate'> {
  const files = pairFiles(machine)
  if (!files) return {}
  const { bind } = gatewaySettings.of(machine.config)
  const settings = { domain: machine.site.domain, 'gateway.bind': bind, 'gateway.certificate': files.certificate, 'gateway.key': files.key }
  const flags = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
  return { certificate: { files: Object.values(files), ...ownCommand(machine, 'certificate', 'apply', ...flags) } }
}

/** A machine that swaps is slow for seconds; whoever is silent for a minute will hardly speak again. */
const PATIENCE: Patience = { everyMs: 2000, lookMs: 5000, degradedAfter: 3, stuckMs: 60_000 }

/** What parts may have started for people, where any of them declares it. */
export function programsOf(
  machine: Machine,
  cellUser: SystemUser | undefined,
  services: readonly { readonly machine: Pick<MachineShape, 'cell' | 'programs'> }[],
): ProgramsPlan | undefined {
  const cells = new Map<string, Record<string, Program>>()
  for (const { machine: shape } of services) if (shape.programs) cells.set(shape.cell, { ...cells.get(shape.cell), ...shape.programs })
  if (cells.size === 0) return undefined
  return {
    listen: { socket: programsSocket(machine), ...(cellUser ? { gid: cellUser.gid } : {}) },
    folder: machine.paths.people,
    users: cellUser
      ? { kind: 'people', ...PEOPLE, file: join(machine.paths.records, 'people.json') }
      : { kind: 'owner', name: defaultUser(machine), file: ownerFile(machine) },
    cells: Object.fromEntries(cells),
  }
}

/** JavaScript has one thread: arenas of libuv's others would only hold memory. */
const MALLOC = { MALLOC_ARENA_MAX: '2' }

/**
 * The thread that answers waits for no other of its process. V8 gives compilations and collections to a pool of threads, four if nothing is said;
 * where processors are short those have a turn late, and who hands one of several of them a task waits for those that were woken before (glibc's
 * condition variables): 60 ms and more. Of one there is nobody to wait for; and the young objects it collects by itself, which takes 2 ms.
 */
const OWN_THREAD = ['--v8-pool-size=1', '--no-parallel-scavenge']

/** Limits count only where every part of the process has its own. */
function nodeCell(machine: Machine, cell: string, cellUser: SystemUser | undefined, code: Code): CellPlan {
  const parts = machineServices().filter((s) => s.machine.cell === cell)
  const limits = parts.map((s) => s.machine.limits?.(machine.config).dataMb)
  const dataMb = limits.every((l) => l !== undefined) ? limits.reduce((sum, l) => sum + l, 0) : undefined
  return {
    name: cell,
    command: code.node,
    args: [
      '--disable-warning=ExperimentalWarning',
      '--max-semi-space-size=8',
      ...OWN_THREAD,
      `--max-http-header-size=${HEADER_BYTES}`, // of what it asks, too
      '--expose-gc',
      join(code.root, 'src/runtime/cell.ts'),
      cell,
      machineFile(machine),
    ],
    env: Object.assign(
      { ...cellEnvironment(machine, cellUser), ...MALLOC, AKKO_LOG_LEVEL: machine.config.logs.level, NODE_ENV: 'production' },
      ...parts.map((s) => s.machine.env),
    ),
    cwd: machine.paths.data,
    ...(cellUser ? { runAs: { uid: cellUser.uid, gid: cellUser.gid } } : {}),
    stopSignal: 'SIGTERM',
    ...(dataMb === undefined ? {} : { dataLimitBytes: dataMb * 1024 * 1024 }),
    control: { kind: 'node', socket: cellSocket(machine, cell) },
  }
}

function postgresCell(machine: Machine, server: PostgresService, { provider, runAs }: PreparedPostgres): CellPlan {
  const { dataDir } = postgresFolders(machine.paths, server.machine.postgres.folder)
  const { command, args, env, cwd, stopSignal } = postgresCommand({ provider, dataDir, runAs })
  return {
    name: server.machine.cell,
    command,
    args,
    env,
    cwd,
    ...(runAs ? { runAs: { uid: runAs.uid, gid: runAs.gid } } : {}),
    stopSignal,
    control: { kind: 'postgres', socket: postgresSocket(machine, server) },
  }
}

/** Where people and clients find a part. */
function door(machine: Machine, name: string, kind: 'part' | 'job'): { url?: string; port?: number } {
  if (kind === 'job') return {}
  const service = serviceNamed(name)
  const main = service.machine?.ports.main
  const number = main === undefined ? undefined : main + machine.config.portOffset
  const url = service.machine?.postgres
    ? `postgresql://${HOST}:${number}`
    : service.machine?.front
      ? origin(machine.site, '')
      : service.hosts?.[0] !== undefined
        ? origin(machine.site, service.hosts[0])
        : service.paths?.[0] !== undefined
          ? clientUrl(machine, service.paths[0])
          : undefined
  return { ...(number === undefined ? {} : { port: number }), ...(url === undefined ? {} : { url }) }
}
