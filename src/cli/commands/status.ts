// akko status: every part, as its own health says now.
import type { Flags } from '#cli/flags'
import { mebibytes, moment, printJson, printTable, say } from '#cli/output'
import { openSocketRequest, readBody } from '#kit/http'
import { readSamples } from '#kit/metric-text'
import { METRICS_PATH } from '#kit/metrics'
import { treePssBytes } from '#kit/processes'
import { LAST_RUN_METRIC } from '#parts/sql/maintenance-terms'
import { supervisorStatus } from '#runtime/client'
import type { Located } from '#runtime/home'
import { statusSocket } from '#runtime/machine'
import type { NodeStatus } from '#runtime/plan'

export interface PartStatus {
  readonly name: string
  readonly healthy: boolean
  readonly url: string | null
  readonly port: number | null
  readonly pid: number | null
  readonly memoryBytes: number | null
  readonly state: string
  readonly detail?: string
  readonly version?: string
  readonly restarts: number
}

export async function status(machine: Located, flags: Flags): Promise<void> {
  const current = await supervisorStatus(machine)
  const { data } = machine.paths
  const place = data === machine.home ? machine.home : `${machine.home} (data in ${data})`
  if (!current) {
    if (flags.json) printJson({ running: false, home: machine.home, data: machine.paths.data, parts: [], alerts: [] })
    else say(`nothing runs in ${place}; start it with \`akko up\``)
    process.exitCode = 1
    return
  }
  const parts = current.nodes.filter((n) => n.kind === 'part').map(toPartStatus)
  const jobs = current.nodes.filter((n) => n.kind === 'job')
  const keptAt = await lastMaintenance(machine)
  if (flags.json) {
    printJson({
      running: true,
      home: machine.home,
      data,
      ready: current.ready,
      supervisor: { pid: current.pid },
      parts,
      jobs: jobs.map((j) => ({ name: j.name, done: j.healthy, detail: j.detail })),
      alerts: current.alerts,
      maintenance: { lastRun: keptAt === undefined ? null : moment(keptAt) },
    })
  } else {
    printTable(
      ['PART', 'STATE', 'PORT', 'PID', 'MEMORY', 'DETAIL'],
      parts.map((p) => [
        p.name,
        p.state,
        String(p.port ?? ''),
        String(p.pid ?? ''),
        p.memoryBytes === null ? '' : mebibytes(p.memoryBytes),
        p.detail ?? p.version ?? '',
      ]),
      [2, 3, 4],
    )
    for (const job of jobs) if (!job.healthy || job.detail) say(`job ${job.name}: ${job.state}${job.detail ? `: ${job.detail}` : ''}`)
    for (const alert of current.alerts) say(`alert (${alert.severity}) since ${alert.since}: ${alert.text}\n  ${alert.action}`)
    if (keptAt !== undefined) say(`tables were last looked after ${moment(keptAt)}`)
    say(`home ${place}; supervisor pid ${current.pid}; parts of one process share its memory figure`)
  }
  if (!current.ready) process.exitCode = 1
}

/** When the last run of the maintenance of tables ended, milliseconds since the epoch; undefined before the first, or while nobody can say. */
async function lastMaintenance(machine: Located): Promise<number | undefined> {
  const page = await openSocketRequest(statusSocket(machine), { path: METRICS_PATH, timeoutMs: 2000 })
    .then((answer) => readBody(answer))
    .catch(() => '')
  const [sample] = readSamples(page, new Set([LAST_RUN_METRIC]))
  return sample && sample.value > 0 ? sample.value * 1000 : undefined
}

function toPartStatus(node: NodeStatus): PartStatus {
  return {
    name: node.name,
    healthy: node.healthy,
    url: node.url ?? null,
    port: node.port ?? null,
    pid: node.pid ?? null,
    memoryBytes: node.pid === undefined ? null : treePssBytes(node.pid),
    state: node.state,
    ...(node.detail === undefined ? {} : { detail: node.detail }),
    ...(node.version === undefined ? {} : { version: node.version }),
    restarts: node.restarts,
  }
}
