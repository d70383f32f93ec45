// Statements that would keep a planner busy, each with how it must end: for the test, and for the figures of the bench.

export interface Costly {
  readonly name: string
  readonly sql: string
  /** Trino's name of the error, or undefined where an answer is due. */
  readonly error?: string
}

const nest = (open: string, inner: string, close: string, levels: number): string => open.repeat(levels) + inner + close.repeat(levels)
const list = (count: number, item: (i: number) => string, separator = ', '): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(separator)
const columns = list(30, (i) => `c${i}`)
const wide = `(VALUES (${list(30, String)})) AS t(${columns})`
const common = (count: number): string =>
  `WITH ${list(count, (i) => `w${i} AS (SELECT ${i === 0 ? '1 AS x' : `a.x FROM w${i - 1} a CROSS JOIN w${i - 1} b`})`)} SELECT count(*) FROM w${count - 1}`
/** A polygon of so many teeth, upright or lying. */
const comb = (teeth: number, isUpright: boolean): string => {
  const place = (x: number, y: number) => (isUpright ? `${x} ${y}` : `${y} ${x}`)
  const tooth = (i: number) => `${place(2 * i, 0.5)}, ${place(2 * i, 2 * teeth)}, ${place(2 * i + 1, 2 * teeth)}, ${place(2 * i + 1, 0.5)}`
  const back = `${place(2 * teeth, 0.5)}, ${place(2 * teeth, -1)}, ${place(0, -1)}, ${place(0, 0.5)}`
  return `ST_GeometryFromText('POLYGON ((${list(teeth, tooth)}, ${back}))')`
}
const WORLD = "ST_GeometryFromText('POLYGON ((-170 -80, 0 80, 170 -80, -170 -80))')"
const rows = (count: number): string => `UNNEST(sequence(1, ${count})) AS t(a)`
const products = (levels: number): string =>
  `SELECT ${nest('CAST(', 'x', ' * y AS decimal(10,2))', levels)} FROM (VALUES (CAST(1.5 AS decimal(10,2)), CAST(2 AS decimal(10,2)))) AS t(x, y)`
const long = 'x'.repeat(100_000)

const ok = (name: string, sql: string): Costly => ({ name, sql })
const not =
  (error: string) =>
  (name: string, sql: string): Costly => ({ name, sql, error })
const deep = not('STACK_OVERFLOW')
const notServed = not('NOT_SUPPORTED')
const wrong = not('SYNTAX_ERROR')
const textTooLarge = not('QUERY_TEXT_TOO_LARGE')
const tooMany = not('TOO_MANY_ARGUMENTS')
const mistyped = not('TYPE_MISMATCH')

