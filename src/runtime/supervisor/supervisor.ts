// The tree of processes: starts parts in the order of their needs as their health says, restarts what crashed, stops in reverse.

import { rmSync } from 'node:fs'
import { callSocket } from '#kit/http'
import type { Log } from '#kit/log'
import { own } from '#kit/own'
import { treePssBytes } from '#kit/processes'
import type { Secret } from '#kit/secret'
import { inSpan } from '#kit/telemetry'
import type { NodeState, RunPlan, SupervisorEvent, SupervisorStatus } from '#runtime/plan'
import type { LogFiles } from '#runtime/supervisor/logs'
import { answersAt, lookAt, type NodeHealth } from '#runtime/supervisor/look'
import { startChild } from '#runtime/supervisor/process'
import {
  type CellState,
  cellFacts,
  FIRST_BACKOFF_MS,
  type NodeRecord,
  newCell,
  newNode,
  nodeStatus,
  pidOf,
} from '#runtime/supervisor/state'
import { createWatch, type Watch } from '#runtime/supervisor/watch'

const MAX_BACKOFF_MS = 10_000
const STABLE_MS = 30_000
const PROBE_STEP_MS = 20
const STOP_GRACE_MS = 8000
/** A process may end itself with this code to be started afresh at once (a fat engine, for one). */
const RECYCLED = 75

export class Supervisor {
  readonly #plan: RunPlan
  readonly #logs: LogFiles
  readonly #cells: Map<string, CellState>
  readonly #nodes: Map<string, NodeRecord>
  readonly #listeners = new Set<(event: SupervisorEvent) => void>()
  readonly #startedAt = new Date().toISOString()
  readonly #watch: Watch
  readonly #admit: (cell: string) => Secret | undefined
  #stopping: Promise<void> | undefined
  #healthTimer: NodeJS.Timeout | undefined

  constructor(plan: RunPlan, logs: LogFiles, log: Log, admit: (cell: string) => Secret | undefined = () => undefined) {
    this.#plan = plan
    this.#admit = admit
    this.#logs = logs
    this.#watch = createWatch(plan, () => [...this.#cells.values()].map(cellFacts), log)
    this.#cells = new Map(plan.cells.map((c) => [c.name, newCell(c, plan.patience)]))
    this.#nodes = new Map(plan.nodes.map((n) => [n.name, newNode(n, this.#startedAt, plan.patience)]))
  }

