// Reads a home's configuration into a Machine, and makes its folders. Only the command line does; cells are handed the result.
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { defineError } from '#kit/errors'
import { resolveConfig } from '#platform/config'
import type { Site } from '#platform/service'
import { type Machine, portOf } from '#runtime/machine'

export const HomeRefused = defineError('home.refused', 400, 'the home {home} cannot be used: {reason}', {
  blame: 'operator',
  hint: '{cure}',
})

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

/** Beside the PostgreSQL sockets of the same home, which belong to another user when root started it. */
function runFolder(id: string): string {
  if (userInfo().uid === 0) return join('/run/akko', id, 'cells')
  const base = Buffer.byteLength(tmpdir()) <= 60 ? tmpdir() : '/tmp'
  return join(base, `akko-${id}`, 'cells')
}
