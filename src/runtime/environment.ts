// What our processes get of the starter's environment: where programs, home and temporary files are, language and time zone. Nothing else.
import { makePrivateFolder } from '#kit/private-folder'
import type { SystemUser } from '#kit/system-user'
import type { Machine } from '#runtime/machine'

const NAMES = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LANGUAGE', 'NODE_COMPILE_CACHE']
/** Where Node keeps compiled code for root's cells: theirs, since what lies there is run. */
const COMPILE_CACHE = '/var/cache/akko/compile'

/** An allow-list: a secret that a shell, a CI runner or a service manager holds reaches no process of ours. */
export function processEnvironment(starter: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(starter).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && (NAMES.includes(entry[0]) || /^LC_[A-Z]+$/.test(entry[0])),
    ),
  )
}

/** For a cell: nothing that points into the starter's own folders when it runs as another user. */
export function cellEnvironment(machine: Machine, user: SystemUser | undefined): Record<string, string> {
  const own = processEnvironment()
  if (!user) return own
  delete own.TMPDIR
  return { ...own, HOME: machine.paths.state, NODE_COMPILE_CACHE: COMPILE_CACHE }
}

/** Before cells of another user start. */
export function createCompileCache(user: SystemUser | undefined): void {
  if (user) makePrivateFolder(COMPILE_CACHE, user, 0o755)
}
