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
  const values = fitting.map(([a, b], i) => `(${i}, '${print(a, s1)}', '${print(b, s2)}')`).join()
  const [x, y] = [`CAST(a AS decimal(${p1},${s1}))`, `CAST(b AS decimal(${p2},${s2}))`]
  if (scale - s1 + s2 >= 38) {
    // Trino refuses the types, whatever the numbers.
    const { error } = await ask(sql.url, `SELECT ${x} / ${y} FROM (VALUES ${values}) AS t(i, a, b)`)
    expect(error).toMatchObject({ errorName: 'NUMERIC_VALUE_OUT_OF_RANGE' })
    return
  }
  const quotient = (a: bigint, b: bigint) => {
    const [n, d] = [abs(a) * 10n ** BigInt(shift), abs(b)]
    return (a < 0n === b < 0n ? 1n : -1n) * ((2n * n + d) / (2n * d))
  }
  const rest = (a: bigint, b: bigint) => (a * 10n ** BigInt(scale - s1)) % (b * 10n ** BigInt(scale - s2))
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

/** Of 15 digits, so that products of theirs fit 64 bits and do not; around the limits of what is asked, too. */
const around = [1n, 9999n, 10000n, 9900n, 10001n, 999999999n, 1000000000n, 9999999999n, 10000000000n, 999999999999999n]
const mixed = (): bigint => {
  const one = random(3) === 0 ? digits(1 + random(15)) : (around[random(around.length)] as bigint)
  return random(2) ? one : -one
}
const ROWS = Array.from({ length: 300 }, (_, i) => ({ g: i % 7, a: mixed(), b: mixed(), c: mixed(), none: i % 50 === 49 }))
const sum = (values: readonly bigint[]) => values.reduce((all, one) => all + one, 0n)

it.each([
  ['a * b', 4, (r: (typeof ROWS)[number]) => r.a * r.b],
  ['a * (1 - b)', 4, (r) => r.a * (100n - r.b)],
  ['(b + 0.5) * a', 4, (r) => r.a * (r.b + 50n)],
  ['(b - 12345678.90) * a', 4, (r) => r.a * (r.b - 1234567890n)],
  ['a * (1 - b) * (1 + c)', 6, (r) => r.a * (100n - r.b) * (100n + r.c)],
  ['a * (b * c)', 6, (r) => r.a * r.b * r.c],
  ['(a * 2) * (b * c)', 6, (r) => r.a * 2n * r.b * r.c],
  ['a * 0.1 * b', 5, (r) => r.a * r.b],
  ['a * (CAST(b % 10 AS decimal(3,2)) - 1)', 4, (r) => r.a * ((r.b % 1000n) - 100n)],
] as [string, number, (r: (typeof ROWS)[number]) => bigint][])('%s, row by row and in sums and averages', async (text, scale, exact) => {
  const values = ROWS.map(
    (r, i) => `(${i}, ${r.g}, ${r.none ? 'NULL' : `'${print(r.a, 2)}'`}, '${print(r.b, 2)}', '${print(r.c, 2)}')`,
  ).join()
  const table = `(SELECT i, g, CAST(a AS decimal(15,2)) AS a, CAST(b AS decimal(15,2)) AS b, CAST(c AS decimal(15,2)) AS c FROM (VALUES ${values}) AS t(i, g, a, b, c)) AS t`
  const small = ROWS.map((r) => (r.none ? undefined : exact(r))).map((x) => (x === undefined || abs(x) < 10n ** 38n ? x : undefined))
  const kept = ROWS.flatMap((_, i) => (small[i] === undefined && !ROWS[i]?.none ? [] : [i]))
  const each = await ask(sql.url, `SELECT i, ${text} FROM ${table} WHERE i IN (${kept.join()}) ORDER BY i`)
  expect(each.error).toBeUndefined()
  expect(each.rows).toEqual(kept.map((i) => [i, small[i] === undefined ? null : print(small[i], scale)]))
  const fits = kept.filter((i) => small[i] === undefined || abs(small[i]) < 10n ** 34n)
  const sums = await ask(
    sql.url,
    `SELECT g, sum(${text}), sum(${text}) FILTER (WHERE i > 1000), typeof(sum(${text})), count(${text}) FROM ${table} WHERE i IN (${fits.join()}) GROUP BY g ORDER BY g`,
  )
  expect(sums.error).toBeUndefined()
  const groups = [...new Set(fits.map((i) => i % 7))].sort()
  const of = (g: number) => fits.flatMap((i) => (i % 7 === g && small[i] !== undefined ? [small[i]] : []))
  expect(sums.rows).toEqual(groups.map((g) => [g, print(sum(of(g)), scale), null, `decimal(38,${scale})`, of(g).length]))
})

