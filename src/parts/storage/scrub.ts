// Reads all that is stored and holds it against its digests: an object whose bytes changed is not given out any more, nor leased, until they are whole again.
import { createHash, type Hash } from 'node:crypto'
import { isMarker, versionOf } from '#parts/storage/history'
import type { Mark } from '#parts/storage/listing'
import type { ObjectRecord } from '#parts/storage/records'
import type { Store } from '#parts/storage/request'
import { wholeOf } from '#parts/storage/sealing/files'

export interface Scrubbed {
  readonly objects: number
  /** Of what was sent. */
  readonly bytes: number
  readonly broken: readonly { readonly bucket: string; readonly key: string; readonly version: string }[]
}

const PAGE = 100

/** One after the other, each version by itself, so that who asks meanwhile is answered. */
export async function scrub(store: Store): Promise<Scrubbed> {
  let [objects, bytes] = [0, 0]
  const broken: Scrubbed['broken'][number][] = []
  for (const { name: bucket } of store.index.buckets()) {
    for (let after: Mark | undefined, more = true; more; ) {
      const page = store.index.listVersions(bucket, { prefix: '', delimiter: '', after, limit: PAGE })
      for (const { name: key, value } of page.items) {
        if (isMarker(value.record)) continue
        objects++
        bytes += value.record.size
        if (!(await look(store, bucket, key, value.record))) broken.push({ bucket, key, version: versionOf(value.record) })
      }
      after = page.next
      more = after !== undefined
    }
  }
  if (broken.length > 0)
    store.log.error({ objects, broken: broken.slice(0, 10) }, 'objects are not what was written: they are not given out any more')
  return { objects, bytes, broken }
}

/** Whether it is whole, or has gone meanwhile; what is known of it follows. */
async function look({ index, ...others }: Store, bucket: string, key: string, record: ObjectRecord): Promise<boolean> {
  const isWhole = await hasDigest({ index, ...others }, record)
  const version = versionOf(record)
  const now = index.version(bucket, key, version)
  if (!now || isMarker(now) || now.id !== record.id) return true
  if (isWhole === (now.broken === undefined)) return isWhole
  await index.change(bucket, key, version, ({ broken: _, ...current }) =>
    current.id === record.id && !isWhole ? { ...current, broken: true } : current,
  )
  return isWhole
}

/** Its entity tag is made of the digests of its parts, or is its digest. */
async function hasDigest(store: Store, { id, size, etag, parts }: ObjectRecord): Promise<boolean> {
  const ends = parts ?? [size]
  const digests: Buffer[] = []
  let part: Hash = createHash('md5')
  let left = ends[0] ?? 0
  try {
    for await (const data of wholeOf(store, { id, size })) {
      for (let rest = data as Buffer; rest.length > 0; ) {
        while (left === 0 && digests.length < ends.length - 1) {
          digests.push(part.digest())
          part = createHash('md5')
          left = ends[digests.length] as number
        }
        const taken = rest.subarray(0, Math.max(1, left))
        part.update(taken)
        left -= taken.length
        rest = rest.subarray(taken.length)
      }
    }
  } catch {
    return false // does not open, or is not there
  }
  if (left !== 0) return false
  if (!parts) return part.digest('hex') === etag
  digests.push(part.digest())
  return `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}` === etag
}
