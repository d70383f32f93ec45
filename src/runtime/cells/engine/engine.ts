// The engine's process: DuckDB and nothing else. Killed or fat, it is started anew; the SQL front outlives it.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createLog } from '#kit/log'
import { createEngine, type RecycleReason } from '#parts/engine/index'
import { ENGINE_SOCKET } from '#platform/services/engine'
import { sqlSettings } from '#platform/services/sql'
import type { Compose } from '#runtime/composition'
import { privateSocket } from '#runtime/machine'

/** The supervisor starts a process that ends with this code again at once. */
const RECYCLE_EXIT = 75
const MIB = 1024 * 1024

/** Leaving waits for the threads of libuv's pool: one that DuckDB does not give back would keep the process, with all its sockets open. */
function recycle(reason: RecycleReason): void {
  if (reason === 'memory' || reason === 'stuck') process.kill(process.pid, 'SIGKILL')
  else process.exit(RECYCLE_EXIT)
}

export const compose: Compose = async ({ machine }) => {
  const { memoryMb, spillGb, threads } = sqlSettings.of(machine.config)
  return createEngine({
    name: 'engine',
    socket: privateSocket(machine, ENGINE_SOCKET),
    log: createLog('engine'),
    memoryLimitBytes: memoryMb * MIB,
    threads: threads ?? availableParallelism(),
    spoolRoot: machine.paths.spool,
    workDir: join(machine.paths.run, 'engine'),
    tempLimitBytes: spillGb * 1024 * MIB,
    recycleAboveBytes: 600 * MIB,
    recycle,
  })
}
