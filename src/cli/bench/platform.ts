// A platform of the bench's own: a temporary home on free ports, started and stopped by the launcher as a user would.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { defineError } from '#kit/errors'
import { portHolder } from '#kit/processes'
import { type RunAs, serviceUser } from '#parts/postgresql/index'
import { machineServices } from '#platform/registry'
import { loadMachine } from '#runtime/home'
import { HOST, type Machine } from '#runtime/machine'
import { removeHome } from '#runtime/remove-home'

const ROOT = resolve(import.meta.dirname, '../../..')
const FIRST_OFFSET = 30_000
const LAST_OFFSET = 45_000
const STEP = 100

const CommandFailed = defineError('bench.command_failed', 500, '`akko {command}` ended with code {code}: {text}', { blame: 'operator' })
const NoPorts = defineError('bench.no_ports', 500, 'no free range of ports between offsets {first} and {last}', { blame: 'operator' })

export interface BenchPlatform {
  /** A folder on the file system of the home, for floors. */
  readonly scratch: string
  readonly runAs: RunAs | undefined
  /** As the home is configured now. */
  machine(): Machine
  /** Milliseconds of the whole command. */
  up(): Promise<number>
  down(): Promise<void>
  /** Stops it if it runs, and leaves nothing behind. */
  remove(): Promise<void>
}

export async function createBenchPlatform(): Promise<BenchPlatform> {
  const dir = mkdtempSync(join(tmpdir(), 'akko-bench-'))
  const home = join(dir, 'home')
  const scratch = join(dir, 'scratch')
  mkdirSync(scratch)
  const runAs = await serviceUser()
  const portOffset = await freeOffset()
  const machine = () => loadMachine(home, { portOffset: { value: portOffset, flag: '--port-offset' } })
  const command = async (...args: string[]): Promise<number> => {
    const began = performance.now()
    const { code, text } = await run(home, args)
    if (code !== 0) throw CommandFailed({ command: args.join(' '), code: String(code), text: text.trim().slice(-800) })
    return performance.now() - began
  }
  const down = async () => {
    await command('down')
  }
  return {
    scratch,
    runAs,
    machine,
    up: () => command('up', '--port-offset', String(portOffset)),
    down,
    remove: async () => {
      if (existsSync(home)) {
        await down()
        removeHome(home)
      }
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function run(home: string, args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(join(ROOT, 'akko'), ['--home', home, ...args], {
    cwd: ROOT,
    env: { ...process.env, AKKO_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  return new Promise((done) => child.once('exit', (code) => done({ code, text })))
}

async function freeOffset(): Promise<number> {
  const ports = machineServices().flatMap((s) => Object.values(s.machine.ports))
  for (let offset = FIRST_OFFSET; offset <= LAST_OFFSET; offset += STEP) {
    const holders = await Promise.all(ports.map((p) => portHolder(HOST, p + offset)))
    if (holders.every((h) => h === undefined)) return offset
  }
  throw NoPorts({ first: FIRST_OFFSET, last: LAST_OFFSET })
}
