// One program of a person, from its start to its end, with what it prints within its bound.
import type { ChildProcess } from 'node:child_process'
import type { Output, ProgramLimits, RunEnd } from '#kit/programs'
import { endQuietly } from '#runtime/supervisor/programs/users'

/** How long pipes may stay open that a process took along which goes on. */
const DRAIN_MS = 1000

export interface Run {
  /** Ends it, with all of its group and of its space. */
  end(why: RunEnd['ended']): void
  /** Its first process is gone. */
  readonly gone: Promise<void>
  /** And what it printed was read. */
  readonly over: Promise<RunEnd>
}

export function follow(child: ChildProcess, { wallSeconds, outputBytes }: ProgramLimits, print: (output: Output) => void): Run {
  let ended: RunEnd['ended'] = 'itself'
  let isGone = false
  let truncated = false
  let room = outputBytes
  const end = (why: RunEnd['ended']) => {
    if (isGone || child.pid === undefined) return
    ended = why
    endQuietly(-child.pid)
  }
  const timer = setTimeout(() => end('time'), wallSeconds * 1000)
  const exit = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127))
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 128)))
  }).then((code) => {
    isGone = true
    clearTimeout(timer)
    return code
  })
  const read = (stream: Output['stream']) => {
    const from = child[stream]
    from?.on('data', (chunk: Buffer) => {
      truncated ||= chunk.length > room
      const bytes = chunk.subarray(0, room)
      room -= bytes.length
      if (bytes.length > 0) print({ stream, bytes })
    })
    return new Promise<void>((resolve) => (from ? from.once('close', resolve) : resolve()))
  }
  const drained = Promise.all([read('stdout'), read('stderr')])
  return {
    end,
    gone: exit.then(() => {}),
    over: exit.then(async (code) => {
      await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, DRAIN_MS))])
      // Who holds a pipe longer writes to nobody: there is no word after the end.
      for (const stream of [child.stdout, child.stderr]) stream?.removeAllListeners('data').destroy()
      return { code, ended, truncated }
    }),
  }
}
