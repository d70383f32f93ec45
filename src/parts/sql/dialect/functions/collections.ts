// Scalar functions of arrays, maps and JSON arrays.
import { signatures } from '#parts/sql/dialect/functions/signature'

export const COLLECTIONS = signatures`
# arrays
zip(array(T), array(U)) -> array(row(T, U)) | CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_transform(list_zip($1, $2), lambda z0: struct_pack(_f0 := z0[1], _f1 := z0[2])) END
zip(array(T), array(U), array(V)) -> array(row(T, U, V)) | CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL ELSE list_transform(list_zip($1, $2, $3), lambda z0: struct_pack(_f0 := z0[1], _f1 := z0[2], _f2 := z0[3])) END
zip(array(T), array(U), array(V), array(W)) -> array(row(T, U, V, W)) | CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL OR $4 IS NULL THEN NULL ELSE list_transform(list_zip($1, $2, $3, $4), lambda z0: struct_pack(_f0 := z0[1], _f1 := z0[2], _f2 := z0[3], _f3 := z0[4])) END
zip(array(T), array(U), array(V), array(W), array(X)) -> array(row(T, U, V, W, X)) | CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL OR $4 IS NULL OR $5 IS NULL THEN NULL ELSE list_transform(list_zip($1, $2, $3, $4, $5), lambda z0: struct_pack(_f0 := z0[1], _f1 := z0[2], _f2 := z0[3], _f3 := z0[4], _f4 := z0[5])) END
array_union(array(T), array(T)) -> array(T) | CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_transform([list_concat($1, $2)], lambda l0: list_transform(list_filter(list_transform(l0, lambda e0: {'v': e0}), lambda e1, i1: list_position(list_transform(l0, lambda e2: {'v': e2}), e1) = i1), lambda e3: e3.v))[1] END
array_intersect(array(T), array(T)) -> array(T) | CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_transform([list_filter(list_transform($1, lambda a0: {'v': a0}), lambda a1: list_contains(list_transform($2, lambda b0: {'v': b0}), a1))], lambda l0: list_transform(list_filter(l0, lambda e1, i1: list_position(l0, e1) = i1), lambda e3: e3.v))[1] END
array_except(array(T), array(T)) -> array(T) | CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_transform([list_filter(list_transform($1, lambda a0: {'v': a0}), lambda a1: NOT list_contains(list_transform($2, lambda b0: {'v': b0}), a1))], lambda l0: list_transform(list_filter(l0, lambda e1, i1: list_position(l0, e1) = i1), lambda e3: e3.v))[1] END
trim_array(array(T), bigint) -> array(T) | CASE WHEN $2 < 0 OR $2 > len($1) THEN {e} ELSE list_slice($1, 1, len($1) - $2) END
contains_sequence(array(T), array(T)) -> boolean | CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE len($2) = 0 OR list_contains(list_transform(range(1, CAST(greatest(len($1) - len($2) + 2, 1) AS BIGINT)), lambda i0: list_slice($1, i0, i0 + len($2) - 1) IS NOT DISTINCT FROM $2), TRUE) END
dot_product(array(double), array(double)) -> double | CASE WHEN len($1) <> len($2) THEN {e} WHEN len($1) = 0 THEN {u} WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE coalesce(list_sum(list_transform(list_zip($1, $2), lambda z0: z0[1] * z0[2])), 0) END
euclidean_distance(array(double), array(double)) -> double | CASE WHEN len($1) <> len($2) THEN {e} WHEN len($1) = 0 THEN {u} WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE sqrt(list_sum(list_transform(list_zip($1, $2), lambda z0: (coalesce(z0[1], 0) - coalesce(z0[2], 0)) * (coalesce(z0[1], 0) - coalesce(z0[2], 0))))) END
cosine_similarity(array(double), array(double)) -> double | CASE WHEN len($1) <> len($2) THEN {e} WHEN $1 IS NULL OR $2 IS NULL OR list_count($1) < len($1) OR list_count($2) < len($2) THEN NULL WHEN len($1) = 0 OR list_sum(list_transform($1, lambda a0: a0 * a0)) = 0 OR list_sum(list_transform($2, lambda b0: b0 * b0)) = 0 THEN {u} ELSE list_sum(list_transform(list_zip($1, $2), lambda z0: z0[1] * z0[2])) / (sqrt(list_sum(list_transform($1, lambda a1: a1 * a1))) * sqrt(list_sum(list_transform($2, lambda b1: b1 * b1)))) END
cosine_distance(array(double), array(double)) -> double | CASE WHEN len($1) <> len($2) THEN {e} WHEN $1 IS NULL OR $2 IS NULL OR list_count($1) < len($1) OR list_count($2) < len($2) THEN NULL WHEN len($1) = 0 OR list_sum(list_transform($1, lambda a0: a0 * a0)) = 0 OR list_sum(list_transform($2, lambda b0: b0 * b0)) = 0 THEN {u} ELSE 1 - list_sum(list_transform(list_zip($1, $2), lambda z0: z0[1] * z0[2])) / (sqrt(list_sum(list_transform($1, lambda a1: a1 * a1))) * sqrt(list_sum(list_transform($2, lambda b1: b1 * b1)))) END
width_bucket(double, array(double)) -> bigint | CASE WHEN len($2) = 0 OR isnan($1) OR len(list_filter($2, lambda b0: NOT isfinite(b0))) > 0 THEN {e} WHEN list_count($2) < len($2) OR list_sort($2) <> $2 THEN {u} WHEN $1 IS NOT NULL THEN CAST(len(list_filter($2, lambda b1: b1 <= $1)) AS BIGINT) END
array_histogram(array(K:exact)) -> map(K, bigint) | CASE WHEN $1 IS NULL THEN NULL ELSE map_from_entries(list_transform(list_distinct($1), lambda h0: {'k': h0, 'v': CAST(len(list_filter($1, lambda h1: h1 = h0)) AS BIGINT)})) END
combinations(array(T), integer) -> array(array(T)) | list_transform(trino_combinations(len($1), $2), lambda c0: list_transform(c0, lambda c1: $1[c1]))
ngrams(array(T), integer) -> array(array(T)) | CASE WHEN $1 IS NOT NULL AND $2 <= 0 THEN {e} WHEN least(len($1), $2) * (len($1) - least(len($1), $2) + 1) > 1000000 THEN {u} ELSE list_transform(range(1, len($1) - least(len($1), $2) + 2), lambda n0: list_slice($1, n0, n0 + least(len($1), $2) - 1)) END
# maps
map_from_entries(array(row(K:exact, V))) -> map(K, V) | CASE WHEN len(list_distinct(list_transform($1, lambda m0: struct_extract_at(m0, 1)))) < len($1) THEN {e} ELSE map_from_entries(list_transform($1, lambda m1: {'k': struct_extract_at(m1, 1), 'v': struct_extract_at(m1, 2)})) END
multimap_from_entries(array(row(K:exact, V))) -> map(K, array(V)) | CASE WHEN len(list_filter($1, lambda m0: m0 IS NULL OR struct_extract_at(m0, 1) IS NULL)) > 0 THEN {e} WHEN len($1) * len(list_distinct(list_transform($1, lambda m1: struct_extract_at(m1, 1)))) > 10000000 THEN {u} ELSE map_from_entries(list_transform(list_distinct(list_transform($1, lambda m2: struct_extract_at(m2, 1))), lambda k0: {'k': k0, 'v': list_transform(list_filter($1, lambda m3: struct_extract_at(m3, 1) = k0), lambda m4: struct_extract_at(m4, 2))})) END
split_to_map(varchar, varchar, varchar) -> map(varchar, varchar) | list_transform([trino_entries($1, $2, $3)], lambda f0: CASE WHEN f0 IS NULL THEN NULL WHEN len(list_distinct(list_slice(f0, 1, len(f0), 2))) < len(f0) // 2 THEN {e} ELSE map(list_slice(f0, 1, len(f0), 2), list_slice(f0, 2, len(f0), 2)) END)[1]
split_to_multimap(varchar, varchar, varchar) -> map(varchar, array(varchar)) | list_transform([trino_entries($1, $2, $3)], lambda f0: CASE WHEN f0 IS NULL THEN NULL ELSE map_from_entries(list_transform(list_distinct(list_slice(f0, 1, len(f0), 2)), lambda f1: {'k': f1, 'v': list_filter(list_slice(f0, 2, len(f0), 2), lambda f2, i2: f0[2 * i2 - 1] = f1)})) END)[1]
map_entries(map(K, V)) -> array(row(K, V)) | list_transform(map_entries($1), lambda e0: struct_pack(_f0 := e0.key, _f1 := e0.value))
# JSON
is_json_scalar(varchar) -> boolean | json_type(CAST(trino_json_parse($1) AS JSON)) NOT IN ('OBJECT', 'ARRAY')
json_array_contains(json, varchar) -> boolean | trino_json_array_contains_varchar(CAST($1 AS VARCHAR), $2)
json_array_contains(varchar, varchar) -> boolean | trino_json_array_contains_varchar(CAST($1 AS VARCHAR), $2)
json_array_contains(json, boolean) -> boolean | trino_json_array_contains_boolean(CAST($1 AS VARCHAR), $2)
json_array_contains(varchar, boolean) -> boolean | trino_json_array_contains_boolean(CAST($1 AS VARCHAR), $2)
json_array_contains(json, bigint) -> boolean | trino_json_array_contains_bigint(CAST($1 AS VARCHAR), $2)
json_array_contains(varchar, bigint) -> boolean | trino_json_array_contains_bigint(CAST($1 AS VARCHAR), $2)
json_array_contains(json, double) -> boolean | trino_json_array_contains_double(CAST($1 AS VARCHAR), $2)
json_array_contains(varchar, double) -> boolean | trino_json_array_contains_double(CAST($1 AS VARCHAR), $2)
json_array_get(json, bigint) -> json | CAST(trino_json_array_get(CAST($1 AS VARCHAR), $2) AS JSON)
json_array_get(varchar, bigint) -> json | CAST(trino_json_array_get($1, $2) AS JSON)
`
