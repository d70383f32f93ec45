// Sizes of data in bytes and durations in milliseconds, from texts with a unit.
import { BIGINT, HUGEINT, VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

const PREFIXES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB']
const BEYOND = 10n ** 38n
/** Of a decimal of 38 digits; leading noughts of more are not counted. */
const LONGEST = 1000

function dataSize(text: string): bigint {
  const invalid = () => new BadArgument('Invalid data size', undefined, `Invalid data size: '${text}'`)
  const [number = ''] = /^[\d.]*/.exec(text) ?? []
  if (/^\p{Nd}/u.test(text.slice(number.length)))
    throw new BadArgument('a data size in such digits is not served here yet', 'NOT_SUPPORTED')
  if (number.length > LONGEST) throw new BadArgument('a data size of so many digits is not served here yet', 'NOT_SUPPORTED')
  const power = PREFIXES.indexOf(text.slice(number.length))
  const [, whole = '', fraction = ''] = /^(\d*)\.?(\d*)$/.exec(number) ?? []
  if (power < 0 || whole + fraction === '') throw invalid()
  const bytes = (BigInt(whole + fraction) << BigInt(10 * power)) / 10n ** BigInt(fraction.length)
  if (bytes >= BEYOND)
    throw new BadArgument('Value out of range', 'NUMERIC_VALUE_OUT_OF_RANGE', `Value out of range: '${text}' ('${bytes}B')`)
  return bytes
}

/** Milliseconds of each unit. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1 / 1_000_000],
  ['us', 1 / 1000],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])
const DURATION = /^[ \t\n\v\f\r]*(\d+(?:\.\d+)?)[ \t\n\v\f\r]*([a-zA-Z]+)[ \t\n\v\f\r]*$/
/** What an interval of the engine holds. */
const MOST_MILLISECONDS = 9_000_000_000_000_000

function duration(text: string): bigint {
  const [, value, name = ''] = DURATION.exec(text) ?? []
  const unit = UNITS.get(name)
  if (value === undefined || unit === undefined || !Number.isFinite(Number(value)))
    throw new BadArgument('duration is not a valid data duration string')
  const milliseconds = Math.floor(Number(value) * unit + 0.5)
  if (milliseconds > 2 ** 63) throw new BadArgument('value is too large to be represented as milliseconds')
  if (milliseconds > MOST_MILLISECONDS) throw new BadArgument('parse_duration of so many days is not served here yet', 'NOT_SUPPORTED')
  return BigInt(milliseconds)
}

export const SIZES: readonly Scalar[] = [
  { name: 'trino_parse_data_size', parameters: [VARCHAR], result: HUGEINT, of: dataSize },
  { name: 'trino_parse_duration', parameters: [VARCHAR], result: BIGINT, of: duration },
]
