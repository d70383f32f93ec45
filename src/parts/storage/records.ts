// What the index remembers: the records, and how their keys are laid out so that a listing is a range.
import type { Checksum, ChecksumAlgorithm } from '#wire/s3/checksum'
import type { CorsRule } from '#wire/s3/cors'
import type { LifecycleRule } from '#wire/s3/lifecycle'
import type { Tags } from '#wire/s3/tags'

/** Whether a bucket keeps versions. Once they are kept, that is suspended but never ended. */
export type Versioning = 'Enabled' | 'Suspended'

export interface BucketRecord {
  /** Milliseconds since the epoch, here and below. */
  readonly created: number
  readonly owner: string
  /** Absent of a bucket that never kept versions. */
  readonly versioning?: Versioning
}

/** Headers that are stored with an object and given back as they were sent. */
export interface Description {
  readonly headers: Readonly<Record<string, string>>
  /** Without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface Tagged {
  readonly tags?: Tags
}

/** What forbids that a version is removed. */
export interface Locked {
  readonly retention?: Retention
  /** Absent where none was ever put on it. */
  readonly hold?: 'ON' | 'OFF'
}

export interface Retention {
  readonly mode: RetentionMode
  /** Milliseconds since the epoch. */
  readonly until: number
}

export type RetentionMode = 'GOVERNANCE' | 'COMPLIANCE'

/** Of a bucket whose versions can be locked: what new ones get that ask for nothing. */
export interface ObjectLock {
  readonly mode?: RetentionMode
  readonly days?: number
  readonly years?: number
}

/** What tells the versions of one key apart. */
export interface Versioned {
  /** Absent of the null version. */
  readonly version?: string
  /** Later ones have greater numbers; absent of what was written where no versions are kept, which is older than all. */
  readonly order?: number
}

/** Stands for the object's absence, as the newest version or as an older one. */
export interface MarkerRecord extends Versioned {
  readonly marker: true
  readonly modified: number
}

export type VersionRecord = ObjectRecord | MarkerRecord

export interface ObjectRecord extends Description, Versioned, Tagged, Locked {
  /** Names the file of its bytes. */
  readonly id: string
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  readonly modified: number
  readonly checksum?: Checksum
  /** Sizes of the parts, for an object that was uploaded in parts. */
  readonly parts?: readonly number[]
  /** Base64, of a composite checksum. */
  readonly partChecksums?: readonly string[]
  /** Its bytes were found to be others than those that were written. */
  readonly broken?: true
  /** The upload that it was completed from. */
  readonly upload?: string
}

export interface UploadRecord extends Description, Tagged, Locked {
  /** Whether its parts, and what becomes of them, are sealed. */
  readonly sealed?: true
  readonly initiated: number
  readonly owner: string
  readonly checksumAlgorithm?: ChecksumAlgorithm
  readonly checksumType?: Checksum['type']
}

export interface PartRecord {
  readonly id: string
  readonly size: number
  readonly etag: string
  readonly modified: number
  readonly checksum?: Checksum
}

/** An object that a query wrote and whose commit has not been told: nobody may name it yet. */
export interface UnsettledRecord {
  /** Of the object as it was adopted. */
  readonly id: string
  readonly version?: string
  readonly owner: string
  readonly adopted: number
}

export interface BucketStats {
  readonly objects: number
  readonly bytes: number
}

/** Who is told of what, in a bucket. */
export interface NotificationRule {
  readonly id: string
  /** A declared webhook. */
  readonly target: string
  /** By S3’s names, without `s3:`; `ObjectCreated:*` for all of a kind. */
  readonly events: readonly string[]
  readonly prefix: string
  readonly suffix: string
}

/** The one that there is, by S3’s name of it. */
export const ENCRYPTION = 'AES256'

/** Behind every bucket's name, in the database of buckets: what is no bucket. */
export const BESIDE_BUCKETS = '~' as const

/** What is kept of the settings of a bucket; absent ones were not made. */
export interface Settings {
  readonly tagging: Tags
  readonly cors: readonly CorsRule[]
  readonly lifecycle: readonly LifecycleRule[]
  /** Empty where the rule was taken away. */
  readonly ownership: string
  /** Of what is written without asking for any. */
  readonly encryption: typeof ENCRYPTION
  readonly objectLock: ObjectLock
  readonly notification: readonly NotificationRule[]
  /** As it was given. */
  readonly bucketPolicy: { readonly document: string }
  /** The ones that are on; empty where the setting was taken away. */
  readonly publicAccessBlock: readonly string[] | ''
}

/** Bucket names hold no NUL and UTF-8 no 0xFF: so keys sort by bytes, as S3 lists them, and a prefix is a range. */
export function objectKey(bucket: string, key: string): Buffer {
  return Buffer.from(`${bucket}\0${key}`)
}

/** Behind every key that begins with this one. */
export function afterPrefix(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.from([0xff])])
}

export function keyOf(bucket: string, stored: Uint8Array): string {
  return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString('utf8', Buffer.byteLength(bucket) + 1)
}

export function uploadKey(bucket: string, key: string, uploadId: string): Buffer {
  return Buffer.from(`${bucket}\0${key}\0${uploadId}`)
}

/** Beside the ids of files, which are hexadecimal. */
export const UNSETTLED = '~' as const

export type UnsettledKey = [typeof UNSETTLED, query: string, bucket: string, key: string]

export function unsettledKey(query: string, bucket: string, key: string): UnsettledKey {
  return [UNSETTLED, query, bucket, key]
}

export function partKey(uploadId: string, part: number): Buffer {
  return Buffer.from(`${uploadId}\0${String(part).padStart(5, '0')}`)
}
