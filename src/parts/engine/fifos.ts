// Named pipes: a pool for the rows that leave the engine, and the release of whoever waits at a pipe of a dead query.
import { closeSync, constants, mkdirSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createPipeMaker } from '#kit/pipe-maker'
import { EngineFault } from '#parts/engine/errors'

export interface FifoPool {
  take(): Promise<string>
  /** Gives a pipe back; only when both ends are closed, so that it is empty. */
  give(path: string): void
}

/** One shell makes them all, for all instances. */
const { make } = createPipeMaker()

/** Makes pipes in `folder` (emptied by the caller) as they are needed, the first at once. */
export async function createFifoPool(folder: string): Promise<FifoPool> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const free: string[] = []
  let made = 0
  const more = async () => {
    const path = join(folder, `rows-${made++}`)
    await make(path).catch((error: unknown) => {
      throw EngineFault({ text: 'no pipes could be made' }, error)
    })
    return path
  }
  free.push(await more())
  return {
    take: async () => free.pop() ?? more(),
    give: (path) => void free.push(path),
  }
}

/** Opens both ends without waiting; the descriptor keeps writers of the pipe from blocking in open(2), readers from seeing its end. */
export function holdFifo(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
}

/** Lets every reader that waits for a writer in this folder see the end of its pipe: its source is gone. */
export function releaseFifos(folder: string): void {
  let entries: import('node:fs').Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return
  }
  for (const entry of entries) {
    if (entry.isFIFO()) releaseFifo(join(folder, entry.name))
  }
}

/** Lets go whoever waits in open(2) at this pipe: it sees the other end come and leave. */
export function releaseFifo(path: string): void {
  try {
    closeSync(holdFifo(path))
  } catch {}
}
