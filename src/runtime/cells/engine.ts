// The engine's process: DuckDB and nothing else. Killed or fat, it is started anew; the SQL front outlives it.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createLog } from '#kit/log'
import { createEngine } from '#parts/engine/index'
import type { Composition } from '#runtime/composition'
import { type Machine, privateSocket } from '#runtime/machine'

/** The supervisor starts a process that ends with this code again at once. */
const RECYCLE_EXIT = 75
const MIB = 1024 * 1024

export async function compose(machine: Machine): Promise<Composition> {
  const { memoryMb, spillGb, threads } = machine.config.sql
  return {
    parts: {
      engine: async () =>
        createEngine({
          name: 'engine',
          socket: privateSocket(machine, 'engine-api'),
          log: createLog('engine'),
          memoryLimitBytes: memoryMb * MIB,
          threads: threads ?? availableParallelism(),
          spoolRoot: machine.paths.spool,
          workDir: join(machine.paths.run, 'engine'),
          tempLimitBytes: spillGb * 1024 * MIB,
          recycleAboveBytes: 600 * MIB,
          recycle: () => process.exit(RECYCLE_EXIT),
        }),
    },
  }
}
