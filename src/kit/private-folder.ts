// Folders that are one user's alone, and the sockets in them: made or refused, never trusted because of their name.
import { chmodSync, chownSync, lstatSync, mkdirSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { defineError } from '#kit/errors'

export const FolderRefused = defineError('folder.refused', 409, '{path} {reason}', {
  blame: 'operator',
  hint: 'it was left as it is: move it away or correct its owner, or choose another place (TMPDIR, --home)',
})
export const SocketRefused = defineError('socket.refused', 403, 'the socket {path} is not trusted: {reason}', {
  blame: 'operator',
  hint: 'another user made it; move it away, then `akko down` and `akko up`',
})

export interface Owner {
  readonly uid: number
  readonly gid: number
}

const ownUid = (): number => process.getuid?.() ?? -1

/**
 * Makes a folder of 0700 for its owner (the caller, or whom root gives it to), or checks the one that is there: a link, another's folder or one that
 * others may enter is refused. Missing parents are made, `parentMode` for them. True: it was made. @throws FolderRefused
 */
export function makePrivateFolder(path: string, owner?: Owner, parentMode = 0o700): boolean {
  mkdirSync(dirname(path), { recursive: true, mode: parentMode })
  assertSafeParent(path)
  const uid = owner?.uid ?? ownUid()
  const made = makeFolder(path)
  const found = lstatSync(path)
  // Not yet given away: made just now, or by a run that ended in between.
  if (owner && found.isDirectory() && found.uid === ownUid()) chownSync(path, owner.uid, owner.gid)
  const reason = whyNotPrivate(lstatSync(path), uid)
  if (reason) throw FolderRefused({ path, reason })
  return made
}

/** A folder of this user's that others pass through (0711) to what is theirs in it. @throws FolderRefused */
export function makePassage(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 })
  assertSafeParent(path)
  makeFolder(path)
  const stat = lstatSync(path)
  if (!stat.isDirectory()) throw FolderRefused({ path, reason: 'is not a folder' })
  if (stat.uid !== ownUid()) throw FolderRefused({ path, reason: `belongs to the user with id ${stat.uid}` })
  if ((stat.mode & 0o777) !== 0o711) chmodSync(path, 0o711)
}

function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

/** Before a socket is made in it: the folder is this user's alone; a passage is enough for a socket with a group. @throws FolderRefused */
export function assertPrivateFolder(path: string, passage = false): void {
  const stat = lstatSync(path)
  const reason = passage ? whyNotOwn(stat, ownUid()) : whyNotPrivate(stat, ownUid())
  if (reason) throw FolderRefused({ path, reason })
}

/**
 * Before a socket is connected to: nobody but its owner could have put it there, and that owner is this user, or root, or the user to whom root (being us)
 * gave the folder. A socket that is not there passes: connecting says so. @throws SocketRefused
 */
export function assertTrustedSocket(path: string): void {
  let socket: Stats
  try {
    socket = lstatSync(path)
  } catch {
    return
  }
  const folder = lstatSync(dirname(path))
  const own = ownUid()
  const refuse = (reason: string) => SocketRefused({ path, reason })
  if (!socket.isSocket()) throw refuse('it is no socket')
  const given = own === 0 && lstatSync(dirname(dirname(path))).uid === 0
  if (folder.uid !== own && folder.uid !== 0 && !given) throw refuse(`its folder belongs to the user with id ${folder.uid}`)
  const reason = whyNotOwn(folder, folder.uid)
  if (reason) throw refuse(`its folder ${reason}`)
  if (socket.uid !== folder.uid && socket.uid !== 0) throw refuse(`it belongs to the user with id ${socket.uid}`)
}

function whyNotPrivate(stat: Stats, uid: number): string | undefined {
  return whyNotOwn(stat, uid) ?? ((stat.mode & 0o077) === 0 ? undefined : 'can be entered by other users')
}

function whyNotOwn(stat: Stats, uid: number): string | undefined {
  if (!stat.isDirectory()) return 'is not a folder'
  if (stat.uid !== uid) return `belongs to the user with id ${stat.uid}`
  return (stat.mode & 0o022) === 0 ? undefined : 'can be written by other users'
}

/** In a shared folder somebody else could have made the parent first, or could exchange what lies in it. */
function assertSafeParent(path: string): void {
  const parent = dirname(path)
  const stat = lstatSync(parent)
  if (!stat.isDirectory()) throw FolderRefused({ path: parent, reason: 'is not a folder' })
  if (stat.uid !== 0 && stat.uid !== ownUid()) throw FolderRefused({ path: parent, reason: `belongs to the user with id ${stat.uid}` })
  const sticky = (stat.mode & 0o1000) !== 0
  if (!sticky && (stat.mode & 0o022) !== 0) throw FolderRefused({ path: parent, reason: 'can be written by other users' })
}
