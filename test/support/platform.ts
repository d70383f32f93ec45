// A whole platform for tests: started by the launcher as a user would, in a temporary home, on its own ports.
import { type ExecFileException, execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { locateHome } from '#runtime/home'
import { removeHome } from '#runtime/remove-home'
import { platformBehind } from '#test/support/doors'
import { claimOffset, releaseOffset } from '#test/support/port-offsets'

export const ROOT = resolve(import.meta.dirname, '../..')

export interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; never throws for its exit code. */
export function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string; cwd?: string; timeoutMs?: number } = {},
): Promise<Run> {
  return new Promise((done) => {
    const child = execFile(
      command,
      [...args],
      { env: options.env ?? process.env, cwd: options.cwd ?? ROOT, maxBuffer: 64 * 1024 * 1024, timeout: options.timeoutMs ?? 180_000 },
      (error: ExecFileException | null, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    )
    child.stdin?.on('error', () => {}) // it may end without reading
    child.stdin?.end(options.input)
  })
}

/** `./akko ...` in a home. */
export function akko(
  home: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string; timeoutMs?: number } = {},
): Promise<Run> {
  return run(join(ROOT, 'akko'), ['--home', home, ...args], { ...options, env: { ...(options.env ?? process.env), AKKO_HOME: home } })
}

export interface Platform {
  readonly home: string
  readonly portOffset: number
  /** What `akko env` gives to a user. */
  env(user?: string): Promise<Record<string, string>>
  /** The same for an administrator who asks for what goes around every policy. */
  adminEnv(): Promise<Record<string, string>>
  akko(...args: string[]): Promise<Run>
  /** The process id of a part, from `status`. */
  pid(part: string): Promise<number>
  secret(name: string): string
  /** Where a part answers inside the platform, without the gateway. */
  address(part: 'identity' | 'catalog' | 'iam'): URL
  /** Of a host that browsers use, e.g. `bi`; '' is the cockpit's. */
  origin(host: string): string
  down(): Promise<void>
  /** What `up` printed, where the test started it. */
  readonly startedWith?: Run
}

/** The platform that the stage started (see platform-setup.ts), or the one whose doors a file describes. */
export function platform(): Platform {
  if (process.env.AKKO_TEST_DOORS) return platformBehind(process.env.AKKO_TEST_DOORS)
  const home = process.env.AKKO_TEST_HOME
  if (!home) throw new Error('this test runs in a stage of `./akko test`, which starts the platform')
  return platformIn(home, Number(process.env.AKKO_TEST_OFFSET))
}

export function platformIn(home: string, portOffset: number): Platform {
  const cli = (...args: string[]) => akko(home, args)
  const env = async (...flags: string[]) => {
    const result = await cli('env', '--format', 'json', ...flags)
    if (result.code !== 0) throw new Error(`akko env: ${result.stderr}${result.stdout}`)
    return JSON.parse(result.stdout) as Record<string, string>
  }
  return {
    home,
    portOffset,
    akko: cli,
    env: (user) => env(...(user ? ['--user', user] : [])),
    adminEnv: () => env('--admin'),
    pid: async (part) => {
      const { parts } = JSON.parse((await cli('status', '--json')).stdout) as { parts: { name: string; pid: number }[] }
      const found = parts.find((p) => p.name === part)
      if (!found) throw new Error(`no part ${part}`)
      return found.pid
    },
    secret: (name) => readFileSync(join(locateHome(home).paths.secrets, encodeURIComponent(name)), 'utf8'),
    address: (part) => new URL(`http://127.0.0.1:${{ identity: 8180, catalog: 8181, iam: 8333 }[part] + portOffset}`),
    origin: (host) => `https://${host === '' ? '' : `${host}.`}akko.localhost:${8443 + portOffset}`,
    down: async () => {
      await cli('down')
      removeHome(home)
      rmSync(home, { recursive: true, force: true })
      releaseOffset(portOffset)
    },
  }
}

/** Starts a new platform; the caller ends it with `down`. */
export async function startPlatform(flags: readonly string[] = [], home = mkdtempSync(join(tmpdir(), 'akko-home-'))): Promise<Platform> {
  for (let attempt = 1; ; attempt++) {
    const portOffset = claimOffset()
    const started = await akko(home, ['up', '--port-offset', String(portOffset), ...flags], { timeoutMs: 600_000 })
    if (started.code === 0) return { ...platformIn(home, portOffset), startedWith: started }
    if (attempt === 5 || !/is taken by/.test(started.stderr))
      throw new Error(`akko up failed (${started.code})\n${started.stderr}\n${started.stdout}`)
  }
}
