// Types through each other: names of fields, numbers at their bounds, values in values.

const STATEMENTS: readonly string[] = [
  "SELECT ARRAY[REAL '1'] || ARRAY[NULL]",
  'SELECT ARRAY[1e0] || ARRAY[NULL]',
  'SELECT ARRAY[1] || ARRAY[NULL]',
  "SELECT ARRAY[BIGINT '1'] || ARRAY[NULL]",
  "SELECT concat(ARRAY[REAL '1'], REAL '1')",
  "SELECT concat(ARRAY[REAL '1'], ARRAY[NULL])",
  "SELECT ARRAY[NULL] || ARRAY['a']",
  "SELECT ARRAY['a'] || NULL",
  'SELECT ARRAY[ARRAY[1]] || ARRAY[NULL]',
  'SELECT ARRAY[true] || ARRAY[NULL]',
  "SELECT MAP(ARRAY[CHAR 'ab '], ARRAY[1]), MAP(ARRAY[TIME '00:00:00.000'], ARRAY[1]), MAP(ARRAY[DECIMAL '.50'], ARRAY[1]), MAP(ARRAY[DATE '-0001-01-01'], ARRAY[1]), MAP(ARRAY[true], ARRAY[1])",
  "SELECT MAP(ARRAY[TIMESTAMP '2024-01-01 00:00:00 UTC'], ARRAY[1]), MAP(ARRAY[TIME '00:00:00 +01:00'], ARRAY[1]), MAP(ARRAY[ARRAY[1,2]], ARRAY[1])",
  "SELECT MAP(ARRAY[ROW(1,'a')], ARRAY[1])",
  "SELECT MAP(ARRAY[JSON '1'], ARRAY[1])",
  'SELECT ROW(1) IN (SELECT 1)',
  'SELECT ROW(1) IN (SELECT ROW(1))',
  'SELECT ROW(1, 2) IN (SELECT ROW(1, 2))',
  'SELECT ROW(1, 2) = ALL (SELECT ROW(1, 2))',
  'SELECT nan() IN (SELECT nan()), nan() NOT IN (SELECT nan()), contains(ARRAY[nan()], nan()), array_position(ARRAY[nan()], nan()), array_remove(ARRAY[nan(), 1e0], nan())',
  'SELECT element_at(MAP(ARRAY[nan()], ARRAY[1]), nan()), array_distinct(ARRAY[nan(), nan()]), arrays_overlap(ARRAY[nan()], ARRAY[nan()]), array_intersect(ARRAY[nan()], ARRAY[nan()]), array_except(ARRAY[nan()], ARRAY[nan()]), array_union(ARRAY[nan()], ARRAY[nan()])',
  'SELECT nan() = ANY (SELECT nan()), 1e0 < ALL (SELECT nan()), nan() > ALL (SELECT 1e0), 1e0 IN (SELECT nan())',
  'SELECT count(*) FROM (VALUES nan()) t(x) JOIN (VALUES nan()) u(y) ON x = y',
  'SELECT count(*) FROM (VALUES nan()) t(x) JOIN (VALUES nan()) u(x) USING (x)',
  'SELECT count(*) FROM (VALUES nan()) t(x) WHERE EXISTS (SELECT 1 FROM (VALUES nan()) u(y) WHERE x = y)',
  'SELECT MAP(ARRAY[nan()], ARRAY[1])[nan()]',
  'SELECT typeof(CAST(ROW(1,2) AS row(A bigint, "B c" array(row(D_d integer)))))',
  'SELECT CAST(ROW(1,2) AS row(A bigint, "B c" integer))',
  'SELECT CAST(ROW(1) AS row("A""b" bigint)), typeof(CAST(ROW(1) AS row("A""b" bigint))), CAST(ROW(1) AS row("select" bigint)), CAST(ROW(1) AS row("1a" bigint, ))',
  'SELECT CAST(ROW(1) AS row("select" bigint)), typeof(CAST(ROW(1) AS row("select" bigint))), CAST(ROW(1) AS row("1a" bigint)), typeof(CAST(ROW(1) AS row("1a" bigint)))',
  'SELECT json_format(CAST(CAST(ROW(1,2) AS row(Ab bigint, "Cd" bigint)) AS json)), (CAST(ROW(1,2) AS row(Ab bigint, "Cd" bigint))).*',
  'SELECT r.cd, r."CD", r."Cd" FROM (SELECT CAST(ROW(1,2) AS row(Ab bigint, "Cd" bigint)) r)',
  'SELECT CAST(ROW(1, 2) AS row(a bigint, "A" bigint)).a',
  'SELECT CAST(ROW(1, 2) AS row("A" bigint, b bigint)).A',
  'SELECT CAST(NULL AS row(É bigint)), typeof(CAST(NULL AS row(İx bigint)))',
  'SELECT ROW(1 AS Ab, 2 AS "Cd"), typeof(ROW(1 AS Ab, 2 AS "Cd"))',
  'SELECT 1 AS Ab, 2 AS "Cd"',
  'SELECT json_format(CAST(ROW(1 AS Ab, 2 AS "Cd") AS json))',
  "SELECT CAST(1 AS BigInt), typeof(CAST('a' AS VarChar(3))), typeof(CAST(NULL AS Row(X Varchar, Y Timestamp(6) With Time Zone)))",
  "SELECT CAST('1e-10' AS decimal(38,6)), CAST('5.9E-39' AS decimal(38,6)), CAST('1.26E-5' AS decimal(10,4)), CAST('123.4567e1' AS decimal(10,1)), CAST('49e-2' AS decimal(10,0))",
  "SELECT CAST(x AS decimal(38,6)) FROM (VALUES '1e-10', '5.9E-39', '1.5e3', '4.9e-7', '-1.9e-2') t(x)",
  "SELECT CAST(1e39 AS real), CAST(-1e300 AS real), CAST(3.4028235677973366e38 AS real), CAST(1e-46 AS real), CAST(DECIMAL '99999999999999999999999999999999999999' AS real), CAST('1e39' AS real), REAL '1e40'",
  'SELECT x, CAST(x AS real) FROM (VALUES 1e39, nan(), infinity(), 3.4028235e38, 3.4028236e38) t(x)',
  `SELECT CAST(JSON '1e39' AS real), CAST(JSON '"1e39"' AS real), REAL '3e38' * 10, REAL '3e38' + REAL '3e38', sum(x) FROM (VALUES REAL '3e38', REAL '3e38') t(x)`,
  "SELECT avg(x), sum(x) FROM (VALUES REAL '3e38', REAL '3e38', REAL '3e38') t(x)",
  'SELECT 1e308 * 10, 1e308 + 1e308, power(10, 400), exp(1000), sum(x) FROM (VALUES 1e308, 1e308) t(x)',
  "SELECT CAST(ARRAY[1e39] AS array(real)), coalesce(REAL '1', 1e39), ARRAY[REAL '1', 1e39]",
  "SELECT CAST(REAL '3053808.25' AS decimal(20,4)), CAST(REAL '0.1' AS decimal(20,10)), CAST(REAL '97975616' AS decimal(20,2)), CAST(REAL '123456.789' AS decimal(38,10))",
  'SELECT CAST(power(2e0, 81) AS decimal(38,4)), power(2e0, 81), CAST(power(2e0, 81) AS varchar), CAST(1e23 AS decimal(38,4)), CAST(234850729565752224e0 AS decimal(38,4))',
  "SELECT CAST(power(2e0, 92) AS decimal(38,4)), ARRAY[power(2e0, 805)], MAP(ARRAY[power(2e0, 81)], ARRAY[1]), MAP(ARRAY[REAL '3053808.25', REAL '97975616'], ARRAY[1,2])",
  "SELECT CAST(REAL '3053808.25' AS double), CAST(REAL '3053808.25' AS bigint), CAST(ARRAY[REAL '3053808.25'] AS array(varchar)), CAST(MAP(ARRAY[1],ARRAY[REAL '3053808.25']) AS json), CAST(ROW(REAL '3053808.25') AS json)",
  "SELECT ARRAY[REAL '3053808.25', REAL '1.4E-45'], ROW(REAL '3053808.25', REAL '97975616'), MAP(ARRAY['a'], ARRAY[REAL '340764.875'])",
  "SELECT format('%s %s %s', REAL '3053808.25', ARRAY[REAL '3053808.25'], 234850729565752224e0), format('%.3f %e %g', REAL '3053808.25', REAL '3053808.25', REAL '3053808.25')",
  "SELECT format('%.3f %e %g %s', 1e23, 1e23, 1e23, 1e23), format('%f', power(2e0,81))",
  "SELECT concat('a', CAST(REAL '3053808.25' AS varchar)), CAST(5e-324 AS varchar), CAST(1e-323 AS varchar), json_format(CAST(1e-323 AS json)), CAST(REAL '1.4E-45' AS varchar), json_format(CAST(REAL '1.4E-45' AS json))",
  "SELECT CAST(JSON '3053808.25' AS real), CAST(JSON '1e23' AS varchar), CAST(JSON '1.10' AS varchar), JSON '1e-323', JSON '12345678901234567890123.5', CAST(JSON '9007199254740993.0' AS double)",
  "SELECT CAST(CAST('3053808.25' AS real) AS json), json_object('a': REAL '3053808.25'), json_array(REAL '3053808.25', 1e23)",
  "SELECT from_unixtime(1e9), to_unixtime(TIMESTAMP '2024-01-01 00:00:00.123'), CAST(to_unixtime(TIMESTAMP '2024-01-01 00:00:00.123') AS varchar)",
  'SELECT CAST(234850729565752224e0 AS varchar(5)), CAST(1e0 AS varchar(3)), CAST(1e0 AS varchar(2)), TRY_CAST(123e0 AS varchar(3))',
  "SELECT CAST(REAL '1' AS varchar(2)), CAST(REAL '1e10' AS char(6)), CAST(2e0 AS char(10))",
  "SELECT approx_percentile(x, 0.5e0) FROM (VALUES REAL '3053808.25') t(x)",
  "SELECT split_part(CAST(power(2e0, 81) AS varchar), 'E', 1), length(CAST(power(2e0, 81) AS varchar))",
  "SELECT histogram(x) FROM (VALUES REAL '3053808.25', REAL '3053808.25') t(x)",
  'SELECT map_agg(x, x) FROM (VALUES power(2e0,81)) t(x)',
  "SELECT to_base64(to_ieee754_64(1e23)), round(1e23, 2), truncate(3053808.257e0), round(REAL '3053808.25', 1), floor(REAL '3053808.25'), truncate(REAL '3053808.25')",
  "SELECT width_bucket(REAL '3053808.25', 0, 1e7, 10), REAL '3053808.25' + REAL '0.25', REAL '3053808.25' * 2, -REAL '3053808.25', abs(REAL '-3053808.25'), sum(REAL '3053808.25'), avg(REAL '3053808.25')",
]

