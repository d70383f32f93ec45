// The tree of processes: starts parts in the order of their needs as their health says, restarts what crashed, stops in reverse.

import { existsSync, rmSync } from 'node:fs'
import { callSocket } from '#kit/http'
import type { Log } from '#kit/log'
import { own } from '#kit/own'
import { treePssBytes } from '#kit/processes'
import type { CellPlan, NodePlan, NodeState, NodeStatus, RunPlan, SupervisorEvent, SupervisorStatus } from '#runtime/plan'
import type { LogFiles } from '#runtime/supervisor/logs'
import { postgresAnswers } from '#runtime/supervisor/probe'
import { type Child, startChild } from '#runtime/supervisor/process'
import { type CellFacts, createWatch, type Watch } from '#runtime/supervisor/watch'

const FIRST_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 10_000
const STABLE_MS = 30_000
const PROBE_STEP_MS = 20
const HEALTH_EVERY_MS = 2000
const STOP_GRACE_MS = 8000
/** How long a part that runs may call itself unwell before it is started again: most are well again when what they wait for is. */
const UNWELL_MS = 15_000
/** A process may end itself with this code to be started afresh at once (a fat engine, for one). */
const RECYCLED = 75

interface CellState {
  readonly plan: CellPlan
  child: Child | undefined
  /** Counts lives; an answer from an earlier life is ignored. */
  life: number
  up: boolean
  /** Its health is being asked for: no second question overtakes the first. */
  asked: boolean
  restarts: number
  backoffMs: number
}

interface NodeStateRecord {
  readonly plan: NodePlan
  state: NodeState
  detail: string | undefined
  version: string | undefined
  since: string
  startMs: number | undefined
  attempts: number
  /** Since when it has called itself unwell while its process lives; milliseconds. */
  unwellSince: number | undefined
}

interface NodeHealth {
  readonly healthy: boolean
  readonly detail?: string
  readonly version?: string
}

export class Supervisor {
  readonly #plan: RunPlan
  readonly #logs: LogFiles
  readonly #cells: Map<string, CellState>
  readonly #nodes: Map<string, NodeStateRecord>
  readonly #listeners = new Set<(event: SupervisorEvent) => void>()
  readonly #startedAt = new Date().toISOString()
  readonly #watch: Watch
  #stopping: Promise<void> | undefined
  #healthTimer: NodeJS.Timeout | undefined

