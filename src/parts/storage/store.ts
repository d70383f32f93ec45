// The index of the store: buckets, objects and uploads in LMDB. A change is durable before its promise resolves.
import { type Database, open, type RootDatabase } from 'lmdb'
import { createGroupCommit, type Durably } from '#parts/storage/commits'
import { type Cause, ENGINE_MADE, type EventQueue, type Made, openEventQueue, PLATFORM, QUEUE } from '#parts/storage/events'
import { bringToForm } from '#parts/storage/format'
import { isMarker, NULL_VERSION, newVersion, openHistory, subOf, versionOf } from '#parts/storage/history'
import { type Item, merged, type Page, type Place, pageOf, type Source, type Wanted } from '#parts/storage/listing'
import { defaultRetention, isLocked } from '#parts/storage/lock'
import {
  afterPrefix,
  BESIDE_BUCKETS,
  type BucketRecord,
  type BucketStats,
  keyOf,
  type ObjectRecord,
  objectKey,
  type PartRecord,
  partKey,
  type Settings,
  UNSETTLED,
  type UnsettledKey,
  type UnsettledRecord,
  type UploadRecord,
  unsettledKey,
  uploadKey,
  type Versioned,
  type Versioning,
  type VersionRecord,
} from '#parts/storage/records'
import type { Seal, Sealed } from '#parts/storage/sealing/keyring'
import { openSeals, type Seals } from '#parts/storage/sealing/seals'

/** Whether a change may go on, given what is there, and whether that is the newest version of its key. Called inside the transaction; must not throw. */
export type Precondition = (current: ObjectRecord | undefined, isNewest: boolean) => 'go on' | 'missing' | 'failed'

export interface Done {
  readonly outcome: 'done'
  /** Files that nothing names any more. */
  readonly freed: readonly string[]
  /** That was made or removed; absent where the bucket keeps no versions. */
  readonly version?: string
  /** Whether that is a delete marker. */
  readonly marker?: boolean
}

export type Put = Done | { readonly outcome: 'no bucket' | 'no upload' | 'missing' | 'failed' | 'locked' }

export interface NewObject {
  readonly bucket: string
  readonly key: string
  readonly record: ObjectRecord
  /** Of a sealed file. */
  readonly seal?: Seal | undefined
  /** What made it, for who asked to be told; absent of what the engine brings. */
  readonly made?: Made
}

export interface ObjectName {
  readonly bucket: string
  readonly key: string
}

export interface Deletion {
  readonly key: string
  /** This one goes for good; without it, a bucket that keeps versions only marks the key as deleted. */
  readonly version?: string | undefined
  /** Whether retention by governance does not count. */
  readonly bypass?: boolean
  readonly precondition?: Precondition | undefined
  /** For who asked to be told; absent of what has expired. */
  readonly cause?: Cause
}

export interface ListedVersion {
  readonly record: VersionRecord
  readonly latest: boolean
}

/** The query that brings files, and who runs it. */
export interface Adopter {
  readonly query: string
  readonly owner: string
}

export interface StoredUpload {
  readonly key: string
  readonly uploadId: string
  readonly record: UploadRecord
}

