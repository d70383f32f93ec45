// Numbers, bytes, durations and times as a person reads them. One spelling for the whole cockpit.

const integer = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })

/** What stands for a value that nobody measured. */
export const ABSENT = '–'

export function formatCount(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? ABSENT : integer.format(value).replaceAll(',', '\u202f')
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Bytes in binary units with three significant digits: `999 B`, `1.46 MiB`. */
export function formatBytes(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return ABSENT
  let n = Math.max(0, value)
  let unit = 0
  while (n >= 1023.5 && unit < UNITS.length - 1) {
    n /= 1024
    unit++
  }
  const digits = unit === 0 || n >= 99.95 ? 0 : n >= 9.995 ? 1 : 2
  return `${n.toFixed(digits)} ${UNITS[unit]}`
}

/** A duration given in milliseconds: `0.4 ms`, `12 ms`, `1.24 s`, `3 min 05 s`, `2 h 10 min`, `4 d 2 h`. */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return ABSENT
  const value = Math.max(0, ms)
  if (value < 9.95) return `${value === 0 ? '0' : value.toFixed(1)} ms`
  if (value < 999.5) return `${Math.round(value)} ms`
  if (value < 9_995) return `${(value / 1000).toFixed(2)} s`
  if (value < 59_950) return `${(value / 1000).toFixed(1)} s`
  const seconds = Math.round(value / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

/** `at` as seen from `now`: `now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`, then the date. */
export function formatAgo(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000)
  if (seconds < 2) return 'now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`
  return new Date(at).toISOString().slice(0, 10)
}

/** How long something lasts so far, in one unit: `12 s`, `5 min`, `3 h`, `2 d`. */
export function formatSince(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** The exact time in the reader's zone, with the zone's offset: `2026-11-20 23:25:05 UTC+1`. */
export function formatExact(at: number): string {
  const d = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const offset = -d.getTimezoneOffset() / 60
  const zone = offset === 0 ? 'UTC' : `UTC${offset > 0 ? '+' : '-'}${Math.abs(offset)}`
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())} ${zone}`
}

/** A long id shortened in the middle: `4bf92f35…0e4736`. */
export function shortenId(id: string, head = 8, tail = 6): string {
  return id.length <= head + tail + 1 ? id : `${id.slice(0, head)}…${id.slice(-tail)}`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
