// From a machine to what the supervisor runs: one process per cell, and the graph of parts. Pure, but for paths.
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { type PostgresServer, postgresCommand, postgresFolders } from '#parts/postgresql/index'
import { serviceNamed, startGraph } from '#platform/registry'
import { type Cell, origin } from '#platform/service'
import { cellSocket, clientUrl, HOST, type Machine } from '#runtime/machine'
import type { CellPlan, NodePlan, RunPlan } from '#runtime/plan'
import type { PreparedPostgres } from '#runtime/postgres'

const ROOT = resolve(import.meta.dirname, '../..')
/** Addresses that an idle engine process holds (measured: 710 MiB), and room for its buffers above its own limit. */
const ENGINE_BASELINE_MB = 900
const ENGINE_HEADROOM_MB = 512

export function machineFile(machine: Machine): string {
  return join(machine.paths.state, 'machine.json')
}

export function planFile(machine: Machine): string {
  return join(machine.paths.state, 'plan.json')
}

export function createRunPlan(machine: Machine, postgres: PreparedPostgres): RunPlan {
  const graph = startGraph()
  const cells = [...new Set(graph.map((n) => n.cell))].map((cell) =>
    isServer(cell) ? postgresCell(machine, cell, postgres) : nodeCell(machine, cell),
  )
  const plan = {
    home: machine.home,
    run: machine.paths.run,
    logs: { dir: machine.paths.logs, maxBytes: machine.config.logs.maxMegabytes * 1024 * 1024, files: machine.config.logs.files },
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

function isServer(cell: Cell): cell is PostgresServer {
  return cell === 'postgresql' || cell === 'postgresql-data'
}

function nodeCell(machine: Machine, cell: Cell): CellPlan {
  const engine = cell === 'engine'
  return {
    name: cell,
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      '--max-semi-space-size=8',
      join(ROOT, 'src/runtime/cell.ts'),
      cell,
      machineFile(machine),
    ],
    env: { AKKO_LOG_LEVEL: machine.config.logs.level, NODE_ENV: 'production', ...(engine ? { UV_THREADPOOL_SIZE: '16' } : {}) },
    cwd: machine.home,
    stopSignal: 'SIGTERM',
    ...(engine ? { dataLimitBytes: (machine.config.sql.memoryMb + ENGINE_BASELINE_MB + ENGINE_HEADROOM_MB) * 1024 * 1024 } : {}),
    control: { kind: 'node', socket: cellSocket(machine, cell) },
  }
}

function postgresCell(machine: Machine, server: PostgresServer, { provider, runAs }: PreparedPostgres): CellPlan {
  const { dataDir, socketDir } = postgresFolders(machine.home, server, runAs)
  const { command, args, env, cwd, stopSignal } = postgresCommand({ provider, dataDir, runAs })
  return {
    name: server,
    command,
    args,
    env,
    cwd,
    ...(runAs ? { runAs: { uid: runAs.uid, gid: runAs.gid } } : {}),
    stopSignal,
    control: {
      kind: 'postgres',
      socket: join(socketDir, `.s.PGSQL.${(serviceNamed(server).machine?.ports.main ?? 0) + machine.config.portOffset}`),
    },
  }
}

/** Where people and clients find a part. */
function door(machine: Machine, name: string, kind: 'part' | 'job'): { url?: string; port?: number } {
  if (kind === 'job') return {}
  const service = serviceNamed(name)
  const main = service.machine?.ports.main
  const number = main === undefined ? undefined : main + machine.config.portOffset
  const url = isServer(name as Cell)
    ? `postgresql://${HOST}:${number}`
    : service.hosts?.[0] !== undefined
      ? origin(machine.site, service.hosts[0])
      : service.paths?.[0] !== undefined
        ? clientUrl(machine, service.paths[0])
        : undefined
  return { ...(number === undefined ? {} : { port: number }), ...(url === undefined ? {} : { url }) }
}
