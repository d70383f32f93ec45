// Times of day with an offset: the picoseconds of UTC's clock, which decide order and equality, and the offset in minutes.

const DAY = 86_400_000_000_000_000n
const MINUTE = 60_000_000_000_000n
const FURTHEST = 14 * 60
const DIGITS = 12

const TIME = /^\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?(?:\s*([+-])(\d\d):(\d\d))?\s*$/

export interface ZonedTime {
  readonly utc: bigint
  /** Minutes east of UTC. */
  readonly offset: number
  /** Digits of the second that were given. */
  readonly digits: number
}

const ofDay = (picos: bigint): bigint => ((picos % DAY) + DAY) % DAY

/** Reads a time, rounded to `digits`; `otherwise` is the offset of a text that has none. */
export function readZonedTime(text: string, digits: number, otherwise: number | undefined): ZonedTime | undefined {
  const [, hour, minute, second = '0', fraction = '', sign, hours, minutes] = TIME.exec(text) ?? []
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || Number(minutes ?? 0) > 59) return undefined
  const offset = sign === undefined ? otherwise : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  if (offset === undefined || Math.abs(offset) > FURTHEST) return undefined
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const local = BigInt(seconds) * 1_000_000_000_000n + BigInt(fraction.padEnd(DIGITS, '0'))
  const unit = 10n ** BigInt(DIGITS - Math.min(digits, DIGITS))
  const rounded = ((local + unit / 2n) / unit) * unit
  return { utc: ofDay(rounded - BigInt(offset) * MINUTE), offset, digits: fraction.length }
}

/** `01:02:03.456+02:00` */
export function printZonedTime(utc: bigint, offset: number, digits: number): string {
  const local = ofDay(utc + BigInt(offset) * MINUTE)
  const seconds = Number(local / 1_000_000_000_000n)
  const two = (n: number) => String(n).padStart(2, '0')
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':')
  const fraction = String(local % 1_000_000_000_000n)
    .padStart(DIGITS, '0')
    .slice(0, digits)
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60]
  return `${clock}${digits === 0 ? '' : `.${fraction}`}${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`
}
