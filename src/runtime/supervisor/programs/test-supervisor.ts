// For tests of `run`: a real supervisor with two cells, of which one declares programs, over folders as a home of root's has them.
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { callSocket, RemoteError } from '#kit/http'
import type { ProgramLimits, RunEnd, RunRequest } from '#kit/programs'
import type { ProgramsPlan, RunPlan, SupervisorStatus } from '#runtime/plan'

const SRC = resolve(import.meta.dirname, '../../..')
export const LIMITS: ProgramLimits = {
  ...{ memoryMb: 512, cpuSeconds: 20, processes: 40, openFiles: 64, fileMb: 20, wallSeconds: 60, outputBytes: 100_000 },
}
/** The cells' user of a platform that root started. */
export const CELLS = 60_100
export const PEOPLE = { first: 0x7100_0000, count: 1000 }

export interface TestSupervisor {
  readonly dir: string
  readonly pid: number
  readonly programs: ProgramsPlan
  /** A shell script of the person's, through the cell that declared it; the status of what was refused. */
  run(
    request: Partial<RunRequest> & { script?: string },
    cell?: string,
    signal?: AbortSignal,
  ): Promise<RunEnd & { stdout: string; stderr: string }>
  status(request: Partial<RunRequest> | object): Promise<number>
  kill(signal: NodeJS.Signals): Promise<void>
  stop(): Promise<void>
}

export const ADA = { account: 'a1b2', name: 'ada' }

/** `wrapper`: what starts it, where not Node itself. */
export async function startSupervisor(
  users: (dir: string) => ProgramsPlan['users'],
  wrapper: readonly string[] = [],
): Promise<TestSupervisor> {
  const dir = mkdtempSync(join(tmpdir(), 'akko-programs-'))
  chmodSync(dir, 0o711)
  for (const [name, mode] of Object.entries({
    run: 0o700,
    control: 0o700,
    logs: 0o700,
    watch: 0o711,
    records: 0o711,
    people: 0o711,
    secrets: 0o700,
  })) {
    mkdirSync(join(dir, name))
    chmodSync(join(dir, name), mode)
  }
  const isRoot = process.getuid?.() === 0
  writeFileSync(join(dir, 'secrets', 'root'), 'a secret of the home', { mode: 0o600 })
  if (isRoot) chownSync(join(dir, 'secrets'), CELLS, CELLS)
  const shell = ['/bin/sh', '-c'] as const
  const programs: ProgramsPlan = {
    listen: { socket: join(dir, 'watch', 'run.sock'), ...(isRoot ? { gid: CELLS } : {}) },
    folder: join(dir, 'people'),
    users: users(dir),
    cells: {
      worker: {
        shell: { command: shell, limits: LIMITS },
        brief: { command: shell, limits: { ...LIMITS, wallSeconds: 1 } },
        lean: { command: shell, limits: { ...LIMITS, memoryMb: 64, cpuSeconds: 1, processes: 5, openFiles: 12, fileMb: 1 } },
      },
    },
  }
  const planFile = join(dir, 'records', 'plan.json')
  writeFileSync(planFile, JSON.stringify(planOf(dir, programs)), { mode: 0o600 })
  const main = join(SRC, 'runtime/supervisor/main.ts')
  const [command, ...args] = [...wrapper, process.execPath, '--disable-warning=ExperimentalWarning', main, planFile]
  const child = spawn(command as string, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let words = ''
  child.stderr.on('data', (text: Buffer) => {
    words += text
  })
  const gone = new Promise<void>((done) => child.once('exit', () => done()))
  const deadline = Date.now() + 30_000
  while (
    !(await callSocket<SupervisorStatus>(join(dir, 'control', 'supervisor.sock'), { path: '/status' }).catch(() => undefined))?.ready
  ) {
    if (Date.now() > deadline) throw new Error(`the supervisor does not come up: ${words}`)
    await new Promise((done) => setTimeout(done, 50))
  }
  const ask = (body: object, cell = 'worker', signal?: AbortSignal) =>
    callSocket<RunEnd & { stdout: string; stderr: string }>(join(dir, 'run', `${cell}.sock`), {
      ...{ path: '/run', body: { program: 'shell', person: ADA, args: [], env: {}, ...body } },
      ...(signal ? { signal } : {}),
    })
  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return gone
  }
  return {
    ...{ dir, programs, pid: child.pid as number, kill },
    run: ({ script, ...request }, cell, signal) => ask({ ...(script === undefined ? {} : { args: [script] }), ...request }, cell, signal),
    status: (request) =>
      ask(request).then(
        () => 200,
        (error: unknown) => (error instanceof RemoteError ? error.status : Promise.reject(error)),
      ),
    stop: async () => {
      await kill('SIGTERM')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function planOf(dir: string, programs: ProgramsPlan): RunPlan {
  const cell = (name: string, ...more: string[]) => {
    const socket = join(dir, 'run', `${name}.sock`)
    const main = join(SRC, 'runtime/supervisor/test-cell.ts')
    return {
      ...{ name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', '--expose-gc', main, socket, dir, ...more] },
      ...{ env: { PATH: process.env.PATH ?? '', AKKO_LOG_LEVEL: 'error' }, cwd: resolve(SRC, '..'), stopSignal: 'SIGTERM' as const },
      control: { kind: 'node' as const, socket },
    }
  }
  return {
    ...{ home: dir, fingerprint: 'tested', socket: join(dir, 'control', 'supervisor.sock'), programs },
    status: { socket: join(dir, 'watch', 'status.sock'), ...(programs.listen.gid === undefined ? {} : { gid: programs.listen.gid }) },
    logs: { dir: join(dir, 'logs'), maxBytes: 1024 * 1024, files: 1 },
    watch: { everyMs: 60_000, disk: dir, alerts: [] },
    policy: { folder: '/nonexistent', command: 'false', args: [] },
    patience: { everyMs: 2000, lookMs: 5000, degradedAfter: 3, stuckMs: 60_000 },
    cells: [cell('worker', programs.listen.socket), cell('other', programs.listen.socket)],
    nodes: ['worker', 'other'].map((name) => ({ name: `part-${name}`, title: name, cell: name, kind: 'part', needs: [] })),
  }
}

/** Of the processes that now belong to a user, their command lines. */
export function commandsOf(uid: number, pids: readonly string[]): string[] {
  return pids.flatMap((pid) => {
    try {
      const owner = /^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      const line = owner === String(uid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '' // a zombie has none
      return line === '' ? [] : [line.replaceAll('\0', ' ')]
    } catch {
      return []
    }
  })
}
