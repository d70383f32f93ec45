// Where a home's things lie; reads its configuration into a Machine, and makes its folders. Only the command line does; cells are handed the result.
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { defineError } from '#kit/errors'
import { makePassage, makePrivateFolder } from '#kit/private-folder'
import type { SystemUser } from '#kit/system-user'
import { problemsOf } from '#parts/sql/groups/check'
import { type Config, type FlagValue, type ResolvedConfig, resolveConfig, type SettingProblem } from '#platform/config'
import { frontService } from '#platform/registry'
import type { Site } from '#platform/service'
import { sqlSettings } from '#platform/services/sql'
import { type Machine, machineFile, type Paths, portOf } from '#runtime/machine'
import { isUnmoved, readPointer, SYSTEM_DATA, writePointer } from '#runtime/pointer'
import { recordRunFolder, runFolder } from '#runtime/run-folder'
import { sharingProblems } from '#runtime/sharing'

export const HomeRefused = defineError('home.refused', 400, 'the home {home} cannot be used: {reason}', {
  blame: 'operator',
  hint: '{cure}',
})

/** The home asked for: flag, `AKKO_HOME`, or `~/.akko`. */
export function homePath(flag: string | undefined): string {
  // A variable of a script that was not set would make a home of the folder that it runs in.
  if (flag === '') throw HomeRefused({ home: "''", reason: 'its name is empty', cure: 'name a folder, or leave --home out for ~/.akko' })
  const home = flag ?? (process.env.AKKO_HOME || join(homedir(), '.akko'))
  return isAbsolute(home) ? home : resolve(home)
}

export interface Located {
  readonly home: string
  readonly id: string
  readonly paths: Paths
}

/** Where a home's things lie; asks for no configuration, so that a home with a broken one can be found and removed. */
export function locateHome(homeFlag: string | undefined): Located {
  const given = homePath(homeFlag)
  const home = existsSync(given) ? realpathSync(given) : given
  if (/[*?[\]{}]/.test(home))
    throw HomeRefused({ home, reason: 'its path holds a glob character', cure: 'choose a path without any of * ? [ ] { }' })
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 12)
  if (process.getuid?.() !== 0) return { home, id: hash, paths: together(home, runFolder(hash, home), join(home, 'pg')) }
  const data = readPointer(home) ?? join(SYSTEM_DATA, hash)
  const id = basename(data)
  return { home, id, paths: isUnmoved(home) ? together(home, runFolder(id, home), data) : apart(home, runFolder(id, home), data) }
}

/** Everything below the home, of one user. Root's homes were like this once, but for PostgreSQL's data. */
function together(home: string, sockets: string, postgres: string): Paths {
  const state = join(home, 'state')
  const run = join(sockets, 'cells')
  return { ...inHome(home), ...keptIn(home), data: home, records: state, state, postgres, sockets, run, control: run, watch: run }
}

/** Root's: what the cells keep is theirs, what root runs and reads is root's, and PostgreSQL's is its user's. */
function apart(home: string, sockets: string, data: string): Paths {
  const folder = (name: string) => join(sockets, name)
  return {
    ...inHome(home),
    ...keptIn(data),
    data,
    records: join(data, 'records'),
    state: join(data, 'state'),
    postgres: data,
    sockets,
    run: folder('cells'),
    control: folder('supervisor'),
    watch: folder('status'),
  }
}

const inHome = (home: string) => ({ config: join(home, 'config.yaml'), lock: join(home, 'lock') })

const keptIn = (folder: string) => ({
  secrets: join(folder, 'secrets'),
  ca: join(folder, 'ca'),
  logs: join(folder, 'logs'),
  objects: join(folder, 'objects'),
  spool: join(folder, 'spool'),
  people: join(folder, 'people'),
})

/** Reads the configuration of a home without creating anything. */
export function loadMachine(homeFlag: string | undefined, flags: Readonly<Record<string, FlagValue>> = {}): Machine {
  const located = locateHome(homeFlag)
  const file = located.paths.config
  const text = existsSync(file) ? { path: file, text: readFileSync(file, 'utf8') } : undefined
  return configured(located, resolveConfig({ file: text, env: process.env, flags, check }))
}

