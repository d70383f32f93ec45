// Texts by their code points, and dates of ISO 8601.
import { BIGINT, VARCHAR } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

/** As many steps as Trino takes for a distance. */
const MOST_STEPS = 1_000_000

function levenshtein(a: string, b: string): bigint {
  const [left, right] = [[...a], [...b]]
  if (left.length * right.length > MOST_STEPS) throw new BadArgument('The combined inputs for Levenshtein distance are too large')
  let row = Array.from({ length: right.length + 1 }, (_, i) => i)
  for (const [i, x] of left.entries()) {
    const next = [i + 1]
    for (const [j, y] of right.entries())
      next.push(Math.min((row[j] as number) + (x === y ? 0 : 1), (row[j + 1] as number) + 1, (next[j] as number) + 1))
    row = next
  }
  return BigInt(row[right.length] as number)
}

function hamming(a: string, b: string): bigint {
  const [left, right] = [[...a], [...b]]
  if (left.length !== right.length) throw new BadArgument('The input strings to hamming_distance function must have the same length')
  return BigInt(left.filter((x, i) => x !== right[i]).length)
}

/** `2024`, `2024-03`, `2024-03-01`, `2024-060`, `2024-W05-3` as a date. */
function isoDate(text: string): string {
  const bad = () => new BadArgument('Invalid format of a date')
  const [, year, month, day, ordinal, week, weekday] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?|-(\d{3})|-W(\d{2})(?:-(\d))?)?$/.exec(text) ?? []
  if (year === undefined) throw bad()
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
  if (!isFit) throw bad()
  return date.toISOString().slice(0, 10)
}

export const TEXT: readonly Scalar[] = [
  { name: 'trino_levenshtein', parameters: [VARCHAR, VARCHAR], result: BIGINT, of: levenshtein },
  { name: 'trino_hamming', parameters: [VARCHAR, VARCHAR], result: BIGINT, of: hamming },
  { name: 'trino_iso_date', parameters: [VARCHAR], result: VARCHAR, of: isoDate },
]
