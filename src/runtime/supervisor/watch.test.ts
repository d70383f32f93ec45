// A real supervisor over real processes: one page of what all count, and the alerts on what only it knows.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FiringAlert } from '#kit/alert'
import { callSocket, openSocketRequest, readBody } from '#kit/http'
import { readSamples } from '#kit/metric-text'
import { machineAlerts } from '#platform/registry'
import type { RunPlan, SupervisorStatus } from '#runtime/plan'

const MIB = 1024 * 1024
const LIMIT = 4096 * MIB
/** Of the window of restarts and of what must hold for a time, in place of minutes. */
const [WINDOW, HOLD] = [10, 2]
const PATIENCE = { everyMs: 300, lookMs: 500, degradedAfter: 3, stuckMs: 6000 }
let dir: string
let supervisor: ChildProcess
let words = ''

const status = () => callSocket<SupervisorStatus>(join(dir, 'watch', 'status.sock'), { path: '/status' })
const alerts = () => callSocket<FiringAlert[]>(join(dir, 'watch', 'status.sock'), { path: '/alerts' })
const POLL = { timeout: 10_000 }
const named = async () => (await alerts()).map(({ name }) => name)
const tell = (cell: string, what: string) => callSocket(join(dir, 'run', `${cell}.sock`), { method: 'POST', path: `/${what}` })

async function sample(name: string, cell: string): Promise<number | undefined> {
  const page = await readBody(await openSocketRequest(join(dir, 'watch', 'status.sock'), { path: '/metrics' }))
  return readSamples(page, new Set([name])).find(({ labels }) => labels.cell === cell)?.value
}

function planOf(disk: string): RunPlan {
  const cell = (name: string) => ({
    name,
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      '--expose-gc',
      join(import.meta.dirname, 'test-cell.ts'),
      join(dir, 'run', `${name}.sock`),
      disk,
    ],
    env: { PATH: process.env.PATH ?? '', AKKO_LOG_LEVEL: 'error' },
    cwd: resolve(import.meta.dirname, '../../..'),
    stopSignal: 'SIGTERM' as const,
    control: { kind: 'node' as const, socket: join(dir, 'run', `${name}.sock`) },
  })
  return {
    home: dir,
    fingerprint: 'tested',
    socket: join(dir, 'control', 'supervisor.sock'),
    status: { socket: join(dir, 'watch', 'status.sock') },
    logs: { dir: join(dir, 'logs'), maxBytes: MIB, files: 1 },
    watch: {
      everyMs: 250,
      disk,
      alerts: machineAlerts().map((alert) => ({
        ...alert,
        ...(alert.overSeconds === undefined ? {} : { overSeconds: WINDOW }),
        forSeconds: alert.forSeconds === 0 ? 0 : HOLD,
      })),
    },
    policy: { folder: '/nonexistent', command: 'false', args: [] },
    patience: PATIENCE,
    cells: [cell('steady'), { ...cell('capped'), dataLimitBytes: LIMIT }],
    nodes: ['steady', 'capped'].map((name) => ({ name: `part-${name}`, title: name, cell: name, kind: 'part', needs: [] })),
  }
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akko-watch-'))
  for (const name of ['run', 'control', 'watch', 'logs', 'state', 'disk']) {
    mkdirSync(join(dir, name))
    chmodSync(join(dir, name), 0o700)
  }
  const planFile = join(dir, 'state', 'plan.json')
  writeFileSync(planFile, JSON.stringify(planOf(join(dir, 'disk'))))
  const mounted = `mount -t tmpfs -o size=10m,mode=0700 tmpfs "$1" && exec "$0" --disable-warning=ExperimentalWarning "$2" "$3"`
  const main = join(import.meta.dirname, 'main.ts')
  supervisor = spawn('unshare', ['-Urm', 'sh', '-c', mounted, process.execPath, join(dir, 'disk'), main, planFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  supervisor.stderr?.on('data', (text: Buffer) => {
    words += text
  })
  const deadline = Date.now() + 30_000
  while (!(await status().catch(() => undefined))?.ready) {
    if (Date.now() > deadline) throw new Error(`the supervisor does not come up: ${words}`)
    await new Promise((done) => setTimeout(done, 100))
  }
})
afterAll(async () => {
  const ended = new Promise((done) => supervisor?.once('exit', done))
  supervisor?.kill('SIGTERM')
  await ended
  rmSync(dir, { recursive: true, force: true })
})

describe('the page', () => {
  it('has what every process counts, and what the supervisor knows of them', async () => {
    await tell('steady', 'start')
    await expect.poll(() => sample('test_told_total', 'steady'), POLL).toBeGreaterThanOrEqual(1)
    await expect.poll(() => sample('akko_cell_up', 'capped'), POLL).toBe(1)
    expect(await sample('akko_cell_data_limit_bytes', 'capped')).toBe(LIMIT)
    expect(await sample('akko_cell_data_limit_bytes', 'steady')).toBeUndefined()
    expect(await sample('process_resident_memory_bytes', 'supervisor')).toBeGreaterThan(10 * MIB)
    expect(await named()).toEqual([])
  })
})

