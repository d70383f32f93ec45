// What FOR VERSION AS OF and FOR TIMESTAMP AS OF point to: literals, and times before now.
import { intervalLiteral } from '#parts/sql/dialect/literals'
import { NotSupported, sqlError } from '#parts/sql/errors'
import type { Pointer } from '#parts/sql/ports'
import type { Expression, Version } from '#parts/sql/syntax/ast'
import { readMoment } from '#wire/trino/moments'

export interface Clock {
  readonly now: Date
  readonly timeZone: string
}

const LARGEST_INTEGER = 2147483647n
const LARGEST_BIGINT = 9223372036854775807n

export function pointerOf(version: Version, clock: Clock): Pointer {
  if (version.value.k === 'null') throw sqlError('INVALID_ARGUMENTS', version.pos, 'Pointer value cannot be NULL')
  return version.of === 'version' ? versionOf(version.value) : { millis: pastMillis(version, clock) }
}

function versionOf(value: Expression): Pointer {
  if (value.k === 'string') return { ref: value.value }
  const id = idOf(value)
  if (id === undefined)
    throw NotSupported({ ...value.pos, text: 'FOR VERSION AS OF is served with a snapshot id, or the name of a branch or a tag as a text' })
  if (id <= LARGEST_INTEGER) throw sqlError('NOT_SUPPORTED', undefined, 'Unsupported type for table version: integer')
  return { id }
}

function idOf(value: Expression): bigint | undefined {
  if (value.k === 'integer' && BigInt(value.value) <= LARGEST_BIGINT) return BigInt(value.value)
  return value.k === 'typed' && value.type === 'bigint' && /^\d{1,18}$|^[1-8]\d{18}$/.test(value.value) ? BigInt(value.value) : undefined
}

function pastMillis({ pos, value }: Version, clock: Clock): number {
  const wrong = { string: 'varchar', integer: 'integer', boolean: 'boolean', decimal: 'decimal', double: 'double' }[value.k as string]
  if (wrong)
    throw sqlError(
      'TYPE_MISMATCH',
      pos,
      `Type ${wrong} invalid. Temporal pointers must be of type Timestamp, Timestamp with Time Zone, or Date.`,
    )
  const millis = millisOf(value, clock)
  if (millis === undefined)
    throw NotSupported({
      ...value.pos,
      text: 'FOR TIMESTAMP AS OF is served with a date, a timestamp, or current_timestamp less an interval of days or shorter',
    })
  if (millis >= clock.now.getTime()) {
    const text = value.k === 'typed' ? value.value : new Date(millis).toISOString()
    throw sqlError('INVALID_ARGUMENTS', pos, `Pointer value '${text}' is not in the past`)
  }
  return millis
}

/** Undefined for what is not served here. */
function millisOf(e: Expression, clock: Clock): number | undefined {
  if (isNow(e)) return clock.now.getTime()
  if (e.k === 'typed' && (e.type === 'date' || e.type === 'timestamp')) {
    const text = e.value.trim()
    const moment = e.type === 'date' && text.includes(' ') ? 'invalid' : readMoment(text, 12, clock.timeZone, true)
    if (typeof moment !== 'string') return Number(moment.micros / 1000n)
    if (moment === 'unserved') return undefined
    throw sqlError('INVALID_LITERAL', e.pos, `'${e.value}' is not a valid ${e.type.toUpperCase()} literal`)
  }
  if (e.k !== 'arithmetic' || !(e.op === '+' || e.op === '-') || !isNow(e.left) || e.right.k !== 'interval') return undefined
  const { milliseconds } = intervalLiteral(e.right)
  if (milliseconds === undefined) return undefined
  return clock.now.getTime() + (e.op === '-' ? -milliseconds : milliseconds)
}

const isNow = (e: Expression): boolean =>
  (e.k === 'special' && e.name === 'current_timestamp') ||
  (e.k === 'call' && e.args.length === 0 && !e.star && e.name.length === 1 && e.name[0]?.lower === 'now')
