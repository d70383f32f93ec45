// Encryption at rest as S3 calls it: asked for by a header or by the bucket, and told only of files that are sealed.
import { MalformedXml, NotDone, SealedNotLeased } from '#parts/storage/errors'
import { ENCRYPTION } from '#parts/storage/records'
import type { S3Request, Store } from '#parts/storage/request'
import { choiceIn, eachIn, type Fields, fieldsIn } from '#parts/storage/settings/fields'
import type { XmlFields } from '#wire/s3/xml'

const HEADER = 'x-amz-server-side-encryption'

/** Whether what is written shall be sealed. @throws NotDone where the SQL engine reads files as they lie */
export function sealedBy(store: Store, { bucket, headers }: S3Request): boolean {
  const asked = headers.get(HEADER)
  if (asked === undefined) return store.index.setting(bucket, 'encryption') !== undefined
  if (store.isLeased(bucket))
    throw NotDone({ place: 'header', name: HEADER, value: `: ${asked} (the SQL engine reads the files of this bucket)` })
  return true
}

/** A copy is sealed where its source is, too: who asked for that once does not find it undone. @throws SealedNotLeased */
export function copySealedBy(store: Store, request: S3Request, sourceId: string): boolean {
  const source = isSealed(store, sourceId)
  if (source && store.isLeased(request.bucket)) throw SealedNotLeased({ what: `a copy into ${request.bucket}` })
  return sealedBy(store, request) || source
}

export function isSealed({ index }: Store, id: string): boolean {
  return index.seals.of(id) !== undefined
}

/** Of an answer about what is kept in this file. */
export function sealedHeaders(store: Store, id: string): Record<string, string> {
  return encryptionHeaders(isSealed(store, id))
}

export function encryptionHeaders(sealed: boolean): Record<string, string> {
  return sealed ? { [HEADER]: ENCRYPTION } : {}
}

/** @throws MalformedXml */
export function readEncryption(fields: Fields): typeof ENCRYPTION {
  const [rule, ...more] = eachIn(fields, 'Rule')
  if (!rule || more.length > 0) throw MalformedXml({ reason: 'one Rule is expected' })
  return choiceIn(fieldsIn(rule, 'ApplyServerSideEncryptionByDefault'), 'SSEAlgorithm', [ENCRYPTION])
}

export function printEncryption(encryption: typeof ENCRYPTION): XmlFields {
  return { Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: encryption }, BucketKeyEnabled: false } }
}
