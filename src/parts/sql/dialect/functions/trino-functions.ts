// Every function of Trino 476 with the arguments of its overloads, as SHOW FUNCTIONS lists them: what it has and is not served here is
// refused by name, what it has not does not exist.
import { isText, isUnknown } from '#parts/sql/dialect/types'
import type { TrinoType } from '#wire/trino/type'

type Kind = 'scalar' | 'aggregate' | 'window' | 'table'

/** `name kind | arguments | arguments`. */
const TABLE = `
abs scalar | bigint | decimal(p,s) | double | integer | real | smallint | tinyint
acos scalar | double
all_match scalar | array(t), function(t,boolean)
any_match scalar | array(t), function(t,boolean)
any_value aggregate | t
approx_distinct aggregate | boolean | boolean, double | t | t, double | unknown | unknown, double
approx_most_frequent aggregate | bigint, bigint, bigint | bigint, varchar, bigint
approx_percentile aggregate | bigint, array(double) | bigint, double, array(double) | double, array(double) | double, double, array(double) | real, array(double) | real, double, array(double) | bigint, double | bigint, double, double | bigint, double, double, double | double, double | double, double, double | double, double, double, double | real, double | real, double, double | real, double, double, double
approx_set aggregate | bigint | double | varchar(x)
arbitrary aggregate | t
array_agg aggregate | t
array_distinct scalar | array(e)
array_except scalar | array(e), array(e)
array_histogram scalar | array(t)
array_intersect scalar | array(e), array(e)
array_join scalar | array(e), varchar | array(e), varchar, varchar
array_max scalar | array(t)
array_min scalar | array(t)
array_position scalar | array(t), t
array_remove scalar | array(e), e
array_sort scalar | array(e) | array(t), function(t,t,integer)
array_union scalar | array(e), array(e)
arrays_overlap scalar | array(e), array(e)
asin scalar | double
at_timezone scalar | timestamp(p) with time zone, varchar(x)
atan scalar | double
atan2 scalar | double, double
avg aggregate | decimal(p,s) | bigint | double | interval day to second | interval year to month | real
bar scalar | double, bigint | double, bigint, color, color
beta_cdf scalar | double, double, double
bing_tile scalar | integer, integer, integer | varchar
bing_tile_at scalar | double, double, integer
bing_tile_coordinates scalar | bingtile
bing_tile_polygon scalar | bingtile
bing_tile_quadkey scalar | bingtile
bing_tile_zoom_level scalar | bingtile
bing_tiles_around scalar | double, double, integer | double, double, integer, double
bit_count scalar | bigint, bigint
bitwise_and scalar | bigint, bigint
bitwise_and_agg aggregate | bigint
bitwise_left_shift scalar | bigint, integer | integer, integer | smallint, integer | tinyint, integer
bitwise_not scalar | bigint
bitwise_or scalar | bigint, bigint
bitwise_or_agg aggregate | bigint
bitwise_right_shift scalar | bigint, integer | integer, integer | smallint, integer | tinyint, integer
bitwise_right_shift_arithmetic scalar | bigint, integer | integer, integer | smallint, integer | tinyint, integer
bitwise_xor scalar | bigint, bigint
bitwise_xor_agg aggregate | bigint
bool_and aggregate | boolean
bool_or aggregate | boolean
cardinality scalar | array(e) | hyperloglog | map(k,v) | setdigest
cbrt scalar | double
ceil scalar | bigint | decimal(p,s) | double | integer | real | smallint | tinyint
ceiling scalar | bigint | decimal(p,s) | double | integer | real | smallint | tinyint
checksum aggregate | t
chr scalar | bigint
codepoint scalar | varchar(1)
color scalar | double, color, color | double, double, double, color, color | varchar(x)
combinations scalar | array(t), integer
concat scalar | E, array(E) | array(E) | array(E), E | char(x), char(y) | varbinary | varchar
concat_ws scalar | varchar, array(varchar) | varchar, varchar
contains scalar | array(t), t | varchar, ipaddress
contains_sequence scalar | array(t), array(t)
convex_hull_agg aggregate | geometry
corr aggregate | double, double | real, real
cos scalar | double
cosh scalar | double
cosine_distance scalar | array(double), array(double)
cosine_similarity scalar | array(double), array(double) | map(varchar,double), map(varchar,double)
count aggregate |  | t
count_if aggregate | boolean
covar_pop aggregate | double, double | real, real
covar_samp aggregate | double, double | real, real
crc32 scalar | varbinary
cume_dist window | 
current_date scalar | 
current_groups scalar | 
current_timezone scalar | 
date scalar | timestamp(p) with time zone | timestamp(p) | varchar(x)
date_add scalar | varchar(x), bigint, date | varchar(x), bigint, time(p) with time zone | varchar(x), bigint, time(p) | varchar(x), bigint, timestamp(p) with time zone | varchar(x), bigint, timestamp(p)
date_diff scalar | varchar(x), date, date | varchar(x), time(p) with time zone, time(p) with time zone | varchar(x), time(p), time(p) | varchar(x), timestamp(p) with time zone, timestamp(p) with time zone | varchar(x), timestamp(p), timestamp(p)
date_format scalar | timestamp(p) with time zone, varchar(x) | timestamp(p), varchar(x)
date_parse scalar | varchar(x), varchar(y)
date_trunc scalar | varchar(x), date | varchar(x), time(p) with time zone | varchar(x), time(p) | varchar(x), timestamp(p) with time zone | varchar(x), timestamp(p)
day scalar | date | interval day to second | timestamp(p) with time zone | timestamp(p)
day_of_month scalar | date | interval day to second | timestamp(p) with time zone | timestamp(p)
day_of_week scalar | date | timestamp(p) with time zone | timestamp(p)
day_of_year scalar | date | timestamp(p) with time zone | timestamp(p)
degrees scalar | double
dense_rank window | 
dot_product scalar | array(double), array(double)
dow scalar | date | timestamp(p) with time zone | timestamp(p)
doy scalar | date | timestamp(p) with time zone | timestamp(p)
e scalar | 
element_at scalar | map(K,V), K | array(e), bigint
empty_approx_set scalar | 
euclidean_distance scalar | array(double), array(double)
every aggregate | boolean
exclude_columns table | unknown, unknown
exp scalar | double
filter scalar | array(t), function(t,boolean)
first_value window | t
flatten scalar | array(array(E))
floor scalar | bigint | decimal(p,s) | double | integer | real | smallint | tinyint
format_datetime scalar | timestamp(p) with time zone, varchar(x) | timestamp(p), varchar(x)
format_number scalar | bigint | double
from_base scalar | varchar(x), bigint
from_base32 scalar | varbinary | varchar(x)
from_base64 scalar | varbinary | varchar(x)
from_base64url scalar | varbinary | varchar(x)
from_big_endian_32 scalar | varbinary
from_big_endian_64 scalar | varbinary
from_encoded_polyline scalar | varchar
from_geojson_geometry scalar | varchar
from_hex scalar | varbinary | varchar(x)
from_ieee754_32 scalar | varbinary
from_ieee754_64 scalar | varbinary
from_iso8601_date scalar | varchar(x)
from_iso8601_timestamp scalar | varchar(x)
from_iso8601_timestamp_nanos scalar | varchar(x)
from_unixtime scalar | double | double, bigint, bigint | double, varchar(x)
from_unixtime_nanos scalar | bigint | decimal(p,s)
from_utf8 scalar | varbinary | varbinary, bigint | varbinary, varchar(x)
geometric_mean aggregate | bigint | double | real
geometry_from_hadoop_shape scalar | varbinary
geometry_invalid_reason scalar | geometry
geometry_nearest_points scalar | geometry, geometry
geometry_to_bing_tiles scalar | geometry, integer
geometry_union scalar | array(geometry)
geometry_union_agg aggregate | geometry
great_circle_distance scalar | double, double, double, double
greatest scalar | E
hamming_distance scalar | varchar(x), varchar(y)
hash_counts scalar | setdigest
histogram aggregate | t
hmac_md5 scalar | varbinary, varbinary
hmac_sha1 scalar | varbinary, varbinary
hmac_sha256 scalar | varbinary, varbinary
hmac_sha512 scalar | varbinary, varbinary
hour scalar | interval day to second | time(p) with time zone | time(p) | timestamp(p) with time zone | timestamp(p)
human_readable_seconds scalar | double
infinity scalar | 
intersection_cardinality scalar | setdigest, setdigest
inverse_beta_cdf scalar | double, double, double
inverse_normal_cdf scalar | double, double, double
is_finite scalar | double
is_infinite scalar | double
is_json_scalar scalar | json | varchar(x)
is_nan scalar | double | real
jaccard_index scalar | setdigest, setdigest
json_array_contains scalar | json, bigint | json, boolean | json, double | json, varchar(x) | varchar(x), bigint | varchar(x), boolean | varchar(x), double | varchar(x), varchar(y)
json_array_get scalar | json, bigint | varchar(x), bigint
json_array_length scalar | json | varchar(x)
json_extract scalar | json, jsonpath | varchar(x), jsonpath
json_extract_scalar scalar | json, jsonpath | varchar(x), jsonpath
json_format scalar | json
json_parse scalar | varchar(x)
json_size scalar | json, jsonpath | varchar(x), jsonpath
kurtosis aggregate | bigint | double
lag window | t | t, bigint | t, bigint, t
last_day_of_month scalar | date | timestamp(p) with time zone | timestamp(p)
last_value window | t
lead window | t | t, bigint | t, bigint, t
least scalar | E
length scalar | char(x) | varbinary | varchar(x)
levenshtein_distance scalar | varchar(x), varchar(y)
line_interpolate_point scalar | geometry, double
line_interpolate_points scalar | geometry, double
line_locate_point scalar | geometry, geometry
listagg aggregate | varchar, varchar, boolean, varchar, boolean
ln scalar | double
log scalar | double, double
log10 scalar | double
log2 scalar | double
lower scalar | char(x) | varchar(x)
lpad scalar | varbinary, bigint, varbinary | char(x), bigint, varchar(y) | varchar(x), bigint, varchar(y)
ltrim scalar | char(x) | char(x), codepoints | varchar(x) | varchar(x), codepoints
luhn_check scalar | varchar
make_set_digest aggregate | t
map scalar | array(K), array(V) | 
map_agg aggregate | k, v
map_concat scalar | map(K,V)
map_entries scalar | map(k,v)
map_filter scalar | map(K,V), function(K,V,boolean)
map_from_entries scalar | array(row(k,v))
map_keys scalar | map(k,v)
map_union aggregate | map(k,v)
map_values scalar | map(k,v)
map_zip_with scalar | map(K,V1), map(K,V2), function(K,V1,V2,V3)
max aggregate | e, bigint | t
max_by aggregate | v, k, bigint | v, k
md5 scalar | varbinary
merge aggregate | hyperloglog | qdigest(v) | tdigest
merge_set_digest aggregate | setdigest
millisecond scalar | interval day to second | time(p) with time zone | time(p) | timestamp(p) with time zone | timestamp(p)
min aggregate | e, bigint | t
min_by aggregate | v, k, bigint | v, k
minute scalar | interval day to second | time(p) with time zone | time(p) | timestamp(p) with time zone | timestamp(p)
mod scalar | bigint, bigint | decimal(a_precision,a_scale), decimal(b_precision,b_scale) | double, double | integer, integer | real, real | smallint, smallint | tinyint, tinyint
month scalar | date | interval year to month | timestamp(p) with time zone | timestamp(p)
multimap_agg aggregate | k, v
multimap_from_entries scalar | array(row(k,v))
murmur3 scalar | varbinary
nan scalar | 
ngrams scalar | array(t), integer
none_match scalar | array(t), function(t,boolean)
normal_cdf scalar | double, double, double
normalize scalar | varchar(x), varchar(y)
now scalar | 
nth_value window | t, bigint
ntile window | bigint
numeric_histogram aggregate | bigint, double | bigint, double, double | bigint, real | bigint, real, double
parse_data_size scalar | varchar(x)
parse_datetime scalar | varchar(x), varchar(y)
parse_duration scalar | varchar(x)
parse_presto_data_size scalar | varchar(x)
percent_rank window | 
pi scalar | 
pow scalar | double, double
power scalar | double, double
qdigest_agg aggregate | bigint | bigint, bigint | bigint, bigint, double | double | double, bigint | double, bigint, double | real | real, bigint | real, bigint, double
quantile_at_value scalar | qdigest(bigint), bigint | qdigest(double), double | qdigest(real), real
quarter scalar | date | timestamp(p) with time zone | timestamp(p)
radians scalar | double
rand scalar | bigint | bigint, bigint |  | integer | integer, integer | smallint | smallint, smallint | tinyint | tinyint, tinyint
random scalar | bigint | bigint, bigint |  | integer | integer, integer | smallint | smallint, smallint | tinyint | tinyint, tinyint
rank window | 
reduce scalar | array(T), S, function(S,T,S), function(S,R)
reduce_agg aggregate | T, S, function(S,T,S), function(S,S,S)
regexp_count scalar | varchar(x), joniregexp
regexp_extract scalar | varchar(x), joniregexp | varchar(x), joniregexp, bigint
regexp_extract_all scalar | varchar(x), joniregexp | varchar(x), joniregexp, bigint
regexp_like scalar | varchar(x), joniregexp
regexp_position scalar | varchar(x), joniregexp | varchar(x), joniregexp, integer | varchar(x), joniregexp, integer, integer
regexp_replace scalar | varchar, joniregexp, function(array(varchar),varchar(x)) | varchar(x), joniregexp | varchar(x), joniregexp, varchar(y)
regexp_split scalar | varchar(x), joniregexp
regr_intercept aggregate | double, double | real, real
regr_slope aggregate | double, double | real, real
render scalar | boolean | bigint, color | double, color | varchar(x), color
repeat scalar | t, bigint
replace scalar | varchar(x), varchar(y), varchar(z) | varchar(x), varchar(y)
reverse scalar | array(e) | char(x) | varbinary | varchar(x)
rgb scalar | bigint, bigint, bigint
round scalar | bigint | bigint, integer | decimal(p,s) | decimal(p,s), integer | double | double, integer | integer | integer, integer | real | real, integer | smallint | smallint, integer | tinyint | tinyint, integer
row_number window | 
rpad scalar | varbinary, bigint, varbinary | varchar(x), bigint, varchar(y)
rtrim scalar | char(x) | char(x), codepoints | varchar(x) | varchar(x), codepoints
second scalar | interval day to second | time(p) with time zone | time(p) | timestamp(p) with time zone | timestamp(p)
sequence scalar | bigint, bigint | bigint, bigint, bigint | date, date | date, date, interval day to second | date, date, interval year to month | timestamp(p), timestamp(p), interval day to second | timestamp(p), timestamp(p), interval year to month
sequence table | bigint, bigint, bigint
sha1 scalar | varbinary
sha256 scalar | varbinary
sha512 scalar | varbinary
shuffle scalar | array(e)
sign scalar | bigint | decimal(p,s) | double | integer | real | smallint | tinyint
simplify_geometry scalar | geometry, double
sin scalar | double
sinh scalar | double
skewness aggregate | bigint | double
slice scalar | array(e), bigint, bigint
soundex scalar | varchar
spatial_partitioning aggregate | geometry
spatial_partitions scalar | kdbtree, geometry | kdbtree, geometry, double
split scalar | varchar(x), varchar(y) | varchar(x), varchar(y), bigint
split_part scalar | varchar(x), varchar(y), bigint
split_to_map scalar | varchar, varchar, varchar
split_to_multimap scalar | varchar, varchar, varchar
spooky_hash_v2_32 scalar | varbinary
spooky_hash_v2_64 scalar | varbinary
sqrt scalar | double
st_area scalar | geometry | sphericalgeography
st_asbinary scalar | geometry
st_astext scalar | geometry
st_boundary scalar | geometry
st_buffer scalar | geometry, double
st_centroid scalar | geometry
st_contains scalar | geometry, geometry
st_convexhull scalar | geometry
st_coorddim scalar | geometry
st_crosses scalar | geometry, geometry
st_difference scalar | geometry, geometry
st_dimension scalar | geometry
st_disjoint scalar | geometry, geometry
st_distance scalar | geometry, geometry | sphericalgeography, sphericalgeography
st_endpoint scalar | geometry
st_envelope scalar | geometry
st_envelopeaspts scalar | geometry
st_equals scalar | geometry, geometry
st_exteriorring scalar | geometry
st_geometries scalar | geometry
st_geometryfromtext scalar | varchar
st_geometryn scalar | geometry, integer
st_geometrytype scalar | geometry
st_geomfrombinary scalar | varbinary
st_geomfromkml scalar | varchar
st_interiorringn scalar | geometry, integer
st_interiorrings scalar | geometry
st_intersection scalar | geometry, geometry
st_intersects scalar | geometry, geometry
st_isclosed scalar | geometry
st_isempty scalar | geometry
st_isring scalar | geometry
st_issimple scalar | geometry
st_isvalid scalar | geometry
st_length scalar | geometry | sphericalgeography
st_linefromtext scalar | varchar
st_linestring scalar | array(geometry)
st_multipoint scalar | array(geometry)
st_numgeometries scalar | geometry
st_numinteriorring scalar | geometry
st_numpoints scalar | geometry
st_overlaps scalar | geometry, geometry
st_point scalar | double, double
st_pointn scalar | geometry, integer
st_points scalar | geometry
st_polygon scalar | varchar
st_relate scalar | geometry, geometry, varchar
st_startpoint scalar | geometry
st_symdifference scalar | geometry, geometry
st_touches scalar | geometry, geometry
st_union scalar | geometry, geometry
st_within scalar | geometry, geometry
st_x scalar | geometry
st_xmax scalar | geometry
st_xmin scalar | geometry
st_y scalar | geometry
st_ymax scalar | geometry
st_ymin scalar | geometry
starts_with scalar | varchar(x), varchar(y)
stddev aggregate | bigint | double
stddev_pop aggregate | bigint | double
stddev_samp aggregate | bigint | double
strpos scalar | varchar(x), varchar(y) | varchar(x), varchar(y), bigint
substr scalar | varbinary, bigint | varbinary, bigint, bigint | char(x), bigint | char(x), bigint, bigint | varchar(x), bigint | varchar(x), bigint, bigint
substring scalar | char(x), bigint | char(x), bigint, bigint | varchar(x), bigint | varchar(x), bigint, bigint
sum aggregate | bigint | decimal(p,s) | double | interval day to second | interval year to month | real
t_cdf scalar | double, double
t_pdf scalar | double, double
tan scalar | double
tanh scalar | double
tdigest_agg aggregate | double | double, double
timezone scalar | time(p) with time zone | timestamp(p) with time zone
timezone_hour scalar | time(p) with time zone | timestamp(p) with time zone
timezone_minute scalar | time(p) with time zone | timestamp(p) with time zone
to_base scalar | bigint, bigint
to_base32 scalar | varbinary
to_base64 scalar | varbinary
to_base64url scalar | varbinary
to_big_endian_32 scalar | integer
to_big_endian_64 scalar | bigint
to_encoded_polyline scalar | geometry
to_geojson_geometry scalar | sphericalgeography
to_geometry scalar | sphericalgeography
to_hex scalar | varbinary
to_ieee754_32 scalar | real
to_ieee754_64 scalar | double
to_iso8601 scalar | date | timestamp(p) with time zone | timestamp(p)
to_milliseconds scalar | interval day to second
to_spherical_geography scalar | geometry
to_unixtime scalar | timestamp(p) with time zone
to_utf8 scalar | char(x) | varchar(x)
transform scalar | array(T), function(T,U)
transform_keys scalar | map(K1,V), function(K1,V,K2)
transform_values scalar | map(K,V1), function(K,V1,V2)
translate scalar | varchar(x), varchar(y), varchar(z)
trim scalar | char(x) | char(x), codepoints | varchar(x) | varchar(x), codepoints
trim_array scalar | array(e), bigint
truncate scalar | decimal(p,s), integer | decimal(p,s) | double | real
typeof scalar | t
upper scalar | char(x) | varchar(x)
url_decode scalar | varchar(x)
url_encode scalar | varchar(x)
url_extract_fragment scalar | varchar(x)
url_extract_host scalar | varchar(x)
url_extract_parameter scalar | varchar(x), varchar(y)
url_extract_path scalar | varchar(x)
url_extract_port scalar | varchar(x)
url_extract_protocol scalar | varchar(x)
url_extract_query scalar | varchar(x)
uuid scalar | 
value_at_quantile scalar | qdigest(bigint), double | qdigest(double), double | tdigest, double | qdigest(real), double
values_at_quantiles scalar | qdigest(bigint), array(double) | qdigest(double), array(double) | tdigest, array(double) | qdigest(real), array(double)
var_pop aggregate | bigint | double
var_samp aggregate | bigint | double
variance aggregate | bigint | double
week scalar | date | timestamp(p) with time zone | timestamp(p)
week_of_year scalar | date | timestamp(p) with time zone | timestamp(p)
width_bucket scalar | double, array(double) | double, double, double, bigint
wilson_interval_lower scalar | bigint, bigint, double
wilson_interval_upper scalar | bigint, bigint, double
with_timezone scalar | timestamp(p), varchar(x)
word_stem scalar | varchar(x) | varchar(x), varchar(2)
xxhash64 scalar | varbinary
year scalar | date | interval year to month | timestamp(p) with time zone | timestamp(p)
year_of_week scalar | date | timestamp(p) with time zone | timestamp(p)
yow scalar | date | timestamp(p) with time zone | timestamp(p)
zip scalar | array(T1), array(T2) | array(T1), array(T2), array(T3) | array(T1), array(T2), array(T3), array(T4) | array(T1), array(T2), array(T3), array(T4), array(T5)
zip_with scalar | array(T), array(U), function(T,U,R)
`

