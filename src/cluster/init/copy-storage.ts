// A copy of every bucket as files: DIR/<time>/<bucket>/<key>, unchanged objects as hard links into the copy before, and a manifest.
//
//   DIR/2026-11-21T040000Z/akko-iceberg/banking/...     the object of that name
//   DIR/2026-11-21T040000Z/_other-names/<sha256>        an object whose name is no file's name (`a//b`, `..`, `a` beside `a/b`)
//   DIR/2026-11-21T040000Z/_manifest/akko-iceberg.jsonl one line per object: its name, its file, size, ETag, time, headers
//
// A copy that is not finished lies in DIR/.unfinished-<time> and is thrown away by the next one.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { BadInput } from '#cluster/init/errors'
import { S3Refused } from '#wire/s3/client'
import { type ObjectEntry, type S3Objects, unquoted } from '#wire/s3/objects'

const MANIFESTS = '_manifest'
const OTHER_NAMES = '_other-names'
const UNFINISHED = '.unfinished-'
const COPY = /^\d{4}-\d\d-\d\dT\d{6}Z$/
const AT_ONCE = 8
/** What S3 takes in one request. */
const LARGEST_PUT = 5 * 1024 ** 3

/** One line of a manifest. */
interface Line extends ObjectEntry {
  /** Below the copy's folder. */
  readonly file: string
  /** Content type and the owner's own metadata, as the storage told them. */
  readonly headers: Readonly<Record<string, string>>
}

export interface CopyReport {
  readonly folder: string
  readonly objects: number
  readonly copied: number
  readonly copiedBytes: number
  readonly linked: number
}

export interface CopyOptions {
  readonly store: S3Objects
  readonly dir: string
  /** How many copies stay. */
  readonly keep: number
  readonly say: (line: string) => void
  readonly now?: Date
}

export async function copyStorage({ store, dir, keep, say, now = new Date() }: CopyOptions): Promise<CopyReport> {
  if (!Number.isInteger(keep) || keep < 1) throw BadInput({ what: '--keep is a number of copies, 1 or more' })
  const name = now.toISOString().replace(/:/g, '').replace(/\.\d+/, '')
  const work = join(dir, UNFINISHED + name)
  for (const old of await readdir(dir)) if (old.startsWith(UNFINISHED)) await rm(join(dir, old), { recursive: true })
  const before = (await copiesIn(dir)).at(-1)
  await mkdir(join(work, MANIFESTS), { recursive: true })
  await mkdir(join(work, OTHER_NAMES))
  const total = { objects: 0, copied: 0, copiedBytes: 0, linked: 0 }
  for (const bucket of (await store.buckets()).sort()) {
    if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(bucket)) throw BadInput({ what: `the bucket ${bucket} has a name that no folder shall have` })
    try {
      const one = await copyBucket(store, bucket, work, before && join(dir, before))
      for (const key of ['objects', 'copied', 'copiedBytes', 'linked'] as const) total[key] += one[key]
      say(`${bucket}: ${one.objects} objects, ${one.copied} copied (${one.copiedBytes} bytes), ${one.linked} unchanged`)
    } catch (error) {
      if (!(error instanceof S3Refused) || error.status !== 403 || error.what !== `list s3://${bucket}/`) throw error
      say(`${bucket}: not copied, this key may not list it`)
    }
  }
  await syncFolder(work)
  await rename(work, join(dir, name))
  await syncFolder(dir)
  for (const old of (await copiesIn(dir)).slice(0, -keep)) await rm(join(dir, old), { recursive: true })
  return { folder: join(dir, name), ...total }
}

/** Names of the finished copies, oldest first. */
export async function copiesIn(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((n) => COPY.test(n)).sort()
}

async function copyBucket(store: S3Objects, bucket: string, work: string, before: string | undefined) {
  await mkdir(join(work, bucket))
  const kept = before ? await readManifest(before, bucket) : new Map<string, Line>()
  const lines: Line[] = []
  const count = { objects: 0, copied: 0, copiedBytes: 0, linked: 0 }
  // Places are taken in the order of the list, so that of `a` and `a/b` it is always `a` that keeps its name.
  let places: Promise<unknown> = Promise.resolve()
  const take = (key: string, make: (path: string) => Promise<void>): Promise<string> => {
    const mine = places.then(() => place(work, bucket, key, make))
    places = mine.catch(() => {})
    return mine
  }
  await inParallel(store.entries(bucket), async (object) => {
    const known = kept.get(object.key)
    const same = known && known.etag === object.etag && known.size === object.size && known.modified === object.modified
    const from = same && before ? join(before, known.file) : undefined
    const file = await take(object.key, (path) => (from ? linkOrCopy(from, path, object.size) : makeEmpty(path)))
    if (from && known && (await stat(join(work, file))).size === object.size) {
      lines.push({ ...known, file })
      count.linked++
    } else {
      const line = await download(store, work, bucket, object, file)
      if (!line) return
      lines.push(line)
      count.copied++
      count.copiedBytes += line.size
    }
    count.objects++
  })
  await writeManifest(work, bucket, lines)
  return count
}

const makeEmpty = async (path: string): Promise<void> => (await open(path, 'wx')).close()

