// As whom PostgreSQL runs, and where its folders lie: never root, and never below a folder that its user cannot enter.
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { ForeignFolder, SocketPathTooLong } from './errors.ts'
import { run } from './run.ts'

export type PostgresServer = 'postgresql' | 'postgresql-data'

export interface RunAs {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

const OWN_USER = 'akko'
/** The server's folder under the home or the machine's state folder. */
const FOLDER: Readonly<Record<PostgresServer, string>> = { postgresql: 'infra', 'postgresql-data': 'data' }

/** For root: `postgres`, else the system user `akko`, which is made. For everyone else: undefined, the user itself. */
export async function serviceUser(): Promise<RunAs | undefined> {
  if (userInfo().uid !== 0) return undefined
  const existing = readUser('postgres') ?? readUser(OWN_USER)
  if (existing) return existing
  await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    OWN_USER,
  ])
  const made = readUser(OWN_USER)
  if (!made) throw new Error(`the system user ${OWN_USER} was made and is not in /etc/passwd`)
  return made
}

function readUser(name: string): RunAs | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((l) => l.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid && uid !== '0' ? { uid: Number(uid), gid: Number(gid), name } : undefined
}

/** Whether a user can enter this folder: each part of the path lets others through, or is its own. */
export function reachable(path: string, uid: number): boolean {
  for (let at = path; ; at = dirname(at)) {
    try {
      const stat = statSync(at)
      const bit = stat.uid === uid ? 0o100 : 0o001
      if ((stat.mode & bit) === 0) return false
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return false
    }
    if (at === dirname(at)) return true
  }
}

/** The preferred cache, or `/var/cache/akko` when PostgreSQL's user cannot enter that one (root's home is 0700). */
export function postgresCacheDir(preferred: string, runAs: RunAs | undefined): string {
  return runAs === undefined || reachable(preferred, runAs.uid) ? preferred : '/var/cache/akko'
}

export interface PostgresFolders {
  readonly dataDir: string
  readonly socketDir: string
}

/** Where one server's data and socket lie; see "State" in docs/adr. */
export function postgresFolders(home: string, server: PostgresServer, runAs: RunAs | undefined): PostgresFolders {
  const id = createHash('sha256').update(realpathSync(home)).digest('hex').slice(0, 12)
  const name = FOLDER[server]
  return runAs === undefined
    ? { dataDir: join(home, 'pg', name), socketDir: join(shortTemporaryFolder(), `akko-${id}`, `pg-${name}`) }
    : { dataDir: join('/var/lib/akko', id, name), socketDir: join('/run/akko', id, `pg-${name}`) }
}

/** Socket paths are short or fatal, so a long TMPDIR is passed over. */
function shortTemporaryFolder(): string {
  return Buffer.byteLength(tmpdir()) <= 60 ? tmpdir() : '/tmp'
}

/** A folder of 0700 that belongs to the server's user; a foreign one or a link in its place is refused. */
export function makeOwnFolder(path: string, runAs: RunAs | undefined, chown: (path: string, uid: number, gid: number) => void): boolean {
  const uid = runAs?.uid ?? userInfo().uid
  mkdirSync(dirname(path), { recursive: true, mode: runAs ? 0o711 : 0o700 })
  assertSafeParent(dirname(path), runAs)
  try {
    mkdirSync(path, { mode: 0o700 })
    if (runAs) chown(path, runAs.uid, runAs.gid)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const stat = lstatSync(path)
  if (!stat.isDirectory()) throw ForeignFolder({ path, reason: 'is not a folder' })
  if (stat.uid === 0 && runAs) chown(path, runAs.uid, runAs.gid)
  else if (stat.uid !== uid) throw ForeignFolder({ path, reason: `belongs to the user with id ${stat.uid}` })
  return false
}

/** In a shared temporary folder somebody else could have made our parent first. */
function assertSafeParent(path: string, runAs: RunAs | undefined): void {
  const stat = lstatSync(path)
  if (!stat.isDirectory()) throw ForeignFolder({ path, reason: 'is not a folder' })
  const sticky = (stat.mode & 0o1000) !== 0
  if (!sticky && stat.uid !== 0 && stat.uid !== userInfo().uid && stat.uid !== runAs?.uid)
    throw ForeignFolder({ path, reason: `belongs to the user with id ${stat.uid}` })
}

/** @throws SocketPathTooLong */
export function assertSocketPath(socketDir: string, port: number): void {
  const path = join(socketDir, `.s.PGSQL.${port}`)
  const length = Buffer.byteLength(path)
  if (length > 107) throw SocketPathTooLong({ path, length })
}
