// A Python that has read its modules forks a process for each script: one that is started anew reads them for most of its time.
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { judgePython } from '#test/support/judges'

export interface Script {
  readonly script: string
  readonly args?: readonly string[]
  /** All of its environment. */
  readonly env: NodeJS.ProcessEnv
  readonly folder?: string
  readonly input?: string
}

export interface Ended {
  /** Below zero, the signal that ended it; SIGALRM after a minute. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs scripts of a Python, one at a time; it ends with this process. What a module reads of the environment while it is imported it reads of
 * this process's: such a one is left to the scripts.
 */
export function startForkingPython(python: string, modules: readonly string[]): (script: Script) => Promise<Ended> {
  const child = spawn(python, ['-W', 'ignore', join(import.meta.dirname, 'forking-python.py'), ...modules], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting: PromiseWithResolvers<Ended>[] = []
  let over = false
  createInterface(child.stdout)
    .on('line', (line) => waiting.shift()?.resolve(JSON.parse(line) as Ended))
    .on('close', () => {
      over = true
      for (const { reject } of waiting.splice(0)) reject(new Error('Python has ended'))
    })
  child.stdin.on('error', () => {}) // its end is told above
  child.unref()
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as Socket).unref()
  return ({ script, args = [], env, folder = process.cwd(), input = '' }) => {
    const ended = Promise.withResolvers<Ended>()
    if (over) ended.reject(new Error('Python has ended'))
    else waiting.push(ended)
    child.stdin.write(`${JSON.stringify({ script, args, env, folder, input })}\n`)
    return ended.promise
  }
}

/** For scripts with pyiceberg; `pyiceberg.catalog` itself reads its configuration as it is imported. */
export const startForkingPyiceberg = () =>
  startForkingPython(judgePython(), ['pyiceberg.io.pyarrow', 'pyarrow.dataset', 'pyarrow.parquet', 'duckdb'])
