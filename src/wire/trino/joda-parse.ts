// Texts read by the patterns of Joda (parse_datetime) and of MySQL (date_parse), as Joda's parsers read them.
import { BadFormat } from '#wire/trino/joda-format'
import { instantsOf, offsetZone, zoneId } from '#wire/trino/zones'

type Field =
  | 'year'
  | 'weekyear'
  | 'month'
  | 'day'
  | 'dayOfYear'
  | 'week'
  | 'weekday'
  | 'half'
  | 'hour'
  | 'clockHour'
  | 'halfHour'
  | 'clockHalfHour'
  | 'minute'
  | 'second'
  | 'millisecond'

type Part =
  | { readonly k: 'number'; readonly field: Field; readonly most: number; readonly signed?: true; readonly positive?: true }
  | { readonly k: 'shortYear'; readonly field: 'year' | 'weekyear'; readonly pivot: number; readonly lenient: boolean }
  | { readonly k: 'fraction'; readonly most: number }
  | { readonly k: 'name'; readonly field: Field; readonly names: ReadonlyMap<string, number>; readonly longest: number }
  | { readonly k: 'text'; readonly text: string }
  | { readonly k: 'offset' }
  | { readonly k: 'zone' }

const nameTable = (names: readonly string[], first: number): Pick<Extract<Part, { k: 'name' }>, 'names' | 'longest'> => ({
  names: new Map(
    names.flatMap((name, i) => [name, name.slice(0, 3)].flatMap((n) => [n, n.toLowerCase(), n.toUpperCase()]).map((n) => [n, i + first])),
  ),
  longest: Math.max(...names.map(({ length }) => length)),
})
const MONTHS = nameTable('January February March April May June July August September October November December'.split(' '), 1)
const DAYS = nameTable('Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' '), 1)
const HALVES = nameTable(['AM', 'PM'], 0)

const number = (field: Field, most: number): Part => ({ k: 'number', field, most })
const literalOf = (text: string): Part => ({ k: 'text', text })
const MONTH_NAME: Part = { k: 'name', field: 'month', ...MONTHS }
const DAY_NAME: Part = { k: 'name', field: 'weekday', ...DAYS }
const HALF_NAME: Part = { k: 'name', field: 'half', ...HALVES }

/** Letters of numbers whose most digits do not follow from how often they stand there. */
const NUMBERS: ReadonlyMap<string, Part> = new Map(
  (
    [
      ['d', 'day', 2],
      ['h', 'clockHalfHour', 2],
      ['H', 'hour', 2],
      ['k', 'clockHour', 2],
      ['K', 'halfHour', 2],
      ['m', 'minute', 2],
      ['s', 'second', 2],
      ['e', 'weekday', 1],
      ['D', 'dayOfYear', 3],
      ['w', 'week', 2],
    ] as const
  ).map(([letter, field, most]) => [letter, number(field, most)]),
)

const isNumeric = (token: string | undefined): boolean =>
  token !== undefined && (/^[cCxyYdhHmsSeDFwWkK]/.test(token) || /^MM?$/.test(token))

/** Letters as often as they stand there, and what is between them, with a quote before it. */
function jodaTokens(pattern: string): string[] {
  const tokens: string[] = []
  for (let i = 0; i < pattern.length; ) {
    const letters = /[A-Za-z]/.test(pattern[i] as string)
    const start = i
    if (letters) {
      while (pattern[i] === pattern[start]) i++
      tokens.push(pattern.slice(start, i))
      continue
    }
    let text = "'"
    let isQuoted = false
    for (; i < pattern.length && (isQuoted || !/[A-Za-z]/.test(pattern[i] as string)); i++) {
      if (pattern[i] !== "'") text += pattern[i]
      else if (pattern[i + 1] === "'") text += pattern[i++]
      else isQuoted = !isQuoted
    }
    tokens.push(text)
  }
  return tokens
}

/** Years before that of today from which on two digits of a year are of one century. */
const YEARS_BACK = 30

function yearPart(letter: string, count: number, next: string | undefined, thisYear: number): Part {
  const field = letter === 'x' ? 'weekyear' : 'year'
  if (count === 2) return { k: 'shortYear', field, pivot: thisYear - YEARS_BACK, lenient: !isNumeric(next) }
  const most = isNumeric(next) ? count : 9
  return letter === 'Y' ? { k: 'number', field, most, positive: true } : { k: 'number', field, most, signed: true }
}

function jodaPart(token: string, next: string | undefined, thisYear: number): Part {
  const [letter] = token as unknown as [string]
  const count = token.length
  const fixed = NUMBERS.get(letter)
  if (fixed) return fixed
  switch (letter) {
    case "'":
      return literalOf(token.slice(1))
    case 'x':
    case 'y':
    case 'Y':
      return yearPart(letter, count, next, thisYear)
    case 'M':
      return count >= 3 ? MONTH_NAME : number('month', 2)
    case 'E':
      return DAY_NAME
    case 'a':
      return HALF_NAME
    case 'S':
      return { k: 'fraction', most: count }
    case 'Z':
      return { k: count >= 3 ? 'zone' : 'offset' }
    case 'G':
    case 'C':
    case 'z':
      throw new BadFormat('parse_datetime with such a letter is not served here yet', false)
    default:
      throw new BadFormat('Illegal pattern component', true, `Illegal pattern component: ${letter}`)
  }
}

function jodaParts(pattern: string, thisYear: number): Part[] {
  if (pattern === '') throw new BadFormat('Invalid pattern specification', true)
  const tokens = jodaTokens(pattern)
  const illegal = tokens.find((token) => !/^['xyYMEaSZGCzdhHkKmseDw]/.test(token))
  if (illegal !== undefined) throw new BadFormat('Illegal pattern component', true, `Illegal pattern component: ${illegal}`)
  return tokens.map((token, i) => jodaPart(token, tokens[i + 1], thisYear))
}

const CLOCK = (hour: Part): readonly Part[] => [hour, literalOf(':'), number('minute', 2), literalOf(':'), number('second', 2)]
/** Two digits from here on are of 1970 to 2069. */
const MYSQL_PIVOT = 2020

const MYSQL: ReadonlyMap<string, readonly Part[]> = new Map<string, readonly Part[]>([
  ['a', [DAY_NAME]],
  ['W', [DAY_NAME]],
  ['b', [MONTH_NAME]],
  ['M', [MONTH_NAME]],
  ['c', [number('month', 2)]],
  ['m', [number('month', 2)]],
  ['d', [number('day', 2)]],
  ['e', [number('day', 2)]],
  ['f', [{ k: 'fraction', most: 9 }]],
  ['H', [number('hour', 2)]],
  ['k', [number('hour', 2)]],
  ['h', [number('clockHalfHour', 2)]],
  ['I', [number('clockHalfHour', 2)]],
  ['l', [number('clockHalfHour', 2)]],
  ['i', [number('minute', 2)]],
  ['j', [number('dayOfYear', 3)]],
  ['p', [HALF_NAME]],
  ['r', [...CLOCK(number('clockHalfHour', 2)), literalOf(' '), HALF_NAME]],
  ['S', [number('second', 2)]],
  ['s', [number('second', 2)]],
  ['T', CLOCK(number('hour', 2))],
  ['v', [number('week', 2)]],
  ['x', [{ k: 'number', field: 'weekyear', most: 4, signed: true }]],
  ['Y', [{ k: 'number', field: 'year', most: 4, signed: true }]],
  ['y', [{ k: 'shortYear', field: 'year', pivot: MYSQL_PIVOT, lenient: false }]],
])

function mysqlParts(pattern: string): Part[] {
  const parts: Part[] = []
  for (const [piece] of pattern.matchAll(/%[\s\S]|[^%]+/g)) {
    if (!piece.startsWith('%')) parts.push(literalOf(piece))
    else if (/[DUuVwX]/.test(piece)) throw new BadFormat('not supported in a date format string', true)
    else parts.push(...(MYSQL.get(piece.slice(1)) ?? [literalOf(piece.slice(1))]))
  }
  return parts
}

/** Why a text is no moment; `unserved` is what Joda may read. */
type Fault = 'invalid' | 'unserved'

interface Read {
  readonly fields: Map<Field, number>
  offset?: number
  zone?: string
}

const isDigit = (c: string | undefined): boolean => c !== undefined && c >= '0' && c <= '9'

/** Where the digits end that begin at a place. */
function digitsEnd(text: string, at: number, most: number): number {
  let end = at
  while (end - at < most && isDigit(text[end])) end++
  return end
}

class Parser {
  readonly read: Read = { fields: new Map() }
  readonly #text: string
  #at = 0
  #fault: Fault | undefined

  constructor(text: string) {
    this.#text = text
  }

  parse(parts: readonly Part[]): Read | Fault {
    for (const part of parts) {
      if (!this.#take(part)) return this.#fault ?? 'invalid'
    }
    return this.#at === this.#text.length ? this.read : 'invalid'
  }

  #take(part: Part): boolean {
    switch (part.k) {
      case 'text':
        return this.#literal(part.text)
      case 'number':
        return this.#number(part)
      case 'shortYear':
        return this.#shortYear(part)
      case 'fraction':
        return this.#fraction(part.most)
      case 'name':
        return this.#name(part)
      case 'offset':
        return this.#offset()
      case 'zone':
        return this.#zone()
    }
  }

  #unserved(): false {
    this.#fault = 'unserved'
    return false
  }

  #save(field: Field, value: number): boolean {
    const before = this.read.fields.get(field)
    if (before !== undefined && before !== value) return this.#unserved()
    this.read.fields.set(field, value)
    return true
  }

  #literal(text: string): boolean {
    const found = this.#text.slice(this.#at, this.#at + text.length)
    if (found !== text && found.toUpperCase().toLowerCase() !== text.toUpperCase().toLowerCase()) return false
    this.#at += text.length
    return true
  }

  #number({ field, most, signed, positive }: Extract<Part, { k: 'number' }>): boolean {
    const sign = signed && /[+-]/.test(this.#text[this.#at] ?? '') && most > 1 && isDigit(this.#text[this.#at + 1])
    if (sign) return this.#unserved()
    const end = digitsEnd(this.#text, this.#at, most)
    if (end === this.#at) return false
    const value = Number(this.#text.slice(this.#at, end))
    if (positive && value < 1) return false
    this.#at = end
    return this.#save(field, value)
  }

  #shortYear({ field, pivot, lenient }: Extract<Part, { k: 'shortYear' }>): boolean {
    if (lenient && /[+-]/.test(this.#text[this.#at] ?? '')) return this.#unserved()
    const end = digitsEnd(this.#text, this.#at, lenient ? Number.POSITIVE_INFINITY : 2)
    const digits = end - this.#at
    const value = Number(this.#text.slice(this.#at, end))
    this.#at = end
    if (digits === 0) return false
    if (digits !== 2) return lenient && this.#save(field, value)
    const low = pivot - 50
    return this.#save(field, value + low - (low % 100) + (value < low % 100 ? 100 : 0))
  }

  #fraction(most: number): boolean {
    const end = digitsEnd(this.#text, this.#at, most)
    if (end === this.#at) return false
    const digits = this.#text.slice(this.#at, Math.min(end, this.#at + 3))
    this.#at = end
    return this.#save('millisecond', Number(digits.padEnd(3, '0')))
  }

  #name({ field, names, longest }: Extract<Part, { k: 'name' }>): boolean {
    for (let length = longest; length > 0; length--) {
      const name = this.#text.slice(this.#at, this.#at + length)
      const value = name.length === length ? names.get(name) : undefined
      if (value === undefined) continue
      this.#at += length
      return this.#save(field, value)
    }
    return false
  }

  #offset(): boolean {
    if (/^z/i.test(this.#text.slice(this.#at, this.#at + 1))) {
      this.#at++
      this.read.offset = 0
      return true
    }
    const [whole, sign, hours, , minutes, others] =
      /^([+-])(\d{2})(?:(:?)(\d{2}))?(:?\d|:)?/.exec(this.#text.slice(this.#at, this.#at + 9)) ?? []
    if (whole === undefined || Number(hours) > 23 || Number(minutes ?? 0) > 59) return false
    if (others !== undefined) return this.#unserved()
    this.#at += whole.length
    this.read.offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0))
    return true
  }

  /** The longest name of a zone. */
  #zone(): boolean {
    const [name = ''] = /^[\w/+-]{1,40}/.exec(this.#text.slice(this.#at, this.#at + 40)) ?? []
    for (let length = name.length; length > 0; length--) {
      const id = name.slice(0, length)
      if (zoneId(id) !== id) continue
      this.#at += length
      this.read.zone = id
      return true
    }
    return this.#unserved()
  }
}

const DAY = 86_400_000
/** Of what tells a month or a day and no year. */
const OTHERWISE_YEAR = 2000

function midnight(year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getTime()
}

const isIn = (value: number, least: number, most: number): boolean => value >= least && value <= most
const weekdayOf = (day: number): number => ((((day / DAY + 3) % 7) + 7) % 7) + 1

/** Milliseconds since 1970 of the midnight of the day that the fields tell, in UTC. */
function dayOf(fields: ReadonlyMap<Field, number>): number | Fault {
  const [month, day, ordinal, weekday] = (['month', 'day', 'dayOfYear', 'weekday'] as const).map((field) => fields.get(field))
  if (fields.has('weekyear') || fields.has('week')) return weekDayOf(fields)
  const hasDay = month !== undefined || day !== undefined || ordinal !== undefined
  if (weekday !== undefined && !isIn(weekday, 1, 7)) return 'invalid'
  if (weekday !== undefined && !hasDay) return 'unserved'
  const year = fields.get('year') ?? (hasDay ? OTHERWISE_YEAR : 1970)
  if (!isIn(year, 1, 9999)) return 'unserved'
  if (ordinal !== undefined && (month !== undefined || day !== undefined)) return 'unserved'
  if (!isIn(month ?? 1, 1, 12)) return 'invalid'
  const start = midnight(year, month ?? 1, 1)
  const length = (ordinal === undefined ? midnight(year, (month ?? 1) + 1, 1) : midnight(year + 1, 1, 1)) - start
  const place = ordinal ?? day ?? 1
  if (!isIn(place, 1, length / DAY)) return 'invalid'
  const found = start + (place - 1) * DAY
  return weekday === undefined || weekday === weekdayOf(found) ? found : 'unserved'
}

function weekDayOf(fields: ReadonlyMap<Field, number>): number | Fault {
  const year = fields.get('weekyear')
  if (year === undefined || !isIn(year, 1, 9999) || ['year', 'month', 'day', 'dayOfYear'].some((field) => fields.has(field as Field)))
    return 'unserved'
  const first = (of: number) => {
    const fourth = midnight(of, 1, 4)
    return fourth - (weekdayOf(fourth) - 1) * DAY
  }
  const weeks = (first(year + 1) - first(year)) / (7 * DAY)
  const [week, weekday] = [fields.get('week') ?? 1, fields.get('weekday') ?? 1]
  if (!isIn(week, 1, weeks) || !isIn(weekday, 1, 7)) return 'invalid'
  return first(year) + (7 * (week - 1) + weekday - 1) * DAY
}

/** The hour of the day; of a half of it where that is told alone. */
function hourOf(fields: ReadonlyMap<Field, number>): number | Fault {
  const [hour, clock, half, halfClock] = (['hour', 'clockHour', 'halfHour', 'clockHalfHour'] as const).map((field) => fields.get(field))
  if ([hour, clock, half, halfClock].filter((given) => given !== undefined).length > 1) return 'unserved'
  const fits = isIn(hour ?? 0, 0, 23) && isIn(clock ?? 1, 1, 24) && isIn(half ?? 0, 0, 11) && isIn(halfClock ?? 1, 1, 12)
  if (!fits) return 'invalid'
  if (hour !== undefined) return hour
  if (clock !== undefined) return clock % 24
  return (half ?? (halfClock ?? 0) % 12) + 12 * (fields.get('half') ?? 0)
}

/** What clocks show, in milliseconds since 1970. */
function localOf(fields: ReadonlyMap<Field, number>): number | Fault {
  const [day, hour] = [dayOf(fields), hourOf(fields)]
  const [minute, second] = [fields.get('minute') ?? 0, fields.get('second') ?? 0]
  if (day === 'invalid' || hour === 'invalid' || minute > 59 || second > 59) return 'invalid'
  if (day === 'unserved' || hour === 'unserved') return 'unserved'
  return day + ((hour * 60 + minute) * 60 + second) * 1000 + (fields.get('millisecond') ?? 0)
}

/** `micros zone`; `invalid`, or `unserved` of what Trino may read. `session` is the zone of what tells none. */
export function parseJoda(text: string, pattern: string, session: string, thisYear: number): string {
  const read = new Parser(text).parse(jodaParts(pattern, thisYear))
  if (typeof read === 'string') return read
  const local = localOf(read.fields)
  if (typeof local === 'string') return local
  const zone = read.offset === undefined ? (read.zone ?? session) : offsetZone(read.offset)
  if (zone === undefined) return 'unserved'
  const second = Math.floor(local / 1000)
  const instant = instantsOf(zone, second)[0]
  return instant === undefined ? 'invalid' : `${instant * 1000 + (local - second * 1000)}000 ${zone}`
}

/** Milliseconds since 1970; `invalid`, or `unserved` of what Trino may read. */
export function parseMysql(text: string, pattern: string): string {
  const read = new Parser(text).parse(mysqlParts(pattern))
  return String(typeof read === 'string' ? read : localOf(read.fields))
}
