// What the supervisor is told: processes and the graph of parts, as plain data. It knows nothing else of the platform.
import type { FiringAlert } from '#kit/alert'
import type { WatchedAlert } from '#kit/alert-watch'
import type { Program } from '#kit/programs'

export interface RunPlan {
  readonly home: string
  /** Of everything the plan was made from; another `up` compares it. */
  readonly fingerprint: string
  /** The supervisor's own socket, for the starter. */
  readonly socket: string
  /** Where the status can be read and nothing else be done; by the cells' group when they run as another user. */
  readonly status: { readonly socket: string; readonly gid?: number }
  readonly logs: { readonly dir: string; readonly maxBytes: number; readonly files: number }
  readonly watch: WatchPlan
  /** Where the policy's files are, and what puts them in force. */
  readonly policy: { readonly folder: string } & PutPlan
  /** The same of the operator's own certificate, where there is one. */
  readonly certificate?: { readonly files: readonly string[] } & PutPlan
  readonly patience: Patience
  /** Absent where no part declares any. */
  readonly programs?: ProgramsPlan
  readonly cells: readonly CellPlan[]
  /** In an order that respects needs. */
  readonly nodes: readonly NodePlan[]
}

/** A command that puts files of the operator's in force. */
export interface PutPlan {
  readonly command: string
  readonly args: readonly string[]
}

/** Programs that cells may have started for people. */
export interface ProgramsPlan {
  /** The socket of the verb `run`; of the cells' group when they run as another user. */
  readonly listen: { readonly socket: string; readonly gid?: number }
  /** Below it a folder for each person. */
  readonly folder: string
  readonly users:
    | { readonly kind: 'people'; readonly first: number; readonly count: number; readonly file: string }
    /** Not started by root: code runs as the supervisor's own user, and only of the account that the file records; `name` is for people. */
    | { readonly kind: 'owner'; readonly name: string; readonly file: string }
  /** By cell, what its parts declare. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, Program>>>>
}

/** What is looked at, and how often. */
export interface WatchPlan {
  readonly everyMs: number
  /** A path on the disk of the data. */
  readonly disk: string
  readonly alerts: readonly WatchedAlert[]
}

export interface CellPlan {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly runAs?: { readonly uid: number; readonly gid: number }
  readonly stopSignal: 'SIGTERM' | 'SIGINT'
  /** Cap of the data segment (`prlimit --data`), bytes. */
  readonly dataLimitBytes?: number
  /** `node`: the control protocol over `socket`. `postgres`: the server's own start-up answer on its Unix socket. */
  readonly control: { readonly kind: 'node' | 'postgres'; readonly socket: string }
}

export interface NodePlan {
  readonly name: string
  readonly title: string
  readonly cell: string
  readonly kind: 'part' | 'job'
  readonly needs: readonly string[]
  readonly url?: string
  readonly port?: number
}

/** How parts that live are looked after. */
export interface Patience {
  /** Between two looks. */
  readonly everyMs: number
  /** How long a look may take. */
  readonly lookMs: number
  /** So many looks in a row without a good answer, and a part is degraded. */
  readonly degradedAfter: number
  /** After so long without one it is replaced. */
  readonly stuckMs: number
}

/** `degraded`: its process lives, but several looks in a row found no good answer. `down`: its process has ended. */
export type NodeState = 'waiting' | 'starting' | 'healthy' | 'degraded' | 'failed' | 'down' | 'stopped'

export interface NodeStatus {
  readonly name: string
  readonly title: string
  readonly kind: 'part' | 'job'
  readonly state: NodeState
  readonly healthy: boolean
  readonly detail?: string
  readonly version?: string
  /** ISO time of the last change of state. */
  readonly since: string
  /** Milliseconds from "its needs are there" to healthy. */
  readonly startMs?: number
  readonly restarts: number
  readonly url?: string
  readonly port?: number
  readonly pid?: number
  readonly needs: readonly string[]
}

export interface CellStatus {
  readonly name: string
  readonly pid?: number
  readonly restarts: number
  /** Of the process and all below it; only in the status that is read for it. */
  readonly memoryBytes?: number
}

export interface SupervisorStatus {
  readonly pid: number
  readonly home: string
  readonly fingerprint: string
  readonly startedAt: string
  /** All parts healthy and all jobs done. */
  readonly ready: boolean
  readonly stopping: boolean
  readonly cells: readonly CellStatus[]
  readonly nodes: readonly NodeStatus[]
  readonly alerts: readonly FiringAlert[]
}

/** A line of the supervisor's event stream. */
export interface SupervisorEvent {
  readonly at: string
  readonly node: string
  readonly state: NodeState
  readonly detail?: string
  readonly startMs?: number
}
