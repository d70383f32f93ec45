// Processes of one test cluster: started into Linux namespaces of its own, ended exactly, or left running for the next run.
import { execFile, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Options {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly stdin?: string
  readonly timeoutMs?: number
}

/** A place to start in: the words before a command that put it there. */
export type Place = readonly string[]

export class Daemons {
  readonly #folder: string
  readonly #keep: boolean

  /** Records and logs live in `folder`. Unless `keep`, the kernel ends each process when this one dies, however it dies. */
  constructor(folder: string, keep: boolean) {
    this.#folder = folder
    this.#keep = keep
    for (const dir of ['run', 'log']) mkdirSync(join(folder, dir), { recursive: true })
  }

  /** Starts `command` once; returns its pid as seen from here. */
  start(name: string, place: Place, command: readonly string[], env: Options['env'] = {}): number {
    const running = this.pid(name)
    if (running) return running
    const log = openSync(this.logFile(name), 'a')
    const bound = this.#keep ? [] : ['setpriv', '--pdeathsig', 'KILL']
    const [program, ...args] = [...bound, ...place, ...bound, ...command] as [string, ...string[]] // a place may fork
    const child = spawn(program, args, { stdio: ['ignore', log, log], detached: true, env: { ...process.env, ...env } })
    closeSync(log)
    if (child.pid === undefined) throw new Error(`${program} could not be started`)
    child.on('error', () => {})
    if (this.#keep) child.unref()
    writeFileSync(this.#record(name), JSON.stringify([child.pid, bornAt(child.pid)]))
    return child.pid
  }

  /** Pid of a process that this cluster started and that still runs. */
  pid(name: string): number | undefined {
    return runningPid(this.#record(name))
  }

  names(): string[] {
    return readdirSync(join(this.#folder, 'run')).map((f) => f.replace(/\.json$/, ''))
  }

  logFile(name: string): string {
    return join(this.#folder, 'log', `${name}.log`)
  }

  /** Its last words, for the message of a failure. */
  lastWords(name: string): string {
    return existsSync(this.logFile(name)) ? readFileSync(this.logFile(name), 'utf8').split('\n').slice(-12).join('\n') : ''
  }

  async stop(name: string, graceMs = 10_000): Promise<void> {
    const pid = this.pid(name)
    if (pid) {
      signal(pid, graceMs > 0 ? 'SIGTERM' : 'SIGKILL')
      for (const end = Date.now() + graceMs; this.pid(name) && Date.now() < end; ) await sleep(50)
      if (this.pid(name)) signal(pid, 'SIGKILL')
      while (this.pid(name)) await sleep(20)
    }
    rmSync(this.#record(name), { force: true })
  }

  #record(name: string): string {
    return join(this.#folder, 'run', `${name}.json`)
  }
}

/** Pid of a record, when that very process still runs. */
export function runningPid(record: string): number | undefined {
  if (!existsSync(record)) return undefined
  const [pid, born] = JSON.parse(readFileSync(record, 'utf8')) as [number, string]
  return bornAt(pid) === born ? pid : undefined
}

/** What `runningPid` reads, for this process. */
export function ownRecord(): string {
  return JSON.stringify([process.pid, bornAt(process.pid)])
}

/** Start time of a process that is not yet a zombie; tells it from a later one with the same number. */
function bornAt(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {} // gone already
}

/** Runs to the end; a code other than 0 is returned, not thrown. */
export function execute(command: readonly string[], { env, stdin, timeoutMs = 300_000 }: Options = {}): Promise<Result> {
  const [program, ...args] = command as [string, ...string[]]
  return new Promise((done) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 28, timeout: timeoutMs, killSignal: 'SIGKILL' as const }
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
      done({ code, stdout, stderr: error && !stderr ? error.message : stderr })
    })
    child.stdin?.on('error', () => {}) // a program may end without reading its input
    child.stdin?.end(stdin ?? '')
  })
}

/** Asks until it is so; throws with `what`, what was seen last, and `explain()`. */
export async function eventually(
  what: string,
  seconds: number,
  ask: () => Promise<Result>,
  explain: () => string = () => '',
): Promise<void> {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const { code, stdout, stderr } = await ask()
    if (code === 0) return
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}\n${stdout}${stderr}\n${explain()}`)
    await sleep(150)
  }
}
