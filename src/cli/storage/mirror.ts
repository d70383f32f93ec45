// akko storage mirror: one place made to hold what another holds, by content; what is the same already does not travel.
import { createHash } from 'node:crypto'
import { createReadStream, type Dirent } from 'node:fs'
import { mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { copyObject, downloadFile, type InStorage, inside, OutsideFolder, type Storage, uploadFile } from '#cli/storage/copy'
import { below, type Place, StorageUsage } from '#cli/storage/place'
import { defineError } from '#kit/errors'
import { partBytes } from '#wire/s3/upload'

export const NotBoth = defineError('storage.not_both', 409, '{name} would be a file and a folder in {folder}', {
  hint: 'mirror what lies below it by itself, or into another folder',
})
export const NoPath = defineError('storage.no_path', 409, 'the key {name} is no path of a file in {folder}', {
  hint: 'copy it by itself, with the name of a file to write: akko storage cp',
})
export const NothingToMirror = defineError(
  'storage.nothing_to_mirror',
  409,
  '{place} holds nothing, and --delete would leave nothing in {target}',
  {
    hint: 'look whether the place is spelled right; to empty it, use `akko storage rm --recursive`',
  },
)
const NoSuchFolder = defineError('storage.no_such_folder', 404, 'there is no folder {path}', {
  hint: 'a place in storage begins with s3://',
})

export interface MirrorOptions {
  /** Removes from the target what the source has not. */
  readonly remove: boolean
  /** Only tells what would be done. */
  readonly dryRun: boolean
  /** Told how many bytes there are to send before the first, and of those that went. */
  readonly onPlan?: (bytes: number) => void
  readonly onBytes?: (count: number) => void
}

/** Names are relative to the two places. */
export interface Mirrored {
  readonly copied: readonly string[]
  readonly removed: readonly string[]
  /** How many were the same already. */
  readonly same: number
  /** Bytes that were copied. */
  readonly bytes: number
  /** What lies in the folder and is no file: links, sockets. */
  readonly leftOut: readonly string[]
}

interface Thing {
  readonly size: number
  /** The MD5 of its content, or of its parts (`…-3`); a file's is made when it is asked for. */
  readonly etag?: string
}

interface Held {
  readonly things: ReadonlyMap<string, Thing>
  readonly leftOut: readonly string[]
}

const AT_ONCE = 4
const MIB = 1024 * 1024
/** Bytes of a part, by those who upload: AWS' own tools, MinIO's, rclone's, s3cmd's. */
const KNOWN_PARTS = [8, 16, 5, 15, 64, 128].map((mib) => mib * MIB)

/** The plan is made whole before anything is changed. @throws S3Refused, NotBoth, NothingToMirror, OutsideFolder */
export async function mirror(storage: Storage, from: Place, to: Place, options: MirrorOptions): Promise<Mirrored> {
  if (from.kind === 'stream' || to.kind === 'stream' || (from.kind === 'file' && to.kind === 'file'))
    throw StorageUsage({ problem: 'mirror takes two folders, at least one of them s3://BUCKET/PREFIX' })
  assertApart(from, to)
  const [source, target] = [await heldBy(storage, from, true), await heldBy(storage, to, false)]
  if (options.remove && source.things.size === 0 && target.things.size > 0)
    throw NothingToMirror({ place: spelled(from), target: spelled(to) })
  const copied: string[] = []
  let [same, bytes] = [0, 0]
  for (const [name, thing] of source.things) {
    if (await isSame(from, to, name, thing, target.things.get(name))) same++
    else {
      copied.push(name)
      bytes += thing.size
    }
  }
  // What lies where the source has a link is not known to be gone.
  const isLeftOut = (name: string) => source.leftOut.some((left) => name === left || name.startsWith(`${left}/`))
  const removed = options.remove ? [...target.things.keys()].filter((name) => !source.things.has(name) && !isLeftOut(name)) : []
  if (to.kind === 'file') {
    const stay = [...target.things.keys()].filter((name) => !options.remove || source.things.has(name))
    // What lies behind a link is not this folder's.
    assertFits(new Set([...source.things.keys(), ...stay, ...target.leftOut.filter((name) => !source.things.has(name))]), to.path)
  }
  if (!options.dryRun) {
    options.onPlan?.(bytes)
    // What goes, goes last; but what stands where something is to be.
    const isInTheWay = to.kind === 'file' ? wayOf(copied) : () => false
    await removeAll(storage, to, removed.filter(isInTheWay))
    await inTurns(copied, (name) =>
      carry(storage, at(from, name), at(to, name), to.kind === 'file' ? to.path : '', (source.things.get(name) as Thing).size, options),
    )
    await removeAll(
      storage,
      to,
      removed.filter((name) => !isInTheWay(name)),
    )
  }
  return { copied, removed, same, bytes, leftOut: source.leftOut }
}

/** Whether a name is a folder of one that comes, or lies below one. */
function wayOf(copied: readonly string[]): (name: string) => boolean {
  const files = new Set(copied)
  const folders = new Set(copied.flatMap(foldersOf))
  return (name) => folders.has(name) || foldersOf(name).some((folder) => files.has(folder))
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(name: string): string[] {
  const steps = name.split('/')
  return steps.slice(1).map((_, i) => steps.slice(0, i + 1).join('/'))
}

const spelled = (place: Place): string =>
  place.kind === 'object' ? `s3://${place.bucket}/${place.key}` : place.kind === 'file' ? place.path : '-'

function at(place: Place, name: string): Place {
  return place.kind === 'object'
    ? { ...place, key: below(place.key) + name }
    : { kind: 'file', path: inside((place as { path: string }).path, name) }
}

function assertApart(from: Place, to: Place): void {
  if (from.kind !== 'object' || to.kind !== 'object' || from.bucket !== to.bucket) return
  const [a, b] = [below(from.key), below(to.key)]
  if (a.startsWith(b) || b.startsWith(a)) throw StorageUsage({ problem: `one of ${spelled(from)} and ${spelled(to)} lies in the other` })
}

async function heldBy({ objects }: Storage, place: Place, isSource: boolean): Promise<Held> {
  if (place.kind === 'object') {
    const things = new Map<string, Thing>()
    const prefix = below(place.key)
    for await (const { key, size, etag } of objects.entries(place.bucket, prefix))
      if (key !== prefix) things.set(key.slice(prefix.length), { size, etag })
    return { things, leftOut: [] }
  }
  const { path } = place as { path: string }
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (!isSource && error.code === 'ENOENT') return [] as Dirent[]
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR' ? NoSuchFolder({ path }, error) : error
  })
  const things = new Map<string, Thing>()
  const leftOut: string[] = []
  for (const entry of entries) {
    if (entry.isDirectory()) continue
    const name = relative(path, join(entry.parentPath, entry.name)).split(sep).join('/')
    // A name that is no UTF-8 cannot be opened by what it is read as.
    const found = entry.isFile() ? await stat(join(entry.parentPath, entry.name)).catch(() => undefined) : undefined
    if (found) things.set(name, { size: found.size })
    else leftOut.push(name)
  }
  return { things, leftOut }
}

