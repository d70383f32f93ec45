// akko status: every part, as its own health says now.
import type { Flags } from '#cli/flags'
import { mebibytes, printJson, printTable, say } from '#cli/output'
import { treePssBytes } from '#kit/processes'
import { supervisorStatus } from '#runtime/client'
import type { Located } from '#runtime/home'
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
    say(`home ${place}; supervisor pid ${current.pid}; parts of one process share its memory figure`)
  }
  if (!current.ready) process.exitCode = 1
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
