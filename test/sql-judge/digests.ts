// Digests, sketches, percentiles by weight, stems, and the end of a text in a regular expression.

/** Weights, wrong ones, and what a double does not hold. */
const AGGREGATES: readonly string[] = [
  'SELECT approx_percentile(x, w, 0.5) FROM (VALUES (1e0, 2e0), (2e0, 1e0), (3e0, 5e0), (10e0, 1e0)) t(x, w)',
  'SELECT approx_percentile(x, w, p) FROM (VALUES (1e0, 2e0), (2e0, 1e0), (3e0, 5e0), (10e0, 1e0)) t(x, w) CROSS JOIN (VALUES 0.0e0) u(p)',
  'SELECT approx_percentile(x, w, ARRAY[0.0, 0.1, 0.3, 0.5, 0.9, 1.0]) FROM (VALUES (1e0, 2e0), (2e0, 1e0), (3e0, 5e0), (10e0, 1e0)) t(x, w)',
  'SELECT approx_percentile(x, w, ARRAY[0.9, 0.1, 0.3]) FROM (VALUES (1, 2), (2, 7), (30, 5), (10, 1)) t(x, w)',
  "SELECT approx_percentile(x, w, 0.4) FROM (VALUES (REAL '1.5', 2), (REAL '2.25', 7), (REAL '3', 5)) t(x, w)",
  'SELECT approx_percentile(x, w, 0.4) FROM (VALUES (1, 0.5e0), (2, 7)) t(x, w)',
  'SELECT approx_percentile(x, 1, 0.35) FROM UNNEST(sequence(1, 40)) t(x)',
  'SELECT approx_percentile(x, 3, 0.35), approx_percentile(x, 1 + x % 4, ARRAY[0.1, 0.5, 0.77]) FROM UNNEST(sequence(1, 90)) t(x)',
  'SELECT approx_percentile(x, 1, 0.35) FROM (VALUES 9007199254740993, 1) t(x)',
  'SELECT approx_percentile(x, 0.35) FROM (VALUES 9007199254740993, 1) t(x)',
  'SELECT approx_percentile(x, 0.35) FROM (VALUES 9223372036854775807, 1) t(x)',
  'SELECT approx_percentile(x, 0.35) FROM (VALUES nan(), 1e0) t(x)',
  "SELECT approx_percentile(x, 0.35) FROM (VALUES CAST('Infinity' AS real), REAL '1') t(x)",
  'SELECT approx_percentile(x, ARRAY[0.35, 0.5]) FROM (VALUES infinity(), 1e0) t(x)',
  'SELECT approx_percentile(x, 2, 0.35) FILTER (WHERE x > 1) FROM (VALUES (1, 1), (2, 1), (3, 2)) t(x, y)',
  'SELECT y, approx_percentile(x, y, 0.35) FROM (VALUES (1, 1), (2, 1), (3, 2)) t(x, y) GROUP BY y',
  'SELECT approx_percentile(x, 1, 0.35, 0.01) FROM (VALUES 1, 2, 3) t(x)',
  'SELECT approx_percentile(x, 1, 0.35, 2) FROM (VALUES 1, 2, 3) t(x)',
  'SELECT approx_percentile(x, 1, 1.35) FROM (VALUES 1, 2, 3) t(x)',
  'SELECT tdigest_agg(x), value_at_quantile(tdigest_agg(x), 0.5), values_at_quantiles(tdigest_agg(x), ARRAY[0.1, 0.9]) FROM (VALUES 1e0, 2e0, 5e0) t(x)',
  'SELECT tdigest_agg(x, 3) FROM (VALUES 1e0, 2e0, 5e0) t(x)',
  'SELECT tdigest_agg(x) FROM UNNEST(sequence(1, 200)) t(x)',
  'SELECT value_at_quantile(tdigest_agg(x, x), 0.77) FROM UNNEST(sequence(1, 200)) t(x)',
  'SELECT values_at_quantiles(tdigest_agg(x), ARRAY[0.9, 0.1]) FROM (VALUES 1e0, 2e0, 5e0) t(x)',
  'SELECT cardinality(approx_set(x)), cardinality(make_set_digest(x)), hash_counts(make_set_digest(x)) FROM (VALUES 1, 2, 5, 5) t(x)',
  'SELECT cardinality(approx_set(x)), cardinality(approx_set(CAST(x AS varchar))), cardinality(approx_set(x * 1.5e0)) FROM UNNEST(sequence(1, 300)) t(x)',
  "SELECT cast(approx_set(x) AS varbinary) FROM (VALUES 'a', 'b', NULL) t(x)",
  "SELECT approx_set('abcdefghijklmnopqrstuvwxyz'), make_set_digest('0123456789abcdef'), make_set_digest('0123456789abcdefgh')",
  "SELECT approx_set(x) FROM (VALUES REAL '1.5', REAL '2') t(x)",
  "SELECT make_set_digest(x) FROM (VALUES DATE '2024-01-01') t(x)",
  "SELECT make_set_digest(x) FROM (VALUES INTEGER '7', NULL) t(x)",
  'SELECT make_set_digest(x) FROM (VALUES 1.5e0) t(x)',
  'SELECT cardinality(empty_approx_set())',
  'SELECT empty_approx_set() = empty_approx_set()',
  'SELECT count(*) FROM (VALUES empty_approx_set()) t(x) GROUP BY x',
  'SELECT DISTINCT x FROM (VALUES empty_approx_set()) t(x)',
  "SELECT multimap_agg(k, v) FROM (VALUES ('a', 1), ('b', 2), ('a', 3), (NULL, 4), ('c', NULL)) t(k, v)",
  "SELECT multimap_agg(k, v) FILTER (WHERE v > 9) FROM (VALUES ('a', 1), ('b', 2)) t(k, v)",
  'SELECT multimap_agg(k, v) FROM (VALUES (1, 1), (2, 2)) t(k, v) WHERE k > 5',
  "SELECT min_by(x, k, 2), max_by(x, k, 2) FROM (VALUES ('a', 1), ('b', 2), ('c', 3), (NULL, 0), ('d', NULL)) t(x, k)",
  "SELECT min_by(x, k, 0) FROM (VALUES ('a', 1), ('b', 2), ('c', 3), (NULL, 0), ('d', NULL)) t(x, k)",
  "SELECT max_by(x, k, 10001) FROM (VALUES ('a', 1)) t(x, k)",
]
const WORDS =
  "added adding erring egging agreed agreedly hopping hoping falling controll rationalization generously communal dying skies news innings sky''s it''s sayyid youth Running JOSÉ relational conditional vileness formalize digitizer hopefulness bleed cease".split(
    ' ',
  )
