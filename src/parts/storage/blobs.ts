// The bytes of objects: immutable files objects/<aa>/<bb>/<id>, written aside, moved into place, synced with their folder.
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fsync as fsyncCallback,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  write as writeCallback,
  writeSync,
} from 'node:fs'
import { link, mkdir, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { InsufficientStorage } from '#parts/storage/errors'

/** A file that is being written; it becomes a blob by `keep`, or goes away by `discard`. */
export interface Draft {
  write(data: Buffer): Promise<void> | void
  /** Durable when it resolves; gives the id. */
  keep(): Promise<string>
  discard(): Promise<void>
}

export interface Blobs {
  draft(expectedBytes: number): Draft
  /** Absolute. */
  path(id: string): string
  /** For reading; the caller closes it. */
  openSync(id: string): number
  /** The same bytes under a new id, without copying them. */
  clone(id: string): Promise<string>
  /** Takes a file of the same file system away from where it lies. */
  adopt(path: string): Promise<string>
  /** Frees files that the index does not name any more; who has one open or linked keeps its bytes. */
  remove(ids: readonly string[]): Promise<void>
  /** Removes files from before the start that nothing names; gives their number. */
  sweep(knows: (id: string) => boolean, stopped: () => boolean): Promise<number>
}

const fsync = promisify(fsyncCallback)

function write(fd: number, data: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writeCallback(fd, data, at, data.length - at, null, (error, written) => (error ? reject(error) : resolve(written)))
  })
}

const TEMPORARY = '.tmp'
const BUFFERED = 1024 * 1024
const FILES_PER_FOLDER = 1000
const READ_ONLY = 0o400

interface Folder {
  readonly prefix: string
  readonly path: string
  readonly ready: Promise<void>
  files: number
}

/** `reserveBytes` stay free, so that the index can still record deletions on a full disk. */
export function openBlobs(root: string, reserveBytes: number): Blobs {
  const temporary = join(root, TEMPORARY)
  mkdirSync(temporary, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(temporary)) rmSync(join(temporary, name), { force: true })
  const started = Date.now()
  const syncFolder = createFolderSync()
  let current: Folder | undefined
  /** Ids given out while the sweep runs: they may not be in the index yet. */
  let issued: Set<string> | undefined

  const pathOf = (id: string) => join(root, id.slice(0, 2), id.slice(2, 4), id)

  const makeFolder = async (prefix: string) => {
    const outer = join(root, prefix.slice(0, 2))
    const inner = join(outer, prefix.slice(2))
    const made = await mkdir(inner, { recursive: true, mode: 0o700 })
    if (made === undefined) return
    await syncFolder(outer)
    await syncFolder(root)
  }

  /** Neighbours in time share a folder, so that they share its sync. */
  const folder = async (): Promise<Folder> => {
    if (!current || current.files >= FILES_PER_FOLDER) {
      const prefix = randomBytes(2).toString('hex')
      current = { prefix, path: join(root, prefix.slice(0, 2), prefix.slice(2)), ready: makeFolder(prefix), files: 0 }
    }
    const chosen = current
    chosen.files++
    try {
      await chosen.ready
    } catch (error) {
      if (current === chosen) current = undefined
      throw error
    }
    return chosen
  }

  /** Moved first, synced then: one commit of the journal covers the bytes and the name, which nobody knows before the index does. */
  const place = async (move: (path: string) => void | Promise<void>, syncBytes?: () => Promise<void>): Promise<string> => {
    const { prefix, path } = await folder()
    const id = prefix + randomBytes(14).toString('hex')
    issued?.add(id)
    await move(join(path, id))
    try {
      await both(syncBytes?.(), syncFolder(path))
    } catch (error) {
      await unlink(join(path, id)).catch(() => undefined)
      throw error
    }
    return id
  }

  const demand = (bytes: number) => {
    const { bavail, bsize } = statfsSync(root)
    if (bavail * bsize < bytes + reserveBytes) throw InsufficientStorage()
  }

  return {
    path: pathOf,
    openSync: (id) => openSync(pathOf(id), 'r'),
    draft: (expectedBytes) => {
      demand(expectedBytes)
      return createDraft(join(temporary, randomBytes(12).toString('hex')), place)
    },
    clone: (id) => place((path) => link(pathOf(id), path)),
    adopt: async (from) => {
      const fd = openSync(from, 'r')
      try {
        fchmodSync(fd, READ_ONLY)
        return await place(
          (path) => rename(from, path),
          () => fsync(fd),
        )
      } finally {
        closeSync(fd)
      }
    },
    remove: async (ids) => {
      for (const id of ids) await unlink(pathOf(id)).catch(ignoreMissing)
    },
    sweep: async (knows, stopped) => {
      issued = new Set()
      let removed = 0
      const hex = /^[0-9a-f]{2}$/
      for (const outer of (await readdir(root)).filter((name) => hex.test(name))) {
        for (const inner of (await readdir(join(root, outer))).filter((name) => hex.test(name))) {
          for (const id of await readdir(join(root, outer, inner))) {
            if (stopped()) return removed
            if (knows(id) || issued.has(id)) continue
            const { ctimeMs } = await stat(pathOf(id)).catch(() => ({ ctimeMs: Number.POSITIVE_INFINITY }))
            if (ctimeMs >= started || knows(id)) continue
            await unlink(pathOf(id)).catch(ignoreMissing)
            removed++
          }
        }
      }
      issued = undefined
      return removed
    },
  }
}

type Place = (move: (path: string) => void, syncBytes: () => Promise<void>) => Promise<string>

function createDraft(path: string, place: Place): Draft {
  let fd: number | undefined
  let moved = false
  let pending: Buffer[] = []
  let size = 0
  const take = () => {
    const data = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending)
    pending = []
    size = 0
    fd ??= openSync(path, 'wx', READ_ONLY)
    return { fd, data }
  }
  const flush = async () => {
    const { fd, data } = take()
    for (let at = 0; at < data.length; ) at += await write(fd, data, at)
  }
  /** Small bodies never wait for the thread pool before their sync. */
  const flushRest = () => {
    const { fd, data } = take()
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at)
    return fd
  }
  const discard = async () => {
    if (fd === undefined) return
    closeSync(fd)
    fd = undefined
    if (!moved) await unlink(path).catch(ignoreMissing)
  }
  return {
    write(data) {
      pending.push(data)
      size += data.length
      return size >= BUFFERED ? flush() : undefined
    },
    async keep() {
      try {
        const open = flushRest()
        return await place(
          (final) => {
            renameSync(path, final)
            moved = true
          },
          () => fsync(open),
        )
      } finally {
        await discard()
      }
    },
    discard,
  }
}

/** Waits for both, even when one fails: neither may still use what the other's failure closes. */
async function both(...work: (Promise<void> | undefined)[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason
}

/** Syncs a folder; callers that come while a sync runs share the next one. */
function createFolderSync(): (path: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<void>>()
  const begin = (path: string): Promise<void> => {
    const run = syncOnce(path).finally(() => running.delete(path))
    running.set(path, run)
    return run
  }
  return (path) => {
    const now = running.get(path)
    if (!now) return begin(path)
    const next = waiting.get(path)
    if (next) return next
    const queued = now
      .catch(() => undefined)
      .then(() => {
        waiting.delete(path)
        return begin(path)
      })
    waiting.set(path, queued)
    return queued
  }
}

async function syncOnce(path: string): Promise<void> {
  const fd = openSync(path, 'r')
  try {
    await fsync(fd)
  } finally {
    closeSync(fd)
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
