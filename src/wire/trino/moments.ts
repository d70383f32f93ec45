// Moments with a zone as texts: `2024-03-31 01:30:00.5 Europe/Paris`.
import { instantOf, instantsOf, zoneId } from '#wire/trino/zones'

const MOMENT = /^([-+]?\d{4,})-(\d{1,2})-(\d{1,2})(?: (?:(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?\s*(\S.*)?)?$/

export interface Moment {
  /** Microseconds since 1970. */
  readonly micros: bigint
  readonly zone: string
  /** Digits of the second that were given. */
  readonly digits: number
}

/** Why a text is no moment: `skipped` is one that no clock of its zone showed, `unserved` one that Trino may read and that is not served. */
export type Fault = 'invalid' | 'skipped' | 'unserved'

/**
 * Reads a text with a date, a time of day and a zone, rounded to `digits`. `otherwise` is the zone of a text that has none. Where a text is no
 * literal, what clocks skip is moved on by as much.
 */
export function readMoment(text: string, digits: number, otherwise: string | undefined, isLiteral = false): Moment | Fault {
  const [, years, month, day, hour = '0', minute = '0', second = '0', fraction = '', named] = MOMENT.exec(text) ?? []
  if (years === undefined) return 'invalid'
  const [year, of, on] = [Number(years), Number(month), Number(day)]
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return 'invalid'
  const zone = named === undefined ? otherwise : zoneId(named)
  if (zone === undefined) return named !== undefined && /^(UT|GMT|UTC)?[+-]\d/.test(named) ? 'unserved' : 'invalid'
  if (year < 1 || year > 9999 || /^[+-]/.test(years)) return 'unserved'
  const date = new Date(0)
  date.setUTCFullYear(year, of - 1, on)
  if (date.getUTCMonth() !== of - 1 || date.getUTCDate() !== on) return 'invalid'
  const local = date.getTime() / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const earliest = instantsOf(zone, local)[0] ?? (isLiteral ? undefined : instantOf(zone, local))
  if (earliest === undefined) return 'skipped'
  return { micros: BigInt(earliest) * 1_000_000n + rounded(fraction, Math.min(digits, 6)), zone, digits: fraction.length }
}

/** A fraction of a second in microseconds, half up to so many digits. */
function rounded(fraction: string, digits: number): bigint {
  const kept = BigInt(fraction.slice(0, digits).padEnd(digits, '0') || '0')
  const up = Number(fraction[digits] ?? '0') >= 5 ? 1n : 0n
  return (kept + up) * 10n ** BigInt(6 - digits)
}

/** `2024-03-31 00:30:00.500000`, in UTC. */
export function printMicros(micros: bigint): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - rest) / 1_000_000n) * 1000).toISOString().replace('T', ' ').slice(0, 19)
  return `${seconds}.${String(rest).padStart(6, '0')}`
}
