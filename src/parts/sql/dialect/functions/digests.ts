// Digests and sketches, in the bytes of Trino; those that are not made here are null of no rows, and refused else.
import { signatures } from '#parts/sql/dialect/functions/signature'

export const DIGEST_FUNCTIONS = signatures`
value_at_quantile(tdigest, double) -> double | trino_tdigest_values($1, [$2])[1]
value_at_quantile(qdigest(bigint), double) -> bigint | CAST(trino_qdigest_value($1, $2) AS BIGINT)
value_at_quantile(qdigest(double), double) -> double | trino_qdigest_value($1, $2)
value_at_quantile(qdigest(real), double) -> real | CAST(trino_qdigest_value($1, $2) AS FLOAT)
values_at_quantiles(tdigest, array(double)) -> array(double) | trino_tdigest_values($1, $2)
values_at_quantiles(qdigest(bigint), array(double)) -> array(bigint) | CAST(trino_qdigest_values($1, $2) AS BIGINT[])
values_at_quantiles(qdigest(double), array(double)) -> array(double) | trino_qdigest_values($1, $2)
values_at_quantiles(qdigest(real), array(double)) -> array(real) | CAST(trino_qdigest_values($1, $2) AS FLOAT[])
quantile_at_value(qdigest(bigint), bigint) -> double | trino_qdigest_value($1, CAST($2 AS DOUBLE))
quantile_at_value(qdigest(double), double) -> double | trino_qdigest_value($1, $2)
quantile_at_value(qdigest(real), real) -> double | trino_qdigest_value($1, CAST($2 AS DOUBLE))
empty_approx_set() -> hyperloglog | trino_empty_approx_set()
cardinality(hyperloglog) -> bigint | trino_sketch_cardinality($1)
cardinality(setdigest) -> bigint | CAST(cardinality(trino_hash_counts($1)) AS BIGINT)
hash_counts(setdigest) -> map(bigint, smallint) | trino_hash_counts($1)
`

export const DIGEST_AGGREGATES = signatures`
tdigest_agg(double) -> tdigest | trino_tdigest(list({d}{'x': $1, 'w': CAST(1 AS DOUBLE)}){s})
tdigest_agg(double, double) -> tdigest | trino_tdigest(list({d}{'x': $1, 'w': $2}){s})
qdigest_agg(bigint) -> qdigest(bigint) | trino_qdigest(list({d}{'x': $1 IS NOT NULL, 'w': CAST(1 AS BIGINT), 'a': CAST(0.01 AS DOUBLE)}){s})
qdigest_agg(real) -> qdigest(real) | trino_qdigest(list({d}{'x': $1 IS NOT NULL, 'w': CAST(1 AS BIGINT), 'a': CAST(0.01 AS DOUBLE)}){s})
qdigest_agg(double) -> qdigest(double) | trino_qdigest(list({d}{'x': $1 IS NOT NULL, 'w': CAST(1 AS BIGINT), 'a': CAST(0.01 AS DOUBLE)}){s})
qdigest_agg(bigint, bigint) -> qdigest(bigint) | trino_qdigest(list({d}{'x': $1 IS NOT NULL, 'w': $2, 'a': CAST(0.01 AS DOUBLE)}){s})
qdigest_agg(real, bigint) -> qdigest(real) | trino_qdigest(list({d}{'x': $1 IS NOT NULL, 'w': $2, 'a': CAST(0.01 AS DOUBLE)}){s})
qdigest_agg(double, bigint) -> qdigest(double) | trino_qdigest(list({d}{'x': $1 IS NOT NULL, 'w': $2, 'a': CAST(0.01 AS DOUBLE)}){s})
qdigest_agg(bigint, bigint, double) -> qdigest(bigint) | trino_qdigest(list({d}{'x': $1 IS NOT NULL, 'w': $2, 'a': $3}){s})
qdigest_agg(real, bigint, double) -> qdigest(real) | trino_qdigest(list({d}{'x': $1 IS NOT NULL, 'w': $2, 'a': $3}){s})
qdigest_agg(double, bigint, double) -> qdigest(double) | trino_qdigest(list({d}{'x': $1 IS NOT NULL, 'w': $2, 'a': $3}){s})
approx_set(bigint) -> hyperloglog | trino_approx_set(list({d}trino_long_bytes($1)){s})
approx_set(double) -> hyperloglog | trino_approx_set(list({d}trino_double_bytes($1)){s})
approx_set(varchar) -> hyperloglog | trino_approx_set(list({d}encode($1)){s})
merge(hyperloglog) -> hyperloglog | trino_merge_approx_sets(list($1){s})
merge(tdigest) -> tdigest | trino_merge_digests(list($1){s})
merge(qdigest(T)) -> qdigest(T) | trino_merge_digests(list($1){s})
merge_set_digest(setdigest) -> setdigest | trino_merge_set_digests(list($1){s})
make_set_digest(bigint) -> setdigest | trino_set_digest(list({d}trino_long_bytes($1)){s})
make_set_digest(varchar) -> setdigest | trino_set_digest(list({d}encode($1)){s})
`
