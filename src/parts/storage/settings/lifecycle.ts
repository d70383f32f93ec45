// The rules of lifecycle as a document, and those of a bucket that was given none.
import { randomBytes } from 'node:crypto'
import { InvalidArgument, InvalidRequest, MalformedXml } from '#parts/storage/errors'
import type { ObjectRecord } from '#parts/storage/records'
import type { Store } from '#parts/storage/request'
import { choiceIn, eachIn, type Fields, fieldsIn, numberIn, textIn } from '#parts/storage/settings/fields'
import { readTags } from '#parts/storage/settings/tags'
import { DAY_MS, type Expiration, expiryOf, type LifecycleRule } from '#wire/s3/lifecycle'
import type { XmlFields } from '#wire/s3/xml'

const MOST_RULES = 1000
const LONGEST_ID = 255

/** Names the one rule of a bucket that was given none, to clients. */
const ABORT_RULE = 'abort-incomplete-uploads'

export function rulesOf({ index, uploadDays }: Pick<Store, 'index' | 'uploadDays'>, bucket: string): readonly LifecycleRule[] {
  const given = index.setting(bucket, 'lifecycle')
  if (given) return given
  return uploadDays === 0 ? [] : [{ id: ABORT_RULE, enabled: true, prefix: '', tags: [], abortDays: uploadDays }]
}

/** Of an answer about the newest version: when it goes. */
export function expirationHeaders(
  store: Store,
  bucket: string,
  key: string,
  { size, tags = [], modified }: ObjectRecord,
): Record<string, string> {
  const given = store.index.setting(bucket, 'lifecycle')
  const expiry = given && expiryOf(given, { key, size, tags }, modified)
  return expiry
    ? { 'x-amz-expiration': `expiry-date="${new Date(expiry.at).toUTCString()}", rule-id="${encodeURIComponent(expiry.rule)}"` }
    : {}
}

export function readLifecycle(fields: Fields): readonly LifecycleRule[] {
  const rules = eachIn(fields, 'Rule').map(readRule)
  if (rules.length === 0 || rules.length > MOST_RULES) throw MalformedXml({ reason: `from 1 to ${MOST_RULES} rules` })
  if (new Set(rules.map(({ id }) => id)).size < rules.length) throw InvalidArgument({ reason: 'the ID of each rule must be its own' })
  return rules
}

function readRule(fields: Fields): LifecycleRule {
  const id = textIn(fields, 'ID') || randomBytes(24).toString('base64url')
  if (id.length > LONGEST_ID) throw InvalidArgument({ reason: `the ID of a rule has at most ${LONGEST_ID} characters` })
  const legacy = fields.Prefix !== undefined
  if (legacy === (fields.Filter !== undefined)) throw MalformedXml({ reason: 'each rule has either a Filter or a Prefix' })
  const rule: LifecycleRule = {
    id,
    enabled: choiceIn(fields, 'Status', ['Enabled', 'Disabled']) === 'Enabled',
    ...(legacy ? { prefix: textIn(fields, 'Prefix') ?? '', legacy, tags: [] } : readFilter(fieldsIn(fields, 'Filter'))),
    ...(fields.Expiration === undefined ? {} : { expiration: readExpiration(fieldsIn(fields, 'Expiration')) }),
    ...(fields.NoncurrentVersionExpiration === undefined
      ? {}
      : { noncurrent: readNoncurrent(fieldsIn(fields, 'NoncurrentVersionExpiration')) }),
    ...(fields.AbortIncompleteMultipartUpload === undefined
      ? {}
      : { abortDays: readAbort(fieldsIn(fields, 'AbortIncompleteMultipartUpload')) }),
  }
  if (!rule.expiration && !rule.noncurrent && rule.abortDays === undefined)
    throw InvalidRequest({ reason: 'a rule has at least one action' })
  const narrow = rule.tags.length > 0 ? 'tags' : rule.largerThan !== undefined || rule.smallerThan !== undefined ? 'sizes' : undefined
  if (narrow && rule.abortDays !== undefined) throw InvalidRequest({ reason: `AbortIncompleteMultipartUpload cannot be for ${narrow}` })
  if (rule.tags.length > 0 && rule.expiration?.markers !== undefined)
    throw InvalidRequest({ reason: 'ExpiredObjectDeleteMarker cannot be for tags' })
  return rule
}

type Filter = Pick<LifecycleRule, 'prefix' | 'tags' | 'largerThan' | 'smallerThan'>

