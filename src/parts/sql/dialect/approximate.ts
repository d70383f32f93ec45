// Reals and doubles as texts: which digits tell a number is Java's to say, and DuckDB's are others.
import { type Sql, sql } from '#wire/duckdb/sql'
import type { TrinoType } from '#wire/trino/type'

/** `1.2345E2`, as Trino casts to varchar. */
export const castText = (x: Sql, { base }: TrinoType): Sql => (base === 'real' ? sql`trino_real_text(${x})` : sql`trino_double_text(${x})`)

/** `123.45`, as Java shows it: in JSON, by `format`, and what a cast to decimal reads. */
export const javaText = (x: Sql, { base }: TrinoType): Sql => (base === 'real' ? sql`trino_java_real(${x})` : sql`trino_java_double(${x})`)

/** A decimal of a text, a half rounded away from nought. DuckDB rounds the digits of a text with an exponent otherwise. */
export const toDecimal = (text: Sql, type: Sql): Sql =>
  sql`CAST(CASE WHEN contains(lower(${text}), 'e') THEN trino_plain_decimal(${text}) ELSE ${text} END AS ${type})`

/** The nearest real of a double; what is too large is infinite. */
export const toReal = (x: Sql): Sql =>
  sql`CASE WHEN isfinite(${x}) AND abs(${x}) >= 3.4028235677973366e38 THEN CASE WHEN ${x} > 0 THEN CAST('Infinity' AS FLOAT) ELSE CAST('-Infinity' AS FLOAT) END ELSE CAST(${x} AS FLOAT) END`
