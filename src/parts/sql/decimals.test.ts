// Products, division and remainder of decimals of all sizes, beside the same in whole numbers without a limit.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, type Bench, openBench, startSql } from '#parts/sql/testing'

let bench: Bench
let sql: Awaited<ReturnType<typeof startSql>>
beforeAll(async () => {
  bench = await openBench()
  sql = await startSql(bench)
})
afterAll(async () => {
  await sql.stop()
  await bench.close()
})

/** What halfUp doubles must fit 128 bits. */
const LARGEST = 2n ** 126n
let seed = 7
const random = (below: number) => {
  seed = (seed * 1103515245 + 12345) % 2147483648
  return Math.floor((seed / 2147483648) * below)
}
const abs = (n: bigint) => (n < 0n ? -n : n)
const digits = (count: number): bigint => BigInt(Array.from({ length: count }, () => random(10)).join('') || '0')
const print = (n: bigint, scale: number): string => {
  const text = String(abs(n)).padStart(scale + 1, '0')
  return `${n < 0n ? '-' : ''}${text.slice(0, text.length - scale)}${scale > 0 ? `.${text.slice(text.length - scale)}` : ''}`
}
const numbers = (precision: number): bigint[] => {
  const all = 10n ** BigInt(precision) - 1n
  return [all, -all, 1n, -1n, 0n, ...Array.from({ length: 5 }, () => (random(2) ? 1n : -1n) * digits(1 + random(precision)))]
}
const size = (): [precision: number, scale: number] => {
  const precision = 1 + random(random(2) ? 38 : 18)
  return [precision, random(precision + 1)]
}
const sizes = [
  ...Array.from({ length: 60 }, () => [size(), size()] as const),
  [
    [15, 2],
    [15, 2],
  ],
  [
    [18, 0],
    [18, 18],
  ],
  [
    [38, 0],
    [38, 0],
  ],
  [
    [19, 19],
    [1, 0],
  ],
] as [[number, number], [number, number]][]

it.each(sizes)('decimal(%s) and decimal(%s)', async ([p1, s1], [p2, s2]) => {
  const scale = Math.max(s1, s2)
  const shift = s2 + Math.max(s2 - s1, 0)
  const pairs = numbers(p1).flatMap((a) => numbers(p2).map((b) => [a, b] as const))
  const fitting = pairs.filter(([a, b]) => {
    const [n, m] = [abs(a) * 10n ** BigInt(Math.max(shift, scale - s1)), abs(b) * 10n ** BigInt(scale - s2)]
    return b !== 0n && n < LARGEST && m < LARGEST && n / abs(b) < 10n ** 38n - 1n
  })
  if (fitting.length === 0) return
  const quotient = (a: bigint, b: bigint) => {
    const [n, d] = [abs(a) * 10n ** BigInt(shift), abs(b)]
    return (a < 0n === b < 0n ? 1n : -1n) * ((2n * n + d) / (2n * d))
  }
  const rest = (a: bigint, b: bigint) => (a * 10n ** BigInt(scale - s1)) % (b * 10n ** BigInt(scale - s2))
  const values = fitting.map(([a, b], i) => `(${i}, '${print(a, s1)}', '${print(b, s2)}')`).join()
  const [x, y] = [`CAST(a AS decimal(${p1},${s1}))`, `CAST(b AS decimal(${p2},${s2}))`]
  const { error, rows } = await ask(sql.url, `SELECT ${x} / ${y}, ${x} % ${y} FROM (VALUES ${values}) AS t(i, a, b) ORDER BY i`)
  expect(error).toBeUndefined()
  expect(rows).toEqual(fitting.map(([a, b]) => [print(quotient(a, b), scale), print(rest(a, b), scale)]))
})

it.each(sizes.filter(([[, s1], [, s2]]) => s1 + s2 <= 38))('product of decimal(%s) and decimal(%s)', async ([p1, s1], [p2, s2]) => {
  const pairs = numbers(p1).flatMap((a) => numbers(p2).map((b) => [a, b] as const))
  const fitting = pairs.filter(([a, b]) => abs(a * b) < 10n ** 38n)
  const values = fitting.map(([a, b], i) => `(${i}, '${print(a, s1)}', '${print(b, s2)}')`).join()
  const product = `CAST(a AS decimal(${p1},${s1})) * CAST(b AS decimal(${p2},${s2}))`
  const { error, rows } = await ask(sql.url, `SELECT ${product}, typeof(${product}) FROM (VALUES ${values}) AS t(i, a, b) ORDER BY i`)
  expect(error).toBeUndefined()
  const type = `decimal(${Math.min(38, p1 + p2)},${s1 + s2})`
  expect(rows).toEqual(fitting.map(([a, b]) => [print(a * b, s1 + s2), type]))
})

it.each([
  ['nothing', 'NULL', '1.5', null],
  ['by nothing', '1.5', 'NULL', null],
])('%s is nothing', async (_what, a, b, answer) => {
  const { rows } = await ask(
    sql.url,
    `SELECT CAST(${a} AS decimal(5,2)) / CAST(${b} AS decimal(5,2)), CAST(${a} AS decimal(5,2)) % CAST(${b} AS decimal(5,2))`,
  )
  expect(rows).toEqual([[answer, answer]])
})

it.each(['/', '%'])('%s of zero is an error', async (op) => {
  const { error } = await ask(sql.url, `SELECT x ${op} y FROM (VALUES (1.5, 0.00), (1.5, 1.00)) AS t(x, y)`)
  expect(error?.errorName).toBe('DIVISION_BY_ZERO')
})
