// One child process: started so that it dies with us, watched, stopped by its own signal.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Secret } from '#kit/secret'
import type { CellPlan } from '#runtime/plan'

export interface Child {
  readonly pid: number
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly process: ChildProcess
  /** Asks, then insists after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/** With the environment of the plan alone. `setpriv --pdeathsig` makes the kernel end the child when its parent dies; `--no-new-privs` keeps it from ever becoming another user again; `prlimit` caps it. Both exec, so the pid is the child's. A key comes by its input: environments can be read later. */
export function startChild(cell: CellPlan, key?: Secret): Child {
  const ids = cell.runAs ? ['--reuid', String(cell.runAs.uid), '--regid', String(cell.runAs.gid), '--clear-groups'] : []
  const guarded = ['setpriv', '--no-new-privs', '--pdeathsig', cell.stopSignal.slice(3), ...ids, '--', cell.command, ...cell.args]
  const [command, ...args] = cell.dataLimitBytes ? ['prlimit', `--data=${cell.dataLimitBytes}`, '--', ...guarded] : guarded
  const child = spawn(command as string, args, {
    cwd: cell.cwd,
    env: cell.env,
    stdio: [key === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl-C at the terminal is for us; we stop children in order
  })
  child.stdin?.on('error', () => {}) // it may end without reading
  child.stdin?.end(key?.reveal())
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: 127, signal: null }))
  })
  return {
    pid: child.pid ?? -1,
    exited,
    process: child,
    stop: async (graceMs) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(cell.stopSignal)
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    },
  }
}
