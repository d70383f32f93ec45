// Runs the short-lived tools: initdb, apt-get, dpkg, make.
import { spawn } from 'node:child_process'
import { ToolFailed } from '#parts/postgresql/errors'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly uid?: number
  readonly gid?: number
  readonly input?: string
  /** Milliseconds; default ten minutes. */
  readonly timeoutMs?: number
}

/** Standard output of a tool that ended with 0; throws ToolFailed with the end of its output otherwise. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? '/',
      // As another user: nothing of the starter's but where programs are.
      env: { ...(options.uid === undefined ? process.env : { PATH: process.env.PATH }), LC_ALL: 'C', ...options.env },
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const timer = setTimeout(() => child.kill(), options.timeoutMs ?? 600_000)
    let out = ''
    let tail = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      tail = (tail + text).slice(-4000)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-4000)
    })
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    const tool = [command.split('/').at(-1), ...args.slice(0, 1)].join(' ')
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(ToolFailed({ tool, how: 'could not be started', output: error.message }, error))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve(out)
      else
        reject(
          ToolFailed({ tool, how: signal ? `ended by ${signal}` : `exit ${code}`, output: tail.trim().split('\n').slice(-6).join(' | ') }),
        )
    })
  })
}

/** Whether a program of this name is on the PATH. */
export async function has(program: string): Promise<boolean> {
  return run('sh', ['-c', 'command -v "$1"', 'sh', program]).then(
    () => true,
    () => false,
  )
}
