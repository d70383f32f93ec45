// How the command line talks to a running platform: the supervisor's and the cells' private sockets.
import { existsSync } from 'node:fs'
import { defineError } from '#kit/errors'
import { callSocket, openSocketRequest } from '#kit/http'
import { cellSocket, type Machine, supervisorSocket } from '#runtime/machine'
import type { SupervisorEvent, SupervisorStatus } from '#runtime/plan'

export const NotRunning = defineError('platform.not_running', 409, 'no platform runs in {home}', {
  blame: 'operator',
  hint: '{cure}',
})

const START = 'start it with `akko up`'
const ELSEWHERE =
  'or, for one on another machine, log in there: akko login --server URL (--ca FILE where its authority is not trusted here)'

/** The supervisor's view, or undefined when none runs. */
export async function supervisorStatus(machine: Pick<Machine, 'paths'>): Promise<SupervisorStatus | undefined> {
  const socket = supervisorSocket(machine)
  if (!existsSync(socket)) return undefined
  try {
    return await callSocket<SupervisorStatus>(socket, { path: '/status', timeoutMs: 5000 })
  } catch {
    return undefined
  }
}

export async function requireRunning(machine: Machine): Promise<SupervisorStatus> {
  const status = await supervisorStatus(machine)
  if (!status) throw NotRunning({ home: machine.home, cure: existsSync(machine.home) ? START : `${START}; ${ELSEWHERE}` })
  return status
}

/** The status first, then every change of state, until the stream ends or the caller stops. */
export async function* followEvents(machine: Machine, signal?: AbortSignal): AsyncGenerator<SupervisorStatus | SupervisorEvent> {
  const stream = await openSocketRequest(supervisorSocket(machine), { path: '/events', ...(signal ? { signal } : {}) })
  let rest = ''
  for await (const chunk of stream) {
    rest += String(chunk)
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as SupervisorStatus | SupervisorEvent
  }
}

export function callCell<T>(machine: Machine, cell: string, path: string, body: unknown = {}): Promise<T> {
  return callSocket<T>(cellSocket(machine, cell), { method: 'POST', path, body })
}

export async function requestStop(machine: Pick<Machine, 'paths'>): Promise<{ pid: number }> {
  return callSocket(supervisorSocket(machine), { method: 'POST', path: '/stop' })
}