export interface Index {
  readonly env: RootDatabase
  readonly durably: Durably
  readonly queue: EventQueue
  bucket(name: string): BucketRecord | undefined
  buckets(): { name: string; record: BucketRecord }[]
  createBucket(name: string, record: BucketRecord, settings?: Partial<Settings>): Promise<boolean>
  /** With the uploads that are open in it. */
  deleteBucket(name: string): Promise<'missing' | 'not empty' | { readonly freed: readonly string[] }>
  /** Of a bucket whose versions can be locked it is never suspended. */
  setVersioning(bucket: string, versioning: Versioning): Promise<'done' | 'missing' | 'locked'>
  setting<K extends keyof Settings>(bucket: string, name: K): Settings[K] | undefined
  /** Undefined takes it away. False where there is no such bucket, or it is not as it must be for that. */
  set<K extends keyof Settings>(
    bucket: string,
    name: K,
    value: Settings[K] | undefined,
    fits?: (bucket: BucketRecord) => boolean,
  ): Promise<boolean>
  stats(bucket: string): BucketStats
  object(bucket: string, key: string): ObjectRecord | undefined
  /** The newest, or that of the name. */
  version(bucket: string, key: string, version?: string): VersionRecord | undefined
  list(bucket: string, wanted: Wanted): Page<ObjectRecord>
  /** From the newest to the oldest of each key; `sub` is where one stands. */
  listVersions(bucket: string, wanted: Wanted): Page<ListedVersion>
  /** All or none. */
  putObjects(objects: readonly NewObject[], precondition?: Precondition): Promise<Put>
  /** Writes what is known of a version anew; its bytes stay. Undefined where its lock forbids that. */
  change(bucket: string, key: string, version: string, edit: (record: ObjectRecord) => ObjectRecord | undefined, made?: Made): Promise<Put>
  /** Like putObjects; the objects are on record as the query's until `settle` or `discard`. */
  adoptObjects(objects: readonly NewObject[], by: Adopter): Promise<Put>
  /** The query's commit names these: they are objects like others. */
  settle(objects: readonly ObjectName[], by: Adopter): Promise<void>
  /** No commit names these: those that the query adopted, and that are still as it adopted them, are removed. */
  discard(objects: readonly ObjectName[], by: Adopter): Promise<Put>
  /** Those that were last written before then (milliseconds since the epoch), with what is on record of the query that adopted them. Each by itself. */
  removeOlder(objects: readonly ObjectName[], before: number): Promise<readonly Put[]>
  /** Adopted, and neither settled nor discarded: by a query that runs, or one whose end nobody knows. */
  unsettled(): Iterable<ObjectName & { readonly query: string; readonly record: UnsettledRecord }>
  /** Each by itself; one that is not there is done. */
  deleteObjects(bucket: string, deletions: readonly Deletion[]): Promise<readonly Put[]>
  createUpload(bucket: string, key: string, uploadId: string, record: UploadRecord): Promise<boolean>
  upload(bucket: string, key: string, uploadId: string): UploadRecord | undefined
  uploads(bucket: string): Iterable<StoredUpload>
  /** `sub` is the id. */
  listUploads(bucket: string, wanted: Wanted): Page<UploadRecord>
  putPart(bucket: string, key: string, uploadId: string, part: number, record: PartRecord, seal?: Seal): Promise<Put>
  parts(uploadId: string, after: number): Iterable<{ part: number; record: PartRecord }>
  completeUpload(object: NewObject, uploadId: string, precondition?: Precondition): Promise<Put>
  abortUpload(bucket: string, key: string, uploadId: string): Promise<Put>
  /** Whether a file of this id belongs to an object or a part. */
  knows(id: string): boolean
  readonly seals: Seals
  close(): Promise<void>
}

