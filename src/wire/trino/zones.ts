// Time zones as Trino names them, and their rules: the offset at an instant, and the instant of a clock's reading.
import { ZONE_NAMES } from '#wire/trino/zone-names'

const NAMES: ReadonlySet<string> = new Set(ZONE_NAMES)
const OFFSET = /^[+-]\d{2}:\d{2}$/
const FURTHEST = 14 * 60

/** Names of UTC that a text may have. */
const UTC: ReadonlySet<string> = new Set('UTC Z UT UCT GMT GMT0 Greenwich Universal Zulu'.split(' '))

export const isOffset = (zone: string): boolean => OFFSET.test(zone)

/** Minutes of a zone such as `+05:30`. */
export const minutesOf = (zone: string): number =>
  (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)))

/** The zone so many minutes east of UTC; undefined beyond 14 hours. */
export function offsetZone(minutes: number): string | undefined {
  if (minutes === 0) return 'UTC'
  if (Math.abs(minutes) > FURTHEST) return undefined
  const [hour, minute] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${minutes < 0 ? '-' : '+'}${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

/** The id of a zone that a text names: a name of the IANA database as it is spelled, an offset, or UTC. */
export function zoneId(text: string): string | undefined {
  if (NAMES.has(text)) return text
  const isEtc = text.startsWith('Etc/')
  const body = isEtc ? text.slice(4) : text
  if (UTC.has(body)) return 'UTC'
  const [, prefix = '', sign, hour, minute] = /^(UTC|GMT|UT)?([+-])(\d{1,2})(?::(\d{2}))?$/.exec(body) ?? []
  if (sign === undefined || hour === undefined || (minute !== undefined && (hour.length < 2 || Number(minute) > 59))) return undefined
  const isFlipped = isEtc && prefix === 'GMT' && minute === undefined
  return offsetZone(((sign === '-') === isFlipped ? 1 : -1) * (Number(hour) * 60 + Number(minute ?? 0)))
}

/** Seconds, some six days: no zone changed its offset to and fro within so few. */
const SPAN = 2 ** 19
const MOST_SPANS = 100_000

interface Span {
  readonly before: number
  readonly after: number
  /** The second from which on `after` holds. */
  readonly from: number
}

interface Rules {
  readonly format: Intl.DateTimeFormat
  readonly spans: Map<number, Span>
}

const rules = new Map<string, Rules>()

function rulesOf(zone: string): Rules {
  const known = rules.get(zone)
  if (known) return known
  const made = { format: new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }), spans: new Map() }
  rules.set(zone, made)
  return made
}

function lookUp({ format }: Rules, second: number): number {
  const [, sign, hour, minute, rest] = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(format.format(second * 1000)) ?? []
  if (sign === undefined) return 0
  return (sign === '-' ? -1 : 1) * (Number(hour) * 3600 + Number(minute) * 60 + Number(rest ?? 0))
}

function spanAt(zone: Rules, index: number): Span {
  const known = zone.spans.get(index)
  if (known) return known
  let [low, high] = [index * SPAN, (index + 1) * SPAN]
  const [before, after] = [lookUp(zone, low), lookUp(zone, high)]
  while (before !== after && high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (lookUp(zone, middle) === before) low = middle
    else high = middle
  }
  const made = { before, after, from: high }
  if (zone.spans.size >= MOST_SPANS) zone.spans.clear()
  zone.spans.set(index, made)
  return made
}

/** Seconds that a zone's clocks are ahead of UTC at an instant, in seconds since 1970. */
export function offsetAt(zone: string, second: number): number {
  if (zone === 'UTC') return 0
  if (isOffset(zone)) return minutesOf(zone) * 60
  const span = spanAt(rulesOf(zone), Math.floor(second / SPAN))
  return second < span.from ? span.before : span.after
}

/**
 * The instant at which a zone's clocks show `local`, as Joda's time zones find it. Of two, the one that has the offset of `near`. What the
 * clocks skip is moved forward by what they skip.
 */
export function instantOf(zone: string, local: number, near = local): number {
  const holds = (offset: number) => offsetAt(zone, local - offset) === offset
  const first = offsetAt(zone, near)
  if (holds(first)) return local - first
  const second = offsetAt(zone, local)
  if (holds(second)) return local - second
  const third = offsetAt(zone, local - second)
  return local - (holds(third) ? third : Math.min(second, third))
}

const DAY = 86_400

/** All instants at which a zone's clocks show `local`, the earliest first. */
export function instantsOf(zone: string, local: number): number[] {
  const offsets = new Set([-DAY, 0, DAY].map((by) => offsetAt(zone, local + by)))
  return [...offsets]
    .filter((offset) => offsetAt(zone, local - offset) === offset)
    .map((offset) => local - offset)
    .sort((a, b) => a - b)
}
