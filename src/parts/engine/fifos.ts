// Named pipes: a pool for the rows that leave the engine, and the release of whoever waits at a pipe of a dead query.
import { execFile } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EngineFault } from '#parts/engine/errors'

const run = promisify(execFile)

export interface FifoPool {
  take(): Promise<string>
  /** Gives a pipe back; only when both ends are closed, so that it is empty. */
  give(path: string): void
}

/** Makes pipes in `folder` (emptied by the caller) in batches, with one child process each. */
export async function createFifoPool(folder: string, batch: number): Promise<FifoPool> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const free: string[] = []
  let made = 0
  const more = async () => {
    const paths = Array.from({ length: batch }, () => join(folder, `rows-${made++}`))
    await run('mkfifo', ['-m', '600', ...paths]).catch((error: unknown) => {
      throw EngineFault({ text: 'no pipes could be made' }, error)
    })
    free.push(...paths)
  }
  await more()
  return {
    async take() {
      while (free.length === 0) await more()
      return free.pop() as string
    },
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
