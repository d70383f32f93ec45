// Named pipes in a query's folder: whoever feeds the engine while it reads.
import { randomUUID } from 'node:crypto'
import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { createPipeMaker } from '#kit/pipe-maker'

const { make, begin } = createPipeMaker()

/** Before this process holds much memory: what makes the pipes is a child of it. */
export const beginPipes = begin

export async function makePipe(spool: string, prefix: string): Promise<string> {
  const path = join(spool, `${prefix}-${randomUUID()}`)
  await make(path)
  return path
}

/** The write end, once the engine has opened the read end: before that, open(2) without waiting says ENXIO. */
export async function openWhenRead(path: string, given: () => boolean): Promise<Socket | undefined> {
  for (let wait = 1; !given(); wait = Math.min(wait * 1.5, 20)) {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
      return new Socket({ fd, readable: false, writable: true })
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ENOENT') return undefined
      if (code !== 'ENXIO') throw error
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
  return undefined
}

/** Takes the pipe away so that nobody is left waiting at it: who opened it sees its end, who comes later does not find it. */
export function removePipe(path: string): void {
  try {
    const held = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    unlinkSync(path)
    closeSync(held)
  } catch {}
}

/** The reader closed its end: a LIMIT was reached, or the query ended. */
export function isEarlyEnd(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE'
}
