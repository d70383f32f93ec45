// Moments written by the patterns of Joda, as format_datetime writes them.
import { own } from '#kit/own'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
const DAY = 86_400_000

/** Why a pattern is none that is served: `illegal` in Trino too. The text holds nothing of the pattern; `detail` does. */
export class BadFormat extends Error {
  readonly illegal: boolean
  readonly detail: string | undefined
  constructor(text: string, illegal: boolean, detail?: string) {
    super(text)
    this.illegal = illegal
    this.detail = detail
  }
}

interface Shown {
  readonly date: Date
  /** Seconds east of UTC. */
  readonly offset: number
  readonly zone: string
}

const padded = (value: number, count: number): string => `${value < 0 ? '-' : ''}${String(Math.abs(value)).padStart(count, '0')}`
const named = (names: readonly string[], index: number, count: number): string => {
  const name = names[index] as string
  return count >= 4 ? name : name.slice(0, 3)
}

/** The Thursday of a day's week: its year is the week's. */
function thursday(date: Date): Date {
  const day = new Date(Math.floor(date.getTime() / DAY) * DAY)
  day.setUTCDate(day.getUTCDate() + 3 - ((day.getUTCDay() + 6) % 7))
  return day
}

const dayOfYear = (date: Date): number => Math.floor((date.getTime() - yearStart(date)) / DAY) + 1

function yearStart(date: Date): number {
  const start = new Date(0)
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1)
  return start.getTime()
}

const year = (value: number, count: number): string => (count === 2 ? padded(value % 100, 2) : padded(value, count))

function zoneText({ offset, zone }: Shown, count: number): string {
  if (count >= 3) return zone
  const minutes = Math.trunc(Math.abs(offset) / 60)
  const clock = [Math.trunc(minutes / 60), minutes % 60].map((n) => padded(n, 2))
  return `${offset < 0 ? '-' : '+'}${clock.join(count === 2 ? ':' : '')}`
}

const FIELDS: Readonly<Record<string, (shown: Shown, count: number) => string>> = {
  Y: ({ date }, n) => year(date.getUTCFullYear(), n),
  y: ({ date }, n) => year(date.getUTCFullYear(), n),
  x: ({ date }, n) => year(thursday(date).getUTCFullYear(), n),
  w: ({ date }, n) => padded(Math.ceil(dayOfYear(thursday(date)) / 7), n),
  e: ({ date }, n) => padded(date.getUTCDay() || 7, n),
  E: ({ date }, n) => named(DAYS, date.getUTCDay(), n),
  D: ({ date }, n) => padded(dayOfYear(date), n),
  M: ({ date }, n) => (n >= 3 ? named(MONTHS, date.getUTCMonth(), n) : padded(date.getUTCMonth() + 1, n)),
  d: ({ date }, n) => padded(date.getUTCDate(), n),
  a: ({ date }) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  K: ({ date }, n) => padded(date.getUTCHours() % 12, n),
  h: ({ date }, n) => padded(date.getUTCHours() % 12 || 12, n),
  H: ({ date }, n) => padded(date.getUTCHours(), n),
  k: ({ date }, n) => padded(date.getUTCHours() || 24, n),
  m: ({ date }, n) => padded(date.getUTCMinutes(), n),
  s: ({ date }, n) => padded(date.getUTCSeconds(), n),
  S: ({ date }, n) => padded(date.getUTCMilliseconds(), 3).padEnd(n, '0').slice(0, n),
  Z: zoneText,
}
const UNSERVED = 'GCz'

/** A quoted text, a letter as often as it stands there, or anything else. */
const PART = /'((?:[^']|'')*)'|([A-Za-z])\2*|[\s\S]/gy

/** `local` in milliseconds as the clocks of the zone show it. */
export function formatJoda(local: number, offset: number, zone: string, pattern: string): string {
  const shown: Shown = { date: new Date(local), offset, zone }
  if (pattern === '') throw new BadFormat('Invalid pattern specification', true)
  if (shown.date.getUTCFullYear() < 1 || shown.date.getUTCFullYear() > 9999)
    throw new BadFormat('format_datetime of a year before 1 or after 9999 is not served here yet', false)
  let text = ''
  for (const [part, quoted, letter] of pattern.matchAll(PART)) {
    if (quoted !== undefined) text += quoted === '' ? "'" : quoted.replaceAll("''", "'")
    else if (letter === undefined) {
      if (part === "'") throw new BadFormat('format_datetime with a quote that is left open is not served here yet', false)
      text += part
    } else {
      if (UNSERVED.includes(letter))
        throw new BadFormat(
          'format_datetime with such a letter is not served here yet',
          false,
          `format_datetime with ${letter} is not served here yet`,
        )
      const field = own(FIELDS, letter)
      if (!field) throw new BadFormat('Illegal pattern component', true, `Illegal pattern component: ${letter}`)
      text += field(shown, part.length)
    }
  }
  return text
}
