// Where a home's sockets lie: short, this user's alone, and the same for every command however its shell was started.
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Socket paths are short or fatal. */
const MAX_BASE_BYTES = 60
const LINGER = '/var/lib/systemd/linger'

/** What decides; taken from the process by `runFolder`. */
export interface RunFolderFacts {
  readonly uid: number
  readonly user: string
  readonly runtimeDir: string | undefined
  readonly temporary: string
  readonly lingerDir: string
}

/**
 * Root: `/run/akko/<id>`. Others: `XDG_RUNTIME_DIR` when lingering is on (else it is emptied at logout, under a running platform), else the temporary
 * folder, where `makePrivateFolder` refuses what another user laid in its place.
 */
export function chooseRunFolder(id: string, facts: RunFolderFacts): string {
  if (facts.uid === 0) return join('/run/akko', id)
  const { runtimeDir, temporary } = facts
  if (runtimeDir && existsSync(join(facts.lingerDir, facts.user)) && isOwn(runtimeDir, facts.uid) && isShort(runtimeDir))
    return join(runtimeDir, `akko-${id}`)
  return join(isShort(temporary) ? temporary : '/tmp', `akko-${id}`)
}

/** Chosen by the first `up` and kept while it is there, since a shell of cron or of another login has other variables. */
export function runFolder(id: string, home: string): string {
  const recorded = readRecord(home)
  if (recorded?.id === id && existsSync(recorded.run)) return recorded.run
  const { uid, username } = userInfo()
  return chooseRunFolder(id, { uid, user: username, runtimeDir: process.env.XDG_RUNTIME_DIR, temporary: tmpdir(), lingerDir: LINGER })
}

const recordFile = (home: string) => join(home, 'run.json')

interface RunRecord {
  /** Of the home: a copied home does not take the sockets of the first one. */
  readonly id: string
  readonly run: string
}

function readRecord(home: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(home), 'utf8')) as RunRecord
  } catch {
    return undefined
  }
}

export function recordRunFolder(home: string, record: RunRecord): void {
  const known = readRecord(home)
  if (known?.id === record.id && known.run === record.run) return
  writeFileSync(recordFile(home), `${JSON.stringify(record)}\n`, { mode: 0o600 })
}

const isShort = (path: string): boolean => Buffer.byteLength(path) <= MAX_BASE_BYTES

function isOwn(path: string, uid: number): boolean {
  try {
    const stat = lstatSync(path)
    return stat.isDirectory() && stat.uid === uid && (stat.mode & 0o077) === 0
  } catch {
    return false
  }
}