/** Three values of each type, of which the first stands twice in a table of them. */
const KINDS: Readonly<Record<string, readonly [a: string, b: string, c: string]>> = {
  real: ["REAL '3053808.25'", "REAL '-0.1'", "CAST('NaN' AS real)"],
  double: ['1e23', '-1.5e-7', 'infinity()'],
  decimal: ["DECIMAL '12.30'", "DECIMAL '-0.05'", "DECIMAL '99999999.99'"],
  'decimal of 38 digits': ["DECIMAL '1234567890123456789012345678.0123456789'", "DECIMAL '0.0000000001'", "DECIMAL '-1.5000000000'"],
  timestamp: ["TIMESTAMP '2024-02-29 12:34:56.789'", "TIMESTAMP '1969-12-31 23:59:59.999'", "TIMESTAMP '0001-01-01 00:00:00.000'"],
  'timestamp of micros': [
    "TIMESTAMP '2024-02-29 12:34:56.789012'",
    "TIMESTAMP '1969-12-31 23:59:59.999999'",
    "TIMESTAMP '9999-12-31 23:59:59.999999'",
  ],
  date: ["DATE '2024-02-29'", "DATE '0001-01-01'", "DATE '9999-12-31'"],
  time: ["TIME '12:34:56.789'", "TIME '00:00:00.000'", "TIME '23:59:59.999'"],
  varchar: ["'é😀'", "''", "'b '"],
  boolean: ['true', 'false', 'true'],
  bigint: ['9223372036854775807', '-9223372036854775808', '0'],
  varbinary: ["X'00FF'", "X''", "X'61'"],
  uuid: [
    "UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'",
    "UUID '00000000-0000-0000-0000-000000000000'",
    "UUID 'ffffffff-ffff-ffff-ffff-ffffffffffff'",
  ],
  'interval of a day': ["INTERVAL '1' DAY", "INTERVAL '-36' HOUR", "INTERVAL '0' SECOND"],
  array: ['ARRAY[1, NULL]', 'ARRAY[]', 'ARRAY[2]'],
  row: ["ROW(1, 'a')", "ROW(NULL, 'b')", "ROW(2, '')"],
}