/** `now`: milliseconds since the epoch, by which locks end. */
export function openIndex(path: string, now: () => number = Date.now): Index {
  const env = open({ path, maxDbs: 16, noSubdir: false, overlappingSync: false })
  const buckets: Database<BucketRecord, string> = env.openDB('buckets', {})
  const stats: Database<BucketStats, string> = env.openDB('stats', {})
  const objects: Database<ObjectRecord, Buffer> = env.openDB('objects', { keyEncoding: 'binary' })
  const uploads: Database<UploadRecord, Buffer> = env.openDB('uploads', { keyEncoding: 'binary' })
  const parts: Database<PartRecord, Buffer> = env.openDB('parts', { keyEncoding: 'binary' })
  const files: Database<true | Sealed, string> = env.openDB('files', {})
  // In the database of files, not in one more: with ten of them, commits that failed on a full disk were seen to end the process.
  const unsettled = files as unknown as Database<UnsettledRecord, UnsettledKey>

  const queue = openEventQueue(files as unknown as Database<unknown, never>)

  bringToForm(env, buckets as unknown as Database<number, string>)
  const durably = createGroupCommit(env, path)

  const statsOf = (bucket: string): BucketStats => stats.get(bucket) ?? { objects: 0, bytes: 0 }
  const count = (bucket: string, objectsMore: number, bytesMore: number) => {
    const old = statsOf(bucket)
    stats.put(bucket, { objects: old.objects + objectsMore, bytes: old.bytes + bytesMore })
  }

  const settings = buckets as unknown as Database<Settings[keyof Settings], string[]>
  /** Every request asks. */
  const ofBuckets = new Map<string, Partial<Settings>>()
  const settingsIn = (bucket: string) =>
    settings.getRange({ start: [BESIDE_BUCKETS, bucket], end: [BESIDE_BUCKETS, bucket, BESIDE_BUCKETS] })
  const settingsOf = (bucket: string): Partial<Settings> => {
    let known = ofBuckets.get(bucket)
    if (!known) {
      known = Object.fromEntries([...settingsIn(bucket)].map(({ key, value }) => [key[2], value])) as Partial<Settings>
      if (buckets.get(bucket)) ofBuckets.set(bucket, known)
    }
    return known
  }

  const versioningOf = (bucket: string) => buckets.get(bucket)?.versioning
  const history = openHistory(objects)
  const findVersion = (bucket: string, key: string, version?: string): VersionRecord | undefined => {
    const current = objects.get(objectKey(bucket, key))
    if (version === undefined) return current ?? history.first(bucket, key)
    return current && versionOf(current) === version ? current : history.find(bucket, key, version)
  }

  // From here on: inside a transaction only.

  /** Removes this version, and lets the newest of those that are left take its place. */
  const removeVersion = (bucket: string, key: string, record: VersionRecord, freed: string[]) => {
    const stored = objectKey(bucket, key)
    const current = objects.get(stored)
    const isCurrent = current !== undefined && subOf(current) === subOf(record)
    if (isCurrent) objects.remove(stored)
    else history.remove(bucket, key, record)
    if (!isMarker(record)) {
      files.remove(record.id)
      freed.push(record.id)
      count(bucket, -1, -record.size)
    }
    if ((current && !isCurrent) || !buckets.get(bucket)?.versioning) return
    const next = history.first(bucket, key)
    if (!next || isMarker(next)) return
    history.remove(bucket, key, next)
    objects.put(stored, next)
  }

  /** Makes room for a newer version of the key, and gives its name; where versions are not kept, the one that is there goes. */
  const makeRoom = (bucket: string, key: string, freed: string[]): Versioned => {
    const stored = objectKey(bucket, key)
    const current = objects.get(stored)
    const versioning = buckets.get(bucket)?.versioning
    const replaced = versioning === undefined ? current : versioning === 'Suspended' && findVersion(bucket, key, NULL_VERSION)
    const order = orderOf(current ?? (versioning && history.first(bucket, key))) + 1
    if (replaced) removeVersion(bucket, key, replaced, freed)
    if (versioning === undefined) return {}
    const older = objects.get(stored)
    if (older) {
      history.put(bucket, key, older)
      objects.remove(stored)
    }
    return versioning === 'Enabled' ? { order, version: newVersion(order) } : { order }
  }

  const tell = (
    bucket: string,
    key: string,
    { event, cause }: Made,
    of: Partial<Pick<ObjectRecord, 'size' | 'etag'>> & { version?: string | undefined },
  ) => {
    const rules = settingsOf(bucket).notification
    if (rules) queue.add(rules, { event, bucket, key, at: now(), cause, ...of })
  }

  const store = ({ bucket, key, record, seal, made = ENGINE_MADE }: NewObject, freed: string[]): Versioned => {
    const name = makeRoom(bucket, key, freed)
    const lock = settingsOf(bucket).objectLock
    const retention = record.retention ?? (lock && defaultRetention(lock, record.modified))
    objects.put(objectKey(bucket, key), { ...record, ...name, ...(retention ? { retention } : {}) })
    files.put(record.id, seal?.(record.id) ?? true)
    count(bucket, 1, record.size)
    tell(bucket, key, made, { size: record.size, etag: record.etag, ...versionMade(name) })
    return name
  }

  const remove = (bucket: string, { key, version, bypass = false, precondition, cause }: Deletion): Put => {
    const found = version === undefined ? objects.get(objectKey(bucket, key)) : findVersion(bucket, key, version)
    const newest = version === undefined ? found : findVersion(bucket, key)
    const isNewest = found === undefined || (newest !== undefined && subOf(newest) === subOf(found))
    const verdict = precondition?.(found && !isMarker(found) ? found : undefined, isNewest) ?? 'go on'
    if (verdict !== 'go on') return { outcome: verdict }
    const freed: string[] = []
    const ended = cause ? 'ObjectRemoved' : 'LifecycleExpiration'
    const why = cause ?? PLATFORM
    if (version !== undefined) {
      if (found && !isMarker(found) && isLocked(found, now(), bypass)) return { outcome: 'locked' }
      if (found) {
        removeVersion(bucket, key, found, freed)
        tell(bucket, key, { event: `${ended}:Delete`, cause: why }, { version: versioningOf(bucket) && version })
      }
      return { outcome: 'done', freed, version, marker: found !== undefined && isMarker(found) }
    }
    const name = makeRoom(bucket, key, freed)
    if (name.order === undefined) {
      if (found) tell(bucket, key, { event: `${ended}:Delete`, cause: why }, {})
      return { outcome: 'done', freed }
    }
    tell(bucket, key, { event: `${ended}:DeleteMarkerCreated`, cause: why }, versionMade(name))
    history.put(bucket, key, { ...name, marker: true, modified: Date.now() })
    return { outcome: 'done', freed, version: versionOf(name), marker: true }
  }

  const endUpload = (bucket: string, key: string, uploadId: string, freed: string[]) => {
    for (const { part, record } of [...partsOf(uploadId, 0)]) {
      parts.remove(partKey(uploadId, part))
      files.remove(record.id)
      freed.push(record.id)
    }
    uploads.remove(uploadKey(bucket, key, uploadId))
  }

  function* partsOf(uploadId: string, after: number) {
    const end = afterPrefix(Buffer.from(`${uploadId}\0`))
    for (const { key, value } of parts.getRange({ start: partKey(uploadId, after + 1), end }))
      yield { part: Number(Buffer.from(key).subarray(-5).toString()), record: value }
  }

  const objectsFrom = (bucket: string, prefix: string, place: Place): Iterable<Item<ObjectRecord>> =>
    objects
      .getRange({ start: startOf(bucket, place), end: afterPrefix(objectKey(bucket, prefix)) })
      .map(({ key, value }) => ({ name: keyOf(bucket, key), sub: subOf(value), value }))

  function* versionsFrom(bucket: string, prefix: string, place: Place): Generator<Item<ListedVersion>> {
    // Of the name at which it begins behind a mark, the newest was shown.
    let before = 'at' in place && place.sub !== undefined ? place.at : undefined
    for (const { name, sub, value } of merged<VersionRecord>(objectsFrom(bucket, prefix, place), history.from(bucket, prefix, place))) {
      yield { name, ...(sub === undefined ? {} : { sub }), value: { record: value, latest: name !== before } }
      before = name
    }
  }

  const uploadsFrom =
    (bucket: string, prefix: string): Source<UploadRecord> =>
    (place) =>
      uploads.getRange({ start: startOf(bucket, place), end: afterPrefix(objectKey(bucket, prefix)) }).map(({ key, value }) => {
        const text = keyOf(bucket, key)
        const cut = text.lastIndexOf('\0')
        return { name: text.slice(0, cut), sub: text.slice(cut + 1), value }
      })

  return {
    env,
    durably,
    queue,
    bucket: (name) => buckets.get(name),
    buckets: () => [...buckets.getRange({ end: BESIDE_BUCKETS })].map(({ key, value }) => ({ name: key, record: value })),
    createBucket: (name, record, given = {}) =>
      durably(() => {
        if (buckets.get(name)) return false
        buckets.put(name, record)
        for (const [setting, value] of Object.entries(given)) settings.put([BESIDE_BUCKETS, name, setting], value)
        stats.put(name, { objects: 0, bytes: 0 })
        return true
      }),
    deleteBucket: (name) =>
      durably(() => {
        if (!buckets.get(name)) return 'missing'
        const start = objectKey(name, '')
        if (objects.getKeysCount({ start, end: afterPrefix(start), limit: 1 }) > 0 || !history.isEmpty(name)) return 'not empty'
        const freed: string[] = []
        for (const open of [...uploadsFrom(name, '')({ at: '' })]) endUpload(name, open.name, open.sub ?? '', freed)
        for (const { key } of [...settingsIn(name)]) settings.remove(key)
        ofBuckets.delete(name)
        buckets.remove(name)
        stats.remove(name)
        return { freed }
      }),
    setVersioning: (name, versioning) =>
      durably(() => {
        const bucket = buckets.get(name)
        if (!bucket) return 'missing'
        if (versioning === 'Suspended' && settings.get([BESIDE_BUCKETS, name, 'objectLock'])) return 'locked'
        buckets.put(name, { ...bucket, versioning })
        return 'done'
      }),
    setting: (bucket, name) => settingsOf(bucket)[name],
    set: (bucket, name, value, fits) =>
      durably(() => {
        const record = buckets.get(bucket)
        if (!record || fits?.(record) === false) return false
        if (value === undefined) settings.remove([BESIDE_BUCKETS, bucket, name])
        else settings.put([BESIDE_BUCKETS, bucket, name], value)
        return true
      }).finally(() => ofBuckets.delete(bucket)),
    stats: statsOf,
    object: (bucket, key) => objects.get(objectKey(bucket, key)),
    version: findVersion,
    list: (bucket, wanted) => pageOf<ObjectRecord>((place) => objectsFrom(bucket, wanted.prefix, place), wanted),
    listVersions: (bucket, wanted) => pageOf<ListedVersion>((place) => versionsFrom(bucket, wanted.prefix, place), wanted),
    putObjects: (news, precondition) =>
      durably((): Put => {
        for (const { bucket, key } of news) {
          if (!buckets.get(bucket)) return { outcome: 'no bucket' }
          const verdict = precondition?.(objects.get(objectKey(bucket, key)), true) ?? 'go on'
          if (verdict !== 'go on') return { outcome: verdict }
        }
        const freed: string[] = []
        const [name] = news.map((object) => store(object, freed))
        return { outcome: 'done', freed, ...versionMade(name) }
      }),
    deleteObjects: (bucket, deletions) => durably(() => deletions.map((deletion) => remove(bucket, deletion))),
    change: (bucket, key, version, edit, made) =>
      durably((): Put => {
        const found = findVersion(bucket, key, version)
        if (!found || isMarker(found)) return { outcome: 'missing' }
        const edited = edit(found)
        if (!edited) return { outcome: 'locked' }
        const stored = objectKey(bucket, key)
        const current = objects.get(stored)
        if (current && subOf(current) === subOf(found)) objects.put(stored, edited)
        else history.put(bucket, key, edited)
        if (made) tell(bucket, key, made, { version: versioningOf(bucket) && version })
        return { outcome: 'done', freed: [] }
      }),
    adoptObjects: (news, { query, owner }) =>
      durably((): Put => {
        if (news.some(({ bucket }) => !buckets.get(bucket))) return { outcome: 'no bucket' }
        const freed: string[] = []
        for (const object of news) {
          const { version } = store(object, freed)
          const mark = { id: object.record.id, owner, adopted: object.record.modified }
          unsettled.put(unsettledKey(query, object.bucket, object.key), version === undefined ? mark : { ...mark, version })
        }
        return { outcome: 'done', freed }
      }),
    settle: (names, { query, owner }) =>
      durably(() => {
        for (const { bucket, key } of names) {
          const marked = unsettledKey(query, bucket, key)
          if (unsettled.get(marked)?.owner === owner) unsettled.remove(marked)
        }
      }),
    discard: (names, { query, owner }) =>
      durably((): Put => {
        const freed: string[] = []
        for (const { bucket, key } of names) {
          const marked = unsettledKey(query, bucket, key)
          const mark = unsettled.get(marked)
          if (mark?.owner !== owner) continue
          const adopted = findVersion(bucket, key, versionOf(mark))
          const isMine = adopted && !isMarker(adopted) && adopted.id === mark.id && !isLocked(adopted, now(), false)
          if (isMine) removeVersion(bucket, key, adopted, freed)
          unsettled.remove(marked)
        }
        return { outcome: 'done', freed }
      }),
    removeOlder: (names, before) =>
      durably(() => {
        const puts = names.map(({ bucket, key }) =>
          remove(bucket, { key, cause: PLATFORM, precondition: (current) => (current && current.modified < before ? 'go on' : 'missing') }),
        )
        const gone = new Set(names.filter((_, i) => puts[i]?.outcome === 'done').map(({ bucket, key }) => `${bucket}\0${key}`))
        for (const { key: marked } of [...unsettled.getRange({ start: [UNSETTLED], end: UNSETTLED_END })])
          if (gone.has(`${marked[2]}\0${marked[3]}`)) unsettled.remove(marked)
        return puts
      }),
    *unsettled() {
      for (const { key, value } of unsettled.getRange({ start: [UNSETTLED], end: UNSETTLED_END })) {
        const [, query, bucket, name] = key
        yield { query, bucket, key: name, record: value }
      }
    },
    createUpload: (bucket, key, uploadId, record) =>
      durably(() => {
        if (!buckets.get(bucket)) return false
        uploads.put(uploadKey(bucket, key, uploadId), record)
        return true
      }),
    upload: (bucket, key, uploadId) => uploads.get(uploadKey(bucket, key, uploadId)),
    *uploads(bucket) {
      for (const { name, sub = '', value } of uploadsFrom(bucket, '')({ at: '' })) yield { key: name, uploadId: sub, record: value }
    },
    listUploads: (bucket, wanted) => pageOf(uploadsFrom(bucket, wanted.prefix), wanted),
    putPart: (bucket, key, uploadId, part, record, seal) =>
      durably((): Put => {
        if (!uploads.get(uploadKey(bucket, key, uploadId))) return { outcome: 'no upload' }
        const stored = partKey(uploadId, part)
        const old = parts.get(stored)
        if (old) files.remove(old.id)
        parts.put(stored, record)
        files.put(record.id, seal?.(record.id) ?? true)
        return { outcome: 'done', freed: old ? [old.id] : [] }
      }),
    parts: partsOf,
    completeUpload: (object, uploadId, precondition) =>
      durably((): Put => {
        if (!buckets.get(object.bucket)) return { outcome: 'no bucket' }
        if (!uploads.get(uploadKey(object.bucket, object.key, uploadId))) return { outcome: 'no upload' }
        const verdict = precondition?.(objects.get(objectKey(object.bucket, object.key)), true) ?? 'go on'
        if (verdict !== 'go on') return { outcome: verdict }
        const freed: string[] = []
        const name = store(object, freed)
        endUpload(object.bucket, object.key, uploadId, freed)
        return { outcome: 'done', freed, ...versionMade(name) }
      }),
    abortUpload: (bucket, key, uploadId) =>
      durably((): Put => {
        if (!uploads.get(uploadKey(bucket, key, uploadId))) return { outcome: 'no upload' }
        const freed: string[] = []
        endUpload(bucket, key, uploadId, freed)
        return { outcome: 'done', freed }
      }),
    knows: (id) => files.get(id) !== undefined,
    seals: openSeals(files, durably),
    close: () => env.close(),
  }
}

/** Behind all that is unsettled the queue of events begins. */
const UNSETTLED_END = [QUEUE] as unknown as UnsettledKey

function orderOf(record: Versioned | undefined): number {
  return record?.order ?? 0
}

function versionMade(name: Versioned | undefined): Pick<Done, 'version'> {
  return name?.order === undefined ? {} : { version: versionOf(name) }
}

/** Where a range of keys begins. */
function startOf(bucket: string, place: Place): Buffer {
  return 'at' in place ? objectKey(bucket, place.at) : afterPrefix(objectKey(bucket, place.behind))
}
