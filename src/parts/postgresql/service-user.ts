// As whom PostgreSQL runs, and where its folders lie: never root, and never below a folder that its user cannot enter.
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cellUser, findUser, type SystemUser } from '#kit/system-user'
import { SocketPathTooLong } from '#parts/postgresql/errors'

export type RunAs = SystemUser

/** For root: `postgres`, else the system user of the cells. For everyone else: undefined, the user itself. */
export async function serviceUser(): Promise<RunAs | undefined> {
  return process.getuid?.() === 0 ? (findUser('postgres') ?? cellUser()) : undefined
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

/** Below these the servers' folders lie. */
export interface PostgresPlaces {
  readonly postgres: string
  readonly sockets: string
}

/** Where one server's data and socket lie, by its own folder's name; see "State" in docs/adr. */
export function postgresFolders({ postgres, sockets }: PostgresPlaces, name: string): PostgresFolders {
  return { dataDir: join(postgres, name), socketDir: join(sockets, `pg-${name}`) }
}

/** @throws SocketPathTooLong */
export function assertSocketPath(socketDir: string, port: number): void {
  const path = join(socketDir, `.s.PGSQL.${port}`)
  const length = Buffer.byteLength(path)
  if (length > 107) throw SocketPathTooLong({ path, length })
}
