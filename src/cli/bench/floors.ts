// Floors of a start: the same PostgreSQL binaries bare, and a bare Node process.
import { spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuSeconds } from '#cli/bench/cpu'
import { timed } from '#cli/bench/figure'
import { treePssBytes } from '#kit/processes'
import type { Provider, RunAs } from '#parts/postgresql/index'
import { processEnvironment } from '#runtime/environment'
import { postgresAnswers } from '#runtime/supervisor/probe'
import { type Child, startChild } from '#runtime/supervisor/process'

const STOP_GRACE_MS = 10_000
const PROBE_STEP_MS = 5
const START_DEADLINE_MS = 60_000

export interface BarePostgres {
  /** `initdb` and the first start of all servers at once, ms; they run afterwards. */
  create(): Promise<number>
  /** A start of what was created, ms. */
  start(): Promise<number>
  stop(): Promise<void>
  /** PSS of the running servers, bytes. */
  memory(): number
  /** What the running servers have used. */
  cpuSeconds(): number
  remove(): Promise<void>
}

/** As many servers as the platform has, with their defaults, in folders of their own, on Unix sockets alone. */
export function createBarePostgres(provider: Provider, runAs: RunAs | undefined, count: number): BarePostgres {
  const dirs = Array.from({ length: count }, () => {
    const dir = mkdtempSync(join(tmpdir(), 'akko-floor-'))
    if (runAs) chownSync(dir, runAs.uid, runAs.gid)
    return dir
  })
  let running: Child[] = []
  const program = (dir: string, name: string, args: readonly string[]): Child => {
    const child = startChild({
      name,
      command: join(provider.bin, name),
      args,
      env: { ...processEnvironment(), ...provider.env },
      cwd: dir,
      ...(runAs ? { runAs: { uid: runAs.uid, gid: runAs.gid } } : {}),
      stopSignal: 'SIGINT',
      control: { kind: 'postgres', socket: '' },
    })
    child.process.stdout?.resume()
    child.process.stderr?.resume()
    return child
  }
  const initialise = async (dir: string) => {
    const args = ['-D', join(dir, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--data-checksums']
    const { code } = await program(dir, 'initdb', args).exited
    if (code !== 0) throw new Error(`the bare initdb ended with code ${code}`)
  }
  const startOne = async (dir: string) => {
    const child = program(dir, 'postgres', ['-D', join(dir, 'data'), '-k', dir, '-p', '1', '-c', 'listen_addresses='])
    running.push(child)
    const deadline = performance.now() + START_DEADLINE_MS
    while (!(await postgresAnswers(join(dir, '.s.PGSQL.1')))) {
      if (child.process.exitCode !== null || performance.now() > deadline) throw new Error('the bare PostgreSQL did not start')
      await new Promise((r) => setTimeout(r, PROBE_STEP_MS))
    }
  }
  const stop = async () => {
    await Promise.all(running.map((child) => child.stop(STOP_GRACE_MS)))
    running = []
  }
  return {
    create: () =>
      timed(() =>
        Promise.all(
          dirs.map(async (dir) => {
            await initialise(dir)
            await startOne(dir)
          }),
        ),
      ),
    start: () => timed(() => Promise.all(dirs.map(startOne))),
    stop,
    cpuSeconds: () => running.reduce((sum, child) => sum + cpuSeconds(child.pid), 0),
    memory: () => running.reduce((sum, child) => sum + treePssBytes(child.pid), 0),
    remove: async () => {
      await stop()
      for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Start to end of a Node that does nothing, ms. */
export function bareNodeStart(): Promise<number> {
  return timed(() => new Promise((done) => spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }).once('exit', done)))
}

/** PSS of as many idle Node processes as the platform has, bytes. */
export async function bareNodeMemory(count: number): Promise<number> {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', "setInterval(() => {}, 1e6); process.stdout.write('up')"], { stdio: ['ignore', 'pipe', 'ignore'] }),
  )
  const exits = children.map((child) => new Promise((done) => child.once('exit', done)))
  try {
    await Promise.all(children.map((child) => new Promise((done) => child.stdout.once('data', done))))
    return children.reduce((sum, child) => sum + (child.pid === undefined ? 0 : treePssBytes(child.pid)), 0)
  } finally {
    for (const child of children) child.kill()
    await Promise.all(exits)
  }
}