const ENDS = ['b$', '$', '.$', '(b|$)', '^ab$', '(?m)b$', '[$]', '\\$', 'b\\Z', 'b\\z']
const BREAKS = ['chr(10)', 'chr(10) || chr(10)', 'chr(13)', 'chr(13) || chr(10)', 'chr(8232)', "chr(10) || 'c'", "''"]

const each = <A, B>(as: readonly A[], bs: readonly B[], make: (a: A, b: B) => string): string[] =>
  as.flatMap((a) => bs.map((b) => make(a, b)))

export function digestStatements(): string[] {
  return [
    ...AGGREGATES,
    ...WORDS.map((word) => `SELECT word_stem('${word}')`),
    "SELECT word_stem('hello', 'en')",
    "SELECT word_stem('laufen', 'de')",
    "SELECT word_stem('x', 'xx')",
    "SELECT word_stem('x', CAST('en' AS varchar))",
    ...each(
      ENDS,
      BREAKS,
      (p, b) => `SELECT regexp_like('ab' || ${b}, '${p}'), regexp_replace('ab' || ${b}, '${p}', '<>'), regexp_count('ab' || ${b}, '${p}')`,
    ),
    ...each(
      ENDS,
      BREAKS.slice(0, 4),
      (p, b) => `SELECT regexp_split('a,ab' || ${b}, '${p}'), regexp_position('ab' || ${b}, '${p}'), regexp_extract('ab' || ${b}, '${p}')`,
    ),
  ]
}