  start(): void {
    for (const cell of this.#cells.values()) this.#spawn(cell)
    this.#healthTimer = setInterval(() => void this.#checkHealth(), this.#plan.patience.everyMs)
    this.#watch.start()
  }

  onEvent(listener: (event: SupervisorEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  status(): SupervisorStatus {
    const nodes = this.#plan.nodes.map((n) => nodeStatus(this.#node(n.name), this.#cell(n.cell)))
    return {
      pid: process.pid,
      home: this.#plan.home,
      fingerprint: this.#plan.fingerprint,
      startedAt: this.#startedAt,
      ready: nodes.every((n) => n.healthy),
      stopping: this.#stopping !== undefined,
      cells: [...this.#cells.values()].map((c) => ({
        name: c.plan.name,
        ...pidOf(c),
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

  #spawn(cell: CellState): void {
    const life = ++cell.life
    const born = Date.now()
    rmSync(cell.plan.control.socket, { force: true }) // of an earlier life: what listens next is this one's
    const child = startChild(cell.plan, this.#admit(cell.plan.name))
    cell.child = child
    if (child.process.stdout) this.#logs.collect(child.process.stdout, cell.plan.name)
    if (child.process.stderr) this.#logs.collect(child.process.stderr, cell.plan.name)
    void child.exited.then(({ code, signal }) => this.#onExit(cell, life, born, code, signal))
    void this.#awaitControl(cell, life)
  }

  /** Polls the process's own door until it answers; there is no event for a socket that begins to listen. */
  async #awaitControl(cell: CellState, life: number): Promise<void> {
    while (cell.life === life && !this.#stopping && cell.child?.process.exitCode === null && cell.child.process.signalCode === null) {
      if (await answersAt(cell.plan.control)) {
        cell.up = true
        cell.misses.forget()
        this.#advance()
        return
      }
      await new Promise((r) => setTimeout(r, PROBE_STEP_MS))
    }
  }

  /** Starts every node whose process is up and whose needs are healthy. */
  #advance(): void {
    if (this.#stopping) return
    for (const record of this.#nodes.values()) {
      if (record.state !== 'waiting' && record.state !== 'down') continue
      const cell = this.#cell(record.plan.cell)
      if (cell.up && this.#needsAreThere(record)) void this.#startNode(record, cell)
    }
  }

  async #startNode(record: NodeRecord, cell: CellState): Promise<void> {
    const { life } = cell
    const began = performance.now()
    record.misses.forget()
    this.#set(record, 'starting')
    try {
      if (cell.plan.control.kind === 'node') {
        const health = await inSpan('supervisor.start', { 'akko.part': record.plan.name }, () =>
          callSocket<NodeHealth>(cell.plan.control.socket, { method: 'POST', path: `/start/${record.plan.name}` }),
        )
        record.version = health.version
        if (!health.healthy && record.plan.kind === 'job') throw new Error(health.detail ?? 'it did not do its work')
        if (cell.life !== life || this.#stopping) return
        if (!health.healthy) return this.#set(record, 'degraded', health.detail) // it runs: the looks that follow say more
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
    if (!recycled) this.#say(cell, 'error', `process ${how}`)
    for (const record of this.#nodes.values()) {
      if (record.plan.cell !== cell.plan.name) continue
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
    const records = [...this.#nodes.values()].filter(
      (r) => r.plan.cell === cell.plan.name && r.plan.kind === 'part' && (r.state === 'healthy' || r.state === 'degraded'),
    )
    const answers = await lookAt(
      cell.plan.control,
      records.map((r) => r.plan.name),
      this.#plan.patience.lookMs,
    ).catch((error: Error) => error)
    if (cell.life !== life || !cell.up || this.#stopping) return
    if (!(answers instanceof Error)) cell.misses.forget()
    else if (cell.misses.miss() === 'stuck') return this.#replace(cell)
    for (const record of records) {
      const health = answers instanceof Error ? { healthy: false, detail: answers.message } : own(answers, record.plan.name)
      if (health && record.since <= began) this.#judge(record, cell, health) // else it was another then
    }
    this.#advance()
  }

  /** A part that lives is left alone, however slow: what it was given is lost with it. Stuck is one that gives no good answer for long though all that it needs is there. */
  #judge(record: NodeRecord, cell: CellState, health: NodeHealth): void {
    record.version = health.version ?? record.version
    if (health.healthy) {
      record.misses.forget()
      if (record.state === 'degraded') this.#set(record, 'healthy')
      return
    }
    const verdict = record.misses.miss()
    if (verdict !== 'waited' && record.state === 'healthy') this.#set(record, 'degraded', health.detail)
    else if (record.state === 'degraded') record.detail = health.detail
    if (verdict === 'stuck' && cell.plan.control.kind === 'node' && this.#needsAreThere(record)) void this.#startNode(record, cell)
  }

  /** It may finish what it accepted, if it can; its end starts the next. */
  #replace(cell: CellState): void {
    cell.up = false
    cell.misses.forget()
    this.#say(cell, 'error', `process says nothing for ${this.#plan.patience.stuckMs / 1000} s: it is replaced`)
    void cell.child?.stop(STOP_GRACE_MS)
  }

  #needsAreThere(record: NodeRecord): boolean {
    return record.plan.needs.every((need) => this.#nodes.get(need)?.state === 'healthy')
  }

  /** A line in the process's own log. */
  #say(cell: CellState, level: string, msg: string): void {
    this.#logs.write(cell.plan.name, JSON.stringify({ level, time: new Date().toISOString(), part: cell.plan.name, msg }))
  }

  #set(record: NodeRecord, state: NodeState, detail?: string): void {
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

  #node(name: string): NodeRecord {
    return this.#nodes.get(name) as NodeRecord
  }
}
