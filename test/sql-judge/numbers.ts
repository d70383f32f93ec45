// Doubles and reals as texts, in results, JSON, decimals and maps: where the digits that tell a number are not the ones that are nearest at hand.

const TOGETHER = 20
const BITS = new DataView(new ArrayBuffer(8))

const ofDouble = (value: number): string => {
  BITS.setFloat64(0, value)
  return BITS.getBigUint64(0).toString(16).padStart(16, '0')
}
const ofReal = (value: number): string => {
  BITS.setFloat32(0, value)
  return BITS.getUint32(0).toString(16).padStart(8, '0')
}

const upTo = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i))

/** Numbers that look drawn, the same each time. */
function drawn(count: number, of: (fraction: number, i: number) => number): number[] {
  let state = 1
  return upTo(count, (i) => {
    state = (state * 48271) % 2147483647
    return of(state / 2147483647, i)
  })
}

const DOUBLES: readonly number[] = [
  ...[2 ** 81, 2 ** 90, 2 ** 805, 2 ** -44, 2 ** 63, 2 ** 62 + 512, 2 ** 53 + 2, 2 ** -1022, 2 ** 1023, 1.7976931348623157e308],
  ...[
    1e15,
    1e16,
    1e21,
    1e22,
    1e23,
    2e23,
    5e-324,
    1e-323,
    4e-323,
    1e-322,
    2 ** -1022 - 2 ** -1074,
    8.41e21,
    2e-3,
    1e-3,
    9.999e-4,
    9999999,
    1e7,
  ],
  ...[0.1 + 0.2, 1 / 3, 2 / 3, 100 / 3, 1e-5 / 3, 123456789.125, 3053808.25, 97975616],
  ...drawn(25, (x, i) => x * 10 ** (i * 2 - 20)),
  ...drawn(20, (x) => Math.floor(x * 2 ** 62) + 2 ** 60),
]

const REALS: readonly number[] = [
  ...[
    3053808.25,
    97975616,
    340764.875,
    6223.34375,
    2 ** -96,
    2 ** 87,
    2 ** 90,
    2 ** 24 + 2,
    16777217,
    1e10,
    1e-10,
    3.4028235e38,
    1.4e-45,
    1e-44,
  ],
  ...[0.1, 0.3, 1 / 3, 123456.789, 1e7, 9999999, 0.001, 0.00099, 1.17549435e-38, 5.9e-39, 2097152.25, 8388607.5],
  ...drawn(20, (x, i) => Math.fround(x * 10 ** (i * 3 - 30))),
  ...drawn(14, (x, i) => Math.floor(x * 8e6) + 0.25 * (1 + (i % 3))),
]

const OF_ONE = [
  'x',
  'CAST(x AS varchar)',
  'json_format(CAST(x AS json))',
  "format('%s|%e|%.3g', x, x, x)",
  'TRY_CAST(x AS decimal(38,6))',
  'ARRAY[x]',
  'ROW(x, -x)',
  "MAP(ARRAY['k'], ARRAY[x])",
  'MAP(ARRAY[x], ARRAY[1])',
  'CAST(ARRAY[x, NULL] AS json)',
  'CAST(ROW(x) AS json)',
  "'<' || CAST(x AS varchar) || '>'",
  'CAST(ARRAY[x] AS array(varchar))',
  'CAST(CAST(x AS varchar) AS double) = x',
]

const groupsOf = (values: readonly string[]): string[] =>
  upTo(Math.ceil(values.length / TOGETHER), (i) => values.slice(i * TOGETHER, (i + 1) * TOGETHER).join(', '))

export function* numberStatements(): Generator<string> {
  const doubles = groupsOf(DOUBLES.map((value) => `from_ieee754_64(X'${ofDouble(value)}')`))
  const reals = groupsOf(REALS.map((value) => `from_ieee754_32(X'${ofReal(value)}')`))
  for (const group of [...doubles, ...reals]) for (const e of OF_ONE) yield `SELECT ${e} FROM UNNEST(ARRAY[${group}]) t(x)`
  for (const group of doubles) yield `SELECT CAST(x AS real), CAST(CAST(x AS real) AS varchar) FROM UNNEST(ARRAY[${group}]) t(x)`
  for (const group of reals) {
    yield `SELECT CAST(x AS double), x + REAL '0.25', x * 3, x / 7, sum(x) OVER (ORDER BY x) FROM UNNEST(ARRAY[${group}]) t(x)`
    yield `SELECT round(x, 1), truncate(x), ceil(x), abs(x), greatest(x, REAL '1.1') FROM UNNEST(ARRAY[${group}]) t(x)`
  }
  for (const json of [
    '1.10',
    '1e23',
    '1E2',
    '-0.0',
    '12345678901234567890123',
    '12345678901234567890.5',
    '3053808.25',
    '1e-323',
    '0.00001',
    '-0',
  ])
    for (const to of ['varchar', 'double', 'real', 'json', 'array(varchar)'])
      yield to === 'array(varchar)' ? `SELECT CAST(JSON '[${json}]' AS ${to})` : `SELECT CAST(JSON '${json}' AS ${to})`
}
