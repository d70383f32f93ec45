// One look at a process: whether it is there, and what it says of its parts.
import { existsSync } from 'node:fs'
import { callSocket } from '#kit/http'
import type { CellPlan } from '#runtime/plan'
import { postgresAnswers } from '#runtime/supervisor/probe'

type Control = CellPlan['control']

export interface NodeHealth {
  readonly healthy: boolean
  readonly detail?: string
  readonly version?: string
}

/** While it starts nothing is lost by asking again. */
const START_MS = 2000

export async function answersAt(control: Control): Promise<boolean> {
  if (!existsSync(control.socket)) return false
  try {
    if (control.kind === 'postgres') return await postgresAnswers(control.socket)
    await callSocket(control.socket, { path: '/health', timeoutMs: START_MS })
    return true
  } catch {
    return false
  }
}

/** Of each part that it knows. A database server has no word of its own: that it answers is all. @throws when the process says nothing */
export async function lookAt(control: Control, parts: readonly string[], timeoutMs: number): Promise<Readonly<Record<string, NodeHealth>>> {
  if (control.kind === 'node')
    return (await callSocket<{ parts: Record<string, NodeHealth> }>(control.socket, { path: '/health', timeoutMs })).parts
  if (!(await postgresAnswers(control.socket, timeoutMs))) throw new Error('no answer on its socket')
  return Object.fromEntries(parts.map((name) => [name, { healthy: true }]))
}
