// Scalar functions whose meaning in Trino is known to be that of the DuckDB expression beside them.
import { signatures } from '#parts/sql/dialect/functions/signature'

export const SCALARS = signatures`
# mathematics
abs(T:number) -> T | abs($1)
ceil(T:integers) -> T | $1
ceil(double) -> double | ceil($1)
ceil(real) -> real | ceil($1)
ceiling(T:integers) -> T | $1
ceiling(double) -> double | ceil($1)
ceiling(real) -> real | ceil($1)
floor(T:integers) -> T | $1
floor(double) -> double | floor($1)
floor(real) -> real | floor($1)
round(T:integers) -> T | $1
round(double) -> double | round($1)
round(real) -> real | round($1)
round(double, integer) -> double | round($1, $2)
round(real, integer) -> real | CAST(round($1, $2) AS FLOAT)
sign(T:integers) -> T | CAST(sign($1) AS INTEGER)
sign(double) -> double | CASE WHEN isnan($1) OR $1 = 0 THEN $1 ELSE CAST(sign($1) AS DOUBLE) END
sign(real) -> real | CASE WHEN isnan($1) OR $1 = 0 THEN $1 ELSE CAST(sign($1) AS FLOAT) END
truncate(double) -> double | trunc($1)
truncate(real) -> real | trunc($1)
sqrt(double) -> double | CASE WHEN $1 < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt($1) END
cbrt(double) -> double | CASE WHEN pow(round(cbrt($1)), 3) = $1 THEN round(cbrt($1)) ELSE cbrt($1) END
exp(double) -> double | exp($1)
ln(double) -> double | CASE WHEN $1 > 0 THEN ln($1) WHEN $1 = 0 THEN CAST('-Infinity' AS DOUBLE) WHEN $1 IS NOT NULL THEN CAST('NaN' AS DOUBLE) END
log2(double) -> double | CASE WHEN $1 > 0 THEN log2($1) WHEN $1 = 0 THEN CAST('-Infinity' AS DOUBLE) WHEN $1 IS NOT NULL THEN CAST('NaN' AS DOUBLE) END
log10(double) -> double | CASE WHEN $1 > 0 THEN log10($1) WHEN $1 = 0 THEN CAST('-Infinity' AS DOUBLE) WHEN $1 IS NOT NULL THEN CAST('NaN' AS DOUBLE) END
log(double, double) -> double | CASE WHEN $1 < 0 OR $2 < 0 THEN CAST('NaN' AS DOUBLE) ELSE CASE WHEN $2 = 0 THEN CAST('-Infinity' AS DOUBLE) ELSE ln($2) END / CASE WHEN $1 = 0 THEN CAST('-Infinity' AS DOUBLE) ELSE ln($1) END END
power(double, double) -> double | power($1, $2)
pow(double, double) -> double | power($1, $2)
sin(double) -> double | CASE WHEN isinf($1) THEN CAST('NaN' AS DOUBLE) ELSE sin($1) END
cos(double) -> double | CASE WHEN isinf($1) THEN CAST('NaN' AS DOUBLE) ELSE cos($1) END
tan(double) -> double | CASE WHEN isinf($1) THEN CAST('NaN' AS DOUBLE) ELSE tan($1) END
asin(double) -> double | CASE WHEN abs($1) > 1 THEN CAST('NaN' AS DOUBLE) ELSE asin($1) END
acos(double) -> double | CASE WHEN abs($1) > 1 THEN CAST('NaN' AS DOUBLE) ELSE acos($1) END
atan(double) -> double | atan($1)
atan2(double, double) -> double | atan2($1, $2)
sinh(double) -> double | sinh($1)
cosh(double) -> double | cosh($1)
tanh(double) -> double | tanh($1)
radians(double) -> double | radians($1)
degrees(double) -> double | degrees($1)
pi() -> double | pi()
e() -> double | exp(CAST(1 AS DOUBLE))
nan() -> double | CAST('NaN' AS DOUBLE)
infinity() -> double | CAST('Infinity' AS DOUBLE)
is_nan(double) -> boolean | isnan($1)
is_finite(double) -> boolean | isfinite($1)
is_infinite(double) -> boolean | isinf($1)
bitwise_and(bigint, bigint) -> bigint | ($1 & $2)
bitwise_or(bigint, bigint) -> bigint | ($1 | $2)
bitwise_xor(bigint, bigint) -> bigint | xor($1, $2)
bitwise_not(bigint) -> bigint | (~$1)
random() -> double | random()
rand() -> double | random()
# text
length(varchar) -> bigint | length($1)
length(varbinary) -> bigint | octet_length($1)
upper(S:text) -> S | CASE WHEN contains($1, 'ß') THEN array_to_string(list_transform(string_split($1, 'ß'), lambda u0: upper(u0)), 'ß') ELSE upper($1) END
lower(S:text) -> S | lower($1)
reverse(S:text) -> S | reverse($1)
trim(S:text) -> S | trim($1, e' \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f' || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8287) || chr(12288))
ltrim(S:text) -> S | ltrim($1, e' \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f' || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8287) || chr(12288))
rtrim(S:text) -> S | rtrim($1, e' \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f' || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8287) || chr(12288))
trim(S:text, varchar) -> S | trim($1, $2)
ltrim(S:text, varchar) -> S | ltrim($1, $2)
rtrim(S:text, varchar) -> S | rtrim($1, $2)
replace(S:text, varchar) -> S | replace($1, $2, '')
replace(varchar, varchar, varchar) -> varchar | replace($1, $2, $3)
translate(varchar, varchar, varchar) -> varchar | translate($1, $2, $3)
strpos(varchar, varchar) -> bigint | strpos($1, $2)
starts_with(varchar, varchar) -> boolean | starts_with($1, $2)
substr(S:text, bigint) -> S | CASE WHEN $2 NOT BETWEEN -2147483647 AND 2147483647 OR $2 = 0 OR -$2 > length($1) THEN left($1, 0) ELSE substr($1, $2) END
substring(S:text, bigint) -> S | CASE WHEN $2 NOT BETWEEN -2147483647 AND 2147483647 OR $2 = 0 OR -$2 > length($1) THEN left($1, 0) ELSE substr($1, $2) END
substr(S:text, bigint, bigint) -> S | CASE WHEN $2 NOT BETWEEN -2147483647 AND 2147483647 OR $2 = 0 OR $3 <= 0 OR -$2 > length($1) THEN left($1, 0) ELSE substr($1, $2, $3) END
substring(S:text, bigint, bigint) -> S | CASE WHEN $2 NOT BETWEEN -2147483647 AND 2147483647 OR $2 = 0 OR $3 <= 0 OR -$2 > length($1) THEN left($1, 0) ELSE substr($1, $2, $3) END
substr(varbinary, bigint) -> varbinary | trino_substr($1, $2, 9223372036854775807)
substring(varbinary, bigint) -> varbinary | trino_substr($1, $2, 9223372036854775807)
substr(varbinary, bigint, bigint) -> varbinary | trino_substr($1, $2, $3)
substring(varbinary, bigint, bigint) -> varbinary | trino_substr($1, $2, $3)
lpad(varchar, bigint, varchar) -> varchar | CASE WHEN $2 < 0 OR $2 > 2147483647 OR $3 = '' THEN {e} WHEN $2 > 16777216 THEN {u} ELSE lpad($1, CAST($2 AS INTEGER), $3) END
rpad(varchar, bigint, varchar) -> varchar | CASE WHEN $2 < 0 OR $2 > 2147483647 OR $3 = '' THEN {e} WHEN $2 > 16777216 THEN {u} ELSE rpad($1, CAST($2 AS INTEGER), $3) END
repeat(T, bigint) -> array(T) | CASE WHEN $2 < 0 OR $2 > 10000 THEN {e} ELSE list_transform(range($2), lambda i0: $1) END
chr(bigint) -> varchar(1) | CASE WHEN $1 NOT BETWEEN 0 AND 1114111 THEN {e} ELSE chr(CAST($1 AS INTEGER)) END
codepoint(varchar) -> integer | CASE WHEN length($1) <> 1 THEN {e} ELSE unicode($1) END
split(S:text, varchar) -> array(S) | CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN $2 = '' THEN {e} ELSE string_split($1, $2) END
levenshtein_distance(varchar, varchar) -> bigint | CASE WHEN strlen($1) = length($1) AND strlen($2) = length($2) AND strlen($1) * strlen($2) <= 1000000 THEN levenshtein($1, $2) ELSE trino_levenshtein($1, $2) END
hamming_distance(varchar, varchar) -> bigint | trino_hamming($1, $2)
concat_ws(varchar, array(varchar)) -> varchar | CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN coalesce(substr(list_aggregate(list_transform(list_filter($2, lambda e0: e0 IS NOT NULL), lambda e0: $1 || e0), 'string_agg', ''), length($1) + 1), '') END
concat_ws(varchar, varchar...) -> varchar | CASE WHEN $1 IS NULL THEN NULL ELSE concat_ws($*) END
regexp_like(varchar, varchar) -> boolean | regexp_matches($1, $2)
regexp_extract(S:text, varchar) -> S | CASE WHEN regexp_matches($1, $2) THEN regexp_extract($1, $2) END
regexp_extract(S:text, varchar, bigint) -> S | CASE WHEN regexp_matches($1, $2) THEN regexp_extract($1, $2, CAST($3 AS INTEGER)) END
regexp_extract_all(S:text, varchar) -> array(S) | regexp_extract_all($1, $2)
regexp_extract_all(S:text, varchar, bigint) -> array(S) | regexp_extract_all($1, $2, CAST($3 AS INTEGER))
regexp_split(S:text, varchar) -> array(S) | string_split_regex($1, $2)
regexp_count(varchar, varchar) -> bigint | CAST(len(regexp_extract_all($1, $2)) AS BIGINT)
normalize(varchar) -> varchar | nfc_normalize($1)
normalize(varchar, varchar) -> varchar | trino_normalize($1, $2)
# bytes
to_utf8(varchar) -> varbinary | encode($1)
from_utf8(varbinary) -> varchar | trino_from_utf8($1, '�')
from_utf8(varbinary, varchar) -> varchar | trino_from_utf8($1, $2)
from_utf8(varbinary, bigint) -> varchar | CASE WHEN $2 < 0 OR $2 > 1114111 OR $2 BETWEEN 55296 AND 57343 THEN {e} ELSE trino_from_utf8($1, chr(CAST($2 AS INTEGER))) END
to_hex(varbinary) -> varchar | upper(hex($1))
from_hex(varchar) -> varbinary | CASE WHEN length($1) % 2 = 1 THEN {e} ELSE unhex($1) END
to_base64(varbinary) -> varchar | to_base64($1)
from_base64(varchar) -> varbinary | trino_from_base64($1)
from_base64(varbinary) -> varbinary | trino_from_base64(trino_from_utf8($1, '�'))
to_base64url(varbinary) -> varchar | replace(replace(to_base64($1), '+', '-'), '/', '_')
from_base64url(varchar) -> varbinary | trino_from_base64url($1)
from_base64url(varbinary) -> varbinary | trino_from_base64url(trino_from_utf8($1, '�'))
to_base32(varbinary) -> varchar | trino_to_base32($1)
from_base32(varchar) -> varbinary | trino_from_base32($1)
from_base32(varbinary) -> varbinary | trino_from_base32(trino_from_utf8($1, '�'))
md5(varbinary) -> varbinary | unhex(md5($1))
sha1(varbinary) -> varbinary | unhex(sha1($1))
sha256(varbinary) -> varbinary | unhex(sha256($1))
# time
from_unixtime(double) -> timestamp(3) with time zone | CASE WHEN isnan($1) THEN make_timestamptz(0) WHEN abs($1) > 1e14 THEN {e} ELSE make_timestamptz(CAST(floor($1 * 1000 + 0.5) * 1000 AS BIGINT)) END
to_unixtime(timestamp) -> double | epoch($1)
to_unixtime(timestamptz) -> double | epoch($1)
last_day_of_month(date) -> date | last_day($1)
last_day_of_month(timestamp) -> date | last_day($1)
last_day_of_month(timestamptz) -> date | last_day(CAST($1 AS TIMESTAMP))
year(date) -> bigint | year($1)
year(timestamp) -> bigint | year($1)
year(timestamptz) -> bigint | year($1)
quarter(date) -> bigint | quarter($1)
quarter(timestamp) -> bigint | quarter($1)
quarter(timestamptz) -> bigint | quarter($1)
month(date) -> bigint | month($1)
month(timestamp) -> bigint | month($1)
month(timestamptz) -> bigint | month($1)
week(date) -> bigint | week($1)
week(timestamp) -> bigint | week($1)
week(timestamptz) -> bigint | week($1)
week_of_year(date) -> bigint | week($1)
week_of_year(timestamp) -> bigint | week($1)
day(date) -> bigint | day($1)
day(timestamp) -> bigint | day($1)
day(timestamptz) -> bigint | day($1)
day_of_month(date) -> bigint | day($1)
day_of_month(timestamp) -> bigint | day($1)
day_of_month(timestamptz) -> bigint | day($1)
day_of_week(date) -> bigint | isodow($1)
day_of_week(timestamp) -> bigint | isodow($1)
day_of_week(timestamptz) -> bigint | isodow($1)
dow(date) -> bigint | isodow($1)
dow(timestamp) -> bigint | isodow($1)
dow(timestamptz) -> bigint | isodow($1)
day_of_year(date) -> bigint | dayofyear($1)
day_of_year(timestamp) -> bigint | dayofyear($1)
day_of_year(timestamptz) -> bigint | dayofyear($1)
doy(date) -> bigint | dayofyear($1)
doy(timestamp) -> bigint | dayofyear($1)
year_of_week(date) -> bigint | isoyear($1)
yow(date) -> bigint | isoyear($1)
yow(timestamp) -> bigint | isoyear($1)
year_of_week(timestamp) -> bigint | isoyear($1)
hour(timestamp) -> bigint | hour($1)
hour(timestamptz) -> bigint | hour($1)
hour(T:time) -> bigint | hour($1)
minute(timestamp) -> bigint | minute($1)
minute(timestamptz) -> bigint | minute($1)
minute(T:time) -> bigint | minute($1)
second(timestamp) -> bigint | second($1)
second(timestamptz) -> bigint | second($1)
second(T:time) -> bigint | second($1)
millisecond(timestamp) -> bigint | (millisecond($1) % 1000)
millisecond(timestamptz) -> bigint | (millisecond($1) % 1000)
to_iso8601(date) -> varchar(16) | CAST($1 AS VARCHAR)
from_iso8601_date(varchar) -> date | CAST(trino_iso_date($1) AS DATE)
parse_duration(varchar) -> interval day to second | to_milliseconds(trino_parse_duration($1))
to_milliseconds(interval day to second) -> bigint | CAST(epoch_ms($1) AS BIGINT)
# arrays and maps
cardinality(array(T)) -> bigint | CAST(len($1) AS BIGINT)
cardinality(map(K, V)) -> bigint | CAST(cardinality($1) AS BIGINT)
element_at(map(K, V), K) -> V | map_extract($1, $2)[1]
contains(array(T), T) -> boolean | CASE WHEN list_contains($1, $2) THEN TRUE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN len($1) > list_count($1) THEN NULL ELSE FALSE END
array_position(array(T), T) -> bigint | CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN coalesce(CAST(list_position($1, $2) AS BIGINT), 0) END
array_sort(array(T)) -> array(T) | list_sort($1, 'ASC', 'NULLS LAST')
array_max(array(T)) -> T | CASE WHEN len($1) > list_count($1) THEN NULL ELSE list_max($1) END
array_min(array(T)) -> T | CASE WHEN len($1) > list_count($1) THEN NULL ELSE list_min($1) END
array_join(array(varchar), varchar) -> varchar | CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE coalesce(substr(list_aggregate(list_transform(list_filter($1, lambda e0: e0 IS NOT NULL), lambda e0: $2 || e0), 'string_agg', ''), length($2) + 1), '') END
array_join(array(varchar), varchar, varchar) -> varchar | CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL ELSE coalesce(substr(list_aggregate(list_transform($1, lambda e0: $2 || coalesce(e0, $3)), 'string_agg', ''), length($2) + 1), '') END
arrays_overlap(array(T), array(T)) -> boolean | CASE WHEN list_has_any($1, $2) THEN TRUE WHEN len($1) = 0 AND $2 IS NOT NULL OR len($2) = 0 AND $1 IS NOT NULL THEN FALSE WHEN $1 IS NULL OR $2 IS NULL OR len($1) > list_count($1) OR len($2) > list_count($2) THEN NULL ELSE FALSE END
array_remove(array(T), T) -> array(T) | CASE WHEN $2 IS NULL THEN NULL ELSE list_filter($1, lambda e0: e0 IS DISTINCT FROM $2) END
slice(array(T), bigint, bigint) -> array(T) | CASE WHEN $2 = 0 OR $3 < 0 THEN {e} WHEN $2 > len($1) OR $2 < -len($1) OR $3 > 9223372036854775807 - CASE WHEN $2 < 0 THEN greatest(len($1) + $2 + 1, 0) ELSE $2 END THEN [] WHEN $2 < 0 THEN list_slice($1, len($1) + $2 + 1, len($1) + $2 + least($3, len($1))) ELSE list_slice($1, $2, $2 + least($3, len($1)) - 1) END
flatten(array(array(T))) -> array(T) | flatten($1)
reverse(array(T)) -> array(T) | list_reverse($1)
sequence(bigint, bigint) -> array(bigint) | CASE WHEN abs(CAST($2 AS HUGEINT) - $1) >= 10000 THEN {e} WHEN $2 >= $1 THEN generate_series($1, $2) ELSE generate_series($1, $2, -1) END
sequence(date, date) -> array(date) | list_transform(CASE WHEN abs($2 - $1) >= 10000 THEN {e} WHEN $2 >= $1 THEN generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), INTERVAL 1 DAY) ELSE generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), INTERVAL (-1) DAY) END, lambda q0: CAST(q0 AS DATE))
sequence(date, date, interval day to second) -> array(date) | CASE WHEN epoch_ms($3) % 86400000 <> 0 OR epoch_ms($3) = 0 OR ($2 - $1) * 86400000 // CAST(epoch_ms($3) AS BIGINT) >= 10000 THEN {e} ELSE list_transform(generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), $3), lambda q0: CAST(q0 AS DATE)) END
sequence(date, date, interval year to month) -> array(date) | CASE WHEN abs(datediff('month', $1, $2)) > 9990 THEN {u} WHEN day($1) > 28 THEN CASE WHEN date_part('year', $3) * 12 + date_part('month', $3) = 0 OR ($2 > $1) <> (date_part('year', $3) * 12 + date_part('month', $3) > 0) THEN {u} ELSE list_filter(list_transform(range(0, CAST(abs(datediff('month', $1, $2)) // abs(date_part('year', $3) * 12 + date_part('month', $3)) + 2 AS BIGINT)), lambda q0: CAST($1 + to_months(CAST(q0 * (date_part('year', $3) * 12 + date_part('month', $3)) AS INTEGER)) AS DATE)), lambda q1: q1 BETWEEN least($1, $2) AND greatest($1, $2)) END ELSE list_transform(generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), $3), lambda q0: CAST(q0 AS DATE)) END
sequence(T:timestamp, T:timestamp, interval day to second) -> array(T) | CASE WHEN epoch_ms($3) = 0 OR (epoch_ms($2) - epoch_ms($1)) // CAST(epoch_ms($3) AS BIGINT) >= 10000 THEN {e} ELSE generate_series($1, $2, $3) END
sequence(T:timestamp, T:timestamp, interval year to month) -> array(T) | CASE WHEN abs(datediff('month', $1, $2)) > 9990 THEN {u} WHEN day($1) > 28 THEN CASE WHEN date_part('year', $3) * 12 + date_part('month', $3) = 0 OR ($2 > $1) <> (date_part('year', $3) * 12 + date_part('month', $3) > 0) THEN {u} ELSE list_filter(list_transform(range(0, CAST(abs(datediff('month', $1, $2)) // abs(date_part('year', $3) * 12 + date_part('month', $3)) + 2 AS BIGINT)), lambda q0: $1 + to_months(CAST(q0 * (date_part('year', $3) * 12 + date_part('month', $3)) AS INTEGER))), lambda q1: q1 BETWEEN least($1, $2) AND greatest($1, $2)) END ELSE generate_series($1, $2, $3) END
sequence(bigint, bigint, bigint) -> array(bigint) | CASE WHEN $3 = 0 OR (CAST($2 AS HUGEINT) - $1) // $3 >= 10000 OR ($3 > 0 AND $1 > $2) OR ($3 < 0 AND $1 < $2) THEN {e} ELSE generate_series($1, $2, $3) END
shuffle(array(T)) -> array(T) | list_transform(list_sort(list_transform($1, lambda e0: {'r': random(), 'v': e0})), lambda e0: struct_extract(e0, 'v'))
map_keys(map(K, V)) -> array(K) | map_keys($1)
map_values(map(K, V)) -> array(V) | map_values($1)
map() -> map(unknown, unknown) | MAP {}
map(array(K), array(V)) -> map(K, V) | map($1, $2)
map_concat(map(K, V)...) -> map(K, V) | list_transform([[$*]], lambda m0: CASE WHEN len(m0) = list_count(m0) THEN list_reduce(list_reverse(m0), lambda m1, m2: map_concat(m1, map_concat(m2, m1))) END)[1]
transform(array(T), fn(T, U)) -> array(U) | list_transform($1, $2)
filter(array(T), fn(T, boolean)) -> array(T) | list_filter($1, $2)
any_match(array(T), fn(T, boolean)) -> boolean | list_transform([list_transform($1, $2)], lambda m0: CASE WHEN m0 IS NULL THEN NULL WHEN list_contains(m0, TRUE) THEN TRUE WHEN len(m0) > list_count(m0) THEN NULL ELSE FALSE END)[1]
all_match(array(T), fn(T, boolean)) -> boolean | list_transform([list_transform($1, $2)], lambda m0: CASE WHEN m0 IS NULL THEN NULL WHEN list_contains(m0, FALSE) THEN FALSE WHEN len(m0) > list_count(m0) THEN NULL ELSE TRUE END)[1]
none_match(array(T), fn(T, boolean)) -> boolean | list_transform([list_transform($1, $2)], lambda m0: CASE WHEN m0 IS NULL THEN NULL WHEN list_contains(m0, TRUE) THEN FALSE WHEN len(m0) > list_count(m0) THEN NULL ELSE TRUE END)[1]
# json
json_format(json) -> varchar | regexp_replace(CAST($1 AS VARCHAR), '("(?:[^"\\]|\\.)*")|[ \t\n\r]+', '\1', 'g')
json_array_length(json) -> bigint | CASE WHEN json_type($1) = 'ARRAY' THEN CAST(json_array_length($1) AS BIGINT) END
json_array_length(varchar) -> bigint | CASE WHEN json_valid($1) AND json_type($1) = 'ARRAY' THEN CAST(json_array_length($1) AS BIGINT) END
is_json_scalar(json) -> boolean | json_type($1) NOT IN ('OBJECT', 'ARRAY')
from_iso8601_timestamp_nanos(varchar) -> timestamp(9) with time zone | trino_iso_nanos($1)
word_stem(T:text) -> T | trino_word_stem($1, 'en')
word_stem(T:text, varchar) -> T | trino_word_stem($1, $2)
# distributions
normal_cdf(double, double, double) -> double | trino_normal_cdf($1, $2, $3)
t_cdf(double, double) -> double | trino_t_cdf($1, $2)
t_pdf(double, double) -> double | trino_t_pdf($1, $2)
beta_cdf(double, double, double) -> double | trino_beta_cdf($1, $2, $3)
inverse_beta_cdf(double, double, double) -> double | trino_inverse_beta_cdf($1, $2, $3)
inverse_normal_cdf(double, double, double) -> double | trino_inverse_normal_cdf($1, $2, $3)
# colours
color(varchar) -> color | trino_color($1)
color(double, color, color) -> color | trino_color_between($1, $2, $3)
color(double, double, double, color, color) -> color | trino_color_of($1, $2, $3, $4, $5)
rgb(bigint, bigint, bigint) -> color | trino_rgb($1, $2, $3)
render(boolean) -> varchar(16) | CASE WHEN $1 THEN trino_render('✓', trino_color('green')) WHEN NOT $1 THEN trino_render('✗', trino_color('red')) END
render(bigint, color) -> varchar(35) | trino_render(CAST($1 AS VARCHAR), $2)
render(double, color) -> varchar(41) | trino_render_double($1, $2)
bar(double, bigint) -> varchar | trino_bar($1, $2, trino_color('#f00'), trino_color('#0f0'))
bar(double, bigint, color, color) -> varchar | trino_bar($1, $2, $3, $4)
# others
parse_data_size(varchar) -> decimal(38,0) | CAST(trino_parse_data_size($1) AS DECIMAL(38,0))
parse_presto_data_size(varchar) -> decimal(38,0) | CAST(trino_parse_data_size($1) AS DECIMAL(38,0))
format_number(bigint) -> varchar | trino_format_number($1)
format_number(double) -> varchar | trino_format_number(trino_to_long($1))
uuid() -> uuid | uuid()
`
