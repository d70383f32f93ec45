// The overloads of Trino's operators, which SHOW FUNCTIONS does not list: io.trino.type.*Operators of 476.
import { type Overload, readOverload } from '#parts/sql/dialect/functions/overloads'

const NUMBERS = ['tinyint', 'smallint', 'integer', 'bigint', 'real', 'double']
const INTERVALS = ['interval day to second', 'interval year to month']
const MOMENTS = ['date', 'timestamp(p)', 'timestamp(p) with time zone']
const TIMES = ['time(p)', 'time(p) with time zone']

const numeric = [...NUMBERS.map((type) => `${type}, ${type} -> ${type}`), 'decimal(p,s), decimal(q,r) -> decimal(n,m)']
const ofIntervals = INTERVALS.map((interval) => `${interval}, ${interval} -> ${interval}`)
/** Years and months are no part of a time of day. */
const moved: readonly (readonly [moment: string, interval: string])[] = [
  ...MOMENTS.flatMap((moment) => INTERVALS.map((interval) => [moment, interval] as const)),
  ...TIMES.map((time) => [time, INTERVALS[0] as string] as const),
]

const TABLE: Readonly<Record<string, readonly string[]>> = {
  '+': [...numeric, ...moved.flatMap(([a, b]) => [`${a}, ${b} -> ${a}`, `${b}, ${a} -> ${a}`]), ...ofIntervals],
  '-': [
    ...numeric,
    ...moved.map(([a, b]) => `${a}, ${b} -> ${a}`),
    ...[...MOMENTS.slice(1), ...TIMES].map((type) => `${type}, ${type} -> interval day to second`),
    ...ofIntervals,
  ],
  '*': [...numeric, ...INTERVALS.flatMap((i) => ['bigint', 'double'].flatMap((n) => [`${i}, ${n} -> ${i}`, `${n}, ${i} -> ${i}`]))],
  '/': [...numeric, ...INTERVALS.map((interval) => `${interval}, double -> ${interval}`)],
  '%': numeric,
  negation: [...NUMBERS, 'decimal(p,s)', ...INTERVALS].map((type) => `${type} -> ${type}`),
  subscript: ['array(E), bigint -> E', 'map(K,V), K -> V'],
}

export const OPERATORS: ReadonlyMap<string, readonly Overload[]> = new Map(
  Object.entries(TABLE).map(([operator, lines]) => [operator, lines.map(readOverload)]),
)
