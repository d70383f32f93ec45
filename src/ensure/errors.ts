// What a kind's server answers when something is amiss, and which answers mean "read again".
import { AkkoError, defineError } from '#kit/errors'

/** Somebody else changed it meanwhile: the engine reads again, compares, and tries once more. */
export const Conflict = defineError('ensure.conflict', 409, '{what}', { retryable: true })

export const AdminRefused = defineError('ensure.admin_refused', 502, '{request} was answered with {status}: {message}', {
  blame: 'operator',
})

export const NotConfigured = defineError('ensure.not_configured', 500, 'no {what} was given to this run', { blame: 'us' })

export const KeyMissing = defineError('ensure.key_missing', 409, 'there is no secret {secret} with its access key and secret key', {
  blame: 'operator',
  hint: 'keys of this storage are given, not made: put it there',
})

export const KeyRefused = defineError('ensure.key_refused', 409, 'the storage refuses its key for {buckets}', {
  blame: 'operator',
  hint: 'the storage must know this key and let it into these buckets; one that reads its identities at its start must start again',
})

export const DidNotHold = defineError('ensure.did_not_hold', 500, 'written, and still different when read again: {differences}', {
  hint: 'the server ignored part of it, or something else keeps changing it',
})

export const Failed = defineError('ensure.failed', 502, '{resource} could not be made true: {why}', { blame: 'operator' })

/** Answers of PostgreSQL that mean that a concurrent run was faster, or that two met. */
const POSTGRES_CONFLICTS = new Set(['42P04', '42710', '42P06', '42P07', '42701', '23505', '40001', '40P01', '55006', '55P03'])

export function isConflict(error: unknown): boolean {
  if (error instanceof AkkoError) return error.retryable
  const { code, message } = error as { code?: string; message?: string }
  return POSTGRES_CONFLICTS.has(code ?? '') || (code === 'XX000' && /tuple concurrently (updated|deleted)/.test(message ?? ''))
}