describe('a part that calls itself unwell', () => {
  const state = async () => (await status()).nodes.find(({ name }) => name === 'part-capped')?.state
  const starts = () => sample('test_starts_total', 'capped')
  const settled = () => new Promise((done) => setTimeout(done, 600)) // two looks of the page

  it('once or twice changes nothing; more often it is degraded, and well again by itself', async () => {
    await expect.poll(starts, POLL).toBe(1)
    await tell('capped', `ail/${1.5 * PATIENCE.everyMs}`)
    const seen = new Set<unknown>()
    for (const end = Date.now() + 5 * PATIENCE.everyMs; Date.now() < end; await new Promise((done) => setTimeout(done, 20)))
      seen.add(await state())
    expect([...seen]).toEqual(['healthy'])
    await tell('capped', `ail/${PATIENCE.stuckMs / 2}`)
    await expect.poll(state, POLL).toBe('degraded')
    expect((await status()).ready).toBe(false)
    await expect.poll(state, POLL).toBe('healthy')
    await settled()
    expect(await starts()).toBe(1)
  })

  it('is started again when it stays so for long', async () => {
    const began = Date.now()
    await tell('capped', 'ail/60000')
    await expect.poll(starts, { timeout: 60_000 }).toBe(2)
    expect(Date.now() - began).toBeGreaterThan(PATIENCE.stuckMs)
    await tell('capped', 'ail/0')
    await expect.poll(state, POLL).toBe('healthy')
  })
})

describe('the disk', () => {
  it('DiskNearlyFull, then DiskFull in its place, then none', async () => {
    await tell('steady', `fill/${9.3 * MIB}`)
    await expect.poll(named, POLL).toEqual(['DiskNearlyFull'])
    expect(await alerts()).toEqual([
      expect.objectContaining({ severity: 'warn', text: expect.stringMatching(/^Of the disk of the home [67](\.\d)? % is free$/) }),
    ])
    await tell('steady', `fill/${9.9 * MIB}`)
    await expect.poll(named, POLL).toEqual(['DiskFull'])
    await tell('steady', 'fill/0')
    await expect.poll(named, POLL).toEqual([])
  })
})

describe('the memory of a process', () => {
  it('ProcessMemoryNearLimit: after it held for a time', async () => {
    await expect.poll(() => sample('akko_cell_data_bytes', 'capped'), POLL).toBeGreaterThan(0)
    const holds = (await sample('akko_cell_data_bytes', 'capped')) as number
    await tell('capped', `hold/${Math.round(LIMIT * 0.96 - holds)}`)
    await expect.poll(async () => ((await sample('akko_cell_data_bytes', 'capped')) as number) / LIMIT, POLL).toBeGreaterThan(0.95)
    expect(await named()).toEqual([]) // pending
    await expect.poll(named, POLL).toEqual(['ProcessMemoryNearLimit'])
    const [alert] = await alerts()
    expect(alert).toMatchObject({ part: 'part-capped', labels: { cell: 'capped' }, action: './akko logs capped' })
    expect(Date.now() - Date.parse(alert?.since ?? '')).toBeGreaterThanOrEqual(HOLD * 1000)
    await tell('capped', 'hold/0')
    await expect.poll(named, POLL).toEqual([])
  })
})

describe('a process that ends again and again', () => {
  it('ProcessRestartsAgain: the third time, told with the part; over when it is steady', async () => {
    const pid = async () => (await status()).cells.find(({ name }) => name === 'steady')?.pid as number
    for (let times = 1; times <= 3; times++) {
      expect(await named()).toEqual([])
      const before = await pid()
      process.kill(before, 'SIGKILL')
      await expect.poll(async () => (await status()).ready && (await pid()) !== before, POLL).toBe(true)
      await expect.poll(() => sample('akko_cell_restarts_total', 'steady'), POLL).toBe(times)
    }
    await expect.poll(alerts, POLL).toEqual([
      expect.objectContaining({
        ...{ name: 'ProcessRestartsAgain', severity: 'bad', part: 'part-steady', labels: { cell: 'steady' } },
        text: 'The process steady ended by itself 3 times within 10 minutes',
        action: './akko logs steady',
      }),
    ])
    expect((await status()).alerts).toEqual(await alerts())
    await expect.poll(named, { timeout: 2 * WINDOW * 1000 }).toEqual([])
    const log = readFileSync(join(dir, 'logs', 'supervisor.log'), 'utf8')
    expect(log).toContain('"msg":"alert: The process steady ended by itself')
    expect(log).toContain('"alert":"ProcessRestartsAgain steady","msg":"an alert is over"')
  })
})

describe('a process that does not answer', () => {
  const facts = async () => {
    const cell = (await status()).cells.find(({ name }) => name === 'steady')
    return { pid: cell?.pid as number, restarts: cell?.restarts as number }
  }
  const state = async () => (await status()).nodes.find(({ name }) => name === 'part-steady')?.state

  it('is waited for: it is the same when it goes on', async () => {
    const before = await facts()
    process.kill(before.pid, 'SIGSTOP')
    await expect.poll(state, POLL).toBe('degraded')
    process.kill(before.pid, 'SIGCONT')
    await expect.poll(state, POLL).toBe('healthy')
    expect(await facts()).toEqual(before)
  })

  it('for long is replaced', async () => {
    const before = await facts()
    process.kill(before.pid, 'SIGSTOP')
    await expect.poll(async () => (await facts()).restarts, { timeout: 60_000 }).toBe(before.restarts + 1)
    await expect.poll(state, POLL).toBe('healthy')
    expect((await facts()).pid).not.toBe(before.pid)
    expect(readFileSync(join(dir, 'logs', 'steady.log'), 'utf8')).toContain(
      `process says nothing for ${PATIENCE.stuckMs / 1000} s: it is replaced`,
    )
  })
})
