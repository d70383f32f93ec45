// Whom a bucket tells of what happens in it, as a document: queues, which are the webhooks that the configuration declares.
import { randomBytes } from 'node:crypto'
import { InvalidArgument, MalformedXml, NotImplemented } from '#parts/storage/errors'
import { EVENTS } from '#parts/storage/events'
import type { NotificationRule } from '#parts/storage/records'
import { eachIn, type Fields, fieldsIn, textIn, textsIn } from '#parts/storage/settings/fields'
import type { XmlFields } from '#wire/s3/xml'

const MOST_RULES = 100
const LONGEST_ID = 255
/** Bytes, of a prefix and of a suffix. */
const LONGEST_FILTER = 1024

const arnOf = (target: string) => `arn:akko:sqs::${target}:webhook`
const KINDS = [...new Set(EVENTS.map((event) => `${event.slice(0, event.indexOf(':'))}:*`))]

/** `declared`: names of webhooks. An empty document takes all away. */
export function readNotification(fields: Fields, declared: readonly string[]): readonly NotificationRule[] {
  const rules = eachIn(fields, 'QueueConfiguration').map((one) => readRule(one, declared))
  if (rules.length > MOST_RULES) throw MalformedXml({ reason: `at most ${MOST_RULES} configurations` })
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    throw InvalidArgument({ reason: 'the Id of each configuration must be its own' })
  for (const [i, one] of rules.entries())
    if (rules.slice(i + 1).some((other) => overlap(one, other)))
      throw InvalidArgument({ reason: 'configurations overlap: the same event of one key would be told twice' })
  return rules
}

function readRule(fields: Fields, declared: readonly string[]): NotificationRule {
  const id = textIn(fields, 'Id') || randomBytes(24).toString('base64url')
  if (id.length > LONGEST_ID) throw InvalidArgument({ reason: `the Id of a configuration has at most ${LONGEST_ID} characters` })
  const arn = textIn(fields, 'Queue')
  const target = declared.find((name) => arnOf(name) === arn)
  if (target === undefined)
    throw InvalidArgument({
      reason: `the destination is none that the configuration declares: ${declared.map(arnOf).join(', ') || 'there are none (storage.webhooks)'}`,
    })
  const events = textsIn(fields, 'Event').map(readEvent)
  if (events.length === 0) throw MalformedXml({ reason: 'each configuration has an Event' })
  return { id, target, events, ...readFilter(fields) }
}

function readEvent(text: string): string {
  const event = text.startsWith('s3:') ? text.slice('s3:'.length) : ''
  if (EVENTS.some((known) => known === event) || KINDS.includes(event)) return event
  throw NotImplemented({ what: `the event ${text}` })
}

function readFilter(fields: Fields): Pick<NotificationRule, 'prefix' | 'suffix'> {
  const found = { prefix: '', suffix: '' }
  const seen = new Set<string>()
  if (fields.Filter === undefined) return found
  for (const rule of eachIn(fieldsIn(fieldsIn(fields, 'Filter'), 'S3Key'), 'FilterRule')) {
    const name = textIn(rule, 'Name')?.toLowerCase()
    const value = textIn(rule, 'Value') ?? ''
    if ((name !== 'prefix' && name !== 'suffix') || seen.has(name))
      throw InvalidArgument({ reason: 'a filter has one prefix and one suffix at most' })
    if (Buffer.byteLength(value) > LONGEST_FILTER) throw InvalidArgument({ reason: `a filter’s value has at most ${LONGEST_FILTER} bytes` })
    seen.add(name)
    found[name] = value
  }
  return found
}

/** Whether there is an event of a key that both ask for. */
function overlap(one: NotificationRule, other: NotificationRule): boolean {
  const both = EVENTS.some((event) => asks(one, event) && asks(other, event))
  const prefixes = one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix)
  const suffixes = one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix)
  return both && prefixes && suffixes
}

function asks({ events }: NotificationRule, event: string): boolean {
  return events.includes(event) || events.includes(`${event.slice(0, event.indexOf(':'))}:*`)
}

export function printNotification(rules: readonly NotificationRule[]): XmlFields {
  return {
    QueueConfiguration: rules.map(({ id, target, events, prefix, suffix }) => {
      const filter = Object.entries({ Prefix: prefix, Suffix: suffix }).flatMap(([Name, Value]) => (Value === '' ? [] : [{ Name, Value }]))
      return {
        Id: id,
        Queue: arnOf(target),
        Event: events.map((event) => `s3:${event}`),
        Filter: filter.length === 0 ? undefined : { S3Key: { FilterRule: filter } },
      }
    }),
  }
}
