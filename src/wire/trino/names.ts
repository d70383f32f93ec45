// How Trino's SQL spells names and texts, where we show it or send it.

/** Reserved words (SqlBase.g4: every keyword that `nonReserved` does not list). They are no names unless quoted. */
export const RESERVED: ReadonlySet<string> = new Set(
  `ALTER AND AS AUTO BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_CATALOG CURRENT_DATE CURRENT_PATH CURRENT_ROLE
  CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE DISTINCT DROP ELSE END ESCAPE EXCEPT
  EXISTS EXTRACT FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER INSERT INTERSECT INTO IS JOIN JSON_ARRAY JSON_EXISTS JSON_OBJECT
  JSON_QUERY JSON_TABLE JSON_VALUE LEFT LIKE LISTAGG LOCALTIME LOCALTIMESTAMP NATURAL NORMALIZE NOT NULL ON OR ORDER OUTER PREPARE
  RECURSIVE RIGHT ROLLUP SELECT SKIP TABLE THEN TRIM TRUE UESCAPE UNION UNNEST USING VALUES WHEN WHERE WITH`.split(/\s+/),
)

/** `'text'` */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** `"name"` */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A name as people write it: quoted only when it must be. */
export function plainName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name.toUpperCase()) ? name : quoteName(name)
}
