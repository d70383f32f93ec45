// Aggregates and window functions, with the result types of Trino.
import { signatures } from '#parts/sql/dialect/functions/signature'

/** `{d}` DISTINCT, `{o}` ORDER BY inside the call, `{s}` FILTER and OVER after it. */
export const AGGREGATES = signatures`
count() -> bigint | count(*){s}
count(T) -> bigint | count({d}$1){s}
count_if(boolean) -> bigint | count({d}CASE WHEN $1 THEN 1 END){s}
sum(bigint) -> bigint | CAST(sum({d}$1){s} AS BIGINT)
sum(double) -> double | sum({d}$1){s}
sum(real) -> real | CASE WHEN isfinite(sum({d}CAST($1 AS DOUBLE)){s}) AND abs(sum({d}CAST($1 AS DOUBLE)){s}) >= 3.4028235677973366e38 THEN CAST(sign(sum({d}CAST($1 AS DOUBLE)){s}) * CAST('Infinity' AS DOUBLE) AS FLOAT) ELSE CAST(sum({d}CAST($1 AS DOUBLE)){s} AS FLOAT) END
sum(interval day to second) -> interval day to second | to_milliseconds(CAST(sum({d}epoch_ms($1)){s} AS BIGINT))
sum(interval year to month) -> interval year to month | to_months(CAST(sum({d}date_part('year', $1) * 12 + date_part('month', $1)){s} AS INTEGER))
avg(bigint) -> double | avg({d}CAST($1 AS DOUBLE)){s}
avg(double) -> double | avg({d}$1){s}
avg(interval day to second) -> interval day to second | to_milliseconds(CAST(avg(epoch_ms($1)){s} AS BIGINT))
avg(interval year to month) -> interval year to month | to_months(CAST(floor(avg({d}date_part('year', $1) * 12 + date_part('month', $1)){s} + 0.5) AS INTEGER))
avg(real) -> real | CAST(avg({d}CAST($1 AS DOUBLE)){s} AS FLOAT)
min(T) -> T | min($1){s}
max(double) -> double | coalesce(max(CASE WHEN NOT isnan($1) THEN $1 END){s}, max($1){s})
max(real) -> real | coalesce(max(CASE WHEN NOT isnan($1) THEN $1 END){s}, max($1){s})
max(T) -> T | max($1){s}
min_by(T, U) -> T | arg_min_null($1, $2){s}
max_by(T, U) -> T | arg_max_null($1, $2){s}
min_by(T, U:exact, bigint) -> array(T) | list_transform([list({'x': $1, 'k': $2, 'n': $3}){s}], lambda m0: list_transform([list_filter(m0, lambda m1: struct_extract(m1, 'k') IS NOT NULL AND struct_extract(m1, 'n') IS NOT NULL)], lambda m2: CASE WHEN m2 IS NULL OR len(m2) = 0 THEN NULL WHEN m2[1].n <= 0 OR m2[1].n > 10000 THEN {e} WHEN len(list_distinct(list_transform(m2, lambda m5: struct_extract(m5, 'k')))) < len(m2) THEN {u} ELSE list_slice(list_transform(list_sort(list_transform(m2, lambda m3: {'k': struct_extract(m3, 'k'), 'x': struct_extract(m3, 'x')})), lambda m4: struct_extract(m4, 'x')), 1, m2[1].n) END)[1])[1]
max_by(T, U:exact, bigint) -> array(T) | list_transform([list({'x': $1, 'k': $2, 'n': $3}){s}], lambda m0: list_transform([list_filter(m0, lambda m1: struct_extract(m1, 'k') IS NOT NULL AND struct_extract(m1, 'n') IS NOT NULL)], lambda m2: CASE WHEN m2 IS NULL OR len(m2) = 0 THEN NULL WHEN m2[1].n <= 0 OR m2[1].n > 10000 THEN {e} WHEN len(list_distinct(list_transform(m2, lambda m5: struct_extract(m5, 'k')))) < len(m2) THEN {u} ELSE list_slice(list_transform(list_sort(list_transform(m2, lambda m3: {'k': struct_extract(m3, 'k'), 'x': struct_extract(m3, 'x')}), 'DESC'), lambda m4: struct_extract(m4, 'x')), 1, m2[1].n) END)[1])[1]
any_value(T) -> T | any_value($1){s}
arbitrary(T) -> T | any_value($1){s}
bool_and(boolean) -> boolean | bool_and($1){s}
bool_or(boolean) -> boolean | bool_or($1){s}
every(boolean) -> boolean | bool_and($1){s}
array_agg(T) -> array(T) | list({d}$1{o}){s}
listagg(varchar, varchar) -> varchar | string_agg({d}$1, $2{o}){s}
listagg(varchar) -> varchar | string_agg({d}$1, ''{o}){s}
map_agg(K:exact, V) -> map(K, V) | list_transform([list({d}{'k': $1, 'v': $2}){s}], lambda m0: list_transform([list_sort(list_transform(list_filter(m0, lambda m1: struct_extract(m1, 'k') IS NOT NULL), lambda m2, i2: {'k': struct_extract(m2, 'k'), 'i': i2, 'v': struct_extract(m2, 'v')}))], lambda s0: CASE WHEN s0 IS NULL OR len(s0) = 0 THEN NULL ELSE map_from_entries(list_transform(list_filter(list_zip(s0, list_prepend(NULL, s0)), lambda z0: z0[1] IS NOT NULL AND (z0[2] IS NULL OR z0[1].k IS DISTINCT FROM z0[2].k)), lambda p0: {'k': p0[1].k, 'v': p0[1].v})) END)[1])[1]
multimap_agg(K:exact, V) -> map(K, array(V)) | list_transform([list({d}{'k': $1, 'v': $2}){s}], lambda m0: list_transform([list_filter(m0, lambda m1: struct_extract(m1, 'k') IS NOT NULL)], lambda f0: CASE WHEN f0 IS NULL OR len(f0) = 0 THEN NULL WHEN len(f0) * len(list_distinct(list_transform(f0, lambda f4: struct_extract(f4, 'k')))) > 10000000 THEN {u} ELSE map_from_entries(list_transform(list_distinct(list_transform(f0, lambda f1: struct_extract(f1, 'k'))), lambda k0: {'k': k0, 'v': list_transform(list_filter(f0, lambda f2: struct_extract(f2, 'k') = k0), lambda f3: struct_extract(f3, 'v'))})) END)[1])[1]
map_union(map(K:exact, V)) -> map(K, V) | list_transform([list_filter(list($1){s}, lambda m0: m0 IS NOT NULL)], lambda f0: CASE WHEN f0 IS NULL OR len(f0) = 0 THEN NULL ELSE list_transform([list_sort(list_transform(flatten(list_transform(f0, lambda m1: map_entries(m1))), lambda m2, i2: {'k': struct_extract(m2, 'key'), 'i': i2, 'v': struct_extract(m2, 'value')}))], lambda s0: map_from_entries(list_transform(list_filter(list_zip(s0, list_prepend(NULL, s0)), lambda z0: z0[1] IS NOT NULL AND (z0[2] IS NULL OR z0[1].k IS DISTINCT FROM z0[2].k)), lambda p0: {'k': p0[1].k, 'v': p0[1].v})))[1] END)[1]
histogram(K:exact) -> map(K, bigint) | list_transform([histogram({d}$1){s}], lambda h0: CASE WHEN h0 IS NULL THEN NULL ELSE map_from_entries(list_transform(map_entries(h0), lambda h1: {'k': struct_extract(h1, 'key'), 'v': CAST(struct_extract(h1, 'value') AS BIGINT)})) END)[1]
max(T:exact, bigint) -> array(T) | list_transform([list({'x': $1, 'n': $2}){s}], lambda m0: list_transform([list_filter(m0, lambda m1: struct_extract(m1, 'x') IS NOT NULL AND struct_extract(m1, 'n') IS NOT NULL)], lambda m2: CASE WHEN m2 IS NULL OR len(m2) = 0 THEN NULL WHEN m2[1].n <= 0 OR m2[1].n > 10000 THEN {e} ELSE list_slice(list_sort(list_transform(m2, lambda m3: struct_extract(m3, 'x')), 'DESC'), 1, m2[1].n) END)[1])[1]
min(T:exact, bigint) -> array(T) | list_transform([list({'x': $1, 'n': $2}){s}], lambda m0: list_transform([list_filter(m0, lambda m1: struct_extract(m1, 'x') IS NOT NULL AND struct_extract(m1, 'n') IS NOT NULL)], lambda m2: CASE WHEN m2 IS NULL OR len(m2) = 0 THEN NULL WHEN m2[1].n <= 0 OR m2[1].n > 10000 THEN {e} ELSE list_slice(list_sort(list_transform(m2, lambda m3: struct_extract(m3, 'x'))), 1, m2[1].n) END)[1])[1]
approx_distinct(T) -> bigint | count(DISTINCT $1){s}
approx_distinct(boolean, double) -> bigint | count(DISTINCT CASE WHEN $2 IS NOT NULL THEN $1 END){s}
approx_distinct(T, double) -> bigint | CASE WHEN bool_or($1 IS NOT NULL AND (isnan($2) OR $2 NOT BETWEEN 0.0040625 AND 0.26)){s} THEN {e} ELSE count(DISTINCT CASE WHEN $2 IS NOT NULL THEN $1 END){s} END
stddev(double) -> double | CASE WHEN bool_or(NOT isfinite($1)){s} THEN CASE WHEN count({d}$1){s} > 1 THEN CAST('NaN' AS DOUBLE) END ELSE stddev_samp({d}CASE WHEN isfinite($1) THEN $1 END){s} END
stddev_samp(double) -> double | CASE WHEN bool_or(NOT isfinite($1)){s} THEN CASE WHEN count({d}$1){s} > 1 THEN CAST('NaN' AS DOUBLE) END ELSE stddev_samp({d}CASE WHEN isfinite($1) THEN $1 END){s} END
stddev_pop(double) -> double | CASE WHEN bool_or(NOT isfinite($1)){s} THEN CASE WHEN count({d}$1){s} > 0 THEN CAST('NaN' AS DOUBLE) END ELSE stddev_pop({d}CASE WHEN isfinite($1) THEN $1 END){s} END
variance(double) -> double | CASE WHEN bool_or(NOT isfinite($1)){s} THEN CASE WHEN count({d}$1){s} > 1 THEN CAST('NaN' AS DOUBLE) END ELSE var_samp({d}CASE WHEN isfinite($1) THEN $1 END){s} END
var_samp(double) -> double | CASE WHEN bool_or(NOT isfinite($1)){s} THEN CASE WHEN count({d}$1){s} > 1 THEN CAST('NaN' AS DOUBLE) END ELSE var_samp({d}CASE WHEN isfinite($1) THEN $1 END){s} END
var_pop(double) -> double | CASE WHEN bool_or(NOT isfinite($1)){s} THEN CASE WHEN count({d}$1){s} > 0 THEN CAST('NaN' AS DOUBLE) END ELSE var_pop({d}CASE WHEN isfinite($1) THEN $1 END){s} END
corr(real, real) -> real | CASE WHEN bool_or(($2 IS NOT NULL AND NOT isfinite($1)) OR ($1 IS NOT NULL AND NOT isfinite($2))){s} THEN NULL ELSE CAST(list_transform([corr(CASE WHEN isfinite($1) AND isfinite($2) THEN CAST($1 AS DOUBLE) END, CAST($2 AS DOUBLE)){s}], lambda v8: CASE WHEN NOT isnan(v8) THEN v8 END)[1] AS FLOAT) END
corr(double, double) -> double | CASE WHEN bool_or(($2 IS NOT NULL AND NOT isfinite($1)) OR ($1 IS NOT NULL AND NOT isfinite($2))){s} THEN NULL ELSE list_transform([corr(CASE WHEN isfinite($1) AND isfinite($2) THEN $1 END, $2){s}], lambda v8: CASE WHEN NOT isnan(v8) THEN v8 END)[1] END
covar_pop(real, real) -> real | CAST(covar_pop(CAST($1 AS DOUBLE), CAST($2 AS DOUBLE)){s} AS FLOAT)
covar_pop(double, double) -> double | covar_pop($1, $2){s}
covar_samp(real, real) -> real | CAST(covar_samp(CAST($1 AS DOUBLE), CAST($2 AS DOUBLE)){s} AS FLOAT)
covar_samp(double, double) -> double | covar_samp($1, $2){s}
regr_slope(real, real) -> real | CASE WHEN bool_or(($2 IS NOT NULL AND NOT isfinite($1)) OR ($1 IS NOT NULL AND NOT isfinite($2))){s} THEN NULL ELSE CAST(list_transform([regr_slope(CASE WHEN isfinite($1) AND isfinite($2) THEN CAST($1 AS DOUBLE) END, CAST($2 AS DOUBLE)){s}], lambda v8: CASE WHEN NOT isnan(v8) THEN v8 END)[1] AS FLOAT) END
regr_slope(double, double) -> double | CASE WHEN bool_or(($2 IS NOT NULL AND NOT isfinite($1)) OR ($1 IS NOT NULL AND NOT isfinite($2))){s} THEN NULL ELSE list_transform([regr_slope(CASE WHEN isfinite($1) AND isfinite($2) THEN $1 END, $2){s}], lambda v8: CASE WHEN NOT isnan(v8) THEN v8 END)[1] END
regr_intercept(real, real) -> real | CASE WHEN bool_or(($2 IS NOT NULL AND NOT isfinite($1)) OR ($1 IS NOT NULL AND NOT isfinite($2))){s} THEN NULL ELSE CAST(list_transform([regr_intercept(CASE WHEN isfinite($1) AND isfinite($2) THEN CAST($1 AS DOUBLE) END, CAST($2 AS DOUBLE)){s}], lambda v8: CASE WHEN NOT isnan(v8) THEN v8 END)[1] AS FLOAT) END
regr_intercept(double, double) -> double | CASE WHEN bool_or(($2 IS NOT NULL AND NOT isfinite($1)) OR ($1 IS NOT NULL AND NOT isfinite($2))){s} THEN NULL ELSE list_transform([regr_intercept(CASE WHEN isfinite($1) AND isfinite($2) THEN $1 END, $2){s}], lambda v8: CASE WHEN NOT isnan(v8) THEN v8 END)[1] END
skewness(double) -> double | trino_skewness(list({d}$1){s})
kurtosis(double) -> double | trino_kurtosis(list({d}$1){s})
geometric_mean(double) -> double | exp(avg(CASE WHEN $1 > 0 THEN ln($1) WHEN $1 = 0 THEN CAST('-Infinity' AS DOUBLE) WHEN $1 IS NOT NULL THEN CAST('NaN' AS DOUBLE) END){s})
geometric_mean(real) -> real | CAST(exp(avg(CASE WHEN $1 > 0 THEN ln(CAST($1 AS DOUBLE)) WHEN $1 = 0 THEN CAST('-Infinity' AS DOUBLE) WHEN $1 IS NOT NULL THEN CAST('NaN' AS DOUBLE) END){s}) AS FLOAT)
approx_percentile(bigint, double) -> bigint | CAST(quantile_disc($1, $2){s} AS BIGINT)
approx_percentile(double, double) -> double | quantile_disc($1, $2){s}
convex_hull_agg(geometry) -> geometry | trino_convex_hulls(list({d}$1){s})
bitwise_and_agg(bigint) -> bigint | bit_and($1){s}
bitwise_or_agg(bigint) -> bigint | bit_or($1){s}
bitwise_xor_agg(bigint) -> bigint | bit_xor({d}$1){s}
checksum(bigint) -> varbinary | trino_checksum(CAST(sum({d}CAST(coalesce(trino_checksum_long($1), -7046029288634856825) AS HUGEINT)){s} AS HUGEINT))
checksum(varchar) -> varbinary | trino_checksum(CAST(sum({d}CAST(coalesce(trino_checksum_bytes(encode($1)), -7046029288634856825) AS HUGEINT)){s} AS HUGEINT))
checksum(varbinary) -> varbinary | trino_checksum(CAST(sum({d}CAST(coalesce(trino_checksum_bytes($1), -7046029288634856825) AS HUGEINT)){s} AS HUGEINT))
numeric_histogram(bigint, double) -> map(double, double) | trino_numeric_histogram(list({'b': $1, 'x': $2, 'w': CAST(1 AS DOUBLE)}){s})
numeric_histogram(bigint, double, double) -> map(double, double) | trino_numeric_histogram(list({'b': $1, 'x': $2, 'w': $3}){s})
numeric_histogram(bigint, real) -> map(real, real) | trino_numeric_histogram_real(list({'b': $1, 'x': CAST($2 AS DOUBLE), 'w': CAST(1 AS DOUBLE)}){s})
numeric_histogram(bigint, real, double) -> map(real, real) | trino_numeric_histogram_real(list({'b': $1, 'x': CAST($2 AS DOUBLE), 'w': $3}){s})
approx_most_frequent(bigint, bigint, bigint) -> map(bigint, bigint) | CAST(trino_most_frequent(list({'b': $1, 'x': CAST($2 AS VARCHAR), 'c': $3}){s}) AS MAP(BIGINT, BIGINT))
approx_most_frequent(bigint, varchar, bigint) -> map(varchar, bigint) | trino_most_frequent(list({'b': $1, 'x': $2, 'c': $3}){s})
`

