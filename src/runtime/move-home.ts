// Moves what root's home of the earlier form holds to /var/lib/akko, folder by folder. Interrupted anywhere, the next run goes on where it was.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { defineError } from '#kit/errors'
import { makePassage } from '#kit/private-folder'
import type { SystemUser } from '#kit/system-user'

const BothThere = defineError('home.both_there', 409, 'both {from} and {to} are there, and only one can be the platform’s', {
  blame: 'operator',
  hint: 'move away the one that is not; nothing was changed',
})
const CopyDiffers = defineError('home.copy_differs', 500, 'the copy {to} is not the same as {from}', {
  blame: 'operator',
  hint: 'nothing was removed; check the disk and start again',
})

/** Whose each folder is afterwards. `state` is the last: while it is there, the home counts as not moved. */
const CELLS = ['secrets', 'ca', 'objects']
/** What `up` reads of an earlier one and runs: never the cells' to write. All else of the starter's in `state` is made anew. */
const RECORD = 'postgresql-provider.json'
const STARTERS = ['plan.json', 'machine.json', 'up.pid', 'login.json', 'ca-bundle.pem', RECORD]

export interface Move {
  readonly home: string
  readonly data: string
  readonly cells: SystemUser
  /** A line for each folder. */
  readonly progress: (line: string) => void
}

/** To be called with the home's lock and with nothing running in it. @throws BothThere, CopyDiffers */
export function moveHome(move: Move): void {
  const { home, data } = move
  makePassage(data)
  makePassage(join(data, 'records'))
  moveFolder(move, 'logs', undefined)
  for (const name of CELLS) moveFolder(move, name, move.cells)
  const record = join(home, 'state', RECORD)
  const kept = join(data, 'records', RECORD)
  if (existsSync(record) && !existsSync(kept)) {
    copyFileSync(record, `${kept}.new`)
    chmodSync(`${kept}.new`, 0o644) // homes of before have it 0600; the cockpit's process reads it now
    syncPath(`${kept}.new`)
    renameSync(`${kept}.new`, kept)
    syncPath(dirname(kept))
  }
  rmSync(join(home, 'spool'), { recursive: true, force: true }) // working files of queries that have ended
  moveFolder(move, 'state', move.cells)
  if (!existsSync(join(data, 'state'))) return // a new home: nothing was there to move
  for (const name of readdirSync(join(data, 'state')))
    if (STARTERS.includes(name) || /^trino-.*\.properties$/.test(name)) rmSync(join(data, 'state', name))
}

/** In steps that each leave a state of their own: copy at `.moving`, source at `.moved`, copy in its place, source gone. */
function moveFolder({ home, data, progress }: Move, name: string, owner: SystemUser | undefined): void {
  const from = join(home, name)
  const to = join(data, name)
  const moving = `${to}.moving`
  const moved = `${from}.moved`
  if (existsSync(moved)) {
    if (!existsSync(to)) renameSync(moving, to)
    rmSync(moved, { recursive: true })
    syncPath(data)
  }
  if (!existsSync(from)) return
  if (existsSync(to)) throw BothThere({ from, to })
  progress(`moving ${from} to ${to}`)
  rmSync(moving, { recursive: true, force: true })
  if (lstatSync(from).dev === lstatSync(data).dev) {
    give(from, owner) // first, where only root can enter
    renameSync(from, to)
  } else {
    copyTree(from, moving)
    if (digest(from) !== digest(moving)) throw CopyDiffers({ from, to: moving })
    give(moving, owner)
    renameSync(from, moved)
    syncPath(home)
    renameSync(moving, to)
    syncPath(data)
    rmSync(moved, { recursive: true })
  }
  syncPath(data)
  syncPath(home)
}

function copyTree(from: string, to: string): void {
  mkdirSync(to, { mode: 0o700 })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyTree(source, target)
    else if (entry.isFile()) {
      copyFileSync(source, target, constants.COPYFILE_FICLONE)
      chmodSync(target, lstatSync(source).mode & 0o777)
      syncPath(target)
    }
  }
  syncPath(to)
}

/** Of all names and bytes below a folder, in one order. */
function digest(folder: string): string {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  const walk = (path: string, name: string): void => {
    const stat = lstatSync(path)
    if (stat.isDirectory()) {
      hash.update(`d ${name}\n`)
      for (const entry of readdirSync(path).sort()) walk(join(path, entry), `${name}/${entry}`)
    } else if (stat.isFile()) {
      hash.update(`f ${name} ${stat.size}\n`)
      const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
      try {
        for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) hash.update(buffer.subarray(0, read))
      } finally {
        closeSync(fd)
      }
    }
  }
  walk(folder, '')
  return hash.digest('hex')
}

function give(path: string, owner: SystemUser | undefined): void {
  if (!owner) return
  if (lstatSync(path).isDirectory()) for (const entry of readdirSync(path)) give(join(path, entry), owner)
  lchownSync(path, owner.uid, owner.gid)
}

function syncPath(path: string): void {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