it.each([2, 0, 8, 9, 12])('averages of decimal(15,%i) round half up, small and large', async (scale) => {
  const values = ROWS.map((r) => (r.none ? `(${r.g}, NULL)` : `(${r.g}, '${print(r.a, scale)}')`)).join()
  const { error, rows } = await ask(
    sql.url,
    `SELECT g, avg(x), avg(x) FILTER (WHERE x IS NULL) FROM (SELECT g, CAST(x AS decimal(15,${scale})) AS x FROM (VALUES ${values}) AS t(g, x)) AS t GROUP BY g ORDER BY g`,
  )
  expect(error).toBeUndefined()
  const average = (all: readonly bigint[]) => {
    const [n, d] = [abs(sum(all)), BigInt(all.length)]
    return ((2n * n + d) / (2n * d)) * (sum(all) < 0n ? -1n : 1n)
  }
  const of = (g: number) => ROWS.flatMap((r) => (r.g === g && !r.none ? [r.a] : []))
  expect(rows).toEqual(Array.from({ length: 7 }, (_, g) => [g, print(average(of(g)), scale), null]))
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

const XY = "(VALUES (CAST('1.50' AS decimal(10,2)), CAST('2.00' AS decimal(10,2))), (NULL, 1), (-0.07, 1.1)) AS t(x, y)"
const nested = (levels: number, op: string) => `${'CAST('.repeat(levels)}x${` ${op} y AS decimal(10,2))`.repeat(levels)}`
const halved = (n: bigint, d: bigint) => (n < 0n ? -1n : 1n) * ((2n * abs(n) + d) / (2n * d))

it.each([2, 4, 6, 8, 20])('products in casts in %i levels', async (levels) => {
  const of = (x: bigint, y: bigint) => Array.from({ length: levels }).reduce((z: bigint) => halved(z * y, 100n), x)
  const { error, rows } = await ask(sql.url, `SELECT ${nested(levels, '*')} FROM ${XY} ORDER BY 1`)
  expect(error).toBeUndefined()
  expect(rows).toEqual([[print(of(-7n, 110n), 2)], [print(of(150n, 200n), 2)], [null]])
})

it.each([
  ['/', 6],
  ['%', 6],
  ['+', 10],
])('%s in casts in %i levels is answered at once', async (op, levels) => {
  const { error, rows } = await ask(sql.url, `SELECT ${nested(levels, op).replaceAll('decimal(10,2)', 'decimal(38,2)')} FROM ${XY}`)
  expect(error).toBeUndefined()
  expect(rows).toHaveLength(3)
})

it('quotients and remainders of quotients are those of one step after another', async () => {
  for (const step of ['y / (7.3 - $)', '$ / 3.3', '(97.13 - $) % 9.7']) {
    const levels = Array.from({ length: 12 })
    const whole = levels.reduce((x: string) => step.replace('$', `CAST(${x} AS decimal(20,6))`), 'x')
    const steps = levels.reduce(
      (from: string) => `(SELECT ${step.replace('$', 'CAST(x AS decimal(20,6))')} AS x, y FROM ${from} AS t)`,
      `(SELECT x, y FROM ${XY})`,
    )
    const [one, other] = [
      await ask(sql.url, `SELECT ${whole} FROM ${XY} ORDER BY 1`),
      await ask(sql.url, `SELECT x FROM ${steps} AS t ORDER BY 1`),
    ]
    expect([one.error, other.error]).toEqual([undefined, undefined])
    expect(one.rows).toEqual(other.rows)
  }
})

it('a factor that is drawn is drawn once', async () => {
  const drawn = 'CAST(pow(10, random() * 16) AS decimal(18,1)) * CAST(x + 0.5 AS decimal(18,1))'
  const { error, rows } = await ask(sql.url, `SELECT count(*) FROM UNNEST(sequence(1, 5000)) AS t(x) WHERE ${drawn} > 0`)
  expect(error).toBeUndefined()
  expect(rows).toEqual([[5000]])
})

it('a large factor is one in aggregates, groups, lambdas and TRY', async () => {
  const large = `(${nested(3, '*')} * y)`
  const asked = `SELECT sum(${large}), max(${large}) * count(*), sum(transform(ARRAY[x], e -> e * ${large})[1]), count(TRY(${large} / 0)) FROM ${XY} GROUP BY ${large} ORDER BY 1`
  const { error, rows } = await ask(sql.url, asked)
  expect(error).toBeUndefined()
  expect(rows.map((row) => row[3])).toEqual([0, 0, 0])
  const same = await ask(sql.url, `SELECT ${large}, count(*) FROM ${XY} GROUP BY ${large}`)
  expect(same.error).toBeUndefined()
  const windows = await ask(sql.url, `SELECT ${large} * sum(${large}) OVER () * (SELECT max(x) FROM ${XY}) FROM ${XY}`)
  expect(windows.error).toBeUndefined()
})
