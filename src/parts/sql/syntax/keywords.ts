// Which words can begin an expression.
import { RESERVED } from '#wire/trino/names'

/** The reserved words that begin an expression. */
const OPENING: ReadonlySet<string> = new Set(
  `CASE CAST CURRENT_CATALOG CURRENT_DATE CURRENT_PATH CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER EXISTS EXTRACT FALSE
  GROUPING JSON_ARRAY JSON_EXISTS JSON_OBJECT JSON_QUERY JSON_VALUE LISTAGG LOCALTIME LOCALTIMESTAMP NORMALIZE NOT NULL TRIM
  TRUE`.split(/\s+/),
)

/** Whether this word, by itself, can be the first of an expression. */
export const opensExpression = (word: string): boolean => OPENING.has(word) || !RESERVED.has(word)
