// Texts of ISO 8601 as moments, and moments by the patterns of Joda, which format_datetime takes.
import { instantOf, offsetZone } from '#wire/trino/zones'

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?|-(\d{3})|-W(\d{2})(?:-(\d))?)?$/

/** `2024`, `2024-03`, `2024-03-01`, `2024-060`, `2024-W05-3` as milliseconds of its midnight in UTC. */
export function isoDay(text: string): number | undefined {
  const [, year, month, day, ordinal, week, weekday] = DATE.exec(text) ?? []
  if (year === undefined) return undefined
  const date = new Date(0)
  if (ordinal !== undefined) date.setUTCFullYear(Number(year), 0, Number(ordinal))
  else if (week !== undefined) {
    date.setUTCFullYear(Number(year), 0, 4)
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7) + 7 * (Number(week) - 1) + Number(weekday ?? 1) - 1)
  } else date.setUTCFullYear(Number(year), Number(month ?? 1) - 1, Number(day ?? 1))
  const isFit =
    week !== undefined
      ? Number(week) >= 1 && Number(week) <= 53 && Number(weekday ?? 1) >= 1 && Number(weekday ?? 1) <= 7
      : date.getUTCFullYear() === Number(year) && (ordinal !== undefined ? Number(ordinal) >= 1 : date.getUTCDate() === Number(day ?? 1))
  return isFit ? date.getTime() : undefined
}

const CLOCK = /^(\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/

/** `micros zone`; `invalid`, or `unserved` of what Trino may read. */
export function isoMoment(text: string, session: string): string {
  const [date = '', clock, ...others] = text.split('T')
  if (others.length > 0 || !/^[+-]?\d{4}/.test(date)) return /^T\d/.test(text) ? 'unserved' : 'invalid'
  const day = isoDay(date)
  if (day === undefined) return /^[+-]?\d{5,}|^[+-]/.test(date) ? 'unserved' : 'invalid'
  if (clock === undefined || clock === '') return clock === '' ? 'unserved' : made(day, 0, session)
  const [, hour, minute = '0', second = '0', fraction = '', offset] = CLOCK.exec(clock) ?? []
  if (hour === undefined) return /^\d{1,2}([:.,]|$)|^Z|^[+-]/.test(clock) ? 'unserved' : 'invalid'
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return 'invalid'
  const time = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
  if (offset === undefined) return made(day, time, session)
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? []
  const east = offset === 'Z' ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  const zone = offsetZone(east)
  return zone === undefined || Number(minutes) > 59 ? 'unserved' : made(day, time, zone)
}

function made(day: number, time: number, zone: string): string {
  const local = day + time
  const second = Math.floor(local / 1000)
  return `${instantOf(zone, second) * 1000 + (local - second * 1000)}000 ${zone}`
}
