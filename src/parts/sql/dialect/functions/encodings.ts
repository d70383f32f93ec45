// Scalar functions of bits, bytes and URLs, most of them computed by functions of the engine's own.
import { signatures } from '#parts/sql/dialect/functions/signature'

export const ENCODINGS = signatures`
# bits and bases
bitwise_left_shift(bigint, integer) -> bigint | CAST(trino_shift_left($1, $2, 64) AS BIGINT)
bitwise_left_shift(integer, integer) -> integer | CAST(trino_shift_left($1, $2, 32) AS INTEGER)
bitwise_left_shift(smallint, integer) -> smallint | CAST(trino_shift_left($1, $2, 16) AS SMALLINT)
bitwise_left_shift(tinyint, integer) -> tinyint | CAST(trino_shift_left($1, $2, 8) AS TINYINT)
bitwise_right_shift(bigint, integer) -> bigint | CAST(trino_shift_right($1, $2, 64) AS BIGINT)
bitwise_right_shift(integer, integer) -> integer | CAST(trino_shift_right($1, $2, 32) AS INTEGER)
bitwise_right_shift(smallint, integer) -> smallint | CAST(trino_shift_right($1, $2, 16) AS SMALLINT)
bitwise_right_shift(tinyint, integer) -> tinyint | CAST(trino_shift_right($1, $2, 8) AS TINYINT)
bitwise_right_shift_arithmetic(bigint, integer) -> bigint | CAST(trino_shift_right_arithmetic($1, $2, 64) AS BIGINT)
bitwise_right_shift_arithmetic(integer, integer) -> integer | CAST(trino_shift_right_arithmetic($1, $2, 32) AS INTEGER)
bitwise_right_shift_arithmetic(smallint, integer) -> smallint | CAST(trino_shift_right_arithmetic($1, $2, 16) AS SMALLINT)
bitwise_right_shift_arithmetic(tinyint, integer) -> tinyint | CAST(trino_shift_right_arithmetic($1, $2, 8) AS TINYINT)
bit_count(bigint, bigint) -> bigint | trino_bit_count($1, $2)
from_base(varchar, bigint) -> bigint | trino_from_base($1, $2)
to_base(bigint, bigint) -> varchar(64) | trino_to_base($1, $2)
width_bucket(double, double, double, bigint) -> bigint | CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL OR $4 IS NULL THEN NULL WHEN $4 <= 0 OR isnan($1) OR NOT isfinite($2) OR NOT isfinite($3) OR $2 = $3 THEN {e} ELSE list_transform([CASE WHEN $1 < least($2, $3) THEN 0 WHEN $1 >= greatest($2, $3) THEN $4 + 1 ELSE CAST(floor($4 * ($1 - least($2, $3)) / (greatest($2, $3) - least($2, $3))) AS BIGINT) + 1 END], lambda b0: CASE WHEN $2 > $3 THEN $4 - b0 + 1 ELSE b0 END)[1] END
luhn_check(varchar) -> boolean | trino_luhn_check($1)
wilson_interval_lower(bigint, bigint, double) -> double | CASE WHEN $1 < 0 OR $2 <= 0 OR $1 > $2 OR $3 < 0 THEN {e} WHEN NOT isfinite($3) THEN {u} ELSE (CAST($1 AS DOUBLE) / $2 + $3 * $3 / (2 * CAST($2 AS DOUBLE)) - $3 * sqrt(CAST($1 AS DOUBLE) / $2 * (1 - CAST($1 AS DOUBLE) / $2) / $2 + $3 * $3 / (4 * CAST($2 AS DOUBLE) * $2))) / (1 + $3 * $3 / $2) END
wilson_interval_upper(bigint, bigint, double) -> double | CASE WHEN $1 < 0 OR $2 <= 0 OR $1 > $2 OR $3 < 0 THEN {e} WHEN NOT isfinite($3) THEN {u} ELSE (CAST($1 AS DOUBLE) / $2 + $3 * $3 / (2 * CAST($2 AS DOUBLE)) + $3 * sqrt(CAST($1 AS DOUBLE) / $2 * (1 - CAST($1 AS DOUBLE) / $2) / $2 + $3 * $3 / (4 * CAST($2 AS DOUBLE) * $2))) / (1 + $3 * $3 / $2) END
great_circle_distance(double, double, double, double) -> double | trino_great_circle($1, $2, $3, $4)
human_readable_seconds(double) -> varchar | trino_readable_seconds($1)
# bytes
xxhash64(varbinary) -> varbinary | trino_xxhash64($1)
from_hex(varbinary) -> varbinary | CASE WHEN length(trino_from_utf8($1, '�')) % 2 = 1 THEN {e} ELSE unhex(trino_from_utf8($1, '�')) END
sha512(varbinary) -> varbinary | trino_sha512($1)
hmac_md5(varbinary, varbinary) -> varbinary | trino_hmac_md5($1, $2)
hmac_sha1(varbinary, varbinary) -> varbinary | trino_hmac_sha1($1, $2)
hmac_sha256(varbinary, varbinary) -> varbinary | trino_hmac_sha256($1, $2)
hmac_sha512(varbinary, varbinary) -> varbinary | trino_hmac_sha512($1, $2)
crc32(varbinary) -> bigint | trino_crc32($1)
from_big_endian_32(varbinary) -> integer | trino_from_int32($1)
from_big_endian_64(varbinary) -> bigint | trino_from_int64($1)
from_ieee754_32(varbinary) -> real | trino_from_float32($1)
from_ieee754_64(varbinary) -> double | trino_from_float64($1)
to_big_endian_32(integer) -> varbinary | trino_to_int32($1)
to_big_endian_64(bigint) -> varbinary | trino_to_int64($1)
to_ieee754_32(real) -> varbinary | trino_to_float32($1)
to_ieee754_64(double) -> varbinary | trino_to_float64($1)
spooky_hash_v2_32(varbinary) -> varbinary | trino_spooky_32($1)
spooky_hash_v2_64(varbinary) -> varbinary | trino_spooky_64($1)
lpad(varbinary, bigint, varbinary) -> varbinary | trino_lpad($1, $2, $3)
rpad(varbinary, bigint, varbinary) -> varbinary | trino_rpad($1, $2, $3)
reverse(varbinary) -> varbinary | trino_reverse($1)
# URLs
url_extract_protocol(S:text) -> S | trino_url_protocol($1)
url_extract_host(S:text) -> S | trino_url_host($1)
url_extract_path(S:text) -> S | trino_url_path($1)
url_extract_query(S:text) -> S | trino_url_query($1)
url_extract_fragment(S:text) -> S | trino_url_fragment($1)
url_extract_port(varchar) -> bigint | trino_url_port($1)
url_extract_parameter(S:text, varchar) -> S | trino_url_parameter($1, $2)
url_decode(S:text) -> S | trino_url_decode($1)
# text
soundex(varchar) -> varchar(4) | trino_soundex($1)
strpos(varchar, varchar, bigint) -> bigint | trino_strpos($1, $2, $3)
split(S:text, varchar, bigint) -> array(S) | CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL WHEN $3 <= 0 OR $3 > 2147483647 OR $2 = '' THEN {e} ELSE list_transform([string_split($1, $2)], lambda s0: CASE WHEN len(s0) <= $3 THEN s0 ELSE list_append(s0[1:$3 - 1], substr(list_aggregate(list_transform(s0[$3:len(s0)], lambda s1: $2 || s1), 'string_agg', ''), length($2) + 1)) END)[1] END
regexp_position(varchar, varchar) -> integer | CASE WHEN regexp_matches($1, $2) THEN CAST(length(regexp_extract($1, '^(?s:(.*?))(?:' || $2 || ')', 1)) + 1 AS INTEGER) WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN -1 END
regexp_position(varchar, varchar, bigint) -> integer | trino_regexp_position($1, $2, $3, 1)
regexp_position(varchar, varchar, bigint, bigint) -> integer | trino_regexp_position($1, $2, $3, $4)
upper(C:char) -> C | upper($1)
lower(C:char) -> C | lower($1)
# fields of moments with a zone, of times and of intervals
week_of_year(timestamptz) -> bigint | week($1)
doy(timestamptz) -> bigint | dayofyear($1)
year_of_week(timestamptz) -> bigint | isoyear($1)
yow(timestamptz) -> bigint | isoyear($1)
millisecond(T:time) -> bigint | (millisecond($1) % 1000)
day(interval day to second) -> bigint | (CAST(epoch_ms($1) AS BIGINT) // 86400000)
day_of_month(interval day to second) -> bigint | (CAST(epoch_ms($1) AS BIGINT) // 86400000)
hour(interval day to second) -> bigint | (CAST(epoch_ms($1) AS BIGINT) // 3600000 % 24)
minute(interval day to second) -> bigint | (CAST(epoch_ms($1) AS BIGINT) // 60000 % 60)
second(interval day to second) -> bigint | (CAST(epoch_ms($1) AS BIGINT) // 1000 % 60)
millisecond(interval day to second) -> bigint | (CAST(epoch_ms($1) AS BIGINT) % 1000)
year(interval year to month) -> bigint | date_part('year', $1)
month(interval year to month) -> bigint | date_part('month', $1)
`
