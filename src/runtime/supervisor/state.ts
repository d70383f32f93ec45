// What the supervisor remembers of processes and of what runs in them, and how it tells it.
import type { CellPlan, NodePlan, NodeState, NodeStatus, Patience } from '#runtime/plan'
import { Misses } from '#runtime/supervisor/patience'
import type { Child } from '#runtime/supervisor/process'
import type { CellFacts } from '#runtime/supervisor/watch'

export const FIRST_BACKOFF_MS = 100

export interface CellState {
  readonly plan: CellPlan
  child: Child | undefined
  /** Counts lives; an answer from an earlier life is ignored. */
  life: number
  up: boolean
  /** Its health is being asked for: no second question overtakes the first. */
  asked: boolean
  /** Of looks at the whole process. */
  readonly misses: Misses
  restarts: number
  backoffMs: number
}

export interface NodeRecord {
  readonly plan: NodePlan
  state: NodeState
  detail: string | undefined
  version: string | undefined
  since: string
  startMs: number | undefined
  attempts: number
  readonly misses: Misses
}

export function newCell(plan: CellPlan, patience: Patience): CellState {
  const misses = new Misses(patience)
  return { plan, child: undefined, life: 0, up: false, asked: false, misses, restarts: 0, backoffMs: FIRST_BACKOFF_MS }
}

export function newNode(plan: NodePlan, since: string, patience: Patience): NodeRecord {
  const unknown = { detail: undefined, version: undefined, startMs: undefined }
  return { plan, state: 'waiting', since, attempts: 0, misses: new Misses(patience), ...unknown }
}

/** While it lives. */
export function pidOf({ child }: CellState): { pid?: number } {
  return child && child.process.exitCode === null ? { pid: child.pid } : {}
}

export function cellFacts(cell: CellState): CellFacts {
  const { plan, up, restarts } = cell
  return {
    name: plan.name,
    up,
    pid: pidOf(cell).pid,
    restarts,
    dataLimitBytes: plan.dataLimitBytes,
    socket: plan.control.kind === 'node' ? plan.control.socket : undefined,
  }
}

export function nodeStatus({ plan, state, detail, version, since, startMs }: NodeRecord, cell: CellState): NodeStatus {
  const { name, title, kind, url, port, needs } = plan
  return {
    name,
    title,
    kind,
    state,
    healthy: state === 'healthy',
    ...(detail === undefined ? {} : { detail }),
    ...(version === undefined ? {} : { version }),
    since,
    ...(startMs === undefined ? {} : { startMs }),
    restarts: cell.restarts,
    ...(url === undefined ? {} : { url }),
    ...(port === undefined ? {} : { port }),
    ...pidOf(cell),
    needs,
  }
}
