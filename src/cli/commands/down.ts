// akko down: stops everything, in order, and proves that nothing is left.
import type { Flags } from '#cli/flags'
import { duration, printJson, say } from '#cli/output'
import { isAlive } from '#kit/processes'
import { requestStop, supervisorStatus } from '#runtime/client'
import type { Located } from '#runtime/home'
import type { SupervisorStatus } from '#runtime/plan'

const DEADLINE_MS = 60_000

export async function down(machine: Located, flags: Flags): Promise<void> {
  const status = await supervisorStatus(machine)
  if (!status) {
    if (flags.json) printJson({ stopped: false, running: false })
    else say('nothing runs in this home')
    return
  }
  const { pids, ms } = await stopPlatform(machine, status)
  if (flags.json) printJson({ stopped: true, running: false, ms })
  else say(`stopped ${pids.length} processes in ${duration(ms)}; nothing is left running`)
}

/** Stops everything in order, and returns when no process of it lives. */
export async function stopPlatform(
  machine: Pick<Located, 'paths'>,
  status: SupervisorStatus,
): Promise<{ pids: readonly number[]; ms: number }> {
  const began = Date.now()
  const pids = [status.pid, ...status.cells.flatMap((c) => c.pid ?? [])]
  await requestStop(machine)
  while (pids.some(isAlive)) {
    if (Date.now() - began > DEADLINE_MS)
      throw new Error(`still running after ${DEADLINE_MS / 1000} s: pids ${pids.filter(isAlive).join(', ')}`)
    await new Promise((r) => setTimeout(r, 25))
  }
  return { pids, ms: Date.now() - began }
}