/** An empty file where the copy before has lost its own. */
async function linkOrCopy(from: string, path: string, size: number): Promise<void> {
  const found = await stat(from).catch(() => undefined)
  if (found?.size !== size) return makeEmpty(path)
  try {
    await link(from, path)
  } catch (error) {
    // Only so many names may share one file.
    if ((error as NodeJS.ErrnoException).code !== 'EMLINK') throw error
    await copyFile(from, path)
  }
}

/** Undefined when it was deleted since it was listed. */
async function download(store: S3Objects, work: string, bucket: string, object: ObjectEntry, file: string): Promise<Line | undefined> {
  const path = join(work, file)
  const answer = await store.get(bucket, object.key)
  if (!answer) {
    await rm(path)
    return undefined
  }
  await pipeline(answer.body, createWriteStream(path, { flags: 'r+', flush: true }))
  const { size } = await stat(path)
  const expected = answer.headers['content-length']
  if (expected !== undefined && size !== Number(expected))
    throw new Error(`${bucket}/${object.key} ended after ${size} of ${expected} bytes`)
  const etag = unquoted(answer.headers.etag)
  // Overwritten since it was listed: the next copy shall look again.
  const modified = etag === object.etag ? object.modified : ''
  const headers = Object.entries(answer.headers).filter(
    ([name, value]) => typeof value === 'string' && (/^content-(type|encoding)$/.test(name) || name.startsWith('x-amz-meta-')),
  )
  return { key: object.key, size, etag, modified, file, headers: Object.fromEntries(headers) as Record<string, string> }
}

/** Errors of a file system that mean: this name cannot be here. */
const NO_PLACE = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EINVAL', 'EILSEQ'])

/** Makes the file under the object's name, or under a hash of it where that name cannot be a file's; the place below `work`. */
async function place(work: string, bucket: string, key: string, make: (path: string) => Promise<void>): Promise<string> {
  if (isPlain(key)) {
    const file = join(bucket, key)
    try {
      await mkdir(dirname(join(work, file)), { recursive: true })
      await make(join(work, file))
      return file
    } catch (error) {
      if (!NO_PLACE.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  const file = join(OTHER_NAMES, createHash('sha256').update(`${bucket}/${key}`).digest('hex'))
  await make(join(work, file))
  return file
}

function isPlain(key: string): boolean {
  return key
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0') && Buffer.byteLength(part) <= 255)
}

async function writeManifest(work: string, bucket: string, lines: readonly Line[]): Promise<void> {
  const sorted = [...lines].sort((a, b) => (a.key < b.key ? -1 : 1))
  const file = await open(join(work, MANIFESTS, `${bucket}.jsonl`), 'wx')
  await file.writeFile(sorted.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await file.sync()
  await file.close()
}

async function readManifest(copy: string, bucket: string): Promise<Map<string, Line>> {
  const file = join(copy, MANIFESTS, `${bucket}.jsonl`)
  if (!existsSync(file)) return new Map()
  const lines = (await readFile(file, 'utf8')).split('\n').filter((l) => l !== '')
  return new Map(lines.map((text) => JSON.parse(text) as Line).map((line) => [line.key, line]))
}

export interface RestoreOptions {
  readonly store: S3Objects
  readonly dir: string
  /** Name of a copy in it; without one the newest. */
  readonly from?: string | undefined
  /** Names of buckets; none means all. */
  readonly only?: readonly string[]
  readonly say: (line: string) => void
}

/** Puts every object of a copy back under its name, into buckets that are there; what a bucket holds beside stays. Returns how many. */
export async function restoreStorage({ store, dir, from, only = [], say }: RestoreOptions): Promise<number> {
  const copies = await copiesIn(dir)
  const name = from ?? copies.at(-1)
  if (!name || !copies.includes(name)) throw BadInput({ what: `there is no copy ${name ?? 'at all'}; there are: ${copies.join(' ')}` })
  const copy = join(dir, name)
  const buckets = (await readdir(join(copy, MANIFESTS))).map((n) => n.replace(/\.jsonl$/, '')).sort()
  const unknown = only.find((bucket) => !buckets.includes(bucket))
  if (unknown) throw BadInput({ what: `the copy ${name} has no bucket ${unknown}; it has: ${buckets.join(' ')}` })
  let restored = 0
  for (const bucket of buckets.filter((b) => only.length === 0 || only.includes(b))) {
    const lines = [...(await readManifest(copy, bucket)).values()]
    await inParallel(lines, async (line) => {
      if (line.size > LARGEST_PUT)
        throw BadInput({ what: `${bucket}/${line.key} is too large for one request: put ${line.file} back with \`aws s3 cp\`` })
      const body = { size: line.size, open: () => createReadStream(join(copy, line.file)) }
      await store.put(bucket, line.key, body, { headers: line.headers })
    })
    restored += lines.length
    say(`${bucket}: ${lines.length} objects put back`)
  }
  return restored
}

async function inParallel<T>(items: AsyncIterable<T> | Iterable<T>, body: (item: T) => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>()
  let failed: { error: unknown } | undefined
  for await (const item of items) {
    const mine: Promise<void> = body(item)
      .catch((error) => {
        failed ??= { error }
      })
      .finally(() => running.delete(mine))
    running.add(mine)
    if (running.size >= AT_ONCE) await Promise.race(running)
    if (failed) break
  }
  await Promise.all(running)
  if (failed) throw failed.error
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r')
  await folder.sync()
  await folder.close()
}
