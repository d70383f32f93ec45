// One home on one machine: its folders, sockets, ports and settings, resolved once and passed down.
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { defineError } from '#kit/errors'
import { type Config, type ResolvedConfig, resolveConfig } from '#platform/config'
import { serviceNamed } from '#platform/registry'
import type { Cell, Site } from '#platform/service'

export const HomeRefused = defineError('home.refused', 400, 'the home {home} cannot be used: {reason}', {
  blame: 'operator',
  hint: '{cure}',
})

export interface Machine {
  readonly home: string
  /** Twelve hex digits of the home's path; names its sockets and its PostgreSQL folder. */
  readonly id: string
  readonly config: Config
  readonly origins: ResolvedConfig['origins']
  readonly site: Site
  readonly paths: Paths
}

export interface Paths {
  readonly config: string
  readonly state: string
  readonly secrets: string
  readonly ca: string
  readonly logs: string
  readonly objects: string
  readonly spool: string
  /** Sockets and pipes; at most 60 bytes, 0700. */
  readonly run: string
}

export const HOST = '127.0.0.1'
/** Where clients outside the platform reach it: they do not resolve `*.localhost`. */
export const CLIENT_HOST = 'localhost'

/** The home asked for: flag, `AKKO_HOME`, or `~/.akko`. */
export function homePath(flag: string | undefined): string {
  const home = flag ?? process.env.AKKO_HOME ?? join(homedir(), '.akko')
  return isAbsolute(home) ? home : resolve(home)
}

/** Reads the configuration of a home without creating anything. */
export function loadMachine(homeFlag: string | undefined, flags: Readonly<Record<string, unknown>> = {}): Machine {
  const given = homePath(homeFlag)
  const home = existsSync(given) ? realpathSync(given) : given
  if (/[*?[\]{}]/.test(home))
    throw HomeRefused({ home, reason: 'its path holds a glob character', cure: 'choose a path without any of * ? [ ] { }' })
  const file = join(home, 'config.yaml')
  const { config, origins } = resolveConfig({
    file: existsSync(file) ? { path: file, text: readFileSync(file, 'utf8') } : undefined,
    env: process.env,
    flags,
  })
  const id = createHash('sha256').update(home).digest('hex').slice(0, 12)
  const site: Site = { shape: 'machine', domain: config.domain, publicPort: portOf(config, 'gateway'), demo: config.demo }
  return {
    home,
    id,
    config,
    origins,
    site,
    paths: {
      config: file,
      state: join(home, 'state'),
      secrets: join(home, 'secrets'),
      ca: join(home, 'ca'),
      logs: join(home, 'logs'),
      objects: join(home, 'objects'),
      spool: join(home, 'spool'),
      run: runFolder(id),
    },
  }
}

/** Makes the home's folders, 0700; a clear error when it cannot. */
export function createHome(machine: Machine): void {
  const { home, paths } = machine
  try {
    makeFolder(home)
    accessSync(home, constants.W_OK)
  } catch (error) {
    throw HomeRefused(
      { home, reason: (error as Error).message, cure: 'choose another with --home or AKKO_HOME, or make it writable' },
      error,
    )
  }
  if ((statSync(home).mode & 0o077) !== 0) throw HomeRefused({ home, reason: 'other users may enter it', cure: `chmod 700 ${home}` })
  for (const dir of [paths.state, paths.secrets, paths.ca, paths.logs, paths.objects, paths.spool])
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  mkdirSync(dirname(paths.run), { recursive: true, mode: userInfo().uid === 0 ? 0o711 : 0o700 })
  mkdirSync(paths.run, { recursive: true, mode: 0o700 })
}

/** Level by level: a recursive mkdir never ends where the file system answers ENOENT to it, as /proc does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/** The port of a service's door on this machine. */
export function port(machine: Machine, service: string, name = 'main'): number {
  return portOf(machine.config, service, name)
}

/** The control socket of a cell. */
export function cellSocket(machine: Machine, cell: Cell): string {
  return join(machine.paths.run, `${cell}.sock`)
}

/** A private socket that one cell serves for another. */
export function privateSocket(machine: Machine, name: 'engine-api' | 'files'): string {
  return join(machine.paths.run, `${name}.sock`)
}

export function supervisorSocket(machine: Machine): string {
  return join(machine.paths.run, 'supervisor.sock')
}

/** `https://localhost:8443`, and what lies below it. */
export function clientUrl(machine: Machine, path = ''): string {
  return `https://${CLIENT_HOST}:${port(machine, 'gateway')}${path}`
}

function portOf(config: Config, service: string, name = 'main'): number {
  const number = serviceNamed(service).machine?.ports[name]
  if (number === undefined) throw new Error(`${service} declares no port ${name} on one machine`)
  return number + config.portOffset
}

/** Beside the PostgreSQL sockets of the same home, which belong to another user when root started it. */
function runFolder(id: string): string {
  if (userInfo().uid === 0) return join('/run/akko', id, 'cells')
  const base = Buffer.byteLength(tmpdir()) <= 60 ? tmpdir() : '/tmp'
  return join(base, `akko-${id}`, 'cells')
}
