// Skewness and kurtosis: sums of powers, taken up value by value as Trino takes them.
import { DOUBLE, type DuckDBListValue, LIST } from '@duckdb/node-api'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

const MOST = 1_000_000

interface Moments {
  readonly n: number
  readonly m2: number
  readonly m3: number
  readonly m4: number
}

function momentsOf({ items }: DuckDBListValue): Moments {
  if (items.length > MOST) throw new BadArgument('skewness and kurtosis of so many values are not served here yet', 'NOT_SUPPORTED')
  let [n, m1, m2, m3, m4] = [0, 0, 0, 0, 0]
  for (const value of items as (number | null)[]) {
    if (value === null) continue
    const before = n++
    const delta = value - m1
    const part = delta / n
    const step = delta * part * before
    m1 += part
    m4 += step * part * part * (n * n - 3 * n + 3) + 6 * part * part * m2 - 4 * part * m3
    m3 += step * part * (n - 2) - 3 * part * m2
    m2 += step
  }
  return { n, m2, m3, m4 }
}

function skewness(list: DuckDBListValue): number | undefined {
  const { n, m2, m3 } = momentsOf(list)
  return n < 3 ? undefined : (Math.sqrt(n) * m3) / m2 ** 1.5
}

function kurtosis(list: DuckDBListValue): number | undefined {
  const { n, m2, m4 } = momentsOf(list)
  if (n < 4) return undefined
  return (((n - 1) * n * (n + 1)) / ((n - 2) * (n - 3))) * (m4 / (m2 * m2)) - (3 * (n - 1) * (n - 1)) / ((n - 2) * (n - 3))
}

export const STATISTICS: readonly Scalar[] = [
  { name: 'trino_skewness', parameters: [LIST(DOUBLE)], result: DOUBLE, of: skewness },
  { name: 'trino_kurtosis', parameters: [LIST(DOUBLE)], result: DOUBLE, of: kurtosis },
]