/** One condition, or several in an And. */
function readFilter(fields: Fields): Filter {
  const names = Object.keys(fields).filter((name) => name !== '#text')
  if (names.length > 1) throw MalformedXml({ reason: 'a Filter has one condition: several stand in an And' })
  if (eachIn(fields, 'Tag').length > 1) throw MalformedXml({ reason: 'a Filter has one Tag: several stand in an And' })
  const all = fields.And === undefined ? fields : fieldsIn(fields, 'And')
  if (all !== fields && Object.keys(all).every((name) => name === '#text')) throw MalformedXml({ reason: 'an And has conditions' })
  const [largerThan, smallerThan] = [numberIn(all, 'ObjectSizeGreaterThan', 0), numberIn(all, 'ObjectSizeLessThan', 1)]
  if (largerThan !== undefined && smallerThan !== undefined && largerThan >= smallerThan)
    throw InvalidRequest({ reason: 'ObjectSizeLessThan must be greater than ObjectSizeGreaterThan' })
  return {
    prefix: textIn(all, 'Prefix') ?? '',
    tags: readTags(all),
    ...(largerThan === undefined ? {} : { largerThan }),
    ...(smallerThan === undefined ? {} : { smallerThan }),
  }
}

function readExpiration(fields: Fields): Expiration {
  const [days, dateText, markers] = [numberIn(fields, 'Days', 1), textIn(fields, 'Date'), textIn(fields, 'ExpiredObjectDeleteMarker')]
  if ([days, dateText, markers].filter((given) => given !== undefined).length !== 1)
    throw MalformedXml({ reason: 'an Expiration has one of Days, Date and ExpiredObjectDeleteMarker' })
  if (days !== undefined) return { days }
  if (dateText === undefined) return { markers: choiceIn(fields, 'ExpiredObjectDeleteMarker', ['true', 'false']) === 'true' }
  const date = /^\d{4}-\d{2}-\d{2}(T|$)/.test(dateText) ? Date.parse(dateText) : Number.NaN
  if (Number.isNaN(date)) throw MalformedXml({ reason: 'Date must be an ISO 8601 date' })
  if (date % DAY_MS !== 0) throw InvalidArgument({ reason: 'Date must be at midnight GMT' })
  return { date }
}

function readNoncurrent(fields: Fields): NonNullable<LifecycleRule['noncurrent']> {
  const [days, newer] = [numberIn(fields, 'NoncurrentDays', 1), numberIn(fields, 'NewerNoncurrentVersions', 1)]
  if (days === undefined) throw MalformedXml({ reason: 'a NoncurrentVersionExpiration has NoncurrentDays' })
  return { days, ...(newer === undefined ? {} : { newer }) }
}

function readAbort(fields: Fields): number {
  const days = numberIn(fields, 'DaysAfterInitiation', 1)
  if (days === undefined) throw MalformedXml({ reason: 'an AbortIncompleteMultipartUpload has DaysAfterInitiation' })
  return days
}

export function printLifecycle(rules: readonly LifecycleRule[]): XmlFields {
  return {
    Rule: rules.map((rule) => ({
      ID: rule.id,
      ...(rule.legacy ? { Prefix: rule.prefix } : { Filter: printFilter(rule) }),
      Status: rule.enabled ? 'Enabled' : 'Disabled',
      Expiration: rule.expiration && {
        Days: rule.expiration.days,
        Date: rule.expiration.date === undefined ? undefined : new Date(rule.expiration.date).toISOString(),
        ExpiredObjectDeleteMarker: rule.expiration.markers,
      },
      NoncurrentVersionExpiration: rule.noncurrent && {
        NoncurrentDays: rule.noncurrent.days,
        NewerNoncurrentVersions: rule.noncurrent.newer,
      },
      AbortIncompleteMultipartUpload: rule.abortDays === undefined ? undefined : { DaysAfterInitiation: rule.abortDays },
    })),
  }
}

function printFilter({ prefix, tags, largerThan, smallerThan }: LifecycleRule): XmlFields {
  const conditions = [
    ...(prefix === '' ? [] : [{ Prefix: prefix }]),
    ...tags.map(([Key, Value]) => ({ Tag: { Key, Value } })),
    ...(largerThan === undefined ? [] : [{ ObjectSizeGreaterThan: largerThan }]),
    ...(smallerThan === undefined ? [] : [{ ObjectSizeLessThan: smallerThan }]),
  ]
  if (conditions.length === 0) return { Prefix: '' }
  if (conditions.length === 1) return conditions[0] as XmlFields
  return {
    And: {
      Prefix: prefix === '' ? undefined : prefix,
      Tag: tags.map(([Key, Value]) => ({ Key, Value })),
      ObjectSizeGreaterThan: largerThan,
      ObjectSizeLessThan: smallerThan,
    },
  }
}