/** Of a table `t(x, n)`, the values of a kind with numbers beside them and a null. */
const OF_A_TABLE = [
  'DISTINCT ARRAY[x] FROM',
  'ROW(x, 1), count(*) FROM t GROUP BY ROW(x, 1)',
  'count(DISTINCT ROW(x, n % 2)), count(DISTINCT x) FROM',
  'n FROM t ORDER BY ARRAY[x] DESC NULLS LAST, n',
  'n FROM t ORDER BY ROW(x, n) NULLS FIRST',
  't.n, u.n FROM t JOIN t u ON ARRAY[t.x] = ARRAY[u.x]',
  't.n, u.n FROM t LEFT JOIN t u ON ROW(t.x, 1) = ROW(u.x, 1) AND u.n > 1',
  't.n, u.n FROM t JOIN t u ON t.x IS NOT DISTINCT FROM u.x',
  'n FROM t WHERE x IN (SELECT x FROM t WHERE n > 1)',
  'n FROM t WHERE x NOT IN (SELECT x FROM t WHERE n > 1 AND x IS NOT NULL)',
  'n, ROW(x, n) IN (SELECT ROW(x, n) FROM t WHERE n < 3) FROM',
  'n, (SELECT count(*) FROM t u WHERE u.x = t.x) FROM',
  'n, (SELECT max(u.n) FROM t u WHERE u.x < t.x) FROM',
  'n, EXISTS (SELECT 1 FROM t u WHERE u.x = t.x AND u.n <> t.n) FROM',
  'array_agg(x ORDER BY n), array_agg(n ORDER BY x, n) FROM',
  'map_agg(n, x), multimap_agg(n % 2, x) FROM',
  'min(x), max(x), min_by(n, x), max_by(x, n) FROM',
  'max(x, 2), min(n, 2), arbitrary(ARRAY[x]) IS NULL FROM',
  'array_sort(array_agg(x)), array_distinct(array_agg(x ORDER BY n)) FROM',
  'array_max(array_agg(x)), array_min(array_agg(x) FILTER (WHERE x IS NOT NULL)) FROM',
  'n, contains(ARRAY[x, NULL], x), array_position(ARRAY[x, x], x), array_remove(ARRAY[x], x) FROM',
  'n, array_union(ARRAY[x], ARRAY[x, NULL]), array_intersect(ARRAY[x, NULL], ARRAY[x]), array_except(ARRAY[x], ARRAY[NULL]) FROM',
  'n, o, y FROM t CROSS JOIN UNNEST(ARRAY[x, NULL, x]) WITH ORDINALITY AS u(y, o)',
  'n, k, v FROM t CROSS JOIN UNNEST(MAP(ARRAY[n], ARRAY[x])) AS u(k, v)',
  'transform(array_agg(x ORDER BY n), y -> ROW(y, y IS NULL)) FROM',
  'reduce(array_agg(x ORDER BY n), 0, (s, y) -> s + IF(y IS NULL, 1, 10), s -> s) FROM',
  'zip(array_agg(x ORDER BY n), ARRAY[1]), cardinality(filter(array_agg(x), y -> y IS NOT NULL)) FROM',
  'n, CAST(ARRAY[x] AS json), CAST(ROW(x AS "Ab") AS json), CAST(MAP(ARRAY[\'k\'], ARRAY[x]) AS json) FROM',
  'n, json_format(CAST(ARRAY[ROW(x)] AS json)) FROM',
  'n, CAST(ARRAY[x] AS array(varchar)), CAST(ROW(x) AS row(a varchar)) FROM',
  'n, TRY(CAST(CAST(x AS varchar) AS bigint)), TRY_CAST(CAST(x AS varchar) AS double) FROM',
  "n, array_join(ARRAY[x, NULL], '|', 'null'), concat(ARRAY[x], x), ARRAY[x] || ARRAY[NULL] FROM",
  'n, lag(x) OVER (ORDER BY n), lead(x, 2) OVER (ORDER BY n), first_value(x) OVER (PARTITION BY n % 2 ORDER BY n DESC) FROM',
  'n, last_value(x) IGNORE NULLS OVER (ORDER BY n), nth_value(x, 2) IGNORE NULLS OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM',
  'n, rank() OVER (ORDER BY x), dense_rank() OVER (ORDER BY x DESC), row_number() OVER (PARTITION BY x ORDER BY n) FROM',
  'n, percent_rank() OVER (ORDER BY x), cume_dist() OVER (ORDER BY x), ntile(3) OVER (ORDER BY n) FROM',
  'n, count(x) OVER (ORDER BY x GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW), max(x) OVER (ORDER BY n ROWS 1 PRECEDING) FROM',
  'x, n % 2, grouping(x), grouping(x, n % 2), count(*) FROM t GROUP BY GROUPING SETS ((x, n % 2), (x), ())',
  'count(*), grouping(x, n) FROM t GROUP BY CUBE (x, n) HAVING count(*) > 1',
  'coalesce(x, (SELECT x FROM t WHERE n = 1)), nullif(x, (SELECT x FROM t WHERE n = 2)) FROM',
  'n, CASE x WHEN (SELECT x FROM t WHERE n = 1) THEN 1 ELSE 2 END, IF(x IS NULL, NULL, x), typeof(ROW(x, ARRAY[x])) FROM',
  'x FROM t UNION SELECT x FROM t',
  'x FROM t EXCEPT SELECT x FROM t WHERE n = 1',
  'x FROM t INTERSECT ALL SELECT x FROM t WHERE n > 1',
  'ARRAY[x] FROM t INTERSECT SELECT ARRAY[x] FROM t WHERE n > 1',
  'histogram(x), approx_distinct(x), count_if(x IS NULL), checksum(x) FROM',
  'n, MAP(ARRAY[x], ARRAY[n]), map_keys(MAP(ARRAY[n], ARRAY[x])), element_at(MAP(ARRAY[x], ARRAY[n]), x) FROM t WHERE x IS NOT NULL',
]

