// Histograms of numbers, and the values that come most often.
import {
  BIGINT,
  DOUBLE,
  type DuckDBListValue,
  type DuckDBMapValue,
  type DuckDBStructValue,
  FLOAT,
  LIST,
  MAP,
  mapValue,
  STRUCT,
  VARCHAR,
} from '@duckdb/node-api'
import { histogram } from '#parts/engine/digests/histogram'
import { createBudget } from '#parts/engine/scalars/budget'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

const MOST_STEPS = 10_000_000
const budget = createBudget({ row: MOST_STEPS, chunk: 2 * MOST_STEPS })
const MOST_BUCKETS = 2n ** 31n - 1n

/** Rows in which nothing is null. */
function rowsOf<T extends object>(list: DuckDBListValue): T[] {
  budget.beginRow()
  budget.spend(list.items.length, 'a histogram of so many values')
  return (list.items as (DuckDBStructValue | null)[])
    .flatMap((item) => (item === null ? [] : [item.entries as unknown as T]))
    .filter((row) => !Object.values(row).includes(null))
}

/** The number of buckets that the first row tells. */
function bucketsOf(count: bigint): number {
  if (count < 2n) throw new BadArgument('the bucket count of a histogram must be greater than one')
  if (count > MOST_BUCKETS) throw new BadArgument('a histogram of so many buckets is not served here yet', 'NOT_SUPPORTED')
  return Number(count)
}

const numeric =
  (held: (n: number) => number) =>
  (list: DuckDBListValue): DuckDBMapValue | undefined => {
    const rows = rowsOf<{ readonly b: bigint; readonly x: number; readonly w: number }>(list)
    const [first] = rows
    if (!first) return undefined
    const made = histogram(
      rows.map(({ x, w }) => ({ value: x, weight: w })),
      bucketsOf(first.b),
      (steps) => budget.spend(steps, 'a histogram of so many values'),
    )
    const weights = new Map(made.map(({ value, weight }) => [held(value), held(weight)]))
    if (weights.size < made.filter(({ value }) => !Number.isNaN(value)).length)
      throw new BadArgument('numeric_histogram of values so near to each other is not served here yet', 'NOT_SUPPORTED')
    return mapValue([...weights].map(([key, value]) => ({ key, value })))
  }

/** Exact as long as the summary holds every value; which ones of those that come as often as each other are kept is not told. */
function mostFrequent(list: DuckDBListValue): DuckDBMapValue | undefined {
  const rows = rowsOf<{ readonly b: bigint; readonly x: string; readonly c: bigint }>(list)
  const [first] = rows
  if (!first) return undefined
  const buckets = bucketsOf(first.b)
  const counts = new Map<string, bigint>()
  for (const { x } of rows) counts.set(x, (counts.get(x) ?? 0n) + 1n)
  if (first.c > MOST_BUCKETS || BigInt(counts.size) > first.c)
    throw new BadArgument('approx_most_frequent of more values than its capacity is not served here yet', 'NOT_SUPPORTED')
  const sorted = [...counts].sort(([, a], [, b]) => Number(b - a))
  if (sorted[buckets] !== undefined && sorted[buckets - 1]?.[1] === sorted[buckets][1])
    throw new BadArgument('approx_most_frequent of values that come as often as each other is not served here yet', 'NOT_SUPPORTED')
  return mapValue(sorted.slice(0, buckets).map(([key, value]) => ({ key, value })))
}

const NUMERIC_ROWS = LIST(STRUCT({ b: BIGINT, x: DOUBLE, w: DOUBLE }))
const defined = (scalar: Omit<Scalar, 'begin'>): Scalar => ({ ...scalar, begin: budget.beginChunk })

export const HISTOGRAMS: readonly Scalar[] = [
  { name: 'trino_numeric_histogram', parameters: [NUMERIC_ROWS], result: MAP(DOUBLE, DOUBLE), of: numeric((n) => n) },
  { name: 'trino_numeric_histogram_real', parameters: [NUMERIC_ROWS], result: MAP(FLOAT, FLOAT), of: numeric(Math.fround) },
  {
    name: 'trino_most_frequent',
    parameters: [LIST(STRUCT({ b: BIGINT, x: VARCHAR, c: BIGINT }))],
    result: MAP(VARCHAR, BIGINT),
    of: mostFrequent,
  },
].map(defined)