const check = (config: object): SettingProblem[] => [...queueProblems(config), ...sharingProblems(config as Config)]

const queueProblems = (config: object): SettingProblem[] =>
  problemsOf(sqlSettings.of(config).resourceGroups).map(({ path, text }) => ({
    path: [sqlSettings.key, 'resourceGroups', ...path],
    problem: text,
  }))

/** Of a home with broken settings: as it ran last, else with the defaults. */
export function recordedMachine(homeFlag: string | undefined): Machine {
  const located = locateHome(homeFlag)
  const file = machineFile(located)
  if (existsSync(file)) return { ...(JSON.parse(readFileSync(file, 'utf8')) as Machine), ...located }
  return configured(located, resolveConfig({ file: undefined, env: {}, flags: {} }))
}

function configured(located: Located, { config, origins }: ResolvedConfig): Machine {
  const site: Site = { shape: 'machine', domain: config.domain, publicPort: portOf(config, frontService().name), demo: config.demo }
  return { ...located, config, origins, site }
}

/** Of a home that an `up` was in, or that somebody wrote settings for. */
const MARKS = ['config.yaml', 'location.json', 'run.json', join('state', 'plan.json')]
/** Made before any of them, by an `up` that was then refused. */
const LOCK = 'lock'

/** Makes the home itself, 0700, and says which folders that were; a clear error when it cannot, when it is another user's, and when it is no home. */
export function createHome(home: string): readonly string[] {
  const made = reported(home, () => {
    const folders = makeFolder(home)
    accessSync(home, constants.W_OK)
    return folders
  })
  const found = statSync(home)
  const isOurs = found.isDirectory() && MARKS.some((name) => existsSync(join(home, name)))
  if (!found.isDirectory() || (!isOurs && readdirSync(home).some((name) => name !== LOCK)))
    throw HomeRefused({
      home,
      reason: found.isDirectory() ? 'it is not a home, and other things lie in it' : 'it is not a folder',
      cure: 'name an empty or new folder with --home or AKKO_HOME',
    })
  if (found.uid !== process.getuid?.())
    throw HomeRefused({
      home,
      reason: `it belongs to the user with id ${found.uid}`,
      cure: 'start it as that user, or choose another with --home',
    })
  if ((found.mode & 0o077) !== 0)
    throw HomeRefused({
      home,
      reason: 'other users may enter it',
      cure: isOurs ? `chmod 700 ${home}` : `name a new folder, or, where this one is for nothing else: chmod 700 ${home}`,
    })
  return made
}

function reported<T>(home: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    throw HomeRefused(
      { home, reason: (error as Error).message, cure: 'choose another with --home or AKKO_HOME, or make it writable' },
      error,
    )
  }
}

/** Takes back what `createHome` made, as far as nothing lies in it. */
export function removeEmpty(folders: readonly string[]): void {
  try {
    for (const folder of folders.toReversed()) rmdirSync(folder)
  } catch {
    // something lies in it by now
  }
}

/** The folders of a home, each with its owner: the starter, or for root's the cells' user. */
export function createFolders({ home, id, paths }: Located, cells: SystemUser | undefined): void {
  if (cells) makePassage(paths.data)
  for (const dir of [paths.state, paths.secrets, paths.ca, paths.objects, paths.spool]) makePrivateFolder(dir, cells)
  makePrivateFolder(paths.logs)
  if (cells) {
    for (const dir of [paths.records, paths.sockets, paths.watch, paths.people]) makePassage(dir)
    writePointer(home, paths.data)
  } else for (const dir of [paths.sockets, paths.people]) makePrivateFolder(dir)
  makePrivateFolder(paths.run, cells)
  makePrivateFolder(paths.control)
  recordRunFolder(home, { id, run: paths.sockets })
}

/** Level by level: a recursive mkdir never ends where the file system answers ENOENT to it, as /proc does. Answers what it made, the outermost first. */
function makeFolder(path: string): string[] {
  if (existsSync(path)) return []
  const above = makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
  return [...above, path]
}