/** Each name is the path of a file in this folder as it stands, and none is a folder of another: what is written has the name that is compared. */
function assertFits(names: ReadonlySet<string>, folder: string): void {
  for (const name of names) {
    inside(folder, name)
    if (name.split('/').some((step) => step === '' || step === '.' || step === '..')) throw NoPath({ name, folder })
    const taken = foldersOf(name).find((folder) => names.has(folder))
    if (taken !== undefined) throw NotBoth({ name: taken, folder })
  }
}

async function isSame(from: Place, to: Place, name: string, one: Thing, other: Thing | undefined): Promise<boolean> {
  if (!other || one.size !== other.size) return false
  if (one.etag !== undefined && other.etag !== undefined) return one.etag === other.etag
  const [object, place] = one.etag !== undefined ? [one, to] : [other, from]
  const { path } = at(place, name) as { path: string }
  return isContent(path, object.size, object.etag as string)
}

/** Whether the file would have this entity tag, in one piece or in parts of the sizes that uploaders use. */
async function isContent(path: string, size: number, etag: string): Promise<boolean> {
  const [, parts] = etag.split('-')
  if (parts === undefined) return (await md5(path, 0, size)).toString('hex') === etag
  const sizes = new Set([partBytes(size), ...KNOWN_PARTS].filter((bytes) => Math.ceil(size / bytes) === Number(parts)))
  for (const bytes of sizes) {
    const all = createHash('md5')
    for (let start = 0; start < size; start += bytes) all.update(await md5(path, start, Math.min(start + bytes, size)))
    if (`${all.digest('hex')}-${parts}` === etag) return true
  }
  return false
}

async function md5(path: string, start: number, end: number): Promise<Buffer> {
  const hash = createHash('md5')
  if (end > start) for await (const data of createReadStream(path, { start, end: end - 1 })) hash.update(data as Buffer)
  return hash.digest()
}

async function removeAll({ objects }: Storage, place: Place, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  if (place.kind === 'object')
    await objects.remove(
      place.bucket,
      names.map((name) => below(place.key) + name),
    )
  else
    for (const name of names) {
      const { path } = at(place, name) as { path: string }
      await rm(path)
      for (let up = dirname(path); up !== (place as { path: string }).path && up.length > 1; up = dirname(up))
        if (
          !(await rmdir(up).then(
            () => true,
            () => false,
          ))
        )
          break
    }
}

/** A link that came after the plan was made. @throws OutsideFolder */
async function assertNoLink(path: string, top: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const [folder, root] = await Promise.all([realpath(dirname(path)), realpath(top)])
  if (folder !== resolve(root, relative(top, dirname(path)))) throw OutsideFolder({ key: relative(top, path), folder: top })
}

/** `top` is the folder that is written to, where it is one. */
async function carry(
  storage: Storage,
  from: Place,
  to: Place,
  top: string,
  size: number,
  { onBytes = () => {} }: MirrorOptions,
): Promise<void> {
  if (from.kind === 'file') await uploadFile(storage.client, from.path, to as InStorage, { onBytes })
  else if (to.kind === 'file') {
    await assertNoLink(to.path, top)
    await rmdir(to.path).catch(() => {}) // An empty folder is in nobody's way; another was found before.
    await downloadFile(storage, from as InStorage, to.path, { onBytes })
  } else {
    await copyObject(storage.client, from as InStorage, to as InStorage)
    onBytes(size)
  }
}

/** Some at once; after the first that fails no other is begun. */
async function inTurns<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  let failure: { readonly error: unknown } | undefined
  const worker = async () => {
    while (next < items.length && !failure)
      await each(items[next++] as T).catch((error: unknown) => {
        failure ??= { error }
      })
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  if (failure) throw failure.error
}
