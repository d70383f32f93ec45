// Named pipes, made by a shell that lives on: starting a program from here copies the page tables of this whole process, which does nothing meanwhile.
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** Reads paths, one a line, and answers each with an exit code, until its input ends: at the latest with this process. */
const PROGRAM = 'while IFS= read -r path; do mkfifo -m 600 "$path"; echo $?; done'

interface Shell {
  make(path: string): Promise<void>
}

export interface PipeMaker {
  /** Starts the shell: a process that holds much memory later is told so early. */
  begin(): void
  /** Makes a pipe that is its owner's alone; rejects where it cannot be made. */
  make(path: string): Promise<void>
}

/** One shell for all, started for the first unless it was begun. */
export function createPipeMaker(): PipeMaker {
  let shell: Shell | undefined
  const begun = (): Shell => {
    shell ??= startShell(() => {
      shell = undefined
    })
    return shell
  }
  return {
    begin: () => void begun(),
    make: async (path) => {
      if (path.includes('\n')) throw new Error('a pipe in a folder with a line break in its name')
      await begun().make(path)
    },
  }
}

function startShell(ended: () => void): Shell {
  const waiting: ((code: string) => void)[] = []
  const child = spawn('sh', ['-c', PROGRAM], { stdio: ['pipe', 'pipe', 'ignore'] })
  const end = () => {
    ended()
    for (const answer of waiting.splice(0)) answer('none')
  }
  child.once('error', end).once('close', end)
  child.stdin.on('error', () => {}) // its end is told above
  createInterface({ input: child.stdout }).on('line', (code) => waiting.shift()?.(code))
  child.unref()
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as Socket).unref()
  return {
    make: (path) =>
      new Promise((resolve, reject) => {
        waiting.push((code) => (code === '0' ? resolve() : reject(new Error(`no pipe could be made: mkfifo ended with ${code}`))))
        child.stdin.write(`${path}\n`)
      }),
  }
}
