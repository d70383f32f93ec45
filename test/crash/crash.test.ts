// kill -9 of each process in turn while foreign writers run: everything that was acknowledged is there afterwards.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secretName } from '#platform/names'
import { judgePython } from '#test/support/judges'
import { type Platform, ROOT, run, startPlatform } from '#test/support/platform'

let platform: Platform
const WRITERS = ['s3', 'catalog', 'postgres'] as const

beforeAll(async () => {
  platform = await startPlatform()
}, 600_000)

afterAll(async () => {
  await platform?.down()
})

const PROCESSES = ['engine', 'sql', 'storage', 'identity', 'gateway', 'postgresql', 'postgresql-data'] as const

describe('kill -9', () => {
  for (const part of PROCESSES) {
    it(`of the process of ${part}: it comes back, nothing acknowledged is lost`, async () => {
      const writers = await startWriters(platform)
      await writers.acknowledged(3)
      const pid = await platform.pid(part)
      process.kill(pid, 'SIGKILL')
      let seen = ''
      await eventually(
        async () => {
          const next = await platform.pid(part).catch(() => pid)
          const { code, stdout, stderr } = await platform.akko('status')
          seen = `${pid} was killed, now ${next}\n${stdout}${stderr}`
          return next !== pid && code === 0
        },
        () => seen,
      )
      await writers.acknowledged(3)
      await writers.stopAndVerify()
    })
  }

  it('of the supervisor: its children die with it, and the next up recovers', async () => {
    const writers = await startWriters(platform)
    await writers.acknowledged(3)
    const before = JSON.parse((await platform.akko('status', '--json')).stdout) as { supervisor: { pid: number }; parts: { pid: number }[] }
    process.kill(before.supervisor.pid, 'SIGKILL')
    const pids = [...new Set(before.parts.map((p) => p.pid))]
    await eventually(async () => pids.every((pid) => !isAlive(pid)))
    const up = await platform.akko('up')
    expect(up.code, up.stderr).toBe(0)
    await writers.acknowledged(3)
    await writers.stopAndVerify()
    expect((await platform.akko('plan')).code).toBe(0)
  })
})

describe('a pause of every process, as on a machine that swaps', () => {
  const PAUSE_MS = 25_000

  it('ends nothing: none is replaced, and an upload in its middle is stored whole', async () => {
    const lives = async () =>
      (JSON.parse((await platform.akko('status', '--json')).stdout) as { parts: Life[] }).parts.map(({ name, pid, restarts }) => ({
        name,
        pid,
        restarts,
      }))
    const before = await lives()
    const pids = [...new Set(before.map(({ pid }) => pid))]
    expect(pids.length).toBeGreaterThan(1)
    const env = { ...process.env, ...(await platform.env()) }
    const upload = spawn(judgePython(), [join(ROOT, 'test/crash/slow_upload.py'), '40'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const words: string[] = []
    for (const stream of [upload.stdout, upload.stderr]) stream.on('data', (text: Buffer) => words.push(String(text)))
    const ended = new Promise((done) => upload.once('exit', done))
    await eventually(
      async () => words.length >= 3,
      () => words.join(''),
    )
    try {
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      await new Promise((done) => setTimeout(done, PAUSE_MS))
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
    }
    expect(await ended, words.join('')).toBe(0)
    await eventually(async () => (await platform.akko('status')).code === 0)
    expect(await lives()).toEqual(before)
  })
})

interface Life {
  readonly name: string
  readonly pid: number
  readonly restarts: number
}

interface Writers {
  /** Waits until each writer has so many more acknowledged writes. */
  acknowledged(more: number): Promise<void>
  stopAndVerify(): Promise<void>
}

/** Foreign clients that write one small thing after the other and log, synced, what was acknowledged. They retry what failed. */
async function startWriters(target: Platform): Promise<Writers> {
  const env = {
    ...process.env,
    ...(await target.adminEnv()),
    AKKO_STORAGE_ROOT: target.secret('storage.root'),
    AKKO_CATALOG_CREDENTIAL: target.secret(secretName.principal('trino')),
  }
  const script = join(ROOT, 'test/crash/writer.py')
  const running = WRITERS.map((kind) => {
    const log = join(target.home, `acks-${kind}-${Date.now()}-${Math.random().toString(36).slice(2)}.log`)
    const child = spawn(judgePython(), [script, 'write', kind, log], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (d: Buffer) => {
      errors = (errors + String(d)).slice(-4000)
    })
    return { kind, log, child, errors: () => errors }
  })
  const count = (log: string): number => {
    try {
      return readFileSync(log, 'utf8').split('\n').length - 1
    } catch {
      return 0
    }
  }
  return {
    acknowledged: async (more) => {
      const goals = running.map((w) => ({ ...w, goal: count(w.log) + more }))
      await eventually(
        async () => {
          for (const w of goals) if (w.child.exitCode !== null) throw new Error(`the ${w.kind} writer ended: ${w.errors()}`)
          return goals.every((w) => count(w.log) >= w.goal)
        },
        () => goals.map((w) => `${w.kind}: ${count(w.log)} of ${w.goal}; ${w.errors()}`).join('\n'),
      )
    },
    stopAndVerify: async () => {
      await Promise.all(running.map((w) => end(w.child)))
      for (const w of running) {
        expect(count(w.log)).toBeGreaterThan(0)
        const verified = await run(judgePython(), [script, 'verify', w.kind, w.log], { env: { ...env, ...(await target.adminEnv()) } })
        expect(verified.code, `${w.kind}: ${verified.stdout}${verified.stderr}`).toBe(0)
      }
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((r) => child.once('exit', r))
  child.kill('SIGTERM')
  await ended
}

async function eventually(condition: () => Promise<boolean>, explain: () => string = () => ''): Promise<void> {
  const deadline = Date.now() + 90_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within 90 s: ${explain()}`)
    await new Promise((r) => setTimeout(r, 100))
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