  constructor(plan: RunPlan, logs: LogFiles, log: Log) {
    this.#plan = plan
    this.#logs = logs
    this.#watch = createWatch(plan, () => this.#facts(), log)
    this.#cells = new Map(
      plan.cells.map((c) => [
        c.name,
        { plan: c, child: undefined, life: 0, up: false, asked: false, restarts: 0, backoffMs: FIRST_BACKOFF_MS },
      ]),
    )
    const now = this.#startedAt
    this.#nodes = new Map(
      plan.nodes.map((n) => [
        n.name,
        {
          plan: n,
          state: 'waiting',
          detail: undefined,
          version: undefined,
          since: now,
          startMs: undefined,
          attempts: 0,
          unwellSince: undefined,
        },
      ]),
    )
  }

  start(): void {
    for (const cell of this.#cells.values()) this.#spawn(cell)
    this.#healthTimer = setInterval(() => void this.#checkHealth(), HEALTH_EVERY_MS)
    this.#watch.start()
  }

  onEvent(listener: (event: SupervisorEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  status(): SupervisorStatus {
    const nodes = this.#plan.nodes.map((n) => this.#nodeStatus(n))
    return {
      pid: process.pid,
      home: this.#plan.home,
      fingerprint: this.#plan.fingerprint,
      startedAt: this.#startedAt,
      ready: nodes.every((n) => n.healthy),
      stopping: this.#stopping !== undefined,
      cells: [...this.#cells.values()].map((c) => ({
        name: c.plan.name,
        ...(c.child && c.child.process.exitCode === null ? { pid: c.child.pid } : {}),
        restarts: c.restarts,
      })),
      nodes,
      alerts: this.#watch.alerts(),
    }
  }

  /** What all processes counted at the last look. */
  metrics(): string {
    return this.#watch.page()
  }

  /** The same, with what each process holds now; costs a walk through /proc. */
  statusWithMemory(): SupervisorStatus {
    const status = this.status()
    return { ...status, cells: status.cells.map((c) => (c.pid === undefined ? c : { ...c, memoryBytes: treePssBytes(c.pid) })) }
  }

  /** Stops every process, dependents first; resolves when nothing is left. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  #facts(): CellFacts[] {
    return [...this.#cells.values()].map(({ plan, child, up, restarts }) => ({
      name: plan.name,
      up,
      pid: child && child.process.exitCode === null ? child.pid : undefined,
      restarts,
      dataLimitBytes: plan.dataLimitBytes,
      socket: plan.control.kind === 'node' ? plan.control.socket : undefined,
    }))
  }

  #nodeStatus(n: NodePlan): NodeStatus {
    const record = this.#node(n.name)
    const cell = this.#cell(n.cell)
    return {
      name: n.name,
      title: n.title,
      kind: n.kind,
      state: record.state,
      healthy: record.state === 'healthy',
      ...(record.detail === undefined ? {} : { detail: record.detail }),
      ...(record.version === undefined ? {} : { version: record.version }),
      since: record.since,
      ...(record.startMs === undefined ? {} : { startMs: record.startMs }),
      restarts: cell.restarts,
      ...(n.url === undefined ? {} : { url: n.url }),
      ...(n.port === undefined ? {} : { port: n.port }),
      ...(cell.child && cell.child.process.exitCode === null ? { pid: cell.child.pid } : {}),
      needs: n.needs,
    }
  }

  #spawn(cell: CellState): void {
    const life = ++cell.life
    const born = Date.now()
    rmSync(cell.plan.control.socket, { force: true }) // of an earlier life: what listens next is this one's
    const child = startChild(cell.plan)
    cell.child = child
    if (child.process.stdout) this.#logs.collect(child.process.stdout, cell.plan.name)
    if (child.process.stderr) this.#logs.collect(child.process.stderr, cell.plan.name)
    void child.exited.then(({ code, signal }) => this.#onExit(cell, life, born, code, signal))
    void this.#awaitControl(cell, life)
  }

  /** Polls the process's own door until it answers; there is no event for a socket that begins to listen. */
  async #awaitControl(cell: CellState, life: number): Promise<void> {
    while (cell.life === life && !this.#stopping && cell.child?.process.exitCode === null && cell.child.process.signalCode === null) {
      if (await this.#answers(cell)) {
        cell.up = true
        this.#advance()
        return
      }
      await new Promise((r) => setTimeout(r, PROBE_STEP_MS))
    }
  }

  async #answers(cell: CellState): Promise<boolean> {
    const { control } = cell.plan
    if (!existsSync(control.socket)) return false
    try {
      if (control.kind === 'postgres') return await postgresAnswers(control.socket)
      await callSocket(control.socket, { path: '/health', timeoutMs: 2000 })
      return true
    } catch {
      return false
    }
  }

  /** Starts every node whose process is up and whose needs are healthy. */
  #advance(): void {
    if (this.#stopping) return
    for (const record of this.#nodes.values()) {
      if (record.state !== 'waiting' && record.state !== 'down') continue
      if (record.unwellSince !== undefined && Date.now() - record.unwellSince < UNWELL_MS) continue
      const cell = this.#cell(record.plan.cell)
      if (cell.up && record.plan.needs.every((need) => this.#nodes.get(need)?.state === 'healthy')) void this.#startNode(record, cell)
    }
  }

  async #startNode(record: NodeStateRecord, cell: CellState): Promise<void> {
    const { life } = cell
    const began = performance.now()
    record.unwellSince = undefined
    this.#set(record, 'starting')
    try {
      if (cell.plan.control.kind === 'node') {
        const health = await callSocket<NodeHealth>(cell.plan.control.socket, { method: 'POST', path: `/start/${record.plan.name}` })
        record.version = health.version
        if (!health.healthy) throw new Error(health.detail ?? 'not healthy after its start')
      }
      if (cell.life !== life || this.#stopping) return
      record.startMs = Math.round(performance.now() - began)
      record.attempts = 0
      this.#set(record, 'healthy')
      this.#advance()
    } catch (error) {
      if (cell.life !== life || this.#stopping) return
      const delay = Math.min(FIRST_BACKOFF_MS * 2 ** record.attempts++, MAX_BACKOFF_MS)
      this.#set(record, 'failed', (error as Error).message)
      setTimeout(() => {
        if (cell.life === life && record.state === 'failed') {
          record.state = 'waiting'
          this.#advance()
        }
      }, delay)
    }
  }

  #onExit(cell: CellState, life: number, born: number, code: number | null, signal: NodeJS.Signals | null): void {
    if (cell.life !== life) return
    cell.up = false
    if (this.#stopping) return
    const how = signal ? `ended by ${signal}` : `ended with code ${code}`
    const recycled = code === RECYCLED
    if (!recycled)
      this.#logs.write(
        cell.plan.name,
        JSON.stringify({ level: 'error', time: new Date().toISOString(), part: cell.plan.name, msg: `process ${how}` }),
      )
    for (const record of this.#nodes.values()) {
      if (record.plan.cell !== cell.plan.name) continue
      record.unwellSince = undefined
      this.#set(record, 'down', recycled ? 'recycled' : `its process ${how}`)
    }
    if (Date.now() - born > STABLE_MS || recycled) cell.backoffMs = FIRST_BACKOFF_MS
    const delay = recycled ? 0 : cell.backoffMs
    cell.backoffMs = Math.min(cell.backoffMs * 2, MAX_BACKOFF_MS)
    if (!recycled) cell.restarts++
    setTimeout(() => {
      if (!this.#stopping && cell.life === life) this.#spawn(cell)
    }, delay)
  }

  async #checkHealth(): Promise<void> {
    const due = [...this.#cells.values()].filter((c) => c.up && !c.asked)
    await Promise.all(
      due.map(async (cell) => {
        cell.asked = true
        await this.#checkCell(cell).finally(() => {
          cell.asked = false
        })
      }),
    )
  }

  async #checkCell(cell: CellState): Promise<void> {
    const { life } = cell
    const began = new Date().toISOString()
    const records = [...this.#nodes.values()].filter((r) => r.plan.cell === cell.plan.name && (r.state === 'healthy' || r.state === 'down'))
    let answers: Readonly<Record<string, NodeHealth>> = {}
    try {
      if (cell.plan.control.kind === 'postgres') {
        const healthy = await postgresAnswers(cell.plan.control.socket)
        answers = Object.fromEntries(
          records.map((r) => [r.plan.name, healthy ? { healthy } : { healthy, detail: 'no answer on its socket' }]),
        )
      } else {
        answers = (await callSocket<{ parts: Record<string, NodeHealth> }>(cell.plan.control.socket, { path: '/health', timeoutMs: 5000 }))
          .parts
      }
    } catch (error) {
      answers = Object.fromEntries(records.map((r) => [r.plan.name, { healthy: false, detail: (error as Error).message }]))
    }
    if (cell.life !== life || !cell.up) return
    for (const record of records) {
      const health = own(answers, record.plan.name)
      if (!health || record.since > began) continue // it was another then
      record.version = health.version ?? record.version
      if (health.healthy && record.state === 'down') {
        record.unwellSince = undefined
        this.#set(record, 'healthy')
      } else if (!health.healthy && record.state === 'healthy' && record.plan.kind === 'part') {
        record.unwellSince = Date.now()
        this.#set(record, 'down', health.detail)
      }
    }
    this.#advance()
  }

  #set(record: NodeStateRecord, state: NodeState, detail?: string): void {
    record.state = state
    record.detail = detail
    record.since = new Date().toISOString()
    const event: SupervisorEvent = {
      at: record.since,
      node: record.plan.name,
      state,
      ...(detail === undefined ? {} : { detail }),
      ...(record.startMs === undefined || state !== 'healthy' ? {} : { startMs: record.startMs }),
    }
    this.#logs.write(
      'supervisor',
      JSON.stringify({ level: 'info', time: event.at, part: 'supervisor', node: event.node, state, detail, msg: 'state' }),
    )
    for (const listener of this.#listeners) listener(event)
  }

  async #stopAll(): Promise<void> {
    clearInterval(this.#healthTimer)
    this.#watch.stop()
    const order = [...new Set(this.#plan.nodes.map((n) => n.cell))].reverse()
    for (const name of order) {
      const cell = this.#cell(name)
      await cell.child?.stop(STOP_GRACE_MS)
      for (const record of this.#nodes.values()) if (record.plan.cell === name) this.#set(record, 'stopped')
    }
  }

  #cell(name: string): CellState {
    return this.#cells.get(name) as CellState
  }

  #node(name: string): NodeStateRecord {
    return this.#nodes.get(name) as NodeStateRecord
  }
}