function ofKinds(): string[] {
  const kinds = Object.values(KINDS)
  return OF_A_TABLE.flatMap((e, i) =>
    kinds
      .filter((_, k) => (i + k) % 3 === 0 || k === 0 || k === 4)
      .map(([a, b, c]) => {
        const table = `WITH t(x, n) AS (VALUES (${a}, 1), (${b}, 2), (${a}, 3), (NULL, 4), (${c}, 5))`
        return `${table} SELECT ${e.endsWith('FROM') ? `${e} t` : e}`
      }),
  )
}

const SIDES = [
  ...[
    '1',
    "SMALLINT '2'",
    "DECIMAL '1.5'",
    "DECIMAL '123456789012345678901234.5'",
    '2.5e0',
    "REAL '3053808.25'",
    '9223372036854775807',
    'NULL',
  ],
  ...[
    "'ab'",
    "CHAR 'ab '",
    "CAST('abc' AS varchar(5))",
    "DATE '2024-01-31'",
    "TIMESTAMP '2024-01-31 00:00:00.123456'",
    'ARRAY[1]',
    'ARRAY[1.5]',
  ],
  ...['ROW(1, NULL)', 'ROW(1.5, 2e0)', 'MAP(ARRAY[1], ARRAY[1e0])', "INTERVAL '1' DAY", "TIMESTAMP '2024-01-31 00:00 UTC'"],
]

