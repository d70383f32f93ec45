// Object lock of a bucket as a document, and the words of retention.
import { InvalidArgument, MalformedXml } from '#parts/storage/errors'
import type { ObjectLock, RetentionMode } from '#parts/storage/records'
import { choiceIn, type Fields, fieldsIn, numberIn } from '#parts/storage/settings/fields'
import type { XmlFields } from '#wire/s3/xml'

const MODES = ['GOVERNANCE', 'COMPLIANCE'] as const
const MOST_DAYS = 36_500
const MOST_YEARS = 100

export function readObjectLock(fields: Fields): ObjectLock {
  choiceIn(fields, 'ObjectLockEnabled', ['Enabled'])
  if (fields.Rule === undefined) return {}
  const rule = fieldsIn(fieldsIn(fields, 'Rule'), 'DefaultRetention')
  const [days, years] = [numberIn(rule, 'Days', 1), numberIn(rule, 'Years', 1)]
  if ((days === undefined) === (years === undefined)) throw MalformedXml({ reason: 'a DefaultRetention has either Days or Years' })
  if ((days ?? 0) > MOST_DAYS || (years ?? 0) > MOST_YEARS)
    throw InvalidArgument({ reason: `retention is for at most ${MOST_DAYS} days or ${MOST_YEARS} years` })
  return { mode: choiceIn(rule, 'Mode', MODES), ...(days === undefined ? {} : { days }), ...(years === undefined ? {} : { years }) }
}

export function printObjectLock({ mode, days, years }: ObjectLock): XmlFields {
  return { ObjectLockEnabled: 'Enabled', Rule: mode && { DefaultRetention: { Mode: mode, Days: days, Years: years } } }
}

export function readMode(text: string): RetentionMode {
  const mode = MODES.find((m) => m === text)
  if (!mode) throw InvalidArgument({ reason: `a lock’s mode must be ${MODES.join(' or ')}` })
  return mode
}

/** An ISO 8601 time that is to come, in milliseconds since the epoch. */
export function readUntil(text: string, now: Date): number {
  const until = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(until)) throw InvalidArgument({ reason: 'the date of a lock must be an ISO 8601 date' })
  if (until <= now.getTime()) throw InvalidArgument({ reason: 'the date of a lock must be in the future' })
  return until
}
