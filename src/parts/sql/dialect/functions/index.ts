// The allow-list: every function that is served, by name, and what Trino has but this engine does not serve yet.

import { AGGREGATES, WINDOWS } from '#parts/sql/dialect/functions/aggregate'
import { COLLECTIONS } from '#parts/sql/dialect/functions/collections'
import { DIGEST_AGGREGATES, DIGEST_FUNCTIONS } from '#parts/sql/dialect/functions/digests'
import { ENCODINGS } from '#parts/sql/dialect/functions/encodings'
import { GEOMETRIES } from '#parts/sql/dialect/functions/geometry'
import { SCALARS } from '#parts/sql/dialect/functions/scalar'
import type { Signature } from '#parts/sql/dialect/functions/signature'

const group = (signatures: readonly Signature[]): ReadonlyMap<string, readonly Signature[]> => Map.groupBy(signatures, (s) => s.name)

export const scalars = group([...SCALARS, ...ENCODINGS, ...COLLECTIONS, ...GEOMETRIES, ...DIGEST_FUNCTIONS])
export const aggregates = group([...AGGREGATES, ...DIGEST_AGGREGATES])
export const windows = group(WINDOWS)

/** Functions with a rule of their own (see special.ts and call.ts), as SHOW FUNCTIONS lists them. */
export const SPECIALS: readonly (readonly [name: string, result: string, args: string, description: string])[] = [
  ['at_timezone', 'timestamp with time zone', 'timestamp with time zone, varchar', 'The same moment in another zone'],
  ['coalesce', 'T', 'T...', 'First value that is not null'],
  ['concat', 'varchar', 'varchar...', 'Concatenates; null if one is null'],
  ['date_add', 'T', 'varchar, bigint, T', 'Adds a number of units'],
  ['date_diff', 'bigint', 'varchar, T, T', 'Whole units between two moments'],
  ['date_format', 'varchar', 'timestamp, varchar', 'Formats in the manner of MySQL'],
  ['date_parse', 'timestamp(3)', 'varchar, varchar', 'Parses in the manner of MySQL'],
  ['date_trunc', 'T', 'varchar, T', 'Cuts to a unit'],
  ['array_join', 'varchar', 'array(T), varchar', 'Joins elements that are not null'],
  ['element_at', 'T', 'array(T), bigint', 'An element, or null'],
  ['format_datetime', 'varchar', 'timestamp with time zone, varchar', 'Formats in the manner of Joda'],
  ['from_iso8601_timestamp', 'timestamp(3) with time zone', 'varchar', 'Reads ISO 8601'],
  ['parse_datetime', 'timestamp(3) with time zone', 'varchar, varchar', 'Parses in the manner of Joda'],
  ['map_filter', 'map(K, V)', 'map(K, V), function(K, V, boolean)', 'The entries for which the function is true'],
  ['map_zip_with', 'map(K, X)', 'map(K, U), map(K, V), function(K, U, V, X)', 'Merges two maps key by key'],
  ['transform_keys', 'map(X, V)', 'map(K, V), function(K, V, X)', 'The map with other keys'],
  ['transform_values', 'map(K, X)', 'map(K, V), function(K, V, X)', 'The map with other values'],
  ['zip_with', 'array(X)', 'array(T), array(U), function(T, U, X)', 'Merges two arrays place by place'],
  ['reduce', 'R', 'array(T), S, function(S, T, S), function(S, R)', 'One value of all elements'],
  ['json_extract', 'json', 'json, varchar', 'The value at a path'],
  ['json_extract_scalar', 'varchar', 'json, varchar', 'The text of a scalar at a path'],
  ['json_size', 'bigint', 'json, varchar', 'Members of the array or object at a path'],
  ['format', 'varchar', 'varchar, any...', 'Formats with %s, %d and %.nf'],
  ['from_unixtime', 'timestamp(3) with time zone', 'double, varchar', 'In a zone; also with hours and minutes of an offset'],
  ['greatest', 'T', 'T...', 'The largest; null if one is null'],
  ['if', 'T', 'boolean, T, T', 'A choice'],
  ['least', 'T', 'T...', 'The smallest; null if one is null'],
  ['mod', 'T', 'T, T', 'Remainder'],
  ['now', 'timestamp(3) with time zone', '', 'Start of the query'],
  ['nullif', 'T', 'T, T', 'Null if both are equal'],
  ['regexp_replace', 'varchar', 'varchar, varchar, varchar', 'Replaces every match'],
  ['render', 'varchar', 'varchar, color', 'A text in a colour of a terminal'],
  ['round', 'decimal', 'decimal, integer', 'Rounds half away from zero'],
  ['split_part', 'varchar', 'varchar, varchar, bigint', 'One part of a split'],
  ['timezone', 'varchar', 'timestamp with time zone', 'The zone of a moment'],
  ['timezone_hour', 'bigint', 'timestamp with time zone', 'Hours of the offset'],
  ['timezone_minute', 'bigint', 'timestamp with time zone', 'Minutes of the offset'],
  ['to_iso8601', 'varchar', 'timestamp', 'ISO 8601, with the offset where there is a zone'],
  ['try', 'T', 'T', 'Null instead of an error'],
  ['typeof', 'varchar', 'T', 'Name of the type'],
  ['url_encode', 'varchar', 'varchar', 'Escapes for a form of the web'],
  ['with_timezone', 'timestamp with time zone', 'timestamp, varchar', 'The moment at which the clocks of a zone show a timestamp'],
  ['version', 'varchar', '', 'Version of this server'],
]

export function isAggregate(name: string): boolean {
  return aggregates.has(name)
}