const OPERATORS = ['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT']

const setOperations = (): string[] =>
  SIDES.flatMap((a, i) =>
    SIDES.slice(i + 1).flatMap((b, j) => {
      const op = OPERATORS[(i + j) % OPERATORS.length] as string
      return [
        `SELECT ${a} x ${op} SELECT ${b}`,
        ...((i + j) % 3 === 0
          ? [`SELECT x, typeof(x) FROM (VALUES ${a}, ${b}) t(x)`, `SELECT coalesce(NULL, ${a}, ${b}), ARRAY[${a}, ${b}]`]
          : []),
      ]
    }),
  )

const WINDOWED = [
  ...[
    'sum(v)',
    'avg(v)',
    'count(*)',
    'min(v)',
    'max(v)',
    'array_agg(v)',
    'first_value(v)',
    'last_value(v)',
    'nth_value(v, 2)',
    'bool_and(v > 1)',
  ],
  ...['stddev(v)', 'count_if(v > 2)', 'max_by(n, v)', "listagg(CAST(n AS varchar), ',') WITHIN GROUP (ORDER BY n)"],
]
const FRAMES = [
  'ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING',
  'ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING',
  'ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING',
  'RANGE BETWEEN 1 PRECEDING AND CURRENT ROW',
  'RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
  'GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING',
  'ROWS BETWEEN CURRENT ROW AND n FOLLOWING',
  'RANGE BETWEEN 1 FOLLOWING AND 1 PRECEDING',
]
const windows = (): string[] =>
  WINDOWED.flatMap((f, i) =>
    FRAMES.filter((_, j) => (i + j) % 2 === 0).map(
      (frame) =>
        `SELECT n, ${f} OVER (PARTITION BY p ORDER BY n ${frame}) FROM (VALUES (1, 1, 2.5), (1, 2, NULL), (1, 2, 4), (1, 5, 1), (2, NULL, 3), (2, 1, 0.1)) t(p, n, v)`,
    ),
  )

