// A value of a column that has no NULL.
import { literal, type Sql, sql } from '#wire/duckdb/sql'
import { printRaised } from '#wire/engine/raised'

/** Where it is missing, the error that Trino has for it; `written` is the value as it is written where it is not. */
export function orViolation(value: Sql, column: string, written = value): Sql {
  const message = literal(printRaised({ name: 'CONSTRAINT_VIOLATION', text: `NULL value not allowed for NOT NULL column: ${column}` }))
  return sql`CASE WHEN ${value} IS NULL THEN error(${message}) ELSE ${written} END`
}
