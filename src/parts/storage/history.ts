// Versions of objects beside the newest one: older ones, and delete markers. The newest stays among the objects, where a listing is a range.
import { randomBytes } from 'node:crypto'
import type { Database } from 'lmdb'
import type { Item, Place } from '#parts/storage/listing'
import { afterPrefix, keyOf, type ObjectRecord, objectKey, type Versioned, type VersionRecord } from '#parts/storage/records'

/** Of the version of a key that was written while versions were not kept, or while that was suspended. */
export const NULL_VERSION = 'null'

/** Before every bucket's name, and so beside the objects in their database. */
const VERSIONS = '\u0001'
const NULLS = '\u0002'

/** Digits of an order, turned round so that the newest comes first. */
const DIGITS = 12
const LAST = 16 ** DIGITS - 1

/** Where it stands among the versions of its key; sorts before those that are older. */
export function subOf({ order = 0 }: Versioned): string {
  return (LAST - order).toString(16).padStart(DIGITS, '0')
}

export function versionOf({ version = NULL_VERSION }: Pick<Versioned, 'version'>): string {
  return version
}

export function isMarker(record: VersionRecord): record is Extract<VersionRecord, { readonly marker: true }> {
  return 'marker' in record
}

/** It begins with where it stands, so that it is found without a search. */
export function newVersion(order: number): string {
  return subOf({ order }) + randomBytes(10).toString('hex')
}

/** Whether there could be a version of this name. */
export function isVersion(text: string): boolean {
  return text === NULL_VERSION || /^[0-9a-f]{32}$/.test(text)
}

/** Where a version of this name stands; undefined for `null`, which may stand anywhere. */
export function subIn(version: string): string | undefined {
  return version === NULL_VERSION ? undefined : version.slice(0, DIGITS)
}

/** What changes it is for the inside of a transaction. */
export interface History {
  first(bucket: string, key: string): VersionRecord | undefined
  find(bucket: string, key: string, version: string): VersionRecord | undefined
  put(bucket: string, key: string, record: VersionRecord): void
  remove(bucket: string, key: string, record: VersionRecord): void
  from(bucket: string, prefix: string, place: Place): Iterable<Item<VersionRecord>>
  isEmpty(bucket: string): boolean
}

export function openHistory(objects: Database<ObjectRecord, Buffer>): History {
  const versions = objects as unknown as Database<VersionRecord, Buffer>
  const nulls = objects as unknown as Database<string, Buffer>
  const versionKey = (bucket: string, key: string, sub: string) => objectKey(VERSIONS + bucket, `${key}\0${sub}`)
  const nullKey = (bucket: string, key: string) => objectKey(NULLS + bucket, key)

  return {
    first: (bucket, key) => {
      const start = versionKey(bucket, key, '')
      for (const { value } of versions.getRange({ start, end: afterPrefix(start), limit: 1 })) return value
      return undefined
    },
    find: (bucket, key, version) => {
      const sub = subIn(version) ?? nulls.get(nullKey(bucket, key))
      const found = sub === undefined ? undefined : versions.get(versionKey(bucket, key, sub))
      return found && versionOf(found) === version ? found : undefined
    },
    put: (bucket, key, record) => {
      versions.put(versionKey(bucket, key, subOf(record)), record)
      if (record.version === undefined) nulls.put(nullKey(bucket, key), subOf(record))
    },
    remove: (bucket, key, record) => {
      versions.remove(versionKey(bucket, key, subOf(record)))
      if (record.version === undefined) nulls.remove(nullKey(bucket, key))
    },
    from: (bucket, prefix, place) => {
      const ofBucket = (text: string) => objectKey(VERSIONS + bucket, text)
      const at = (name: string, sub: string | undefined) => (sub === undefined ? ofBucket(name) : versionKey(bucket, name, sub))
      const start = 'at' in place ? at(place.at, place.sub) : afterPrefix(ofBucket(place.behind))
      return versions.getRange({ start, end: afterPrefix(ofBucket(prefix)) }).map(({ key, value }) => {
        const text = keyOf(VERSIONS + bucket, key)
        return { name: text.slice(0, -DIGITS - 1), sub: text.slice(-DIGITS), value }
      })
    },
    isEmpty: (bucket) => {
      const start = objectKey(VERSIONS + bucket, '')
      return objects.getKeysCount({ start, end: afterPrefix(start), limit: 1 }) === 0
    },
  }
}
