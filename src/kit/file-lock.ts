// Locks as files: the kernel's flock on a file that only its owner can open. A lock ends with its holder, however that dies; nothing is ever stale.
import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { defineError } from '#kit/errors'

export const LockUnusable = defineError('lock.unusable', 500, 'the lock {path} cannot be used: {reason}', {
  blame: 'operator',
  hint: 'move that file away if it is not yours; flock comes with util-linux',
})

export interface FileLock {
  release(): void
}

/** flock's own code for "somebody else has it". */
const HELD = 75

/** Takes the lock, or returns undefined when another process (or another holder in this one) has it. @throws LockUnusable */
export function tryLockFile(path: string): FileLock | undefined {
  const fd = open(path)
  // The lock belongs to the open file that flock shares with us, so it stays when flock ends.
  const { status, error, stderr } = spawnSync('flock', ['--exclusive', '--nonblock', '--conflict-exit-code', String(HELD), '3'], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
  })
  if (status !== 0) closeSync(fd)
  if (status === HELD) return undefined
  if (status !== 0) throw LockUnusable({ path, reason: error?.message ?? String(stderr).trim() })
  ftruncateSync(fd)
  writeSync(fd, String(process.pid), 0)
  return { release: () => closeSync(fd) }
}

/** The process id that the last holder wrote, for a message; undefined before the first one. */
export function lastHolder(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

/** Runs the body while nobody else holds the lock; `waiting` is called once when it has to wait. */
export async function inTurn<T>(path: string, waiting: () => void, body: () => Promise<T>): Promise<T> {
  let told = false
  let lock = tryLockFile(path)
  while (!lock) {
    if (!told) waiting()
    told = true
    await new Promise((r) => setTimeout(r, 200))
    lock = tryLockFile(path)
  }
  try {
    return await body()
  } finally {
    lock.release()
  }
}

function open(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  let fd: number
  try {
    fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  } catch (error) {
    throw LockUnusable({ path, reason: (error as Error).message }, error)
  }
  const stat = fstatSync(fd)
  if (stat.isFile() && stat.uid === process.getuid?.()) return fd
  closeSync(fd)
  throw LockUnusable({ path, reason: `it belongs to the user with id ${stat.uid}, or is no file` })
}