interface Known {
  readonly kind: Kind
  readonly overloads: readonly (readonly string[])[]
}

const FUNCTIONS: ReadonlyMap<string, Known> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [head, ...overloads] = line.split(' |')
      const [name, kind] = (head as string).split(' ') as [string, Kind]
      return [name, { kind, overloads: overloads.map((list) => split(list.trim())) }]
    }),
)

/** What Trino has of this name. */
export const trinoKind = (name: string): Kind | undefined => FUNCTIONS.get(name)?.kind

/** Whether Trino has an overload for such arguments; `function` is a lambda. Type variables and parameters are not looked at. */
export function trinoTakes(name: string, args: readonly (TrinoType | 'function')[]): boolean {
  return (
    FUNCTIONS.get(name)?.overloads.some(
      (list) => list.length === args.length && list.every((want, i) => takes(want, args[i] as TrinoType)),
    ) ?? false
  )
}

function takes(want: string, given: TrinoType | 'function'): boolean {
  if (given === 'function' || want.startsWith('function(')) return given === 'function' && want.startsWith('function(')
  if (/^[a-z]\d?$/i.test(want) || isUnknown(given)) return true
  const base = want.replace(/\([^)]*\)+/, '')
  if (isText(given)) return /^(var)?char$|^(joniregexp|jsonpath|codepoints)$/.test(base)
  return base === given.base || (WIDER.get(given.base)?.includes(base) ?? false)
}

/** What a value of each type is silently turned to. */
const WIDER: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    tinyint: ['smallint', 'integer', 'bigint', 'decimal', 'real', 'double'],
    smallint: ['integer', 'bigint', 'decimal', 'real', 'double'],
    integer: ['bigint', 'decimal', 'real', 'double'],
    bigint: ['decimal', 'real', 'double'],
    decimal: ['real', 'double'],
    real: ['double'],
    date: ['timestamp', 'timestamp with time zone'],
    time: ['time with time zone'],
    timestamp: ['timestamp with time zone'],
  }),
)

function split(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const [i, c] of [...list, ','].entries()) {
    depth += c === '(' ? 1 : c === ')' ? -1 : 0
    if (c !== ',' || depth > 0) continue
    if (list.slice(from, i).trim() !== '') parts.push(list.slice(from, i).trim())
    from = i + 1
  }
  return parts
}
