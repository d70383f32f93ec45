// Every function of Trino 476 with the arguments and results of its overloads, as SHOW FUNCTIONS lists them: what it has and is not served here is
// refused by name, what it has not does not exist.
import { type Formal, type Given, type Overload, readOverload } from '#parts/sql/dialect/functions/overloads'
import { isText, isUnknown } from '#parts/sql/dialect/types'

type Kind = 'scalar' | 'aggregate' | 'window' | 'table'

/** `name kind | arguments -> result | arguments -> result`; `?` after an argument that may be null and `...` after the last, of which there may be any number: the list does not tell that. */
const TABLE = `
abs scalar | bigint -> bigint | decimal(p,s) -> decimal(p,s) | double -> double | integer -> integer | real -> real | smallint -> smallint | tinyint -> tinyint
acos scalar | double -> double
all_match scalar | array(t), function(t,boolean) -> boolean
any_match scalar | array(t), function(t,boolean) -> boolean
any_value aggregate | t -> t
approx_distinct aggregate | boolean -> bigint | boolean, double -> bigint | t -> bigint | t, double -> bigint | unknown -> bigint | unknown, double -> bigint
approx_most_frequent aggregate | bigint, bigint, bigint -> map(bigint,bigint) | bigint, varchar, bigint -> map(varchar,bigint)
approx_percentile aggregate | bigint, array(double) -> array(bigint) | bigint, double, array(double) -> array(bigint) | double, array(double) -> array(double) | double, double, array(double) -> array(double) | real, array(double) -> array(real) | real, double, array(double) -> array(real) | bigint, double -> bigint | bigint, double, double -> bigint | bigint, double, double, double -> bigint | double, double -> double | double, double, double -> double | double, double, double, double -> double | real, double -> real | real, double, double -> real | real, double, double, double -> real
approx_set aggregate | bigint -> hyperloglog | double -> hyperloglog | varchar(x) -> hyperloglog
arbitrary aggregate | t -> t
array_agg aggregate | t -> array(t)
array_distinct scalar | array(e) -> array(e)
array_except scalar | array(e), array(e) -> array(e)
array_histogram scalar | array(t) -> map(t,bigint)
array_intersect scalar | array(e), array(e) -> array(e)
array_join scalar | array(e), varchar -> varchar | array(e), varchar, varchar -> varchar
array_max scalar | array(t) -> t
array_min scalar | array(t) -> t
array_position scalar | array(t), t -> bigint
array_remove scalar | array(e), e -> array(e)
array_sort scalar | array(e) -> array(e) | array(t), function(t,t,integer) -> array(t)
array_union scalar | array(e), array(e) -> array(e)
arrays_overlap scalar | array(e), array(e) -> boolean
asin scalar | double -> double
at_timezone scalar | timestamp(p) with time zone, varchar(x) -> timestamp(p) with time zone
atan scalar | double -> double
atan2 scalar | double, double -> double
avg aggregate | decimal(p,s) -> decimal(p,s) | bigint -> double | double -> double | interval day to second -> interval day to second | interval year to month -> interval year to month | real -> real
bar scalar | double, bigint -> varchar | double, bigint, color, color -> varchar
beta_cdf scalar | double, double, double -> double
bing_tile scalar | integer, integer, integer -> bingtile | varchar -> bingtile
bing_tile_at scalar | double, double, integer -> bingtile
bing_tile_coordinates scalar | bingtile -> row("x" integer,"y" integer)
bing_tile_polygon scalar | bingtile -> geometry
bing_tile_quadkey scalar | bingtile -> varchar
bing_tile_zoom_level scalar | bingtile -> tinyint
bing_tiles_around scalar | double, double, integer -> array(bingtile) | double, double, integer, double -> array(bingtile)
bit_count scalar | bigint, bigint -> bigint
bitwise_and scalar | bigint, bigint -> bigint
bitwise_and_agg aggregate | bigint -> bigint
bitwise_left_shift scalar | bigint, integer -> bigint | integer, integer -> integer | smallint, integer -> smallint | tinyint, integer -> tinyint
bitwise_not scalar | bigint -> bigint
bitwise_or scalar | bigint, bigint -> bigint
bitwise_or_agg aggregate | bigint -> bigint
bitwise_right_shift scalar | bigint, integer -> bigint | integer, integer -> integer | smallint, integer -> smallint | tinyint, integer -> tinyint
bitwise_right_shift_arithmetic scalar | bigint, integer -> bigint | integer, integer -> integer | smallint, integer -> smallint | tinyint, integer -> tinyint
bitwise_xor scalar | bigint, bigint -> bigint
bitwise_xor_agg aggregate | bigint -> bigint
bool_and aggregate | boolean -> boolean
bool_or aggregate | boolean -> boolean
cardinality scalar | array(e) -> bigint | hyperloglog -> bigint | map(k,v) -> bigint | setdigest -> bigint
cbrt scalar | double -> double
ceil scalar | bigint -> bigint | decimal(p,s) -> decimal(rp,0) | double -> double | integer -> integer | real -> real | smallint -> smallint | tinyint -> tinyint
ceiling scalar | bigint -> bigint | decimal(p,s) -> decimal(rp,0) | double -> double | integer -> integer | real -> real | smallint -> smallint | tinyint -> tinyint
checksum aggregate | t -> varbinary
chr scalar | bigint -> varchar(1)
codepoint scalar | varchar(1) -> integer
color scalar | double, color, color -> color | double, double, double, color, color -> color | varchar(x) -> color
combinations scalar | array(t), integer -> array(array(t))
concat scalar | array(E), E -> array(E) | E, array(E) -> array(E) | array(E)... -> array(E) | char(x), char(y) -> char(u) | varbinary... -> varbinary | varchar... -> varchar
concat_ws scalar | varchar, array(varchar) -> varchar | varchar, varchar?... -> varchar
contains scalar | array(t), t -> boolean | varchar, ipaddress -> boolean
contains_sequence scalar | array(t), array(t) -> boolean
convex_hull_agg aggregate | geometry -> geometry
corr aggregate | double, double -> double | real, real -> real
cos scalar | double -> double
cosh scalar | double -> double
cosine_distance scalar | array(double), array(double) -> double
cosine_similarity scalar | array(double), array(double) -> double | map(varchar,double), map(varchar,double) -> double
count aggregate | -> bigint | t -> bigint
count_if aggregate | boolean -> bigint
covar_pop aggregate | double, double -> double | real, real -> real
covar_samp aggregate | double, double -> double | real, real -> real
crc32 scalar | varbinary -> bigint
cume_dist window | -> double
current_date scalar | -> date
current_groups scalar | -> array(varchar)
current_timezone scalar | -> varchar
date scalar | timestamp(p) with time zone -> date | timestamp(p) -> date | varchar(x) -> date
date_add scalar | varchar(x), bigint, date -> date | varchar(x), bigint, time(p) with time zone -> time(p) with time zone | varchar(x), bigint, time(p) -> time(p) | varchar(x), bigint, timestamp(p) with time zone -> timestamp(p) with time zone | varchar(x), bigint, timestamp(p) -> timestamp(p)
date_diff scalar | varchar(x), date, date -> bigint | varchar(x), time(p) with time zone, time(p) with time zone -> bigint | varchar(x), time(p), time(p) -> bigint | varchar(x), timestamp(p) with time zone, timestamp(p) with time zone -> bigint | varchar(x), timestamp(p), timestamp(p) -> bigint
date_format scalar | timestamp(p) with time zone, varchar(x) -> varchar | timestamp(p), varchar(x) -> varchar
date_parse scalar | varchar(x), varchar(y) -> timestamp(3)
date_trunc scalar | varchar(x), date -> date | varchar(x), time(p) with time zone -> time(p) with time zone | varchar(x), time(p) -> time(p) | varchar(x), timestamp(p) with time zone -> timestamp(p) with time zone | varchar(x), timestamp(p) -> timestamp(p)
day scalar | date -> bigint | interval day to second -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
day_of_month scalar | date -> bigint | interval day to second -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
day_of_week scalar | date -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
day_of_year scalar | date -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
degrees scalar | double -> double
dense_rank window | -> bigint
dot_product scalar | array(double), array(double) -> double
dow scalar | date -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
doy scalar | date -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
e scalar | -> double
element_at scalar | map(K,V), K -> V | array(e), bigint -> e
empty_approx_set scalar | -> hyperloglog
euclidean_distance scalar | array(double), array(double) -> double
every aggregate | boolean -> boolean
exclude_columns table | unknown, unknown -> unknown
exp scalar | double -> double
filter scalar | array(t), function(t,boolean) -> array(t)
first_value window | t -> t
flatten scalar | array(array(E)) -> array(E)
floor scalar | bigint -> bigint | decimal(p,s) -> decimal(rp,0) | double -> double | integer -> integer | real -> real | smallint -> smallint | tinyint -> tinyint
format_datetime scalar | timestamp(p) with time zone, varchar(x) -> varchar | timestamp(p), varchar(x) -> varchar
format_number scalar | bigint -> varchar | double -> varchar
from_base scalar | varchar(x), bigint -> bigint
from_base32 scalar | varbinary -> varbinary | varchar(x) -> varbinary
from_base64 scalar | varbinary -> varbinary | varchar(x) -> varbinary
from_base64url scalar | varbinary -> varbinary | varchar(x) -> varbinary
from_big_endian_32 scalar | varbinary -> integer
from_big_endian_64 scalar | varbinary -> bigint
from_encoded_polyline scalar | varchar -> geometry
from_geojson_geometry scalar | varchar -> sphericalgeography
from_hex scalar | varbinary -> varbinary | varchar(x) -> varbinary
from_ieee754_32 scalar | varbinary -> real
from_ieee754_64 scalar | varbinary -> double
from_iso8601_date scalar | varchar(x) -> date
from_iso8601_timestamp scalar | varchar(x) -> timestamp(3) with time zone
from_iso8601_timestamp_nanos scalar | varchar(x) -> timestamp(9) with time zone
from_unixtime scalar | double -> timestamp(3) with time zone | double, bigint, bigint -> timestamp(3) with time zone | double, varchar(x) -> timestamp(3) with time zone
from_unixtime_nanos scalar | bigint -> timestamp(9) with time zone | decimal(p,s) -> timestamp(9) with time zone
from_utf8 scalar | varbinary -> varchar | varbinary, bigint -> varchar | varbinary, varchar(x) -> varchar
geometric_mean aggregate | bigint -> double | double -> double | real -> real
geometry_from_hadoop_shape scalar | varbinary -> geometry
geometry_invalid_reason scalar | geometry -> varchar
geometry_nearest_points scalar | geometry, geometry -> row(geometry,geometry)
geometry_to_bing_tiles scalar | geometry, integer -> array(bingtile)
geometry_union scalar | array(geometry) -> geometry
geometry_union_agg aggregate | geometry -> geometry
great_circle_distance scalar | double, double, double, double -> double
greatest scalar | E... -> E
hamming_distance scalar | varchar(x), varchar(y) -> bigint
hash_counts scalar | setdigest -> map(bigint,smallint)
histogram aggregate | t -> map(t,bigint)
hmac_md5 scalar | varbinary, varbinary -> varbinary
hmac_sha1 scalar | varbinary, varbinary -> varbinary
hmac_sha256 scalar | varbinary, varbinary -> varbinary
hmac_sha512 scalar | varbinary, varbinary -> varbinary
hour scalar | interval day to second -> bigint | time(p) with time zone -> bigint | time(p) -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
human_readable_seconds scalar | double -> varchar
infinity scalar | -> double
intersection_cardinality scalar | setdigest, setdigest -> bigint
inverse_beta_cdf scalar | double, double, double -> double
inverse_normal_cdf scalar | double, double, double -> double
is_finite scalar | double -> boolean
is_infinite scalar | double -> boolean
is_json_scalar scalar | json -> boolean | varchar(x) -> boolean
is_nan scalar | double -> boolean | real -> boolean
jaccard_index scalar | setdigest, setdigest -> double
json_array_contains scalar | json, bigint -> boolean | json, boolean -> boolean | json, double -> boolean | json, varchar(x) -> boolean | varchar(x), bigint -> boolean | varchar(x), boolean -> boolean | varchar(x), double -> boolean | varchar(x), varchar(y) -> boolean
json_array_get scalar | json, bigint -> json | varchar(x), bigint -> json
json_array_length scalar | json -> bigint | varchar(x) -> bigint
json_extract scalar | json, jsonpath -> json | varchar(x), jsonpath -> json
json_extract_scalar scalar | json, jsonpath -> varchar | varchar(x), jsonpath -> varchar(x)
json_format scalar | json -> varchar
json_parse scalar | varchar(x) -> json
json_size scalar | json, jsonpath -> bigint | varchar(x), jsonpath -> bigint
kurtosis aggregate | bigint -> double | double -> double
lag window | t -> t | t, bigint -> t | t, bigint, t -> t
last_day_of_month scalar | date -> date | timestamp(p) with time zone -> date | timestamp(p) -> date
last_value window | t -> t
lead window | t -> t | t, bigint -> t | t, bigint, t -> t
least scalar | E... -> E
length scalar | char(x) -> bigint | varbinary -> bigint | varchar(x) -> bigint
levenshtein_distance scalar | varchar(x), varchar(y) -> bigint
line_interpolate_point scalar | geometry, double -> geometry
line_interpolate_points scalar | geometry, double -> array(geometry)
line_locate_point scalar | geometry, geometry -> double
listagg aggregate | varchar, varchar, boolean, varchar, boolean -> varchar
ln scalar | double -> double
log scalar | double, double -> double
log10 scalar | double -> double
log2 scalar | double -> double
lower scalar | char(x) -> char(x) | varchar(x) -> varchar(x)
lpad scalar | varbinary, bigint, varbinary -> varbinary | char(x), bigint, varchar(y) -> varchar | varchar(x), bigint, varchar(y) -> varchar
ltrim scalar | char(x) -> varchar(x) | char(x), codepoints -> varchar(x) | varchar(x) -> varchar(x) | varchar(x), codepoints -> varchar(x)
luhn_check scalar | varchar -> boolean
make_set_digest aggregate | t -> setdigest
map scalar | array(K), array(V) -> map(K,V) | -> map(unknown,unknown)
map_agg aggregate | k, v -> map(k,v)
map_concat scalar | map(K,V)... -> map(K,V)
map_entries scalar | map(k,v) -> array(row(k,v))
map_filter scalar | map(K,V), function(K,V,boolean) -> map(K,V)
map_from_entries scalar | array(row(k,v)) -> map(k,v)
map_keys scalar | map(k,v) -> array(k)
map_union aggregate | map(k,v) -> map(k,v)
map_values scalar | map(k,v) -> array(v)
map_zip_with scalar | map(K,V1), map(K,V2), function(K,V1,V2,V3) -> map(K,V3)
max aggregate | e, bigint -> array(e) | t -> t
max_by aggregate | v, k, bigint -> array(v) | v, k -> v
md5 scalar | varbinary -> varbinary
merge aggregate | hyperloglog -> hyperloglog | qdigest(v) -> qdigest(v) | tdigest -> tdigest
merge_set_digest aggregate | setdigest -> setdigest
millisecond scalar | interval day to second -> bigint | time(p) with time zone -> bigint | time(p) -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
min aggregate | e, bigint -> array(e) | t -> t
min_by aggregate | v, k, bigint -> array(v) | v, k -> v
minute scalar | interval day to second -> bigint | time(p) with time zone -> bigint | time(p) -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
mod scalar | bigint, bigint -> bigint | decimal(a_precision,a_scale), decimal(b_precision,b_scale) -> decimal(r_precision,r_scale) | double, double -> double | integer, integer -> integer | real, real -> real | smallint, smallint -> smallint | tinyint, tinyint -> tinyint
month scalar | date -> bigint | interval year to month -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
multimap_agg aggregate | k, v -> map(k,array(v))
multimap_from_entries scalar | array(row(k,v)) -> map(k,array(v))
murmur3 scalar | varbinary -> varbinary
nan scalar | -> double
ngrams scalar | array(t), integer -> array(array(t))
none_match scalar | array(t), function(t,boolean) -> boolean
normal_cdf scalar | double, double, double -> double
normalize scalar | varchar(x), varchar(y) -> varchar
now scalar | -> timestamp(3) with time zone
nth_value window | t, bigint -> t
ntile window | bigint -> bigint
numeric_histogram aggregate | bigint, double -> map(double,double) | bigint, double, double -> map(double,double) | bigint, real -> map(real,real) | bigint, real, double -> map(real,real)
parse_data_size scalar | varchar(x) -> decimal(38,0)
parse_datetime scalar | varchar(x), varchar(y) -> timestamp(3) with time zone
parse_duration scalar | varchar(x) -> interval day to second
parse_presto_data_size scalar | varchar(x) -> decimal(38,0)
percent_rank window | -> double
pi scalar | -> double
pow scalar | double, double -> double
power scalar | double, double -> double
qdigest_agg aggregate | bigint -> qdigest(bigint) | bigint, bigint -> qdigest(bigint) | bigint, bigint, double -> qdigest(bigint) | double -> qdigest(double) | double, bigint -> qdigest(double) | double, bigint, double -> qdigest(double) | real -> qdigest(real) | real, bigint -> qdigest(real) | real, bigint, double -> qdigest(real)
quantile_at_value scalar | qdigest(bigint), bigint -> double | qdigest(double), double -> double | qdigest(real), real -> double
quarter scalar | date -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
radians scalar | double -> double
rand scalar | bigint -> bigint | bigint, bigint -> bigint | -> double | integer -> integer | integer, integer -> integer | smallint -> smallint | smallint, smallint -> smallint | tinyint -> tinyint | tinyint, tinyint -> tinyint
random scalar | bigint -> bigint | bigint, bigint -> bigint | -> double | integer -> integer | integer, integer -> integer | smallint -> smallint | smallint, smallint -> smallint | tinyint -> tinyint | tinyint, tinyint -> tinyint
rank window | -> bigint
reduce scalar | array(T), S?, function(S,T,S), function(S,R) -> R
reduce_agg aggregate | T, S, function(S,T,S), function(S,S,S) -> S
regexp_count scalar | varchar(x), joniregexp -> bigint
regexp_extract scalar | varchar(x), joniregexp -> varchar(x) | varchar(x), joniregexp, bigint -> varchar(x)
regexp_extract_all scalar | varchar(x), joniregexp -> array(varchar(x)) | varchar(x), joniregexp, bigint -> array(varchar(x))
regexp_like scalar | varchar(x), joniregexp -> boolean
regexp_position scalar | varchar(x), joniregexp -> integer | varchar(x), joniregexp, integer -> integer | varchar(x), joniregexp, integer, integer -> integer
regexp_replace scalar | varchar, joniregexp, function(array(varchar),varchar(x)) -> varchar | varchar(x), joniregexp -> varchar(x) | varchar(x), joniregexp, varchar(y) -> varchar(z)
regexp_split scalar | varchar(x), joniregexp -> array(varchar(x))
regr_intercept aggregate | double, double -> double | real, real -> real
regr_slope aggregate | double, double -> double | real, real -> real
render scalar | boolean -> varchar(16) | bigint, color -> varchar(35) | double, color -> varchar(41) | varchar(x), color -> varchar(y)
repeat scalar | t?, bigint -> array(t)
replace scalar | varchar(x), varchar(y), varchar(z) -> varchar(u) | varchar(x), varchar(y) -> varchar(x)
reverse scalar | array(e) -> array(e) | char(x) -> char(x) | varbinary -> varbinary | varchar(x) -> varchar(x)
rgb scalar | bigint, bigint, bigint -> color
round scalar | bigint -> bigint | bigint, integer -> bigint | decimal(p,s) -> decimal(rp,rs) | decimal(p,s), integer -> decimal(rp,s) | double -> double | double, integer -> double | integer -> integer | integer, integer -> integer | real -> real | real, integer -> real | smallint -> smallint | smallint, integer -> smallint | tinyint -> tinyint | tinyint, integer -> tinyint
row_number window | -> bigint
rpad scalar | varbinary, bigint, varbinary -> varbinary | varchar(x), bigint, varchar(y) -> varchar
rtrim scalar | char(x) -> varchar(x) | char(x), codepoints -> varchar(x) | varchar(x) -> varchar(x) | varchar(x), codepoints -> varchar(x)
second scalar | interval day to second -> bigint | time(p) with time zone -> bigint | time(p) -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
sequence scalar | bigint, bigint -> array(bigint) | bigint, bigint, bigint -> array(bigint) | date, date -> array(date) | date, date, interval day to second -> array(date) | date, date, interval year to month -> array(date) | timestamp(p), timestamp(p), interval day to second -> array(timestamp(p)) | timestamp(p), timestamp(p), interval year to month -> array(timestamp(p))
sequence table | bigint, bigint, bigint -> unknown
sha1 scalar | varbinary -> varbinary
sha256 scalar | varbinary -> varbinary
sha512 scalar | varbinary -> varbinary
shuffle scalar | array(e) -> array(e)
sign scalar | bigint -> bigint | decimal(p,s) -> decimal(1,0) | double -> double | integer -> integer | real -> real | smallint -> smallint | tinyint -> tinyint
simplify_geometry scalar | geometry, double -> geometry
sin scalar | double -> double
sinh scalar | double -> double
skewness aggregate | bigint -> double | double -> double
slice scalar | array(e), bigint, bigint -> array(e)
soundex scalar | varchar -> varchar(4)
spatial_partitioning aggregate | geometry -> varchar
spatial_partitions scalar | kdbtree, geometry -> array(integer) | kdbtree, geometry, double -> array(integer)
split scalar | varchar(x), varchar(y) -> array(varchar(x)) | varchar(x), varchar(y), bigint -> array(varchar(x))
split_part scalar | varchar(x), varchar(y), bigint -> varchar(x)
split_to_map scalar | varchar, varchar, varchar -> map(varchar,varchar)
split_to_multimap scalar | varchar, varchar, varchar -> map(varchar,array(varchar))
spooky_hash_v2_32 scalar | varbinary -> varbinary
spooky_hash_v2_64 scalar | varbinary -> varbinary
sqrt scalar | double -> double
st_area scalar | geometry -> double | sphericalgeography -> double
st_asbinary scalar | geometry -> varbinary
st_astext scalar | geometry -> varchar
st_boundary scalar | geometry -> geometry
st_buffer scalar | geometry, double -> geometry
st_centroid scalar | geometry -> geometry
st_contains scalar | geometry, geometry -> boolean
st_convexhull scalar | geometry -> geometry
st_coorddim scalar | geometry -> tinyint
st_crosses scalar | geometry, geometry -> boolean
st_difference scalar | geometry, geometry -> geometry
st_dimension scalar | geometry -> tinyint
st_disjoint scalar | geometry, geometry -> boolean
st_distance scalar | geometry, geometry -> double | sphericalgeography, sphericalgeography -> double
st_endpoint scalar | geometry -> geometry
st_envelope scalar | geometry -> geometry
st_envelopeaspts scalar | geometry -> array(geometry)
st_equals scalar | geometry, geometry -> boolean
st_exteriorring scalar | geometry -> geometry
st_geometries scalar | geometry -> array(geometry)
st_geometryfromtext scalar | varchar -> geometry
st_geometryn scalar | geometry, integer -> geometry
st_geometrytype scalar | geometry -> varchar
st_geomfrombinary scalar | varbinary -> geometry
st_geomfromkml scalar | varchar -> geometry
st_interiorringn scalar | geometry, integer -> geometry
st_interiorrings scalar | geometry -> array(geometry)
st_intersection scalar | geometry, geometry -> geometry
st_intersects scalar | geometry, geometry -> boolean
st_isclosed scalar | geometry -> boolean
st_isempty scalar | geometry -> boolean
st_isring scalar | geometry -> boolean
st_issimple scalar | geometry -> boolean
st_isvalid scalar | geometry -> boolean
st_length scalar | geometry -> double | sphericalgeography -> double
st_linefromtext scalar | varchar -> geometry
st_linestring scalar | array(geometry) -> geometry
st_multipoint scalar | array(geometry) -> geometry
st_numgeometries scalar | geometry -> integer
st_numinteriorring scalar | geometry -> bigint
st_numpoints scalar | geometry -> bigint
st_overlaps scalar | geometry, geometry -> boolean
st_point scalar | double, double -> geometry
st_pointn scalar | geometry, integer -> geometry
st_points scalar | geometry -> array(geometry)
st_polygon scalar | varchar -> geometry
st_relate scalar | geometry, geometry, varchar -> boolean
st_startpoint scalar | geometry -> geometry
st_symdifference scalar | geometry, geometry -> geometry
st_touches scalar | geometry, geometry -> boolean
st_union scalar | geometry, geometry -> geometry
st_within scalar | geometry, geometry -> boolean
st_x scalar | geometry -> double
st_xmax scalar | geometry -> double
st_xmin scalar | geometry -> double
st_y scalar | geometry -> double
st_ymax scalar | geometry -> double
st_ymin scalar | geometry -> double
starts_with scalar | varchar(x), varchar(y) -> boolean
stddev aggregate | bigint -> double | double -> double
stddev_pop aggregate | bigint -> double | double -> double
stddev_samp aggregate | bigint -> double | double -> double
strpos scalar | varchar(x), varchar(y) -> bigint | varchar(x), varchar(y), bigint -> bigint
substr scalar | varbinary, bigint -> varbinary | varbinary, bigint, bigint -> varbinary | char(x), bigint -> varchar(x) | char(x), bigint, bigint -> varchar(x) | varchar(x), bigint -> varchar(x) | varchar(x), bigint, bigint -> varchar(x)
substring scalar | char(x), bigint -> varchar(x) | char(x), bigint, bigint -> varchar(x) | varchar(x), bigint -> varchar(x) | varchar(x), bigint, bigint -> varchar(x)
sum aggregate | bigint -> bigint | decimal(p,s) -> decimal(38,s) | double -> double | interval day to second -> interval day to second | interval year to month -> interval year to month | real -> real
t_cdf scalar | double, double -> double
t_pdf scalar | double, double -> double
tan scalar | double -> double
tanh scalar | double -> double
tdigest_agg aggregate | double -> tdigest | double, double -> tdigest
timezone scalar | time(p) with time zone -> varchar | timestamp(p) with time zone -> varchar
timezone_hour scalar | time(p) with time zone -> bigint | timestamp(p) with time zone -> bigint
timezone_minute scalar | time(p) with time zone -> bigint | timestamp(p) with time zone -> bigint
to_base scalar | bigint, bigint -> varchar(64)
to_base32 scalar | varbinary -> varchar
to_base64 scalar | varbinary -> varchar
to_base64url scalar | varbinary -> varchar
to_big_endian_32 scalar | integer -> varbinary
to_big_endian_64 scalar | bigint -> varbinary
to_encoded_polyline scalar | geometry -> varchar
to_geojson_geometry scalar | sphericalgeography -> varchar
to_geometry scalar | sphericalgeography -> geometry
to_hex scalar | varbinary -> varchar
to_ieee754_32 scalar | real -> varbinary
to_ieee754_64 scalar | double -> varbinary
to_iso8601 scalar | date -> varchar(16) | timestamp(p) with time zone -> varchar(n) | timestamp(p) -> varchar(n)
to_milliseconds scalar | interval day to second -> bigint
to_spherical_geography scalar | geometry -> sphericalgeography
to_unixtime scalar | timestamp(p) with time zone -> double
to_utf8 scalar | char(x) -> varbinary | varchar(x) -> varbinary
transform scalar | array(T), function(T,U) -> array(U)
transform_keys scalar | map(K1,V), function(K1,V,K2) -> map(K2,V)
transform_values scalar | map(K,V1), function(K,V1,V2) -> map(K,V2)
translate scalar | varchar(x), varchar(y), varchar(z) -> varchar
trim scalar | char(x) -> varchar(x) | char(x), codepoints -> varchar(x) | varchar(x) -> varchar(x) | varchar(x), codepoints -> varchar(x)
trim_array scalar | array(e), bigint -> array(e)
truncate scalar | decimal(p,s), integer -> decimal(p,s) | decimal(p,s) -> decimal(rp,0) | double -> double | real -> real
typeof scalar | t? -> varchar
upper scalar | char(x) -> char(x) | varchar(x) -> varchar(x)
url_decode scalar | varchar(x) -> varchar(x)
url_encode scalar | varchar(x) -> varchar(y)
url_extract_fragment scalar | varchar(x) -> varchar(x)
url_extract_host scalar | varchar(x) -> varchar(x)
url_extract_parameter scalar | varchar(x), varchar(y) -> varchar(x)
url_extract_path scalar | varchar(x) -> varchar(x)
url_extract_port scalar | varchar(x) -> bigint
url_extract_protocol scalar | varchar(x) -> varchar(x)
url_extract_query scalar | varchar(x) -> varchar(x)
uuid scalar | -> uuid
value_at_quantile scalar | qdigest(bigint), double -> bigint | qdigest(double), double -> double | tdigest, double -> double | qdigest(real), double -> real
values_at_quantiles scalar | qdigest(bigint), array(double) -> array(bigint) | qdigest(double), array(double) -> array(double) | tdigest, array(double) -> array(double) | qdigest(real), array(double) -> array(real)
var_pop aggregate | bigint -> double | double -> double
var_samp aggregate | bigint -> double | double -> double
variance aggregate | bigint -> double | double -> double
week scalar | date -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
week_of_year scalar | date -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
width_bucket scalar | double, array(double) -> bigint | double, double, double, bigint -> bigint
wilson_interval_lower scalar | bigint, bigint, double -> double
wilson_interval_upper scalar | bigint, bigint, double -> double
with_timezone scalar | timestamp(p), varchar(x) -> timestamp(p) with time zone
word_stem scalar | varchar(x) -> varchar(x) | varchar(x), varchar(2) -> varchar(x)
xxhash64 scalar | varbinary -> varbinary
year scalar | date -> bigint | interval year to month -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
year_of_week scalar | date -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
yow scalar | date -> bigint | timestamp(p) with time zone -> bigint | timestamp(p) -> bigint
zip scalar | array(T1), array(T2) -> array(row(T1,T2)) | array(T1), array(T2), array(T3) -> array(row(T1,T2,T3)) | array(T1), array(T2), array(T3), array(T4) -> array(row(T1,T2,T3,T4)) | array(T1), array(T2), array(T3), array(T4), array(T5) -> array(row(T1,T2,T3,T4,T5))
zip_with scalar | array(T), array(U), function(T,U,R) -> array(R)
`

