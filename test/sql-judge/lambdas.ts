// Calls of every function that takes a lambda, whose result is a number of each type in turn: it is turned into what is asked for, or refused.

/** One of each numeric type. */
const NUMBERS: Readonly<Record<string, string>> = {
  tinyint: "TINYINT '2'",
  smallint: "SMALLINT '2'",
  integer: '2',
  bigint: "BIGINT '2'",
  real: "REAL '2.5'",
  double: '2.5e0',
  'decimal(3,1)': '2.5',
}
const VALUES = Object.values(NUMBERS)

/** By function: its calls with a lambda of this value; a test holds that none is left out. */
export const LAMBDA_CALLS: Readonly<Record<string, (value: string, type: string) => readonly string[]>> = {
  transform: (value) => [`transform(ARRAY[1, NULL], x -> ${value})`],
  filter: (value) => [`filter(ARRAY[1, NULL], x -> ${value})`],
  any_match: (value) => [`any_match(ARRAY[1, NULL], x -> ${value})`],
  all_match: (value) => [`all_match(ARRAY[1, NULL], x -> ${value})`],
  none_match: (value) => [`none_match(ARRAY[1, NULL], x -> ${value})`],
  reduce: (value) => [
    ...VALUES.flatMap((start) => [
      `reduce(ARRAY[1, 2], ${start}, (s, x) -> ${value}, s -> s)`,
      `reduce(ARRAY[1, 2], ${start}, (s, x) -> s + ${value}, s -> s)`,
    ]),
    `reduce(ARRAY[1, 2], 0, (s, x) -> s + x, s -> ${value})`,
  ],
  zip_with: (value) => [`zip_with(ARRAY[1, 2], ARRAY['a'], (x, y) -> ${value})`],
  map_filter: (value) => [`map_filter(MAP(ARRAY[1], ARRAY['a']), (k, v) -> ${value})`],
  transform_keys: (value) => [`transform_keys(MAP(ARRAY[1], ARRAY['a']), (k, v) -> ${value})`],
  transform_values: (value) => [`transform_values(MAP(ARRAY[1], ARRAY['a']), (k, v) -> ${value})`],
  map_zip_with: (value) => [`map_zip_with(MAP(ARRAY[1], ARRAY['a']), MAP(ARRAY[2], ARRAY['b']), (k, a, b) -> ${value})`],
  array_sort: (_, type) => [`array_sort(ARRAY[2, 1, 3], (x, y) -> CAST(CASE WHEN x < y THEN -1 WHEN x = y THEN 0 ELSE 1 END AS ${type}))`],
  regexp_replace: (value) => [`regexp_replace('a1', '[0-9]', m -> ${value})`],
}

export const lambdaCalls = (): string[] =>
  Object.values(LAMBDA_CALLS).flatMap((calls) => Object.entries(NUMBERS).flatMap(([type, value]) => calls(value, type)))