export const COSTLY: readonly Costly[] = [
  deep('parentheses', `SELECT ${nest('(', '1', ')', 100_000)}`),
  deep('scalar subqueries that go on', `SELECT ${nest('(', 'SELECT 1', ')+1', 50_000)}`),
  ok('scalar subqueries that go on, within the limit', `SELECT ${nest('(', 'SELECT 1', ')+1', 60)}`),
  ok('parentheses, within the limit', `SELECT ${nest('(', '1', ')', 200)}`),
  ok('parentheses around a query, within the limit', `SELECT ${nest('(', 'SELECT 1', ')', 100)}`),
  deep('queries in FROM', `SELECT * FROM ${nest('(SELECT * FROM ', wide, ')', 10_000)}`),
  ok('queries in FROM, within the limit', `SELECT count(*) FROM ${nest('(SELECT * FROM ', wide, ')', 30)}`),
  deep('relations in parentheses', `SELECT * FROM ${nest('(', 't', ')', 100_000)}`),
  wrong('parentheses that nobody closes', `SELECT ${'('.repeat(200)}1`),
  wrong('parentheses in FROM that nobody closes', `SELECT * FROM ${'('.repeat(200)}SELECT 1`),
  wrong('what may be a lambda', `SELECT ${'(a, '.repeat(80)}`),
  deep('calls', `SELECT ${nest('abs(', '1', ')', 20_000)}`),
  ok('calls, within the limit', `SELECT ${nest('abs(', '1', ')', 100)}`),
  deep('CASE', `SELECT ${nest('CASE WHEN true THEN ', '1', ' END', 20_000)}`),
  ok('CASE, within the limit', `SELECT ${nest('CASE WHEN true THEN ', '1', ' ELSE 0 END', 60)}`),
  ok('CASE with an operand, within the limit', `SELECT ${nest('CASE 1 WHEN 1 THEN ', '1', ' ELSE 0 END', 60)}`),
  deep('NOT', `SELECT ${'NOT '.repeat(100_000)}true`),
  deep('signs', `SELECT ${'- '.repeat(100_000)}1`),
  deep('a sum', `SELECT 1${' + 1'.repeat(100_000)}`),
  ok('a sum, within the limit', `SELECT 1${' + 1'.repeat(200)}`),
  deep('a concatenation', `SELECT ''${" || 'a'".repeat(100_000)}`),
  deep('subscripts', `SELECT a${'[1]'.repeat(100_000)}`),
  deep('arrays in arrays', `SELECT ${nest('ARRAY[', '1', ']', 50_000)}`),
  notServed('arrays in arrays, 50 levels', `SELECT ${nest('ARRAY[', '1', ']', 50)}`),
  deep('lambdas', `SELECT transform(ARRAY[1], ${'x -> '.repeat(50_000)}1)`),
  deep('types', `SELECT CAST(NULL AS ${nest('array(', 'bigint', ')', 50_000)})`),
  notServed('types of 50 levels', `SELECT CAST(NULL AS ${nest('array(', 'bigint', ')', 50)})`),
  ok('types, within the limit', `SELECT CAST(NULL AS ${nest('array(', 'bigint', ')', 11)})`),
  deep('set operations', nest('(', 'SELECT 1', ' UNION SELECT 1)', 20_000)),
  deep('a row of set operations', `SELECT 1${' UNION ALL SELECT 1'.repeat(10_000)}`),
  ok('a row of set operations, within the limit', `SELECT 1${' UNION ALL SELECT 1'.repeat(100)}`),
  deep('joins', `SELECT * FROM t${' CROSS JOIN t'.repeat(20_000)}`),
  deep('EXPLAIN', `${'EXPLAIN '.repeat(50_000)}SELECT 1`),
  deep('windows', `SELECT ${nest('sum(1) OVER (ORDER BY ', '1', ')', 10_000)}`),
  deep('common tables in common tables', `${nest('WITH a AS (', 'SELECT 1', ') SELECT 1', 20_000)}`),
  ok('common tables, each used twice', common(20)),
  ok('OR of many', `SELECT count(*) FROM (VALUES 1) AS t(a) WHERE ${list(5000, (i) => `a = ${i}`, ' OR ')}`),
  ok('AND of many', `SELECT count(*) FROM (VALUES 1) AS t(a) WHERE ${list(5000, (i) => `a <> ${i + 2}`, ' AND ')}`),
  ok('IN of many', `SELECT count(*) FROM (VALUES 1) AS t(a) WHERE a IN (${list(50_000, String)})`),
  ok('VALUES of many', `SELECT count(*) FROM (VALUES ${list(20_000, (i) => `(${i}, 'a${i}')`)}) AS t(a, b)`),
  ok('columns of many', `SELECT ${list(3000, String)}`),
  ok('a row of many fields', `SELECT ROW(${list(900, String)})`),
  ok('a choice of many', `SELECT coalesce(${list(3000, String)})`),
  notServed('a format of many', `SELECT format('${'%s'.repeat(1200)}', ${list(1200, String)})`),
  tooMany('arguments of many', `SELECT concat(${list(3000, (i) => `'${i}'`)})`),
  tooMany('arguments, one more than there may be', `SELECT greatest(${list(128, String)})`),
  ok('arguments, as many as there may be', `SELECT greatest(${list(127, String)}), concat(${list(127, (i) => `'${i}'`)})`),
  ok('grouping by many', `SELECT count(*) FROM ${wide} GROUP BY ${list(30, (i) => `c${i} + 1`)}`),
  not('QUERY_EXCEEDED_COMPILER_LIMIT')('more columns than there may be', `SELECT ${'1, '.repeat(300_000)}1`),
  not('QUERY_EXCEEDED_COMPILER_LIMIT')('more values of parameters than there may be', `EXECUTE p USING ${'1, '.repeat(300_000)}1`),
  textTooLarge('a text of two megabytes', `SELECT '${'x'.repeat(2_000_000)}'`),
  textTooLarge('a body of nine megabytes', `SELECT '${'x'.repeat(9_000_000)}'`),
  textTooLarge(
    'a statement that multiplies',
    `SELECT ${nest('CAST(CAST(', 'x', ' AS varchar) AS double)', 20)} FROM (VALUES 1.5e0) AS t(x)`,
  ),
  ok('quotients of decimals, 40 levels', `SELECT ${'('.repeat(40)}x${' / 3.3)'.repeat(40)} FROM (VALUES 1.5) AS t(x)`),
  not('TOO_MANY_GROUPING_SETS')('CUBE of 30 columns', `SELECT count(*) FROM ${wide} GROUP BY CUBE (${columns})`),
  not('TOO_MANY_GROUPING_SETS')(
    'CUBE times CUBE',
    `SELECT count(*) FROM ${wide} GROUP BY CUBE (c0, c1, c2, c3, c4, c5), CUBE (c6, c7, c8, c9, c10, c11)`,
  ),
  mistyped('a precision', `SELECT CAST('2025-01-01' AS timestamp(400000000))`),
  mistyped('a length', `SELECT CAST('a' AS varchar(99999999999))`),
  ok('LIKE with many %', `SELECT '${'a'.repeat(2000)}' LIKE '${'%a'.repeat(500)}%b'`),
  ok('LIKE with many % and _', `SELECT '${'a'.repeat(2000)}' LIKE '${'%_a'.repeat(300)}%b'`),
  notServed('a text without end', `SELECT lpad('a', 400000000, 'b')`),
  ok('SHOW with many %', `SHOW FUNCTIONS LIKE '${'%'.repeat(30)}!'`),
  ok('a regular expression with many ways to match', `SELECT regexp_count('a', '${'(|)'.repeat(60)}(?=b)')`),
  notServed('a regular expression with many ways that are not alike', `SELECT regexp_count('a', '${'(|)'.repeat(60)}(?=b)\\1')`),
  ok('combs across each other', `SELECT ST_Intersects(${comb(700, true)}, ${comb(700, false)})`),
  notServed('how combs across each other lie', `SELECT ST_Relate(${comb(700, true)}, ${comb(700, false)}, '****1****')`),
  notServed(
    'how they lie, asked of rows',
    `SELECT count(*) FROM ${rows(10)} WHERE ST_Relate(${comb(700, true)}, ${comb(700, false)}, '****1****')`,
  ),
  ok('how combs across each other lie, within the limit', `SELECT ST_Relate(${comb(60, true)}, ${comb(60, false)}, '****1****')`),
  notServed(
    'combs of many rows',
    `SELECT count(*) FROM ${rows(2000)} WHERE ST_Intersects(${comb(20, true)}, ST_Buffer(${comb(20, false)}, a - a))`,
  ),
  ok('points of many rows in a comb', `SELECT count(*) FROM ${rows(2000)} WHERE ST_Contains(${comb(100, true)}, ST_Point(a / 1e2, 5))`),
  notServed('tiles of the world', `SELECT cardinality(geometry_to_bing_tiles(${WORLD}, 10))`),
  ok('tiles of the world, within the limit', `SELECT cardinality(geometry_to_bing_tiles(${WORLD}, 4))`),
  notServed('tiles around a place', `SELECT cardinality(bing_tiles_around(0, 0, 14, 1000))`),
  notServed('tiles around many places', `SELECT sum(cardinality(bing_tiles_around(a / 1e3, 0, 12, 1000))) FROM ${rows(2000)}`),
  ok('tiles around a place, within the limit', `SELECT cardinality(bing_tiles_around(0, 0, 12, 1000))`),
  notServed(
    'points along many lines',
    `SELECT sum(cardinality(line_interpolate_points(ST_GeometryFromText('LINESTRING (0 0, 1 1)'), 1e-4 + a / 1e9))) FROM ${rows(2000)}`,
  ),
  ok('a look ahead at many places', `SELECT regexp_like(lpad('', 780000, 'd' || rpad('', 64, 'a')), 'd(?=[ab]*c)')`),
  ok('groups without number beside a look ahead', `SELECT regexp_like(rpad('', 20000, 'a'), '(?=x)${'()'.repeat(20_000)}')`),
  ok('products of decimals in casts, 6 levels', products(6)),
  ok('products of decimals in casts, 8 levels', products(8)),
  notServed(
    'percentages without number',
    `SELECT approx_percentile(x, 1e0, transform(sequence(1, 10000) || sequence(10001, 20000), i -> i / 2e4)) FROM (VALUES 1e0, 2e0) AS t(x)`,
  ),
  wrong('quotes that nobody closes', `SELECT ${`'a' "`.repeat(50_001)}`),
  wrong('comments that nobody closes', `SELECT ${'/*'.repeat(100_000)}`),
  wrong('a number without end', `SELECT ${'9'.repeat(500_000)}`),
  wrong('a hexadecimal number without end', `SELECT 0x${'f'.repeat(500_000)}`),
  ok('a comment without end', `SELECT 1 -- ${long}`),
  not('COLUMN_NOT_FOUND')('a name without end', `SELECT ${long}`),
  not('FUNCTION_NOT_FOUND')('a function without end', `SELECT ${long}(1)`),
  not('INVALID_PARAMETER_USAGE')('parameters that nobody gives', `SELECT ${'?, '.repeat(3000)}?`),
]
