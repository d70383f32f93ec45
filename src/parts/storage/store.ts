// The index of the store: buckets, objects and uploads in LMDB. A change is durable before its promise resolves.
import { type Database, open, type RootDatabase } from 'lmdb'
import { createGroupCommit, type Durably } from '#parts/storage/commits'
import { type Page, type Place, pageOf, type Source, type Wanted } from '#parts/storage/listing'
import {
  afterPrefix,
  type BucketRecord,
  type BucketStats,
  keyOf,
  type ObjectRecord,
  objectKey,
  type PartRecord,
  partKey,
  UNSETTLED,
  type UnsettledKey,
  type UnsettledRecord,
  type UploadRecord,
  unsettledKey,
  uploadKey,
} from '#parts/storage/records'

/** Whether a change may go on, given what is there. Called inside the transaction; must not throw. */
export type Precondition = (current: ObjectRecord | undefined) => 'go on' | 'missing' | 'failed'

export type Put =
  | { readonly outcome: 'done'; readonly freed: readonly string[] }
  | { readonly outcome: 'no bucket' | 'no upload' | 'missing' | 'failed' }

export interface NewObject {
  readonly bucket: string
  readonly key: string
  readonly record: ObjectRecord
}

export interface ObjectName {
  readonly bucket: string
  readonly key: string
}

export interface Deletion {
  readonly key: string
  readonly precondition?: Precondition | undefined
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
  bucket(name: string): BucketRecord | undefined
  buckets(): { name: string; record: BucketRecord }[]
  createBucket(name: string, record: BucketRecord): Promise<boolean>
  /** With the uploads that are open in it. */
  deleteBucket(name: string): Promise<'missing' | 'not empty' | { readonly freed: readonly string[] }>
  stats(bucket: string): BucketStats
  object(bucket: string, key: string): ObjectRecord | undefined
  list(bucket: string, wanted: Wanted): Page<ObjectRecord>
  /** All or none. `freed` are the files that nothing names any more. */
  putObjects(objects: readonly NewObject[], precondition?: Precondition): Promise<Put>
  /** Like putObjects; the objects are on record as the query's until `settle` or `discard`. */
  adoptObjects(objects: readonly NewObject[], by: Adopter): Promise<Put>
  /** The query's commit names these: they are objects like others. */
  settle(objects: readonly ObjectName[], by: Adopter): Promise<void>
  /** No commit names these: those that the query adopted, and that are still as it adopted them, are removed. */
  discard(objects: readonly ObjectName[], by: Adopter): Promise<Put>
  /** Adopted, and neither settled nor discarded: by a query that runs, or one whose end nobody knows. */
  unsettled(): Iterable<ObjectName & { readonly query: string; readonly record: UnsettledRecord }>
  /** Each by itself; one that is not there is done. */
  deleteObjects(bucket: string, deletions: readonly Deletion[]): Promise<readonly Put[]>
  createUpload(bucket: string, key: string, uploadId: string, record: UploadRecord): Promise<boolean>
  upload(bucket: string, key: string, uploadId: string): UploadRecord | undefined
  uploads(bucket: string): Iterable<StoredUpload>
  /** `sub` is the id. */
  listUploads(bucket: string, wanted: Wanted): Page<UploadRecord>
  putPart(bucket: string, key: string, uploadId: string, part: number, record: PartRecord): Promise<Put>
  parts(uploadId: string, after: number): Iterable<{ part: number; record: PartRecord }>
  completeUpload(object: NewObject, uploadId: string, precondition?: Precondition): Promise<Put>
  abortUpload(bucket: string, key: string, uploadId: string): Promise<Put>
  /** Whether a file of this id belongs to an object or a part. */
  knows(id: string): boolean
  close(): Promise<void>
}