interface Known {
  readonly kind: Kind
  readonly overloads: readonly Overload[]
}

/** Of a name with two kinds, the first counts. */
const FUNCTIONS: ReadonlyMap<string, Known> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line): [string, Known] => {
      const [head, ...overloads] = line.split(' |')
      const [name, kind] = (head as string).split(' ') as [string, Kind]
      return [name, { kind, overloads: overloads.map((overload) => readOverload(overload.trim())) }]
    })
    .reverse(),
)

/** What Trino has of this name. */
export const trinoKind = (name: string): Kind | undefined => FUNCTIONS.get(name)?.kind

export const trinoNames = (): readonly string[] => [...FUNCTIONS.keys()]

/** Its overloads, none of a name that is no function of Trino. */
export const trinoOverloads = (name: string): readonly Overload[] => FUNCTIONS.get(name)?.overloads ?? []

/** Whether Trino has an overload for such arguments; `function` is a lambda. Type variables and parameters are not looked at. */
export function trinoTakes(name: string, given: readonly Given[]): boolean {
  return trinoOverloads(name).some(({ args, variadic }) => {
    const isCount = variadic ? given.length >= args.length - 1 : given.length === args.length
    return isCount && given.every((type, i) => takes(args[Math.min(i, args.length - 1)] as Formal, type))
  })
}

function takes({ text, base }: Formal, given: Given): boolean {
  if (given === 'function' || base === 'function') return given === base
  if (/^[a-z]\d?$/i.test(text) || isUnknown(given)) return true
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
