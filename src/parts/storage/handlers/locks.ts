// Locks of versions: retention and legal holds, asked for with a write or later, and what a bucket gives to all.
import { InvalidArgument, InvalidRequest, MalformedXml, NoObjectLock, NotLocked } from '#parts/storage/errors'
import { isTold, mayObject, receiveFields, settle, xmlReply } from '#parts/storage/handlers/shared'
import { objectAsked } from '#parts/storage/handlers/versions'
import { versionOf } from '#parts/storage/history'
import { mayReplace } from '#parts/storage/lock'
import type { Locked, ObjectRecord, Retention } from '#parts/storage/records'
import type { Reply, S3Request, Store } from '#parts/storage/request'
import { choiceIn, type Fields, textIn } from '#parts/storage/settings/fields'
import { readMode, readUntil } from '#parts/storage/settings/lock'

export const BYPASS_RIGHT = 'BypassGovernanceRetention'
const MODE = 'x-amz-object-lock-mode'
const UNTIL = 'x-amz-object-lock-retain-until-date'
const HOLD = 'x-amz-object-lock-legal-hold'

/** What a write asks for. Whoever locks must be allowed to, and send what the body is checked by, as in S3. */
export async function lockedBy(store: Store, request: S3Request): Promise<Locked> {
  const { bucket, key, headers } = request
  const [mode, until, hold] = [headers.get(MODE), headers.get(UNTIL), headers.get(HOLD)]
  if (mode === undefined && until === undefined && hold === undefined) return {}
  assertLocks(store, bucket)
  if ((mode === undefined) !== (until === undefined)) throw InvalidArgument({ reason: `${MODE} and ${UNTIL} come together` })
  if (hold !== undefined && hold !== 'ON' && hold !== 'OFF') throw InvalidArgument({ reason: `${HOLD} must be ON or OFF` })
  if (mode !== undefined) await mayObject(store, request, 'manage', bucket, key, 'PutObjectRetention')
  if (hold !== undefined) await mayObject(store, request, 'manage', bucket, key, 'PutObjectLegalHold')
  const retention = mode === undefined ? undefined : { mode: readMode(mode), until: readUntil(String(until), store.now()) }
  return { ...(retention ? { retention } : {}), ...(hold === undefined ? {} : { hold }) }
}

/** @throws InvalidRequest for a body that comes with a lock and without a digest */
export function assertDigest({ headers }: S3Request, { retention, hold }: Locked): void {
  if (!retention && hold === undefined) return
  const sums = [...headers.keys()].some(
    (name) => name === 'content-md5' || name === 'x-amz-trailer' || /^x-amz-checksum-(?!algorithm|type)/.test(name),
  )
  if (!sums) throw InvalidRequest({ reason: 'a body with a lock needs Content-MD5 or a checksum' })
}

/** Of an answer with the object; each to who may ask for it by itself. */
export async function lockHeaders(store: Store, request: S3Request, { retention, hold }: ObjectRecord): Promise<Record<string, string>> {
  const isRetained = retention && (await isTold(store, request, 'GetObjectRetention'))
  const isHeld = hold !== undefined && (await isTold(store, request, 'GetObjectLegalHold'))
  return {
    ...(isRetained ? { [MODE]: retention.mode, [UNTIL]: new Date(retention.until).toISOString() } : {}),
    ...(isHeld ? { [HOLD]: hold } : {}),
  }
}

/** Whether the request ends retention by governance; who asks for that must be allowed to. */
export async function bypasses(store: Store, request: S3Request): Promise<boolean> {
  const asked = request.headers.get('x-amz-bypass-governance-retention')
  if (asked === undefined) return false
  if (!store.index.setting(request.bucket, 'objectLock'))
    throw InvalidArgument({ reason: 'x-amz-bypass-governance-retention is for buckets with object lock' })
  return asked.toLowerCase() === 'true'
}

export async function mayBypass(store: Store, request: S3Request, key: string): Promise<void> {
  await mayObject(store, request, 'manage', request.bucket, key, BYPASS_RIGHT)
}

export async function getObjectRetention(store: Store, request: S3Request): Promise<Reply> {
  const { retention } = await lockedObject(store, request, 'read')
  if (!retention) throw NotLocked()
  return xmlReply('Retention', { Mode: retention.mode, RetainUntilDate: new Date(retention.until).toISOString() })
}

export async function putObjectRetention(store: Store, request: S3Request): Promise<Reply> {
  const record = await lockedObject(store, request, 'manage')
  const bypass = await bypasses(store, request)
  if (bypass) await mayBypass(store, request, request.key)
  const retention = readRetention(await receiveFields(request), store.now())
  return changed(store, request, record, ({ retention: old, ...others }) => {
    const fits = mayReplace(old ? { retention: old } : {}, retention, store.now().getTime(), bypass)
    return fits ? { ...others, ...(retention ? { retention } : {}) } : undefined
  })
}

export async function getObjectLegalHold(store: Store, request: S3Request): Promise<Reply> {
  const { hold } = await lockedObject(store, request, 'read')
  if (hold === undefined) throw NotLocked()
  return xmlReply('LegalHold', { Status: hold })
}

export async function putObjectLegalHold(store: Store, request: S3Request): Promise<Reply> {
  const record = await lockedObject(store, request, 'manage')
  const hold = choiceIn(await receiveFields(request), 'Status', ['ON', 'OFF'])
  return changed(store, request, record, (of) => ({ ...of, hold }))
}

async function lockedObject(store: Store, request: S3Request, action: 'read' | 'manage'): Promise<ObjectRecord> {
  await mayObject(store, request, action, request.bucket, request.key)
  const record = objectAsked(store, request)
  assertLocks(store, request.bucket)
  return record
}

function assertLocks({ index }: Store, bucket: string): void {
  if (!index.setting(bucket, 'objectLock')) throw NoObjectLock()
}

/** An empty one takes it away. */
function readRetention(fields: Fields, now: Date): Retention | undefined {
  const [mode, until] = [textIn(fields, 'Mode'), textIn(fields, 'RetainUntilDate')]
  if (mode === undefined && until === undefined) return undefined
  if (mode === undefined || until === undefined) throw MalformedXml({ reason: 'Mode and RetainUntilDate come together' })
  return { mode: choiceIn(fields, 'Mode', ['GOVERNANCE', 'COMPLIANCE']), until: readUntil(until, now) }
}

async function changed(
  store: Store,
  request: S3Request,
  record: ObjectRecord,
  edit: (of: ObjectRecord) => ObjectRecord | undefined,
): Promise<Reply> {
  const put = await store.index.change(request.bucket, request.key, versionOf(record), edit)
  await settle(store, request, put, [])
  return { status: 200 }
}