const BOUNDS = [
  "DATE '9999-12-31' + INTERVAL '1' DAY",
  "DATE '0001-01-01' - INTERVAL '1' DAY",
  "date_add('year', 100000, DATE '2024-02-29')",
  "date_add('month', -24300, DATE '2024-03-31')",
  "TIMESTAMP '9999-12-31 23:59:59.999' + INTERVAL '1' SECOND",
  "TIMESTAMP '2024-02-29 00:00' + INTERVAL '1' YEAR - INTERVAL '1' MONTH",
  "date_diff('day', DATE '-0001-01-01', DATE '9999-12-31')",
  "date_diff('month', TIMESTAMP '2024-03-31 10:00', TIMESTAMP '2024-02-29 11:00')",
  "date_diff('week', DATE '1969-12-31', DATE '1970-01-08')",
  "date_trunc('quarter', DATE '0001-02-03')",
  "date_trunc('year', TIMESTAMP '-0001-06-01 01:02:03.456')",
  "date_trunc('week', DATE '0001-01-03')",
  "year(DATE '-0001-03-01'), day_of_week(DATE '0001-01-01'), week(DATE '2021-01-03'), year_of_week(DATE '2021-01-03')",
  "day_of_year(DATE '2024-12-31'), last_day_of_month(DATE '0004-02-01'), last_day_of_month(DATE '9999-12-01')",
  'from_unixtime(-62135596800), from_unixtime(253402300799.999)',
  'from_unixtime(1e15)',
  "to_unixtime(TIMESTAMP '0001-01-01 00:00:00'), to_unixtime(TIMESTAMP '9999-12-31 23:59:59.999')",
  "DATE '2024-03-31' - DATE '2024-02-29', TIMESTAMP '2024-03-31 01:00' - TIMESTAMP '2024-02-29 02:00:00.5'",
  "INTERVAL '2147483647' MONTH",
  "INTERVAL '9223372036854775' SECOND + INTERVAL '1' SECOND",
  "INTERVAL '1' DAY * 1.5, INTERVAL '1' MONTH * 3, INTERVAL '1' DAY / 7, 2 * INTERVAL '1' YEAR",
  "INTERVAL '1' MONTH * 1.5",
  "sequence(DATE '2024-01-31', DATE '2024-06-30', INTERVAL '1' MONTH)",
  "sequence(TIMESTAMP '2024-01-31 00:00', TIMESTAMP '2024-01-30 12:00', INTERVAL '-5' HOUR)",
  "date_format(TIMESTAMP '0001-01-01 00:00:00', '%Y-%m-%d %W %j %p'), date_format(TIMESTAMP '9999-12-31 23:59:59.999999', '%y %f %v %x')",
  "TIME '23:59:59.999' + INTERVAL '1' SECOND, TIME '00:00:00' - INTERVAL '1' MILLISECOND",
  "TIME '23:59' + INTERVAL '25' HOUR, TIME '01:00' - TIME '02:00'",
  "CAST(TIMESTAMP '2024-01-01 23:59:59.9999' AS timestamp(3)), CAST(TIMESTAMP '1969-12-31 23:59:59.9995' AS timestamp(3))",
  "CAST('2024-02-30' AS date)",
  "TRY(CAST('2024-02-30' AS date)), TRY(1 / 0), TRY(ARRAY[1][2]), TRY(CAST('x' AS double)), TRY(date_parse('x', '%Y'))",
  "coalesce(TRY(1 / 0), TRY(CAST('7' AS integer)), 9), coalesce(TRY_CAST('x' AS decimal(5,2)), 1), nullif(coalesce(NULL, 2e0), 2)",
  "human_readable_seconds(1e10), at_timezone(TIMESTAMP '2024-03-31 01:30 UTC', 'Europe/Paris'), parse_duration('1.5h')",
]

export function* nestedStatements(): Generator<string> {
  yield* STATEMENTS
  yield* ofKinds()
  yield* setOperations()
  yield* windows()
  for (const e of BOUNDS) yield `SELECT ${e}`
}