export function openIndex(path: string): Index {
  const env = open({ path, maxDbs: 16, noSubdir: false, overlappingSync: false })
  const buckets: Database<BucketRecord, string> = env.openDB('buckets', {})
  const stats: Database<BucketStats, string> = env.openDB('stats', {})
  const objects: Database<ObjectRecord, Buffer> = env.openDB('objects', { keyEncoding: 'binary' })
  const uploads: Database<UploadRecord, Buffer> = env.openDB('uploads', { keyEncoding: 'binary' })
  const parts: Database<PartRecord, Buffer> = env.openDB('parts', { keyEncoding: 'binary' })
  const files: Database<true, string> = env.openDB('files', {})
  // In the database of files, not in one more: with ten of them, commits that failed on a full disk were seen to end the process.
  const unsettled = files as unknown as Database<UnsettledRecord, UnsettledKey>

  const durably = createGroupCommit(env, path)

  const statsOf = (bucket: string): BucketStats => stats.get(bucket) ?? { objects: 0, bytes: 0 }
  const count = (bucket: string, objectsMore: number, bytesMore: number) => {
    const old = statsOf(bucket)
    stats.put(bucket, { objects: old.objects + objectsMore, bytes: old.bytes + bytesMore })
  }

  /** Inside a transaction only. */
  const store = ({ bucket, key, record }: NewObject, freed: string[]) => {
    const stored = objectKey(bucket, key)
    const old = objects.get(stored)
    if (old) {
      freed.push(old.id)
      files.remove(old.id)
    }
    objects.put(stored, record)
    files.put(record.id, true)
    count(bucket, old ? 0 : 1, record.size - (old?.size ?? 0))
  }

  /** Inside a transaction only. */
  const removeObject = (bucket: string, key: string, freed: string[]) => {
    const stored = objectKey(bucket, key)
    const old = objects.get(stored)
    if (!old) return
    objects.remove(stored)
    files.remove(old.id)
    freed.push(old.id)
    count(bucket, -1, -old.size)
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
    bucket: (name) => buckets.get(name),
    buckets: () => [...buckets.getRange()].map(({ key, value }) => ({ name: key, record: value })),
    createBucket: (name, record) =>
      durably(() => {
        if (buckets.get(name)) return false
        buckets.put(name, record)
        stats.put(name, { objects: 0, bytes: 0 })
        return true
      }),
    deleteBucket: (name) =>
      durably(() => {
        if (!buckets.get(name)) return 'missing'
        const start = objectKey(name, '')
        if (objects.getKeysCount({ start, end: afterPrefix(start), limit: 1 }) > 0) return 'not empty'
        const freed: string[] = []
        for (const open of [...uploadsFrom(name, '')({ at: '' })]) endUpload(name, open.name, open.sub ?? '', freed)
        buckets.remove(name)
        stats.remove(name)
        return { freed }
      }),
    stats: statsOf,
    object: (bucket, key) => objects.get(objectKey(bucket, key)),
    list: (bucket, wanted) => {
      const end = afterPrefix(objectKey(bucket, wanted.prefix))
      return pageOf<ObjectRecord>(
        (place) => objects.getRange({ start: startOf(bucket, place), end }).map(({ key, value }) => ({ name: keyOf(bucket, key), value })),
        wanted,
      )
    },
    putObjects: (news, precondition) =>
      durably((): Put => {
        for (const { bucket, key } of news) {
          if (!buckets.get(bucket)) return { outcome: 'no bucket' }
          const verdict = precondition?.(objects.get(objectKey(bucket, key))) ?? 'go on'
          if (verdict !== 'go on') return { outcome: verdict }
        }
        const freed: string[] = []
        for (const object of news) store(object, freed)
        return { outcome: 'done', freed }
      }),
    deleteObjects: (bucket, deletions) =>
      durably(() =>
        deletions.map(({ key, precondition }): Put => {
          const verdict = precondition?.(objects.get(objectKey(bucket, key))) ?? 'go on'
          if (verdict !== 'go on') return { outcome: verdict }
          const freed: string[] = []
          removeObject(bucket, key, freed)
          return { outcome: 'done', freed }
        }),
      ),
    adoptObjects: (news, { query, owner }) =>
      durably((): Put => {
        if (news.some(({ bucket }) => !buckets.get(bucket))) return { outcome: 'no bucket' }
        const freed: string[] = []
        for (const object of news) {
          store(object, freed)
          unsettled.put(unsettledKey(query, object.bucket, object.key), { id: object.record.id, owner, adopted: object.record.modified })
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
          if (objects.get(objectKey(bucket, key))?.id === mark.id) removeObject(bucket, key, freed)
          unsettled.remove(marked)
        }
        return { outcome: 'done', freed }
      }),
    *unsettled() {
      for (const { key, value } of unsettled.getRange({ start: [UNSETTLED] })) {
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
    putPart: (bucket, key, uploadId, part, record) =>
      durably((): Put => {
        if (!uploads.get(uploadKey(bucket, key, uploadId))) return { outcome: 'no upload' }
        const stored = partKey(uploadId, part)
        const old = parts.get(stored)
        if (old) files.remove(old.id)
        parts.put(stored, record)
        files.put(record.id, true)
        return { outcome: 'done', freed: old ? [old.id] : [] }
      }),
    parts: partsOf,
    completeUpload: (object, uploadId, precondition) =>
      durably((): Put => {
        if (!buckets.get(object.bucket)) return { outcome: 'no bucket' }
        if (!uploads.get(uploadKey(object.bucket, object.key, uploadId))) return { outcome: 'no upload' }
        const verdict = precondition?.(objects.get(objectKey(object.bucket, object.key))) ?? 'go on'
        if (verdict !== 'go on') return { outcome: verdict }
        const freed: string[] = []
        store(object, freed)
        endUpload(object.bucket, object.key, uploadId, freed)
        return { outcome: 'done', freed }
      }),
    abortUpload: (bucket, key, uploadId) =>
      durably((): Put => {
        if (!uploads.get(uploadKey(bucket, key, uploadId))) return { outcome: 'no upload' }
        const freed: string[] = []
        endUpload(bucket, key, uploadId, freed)
        return { outcome: 'done', freed }
      }),
    knows: (id) => files.get(id) === true,
    close: () => env.close(),
  }
}

/** Where a range of keys begins. */
function startOf(bucket: string, place: Place): Buffer {
  return 'at' in place ? objectKey(bucket, place.at) : afterPrefix(objectKey(bucket, place.behind))
}
