// What all processes count, gathered every few seconds into one text, and the alerts that follow from it.
import { readFileSync, statfsSync } from 'node:fs'
import type { FiringAlert } from '#kit/alert'
import { createAlertWatch } from '#kit/alert-watch'
import { openSocketRequest, readBody } from '#kit/http'
import type { Log } from '#kit/log'
import { mergeTexts, readSamples } from '#kit/metric-text'
import { gauge, METRICS_PATH, printMetrics, reading } from '#kit/metrics'
import type { RunPlan } from '#runtime/plan'

/** A process as the supervisor knows it. */
export interface CellFacts {
  readonly name: string
  readonly up: boolean
  readonly pid: number | undefined
  readonly restarts: number
  readonly dataLimitBytes: number | undefined
  /** Where it tells what it counts; absent of a process that is not ours. */
  readonly socket: string | undefined
}

export interface Watch {
  start(): void
  stop(): void
  alerts(): readonly FiringAlert[]
  /** The text of the last look. */
  page(): string
}

const ASK_MS = 2000
/** The supervisor's own name on the page. */
const OWN = 'supervisor'

export function createWatch({ watch, nodes }: Pick<RunPlan, 'watch' | 'nodes'>, cells: () => readonly CellFacts[], log: Log): Watch {
  const alerts = createAlertWatch(watch.alerts)
  const wanted = new Set(watch.alerts.flatMap(({ metric, of }) => (of === undefined ? [metric] : [metric, of])))
  const firstOf = (cell: string | undefined) => nodes.find((n) => n.kind === 'part' && n.cell === cell)?.name
  let page = mergeTexts(new Map())
  let firing: readonly FiringAlert[] = []
  let timer: NodeJS.Timeout | undefined
  countOwn(watch.disk, cells)

  const look = async (): Promise<void> => {
    const asked = cells().flatMap(({ name, up, socket }) => (up && socket !== undefined ? [ask(name, socket)] : []))
    const texts = await Promise.all([ask(OWN), ...asked])
    page = mergeTexts(new Map(texts.filter((t) => t !== undefined)))
    alerts.look(readSamples(page, wanted))
    const before = new Set(firing.map(keyOf))
    firing = alerts.firing().map((alert) => {
      const part = alert.part ?? firstOf(alert.labels.cell)
      return part === undefined ? alert : { ...alert, part }
    })
    for (const alert of firing) if (!before.delete(keyOf(alert))) log.warn({ alert: alert.name, ...alert.labels }, `alert: ${alert.text}`)
    for (const key of before) log.info({ alert: key }, 'an alert is over')
  }

  const ask = async (name: string, socket?: string): Promise<readonly [string, string] | undefined> => {
    try {
      return [name, await (socket === undefined ? printMetrics() : textOf(socket))]
    } catch (error) {
      log.warn({ cell: name, error: (error as Error).message }, 'it does not tell what it counts')
      return undefined
    }
  }

  const round = async (): Promise<void> => {
    await look().catch((error: Error) => log.error({ error: error.message }, 'alerts could not be looked at'))
    if (timer) timer = setTimeout(() => void round(), watch.everyMs)
  }

  return {
    start: () => {
      timer = setTimeout(() => void round(), watch.everyMs)
    },
    stop: () => {
      clearTimeout(timer)
      timer = undefined
    },
    alerts: () => firing,
    page: () => page,
  }
}

const keyOf = ({ name, labels }: FiringAlert): string => `${name} ${Object.values(labels).join(' ')}`.trim()

async function textOf(socket: string): Promise<string> {
  const res = await openSocketRequest(socket, { path: METRICS_PATH, timeoutMs: ASK_MS })
  const text = await readBody(res)
  if (res.statusCode !== 200) throw new Error(`it answers ${res.statusCode}`)
  return text
}

/** What only the supervisor knows: lives of processes, their caps, the disk of the home. */
function countOwn(disk: string, cells: () => readonly CellFacts[]): void {
  const ofCells = (value: (cell: CellFacts) => number | undefined) => () =>
    cells().flatMap((cell) => {
      const found = value(cell)
      return found === undefined ? [] : [{ labels: { cell: cell.name }, value: found }]
    })
  const labels = ['cell'] as const
  gauge(
    { name: 'akko_cell_up', help: 'Whether a process answers', labels },
    ofCells(({ up }) => Number(up)),
  )
  reading(
    { name: 'akko_cell_restarts_total', help: 'Times that a process ended by itself and was started again', labels },
    ofCells(({ restarts }) => restarts),
  )
  gauge(
    { name: 'akko_cell_data_bytes', help: 'Data segment of a process that has a cap', labels },
    ofCells(({ pid, dataLimitBytes }) => (pid === undefined || dataLimitBytes === undefined ? undefined : dataBytes(pid))),
  )
  gauge(
    { name: 'akko_cell_data_limit_bytes', help: 'That cap', labels },
    ofCells(({ dataLimitBytes }) => dataLimitBytes),
  )
  const ofDisk = (value: (disk: { bavail: number; blocks: number; bsize: number }) => number) => () => [{ value: value(statfsSync(disk)) }]
  gauge(
    { name: 'akko_disk_free_bytes', help: 'What the platform may still write on the disk of its data' },
    ofDisk((d) => d.bavail * d.bsize),
  )
  gauge(
    { name: 'akko_disk_size_bytes', help: 'Size of that disk' },
    ofDisk((d) => d.blocks * d.bsize),
  )
}

/** As the kernel counts it against `prlimit --data`. */
function dataBytes(pid: number): number | undefined {
  try {
    const kib = /^VmData:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) * 1024
  } catch {
    return undefined
  }
}