/** Functions that need OVER. */
export const WINDOWS = signatures`
row_number() -> bigint | row_number(){s}
rank() -> bigint | rank(){s}
dense_rank() -> bigint | dense_rank(){s}
percent_rank() -> double | percent_rank(){s}
cume_dist() -> double | cume_dist(){s}
ntile(bigint) -> bigint | ntile($1){s}
lag(T) -> T | lag($1{n}){s}
lag(T, bigint) -> T | lag($1, CASE WHEN $2 >= 0 THEN $2 ELSE {e} END{n}){s}
lag(T, bigint, T) -> T | lag($1, CASE WHEN $2 >= 0 THEN $2 ELSE {e} END, $3{n}){s}
lead(T) -> T | lead($1{n}){s}
lead(T, bigint) -> T | lead($1, CASE WHEN $2 >= 0 THEN $2 ELSE {e} END{n}){s}
lead(T, bigint, T) -> T | lead($1, CASE WHEN $2 >= 0 THEN $2 ELSE {e} END, $3{n}){s}
first_value(T) -> T | first_value($1{n}){s}
last_value(T) -> T | last_value($1{n}){s}
nth_value(T, bigint) -> T | nth_value($1, $2{n}){s}
`

/** Trino orders these by their window alone; a frame or its default must not reach DuckDB as something else. */
export const RANKING: ReadonlySet<string> = new Set([
  'row_number',
  'rank',
  'dense_rank',
  'percent_rank',
  'cume_dist',
  'ntile',
  'lag',
  'lead',
])
