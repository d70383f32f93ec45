// The verdict on an answer of ours beside Trino's, and the bounds of what is only approximately the same.
import type { Kept } from '#test/sql-judge/answers'

/** `refused`: NOT_SUPPORTED where Trino answers or complains otherwise. `error`: another error than Trino's, or one where it answers. */
export type Verdict = 'equal' | 'refused' | 'error' | 'different'

/** Relative bounds for doubles: sums in another order, and the last digit of functions that Java's and C's libraries compute. */
export const BOUNDS: readonly (readonly [functions: RegExp, bound: number, what: string, why: string])[] = [
  [
    /\b(avg|sum|stddev\w*|var\w*|variance|corr|covar\w*|regr\w*|geometric_mean|kurtosis|skewness|numeric_histogram)\(/,
    1e-12,
    'Sums and statistics of doubles',
    'the rows are added up in another order',
  ],
  [
    /\b(a?(sin|cos|tan)h?|atan2|exp|ln|log|log2|log10|pow|power|cbrt|radians|degrees|cosine_\w+|euclidean_distance)\(/,
    1e-15,
    'Functions of trigonometry, powers and logarithms',
    "the last digit of Java's library and of C's",
  ],
  [/\b(t_cdf|t_pdf)\(/, 1e-11, "Student's distribution", 'logarithms of the gamma function by another series'],
]

export function verdict(theirs: Kept, ours: Kept): Verdict {
  if (ours.error !== undefined) {
    if (ours.error === theirs.error) return 'equal'
    return ours.error === 'NOT_SUPPORTED' ? 'refused' : 'error'
  }
  if (theirs.error !== undefined) return 'different'
  const bound = Math.max(0, ...BOUNDS.filter(([functions]) => functions.test(theirs.sql)).map(([, b]) => b))
  return same(theirs.types, ours.types, 0) && same(theirs.rows, ours.rows, bound) ? 'equal' : 'different'
}

function same(a: unknown, b: unknown, bound: number): boolean {
  if (typeof a === 'number' && typeof b === 'number')
    return Object.is(a, b) || a === b || Math.abs(a - b) <= bound * Math.max(Math.abs(a), Math.abs(b))
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i], bound))
  if (a !== null && b !== null && typeof a === 'object' && typeof b === 'object') {
    const [x, y] = [Object.entries(a), Object.entries(b)]
    return (
      x.length === y.length && x.every(([key, value]) => Object.hasOwn(b, key) && same(value, (b as Record<string, unknown>)[key], bound))
    )
  }
  return a === b
}
